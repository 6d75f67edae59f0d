#!/usr/bin/env python3
"""Brings a real project's migrations into skein's form.

    corpus.py PROJECT-FOLDER OUT-FOLDER

Reads every plan.<engine>[.<database>].tsv of the project (seq, id, deps, up, down, flags) and
writes OUT/<history>/<revision>.sql. Plans that list the same ids are one history with a section
for each engine; any other plan is a history of its own.
"""

import collections
import dataclasses
import pathlib
import re
import sys

DRIVER = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite"}


@dataclasses.dataclass
class Step:
    """One row of a plan. up and down: the file, or None where the engine has none."""

    seq: int
    id: str
    up: pathlib.Path | None
    down: pathlib.Path | None
    flags: set

    @property
    def revision(self):
        """A legal id that sorts as the plan does."""
        return f"{self.seq:04}_{re.sub(r'[^A-Za-z0-9_]', '_', self.id)[:27]}"


@dataclasses.dataclass
class Plan:
    driver: str
    name: str  # the database it is for, or ""
    steps: list


def read_plan(path):
    _, engine, *name = path.stem.split(".")
    steps = []
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        seq, rid, _, up, down, flags = line.split("\t")
        file = {"-": None}
        steps.append(Step(int(seq), rid, file.get(up, path.parent / up),
                          file.get(down, path.parent / down), set(flags.split(",")) - {"-"}))
    return Plan(DRIVER[engine], ".".join(name), steps)


def histories(project):
    """{history name: [plans that share it]}"""
    shared = collections.defaultdict(list)
    for path in sorted(pathlib.Path(project).glob("plan.*.tsv")):
        plan = read_plan(path)
        shared[tuple(step.id for step in plan.steps)].append(plan)
    named = {}
    for plans in shared.values():
        words = [w for w in (plans[0].driver if len(plans) == 1 else "", plans[0].name) if w]
        named["_".join(words) or "all"] = plans
    return named


def section(direction, plan, file, off, alone):
    words = ["-- skein:", direction]
    if not alone:
        words.append(plan.driver)
    if off:
        words.append("transaction=off")
    return " ".join(words) + "\n" + (file.read_text(encoding="utf-8") if file else "")


def revision_text(plans, index, previous):
    """The file of one revision: its header and one section for each engine and direction."""
    steps = [plan.steps[index] for plan in plans]
    text = [f"-- {steps[0].id}\n--\n-- Revision ID: {steps[0].revision}\n-- Revises: {previous}\n"
            "-- Create Date: 2026-11-22 00:00:00\n"]
    for plan, step in zip(plans, steps):
        off = {"up": "needs-notx-up" in step.flags, "down": "needs-notx-down" in step.flags}
        text.append(section("upgrade", plan, step.up, off["up"], len(plans) == 1))
        if step.down or any(s.down for s in steps):
            text.append(section("downgrade", plan, step.down, off["down"], len(plans) == 1))
    return "\n".join(text)


def write_history(plans, folder):
    """Writes the revisions of plans that share a history; the ids in order."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    previous = ""
    for index, step in enumerate(plans[0].steps):
        text = revision_text(plans, index, previous)
        (folder / f"{step.revision}.sql").write_text(text, encoding="utf-8")
        previous = step.revision
    return [step.revision for step in plans[0].steps]


def main(project, out):
    for name, plans in histories(project).items():
        revisions = write_history(plans, pathlib.Path(out) / name)
        drivers = ", ".join(plan.driver for plan in plans)
        print(f"{name}: {len(revisions)} revisions for {drivers}")


if __name__ == "__main__":
    main(*sys.argv[1:])
