"""Drivers that crash, hang, print, lie, or are no drivers at all: each costs its own target, and is
named with the call it died in."""

import hashlib
import os
import pathlib
import random
import shutil
import socket
import stat
import struct

import pytest

import lib

STEPS = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("INSERT INTO a VALUES (2);", "DELETE FROM a;")]

# Where the null driver can be told to misbehave, and the call that skein has in hand there.
SLOTS = ("open", "close", "describe", "exec", "status", "exists", "quote", "scan", "lock", "unlock",
         "token")
STEPS_OF_EXEC = ("begin", "fence", "sql", "applied", "commit", "committed", "rollback", "reset")
CALLS = {**{slot: slot for slot in SLOTS}, **{step: "exec" for step in STEPS_OF_EXEC}}
ENDS = ("segv", "abort", "bus", "fpe", "exit0", "exit1", "kill", "overflow")


@pytest.fixture
def beside(project, database):
    """A null target with some knobs beside an honest SQLite target."""
    good = database("sqlite")
    project.chain(STEPS)
    state = project.folder / "null"
    state.mkdir()

    def configure(**knobs):
        project.config(on_failure="continue",
                       defaults={"connect_timeout": 1, "statement_timeout": 1},
                       targets=[{"name": "good", "url": good.url},
                                {"name": "bad", "url": "null:bad",
                                 "options": {"state": state, **knobs}}])
        return good

    return configure


def named(result, call):
    """Some line says which target or driver it was, and in which call."""
    assert any(call in line and ("bad" in line or "driver null" in line)
               for line in result.err.splitlines()), result


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.smoke
def test_d1_a_driver_that_dies_at_work_costs_its_own_target(project, beside, end):
    good = beside(crash=f"sql:1:{end}")
    result = project.skein("upgrade", "head", code=lib.PARTIAL)
    named(result, "exec")
    assert good.versions() == ["r2"]
    assert project.skein("current", "-t", "bad").lines == []

    beside()
    project.skein("upgrade", "head")
    assert project.skein("current", "-t", "bad").lines == ["r2 (head)"]


@pytest.mark.parametrize("end", ["exit0", "segv"])
@pytest.mark.parametrize("place", CALLS)
def test_d1_a_driver_may_die_in_any_call_and_the_next_run_goes_on(project, beside, place, end):
    good = beside(crash=f"{place}:1:{end}")
    result = project.skein("upgrade", "head", code=None)
    if result.code == lib.OK:
        assert good.versions() == ["r2"], "nobody asked for this call, or nothing hung on it"
    elif result.code == lib.PARTIAL:
        assert good.versions() == ["r2"]
        named(result, CALLS[place])
    else:
        assert result.code == lib.FAILED, result
        assert not good.path.exists(), "it died while being asked, before any change"
        named(result, CALLS[place])
    beside()
    project.skein("upgrade", "head")
    assert good.versions() == ["r2"] and good.rows("SELECT n FROM a") == [("2",)]
    state = (project.folder / "null" / "bad.state").read_text()
    assert [state.count(text) for text in ("\nrow\tr2\n", "\nrow\t2\n")] == [1, 1], state


@pytest.mark.parametrize("how", ["poll", "deaf", "deafterm"])
def test_d2_a_driver_that_hangs_is_ended_at_its_deadline(project, beside, how):
    good = beside(hang=f"sql:1:{how}")
    result = project.skein("upgrade", "head", code=lib.PARTIAL, timeout=60)
    # One that minds its deadline ends the call itself.
    named(result, "time ran out" if how == "poll" else "exec")
    assert good.versions() == ["r2"]


def test_d2_a_driver_that_hangs_while_connecting_stops_the_run_before_any_change(project, beside):
    good = beside(hang="open:1:deaf")
    named(project.skein("upgrade", "head", code=lib.FAILED, timeout=60), "open")
    assert not good.path.exists()


