"""From a real broker to viewers: rows, deletes, freshness, resuming, topics that change under us."""

import json
import time

import pytest

from harness import Blotter, wait_for, wait_rows, wait_values


def row(client, key, **fields):
    return {"clientId": client, "ticker": key, **fields}


@pytest.fixture
def rows(broker):
    return broker.producer()


def test_a_row_produced_is_seen_and_a_tombstone_takes_it_away(broker, rows):
    topic, feed = broker.new_topic(3)
    with Blotter(feed).wait_ready() as blotter, blotter.view("c1") as viewer, blotter.view("c2") as other:
        wait_values(viewer, {})
        rows.put(topic, "c1", "AAPL", price=1)
        rows.put(topic, "c1", "MSFT", price=2)
        rows.flush()
        wait_values(viewer, {"AAPL": row("c1", "AAPL", price=1), "MSFT": row("c1", "MSFT", price=2)})
        rows.put(topic, "c1", "AAPL", price=3)
        rows.flush()
        wait_for(lambda: viewer.values().get("AAPL", {}).get("price") == 3, "the new price")
        rows.delete(topic, "c1", "AAPL")
        rows.flush()
        wait_rows(viewer, broker.tables(topic)["c1"])
        assert list(viewer.rows) == ["MSFT"]
        assert other.snapshot() == {} and other.of("rows") == []
        wait_for(lambda: viewer.verified >= 2 and viewer.of("beat"), "verified by a beat")


def test_rows_that_were_there_before_the_start_come_with_the_first_snapshot(broker, rows):
    topic, feed = broker.new_topic(4)
    for i in range(500):
        rows.put(topic, f"c{i % 5}", f"r{i % 50}", n=i)
    for i in range(0, 50, 7):
        rows.delete(topic, f"c{i % 5}", f"r{i}")
    rows.flush()
    tables = broker.tables(topic)
    with Blotter(feed).wait_ready() as blotter:
        for client, table in tables.items():
            with blotter.view(client) as viewer:
                wait_rows(viewer, table)
                assert not any(r.get("deleted") for rows_ in viewer.of("rows") for r in rows_), "deletes in a snapshot"
        answer = blotter.json("/v1/clients/c1/rows")
        assert {r["key"]: (tuple(r["v"]), r["row"]) for r in answer["rows"]} == tables["c1"]
        assert (answer["count"], answer["state"]) == (len(tables["c1"]), "current")
        assert blotter.json("/v1/clients?prefix=c&limit=3") == {"clients": ["c0", "c1", "c2"], "more": True}


def test_a_viewer_of_the_killed_server_resumes_with_only_what_changed(broker, rows):
    topic, feed = broker.new_topic(6)
    for i in range(60):
        rows.put(topic, "c1", f"r{i}", n=i)
    rows.flush()
    blotter = Blotter(feed).wait_ready()
    with blotter.view("c1") as viewer:
        wait_rows(viewer, broker.tables(topic)["c1"])
        blotter.kill()
        rows.put(topic, "c1", "r7", n="changed")
        rows.put(topic, "c1", "new", n="new")
        rows.delete(topic, "c1", "r9")
        rows.put(topic, "c2", "r7", n="of another")
        rows.flush()
        seen = len(viewer.events)
        with blotter.again().wait_ready() as blotter:
            wait_rows(viewer, broker.tables(topic)["c1"])
            hello = viewer.of("hello", seen)[-1]
            assert hello["resumed"] is True, hello
            assert viewer.of("reset", seen) == []
            again = {r["key"] for rows_ in viewer.of("rows", seen) for r in rows_}
            assert again == {"r7", "new", "r9"}


def test_a_lost_broker_is_told_within_2_seconds_and_so_is_its_return(broker, rows):
    topic, feed = broker.new_topic(2)
    rows.put(topic, "c1", "a", n=1)
    rows.flush()
    with Blotter(feed).wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_values(viewer, {"a": row("c1", "a", n=1)})
        broker.kill()
        killed = time.monotonic()
        try:
            wait_for(lambda: viewer.state == "stale", "told that rows may be behind", 10)
            took = time.monotonic() - killed
            assert viewer.reason == "feed"
            assert viewer.values() == {"a": row("c1", "a", n=1)}
            assert blotter.json("/v1/clients/c1/rows")["state"] == "stale"
        finally:
            broker.start()
        rows.put(topic, "c1", "a", n=2)
        rows.flush()
        wait_for(lambda: viewer.state == "current", "current again")
        wait_rows(viewer, broker.tables(topic)["c1"])
        assert viewer.streams == 1 and viewer.of("reset") == []
        assert took < 2.0


