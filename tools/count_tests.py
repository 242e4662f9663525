#!/usr/bin/env python3
"""Counts what a test runner reported. Prints `PASSED FAILED SKIPPED`.

Usage: tools/count_tests.py ctest JUNIT_XML GTEST_JSON_DIR    a GoogleTest program counts by its cases, others as one
       tools/count_tests.py pytest JUNIT_XML
       tools/count_tests.py tap FILE                          what node --test prints with the tap reporter
A file that is missing or unreadable counts as nothing run.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def junit_cases(path):
    try:
        return list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return []


def outcome(case):
    """(passed, failed, skipped) of one case."""
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return (0, 1, 0)
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return (0, 0, 1)
    return (1, 0, 0)


def gtest_counts(path):
    """Of one program, or None when it left no report: it crashed, or is no GoogleTest program."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    cases = [case for suite in report.get("testsuites", []) for case in suite.get("testsuite", [])]
    ran = [case for case in cases if case.get("status") == "RUN"]
    failed = sum(1 for case in ran if case.get("failures"))
    skipped = sum(1 for case in ran if case.get("result") == "SKIPPED")
    return (len(ran) - failed - skipped, failed, skipped)


def count_ctest(junit, gtest_dir):
    totals = []
    for case in junit_cases(junit):
        whole = outcome(case)
        parts = gtest_counts(Path(gtest_dir) / f"{case.get('name')}_test.json")
        if parts and whole[1] and not parts[1]:
            parts = (parts[0], 1, parts[2])  # all cases passed and the program failed still: a leak, a race
        totals.append(parts or whole)
    return totals


def count_tap(path):
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    said = {name: int(number) for name, number in re.findall(r"^# (\w+) (\d+)$", text, re.MULTILINE)}
    return [(said.get("pass", 0), said.get("fail", 0) + said.get("cancelled", 0),
             said.get("skipped", 0) + said.get("todo", 0))]


def main():
    kind, *paths = sys.argv[1:]
    counts = {"ctest": lambda: count_ctest(*paths),
              "pytest": lambda: [outcome(case) for case in junit_cases(*paths)],
              "tap": lambda: count_tap(*paths)}[kind]()
    print(*(sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0))


if __name__ == "__main__":
    main()
