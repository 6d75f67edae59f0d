"""Statements that no transaction holds: what is proven, what goes on by itself, what is in doubt, and
how a person settles it."""

import os
import signal
import time

import pytest

import lib


def kill_run(project, process):
    """The planner and its worker, in a moment."""
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    pids = [process.pid, *map(int, open(children, encoding="utf-8").read().split())]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    project.finish(process)


def kill_when(project, seen, *arguments):
    process = project.start("upgrade", "head", *arguments)
    deadline = time.monotonic() + 60
    while not seen():
        assert process.poll() is None and time.monotonic() < deadline, project.finish(process)
        time.sleep(0.02)
    kill_run(project, process)


def runs(one, text):
    return lambda: bool(one.rows("SELECT 1 FROM information_schema.processlist WHERE db = "
                                 f"database() AND id <> connection_id() AND info LIKE '{text}%'"))


def slow_call(project, one, text):
    """r1 makes a procedure that takes a second and adds a row; r2 is killed while it calls it."""
    project.revision("r1", "CREATE TABLE t (n INTEGER);\nDELIMITER //\nCREATE PROCEDURE slow() "
                     "BEGIN DO SLEEP(1); INSERT INTO t (n) VALUES (1); END//", "")
    project.revision("r2", text, "", "r1")
    project.targets({"it": one})
    project.skein("upgrade", "r1")
    kill_when(project, runs(one, "DO SLEEP"))


def test_a_call_whose_end_nobody_saw_is_in_doubt_and_settled_by_a_person(project, database):
    one = database("mysql")
    slow_call(project, one, "ALTER TABLE t ADD COLUMN m INTEGER DEFAULT 5;\nCALL slow();\n"
              "CREATE TABLE after_it (n INTEGER);")
    result = project.skein("upgrade", "head", code=lib.FAILED)
    for part in ('target "it"', "revision r2", "statement 2 of 3", "r2.sql:9:1",
                 "skein resolve --target it --applied", "skein resolve --target it --not-applied"):
        assert part in result.err, result
    assert not one.has("after_it")
    assert "in doubt" in project.skein("status").out
    shown = project.skein("resolve").out
    for part in ("statement 2 of 3", "CALL slow()", "r2.sql:9:1", "--applied", "--not-applied"):
        assert part in shown, shown
    assert project.skein("current", "-v").out.count("CALL slow()") == 1
    event = project.skein("resolve", "--format", "json").events[-1]
    assert event["event"] == "doubt" and event["sql"] == "CALL slow()"

    applied = one.rows("SELECT n FROM t") == [("1",)]
    project.skein("resolve", "--applied" if applied else "--not-applied")
    project.skein("upgrade", "head")
    assert one.versions() == ["r2"] and one.has("after_it")
    assert one.rows("SELECT n, m FROM t") == [("1", "5")]
    assert ("resolved: applied" if applied else "resolved: not applied",) in one.rows(
        "SELECT outcome FROM skein_log")


def test_a_proof_settles_what_the_database_cannot_tell(project, database):
    one = database("mysql")
    slow_call(project, one, "-- skein: proof SELECT count(*) FROM t\nCALL slow();\n"
              "CREATE TABLE after_it (n INTEGER);")
    project.skein("upgrade", "head")
    assert one.versions() == ["r2"] and one.has("after_it")
    assert one.rows("SELECT n FROM t") == [("1",)]


def test_a_proof_that_holds_before_the_statement_is_refused(project, database):
    one = database("mysql")
    project.revision("r1", "CREATE TABLE t (n INTEGER);\n-- skein: proof SELECT 1\n"
                     "GRANT SELECT ON t TO CURRENT_USER;", "")
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "proof of statement 2" in result.err and "before it was run" in result.err


def test_l9_a_drop_that_failed_half_way_is_in_doubt_and_not_repeated(project, database):
    one = database("mysql")
    project.revision("r1", "CREATE TABLE d1 (n INTEGER);\nCREATE TABLE keep (n INTEGER);", "")
    project.revision("r2", "DROP TABLE d1, nosuch;\nCREATE TABLE after_it (n INTEGER);", "", "r1")
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "in doubt" in result.err and "nosuch" in result.err, result
    assert not one.has("d1") and not one.has("after_it")
    project.skein("resolve", "--applied")
    project.skein("upgrade", "head")
    assert one.versions() == ["r2"] and one.has("after_it") and one.has("keep")


