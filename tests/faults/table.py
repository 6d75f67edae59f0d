#!/usr/bin/env python3
"""Prints the table of faults: each ID of the catalogue, how many rounds of it were played, and what
came of them.

    table.py TALLY FOLDER

Reads the JUnit files in FOLDER, of this suite and of all others: a test whose title begins with IDs
(test_p1_p3_killed_before_..., w2_a_lost_commit_reply_...) is a row of each. Appends one line
"passed failed skipped" to TALLY: every ID that has no row or no rounds is a failure of its own."""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

from catalogue import FAULTS

TITLE = re.compile(r"^(?:test_)?((?:[pswkdrcm]\d{1,2}_)+)", re.IGNORECASE)


class Row:
    def __init__(self):
        self.rounds, self.tests = 0, set()
        self.failed, self.skipped = 0, 0
        self.figures = collections.Counter()

    def add(self, name, outcome, figures):
        self.tests.add(name)
        self.failed += outcome == "failed"
        self.skipped += outcome == "skipped"
        if outcome != "skipped":
            self.rounds += figures.pop("rounds", 1)
        self.figures.update(figures)

    @property
    def outcome(self):
        return "FAILED" if self.failed else "skipped" if self.skipped else "passed"


def results(folder):
    """(IDs, title without parameters, outcome, figures) of each test that has an ID."""
    for file in sorted(pathlib.Path(folder).glob("*.xml")):
        for case in tree.parse(file).iter("testcase"):
            name = case.get("name").partition("[")[0]
            ids = TITLE.match(name)
            if not ids:
                continue
            outcome = "passed"
            for kind in ("failure", "error", "skipped"):
                if case.find(kind) is not None:
                    outcome = "skipped" if kind == "skipped" else "failed"
            figures = {p.get("name"): int(p.get("value")) for p in case.iter("property")}
            yield ids[1].upper().strip("_").split("_"), name, outcome, figures


def rows_make(folder):
    rows = collections.defaultdict(Row)
    for ids, name, outcome, figures in results(folder):
        for each in ids:
            rows[each].add(name, outcome, dict(figures))
    return rows


def figures_text(figures):
    return ", ".join(f"{count} {name}" for name, count in sorted(figures.items()))


def main(tally, folder):
    rows = rows_make(folder)
    missing = 0
    print(f"{'fault':5} {'tests':>5} {'rounds':>7}  outcome")
    for fault, about in FAULTS.items():
        row = rows.get(fault)
        if row and row.rounds:
            more = figures_text(row.figures)
            print(f"{fault:5} {len(row.tests):5} {row.rounds:7}  {row.outcome}"
                  + (f" ({more})" if more else ""))
        elif about.without:
            print(f"{fault:5} {'-':>5} {'-':>7}  not applicable: {about.without}")
        else:
            missing += 1
            print(f"{fault:5} {'-':>5} {'-':>7}  FAILED: no test has played it")
    for fault in sorted(set(rows) - set(FAULTS)):
        missing += 1
        print(f"{fault}: no such fault in the catalogue; see {', '.join(sorted(rows[fault].tests))}")
    with open(tally, "a", encoding="utf-8") as out:
        print(len(FAULTS) - missing, missing, 0, file=out)


main(*sys.argv[1:])
