"""`blotter autoscaler` with a real broker and real Hazelcast members: nodes come with load and go with calm while
viewers watch through a gateway, and what happens when it is killed, or its command fails."""

import itertools
import os
import re
import signal
import socket
import threading
from pathlib import Path

import pytest

from grid import Grid
from harness import Process, alive, wait_for, wait_rows
from test_cluster import Writer, node, router
from test_gateway import gateway

# Of which a test need not wait long. Reports may be late: the machine has other things to do.
FAST = ("--period", "500ms", "--calm", "4s", "--drain-period", "1s", "--warm-up", "1s", "--report-age", "20s",
        "--trend", "0", "--days", "0", "--drain", "4s")


@pytest.fixture(scope="module")
def grid():
    one = Grid()
    yield one
    one.close()


_names = itertools.count(1)


class Autoscaler(Process):
    """One whose nodes are ended with the test."""

    def __init__(self, grid, folder, *more, name=None, **options):
        self.folder = Path(folder)
        super().__init__("autoscaler", "--directory", grid.url(), "--nodes-dir", folder, "--member",
                         name or f"auto{next(_names)}", *FAST, *more, environment={"BLOTTER_CORES": "1"}, **options)

    def state(self):
        return self.json("/v1/cluster")["autoscaler"]

    def last(self):
        return self.state().get("last", {})

    def nodes(self):
        """{id: address} of those that serve."""
        return {m["id"]: m["address"] for m in self.json("/v1/cluster")["members"]
                if "node" in m["roles"] and m["stage"] == "serving"}

    def wait_nodes(self, least, most=None, seconds=60):
        def own():  # a node that was killed before is shown until its lease ends
            nodes = self.nodes()
            return least <= len(nodes) <= (most or least) and set(nodes) <= set(processes(self.folder)) and nodes
        return wait_for(own,
                        lambda: f"{least} nodes: {self.nodes()}, {self.state()}\n{self.text()}", seconds)


def processes(folder):
    """{node: pid} of those that the autoscalers of a folder started."""
    return {file.stem: int(file.read_text(encoding="utf-8").split()[0]) for file in Path(folder).glob("*.pid")}


@pytest.fixture
def folder(tmp_path):
    """Where the autoscalers of a test keep who their nodes are. Those leave the directory when it is over: a node that
    is killed stays there for its lease, with its last report, and would count as capacity in the next test."""
    yield tmp_path
    left = [pid for pid in processes(tmp_path).values() if alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGTERM)
    try:
        wait_for(lambda: not any(map(alive, left)), f"nodes {left} to end")
    finally:
        for pid in filter(alive, left):
            os.kill(pid, signal.SIGKILL)


class Askers:
    """Keep the loops of some servers busy until they are closed: with many questions at once."""

    ASK = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
    QUESTIONS = (ASK + b"\r\n") * 30 + ASK + b"Connection: close\r\n\r\n"

    def __init__(self, addresses):
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(address,)) for address in addresses for _ in range(3)]
        for each in self.threads:
            each.start()

    def _run(self, address):
        host, port = address.rsplit(":", 1)
        while not self.stop.is_set():
            try:
                with socket.create_connection((host, int(port)), 5) as s:
                    s.sendall(self.QUESTIONS)
                    while s.recv(1 << 20):
                        pass
            except OSError:
                self.stop.wait(0.1)

    def close(self):
        self.stop.set()
        for each in self.threads:
            each.join()


