"""Two runners started together: each revision is applied once, and nobody fails but by lateness."""

import lib

ROUNDS = 50

ONCE = [("CREATE TABLE once (n INTEGER NOT NULL);", "DROP TABLE once;"),
        ("INSERT INTO once VALUES (2);", "DELETE FROM once WHERE n = 2;"),
        ("INSERT INTO once VALUES (3);", "DELETE FROM once WHERE n = 3;")]


def race(project, *command):
    """Both runners' results; neither may fail with anything but "busy"."""
    runners = [project.start(*command) for _ in range(2)]
    results = [project.finish(runner) for runner in runners]
    assert {result.code for result in results} <= {lib.OK, lib.BUSY}, results
    assert lib.OK in [result.code for result in results], results
    return results


def test_k1_two_runners_apply_each_revision_once(project, one):
    project.chain(ONCE)
    project.targets({"it": one})
    for _ in range(ROUNDS):
        race(project, "upgrade", "head")
        assert one.versions() == ["r3"]
        assert sorted(one.rows("SELECT n FROM once")) == [("2",), ("3",)]
        race(project, "downgrade", "base")
        assert one.versions() == [] and not one.has("once")


def test_k1_a_runner_that_waits_in_vain_says_who_holds_the_target(project, database):
    one = database("postgresql")
    one.gate()
    project.revision("r1", one.waiting, "")
    project.targets({"it": one}, defaults={"lock_timeout": "200ms"})
    first = project.start("upgrade", "head")
    while not one.waits():
        assert first.poll() is None, project.finish(first)
    late = project.skein("upgrade", "head", code=lib.BUSY)
    assert "it" in late.err
    one.release()
    assert project.finish(first).code == lib.OK
    assert one.versions() == ["r1"]
