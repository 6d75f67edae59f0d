#!/usr/bin/python3
"""The same random commands over the same random histories, to Debian's Alembic and to skein: the
same success or failure, the same version rows, the same tables, the same text.

    differential.py [--seed N] [--checks N] [--jobs N] [-v]

One seed makes one graph with its commands; --seed N --checks 1 runs that one alone."""

import argparse
import collections
import multiprocessing
import pathlib
import random
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import commands  # noqa: E402
import compare  # noqa: E402
import graphs  # noqa: E402
import lib  # noqa: E402
import offline  # noqa: E402
import rules  # noqa: E402
import sides  # noqa: E402

CHECKS_A_GRAPH = 40


class Case:
    """One command, and what both made of it."""

    def __init__(self, run, arguments):
        self.graph, self.arguments, self.skein = run.graph, arguments, run.skein
        self.before = run.skein.database.state()
        self.theirs = run.alembic(*arguments)
        self.ours = run.skein(*arguments)
        self.their_state = run.alembic.database.state()
        self.our_state = run.skein.database.state()
        self.unchanged = self.our_state == self.before
        # Where the databases end; of scripts, those that have run them.
        self.their_end, self.our_end = self.their_state, self.our_state

    def difference(self):
        """None, or what differs."""
        if self.theirs.ended != self.ours.ended:
            return "how it ended"
        if self.ours.ended == sides.REFUSED:
            return self.difference_of_errors()
        if self.their_state != self.our_state:
            return "rows or tables"
        if "--sql" in self.arguments:
            return self.difference_of_scripts()
        return self.difference_of_text()

    def difference_of_scripts(self):
        if not self.unchanged:
            return "a script was asked for, and the database changed"
        ours, theirs = compare.steps(self.ours.log), compare.steps(self.theirs.log)
        if sorted(ours) != sorted(theirs):
            return "the steps"
        return offline.difference(self, self.skein)

    def difference_of_errors(self):
        if not self.unchanged:
            return "skein refused and yet changed something"
        ours, theirs = compare.error(self.ours.error), compare.error(self.theirs.error)
        return None if ours.startswith(theirs) else "the error's text"

    def difference_of_text(self):
        ours, theirs = compare.steps(self.ours.log), compare.steps(self.theirs.log)
        if "--purge" in self.arguments:
            ours, theirs = (compare.without_purged(lines, self.before[0]) for lines in (ours, theirs))
        if sorted(ours) != sorted(theirs):
            return "the steps"
        unsound = compare.steps_sound(self.graph, ours)
        if unsound:
            return unsound
        if compare.pieces(self.arguments, self.ours.out) != \
                compare.pieces(self.arguments, self.theirs.out):
            return "the output"
        if self.arguments[0] == "history" and "Rev: " not in self.ours.out:
            return compare.history_sound(self.graph, [
                line for line in self.ours.out.splitlines() if " -> " in line])
        return None

    def __str__(self):
        return (f"{self.arguments} at {self.before[0]}\n  Alembic {self.theirs}\n"
                f"    now {self.their_state[0]}\n  skein {self.ours}\n    now {self.our_state[0]}")


