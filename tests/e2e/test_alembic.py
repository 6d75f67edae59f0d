"""One database, two tools: what Alembic began skein goes on with, and the other way round."""

import pytest

import lib

STEPS = [("CREATE TABLE account (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL)",
          "DROP TABLE account"),
         ("CREATE TABLE tally (n INTEGER NOT NULL)", "DROP TABLE tally"),
         ("INSERT INTO tally VALUES (3)", "DELETE FROM tally WHERE n = 3"),
         ("INSERT INTO tally VALUES (4)", "DELETE FROM tally WHERE n = 4"),
         ("ALTER TABLE account ADD COLUMN email VARCHAR(80)",
          "ALTER TABLE account DROP COLUMN email")]

ENV = """
from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.get_main_option("url")).connect() as link:
    context.configure(connection=link)
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = """
from alembic import op
revision = {rid!r}
down_revision = {previous!r}
def upgrade():
    op.execute({up!r})
def downgrade():
    op.execute({down!r})
"""


class Alembic:
    """The same revisions in Alembic's form, and Debian's alembic to run them."""

    def __init__(self, project, database):
        self.folder = project.folder / "alembic"
        url = database.sqlalchemy.replace("%", "%%")
        project.write("alembic/alembic.ini", f"[alembic]\nscript_location = .\nurl = {url}\n")
        project.write("alembic/env.py", ENV)
        previous = None
        for number, (up, down) in enumerate(STEPS, 1):
            rid = f"r{number}"
            project.write(f"alembic/versions/{rid}.py",
                          REVISION.format(rid=rid, previous=previous, up=up, down=down))
            previous = rid

    def __call__(self, *arguments):
        return lib.run(["/usr/bin/python3", "/usr/bin/alembic", *arguments], cwd=self.folder)


@pytest.mark.smoke
def test_a_database_goes_from_alembic_to_skein_and_back(project, one):
    alembic = Alembic(project, one)
    project.chain([(f"{up};", f"{down};") for up, down in STEPS])
    project.targets({"it": one})

    alembic("upgrade", "r2")
    assert project.skein("current").lines == ["r2"]
    project.skein("upgrade", "r4")
    assert alembic("current").split() == ["r4"]
    alembic("upgrade", "head")
    assert project.skein("current").lines == ["r5 (head)"]
    assert sorted(one.rows("SELECT n FROM tally")) == [("3",), ("4",)]

    project.skein("downgrade", "-2")
    assert alembic("current").split() == ["r3"]
    alembic("downgrade", "-1")
    assert one.rows("SELECT n FROM tally") == []
    project.skein("downgrade", "base")
    assert alembic("current").split() == []
    assert not one.has("account") and not one.has("tally")


def test_skein_makes_the_version_table_exactly_as_alembic_does(project, database):
    project.chain([(f"{up};", f"{down};") for up, down in STEPS])
    for engine in lib.ENGINES:
        theirs, ours = database(engine), database(engine)
        Alembic(project, theirs)("upgrade", "r1")
        project.targets({"it": ours})
        project.skein("upgrade", "r1")
        beside = ("skein_log", "skein_step")
        assert ours.dump(without=beside) == theirs.dump(without=beside)
