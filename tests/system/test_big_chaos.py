"""Proof that what judges the big chaos suite (big_chaos.py, which takes minutes and is a stage of its own) can fail."""

import itertools
import json
import subprocess
from types import SimpleNamespace

import big_chaos
import chaos_report
from chaos_faults import DECK, draw
from checksum import checksum
from harness import ROOT

CLIENT = "client-00001"


def event(name, data, id=None):
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n" + (f"id: {id}\n" if id is not None else "") + "\n"


def hello(resumed=False, reason="new"):
    return event("hello", {"protocol": 1, "member": "n1", "resumed": resumed, "reason": reason, "beat": 1, "time": 0})


def row(number, offset, n, client=CLIENT, whose=None):
    key = f"{client}-r{number}"
    return {"key": key, "v": [0, offset], "row": {"clientId": whose or client, "ticker": key, "n": n, "sent_us": 0}}


def gone(number, offset):
    return {"key": f"{CLIENT}-r{number}", "v": [0, offset], "deleted": True}


def live(*rows, name="live", id="b"):
    return event(name, {"count": len(rows), "checksum": checksum((r["key"], r["v"]) for r in rows)}, id)


def found(*stream, client=CLIENT):
    """Kinds of violations that the reader finds in a stream, each once for each time."""
    done = subprocess.run([big_chaos.READER, "check", client], input="".join(stream).encode(), stdout=subprocess.PIPE,
                          timeout=60, check=False)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == (1 if lines else 0)
    return [line.split(":")[0] for line in lines]


FIRST, SECOND = row(1, 10, 1), row(2, 11, 1)
BEGUN = hello() + event("rows", [FIRST, SECOND], "a") + live(FIRST, SECOND)
RESUMED = "-- connect\n\n" + hello(resumed=True)


def test_a_stream_as_it_should_be_is_not_complained_about():
    newer = row(1, 15, 2)
    assert found(BEGUN, event("rows", [newer, gone(2, 16)], "c"), live(newer, name="beat"),
                 RESUMED, event("rows", [SECOND | {"v": [0, 20]}], "d"), live(newer, SECOND | {"v": [0, 20]})) == []


def test_every_vector_of_the_checksum_is_agreed_with():
    for vector in json.loads((ROOT / "docs" / "checksum-vectors.json").read_text(encoding="utf-8")):
        rows = [{"key": r["key"], "v": r["v"], "row": {"clientId": "", "ticker": r["key"]}} for r in vector["rows"]]
        said = event("live", {"count": vector["count"], "checksum": vector["checksum"]}, "a")
        assert found(hello(), event("rows", rows, "a"), said, client="") == [], vector["name"]


def test_a_row_that_goes_back_is_found():
    older = row(1, 9, 0)
    assert found(BEGUN, event("rows", [older], "c")) == ["back"]


def test_a_deleted_row_that_comes_back_is_found():
    assert found(BEGUN, event("rows", [gone(1, 20)], "c"), event("rows", [row(1, 15, 2)], "d")) == ["back"]


def test_a_whole_new_table_that_is_older_is_found():
    older = row(1, 9, 0)
    anew = hello(reason="horizon") + event("reset", {"reason": "horizon", "text": ""}, "")
    assert found(BEGUN, "-- connect\n\n", anew, event("rows", [older, SECOND], "c"), live(older, SECOND)) == ["back"]


def test_a_row_of_another_client_is_found():
    assert found(BEGUN, event("rows", [row(3, 20, 1, whose="client-00002")], "c")) == ["foreign"]
    assert set(found(BEGUN, event("rows", [row(3, 20, 1, client="client-00002")], "c"))) == {"foreign"}


def test_a_lost_row_is_found_by_the_next_beat():
    assert found(BEGUN, live(FIRST, row(2, 12, 2), name="beat")) == ["checksum"]


def test_a_row_that_is_sent_again_after_a_resume_is_found():
    assert found(BEGUN, RESUMED, event("rows", [FIRST], "c"), live(FIRST, SECOND)) == ["resume"]


