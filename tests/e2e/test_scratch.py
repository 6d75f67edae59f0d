"""Scratch databases: where they are made, what is said when they cannot be, and what is left."""

import contextlib
import os
import signal
import time

import lib
import pytest
from test_schema import FIRST, desire, files, generate, scratches, set_up

EXTENSION = "SET allow_system_table_mods = on; UPDATE pg_extension SET extname = 'nosuch';"


def administrate(one, sql):
    return one._psql("postgres", sql) if one.driver == "postgresql" else one._mariadb([], sql)


@contextlib.contextmanager
def weak_user(one):
    """Somebody who may do anything in the database, and make no other one: the URL."""
    name = f"weak_{one.name[-6:]}"
    whom = f"{name}@localhost" if one.driver == "mysql" else name
    administrate(one, f"CREATE USER {whom}")
    one.client(f"GRANT ALL ON {one.name}.* TO {whom};" if one.driver == "mysql" else
               f"GRANT ALL ON DATABASE {one.name} TO {name}; GRANT ALL ON SCHEMA public TO {name};")
    try:
        yield one.url.replace(f"{one.user}@", f"{name}@", 1)
    finally:
        if one.driver == "postgresql":
            one.client(f"DROP OWNED BY {name} CASCADE;")
        administrate(one, f"DROP USER {whom}")


def configure(project, one, url, **more):
    project.config(histories={"app": {"path": "migrations",
                                      "schema": {one.driver: f"schema/{one.driver}.sql"}}},
                   targets=[{"name": "it", "url": url, **more}])


@pytest.fixture(params=["postgresql", "mysql"])
def server(request, database):
    return database(request.param)


def test_who_may_make_no_database_hears_what_to_grant_or_to_configure(project, server):
    set_up(project, {"it": server})
    with weak_user(server) as url:
        configure(project, server, url)
        for verb in (["check"], ["revision", "--autogenerate", "-m", "x"], ["test"]):
            refused = project.skein(*verb, code=lib.FAILED).err
            assert "scratch of the target" in refused
            assert ("CREATEDB" if server.driver == "postgresql" else "GRANT ALL ON") in refused
        assert files(project) == [] and scratches(server) == []
        project.skein("schema", "dump")  # needs none
        project.skein("status", "--drift")


def test_scratch_databases_are_made_on_the_server_that_the_config_names(project, server):
    set_up(project, {"it": server})
    elsewhere = server.url.replace(server.name, "postgres") if server.driver == "postgresql" \
        else server.url
    with weak_user(server) as url:
        configure(project, server, url, scratch={"url": elsewhere})
        generate(project, "users")
        project.skein("upgrade", "head")
        project.skein("check")
        assert project.skein("test").out.startswith("1 revisions tried, 0 wrong")
        assert scratches(server) == []


def test_nothing_but_the_scratch_server_is_touched_by_test(project, database):
    there = database("postgresql")
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;")])
    configure(project, there, "postgresql://nobody@127.0.0.1:1/nowhere",
              scratch={"url": there.url})
    assert project.skein("test").out.startswith("1 revisions tried, 0 wrong")


def test_the_password_of_a_scratch_server_is_fetched_and_hidden_like_any_other(project, database):
    there = database("postgresql")
    set_up(project, {"it": there})
    configure(project, there, there.url, scratch={
        "url": "postgresql://nobody@127.0.0.1:1/nowhere",
        "password_command": ["/bin/sh", "-c", "touch asked; echo very-secret-word"]})
    refused = project.skein("check", "-v", code=lib.FAILED)
    assert "server for scratch databases" in refused.err and "very-secret" not in refused.text
    assert list(project.folder.glob("**/asked"))


def test_a_scratch_server_of_another_engine_is_refused_and_that_of_the_defaults_left_out(project):
    project.write("migrations/.keep", "")
    desire(project, "sqlite", FIRST["sqlite"])
    schema = {"app": {"path": "migrations", "schema": {"sqlite": "schema/sqlite.sql"}}}
    wrong = {"url": "postgresql://a@127.0.0.1:1/b"}
    project.config(histories=schema,
                   targets=[{"name": "it", "url": "sqlite:it.db", "scratch": wrong}])
    assert "an engine of its own" in project.skein("check", code=lib.USAGE).err
    project.config(histories=schema, defaults={"scratch": wrong},
                   targets=[{"name": "it", "url": "sqlite:it.db"}])
    project.skein("check", code=lib.NO)


def test_an_extension_that_the_server_lacks_is_named_with_what_to_do(project, database):
    one = database("postgresql")
    set_up(project, {"it": one})
    desire(project, "postgresql", "CREATE TABLE a (id integer);\nCREATE EXTENSION nosuch;\n")
    refused = project.skein("check", code=lib.FAILED).err
    assert "schema/postgresql.sql:2:" in refused and "must first be installed" in refused
    desire(project, "postgresql", FIRST["postgresql"])
    one.client(EXTENSION)  # as if it had been there, and its files are gone
    refused = generate(project, "x", code=lib.FAILED)[0].err
    assert "CREATE EXTENSION nosuch" in refused and "must first be installed" in refused
    assert files(project) == [] and scratches(one) == []


SLEEPS = {"postgresql": "SELECT pg_sleep(600);", "mysql": "SELECT SLEEP(600);"}


def asleep(one):
    if one.driver == "postgresql":
        return [pid for pid, in one.rows("SELECT pid FROM pg_stat_activity WHERE wait_event = "
                                         "'PgSleep' AND datname LIKE 'skein_scratch%'")]
    return [pid for pid, in one.rows("SELECT id FROM information_schema.processlist WHERE "
                                     "info LIKE 'SELECT SLEEP%' AND db LIKE 'skein_scratch%'")]


def wait_until(holds, timeout=60):
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def kill_all(run):
    children = open(f"/proc/{run.pid}/task/{run.pid}/children").read().split()
    for pid in (run.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    run.communicate(timeout=60)


def test_what_a_killed_run_left_is_swept_by_the_next_and_a_living_runs_is_not(project, server):
    set_up(project, {"it": server})
    desire(project, server.driver, SLEEPS[server.driver])
    run = project.start("check")
    wait_until(lambda: asleep(server))
    desire(project, server.driver, FIRST[server.driver])
    before = scratches(server)
    project.skein("check", code=lib.NO)
    assert scratches(server) == before and len(before) == 1
    sessions = asleep(server)
    kill_all(run)
    for session in sessions:  # the server has not noticed yet
        server.client(f"SELECT pg_terminate_backend({session});" if server.driver == "postgresql"
                      else f"KILL {session};")
    wait_until(lambda: not asleep(server))
    project.skein("check", code=lib.NO)
    assert scratches(server) == []
