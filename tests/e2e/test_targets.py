"""One config, one history, several engines."""

import pytest

import lib

# Non-idempotent, so that what is applied twice shows; with what an engine writes in its own way.
ACCOUNTS = [
    ("CREATE TABLE account (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);\n"
     "CREATE TABLE tally (n INTEGER NOT NULL);",
     "DROP TABLE tally;\nDROP TABLE account;"),
    ("ALTER TABLE account ADD COLUMN email VARCHAR(80);\nINSERT INTO tally VALUES (2);",
     "ALTER TABLE account DROP COLUMN email;\nDELETE FROM tally;"),
    ("CREATE INDEX account_name ON account (name);",
     {"": "DROP INDEX account_name;", "mysql": "DROP INDEX account_name ON account;"}),
]

NOBODY = {
    "postgresql": "postgresql://app@127.0.0.1:1/app",
    "mysql": "mysql://app@127.0.0.1:1/app",
    "sqlite": "sqlite:no/such/folder/app.db",
}


@pytest.fixture
def shop(project, three):
    project.chain(ACCOUNTS)
    project.targets(three)
    return project


@pytest.mark.smoke
def test_upgrade_head_takes_all_three_engines_up_together(shop, three):
    shop.skein("upgrade", "head")
    for database in three.values():
        assert database.versions() == ["r3"]
        assert database.rows("SELECT n FROM tally") == [("2",)]
        assert database.rows("SELECT email FROM account") == []


@pytest.mark.smoke
def test_what_goes_up_comes_down_step_by_step_and_to_base(shop, three):
    at_two = {}
    shop.skein("upgrade", "r2")
    for name, database in three.items():
        at_two[name] = database.dump()
    shop.skein("upgrade", "head")
    shop.skein("downgrade", "-1")
    for name, database in three.items():
        assert database.versions() == ["r2"]
        assert database.dump() == at_two[name]
    shop.skein("downgrade", "base")
    for database in three.values():
        assert database.versions() == []
        assert not database.has("account") and not database.has("tally")


@pytest.mark.parametrize("selectors, chosen", [
    (["-t", "mysql"], {"mysql"}),
    (["--target", "sqlite,postgresql"], {"sqlite", "postgresql"}),
    (["-t", "*sql*", "-t", "!mysql"], {"sqlite", "postgresql"}),
    (["-t", "driver:sqlite"], {"sqlite"}),
])
def test_c3_a_selector_picks_its_targets_and_no_other(shop, three, selectors, chosen):
    shop.skein("upgrade", "head", *selectors)
    assert {name for name, database in three.items() if database.versions()} == chosen


def test_c3_a_selector_that_matches_nothing_is_wrong_use(shop, three):
    result = shop.skein("upgrade", "head", "-t", "mysqll", code=lib.USAGE)
    assert "mysqll" in result.text
    assert not any(database.versions() for database in three.values())


@pytest.mark.parametrize("engine", sorted(NOBODY))
def test_s7_a_target_out_of_reach_is_named_before_anything_is_changed(project, three, engine):
    project.chain(ACCOUNTS)
    targets = [{"name": name, "url": database.url} for name, database in three.items()]
    project.config(targets=targets + [{"name": "lost", "url": NOBODY[engine]}])
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.FAILED, lib.USAGE) and "lost" in result.err
    for database in three.values():
        assert not database.has("alembic_version") and not database.has("account")


def test_one_database_under_two_names_is_refused(project, database):
    engine = database("postgresql")
    project.chain(ACCOUNTS)
    project.targets({"one": engine, "two": engine})
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.FAILED, lib.USAGE)
    assert "one" in result.err and "two" in result.err
    assert not engine.has("alembic_version")


def test_two_histories_live_in_one_database_with_their_own_version_tables(project, one):
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;")], "first")
    project.revision("q1", "CREATE TABLE b (n INTEGER);", "DROP TABLE b;", folder="second")
    project.config(histories={"first": {"path": ["first"]},
                              "second": {"path": ["second"], "version_table": "second_version"}},
                   targets=[{"name": "a", "url": one.url, "history": "first"},
                            {"name": "b", "url": one.url, "history": "second"}])
    project.skein("upgrade", "head")
    assert one.versions() == ["r1"]
    assert one.versions("second_version") == ["q1"]
    project.skein("downgrade", "base", "-t", "b")
    assert one.has("a") and not one.has("b")


def test_a_url_alone_is_a_target(project, one):
    project.chain(ACCOUNTS)
    project.skein("--url", one.url, "upgrade", "head")
    assert one.versions() == ["r3"]
    assert project.skein("--url", one.url, "current").lines == ["r3 (head)"]
