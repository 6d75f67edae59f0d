#!/usr/bin/env python3
"""Counts test results: prints every failure and the reason of every skip of the JUnit files in a
folder, and appends one line "passed failed skipped" to a tally file.

    tally.py TALLY LABEL FOLDER [again]

again: the same tests have run before without the tool that watches them now; what only this run
skips is shown, and not counted.
"""

import pathlib
import sys
import xml.etree.ElementTree as tree


def outcome(case):
    """'failed', 'skipped' or 'passed', and the text that goes with it."""
    for kind, result in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(kind)
        if found is not None:
            return result, (found.text or found.get("message") or "").strip()
    return "passed", ""


def main(tally, label, folder, again=""):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for file in sorted(pathlib.Path(folder).iterdir()):
        for case in tree.parse(file).iter("testcase"):
            result, text = outcome(case)
            counts[result] += 1
            if result != "passed":
                print(f"{result}: {label}: {case.get('name')}", text, sep="\n    " if text else "")
    if again:
        counts["skipped"] = 0
    with open(tally, "a", encoding="utf-8") as out:
        print(counts["passed"], counts["failed"], counts["skipped"], file=out)


main(*sys.argv[1:])
