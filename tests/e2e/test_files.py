"""Malformed revision files and configs: named with their place, and nothing is touched."""

import os
import tempfile

import pytest

import lib

HEAD = b"""-- second
--
-- Revision ID: r2
-- Revises: r1
-- Create Date: 2026-11-22 11:40:27

-- skein: upgrade
"""


def second(sql):
    """The second revision, its SQL from line 8 on."""
    return HEAD + sql + b"\n-- skein: downgrade\nSELECT 1;\n"


def header(old, new):
    """The second revision with something else in its header."""
    assert old in HEAD
    return second(b"SELECT 1;").replace(old, new, 1)


# what stands in the second revision's file -> the place that must be named, line:column
MALFORMED = {
    "an empty file": (b"", "1:1"),
    "only a byte order mark": (b"\xef\xbb\xbf", "1:1"),
    "only comments": (b"-- nothing\n-- at all\n", ""),
    "no header": (b"-- skein: upgrade\nSELECT 1;\n", ""),
    "a header twice": (header(b"-- Revises", b"-- Revision ID: r9\n-- Revises"), "4:"),
    "an unknown key": (header(b"Create Date", b"Created Date"), "5:"),
    "an id with a blank": (header(b"ID: r2", b"ID: r 2"), "3:"),
    "an id of 33 characters": (header(b"ID: r2", b"ID: " + b"r" * 33), "3:"),
    "the id of another file": (header(b"ID: r2", b"ID: r1"), "3:"),
    "an id that is a symbol": (header(b"ID: r2", b"ID: head"), "3:"),
    "a parent that is not there": (header(b"Revises: r1", b"Revises: r7"), "4:"),
    "itself as parent": (header(b"Revises: r1", b"Revises: r2"), "4:"),
    "a bidirectional control": (header(b"second", "sec\u202eond".encode()), "1:"),
    "an unknown section": (header(b"upgrade", b"upgarde"), "7:"),
    "an unknown setting": (header(b"upgrade", b"upgrade transaction=maybe"), "7:"),
    "SQL above the first section": (header(b"-- skein", b"SELECT 1;\n-- skein"), "7:"),
    "a section twice": (second(b"SELECT 1;\n-- skein: upgrade\nSELECT 2;"), "9:"),
    "a NUL byte": (second(b"SELECT 'a\0b';"), "8:10"),
    "UTF-16": (second(b"SELECT 1;").decode().encode("utf-16"), "1:1"),
    "broken UTF-8": (second(b"SELECT '\xc3\x28';"), "8:9"),
    "overlong UTF-8": (second(b"SELECT '\xc0\xaf';"), "8:9"),
    "a text that never ends": (second(b"SELECT 'abc;"), "8:8"),
    "a comment that never ends": (second(b"SELECT 1; /* abc"), "8:11"),
    "a quoted name that never ends": (second(b'SELECT "abc;'), "8:8"),
    "a commit in the middle": (second(b"SELECT 1;\nCOMMIT;\nSELECT 2;"), "9:1"),
    "another database attached": (second(b"ATTACH 'x.db' AS x;"), "8:1"),
}


@pytest.fixture
def edge(project, database):
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;")])
    it = database("sqlite")
    project.targets({"it": it})
    return it


def refused(project, place):
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.FAILED, lib.USAGE), result
    assert place in result.err, result
    return result


@pytest.mark.parametrize("what", MALFORMED)
def test_r1_r2_r5_a_malformed_revision_is_refused_with_its_place_and_nothing_is_changed(
        project, edge, what):
    text, place = MALFORMED[what]
    project.write("migrations/r2.sql", text)
    refused(project, f"r2.sql:{place}")
    assert not edge.path.exists()


@pytest.mark.parametrize("sql, place", [
    (b"SELECT $a$ abc $b$;", "8:8"),
    (b"COPY a FROM STDIN;\n1\n\\.\n", "8:1"),
    (b"\\connect other", "8:1"),
], ids=["a dollar quote that never ends", "data of COPY", "a command of psql"])
def test_r2_what_postgresql_cannot_be_sent_is_refused_with_its_place(project, database, sql, place):
    it = database("postgresql")
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;")])
    project.write("migrations/r2.sql", second(sql))
    project.targets({"it": it})
    refused(project, f"r2.sql:{place}")
    assert not it.has("a") and not it.has("alembic_version")


TWO = "CREATE TABLE b (v VARCHAR(9));\nINSERT INTO b VALUES ('xé;y');"


