"""A viewer in Python, written from docs/protocol.md: keeps rows, comes back with its bookmark, and checks on every
event what a viewer may rely on. What it finds wrong is kept in `violations`, which must stay empty."""

import json
import random
import socket
import threading
import time
from collections import namedtuple
from urllib.parse import quote

from checksum import checksum

Row = namedtuple("Row", "version value")
Event = namedtuple("Event", "name data id stream at")

EVENTS_MAX = 200_000


def parse(lines):
    """Server-sent events from lines of bytes: (name, data, id, retry)."""
    name, data, last_id, retry = "message", [], None, None
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if not text:
            if data or retry is not None:
                yield name, "\n".join(data), last_id, retry
            name, data, last_id, retry = "message", [], None, None
            continue
        field, _, value = text.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            last_id = value
        elif field == "retry":
            retry = int(value)


class Viewer:
    """Follows one client in a thread of its own until `close`, over any number of connections."""

    def __init__(self, host, port, client, bookmark=None, beat=1, reconnect=True, rows=None, patience=None):
        self.host, self.port, self.client, self.beat = host, port, client, beat
        self.bookmark = bookmark
        self.rows = dict(rows or {})
        self.reconnect = reconnect
        self.patience = patience or max(6.0, 4 * beat)  # s of silence after which a stream is given up
        self.events, self.violations = [], []
        self.live = self.closed = False
        self.state, self.reason, self.verified = "connecting", None, 0
        self.streams = 0
        self.lock = threading.Lock()
        self._socket = None
        self._deleted = {}
        self._fresh_snapshot = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close()
        if kind is None:
            assert not self.violations, self.violations[:5]

    def close(self):
        self.closed = True
        self._drop()
        self._thread.join(10)

    def _drop(self):
        if self._socket:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def snapshot(self):
        with self.lock:
            return dict(self.rows)

    def values(self):
        return {key: row.value for key, row in self.snapshot().items()}

    def of(self, name, since=0):
        """Data of the events of this name, from number `since` on."""
        return [e.data for e in list(self.events)[since:] if e.name == name]

    def _run(self):
        while not self.closed:
            try:
                self._stream()
            except (OSError, ConnectionError, EOFError):
                pass
            except Exception as broken:  # what the server said cannot be understood
                self._wrong(f"{type(broken).__name__}: {broken}")
            self.live = False
            if not self.reconnect:
                return
            time.sleep(random.uniform(0.05, 0.15))

    def _wrong(self, text):
        self.violations.append(f"{self.client}, stream {self.streams}: {text}")

    def _stream(self):
        with socket.create_connection((self.host, self.port), 5) as s:
            self._socket = s
            head = f"GET /v1/clients/{quote(self.client, safe='')}/events?beat={self.beat} HTTP/1.1\r\n"
            head += f"Host: {self.host}:{self.port}\r\nAccept: text/event-stream\r\n"
            if self.bookmark:
                head += f"Last-Event-ID: {self.bookmark}\r\n"
            s.sendall(f"{head}\r\n".encode())
            s.settimeout(self.patience)
            lines = s.makefile("rb", 65536)
            status = lines.readline()
            if b" 200 " not in status:
                raise ConnectionError(status)
            while (header := lines.readline().strip().lower()):
                if header.startswith(b"content-type:") and b"text/event-stream" not in header:
                    self._wrong(f"unexpected {header}")
            self.streams += 1
            self._resumed_with = self.bookmark
            self._live_seen = False
            self.state, self.reason = "connecting", None  # a new stream is current from `live` on, unless it says
            for name, data, last_id, retry in parse(lines):
                if self.closed:
                    return
                if retry is not None:
                    self.retry = retry
                if data:
                    self._event(name, json.loads(data), last_id)

    def _event(self, name, data, last_id):
        with self.lock:
            handler = getattr(self, f"_on_{name}", None)
            if handler:
                handler(data)
            if last_id is not None:
                self.bookmark = last_id
            elif name in ("live", "moving"):
                self._wrong(f"{name} without id")
            if len(self.events) < EVENTS_MAX:
                self.events.append(Event(name, data, last_id, self.streams, time.monotonic()))

    def _on_hello(self, data):
        if data["protocol"] != 1:
            self._wrong(f"protocol {data['protocol']}")
        if data["resumed"] and not (self._resumed_with or self.bookmark):
            self._wrong("resumed without a bookmark")
        self.live = self._live_seen = False  # behind a gateway another node may carry the stream on
        if not data["resumed"] and data["reason"] == "new":
            self._forget()

    def _on_reset(self, data):
        self.reason = data["reason"]
        self._forget()

    def _forget(self):
        self.rows, self._deleted = {}, {}
        self._fresh_snapshot = True
        self.live = self._live_seen = False

    def _on_rows(self, data):
        keys = set()
        for change in data:
            key, version = change["key"], tuple(change["v"])
            if key in keys:
                self._wrong(f"{key} twice in one event")
            keys.add(key)
            before = self.rows.get(key)
            known = before.version if before else self._deleted.get(key)
            if known and known[0] == version[0] and version[1] < known[1]:
                self._wrong(f"{key} went back from {known} to {version}")
            if change.get("deleted"):
                self.rows.pop(key, None)
                self._deleted[key] = version
            else:
                self.rows[key] = Row(version, change["row"])
                self._deleted.pop(key, None)

    def _on_live(self, data):
        self._verify("live", data)
        self.live = self._live_seen = True
        self._fresh_snapshot = False
        if self.state != "stale":
            self.state = "current"

    def _on_beat(self, data):
        if "count" in data:
            if not self._live_seen:
                self._wrong("count in a beat before live")
            self._verify("beat", data)

    def _verify(self, name, data):
        mine = (len(self.rows), checksum((k, r.version) for k, r in self.rows.items()))
        if mine != (data["count"], data["checksum"]):
            self._wrong(f"{name} says {data['count']} rows {data['checksum']}, have {mine[0]} rows {mine[1]}")
        self.verified += 1

    def _on_status(self, data):
        self.state = data["state"]
        self.reason = data.get("reason")
