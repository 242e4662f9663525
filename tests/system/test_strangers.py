"""What does not belong to a cluster is refused with a sentence that says what to do, and the cluster goes on."""

import itertools
import json
import os
import socket
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from grid import Grid, StockClient, install_client
from harness import Process, wait_for
from test_cluster import FREE, node, router
from test_hazelcast import record

SAME_VERSION = "run the same version of blotter everywhere"


@pytest.fixture(scope="module")
def grid():
    one = Grid()
    yield one
    one.close()


class Cluster:
    """A router, two nodes, and a viewer at the first of them."""

    def __init__(self, broker, grid, name="s", environments=({}, {}, {})):
        self.rows = broker.producer()
        self.topic, feed = broker.new_topic(2)
        self.count = 0
        self.begin_router = lambda: router(grid, feed, f"{name}-r", environment=environments[0])
        self.router = self.begin_router()
        self.nodes = [Process("node", "--directory", grid.url(), "--member", f"{name}-n{i}", "--link", FREE,
                              environment=environments[1 + i]) for i in range(2)]
        for each in self.nodes:
            each.wait_ready()
        self.view = self.nodes[0].view("c1")
        wait_for(lambda: self.view.live and self.view.state == "current", self.nodes[0].text)

    def goes_on(self):
        """A row comes, on the one connection that the viewer has, and nothing was wrong."""
        self.count += 1
        self.rows.put(self.topic, "c1", "a", n=self.count)
        self.rows.flush()
        wait_for(lambda: self.view.values().get("a", {}).get("n") == self.count, self.nodes[0].text)
        assert (self.view.streams, self.view.violations, self.view.of("reset")) == (1, [], [])
        assert self.view.state == "current"

    def all(self):
        return [self.router, *self.nodes]

    def close(self):
        self.view.close()
        for each in self.all():
            each.kill()


@pytest.fixture(scope="module")
def cluster(broker, grid):
    one = Cluster(broker, grid)
    yield one
    one.close()


@pytest.fixture(scope="module")
def writer(grid):
    install_client("python")
    with StockClient(grid, "python") as one:
        yield one


def told(process, *words, since=0):
    """A line of its log with all these words."""
    def line():
        return next((each for each in list(process.log)[since:] if all(word in each for word in words)), None)
    return wait_for(line, lambda: f"a line with {words}:\n{process.text()[-3000:]}")


_numbers = itertools.count(1)


@pytest.mark.parametrize("lease, sentence", [
    ({"format": 2}, SAME_VERSION),
    ({"roles": ["stoker"]}, "names a role other than router, node, gateway and autoscaler: " + SAME_VERSION),
    ({"stage": "asleep"}, "names a stage other than starting, serving and draining: " + SAME_VERSION),
    ({"load": {"busy": "very"}}, "of the wrong kind or out of its range: " + SAME_VERSION),
    ({"load": {"number": 1, "busy": 0.5, "viewers": -3, "rows_per_second": 1, "flush_delay_ms": 1, "memory": 1}},
     "of the wrong kind or out of its range: " + SAME_VERSION),
    ({"id": "s-n1"}, "stands under a key that is not its id: remove it"),
], ids=["other version", "no such role", "no such stage", "ill-formed load", "impossible load", "another's id"])
def test_a_lease_that_cannot_be_is_set_aside(cluster, writer, lease, sentence):
    key = f"odd-{next(_numbers)}"
    marks = [len(each.log) for each in cluster.all()]
    writer.ask("put", key, record(key, **lease))
    try:
        for each, mark in zip(cluster.all(), marks):
            told(each, "a member's record was set aside", f"key={key}", sentence, since=mark)
        cluster.goes_on()
        for each in cluster.all():
            assert key not in {m["id"] for m in each.json("/v1/cluster")["members"]}
            assert each.metrics()["blotter_directory_refused_total"] > 0
    finally:
        writer.ask("remove", key)


def test_a_lease_that_cannot_be_is_named_once_however_often_it_is_written(cluster, writer):
    each = cluster.nodes[0]
    mark, refused = len(each.log), each.metrics()["blotter_directory_refused_total"]
    try:
        for number in range(5):
            writer.ask("put", "often", record("often", roles=["stoker"], renewal=number + 1))
            wait_for(lambda n=number: each.metrics()["blotter_directory_refused_total"] > refused + n, "counted")
    finally:
        writer.ask("remove", "often")
    told(each, "key=often", since=mark)
    assert len([line for line in list(each.log)[mark:] if "key=often" in line]) == 1


class OtherProgram:
    """A port where some other program greets whoever comes."""

    def __init__(self, greeting):
        self._door = socket.create_server(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._greet, args=(greeting,), daemon=True).start()

    def _greet(self, greeting):
        while True:
            try:
                self._door.accept()[0].sendall(greeting)
            except OSError:
                return

    def close(self):
        self._door.close()


def announce_router(writer, name, link_address, until, what):
    """The lease of a router that is none, renewed until something is true."""
    renewal = itertools.count(1)

    def announced():
        writer.ask("put", name, record(name, renewal=next(renewal), roles=["router"], link_address=link_address))
        return until()
    try:
        wait_for(announced, what)
    finally:
        writer.ask("remove", name)


