"""diff: targets, schema files and histories against each other, for people and for scripts."""

import lib
import pytest

UPS = [("CREATE TABLE a (n INTEGER PRIMARY KEY);", "DROP TABLE a;"),
       ("CREATE TABLE b (m INTEGER PRIMARY KEY);", "DROP TABLE b;")]
WHOLE = "CREATE TABLE a (n INTEGER PRIMARY KEY);\nCREATE TABLE b (m INTEGER PRIMARY KEY);\n"


def bare(result):
    return result.out.replace("public.", "").splitlines()


def test_a_history_is_compared_with_itself_a_target_and_a_file(project, one):
    project.targets({"it": one})
    project.chain(UPS)
    file = project.write("whole.sql", WHOLE)
    project.skein("diff", "history", f"schema:{file}")
    assert "table b: added" in bare(project.skein("diff", "history@r1", "history", code=lib.NO))
    assert "table b: dropped" in bare(project.skein("diff", "history", "history@r1", code=lib.NO))
    assert "table a: added" in bare(project.skein("diff", "it", "history@r1", code=lib.NO))
    assert not one.has("a") and not one.has("alembic_version")
    project.skein("upgrade", "r1")
    project.skein("diff", "it", "history@r1")
    one.client(project.skein("diff", "it", "history@heads", "--sql", code=lib.NO).out)
    project.skein("diff", "history", "it")


def test_scripts_get_one_object_with_differences_and_statements_of_both_ways(project, one):
    project.targets({"it": one})
    project.chain(UPS)
    done = project.skein("diff", "history@r1", "history@r2", "--sql", "--format", "json",
                         code=lib.NO)
    (found,) = done.events
    assert found["event"] == "compared" and found["from"] == "history@r1"
    assert found["to"] == "history@r2" and found["target"] == "it"
    assert any("b" in text for text in found["differences"])
    assert {line["way"] for line in found["statements"]} == {"upgrade", "downgrade"}
    (same,) = project.skein("diff", "history@r1", "history@r1", "--format", "json").events
    assert same["differences"] == []


def test_two_files_need_no_target_that_can_be_reached(project):
    project.config(targets=[{"name": "it", "url": "sqlite:nowhere/it.db"}],)
    project.write("migrations/.keep", "")
    one = project.write("one.sql", "CREATE TABLE a (n INTEGER);")
    other = project.write("other.sql", "CREATE TABLE a (n INTEGER, m TEXT);")
    refused = project.skein("diff", f"schema:{one}", f"schema:{other}", code=lib.FAILED)
    assert "nowhere" in refused.err
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    found = project.skein("diff", f"schema:{one}", f"schema:{other}", code=lib.NO)
    assert found.out == "column a/m: added\n"


def test_what_cannot_be_compared_is_said_before_anything_is_reached(project):
    project.config(histories={"app": {"path": "migrations"}, "web": {"path": "web"}},
                   targets=[{"name": "it", "url": "sqlite:it.db", "history": "app"},
                            {"name": "my", "url": "mysql://u@127.0.0.1:1/d", "history": "web"}])
    project.chain(UPS)
    project.write("web/.keep", "")
    for a, b, why in (("it", "nobody", "there is no target"),
                      ("it", "my", "nothing in common"),
                      ("it", "history@nosuch", "Can't locate revision"),
                      ("it", "history:web", "has history \"app\""),
                      ("it", "history:nosuch", "there is no history"),
                      ("history", "history@r1", "--target"),
                      ("it", "schema:nosuch.sql", "nosuch.sql")):
        refused = project.skein("diff", a, b, code=lib.USAGE)
        assert why in refused.err, refused
    assert "b: dropped" in project.skein("diff", "history:app", "history:app@r1",
                                         code=lib.NO).out
    assert not list(project.folder.glob("*.db"))


def test_a_revision_that_fails_is_told_with_its_place(project, one):
    project.targets({"it": one})
    project.chain([*UPS, ("CREATE TABLE c (n INTEGER);\nCREATE TABLE a (n INTEGER);", None)])
    refused = project.skein("diff", "it", "history", code=lib.FAILED)
    assert "r3.sql:9:" in refused.err
    project.skein("diff", "it", "history@r2", code=lib.NO)


@pytest.mark.parametrize("ends", [("left", "right"), ("right", "left")])
def test_two_targets_differ_both_ways(project, database, ends):
    left, right = database("postgresql"), database("postgresql")
    project.targets({"left": left, "right": right})
    project.write("migrations/.keep", "")
    right.client("CREATE TABLE more (n integer);")
    word = "added" if ends[0] == "left" else "dropped"
    assert f"table more: {word}" in bare(project.skein("diff", *ends, code=lib.NO))
    first = {"left": left, "right": right}[ends[0]]
    first.client(project.skein("diff", *ends, "--sql", code=lib.NO).out)
    project.skein("diff", "left", "right")
