"""Histories with faults in their files, and version tables in odd states: what can be shown is
shown, nothing is changed, and the place is named."""

import pytest

import lib

# name: ([(id, revises, more of the header, file)], what is said, the heads of what is whole)
DAMAGED = {
    "a loop beside a healthy chain": (
        [("a1", "", ""), ("a2", "a1", ""), ("l1", "l2", ""), ("l2", "l1", "")],
        "l1.sql:4:13: Cycle is detected in revisions (l1, l2)", ["a2"]),
    "a self-loop": (
        [("a1", "", ""), ("b1", "b1", "")],
        "b1.sql:4:13: Self-loop is detected in revisions (b1)", ["a1"]),
    "a loop through a dependency": (
        [("a1", "", "-- Depends On: b1\n"), ("b1", "a1", ""), ("c1", "", "")],
        "Dependency cycle is detected in revisions (a1, b1)", ["c1"]),
    "a missing parent": (
        [("a1", "", ""), ("b1", "gone", ""), ("b2", "b1", "")],
        "b1.sql:4:13: no file has revision 'gone'", ["a1"]),
    "a missing dependency": (
        [("a1", "", ""), ("b1", "a1", "-- Depends On: gone\n")],
        "b1.sql:5:16: no file has revision 'gone' or that branch label", ["a1"]),
    "a parent named twice": (
        [("a1", "", ""), ("b1", "a1, a1", "")],
        "b1.sql:4:17: 'a1' is named twice as a parent", ["a1"]),
    "an id used twice": (
        [("a1", "", ""), ("a2", "a1", ""), ("a2", "a1", "", "other")],
        "other.sql:3:17: revision id 'a2' is the same id as", ["a2"]),
    "ids that differ but for case": (
        [("a1", "", ""), ("A1", "a1", "", "other")],
        "other.sql:3:17: revision id 'A1' is but for case the same as", ["a1"]),
    "a label used twice": (
        [("a1", "", "-- Branch Labels: x\n"), ("a2", "a1", "-- Branch Labels: x\n")],
        "a2.sql:5:19: branch label 'x' is the same label as", ["a1"]),
    "an id that is a keyword": (
        [("a1", "", ""), ("head", "a1", "")], "head.sql:3:17: revision id 'head' is a word", ["a1"]),
    "an id that is too long": (
        [("a1", "", ""), ("b" * 33, "a1", "", "b")], "is longer than 32 characters", ["a1"]),
    "an id with a quote": ([("a1", "", ""), ("b'1", "a1", "", "b")], "may hold only", ["a1"]),
    "an id like a step": ([("a1", "", ""), ("+1", "a1", "", "b")], "may hold only", ["a1"]),
}


def write(project, rid, revises, more, name=None):
    table = name or rid
    project.write(f"migrations/{table}.sql",
                  f"-- revision {rid}\n--\n-- Revision ID: {rid}\n-- Revises: {revises}\n{more}\n"
                  f"-- skein: upgrade\nCREATE TABLE t_{table} (n INTEGER);\n"
                  f"-- skein: downgrade\nDROP TABLE t_{table};\n")


@pytest.mark.parametrize("case", DAMAGED)
def test_R5_what_is_whole_is_shown_and_nothing_is_changed_with(project, database, case):
    revisions, said, heads = DAMAGED[case]
    one = database("sqlite")
    project.targets({"it": one})
    for revision in revisions:
        write(project, *revision)
    shown = project.skein("heads", code=lib.FAILED)
    assert said in shown.err and shown.err.startswith("FAILED: "), shown
    assert [line.split()[0] for line in shown.lines] == heads
    listed = project.skein("history", code=lib.FAILED)
    assert said in listed.err and listed.lines, listed
    assert project.skein("show", heads[0], code=lib.FAILED).lines[0].startswith(f"Rev: {heads[0]}")
    for verb in (["branches"], ["current"]):
        assert said in project.skein(*verb, code=lib.FAILED).err
    files = sorted(path.name for path in (project.folder / "migrations").iterdir())
    for verb in (["upgrade", heads[0]], ["downgrade", "base"], ["stamp", heads[0]],
                 ["revision", "-m", "more"], ["merge", "heads"], ["upgrade", "heads", "--sql"]):
        refused = project.skein(*verb, code=None)
        assert refused.code in (lib.FAILED, lib.USAGE) and said in refused.err, (verb, refused)
    assert sorted(path.name for path in (project.folder / "migrations").iterdir()) == files
    assert not one.has("alembic_version")


def test_R5_a_row_of_a_file_that_has_faults_is_shown_and_the_fault_is_told(project, one):
    for revision in DAMAGED["a missing parent"][0]:
        write(project, *revision)
    project.targets({"it": one})
    one.client(f"{TABLE};\nINSERT INTO alembic_version VALUES ('b1');")
    shown = project.skein("current", code=lib.FAILED)
    assert shown.lines == ["b1 (unknown: no file has it)"]
    assert "b1.sql:4:13: no file has revision 'gone'" in shown.err and "Can't locate" not in shown.err
    assert project.skein("history", "-i", code=lib.FAILED).lines == ["<base> -> a1 (head), revision a1"]


