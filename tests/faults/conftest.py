"""Fixtures of the fault suite: stands to play rounds on, and what is counted for the table."""

import collections
import concurrent.futures
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "lib")]

import lib  # noqa: E402
import scene as scenes  # noqa: E402

# A failure of one of hundreds of rounds is shown; of hundreds, these many are.
SHOWN = 5


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="every point, not a sample of them")


def pytest_configure(config):
    config.addinivalue_line("markers", "rare: costs much for its place; in the long form only")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        left = [item for item in items if item.get_closest_marker("rare")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def long(request):
    return request.config.getoption("--long")


@pytest.fixture(scope="session")
def stands(tmp_path_factory):
    """Makes the stands of a scene, once for all tests: stands("sqlite")."""
    made = {}

    def make(name):
        kind = lib.ENGINES[scenes.SCENES[name].engine]
        if getattr(kind, "missing", None):
            pytest.skip(kind.missing)
        if name not in made:
            made[name] = scenes.Stands(scenes.SCENES[name], tmp_path_factory.mktemp("stands"))
        return made[name]

    yield make
    for each in made.values():
        each.finish()


@pytest.fixture
def stand(stands):
    """One stand of a scene for a test that plays its rounds one after the other."""
    return lambda name: stands(name).all[0]


@pytest.fixture
def figures(record_property):
    """A counter whose sums go into the table."""
    counted = collections.Counter()
    yield counted
    for name, count in sorted(counted.items()):
        record_property(name, count)


@pytest.fixture
def play(figures):
    """Plays one round for each point, on all stands at once, and fails with what went wrong
    where. A round is round(stand, point); one that returns False does not count."""

    def all_rounds(stands, points, round_play):
        def one(point):
            with stands.one() as stand:
                try:
                    return round_play(stand, point) is not False, None
                except Exception as error:  # pylint: disable=broad-except
                    return True, f"point {point}: {type(error).__name__}: {error}"

        with concurrent.futures.ThreadPoolExecutor(len(stands.all)) as pool:
            played = list(pool.map(one, points))
        figures["rounds"] += sum(counts for counts, _ in played)
        failures = [failure for _, failure in played if failure]
        if failures:
            pytest.fail(f"{len(failures)} of {len(played)} rounds failed\n"
                        + "\n\n".join(failures[:SHOWN]), pytrace=False)
        return played

    return all_rounds


@pytest.fixture
def strike(tmp_path_factory):
    """strike(stand, role, at) -> the result of a run that was struck there, and whether it was."""
    program = pathlib.Path(os.environ.get("SKEIN_DRIVER_DIR", ROOT / "build")) / "tests" / "strike"

    def run(stand, role, at=None, noticed=True, command=None, **options):
        report = stand.folder.parent / f"{stand.folder.name}.strike"
        under = [program, "-r", role, "-o", report]
        under += ["-e"] if noticed else []
        under += ["-n", at] if at else []
        under += ["-x", command] if command else []
        result = stand.upgrade(under=under, **options)
        count, struck = report.read_text().split()
        return result, int(count), struck == "struck"

    return run
