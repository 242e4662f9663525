"""Count and checksum of a table, written from docs/protocol.md alone: the second opinion on the ones in C++ and
JavaScript. Run as a program it prints docs/checksum-vectors.json."""

import json

MASK = 0xFFFFFFFF


def mix(h):
    h ^= h >> 16
    h = h * 0x85EBCA6B & MASK
    h ^= h >> 13
    h = h * 0xC2B2AE35 & MASK
    return h ^ h >> 16


def row_sums(key, partition, offset):
    h1, h2 = 0x811C9DC5, 0x9747B28C
    for b in key.encode():
        h1 = (h1 ^ b) * 0x01000193 & MASK
        h2 = (h2 ^ b) * 0x85EBCA6B & MASK
        h2 ^= h2 >> 15
    lo, hi = offset % 2**32, offset // 2**32
    a = (mix(mix(h1 ^ (partition * 0x9E3779B1 & MASK)) ^ lo) + hi) & MASK
    c = mix((mix((h2 + partition * 0xC2B2AE3D) & MASK) + lo) & MASK) ^ hi
    return a, c


def checksum(rows):
    """`rows`: (key, (partition, offset)) of every row that is not deleted, in any order."""
    a = c = 0
    for key, (partition, offset) in rows:
        row_a, row_c = row_sums(key, partition, offset)
        a, c = (a + row_a) & MASK, (c + row_c) & MASK
    return f"{a:08x}{c:08x}"


TABLES = [
    ("an empty table", []),
    ("one row", [("AAPL", (3, 1842))]),
    ("one row at the very beginning", [("AAPL", (0, 0))]),
    ("two rows", [("AAPL", (3, 1842)), ("MSFT", (0, 17))]),
    ("two rows, other order", [("MSFT", (0, 17)), ("AAPL", (3, 1842))]),
    ("versions exchanged between two rows", [("AAPL", (0, 17)), ("MSFT", (3, 1842))]),
    ("partition and offset exchanged", [("AAPL", (1842, 3))]),
    ("a key of two bytes a letter", [("Zürich-Ölmühle", (1, 2))]),
    ("a key of three and four bytes a letter", [("株式🚀", (11, 99))]),
    ("a key that JSON escapes", [('a"b\\c/d', (2, 5))]),
    ("a key with a space and an angle bracket", [("<b> & 'c'", (2, 6))]),
    ("offset 2^31", [("k", (0, 2**31))]),
    ("offset 2^32 - 1", [("k", (0, 2**32 - 1))]),
    ("offset 2^32", [("k", (0, 2**32))]),
    ("offset above 2^32", [("k", (7, 2**32 * 1234 + 98765))]),
    ("the largest exact offset of JSON", [("k", (5, 2**53 - 1))]),
    ("the largest partition", [("k", (2**24 - 1, 1))]),
    ("a long key", [("x" * 1024, (4, 4))]),
    ("a thousand rows", [(f"row-{i}", (i % 12, i * 7919)) for i in range(1000)]),
    ("sums that wrap with offsets above 2^32", [(f"é{i}", (i % 256, i * 2**33 + i)) for i in range(300)]),
]


def vectors():
    return [
        {
            "name": name,
            "rows": [{"key": key, "v": list(version)} for key, version in rows],
            "count": len(rows),
            "checksum": checksum(rows),
        }
        for name, rows in TABLES
    ]


def text():
    return "[\n" + ",\n".join(json.dumps(v, ensure_ascii=False) for v in vectors()) + "\n]\n"


if __name__ == "__main__":
    print(text(), end="")