class Run:
    """One graph in both forms."""

    def __init__(self, seed, folder):
        self.random = random.Random(seed)
        self.graph = graphs.make(self.random)
        folder = pathlib.Path(folder)
        (folder / "skein").mkdir()
        self.alembic = sides.Alembic(folder / "alembic")
        self.skein = sides.Skein(lib.Project(folder / "skein"))
        graphs.write_py(self.alembic.versions, self.graph)
        graphs.write_sql(self.skein.versions, self.graph)

    def stray(self):
        """A version row that no file has comes into both tables."""
        if self.skein.database.versions():
            self.skein.database.write("INSERT INTO alembic_version VALUES (?)", self.graph.STRAY)
            self.alembic.database.become(self.skein.database)

    def command(self):
        if self.random.random() < 0.04:
            self.stray()
        symbols = commands.Symbols(self.random, self.graph, self.skein.database.versions())
        kind = self.random.random()
        if kind < 0.4:
            return commands.change(self.random, symbols)
        if kind < 0.75:
            return commands.question(self.random, symbols)
        if kind < 0.9:
            return commands.script(self.random, symbols)
        return commands.creation(self.random, symbols)

    def check(self):
        """One command to both. Afterwards both stand where skein stands."""
        case = Case(self, self.command())
        made = self.take_new_files()
        different = case.difference()
        if not different and made[0] != made[1]:
            different = f"the new file: {made}"
        rule = rules.rule_for(case) if different else None
        self.settle(case)
        return case, different, rule

    def settle(self, case):
        """After a stamp the tables are made to be what the rows say, so that the next steps run."""
        rows, tables = case.our_state
        for row in rows:
            if row not in self.graph.by_id:
                self.skein.database.write("DELETE FROM alembic_version WHERE version_num = ?", row)
                self.alembic.database.become(self.skein.database)
        rows = [row for row in rows if row in self.graph.by_id]
        wanted = {f"t_{rid}" for rid in self.graph.below(rows)}
        for table in wanted - set(tables):
            self.skein.database.write(f"CREATE TABLE {table} (n INTEGER)")
        for table in set(tables) - wanted:
            self.skein.database.write(f"DROP TABLE {table}")
        if case.their_state != case.our_state or wanted != set(tables):
            self.alembic.database.become(self.skein.database)

    def take_new_files(self):
        """The facts of revision files that a command wrote, which are removed again."""
        return (self.new_py(), self.new_sql())

    def new_py(self):
        for path in self.alembic.versions.glob("*.py"):
            if path.stem in self.graph.by_id:
                continue
            facts = {}
            exec(compile(path.read_text(), path, "exec"), facts)
            path.unlink()
            return tuple(names(facts[key]) for key in ("revision", "down_revision",
                                                       "branch_labels", "depends_on"))
        return None

    def new_sql(self):
        for path in self.skein.versions.glob("*.sql"):
            if path.stem in self.graph.by_id:
                continue
            keys = dict(line[3:].split(":", 1) for line in path.read_text().splitlines()
                        if line.startswith("-- ") and ":" in line)
            path.unlink()
            return tuple(names([name.strip() for name in keys.get(key, "").split(",")])
                         for key in ("Revision ID", "Revises", "Branch Labels", "Depends On"))
        return None


def names(value):
    """Sorted: "heads" are in no order in Alembic."""
    if isinstance(value, str):
        value = [value]
    return sorted(name for name in value or () if name)


def run_seed(task):
    seed, checks = task
    lines, counts = [], collections.Counter()
    with tempfile.TemporaryDirectory(prefix="skein-differential.") as folder:
        run = Run(seed, folder)
        for number in range(checks):
            case, different, rule = run.check()
            counts[rule or ("different" if different else "same")] += 1
            if different and not rule:
                lines.append(f"seed {seed}, check {number + 1}: {different}: {case}")
        if lines:
            lines.append("the graph: " + "; ".join(r.facts for r in run.graph.revisions) + "\n")
    return lines, counts


def main(argv=None, say=print):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--checks", type=int, default=2400)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(argv)
    say(f"seed {options.seed}, {options.checks} checks", flush=True)
    tasks = [(options.seed + at, min(CHECKS_A_GRAPH, options.checks - at * CHECKS_A_GRAPH))
             for at in range(-(-options.checks // CHECKS_A_GRAPH))]
    counts = collections.Counter()
    with multiprocessing.Pool(options.jobs) as pool:
        for lines, more in pool.imap(run_seed, tasks):
            counts += more
            for line in lines:
                say(line, flush=True)
    for name, count in counts.most_common():
        say(f"{count:6d} {name}", flush=True)
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