def test_d3_what_a_driver_prints_in_any_call_is_tagged_and_breaks_no_json(project, beside):
    beside(print=", ".join(f"{place}:*" for place in CALLS))
    result = project.skein("upgrade", "head", "--format", "json")
    assert {e["target"] for e in result.events if "target" in e} == {"good", "bad"}
    named(result, "standard output")
    named(result, "standard error")


@pytest.mark.parametrize("knobs", [
    {"garbage": "sql:1:error"}, {"garbage": "exists:*:value"}, {"garbage": "describe:*:value"},
    {"lie": "tx"}, {"lie": "rows"}, {"lie": "done"}, {"fail": "commit:*:connect"},
    {"fail": "lock:*:driver"}, {"leak": "1000000"},
])
def test_d4_d8_nonsense_from_a_driver_never_hurts_its_neighbour(project, beside, knobs):
    good = beside(**knobs)
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.OK, lib.FAILED, lib.USAGE, lib.PARTIAL)
    assert "\x1b" not in result.text
    if result.code == lib.PARTIAL:
        assert good.versions() == ["r2"]
    beside()
    project.skein("upgrade", "head", code=None)
    assert good.versions() == ["r2"] and good.rows("SELECT n FROM a") == [("2",)]


@pytest.mark.parametrize("fate", ["applied", "lost"])
def test_w2_w3_a_lost_answer_to_commit_is_settled_and_never_guessed(project, beside, fate):
    beside(uncertain=f"commit:1:{fate}", once="true")
    result = project.skein("upgrade", "head", code=lib.OK if fate == "applied" else lib.PARTIAL)
    if fate == "lost":
        named(result, "not applied")
        project.skein("upgrade", "head")
    assert project.skein("current", "-t", "bad").lines == ["r2 (head)"]


# ------------------------------------------------------------------------------------------------
# Files that are no drivers


@pytest.fixture
def folder(project, tmp_path):
    """A driver folder of our own with the real SQLite driver in it."""
    path = tmp_path / "drivers"
    path.mkdir(mode=0o755)
    shutil.copy(pathlib.Path(lib.DRIVERS) / "skein_sqlite.so", path)
    project.drivers = str(path)
    project.chain(STEPS)
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    return path / "skein_sqlite.so"


def spoiled(project, name="skein_sqlite.so"):
    """Refused by name before anything was made, or harmless: what was spoiled may not matter."""
    made = project.folder / "it.db"
    result = project.skein("upgrade", "head", code=None, timeout=30)
    if result.code != lib.OK:
        assert result.code in (lib.FAILED, lib.USAGE), result
        assert name in result.err, result
        assert not made.exists()
    made.unlink(missing_ok=True)
    return result.code


def loaded_size(elf):
    """Where the last part ends that is loaded; behind it stands what only debuggers miss."""
    table, = struct.unpack_from("<Q", elf, 32)
    entry, count = struct.unpack_from("<HH", elf, 54)
    ends = [0]
    for at in range(table, table + entry * count, entry):
        kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", elf, at)
        ends.append(offset + size if kind == 1 else 0)
    return max(ends)


def test_D5_a_truncated_driver_is_refused_wherever_it_was_cut(project, folder):
    whole = folder.read_bytes()
    chance = random.Random(1)
    for size in [0, 1, 63, 64] + [chance.randrange(loaded_size(whole)) for _ in range(30)]:
        folder.write_bytes(whole[:size])
        assert spoiled(project) != lib.OK, f"cut at {size} of {len(whole)}"


def test_D5_a_driver_with_random_bytes_in_its_head_never_hurts_the_planner(project, folder):
    whole = folder.read_bytes()
    chance = random.Random(2)
    for _ in range(30):
        noisy = bytearray(whole)
        for _ in range(3):
            noisy[chance.randrange(4096)] = chance.randrange(256)
        folder.write_bytes(noisy)
        spoiled(project, "sqlite")


