"""The cluster that the big chaos suite hurts: gateways, nodes and routers as real processes, of which the last node and
the last router are reached through something that can cut and swallow."""

import signal
import socket
import struct
import threading
import time

from chaos import holds
from harness import Process, free_port, wait_for

ROLES = {"g": "gateway", "n": "node", "r": "router"}
LOG_LINES_TOLD = 4000
LOGS_KEPT = 40  # of processes that were started again


class Wire:
    """Stands on 127.0.0.2 before a port of 127.0.0.1. Each direction of each connection has a thread of its own: a peer
    that reads nothing holds up nobody else."""

    def __init__(self, port):
        self.port = port
        self._door = socket.create_server(("127.0.0.2", port), backlog=64)
        self._pairs, self._lock = set(), threading.Lock()
        self._open = threading.Event()
        self._open.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def black_hole(self, on):
        """Nothing passes any more, and nobody is told; what is sent meanwhile passes late."""
        self._open.clear() if on else self._open.set()

    def reset(self):
        """Every connection ends as if a machine between had forgotten it. Says how many."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)
        return len(pairs)

    def close(self):
        self._door.close()
        self.black_hole(False)
        self.reset()

    def _accept(self):
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.port), 1)
            except OSError:
                self._drop(near)
                continue
            pair = (near, far)
            with self._lock:
                self._pairs.add(pair)
            for one, other in (pair, pair[::-1]):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry, args=(pair, one, other), daemon=True).start()

    def _carry(self, pair, one, other):
        try:
            while data := one.recv(262144):
                self._open.wait()
                other.sendall(data)
        except OSError:
            pass
        self._end(pair)

    def _end(self, pair):
        with self._lock:
            if pair not in self._pairs:
                return
            self._pairs.remove(pair)
        for one in pair:
            self._drop(one)

    @staticmethod
    def _drop(one):
        """Linger of 0: the kernel sends a reset. The shutdown wakes who waits in it."""
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        one.close()


class Fleet:
    """`members`: {name: process}; they come back under their own name and ports."""

    def __init__(self, grid, feed, partitions, counts):
        self.grid, self.feed, self.partitions = grid, feed, partitions
        names = [f"{role}{i}" for role, count in counts.items() for i in range(1, count + 1)]
        self.ports = {name: free_port() for name in names}
        self.links = {name: free_port() for name in names if name[0] != "g"}
        self.wires = {role: Wire(self.links[f"{role}{counts[role]}"]) for role in "nr"}
        self.wired = {f"{role}{counts[role]}" for role in "nr"}
        self.members, self.before = {}, []
        for name in names:
            self.start(name)

    def names(self, role):
        return [name for name in self.ports if name[0] == role]

    def start(self, name):
        settings = ["--directory", self.grid.url(), "--member", name]
        if name[0] == "r":
            settings += ["--feed", self.feed]
        else:
            settings += ["--cores", "1", "--viewers-max", "100000"]
        if name[0] != "g":
            settings += ["--link", f"127.0.0.1:{self.links[name]}"]
        if name in self.wired:
            settings += ["--advertise", "127.0.0.2"]
        if name in self.members:
            self.before = [*self.before[-LOGS_KEPT:], (name, self.members[name])]
        self.members[name] = Process(ROLES[name[0]], *settings, port=self.ports[name], wait=False)

    def signal(self, name, which):
        self.members[name].process.send_signal(which)

    def kill(self, name):
        self.signal(name, signal.SIGKILL)
        self.members[name].process.wait(10)

    def leave(self, name):
        """In order; says how long it took."""
        code, took = self.members[name].terminate()
        assert code == 0, f"{name} ended with {code} when told to leave: {self.members[name].text()[-1500:]}"
        return took

    def gateway_ports(self):
        return [self.ports[name] for name in self.names("g")]

    def unwell(self):
        """What is not yet as it should be; empty when all is."""
        for name, one in self.members.items():
            if one.process.poll() is not None:
                return f"{name} has ended: {one.text()[-1500:]}"
            cluster = one.json("/v1/cluster")
            known = {m["id"]: m for m in cluster["members"]}
            connected = cluster["directory"]["state"] == "connected"
            if not connected or set(known) != set(self.members):
                return f"{name} sees {sorted(known)}, directory connected: {connected}"
            short = [p for p in range(self.partitions) if sum(holds(m, p) for m in known.values()) < 2]
            if short:
                return f"{name} knows fewer than two holders of {short}"
            ready, why = one.ready()
            if not ready:
                return f"{name} is not ready: {why}"
        return ""

    def wait_well(self, seconds=90):
        last = [""]

        def well():
            try:
                last[0] = self.unwell()
            except (OSError, AssertionError) as refused:
                last[0] = str(refused)
            time.sleep(0.2 if last[0] else 0)  # nine members that are asked without a pause are under load by it
            return not last[0]
        wait_for(well, lambda: f"the cluster to be well: {last[0]}", seconds)

    def reroutes(self):
        """{cause: streams} over the gateways that run now."""
        total = {}
        for name in self.names("g"):
            for cause, n in self.members[name].json("/v1/cluster")["gateway"]["reroutes"].items():
                total[cause] = total.get(cause, 0) + n
        return total

    def keep_logs(self, folder):
        """The last lines of each process, those of before it was started again too."""
        folder.mkdir(parents=True, exist_ok=True)
        for i, (name, one) in enumerate([*self.before, *self.members.items()]):
            (folder / f"{name}-{i}.log").write_text("".join(list(one.log)[-LOG_LINES_TOLD:]), encoding="utf-8")

    def close(self):
        for one in self.members.values():
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
            one.kill()
        for wire in self.wires.values():
            wire.close()
