"""A cluster of real processes under a steady stream of rows, to be hurt: who writes, who watches, who judges, and what
stands between a node and a router."""

import json
import random
import re
import selectors
import signal
import socket
import struct
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from harness import Process, difference, free_port, rows_equal, wait_for
from viewer import Viewer


class Proxy:
    """Stands on 127.0.0.2 before a port of 127.0.0.1: a router that advertises 127.0.0.2 is reached through it."""

    def __init__(self, port):
        self.port = port
        self._door = socket.create_server(("127.0.0.2", port))
        self._peers, self._hole = {}, False
        self._wanted = None
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._door, selectors.EVENT_READ)
        self._open = True
        threading.Thread(target=self._run, daemon=True).start()

    def black_hole(self, on):
        """Nothing passes any more, and nobody is told; what is sent meanwhile passes late."""
        self._hole = on

    def reset(self):
        """Every connection ends as if a machine between had forgotten it."""
        self._wanted = done = threading.Event()
        assert done.wait(5)

    def close(self):
        self._open = False

    def _run(self):
        while self._open:
            if self._wanted:
                for one in list(self._peers):
                    self._end(one)
                self._wanted.set()
                self._wanted = None
            if self._hole:
                time.sleep(0.005)
                continue
            for key, _ in self._ready.select(0.02):
                self._accept() if key.fileobj is self._door else self._carry(key.fileobj)
        self._door.close()

    def _accept(self):
        near, _ = self._door.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self.port), 1)
        except OSError:
            self._peers[near] = near
            return self._end(near)
        for one, other in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[one] = other
            self._ready.register(one, selectors.EVENT_READ)

    def _carry(self, one):
        if one not in self._peers:
            return
        try:
            data = one.recv(262144)
            if data:
                return self._peers[one].sendall(data)
        except OSError:
            pass
        self._end(one)

    def _end(self, one):
        """Linger of 0: the kernel sends a reset."""
        for each in {one, self._peers.get(one)}:
            if each and self._peers.pop(each, None):
                if each in self._ready.get_map():
                    self._ready.unregister(each)
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.close()


