"""Names, messages and rows that were made to harm: whoever reads the output sees what they are, and
the database takes them as nothing but names and texts."""

import json
import re

import pytest

import lib

# An escape sequence, a C1 control, DEL, a carriage return, a direction mark, a zero-width blank, a
# forged line.
EVIL = "a\x1b[31mb\u009bc\x7fd\re\u202ef\u200bg\nINFO  [skein] Running upgrade  -> forged"
SEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
                  "\ufeff\ufff9-\ufffb]")
STEPS = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("INSERT INTO a VALUES (2);", "DELETE FROM a;")]

RAISE = {
    "postgresql": "DO $$ BEGIN RAISE EXCEPTION USING MESSAGE = U&'{0}', HINT = U&'{0}', "
                  "DETAIL = U&'{0}'; END $$;",
    "mysql": "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{0}';",
    "sqlite": "SELECT * FROM \"{0}\";",
}
NOTICE = "DO $$ BEGIN RAISE WARNING USING MESSAGE = U&'{0}'; END $$;"


def spelled(engine, text):
    if engine == "postgresql":
        return "".join(c if c.isalnum() or c in " []" else f"\\{ord(c):04x}" for c in text)
    return text


def harmless(result):
    """Nothing that a terminal would act upon, and no line that was not ours."""
    for text in (result.out, result.err):
        found = SEEN.search(text)
        assert not found, f"{found[0]!r} in {text!r}"
        assert not any(line.startswith("INFO  [skein] Running upgrade  -> forged")
                       for line in text.splitlines()), text
    return result


@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_what_a_server_says_is_shown_as_what_it_is(project, database, engine):
    one = database(engine)
    project.chain([*STEPS, ("SELECT 1;", "")])
    project.write("raise.sql", "")
    body = RAISE[engine].format(spelled(engine, EVIL))
    path = project.folder / "migrations" / "r3.sql"
    path.write_text(path.read_text().replace("SELECT 1;", body), newline="")
    project.targets({"it": one})
    result = harmless(project.skein("upgrade", "head", "-v", code=None))
    assert result.code in (lib.FAILED, lib.USAGE), result
    result = harmless(project.skein("upgrade", "head", "--format", "json", code=None))
    assert all(json.loads(line) for line in result.out.splitlines())
    harmless(project.skein("status", "-v", code=None))
    harmless(project.skein("status", "--format", "json", code=None))


def test_a_servers_warning_is_shown_as_what_it_is(project, database):
    project.chain([(NOTICE.format(spelled("postgresql", EVIL)), "")])
    project.targets({"it": database("postgresql")})
    result = harmless(project.skein("upgrade", "head", "-v"))
    assert "WARN" in result.err and "\\x1b[31m" in result.err or "a [31mb" in result.err, result


@pytest.mark.parametrize("row", ["a\x1b[31mb", "x'; DROP TABLE a; --", "é\u202e", " ", "a b", "x" * 32])
def test_a_version_row_that_is_no_revision_is_neither_obeyed_nor_echoed(project, one, row):
    project.chain(STEPS)
    project.targets({"it": one})
    project.skein("upgrade", "head")
    one.client("UPDATE alembic_version SET version_num = '" + row.replace("'", "''") + "';")
    for verb in (["current"], ["status", "-v"], ["upgrade", "head"], ["downgrade", "-1"],
                 ["current", "--format", "json"], ["history", "-i"]):
        harmless(project.skein(*verb, code=None))
    assert one.rows("SELECT n FROM a") == [("2",)]


@pytest.mark.parametrize("message", ["a\u202eb", "a\u200bb", "$(touch x)", "`touch x`", "'; DROP TABLE a",
                                     "../../etc/passwd", "%s%n%s%n", "-- skein: upgrade"])
def test_R8_a_revisions_message_is_shown_and_stored_as_what_it_is(project, database, message):
    one = database("sqlite")
    project.chain(STEPS)
    project.targets({"it": one})
    made = project.skein("revision", "-m", message, code=None)
    harmless(made)
    assert made.code == lib.OK or not list(project.folder.glob("migrations/*_*.sql"))
    for verb in (["history", "-v"], ["upgrade", "head"], ["current", "-v"], ["heads", "-v"],
                 ["history", "--format", "json"]):
        harmless(project.skein(*verb))
    assert one.has("a") and not (project.folder / "x").exists()


TENANTS = ["a;drop", "a--", 'a"b', "a`b", "a'b", "a\\b", "$(id)", "%s%n", "ä ö", "a b", "-t", "pg_temp"]


def test_tenants_are_plain_unless_it_is_said_otherwise(project):
    project.chain(STEPS)
    for name in (*(set(TENANTS) - {"a--", "-t", "pg_temp"}), "..", ".", "a/b", "a\u202e", "a\x1b", "x" * 64, ""):
        project.config(fleets=[{"name": "f", "url": "null:${tenant}", "tenants": [name]}])
        result = harmless(project.skein("targets", code=None))
        assert result.code == lib.USAGE, (name, result)


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_tenants_with_any_name_are_only_names(project, database, engine):
    one = database(engine)
    names = [name for name in TENANTS if name != "-t"]
    project.chain([("CREATE TABLE ${ident:table} (n INTEGER);\n"
                    "INSERT INTO ${ident:table} VALUES (1);", "DROP TABLE ${ident:table};")])
    path = project.folder / "migrations" / "r1.sql"
    path.write_text(path.read_text().replace("-- Revises: ", "-- Revises: \n-- Variables: table"))
    # One database, and of each tenant its own tables in it.
    for name in names:
        project.config(fleets=[{"name": "f", "url": one.url, "tenants": [name],
                                "tenant_chars": "any", "vars": {"table": "t ${tenant}"},
                                "options": {"application_name": "x${tenant}"}
                                if engine == "postgresql" else {"ssl_ca": "/x/${tenant}"}}])
        harmless(project.skein("upgrade", "head"))
        quoted = name.replace("'", "''").replace("\\", "\\\\" if engine == "mysql" else "\\")
        there = one.rows("SELECT 1 FROM information_schema.tables WHERE table_name = "
                         f"'t {quoted}'")
        assert there == [("1",)], name
        harmless(project.skein("downgrade", "base"))
