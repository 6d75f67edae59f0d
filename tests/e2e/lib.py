"""What the tests stand on: a project folder with skein run in it, and databases that are looked at
with each engine's own client only, so that skein never testifies for itself."""

import functools
import glob
import json
import os
import pathlib
import re
import secrets
import shlex
import signal
import sqlite3
import subprocess
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPORA = (pathlib.Path(os.environ.get("SKEIN_SHARED", ROOT.parent / "shared"))
           / "corpora" / "histories")
PROGRAM = os.environ.get("SKEIN_PROGRAM", str(ROOT / "build" / "skein"))
DRIVERS = os.environ.get("SKEIN_DRIVER_DIR", str(ROOT / "build"))



def adopt_servers(folder, worker):
    """Each worker of pytest-xdist has servers of its own, for some tests stop and restart theirs."""
    for line in (pathlib.Path(folder) / worker / "env").read_text().splitlines():
        name, _, value = shlex.split(line)[1].partition("=")
        os.environ[name] = value


if "PYTEST_XDIST_WORKER" in os.environ and "SKEIN_TEST_SERVERS" in os.environ:
    adopt_servers(os.environ["SKEIN_TEST_SERVERS"], os.environ["PYTEST_XDIST_WORKER"])

OK, FAILED, USAGE, PARTIAL, NO, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# skein's own tables are no part of the schema that two ways of migrating are compared by.
OWN_TABLES = ("alembic_version", "skein_log", "skein_step")


def run(argv, stdin="", timeout=120, **options):
    """Output of a helper program that must succeed."""
    done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True,
                          timeout=timeout, **options)
    assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


# ------------------------------------------------------------------------------------------------
# Databases


class Sqlite:
    driver = "sqlite"

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / f"{secrets.token_hex(6)}.db"
        self.url = f"sqlite:{self.path}"
        self.sqlalchemy = f"sqlite:///{self.path}"

    def client(self, sql):
        return run(["sqlite3", "-bail", "-batch", "-list", "-separator", "\t", self.path], sql)

    def dump(self, without=OWN_TABLES):
        own = ", ".join(f"'{name}'" for name in without)
        with sqlite3.connect(self.path) as db:
            rows = db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
                              f"AND tbl_name NOT IN ({own}) ORDER BY type, name")
            text = [row[0] for row in rows]
        db.close()
        return "\n".join(text)

    def has(self, table):
        return bool(self.rows(f"SELECT 1 FROM sqlite_schema WHERE name = '{table}'"))

    def drop(self):
        for path in glob.glob(f"{self.path}*"):
            os.unlink(path)

    def rows(self, sql):
        return [tuple(line.split("\t")) for line in self.client(sql).splitlines()]

    def versions(self, table="alembic_version"):
        if not self.has(table):
            return []
        return sorted(row[0] for row in self.rows(f"SELECT version_num FROM {table}"))


class Postgresql(Sqlite):
    driver = "postgresql"
    socket = os.environ.get("SKEIN_TEST_PG_SOCKET")
    port = os.environ.get("SKEIN_TEST_PG_PORT")
    user = os.environ.get("SKEIN_TEST_PG_USER")
    missing = None if socket else "no PostgreSQL: SKEIN_TEST_PG_SOCKET is not set"
    # The wrappers on Debian's PATH are Perl and cost more than what they start.
    programs = max(glob.glob("/usr/lib/postgresql/*/bin"), default="/usr/bin")

    def __init__(self, _folder=None, schema=None, within=None):
        self.name = within.name if within else f"skein_{secrets.token_hex(6)}"
        self.schema, self.within = schema, within
        where = {"host": self.socket, "port": self.port}
        if schema:
            where["schema"] = schema
        self.url = f"postgresql://{self.user}@/{self.name}?{urllib.parse.urlencode(where)}"
        self.sqlalchemy = (f"postgresql://{self.user}@/{self.name}?"
                           f"host={self.socket}&port={self.port}")
        if not within:
            self._psql("postgres", f'CREATE DATABASE "{self.name}" TEMPLATE template0')
        if schema:
            self._psql(self.name, f'CREATE SCHEMA "{schema}"')

    def program(self, name, *arguments):
        return [f"{self.programs}/{name}", "-h", self.socket, "-p", self.port, "-U", self.user,
                *arguments]

    def _psql(self, database, sql):
        return run(self.program("psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v",
                                 "ON_ERROR_STOP=1", "-d", database), sql)

    def client(self, sql):
        start = f'SET search_path TO "{self.schema}";\n' if self.schema else ""
        return self._psql(self.name, start + sql)

    def dump(self, without=OWN_TABLES):
        hidden = [f"--exclude-table={name}*" for name in without]
        text = run(self.program("pg_dump", "--schema-only", "--no-owner", *hidden, self.name))
        return "\n".join(line for line in text.splitlines()
                         if line and not line.startswith(("--", "\\")))

    def has(self, table):
        return self.rows(f"SELECT to_regclass('{table}')") != [("",)]

    def asleep(self):
        """Whether a session of this database is in pg_sleep()."""
        return bool(self.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
                              "AND datname = current_database()"))

    # A statement that ends when release() says so, however slow the machine is.
    waiting = """DO $$ BEGIN
    WHILE NOT EXISTS (SELECT 1 FROM go) LOOP PERFORM pg_sleep(0.02); END LOOP;
END $$;"""

    def gate(self):
        """Makes what a waiting statement looks at."""
        self.client("CREATE TABLE go (n INTEGER)")

    def waits(self):
        return bool(self.rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                              "AND state = 'active' AND query LIKE 'DO %'"))

    def release(self):
        self.client("INSERT INTO go VALUES (1)")

    def drop(self):
        if not self.within:
            self._psql("postgres", f'DROP DATABASE "{self.name}" WITH (FORCE)')


