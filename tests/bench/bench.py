#!/usr/bin/env python3
"""Measures skein against a bare C client, both in one run and in turn, and writes the ratios to
docs/performance.md. Each limit that is kept is a test passed.

    bench.py [--tally FILE] [--quick] [WORD...]     WORD: only scenarios whose name contains it
"""

import argparse
import collections
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import lib  # noqa: E402

CLIENTS = {"sqlite": "sqlite3", "postgresql": "libpq", "mysql": "libmariadb"}
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
VERSION_TABLE = ("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
                 "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")

PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}

Row = collections.namedtuple("Row", "scenario engine floor skein limit kept")
Trips = collections.namedtuple("Trips", "scenario engine floor skein")


def spawn(argv):
    """Seconds that a program takes from its start to its end. Its log goes where a user's would."""
    with open(os.devnull, "r+b") as sink, tempfile.TemporaryFile() as log:
        actions = [(os.POSIX_SPAWN_DUP2, sink.fileno(), 0), (os.POSIX_SPAWN_DUP2, sink.fileno(), 1),
                   (os.POSIX_SPAWN_DUP2, log.fileno(), 2)]
        started = time.perf_counter()
        pid = os.posix_spawn(argv[0], [str(a) for a in argv], PLAIN, file_actions=actions)
        _, status = os.waitpid(pid, 0)
        elapsed = time.perf_counter() - started
        if status:
            log.seek(0)
            raise SystemExit(f"bench: {' '.join(map(str, argv[:8]))} ended with status {status}: "
                             + log.read().decode(errors="replace")[-2000:])
    return elapsed


def most_memory(pid):
    """The most KiB that a process ever had in memory; 0 of one that is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def children(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def peak(argv):
    """Seconds, and the most MiB that the program itself, and that one of its children, ever had in
    memory."""
    started = time.perf_counter()
    process = subprocess.Popen([str(a) for a in argv], env=PLAIN, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    most, below = 0, 0
    while process.poll() is None:
        most = max(most, most_memory(process.pid))
        below = max([below, *map(most_memory, children(process.pid))])
        time.sleep(0.01)
    if process.returncode:
        raise SystemExit(f"bench: {argv} ended with status {process.returncode}")
    return time.perf_counter() - started, most / 1024, below / 1024


def enough(pairs, seconds):
    """Where each sync takes long: three pairs after half a minute, fewer after one and a half."""
    return (pairs >= 3 and seconds > 30) or (pairs >= 1 and seconds > 90)


def alternate(times, floor, skein, prepare=lambda: None):
    """Median milliseconds of both, run in turn, each from the state that prepare makes; as many
    pairs as times says, or as are enough."""
    taken = ([], [])
    began = time.monotonic()
    while len(taken[0]) < times and not enough(len(taken[0]), time.monotonic() - began):
        for seconds, program in zip(taken, (floor, skein)):
            prepare()
            seconds.append(program() * 1000)
    return [statistics.median(seconds) for seconds in taken]


class Bench:
    def __init__(self, folder, quick):
        self.folder = pathlib.Path(folder)
        self.quick = quick
        self.rows, self.trips, self.notes = [], [], []
        self.floors = {engine: self.compile(engine, client) for engine, client in CLIENTS.items()}

    def compile(self, engine, client):
        out = self.folder / f"floor_{engine}"
        flags = lib.run(["pkg-config", "--cflags", "--libs", client]).split()
        lib.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", HERE / "floor.c",
                 HERE / f"floor_{engine}.c", "-o", out, *flags])
        return out

    def times(self, count):
        return 1 if self.quick else count

    def project(self, name):
        folder = self.folder / name
        folder.mkdir()
        return lib.Project(folder)

    def floor(self, engine, *arguments):
        return [self.floors[engine], *arguments]

    @staticmethod
    def skein(project, *arguments):
        return [lib.PROGRAM, "--driver-dir", lib.DRIVERS, "-c", project.folder / "skein.cfg",
                *arguments]

    def compare(self, scenario, engine, times, floor, skein, limit, more=0, prepare=lambda: None):
        """floor and skein make an argument vector; skein may take limit times the floor, and
        some milliseconds more."""
        floor_ms, skein_ms = alternate(self.times(times), lambda: spawn(floor()),
                                       lambda: spawn(skein()), prepare)
        kept = skein_ms <= limit * floor_ms + more
        text = f"{limit} x" + (f" + {more} ms" if more else "")
        self.rows.append(Row(scenario, TITLES[engine], floor_ms, skein_ms, text, kept))
        print(f"{'kept' if kept else 'MISSED'}: {scenario}, {TITLES[engine]}: {floor_ms:.1f} ms, "
              f"skein {skein_ms:.1f} ms, {skein_ms / floor_ms:.2f} x (limit {text})", flush=True)

    def note(self, text, kept):
        self.notes.append((text, kept))
        print(("kept: " if kept else "MISSED: ") + text, flush=True)

    def count_trips(self, scenario, engine, floor, skein, socket):
        counted = [sends(argv, self.folder, socket) for argv in (floor, skein)]
        self.trips.append(Trips(scenario, TITLES[engine], *counted))
        print(f"sent to {TITLES[engine]}: {scenario}: floor {counted[0]}, skein {counted[1]}",
              flush=True)


def sends(argv, folder, socket):
    """How often a program and its children write to a server that they reached by a unix socket."""
    trace = pathlib.Path(folder) / "trace"
    subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", "-o", trace, "-e",
                    "trace=connect,sendto,sendmsg,write,writev,close", *map(str, argv)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=PLAIN)
    servers, count = set(), 0
    for line in trace.read_text().splitlines():
        match = re.match(r"(\d+) +(\w+)\((\d+)(.*)", line)
        if not match:
            continue
        pid, call, fd, rest = match.groups()
        if call == "connect" and socket in rest:
            servers.add((pid, fd))
        elif call == "close":
            servers.discard((pid, fd))
        elif call != "connect" and (pid, fd) in servers:
            count += 1
    return count


# ------------------------------------------------------------------------------------------------
# The same work for both


def statements(number):
    return [f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL)",
            f"CREATE INDEX t{number}_name ON t{number} (name)"]


def write_revisions(project, count):
    project.chain([(";\n".join(statements(n)) + ";", f"DROP TABLE t{n};")
                   for n in range(1, count + 1)])


def write_script(path, count):
    """What the bare client runs: the revisions' SQL and the change of the version row."""
    blocks = []
    for n in range(1, count + 1):
        version = ("INSERT INTO alembic_version VALUES ('r1')" if n == 1 else
                   f"UPDATE alembic_version SET version_num='r{n}' WHERE version_num='r{n - 1}'")
        blocks.append([*([VERSION_TABLE] if n == 1 else []), *statements(n), version])
    path.write_text("".join("\n".join(block) + "\n\n" for block in blocks))
    return path


