#!/usr/bin/env python3
"""Which branches of core/ were taken, by folder and in all, from the counts in a build.

    coverage.py BUILD [FILE.json]

Exits with 1 below LEAST. FILE.json gets gcovr's own report, with every line."""

import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEAST = 90.0
# What these expand to is written, and tested, elsewhere.
MACROS = r".*\b(HASH_[A-Z_]+|json_(array|object)_foreach)\b.*"


def report(build):
    # Counts of another build beside it are not its own: what it names is all that is searched.
    done = subprocess.run(["gcovr", build, "--root", ROOT, "--object-directory", build, "--filter",
                           "core/", "--exclude-branches-by-pattern", MACROS, "--json"],
                          check=True, capture_output=True, cwd=ROOT)
    return json.loads(done.stdout)


def main():
    found = report(sys.argv[1])
    if len(sys.argv) > 2:
        pathlib.Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
    counted, taken = collections.Counter(), collections.Counter()
    for file in found["files"]:
        branches = [branch for line in file["lines"] for branch in line["branches"]]
        for name in (str(pathlib.Path(file["file"]).parent), "all"):
            counted[name] += len(branches)
            taken[name] += sum(branch["count"] > 0 for branch in branches)
    for name in sorted(counted):
        share = 100 * taken[name] / max(counted[name], 1)
        print(f"{name:14} {taken[name]:6} of {counted[name]:6}  {share:5.1f} %")
    return 0 if 100 * taken["all"] >= LEAST * counted["all"] > 0 else 1


sys.exit(main())
