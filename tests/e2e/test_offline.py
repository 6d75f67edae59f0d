"""Scripts that the engine's own client runs: they leave what a run of the same steps leaves."""

import json
import re
import subprocess

import pytest

import lib

LOG = "SELECT revision, direction, outcome, checksum FROM skein_log ORDER BY id"

# Not one of these statements can be run twice. Bodies hold ends of statements, dollars and quotes.
BODIES = {
    "sqlite": "CREATE TRIGGER guard AFTER INSERT ON account BEGIN\n"
              "  UPDATE account SET name = name || ';' WHERE id = new.id;\n"
              "  INSERT INTO audit VALUES (new.id, 'it''s; in');\nEND;",
    "postgresql": "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $body$\n"
                  "BEGIN\n  INSERT INTO audit VALUES (new.id, E'it\\'s; \\\\in');\n"
                  "  RETURN new;\nEND;\n$body$;\n"
                  "CREATE TRIGGER guard AFTER INSERT ON account FOR EACH ROW "
                  "EXECUTE FUNCTION guard();\n"
                  "INSERT INTO audit VALUES (0, '\\.'), (1, 'c:\\temp\\');",
    "mysql": "DELIMITER //\nCREATE PROCEDURE fill(IN n INT) BEGIN\n"
             "  DECLARE i INT DEFAULT 0;\n"
             "  WHILE i < n DO INSERT INTO audit VALUES (100 + i, 'it\\'s; //'); SET i = i + 1;\n"
             "  END WHILE;\nEND//\nDELIMITER ;\nCALL fill(3);",
}
BODIES_DOWN = {
    "sqlite": "DROP TRIGGER guard;",
    "postgresql": "DROP TRIGGER guard ON account;\nDROP FUNCTION guard;",
    "mysql": "DROP PROCEDURE fill;",
}
# What the engine runs only outside a transaction.
OUTSIDE = {
    "sqlite transaction=off": "VACUUM;\nCREATE INDEX by_name ON account (name);",
    "postgresql transaction=off": "CREATE INDEX CONCURRENTLY by_name ON account (name);",
    "mysql transaction=off": "CREATE INDEX by_name ON account (name);",
}
OUTSIDE_DOWN = {"sqlite": "DROP INDEX by_name;", "postgresql": "DROP INDEX by_name;",
                "mysql": "DROP INDEX by_name ON account;"}


def history(project):
    """Two branches from one base, a dependency across, a merge, a step outside a transaction."""
    project.revision("r1", "BEGIN;\nCREATE TABLE account (id INTEGER PRIMARY KEY, "
                     "name VARCHAR(50) NOT NULL);\nCREATE TABLE audit (id INTEGER, what "
                     "VARCHAR(50));\nCOMMIT;", "DROP TABLE audit;\nDROP TABLE account;")
    project.revision("r2", BODIES, BODIES_DOWN, "r1")
    project.revision("r3", "INSERT INTO account VALUES (1, 'a;b') -- ends in a comment; so\n;\n"
                     "-- skein: verify\nSELECT 1 FROM account WHERE name = 'x';",
                     "DELETE FROM account WHERE id = 1;", "r1")
    project.revision("r4", OUTSIDE, OUTSIDE_DOWN, "r2, r3")
    text = project.revision("s1", "CREATE TABLE side (id INTEGER);", "DROP TABLE side;").read_text()
    project.write("migrations/s1.sql", text.replace("-- Revises:", "-- Depends On: r3\n-- Revises:"))


class Pair:
    """Two databases of one engine: one is upgraded, to the other the script is given."""

    def __init__(self, project, database, engine, **settings):
        self.project, self.engine = project, engine
        self.online, self.offline = database(engine), database(engine)
        project.config(targets=[{"name": "online", "url": self.online.url, **settings},
                                {"name": "offline", "url": self.offline.url, **settings}])

    def script(self, verb, revision):
        return self.project.skein(verb, revision, "--sql", "-t", "offline").out

    def both(self, verb, revision, span=None):
        self.project.skein(verb, revision, "-t", "online")
        client(self.offline, self.script(verb, span or revision))
        self.alike()

    def alike(self):
        # A run keeps its place in skein_step, of which a script knows nothing.
        assert self.offline.dump(("skein_step",)) == self.online.dump(("skein_step",))
        assert self.offline.versions() == self.online.versions()
        assert self.offline.rows(LOG) == self.online.rows(LOG)
        for table in ("account", "audit", "side"):
            if self.online.has(table):
                query = f"SELECT * FROM {table} ORDER BY id"
                assert self.offline.rows(query) == self.online.rows(query)


