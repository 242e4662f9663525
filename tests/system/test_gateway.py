"""Gateways before real nodes and routers, with a real broker and real Hazelcast members: nodes and gateways are killed,
stopped and told to leave while viewers watch."""

import itertools
import signal
import time

import pytest

from grid import Grid
from harness import Process, wait_for, wait_rows
from test_cluster import FREE, Writer, node, router


@pytest.fixture(scope="module")
def grid():
    one = Grid()
    yield one
    one.close()


_names = itertools.count(1)


def gateway(grid, *more, **options):
    return Process("gateway", "--directory", grid.url(), "--member", f"g{next(_names)}", *more, **options)


class World:
    """A topic, a router, and nodes with names of their own; ends what it started."""

    def __init__(self, broker, grid, nodes=2, partitions=3, node_settings=()):
        self.broker, self.grid, self.node_settings = broker, grid, node_settings
        self.rows = broker.producer()
        self.topic, feed = broker.new_topic(partitions)
        number = next(_names)
        self.router = router(grid, feed, f"gr{number}")
        self.nodes = {f"gn{number}-{i}": None for i in range(nodes)}
        for name in self.nodes:
            self.restart(name)
        for one in self.nodes.values():
            one.wait_ready()

    def restart(self, name):
        self.nodes[name] = node(self.grid, name, *self.node_settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in [*self.nodes.values(), self.router]:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
            one.kill()

    def gateway(self, *more):
        """One that is linked to every node."""
        one = gateway(self.grid, *more)
        wait_for(lambda: {n["id"] for n in nodes_of(one) if n["links"] == n["links_wanted"]} >= set(self.nodes),
                 lambda: f"links to every node: {nodes_of(one)}\n{one.text()}")
        return one

    def rest(self, views):
        """Every viewer has what the log says, and nothing was wrong on the way."""
        tables = self.broker.tables(self.topic)
        for view in views:
            wait_rows(view, tables[view.client])


def nodes_of(one):
    return one.json("/v1/cluster")["gateway"]["nodes"]


def reroutes_of(one):
    return {cause: n for cause, n in one.json("/v1/cluster")["gateway"]["reroutes"].items() if n}


def members_seen(view):
    return [hello["member"] for hello in view.of("hello")]


def one_connection(views):
    """Nobody noticed: each viewer has had one connection, no row went back, nothing began anew."""
    for view in views:
        assert (view.streams, view.violations, view.of("reset"), view.of("bye")) == (1, [], [], []), view.client


def open_views(front, clients, **options):
    views = [front.view(client, **options) for client in clients]
    wait_for(lambda: all(v.live and v.state == "current" for v in views), "every viewer to be current")
    return views


def longest_silence(view, since):
    """Seconds between two events of rows, at most, from `since` on."""
    times = [since] + [e.at for e in list(view.events) if e.name == "rows" and e.at > since]
    return max((b - a for a, b in zip(times, times[1:])), default=None)


CLIENTS = [f"c{i}" for i in range(12)]


def test_rows_come_through_a_gateway(broker, grid):
    with World(broker, grid) as world, world.gateway() as front:
        for n, client in enumerate(CLIENTS):
            world.rows.put(world.topic, client, "a", n=n)
        world.rows.flush()
        views = open_views(front, CLIENTS)
        world.rest(views)
        assert {members_seen(v)[0] for v in views} == set(world.nodes), "both nodes serve"
        world.rows.put(world.topic, "c1", "b", n=77)
        world.rows.delete(world.topic, "c1", "a")
        world.rows.flush()
        wait_for(lambda: views[1].values() == {"b": {"clientId": "c1", "ticker": "b", "n": 77}}, "the change")
        assert front.json("/v1/clients/c1/rows")["rows"][0]["row"]["n"] == 77
        assert front.metrics()["blotter_gateway_events_passed_total"] > 0
        one_connection(views)
        for view in views:
            view.close()
        wait_for(lambda: all(n["streams"] == 0 for n in nodes_of(front)), "streams to be closed at the nodes")


def test_viewers_do_not_notice_that_their_node_is_killed(broker, grid):
    with World(broker, grid) as world, world.gateway() as front:
        writer = Writer(world.rows, world.topic, CLIENTS)
        try:
            views = open_views(front, CLIENTS)
            wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
            name, killed = next(iter(world.nodes.items()))
            there = [v for v in views if members_seen(v)[-1] == name]
            assert there, "somebody is served by it"
            began = time.monotonic()
            killed.kill()
            wait_for(lambda: all(members_seen(v)[-1] != name and v.live for v in there), "streams from the other node")
            wait_for(lambda: all(longest_silence(v, began) is not None for v in there), "rows from it")
            took = max(longest_silence(v, began) for v in there)
            time.sleep(0.3)
        finally:
            writer.close()
        print(f"node killed: rows of {len(there)} viewers were at most {took * 1000:.0f} ms late")
        world.rest(views)
        one_connection(views)
        assert all(hello["resumed"] for v in there for hello in v.of("hello")[1:])
        assert reroutes_of(front) == {"reset": len(there)}
        for view in views:
            view.close()


def test_a_viewer_is_sent_nothing_again_that_did_not_change(broker, grid):
    with World(broker, grid) as world, world.gateway() as front:
        for row in range(50):
            world.rows.put(world.topic, "c1", f"r{row}", n=row)
        world.rows.flush()
        view, = open_views(front, ["c1"])
        wait_for(lambda: len(view.rows) == 50, "its rows")
        since = len(view.events)
        world.nodes[members_seen(view)[0]].kill()
        wait_for(lambda: len(members_seen(view)) == 2 and view.live and view.of("live", since), "the other node")
        world.rows.put(world.topic, "c1", "r7", n=777)
        world.rows.flush()
        wait_for(lambda: view.values()["r7"]["n"] == 777, "the change")
        assert [c["key"] for data in view.of("rows", since) for c in data] == ["r7"]
        one_connection([view])
        view.close()


def test_a_node_that_hangs_is_left_within_about_a_second(broker, grid):
    with World(broker, grid) as world, world.gateway() as front:
        writer = Writer(world.rows, world.topic, CLIENTS)
        try:
            views = open_views(front, CLIENTS)
            wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
            name, frozen = next(iter(world.nodes.items()))
            there = [v for v in views if members_seen(v)[-1] == name]
            assert there, "somebody is served by it"
            began = time.monotonic()
            frozen.process.send_signal(signal.SIGSTOP)
            wait_for(lambda: all(members_seen(v)[-1] != name and v.live for v in there), "streams from the other node")
            wait_for(lambda: all(longest_silence(v, began) is not None for v in there), "rows from it")
            took = max(longest_silence(v, began) for v in there)
            assert all(v.state == "current" for v in views)
            frozen.process.send_signal(signal.SIGCONT)
            wait_for(lambda: all(not n["suspect"] for n in nodes_of(front)), "the node to be trusted again")
        finally:
            writer.close()
        print(f"node frozen: rows of {len(there)} viewers were at most {took * 1000:.0f} ms late")
        world.rest(views)
        one_connection(views)
        assert reroutes_of(front)["silence"] >= len(there)
        for view in views:
            view.close()


def test_viewers_of_a_node_that_leaves_are_moved_without_a_word(broker, grid):
    with World(broker, grid) as world, world.gateway() as front:
        writer = Writer(world.rows, world.topic, CLIENTS)
        try:
            views = open_views(front, CLIENTS)
            wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
            name, leaving = next(iter(world.nodes.items()))
            there = [v for v in views if members_seen(v)[-1] == name]
            code, took = leaving.terminate()
            assert code == 0
            wait_for(lambda: all(members_seen(v)[-1] != name and v.live for v in there), "streams from the other node")
        finally:
            writer.close()
        print(f"node left in {took * 1000:.0f} ms")
        world.rest(views)
        one_connection(views)
        assert reroutes_of(front) == {"leaving": len(there)}
        for view in views:
            view.close()


def test_a_viewer_of_a_killed_gateway_goes_on_through_another(broker, grid):
    with World(broker, grid) as world, world.gateway() as first, world.gateway() as second:
        for row in range(20):
            world.rows.put(world.topic, "c1", f"r{row}", n=row)
        world.rows.flush()
        view, = open_views(first, ["c1"])
        wait_for(lambda: len(view.rows) == 20, "its rows")
        since = len(view.events)
        view.port = second.port
        first.kill()
        world.rows.put(world.topic, "c1", "r3", n=333)
        world.rows.flush()
        wait_for(lambda: view.values()["r3"]["n"] == 333, "the change")
        assert view.of("hello", since)[0]["resumed"]
        assert [c["key"] for data in view.of("rows", since) for c in data] == ["r3"]
        assert (view.streams, view.violations, view.of("reset")) == (2, [], [])
        view.close()


def test_a_viewer_is_stale_while_no_node_is_left_and_current_again_after(broker, grid):
    with World(broker, grid, nodes=1) as world, world.gateway() as front:
        world.rows.put(world.topic, "c1", "a", n=1)
        world.rows.flush()
        view, = open_views(front, ["c1"])
        wait_for(lambda: len(view.rows) == 1, "its row")
        (name, only), = world.nodes.items()
        began = time.monotonic()
        only.kill()
        wait_for(lambda: view.state == "stale", "stale")
        took = time.monotonic() - began
        assert took < 2.2 and view.reason == "node", (took, view.reason)
        world.rows.put(world.topic, "c1", "a", n=2)
        world.rows.flush()
        with node(grid, f"{name}-again"):
            wait_for(lambda: view.state == "current" and view.values()["a"]["n"] == 2, "current again")
        print(f"no node left: told after {took * 1000:.0f} ms")
        one_connection([view])
        view.close()


def test_a_gateway_that_leaves_says_goodbye(broker, grid):
    with World(broker, grid) as world, world.gateway() as front:
        world.rows.put(world.topic, "c1", "a", n=1)
        world.rows.flush()
        view, = open_views(front, ["c1"], reconnect=False)
        code, _ = front.terminate()
        assert code == 0
        wait_for(lambda: view.of("bye"), "the goodbye")
        assert view.of("bye") == [{"code": 1, "reason": "shutdown", "reconnect": True}]
        assert view.bookmark
        view.close()


def test_a_slow_viewer_delays_no_other(broker, grid):
    import socket
    with World(broker, grid, nodes=1) as world, world.gateway("--send-buffer", "4096") as front:
        large = "x" * 2000
        world.rows.put(world.topic, "c1", "a", n=0, text=large)
        world.rows.flush()
        with socket.socket() as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            stuck.connect(("127.0.0.1", front.port))
            stuck.sendall(f"GET /v1/clients/c1/events HTTP/1.1\r\nHost: x:{front.port}\r\n\r\n".encode())
            view, = open_views(front, ["c1"])
            for n in range(1, 200):
                world.rows.put(world.topic, "c1", "a", n=n, text=large)
                world.rows.flush()
                wait_for(lambda n=n: view.values()["a"]["n"] >= n, "the change")
            one_connection([view])
            view.close()
