"""What a person reads and a script relies on: exit codes, JSON, dry runs, interrupts, secrets."""

import json
import os
import pathlib
import re
import signal

import pytest

import lib
from conftest import children

STEPS = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("CREATE TABLE b (n INTEGER);", "DROP TABLE b;")]


@pytest.fixture
def shop(project, three):
    project.chain(STEPS)
    project.targets(three)
    return project


@pytest.mark.smoke
def test_every_line_of_json_output_is_an_object_that_names_its_target(shop, three):
    commands = (("upgrade", "head"), ("current",), ("status",), ("targets",), ("downgrade", "-1"))
    for command in commands:
        events = shop.skein(*command, "--format", "json").events
        assert {e["target"] for e in events if "target" in e} == set(three), command


def test_json_output_stays_json_when_a_target_fails(shop, three):
    shop.revision("r3", "CREATE NONSENSE;", "", "r2")
    result = shop.skein("upgrade", "head", "--format", "json", code=None)
    assert result.code in (lib.FAILED, lib.PARTIAL)
    assert any(three[e["target"]] for e in result.events if "target" in e)
    assert "r3.sql" in json.dumps(result.events)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(shop, three):
    shop.skein("upgrade", "r1", "-t", "mysql")
    dumps = {name: d.dump() for name, d in three.items() if name != "sqlite"}
    result = shop.skein("upgrade", "head", "--dry-run")
    assert "r1" in result.text and "r2" in result.text
    assert not three["sqlite"].path.exists() or three["sqlite"].versions() == []
    assert {name: three[name].dump() for name in dumps} == dumps
    assert three["mysql"].versions() == ["r1"] and not three["postgresql"].has("alembic_version")
    assert "CREATE TABLE b" in shop.skein("upgrade", "head", "--dry-run", "-v").text


def test_with_one_target_the_texts_are_alembics(project, one):
    project.chain(STEPS)
    project.targets({"it": one})
    result = project.skein("upgrade", "head")
    assert "Running upgrade  -> r1, revision r1" in result.err
    assert "Running upgrade r1 -> r2, revision r2" in result.err
    assert project.skein("current").lines == ["r2 (head)"]
    assert project.skein("heads").lines == ["r2 (head)"]
    assert project.skein("history").lines == ["r1 -> r2 (head), revision r2",
                                              "<base> -> r1, revision r1"]
    result = project.skein("downgrade", "-1")
    assert "Running downgrade r2 -> r1, revision r2" in result.err
    project.skein("stamp", "head")
    assert one.versions() == ["r2"] and not one.has("b")


def test_with_several_targets_each_line_names_its_own(shop, three):
    shop.skein("upgrade", "head", "-t", "sqlite")
    lines = shop.skein("current").lines
    assert [line.split()[0].rstrip(":") for line in lines if "r2 (head)" in line] == ["sqlite"]


def test_current_changes_nothing(shop, three):
    shop.skein("current")
    assert not three["sqlite"].path.exists()
    assert not any(three[name].has("alembic_version") for name in ("postgresql", "mysql"))


@pytest.mark.parametrize("arguments", [
    (), ("nonsense",), ("upgrade",), ("upgrade", "head", "--nonsense"), ("upgrade", "nowhere"),
    ("upgrade", "head", "-t", "nobody"), ("upgrade", "head", "--jobs", "none"),
    ("-c", "no.cfg", "current"), ("downgrade", "head+1x"), ("upgrade", "head", "--format", "xml"),
])
def test_c7_wrong_use_exits_2_and_changes_nothing(shop, three, arguments):
    result = shop.skein(*arguments, code=lib.USAGE)
    assert result.text.strip()
    assert not three["postgresql"].has("alembic_version")


def test_status_answers_no_with_4(shop):
    shop.skein("status", "--check", code=lib.NO)
    shop.skein("upgrade", "head")
    shop.skein("status", "--check")


def test_p5_output_that_cannot_be_written_is_a_failure_but_tears_nothing(shop, three):
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = shop.finish(shop.start("upgrade", "head", "--format", "json", stdout=full))
    assert result.code not in (lib.OK, lib.INTERRUPTED), result
    assert all(d.versions() == ["r2"] for d in three.values())


def signal_pending(pid, number):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    pending = int(re.search(r"^ShdPnd:\s*(\w+)", status, re.MULTILINE)[1], 16)
    return bool(pending >> (number - 1) & 1)


@pytest.mark.parametrize("times", [1, 2])
def test_p4_an_interrupt_finishes_or_rolls_back_what_is_in_flight(project, database, times):
    both = [database("postgresql"), database("postgresql")]
    for each in both:
        each.gate()
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
                   (f"CREATE TABLE b (n INTEGER);\n{both[0].waiting}", "DROP TABLE b;"),
                   ("CREATE TABLE c (n INTEGER);", "DROP TABLE c;")])
    project.targets({"one": both[0], "other": both[1]})
    project.skein("upgrade", "r1")
    run = project.start("upgrade", "head", "--jobs", "1")
    while not any(database.waits() for database in both):
        assert run.poll() is None, project.finish(run)
    one, other = sorted(both, key=lambda database: not database.waits())
    if times == 1:
        # The worker stands still until it has been told, so that no statement can end before.
        worker, = children(run.pid)
        os.kill(worker, signal.SIGSTOP)
        os.kill(run.pid, signal.SIGINT)
        while not signal_pending(worker, signal.SIGUSR1):
            assert run.poll() is None, project.finish(run)
        one.release()
        os.kill(worker, signal.SIGCONT)
    else:
        os.kill(run.pid, signal.SIGINT)
        # Two pending signals are one: the second is sent once the first was taken.
        while signal_pending(run.pid, signal.SIGINT):
            assert run.poll() is None
        os.kill(run.pid, signal.SIGINT)
    result = project.finish(run)
    assert result.code == lib.INTERRUPTED, result
    assert one.versions() == (["r2"] if times == 1 else ["r1"])
    assert one.has("b") == (times == 1) and not one.has("c")
    assert other.versions() == ["r1"]
    for each in both:
        each.release()
    project.skein("upgrade", "head")
    assert one.versions() == other.versions() == ["r3"]


def test_s7_a_password_reaches_the_server_and_nothing_else(project, database):
    password = os.environ.get("SKEIN_TEST_PASSWORD")
    if not password:
        pytest.skip("no user with a password: SKEIN_TEST_PASSWORD is not set")
    for engine, port, owner in (
            ("postgresql", "SKEIN_TEST_PG_PORT", "ALTER DATABASE {0} OWNER TO skein"),
            ("mysql", "SKEIN_TEST_MYSQL_PORT", "SELECT 1")):
        one = database(engine)
        one.client(owner.format(one.name))
        secret = project.write("secret", password)
        secret.chmod(0o600)
        project.chain(STEPS)
        url = f"{engine}://skein@127.0.0.1:{os.environ[port]}/{one.name}"
        project.config(targets=[{"name": "it", "url": url, "password_file": "secret"}])
        assert password not in project.skein("upgrade", "head", "-v").text
        assert one.versions() == ["r2"]
        secret.write_text("wrong " + password[::-1])
        result = project.skein("current", code=lib.FAILED)
        assert "it" in result.err and password[::-1] not in result.text