def test_a_statement_that_failed_and_changed_nothing_is_mended_and_run_again(project, database):
    one = database("mysql")
    one.client("CREATE TABLE taken (n INTEGER); CREATE TABLE a (n INTEGER)")
    project.revision("r1", "CREATE TABLE b (n INTEGER);\nRENAME TABLE a TO c, b TO taken;", "")
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "behind 1 that stay applied" in result.err, result
    assert "partial" in project.skein("status").out
    project.revision("r1", "CREATE TABLE b (n INTEGER);\nRENAME TABLE a TO c, b TO d;", "")
    project.skein("upgrade", "head")
    assert one.versions() == ["r1"] and one.has("c") and one.has("d")


def test_rows_of_a_table_that_does_not_roll_back_are_announced(project, database):
    one = database("mysql")
    project.revision("r1", "CREATE TABLE m (n INTEGER) ENGINE=MyISAM;\n"
                     "INSERT INTO m SELECT SLEEP(0.3) FROM seq_1_to_20;", "")
    project.targets({"it": one})
    kill_when(project, runs(one, "INSERT INTO m"))
    result = project.skein("upgrade", "head", code=lib.FAILED, timeout=60)
    assert "statement 2 of 2 of revision r1 is in doubt" in result.err, result


def unique_index(project, one, text):
    project.revision("r1", "CREATE TABLE a (n INTEGER);\nINSERT INTO a VALUES (1), (1);", "")
    project.revision("r2", {"transaction=off": text}, "", "r1")
    project.targets({"it": one})
    project.skein("upgrade", "r1")


VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_u'::regclass"


def test_k9_an_index_that_cannot_be_built_leaves_nothing_behind(project, database):
    one = database("postgresql")
    unique_index(project, one, "CREATE UNIQUE INDEX CONCURRENTLY a_u ON a (n);")
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "in doubt" not in result.err, result
    assert one.rows("SELECT to_regclass('a_u')") == [("",)], "the invalid index is gone"
    one.client("DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)")
    project.skein("upgrade", "head")
    assert one.rows(VALID) == [("t",)] and one.versions() == ["r2"]


def test_k9_an_invalid_index_is_rebuilt_although_if_not_exists_is_content_with_it(project, database):
    one = database("postgresql")
    unique_index(project, one, "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_u ON a (n);")
    assert one.rows("SELECT 1") and not one.has("a_u")
    with pytest.raises(Exception):
        one.client("CREATE UNIQUE INDEX CONCURRENTLY a_u ON a (n)")
    assert one.rows(VALID) == [("f",)]
    one.client("DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)")
    project.skein("upgrade", "head")
    assert one.rows(VALID) == [("t",)]


def test_status_tells_who_is_at_work(project, database):
    one = database("mysql")
    project.revision("r1", "CREATE TABLE t (n INTEGER);\nDO SLEEP(5);", "")
    project.targets({"it": one})
    process = project.start("upgrade", "head")
    while not runs(one, "DO SLEEP")():
        assert process.poll() is None
        time.sleep(0.02)
    shown = project.skein("status").out
    event = project.skein("status", "--format", "json").events[0]
    current = project.skein("current", "-v").out
    kill_run(project, process)
    assert "running" in shown and "session" in shown, shown
    assert event["state"] == "running" and event["holder"] and event["progress"]["who"]
    assert "a run is at work" in current


def test_two_runners_of_a_revision_without_transactions_are_kept_apart(project, database):
    one = database("sqlite")
    project.revision("r1", {"transaction=off": "CREATE TABLE t (n INTEGER);\nVACUUM;\n"
                            "INSERT INTO t VALUES (1);\nVACUUM;\nINSERT INTO t VALUES (2);"}, "")
    project.targets({"it": one})
    both = [project.start("upgrade", "head") for _ in range(2)]
    assert [project.finish(process).code for process in both] == [lib.OK, lib.OK]
    assert sorted(one.rows("SELECT n FROM t")) == [("1",), ("2",)]
    assert one.versions() == ["r1"]
    assert not [path for path in one.path.parent.iterdir() if "skein-lock" in path.name]


@pytest.mark.parametrize("text, reason", [
    ("CREATE TABLE t (n INTEGER);\n-- skein: proof SELECT 1\n", "r1.sql:9:11: no statement follows"),
    ("-- skein: proof DELETE FROM t\nCREATE TABLE t (n INTEGER);\n", "r1.sql:8:17: a proof is one"),
    ("-- skein: proof SELECT 1\n-- skein: proof SELECT 1\nCREATE TABLE t (n INTEGER);\n",
     "r1.sql:9:11: a second proof"),
    ("CREATE TABLE t (\n-- skein: repeatable\nn INTEGER);\n", "r1.sql:9:11: this stands inside"),
])
def test_a_misplaced_directive_is_refused_by_its_place(project, database, text, reason):
    project.revision("r1", text, "")
    project.targets({"it": database("mysql")})
    assert reason in project.skein("upgrade", "head", code=lib.FAILED).err
