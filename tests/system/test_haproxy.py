"""The configuration of deploy/haproxy with a real HAProxy before two gateways: streams pass as they come, and gateways
are killed, stopped and told to leave while viewers watch."""

import csv
import itertools
import re
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
from collections import deque

import pytest

from harness import ROOT, wait_for
from test_cluster import Writer, node
from test_gateway import CLIENTS, World, open_views
from viewer import Viewer, parse

CONFIG = ROOT / "deploy" / "haproxy"

pytestmark = pytest.mark.skipif(not shutil.which("haproxy"), reason="there is no haproxy")


def config_text(bind, ports, folder, changes=()):
    """The configuration with addresses of ours, and without what belongs to the machine that it is made for."""
    text = (CONFIG / "haproxy.cfg").read_text(encoding="utf-8")
    text = text.replace("/etc/haproxy/", f"{CONFIG}/").replace("/run/haproxy/", f"{folder}/")
    text = text.replace("log /dev/log local0", "log stdout format raw local0").replace("maxconn 20000", "maxconn 500")
    text = re.sub(r"^ +(user|group|chroot) .*\n", "", text, flags=re.M)
    text = text.replace("bind :8080", f"bind {bind}")
    for number, port in enumerate(ports, 1):
        text = text.replace(f"10.0.0.1{number}:8080", f"127.0.0.1:{port}")
    assert "10.0.0." not in text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


