"""skein test: what a history does on scratch databases, revision by revision."""

import json

import lib

GOOD = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
        ("ALTER TABLE a ADD COLUMN m INTEGER;", "ALTER TABLE a DROP COLUMN m;")]


def lines(result):
    return [json.loads(line) for line in result.out.splitlines()]


def test_a_history_that_undoes_itself_passes_and_touches_no_target(project, one):
    project.targets({"it": one})
    project.chain(GOOD)
    assert project.skein("test").out == "2 revisions tried, 0 wrong, 0 without a downgrade\n"
    assert not one.has("a") and not one.has("alembic_version")


def test_a_downgrade_that_leaves_something_is_named_with_it_and_the_rest_is_tried(project, one):
    project.targets({"it": one})
    project.chain([*GOOD, ("CREATE TABLE b (n INTEGER);\nCREATE TABLE c (n INTEGER);",
                           "DROP TABLE c;"), ("CREATE TABLE d (n INTEGER);", "DROP TABLE d;")])
    result = project.skein("test", code=lib.NO)
    assert "the downgrade of" in result.out and "r3.sql" in result.out
    assert "b: added" in result.out and "c: added" not in result.out
    assert result.out.endswith("4 revisions tried, 1 wrong, 0 without a downgrade\n")


def test_an_upgrade_that_fails_is_named_with_its_place_and_ends_the_test(project, one):
    project.targets({"it": one})
    project.chain([*GOOD, ("CREATE TABLE b (n INTEGER);\nCREATE TABLE a (n INTEGER);", None),
                   ("SELECT 1;", "")])
    result = project.skein("test", code=lib.NO)
    assert "the upgrade of" in result.out and "r3.sql:9:" in result.out
    assert result.out.endswith("3 revisions tried, 1 wrong, 1 without a downgrade\n")


def test_rows_that_a_downgrade_forgets_show_in_the_second_upgrade(project, one):
    project.targets({"it": one})
    project.chain([("CREATE TABLE once (n INTEGER PRIMARY KEY);", "DROP TABLE once;"),
                   ("INSERT INTO once VALUES (1);", "SELECT 1;")])
    found = project.skein("test", code=lib.NO).out
    assert "the second upgrade of" in found and "r2.sql" in found


def test_each_engine_of_a_history_is_tried_once(project, three, database):
    project.targets({**three, "again": database("sqlite")})
    project.chain(GOOD)
    tried = [(line["driver"], line["revision"], line["ok"])
             for line in lines(project.skein("test", "--format", "json"))
             if line["event"] == "tested"]
    assert sorted(tried) == sorted((engine, rid, True) for engine in three for rid in ("r1", "r2"))


def test_merges_and_branches_are_walked_as_an_upgrade_walks_them(project, one):
    project.targets({"it": one})
    project.chain(GOOD)
    project.revision("left", "CREATE TABLE l (n INTEGER);", "DROP TABLE l;", "r2")
    project.revision("right", "CREATE TABLE r (n INTEGER);", "DROP TABLE r;", "r2")
    project.revision("both", "CREATE TABLE x (n INTEGER);", "DROP TABLE x;", "left, right")
    assert project.skein("test").out.startswith("5 revisions tried, 0 wrong")