@pytest.mark.parametrize("what, sentence", [
    ("a node", "'s-n1' is a node, and a node is linked here to a router only: check the address"),
    ("an HTTP port", "the port is for processes of the cluster alone; check the address"),
    ("another router", "'s-r' answers where 'ghost' was called: the directory is out of date, or two share an address"),
    ("another program", "what came is not our link: the port is for processes of the cluster alone; check the address"),
], ids=["a node", "an HTTP port", "another router", "another program"])
def test_a_link_peer_that_is_not_that_router_is_refused(cluster, writer, what, sentence):
    mail = OtherProgram(b"220 mail.example ESMTP ready\r\n")

    def link_of(name):
        return json.loads(writer.ask("get", name))["link_address"].split(",")[0]
    at = {"a node": lambda: link_of("s-n1"), "another router": lambda: link_of("s-r"),
          "an HTTP port": lambda: f"127.0.0.1:{cluster.nodes[1].port}", "another program": lambda: mail.at}[what]()
    mine = cluster.nodes[0]
    mark = len(mine.log)

    def said():
        return any("ghost" in line and sentence in line for line in list(mine.log)[mark:])
    try:
        announce_router(writer, "ghost", at, said, lambda: f"{sentence} in\n{mine.text()[-3000:]}")
    finally:
        mail.close()
    cluster.goes_on()


def test_a_node_with_another_cluster_name_or_a_wrong_password_is_told_and_waits(cluster, grid):
    for url, sentence in ((grid.url(cluster="other"), "check the cluster's name, user and password"),
                          (grid.url(user="me:wrong@"), "check the cluster's name, user and password")):
        with Process("node", "--directory", url, "--member", "s-lost") as lost:
            told(lost, "directory: not reached", sentence)
            assert not lost.ready()[0] and lost.get("/healthz")[0] == 200
            cluster.goes_on()
            assert "s-lost" not in {m["id"] for m in cluster.router.json("/v1/cluster")["members"]}


def test_of_two_nodes_with_one_id_the_second_ends_and_says_what_to_do(cluster, grid):
    with Process("node", "--directory", grid.url(), "--member", "s-n0", wait=False) as second:
        assert second.exit_code() == 1
        assert "give each its own by --member" in second.text()
    cluster.goes_on()
    assert cluster.nodes[0].process.poll() is None


def test_a_router_of_another_topic_is_set_aside(cluster, broker, grid):
    topic, feed = broker.new_topic(2)
    rows = broker.producer()
    rows.put(topic, "c1", "of-another-topic", n=1)
    rows.flush()
    marks = [len(each.log) for each in cluster.all()]
    with router(grid, feed, "s-other") as other:
        for each, mark in zip(cluster.all(), marks):
            told(each, "a router of another topic was set aside: give each topic a directory of its own",
                 "router=s-other", f"its_topic={topic}", f"topic={cluster.topic}", since=mark)
            assert each.metrics()["blotter_directory_other_topic_total"] == 1
            shown = {m["id"]: m.get("topic") for m in each.json("/v1/cluster")["members"]}
            assert (shown["s-other"], shown["s-r"], shown["s-n0"]) == (topic, cluster.topic, None)
        told(other, "a router of another topic was set aside", "router=s-r")
        other.wait_ready()
        cluster.goes_on()
        # Nor is it the feed of who has no other.
        cluster.router.kill()
        wait_for(lambda: cluster.view.state == "stale", cluster.nodes[0].text)
        wait_for(lambda: "s-r" not in {m["id"] for m in cluster.nodes[0].json("/v1/cluster")["members"]},
                 cluster.nodes[0].text)
        assert cluster.view.state == "stale"
        assert set(cluster.view.values()) == {"a"}
        assert not any("link: up" in line for line in other.log)
    cluster.router = cluster.begin_router()
    cluster.goes_on()


def test_clocks_that_are_an_hour_off_change_nothing(broker, tmp_path):
    shim = tmp_path / "other_clock.so"
    subprocess.run(["g++", "-O1", "-shared", "-fPIC", "-o", str(shim), str(Path(__file__).parent / "other_clock.cpp")],
                   check=True, timeout=120)

    def living_at(off_s):
        # A sanitizer minds who was loaded before it.
        options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        return {"LD_PRELOAD": str(shim), "CLOCK_OFF_S": str(off_s), "ASAN_OPTIONS": options}
    # A grid of its own, for a directory is of one topic.
    with closing(Grid()) as grid, closing(Cluster(broker, grid, "t", [living_at(3600), living_at(-3600), {}])) as one:
        hour = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() + 3600))
        assert any(hour in line for line in one.router.log), f"its clock is an hour ahead\n{one.router.text()}"
        began = time.monotonic()
        while time.monotonic() < began + 5:  # longer than a lease
            one.goes_on()
            assert {"t-r", "t-n0", "t-n1"} <= {m["id"] for m in one.nodes[0].json("/v1/cluster")["members"]}
        assert one.view.of("status") == []
