#!/usr/bin/env python3
"""Holds src/ to its module table: who may include whom, which outside technology lives where, what is pure.

Usage: tools/check_layers.py [--root DIR] [--stamp FILE]
Prints `file:line: message: what to do` for each breach and exits 1; with --stamp touches FILE when there is none.
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

TABLE = "src/modules.txt"
SOURCE_SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".ipp", ".inc"}

# Headers of a technology: an exact name, or a folder that ends in a slash.
TECHNOLOGIES = {
    "boost": ["boost/"],
    "boost/system": ["boost/system/"],
    "boost/assert": ["boost/assert.hpp", "boost/assert/"],
    "spdlog": ["spdlog/"],
    "toml++": ["toml++/"],
    "CLI": ["CLI/"],
    "simdjson": ["simdjson.h"],
    "flatbuffers": ["flatbuffers/"],
    "libjwt": ["jwt.h"],
    "librdkafka": ["librdkafka/"],
    "prometheus": ["prometheus/"],
    "openssl": ["openssl/"],
    "zlib": ["zlib.h"],
    "pthread": ["pthread.h"],
    "sys": ["sys/", "netinet/", "arpa/", "net/", "linux/", "bits/", "asm/", "aio.h", "dirent.h", "dlfcn.h", "err.h",
            "execinfo.h", "fcntl.h", "getopt.h", "glob.h", "grp.h", "ifaddrs.h", "liburing.h", "malloc.h", "mqueue.h",
            "netdb.h", "poll.h", "pwd.h", "sched.h", "semaphore.h", "spawn.h", "strings.h", "syslog.h", "termios.h",
            "ucontext.h", "unistd.h"],
}
# A technology that brings others along: TLS streams are Asio's over OpenSSL's.
BRINGS = {"boost": ["openssl"]}
EVERYWHERE = ["boost/system"]  # result<T>
IN_PURE = {"boost/system", "boost/assert", "spdlog", "simdjson", "flatbuffers", "libjwt"}
IN_TESTS = ["gtest/", "gmock/"]
IN_BENCHES = ["benchmark/", "malloc.h"]  # how much memory a row takes

STANDARD = set("""
algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat charconv chrono cinttypes
climits clocale cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint
cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format forward_list fstream
functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore
set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view strstream
syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray
variant vector version
assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h signal.h
stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h tgmath.h time.h uchar.h wchar.h
wctype.h cxxabi.h immintrin.h x86intrin.h emmintrin.h nmmintrin.h arm_neon.h
""".split())

THREADS = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "barrier", "latch",
           "stop_token"}
CHANCE = {"random"}
# What a core must be given and may not ask for.
CLOCKS = re.compile(r"\b(?:(?:steady|system|high_resolution)_clock\s*::\s*now|clock_gettime|gettimeofday)\b"
                    r"|(?<![\w:])(?:std\s*::\s*|::\s*)time\s*\(")
CHANCES = re.compile(r"\brandom_device\b|(?<![\w:])(?:std\s*::\s*|::\s*)s?rand\s*\(")
# The log is the one piece of base that looks at the time: for the people who read its lines, never for a decision.
MAY_ASK = {"src/base/log.cpp"}
SLEEPS = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include(?:_next)?[ \t]*(?:<([^>\n]*)>|"([^"\n]*)"|(\S+))', re.MULTILINE)
# Comments and literals, longest kinds first; what is taken out leaves its line breaks behind.
TOKENS = re.compile(r'(?P<comment>//[^\n]*|/\*.*?\*/)'
                    r'|(?P<text>R"([^(\s]*)\(.*?\)\3"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\')', re.DOTALL)


@dataclass
class Module:
    name: str
    pure: bool
    includes: list
    outside: list
    line: int


@dataclass
class Check:
    """One run over a source tree; breaches gather in `errors`, as (file, line, text)."""

    root: Path
    modules: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)

    def lines(self):
        return [f"{path}:{line}: {text}" for path, line, text in sorted(self.errors)]

    def refuse(self, path, line, message, remedy):
        self.errors.append((str(path), line, f"{message}: {remedy}"))

    def run(self):
        self.read_table()
        if self.errors:
            return
        for path in sorted((self.root / "src").rglob("*")):
            if path.is_file() and path.suffix in SOURCE_SUFFIXES:
                self.check_file(path)

    # The table itself.

    def read_table(self):
        lines = (self.root / TABLE).read_text(encoding="utf-8").splitlines()
        for number, text in enumerate(lines, 1):
            if text.strip() and not text.startswith("#"):
                self.read_row(text, number)

    def read_row(self, text, line):
        match = re.fullmatch(r"([a-z][a-z0-9_]*) +([a-z]+) +(\S.*)", text.rstrip())
        cells = re.split(r" {3,}", match[3]) if match else []
        if len(cells) != 2:
            self.refuse(TABLE, line, "this row cannot be read",
                        "write name, kind, modules and technologies, the last two set apart by three blanks, - for none")
            return
        words = [[] if cell == "-" else cell.split() for cell in cells]
        module = Module(match[1], match[2] == "pure", words[0], words[1], line)
        if match[2] not in ("pure", "edge"):
            self.refuse(TABLE, line, f"{module.name} is of an unknown kind {match[2]}", "write pure or edge")
        if module.name in self.modules:
            self.refuse(TABLE, line, f"{module.name} has a row already", "keep one of them")
        for other in module.includes:
            self.check_listed(module, other)
        for technology in module.outside:
            if technology not in TECHNOLOGIES:
                self.refuse(TABLE, line, f"{technology} is no technology known here",
                            "add its headers to TECHNOLOGIES in tools/check_layers.py")
            elif module.pure and technology not in IN_PURE:
                self.refuse(TABLE, line, f"{module.name} is pure and may not have {technology}",
                            "put what needs it into an edge module")
        self.modules[module.name] = module

    def check_listed(self, module, other):
        if other not in self.modules:
            self.refuse(TABLE, module.line, f"{module.name} lists {other}, which has no row above it",
                        "a row lists only rows above it, so that no cycle can be written")
        elif module.pure and not self.modules[other].pure:
            self.refuse(TABLE, module.line, f"{module.name} is pure but lists {other}, which is not",
                        "turn it around: let an edge module join the two")

    # The sources.

    def check_file(self, path):
        shown = path.relative_to(self.root)
        if len(shown.parts) < 3 or shown.parts[1] not in self.modules:
            self.refuse(shown, 1, "this file belongs to no module of the table",
                        f"move it into a module's folder, or give its folder a row in {TABLE}")
            return
        module = self.modules[shown.parts[1]]
        source = path.read_text(encoding="utf-8", errors="replace")
        without_comments = TOKENS.sub(lambda m: blank(m) if m["comment"] else m[0], source)
        for match in INCLUDE.finditer(without_comments):
            self.check_include(module, shown, line_of(without_comments, match.start()), match)
        if module.pure and not is_shell(shown) and str(shown) not in MAY_ASK:
            self.check_asks_nothing(shown, TOKENS.sub(blank, source))

    def check_include(self, module, path, line, match):
        angled, quoted, other = match.groups()
        if other is not None:
            self.refuse(path, line, f"#include {other} cannot be followed", 'write it as <header> or "module/header"')
        elif quoted is not None:
            self.check_own(module, path, line, quoted)
        else:
            self.check_outside(module, path, line, angled)

    def check_own(self, module, path, line, header):
        owner = header.split("/")[0]
        if "/" not in header or owner not in self.modules or ".." in header.split("/"):
            self.refuse(path, line, f'"{header}" names no module of the table',
                        'write "module/file.hpp", as seen from src/; outside headers in <>')
        elif owner != module.name and owner not in module.includes:
            self.refuse(path, line, f"{module.name} may not include {owner}",
                        f"its row in {TABLE} lists: {' '.join(module.includes) or 'nothing'}")

    def check_outside(self, module, path, line, header):
        stem = path.stem
        if header in STANDARD:
            free = not module.pure or is_trial(stem) or is_shell(path) or str(path) in MAY_ASK
            if not free and header in THREADS | CHANCE:
                self.refuse(path, line, f"{module.name} is pure: no <{header}>",
                            "take what it would give as an argument, or move this to an edge module")
            return
        if is_trial(stem) and starts(header, IN_TESTS) or stem.endswith("_bench") and starts(header, IN_BENCHES):
            return
        if header.split("/")[0] in self.modules and header.endswith(".hpp"):
            self.refuse(path, line, f"<{header}> is ours", f'write "{header}"')
            return
        owners = technologies_of(header)
        if not owners:
            self.refuse(path, line, f"<{header}> belongs to no technology known here",
                        "add it to TECHNOLOGIES in tools/check_layers.py, or do without")
            return
        allowed = set(EVERYWHERE) | set(module.outside)
        for technology in module.outside:
            allowed.update(BRINGS.get(technology, []))
        if not allowed & set(owners):
            homes = [m.name for m in self.modules.values() if set(owners) & set(m.outside)]
            self.refuse(path, line, f"{module.name} may not include <{header}>",
                        f"it belongs to {owners[0]}, which only {' '.join(homes) or 'no module'} may see")

    def check_asks_nothing(self, path, code):
        for pattern, what, remedy in (
                (CLOCKS, "asks a clock", "take the time as an argument"),
                (CHANCES, "asks for chance", "take a blotter::random_source or a seed as an argument"),
                (SLEEPS, "sleeps", "return when to be asked again; tests pass the time they like")):
            if path.stem.endswith("_bench"):
                continue
            for match in pattern.finditer(code):
                self.refuse(path, line_of(code, match.start()), f"pure code {what}", remedy)


def is_trial(stem):
    return stem.endswith(("_test", "_bench", "_fuzz"))


def is_shell(path):
    """A program of its own: the shell around the pure module that it stands in, and no part of its library."""
    return path.name == "main.cpp"


def starts(header, prefixes):
    return any(header.startswith(p) if p.endswith("/") else header == p for p in prefixes)


def technologies_of(header):
    """Every technology the header belongs to, the narrowest first."""
    found = [name for name, prefixes in TECHNOLOGIES.items() if starts(header, prefixes)]
    if header.startswith("boost/"):
        found.sort(key=len, reverse=True)
    return found


def blank(match):
    return re.sub(r"[^\n]+", " ", match[0])


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--stamp", type=Path)
    arguments = parser.parse_args()
    check = Check(arguments.root.resolve())
    check.run()
    for line in check.lines():
        print(line, file=sys.stderr)
    if check.errors:
        return 1
    if arguments.stamp:
        arguments.stamp.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
