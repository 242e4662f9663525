"""Rows from a file that is followed, and from a pipe."""

import json
import os
import subprocess

from harness import Blotter, wait_for, wait_values


def line(client, key, **fields):
    return json.dumps({"clientId": client, "ticker": key, **fields}) + "\n"


def value(client, key, **fields):
    return {"clientId": client, "ticker": key, **fields}


def append(path, *lines):
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def test_a_file_is_followed_as_it_grows(tmp_path):
    path = tmp_path / "rows.jsonl"
    append(path, line("c1", "a", n=1), "not JSON\n", json.dumps({"key": "c1_b", "value": {"n": 2}}) + "\n")
    with Blotter(f"file:{path}").wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_values(viewer, {"a": value("c1", "a", n=1), "b": {"n": 2}})
        append(path, line("c1", "a", n=3)[:10])
        append(path, line("c1", "a", n=3)[10:], json.dumps({"key": "c1_b", "value": None}) + "\n")
        wait_values(viewer, {"a": value("c1", "a", n=3)})
        wait_for(lambda: blotter.rejects() == {"not_json": 1}, "counted")


def test_a_file_that_only_grew_keeps_its_generation_over_a_restart(tmp_path):
    path = tmp_path / "rows.jsonl"
    append(path, *(line("c1", f"r{i}", n=i) for i in range(30)))
    blotter = Blotter(f"file:{path}").wait_ready()
    with blotter.view("c1") as viewer:
        wait_for(lambda: viewer.live and len(viewer.rows) == 30, "30 rows")
        blotter.kill()
        append(path, line("c1", "r3", n="changed"), json.dumps({"key": "c1_r4", "value": None}) + "\n")
        seen = len(viewer.events)
        with blotter.again().wait_ready():
            wait_for(lambda: viewer.live and viewer.values().get("r3", {}).get("n") == "changed", "the changed row")
            assert "r4" not in viewer.rows
            assert viewer.of("hello", seen)[-1]["resumed"] is True
            assert {r["key"] for part in viewer.of("rows", seen) for r in part} == {"r3", "r4"}
            assert viewer.of("reset") == []


def test_a_truncated_file_is_a_reset(tmp_path):
    path = tmp_path / "rows.jsonl"
    append(path, *(line("c1", f"old{i}", n=i) for i in range(20)))
    with Blotter(f"file:{path}").wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_for(lambda: viewer.live and len(viewer.rows) == 20, "20 rows")
        path.write_text(line("c1", "new", n=1))
        wait_values(viewer, {"new": value("c1", "new", n=1)})
        # One, or two when it was looked at between the truncation and the first new line.
        assert {r["reason"] for r in viewer.of("reset")} == {"generation"}
        append(path, line("c1", "more", n=2))
        wait_values(viewer, {"new": value("c1", "new", n=1), "more": value("c1", "more", n=2)})


def test_a_replaced_file_is_a_reset_even_when_it_is_longer(tmp_path):
    path, other = tmp_path / "rows.jsonl", tmp_path / "other.jsonl"
    append(path, *(line("c1", f"old{i}", n=i) for i in range(5)))
    with Blotter(f"file:{path}").wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_for(lambda: viewer.live and len(viewer.rows) == 5, "5 rows")
        append(other, *(line("c1", f"new{i}", n=i) for i in range(50)))
        os.replace(other, path)
        wait_values(viewer, {f"new{i}": value("c1", f"new{i}", n=i) for i in range(50)})
        assert [r["reason"] for r in viewer.of("reset")] == ["generation"]


def test_a_file_that_goes_away_is_told_and_so_is_its_return(tmp_path):
    path, away = tmp_path / "rows.jsonl", tmp_path / "away.jsonl"
    append(path, line("c1", "a", n=1))
    with Blotter(f"file:{path}").wait_ready() as blotter, blotter.view("c1") as viewer:
        wait_values(viewer, {"a": value("c1", "a", n=1)})
        os.rename(path, away)
        wait_for(lambda: viewer.state == "stale", "told that rows may be behind")
        assert viewer.values() == {"a": value("c1", "a", n=1)}
        os.rename(away, path)
        wait_for(lambda: viewer.state == "current", "current again")
        append(path, line("c1", "b", n=2))
        wait_values(viewer, {"a": value("c1", "a", n=1), "b": value("c1", "b", n=2)})


def test_rows_come_through_a_pipe_and_stay_when_it_ends():
    with Blotter("stdin", stdin=subprocess.PIPE) as blotter, blotter.view("c1") as viewer:
        pipe = blotter.process.stdin
        pipe.write(line("c1", "a", n=1).encode())
        pipe.flush()
        wait_values(viewer, {"a": value("c1", "a", n=1)})
        pipe.write(json.dumps({"key": "c1_a", "value": None}).encode() + b"\n" + line("c1", "b", n=2).encode())
        pipe.close()
        wait_values(viewer, {"b": value("c1", "b", n=2)})
        assert blotter.process.poll() is None


def test_a_viewer_told_stale_by_a_killed_server_is_current_at_the_next(tmp_path):
    path, away = tmp_path / "rows.jsonl", tmp_path / "away.jsonl"
    path.write_text('{"clientId":"c1","ticker":"AAPL","quantity":1}\n')
    blotter = Blotter(f"file:{path}").wait_ready()
    with blotter.view("c1") as viewer:
        wait_for(lambda: viewer.state == "current", "current")
        path.rename(away)
        wait_for(lambda: viewer.state == "stale", "stale")
        blotter.kill()
        away.rename(path)
        with blotter.again():
            seen = viewer.verified
            wait_for(lambda: viewer.streams == 2 and viewer.verified > seen, "verified on the next stream")
            assert viewer.state == "current"
