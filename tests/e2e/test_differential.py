"""skein and Debian's Alembic answer the same, over histories and commands made by chance. The seed is
the same each time, so that a change is what a failure speaks of; SKEIN_DIFFERENTIAL_SEED gives another,
and tests/differential/differential.py --seed N goes through it alone."""

import os
import sys

import lib

sys.path.insert(0, str(lib.ROOT / "tests" / "differential"))

import differential  # noqa: E402

SEED = os.environ.get("SKEIN_DIFFERENTIAL_SEED", "4242")
CHECKS = os.environ.get("SKEIN_DIFFERENTIAL_CHECKS", "2000")


def test_random_commands_over_random_histories_end_as_in_alembic(capfd):
    ended = differential.main(["--seed", SEED, "--checks", CHECKS])
    said = capfd.readouterr().out
    with capfd.disabled():
        print("\n" + said.splitlines()[0])
    assert ended == 0, said
