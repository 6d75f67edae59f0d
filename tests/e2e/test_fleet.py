"""A fleet of 350 tenants on three engines: all at once, and with some of them broken."""

import sqlite3

import pytest

import lib

SQLITE, SERVER = 200, 50
REVISIONS = 10


class Fleet:
    """Tenants of four kinds, made without skein."""

    def __init__(self, project, database):
        self.project = project
        self.files = [f"s{n:03}" for n in range(SQLITE)]
        self.names = [f"t{n:02}" for n in range(SERVER)]
        self.postgresql, self.mysql = database("postgresql"), database("mysql")
        self.prefix = self.postgresql.name
        self._admin("postgresql", [f'CREATE DATABASE "{self.prefix}_{n}" TEMPLATE template0'
                                   for n in self.names])
        self.postgresql.client("".join(f"CREATE SCHEMA {n};\n" for n in self.names))
        self._admin("mysql", [f"CREATE DATABASE {self.prefix}_{n}" for n in self.names])
        (project.folder / "data").mkdir()
        project.chain([self._step(n) for n in range(1, REVISIONS + 1)])
        project.config(fleets=[
            self._fleet("files", "sqlite:data/${tenant}.db", self.files),
            self._fleet("databases", self._renamed(self.postgresql), self.names),
            self._fleet("schemas", f"{self.postgresql.url}&schema=${{tenant}}", self.names),
            self._fleet("mariadb", self._renamed(self.mysql), self.names)])

    @staticmethod
    def _fleet(name, url, tenants):
        return {"name": name, "url": url, "tenants": tenants}

    def _renamed(self, database):
        return database.url.replace(f"/{database.name}", f"/{self.prefix}_${{tenant}}")

    @staticmethod
    def _step(number):
        return (f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);\n"
                f"CREATE INDEX t{number}_name ON t{number} (name);\n",
                f"DROP TABLE t{number};")

    def _admin(self, engine, statements):
        text = ";\n".join(statements)
        if engine == "postgresql":
            self.postgresql.client(text)
        else:
            self.mysql.client(text)

    def drop(self):
        self._admin("postgresql", [f'DROP DATABASE "{self.prefix}_{n}"' for n in self.names])
        self._admin("mysql", [f"DROP DATABASE {self.prefix}_{n}" for n in self.names])

    def client(self, kind, tenant, sql):
        """Rows of one tenant."""
        if kind == "files":
            with sqlite3.connect(self.project.folder / "data" / f"{tenant}.db") as db:
                rows = db.execute(sql).fetchall()
            db.close()
            return rows
        if kind == "schemas":
            return self.postgresql.rows(f"SET search_path TO {tenant};\n{sql}")
        engine = self.postgresql if kind == "databases" else self.mysql
        own, engine.name = engine.name, f"{self.prefix}_{tenant}"
        try:
            return engine.rows(sql)
        finally:
            engine.name = own

    def tenants(self):
        return [("files", n) for n in self.files] + [
            (kind, n) for kind in ("databases", "schemas", "mariadb") for n in self.names]

    def at(self, kind, tenant):
        """The version and how many of the revisions' tables are there."""
        counted = {
            "files": "SELECT count(*) FROM sqlite_schema WHERE name GLOB 't[0-9]*_name'",
            "databases": "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 't%_name'",
            "schemas": "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 't%_name' "
                       "AND schemaname = current_schema()",
            "mariadb": "SELECT count(*) FROM information_schema.statistics WHERE "
                       "index_name LIKE 't%_name' AND table_schema = database()"}[kind]
        try:
            version = self.client(kind, tenant, "SELECT version_num FROM alembic_version")
        except (AssertionError, sqlite3.OperationalError):
            version = []
        return (version[0][0] if version else None), int(self.client(kind, tenant, counted)[0][0])


@pytest.fixture
def fleet(project, database):
    made = Fleet(project, database)
    yield made
    made.drop()


def test_d7_m1_a_fleet_goes_up_with_four_jobs_and_one_broken_tenant_of_each_kind_leaves_the_others_right(
        fleet):
    broken = [("files", "s100"), ("databases", "t20"), ("schemas", "t20"), ("mariadb", "t20")]
    for kind, tenant in broken:
        fleet.client(kind, tenant, "CREATE TABLE t5 (n INTEGER)")
    skein = fleet.project.skein
    head, whole = f"r{REVISIONS}", (f"r{REVISIONS}", REVISIONS)

    result = skein("upgrade", "head", "--jobs", "4", "--on-failure", "stop", code=lib.PARTIAL)
    assert any(f"{kind}/{tenant}" in result.err for kind, tenant in broken)
    left = [fleet.at(*each) for each in fleet.tenants() if each not in broken]
    assert set(left) <= {whole, (None, 0)}
    assert (None, 0) in left, "nothing new is started after a failure"

    result = skein("upgrade", "head", "--jobs", "4", "--on-failure", "continue", code=lib.PARTIAL)
    assert all(f"{kind}/{tenant}" in result.err for kind, tenant in broken)
    for each in fleet.tenants():
        if each not in broken:
            assert fleet.at(*each) == whole
    # All or nothing where DDL rolls back; as far as it came, and known, where it does not.
    assert [fleet.at(*each) for each in broken] == [(None, 0), (None, 0), (None, 0), ("r4", 4)]

    for kind, tenant in broken:
        fleet.client(kind, tenant, "DROP TABLE t5")
    skein("upgrade", "head", "--jobs", "4")
    assert {fleet.at(*each) for each in fleet.tenants()} == {whole}

    skein("upgrade", "head", "--jobs", "4")
    assert {fleet.at(*each) for each in fleet.tenants()} == {whole}
    counted = skein("status", "--format", "json").events
    assert len([e for e in counted if "target" in e]) == SQLITE + 3 * SERVER
    skein("downgrade", "base", "--jobs", "4", "-t", f"files/{fleet.files[0]}")
    assert fleet.at("files", fleet.files[0]) == (None, 0)
    assert fleet.at("files", fleet.files[1]) == (head, REVISIONS)