def test_a_delete_that_is_sent_again_after_a_resume_is_found():
    assert found(BEGUN, event("rows", [gone(2, 20)], "c"), RESUMED, event("rows", [gone(2, 20)], "d"), live(FIRST)) == ["resume"]


def test_rows_without_an_id_are_found():
    third = row(3, 12, 1)
    assert found(BEGUN, event("rows", [third]), live(FIRST, SECOND, third, name="beat")) == ["protocol"]


def test_a_node_that_is_behind_what_came_is_found():
    assert found(BEGUN, event("rows", [gone(2, 20)], "c"), RESUMED, live(FIRST, SECOND, id="d")) == ["checksum"]


def test_a_stream_that_begins_anew_without_a_reset_is_found():
    assert "resume" in found(BEGUN, "-- connect\n\n", hello(reason="horizon"), event("rows", [row(1, 20, 2)], "c"))
    assert found(BEGUN, "-- connect\n\n", hello())[0] == "resume", "it came with a bookmark"


def test_a_reset_for_a_reason_that_cannot_be_is_found():
    assert found(BEGUN, event("reset", {"reason": "generation", "text": ""}, "")) == ["reset"]


def test_a_table_that_is_not_the_log_is_found_at_rest(tmp_path):
    tables = {"c1": {"a": ((0, 5), {"n": 3}), "b": ((1, 6), {"n": 1})}, "c2": {}}
    dump = tmp_path / "dump"

    def wrong(*lines):
        dump.write_text("\n".join(lines), encoding="utf-8")
        return [sentence.split(":")[0] for sentence in big_chaos.wrong_tables(dump, tables)]
    assert wrong("0 c1", "0 c1 a 0 5 3", "0 c1 b 1 6 1", "1 c2") == []
    assert wrong("0 c1", "0 c1 a 0 5 3") == ["lost"]
    assert wrong("0 c1") == ["lost", "lost"]
    assert wrong("0 c1", "0 c1 a 0 4 2", "0 c1 b 1 6 1") == ["not the last"]
    assert wrong("1 c2", "1 c2 x 0 1 1") == ["not deleted"]


def test_a_seed_draws_the_same_faults_again_and_each_before_any_a_second_time():
    def plan(seed):
        return list(itertools.islice(draw(seed, big_chaos.COUNTS), 2 * len(DECK)))
    assert plan(1) == plan(1) != plan(2)
    alone = [faults[0].title for faults in plan(1) if len(faults) == 1]
    assert len(set(alone[:len(DECK)])) == len(DECK)
    assert any(len(faults) == 2 for faults in plan(1))


class Said:
    """A process of viewers that has said these lines."""

    def __init__(self, *lines):
        self.lines = lines

    def of(self, field):
        return [line for line in self.lines if field in line]


def test_the_report_tells_what_was_wrong_and_how_late_rows_were():
    seen = {"p50_ms": 4, "p99_ms": 50, "max_ms": 1234, "lost": 2, "told_stale": 1, "resets": {"horizon": 3}, "verified": 7}
    fault = {"title": "kill node", "what": "kill node n2", "roles": ["n"], "at": 100, "undone": 101, "well": 103, "reader": seen}
    tick = {"tick": 99_000, "produced": 10, "rows": 20, "n": 5, "p50_ms": 1, "p99_ms": 2, "max_ms": 3}
    one = SimpleNamespace(
        watchers={"reader": Said(tick, tick | {"tick": 104_000}, {"violation": "foreign", "text": "<b>"})}, faults=[fault],
        violations=["foreign: <b>"], rests=[{"at": 104, "wrong": 0}], options=SimpleNamespace(viewers=5, rate=9))
    page = chaos_report.page(one, "again")
    assert "1 violations" in page and "foreign: &lt;b&gt;" in page and 'class="bad">1</b>foreign' in page
    assert "<td>kill node<td>1<td>4<td>50<td>1234<td>2<td>1<td>3 horizon<td>2.0" in page
    assert "most 1234 ms" in chaos_report.summary(one)