class Mysql(Sqlite):
    driver = "mysql"
    socket = os.environ.get("SKEIN_TEST_MYSQL_SOCKET")
    user = os.environ.get("SKEIN_TEST_MYSQL_USER")
    missing = None if socket else "no MariaDB: SKEIN_TEST_MYSQL_SOCKET is not set"
    tables = re.compile(r"^/\*!\d+ SET (character_set_client|character_set_results|"
                        r"collation_connection|@saved|sql_mode).*$", re.MULTILINE)

    def __init__(self, _folder=None):
        self.name = f"skein_{secrets.token_hex(6)}"
        self.url = (f"mysql://{self.user}@localhost/{self.name}?"
                    + urllib.parse.urlencode({"socket": self.socket}))
        self.sqlalchemy = f"mysql://{self.user}@localhost/{self.name}?unix_socket={self.socket}"
        self._mariadb([], f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")

    def program(self, name, *arguments):
        return [name, "--no-defaults", f"--socket={self.socket}", f"--user={self.user}",
                "--default-character-set=utf8mb4", *arguments]

    def _mariadb(self, arguments, sql):
        return run(self.program("mariadb", "--batch", "--skip-column-names", *arguments), sql)

    def client(self, sql, *arguments):
        return self._mariadb([self.name, *arguments], sql)

    def dump(self, without=OWN_TABLES):
        hidden = [f"--ignore-table={self.name}.{name}" for name in without]
        text = run(self.program("mariadb-dump", "--no-data", "--routines", "--triggers", "--events",
                                 "--skip-comments", *hidden, self.name))
        text = re.sub(r" AUTO_INCREMENT=\d+", "", text).replace(self.name, "DATABASE")
        return "\n".join(line for line in text.splitlines() if not self.tables.match(line))

    def has(self, table):
        return bool(self.rows("SELECT 1 FROM information_schema.tables WHERE table_name = "
                              f"'{table}' AND table_schema = '{self.name}'"))

    def drop(self):
        self._mariadb([], f"DROP DATABASE IF EXISTS {self.name}")


ENGINES = {"sqlite": Sqlite, "postgresql": Postgresql, "mysql": Mysql}


# ------------------------------------------------------------------------------------------------
# The project and the program


def setting(value):
    """A Python value as libconfig writes it: dict a group, list of dicts a list, list an array."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{ " + " ".join(f"{k} = {setting(v)};" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        groups = any(isinstance(item, dict) for item in value)
        inner = ", ".join(setting(item) for item in value)
        return f"( {inner} )" if groups else f"[ {inner} ]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


class Result:
    """What one run of skein left behind."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out or "", err
        self.text = self.out + self.err

    @property
    def lines(self):
        return self.out.splitlines()

    @functools.cached_property
    def events(self):
        return [json.loads(line) for line in self.lines]

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Project:
    """A folder with skein.cfg and revision files. Nothing of the caller's environment reaches the
    program but what is named here."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.drivers = DRIVERS
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC"}
        # How a sanitizer shall behave is the tests' business, not the program's.
        self.env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def config(self, **settings):
        return self.write("skein.cfg", "".join(f"{k} = {setting(v)};\n"
                                               for k, v in settings.items()))

    def targets(self, databases, **settings):
        """The config for {name: database}."""
        self.config(targets=[{"name": name, "url": database.url}
                             for name, database in databases.items()], **settings)

    def revision(self, rid, up, down=None, revises="", folder="migrations", message=None):
        """up and down: the SQL, or {section words: SQL} such as {"mysql transaction=off": ...}."""
        text = [f"-- {message or 'revision ' + rid}", "--", f"-- Revision ID: {rid}",
                f"-- Revises: {revises}", "-- Create Date: 2026-11-22 11:40:27", ""]
        for direction, sections in (("upgrade", up), ("downgrade", down)):
            if sections is None:
                continue
            for words, sql in (sections if isinstance(sections, dict) else {"": sections}).items():
                text += [f"-- skein: {direction} {words}".rstrip(), sql, ""]
        return self.write(f"{folder}/{rid}.sql", "\n".join(text))

    def chain(self, ups, folder="migrations"):
        """Revisions r1, r2, ... one upon the other from (up, down) pairs."""
        previous = ""
        for number, (up, down) in enumerate(ups, 1):
            self.revision(f"r{number}", up, down, previous, folder)
            previous = f"r{number}"

    def start(self, *arguments, env=None, stdout=subprocess.PIPE, under=()):
        """under: a program and its arguments that starts skein in our place."""
        argv = [*map(str, under), PROGRAM, "--driver-dir", self.drivers, *map(str, arguments)]
        return subprocess.Popen(argv, cwd=self.folder, env={**self.env, **(env or {})}, text=True,
                                stdin=subprocess.DEVNULL, stdout=stdout,
                                stderr=subprocess.PIPE, start_new_session=True)

    def finish(self, process, timeout=120):
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"still running after {timeout} s\n{out}\n{err}") from None
        return Result(process.returncode, out, err)

    def skein(self, *arguments, code=OK, timeout=120, **options):
        """Runs skein to its end; code is the exit status that must come (None: any)."""
        result = self.finish(self.start(*arguments, **options), timeout)
        assert code in (None, result.code), f"skein {' '.join(map(str, arguments))}: {result}"
        return result
