#!/usr/bin/python3
"""The whole cluster under faults drawn from a seed, watched by thousands of viewers, judged by a reader of the log.

3 gateways, 4 nodes, 2 routers, 2 Hazelcast members and a broker, as real processes. Each fault has a window in which its
viewers' latest rows are measured, and at rest points every viewer's table must equal the log. See build/test-logs/chaos.html
afterwards. Exit 1 with a sentence for each violation.

needs build/blotter, build/chaos_reader and web/client/dist
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import chaos_report
from broker import Broker
from chaos import Judge
from chaos_faults import Hand, deck_titles, draw, title_of
from chaos_fleet import Fleet
from grid import Grid, Lines
from harness import BINARY, ROOT, wait_for

COUNTS = {"g": 3, "n": 4, "r": 2}
PARTITIONS, ROWS_EACH, BEAT_S = 8, 10, 2
REST_EVERY_S = 30
READER = Path(BINARY).parent / "chaos_reader"
LIBRARY = ROOT / "tests" / "system" / "chaos_library.mjs"
VIOLATIONS_TOLD = 20


class Watcher:
    """A process of viewers: asked in lines, and heard out."""

    def __init__(self, *command):
        self.lines = Lines([str(word) for word in command], cwd=ROOT)
        self.told = 0  # violations that were printed

    def ask(self, command, field, seconds=60):
        since = len(self.lines.lines)
        self.lines.say(command)

        def answered():
            assert self.lines.process.poll() is None, f"{command}: the viewers' process has ended"
            return next((line for _, line in self.lines.lines[since:] if field in line), None)
        return wait_for(answered, lambda: f"an answer to {command}", seconds)[field]

    def of(self, field):
        return [line for _, line in self.lines.lines if field in line]


def wrong_tables(path, tables):
    """What differs from the log, a sentence each; `tables` as Judge gives them."""
    have, clients = {}, {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        viewer, client, *row = line.split(" ")
        clients[viewer] = client
        rows = have.setdefault(viewer, {})
        if row:
            rows[row[0]] = (int(row[1]), int(row[2]), int(row[3]))
    found = []
    for viewer, client in clients.items():
        log = {key: (*at, value["n"]) for key, (at, value) in tables.get(client, {}).items()}
        if have[viewer] == log:
            continue
        for key in sorted(set(log) | set(have[viewer])):
            mine, its = have[viewer].get(key), log.get(key)
            if mine != its:
                what = "lost" if mine is None else "not deleted" if its is None else "not the last"
                found.append(f"{what}: viewer {viewer} of {client} has {mine} as {key}, the log {its}")
    return found


class Run:
    def __init__(self, options):
        self.options, self.folder = options, Path(tempfile.mkdtemp(prefix="blotter-chaos-"))
        self.violations, self.faults, self.rests = [], [], []
        self.broker, self.grid = Broker(), Grid()
        self.fleet = self.judge = None
        self.watchers = {}

    def start(self):
        o = self.options
        topic, feed = self.broker.new_topic(PARTITIONS)
        self.fleet = Fleet(self.grid, feed, PARTITIONS, COUNTS)
        self.fleet.wait_well(180)
        print(f"{time.strftime('%H:%M:%S')} the cluster is up", flush=True)
        self.judge = Judge(self.broker, topic)
        library = min(100, o.viewers // 20) if o.library is None else o.library
        clients = max(1, (o.viewers - library) * 4 // 5)
        ports = self.fleet.gateway_ports()
        self.watchers["reader"] = Watcher(READER, self.broker.address, topic, o.viewers - library, clients, ROWS_EACH,
                                          o.rate, o.seed, BEAT_S, *ports)
        if library:
            self.watchers["library"] = Watcher("node", LIBRARY, library, clients, BEAT_S, *ports)
        self.wanted = {"reader": o.viewers - library, "library": library}
        self.wait_current(180)
        print(f"{time.strftime('%H:%M:%S')} {o.viewers} viewers are current", flush=True)
        self.hand = Hand(self.fleet, self.grid, self.broker)
        self.rest()

    def wait_current(self, seconds=90):
        last = {}

        def current():
            for name, watcher in self.watchers.items():
                last[name] = state = watcher.ask("state", "state")
                if state["live"] < self.wanted[name] or state["stale"]:
                    time.sleep(0.1)
                    return False
            return True
        wait_for(current, lambda: f"every viewer to be current: {last} of {self.wanted}", seconds)

    def rest(self):
        """Nothing is written until every viewer's table equals the log."""
        began, reader = time.time(), self.watchers["reader"]
        reader.ask("pause", "paused", 120)
        tables, wrong = self.judge.tables(), []
        until = time.monotonic() + 30
        while True:
            wrong = [sentence for name, watcher in self.watchers.items()
                     for sentence in wrong_tables(watcher.ask(f"dump {self.folder / name}", "dumped"), tables)]
            if not wrong or time.monotonic() > until:
                break
            time.sleep(0.2)
        self.violations += [f"at rest: {sentence}" for sentence in wrong]
        self.rests.append({"at": began, "took": time.time() - began, "wrong": len(wrong),
                           "rows": sum(len(rows) for rows in tables.values())})
        reader.lines.say("spread")
        reader.lines.say("go")
        self.wait_current()
        return not wrong

    def hurt(self, faults):
        """What comes at once, until all is well again. Its window ends there."""
        for watcher in self.watchers.values():
            watcher.ask("window", "window")
        entry = {"title": title_of(faults), "roles": [f.role for f in faults], "what": ", ".join(map(str, faults)),
                 "at": time.time()}
        print(f"{time.strftime('%H:%M:%S')} {entry['what']}", flush=True)
        time.sleep(0.3)
        self.hand.do(faults)
        entry["undone"] = time.time()
        self.fleet.wait_well()
        self.wait_current()
        entry["well"] = time.time()
        time.sleep(0.5)  # rows of after the fault belong to its window too
        for name, watcher in self.watchers.items():
            entry[name] = watcher.ask("window", "window")
        entry["reroutes"] = self.fleet.reroutes()
        self.faults.append(entry)
        self.judge_window(entry)
        self.tell(entry)

    def judge_window(self, entry):
        if "g" in entry["roles"]:
            return
        for name in self.watchers:
            lost = sum(entry[name][how] for how in ("lost", "silent", "byes"))
            if lost:
                self.violations.append(f"{entry['what']}: {lost} connections of {name} were lost, "
                                       f"though no gateway was hurt ({json.dumps(entry[name])})")

    def tell(self, entry):
        r = entry["reader"]
        print(f"  latest row of each viewer p50 {r['p50_ms']:.0f} ms, "
              f"p99 {r['p99_ms']:.0f}, max {r['max_ms']:.0f} ({r['latest']}); well {entry['well'] - entry['undone']:.1f} s "
              f"after; {r['lost'] + r['silent'] + r['byes']} connections lost, resets {r['resets']}, "
              f"{r['told_stale']} told stale, violations {r['violations']}", flush=True)
        for watcher in self.watchers.values():
            said = watcher.of("violation")
            for line in said[watcher.told:watcher.told + VIOLATIONS_TOLD]:
                print(f"  {line['violation']}: {line['text']}", flush=True)
            watcher.told = len(said)

    def go(self):
        self.start()
        ends = time.monotonic() + self.options.seconds
        rested = time.monotonic()
        for number, faults in enumerate(draw(self.options.seed, COUNTS, self.options.only), 1):
            if self.options.faults and number > self.options.faults or time.monotonic() > ends:
                break
            self.hurt(faults)
            if time.monotonic() - rested > REST_EVERY_S:
                if not self.rest():
                    break
                rested = time.monotonic()
        self.rest()

    def heard(self):
        """What the viewers said was wrong."""
        for watcher in self.watchers.values():
            self.violations += [f"{line['violation']}: {line['text']}" for line in watcher.of("violation")]

    def close(self):
        for watcher in self.watchers.values():
            watcher.lines.kill()
        if self.judge:
            self.judge.close()
        if self.fleet:
            self.fleet.close()
        self.grid.close()
        self.broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def again(options):
    only = f" --only '{options.only}'" if options.only else ""
    return (f"tests/system/big_chaos.py --seed {options.seed} --seconds {options.seconds} --viewers {options.viewers} "
            f"--rate {options.rate}{only}")