def to_fifo(path):
    path.unlink()
    os.mkfifo(path)


def to_folder(path):
    path.unlink()
    path.mkdir()


def to_text(path):
    path.write_text("no driver at all\n")


def to_everybodys(path):
    path.chmod(0o666)


def in_everybodys_folder(path):
    path.parent.chmod(0o777)


def to_somebody_elses(path):
    os.chown(path, 12345, 12345)


def to_nothing(path):
    path.write_bytes(b"")


def to_socket(path):
    path.unlink()
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's name has 108 bytes
        one.bind(path.name)
        os.chdir(here)


def to_device(path):
    path.unlink()
    os.mknod(path, 0o644 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero


def to_dangling_link(path):
    path.unlink()
    path.symlink_to("nowhere")


def to_looping_link(path):
    path.unlink()
    path.symlink_to(path.name)


def to_link_into_everybodys_folder(path):
    elsewhere = path.parent.parent / "elsewhere"
    elsewhere.mkdir()
    path.rename(elsewhere / path.name)
    path.symlink_to(elsewhere / path.name)
    elsewhere.chmod(0o777)


def to_32_bit(path):
    patched(path, 4, 1)


def to_another_machine(path):
    patched(path, 18, 183)  # AArch64


def to_big_endian(path):
    patched(path, 5, 2)


def to_a_library_of_others(path):
    libc = next(line.split()[-1] for line in pathlib.Path("/proc/self/maps").read_text().splitlines()
                if "/libc.so" in line)
    shutil.copyfile(libc, path)


def to_group_writable(path):
    path.chmod(0o664)


def in_sticky_folder(path):
    path.parent.chmod(0o1777)


def below_everybodys_folder(path):
    path.parent.parent.chmod(0o777)


def patched(path, at, byte):
    data = bytearray(path.read_bytes())
    data[at] = byte
    path.write_bytes(data)


SPOILS = [to_fifo, to_folder, to_text, to_everybodys, in_everybodys_folder, to_nothing, to_socket,
          to_dangling_link, to_looping_link, to_link_into_everybodys_folder, to_32_bit,
          to_another_machine, to_big_endian, to_a_library_of_others, to_group_writable,
          in_sticky_folder, below_everybodys_folder]
if os.geteuid() == 0:
    SPOILS += [to_somebody_elses, to_device]


@pytest.mark.parametrize("spoil", SPOILS)
def test_D5_D6_a_file_that_is_no_trusted_driver_is_refused_by_name(project, folder, spoil):
    spoil(folder)
    assert spoiled(project, "sqlite") != lib.OK


WORDS = ["a\nb", "../sqlite", "/tmp/x", "sqlite.so", "Sqlite", "", "a" * 33, "a" * 5000, "\x1b[31m"]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: repr(word[:10]))
def test_D5_a_driver_is_named_by_a_word_and_never_by_a_path(project, folder, word):
    project.config(targets=[{"name": "it", "url": "sqlite:it.db", "driver": word}])
    result = project.skein("upgrade", "head", code=lib.USAGE)
    assert "\x1b" not in result.text
    result = project.skein("drivers", word or "-", code=None)
    assert result.code in (lib.FAILED, lib.USAGE) and "\x1b" not in result.text


def test_a_driver_that_is_nowhere_is_named_once(project):
    project.config(targets=[{"name": "it", "url": "nosuch:x"}])
    said = project.skein("current", code=lib.FAILED).err
    assert said.count('driver "nosuch"') == 1 and f"no skein_nosuch.so in {lib.DRIVERS}" in said, said
    said = project.skein("drivers", "nosuch", code=None).err
    assert said.count('driver "nosuch"') == 1, said


FOLDERS = ["", "drivers", "./drivers", "/" + "x" * 5000, "/x" * 3000, "/nowhere\n/x", "/\x1b[31m"]


