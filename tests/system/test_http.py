"""What hostile or broken peers send over HTTP: a clear answer for them, no cost for the others."""

import json
import re
import socket
import time
from contextlib import ExitStack

import pytest

from harness import Blotter, wait_for, wait_values


@pytest.fixture(scope="module")
def blotter(tmp_path_factory):
    path = tmp_path_factory.mktemp("feed") / "rows.jsonl"
    lines = [{"clientId": "c1", "ticker": f"r{i}", "n": i} for i in range(10)]
    lines += [{"key": f"{client}_a", "value": {"n": 1}} for client in ("o d/d%2e", "ä株", "..")]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with Blotter(f"file:{path}", "--header-timeout", "1s").wait_ready() as one:
        with one.view("c1") as witness:
            wait_for(lambda: witness.live, "live")
            yield one
            # Through everything that the tests did, this viewer was served and never thrown out.
            assert witness.streams == 1 and len(witness.rows) == 10
            beats = len(witness.of("beat"))
            wait_for(lambda: len(witness.of("beat")) > beats, "still served")


def status_of(answer):
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else None


def request(target, *headers, method="GET", version="HTTP/1.1"):
    lines = [f"{method} {target} {version}", "Host: x", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


BOOKMARKS = {
    "nonsense": "nonsense", "too long": "A" * 3000, "blanks": "a b c", "a path": "../../etc/passwd%00",
    "markup": "<script>", "half a percent": "%", "base64 of nothing we know": "AAAAAAAAAAAAAAAAAAAA",
    "a number": "18446744073709551616",
}


@pytest.mark.parametrize("bookmark", BOOKMARKS.values(), ids=BOOKMARKS.keys())
def test_a_malformed_bookmark_is_a_reset_with_a_whole_table(blotter, bookmark):
    with blotter.view("c1", bookmark=bookmark, reconnect=False) as viewer:
        wait_for(lambda: viewer.live, "live")
        assert viewer.of("hello")[0]["resumed"] is False
        assert [r["reason"] for r in viewer.of("reset")] == ["malformed"]
        assert len(viewer.rows) == 10


def test_a_forged_bookmark_yields_a_whole_table_or_nothing_that_is_not_the_clients(blotter):
    with blotter.view("c1") as viewer:
        wait_for(lambda: viewer.live, "live")
        good = viewer.bookmark
    for i in range(len(good)):
        for forged in (good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1:], good[:i]):
            if not forged:
                continue
            with blotter.view("c1", bookmark=forged, reconnect=False) as viewer:
                wait_for(lambda: viewer.live or viewer.of("live"), f"live with {forged}")
                hello, resets = viewer.of("hello")[0], viewer.of("reset")
                assert hello["resumed"] is (not resets)
                if resets:
                    assert resets[0]["reason"] in ("malformed", "future", "generation", "horizon")
                    assert hello["reason"] == resets[0]["reason"]
                    assert len(viewer.rows) == 10
                else:
                    viewer.violations.clear()  # an earlier position, made up: rows it claims to have it does not get
                    assert set(viewer.rows) <= {f"r{i}" for i in range(10)}


@pytest.mark.parametrize("client, count", [("o d/d%2e", 1), ("ä株", 1), ("..", 1), ("nobody at all", 0)])
def test_any_client_id_can_be_asked_for_when_it_is_percent_encoded(blotter, client, count):
    with blotter.view(client) as viewer:
        wait_for(lambda: viewer.live, "live")
        assert len(viewer.rows) == count


BAD_TARGETS = {
    "NUL": "/v1/clients/a%00b/events",
    "a line break": "/v1/clients/a%0Ab/events",
    "not UTF-8": "/v1/clients/%FF%FE/events",
    "half a percent": "/v1/clients/a%2/rows",
    "no hex": "/v1/clients/a%zz/rows",
    "too long": f"/v1/clients/{'x' * 256}/rows",
    "beat of words": "/v1/clients/c1/events?beat=often",
    "limit of 0": "/v1/clients?limit=0",
    "limit too high": "/v1/clients?limit=1001",
}


@pytest.mark.parametrize("target", BAD_TARGETS.values(), ids=BAD_TARGETS.keys())
def test_a_bad_request_is_told_what_is_wrong(blotter, target):
    answer = blotter.raw(request(target))
    assert status_of(answer) == 400, answer[:300]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head.lower()
    problem = json.loads(body)
    assert problem["status"] == 400 and len(problem["detail"]) > 10


@pytest.mark.parametrize("target", [
    "/nothing", "/v1", "/v1/clients//events", "/v1/clients/c1/nothing", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
    "/page.css/"])
def test_an_unknown_path_is_not_found(blotter, target):
    answer = blotter.raw(request(target))
    assert status_of(answer) in (400, 404), answer[:300]
    assert b"root:" not in answer


def test_what_browsers_ask_for_by_themselves_is_shown_the_way(blotter):
    answer = blotter.raw(request("/favicon.ico"))
    assert status_of(answer) == 308 and b"\r\nlocation: /favicon.svg\r\n" in answer.lower()
    assert status_of(blotter.raw(request("/favicon.svg"))) == 200


