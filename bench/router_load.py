#!/usr/bin/python3
"""How long a router that starts takes to load 1,000,000 rows and to announce its partitions, beside a bare loop of
librdkafka over the same topic in the same minute.

usage: bench/router_load.py [PAIRS 3]    needs build/blotter and build/kafka_bench (`tools/build.sh release all`)
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from broker import Broker  # noqa: E402
from grid import Grid  # noqa: E402
from harness import Process, wait_for  # noqa: E402

ROWS, TOPIC, PARTITIONS = 1_000_000, "blotter-load-bench", "0-11"  # kafka_bench makes it


def bare_loop(broker):
    """Seconds that it takes, on the mean."""
    done = subprocess.run([ROOT / "build" / "kafka_bench", "--benchmark_filter=load_beside_a_bare_loop",
                           "--benchmark_format=json"], check=True, stdout=subprocess.PIPE,
                          env={**os.environ, "BENCH_KAFKA": broker.address})
    return ROWS / float(re.search(r'"bare_rows/s": ([0-9.e+]+)', done.stdout.decode())[1])


def announced(router):
    own = [m for m in router.json("/v1/cluster")["members"] if m.get("caught_up") == PARTITIONS]
    return bool(own)


def load(broker, grid):
    """Seconds from the start of a router's process, the only one, until the directory has all its partitions."""
    began = time.monotonic()
    with Process("router", "--directory", grid.url(), "--feed", f"kafka://{broker.address}/{TOPIC}") as router:
        wait_for(lambda: announced(router), router.text, 120)
        took = time.monotonic() - began
        router.terminate()
    return took


def main(pairs):
    broker, grid = Broker(), Grid()
    try:
        bare_loop(broker)  # writes the topic
        for _ in range(pairs):
            bare, took = bare_loop(broker), load(broker, grid)
            print(f"a bare loop {bare:.2f} s, a router {took:.2f} s: {took / bare:.2f} of it", flush=True)
    finally:
        grid.close()
        broker.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
