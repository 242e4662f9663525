"""After any storm, every viewer has what the topic says: judged by an independent reader of the topic."""

import random

from broker import Background
from harness import Blotter, wait_for, wait_rows

CLIENTS = [f"c{i}" for i in range(20)]


def storm(rows, topic, seed, changes, clients=CLIENTS, keys=50):
    """Random changes, one in ten a delete."""
    rnd = random.Random(seed)
    for n in range(changes):
        client, key = rnd.choice(clients), f"r{rnd.randrange(keys)}"
        if rnd.random() < 0.1:
            rows.delete(topic, client, key)
        else:
            rows.put(topic, client, key, n=n, price=round(rnd.uniform(1, 1000), 2))
    rows.flush()


def test_all_clients_converge_after_100000_changes_with_broker_and_server_killed_in_the_middle(broker):
    topic, feed = broker.new_topic(12)
    storm(broker.producer(), topic, 1, 20_000)
    blotter = Blotter(feed).wait_ready()
    viewers = [blotter.view(client) for client in CLIENTS]
    try:
        wait_for(lambda: all(v.live for v in viewers), "all live")
        first = Background(lambda: storm(broker.producer(), topic, 2, 40_000))
        seen = sum(len(v.events) for v in viewers)
        wait_for(lambda: sum(len(v.events) for v in viewers) > seen + 100, "changes flow")
        broker.kill_and_restart_after(lambda: all(v.state == "stale" for v in viewers))
        first.result()
        second = Background(lambda: storm(broker.producer(), topic, 3, 40_000))
        seen = sum(len(v.events) for v in viewers)
        wait_for(lambda: sum(len(v.events) for v in viewers) > seen + 100, "changes flow")
        blotter.kill()
        blotter = blotter.again()
        second.result()
        tables = broker.tables(topic)
        for viewer in viewers:
            wait_rows(viewer, tables.get(viewer.client, {}), 60)
        for viewer in viewers:
            assert viewer.of("reset") == [], "positions were never void"
            assert viewer.streams == 2 and viewer.of("hello")[-1]["resumed"] is True
        late = [blotter.view(client) for client in CLIENTS[:3]]
        viewers += late
        for viewer in late:
            wait_rows(viewer, tables[viewer.client])
        seen = [v.verified for v in viewers]
        wait_for(lambda: all(v.verified > n for v, n in zip(viewers, seen)), "verified by a beat at rest")
        assert all(v.state == "current" for v in viewers)
    finally:
        for viewer in viewers:
            viewer.close()
        blotter.kill()
    assert [v.violations for v in viewers if v.violations] == []


def test_no_deleted_row_comes_back_while_compaction_runs(broker):
    topic, feed = broker.new_topic(
        2, cleanup_policy="compact", segment_ms=300, min_cleanable_dirty_ratio=0.01, delete_retention_ms=1,
        max_compaction_lag_ms=300, min_compaction_lag_ms=0)
    rows = broker.producer()
    clients = ["c0", "c1"]
    storm(rows, topic, 1, 2000, clients, 20)
    blotter = Blotter(feed).wait_ready()
    viewers = [blotter.view(client) for client in clients]
    try:
        wait_for(lambda: all(v.live for v in viewers), "all live")
        records = len(broker.read(topic))
        rnd = random.Random(5)
        # Each round writes a little, so that segments roll, until the broker has thrown most of the log away.
        produced, deleted = records, set()

        def compacted():
            nonlocal produced
            for _ in range(20):
                client, key = rnd.choice(clients), f"r{rnd.randrange(20)}"
                rows.delete(topic, client, key) if rnd.random() < 0.4 else rows.put(topic, client, key, n=rnd.random())
                produced += 1
            rows.flush()
            return len(broker.read(topic)) < produced * 0.5

        wait_for(compacted, "compaction took half of the log away", 45)
        blotter.kill()  # viewers come back with bookmarks from before to a server that never saw the deletes
        for key in range(0, 20, 3):
            rows.delete(topic, "c0", f"r{key}")
            deleted.add(f"r{key}")
        rows.flush()
        produced = len(broker.read(topic))
        wait_for(compacted, "compaction once more", 45)
        blotter = blotter.again()
        for client, viewer in zip(clients, viewers):
            wait_rows(viewer, broker.tables(topic).get(client, {}))
            assert {r["reason"] for r in viewer.of("reset")} <= {"horizon"}
    finally:
        for viewer in viewers:
            viewer.close()
        blotter.kill()
    assert [v.violations for v in viewers if v.violations] == []


def test_a_topic_of_256_partitions(broker):
    topic, feed = broker.new_topic(256)
    rows = broker.producer()
    clients = CLIENTS[:3]
    storm(rows, topic, 9, 6000, clients, 400)
    blotter = Blotter(feed).wait_ready()
    viewers = [blotter.view(client) for client in clients]
    try:
        tables = broker.tables(topic)
        for client, viewer in zip(clients, viewers):
            wait_rows(viewer, tables[client])
            assert len(viewer.bookmark) <= 4096
        blotter.kill()
        storm(rows, topic, 10, 30, clients, 400)
        seen = [len(v.events) for v in viewers]
        blotter = blotter.again()
        tables = broker.tables(topic)
        for viewer, since in zip(viewers, seen):
            wait_rows(viewer, tables[viewer.client])
            assert viewer.of("reset") == []
            assert sum(map(len, viewer.of("rows", since))) <= 30
    finally:
        for viewer in viewers:
            viewer.close()
        blotter.kill()
    assert [v.violations for v in viewers if v.violations] == []
    broker.delete(topic)
