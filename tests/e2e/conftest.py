"""Fixtures: a project folder, and databases that are gone when the test is."""

import os
import pathlib
import signal
import sys

import pytest

import lib

sys.path.insert(0, str(lib.ROOT / "tests" / "lib"))


def pytest_configure(config):
    config.addinivalue_line("markers", "smoke: the few that also run under the sanitizers")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    return lib.Project(folder)


@pytest.fixture
def database(tmp_path):
    """Makes databases: database("mysql") -> one that is dropped after the test."""
    made = []

    def make(engine, **options):
        kind = lib.ENGINES[engine]
        if getattr(kind, "missing", None):
            pytest.skip(kind.missing)
        made.append(kind(tmp_path, **options))
        return made[-1]

    yield make
    for each in made:
        each.drop()


@pytest.fixture(params=sorted(lib.ENGINES))
def one(request, database):
    """The same test on a fresh database of each engine."""
    return database(request.param)


@pytest.fixture
def three(database):
    """One database of each engine, by the engine's name."""
    return {engine: database(engine) for engine in lib.ENGINES}


@pytest.fixture
def corpora():
    if not lib.CORPORA.is_dir():
        pytest.skip(f"the real histories are not there: {lib.CORPORA}")
    return lib.CORPORA


def children(pid):
    return [int(child) for child in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def held(project, run):
    """The planner and its worker, once the worker hangs in a driver call: it has said so on its
    own standard error, which the planner passes on."""
    for line in run.stderr:
        if "standard error" in line:
            break
    workers = children(run.pid)
    assert workers, project.finish(run)
    return [run.pid, *workers]


@pytest.fixture
def holding():
    """Starts a run that stays in its first statement until the test is over."""
    runs, processes = [], []

    def start(project, *arguments, **options):
        project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;")])
        state = project.folder / "null"
        state.mkdir()
        os.chown(state, project.folder.stat().st_uid, -1)
        config = project.config(targets=[{"name": "it", "url": "null:it", **options, "options": {
            "state": state, "print": "sql:1", "hang": "sql:1", **options.get("options", {})}}])
        config.chmod(0o600)
        runs.append(project.start("upgrade", "head", *arguments))
        processes.extend(held(project, runs[-1]))
        return processes

    yield start
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    for run in runs:
        run.communicate(timeout=60)
