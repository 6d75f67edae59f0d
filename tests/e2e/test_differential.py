"""skein and Debian's Alembic answer the same, over histories and commands made by chance. The seed is
printed; tests/differential/differential.py --seed N goes through the same again."""

import sys

import lib

sys.path.insert(0, str(lib.ROOT / "tests" / "differential"))

import differential  # noqa: E402


def test_random_commands_over_random_histories_end_as_in_alembic(capfd):
    assert differential.main(["--checks", "2400"]) == 0, capfd.readouterr().out
