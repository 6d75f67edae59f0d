"""check, diff, schema dump and revision --autogenerate: desired schemas in files, live ones in real
databases, and each engine's own client as the observer."""

import json
import re
import secrets

import lib
import pytest

FIRST = {
    "sqlite": """CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE INDEX users_name ON users (name);
CREATE VIEW named AS SELECT id, name FROM users;
""",
    "postgresql": """CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE INDEX users_name ON users (name);
CREATE VIEW named AS SELECT id, name FROM users;
""",
    "mysql": """CREATE TABLE users (id int PRIMARY KEY, name varchar(80) NOT NULL);
CREATE INDEX users_name ON users (name);
CREATE VIEW named AS SELECT id, name FROM users;
""",
}
MORE = "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL DEFAULT 7);\n"


def set_up(project, databases, **history):
    """databases: {name: database}; each driver's desired schema is in schema/DRIVER.sql."""
    drivers = {one.driver for one in databases.values()}
    project.write("migrations/.keep", "")
    project.config(
        histories={"app": {"path": "migrations",
                           "schema": {d: f"schema/{d}.sql" for d in sorted(drivers)}, **history}},
        targets=[{"name": name, "url": one.url} for name, one in databases.items()])
    for driver in drivers:
        desire(project, driver, FIRST[driver])


def desire(project, driver, text):
    project.write(f"schema/{driver}.sql", text)


def files(project):
    return sorted((project.folder / "migrations").glob("*.sql"), key=lambda p: p.stat().st_mtime_ns)


def newest(project):
    return files(project)[-1]


def generate(project, message, *options, **more):
    result = project.skein("revision", "--autogenerate", "-m", message, *options, **more)
    return result, newest(project).read_text() if files(project) else ""


def test_a_desired_schema_becomes_a_revision_and_then_nothing_differs(project, one):
    set_up(project, {"it": one})
    assert project.skein("check", code=lib.NO).err.startswith("FAILED: New upgrade operations")
    result, text = generate(project, "users")
    assert "Detected table" in result.err and "CREATE TABLE" in text
    empty = one.dump()
    project.skein("upgrade", "head")
    assert one.has("users")
    assert project.skein("check").out == "No new upgrade operations detected.\n"
    project.skein("downgrade", "base")
    assert one.dump() == empty
    project.skein("upgrade", "head")
    assert project.skein("check").out == "No new upgrade operations detected.\n"


