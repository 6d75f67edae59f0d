"""A kill before each system call of a run: of the planner, of the worker, of both at once. What is
then in the database is one of the states that the fault-free twin has, the ledger says which, and
the same command again makes the rest."""

import signal

import pytest

import scene as scenes

SAMPLED = 4
KILLED = 128 + signal.SIGKILL


def last_call(stand, strike, role, noticed):
    """How many calls of that kind a whole run makes."""
    stand.reset()
    result, count, struck = strike(stand, role, noticed=noticed)
    assert result.code == 0 and not struck and count > 5, result
    return count


def kills_play(of, strike, play, figures, long, role):
    last = last_call(of.all[0], strike, role, not long)

    def kill(stand, at):
        stand.reset()
        result, _, struck = strike(stand, role, at, noticed=not long)
        figures["kills"] += struck
        if struck and role != "worker":
            assert result.code == KILLED or -result.code == signal.SIGKILL, result
        stand.aftermath(result, figures)
        return struck

    points = range(1, last + 1)
    play(of, points if long else scenes.sample(last, SAMPLED, len(of.scene.name) + len(role)),
         kill)


@pytest.mark.parametrize("role", ["planner", "worker", "all"])
@pytest.mark.parametrize("name", [name for name in scenes.SCENES if name != "sqlite-wal"])
def test_p1_p3_killed_before_any_system_call_and_run_again(stands, strike, play, figures, long,
                                                          name, role):
    kills_play(stands(name), strike, play, figures, long, role)


@pytest.mark.parametrize("name", ["sqlite", "sqlite-wal"])
def test_s3_sqlite_killed_in_its_input_and_output_leaves_a_sound_file(stands, strike, play, figures,
                                                                     long, name):
    """Its journals, hot or left over, are met by the next run as they are."""
    kills_play(stands(name), strike, play, figures, long, "all")
