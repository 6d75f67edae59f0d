"""Fixtures: a project folder, and databases that are gone when the test is."""

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
