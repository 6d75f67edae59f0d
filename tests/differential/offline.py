"""Scripts of --sql: what the engine's own client makes of Alembic's and of skein's from one start,
and what a run from there makes."""

import re
import sqlite3
import subprocess

from sides import Database

START = re.compile(r"^-- skein \S+: target it, driver sqlite, from (\S+)$", re.MULTILINE)
NOWHERE = (["nowhere"], [])  # which no rule explains
VERSIONS = ("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")


def make(path, graph, rows):
    """A database that was upgraded to rows. At base Alembic takes even the version table to be
    missing."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        if rows:
            db.execute(VERSIONS)
        for row in rows:
            db.execute("INSERT INTO alembic_version VALUES (?)", [row])
        for rid in sorted(graph.below(rows)):
            db.execute(f"CREATE TABLE t_{rid} (n INTEGER)")
    db.close()
    return Database(path)


def client(database, script):
    """sqlite3 as a person starts it; it goes on behind an error, and says so in the end."""
    done = subprocess.run(["sqlite3", "-batch", database.path], input=script, capture_output=True,
                          text=True, timeout=60)
    return done.stderr or done.returncode


def difference(case, skein):
    """None, or which of both scripts, or the run, ends elsewhere. Notes in case where they end."""
    found = START.search(case.ours.out)
    if not found:
        return "no line in the script says where it starts"
    rows = [] if found[1] == "base" else [found[1]]
    folder = skein.project.folder
    ends = []
    for name, script in (("alembic", case.theirs.out), ("skein", case.ours.out)):
        database = make(folder / "script.db", case.graph, rows)
        failed = client(database, script)
        if failed:
            return f"{name}'s script fails: {failed}"
        ends.append(database.state())
    case.their_end, case.our_end = ends
    run = made_by_run(case, skein, make(folder / "run.db", case.graph, rows))
    if run != case.our_end:
        case.our_end = NOWHERE
        return f"a run ends at {run}, skein's script at {ends[1]}"
    return f"the scripts end differently: {ends}" if case.their_end != case.our_end else None


def made_by_run(case, skein, database):
    words = [word.rpartition(":")[2] for word in case.arguments if word != "--sql"]
    skein.project.skein("--url", f"sqlite:{database.path}", "--migrations", str(skein.versions),
                        *words)
    return database.state()