def test_nodes_come_with_load_and_go_with_calm_and_viewers_lose_nothing(broker, grid, folder):
    rows = broker.producer()
    topic, feed = broker.new_topic(3)
    clients = [f"c{i}" for i in range(8)]
    with router(grid, feed, f"ar{next(_names)}"), Autoscaler(grid, folder, "--min", 2, "--max", 4) as scaler:
        at_rest = scaler.wait_nodes(2)
        with gateway(grid, "--cores", 1).wait_ready() as front:
            views = [front.view(client) for client in clients]
            writer = Writer(rows, topic, clients)
            try:
                wait_for(lambda: all(len(v.rows) == 7 for v in views), "rows of every client")
                askers = Askers(at_rest.values())
                try:
                    grown = scaler.wait_nodes(3, 4)
                finally:
                    askers.close()
                assert set(at_rest) < set(grown)
                scaler.wait_nodes(2, seconds=120)
            finally:
                writer.close()
            tables = broker.tables(topic)
            for view in views:
                wait_rows(view, tables[view.client])
            for view in views:
                view.close()
                assert (view.streams, view.violations) == (1, []), view.client
        wait_for(lambda: len(processes(folder)) == 2, "those that were drained to have ended")
        state = scaler.state()
        assert state["last_change"]["what"] == "shrink" and state["given_up"] == 0, state
        assert state["actuator"]["failures"] == 0, state
        assert state["used"]["node_hours"] >= state["used"]["foresight_node_hours"] * 0.5 > 0, state["used"]
        assert scaler.metrics()['blotter_scale_decisions_total{cause="calm"}'] >= 1
        assert re.search(r"what=grow cause=\w+ .*from 2 to [34]: a load of", scaler.text()), scaler.text()
        assert re.search(r"what=shrink cause=calm .*drains: a load of", scaler.text()), scaler.text()


def test_nodes_outlive_their_autoscaler_and_the_next_one_has_them(grid, folder):
    with Autoscaler(grid, folder, "--min", 2, "--max", 3, name="auto-b") as first:
        before = first.wait_nodes(2)
        with Autoscaler(grid, folder, "--min", 2, "--max", 3, name="auto-c") as watching:
            wait_for(lambda: watching.last().get("cause") == "watching", lambda: str(watching.state()))
            assert watching.last()["reason"] == "auto-b decides, this one watches"
            first.kill()
            assert set(watching.nodes()) == set(before)
            wait_for(lambda: watching.last()["cause"] == "waiting" or watching.last()["cause"] == "steady",
                     lambda: str(watching.state()))
            lost = next(iter(before))
            os.kill(processes(folder)[lost], signal.SIGKILL)
            wait_for(lambda: len(processes(folder)) == 2 and lost not in processes(folder), "another in its place")
            after = wait_for(lambda: lost not in watching.nodes() and len(watching.nodes()) == 2 and watching.nodes(),
                             lambda: str(watching.nodes()))
            assert len(set(after) & set(before)) == 1
            code, _ = watching.terminate()
            assert code == 0 and len(processes(folder)) == 2


def test_a_command_that_fails_is_run_again_until_the_nodes_are_there(grid, folder):
    marks = folder / "orders"
    command = f'fail() {{ echo "$@" >> {marks}; test -e {folder}/go; }}; fail'
    with Autoscaler(grid, folder, "--actuator", "command", "--command", command) as scaler:
        wait_for(lambda: scaler.state()["actuator"]["failures"] >= 2, "failures")
        wait_for(lambda: scaler.last()["awaited"] == 2, lambda: str(scaler.state()))
        failing = scaler.state()
        assert (failing["actuator"]["state"], failing["last"]["wanted"]) == ("failing", 2)
        assert failing["actuator"]["text"] == "the command ended with exit 1"
        (folder / "go").touch()
        wait_for(lambda: scaler.state()["actuator"]["state"] == "idle", "the command to be done")
        assert set(marks.read_text(encoding="utf-8").splitlines()) == {"2"}
        with node(grid, f"an{next(_names)}", "--cores", 1), node(grid, f"an{next(_names)}", "--cores", 1):
            wait_for(lambda: scaler.last()["serving"] == 2 and scaler.last()["awaited"] == 0, lambda: str(scaler.state()))


def test_what_can_never_be_is_refused_at_the_start(grid):
    for wrong, why in ((("--min", 5, "--max", 4), "the minimum of 5 nodes is over the maximum of 4"),
                       (("--actuator", "command"), "is needed by --actuator command"),
                       (("--peak", "noon"), "must be days, times and, where known, nodes")):
        with Process("autoscaler", "--directory", grid.url(), *wrong, wait=False) as refused:
            assert refused.exit_code() == 2
            assert why in refused.text()
