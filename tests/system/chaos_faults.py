"""The faults of the big chaos suite: which there are, in which order a seed draws them, and how each is done."""

import random
import signal
import threading
import time
from dataclasses import dataclass

from broker import Background

SLOW_PERIOD_S = 0.05  # of which a slowed process has a tenth


@dataclass(frozen=True)
class Fault:
    kind: str
    role: str  # g, n, r: of ours; grid; broker
    target: str  # a member's name; or "one", "all"
    seconds: float  # how long it stays so

    @property
    def title(self):
        return f"{self.kind} {NAMES[self.role]}" + {"one": " (one)", "all": " (all)"}.get(self.target, "")

    def __str__(self):
        name = f" {self.target}" if self.role in "gnr" and self.target != "all" else ""
        return f"{self.title}{name}, {self.seconds:.1f} s"


NAMES = {"g": "gateway", "n": "node", "r": "router", "grid": "directory", "broker": "broker"}
# (kind, role, target, seconds at least, at most). A target of None is any member of the role.
DECK = [
    *(("kill", role, None, 0.5, 3) for role in "gnr"),
    *(("freeze", role, None, 2, 5) for role in "gnr"),
    *(("slow", role, None, 4, 8) for role in "gnr"),
    *(("leave", role, None, 0, 2) for role in "gnr"),
    *(("rolling restart", role, "all", 0, 0) for role in "gnr"),
    *(("cut", role, "wire", 0.5, 1) for role in "nr"),
    *(("black hole", role, "wire", 2, 5) for role in "nr"),
    ("kill", "grid", "one", 2, 3),
    ("kill", "grid", "all", 2, 5),
    ("freeze", "grid", "one", 3, 6),
    ("freeze", "grid", "all", 3, 6),
    ("kill", "broker", None, 0.5, 2),
    ("freeze", "broker", None, 2, 4),
]


PAIRED = 0.3  # how often two come at once, after one


def draw(seed, counts, only=None):
    """Tuples of one fault, or of two at once, without end. Every card of the deck comes alone once before any comes so
    again. `only`: titles, comma between them; then none come in pairs."""
    chance = random.Random(seed)

    def fault(card):
        kind, role, target, least, most = card
        number = chance.randint(1, counts.get(role, 1))
        name = f"{role}{counts[role]}" if target == "wire" else target or f"{role}{number}"
        return Fault(kind, role, name, chance.uniform(least, most))

    while True:
        deck = list(DECK)
        chance.shuffle(deck)
        for card in deck:
            one = fault(card)
            if not only or one.title in only.split(","):
                yield (one,)
            if not only and chance.random() < PAIRED:
                pair = tuple(fault(chance.choice(DECK)) for _ in range(2))
                if go_together(*pair):
                    yield pair


def go_together(one, other):
    """A rolling restart waits for all to be well; and what is dead cannot be frozen."""
    if "rolling restart" in (one.kind, other.kind) or one.target == other.target:
        return False
    return one.role != other.role or one.role in "gnr"


def deck_titles():
    return sorted({Fault(kind, role, target or "", 0).title for kind, role, target, *_ in DECK})


def title_of(faults):
    return faults[0].title if len(faults) == 1 else "two at once"


class Slowed:
    """Stops and continues a process in turn, so that it has a tenth of its time."""

    def __init__(self, signal_it):
        self._signal, self._done = signal_it, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._done.is_set():
            self._signal(signal.SIGSTOP)
            self._done.wait(SLOW_PERIOD_S * 0.9)
            self._signal(signal.SIGCONT)
            self._done.wait(SLOW_PERIOD_S * 0.1)

    def end(self):
        self._done.set()
        self._thread.join()


class Hand:
    """Does faults. Each returns when it has been undone; that all is well again is another's to see."""

    def __init__(self, fleet, grid, broker):
        self.fleet, self.grid, self.broker = fleet, grid, broker

    def do(self, faults):
        """At once, and until all are undone."""
        doing = [Background(lambda f=fault: getattr(self, f"_{f.kind.replace(' ', '_')}")(f)) for fault in faults]
        for each in doing:
            each.result(600)

    def _kill(self, fault):
        if fault.role == "grid":
            return self._around(fault, self.grid.kill, self.grid.start, fault.target)
        if fault.role == "broker":
            return self._around(fault, lambda _: self.broker.kill(), lambda _: self.broker.start())
        self._around(fault, lambda _: self.fleet.kill(fault.target), lambda _: self.fleet.start(fault.target))

    def _freeze(self, fault):
        if fault.role == "grid":
            return self._around(fault, self.grid.freeze, self.grid.thaw, fault.target)
        if fault.role == "broker":
            return self._around(fault, lambda _: self.broker.freeze(), lambda _: self.broker.thaw())
        self._around(fault, lambda _: self.fleet.signal(fault.target, signal.SIGSTOP),
                     lambda _: self.fleet.signal(fault.target, signal.SIGCONT))

    def _slow(self, fault):
        slowed = Slowed(lambda which: self.fleet.signal(fault.target, which))
        time.sleep(fault.seconds)
        slowed.end()

    def _leave(self, fault):
        self._around(fault, lambda _: self.fleet.leave(fault.target), lambda _: self.fleet.start(fault.target))

    def _rolling_restart(self, fault):
        for name in self.fleet.names(fault.role):
            self.fleet.leave(name)
            self.fleet.start(name)
            self.fleet.wait_well()

    def _cut(self, fault):
        self.fleet.wires[fault.role].reset()
        time.sleep(fault.seconds)

    def _black_hole(self, fault):
        wire = self.fleet.wires[fault.role]
        self._around(fault, lambda _: wire.black_hole(True), lambda _: wire.black_hole(False))

    @staticmethod
    def _around(fault, begin, end, target="all"):
        member = 1 if target == "one" else None
        begin(member)
        time.sleep(fault.seconds)
        end(member)
