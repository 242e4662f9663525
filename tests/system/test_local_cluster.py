"""`blotter cluster`: the processes it starts, the lines it shows, and that nothing is left of it."""

import os
import re
import shutil
import signal
import subprocess
import threading

from grid import HAZELCAST
from harness import BINARY, KAFKA, alive, wait_for, wait_values
from viewer import Viewer


class LocalCluster:
    def __init__(self, folder, *settings, binary=BINARY, cwd=None):
        self.process = subprocess.Popen([binary, "cluster", "--dir", str(folder), *map(str, settings)], cwd=cwd,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)

    def text(self):
        return "\n".join(self.lines)

    def last(self):
        """{member: (pid, port, state)} by the last line of each."""
        found = {}
        for line in list(self.lines):
            parts = re.match(r"(router|node|gateway|feed) +(\S+) +pid (\d+) +(?:http://127\.0\.0\.1:(\d+) +)?(\w+)", line)
            if parts:
                found[parts[2]] = (int(parts[3]), int(parts[4] or 0), parts[5])
        return found

    def page(self):
        """The port of the page as it was last told."""
        told = [re.match(r"page +http://127\.0\.0\.1:(\d+)$", line) for line in list(self.lines)]
        return int(([m[1] for m in told if m] or [0])[-1])

    def wait_state(self, state, *members, seconds=30):
        wait_for(lambda: all(self.last().get(m, (0, 0, ""))[2] == state for m in members),
                 lambda: f"{members} {state}:\n{self.text()}", seconds)

    def exit_code(self, seconds=60):
        code = self.process.wait(seconds)
        self._thread.join(5)
        return code


def running(script, folder):
    return subprocess.run([script, "status", "--dir", str(folder)], capture_output=True, check=False).returncode == 0


def test_members_are_shown_as_they_are_and_stopped_in_order(broker, grid, tmp_path):
    topic, feed = broker.new_topic(4)
    rows = broker.producer()
    rows.put(topic, "c1", "a", n=1)
    rows.flush()
    names = ["router-1", "router-2", "node-1", "node-2", "node-3", "gateway-1", "gateway-2"]
    with LocalCluster(tmp_path, "--routers", 2, "--nodes", 3, "--gateways", 2, "--kafka", feed, "--hazelcast",
                      grid.url()) as cluster:
        cluster.wait_state("ready", *names)
        last = cluster.last()
        for member in ("node-2", "gateway-1", "gateway-2"):
            with Viewer("127.0.0.1", last[member][1], "c1") as view:
                wait_values(view, {"a": {"clientId": "c1", "ticker": "a", "n": 1}})
        first, other = "gateway-1", "gateway-2"
        if cluster.page() == last[other][1]:
            first, other = other, first
        assert cluster.page() == last[first][1], cluster.text()
        os.kill(last[first][0], signal.SIGKILL)
        wait_for(lambda: cluster.page() == last[other][1], "the page of the other gateway", 5)
        os.kill(last["node-1"][0], signal.SIGKILL)
        cluster.wait_state("gone", "node-1", seconds=5)
        assert re.search(r"node-1 .* gone +killed by signal 9$", cluster.text(), re.M), cluster.text()
        os.kill(last["router-1"][0], signal.SIGSTOP)
        cluster.wait_state("silent", "router-1", seconds=10)
        os.kill(last["router-1"][0], signal.SIGCONT)
        cluster.wait_state("ready", "router-1", seconds=10)
        second = LocalCluster(tmp_path)
        assert second.exit_code() == 2 and "another cluster runs in" in second.text(), second.text()
        with Viewer("127.0.0.1", cluster.page(), "c1", reconnect=False) as view:
            wait_for(lambda: view.live, "live")
            cluster.process.send_signal(signal.SIGTERM)
            assert cluster.exit_code() == 0, cluster.text()
            wait_for(lambda: view.of("bye"), "the goodbye")
            assert view.of("bye")[0]["reason"] == "shutdown" and not view.of("status"), view.events
        text = cluster.text()
        leaving = {m: re.search(rf"{m} .* leaving", text).start() for m in names if m not in ("node-1", first)}
        gone = {m: re.search(rf"{m} .* gone +exit 0", text).start() for m in leaving}
        assert gone[other] < min(leaving["node-2"], leaving["node-3"]), text
        assert max(gone["node-2"], gone["node-3"]) < min(leaving["router-1"], leaving["router-2"]), text
        assert len(re.findall(r"^node +node-1 ", text[leaving["node-2"]:], re.M)) == 0, "nothing is started again"
    assert not any(alive(pid) for pid, _, _ in last.values())


def test_a_cluster_with_parts_of_its_own_leaves_nothing_when_it_is_killed(tmp_path):
    with LocalCluster(tmp_path, "--routers", 1, "--nodes", 1, "--simulate", 500) as cluster:
        cluster.wait_state("ready", "router-1", "node-1", "market", seconds=90)
        assert running(KAFKA, tmp_path / "kafka") and running(HAZELCAST, tmp_path / "hazelcast")
        last = cluster.last()
        with Viewer("127.0.0.1", last["node-1"][1], "client-0001") as view:
            wait_for(lambda: view.live and view.rows, "rows of the simulated market")
        cluster.process.kill()
        wait_for(lambda: not any(alive(pid) for pid, _, _ in last.values()), "its members to be gone", 5)
        wait_for(lambda: not running(KAFKA, tmp_path / "kafka"), "its broker to be gone", 10)
        wait_for(lambda: not running(HAZELCAST, tmp_path / "hazelcast"), "its Hazelcast members to be gone", 10)


def test_without_gateways_the_page_is_a_nodes(broker, grid, tmp_path):
    _, feed = broker.new_topic(1)
    with LocalCluster(tmp_path, "--routers", 1, "--nodes", 1, "--gateways", 0, "--kafka", feed, "--hazelcast",
                      grid.url()) as cluster:
        wait_for(lambda: cluster.page() == cluster.last().get("node-1", (0, 0))[1] != 0, lambda: cluster.text())
        assert set(cluster.last()) == {"router-1", "node-1"}


def test_what_cannot_be_started_is_said(grid, tmp_path):
    copy = tmp_path / "blotter"
    shutil.copy(BINARY, copy)
    with LocalCluster(tmp_path / "a", binary=str(copy), cwd="/") as cluster:
        assert cluster.exit_code() == 1
        assert "deploy/kafka is not found" in cluster.text() and "--kafka" in cluster.text(), cluster.text()
    wrong = {"BLOTTER_MEMBER": "one two"}
    done = subprocess.run([BINARY, "cluster", "--dir", str(tmp_path / "b"), "--kafka", "kafka://127.0.0.1:1/t",
                           "--hazelcast", grid.url()], env={**os.environ, **wrong}, capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 2 and b"BLOTTER_MEMBER" in done.stderr, done