class HAProxy:
    """A running one before gateways on these ports."""

    def __init__(self, folder, ports, changes=()):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            file = folder / "haproxy.cfg"
            file.write_text(config_text(f"fd@{listening.fileno()}", ports, folder, changes), encoding="utf-8")
            self.process = subprocess.Popen(["haproxy", "-db", "-f", str(file)], pass_fds=[listening.fileno()],
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = deque(maxlen=2000)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_for(lambda: (folder / "admin.sock").exists(), self.text)

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line.decode(errors="replace"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)

    def text(self):
        return "".join(self.log)

    def states(self):
        """[state] of the servers of streams, in their order: UP, NOLB, DOWN."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.folder / "admin.sock"))
            s.sendall(b"show stat\n")
            told = s.makefile().read()
        rows = csv.DictReader(told.lstrip("# ").splitlines())
        return [r["status"].split()[0] for r in rows if r["pxname"] == "streams" and r["svname"].startswith("gateway")]

    def wait_states(self, *states, seconds=10):
        wait_for(lambda: self.states() == list(states), lambda: f"{states}: {self.states()}\n{self.text()}", seconds)

    def view(self, client, **options):
        return Viewer("127.0.0.1", self.port, client, **options)

    def ask(self, target, *headers):
        """(status, content type, body) of one request on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as s:
            lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
            s.sendall("\r\n".join(lines).encode())
            head, _, body = s.makefile("rb").read().partition(b"\r\n\r\n")
        kind = re.search(rb"(?i)^content-type: *(\S+)", head, re.M)
        return int(head.split()[1]), kind and kind[1].decode(), body.decode()


class Front:
    """Two gateways with HAProxy before them."""

    def __init__(self, world, folder):
        self.gateways = [world.gateway(), world.gateway()]
        self.haproxy = HAProxy(folder, [g.port for g in self.gateways])
        self.haproxy.wait_states("UP", "UP")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.haproxy.__exit__()
        for one in self.gateways:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
            one.kill()

    def viewers(self):
        return [int(g.metrics()["blotter_viewers"]) for g in self.gateways]


def sent_twice(view):
    """Versions of rows that came more than once."""
    seen = [(change["key"], tuple(change["v"])) for data in view.of("rows") for change in data]
    return len(seen) - len(set(seen))


def came_back(views, how_many):
    """So many of them have had a second connection and the others one; nobody was sent a row twice or began anew."""
    streams = sorted(v.streams for v in views)
    assert streams == [1] * (len(views) - how_many) + [2] * how_many
    for view in views:
        assert (view.violations, view.of("reset"), sent_twice(view)) == ([], [], 0), view.client
        assert all(hello["resumed"] for hello in view.of("hello")[1:])


def told_to_come_back(haproxy, bookmark="abc-1.x"):
    """The stream of one who cannot be served now: 200, or a browser would not come back, and his bookmark."""
    status, kind, body = haproxy.ask("/v1/clients/c1/events", f"Last-Event-ID: {bookmark}")
    events = list(parse(line.encode() for line in body.splitlines(True)))
    assert (status, kind) == (200, "text/event-stream"), (status, kind, body)
    (name, data, last_id, _), retries = events[-1], [e[3] for e in events if e[3]]
    assert name == "bye" and '"overload"' in data and last_id == bookmark, body
    assert len(retries) == 1 and 3000 <= retries[0] < 15000
    return retries[0]


def test_the_configuration_is_sound_as_it_is(tmp_path):
    file = tmp_path / "haproxy.cfg"
    file.write_text(config_text("127.0.0.1:8080", [1, 2], tmp_path), encoding="utf-8")
    done = subprocess.run(["haproxy", "-c", "-f", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done


def test_rows_pass_one_by_one_as_they_come(broker, grid, tmp_path):
    with World(broker, grid) as world, Front(world, tmp_path) as front:
        direct, = open_views(front.gateways[0], ["c1"], beat=30)
        view, = open_views(front.haproxy, ["c1"], beat=30)
        for n in range(30):
            world.rows.put(world.topic, "c1", "a", n=n)
            world.rows.flush()
            expected = {"a": {"clientId": "c1", "ticker": "a", "n": n}}
            wait_for(lambda e=expected: all(v.values() == e for v in (direct, view)), f"row {n}", 5)
        came = [[e.at for e in list(v.events) if e.name == "rows"] for v in (direct, view)]
        assert len(came[0]) == len(came[1]) == 30
        later = [b - a for a, b in zip(*came)]
        print(f"through haproxy: {statistics.median(later) * 1000:.1f} ms later, at most {max(later) * 1000:.1f}")
        assert statistics.median(later) < 0.02
        assert front.haproxy.ask("/v1/clients/c1/rows")[0] == front.haproxy.ask("/")[0] == 200
        view.close()
        direct.close()
        wait_for(lambda: front.viewers() == [0, 0], "streams that viewers left to be closed")


def test_viewers_of_a_killed_gateway_come_back_once_by_the_other(broker, grid, tmp_path):
    with World(broker, grid) as world, Front(world, tmp_path) as front:
        writer = Writer(world.rows, world.topic, CLIENTS)
        try:
            views = open_views(front.haproxy, CLIENTS)
            wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
            before = front.viewers()
            assert sorted(before) == [6, 6], "connections are spread"
            front.gateways[0].kill()
            wait_for(lambda: front.gateways[1].metrics()["blotter_viewers"] == 12, "all at the other gateway", 10)
            new = open_views(front.haproxy, ["c1", "c2"])  # also before the check has found out
            front.haproxy.wait_states("DOWN", "UP")
            new += open_views(front.haproxy, ["c1", "c2"])
            wait_for(lambda: all(v.live for v in views), "live")
        finally:
            writer.close()
        world.rest(views + new)
        came_back(views, before[0])
        came_back(new, 0)
        for view in views + new:
            view.close()


def test_viewers_of_a_gateway_that_hangs_come_back_by_the_other(broker, grid, tmp_path):
    with World(broker, grid) as world, Front(world, tmp_path) as front:
        for n, client in enumerate(CLIENTS):
            world.rows.put(world.topic, client, "a", n=n)
        world.rows.flush()
        views = open_views(front.haproxy, CLIENTS, patience=60)  # they would not notice by themselves
        world.rest(views)
        before = front.viewers()
        began = time.monotonic()
        front.gateways[0].process.send_signal(signal.SIGSTOP)
        wait_for(lambda: front.gateways[1].metrics()["blotter_viewers"] == 12, "all at the other gateway", 10)
        print(f"gateway stopped: all were elsewhere after {time.monotonic() - began:.1f} s")
        for client in CLIENTS:
            world.rows.put(world.topic, client, "b", n=1)
        world.rows.flush()
        world.rest(views)
        front.gateways[0].process.send_signal(signal.SIGCONT)
        front.haproxy.wait_states("UP", "UP")
        wait_for(lambda: front.viewers()[0] == 0, "the gateway to let them go")
        came_back(views, before[0])
        for view in views:
            view.close()


def test_a_gateway_that_leaves_is_taken_out(broker, grid, tmp_path):
    with World(broker, grid) as world, Front(world, tmp_path) as front:
        writer = Writer(world.rows, world.topic, CLIENTS)
        try:
            views = open_views(front.haproxy, CLIENTS)
            wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
            before = front.viewers()
            assert front.gateways[0].terminate()[0] == 0
            wait_for(lambda: front.gateways[1].metrics()["blotter_viewers"] == 12, "all at the other gateway", 10)
            front.haproxy.wait_states("DOWN", "UP")
            wait_for(lambda: all(v.live for v in views), "live")
        finally:
            writer.close()
        world.rest(views)
        came_back(views, before[0])
        assert sum(len(v.of("bye")) for v in views) == before[0]
        assert [front.haproxy.ask("/readyz")[0] for _ in range(4)] == [200] * 4
        for view in views:
            view.close()


def test_viewers_stay_while_no_node_is_left_and_others_are_told_to_come_back(broker, grid, tmp_path):
    with World(broker, grid, nodes=1) as world, Front(world, tmp_path) as front:
        world.rows.put(world.topic, "c1", "a", n=1)
        world.rows.flush()
        view, = open_views(front.haproxy, ["c1"])
        (name, only), = world.nodes.items()
        only.kill()
        front.haproxy.wait_states("NOLB", "NOLB")
        wait_for(lambda: view.state == "stale", "stale")
        assert len({told_to_come_back(front.haproxy) for _ in range(8)}) > 1, "times are random"
        world.rows.put(world.topic, "c1", "a", n=2)
        world.rows.flush()
        with node(grid, f"{name}-again"):
            wait_for(lambda: view.state == "current" and view.values()["a"]["n"] == 2, "current again")
            front.haproxy.wait_states("UP", "UP")
            world.rest([view])
        came_back([view], 0)
        view.close()


def test_without_a_gateway_streams_are_told_to_come_back_and_others_are_refused(tmp_path):
    # What cuts streams of a gateway that hangs may cut these off too, in the moment in which the check finds out.
    with HAProxy(tmp_path, [1, 2], [(" on-marked-down shutdown-sessions", "")]) as haproxy:
        told_to_come_back(haproxy)  # nobody has found out yet
        haproxy.wait_states("DOWN", "DOWN")
        told_to_come_back(haproxy)
        assert haproxy.ask("/v1/clients/c1/rows")[0] == 503
        status, _, body = haproxy.ask("/v1/clients/c1/events", "Last-Event-ID: no <bookmark>")
        assert status == 200 and "<" not in body


def test_an_address_with_too_many_connections_is_told_so(tmp_path):
    with HAProxy(tmp_path, [1, 2], [("sc0_conn_cur gt 2000", "sc0_conn_cur gt 3")]) as haproxy:
        held = [socket.create_connection(("127.0.0.1", haproxy.port)) for _ in range(3)]
        told_to_come_back(haproxy)
        status, _, body = haproxy.ask("/v1/clients")
        assert status == 429 and "too many connections" in body
        for one in held:
            one.close()
        wait_for(lambda: haproxy.ask("/v1/clients")[0] == 503, "the others to be forgotten")
