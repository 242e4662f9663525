"""The limits of a gateway's HTTP surface: each with its setting, a clear answer, and a counter."""

import json
import re
import socket
import time

import pytest

from harness import Process, wait_for
from test_http import request, status_of

NOBODY = "hazelcast://127.0.0.1:1"  # a gateway without a cluster: viewers wait, the rest is served


def gateway(*settings):
    # One core: connections are taken in the order in which they came.
    return Process("gateway", "--directory", NOBODY, "--proxies", "", "--cores", 1, *settings)


def counted(one, name, at_least=1):
    """Figures are published a few times a second, and who asks may be turned away as others are."""
    def value():
        found = re.search(rb"\nblotter_%s_total (\d+)\n" % name.encode(), one.get("/metrics")[2])
        return found and int(found[1]) >= at_least and int(found[1])
    return wait_for(value, lambda: f"{name}: {value()}", 5)


def sent_away(answer):
    """Whether a viewer was told to come back later in a way that a browser's EventSource survives."""
    return status_of(answer) == 200 and b"text/event-stream" in answer and b'"reason":"overload"' in answer \
        and b"\nretry: " in answer


def begin_of(one, target):
    """What is answered up to the third blank line, or the end."""
    answer = b""
    with socket.create_connection(("127.0.0.1", one.port), 10) as s:
        s.sendall(request(target))
        while answer.count(b"\n\n") < 3 and (chunk := s.recv(4096)):
            answer += chunk
    return answer


def refused(answer, status):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status_of(answer) == status and b"application/problem+json" in head, answer[:300]
    return json.loads(body)["detail"]


@pytest.mark.parametrize("target", ["/healthz", "/v1/clients/c1/events"], ids=["answer", "stream"])
def test_connections_of_one_address_at_once(target):
    with gateway("--connections-per-address-max", 5) as one:
        held = [socket.create_connection(("127.0.0.1", one.port)) for _ in range(4)]
        try:
            # The fifth is this test's own, which asks; a sixth beside it is too much.
            with socket.create_connection(("127.0.0.1", one.port), 10) as fifth:
                fifth.sendall(request("/healthz").replace(b"Connection: close\r\n", b""))
                assert status_of(fifth.recv(4096)) == 200
                answer = one.raw(request(target))
                assert sent_away(answer) if "events" in target else "too many connections" in refused(answer, 429)
        finally:
            for each in held:
                each.close()
        wait_for(lambda: status_of(one.raw(request("/healthz"))) == 200, "a place")
        assert counted(one, "http_crowded") >= 1


def test_streams_count_as_connections_of_their_address_until_they_end():
    with gateway("--connections-per-address-max", 2) as one:
        views = [one.view(client, reconnect=False) for client in ("c1", "c2")]
        wait_for(lambda: all(v.streams for v in views), "two viewers")
        assert sent_away(one.raw(request("/v1/clients/c3/events")))
        views[0].close()
        wait_for(lambda: status_of(one.raw(request("/healthz"))) == 200, "its place")
        views[1].close()


def test_new_connections_of_one_address_a_second():
    with gateway("--connections-per-address", 2) as one:
        answers = [one.raw(request("/healthz")) for _ in range(20)]
        hurried = [a for a in answers if status_of(a) == 429]
        assert 10 <= len(hurried) < 20 and "too fast" in refused(hurried[0], 429)
        assert b"\r\nRetry-After: " in hurried[0]
        wait_for(lambda: status_of(one.raw(request("/metrics"))) == 200, "the next second")
        wait_for(lambda: sent_away(begin_of(one, "/v1/clients/c1/events")), "a stream that is too early")
        assert counted(one, "http_hurried") > len(hurried)


def test_this_machine_is_bounded_by_no_address_unless_told():
    with Process("gateway", "--directory", NOBODY, "--connections-per-address", 1,
                 "--connections-per-address-max", 1) as one:
        assert [one.get("/healthz")[0] for _ in range(10)] == [200] * 10


def test_viewers_of_one_client():
    with gateway("--viewers-per-client-max", 2) as one:
        views = [one.view("c1", reconnect=False) for _ in range(2)]
        wait_for(lambda: all(v.streams for v in views), "two viewers")
        assert sent_away(one.raw(request("/v1/clients/c1/events", "Last-Event-ID: abc")))
        with one.view("c2", reconnect=False) as other:
            wait_for(lambda: other.streams, "a viewer of another client")
        assert counted(one, "viewers_refused") == 1
        for view in views:
            view.close()


def test_viewers_in_all():
    with gateway("--viewers-max", 1) as one:
        with one.view("c1", reconnect=False) as view:
            wait_for(lambda: view.streams, "a viewer")
            assert sent_away(one.raw(request("/v1/clients/c2/events")))
            assert counted(one, "http_overloaded") == 1


def test_sizes_of_a_head():
    with gateway("--header-max", "8KiB", "--url-max", "2KiB") as one:
        assert status_of(one.raw(request("/healthz", "A: " + "b" * 7000))) == 200
        assert "header lines are too long" in refused(one.raw(request("/healthz", "A: " + "b" * 9000)), 431)
        assert status_of(one.raw(request("/" + "a" * 2047))) == 404
        for target in ("/" + "a" * 2048, "/healthz?" + "a" * 9000):
            assert "path and its query are too long" in refused(one.raw(request(target)), 414)
        assert counted(one, "http_heads_too_long") == 1 and counted(one, "http_urls_too_long", 2) == 2


def test_time_of_a_head_and_of_doing_nothing():
    with gateway("--header-timeout", "300ms", "--idle-timeout", "500ms") as one:
        assert "too long to come" in refused(one.raw(b"GET /healthz HT"), 408)
        assert one.raw(b"") == b"", "one that says nothing"
        assert counted(one, "http_heads_too_late", 2) == 2
        began = time.monotonic()
        answer = one.raw(request("/healthz").replace(b"Connection: close\r\n", b""))
        assert answer.endswith(b"ok\n") and time.monotonic() - began > 0.4
        assert counted(one, "http_idle") >= 1


def test_settings_that_could_not_work_are_refused():
    one = Process("gateway", "--proxies", "10.0.0.0/33", wait=False)
    assert one.exit_code() == 2 and "--proxies" in one.text(), one.text()
