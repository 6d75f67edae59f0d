"""When a revision fails: what stays, what is said, and how the next run goes on."""

import pytest

import lib


def broken_second(project, engine):
    """Three revisions; the second cannot run on one engine. What mends it."""
    start = "CREATE TABLE tally (n INTEGER NOT NULL);\nINSERT INTO tally VALUES (1);"
    project.revision("r1", start, "DROP TABLE tally;")
    good = "CREATE TABLE t (n INTEGER);\nINSERT INTO tally VALUES (2);"
    project.revision("r2", {"": good, engine: "CREATE TABLE t (n INTEGER;"}, "DROP TABLE t;", "r1")
    project.revision("r3", "INSERT INTO tally VALUES (3);", "DELETE FROM tally WHERE n = 3;", "r2")
    return lambda: project.revision("r2", good, "DROP TABLE t;", "r1")


@pytest.mark.smoke
@pytest.mark.parametrize("policy", ["stop", "continue"])
@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_m1_one_engine_done_and_one_failed_go_on_together_after_the_mend(project, three, engine,
                                                                     policy):
    mend = broken_second(project, engine)
    project.targets(three)
    project.skein("upgrade", "r1")
    result = project.skein("upgrade", "head", "--on-failure", policy, code=None)
    assert result.code in (lib.FAILED, lib.PARTIAL), result
    assert engine in result.err and "r2.sql:" in result.err
    assert three[engine].versions() == ["r1"]
    assert not three[engine].has("t")
    if policy == "continue":
        assert result.code == lib.PARTIAL
        assert all(d.versions() == ["r3"] for name, d in three.items() if name != engine)

    mend()
    project.skein("upgrade", "head")
    for database in three.values():
        assert database.versions() == ["r3"]
        assert sorted(database.rows("SELECT n FROM tally")) == [("1",), ("2",), ("3",)]
        assert database.has("t")


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_a_failed_revision_leaves_no_trace_where_ddl_rolls_back(project, database, engine):
    one = database(engine)
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
                   ("CREATE TABLE b (n INTEGER);\nINSERT INTO a VALUES (1);\n"
                    "INSERT INTO nowhere VALUES (1);", "DROP TABLE b;")])
    project.targets({"it": one})
    project.skein("upgrade", "r1")
    before = one.dump()
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "r2.sql:10" in result.err, "the third statement stands on line 10"
    assert one.dump() == before
    assert one.versions() == ["r1"]
    assert one.rows("SELECT * FROM a") == []


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_a_new_target_is_taken_up_whole_or_not_at_all(project, database, engine):
    one = database(engine)
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
                   ("INSERT INTO nowhere VALUES (1);", "")])
    project.targets({"it": one})
    project.skein("upgrade", "head", code=lib.FAILED)
    assert one.versions() == [] and not one.has("a")


@pytest.mark.smoke
def test_mariadb_resumes_at_the_statement_that_failed(project, database):
    one = database("mysql")
    text = ("CREATE TABLE a (n INTEGER);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (n INTEGER);\n"
            "CREATE TABLE c (n NONSENSE);\nINSERT INTO a VALUES (5);")
    project.revision("r1", text, "")
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "r1.sql:11" in result.err, "the fourth statement stands on line 11"
    assert one.versions() == []
    assert one.has("b") and one.rows("SELECT n FROM a") == [("1",)]
    assert "3" in project.skein("status").text, "how far it came is shown"

    project.revision("r1", text.replace("NONSENSE", "INTEGER"), "")
    project.skein("upgrade", "head")
    assert one.versions() == ["r1"]
    assert one.rows("SELECT n FROM a ORDER BY n") == [("1",), ("5",)]
    assert one.has("c")


def test_r6_mariadb_refuses_to_resume_when_what_was_done_was_edited(project, database):
    one = database("mysql")
    project.revision("r1", "CREATE TABLE a (n INTEGER);\nCREATE TABLE c (n NONSENSE);", "")
    project.targets({"it": one})
    project.skein("upgrade", "head", code=lib.FAILED)
    project.revision("r1", "CREATE TABLE other (n INTEGER);\nCREATE TABLE c (n INTEGER);", "")
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "r1" in result.err
    assert not one.has("other") and not one.has("c")


def test_an_index_built_concurrently_runs_outside_a_transaction(project, database):
    one = database("postgresql")
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
                   ({"transaction=off": "CREATE INDEX CONCURRENTLY a_n ON a (n);"},
                    {"transaction=off": "DROP INDEX CONCURRENTLY a_n;"})])
    project.targets({"it": one})
    project.skein("upgrade", "head")
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"
    assert one.rows(valid) == [("t",)]
    project.skein("downgrade", "r1")
    assert not one.has("a_n")


def test_r10_a_missing_downgrade_is_refused_before_anything_is_changed(project, one):
    project.chain([("CREATE TABLE a (n INTEGER);", None),
                   ("CREATE TABLE b (n INTEGER);", "DROP TABLE b;")])
    project.targets({"it": one})
    project.skein("upgrade", "head")
    result = project.skein("downgrade", "base", code=None)
    assert result.code in (lib.FAILED, lib.USAGE) and "r1" in result.err
    assert one.versions() == ["r2"] and one.has("b")


def test_r10_an_empty_downgrade_is_deliberate_and_goes_down(project, one):
    project.chain([("CREATE TABLE a (n INTEGER);", "")])
    project.targets({"it": one})
    project.skein("upgrade", "head")
    project.skein("downgrade", "base")
    assert one.versions() == [] and one.has("a")


def test_a_verify_section_that_finds_a_row_stops_the_revision(project, one):
    path = project.revision("r1", "CREATE TABLE a (n INTEGER);\nINSERT INTO a VALUES (1);", "")
    path.write_text(path.read_text() + "\n-- skein: verify\nSELECT n FROM a WHERE n = 1;\n")
    project.targets({"it": one})
    result = project.skein("upgrade", "head", code=lib.FAILED)
    assert "r1.sql:" in result.err and "it" in result.err
    assert one.versions() == []


def test_variables_are_quoted_by_the_driver(project, three):
    path = project.revision("r1", "CREATE TABLE ${ident:name} (v VARCHAR(40));\n"
                            "INSERT INTO ${ident:name} VALUES (${literal:text});",
                            "DROP TABLE ${ident:name};")
    header = "-- Create Date"
    path.write_text(path.read_text().replace(header, f"-- Variables: name, text\n{header}"))
    awkward = "o'clock \"x\" `y` \\z ${literal:name}; --"
    project.config(targets=[{"name": name, "url": database.url,
                             "vars": {"name": "order", "text": awkward.replace("${", "$${")}}
                            for name, database in three.items()])
    project.skein("upgrade", "head")
    quotes = {"mysql": "`order`"}
    for name, database in three.items():
        text = database.client(f"SELECT v FROM {quotes.get(name, chr(34) + 'order' + chr(34))}")
        assert text.strip().replace("\\\\", "\\") == awkward
    project.skein("downgrade", "base")
