#!/usr/bin/python3
"""Runs a benchmark that needs a real broker and real Hazelcast members: brings them, and ends them after.

usage: bench/on_cluster.py gateway  [VIEWERS 1000] [ROWS A SECOND 20000] [SECONDS A TURN 4]     what a gateway adds
       bench/on_cluster.py failover [VIEWERS 10000] [ROWS A SECOND 10000] [NODE CORES 1]        what viewers feel of failures
       bench/on_cluster.py routers  [VIEWERS 1000] [ROWS A SECOND 20000] [SECONDS AWAY 60]      the same of routers, and of the directory

Needs build/blotter and build/bench_NAME (`tools/build.sh release all`), and for gateway haproxy (`tools/setup.sh test`).
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
    if not arguments or arguments[0] not in ("gateway", "failover", "routers"):
        print(__doc__, file=sys.stderr)
        return 2
    program, *rest = arguments
    broker, grid = Broker(), Grid()
    try:
        topic, _ = broker.new_topic(4)
        command = [ROOT / "build" / f"bench_{program}", BINARY, broker.address, topic, grid.url()]
        if program == "routers":
            command.append(grid.dir)
        return subprocess.run(command + rest, check=False, cwd=ROOT).returncode
    finally:
        grid.close()
        broker.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
