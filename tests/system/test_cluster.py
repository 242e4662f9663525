"""Routers and nodes as processes of their own, with a real broker and real Hazelcast members between them."""

import itertools
import threading
import time
from urllib.parse import quote

from harness import Process, wait_for, wait_rows

FREE = "127.0.0.1:0"


def router(grid, feed, name, *more, **options):
    return Process("router", "--feed", feed, "--link", FREE, "--directory", grid.url(), "--member", name, *more, **options)


def node(grid, name, *more):
    return Process("node", "--directory", grid.url(), "--member", name, *more)


def holders(process, partition):
    """Members that announce this partition caught up."""
    def holds(text):
        ranges = (part.split("-") for part in text.split(",") if part)
        return any(int(r[0]) <= partition <= int(r[-1]) for r in ranges)
    return {m["id"] for m in process.json("/v1/cluster")["members"] if holds(m.get("caught_up", ""))}


class Writer:
    """Changes rows of some clients until it is closed."""

    def __init__(self, rows, topic, clients, per_second=200):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(rows, topic, clients, per_second))
        self.thread.start()

    def _run(self, rows, topic, clients, per_second):
        for n in itertools.count():
            if self.stop.wait(1 / per_second):
                return rows.flush()
            rows.put(topic, clients[n % len(clients)], f"r{n % 7}", n=n)

    def close(self):
        self.stop.set()
        self.thread.join()


def test_viewers_do_not_notice_that_a_router_is_killed(broker, grid):
    rows = broker.producer()
    topic, feed = broker.new_topic(6)
    clients = [f"c{i}" for i in range(10)]
    with router(grid, feed, "r1") as first, router(grid, feed, "r2"), node(grid, "n1").wait_ready() as serving:
        wait_for(lambda: all(len(holders(serving, p)) == 2 for p in range(6)), "two routers to have every partition")
        views = [serving.view(client) for client in clients]
        writer = Writer(rows, topic, clients)
        try:
            wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
            first.kill()
            wait_for(lambda: all(m["id"] != "r1" for m in serving.json("/v1/cluster")["members"]), "the dead to be known")
        finally:
            writer.close()
        tables = broker.tables(topic)
        for view in views:
            wait_rows(view, tables[view.client])
        for view in views:
            view.close()
            assert (view.streams, view.violations, view.of("reset")) == (1, [], [])


def test_a_node_is_stale_while_no_router_is_left_and_heals_by_itself(broker, grid):
    rows = broker.producer()
    topic, feed = broker.new_topic(3)
    rows.put(topic, "c1", "a", n=1)
    rows.flush()
    with node(grid, "n2") as serving:
        with router(grid, feed, "r3") as only:
            serving.wait_ready()
            view = serving.view("c1")
            wait_for(lambda: view.live and view.state == "current", "current")
            began = time.monotonic()
            only.kill()
            wait_for(lambda: view.state == "stale", "stale")
            assert time.monotonic() - began < 2
        rows.put(topic, "c1", "a", n=2)
        rows.flush()
        with router(grid, feed, "r4"):
            wait_for(lambda: view.state == "current" and view.values() == {"a": {"clientId": "c1", "ticker": "a", "n": 2}},
                     "current again")
        view.close()
        assert view.streams == 1 and view.violations == []


def test_a_node_lists_the_clients_of_all_routers(broker, grid):
    rows = broker.producer()
    topic, feed = broker.new_topic(4)
    names = sorted(f"c {i}/ä" for i in range(40))
    for name in names:
        rows.put(topic, name, "a", n=1)
    rows.flush()
    with node(grid, "n3") as serving:
        assert serving.get("/v1/clients")[0] == 503, "no router yet"
        # Each router has some of the partitions, and so some of the clients.
        with router(grid, feed, "r7", "--replicas", 1) as one, router(grid, feed, "r8", "--replicas", 1) as other:
            wait_for(lambda: sum(len(holders(serving, p)) for p in range(4)) == 4, "each partition to be held once")
            wait_for(lambda: len(one.json("/v1/clients")["clients"]) + len(other.json("/v1/clients")["clients"]) == 40,
                     "each client to be with one router")
            assert len(one.json("/v1/clients")["clients"]) < 40
            assert serving.json("/v1/clients") == {"clients": names, "more": False}
            assert serving.json("/v1/clients?limit=7") == {"clients": names[:7], "more": True}
            after = quote(names[6])
            assert serving.json(f"/v1/clients?prefix=c%20&limit=40&after={after}") == {"clients": names[7:], "more": False}
            assert serving.get("/v1/clients?limit=0")[0] == 400
            other.kill()
            status, headers, body = serving.get("/v1/clients")
            assert (status, headers["Retry-After"]) == (503, "1") and b"r8 at 127.0.0.1:" in body, body


def test_a_stopped_router_hands_over_before_it_ends_and_one_alone_ends_at_once(broker, grid):
    rows = broker.producer()
    topic, feed = broker.new_topic(4)
    for i in range(20):
        rows.put(topic, "c1", f"r{i}", n=i)
    rows.flush()
    with node(grid, "n4") as serving:
        with router(grid, feed, "r9", "--replicas", 1) as one, router(grid, feed, "r10", "--replicas", 1) as other:
            shared = [{"r9"}, {"r9"}, {"r10"}, {"r10"}]
            wait_for(lambda: sorted(map(sorted, (holders(serving, p) for p in range(4)))) == sorted(map(sorted, shared)),
                     "two partitions to be with each")
            serving.wait_ready()
            with serving.view("c1") as view:
                wait_rows(view, broker.tables(topic)["c1"])
                since = len(view.events)
                code, took = one.terminate()
                assert code == 0 and took < 15, one.text()
                wait_for(lambda: all(holders(serving, p) == {"r10"} for p in range(4)), "the leaver to be forgotten", 2)
                rows.put(topic, "c1", "r3", n="new")
                rows.flush()
                wait_rows(view, broker.tables(topic)["c1"])
                told = [e.data for e in view.events[since:] if e.name in ("reset", "status")]
                assert (view.streams, told) == (1, []), f"{told}\n{one.text()}\n{other.text()}\n{serving.text()}"
            code, took = other.terminate()
            assert code == 0 and took < 5, f"nobody is there to take over: {took}"


def test_a_router_is_refused_a_feed_that_no_other_can_read(grid):
    with router(grid, "stdin", "r5", wait=False) as refused:
        assert refused.exit_code() == 2
        assert "a router shares its feed with others" in refused.text()


def test_the_second_process_of_a_name_ends_and_says_why(broker, grid):
    _, feed = broker.new_topic(1)
    with router(grid, feed, "r6") as first:
        first.wait_ready()
        assert first.json("/v1/cluster")["feed"]["partitions_caught_up"] == 1, "ready is more than not yet having looked"
        wait_for(lambda: holders(first, 0) == {"r6"}, "the first to be the member")
        with router(grid, feed, "r6", wait=False) as second:
            assert second.exit_code() == 1
            assert "give each its own by --member" in second.text()
        assert first.process.poll() is None