@pytest.mark.parametrize("count", [3, 40], ids=["fewer rows", "more rows"])
def test_a_topic_made_anew_is_one_reset_and_then_the_new_rows(broker, rows, count):
    topic, feed = broker.new_topic(2)
    for i in range(20):
        rows.put(topic, "c1", f"old{i}", n=i)
    rows.flush()
    with Blotter(feed).wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_rows(viewer, broker.tables(topic)["c1"])
        broker.delete(topic)
        broker.create(topic, 2)
        anew = broker.producer()
        for i in range(count):
            anew.put(topic, "c1", f"new{i}", n=i)
        anew.flush()
        wait_rows(viewer, broker.tables(topic)["c1"])
        assert [r["reason"] for r in viewer.of("reset")] == ["generation"]
        anew.put(topic, "c1", "after", n=1)
        anew.flush()
        wait_rows(viewer, broker.tables(topic)["c1"])
        assert len(viewer.of("reset")) == 1


def test_partitions_that_are_added_are_read_and_the_newer_of_two_rows_counts(broker, rows):
    topic, feed = broker.new_topic(2)
    for i in range(40):
        rows.put(topic, "c1", f"r{i}", n=i)
    rows.flush()
    with Blotter(feed).wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_rows(viewer, broker.tables(topic)["c1"])
        broker.add_partitions(topic, 7)
        anew = broker.producer()  # knows the new partitions, so that keys move to others
        for i in range(0, 40, 2):
            anew.put(topic, "c1", f"r{i}", n=i + 1000)
        anew.delete(topic, "c1", "r1")
        anew.flush()
        wait_rows(viewer, broker.tables(topic)["c1"])
        assert len(viewer.rows) == 39
        assert {r["reason"] for r in viewer.of("reset")} <= {"generation"}


def test_a_topic_that_is_missing_is_waited_for(broker, rows):
    with Blotter(f"kafka://{broker.address}/not-there-yet") as blotter:
        waits = wait_for(lambda: "not-there-yet" in blotter.ready()[1] and blotter.ready(), "readyz says why")
        assert waits[0] is False
        assert blotter.get("/healthz")[0] == 200
        with blotter.view("c1") as viewer:
            broker.create("not-there-yet", 1)
            rows.put("not-there-yet", "c1", "a", n=1)
            rows.flush()
            blotter.wait_ready()
            wait_values(viewer, {"a": row("c1", "a", n=1)})
            wait_for(lambda: viewer.state == "current", "current")


def test_a_broker_that_is_away_is_waited_for(broker, rows):
    topic, feed = broker.new_topic(1)
    rows.put(topic, "c1", "a", n=1)
    rows.flush()
    broker.kill()
    try:
        with Blotter(feed) as blotter:
            said = wait_for(lambda: broker.address in blotter.ready()[1] and blotter.ready(), "readyz names the broker")
            assert said[0] is False
            status, headers, body = blotter.get("/readyz")
            assert (status, headers.get_content_type()) == (503, "application/problem+json")
            assert json.loads(body)["status"] == 503
            broker.start()
            blotter.wait_ready()
            with blotter.view("c1") as viewer:
                wait_values(viewer, {"a": row("c1", "a", n=1)})
    finally:
        if broker._tool("status", check=False) == "not running":
            broker.start()


def test_a_bookmark_of_one_client_never_yields_rows_of_another(broker, rows):
    topic, feed = broker.new_topic(3)
    for i in range(30):
        rows.put(topic, "alice", f"r{i}", secret="alice")
        rows.put(topic, "bob", f"r{i}", secret="bob")
    rows.flush()
    tables = broker.tables(topic)
    with Blotter(feed).wait_ready() as blotter:
        with blotter.view("alice") as alice:
            wait_rows(alice, tables["alice"])
            stolen = alice.bookmark
        # Bob's viewer believes it has the rows that the bookmark stands for: what it is sent may only be Bob's.
        with blotter.view("bob", bookmark=stolen, reconnect=False) as bob:
            wait_for(lambda: bob.of("live"), "live")
            rows.put(topic, "alice", "r1", secret="alice")
            rows.put(topic, "bob", "r1", secret="bob", last=True)
            rows.flush()
            wait_for(lambda: bob.values().get("r1", {}).get("last"), "the change of Bob's row")
            assert all(r["row"]["secret"] == "bob" for part in bob.of("rows") for r in part if "row" in r)
            assert bob.of("live")[0]["count"] == 30
            bob.violations.clear()  # with another's bookmark the table need not be whole
        with blotter.view("nobody", bookmark=stolen) as nobody:
            wait_for(lambda: nobody.live, "live")
            assert nobody.snapshot() == {} and nobody.of("rows") == []
