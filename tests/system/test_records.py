"""Records that cannot be understood: counted by reason, kept as dead letters, and in nobody's way."""

import json

import pytest

from harness import Blotter, wait_for, wait_values

NESTED = b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"

# name: (key, value, reason it is counted under)
MALFORMED = {
    "not JSON": (b"c1_a", b"price=1", "not_json"),
    "JSON that is cut": (b"c1_a", b'{"price":1', "not_json"),
    "a line break within a string": (b"c1_a", b'{"x":"a\nb"}', "not_json"),
    "not UTF-8": (b"c1_a", b'{"x":"\xff\xfe"}', "not_utf8"),
    "an array": (b"c1_a", b"[1,2]", "not_object"),
    "a number": (b"c1_a", b"17", "not_object"),
    "an empty value": (b"c1_a", b"", "empty_value"),
    "a value over 1 MiB": (b"c1_a", b'{"x":"' + b"y" * (1 << 20) + b'"}', "too_large"),
    "10,000 fields": (b"c1_a", json.dumps({f"f{i}": i for i in range(10_000)}).encode(), "too_many_fields"),
    "nested 1,000 deep": (b"c1_a", NESTED, "too_deep"),
    "a field twice": (b"c1_a", b'{"x":1,"x":2}', "duplicate_field"),
    "no key": (None, b'{"clientId":"c1","ticker":"a"}', "no_key"),
    "a key of an unknown form": (b"c1", b'{"x":1}', "unknown_key_form"),
    "a control character in the key": (b"c1_a\x07", b'{"x":1}', "control_character"),
    "a line break in the key": (b"c1_a\nid: 5", b'{"x":1}', "control_character"),
    "a key that is not UTF-8": (b"c1_\xff", b'{"x":1}', "not_utf8"),
    "another client in the value": (b"c1_a", b'{"clientId":"c2","ticker":"a"}', "client_mismatch"),
    "another row in the value": (b"c1_a", b'{"clientId":"c1","ticker":"b"}', "row_mismatch"),
}


def expected_counts():
    counts = {}
    for _, _, reason in MALFORMED.values():
        counts[reason] = counts.get(reason, 0) + 1
    return counts


@pytest.fixture
def producer(broker):
    return broker.producer(**{"message.max.bytes": 4 << 20})


def test_malformed_records_of_every_kind_are_counted_and_kept_and_the_rest_flows_on(broker, producer):
    topic, feed = broker.new_topic(1, max_message_bytes=4 << 20)
    letters, _ = broker.new_topic(1, max_message_bytes=4 << 20)
    with Blotter(feed, "--dead-letter", letters).wait_ready() as blotter, blotter.view("c1") as viewer:
        for n, (key, value, _) in enumerate(MALFORMED.values()):
            producer.record(topic, key, value)
            producer.put(topic, "c1", "good", n=n)
        producer.flush()
        last = len(MALFORMED) - 1
        wait_for(lambda: viewer.values().get("good", {}).get("n") == last, "the last good row")
        assert list(viewer.snapshot()) == ["good"]
        wait_for(lambda: blotter.rejects() == expected_counts(),
                 lambda: f"counted: {blotter.rejects()}, expected {expected_counts()}")
        kept = wait_for(lambda: (found := broker.read(letters)) and len(found) == len(MALFORMED) and found,
                        lambda: f"{len(broker.read(letters))} of {len(MALFORMED)} dead letters")
        assert [m.key() for m in kept] == [key for key, _, _ in MALFORMED.values()]
        assert [m.value() for m in kept] == [value for _, value, _ in MALFORMED.values()]
        for message, (_, _, reason) in zip(kept, MALFORMED.values()):
            said = [value.decode() for _, value in message.headers() or []]
            assert reason in said, (said, reason)
        assert "offset" in blotter.text(), "a sample is logged with its place"


def test_values_with_blanks_line_breaks_and_unusual_names_arrive_whole(broker, producer):
    topic, feed = broker.new_topic(2)
    values = {
        ("c1", "spread"): b'{\r\n  "x" : 1,\n\t"y":"two\\nlines \\u0000"\n}\n',
        ("c1", "Zürich 株 🚀"): '{"x":"ä 🚀"}'.encode(),
        ("c1", 'quote"back\\slash/<b>'): b'{"x":1e-7,"y":-0,"z":12345678901234567890}',
        ("c1", "a_b_c"): b"{}",
        ("sp ace/sla%2Fsh?&#", "a"): b'{"x":[{"y":null}]}',
    }
    for (client, key), value in values.items():
        producer.record(topic, f"{client}_{key}", value)
    producer.flush()
    with Blotter(feed).wait_ready() as blotter:
        for client in ("c1", "sp ace/sla%2Fsh?&#"):
            with blotter.view(client) as viewer:
                wait_values(viewer, {k: json.loads(v) for (c, k), v in values.items() if c == client})
        wait_for(lambda: blotter.metrics()["blotter_feed_changes_total"] == len(values), "metrics know all rows")
        assert blotter.rejects() == {}
