"""Behind PgBouncer: found out and refused, or used with locks that a transaction ends."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

import pytest

import lib

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")

ONCE = [("CREATE TABLE once (n INTEGER NOT NULL);", "DROP TABLE once;"),
        ("SET search_path = pg_catalog;\nINSERT INTO public.once VALUES (2);",
         "DELETE FROM once WHERE n = 2;"),
        ("INSERT INTO once VALUES (3);", "DELETE FROM once WHERE n = 3;")]


class Pooler:
    """A PgBouncer in front of the test server, with two server sessions to lend."""

    def __init__(self, folder, mode, parameters="extra_float_digits"):
        self.folder = folder
        # It refuses to be root.
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        users = folder / "users"
        users.write_text('"postgres" ""\n')
        ini = folder / "pgbouncer.ini"
        ini.write_text(f"""[databases]
* = host={lib.Postgresql.socket} port={lib.Postgresql.port} user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = {self.port}
auth_type = any
pool_mode = {mode}
default_pool_size = 2
ignore_startup_parameters = {parameters}
logfile = {folder}/log
""")
        argv = [PROGRAM, str(ini)]
        if os.geteuid() == 0:
            argv = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--",
                    *argv]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (folder / f".s.PGSQL.{self.port}").exists():
            assert self.process.poll() is None, (folder / "log").read_text()

    def url(self, database, **query):
        where = {"host": str(self.folder), "port": self.port, **query}
        return f"postgresql://postgres@/{database.name}?{urllib.parse.urlencode(where)}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def pooler():
    if not PROGRAM:
        pytest.skip("no PgBouncer; install the package pgbouncer")
    started = []

    def start(mode, **options):
        # The path of a socket has 108 bytes, and pytest's folders are long.
        folder = pathlib.Path(tempfile.mkdtemp(prefix="skb", dir="/tmp"))
        folder.chmod(0o755)
        started.append(Pooler(folder, mode, **options))
        return started[-1]

    yield start
    for each in started:
        each.stop()
        shutil.rmtree(each.folder)


def advisory_locks(database):
    return database.rows("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = "
                         "(SELECT oid FROM pg_database WHERE datname = current_database())")


@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
@pytest.mark.parametrize("parameters", ["extra_float_digits", "options,extra_float_digits"])
def test_k7_a_pooler_that_nobody_spoke_of_is_refused_with_what_to_do(project, database, pooler,
                                                                     mode, parameters):
    one = database("postgresql")
    project.chain(ONCE)
    project.config(targets=[{"name": "it", "url": pooler(mode, parameters=parameters).url(one)}])
    result = project.skein("upgrade", "head", code=lib.USAGE)
    assert 'pooler = "transaction"' in result.err and "host" in result.err
    assert not one.has("alembic_version") and advisory_locks(one) == []


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_k7_with_the_locks_of_transactions_two_runners_apply_each_revision_once(project, database,
                                                                               pooler, mode):
    one = database("postgresql")
    project.chain(ONCE)
    project.config(targets=[{"name": "it", "url": pooler(mode).url(one), "pooler": mode,
                             "transaction": "revision"}])
    for _ in range(3):
        runners = [project.start("upgrade", "head") for _ in range(2)]
        results = [project.finish(runner) for runner in runners]
        assert {result.code for result in results} == {lib.OK}, results
        assert one.versions() == ["r3"]
        assert sorted(one.rows("SELECT n FROM once")) == [("2",), ("3",)]
        project.skein("downgrade", "base")
        assert one.versions() == [] and not one.has("once")
    assert advisory_locks(one) == []


def test_k7_a_transaction_lent_by_a_pooler_is_given_back_as_it_was(project, database, pooler):
    one = database("postgresql")
    project.chain(ONCE)
    through = pooler("transaction")
    project.config(targets=[{"name": "it", "url": through.url(one, pooler="transaction")}])
    project.skein("upgrade", "head")
    shown = lib.run(one.program("psql", "-X", "-A", "-t", "-h", str(through.folder), "-p",
                                str(through.port), "-d", one.name, "-c", "SHOW search_path"))
    assert shown.strip() == '"$user", public'


def test_k7_a_runner_behind_a_pooler_waits_for_one_without(project, database, pooler):
    one = database("postgresql")
    through = pooler("transaction")
    one.gate()
    project.revision("r1", one.waiting, "")
    project.targets({"it": one})
    first = project.start("upgrade", "head")
    while not one.waits():
        assert first.poll() is None, project.finish(first)
    project.config(targets=[{"name": "it", "url": through.url(one), "pooler": "transaction",
                             "lock_timeout": "200ms"}])
    late = project.skein("upgrade", "head", code=lib.BUSY)
    assert "another runner is at work" in late.err and "session " in late.err
    one.release()
    assert project.finish(first).code == lib.OK
    assert one.versions() == ["r1"]


def test_k7_what_needs_a_session_of_its_own_is_refused_behind_a_pooler(project, database, pooler):
    one = database("postgresql")
    through = pooler("transaction")
    project.chain([("CREATE TABLE a (n INTEGER);", ""),
                   ({"transaction=off": "CREATE INDEX CONCURRENTLY a_n ON a (n);"}, "")])
    target = {"name": "it", "url": through.url(one), "pooler": "transaction"}
    project.config(targets=[target])
    result = project.skein("upgrade", "head", code=lib.USAGE)
    assert "r2" in result.err and "transaction=off" in result.err
    project.config(targets=[{**target, "session": ["SET lock_timeout = '1s'"]}])
    result = project.skein("upgrade", "r1", code=lib.USAGE)
    assert "session" in result.err
    assert not one.has("a")


def test_k7_a_pooler_that_lends_for_statements_is_refused_whatever_is_said(project, database,
                                                                          pooler):
    one = database("postgresql")
    project.chain(ONCE)
    project.config(targets=[{"name": "it", "url": pooler("statement").url(one),
                             "pooler": "transaction"}])
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "single statements" in result.err
    assert not one.has("alembic_version")
