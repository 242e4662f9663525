"""The real binary and a real broker in the hands of a test: start, stop, kill, ask. Nothing here sleeps for
correctness: what must become true is waited for, up to a deadline."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from pathlib import Path

from viewer import Viewer

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BLOTTER") or str(ROOT / "build" / "blotter")
KAFKA = str(ROOT / "deploy" / "kafka" / "kafka")
DEADLINE_S = 30


def wait_for(condition, what, seconds=DEADLINE_S):
    """The first true value of `condition`, asked again and again; fails with `what` when it never comes."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def alive(pid):
    """Whether there is such a process, which has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """One process of ours with an HTTP surface."""

    def __init__(self, role, *settings, port=0, stdin=None, wait=True, environment=None, before=None):
        self.command = [BINARY, role, *map(str, settings), "--http", f"127.0.0.1:{port}"]
        self.log = deque(maxlen=5000)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})}, preexec_fn=before)
        self.port = None
        self._listening = threading.Event()
        self._threads = [threading.Thread(target=read, daemon=True) for read in (self._out, self._err)]
        for thread in self._threads:
            thread.start()
        if wait:
            self._listening.wait(DEADLINE_S)
            if self.port is None:
                self.kill()
                raise AssertionError("does not listen:\n" + self.text())

    def _out(self):
        for line in self.process.stdout:
            self.log.append(line.decode(errors="replace"))
            found = re.match(rb"listening on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                self._listening.set()
        self._listening.set()

    def _err(self):
        for line in self.process.stderr:
            self.log.append(line.decode(errors="replace"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def text(self):
        return "".join(self.log)

    def kill(self):
        """As a crash would end it."""
        self.process.kill()
        self.process.wait(10)
        for thread in self._threads:
            thread.join(5)

    def terminate(self):
        """SIGTERM; returns (exit code, seconds it took)."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        return code, time.monotonic() - began

    def exit_code(self, seconds=DEADLINE_S):
        code = self.process.wait(seconds)
        for thread in self._threads:
            thread.join(5)
        return code

    def get(self, path, headers=None, method="GET", timeout=10):
        """(status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, path):
        status, _, body = self.get(path)
        assert status == 200, (status, body)
        return json.loads(body)

    def ready(self):
        status, _, body = self.get("/readyz")
        return status == 200, body.decode()

    def wait_ready(self, seconds=DEADLINE_S):
        wait_for(lambda: self.ready()[0], lambda: f"ready: {self.ready()[1]}\n{self.text()[-2000:]}", seconds)
        return self

    def metrics(self):
        """{name with labels: value}"""
        _, _, body = self.get("/metrics")
        pairs = (line.rsplit(" ", 1) for line in body.decode().splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in pairs}

    def rejects(self):
        """{reason: how many}"""
        found = {}
        for name, value in self.metrics().items():
            labels = re.fullmatch(r'blotter_feed_rejects_total\{.*?reason="([^"]+)".*\}', name)
            if labels and value:
                found[labels[1]] = found.get(labels[1], 0) + int(value)
        return found

    def resident_kb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def raw(self, data, timeout=10):
        """All that is answered to these bytes until the peer closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as s:
            s.sendall(data)
            got = b""
            try:
                while chunk := s.recv(65536):
                    got += chunk
            except ConnectionResetError:
                pass
            return got

    def view(self, client, **options):
        return Viewer("127.0.0.1", self.port, client, **options)


class Blotter(Process):
    """One `blotter up`. Given a port of before it can be started again where its viewers look for it."""

    def __init__(self, feed, *settings, **options):
        self.feed, self.settings = feed, settings
        super().__init__("up", "--feed", feed, *settings, **options)

    def again(self):
        """The same, on the same port, after it was killed."""
        return Blotter(self.feed, *self.settings, port=self.port)


def rows_equal(viewer, expected):
    """Whether a live viewer has exactly these: {key: (version, value)}."""
    have = {key: (row.version, row.value) for key, row in viewer.snapshot().items()}
    return viewer.live and have == expected


def difference(viewer, expected):
    have = {key: (row.version, row.value) for key, row in viewer.snapshot().items()}
    missing = sorted(set(expected) - set(have))
    extra = sorted(set(have) - set(expected))
    other = sorted(k for k in set(have) & set(expected) if have[k] != expected[k])
    return (f"{viewer.client}: live {viewer.live}, state {viewer.state}; missing {missing[:5]} of {len(missing)}, "
            f"extra {extra[:5]} of {len(extra)}, "
            f"different {[(k, have[k], expected[k]) for k in other[:3]]} of {len(other)}")


def wait_rows(viewer, expected, seconds=DEADLINE_S):
    wait_for(lambda: rows_equal(viewer, expected), lambda: difference(viewer, expected), seconds)
    assert not viewer.violations, viewer.violations[:5]


def wait_values(viewer, expected, seconds=DEADLINE_S):
    """The same without versions: {key: value}."""
    wait_for(lambda: viewer.live and viewer.values() == expected,
             lambda: f"{viewer.client}: live {viewer.live}, has {viewer.values()}, expected {expected}", seconds)
    assert not viewer.violations, viewer.violations[:5]