def where(database):
    """How the bare client reaches a database."""
    if database.driver == "sqlite":
        return str(database.path)
    if database.driver == "mysql":
        return f"{database.socket},{database.user},{database.name}"
    found = (f"host={database.socket} port={database.port} user={database.user} "
             f"dbname={database.name}")
    return found + (f" options=-csearch_path={database.schema}" if database.schema else "")


def make(bench, engine, count, kind=""):
    if kind == "schemas":
        first = lib.Postgresql(None, schema="s0")
        return [first] + [lib.Postgresql(None, schema=f"s{n}", within=first)
                          for n in range(1, count)]
    return [lib.ENGINES[engine](bench.folder) for _ in range(count)]


def drop(databases):
    for database in databases:
        database.drop()


# ------------------------------------------------------------------------------------------------
# Scenarios


def no_op(bench):
    """`current` of one target that is up to date."""
    for engine in CLIENTS:
        project = bench.project(f"noop-{engine}")
        (database,) = made = make(bench, engine, 1)
        write_revisions(project, 10)
        project.targets({"it": database})
        project.skein("upgrade", "head")
        floor = bench.floor(engine, "check", where(database))
        skein = bench.skein(project, "current")
        bench.compare("no-op `current`", engine, 41, lambda: floor, lambda: skein, 1.5, more=3)
        if engine != "sqlite":
            bench.count_trips("no-op `current`", engine, floor, skein, database.socket)
        drop(made)


def fresh(bench, scenario, engine, count, mode, times, limit, **settings):
    """One new database from base to head, again and again."""
    project = bench.project(f"{mode}-{engine}-{count}")
    write_revisions(project, count)
    script = write_script(project.folder / "floor.sql", count)
    now = []

    def prepare():
        drop(now)
        now[:] = make(bench, engine, 1)
        project.targets({"it": now[0]}, defaults=settings)

    bench.compare(scenario, engine, times, lambda: bench.floor(engine, mode, script, where(now[0])),
                  lambda: bench.skein(project, "upgrade", "head"), limit, prepare=prepare)
    drop(now)


