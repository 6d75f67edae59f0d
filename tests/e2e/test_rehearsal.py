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


def samples(project, one, **files):
    project.config(histories={"app": {"path": "migrations", "samples": {one.driver: "samples"}}},
                   targets=[{"name": "it", "url": one.url}])
    for name, text in files.items():
        project.write(f"samples/{name}.sql", text)


def test_rows_of_a_sample_that_a_way_back_and_forth_loses_are_counted(project, one):
    project.chain([("CREATE TABLE a (n INTEGER);\nCREATE TABLE b (n INTEGER);",
                    "DROP TABLE b;\nDROP TABLE a;"),
                   ("ALTER TABLE a ADD COLUMN m INTEGER;", "ALTER TABLE a DROP COLUMN m;"),
                   ("DROP TABLE b;", "CREATE TABLE b (n INTEGER);"),
                   ("DELETE FROM a WHERE n = 1;", "SELECT 1;")])
    samples(project, one, r1="INSERT INTO a VALUES (1), (2);\nINSERT INTO b VALUES (3);")
    done = project.skein("test", "--format", "json")
    lost = {line["revision"]: [(each["when"], each["what"].split()[-1].split(".")[-1],
                                each["before"], each["after"]) for each in line["rows"]]
            for line in done.events if "rows" in line}
    assert lost == {"r3": [("downgrade", "b", 1, 0)],
                    "r4": [("upgrade", "a", 2, 1), ("downgrade", "a", 2, 1)]}
    text = project.skein("test").out
    assert "r3.sql leaves 0 rows in table" in text and "and there were 1" in text
    assert text.endswith("4 revisions tried, 0 wrong, 0 without a downgrade, "
                         "2 that change how many rows there are\n")


def test_rows_that_a_revision_puts_in_twice_are_counted(project, one):
    project.targets({"it": one})
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
                   ("INSERT INTO a VALUES (1);", "SELECT 1;")])
    text = project.skein("test").out
    assert "the second upgrade of" in text and "leaves 2 rows" in text and "there were 1" in text


def test_a_sample_that_fails_or_belongs_to_no_revision_is_named_with_its_place(project, one):
    project.chain(GOOD)
    samples(project, one, r1="INSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES (2);")
    found = project.skein("test", code=lib.NO).out
    assert "the sample of" in found and "samples/r1.sql:2:" in found
    assert "1 revisions tried, 1 wrong" in found
    samples(project, one, r1="INSERT INTO a VALUES (1);", r9="SELECT 1;")
    assert "samples/r9.sql" in project.skein("test", code=lib.USAGE).err
