#!/usr/bin/python3
"""What viewers behind a gateway feel of a failure: bench/failover.cpp on a real broker and real Hazelcast members.

usage: bench/failover.py [VIEWERS] [ROWS A SECOND] [NODE CORES]    needs build/blotter and build/bench_failover
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from broker import Broker  # noqa: E402
from grid import Grid  # noqa: E402
from harness import BINARY  # noqa: E402


def main(arguments):
    broker, grid = Broker(), Grid()
    try:
        topic, _ = broker.new_topic(4)
        return subprocess.run([ROOT / "build" / "bench_failover", BINARY, broker.address, topic, grid.url(), *arguments],
                              check=False).returncode
    finally:
        grid.close()
        broker.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