@pytest.mark.parametrize("where", FOLDERS, ids=lambda where: repr(where[:10]))
def test_D5_D6_a_folder_of_drivers_is_absolute_and_reachable(project, folder, where):
    project.drivers = where
    shutil.copytree(folder.parent, project.folder / "drivers")
    result = project.skein("upgrade", "head", code=None, timeout=30)
    assert result.code in (lib.FAILED, lib.USAGE), result
    assert "\x1b" not in result.text and not (project.folder / "it.db").exists()


DECOY = r"""
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <link.h>
unsigned la_version(unsigned version) { return version; }
__attribute__((constructor)) static void seen(void)
{
    char text[4096];
    int from = open("/proc/self/cmdline", O_RDONLY);
    ssize_t n = read(from, text, sizeof text);
    int to = open(getenv("DECOY_SEEN") ? getenv("DECOY_SEEN") : "%s",
                  O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (n > 0 && write(to, text, (size_t)n) < 0)
        abort();
}
"""


@pytest.mark.parametrize("how", ["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"])
def test_D6_what_steers_the_dynamic_linker_never_reaches_a_worker(project, database, tmp_path, how):
    if any("SAN_OPTIONS" in name for name in os.environ):
        pytest.skip("a sanitizer's runtime must come first")
    one = database("postgresql")
    project.chain(STEPS)
    project.targets({"it": one})
    seen = tmp_path / "seen"
    (tmp_path / "decoy.c").write_text(DECOY % seen)
    decoy = tmp_path / "libpq.so.5"
    lib.run(["cc", "-shared", "-fPIC", "-o", decoy, tmp_path / "decoy.c"])
    project.skein("upgrade", "head",
                  env={how: str(tmp_path if how == "LD_LIBRARY_PATH" else decoy)})
    assert one.versions() == ["r2"]
    if how != "LD_LIBRARY_PATH":
        # The planner's own start is within the caller's trust; the decoy does work.
        assert b"upgrade" in seen.read_bytes()
    assert not seen.exists() or b"--worker" not in seen.read_bytes()


def test_D6_a_driver_that_is_not_the_one_that_was_pinned_is_refused(project, folder):
    listed = project.skein("drivers", "--format", "json").events
    right = next(event["sha256"] for event in listed if event["driver"] == "sqlite")
    assert right == hashlib.sha256(folder.read_bytes()).hexdigest()
    target = {"name": "it", "url": "sqlite:it.db"}
    for pin, code in ((right[::-1], lib.USAGE), (right, lib.OK)):
        project.config(targets=[target], drivers=[{"name": "sqlite", "sha256": pin}])
        result = project.skein("upgrade", "head", code=code)
        assert (project.folder / "it.db").exists() == (code == lib.OK)
    assert "sha256" not in result.err
    folder.write_bytes(folder.read_bytes() + b"x")
    result = project.skein("current", code=lib.FAILED)
    assert "sha256: expected " + right in result.err


@pytest.mark.parametrize("pins", [[{"name": "sqlite"}], [{"sha256": "0" * 64}],
                                  [{"name": "sqlite", "sha256": "0" * 63}],
                                  [{"name": "Sqlite", "sha256": "0" * 64}],
                                  [{"name": "sqlite", "sha256": "0" * 64}] * 2,
                                  [{"name": "sqlite", "sha256": "0" * 64, "md5": "0"}]], ids=str)
def test_C1_a_wrong_pin_is_refused_with_its_place(project, pins):
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}], drivers=pins)
    assert "skein.cfg:2: " in project.skein("upgrade", "head", code=lib.USAGE).err


def test_the_driver_that_was_copied_does_work(project, folder):
    project.skein("upgrade", "head")
    assert (project.folder / "it.db").exists()


def test_drivers_lists_what_is_there(project):
    text = project.skein("drivers").text
    assert text.count("(owner ") == text.count("sha256 ") >= 4
    assert all(name in text for name in ("sqlite", "postgresql", "mysql", "null"))
