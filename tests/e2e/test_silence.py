"""A server that stops answering, without closing anything: each phase ends at a deadline (S6)."""

import contextlib
import os
import signal

import pytest

import lib


def processes(one):
    """All of a server's processes, by the pid that it keeps in a file."""
    if one.driver == "postgresql":
        parent = open(f"{one.socket}/data/postmaster.pid", encoding="ascii").readline().strip()
    else:
        parent = open(f"{os.path.dirname(one.socket)}/pid", encoding="ascii").read().strip()
    children = lib.run(["ps", "-e", "-o", "pid=,ppid="]).split("\n")
    return [int(parent)] + [int(line.split()[0]) for line in children
                            if line.split()[1:] == [parent]]


def tell(pids, number):
    """A process that has ended since it was listed (autovacuum) needs no telling."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Stopped:
    def __init__(self, one):
        self.one, self.pids = one, []

    def __enter__(self):
        self.pids = processes(self.one)
        tell(self.pids, signal.SIGSTOP)

    def __exit__(self, *_):
        tell(self.pids, signal.SIGCONT)


SLEEP = {"postgresql": "SELECT pg_sleep(1)", "mysql": "DO SLEEP(1)"}


@pytest.mark.parametrize("engine", sorted(SLEEP))
def test_s6_a_server_that_is_stopped_while_we_connect_ends_at_the_deadline(project, database, engine):
    one = database(engine)
    project.chain([("CREATE TABLE t (n INTEGER);", "")])
    project.targets({"it": one}, defaults={"connect_timeout": "1s"})
    with Stopped(one):
        result = project.skein("upgrade", "head", code=lib.FAILED, timeout=60)
    assert '"it"' in result.err and not one.has("t")


@pytest.mark.parametrize("engine, limit", [("postgresql", "statement_timeout"), ("postgresql", None),
                                           ("mysql", "statement_timeout"), ("mysql", None)])
def test_s6_a_server_that_is_stopped_in_a_body_ends_at_the_deadline_and_the_next_run_goes_on(
        project, database, engine, limit):
    one = database(engine)
    project.revision("r1", {"": "CREATE TABLE t (n INTEGER);",
                            engine: f"INSERT INTO u VALUES (1);\n{SLEEP[engine]};"}, "")
    one.client("CREATE TABLE u (n INTEGER)")
    url = one.url + "&connect_timeout=1"
    times = {"connect_timeout": "2s", **({limit: "2s"} if limit else {})}
    project.config(targets=[{"name": "it", "url": url, **times}])
    runner = project.start("upgrade", "head")
    asleep = {"postgresql": one.asleep if engine == "postgresql" else None,
              "mysql": lambda: one.rows("SELECT 1 FROM information_schema.processlist WHERE info "
                                        f"LIKE 'DO SLEEP%' AND db = '{getattr(one, 'name', '')}'")}
    while not asleep[engine]():
        assert runner.poll() is None, project.finish(runner)
    with Stopped(one):
        result = project.finish(runner, timeout=90)
    assert result.code != lib.OK and "r1" in result.err
    project.config(targets=[{"name": "it", "url": one.url}])
    if engine == "postgresql":
        project.skein("upgrade", "head")
        assert one.versions() == ["r1"] and one.rows("SELECT n FROM u") == [("1",)]