@pytest.mark.parametrize("text", [
    second(TWO.encode()),
    b"\xef\xbb\xbf" + second(TWO.encode()),
    second(TWO.encode()).replace(b"\n", b"\r\n"),
    second(f"BEGIN;\n{TWO}\nCOMMIT;".encode()),
    second(TWO.replace("b VALUES", "b /* ; ' */ VALUES").rstrip(";").encode() + b" -- ;"),
], ids=["plain", "byte order mark", "CRLF", "its own BEGIN and COMMIT", "semicolons in odd places"])
def test_r2_what_people_write_is_taken(project, one, text):
    project.chain([("CREATE TABLE a (n INTEGER);", "DROP TABLE a;")])
    project.write("migrations/r2.sql", text)
    project.targets({"it": one})
    project.skein("upgrade", "head")
    assert one.rows("SELECT v FROM b") == [("xé;y",)]


def fifo(path):
    os.mkfifo(path)


def dangling(path):
    path.symlink_to("nowhere.sql")


def loop(path):
    path.symlink_to(path.name)


def outside(path):
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize("make", [fifo, dangling, loop, outside, os.mkdir])
def test_r7_an_entry_that_is_no_file_is_refused_by_name_and_never_waited_for(project, edge, make):
    make(project.folder / "migrations" / "r2.sql")
    result = project.skein("upgrade", "head", code=None, timeout=20)
    assert result.code in (lib.FAILED, lib.USAGE) and "r2.sql" in result.err
    assert not edge.path.exists()


def test_r7_a_name_with_control_characters_is_shown_escaped(project, edge):
    project.write("migrations/\x1b[31mred\n.sql", b"")
    result = project.skein("upgrade", "head", code=None)
    assert result.code in (lib.FAILED, lib.USAGE)
    assert "\x1b" not in result.text and "red" in result.err


@pytest.mark.parametrize("message", ["../../x", "$(touch x)", "a'b\"c", "-m -m", "x" * 5000, ""])
def test_r8_a_new_revision_stays_in_its_folder_whatever_its_message_says(project, edge, message):
    before = set((project.folder / "migrations").iterdir())
    project.skein("revision", "-m", message)
    (new,) = set((project.folder / "migrations").iterdir()) - before
    assert len(new.name) < 80
    assert project.skein("history").out.count("->") == 2
    project.skein("upgrade", "head")
    assert len(edge.versions()) == 1


@pytest.mark.parametrize("message", ["a\x1b[31m", "ring\x07"])
def test_r8_a_message_with_control_characters_is_refused(project, edge, message):
    assert project.skein("revision", "-m", message, code=None).code in (lib.FAILED, lib.USAGE)
    assert len(list((project.folder / "migrations").iterdir())) == 1


def test_r8_two_new_revisions_at_once_are_two_files(project, edge):
    runs = [project.start("revision", "-m", "same") for _ in range(4)]
    codes = [project.finish(run).code for run in runs]
    made = len(list((project.folder / "migrations").iterdir())) - 1
    assert made == codes.count(lib.OK) >= 1


def target(more):
    return 'targets = ( { name = "it"; url = "sqlite:it.db";\n' + more + " } );\n"


CONFIGS = {
    "nothing": ("", ""),
    "garbage": ("\x01\x02 garbage\n", ":1"),
    "an unknown key": (target("") + "target = 1;\n", ":3"),
    "an unknown key of a target": (target('uri = "sqlite:it.db";'), ":2"),
    "a wrong type": (target("history = 5;"), ":2"),
    "a name twice": (target('}, { name = "it"; url = "sqlite:other.db";'), ":2"),
    "a negative time": (target("lock_timeout = -1;"), ":2"),
    "a history that is not there": (target('history = "no";'), ":2"),
    "an unset variable": (target('group = "${env:NOT_SET}";'), ":2"),
}


@pytest.mark.parametrize("what", CONFIGS)
def test_c1_a_config_with_a_fault_is_refused_with_its_line(project, edge, what):
    text, line = CONFIGS[what]
    project.write("skein.cfg", text)
    result = project.skein("upgrade", "head", code=lib.USAGE)
    assert f"skein.cfg{line}" in result.err, result
    assert not (project.folder / "it.db").exists() and not edge.path.exists()


@pytest.fixture
def in_memory():
    """A folder that no disk is slow for."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield folder


def test_a_chain_of_a_hundred_thousand_files_needs_no_more_stack_than_one(project, in_memory):
    for number in range(100_000):
        parent = f"r{number - 1:05}" if number else ""
        with open(f"{in_memory}/r{number:05}.sql", "xb", 0) as file:
            file.write(f"-- m\n--\n-- Revision ID: r{number:05}\n-- Revises: {parent}\n\n"
                       "-- skein: upgrade\n\n-- skein: downgrade\n".encode())
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}], histories={"app": {"path": in_memory}})
    frames = ["prlimit", "--stack=1048576"]  # ten bytes for each
    listed = project.skein("history", under=frames).lines
    assert len(listed) == 100_000
    assert (listed[0], listed[-1]) == ("r99998 -> r99999 (head), m", "<base> -> r00000, m")
    assert project.skein("stamp", "head", under=frames).err.endswith(" -> r99999\n")