TABLE = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
ODD = {
    "no rows": ([TABLE], lib.OK),
    "a row twice": ([TABLE, "INSERT INTO alembic_version VALUES ('r1'), ('r1')"], lib.USAGE),
    "a NULL": (["CREATE TABLE alembic_version (version_num VARCHAR(32))",
                "INSERT INTO alembic_version VALUES (NULL)"], lib.FAILED),
    "an unknown row": ([TABLE, "INSERT INTO alembic_version VALUES ('deadbeef')"], lib.USAGE),
    "an extra column": (["CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
                         "note VARCHAR(9))", "INSERT INTO alembic_version VALUES ('r1', 'x')"],
                        lib.OK),
    "a number": (["CREATE TABLE alembic_version (version_num INTEGER)",
                  "INSERT INTO alembic_version VALUES (7)"], lib.USAGE),
    "another column": (["CREATE TABLE alembic_version (version INTEGER)"], lib.FAILED),
}


@pytest.mark.parametrize("case", ODD)
def test_R6_an_upgrade_over_a_version_table_with(project, one, case):
    sql, code = ODD[case]
    project.chain([("CREATE TABLE t1 (n INTEGER);", "DROP TABLE t1;"),
                   ("CREATE TABLE t2 (n INTEGER);", "DROP TABLE t2;")])
    project.targets({"it": one})
    one.client(";\n".join(sql) + ";")
    before = one.dump(without=()), one.rows("SELECT * FROM alembic_version")
    result = project.skein("upgrade", "head", code=None)
    if code == lib.OK:
        assert result.code == lib.OK and one.versions() == ["r2"], result
        return
    assert result.code in (lib.FAILED, lib.USAGE) and result.err.strip(), result
    assert (one.dump(without=()), one.rows("SELECT * FROM alembic_version")) == before
    assert project.skein("current", code=None).code >= 0
    assert project.skein("history").lines


def test_R6_a_version_table_in_other_letters_is_the_one_that_the_engine_takes_it_for(project, one):
    """The same table on SQLite, another one on PostgreSQL and on MariaDB where it tells letters
    apart; that one stays as it is."""
    project.chain([("CREATE TABLE t1 (n INTEGER);", ""), ("CREATE TABLE t2 (n INTEGER);", "")])
    project.targets({"it": one})
    name = '"Alembic_Version"' if one.driver == "postgresql" else "Alembic_Version"
    one.client(f"CREATE TABLE {name} (version_num VARCHAR(32) NOT NULL);"
               f"INSERT INTO {name} VALUES ('r1');")
    same = one.driver == "sqlite"
    assert project.skein("current").lines == (["r1"] if same else [])
    project.skein("upgrade", "head")
    assert one.rows("SELECT version_num FROM alembic_version") == [("r2",)]
    assert one.rows(f"SELECT version_num FROM {name}") == [("r2" if same else "r1",)]
    assert one.has("t1") != same and one.has("t2")


TRIGGER = {
    "sqlite": "CREATE TRIGGER thief AFTER INSERT ON t1 BEGIN DELETE FROM alembic_version; END;",
    "postgresql": "CREATE FUNCTION thief() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                  "DELETE FROM alembic_version; RETURN new; END $$;"
                  "CREATE TRIGGER thief AFTER INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION thief();",
    "mysql": "CREATE TRIGGER thief AFTER INSERT ON t1 FOR EACH ROW DELETE FROM alembic_version;",
}


def test_R6_a_version_row_that_goes_in_the_middle_of_a_run_stops_it(project, one):
    """A revision that says so is refused before; this is one that does not know it."""
    project.chain([("CREATE TABLE t1 (n INTEGER);", ""), ("INSERT INTO t1 VALUES (1);", ""),
                   ("CREATE TABLE t3 (n INTEGER);", "")])
    project.targets({"it": one})
    project.skein("upgrade", "r1")
    one.client(TRIGGER[one.driver])
    stopped = project.skein("upgrade", "head", code=lib.FAILED)
    assert not one.has("t3")
    if one.driver == "mysql":
        assert "somebody else changed the version rows while this revision ran; its statements " \
            "are applied" in stopped.err
        assert one.versions() == [] and one.rows("SELECT n FROM t1") == [("1",)]
    else:
        assert "the version rows changed under us" in stopped.err
        assert one.versions() == ["r1"] and one.rows("SELECT n FROM t1") == []
    assert project.skein("current").lines == (
        ["upgrade of r2 is half applied: 1 of 1 statements"] if one.driver == "mysql" else ["r1"])
