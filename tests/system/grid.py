"""Real Hazelcast members by deploy/hazelcast, members of our directory on them, and the official clients as judges."""

import json
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from harness import BINARY, ROOT, wait_for

HAZELCAST = str(ROOT / "deploy" / "hazelcast" / "hazelcast")
PROBE = str(Path(BINARY).parent / "directory_probe")
CLIENTS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "blotter" / "hazelcast-clients"
PYTHON_CLIENT, NODE_CLIENT = "hazelcast-python-client==5.7.0", "hazelcast-client@5.7.0"
MAP = "blotter.members"


class Grid:
    def __init__(self, version="5.7.0"):
        self.dir = tempfile.mkdtemp(prefix="blotter-hazelcast-")
        self.addresses = self._tool("start", "--version", version).split(",")

    def _tool(self, command, *arguments, check=True):
        done = subprocess.run([HAZELCAST, command, *arguments, "--dir", self.dir], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120, check=False)
        assert not check or done.returncode == 0, (command, arguments, done.stdout, done.stderr)
        return done.stdout.decode().strip()

    def __getattr__(self, command):
        """`start`, `stop`, `kill`, `freeze` and `thaw`: of one member, from 1 on, or of all."""
        if command not in ("start", "stop", "kill", "freeze", "thaw"):
            raise AttributeError(command)
        return lambda member=None: self._tool(command, *(["--member", str(member)] if member else []))

    def url(self, cluster="blotter", user=""):
        return f"hazelcast://{user}{','.join(self.addresses)}/{cluster}"

    def heal(self):
        """All members run."""
        self._tool("thaw", check=False)
        self._tool("start", check=False)

    def close(self):
        self._tool("thaw", check=False)
        self._tool("kill", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


class Tunnel:
    """TLS before a member that has none; its certificate vouches for itself."""

    def __init__(self, folder, address):
        self.authority = str(folder / "tunnel.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self.authority + ".key", "-out", self.authority, "-days", "2", "-subj", "/CN=tunnel",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, timeout=30)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.authority, self.authority + ".key")
        host, port = address.split(":")
        self._member = (host, int(port))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.addresses = [f"127.0.0.1:{self._door.getsockname()[1]}"]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, cluster="blotter"):
        return f"hazelcasts://{self.addresses[0]}/{cluster}"

    def _accept(self):
        while True:
            try:
                raw, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(raw,), daemon=True).start()

    def _carry(self, raw):
        try:
            with self._context.wrap_socket(raw, server_side=True) as near, socket.create_connection(self._member) as far:
                while True:
                    # What TLS has decrypted already is not seen by select.
                    ready = [near] if near.pending() else select.select([near, far], [], [])[0]
                    for one in ready:
                        data = one.recv(65536)
                        if not data:
                            return
                        (far if one is near else near).sendall(data)
        except OSError:
            return

    def close(self):
        self._door.close()


class Lines:
    """A process that talks in lines of JSON, each kept with when it came."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, **more)
        self.lines = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), json.loads(line)))

    def say(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def find(self, since=0, **fields):
        """(when, line) of the first line with these fields, of those from number `since` on."""
        for at, line in self.lines[since:]:
            if all(line.get(k) == v for k, v in fields.items()):
                return at, line
        return None

    def wait(self, what, since=0, seconds=30, **fields):
        return wait_for(lambda: self.find(since, **fields), lambda: f"{what}: {fields} in {self.lines[-20:]}", seconds)

    def signal(self, which):
        self.process.send_signal(which)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._thread.join(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Member(Lines):
    """A process of ours that is a member of the directory."""

    def __init__(self, grid, name, role="node", clock_off_s=0, tls_authority=None, **url):
        environment = {**os.environ, **({"DIRECTORY_AUTHORITY": tls_authority} if tls_authority else {})}
        super().__init__([PROBE, grid.url(**url), name, role, str(clock_off_s)], env=environment)
        self.name = name

    def wait_connected(self, since=0, seconds=30):
        return self.wait("connected", since, seconds, state="connected")[0]

    def members(self):
        since = len(self.lines)
        self.say("members")
        return wait_for(lambda: next((line["members"].split() for _, line in self.lines[since:] if "members" in line),
                                     None), "members")

    def left(self, since=0):
        return [line for _, line in self.lines[since:] if "left" in line]

    def cpu_ms(self):
        since = len(self.lines)
        self.say("cpu")
        return wait_for(lambda: next((int(line["cpu_ms"]) for _, line in self.lines[since:] if "cpu_ms" in line), None),
                        "its CPU time")

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def quit(self):
        self.say("quit")
        assert self.process.wait(10) == 0

    def __exit__(self, *_):
        """Leaves, so that its name is free for the next test."""
        if self.process.poll() is None:
            self.thaw()
            self.process.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        self.kill()


class StockClient(Lines):
    """An official client of Hazelcast's, which knows nothing of ours; see grid_client.py and grid_client.mjs."""

    def __init__(self, grid, language, name=MAP):
        here = Path(__file__).parent
        command = {"python": [str(CLIENTS / "python" / "bin" / "python"), str(here / "grid_client.py")],
                   "node": ["node", str(here / "grid_client.mjs")]}[language]
        environment = {**os.environ, "HAZELCAST_CLIENT": str(CLIENTS / "node")}
        super().__init__([*command, name, *grid.addresses], env=environment)
        self.wait(f"the {language} client listens", ready=True)

    def ask(self, *command):
        since = len(self.lines)
        self.say(json.dumps(command))
        return wait_for(lambda: next((line for _, line in self.lines[since:] if "answer" in line), None),
                        lambda: (command, self.lines[-5:]))["answer"]


def install_client(language):
    """Brings an official client into the cache, once; skips the test where the registry cannot be had."""
    folder = CLIENTS / language
    if (folder / "complete").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if language == "python":
        steps = [[sys.executable, "-m", "venv", str(folder)],
                 [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", PYTHON_CLIENT]]
    else:
        folder.mkdir()
        steps = [["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent", NODE_CLIENT]]
    for step in steps:
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=180, check=False)
        if done.returncode != 0:
            pytest.skip(f"the official {language} client cannot be installed: {done.stdout.decode()[-200:]}")
    (folder / "complete").touch()