def test_what_was_there_before_comes_back_as_it_was_seen_by_its_own_client(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    before = one.dump()
    desire(project, one.driver, FIRST[one.driver].replace("name);", "name, id);", 1) + MORE)
    generate(project, "orders")
    project.skein("upgrade", "head")
    assert one.has("orders") and one.dump() != before
    project.skein("check")
    project.skein("downgrade", "-1")
    assert one.dump() == before


def test_what_destroys_data_is_held_back_until_a_person_decides(project, one):
    set_up(project, {"it": one})
    desire(project, one.driver, FIRST[one.driver] + MORE)
    generate(project, "all")
    project.skein("upgrade", "head")
    one.client("INSERT INTO orders VALUES (1, 2), (2, 3);")
    desire(project, one.driver, FIRST[one.driver])
    result, text = generate(project, "without orders")
    held = re.search(r"-- skein: held-back destroys data, rows now: (\d+)\n((?:--! .*\n)+)", text)
    assert held and held[1] == "2" and "DROP TABLE" in held[2], text
    assert "held back" in result.err
    refused = project.skein("upgrade", "head", code=lib.FAILED)
    assert "held back" in refused.err and ".sql:" in refused.err
    assert one.rows("SELECT count(*) FROM orders") == [("2",)]
    newest(project).write_text(text.replace(held[0], held[2].replace("--! ", "")))
    project.skein("upgrade", "head")
    assert not one.has("orders")
    project.skein("check")


def test_allow_drop_writes_it_for_real(project, one):
    set_up(project, {"it": one})
    desire(project, one.driver, FIRST[one.driver] + MORE)
    generate(project, "all")
    project.skein("upgrade", "head")
    desire(project, one.driver, FIRST[one.driver])
    _, text = generate(project, "without orders", "--allow-drop")
    assert "held-back" not in text and "-- destroys data" in text
    project.skein("upgrade", "head")
    assert not one.has("orders")


def test_nothing_to_generate_writes_no_file(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    result, _ = generate(project, "again")
    assert "no file is written" in result.err and len(files(project)) == 1


def test_a_target_that_is_behind_is_refused_as_in_alembic(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    for verb in (["check"], ["revision", "--autogenerate", "-m", "x"]):
        refused = project.skein(*verb, code=lib.FAILED)
        assert "FAILED: Target database is not up to date." in refused.err
    assert len(files(project)) == 1


def test_several_engines_give_one_revision_with_a_section_each(project, three):
    set_up(project, three)
    _, text = generate(project, "users")
    for one in three.values():
        assert f"-- skein: upgrade {one.driver}" in text
        assert f"-- skein: downgrade {one.driver}" in text
    project.skein("upgrade", "head")
    assert all(one.has("users") for one in three.values())
    project.skein("check")


def test_targets_that_differ_give_no_revision_but_the_difference(project, database):
    left, right = database("sqlite"), database("sqlite")
    set_up(project, {"left": left, "right": right})
    generate(project, "users")
    project.skein("upgrade", "head")
    right.client("CREATE TABLE by_hand (n INTEGER);")
    desire(project, "sqlite", FIRST["sqlite"] + MORE)
    refused = project.skein("revision", "--autogenerate", "-m", "x", code=lib.FAILED)
    assert "skein diff left right" in refused.err
    found = project.skein("diff", "left", "right", code=lib.NO).out
    assert "table by_hand: added" in found
    generate(project, "x", "--target", "left")
    assert "orders" in newest(project).read_text() and "by_hand" not in newest(project).read_text()


def test_a_fault_in_the_desired_schema_is_told_with_its_place(project, one):
    set_up(project, {"it": one})
    desire(project, one.driver, "CREATE TABLE a (id INTEGER);\n\nCREATE TABLE a (id INTEGER);\n")
    refused = project.skein("check", code=lib.FAILED)
    assert f"schema/{one.driver}.sql:3:" in refused.err


def test_a_missing_schema_file_or_name_says_how_to_make_one(project, one):
    set_up(project, {"it": one})
    (project.folder / f"schema/{one.driver}.sql").unlink()
    assert "skein schema dump makes it" in project.skein("check", code=lib.USAGE).err
    project.config(targets=[{"name": "it", "url": one.url}])
    assert f"names no schema file for driver {one.driver}" in \
        project.skein("check", code=lib.USAGE).err


def test_a_dump_is_a_desired_schema_and_always_the_same(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    text = project.skein("schema", "dump").out
    assert "CREATE TABLE" in text and "alembic_version" not in text and "skein_log" not in text
    project.skein("schema", "dump", "-o", f"schema/{one.driver}.sql")
    assert (project.folder / f"schema/{one.driver}.sql").read_text() == text
    project.skein("check")
    assert project.skein("schema", "dump").out == text


def test_a_dump_after_an_upgrade_shows_what_the_upgrade_made(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    assert "users" not in project.skein("schema", "dump").out
    assert "users" in project.skein("schema", "dump", "--after-upgrade").out
    assert one.has("users")


def test_diff_shows_both_directions_and_its_sql_can_be_run(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    desire(project, one.driver, FIRST[one.driver] + MORE)
    file = f"schema:schema/{one.driver}.sql"
    assert "table orders: added" in project.skein("diff", "it", file, code=lib.NO).out.replace(
        "public.", "")
    assert "table orders: dropped" in project.skein("diff", file, "target:it",
                                                    code=lib.NO).out.replace("public.", "")
    one.client(project.skein("diff", "it", file, "--sql", code=lib.NO).out)
    assert one.has("orders")
    assert project.skein("diff", "it", file).out == ""


def test_json_tells_differences_statements_and_hash(project, one):
    set_up(project, {"it": one})
    found = [json.loads(line) for line in
             project.skein("check", "--format", "json", code=lib.NO).out.splitlines()]
    compared = [line for line in found if line["event"] == "compared"]
    assert compared[0]["target"] == "it" and len(compared[0]["schema"]) == 64
    assert any("users" in text for text in compared[0]["differences"])


def test_check_tells_once_what_several_targets_lack_alike(project, database):
    fleet = {f"t{n}": database("sqlite") for n in range(5)}
    set_up(project, fleet)
    told = project.skein("check", code=lib.NO)
    assert "t0, t1, t2 and 2 more: table users: added\n" in told.out
    assert told.out.count("table users: added") == 1
    assert "in 5 of 5 targets" in told.err
    each = project.skein("check", "-v", code=lib.NO).out
    assert each.count("table users: added") == 5 and "t4: table users: added\n" in each
    fleet["t3"].client("CREATE TABLE users (n INTEGER);")
    apart = project.skein("check", code=lib.NO).out
    assert "t0, t1, t2 and 1 more: table users: added\n" in apart
    assert "t3: column users/n: dropped\n" in apart


def scratches(one):
    if one.driver == "postgresql":
        return one.rows("SELECT datname FROM pg_database WHERE datname LIKE 'skein_scratch%'")
    if one.driver == "mysql":
        return one.rows("SELECT schema_name FROM information_schema.schemata "
                        "WHERE schema_name LIKE 'skein\\_scratch%'")
    return []


def test_no_scratch_database_is_left(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    desire(project, one.driver, "no sql at all;")
    project.skein("check", code=lib.FAILED)
    assert scratches(one) == []


def test_a_name_that_is_an_attack_is_only_a_name(project, one):
    quoted = {"mysql": '`x``; DROP TABLE users; -- y`'}.get(one.driver, '"x""; DROP TABLE users; -- y"')
    set_up(project, {"it": one})
    desire(project, one.driver, FIRST[one.driver] + f"CREATE TABLE {quoted} (id INTEGER);\n")
    generate(project, "hostile")
    project.skein("upgrade", "head")
    project.skein("check")
    assert one.has("users")
    project.skein("downgrade", "base")
    project.skein("upgrade", "head")
    project.skein("check")


def test_drift_groups_the_targets_of_a_fleet_by_their_schemas(project, database):
    fleet = {f"t{number}": database("sqlite") for number in range(7)}
    set_up(project, fleet)
    generate(project, "users")
    project.skein("upgrade", "head")
    assert project.skein("status", "--drift").out.splitlines()[0].split()[0] == "7"
    fleet["t3"].client("CREATE TABLE by_hand (n INTEGER);")
    groups = [json.loads(line) for line in
              project.skein("status", "--drift", "--format", "json", code=lib.NO).out.splitlines()]
    assert [group["targets"] for group in groups if group["event"] == "schema_group"] == \
        [["t0", "t1", "t2", "t4", "t5", "t6"], ["t3"]]


RENAMED = {
    "sqlite": """-- skein: renamed-from users
CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL);
CREATE INDEX users_name ON people (full_name);
CREATE VIEW named AS SELECT id, full_name FROM people;
""",
    "postgresql": """-- skein: renamed-from users
CREATE TABLE people (id integer CONSTRAINT users_pkey PRIMARY KEY, full_name text NOT NULL);
CREATE INDEX users_name ON people (full_name);
CREATE VIEW named AS SELECT id, full_name FROM people;
""",
    "mysql": """-- skein: renamed-from users
CREATE TABLE people (id int PRIMARY KEY, full_name varchar(80) NOT NULL);
CREATE INDEX users_name ON people (full_name);
CREATE VIEW named AS SELECT id, full_name FROM people;
""",
}


@pytest.mark.parametrize("hint", ["option", "file"])
def test_what_is_renamed_by_hint_keeps_its_rows(project, one, hint):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    before = one.dump()
    one.client("INSERT INTO users VALUES (1, 'Ann');")
    text = RENAMED[one.driver]
    desire(project, one.driver, text if hint == "file" else text.split("\n", 1)[1])
    options = [] if hint == "file" else ["--rename", "users:people"]
    result, _ = generate(project, "people", *options, "--rename", "people.name:people.full_name")
    assert "renamed to" in result.err and "held back" not in result.err
    project.skein("upgrade", "head")
    assert one.rows("SELECT full_name FROM people") == [("Ann",)]
    project.skein("check")
    project.skein("downgrade", "-1")
    # SQLite puts a new name into its texts with quotes.
    assert one.rows("SELECT name FROM users") == [("Ann",)]
    assert one.dump().replace('"', "") == before.replace('"', "")
    # The hint has done its work, and is not in the way.
    project.skein("upgrade", "head")
    assert "no file is written" in generate(project, "again")[0].err


def test_a_rename_of_what_is_not_there_is_refused(project, database):
    set_up(project, {"it": database("sqlite")})
    generate(project, "users")
    project.skein("upgrade", "head")
    desire(project, "sqlite", FIRST["sqlite"].replace("users", "people"))
    for wrong in ("nobody:people", "users:nobody", "users", ":people"):
        refused = project.skein("revision", "--autogenerate", "-m", "x", "--rename", wrong,
                                code=None)
        assert refused.code in (lib.FAILED, lib.USAGE) and "rename" in refused.err
    assert len(files(project)) == 1


@pytest.mark.parametrize("option", ["--allow-drop", "--online", "--no-proof", "--keep-unproven",
                                    "--rename=a:b"])
def test_what_only_autogenerate_understands_is_refused_without_it(project, option):
    project.write("migrations/.keep", "")
    project.config(targets=[{"name": "it", "url": "sqlite:none.db"}])
    refused = project.skein("revision", "-m", "x", option, code=lib.USAGE)
    assert option.split("=")[0] in refused.err and "--autogenerate" in refused.err
    assert files(project) == []


def test_a_name_with_a_carriage_return_is_refused_and_never_written(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    quoted = "`a\rb`" if one.driver == "mysql" else '"a\rb"'
    one.client(f"CREATE TABLE {quoted} (id INTEGER);")
    for options in ([], ["--allow-drop"]):
        refused, _ = generate(project, "x", *options, code=lib.FAILED)
        assert "carriage return" in refused.err and "\r" not in refused.err, refused
    assert len(files(project)) == 1 and scratches(one) == []


@pytest.mark.parametrize("line", ["-- skein: downgrade", "  --  SKEIN : verify"])
def test_a_line_of_a_text_is_never_taken_for_one_of_skeins_own(project, database, line):
    one = database("postgresql")
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    one.client(f"CREATE TABLE t (n text DEFAULT 'x\n{line}\n DROP TABLE users;');\n")
    refused, _ = generate(project, "x", code=lib.FAILED)
    assert "no file " in refused.err and len(files(project)) == 1


BODIES = {
    "sqlite": "CREATE VIEW v AS SELECT 1\r\n AS n;\r\n",
    "postgresql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\r\n SELECT 1\r\n $$;\r\n",
    "mysql": "CREATE FUNCTION f() RETURNS int RETURN\r\n 1;\r\n",
}


def test_line_ends_of_another_system_are_no_difference(project, one):
    set_up(project, {"it": one})
    desire(project, one.driver, FIRST[one.driver].replace("\n", "\r\n") + BODIES[one.driver])
    generate(project, "users")
    project.skein("upgrade", "head")
    project.skein("check")
    one.client("DROP VIEW v;" if one.driver == "sqlite" else "DROP FUNCTION f;")
    one.client(BODIES[one.driver])
    project.skein("check")
    assert "\r" not in project.skein("schema", "dump").out


def test_a_rename_that_may_be_meant_is_told_with_what_to_type_and_never_done(project, one):
    set_up(project, {"it": one})
    generate(project, "users")
    project.skein("upgrade", "head")
    desire(project, one.driver, RENAMED[one.driver].split("\n", 1)[1].replace("full_name", "name"))
    result, text = generate(project, "people")
    assert "--rename users:people keeps" in result.err and "held back" in result.err
    newest(project).unlink()
    done = project.skein("revision", "--autogenerate", "-m", "x", "--format", "json",
                         "--rename", "users:people")
    assert "renames" not in done.events[-1] and "--rename" not in done.err
    newest(project).unlink()
    desire(project, one.driver, FIRST[one.driver].replace("name", "full_name")
           .replace("users_full_name", "users_name"))
    done = project.skein("revision", "--autogenerate", "-m", "x", "--format", "json")
    assert [each["rename"] for each in done.events[-1]["renames"]] == ["users.name:users.full_name"]


def test_grants_are_left_alone_until_the_desired_schema_grants_something(project, database):
    one, role = database("postgresql"), f"skein_{secrets.token_hex(6)}"
    set_up(project, {"it": one})
    one.client(f"CREATE ROLE {role}")
    try:
        generate(project, "users")
        project.skein("upgrade", "head")
        one.client(f"GRANT INSERT ON users TO {role}")
        assert project.skein("check").out == "No new upgrade operations detected.\n"
        before = one.dump()
        desire(project, "postgresql", FIRST["postgresql"] + f"GRANT SELECT, UPDATE (name) ON users TO {role};\n"
               f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role};\n")
        result, text = generate(project, "granted")
        assert "Detected grant" in result.err and f"REVOKE INSERT ON TABLE public.users FROM {role}" in text
        project.skein("upgrade", "head")
        assert one.rows(f"SELECT has_table_privilege('{role}', 'users', 'SELECT'), has_table_privilege('{role}', 'users',"
                        f" 'INSERT'), has_column_privilege('{role}', 'users', 'name', 'UPDATE')") == [("t", "f", "t")]
        assert project.skein("check").out == "No new upgrade operations detected.\n"
        project.skein("downgrade", "-1")
        assert one.dump() == before
    finally:
        one.client(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_a_fleet_is_compared_with_itself_before_anything_is_made(project, database):
    fleet = {f"t{number}": database("sqlite") for number in range(3)}
    set_up(project, fleet)
    generate(project, "users")
    project.skein("upgrade", "head")
    # Neither the file, which is wrong, nor a scratch database is looked at before.
    desire(project, "sqlite", "no sql at all;")
    fleet["t2"].client("CREATE TABLE by_hand (n INTEGER);")
    refused, _ = generate(project, "x", code=lib.FAILED)
    assert "targets t0 and t2 differ" in refused.err and "(1 are not as" in refused.err
    assert "status --drift" in refused.err and len(files(project)) == 1
    fleet["t2"].client("DROP TABLE by_hand;")
    assert "schema/sqlite.sql:1:" in generate(project, "x", code=lib.FAILED)[0].err
    desire(project, "sqlite", FIRST["sqlite"] + MORE)
    generate(project, "orders")
    project.skein("upgrade", "head")
    found = project.skein("check", "--format", "json").events
    assert [each["target"] for each in found if each["event"] == "compared"] == ["t0", "t1", "t2"]


def test_targets_must_agree_on_grants_where_the_desired_schema_has_some(project, database):
    left, right, role = database("postgresql"), database("postgresql"), f"skein_{secrets.token_hex(6)}"
    set_up(project, {"left": left, "right": right})
    left.client(f"CREATE ROLE {role}")
    try:
        generate(project, "users")
        project.skein("upgrade", "head")
        right.client(f"GRANT INSERT ON users TO {role}")
        desire(project, "postgresql", FIRST["postgresql"] + MORE)
        generate(project, "orders")
        newest(project).unlink()
        desire(project, "postgresql", FIRST["postgresql"] + f"GRANT SELECT ON users TO {role};\n")
        refused, _ = generate(project, "granted", code=lib.FAILED)
        assert "targets left and right differ" in refused.err and len(files(project)) == 1
        right.client(f"REVOKE INSERT ON users FROM {role}")
        assert "GRANT SELECT" in generate(project, "granted")[1]
    finally:
        for one in (right, left):
            one.client(f"DROP OWNED BY {role}")
        left.client(f"DROP ROLE {role}")