class Writer:
    """Changes and deletes rows at a steady rate. `at` knows when each change of a row was made, by its number."""

    def __init__(self, rows, topic, clients, rows_each, per_second, seed):
        self.at = {}
        self._rows, self._topic, self._clients, self._rows_each = rows, topic, clients, rows_each
        self._per_second, self._chance = per_second, random.Random(seed)
        self._going, self._resting, self._stop = threading.Event(), threading.Event(), False
        self._going.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def rest(self):
        """Until `go_on` nothing is written; what was, is in the topic."""
        self._going.clear()
        assert self._resting.wait(60)

    def go_on(self):
        if not self._going.is_set():
            self._resting.clear()
            self._going.set()

    def close(self):
        self._stop = True
        self._going.set()
        self._thread.join(30)

    def _run(self):
        batch = max(1, self._per_second // 200)
        due = time.monotonic()
        while not self._stop:
            if not self._going.is_set():
                self._rows.flush()
                self._resting.set()
                self._going.wait()
                due = time.monotonic()
            for _ in range(batch):
                self._write()
            due += batch / self._per_second
            time.sleep(max(0, due - time.monotonic()))

    def _write(self):
        client, row = self._chance.choice(self._clients), f"r{self._chance.randrange(self._rows_each)}"
        times = self.at.setdefault((client, row), [])
        if self._chance.random() < 0.05:
            times.append(None)  # a delete has no number to be known by
            return self._rows.delete(self._topic, client, row)
        times.append(time.monotonic())
        self._rows.put(self._topic, client, row, n=len(times) - 1)


class Judge:
    """Reads the topic on from where it stopped, and knows nothing of Blotter."""

    def __init__(self, broker, topic):
        self._consumer = Consumer({
            "bootstrap.servers": broker.address, "group.id": "chaos", "enable.auto.commit": False, "log_level": 0,
            "enable.partition.eof": True, "auto.offset.reset": "error", "reconnect.backoff.max.ms": 100})
        self._next = {p: OFFSET_BEGINNING for p in self._consumer.list_topics(topic, 10).topics[topic].partitions}
        self._topic, self._last = topic, {}

    def tables(self):
        """{client: {row: ((partition, offset), value)}} of everything there is now."""
        self._consumer.assign([TopicPartition(self._topic, p, at) for p, at in self._next.items()])
        ended, until = set(), time.monotonic() + 30
        while len(ended) < len(self._next):
            assert time.monotonic() < until, "the judge could not read the topic"
            for message in self._consumer.consume(2000, 0.1):
                if message.error() is None:
                    self._last[message.key()] = message
                    self._next[message.partition()] = message.offset() + 1
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
        tables = {}
        for key, m in self._last.items():
            client, row = key.decode().split("_", 1)
            table = tables.setdefault(client, {})
            if m.value() is not None:
                table[row] = ((m.partition(), m.offset()), json.loads(m.value()))
        return tables

    def close(self):
        self._consumer.close()


class RovingViewer(Viewer):
    """Goes to the next node with its bookmark when its stream has ended or been silent for 2.5 beats, as a gateway
    would have it do."""

    def __init__(self, ports, first, client):
        self._ports, self._turn = ports, first
        super().__init__("127.0.0.1", ports[first % len(ports)], client, patience=2.5)

    def _stream(self):
        self.port = self._ports[self._turn % len(self._ports)]
        try:
            super()._stream()
        finally:
            self._turn += 1


def delays(viewer, writer, since, until):
    """How late each change made in this time was seen, in seconds: by itself, or by a later one of its row."""
    seen, late = {}, []
    for event in list(viewer.events):
        if event.name != "rows":
            continue
        for change in event.data:
            if change.get("deleted"):
                continue
            key, n = change["key"], change["row"]["n"]
            times = writer.at[(viewer.client, key)]
            for made in times[seen.get(key, 0):n + 1]:
                if made and since <= made <= until:
                    late.append(event.at - made)
            seen[key] = max(seen.get(key, 0), n + 1)
    return late


class Cluster:
    """Routers r1 to r3, of which the last is reached through a proxy, and nodes n1 to n3, all of which come back under
    their own name and ports."""

    def __init__(self, grid, feed, partitions):
        self.grid, self.feed, self.partitions = grid, feed, partitions
        self.ports = {name: free_port() for name in ("r1", "r2", "r3", "n1", "n2", "n3")}
        self.links = {name: free_port() for name in ("r1", "r2", "r3")}
        self.proxy = Proxy(self.links["r3"])
        self.members = {}
        for name in self.ports:
            self.start(name)

    def start(self, name):
        common = ["--directory", self.grid.url(), "--member", name]
        if name[0] == "r":
            common += ["--feed", self.feed, "--link", f"127.0.0.1:{self.links[name]}"]
        if name == "r3":
            common += ["--advertise", "127.0.0.2"]
        if name[0] == "n":
            common += ["--cores", "1"]
        self.members[name] = Process("router" if name[0] == "r" else "node", *common, port=self.ports[name])

    def heal(self):
        self.proxy.black_hole(False)
        for name, one in list(self.members.items()):
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
            else:
                self.start(name)

    def node_ports(self):
        return [self.ports[name] for name in ("n1", "n2", "n3")]

    def signal(self, name, which):
        self.members[name].process.send_signal(which)

    def others(self, name):
        return [one for other, one in self.members.items() if other != name]

    def sees(self, member):
        """{id: member} and whether the directory is connected, as this one says it."""
        cluster = member.json("/v1/cluster")
        return {m["id"]: m for m in cluster["members"]}, cluster["directory"]["state"] == "connected"

    def unwell(self):
        """What is not yet as it should be; empty when all is."""
        for name, one in self.members.items():
            if one.process.poll() is not None:
                return f"{name} has ended: {one.text()[-1500:]}"
            known, connected = self.sees(one)
            if not connected or set(known) != set(self.members):
                return f"{name} sees {sorted(known)}, directory connected: {connected}"
            short = [p for p in range(self.partitions) if sum(holds(m, p) for m in known.values()) < 2]
            if short:
                return f"{name} knows fewer than two holders of {short}"
            if not one.ready()[0]:
                return f"{name} is not ready: {one.ready()[1]}"
        return ""

    def wait_well(self, seconds=30):
        last = [""]

        def well():
            try:
                last[0] = self.unwell()
            except OSError as refused:
                last[0] = str(refused)
            return not last[0]
        wait_for(well, lambda: last[0], seconds)

    def close(self):
        for one in self.members.values():
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
            one.kill()
        self.proxy.close()


def holds(member, partition):
    ranges = (part.split("-") for part in member.get("caught_up", "").split(",") if part)
    return any(int(r[0]) <= partition <= int(r[-1]) for r in ranges)


def wait_equal(viewers, tables, seconds=30):
    wait_for(lambda: all(rows_equal(v, tables.get(v.client, {})) for v in viewers),
             lambda: next(difference(v, tables.get(v.client, {})) for v in viewers
                          if not rows_equal(v, tables.get(v.client, {}))), seconds)


def logged_at(member, pattern):
    """Seconds since 1970 of the last line of its log that matches, or none."""
    found = [line for line in list(member.log) if re.search(pattern, line)]
    if not found:
        return None
    stamp = re.match(r"(\d+-\d+-\d+T\d+:\d+:\d+)\.(\d+)Z", found[-1])
    import calendar
    return calendar.timegm(time.strptime(stamp[1], "%Y-%m-%dT%H:%M:%S")) + int(stamp[2]) / 1000
