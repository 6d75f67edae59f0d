"""Others in the way: tables, rows, whole servers and files that somebody else has locked. skein waits
for a bounded time, changes nothing meanwhile, and goes on when they are gone. How tries end in
vain on PostgreSQL stands in tests/e2e/test_sessions.py."""

import contextlib
import subprocess
import time

import pytest

import lib

LIMITS = {"lock_timeout": 1, "statement_timeout": 5, "retries": 1}
OWN_LIMITS = {"postgresql": {"lock_timeout": "300"}, "mysql": {"lock_wait_timeout": "1"},
              "sqlite": {}}


@contextlib.contextmanager
def held(stand, sql, await_text="held"):
    """A client of the engine's own that has run sql, and holds what that locked."""
    database = stand.database
    if stand.scene.engine == "postgresql":
        argv = database.program("psql", "-X", "-q", "-A", "-t", "-d", database.name)
    elif stand.scene.engine == "mysql":
        argv = database.program("mariadb", "-BN", "--unbuffered", database.name)
    else:
        argv = ["sqlite3", "-batch", database.path]
    with subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as client:
        try:
            client.stdin.write(f"{sql}\nSELECT '{await_text}';\n")
            client.stdin.flush()
            for line in client.stdout:
                if line.strip() == await_text:
                    break
            yield client
        finally:
            client.kill()


WAYS = [
    ("postgresql", "k4", "BEGIN; SELECT count(*) FROM a;"),
    ("postgresql", "k4", "BEGIN; LOCK TABLE alembic_version;"),
    ("postgresql-whole", "k4", "BEGIN; UPDATE a SET n = n;"),
    ("postgresql-concurrently", "k4", "BEGIN; UPDATE a SET n = n;"),
    ("mariadb", "k5", "BEGIN; SELECT count(*) FROM a;"),
    ("mariadb", "k5", "BEGIN; UPDATE a SET n = n;"),
    ("mariadb", "k5", "LOCK TABLES a WRITE;"),
    ("mariadb", "k5", "FLUSH TABLES a WITH READ LOCK;"),
    ("mariadb", "k5", "BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE BLOCK_DDL;"),
    ("sqlite", "k11", "BEGIN IMMEDIATE;"),
    ("sqlite", "k11", "BEGIN EXCLUSIVE;"),
    ("sqlite", "k11", "BEGIN; SELECT count(*) FROM a;"),
    ("sqlite-whole", "k11", "BEGIN IMMEDIATE;"),
    ("sqlite-off", "k11", "BEGIN IMMEDIATE;"),
]


def vain_play(stand, figures, sql):
    """The other does not let go."""
    stand.configure(**LIMITS, options=OWN_LIMITS[stand.scene.engine])
    stand.reset("r1")
    before = stand.lens.look()
    with held(stand, sql):
        result = stand.upgrade(timeout=150)
        assert result.code in (lib.FAILED, lib.BUSY), result
    figures["rounds"] += 1
    seen = stand.quiet_await()
    stand.judge(seen)
    if not stand.scene.piecewise:
        assert seen.dump == before.dump and seen.versions == before.versions, seen
    stand.converge()


def way_play(stand, figures, sql):
    """The other lets go while skein waits."""
    stand.configure(lock_timeout=30, statement_timeout=60)
    stand.reset("r1")
    with held(stand, sql) as other:
        run = stand.project.start("upgrade", "head", "--format", "json")
        time.sleep(1.0)  # it is waiting, or will find nothing in its way
        other.kill()
        other.wait()
        result = stand.project.finish(run)
    figures["rounds"] += 1
    assert result.code == lib.OK, result
    stand.aftermath(result, figures)
    stand.configure()


@pytest.mark.parametrize("name, sql", [(n, sql) for n, fault, sql in WAYS if fault == "k4"])
def test_k4_a_table_locked_by_an_idle_transaction_is_waited_for(stand, figures, name, sql):
    way_play(stand(name), figures, sql)


@pytest.mark.parametrize("name, sql", [(n, sql) for n, fault, sql in WAYS if fault == "k5"])
def test_k5_mariadbs_locks_are_waited_for_and_given_up(stand, figures, name, sql):
    vain_play(stand(name), figures, sql)
    way_play(stand(name), figures, sql)


@pytest.mark.parametrize("name, sql", [(n, sql) for n, fault, sql in WAYS if fault == "k11"])
def test_k11_a_file_that_others_read_or_write_is_waited_for_and_given_up(stand, figures, name, sql):
    vain_play(stand(name), figures, sql)
    way_play(stand(name), figures, sql)


def test_k9_a_unique_index_that_cannot_be_is_dropped_and_built_when_it_can(stand, figures):
    of = stand("postgresql-concurrently")
    of.reset("r1")
    of.lens.ask("INSERT INTO a VALUES (1);")
    result = of.upgrade()
    assert result.code == lib.FAILED, result
    of.lens.ask("DELETE FROM a WHERE ctid = (SELECT max(ctid) FROM a WHERE n = 1);")
    figures["rounds"] += 1
    of.aftermath(result, figures)


@pytest.mark.parametrize("limit", [1])
def test_k9_an_index_that_waits_for_a_writer_ends_at_its_time_and_is_built_in_the_next_run(
        stand, figures, limit):
    of = stand("postgresql-concurrently")
    of.reset("r1")
    of.configure(statement_timeout=limit)
    with held(of, "BEGIN; UPDATE a SET n = n;"):
        result = of.upgrade()
        assert result.code == lib.FAILED, result
    of.configure()
    figures["rounds"] += 1
    of.aftermath(result, figures)


@pytest.mark.parametrize("settings", [
    "statement_timeout = '1ms'", "lock_timeout = '1ms'",
    "idle_in_transaction_session_timeout = '1ms'", "idle_session_timeout = '300ms'"])
def test_k6_time_outs_of_role_or_database_do_not_strike_a_run(stand, figures, settings):
    of = stand("postgresql")
    of.reset()
    name, _, _ = settings.partition(" ")
    of.lens.ask(f'ALTER DATABASE "{of.database.name}" SET {settings};')
    try:
        result = of.upgrade()
    finally:
        of.lens.ask(f'ALTER DATABASE "{of.database.name}" RESET {name};')
    figures["rounds"] += 1
    assert result.code == lib.OK, result
    of.aftermath(result, figures)
