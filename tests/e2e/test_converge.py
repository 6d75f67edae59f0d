"""Pairs of schemas from the test suites of other tools: each is taken from a to b and back on a real
server, and arrives. Every run takes a part of them; SKEIN_CONVERGE=all takes all, for about ten
minutes. What is refused is listed, with its reason, in docs/autogenerate.md."""

import json
import os
import pathlib
import subprocess

import lib
import pytest

SUITES = lib.CORPORA.parent / "difftests"
CONVERGE = pathlib.Path(lib.DRIVERS) / "tests" / "converge"
# Of so many cases one, in a normal run: scratch databases of servers are made of many files.
SHARES = {"sqlite": 1, "mysql": 4, "postgresql": 16}


def cases(engine):
    dialects = {"postgresql": ("postgres", "postgresql")}.get(engine, (engine,))
    for suite in sorted(path.name for path in SUITES.iterdir()):
        if not (SUITES / suite / "verified.json").exists():
            continue
        usable = {(case["case"], case.get("dialect")) for case in
                  json.loads((SUITES / suite / "verified.json").read_text()) if case["usable"]}
        for line in (SUITES / suite / "cases.jsonl").read_text().splitlines():
            case = json.loads(line)
            if case["dialect"] in dialects and (case["case"], case["dialect"]) in usable:
                yield {"case": f"{suite}:{case['case']}", "a": case["a"], "b": case["b"]}


def options(one):
    return {
        "sqlite": lambda: [f"database={one.path}"],
        "postgresql": lambda: [f"host={one.socket}", f"port={one.port}", f"user={one.user}",
                               f"database={one.name}"],
        "mysql": lambda: [f"socket={one.socket}", f"user={one.user}", f"database={one.name}"],
    }[one.driver]()


def judge(one, chosen):
    done = subprocess.run([CONVERGE, one.driver, lib.DRIVERS, *options(one)], text=True,
                          input="".join(json.dumps(case) + "\n" for case in chosen),
                          capture_output=True, timeout=3000, check=False)
    said = [line for line in done.stdout.splitlines()
            if line.startswith(("ok ", "refused ", "unloadable ", "WRONG "))]
    assert len(said) == len(chosen), done.stdout[-2000:] + done.stderr
    return said


def test_pairs_of_schemas_converge_both_ways_and_none_is_silently_wrong(one):
    if not SUITES.is_dir():
        pytest.skip(f"the suites of other tools are not there: {SUITES}")
    everything = list(cases(one.driver))
    share = 1 if os.environ.get("SKEIN_CONVERGE") == "all" else SHARES[one.driver]
    said = judge(one, everything[::share])
    wrong = [line for line in said if line.startswith(("WRONG ", "unloadable "))]
    assert not wrong, "\n".join(wrong)
    refused = [line for line in said if line.startswith("refused ")]
    print("\n".join(refused))
    assert len(refused) <= len(said) * 0.05, "\n".join(refused)
