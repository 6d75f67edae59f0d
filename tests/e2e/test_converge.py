"""Pairs of schemas from the test suites of other tools: each is taken from a to b and back on a real
server, and arrives. Every run takes a part of them; SKEIN_CONVERGE=all takes all, for about ten
minutes. What is refused is listed, with its reason, in docs/autogenerate.md."""

import json
import os
import pathlib
import random
import re
import subprocess
import sys

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


def judge(one, chosen, *how):
    done = subprocess.run([CONVERGE, *how, one.driver, lib.DRIVERS, *options(one)], text=True,
                          input="".join(json.dumps(case) + "\n" for case in chosen),
                          capture_output=True, timeout=3000, check=False)
    said = [line for line in done.stdout.splitlines()
            if line.startswith(("ok ", "refused ", "unloadable ", "WRONG "))]
    assert len(said) == len(chosen), done.stdout[-2000:] + done.stderr
    return said if not how else [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


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


# Pairs that are made at random; SQLite's are in tests/plugins/test_sqlite_schema_random.c.
PAIRS = {"mysql": 12, "postgresql": 4}


@pytest.mark.parametrize("engine", sorted(PAIRS))
def test_random_pairs_of_schemas_converge_both_ways(database, engine):
    count = os.environ.get("SKEIN_TEST_PAIRS", PAIRS[engine])
    seed = os.environ.get("SKEIN_TEST_SEED", random.randrange(1, 100000))
    print(f"SKEIN_TEST_PAIRS={count} SKEIN_TEST_SEED={seed}")
    made = lib.run([sys.executable, lib.ROOT / "tests/schema" / f"random_{engine}.py", count, seed])
    said = judge(database(engine), [json.loads(line) for line in made.splitlines()])
    assert not [line for line in said if not line.startswith("ok ")], f"seed {seed}: {said}"


# ------------------------------------------------------------------------------------------------
# Other eyes: what pg_dump, mariadb-dump and sqlite_schema show


def pieces(engine, dump):
    """A dump in a form in which only what counts is left: PostgreSQL's columns come back last, order of keys is nobody's,
    and SQLite keeps quotes and spaces as they were written."""
    if engine == "sqlite":
        text = re.sub(r"/\*.*?\*/|--[^\n]*|\bgenerated always\b|\bvirtual\b(?! table)", "", dump, flags=re.S | re.I)
        text = re.sub(r"\s*([^\w\s])\s*", r"\1", re.sub(r"[\"'`\[\]]+", "", text)).lower()
        return sorted(" ".join(piece.split()) for piece in re.split(r"[,()]+", text))
    # An event that was told no start gets the moment it was made at, and mariadb-dump keeps quotes of bodies.
    dump = re.sub(r" STARTS '[^']*'", "", dump) if engine == "mysql" else dump
    lines = [line.strip().rstrip(",") for line in dump.splitlines() if line.strip()]
    columns = [line for line in lines if engine == "mysql" and line.startswith("`")]
    if engine == "mysql":
        lines = [line.replace("`", "") for line in lines]
    return sorted(line for line in lines if not re.match(r"SET |SELECT pg_catalog.set_config", line)) + columns


def fill(database, text, delimiter):
    """Statements as one script: MariaDB's client needs another delimiter around those with bodies."""
    if database.driver == "mysql" and delimiter:
        text = "DELIMITER $skein$\n" + text.replace(delimiter, "\n$skein$\n")
    database.client(text.replace(delimiter, ";\n") if delimiter and database.driver != "mysql" else text)


def observe(database, case, plan):
    """What differs in the eyes of others; none: nothing."""
    mark = "\0"
    live, desired = database(case["engine"]), database(case["engine"])
    fill(live, case["a"], "")
    fill(desired, case["b"], "")
    before, wanted = (pieces(case["engine"], each.dump()) for each in (live, desired))
    fill(live, mark.join(plan["up"]) + mark, mark)
    up = pieces(case["engine"], live.dump())
    fill(live, mark.join(plan["down"]) + mark, mark)
    down = pieces(case["engine"], live.dump())
    return [f"{way} {sign} {line}" for way, now, then in (("up", up, wanted), ("down", down, before))
            for sign, one, other in (("has", now, then), ("lacks", then, now)) for line in one if line not in other]


def test_other_eyes_see_no_difference_after_the_way_there_and_back(one, database):
    if not SUITES.is_dir():
        pytest.skip(f"the suites of other tools are not there: {SUITES}")
    share = {"sqlite": 1, "mysql": 36, "postgresql": 200}[one.driver]
    chosen = list(cases(one.driver))[::1 if os.environ.get("SKEIN_CONVERGE") == "all" else share]
    plans = {plan["case"]: plan for plan in judge(one, chosen, "-j")}
    assert len(plans) >= len(chosen) * 0.95
    seen = {case["case"]: observe(database, {**case, "engine": one.driver}, plans[case["case"]])
            for case in chosen if case["case"] in plans}
    assert not any(seen.values()), {case: lines for case, lines in seen.items() if lines}