def run(options):
    """Everything; gives the violations."""
    print(f"seed {options.seed}; again: {again(options)}", flush=True)
    one = Run(options)
    try:
        try:
            one.go()
        except (AssertionError, OSError, subprocess.SubprocessError) as failed:
            one.violations.append(f"{type(failed).__name__}: {failed}")
        one.heard()
        logs = ROOT / "build" / "test-logs"
        if one.violations and one.fleet:
            one.fleet.keep_logs(logs / f"chaos-{options.seed}")
        chaos_report.write(logs / "chaos.html", one, again(options))
        print(chaos_report.summary(one), flush=True)
    finally:
        one.close()
    return one.violations


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9, help="of faults and rows; a fresh one if not given")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--faults", type=int, default=0, help="end after so many")
    parser.add_argument("--viewers", type=int, default=2000)
    parser.add_argument("--library", type=int, help="of them by the browser library: 100, or a twentieth")
    parser.add_argument("--rate", type=float, default=10000, help="rows a second")
    parser.add_argument("--only", help="faults by title, comma between: " + ", ".join(deck_titles()))
    return parser.parse_args(words)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    mine = arguments()
    bad = run(mine)
    for each in bad[:VIOLATIONS_TOLD]:
        print(f"VIOLATION {each}", file=sys.stderr)
    if bad:
        print(f"{len(bad)} violations with seed {mine.seed}; again: {again(mine)}", file=sys.stderr)
    sys.exit(1 if bad else 0)
