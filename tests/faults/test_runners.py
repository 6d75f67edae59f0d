"""Several at work on one fleet: skein twice and eight times, on overlapping parts of it, and beside
Alembic. Each revision is applied once; who comes too late finds nothing to do, or says who was
there before."""

import itertools

import pytest

import lib
import look

CHAIN = [("CREATE TABLE once (n INTEGER NOT NULL);\nINSERT INTO once VALUES (1);",
          "DROP TABLE once;"),
         ("INSERT INTO once VALUES (2);", "DELETE FROM once WHERE n = 2;"),
         ("UPDATE once SET n = n + 10;", "UPDATE once SET n = n - 10;")]
END = [("11",), ("12",)]


@pytest.fixture
def fleet(stands, tmp_path):
    """Two databases of each engine, and a project that goes up and down on all of them."""
    databases = {f"{name}{i}": stand for name in ("postgresql", "mariadb", "sqlite")
                 for i, stand in enumerate(stands(name).all[:2])}
    project = lib.Project(tmp_path / "fleet")
    project.folder.mkdir(mode=0o755)
    project.env["HOME"] = str(project.folder)
    project.chain(CHAIN)
    project.config(targets=[{"name": name, "url": stand.database.url}
                            for name, stand in databases.items()], on_failure="continue")
    for stand in databases.values():
        stand.lens.reset()
    yield project, databases
    assert look.processes_of(project.folder) == []
    for stand in databases.values():
        stand.lens.reset()


def race(project, commands):
    """All started together; every one is done, or came too late and says so."""
    runs = [project.start(*command) for command in commands]
    results = [project.finish(run, timeout=300) for run in runs]
    for result in results:
        assert result.code in (lib.OK, lib.BUSY) or (
            result.code == lib.PARTIAL and "another runner" in result.text), results
    return results


def once(databases, figures):
    for name, stand in databases.items():
        seen = stand.lens.look()
        assert seen.versions == ["r3"], (name, seen)
        assert sorted(stand.lens.ask("SELECT n FROM once;")) == END, name
        assert sorted(seen.log)[-3:] and seen.step is None, (name, seen)
        assert not seen.sessions, (name, seen.sessions)
    figures["rounds"] += 1


@pytest.mark.parametrize("runners, rounds", [(2, 2), (8, 1)])
def test_k1_each_revision_once_however_many_runners_start_together(fleet, figures, long, runners,
                                                                  rounds):
    project, databases = fleet
    for _ in range(100 if long else rounds):
        race(project, [("upgrade", "head")] * runners)
        once(databases, figures)
        project.skein("downgrade", "base")


def test_k2_overlapping_parts_in_opposite_order_never_wait_for_each_other(fleet, figures, long):
    project, databases = fleet
    names = list(databases)
    one = list(itertools.chain(*(("-t", name) for name in names[:4])))
    other = list(itertools.chain(*(("-t", name) for name in reversed(names[2:]))))
    for _ in range(50 if long else 1):
        race(project, [("upgrade", "head", *one), ("upgrade", "head", *other)])
        once(databases, figures)
        project.skein("downgrade", "base")


ENV = """
from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.get_main_option("url")).connect() as link:
    context.configure(connection=link, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
revision, down_revision = {rid!r}, {previous!r}
def upgrade():
    for statement in {up!r}:
        op.execute(statement)
def downgrade():
    pass
"""


@pytest.mark.parametrize("name", ["postgresql", "mariadb", "sqlite"])
def test_k3_alembic_at_work_in_the_same_database_never_makes_a_revision_happen_twice(
        stand, strike, figures, long, name):
    """Alembic runs to its end while skein is held before one of its calls."""
    of = stand(name)
    of.configure(lock_timeout=2)
    folder = of.folder.parent / f"alembic-{name}"
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    url = of.database.sqlalchemy.replace("%", "%%")
    (folder / "alembic.ini").write_text(f"[alembic]\nscript_location = .\nurl = {url}\n")
    (folder / "env.py").write_text(ENV)
    previous = None
    for revision in of.scene.revisions:
        (folder / "versions" / f"{revision.id}.py").write_text(REVISION.format(
            rid=revision.id, previous=previous, up=list(revision.statements)))
        previous = revision.id
    of.reset("r1")
    _, last, _ = strike(of, "worker")
    # What Alembic cannot do within two seconds it is not let do: skein may hold the lock.
    command = f"cd {folder} && timeout --foreground 3 python3 /usr/bin/alembic upgrade head >/dev/null 2>&1 || :"
    rounds = range(1, last + 1) if long else [last // 2]
    for at in rounds:
        of.reset("r1")
        result, _, struck = strike(of, "worker", at, command=command, timeout=120)
        figures["rounds"] += struck
        seen = of.quiet_await()
        assert result.code in (lib.OK, lib.FAILED, lib.BUSY), result
        if name == "mariadb":
            # Alembic knows of no lock, and MariaDB's DDL of no way back: what both began, one of
            # them finds there. Nothing is there twice, and the version rows are one.
            assert len(seen.versions) == 1, seen
            continue
        assert seen.dump == of.states[of.applied(seen)][0], f"N1: {seen}"
        result = of.upgrade()
        assert result.code == lib.OK, result
        seen = of.quiet_await()
        assert seen.versions == [of.scene.head] and seen.dump == of.states[-1][-1], seen
    of.configure()
