"""The N-th allocation of a process fails, once or with all behind it, whoever makes it: skein, a
library, a driver's client. The end is in order, what is in the database is one of the states of the
fault-free twin, and the same command again makes the rest."""

import os
import pathlib
import struct

import pytest

import scene as scenes

SAMPLED = 4
LOOKS = (("current",), ("history",), ("status",), ("heads",), ("show", "head"), ("targets",))
TESTS = pathlib.Path(os.environ.get("SKEIN_DRIVER_DIR", scenes.lib.ROOT / "build")) / "tests"


def deny(stand, role, at, on, run):
    """run(under=...) with that allocation failing: its result, and (allocations, denied)."""
    report = stand.folder.parent / f"{stand.folder.name}.deny"
    report.write_bytes(bytes(16))
    under = ["env", f"LD_PRELOAD={TESTS / 'deny.so'}", f"DENY_ROLE={role}", f"DENY_AT={at}",
             f"DENY_REPORT={report}"] + (["DENY_ON=1"] if on else [])
    result = run(under=under)
    return result, *struct.unpack("ll", report.read_bytes())


def in_order(result):
    """It ended by itself, and said why unless all was well."""
    assert 0 <= result.code < 128 and "crashed" not in result.text, f"died: {result}"
    assert result.code == 0 or result.text.strip(), f"said nothing: {result}"


@pytest.mark.parametrize("on", [False, True], ids=["once", "on"])
@pytest.mark.parametrize("role", ["planner", "worker"])
@pytest.mark.parametrize("name", ["sqlite", "sqlite-whole", "sqlite-off"])
def test_p7_an_allocation_fails_in_a_run_and_it_is_run_again(stands, play, figures, long, name,
                                                            role, on):
    of = stands(name)
    first = of.all[0]
    first.reset()
    result, last, _ = deny(first, role, 0, on, first.upgrade)
    assert result.code == 0 and last > 100, (result, last)

    def fail(stand, at):
        stand.reset()
        result, _, denied = deny(stand, role, at, on, stand.upgrade)
        figures["allocations denied"] += denied > 0
        in_order(result)
        stand.aftermath(result, figures)
        return denied > 0

    points = range(1, last + 1)
    play(of, points if long else scenes.sample(last, SAMPLED, len(name) + on), fail)


@pytest.mark.parametrize("look", LOOKS, ids=" ".join)
def test_p7_an_allocation_fails_in_a_look_and_nothing_half_is_shown(stands, play, long, look):
    of = stands("sqlite")
    first = of.all[0]
    first.reset(to="head")
    whole, last, _ = deny(first, "planner", 0, False,
                          lambda **under: first.project.skein(*look, **under))
    assert whole.code == 0 and last > 10, (whole, last)

    def fail(stand, at):
        if stand is not first:
            stand.reset(to="head")
        result, _, denied = deny(stand, "planner", at, False,
                                 lambda **under: stand.project.skein(*look, code=None, **under))
        in_order(result)
        assert result.code != 0 or result.out == whole.out, f"half: {result}"
        return denied > 0

    play(of, range(1, last + 1) if long else scenes.sample(last, 2, len(look[0])), fail)
