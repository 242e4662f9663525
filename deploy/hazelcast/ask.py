#!/usr/bin/python3
"""Asks a Hazelcast member, as a client would, how many members its cluster has.

usage: ask.py PORT CLUSTER    prints the number; exits 1 when the member does not take clients (yet)
"""

import os
import socket
import struct
import sys

BEGIN, END, NULL, UNFRAGMENTED, FINAL = 0x1000, 0x0800, 0x0400, 0xC000, 0x2000


def frame(content, flags=0):
    return struct.pack("<iH", 6 + len(content), flags) + content


def authentication(cluster):
    head = struct.pack("<iqi", 0x000100, 1, -1) + b"\0" + os.urandom(16) + b"\1"
    text = [frame(word.encode()) for word in ("PYTHON", "1.0.0", "ask")]
    return b"".join([frame(head, UNFRAGMENTED), frame(cluster.encode()), frame(b"", NULL), frame(b"", NULL), *text,
                     frame(b"", BEGIN), frame(b"", END | FINAL)])


def exactly(conn, size):
    data = b""
    while len(data) < size:
        more = conn.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def message(conn):
    frames = []
    while not frames or not frames[-1][0] & FINAL:
        length, flags = struct.unpack("<iH", exactly(conn, 6))
        frames.append((flags, exactly(conn, length - 6)))
    return frames


def structure(frames, at):
    """Where the value that begins at frame `at` ends."""
    depth = 0
    while True:
        depth += bool(frames[at][0] & BEGIN) - bool(frames[at][0] & END)
        at += 1
        if depth == 0:
            return at


def members(frames):
    """Authentication's answer: address, version, two of an unused feature, then a list of members."""
    at = 1
    for _ in range(4):
        at = structure(frames, at)
    at, count = at + 1, 0
    while not frames[at][0] & END:
        at, count = structure(frames, at), count + 1
    return count


def main(port, cluster):
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as conn:
            conn.settimeout(2)
            conn.sendall(b"CP2" + authentication(cluster))
            frames = message(conn)
    except OSError:
        return 1
    kind, status = struct.unpack_from("<i", frames[0][1])[0], frames[0][1][13:14]
    if kind != 0x000101 or status != b"\0":
        return 1
    print(members(frames))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