def thousand(bench):
    """1,000 small revisions, a transaction each."""
    count = 100 if bench.quick else 1000
    for engine in ("postgresql", "sqlite"):
        fresh(bench, f"{count:,} revisions, a transaction each", engine, count, "revision", 5, 1.15,
              transaction="revision")


def new_sqlite(bench):
    """A SQLite target from base, in the transaction that skein chooses."""
    for count, times in ((10, 21), (1000, 5)):
        fresh(bench, f"{count:,} revisions from base, one transaction", "sqlite", count, "whole",
              times, 2)


def trips(bench):
    """Round trips of ten revisions, a transaction each."""
    for engine, mode in (("postgresql", "revision"), ("mysql", "plain")):
        project = bench.project(f"trips-{engine}")
        write_revisions(project, 10)
        script = write_script(project.folder / "floor.sql", 10)
        theirs, ours = made = make(bench, engine, 2)
        project.targets({"it": ours}, defaults={"transaction": "revision"})
        bench.count_trips("10 revisions", engine, bench.floor(engine, mode, script, where(theirs)),
                          bench.skein(project, "upgrade", "head"), theirs.socket)
        drop(made)


def fleet(bench):
    """Fleets of ten revisions with four jobs against the bare client's loop, then a no-op. Fewer on
    MariaDB, which syncs 27 times a revision."""
    for kind, engine, count, mode in (("files", "sqlite", 200, "whole"),
                                      ("databases", "postgresql", 50, "whole"),
                                      ("schemas", "postgresql", 50, "whole"),
                                      ("databases", "mysql", 20, "plain")):
        one_fleet(bench, kind, engine, count // 10 if bench.quick else count, mode)


def one_fleet(bench, kind, engine, count, mode):
    project = bench.project(f"fleet-{kind}-{engine}")
    write_revisions(project, 10)
    script = write_script(project.folder / "floor.sql", 10)
    now = []

    def prepare():
        drop(now)
        now[:] = make(bench, engine, count, kind)
        project.targets({f"t{n}": database for n, database in enumerate(now)})

    def floor(*arguments):
        return bench.floor(engine, *arguments, *map(where, now))

    skein = bench.skein(project, "upgrade", "head", "--jobs", "4")
    bench.compare(f"{count} {kind}, 10 revisions, 4 jobs", engine, 3, lambda: floor(mode, script),
                  lambda: skein, 1.3, prepare=prepare)
    # skein ran last, so that everything is at head.
    bench.compare(f"{count} {kind}, no-op, 4 jobs", engine, 9, lambda: floor("check"),
                  lambda: skein, 2)
    drop(now)


def write_history(project, count, branched):
    """A chain; branched: one in twenty revisions has a sister, and the next merges both."""
    previous = ""
    for n in range(1, count + 1):
        rid, place = f"r{n:05}", n % 20 if branched else 0
        project.revision(rid, ";\n".join(statements(n)) + ";", f"DROP TABLE t{n};", previous)
        if place == 18:
            continue  # its sister stands on the same one
        previous = f"r{n - 1:05}, {rid}" if place == 19 else rid


def histories(bench):
    """Histories of 10,000 revisions: an upgrade with nothing to do, and the verbs about files."""
    for shape in ("in a chain", "with 500 branches and merges"):
        took = collections.defaultdict(list)
        for count in (1000, 10000):
            project = bench.project(f"history-{shape[:4].strip()}-{count}")
            (database,) = made = make(bench, "sqlite", 1)
            write_history(project, count, "branches" in shape)
            project.targets({"it": database})
            project.skein("stamp", "head")
            for verb in ("history", "heads", "branches", "upgrade heads --sql"):
                took[verb].append(statistics.median(
                    spawn(bench.skein(project, *verb.split())) for _ in range(bench.times(5))))
            if count == 10000:
                floor = bench.floor("sqlite", "read", project.folder / "migrations",
                                    where(database))
                skein = bench.skein(project, "upgrade", "head")
                bench.compare(f"no-op `upgrade head`, 10,000 revisions {shape}", "sqlite", 15,
                              lambda: floor, lambda: skein, 2)
            drop(made)
        for verb, (small, large) in took.items():
            kept = large < 1 and large <= 12 * small
            text = (f"`{verb}` of 10,000 revisions {shape}: {large * 1000:.0f} ms, "
                    f"{large / small:.1f} times that of 1,000 (limits 1 s and 12).")
            bench.note(text, kept)


def null(bench):
    """10,000 targets without a database: what the planner itself takes."""
    count, limit = 10000, 64
    project = bench.project("null")
    write_revisions(project, 10)
    project.config(fleets=[{"name": "n", "url": "null:${tenant}", "tenants_file": "tenants"}])
    project.write("tenants", "".join(f"t{n:05}\n" for n in range(count)))
    seconds, most, _ = peak(bench.skein(project, "upgrade", "head", "--jobs", "4"))
    text = (f"{count:,} targets of the `null` driver, ten revisions each, planned and run with "
            f"four jobs: {seconds:.1f} s, {seconds / count * 1e6:.0f} µs a target; the planner "
            f"had at most {most:.0f} MiB in memory (limit {limit} MiB).")
    bench.note(text, most < limit)


# ------------------------------------------------------------------------------------------------
# Schemas


def table(engine, number):
    """Eight columns, a primary key, a unique one, two indexes, and in nine of ten a foreign one,
    for a chain of 1,000 is too long for Alembic. One statement on MariaDB, which commits each."""
    text = "text" if engine == "sqlite" else "varchar(80)"
    parent = (f", CONSTRAINT t{number}_parent FOREIGN KEY (parent) REFERENCES t{number - 1} (id)"
              if number % 10 != 1 else "")
    indexes = {f"t{number}_name": "name", f"t{number}_made": "made, active"}
    inside = "".join(f", INDEX {name} ({columns})" for name, columns in indexes.items())
    behind = "".join(f"CREATE INDEX {name} ON t{number} ({columns});\n"
                     for name, columns in indexes.items())
    return (f"CREATE TABLE t{number} (id integer NOT NULL, parent integer, "
            f"name varchar(50) NOT NULL, code varchar(20) NOT NULL, "
            f"amount numeric(12, 2) NOT NULL DEFAULT 0, note {text}, made timestamp NULL, "
            f"active smallint NOT NULL DEFAULT 1, CONSTRAINT t{number}_pk PRIMARY KEY (id), "
            f"CONSTRAINT t{number}_code UNIQUE (code){parent}"
            + (f"{inside});\n" if engine == "mysql" else f");\n{behind}"))


# How a schema is built soon, durable or not: no figure is about that.
HASTE = {"sqlite": ("BEGIN;", "COMMIT;"),
         "postgresql": ("SET synchronous_commit = off;", ""),
         "mysql": ("SET GLOBAL innodb_flush_log_at_trx_commit = 0, GLOBAL sync_frm = OFF;",
                   "SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL sync_frm = ON;")}


def extend(database, first, last):
    before, after = HASTE[database.driver]
    tables = "".join(table(database.driver, n) for n in range(first, last + 1))
    database.client(f"{before}\n{tables}{after}\n")


def log_statements(database, which):
    database.client(f"ALTER SYSTEM SET log_statement = '{which}'")
    database.client("SELECT pg_reload_conf()")
    while database.rows("SHOW log_statement") != [(which,)]:
        time.sleep(0.01)  # it reads its configuration when it comes to it


def logged_queries(database, argv):
    """The queries between the first BEGIN and ROLLBACK that PostgreSQL logs while argv runs, a line
    each: what the driver asks the catalogs of one database."""
    log = pathlib.Path(database.socket) / "log"
    at = log.stat().st_size
    log_statements(database, "all")
    spawn(argv)
    log_statements(database, "none")
    with open(log, encoding="utf-8", errors="replace") as lines:
        lines.seek(at)
        said = re.findall(r"execute <unnamed>: (.*)", lines.read().replace("\n\t", " "))
    first = next(i for i, sql in enumerate(said) if sql.startswith("BEGIN"))
    return said[first:said.index("ROLLBACK", first) + 1]


def schemas(bench):
    """Two live schemas of 1,000 tables compared, and of 2,000."""
    for engine in CLIENTS:
        count = 100 if bench.quick else 1000
        project = bench.project(f"schemas-{engine}")
        project.write("migrations/.keep", "")
        made = make(bench, engine, 2)
        project.targets(dict(zip("ab", made)))
        diff = bench.skein(project, "diff", "a", "b")
        took = []
        for first in (1, count + 1):
            for database in made:
                extend(database, first, first + count - 1)
            took.append(statistics.median(spawn(diff) for _ in range(bench.times(5))))
            if first == 1:
                _, most, below = peak(diff)
                if engine == "postgresql":
                    against_others(bench, project, made, count, diff)
                    from_file(bench, project, count)
        text = (f"`diff` of two {TITLES[engine]} databases of {count:,} tables with 8 columns, 3 "
                f"keys and 2 indexes each: {took[0] * 1000:.0f} ms; the planner had at most "
                f"{most:.0f} MiB in memory, the worker {below:.0f} MiB. Twice as many tables: "
                f"{took[1] / took[0]:.1f} times as long (limit 2.5).")
        bench.note(text, took[1] <= 2.5 * took[0])
        drop(made)


def against_others(bench, project, made, count, diff):
    """The driver's own queries by a bare client, and Alembic with a MetaData of the tables."""
    script = project.folder / "catalog.sql"
    script.write_text("\n".join(logged_queries(made[0], diff)) + "\n")
    floor = bench.floor("postgresql", "ask", script, *map(where, made))
    scenario = f"`diff` of two databases of {count:,} tables, floor: the catalog queries"
    bench.compare(scenario, "postgresql", 7, lambda: floor, lambda: diff, 3)
    alembic = ["/usr/bin/python3", HERE / "compare_metadata.py", made[0].sqlalchemy, count]
    scenario = f"`diff` of two databases of {count:,} tables, floor: Alembic with one of them"
    bench.compare(scenario, "postgresql", 3, lambda: alembic, lambda: diff, 0.2)


def from_file(bench, project, count):
    """The same against a schema file, most of which is PostgreSQL making the tables."""
    file = project.folder / "schema.sql"
    file.write_text("".join(table("postgresql", n) for n in range(1, count + 1)))
    whole = statistics.median(spawn(bench.skein(project, "diff", "a", f"schema:{file}"))
                              for _ in range(bench.times(3)))
    (other,) = made = make(bench, "postgresql", 1)
    loading = statistics.median(
        spawn(other.program("psql", "-X", "-q", "-1", "-o", "/dev/null", "-d", other.name, "-c",
                            "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public", "-f", file))
        for _ in range(bench.times(3)))
    drop(made)
    bench.note(f"`diff` of such a database and a schema file, which is loaded into a scratch "
               f"database first: {whole * 1000:.0f} ms, where `psql` needs {loading * 1000:.0f} ms "
               f"to load the same file in one transaction.", True)


SCENARIOS = (no_op, thousand, new_sqlite, trips, fleet, histories, schemas, null)


# ------------------------------------------------------------------------------------------------
# The report

REPORT = """# Performance

Written by `sh tests/run.sh bench` ({cores} cores, {date}). The floor is a bare C client on the
engine's own library (`tests/bench/floor.c`): it connects, sends the same SQL in the same
transactions, one round trip a statement, one database after the other, and does nothing else. Floor
and skein run in turn on the same private servers with stock durability; each time is the median of
whole processes, in milliseconds.

| scenario | engine | floor | skein | ratio | limit |
| --- | --- | ---: | ---: | ---: | ---: |
{rows}

Writes to the server's socket as `strace` counts them, those that open the connection included:

| scenario | engine | floor | skein |
| --- | --- | ---: | ---: |
{trips}

{notes}
"""


def report(bench):
    rows = "\n".join(f"| {r.scenario} | {r.engine} | {r.floor:.1f} | {r.skein:.1f} | "
                     f"{r.skein / r.floor:.2f} | {r.limit}{'' if r.kept else ' **missed**'} |"
                     for r in bench.rows)
    counted = "\n".join(f"| {t.scenario} | {t.engine} | {t.floor} | {t.skein} |"
                        for t in bench.trips)
    return REPORT.format(cores=os.cpu_count(), date=time.strftime("%Y-%m-%d"), rows=rows,
                         trips=counted, notes="\n\n".join(text for text, _ in bench.notes))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tally", help="append how many limits were kept and missed to this file")
    parser.add_argument("--quick", action="store_true", help="once each and small, to try it out")
    parser.add_argument("words", nargs="*", help="only scenarios whose name contains one of these")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skein-bench.") as folder:
        bench = Bench(folder, options.quick)
        for scenario in SCENARIOS:
            if not options.words or any(word in scenario.__name__ for word in options.words):
                scenario(bench)
    kept = [row.kept for row in bench.rows] + [kept for _, kept in bench.notes]
    if not options.quick and not options.words:
        (lib.ROOT / "docs" / "performance.md").write_text(report(bench), encoding="utf-8")
    if options.tally:
        with open(options.tally, "a", encoding="utf-8") as out:
            print(kept.count(True), kept.count(False), 0, file=out)


main()