def test_an_unknown_method_is_refused_and_told_which_are_known(blotter):
    for method in ("POST", "DELETE", "PUT", "BREW"):
        answer = blotter.raw(request("/v1/clients/c1/rows", method=method))
        assert status_of(answer) in (405, 501), (method, answer[:200])
    assert b"\r\nallow:" in blotter.raw(request("/v1/clients/c1/rows", method="POST")).lower()


NO_HTTP = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
    "no version": b"GET /\r\n\r\n", "another version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "bad header": b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
    "two lengths": b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks":
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_is_no_proper_http_is_refused_or_cut(blotter, data):
    answer = blotter.raw(data)
    assert answer == b"" or status_of(answer) in range(400, 600), answer[:200]
    assert blotter.get("/healthz")[0] == 200


@pytest.mark.parametrize("flood", [b"X-A: " + b"y" * 60 + b"\r\n", b"X-" + b"z" * 200_000 + b": 1\r\n"],
                         ids=["many", "endless"])
def test_a_flood_of_headers_is_cut(blotter, flood):
    with socket.create_connection(("127.0.0.1", blotter.port), 10) as s:
        sent, answer = 0, b""
        try:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
            while sent < 4 << 20:
                s.sendall(flood)
                sent += len(flood)
        except OSError:
            pass
        assert sent < 4 << 20, "four megabytes of headers were taken"
        try:
            answer = s.recv(65536)
        except OSError:
            pass
        assert answer == b"" or status_of(answer) in (400, 431), answer[:200]


def test_slow_headers_end_at_their_time_limit(blotter):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", blotter.port), 10) as s:
        s.settimeout(0.2)
        ended = False
        while not ended and time.monotonic() - began < 8:
            try:
                s.sendall(b"E")  # a letter of the method now and then, for ever
                ended = s.recv(1000) is not None
            except socket.timeout:
                pass
            except OSError:
                ended = True
        assert ended and time.monotonic() - began < 6


def test_a_connection_that_says_nothing_ends_too(blotter):
    with socket.create_connection(("127.0.0.1", blotter.port), 10) as s:
        s.settimeout(8)
        assert s.recv(1000)[:12] in (b"", b"HTTP/1.1 408")


def crowd(port, count):
    """Answers to so many viewers that connect at once."""
    sockets = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(count)]
    try:
        for s in sockets:
            s.sendall(request("/v1/clients/c1/events"))
        for s in sockets:
            answer = b""
            while chunk := s.recv(4096):
                answer += chunk
            yield answer
    finally:
        for s in sockets:
            s.close()


def test_ten_thousand_viewers_over_the_limit_are_told_to_come_back_later(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"clientId": "c1", "ticker": "a"}) + "\n")
    with Blotter(f"file:{path}", "--viewers-max", 50).wait_ready() as blotter:
        viewers = [blotter.view("c1", beat=30, reconnect=False) for _ in range(50)]
        wait_for(lambda: all(v.live for v in viewers), "50 live viewers")
        delays = set()
        for _ in range(40):
            for answer in crowd(blotter.port, 250):
                assert status_of(answer) == 200
                delays.add(int(re.search(rb"retry: (\d+)", answer)[1]))
                bye = json.loads(re.search(rb"event: bye\ndata: (.*)\n", answer)[1])
                assert bye == {"code": 3, "reason": "overload", "reconnect": True}
        assert min(delays) >= 1000 and len(delays) > 100, "long, and random"
        assert all(v.live for v in viewers)
        assert blotter.get("/healthz")[0] == 200
        for viewer in viewers:
            viewer.close()
        with blotter.view("c1") as viewer:
            wait_values(viewer, {"a": {"clientId": "c1", "ticker": "a"}})


def test_viewers_that_stop_reading_cost_the_others_nothing(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("")
    with ExitStack() as open_ones:
        blotter = open_ones.enter_context(Blotter(f"file:{path}").wait_ready())
        viewer = open_ones.enter_context(blotter.view("c1"))
        others = [open_ones.enter_context(blotter.view("c1")) for _ in range(4)]  # too many for one slow reader
        stuck = [open_ones.enter_context(socket.socket()) for _ in range(20)]
        for n, s in enumerate(stuck):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096 << n % 8)
            s.connect(("127.0.0.1", blotter.port))
            s.sendall(request("/v1/clients/c1/events"))
        wait_for(lambda: viewer.live and all(v.live for v in others), "live")
        text = "x" * 2000
        with open(path, "a", encoding="utf-8") as file:
            for n in range(5000):
                file.write(json.dumps({"clientId": "c1", "ticker": f"r{n % 50}", "n": n, "text": text}) + "\n")
        wait_for(lambda: viewer.values().get("r49", {}).get("n") == 4999,
                 lambda: f"the last of 10 MB of changes; exit code {blotter.process.poll()}: {blotter.text()[-500:]}")
        assert blotter.resident_kb() < 400_000
        # When one reads again it gets every row once, in its last value.
        got, until = b"", time.monotonic() + 20
        stuck[0].settimeout(1)
        while b'"n": 4999' not in got and time.monotonic() < until:
            try:
                got += stuck[0].recv(1 << 20)
            except socket.timeout:
                pass
        assert b'"n": 4999' in got
        assert len(got) < 5_000_000, "old values were kept for it"
