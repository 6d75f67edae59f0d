"""What a database holds, as its own client sees it: the schema and every row, the version rows,
skein's own tables, and who is still connected. The clients of the servers stay open between two
looks, for a round of a fault takes less time than their start."""

import contextlib
import dataclasses
import pathlib
import queue
import re
import shutil
import subprocess
import threading
import time

import lib

END = "-- that was all --"


@dataclasses.dataclass
class Look:
    dump: str  # schema and rows without skein's tables and the version table
    versions: list
    log: list  # (revision, direction) in the order in which they were written
    step: tuple | None  # (revision, done, total, intent)
    invalid: list  # indexes that a broken CONCURRENTLY left
    sessions: list  # of others in this database
    prepared: list  # transactions that wait for their second phase


class Client:
    """A client that reads statements from a pipe. One that met an error is gone, and the next
    question starts another."""

    def __init__(self, argv, echo, patience=60):
        self.argv, self.echo, self.patience = argv, echo, patience
        self.process = None

    def _start(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, self.lines), daemon=True).start()

    @staticmethod
    def _read(process, lines):
        for line in process.stdout:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def ask(self, sql):
        if self.process is None:
            self._start()
        said = []
        try:
            self.process.stdin.write(f"{sql}\n{self.echo}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        deadline = time.monotonic() + self.patience
        while True:
            try:
                line = self.lines.get(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                self.close()
                raise AssertionError(f"no answer in {self.patience} s to: {sql}") from None
            if line is None:
                self.close()
                raise AssertionError("\n".join(said) + f"\n(asked: {sql})")
            if line == END:
                return [tuple(row.split("\t")) for row in said]
            said.append(line)

    def close(self):
        if self.process:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


def sort_out(rows):
    """A Look from rows that say in their first column what they are."""
    kinds = {}
    for row in rows:
        kinds.setdefault(row[0], []).append(row[1:])
    step = kinds.pop("step", [])
    assert len(step) <= 1, step
    look = {"versions": sorted(row[0] for row in kinds.pop("version", [])),
            "log": [row[:2] for row in kinds.pop("log", [])],
            "step": (step[0][0], *(int(n) for n in step[0][1:])) if step else None}
    for name in ("invalid", "sessions", "prepared"):
        look[name] = kinds.pop(name, [])
    dump = "\n".join("\t".join((kind, *row)) for kind, found in kinds.items() for row in found)
    return Look(dump=dump, **look)


OWN = ", ".join(f"'{name}'" for name in lib.OWN_TABLES)
STEP = "SELECT 'step', revision, done, total, coalesce(intent, 0) FROM skein_step"
VERSION = "SELECT 'version', version_num FROM alembic_version"
LOG = "SELECT 'log', revision, direction FROM skein_log ORDER BY started, finished"


class PostgresqlLens:
    SCHEMA = f"""
WITH t AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c
           WHERE relnamespace = 'public'::regnamespace AND relname NOT IN ({OWN})
           AND relkind IN ('r', 'v', 'm', 'p'))
SELECT * FROM (
  SELECT 'column', relname, attname, format_type(atttypid, atttypmod) || ' ' || attnotnull::text
         || coalesce(' ' || pg_get_expr(adbin, adrelid), '')
  FROM t JOIN pg_attribute a ON attrelid = t.oid LEFT JOIN pg_attrdef ON adrelid = t.oid
       AND adnum = attnum WHERE attnum > 0 AND NOT attisdropped ORDER BY relname, attnum) x
UNION ALL SELECT * FROM (
  SELECT CASE WHEN indisvalid THEN 'index' ELSE 'invalid' END, relname, indexrelid::regclass::text,
         pg_get_indexdef(indexrelid)
  FROM t JOIN pg_index ON indrelid = t.oid ORDER BY 2, 3) x
UNION ALL SELECT * FROM (
  SELECT 'constraint', relname, conname, pg_get_constraintdef(k.oid)
  FROM t JOIN pg_constraint k ON conrelid = t.oid ORDER BY 2, 3) x
UNION ALL SELECT 'sessions', pid::text, state, query FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend'
UNION ALL SELECT 'prepared', gid, '', '' FROM pg_prepared_xacts
  WHERE database = current_database();
SELECT format('SELECT ''row'', %L, t::text FROM %I t ORDER BY t::text', relname, relname)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND relname NOT IN ({OWN}) ORDER BY relname \\gexec
SELECT q FROM (VALUES ('alembic_version', $${VERSION}$$), ('skein_log', $${LOG}$$),
('skein_step', $${STEP}$$)) x (t, q) WHERE to_regclass('public.' || t) IS NOT NULL \\gexec
"""

    def __init__(self, database):
        self.database = database
        self.client = Client(database.program("psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v",
                                              "ON_ERROR_STOP=1", "-d", database.name),
                             f"\\echo '{END}'")
        self.ask = self.client.ask
        self.ask("SET client_min_messages = warning; SET lock_timeout = '10s';")

    def look(self):
        return sort_out(self.ask(self.SCHEMA))

    def reset(self):
        self.ask("SET client_min_messages = warning; DROP SCHEMA public CASCADE; "
                 "CREATE SCHEMA public;")

    def finish(self):
        self.client.close()


class MysqlLens:
    SCHEMA = f"""
SELECT 'table', table_name, engine, table_collation FROM information_schema.tables
WHERE table_schema = database() AND table_name NOT IN ({OWN}) ORDER BY table_name;
SELECT 'column', table_name, column_name, column_type, is_nullable, column_default, extra
FROM information_schema.columns WHERE table_schema = database() AND table_name NOT IN ({OWN})
ORDER BY table_name, ordinal_position;
SELECT 'index', table_name, index_name, non_unique, seq_in_index, column_name
FROM information_schema.statistics WHERE table_schema = database() AND table_name NOT IN ({OWN})
ORDER BY table_name, index_name, seq_in_index;
SELECT 'sessions', id, command, info FROM information_schema.processlist
WHERE db = database() AND id <> connection_id();
SELECT 'own', table_name FROM information_schema.tables WHERE table_schema = database()
AND table_name IN ({OWN});
"""

    def __init__(self, database):
        self.database = database
        self.client = Client(database.program("mariadb", "--batch", "--skip-column-names",
                                              "--unbuffered", database.name),
                             f"SELECT '{END}';")
        self.ask = self.client.ask

    def look(self):
        rows = self.ask(self.SCHEMA)
        more = [f"SELECT 'row', '{row[1]}', t.* FROM {row[1]} t ORDER BY 1, 2, 3;"
                for row in rows if row[0] == "table"]
        more += [{"alembic_version": VERSION, "skein_log": LOG, "skein_step": STEP}[row[1]] + ";"
                 for row in rows if row[0] == "own"]
        rows = [row for row in rows if row[0] != "own"]
        return sort_out(rows + (self.ask("\n".join(more)) if more else []))

    def reset(self):
        name = self.database.name
        self.ask(f"DROP DATABASE {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name};")

    def finish(self):
        self.client.close()


class SqliteLens:
    """Looks at a copy, so that the journal a fault left is skein's to deal with, not the look's."""

    OWN_ROWS = {"alembic_version": VERSION, "skein_log": LOG, "skein_step": STEP}

    def __init__(self, database):
        self.database = database

    def ask(self, sql, path=None):
        text = lib.run(["sqlite3", "-bail", "-batch", "-list", "-separator", "\t",
                        path or self.database.path], sql)
        return [tuple(line.split("\t")) for line in text.splitlines()]

    def files(self):
        return sorted(self.database.path.parent.glob(self.database.path.name + "*"))

    def look(self):
        if not self.database.path.exists():
            return Look("", [], [], None, [], [], [])
        copy = self.database.path.parent / "look"
        copy.mkdir(exist_ok=True)
        try:
            for file in self.files():
                shutil.copy(file, copy / file.name)
            return self._look(copy / self.database.path.name)
        finally:
            shutil.rmtree(copy)

    def _look(self, path):
        rows = self.ask("PRAGMA integrity_check; SELECT 'table', name FROM sqlite_schema "
                        f"WHERE type = 'table' AND name NOT IN ({OWN}) ORDER BY name;"
                        f"SELECT 'own', name FROM sqlite_schema WHERE name IN ({OWN});", path)
        assert rows.pop(0) == ("ok",), rows
        sql = ["SELECT 'schema', replace(sql, char(10), ' ') FROM sqlite_schema WHERE sql IS NOT "
               f"NULL AND tbl_name NOT IN ({OWN}) ORDER BY name;"]
        sql += [f"SELECT 'row', '{row[1]}', t.* FROM {row[1]} t ORDER BY 3;"
                for row in rows if row[0] == "table"]
        sql += [self.OWN_ROWS[row[1]] + ";" for row in rows if row[0] == "own"]
        return sort_out(self.ask("\n".join(sql), path))

    def reset(self):
        for file in self.files():
            file.unlink()

    def finish(self):
        pass


LENSES = {"postgresql": PostgresqlLens, "mysql": MysqlLens, "sqlite": SqliteLens}


def processes_of(folder):
    """Processes of skein that were started with HOME in this folder: nobody else's are."""
    mark = f"HOME={folder}\0".encode()
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (path / "comm").read_text() not in ("skein\n", "strike\n"):
                continue
            if mark in (path / "environ").read_bytes() + b"\0":
                found.append((path.name, (path / "cmdline").read_bytes().decode().split("\0")))
        except (OSError, UnicodeDecodeError):
            continue
    return found


RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
