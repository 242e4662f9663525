"""`blotter watch` in the hands of a script: one table, one document, exit codes, and who stops reading."""

import json
import os
import pty
import signal
import subprocess

import pytest

from harness import BINARY, Blotter, free_port, wait_for

ROWS = [
    {"clientId": "c1", "ticker": "AAPL", "price": 189.5, "note": "a\u009b\u001b[2Jb"},
    {"clientId": "c1", "ticker": "MSFT", "price": 22.25},
    {"clientId": "c2", "ticker": "NVDA", "price": 1},
]


@pytest.fixture
def blotter(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), encoding="utf-8")
    with Blotter(f"file:{path}") as one:
        yield one.wait_ready()


def command(url, *arguments, client="c1"):
    return [BINARY, "watch", url, "--client", client, *map(str, arguments)]


def address(blotter):
    return f"http://127.0.0.1:{blotter.port}"


def watch(url, *arguments, client="c1"):
    """(exit code, stdout, stderr) of a watch that ends by itself."""
    done = subprocess.run(command(url, *arguments, client=client), capture_output=True, timeout=30, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_once_writes_the_table_aligned_and_its_state_last(blotter):
    code, out, err = watch(address(blotter), "--once")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["key", "clientId", "ticker", "price", "note"],
        ["AAPL", "c1", "AAPL", "189.5", "a\\u009b\\u001b[2Jb"],
        ["MSFT", "c1", "MSFT", "22.25"],
    ]
    end = lines[0].index("price") + len("price")
    assert lines[1][:end].endswith(" 189.5") and lines[2][:end].endswith(" 22.25"), "numbers under their name"
    assert lines[3].startswith("live: 2 rows, checksum ") and " verified, " in lines[3]
    assert len(lines) == 4 and "\x1b" not in out and "\u009b" not in out


def test_once_has_no_escape_sequences_on_a_terminal_either(blotter):
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb", buffering=0) as terminal:
        done = subprocess.run(command(address(blotter), "--once"), stdout=follower, timeout=30, check=False)
        os.close(follower)
        assert done.returncode == 0
        shown = b""
        try:
            while piece := terminal.read(65536):
                shown += piece
        except OSError:
            pass  # how the end of a terminal looks
    assert b"live: 2 rows" in shown and b"\x1b" not in shown


def test_json_once_is_one_document(blotter):
    code, out, err = watch(address(blotter), "--once", "--json")
    assert (code, err) == (0, "")
    table = json.loads(out)
    assert (table["client"], table["count"], table["verified"]) == ("c1", 2, True)
    assert [(row["key"], row["row"]) for row in table["rows"]] == [("AAPL", ROWS[0]), ("MSFT", ROWS[1])]
    with blotter.view("c1") as viewer:
        wait_for(lambda: viewer.live, "live")
        assert viewer.of("live")[0] == {"count": table["count"], "checksum": table["checksum"]}


def test_a_client_that_is_not_known_has_an_empty_table(blotter):
    code, out, err = watch(address(blotter), "--once", client="nobody")
    assert (code, err) == (0, "")
    assert out.startswith("live: 0 rows, checksum 0000000000000000 verified")
    code, out, _ = watch(address(blotter), "--once", "--json", client="nobody")
    assert code == 0 and json.loads(out)["rows"] == []


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_a_server_that_is_away_is_tried_for_as_long_as_asked_and_nothing_is_written(form):
    code, out, err = watch(f"http://127.0.0.1:{free_port()}", "--once", "--timeout", "500ms", *form)
    assert (code, out) == (1, "")
    assert err.splitlines() == ["blotter: connection lost: Connection refused; trying for 0.5 s",
                                "blotter: no table within 0.5 s: Connection refused"]


def test_a_server_that_has_not_read_its_feed_gives_no_table(tmp_path):
    with Blotter(f"file:{tmp_path / 'missing.jsonl'}") as blotter:
        code, out, err = watch(address(blotter), "--once", "--timeout", "500ms")
    assert (code, out) == (1, "")
    assert "no table within 0.5 s: " in err


def test_a_server_that_comes_within_the_time_is_enough(blotter):
    port = blotter.port
    blotter.kill()
    with subprocess.Popen(command(f"http://127.0.0.1:{port}", "--once", "--timeout", "30s"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
        assert b"trying for 30.0 s" in waiting.stderr.readline()
        with blotter.again():
            out, _ = waiting.communicate(timeout=30)
    assert waiting.returncode == 0 and b"live: 2 rows" in out


@pytest.mark.parametrize("arguments", [["--once", "--bookmark", "b1"], ["--once", "--timeout", "0s"], ["--onse"]],
                         ids=["a part of the table", "no time", "unknown"])
def test_wrong_usage_is_2(arguments):
    code, out, err = watch("http://127.0.0.1:1", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("blotter: --")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_watch_that_is_ended_says_by_what(blotter, number):
    with subprocess.Popen(command(address(blotter)), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        while not watching.stdout.readline().startswith(b"live: "):
            pass
        watching.send_signal(number)
        assert watching.wait(10) == 128 + number
        assert watching.stderr.read() == b""


@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN], ids=["SIGPIPE", "SIGPIPE ignored"])
def test_who_stops_reading_ends_it_quietly_even_when_nothing_more_comes(blotter, before):
    with subprocess.Popen(command(address(blotter)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          restore_signals=False, preexec_fn=lambda: signal.signal(signal.SIGPIPE, before)) as watching:
        assert watching.stdout.readline().startswith(b"hello ")
        watching.stdout.close()
        assert watching.wait(10) in (141, -signal.SIGPIPE)
        assert watching.stderr.read() == b""


def test_a_full_disk_is_said(blotter):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(address(blotter), "--once"), stdout=full, stderr=subprocess.PIPE, timeout=30,
                              check=False)
    assert done.returncode == 1
    assert done.stderr == b"blotter: stdout: No space left on device\n"
