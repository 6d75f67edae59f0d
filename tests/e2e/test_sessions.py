"""Sessions that cannot lie: what a revision hides is found before it is kept, what a role or a server
would have otherwise is set right, and what others hold is waited for a bounded time."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import pytest

import lib

START = ("CREATE TABLE t (n INTEGER);", "DROP TABLE t;")


def hidden(project, one, up, **target):
    """Runs a second revision that holds up; what came of it. Nothing of it may be there after."""
    project.chain([START])
    project.config(targets=[{"name": "it", "url": one.url, **target}])
    project.skein("upgrade", "head")
    project.chain([START, (up, "")])
    before = one.dump()
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert one.dump() == before
    assert one.versions() == ["r1"] and one.rows("SELECT n FROM t") == []
    return result


# ------------------------------------------------------------------------------------------------
# R4


@pytest.mark.parametrize("sql, says", [
    ("DO $$ BEGIN EXECUTE 'SELECT pg_advisory_unlock_' || 'all()'; END $$", "lock"),
    ("GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_monitor;\n"
     "DO $$ BEGIN EXECUTE 'SET SESSION AUTHORIZATION pg_monitor'; END $$", "another role"),
    ("GRANT ALL ON ALL TABLES IN SCHEMA public TO pg_monitor;\n"
     "DO $$ BEGIN EXECUTE 'SET ROLE pg_monitor'; END $$", "another role"),
    ("DO $$ BEGIN EXECUTE 'SET ROLE pg_monitor'; END $$", "permission denied"),
    ("DO $$ BEGIN EXECUTE 'DROP TABLE alembic_version'; END $$", "alembic_version"),
    ("DO $$ BEGIN DELETE FROM alembic_version; END $$", "version rows"),
    ("DO $$ BEGIN INSERT INTO alembic_version VALUES ('x'); END $$", "alembic_version"),
    ("DO $$ BEGIN COMMIT; END $$", "invalid transaction termination"),
    ("DO $$ BEGIN EXECUTE 'COMMIT'; END $$", "transaction"),
    ("CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\nCALL p()",
     "invalid transaction termination"),
])
@pytest.mark.parametrize("mode", ["revision", "target"])
def test_r4_what_is_hidden_from_the_scanner_is_caught_before_it_is_kept(project, database, sql, says,
                                                                       mode):
    result = hidden(project, database("postgresql"), f"INSERT INTO t VALUES (1);\n{sql};",
                    transaction=mode)
    assert says in result.err and "r2" in result.err


@pytest.mark.parametrize("engine, sql", [
    ("postgresql", "SELECT pg_advisory_unlock_all()"),
    ("postgresql", "DISCARD ALL"),
    ("postgresql", "SET SESSION AUTHORIZATION nobody"),
    ("postgresql", "PREPARE TRANSACTION 'x'"),
    ("mysql", "SELECT RELEASE_ALL_LOCKS()"),
    ("mysql", "USE mysql"),
    ("mysql", "LOCK TABLES t WRITE"),
    ("mysql", "XA START 'x'"),
    ("sqlite", "ATTACH 'other.db' AS other"),
    ("sqlite", "DROP TABLE alembic_version"),
])
@pytest.mark.parametrize("words", ["", "transaction=off"])
def test_r4_what_the_scanner_knows_is_refused_by_its_place_and_nothing_is_run(project, database,
                                                                             engine, sql, words):
    one = database(engine)
    project.revision("r1", {words: f"CREATE TABLE t (n INTEGER);\n  {sql};"}, "")
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.FAILED, lib.USAGE) and "r1.sql:9:" in result.err
    assert not one.has("t") and not one.has("alembic_version")


def test_r4_a_path_changed_in_hiding_leads_neither_the_ledger_nor_the_next_revision(project,
                                                                                   database):
    one = database("postgresql")
    one.client("CREATE SCHEMA other; CREATE FUNCTION astray() RETURNS void LANGUAGE sql AS "
               "$$ SELECT set_config('search_path', 'other', false) $$")
    project.chain([START, ("SELECT public.astray();\nCREATE TABLE b (n INTEGER);", ""),
                   ("CREATE TABLE c (n INTEGER);", "")])
    project.targets({"it": one}, defaults={"transaction": "revision"})
    project.skein("upgrade", "head")
    assert one.versions("public.alembic_version") == ["r3"]
    where = "SELECT tablename, schemaname FROM pg_tables WHERE tablename IN ('b', 'c') ORDER BY 1"
    assert one.rows(where) == [("b", "other"), ("c", "public")]


@pytest.mark.parametrize("up", ["CALL p();\nCREATE TABLE b (n INTEGER);",
                                "CREATE TABLE b (n INTEGER);\nCALL p();"], ids=["first", "last"])
def test_r4_mariadb_a_lock_given_up_in_hiding_is_noticed_and_nothing_is_done_twice(project, database,
                                                                                  up):
    one = database("mysql")
    one.client("CREATE PROCEDURE p() DO RELEASE_ALL_LOCKS()")
    project.chain([START, (up, "")])
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=None)
    assert result.code != lib.OK and "gave up skein's lock" in result.err
    assert one.versions() == ["r1"], "no row is written without the lock"
    for _ in range(2):
        project.skein("upgrade", "head", code=None)
    assert one.versions() == ["r2"] and one.has("b")


# ------------------------------------------------------------------------------------------------
# S10, S4, S7, S8


@pytest.fixture
def role(database):
    """A PostgreSQL database, and a role of its own with settings."""
    one = database("postgresql")
    name = one.name + "_r"

    def make(*settings):
        one._psql("postgres", f"CREATE ROLE {name} LOGIN SUPERUSER")
        for setting in settings:
            one._psql("postgres", f"ALTER ROLE {name} SET {setting};")
        one.url = one.url.replace(f"//{one.user}@", f"//{name}@")
        return one

    yield make
    one._psql(one.name, f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_s10_settings_of_a_role_do_not_change_what_a_revision_means(project, role):
    one = role("standard_conforming_strings = off", "transform_null_equals = on",
               "session_replication_role = replica", "row_security = off",
               "statement_timeout = '1ms'", "lock_timeout = '1ms'",
               "idle_in_transaction_session_timeout = '1ms'", "idle_session_timeout = '1s'",
               "default_transaction_isolation = serializable", "DateStyle = 'German'",
               "search_path = pg_temp, public", "client_min_messages = debug1")
    project.chain([("CREATE TABLE t (n INTEGER, v VARCHAR(9));", ""),
                   ("INSERT INTO t SELECT 1, 'a\\b' FROM pg_sleep(0.2);\n"
                    "INSERT INTO t SELECT 2, 'c' WHERE NULL = NULL;", "")])
    one.url += "&schema=public"
    project.targets({"it": one}, defaults={"transaction": "revision"})
    project.skein("upgrade", "head")
    assert one.rows("SELECT n, v FROM public.t") == [("1", "a\\b")]
    assert one.versions("public.alembic_version") == ["r2"]


def test_s10_settings_of_a_mariadb_server_do_not_change_what_a_revision_means(project, database):
    one = database("mysql")
    hostile = {"sql_mode": "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "max_statement_time": "0.1",
               "idle_transaction_timeout": "1", "lock_wait_timeout": "1",
               "innodb_lock_wait_timeout": "1", "autocommit": "0",
               "default_storage_engine": "MyISAM"}
    project.chain([("CREATE TABLE t (v VARCHAR(20));", ""),
                   ("INSERT INTO t VALUES (\"a\\\\b\");\nINSERT INTO t SELECT SLEEP(0.3);", "")])
    project.targets({"it": one})
    before = {name: one.client(f"SELECT @@GLOBAL.{name}").strip() for name in hostile}
    try:
        for name, value in hostile.items():
            one.client(f"SET GLOBAL {name} = {value}")
        project.skein("upgrade", "head")
    finally:
        for name, value in before.items():
            one.client(f"SET GLOBAL {name} = " + (value if value.replace('.', '').isdigit()
                                                  else f"'{value}'"))
    assert one.rows("SELECT v FROM t ORDER BY v") == [("0",), ("a\\\\b",)]
    assert one.versions() == ["r2"]


def test_s10_a_client_environment_full_of_pg_variables_changes_nothing(project, database):
    one = database("postgresql")
    project.chain([START])
    project.targets({"it": one})
    env = {"PGHOST": "/nowhere", "PGPORT": "1", "PGUSER": "nobody", "PGDATABASE": "nowhere",
           "PGOPTIONS": "-c search_path=evil", "PGSERVICE": "nowhere", "PGPASSFILE": "/nowhere",
           "PGSSLMODE": "verify-full", "PGTZ": "Mars/Olympus", "PGDATESTYLE": "German",
           "PGAPPNAME": "evil", "PGCONNECT_TIMEOUT": "1"}
    project.skein("upgrade", "head", env=env)
    assert one.versions() == ["r1"]


def test_s8_a_server_without_room_is_knocked_at_until_it_has_some(project, role):
    one = role()
    name = one.url.split("//")[1].split("@")[0]
    one._psql("postgres", f"ALTER ROLE {name} NOSUPERUSER CONNECTION LIMIT 1;"
              f"GRANT ALL ON DATABASE {one.name} TO {name}")
    one._psql(one.name, f"GRANT ALL ON SCHEMA public TO {name}")
    holder = subprocess.Popen(
        one.program("psql", "-X", "-q", "-U", name, "-d", one.name), stdin=subprocess.PIPE, text=True)
    holder.stdin.write("SELECT 1;\n")
    holder.stdin.flush()
    while not one.rows(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{name}'"):
        assert holder.poll() is None
    project.chain([START])
    project.targets({"it": one}, defaults={"connect_timeout": "1s"})
    result = project.skein("upgrade", "head", code=lib.BUSY)
    assert "too many connections" in result.err and not one.has("t")
    project.targets({"it": one}, defaults={"connect_timeout": "60s"})
    waiting = project.start("upgrade", "head")
    holder.communicate("SELECT pg_sleep(0.5);\n")
    assert project.finish(waiting).code == lib.OK
    assert one.versions() == ["r1"]


def test_s7_who_may_not_come_in_or_make_the_version_table_is_told_before_anything_is_changed(
        project, role, database):
    good, one = database("sqlite"), role()
    name = one.url.split("//")[1].split("@")[0]
    project.chain([START])
    project.targets({"good": good, "bad": one})
    assert "(1 of 2 targets are reached as superusers" in project.skein("status").out
    one._psql("postgres", f"ALTER ROLE {name} NOSUPERUSER")
    assert "superusers" not in project.skein("status").out
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "grant CREATE" in result.err and not good.has("t")
    one._psql("postgres", f"ALTER ROLE {name} NOLOGIN")
    result = project.skein("upgrade", "head", code=None)
    assert result.code != lib.OK and "not permitted to log in" in result.err and not good.has("t")


def limited_role(one, sql):
    """A user of the target's own; sql has {user} and {db}. Returns what takes it away again."""
    user = one.name + "_l"
    if one.driver == "postgresql":
        one._psql(one.name, f"CREATE ROLE {user} LOGIN; GRANT ALL ON SCHEMA public TO {user};"
                            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {user};")
        one.url = one.url.replace(f"//{one.user}@", f"//{user}@")
        away = f"DROP OWNED BY {user}; DROP ROLE {user}"
    else:
        one.client(f"CREATE USER {user}@localhost IDENTIFIED BY 'x';"
                   f"GRANT CREATE, ALTER, DROP ON {one.name}.* TO {user}@localhost;"
                   + "".join(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {user}@localhost;"
                             for table in ("alembic_version", "skein_log", "skein_step", "t")))
        one.url = one.url.replace(f"//{one.user}@", f"//{user}@")
        away = f"DROP USER {user}@localhost"
    one.client(sql.format(user=user if one.driver == "postgresql" else f"{user}@localhost"))
    return lambda: one.client(away)


@pytest.mark.parametrize("right", ["SELECT", "INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_s7_whose_rights_on_the_version_table_were_taken_is_told_before_any_target_is_changed(
        project, database, engine, right):
    good, one = database("sqlite"), database(engine)
    project.chain([START])
    project.targets({"bad": one})
    project.skein("upgrade", "head")
    take_away = limited_role(one, f"REVOKE {right} ON alembic_version FROM {{user}};")
    project.chain([START, ("INSERT INTO t VALUES (1);", "")])
    password = {"password": "x"} if engine == "mysql" else {}
    project.config(targets=[{"name": "good", "url": good.url},
                            {"name": "bad", "url": one.url, **password}])
    (project.folder / "skein.cfg").chmod(0o600)
    try:
        result = project.skein("upgrade", "head", code=lib.FAILED)
        assert "alembic_version" in result.err, result
        assert right in result.err or (right == "SELECT" and "denied" in result.err), result
        assert not good.has("t") and one.rows("SELECT * FROM t") == []
        one.client(f"GRANT {right} ON alembic_version TO {one.name}_l"
                   + ("@localhost" if engine == "mysql" else ""))
        project.skein("upgrade", "head")
        assert good.versions() == one.versions() == ["r2"]
    finally:
        take_away()


def test_s4_a_server_set_read_only_is_refused_before_anything_is_tried(project, database):
    one = database("postgresql")
    one._psql("postgres", f'ALTER DATABASE "{one.name}" SET default_transaction_read_only = on')
    project.chain([START])
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=lib.USAGE)
    assert "read-only" in result.err


# ------------------------------------------------------------------------------------------------
# K4, K5, K10, K11: others hold what a revision needs


class Client:
    """An engine's own client that holds a transaction open until it is told to end."""

    def __init__(self, one, sql):
        programs = {"postgresql": lambda: one.program("psql", "-X", "-q", "-d", one.name),
                    "mysql": lambda: one.program("mariadb", "--unbuffered", one.name),
                    "sqlite": lambda: ["sqlite3", "-batch", str(one.path)]}
        self.process = subprocess.Popen(programs[one.driver](), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(f"{sql}\nSELECT 'here';\n")
        self.process.stdin.flush()
        while "here" not in self.process.stdout.readline():
            assert self.process.poll() is None

    def end(self, sql):
        self.process.communicate(sql + "\n")


@pytest.mark.parametrize("engine, holds", [
    ("postgresql", "BEGIN; SELECT * FROM t;"),
    ("mysql", "BEGIN; SELECT * FROM t;"),
])
def test_k4_k5_a_table_held_by_an_idle_transaction_ends_the_tries_and_changes_nothing(
        project, database, engine, holds):
    one = database(engine)
    url = {"postgresql": "&lock_timeout=50", "mysql": "&lock_wait_timeout=1"}[engine]
    project.chain([START])
    project.config(targets=[{"name": "it", "url": one.url + url, "retries": 2}])
    project.skein("upgrade", "head")
    project.chain([START, ("ALTER TABLE t ADD m INTEGER;", "")])
    before = one.dump()
    other = Client(one, holds)
    result = project.skein("upgrade", "head", code=lib.BUSY)
    assert "tried 3 times" in result.err and "r2" in result.err
    other.end("ROLLBACK;")
    assert one.dump() == before and one.versions() == ["r1"]
    project.skein("upgrade", "head")
    assert one.versions() == ["r2"]


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_k4_k5_between_the_tries_others_get_on_and_at_last_the_revision_does(project, database,
                                                                             engine):
    one = database(engine)
    url = {"postgresql": "&lock_timeout=100", "mysql": "&lock_wait_timeout=1"}[engine]
    project.chain([START])
    project.config(targets=[{"name": "it", "url": one.url + url}])
    project.skein("upgrade", "head")
    project.chain([START, ("ALTER TABLE t ADD m INTEGER;", "")])
    other = Client(one, "BEGIN; SELECT * FROM t;")
    runner = project.start("upgrade", "head")
    slowest = 0
    for _ in range(10):
        began = time.monotonic()
        one.rows("SELECT * FROM t")
        slowest = max(slowest, time.monotonic() - began)
    other.end("ROLLBACK;")
    assert project.finish(runner).code == lib.OK
    assert one.versions() == ["r2"]
    assert slowest < 30, "a reader stood in line behind us for longer than one try"


def test_k10_a_deadlock_is_tried_again_as_a_whole(project, database):
    one = database("postgresql")
    one.client("CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER);"
               "INSERT INTO a VALUES (0); INSERT INTO b VALUES (0);")
    # The first session of the run that gets so far waits for the other client with a lock it wants.
    project.revision("r1", "UPDATE a SET n = n + 1;\nSELECT pg_sleep(1);\nUPDATE b SET n = n + 1;",
                     "")
    project.config(targets=[{"name": "it", "url": one.url + "&lock_timeout=60000"}])
    other = Client(one, "BEGIN; UPDATE b SET n = n + 10; SET deadlock_timeout = '60s';")
    runner = project.start("upgrade", "head")
    while not one.asleep():
        assert runner.poll() is None, project.finish(runner)
    other.end("UPDATE a SET n = n + 10; COMMIT;")
    assert project.finish(runner).code == lib.OK
    assert one.rows("SELECT a.n, b.n FROM a, b") == [("11", "11")]


def test_k10_a_deadlock_of_rows_on_mariadb_is_tried_again_from_the_statements_that_rolled_back(
        project, database):
    """What was counted before stays; InnoDB ends whoever has changed less, which is skein."""
    one = database("mysql")
    one.client("CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER);"
               "INSERT INTO a VALUES (0); INSERT INTO b VALUES (0);"
               "CREATE TABLE heavy (n INTEGER);")
    project.revision("r1", "CREATE TABLE c (n INTEGER);\nUPDATE a SET n = n + 1;\n"
                           "SELECT SLEEP(1);\nUPDATE b SET n = n + 1;\nALTER TABLE c ADD m INTEGER;",
                     "")
    project.targets({"it": one})
    count = "SELECT variable_value FROM information_schema.global_status WHERE variable_name = " \
            "'innodb_deadlocks'"
    before = int(one.rows(count)[0][0])
    other = Client(one, "BEGIN; INSERT INTO heavy SELECT seq FROM seq_1_to_500; "
                        "UPDATE b SET n = n + 10;")
    runner = project.start("upgrade", "head")
    while not one.rows("SELECT 1 FROM information_schema.processlist WHERE state = 'User sleep' "
                       f"AND db = '{one.name}'"):
        assert runner.poll() is None, project.finish(runner)
    other.end("UPDATE a SET n = n + 10; COMMIT;")
    result = project.finish(runner)
    assert result.code == lib.OK, result
    assert int(one.rows(count)[0][0]) > before, "there was one"
    assert one.rows("SELECT a.n, b.n FROM a, b") == [("11", "11")]
    assert one.rows("SELECT count(n), count(m) FROM c") == [("0", "0")]


@pytest.mark.parametrize("mode", ["revision", "target"])
def test_k10_a_serialization_failure_is_tried_again_as_a_whole(project, database, mode):
    one = database("postgresql")
    one.client("CREATE SEQUENCE tries")  # which no rollback takes back
    project.chain([START, ("INSERT INTO t VALUES (1);\nDO $$ BEGIN IF nextval('tries') < 3 THEN "
                           "RAISE serialization_failure; END IF; END $$;", "")])
    project.config(targets=[{"name": "it", "url": one.url, "transaction": mode}])
    project.skein("upgrade", "head")
    assert one.rows("SELECT n FROM t") == [("1",)]
    assert one.rows("SELECT last_value FROM tries") == [("3",)]


def test_k10_an_index_built_concurrently_that_lost_a_deadlock_is_judged_before_it_is_built_again(
        project, database):
    """What it left is not valid."""
    one = database("postgresql")
    project.chain([START, ({"transaction=off": "CREATE INDEX CONCURRENTLY t_n ON t (once(n));"}, "")])
    project.targets({"it": one})
    project.skein("upgrade", "r1")
    one.client("INSERT INTO t VALUES (1); CREATE SEQUENCE tries; CREATE FUNCTION once(n INTEGER) "
               "RETURNS INTEGER IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN IF nextval('public.tries') < 2 "
               "THEN RAISE deadlock_detected; END IF; RETURN n; END $$;")
    result = project.skein("upgrade", "head", code=None)
    if result.code != lib.OK:
        assert "statement 1 of 1" in result.err and one.versions() == ["r1"], result
        project.skein("upgrade", "head")
    assert one.versions() == ["r2"]
    assert one.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_n'::regclass") == [("t",)]


@pytest.mark.parametrize("holds", ["BEGIN; SELECT * FROM t;", "BEGIN IMMEDIATE;",
                                   "BEGIN EXCLUSIVE;"])
def test_k11_sqlite_others_locks_end_in_a_clear_message_and_change_nothing(project, database, holds):
    one = database("sqlite")
    project.chain([START])
    project.config(targets=[{"name": "it", "url": one.url, "lock_timeout": "500ms"}])
    project.skein("upgrade", "head")
    one.client("INSERT INTO t VALUES (1)")
    project.chain([START, ("INSERT INTO t VALUES (2);", "")])
    other = Client(one, holds)
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.BUSY, lib.FAILED) and "lock" in result.err, result
    other.end("ROLLBACK;")
    assert one.versions() == ["r1"] and one.rows("SELECT n FROM t") == [("1",)]
    project.skein("upgrade", "head")
    assert one.versions() == ["r2"]


# ------------------------------------------------------------------------------------------------
# K8, P2: the run lock


@contextlib.contextmanager
def orphaned(one, project, run):
    """The runner is killed while its statement is running, which goes on until the end of this.
    PostgreSQL looks whether its client is still there: it stands still meanwhile."""
    asleep = {"postgresql": ("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                             "datname = current_database()"),
              "mysql": ("SELECT id FROM information_schema.processlist WHERE info LIKE "
                        "'SELECT SLEEP%' AND db = DATABASE()")}[one.driver]
    while not (rows := one.rows(asleep)):
        assert run.poll() is None, project.finish(run)
    session = int(rows[0][0])
    if one.driver == "postgresql":
        os.kill(session, signal.SIGSTOP)
    try:
        workers = lib.run(["ps", "-o", "pid=", "--ppid", str(run.pid)]).split()
        for pid in [run.pid, *map(int, workers)]:
            os.kill(pid, signal.SIGKILL)
        run.wait()
        yield
    finally:
        one.client("DELETE FROM tired")
        if one.driver == "postgresql":
            os.kill(session, signal.SIGCONT)
        else:
            one.client(f"KILL QUERY {session}")


@pytest.mark.parametrize("engine, sleep", [("postgresql", "SELECT pg_sleep(600) FROM tired"),
                                           ("mysql", "SELECT SLEEP(600) FROM tired")])
def test_p2_k8_the_statement_of_a_dead_runner_is_waited_for_and_its_holder_named(
        project, database, engine, sleep):
    one = database(engine)
    one.client("CREATE TABLE tired (n INTEGER); INSERT INTO tired VALUES (1);")
    project.revision("r1", {"": "CREATE TABLE t (n INTEGER);",
                            f"{engine} transaction=off":
                                f"CREATE TABLE t (n INTEGER);\n{sleep};"}, "")
    project.targets({"it": one}, defaults={"lock_timeout": "100ms"})
    with orphaned(one, project, project.start("upgrade", "head")):
        late = project.skein("upgrade", "head", code=lib.BUSY)
        project.targets({"it": one}, defaults={"lock_timeout": "60s"})
        waiting = project.start("upgrade", "head")
    assert "session " in late.err and " s" in late.err
    if engine == "postgresql":
        assert "skein/" in late.err and "running a statement for" in late.err
    assert project.finish(waiting).code != lib.BUSY
    assert one.has("t")


# ------------------------------------------------------------------------------------------------
# K12


# The last stand for a DNS alias, which would have to be written into the machine's own tables.
HOSTS = ("localhost", "127.0.0.1", "127.1", "0.0.0.0")


def other_names(one, folder):
    """The same database by other words."""
    if one.driver == "sqlite":
        link = pathlib.Path(folder) / "link.db"
        link.symlink_to(one.path)
        return [f"sqlite:{link}", f"sqlite:{one.path.parent}/./{one.path.name}"]
    if one.driver == "mysql":
        port = os.environ["SKEIN_TEST_MYSQL_PORT"]
        return [f"mysql://skein@{host}:{port}/{one.name}?tls=off" for host in HOSTS]
    return [f"postgresql://skein@{host}:{one.port}/{one.name}?tls=off" for host in HOSTS
            ] + [one.url + "&application_name=other"]


def test_k12_one_database_under_two_names_is_refused_before_anything_is_changed(project, one,
                                                                               tmp_path):
    if one.driver == "postgresql":
        one.client("GRANT ALL ON SCHEMA public TO skein")
    project.chain([START])
    project.write("password", os.environ["SKEIN_TEST_PASSWORD"]).chmod(0o600)
    for name in other_names(one, tmp_path):
        second = {"name": "two", "url": name}
        if "skein@" in name:
            second["password_file"] = "password"
        project.config(targets=[{"name": "first", "url": one.url}, second])
        result = project.skein("upgrade", "head", code=lib.USAGE)
        assert "same database" in result.err and '"first"' in result.err
        assert not one.has("t") and not one.has("alembic_version")


def test_k12_the_schema_named_and_meant_is_one(project, database):
    one = database("postgresql")
    project.chain([START])
    project.config(histories={"a": {"path": ["migrations"]},
                              "b": {"path": ["migrations"], "version_table_schema": "public"}},
                   targets=[{"name": "first", "url": one.url, "history": "a"},
                            {"name": "two", "url": one.url, "history": "b"}])
    result = project.skein("upgrade", "head", code=lib.USAGE)
    assert "same database" in result.err


def test_k12_a_hard_link_is_refused_for_what_it_is(project, database, tmp_path):
    one = database("sqlite")
    one.client("CREATE TABLE other (n INTEGER)")
    os.link(one.path, tmp_path / "hard.db")
    project.chain([START])
    project.config(targets=[{"name": "first", "url": one.url},
                            {"name": "two", "url": f"sqlite:{tmp_path}/hard.db"}])
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.FAILED, lib.USAGE) and "hard links" in result.err
    assert not one.has("t")
