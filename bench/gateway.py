#!/usr/bin/python3
"""What a gateway adds to latency and costs a row, against the node alone: bench/gateway.cpp on a real broker and real
Hazelcast members.

usage: bench/gateway.py [VIEWERS] [ROWS A SECOND] [SECONDS A TURN]    needs build/blotter, build/bench_gateway, haproxy
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
        return subprocess.run([ROOT / "build" / "bench_gateway", BINARY, broker.address, topic, grid.url(), *arguments],
                              check=False).returncode
    finally:
        grid.close()
        broker.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
