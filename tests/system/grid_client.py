"""The official Python client of Hazelcast in the hands of a test.

usage: grid_client.py MAP ADDRESS...
Writes a line of JSON for each event of the map's entries; reads commands, each a list in JSON: ["get", KEY],
["gets", KEYS], ["clear"], ["put", KEY, TEXT], ["put_text", KEY, TEXT], ["remove", KEY], ["entries"].
"""

import json
import logging
import sys
import threading

import hazelcast
from hazelcast.core import HazelcastJsonValue

one_line = threading.Lock()


def plain(value):
    return value.to_string() if isinstance(value, HazelcastJsonValue) else value


def say(**what):
    with one_line:  # events come on another thread
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def main(name, addresses):
    logging.disable(logging.CRITICAL)
    client = hazelcast.HazelcastClient(cluster_name="blotter", cluster_members=addresses)
    entries = client.get_map(name).blocking()
    entries.add_entry_listener(
        include_value=True,
        added_func=lambda e: say(event="added", key=e.key, value=plain(e.value)),
        updated_func=lambda e: say(event="updated", key=e.key, value=plain(e.value)),
        removed_func=lambda e: say(event="removed", key=e.key),
        expired_func=lambda e: say(event="expired", key=e.key))
    say(ready=True)
    for line in sys.stdin:
        command, *rest = json.loads(line)
        if command == "get":
            say(answer=plain(entries.get(rest[0])))
        elif command == "put":
            say(answer=plain(entries.put(rest[0], HazelcastJsonValue(rest[1]))))
        elif command == "put_text":
            say(answer=plain(entries.put(rest[0], rest[1])))
        elif command == "gets":
            say(answer=[plain(entries.get(key)) for key in rest[0]])
        elif command == "clear":
            say(answer=entries.clear())
        elif command == "remove":
            say(answer=plain(entries.remove(rest[0])))
        elif command == "entries":
            say(answer={key: plain(value) for key, value in entries.entry_set()})
    client.shutdown()


main(sys.argv[1], sys.argv[2:])
