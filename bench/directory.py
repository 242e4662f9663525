#!/usr/bin/python3
"""What the directory costs and how soon it knows: ten processes on two real Hazelcast members.

usage: bench/directory.py [VERSION OF HAZELCAST]    needs build/directory_probe
"""

import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from grid import Grid, Member  # noqa: E402
from harness import wait_for  # noqa: E402

COUNT, SECONDS = 10, 15


def cpu(members):
    before, began = [m.cpu_ms() for m in members], time.monotonic()
    time.sleep(SECONDS)
    took = (time.monotonic() - began) * 1000
    return [100 * (m.cpu_ms() - b) / took for m, b in zip(members, before)]


def known_after(members, end):
    """How long it takes until each of the others knows that the last one is gone."""
    last = members.pop()
    marks, began = [len(m.lines) for m in members], time.monotonic()
    end(last)
    return max(m.wait("gone", mark, left=last.name)[0] - began for m, mark in zip(members, marks))


def main(version):
    grid = Grid(version)
    try:
        with ExitStack() as stack:
            members = [stack.enter_context(Member(grid, f"bench-{i}")) for i in range(COUNT)]
            for each in members:
                wait_for(lambda m=each: len(m.members()) == COUNT, "all know all")
            time.sleep(6)  # out of grace
            share = cpu(members)
            print(f"CPU of a process, {COUNT} members: {statistics.mean(share):.2f} % of a core, at most {max(share):.2f}")
            clean = [known_after(members, Member.quit) for _ in range(3)]
            print(f"one that leaves is known to all after {max(clean) * 1000:.0f} ms at most, of {len(clean)}")
            unclean = []
            for _ in range(4):
                time.sleep(0.25)  # at another moment of its second
                unclean.append(known_after(members, Member.kill))
            print(f"one that is killed after {min(unclean):.2f} to {max(unclean):.2f} s, of {len(unclean)}")
            marks = [len(m.lines) for m in members]
            grid.kill()
            time.sleep(3)
            grid.start()
            back = time.monotonic()
            connected = [m.wait_connected(mark) - back for m, mark in zip(members, marks)]
            print(f"a grid that was killed and started again has all after {max(max(connected), 0) * 1000:.0f} ms")
            assert not any(line["left"].startswith("bench") for m, k in zip(members, marks) for line in m.left(k))
    finally:
        grid.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "5.7.0")
