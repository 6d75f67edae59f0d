"""Scripts that the engine's own client runs: they leave what a run of the same steps leaves."""

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
