"""What the options and forms of each verb do that other tests do not need: on a terminal, in JSON,
with several targets, where nothing is found, where two things exclude each other."""

import contextlib
import json
import os
import pty
import stat
import subprocess

import pytest

import lib

CHAIN = [("CREATE TABLE a (n INTEGER);", "DROP TABLE a;"),
         ("CREATE TABLE b (n INTEGER);", "DROP TABLE b;")]


@pytest.fixture
def plain(project):
    """Two revisions and one target that costs nothing."""
    project.chain(CHAIN)
    nulls(project, "it")
    return project


def nulls(project, *names, **more):
    """Targets of the null driver; more: options of each, by its name."""
    state = project.folder / "null"
    state.mkdir(exist_ok=True)
    project.config(targets=[{"name": name, "url": f"null:{name}",
                             "options": {"state": state, **more.get(name, {})}} for name in names])


def on_terminal(project, *arguments, env=None):
    """skein with its standard error on a terminal: its exit status, and what came there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([lib.PROGRAM, "--driver-dir", project.drivers, *arguments],
                          cwd=project.folder, env={**project.env, **(env or {})}, stderr=theirs,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        os.close(theirs)
        text = b""
        # Reading fails when the last who could write there has ended.
        with contextlib.suppress(OSError):
            while chunk := os.read(ours, 4096):
                text += chunk
    os.close(ours)
    return run.returncode, text.decode()


# ------------------------------------------------------------------------------------------------
# The program itself


def test_help_and_version_end_well_and_no_verb_is_wrong_use(plain):
    assert plain.skein("--version").out.startswith("skein 0.")
    assert "usage: skein" in plain.skein("--help").out
    assert "usage: skein" in plain.skein(code=lib.USAGE).text
    assert "Display the current revision" in plain.skein("current", "--help").out
    assert plain.skein("help").out == plain.skein("--help").out


@pytest.mark.parametrize("arguments, said", [
    (("--color", "purple", "current"), "--color must be auto, never or always"),
    (("--url", "null:it", "-c", "skein.cfg", "current"), "exclude each other"),
    (("--migrations", "x", "current"), "--migrations goes with --url"),
    (("--driver-dir", "relative", "current"), "must be absolute"),
    (("--jobs", "0", "current"), "from 1 to 1024"),
    (("--jobs", "1025", "current"), "from 1 to 1024"),
    (("--jobs", "2x", "current"), "from 1 to 1024"),
    (("--jobs", "", "current"), "from 1 to 1024"),
    (("--jobs", "9" * 30, "current"), "from 1 to 1024"),
    (("upgrade", "head", "--on-failure", "panic"), "must be stop or continue"),
    (("targets", "-t", "behind"), "asks no database"),
    (("targets", "-t", "at:r1"), "asks no database"),
    (("resolve", "--applied", "--not-applied"), "applied"),
    (("schema", "drop"), "dump"),
    (("help", "nonsense"), "nonsense"),
])
def test_c7_what_cannot_be_meant_is_told_and_exits_2(plain, arguments, said):
    assert said in plain.skein(*arguments, code=lib.USAGE).err


def test_colour_is_for_terminals_unless_it_is_told_otherwise(plain):
    red = "\033[31m"
    plain.revision("r3", "BROKEN;", "", "r2")
    nulls(plain, "it", it={"statement_error": "BROKEN"})
    failing = ("upgrade", "head")
    assert red in plain.skein("--color", "always", *failing, code=lib.FAILED).err
    for color in ("auto", "never"):
        assert "\033" not in plain.skein("--color", color, *failing, code=lib.FAILED).err


def test_a_terminal_gets_a_progress_line_and_colour_and_both_can_be_refused(plain):
    nulls(plain, *(f"t{n:02}" for n in range(12)),
          **{f"t{n:02}": {"latency": "10"} for n in range(12)})
    code, text = on_terminal(plain, "current")
    assert code == lib.OK and "\r" in text and "12" in text
    for refused in (("--no-progress",), ("--quiet",)):
        code, text = on_terminal(plain, *refused, "current")
        assert code == lib.OK and "\r\033" not in text and "probing" not in text


def test_colour_on_a_terminal_is_refused_by_option_and_environment(plain):
    plain.revision("r3", "BROKEN;", "", "r2")
    nulls(plain, "it", it={"statement_error": "BROKEN"})
    for arguments, env, red in (((), {}, True), (("--color", "never"), {}, False),
                                ((), {"NO_COLOR": "1"}, False)):
        code, text = on_terminal(plain, *arguments, "upgrade", "head", env=env)
        assert code == lib.FAILED and ("\033[31m" in text) == red, (arguments, env, text)


def test_jobs_are_taken_from_the_config_and_from_the_command_line(plain):
    plain.config(jobs=1, targets=[{"name": n, "url": f"null:{n}"} for n in ("a", "b", "c")])
    assert plain.skein("current").code == lib.OK
    assert plain.skein("--jobs", "3", "current").code == lib.OK


# ------------------------------------------------------------------------------------------------
# Which history, which targets


def test_verbs_about_files_ask_which_of_several_histories_is_meant(project):
    project.revision("r1", "SELECT 1;", folder="one")
    project.revision("s1", "SELECT 1;", folder="two")
    project.config(histories={"one": {"path": "one"}, "two": {"path": "two"}},
                   targets=[{"name": "a", "url": "null:a", "history": "one"},
                            {"name": "b", "url": "null:b", "history": "two"}])
    for verb in (("heads",), ("history",), ("branches",), ("show", "head"), ("edit", "head")):
        said = project.skein(*verb, code=lib.USAGE, env={"EDITOR": "true"}).err
        assert "several histories (one, two" in said and "history:one" in said
    assert project.skein("heads", "-t", "history:two").lines == ["s1 (head)"]
    shown = project.skein("show", "-t", "history:one").out
    assert "a: current base, newest r1" in shown


def test_targets_are_listed_with_group_fleet_and_tags(project):
    project.revision("r1", "SELECT 1;")
    project.config(targets=[{"name": "a", "url": "null:a", "group": "g", "tags": ["x", "y"]},
                            {"name": "b" * 60, "url": "null:b"}])
    out = project.skein("targets").out
    assert "group:g" in out and "@x  @y" in out
    events = project.skein("targets", "--format", "json").events
    assert events[0]["tags"] == ["x", "y"] and events[0]["group"] == "g"
    assert [e["target"] for e in project.skein("targets", "-t", "@x", "--format", "json").events] \
        == ["a"]


# ------------------------------------------------------------------------------------------------
# Verbs


def test_status_of_many_targets_counts_them_and_lists_what_is_not_at_head(project):
    project.chain(CHAIN)
    names = [f"t{n:02}" for n in range(24)] + ["w" * 50]
    nulls(project, *names)
    project.skein("upgrade", "head", "-t", "!t00", "-t", "!t01")
    project.skein("upgrade", "r1", "-t", "t01")
    out = project.skein("status").out
    assert "(23 targets at head are not listed; -v lists them)" in out
    assert "t00" in out and "t01" in out and "t02" not in out
    assert out.index("23") < out.index("TARGET")
    assert "t02" in project.skein("status", "-v").out
    assert len(project.skein("status", "--format", "json").events) == 25


def test_status_says_who_could_not_be_asked_and_how_many_could(project):
    project.chain(CHAIN)
    nulls(project, "good", "bad", bad={"fail": "open:auth"})
    assert "bad" in project.skein("status", code=lib.PARTIAL).text
    project.skein("status", "-t", "bad", code=lib.FAILED)


def test_targets_out_of_reach_for_different_reasons_end_with_1(project):
    project.chain(CHAIN)
    nulls(project, "busy", "away", busy={"fail": "open:*:busy"}, away={"fail": "open:*:auth"})
    project.config(defaults={"connect_timeout": "100ms"},
                   targets=[{"name": name, "url": f"null:{name}", "options": {"fail": fail}}
                            for name, fail in (("busy", "open:*:busy"), ("away", "open:*:auth"))])
    assert project.skein("upgrade", "head", code=lib.FAILED).err
    assert project.skein("upgrade", "head", "-t", "busy", code=lib.BUSY).err


def test_show_without_a_revision_sets_what_is_there_beside_what_is_newest(plain):
    nulls(plain, "it", "other", "gone", gone={"fail": "open:*:auth"})
    plain.skein("upgrade", "r1", "-t", "it")
    result = plain.skein("show", code=lib.PARTIAL)
    assert "it: current r1, newest r2" in result.out
    assert "other: current base, newest r2" in result.out and "gone" in result.err
    event, = plain.skein("show", "-t", "it", "--format", "json").events
    assert (event["current"], event["newest"]) == (["r1"], ["r2"])
    assert "Revision ID: r1" in plain.skein("show", "current", "-t", "it").out
    assert plain.skein("show", "current", "-t", "it", "--format", "json").events


def test_a_history_without_a_file_has_base_as_newest(project):
    (project.folder / "migrations").mkdir()
    nulls(project, "it")
    assert "it: current base, newest base" in project.skein("show").out


def test_edit_opens_what_is_named_and_says_what_the_editor_did(plain):
    mark = plain.folder / "seen"
    editor = plain.write("editor", f'#!/bin/sh\nprintf "%s\\n" "$@" >>{mark}\n')
    editor.chmod(0o755)
    plain.skein("edit", "r1", env={"EDITOR": f" {editor}  -x\t-y "})
    assert mark.read_text().split() == ["-x", "-y", str(plain.folder / "migrations/r1.sql")]
    event, = plain.skein("edit", "head", "--format", "json",
                         env={"EDITOR": " ", "VISUAL": str(editor)}).events
    assert event["revision"] == "r2"
    for editor, said in (("false", "exited with status 1"), ("/nowhere/at/all", "No such file"),
                         ("", "No suitable editor")):
        assert said in plain.skein("edit", "r1", code=None, env={"EDITOR": editor}).err
    killed = plain.write("killed", "#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    assert "signal 9" in plain.skein("edit", "r1", code=lib.FAILED, env={"EDITOR": killed}).err


def test_edit_current_opens_each_file_that_a_target_is_at_once(plain):
    nulls(plain, "a", "b", "c")
    assert "No current revisions" in plain.skein("edit", "current", code=lib.USAGE,
                                                 env={"EDITOR": "true"}).err
    plain.skein("upgrade", "r1", "-t", "a", "-t", "b")
    plain.skein("upgrade", "r2", "-t", "c")
    events = plain.skein("edit", "current", "--format", "json", env={"EDITOR": "true"}).events
    assert [e["revision"] for e in events] == ["r1", "r2"]
    nulls(plain, "a", "b", "c", c={"fail": "open:*:auth"})
    plain.skein("edit", "current", code=None, env={"EDITOR": "true"})
    assert plain.skein("edit", "base", code=lib.USAGE, env={"EDITOR": "true"}).err


def test_drivers_are_listed_once_each_and_shown_with_their_options(plain):
    out = plain.skein("--driver-dir", plain.drivers, "drivers").out
    assert out.count("\n  sha256 ") == len({line.split()[0] for line in out.splitlines()
                                           if not line.startswith(" ")})
    shown = plain.skein("drivers", "null").out
    assert "transactional" in shown and "(default true)" in shown
    event, = plain.skein("drivers", "null", "--format", "json").events
    assert event["driver"] == "null" and len(event["sha256"]) == 64
    assert {e["driver"] for e in plain.skein("drivers", "--format", "json").events} >= {"null"}
    plain.skein("drivers", "nowhere", code=lib.USAGE)


def test_drivers_that_cannot_be_used_are_told_among_those_that_can(plain):
    folder = plain.folder / "drivers"
    folder.mkdir(mode=0o755)
    plain.drivers = folder
    assert "no driver is installed in" in plain.skein("drivers").err
    (folder / "skein_broken.so").write_bytes(b"no ELF")
    (folder / "skein_.so").write_bytes(b"")
    (folder / "other.so").write_bytes(b"")
    result = plain.skein("drivers", code=lib.FAILED)
    assert "skein_broken.so" in result.err and "other" not in result.text


@pytest.mark.parametrize("pin, said", [
    ("0" * 64, "sha256"), ("x" * 64, "64"), ("0" * 63, "64")])
def test_d6_a_driver_is_held_to_its_pin(plain, pin, said):
    plain.config(drivers=[{"name": "null", "sha256": pin}],
                 targets=[{"name": "it", "url": "null:it"}])
    assert said in plain.skein("current", code=None).err


def test_a_dry_run_is_told_step_by_step_also_as_json(plain):
    nulls(plain, "a", "b")
    out = plain.skein("upgrade", "head", "--dry-run", "-v").out
    assert "a: " in out and "b: " in out and "CREATE TABLE b" in out
    events = plain.skein("upgrade", "head", "--dry-run", "--format", "json").events
    assert [(e["target"], e["revision"]) for e in events if e["event"] == "plan"] \
        == [("a", "r1"), ("a", "r2"), ("b", "r1"), ("b", "r2")]
    assert "CREATE TABLE a" in events[0]["sql"]
    assert plain.skein("stamp", "head", "--dry-run", "-v").code == lib.OK
    assert plain.skein("stamp", "head", "--dry-run", "--format", "json").events
    assert all(not path.read_text().count("r1") for path in (plain.folder / "null").iterdir())


def test_init_leaves_what_is_there_alone(project):
    (project.folder / "full").mkdir()
    project.write("full/x", "")
    assert "is not empty" in project.skein("init", "full", code=None).err
    assert "cannot stand in a config" in project.skein("init", 'a"b', code=lib.USAGE).err
    assert "cannot be made" in project.skein("init", "no/where", code=None).err
    project.write("file", "")
    assert "file:" in project.skein("init", "file", code=None).err
    (project.folder / "empty").mkdir()
    assert "Generating" in project.skein("-c", "mine.cfg", "init", "empty").out
    assert stat.S_IMODE((project.folder / "mine.cfg").stat().st_mode) == 0o600
    assert "is there already" in project.skein("-c", "mine.cfg", "init", "more", code=None).err
    assert not (project.folder / "more").exists()


def test_current_of_several_targets_tells_all_there_is_to_know(plain):
    nulls(plain, "a", "b")
    plain.skein("upgrade", "r1", "-t", "a")
    out = plain.skein("current", "-v").out
    assert "null:" in out and "Rev: r1" in out
    plain.skein("current", "--check-heads", code=lib.NO)
    plain.skein("upgrade", "head")
    plain.skein("current", "--check-heads")
    events = plain.skein("current", "-v", "--format", "json").events
    assert {e["target"] for e in events} == {"a", "b"}


def test_a_schema_is_written_into_a_file_in_the_place_of_what_was_there(project, database):
    one = database("sqlite")
    project.chain(CHAIN)
    project.targets({"it": one})
    project.write("out.sql", "old")
    project.skein("schema", "dump", "--after-upgrade", "-o", "out.sql")
    assert "CREATE TABLE" in (project.folder / "out.sql").read_text()
    assert one.versions() == ["r2"]
    assert "no/where" in project.skein("schema", "dump", "-o", "no/where.sql", code=None).err
    text = project.skein("schema", "dump").out
    assert text == (project.folder / "out.sql").read_text()
    events = project.skein("schema", "dump", "--format", "json").events
    assert any("CREATE TABLE" in json.dumps(e) for e in events)


def test_autogenerates_options_are_heeded(project, database):
    one = database("sqlite")
    one.client("CREATE TABLE gone (n INTEGER); CREATE TABLE old (n INTEGER);")
    project.write("app.sql", "CREATE TABLE fresh (n INTEGER);\nCREATE TABLE new (n INTEGER);")
    (project.folder / "migrations").mkdir()
    project.config(histories={"main": {"path": "migrations", "schema": {"sqlite": "app.sql"}}},
                   targets=[{"name": "it", "url": one.url, "history": "main"}])
    project.skein("revision", "--autogenerate", "-m", "x", "--no-proof", "--online",
                  "--keep-unproven", "--allow-drop", "--rename", "old:new", "--rev-id", "r1")
    text = (project.folder / "migrations").glob("*.sql").__next__().read_text()
    assert "RENAME TO" in text and "held-back" not in text and "CREATE TABLE" in text
    project.skein("upgrade", "head")
    assert one.has("fresh") and one.has("new") and not one.has("gone")


# ------------------------------------------------------------------------------------------------
# One call of the driver fails, in each verb

CALLS = ("open", "describe", "exec", "exists", "quote", "status", "scan", "lock", "holder", "sql")
ASKING = (("current", "-v"), ("status",), ("show", "current"), ("history", "-i"),
          ("upgrade", "head", "--dry-run"))
CHANGING = (("upgrade", "head"), ("stamp", "head"), ("ensure-version",), ("downgrade", "base"))


@pytest.mark.parametrize("verb", ASKING + CHANGING, ids=" ".join)
def test_a_call_that_fails_is_told_with_its_target_and_the_verb_ends_well_without_it(plain, verb):
    def state():
        return {path.name: path.read_text() for path in (plain.folder / "null").glob("*.state")}

    nulls(plain, "it")
    plain.skein("upgrade", "r1")
    before = state()
    failed = 0
    for call in CALLS:
        for nth, code in ((1, "permission"), (2, "driver")):
            nulls(plain, "it", it={"fail": f"{call}:{nth}:{code}"})
            result = plain.skein(*verb, code=None)
            assert result.code in (lib.OK, lib.FAILED), result
            if result.code != lib.OK:
                failed += 1
                # A scanner's failure has a place in a file, and is no target's.
                place = "r1.sql:8:1: scan" if call == "scan" else "it"
                assert place in result.text, result
                assert f"{call} failed, as option fail says" in result.text, result
            assert verb in CHANGING or state() == before, (verb, call)
    assert failed > 4, failed
    nulls(plain, "it")
    assert plain.skein(*verb).code == lib.OK
