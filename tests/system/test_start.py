"""Starting, refusing to start, and ending in order."""

import json
import socket
import time

import pytest

from checksum import text
from harness import ROOT, Blotter, wait_for


def refused(*settings, feed="simulate", environment=None):
    """(exit code, what was said) of a start that must fail."""
    with Blotter(feed, *settings, wait=False, environment=environment) as blotter:
        return blotter.exit_code(), blotter.text()


def test_a_taken_port_is_said_and_ends_the_start():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Blotter("simulate", port=port, wait=False) as blotter:
            assert blotter.exit_code() != 0
            assert str(port) in blotter.text() and "taken" in blotter.text()


@pytest.mark.parametrize("settings, environment, hint", [
    (["--viewer-max", "5"], None, "viewers-max"),
    (["--viewers-max", "many"], None, "viewers-max"),
    (["--beat", "0s"], None, "beat"),
    (["--log-format", "xml"], None, "json"),
    ([], {"BLOTTER_VIEWERS_MAX": "-1"}, "BLOTTER_VIEWERS_MAX"),
], ids=["unknown name", "not a number", "out of range", "not a choice", "from the environment"])
def test_a_setting_that_cannot_be_is_refused_with_what_was_meant(settings, environment, hint):
    code, said = refused(*settings, environment=environment)
    assert code != 0
    assert hint in said
    assert "listening on" not in said


def test_a_setting_refused_in_a_file_names_the_line(tmp_path):
    path = tmp_path / "blotter.toml"
    path.write_text('log-level = "info"\nviewer-max = 5\n')
    code, said = refused("--config", path)
    assert code != 0
    assert "viewers-max" in said and str(path) in said and "2" in said.split(str(path))[1][:4]


def test_a_feed_that_cannot_be_is_refused():
    for feed in ("carrier-pigeon", "kafka://localhost:9092", "file:"):
        code, said = refused(feed=feed)
        assert code != 0, feed
        assert "--feed" in said


def test_a_missing_file_is_waited_for_and_readyz_says_so(tmp_path):
    path = tmp_path / "missing.jsonl"
    with Blotter(f"file:{path}") as blotter:
        wait_for(lambda: "missing.jsonl" in blotter.ready()[1], "readyz says what it waits for")
        assert blotter.get("/readyz")[0] == 503
        path.write_text('{"clientId":"c1","ticker":"AAPL","quantity":1}\n')
        blotter.wait_ready()
        assert blotter.json("/v1/clients")["clients"] == ["c1"]


def test_sigterm_says_bye_to_viewers_and_ends_within_2_seconds():
    with Blotter("simulate", "--simulate-clients", 20).wait_ready() as blotter:
        clients = blotter.json("/v1/clients?limit=5")["clients"]
        viewers = [blotter.view(client, reconnect=False) for client in clients]
        wait_for(lambda: all(v.live for v in viewers), "all live")
        code, took = blotter.terminate()
        assert code == 0, blotter.text()
        assert took < 2.0
        for viewer in viewers:
            wait_for(lambda: viewer.of("bye"), "bye")
            assert viewer.of("bye") == [{"code": 1, "reason": "shutdown", "reconnect": True}]
            assert viewer.events[-1].name == "bye" and viewer.events[-1].id
            viewer.close()
            assert not viewer.violations, viewer.violations


def test_the_simulated_market_lives_and_two_viewers_see_the_same():
    market = ("--simulate-clients", 3, "--simulate-rows", 10, "--simulate-rate", 300)
    with Blotter("simulate", *market).wait_ready() as blotter:
        client = blotter.json("/v1/clients")["clients"][0]
        with blotter.view(client) as one, blotter.view(client) as two:
            wait_for(lambda: one.verified > 3 and two.verified > 3, "beats that verify both tables")
            assert len(one.of("rows")) > 3


def test_beats_come_as_often_as_asked_for():
    with Blotter("simulate").wait_ready() as blotter:
        client = blotter.json("/v1/clients")["clients"][0]
        with blotter.view(client, beat=1) as viewer:
            wait_for(lambda: len(viewer.of("beat")) >= 4, "4 beats")
            assert viewer.of("hello")[0]["beat"] == 1
            times = [b["time"] for b in viewer.of("beat")]
            assert all(500 < b - a < 2000 for a, b in zip(times, times[1:])), times
            assert abs(times[-1] - time.time() * 1000) < 5000
        status, _, body = blotter.get(f"/v1/clients/{client}/events?beat=31")
        assert status == 400 and json.loads(body)["status"] == 400


def test_the_checksum_vectors_are_those_of_this_implementation():
    assert (ROOT / "docs" / "checksum-vectors.json").read_text(encoding="utf-8") == text()