def argv(database):
    """The client as a person starts it: nothing is set that the script must say itself."""
    if database.driver == "sqlite":
        return ["sqlite3", database.path]
    if database.driver == "postgresql":
        return database.program("psql", "-X", "-d", database.name)
    return [part for part in database.program("mariadb", database.name)
            if "character-set" not in part]


def client(database, script):
    return lib.run(argv(database), script)


def client_fails(database, script):
    done = subprocess.run([str(a) for a in argv(database)], input=script, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode != 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.smoke
@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_a_script_leaves_what_a_run_leaves(project, database, engine):
    history(project)
    pair = Pair(project, database, engine)
    pair.both("upgrade", "heads")
    assert pair.offline.versions() == ["r4", "s1"]


@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_scripts_of_ranges_leave_what_runs_leave_up_and_down(project, database, engine):
    history(project)
    pair = Pair(project, database, engine)
    pair.both("upgrade", "r3")
    pair.both("upgrade", "r4", "r3:r4")
    pair.both("downgrade", "r1", "r4:r1")
    pair.both("stamp", "r3", "r1:r3")
    pair.both("stamp", "r1", "r3:r1")
    pair.both("downgrade", "-1", "r1:-1")
    assert pair.offline.versions() == [] and not pair.offline.has("account")
    pair.both("upgrade", "r2")


@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_transactions_are_as_the_target_wants_them(project, database, engine):
    history(project)
    pair = Pair(project, database, engine, transaction="revision")
    script = pair.script("upgrade", "r3")
    assert script.count("COMMIT;") == 2
    pair.both("upgrade", "r4")
    pair = Pair(project, database, engine, transaction="target")
    pair.both("upgrade", "r3")
    if engine != "mysql":
        refused = project.skein("upgrade", "r4", "--sql", "-t", "offline", code=lib.USAGE)
        assert 'transaction = "target" cannot hold' in refused.err and refused.out == ""


@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_a_script_refuses_a_database_that_is_elsewhere(project, database, engine):
    project.chain([("CREATE TABLE account (id INTEGER);", "DROP TABLE account;"),
                   ("CREATE TABLE audit (id INTEGER);", "DROP TABLE audit;"),
                   ("CREATE TABLE side (id INTEGER);", "DROP TABLE side;")])
    pair = Pair(project, database, engine)
    project.skein("upgrade", "r1", "-t", "offline")
    for span in ("base:head", "r2:head"):
        client_fails(pair.offline, pair.script("upgrade", span))
        assert pair.offline.versions() == ["r1"] and not pair.offline.has("side")
    script = pair.script("upgrade", "r1:head")
    client(pair.offline, script)
    client_fails(pair.offline, script)
    assert pair.offline.versions() == ["r3"]


@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_a_client_stops_at_the_first_error_and_says_so(project, database, engine):
    project.chain([("CREATE TABLE account (id INTEGER);", ""),
                   ("CREATE TABLE audit (id INTEGER);\nSELECT nothing FROM nowhere;", ""),
                   ("CREATE TABLE side (id INTEGER);", "")])
    pair = Pair(project, database, engine)
    client_fails(pair.offline, pair.script("upgrade", "head"))
    kept = ["r1"] if engine == "mysql" else []
    assert pair.offline.versions() == kept and not pair.offline.has("side")
    assert pair.offline.has("account") == bool(kept)


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("engine", sorted(lib.ENGINES))
def test_a_verify_query_that_finds_a_row_ends_the_script(project, database, engine, log):
    verify = "\n-- skein: verify\nSELECT found FROM account WHERE found = 7 -- seven\n;"
    project.chain([("CREATE TABLE account (found INTEGER);" + verify, ""),
                   ("INSERT INTO account VALUES (7);" + verify, "")])
    pair = Pair(project, database, engine, log=log)
    client(pair.offline, pair.script("upgrade", "r1"))
    # Alembic's own text leaves it to whoever runs it to stop at an error.
    stop = {"sqlite": ".bail on\n", "postgresql": "\\set ON_ERROR_STOP on\n", "mysql": ""}
    client_fails(pair.offline, stop[engine] + pair.script("upgrade", "r1:r2"))
    assert pair.offline.versions() == ["r1"]


def test_a_table_with_children_is_rebuilt_and_a_new_violation_refused_as_online(project, database):
    project.chain([
        ("CREATE TABLE parent (id INTEGER PRIMARY KEY);\nINSERT INTO parent VALUES (1);\n"
         "CREATE TABLE child (id INTEGER REFERENCES parent ON DELETE CASCADE);\n"
         "INSERT INTO child VALUES (1);", ""),
        ("CREATE TABLE fresh (id INTEGER PRIMARY KEY, n INTEGER);\n"
         "INSERT INTO fresh SELECT id, 2 FROM parent;\nDROP TABLE parent;\n"
         "ALTER TABLE fresh RENAME TO parent;", ""),
        ("INSERT INTO child VALUES (9);", "")])
    pair = Pair(project, database, "sqlite")
    pair.both("upgrade", "r2")
    assert pair.offline.rows("SELECT id FROM child") == [("1",)]
    project.skein("upgrade", "r3", "-t", "online", code=lib.FAILED)
    client_fails(pair.offline, pair.script("upgrade", "r2:r3"))
    pair.alike()


def test_variables_settings_and_schema_are_the_targets(project, database):
    text = project.revision(
        "r1", "CREATE ROLE ${ident:role};\nCREATE TABLE account (who text);\n"
        "INSERT INTO account VALUES (${literal:word}), (current_setting('app.x'));\n"
        "SET app.x = 'changed';\nINSERT INTO account VALUES (current_setting('app.x'));",
        None).read_text()
    project.write("migrations/r1.sql", text.replace("-- Revises:", "-- Variables: role, word\n"
                                                                   "-- Revises:"))
    project.revision("r2", "INSERT INTO account VALUES ('c\\d'), (current_setting('app.x'));", None,
                     "r1")
    made = {}
    for name in ("online", "offline"):
        one = made[name] = database("postgresql")
        one.client('CREATE SCHEMA "my place"; CREATE SCHEMA ledger')
    project.config(
        histories={"default": {"path": "migrations", "version_table_schema": "ledger",
                               "version_table": "ours"}},
        targets=[{"name": name, "url": one.url + "&schema=my%20place",
                  "session": ["SET app.x = 'it''s'"],
                  "vars": {"role": f'x"{one.name}', "word": "o'c\\"}}
                 for name, one in made.items()])
    project.skein("upgrade", "head", "-t", "online")
    client(made["offline"], project.skein("upgrade", "head", "--sql", "-t", "offline").out)
    for query in ('SELECT who FROM "my place".account ORDER BY who COLLATE "C"',
                  "SELECT version_num FROM ledger.ours", "SELECT revision FROM ledger.skein_log"):
        assert made["offline"].rows(query) == made["online"].rows(query) != []
    for one in made.values():
        one.client(f'DROP ROLE "x""{one.name}"')


# ------------------------------------------------------------------------------------------------
# Text


NOWHERE = {"sqlite": "sqlite:nowhere/x.db", "postgresql": "postgresql://u@db.invalid/x",
           "mysql": "mysql://u@db.invalid/x"}


def nowhere(project, **settings):
    project.config(targets=[{"name": engine, "url": url, **settings}
                            for engine, url in NOWHERE.items()])


class Alembic:
    """The same history for Debian's alembic."""

    ENV = """
from alembic import context
context.configure(url=context.config.get_main_option("url"), literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""
    URLS = {"sqlite": "sqlite://", "postgresql": "postgresql://", "mysql": "mysql://"}

    def __init__(self, project, revisions):
        self.folder = project.folder / "alembic"
        project.write("alembic/env.py", self.ENV)
        for engine, url in self.URLS.items():
            project.write(f"alembic/{engine}.ini",
                          f"[alembic]\nscript_location = .\nurl = {url}\n")
        for rid, (parents, depends, up, down) in revisions.items():
            project.write(f"alembic/versions/{rid}.py", f"""
from alembic import op
revision = {rid!r}
down_revision = {tuple(parents) or None!r}
depends_on = {tuple(depends) or None!r}
def upgrade():
    op.execute({up!r})
def downgrade():
    op.execute({down!r})
""")
            text = project.revision(rid, up + ";", down + ";", ", ".join(parents)).read_text()
            project.write(f"migrations/{rid}.sql", text.replace(
                "-- Revises:", f"-- Depends On: {', '.join(depends)}\n-- Revises:", bool(depends)))

    def __call__(self, engine, *arguments):
        return lib.run(["/usr/bin/python3", "/usr/bin/alembic", "-c", f"{engine}.ini", *arguments,
                        "--sql"], cwd=self.folder)


def steps(text):
    """The paragraphs between the lines that say what runs, in no order: siblings may change places."""
    return sorted(part for part in re.split(r"(?=^-- Running|^COMMIT)", text, flags=re.MULTILINE))


def test_without_the_log_a_script_is_alembics_word_for_word(project):
    nowhere(project, log=False)
    alembic = Alembic(project, {
        f"a{n}": ([f"a{n - 1}"] if n > 1 else [], [], f"CREATE TABLE t{n} (id INTEGER)",
                  f"DROP TABLE t{n}") for n in range(1, 5)})
    for engine in NOWHERE:
        for verb, revision in (("upgrade", "head"), ("upgrade", "a2:head"), ("upgrade", "a1:+2"),
                               ("upgrade", "a3:a1"), ("downgrade", "a4:a2"),
                               ("downgrade", "a3:-1"), ("downgrade", "a4:base"),
                               ("downgrade", "head:base"), ("stamp", "a2"), ("stamp", "a1:a4"),
                               ("stamp", "a4:a1"), ("stamp", "a4:base")):
            ours = project.skein(verb, revision, "--sql", "-t", engine).out
            assert ours == alembic(engine, verb, revision), (engine, verb, revision)


def test_without_the_log_branches_merges_and_dependencies_are_alembics_too(project):
    nowhere(project, log=False)
    shape = {"a1": ([], []), "a2": (["a1"], []), "a3": (["a1"], []), "a4": (["a2", "a3"], []),
             "b1": ([], ["a2"]), "b2": (["b1"], [])}
    alembic = Alembic(project, {rid: (parents, depends, f"CREATE TABLE {rid} (id INTEGER)",
                                      f"DROP TABLE {rid}")
                                for rid, (parents, depends) in shape.items()})
    for engine in ("sqlite", "postgresql"):
        for verb, revision in (("upgrade", "b2"), ("upgrade", "a1:b1"), ("upgrade", "a4:b1"),
                               ("downgrade", "b2:b1"), ("stamp", "heads"), ("stamp", "a2:a4"),
                               ("downgrade", "a4:a2"), ("downgrade", "b2:b1@base")):
            ours = project.skein(verb, revision, "--sql", "-t", engine).out
            assert steps(ours) == steps(alembic(engine, verb, revision)), (engine, verb, revision)


@pytest.mark.parametrize("name", ["airflow", "redash"])
def test_scripts_of_real_graphs_are_as_recorded(project, corpora, name):
    graph = corpora.parent / "graphs" / name
    for revision in json.loads((graph / "graph.json").read_text())["revisions"]:
        parents = revision["down_revision"] or []
        parents = [parents] if isinstance(parents, str) else parents
        project.revision(revision["revision"], "", "", ", ".join(parents))
    nowhere(project, log=False)
    recorded = (graph / "golden" / "upgrade_heads_sql.txt").read_text()
    recorded = recorded.split("\n", 2)[2].split("--stderr--")[0]
    script = project.skein("upgrade", "heads", "--sql", "-t", "sqlite").out
    assert sorted(map(str.rstrip, steps(script))) == sorted(map(str.rstrip, steps(recorded)))


# ------------------------------------------------------------------------------------------------
# The command


def test_no_database_and_no_secret_is_asked_for(project):
    project.chain([("CREATE TABLE account (id INTEGER);", "")])
    nowhere(project, password_command=["/bin/false"])
    result = project.skein("upgrade", "head", "--sql")
    assert "INFO  [skein] Generating static SQL" in result.err
    assert "Running upgrade  -> r1, revision r1" in result.err
    for engine in NOWHERE:
        assert f"target {engine}, driver {engine}, from base" in result.out
    quiet = project.skein("upgrade", "head", "--sql", "-q")
    assert quiet.err == "" and quiet.out.count("-- Running upgrade") == 3


def test_json_has_one_script_a_target(project):
    project.chain([("CREATE TABLE account (id INTEGER);", "")] * 2)
    nowhere(project, log=False)
    result = project.skein("upgrade", "r1:head", "--sql", "--format", "json")
    assert [event["target"] for event in result.events] == list(NOWHERE)
    for event in result.events:
        assert event["event"] == "script" and event["driver"] == event["target"]
        assert event["from"] == ["r1"] and event["to"] == ["r2"] and event["revisions"] == 1
        text = project.skein("upgrade", "r1:head", "--sql", "-t", event["target"]).out
        assert event["sql"] == text


REFUSED = [
    ("downgrade base --sql", "downgrade with --sql requires <fromrev>:<torev>"),
    ("upgrade r1:r2:r3 --sql", '"r1:r2:r3" is no range'),
    ("upgrade r1: --sql", '"r1:" is no range'),
    ("upgrade :r1 --sql", '":r1" is no range'),
    ("upgrade r1:r2", "Range revision not allowed"),
    ("downgrade r2:r1", "Range revision not allowed"),
    ("upgrade heads:r1 --sql", "Multiple head revisions are present for given argument 'heads'"),
    ("upgrade zzzz:r1 --sql", "Can't locate revision identified by 'zzzz'"),
    ("upgrade head-1:r1 --sql", "Can't locate revision identified by 'head-1'"),
    ("upgrade r1@-1:r2 --sql", "Can't locate revision identified by '-1'"),
    ("upgrade r1:+1x --sql", "Can't locate revision identified by '+1x'"),
    ("upgrade base:+5 --sql", "Ambiguous walk"),
    ("upgrade r2:+5 --sql", "Relative revision +5 didn't produce 5 migrations"),
    ("downgrade r1:r2 --sql", "Destination r2 is not a valid downgrade target"),
    ("downgrade r3:r1 --sql", "revision r3 has no downgrade section"),
    ("upgrade head --sql --dry-run", "--dry-run asks the databases"),
    ("upgrade r1 --sql -t behind", "--sql opens no connection"),
]


@pytest.mark.parametrize("words, reason", REFUSED)
def test_what_makes_no_script_is_refused_with_its_reason(project, words, reason):
    project.revision("r1", "", "")
    project.revision("r2", "", "", "r1")
    project.revision("r3", "", None, "r1")
    project.revision("s1", "", "")
    nowhere(project)
    result = project.skein(*words.split(), code=lib.USAGE)
    assert reason in result.err and result.out == ""


def test_a_fault_of_one_target_leaves_no_script_at_all(project):
    text = project.revision("r1", "SELECT ${literal:x};", "").read_text()
    project.write("migrations/r1.sql", text.replace("-- Revises:", "-- Variables: x\n-- Revises:"))
    project.config(targets=[{"name": "a", "url": NOWHERE["sqlite"], "vars": {"x": "1"}},
                            {"name": "b", "url": NOWHERE["sqlite"]}])
    result = project.skein("upgrade", "head", "--sql", code=lib.USAGE)
    assert result.out == ""
    assert 'migrations/r1.sql:9:1: variable "x" has no value' in result.err
