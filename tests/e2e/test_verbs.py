"""The verbs about files and version rows, in Alembic's words."""

import os
import re
import subprocess

import pytest

import lib

NO = 4

# The example of Alembic's own documentation.
DOC = [("1975ea83b712", "", "", "", "create account table"),
       ("ae1027a6acf", "1975ea83b712", "", "", "add a column"),
       ("27c6a30d7c24", "1975ea83b712", "", "shoppingcart", "add shopping cart table"),
       ("53fffde5ad5", "27c6a30d7c24, ae1027a6acf", "", "", "merge ae1 and 27c"),
       ("3cac04ae8714", "", "", "networking", "create networking branch"),
       ("109ec7d132bf", "3cac04ae8714", "53fffde5ad5", "", "add ip number table"),
       ("29f859a13ea", "109ec7d132bf", "", "", "add DNS")]


def write(project, rid, revises="", depends="", labels="", message="a message", folder="migrations"):
    lines = [f"-- {message}", "--", f"-- Revision ID: {rid}", f"-- Revises: {revises}",
             "-- Create Date: 2026-11-22 18:03:46.209960"]
    lines += [f"-- Depends On: {depends}"] if depends else []
    lines += [f"-- Branch Labels: {labels}"] if labels else []
    return project.write(f"{folder}/{rid}.sql", "\n".join(
        [*lines, "", "-- skein: upgrade", "", "-- skein: downgrade", ""]))


@pytest.fixture
def doc(project):
    for revision in DOC:
        write(project, *revision)
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    return project


def failure(result):
    return result.err.removeprefix("FAILED: ").rstrip("\n")


def files(project, folder="migrations"):
    return sorted(os.listdir(project.folder / folder))


# ---- what the files say


def test_history_heads_and_branches_say_what_alembics_documentation_shows(doc):
    assert doc.skein("history").lines == [
        "109ec7d132bf -> 29f859a13ea (networking) (head), add DNS",
        "3cac04ae8714 (53fffde5ad5) -> 109ec7d132bf (networking), add ip number table",
        "<base> -> 3cac04ae8714 (networking), create networking branch",
        "27c6a30d7c24, ae1027a6acf -> 53fffde5ad5 (shoppingcart) (effective head) (mergepoint), "
        "merge ae1 and 27c",
        "1975ea83b712 -> 27c6a30d7c24 (shoppingcart), add shopping cart table",
        "1975ea83b712 -> ae1027a6acf, add a column",
        "<base> -> 1975ea83b712 (branchpoint), create account table"]
    assert doc.skein("heads").lines == ["29f859a13ea (networking) (head)",
                                        "53fffde5ad5 (shoppingcart) (effective head)"]
    assert doc.skein("heads", "--resolve-dependencies").lines == ["29f859a13ea (networking) (head)"]
    assert doc.skein("branches").out == ("1975ea83b712 (branchpoint)\n"
                                         "             -> 27c6a30d7c24 (shoppingcart)\n"
                                         "             -> ae1027a6acf\n\n")
    assert "             -> ae1027a6acf, add a column" in doc.skein("branches", "-v").lines


def test_show_prints_the_block_that_alembic_prints(doc):
    assert doc.skein("show", "109e").out == (
        "Rev: 109ec7d132bf\nParent: 3cac04ae8714\nAlso depends on: 53fffde5ad5\n"
        f"Branch names: networking\nPath: {doc.folder}/migrations/109ec7d132bf.sql\n\n"
        "    add ip number table\n    \n    Revision ID: 109ec7d132bf\n    Revises: 3cac04ae8714\n"
        "    Create Date: 2026-11-22 18:03:46.209960\n\n")
    assert doc.skein("show", "networking@-2").lines[0] == "Rev: 3cac04ae8714"
    assert doc.skein("show", "base").out == ""


RANGES = [("1975:53ff", ["53fffde5ad5", "27c6a30d7c24", "ae1027a6acf", "1975ea83b712"]),
          ("networking@base:109e", ["109ec7d132bf", "3cac04ae8714", "53fffde5ad5", "27c6a30d7c24",
                                    "ae1027a6acf", "1975ea83b712"]),
          ("3cac:+1", ["109ec7d132bf", "3cac04ae8714"]), ("3cac:+9", ["29f859a13ea", "109ec7d132bf",
                                                                      "3cac04ae8714"]),
          ("-1:29f8", ["29f859a13ea", "109ec7d132bf"]),
          ("ae10:", ["53fffde5ad5", "ae1027a6acf"]), (":base", []), ("current:29f8", None),
          (":current", None)]


@pytest.mark.parametrize("text, expected", RANGES, ids=[text for text, _ in RANGES])
def test_history_takes_ranges(doc, text, expected):
    """With an empty database current is an end that was left out, as it is for Alembic."""
    lines = doc.skein("history", f"-r{text}").lines
    found = [re.search(r"-> (\w+)", line)[1] for line in lines]
    assert found == (expected if expected is not None else
                     ["29f859a13ea", "109ec7d132bf", "3cac04ae8714", "53fffde5ad5", "27c6a30d7c24",
                      "ae1027a6acf", "1975ea83b712"])


def test_history_marks_where_the_database_is_and_counts_back_from_there(doc):
    doc.skein("upgrade", "29f8")
    assert "29f859a13ea (networking) (head) (current), add DNS" in doc.skein("history", "-i").out
    assert [line.split(", ")[-1] for line in doc.skein("history", "-r", "-1:current").lines] == [
        "add DNS", "add ip number table"]
    marked = [event["revision"] for event in doc.skein("history", "-i", "--format", "json").events
              if event.get("current")]
    assert marked == ["29f859a13ea"]


def test_init_makes_a_folder_and_a_config_and_takes_no_folder_that_holds_something(project):
    assert project.skein("init", "made").lines[0] == "Creating directory made ...  done"
    assert (project.folder / "skein.cfg").exists() and files(project, "made") == []
    assert "skein.cfg is there already" in failure(project.skein("init", "more", code=2))
    (project.folder / "skein.cfg").unlink()
    project.skein("init", "made")
    (project.folder / "skein.cfg").unlink()
    project.write("made/notes", "mine")
    assert failure(project.skein("init", "made", code=2)) == (
        "Directory made already exists and is not empty")
    assert "notes: " in failure(project.skein("init", "made/notes", code=2))
    assert not (project.folder / "skein.cfg").exists()


# ---- where databases are


def test_current_shows_what_a_dependency_brought_along_and_counts_it_as_head(doc):
    doc.skein("upgrade", "heads")
    assert doc.skein("current").lines == ["29f859a13ea (head)",
                                          "53fffde5ad5 (effective head) (mergepoint)"]
    doc.skein("current", "-c")
    doc.skein("downgrade", "networking@-1")
    assert failure(doc.skein("current", "--check-heads", code=NO)) == (
        "Database is not on all head revisions")


def test_current_verbose_names_the_url_without_its_password(project, one):
    write(project, "a1")
    # MariaDB's root comes in by its socket, and not with any password.
    url = one.url.replace("@", ":sEcReT@", 1) if one.driver == "postgresql" else one.url
    project.config(targets=[{"name": "it", "url": url}])
    os.chmod(project.folder / "skein.cfg", 0o600)
    project.skein("upgrade", "head")
    first, second = project.skein("current", "-v").lines[:2]
    assert first.startswith(f"Current revision(s) for {one.driver}://")
    assert "sEcReT" not in first and (":***@" in first) == (one.driver == "postgresql")
    assert second == "Rev: a1 (head)"


def test_of_several_targets_each_line_starts_with_the_name(project):
    write(project, "a1")
    project.config(targets=[{"name": name, "url": f"sqlite:{name}.db"} for name in ("x", "y")])
    project.skein("upgrade", "head")
    for command in (["current", "-v"], ["show", "current"], ["history", "-i"], ["show"]):
        lines = project.skein(*command).lines
        assert lines and all(line.startswith(("x: ", "y: ")) for line in lines)
        assert {line[0] for line in lines} == {"x", "y"}


def test_ensure_version_makes_the_table_and_nothing_else(project, one):
    write(project, "a1")
    project.config(targets=[{"name": "it", "url": one.url}])
    for spelling in ("ensure_version", "ensure-version"):
        assert project.skein(spelling).out == ""
        assert one.has("alembic_version") and one.versions() == []
        assert not one.has("skein_log") and not one.has("skein_step")
    (event, summary) = project.skein("ensure-version", "--format", "json").events
    assert (event["state"], summary["done"]) == ("done", 1)


@pytest.mark.parametrize("log", [True, False])
def test_the_version_table_can_be_made_by_a_script(project, database, log):
    write(project, "a1")
    for engine in lib.ENGINES:
        made, scripted = database(engine), database(engine)
        project.config(targets=[{"name": "made", "url": made.url},
                                {"name": "scripted", "url": scripted.url, "log": log}])
        project.skein("ensure_version", "-t", "made")
        result = project.skein("ensure_version", "-t", "scripted", "--sql")
        assert not scripted.has("alembic_version")
        assert result.err == "INFO  [skein] Generating static SQL\n"
        scripted.client(result.out)
        ours, theirs = (one.dump(without=()).expandtabs(4) for one in (scripted, made))
        assert ours == theirs  # Alembic's text has blanks offline, a tab online
    (event,) = project.skein("ensure-version", "-t", "scripted", "--sql", "--format", "json").events
    assert (event["event"], event["sql"], event["revisions"]) == ("script", result.out, 0)


def test_stamp_takes_several_and_purge_takes_unknown_ones_away(doc):
    doc.skein("stamp", "27c6", "ae10")
    db = lib.Sqlite(doc.folder)
    db.path = doc.folder / "it.db"
    assert db.versions() == ["27c6a30d7c24", "ae1027a6acf"]
    db.client("INSERT INTO alembic_version VALUES ('deadbeef1234')")
    shown = doc.skein("current", code=2)
    assert shown.lines == ["27c6a30d7c24", "ae1027a6acf", "deadbeef1234 (unknown: no file has it)"]
    assert failure(shown).startswith("Can't locate revision identified by 'deadbeef1234'; no file")
    marked = doc.skein("history", "-i").out
    assert marked.count(" (current)") == 2 and marked.replace(" (current)", "") == doc.skein("history").out
    assert LOCATE % "deadbeef1234" in failure(doc.skein("history", "-r", "current:", code=2))
    assert failure(doc.skein("upgrade", "head", code=2)).startswith(
        "Can't locate revision identified by 'deadbeef1234'; no file has this row of the version "
        "table: put the file back, or say what is applied: skein stamp --purge REVISION")
    doc.skein("stamp", "--purge", "networking@head", "shoppingcart@head", code=None)
    assert not {"29f859a13ea", "53fffde5ad5"} <= set(db.versions())  # they overlap
    doc.skein("stamp", "--purge", "53ff", "3cac")
    assert db.versions() == ["3cac04ae8714", "53fffde5ad5"]


# ---- new files


def test_a_label_over_several_heads_does_not_say_which_is_revised(project):
    for rid, revises, label in (("a1", "", "app"), ("b1", "a1", ""), ("b2", "a1", "")):
        write(project, rid, revises, labels=label)
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    assert failure(project.skein("revision", "--head", "app@head", code=2)) == SEVERAL
    assert failure(project.skein("merge", "app@head", code=2)) == SEVERAL
    for words in (["show", "app@head"], ["upgrade", "app@head"], ["history", "-r", ":app@head"]):
        assert failure(project.skein(*words, code=2)) == (
            "Multiple head revisions are present for given argument 'app@head'; please specify a "
            "specific target revision, '<branchname>@app@head' to narrow to a specific head, or "
            "'heads' for all heads")
    assert project.skein("merge", "app@heads", "-m", "m", "--rev-id", "c1").out


def test_merge_joins_heads_in_the_order_given(project):
    for rid, revises in (("a1", ""), ("b1", "a1"), ("b2", "a1")):
        write(project, rid, revises)
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    result = project.skein("merge", "-m", "join them", "b2", "b1", "--rev-id", "c1",
                           "--branch-label", "joined")
    assert result.out == f"Generating {project.folder}/migrations/c1_join_them.sql ...  done\n"
    text = (project.folder / "migrations/c1_join_them.sql").read_text()
    assert "-- Revises: b2, b1\n" in text and "-- Branch Labels: joined\n" in text
    assert project.skein("heads", "--single").lines == ["c1 (joined) (head)"]
    (event,) = project.skein("merge", "c1", "--format", "json").events
    assert (event["event"], event["parents"]) == ("created", ["c1"])


def test_heads_single_names_who_collides_and_what_to_type(project):
    for rid, revises in (("a1", ""), ("b1", "a1"), ("b2", "a1")):
        write(project, rid, revises)
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}])
    result = project.skein("heads", "--single", code=NO)
    assert result.lines == ["b1 (head)", "b2 (head)"]
    assert f"  b1 in {project.folder}/migrations/b1.sql\n" in result.err
    told = re.search(r"join them: skein (.*)\n", result.err)[1]
    event = project.skein("heads", "--single", "--format", "json", code=NO).events[-1]
    assert (event["event"], event["single"], event["heads"]) == ("heads", False, ["b1", "b2"])
    assert event["merge"] == f"skein {told}"
    subprocess.run(f'"$SKEIN" {told}', shell=True, check=True, cwd=project.folder,
                   env={**project.env, "SKEIN": lib.PROGRAM}, capture_output=True)
    project.skein("heads", "--single")


def test_revision_writes_full_ids_and_keeps_labels_of_what_it_depends_on(doc):
    doc.skein("revision", "-m", "x", "--rev-id", "x1", "--head", "29f8", "--depends-on", "53ff",
              "--depends-on", "shoppingcart")
    text = (doc.folder / "migrations/x1_x.sql").read_text()
    assert "-- Revises: 29f859a13ea\n" in text
    assert "-- Depends On: 53fffde5ad5, shoppingcart\n" in text
    doc.skein("revision", "-m", "y", "--rev-id", "y1", "--head=base")
    assert "-- Revises:\n" in (doc.folder / "migrations/y1_y.sql").read_text()


def test_a_new_file_goes_to_the_folder_of_its_head(project):
    write(project, "a1", folder="one")
    write(project, "b1", folder="two")
    project.config(targets=[{"name": "it", "url": "sqlite:it.db"}],
                   histories={"app": {"path": ["one", "two"]}})
    project.skein("revision", "--head", "b1", "-m", "m", "--rev-id", "b2")
    assert files(project, "two") == ["b1.sql", "b2_m.sql"]
    project.skein("revision", "--head", "b2", "-m", "m", "--rev-id", "b3", "--version-path", "one")
    assert "b3_m.sql" in files(project, "one")
    assert failure(project.skein("revision", "--head", "base", code=2)) == (
        "Multiple version locations present, please specify --version-path")
    assert failure(project.skein("revision", "--head", "b3", "--version-path", "/tmp", code=2)) == (
        "Path /tmp is not represented in current version locations")


# ---- what is refused, and leaves no file behind

SEVERAL = ("Multiple heads are present; please specify the head revision on which the new revision "
           "should be based, or perform a merge.")
LOCATE = "Can't locate revision identified by '%s'"
REFUSED = [
    (("revision",), SEVERAL), (("revision", "--head", "head"), SEVERAL),
    (("revision", "--head", "ae10"), "Revision ae1027a6acf is not a head revision; please specify "
                                     "--splice to create a new branch from this revision"),
    (("merge", "29f8", "29f8"), "Duplicate head revisions specified"),
    (("merge", "29f8", "nope"), LOCATE % "nope"),
    (("revision", "--head", "29f8", "--rev-id", "a-b@c"),
     "Character(s) '-, @' not allowed in revision identifier 'a-b@c'"),
    (("revision", "--head", "29f8", "--rev-id", "1975ea83b712"),
     "revision id '1975ea83b712' is in use already"),
    (("revision", "--head", "29f8", "--rev-id", "head"), "revision id 'head' is a word with"),
    (("revision", "--head", "29f8", "--rev-id", "x" * 33), "longer than 32 characters"),
    (("revision", "--head", "29f8", "--rev-id", "z1", "--branch-label", "networking"),
     "Branch name 'networking' in revision z1 already used by revision 3cac04ae8714"),
    (("revision", "--head", "29f8", "--depends-on", "nope"), LOCATE % "nope"),
    (("revision", "--head", "29f8", "--depends-on", "networking@-1"), LOCATE % "-1"),
    (("revision", "--head", "29f8", "--depends-on", "base"), "--depends-on takes a revision"),
    (("revision", "--head", "29f8", "--version-path", "elsewhere"),
     "Path elsewhere is not represented in current version locations"),
    (("revision", "junk"), "skein revision does not take \"junk\""),
    (("merge",), "skein merge needs REVISION..."), (("edit",), "skein edit needs REVISION"),
    (("edit", "base"), "No revision files indicated by symbol 'base'"),
    (("edit", "current"), "No current revisions"), (("edit", "nope"), LOCATE % "nope"),
    (("history", "-r", "1975"), "History range requires [start]:[end], [start]:, or :[end]"),
    (("history", "-r", "a:b:c"), "History range requires [start]:[end], [start]:, or :[end]"),
    (("history", "-r", "27c6:ae10"), "Requested range 27c6:ae10 does not refer to "
                                     "ancestor/descendant revisions along the same branch"),
    (("history", "-r", "29f8-1:"), LOCATE % "29f8-1"),
    (("history", "-r", "1975:+1"), "Ambiguous walk"), (("history", "-r"), "needs a value"),
    (("show", "head-1"), LOCATE % "head-1"), (("show", "head"), "Multiple head revisions are present"),
    (("show", "a", "b"), "skein show does not take \"b\""),
    (("stamp",), "skein stamp needs REVISION"), (("stamp", "+1"), LOCATE % "+1"),
    (("stamp", "-1"), LOCATE % "-1"), (("stamp", "networking@-1"), LOCATE % "-1"),
    (("stamp", "head"), "Multiple heads are present; please specify a single target revision"),
    (("stamp", "--purge", "--sql", "heads"), "Can't use --purge with --sql mode"),
    (("stamp", "--sql", "ae10:53ff", "27c6:53ff"),
     "Stamp operation with --sql only supports a single starting revision at a time"),
    (("upgrade", "a:b"), "Range revision not allowed"), (("upgrade", "ae10+1xyz"), "Can't locate"),
    (("upgrade", "+1"), "Ambiguous walk"),  # there are two bases
    (("upgrade", "-1"), "Relative revision -1 didn't produce 1 migrations"),
    (("upgrade", "+0"), "Relative revision 0 didn't produce 0 migrations"),
    (("upgrade", "networking@+9"), "Relative revision +9 didn't produce 9 migrations"),
    (("upgrade", "1975-1"), "Walked too far"), (("upgrade", "networking@3cac-1"), "Walked too far"),
    (("upgrade", "1975-5"), "Walked too far"), (("upgrade", "53ff+9"), "Walked too far"),
    (("upgrade", "53ff-1"), "Ambiguous walk"), (("upgrade", "head+1"), "Multiple head revisions"),
    (("upgrade", "nope@head"), LOCATE % "nope"), (("upgrade", "networking@1975"), LOCATE % "1975"),
    (("downgrade", "+1"), "Relative revision +1 didn't produce 1 migrations"),
    (("downgrade", "-1"), "Relative revision -1 didn't produce 1 migrations"),
    (("downgrade", "networking@-1"), "Relative revision -1 didn't produce 1 migrations"),
    (("downgrade", "29f8-9"), "Walked too far"),
    (("downgrade", "1975"), "Destination 1975 is not a valid downgrade target from current head(s)"),
    (("downgrade", "networking@1975"), "Not a valid downgrade target from current heads"),
    (("stamp", "1975", "ae10"), "Requested revision ae1027a6acf overlaps with other requested "
                                "revisions 1975ea83b712"),
    (("stamp", "--purge", "1975", "ae10"), "overlaps with other requested revisions"),
    (("stamp", "--purge", "networking@head", "shoppingcart@head"),
     "Requested revision 29f859a13ea overlaps with other requested revisions 53fffde5ad5"),
    (("show", "2"), LOCATE % "2" + "; several names begin with it: '27c6a30d7c24', '29f859a13ea'"),
    (("show", "z"), LOCATE % "z"), (("show", "nope@-1"), LOCATE % "nope"),
    (("show", ""), LOCATE % ""), (("show", "a" * 5000), "Can't locate revision"),
    (("branches", "x"), "skein branches does not take \"x\""),
    (("ensure-version", "x"), "skein ensure-version does not take \"x\""),
]


@pytest.mark.parametrize("words, reason", REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_c7_what_makes_no_sense_is_refused_before_anything_is_written(doc, words, reason):
    before = files(doc)
    result = doc.skein(*words, code=2, env={"EDITOR": "touch"})
    assert reason in failure(result)
    assert result.out == "" and "\n" not in failure(result)
    assert files(doc) == before


AT = [  # version rows, the words, what is said
    ("27c6 ae10", "upgrade +1", "Ambiguous upgrade from multiple current revisions"),
    ("27c6 ae10", "downgrade -1", "downgrade -1 from multiple heads is ambiguous; name the one to go "
                                  "down from, such as 27c6a30d7c24@-1 or ae1027a6acf@-1"),
    ("53ff", "downgrade -1", "Ambiguous walk"),
    ("29f8", "upgrade networking@+1", "Relative revision +1 didn't produce 1 migrations"),
    ("1975", "downgrade -2", "Relative revision -2 didn't produce 2 migrations"),
    ("ae10", "downgrade 27c6", "Destination 27c6 is not a valid downgrade target from current head(s)"),
    ("ae10", "history -r current:1975", "Requested range current:1975 does not refer to "
                                        "ancestor/descendant revisions along the same branch"),
]


@pytest.mark.parametrize("rows, words, reason", AT, ids=[f"{rows}: {words}" for rows, words, _ in AT])
def test_what_makes_no_sense_from_where_the_database_is_is_refused(doc, rows, words, reason):
    doc.skein("stamp", *rows.split())
    before = doc.skein("current").lines
    assert reason in failure(doc.skein(*words.split(), code=2))
    assert doc.skein("current").lines == before


@pytest.mark.parametrize("words", ["history", "heads", "upgrade head", "revision -m x"])
def test_without_its_folder_a_history_says_how_to_make_it(doc, words):
    (doc.folder / "migrations").rename(doc.folder / "elsewhere")
    assert failure(doc.skein(*words.split(), code=2)).startswith(
        f"Path doesn't exist: {doc.folder}/migrations.  Please use the 'init' command to create a "
        "new scripts folder")


# ---- edit


def test_edit_runs_the_editor_without_a_shell(doc):
    editor = doc.write("an editor", '#!/bin/sh\nprintf "%s\\n" "$#" "$@"\n')
    editor.chmod(0o755)
    path = f"{doc.folder}/migrations/ae1027a6acf.sql"
    assert doc.skein("edit", "ae10", env={"EDITOR": str(editor)}).lines == ["1", path]
    assert doc.skein("edit", "ae10", env={"VISUAL": "echo $HOME; -x"}).lines == [f"$HOME; -x {path}"]
    doc.skein("stamp", "ae10")
    assert doc.skein("edit", "current", env={"EDITOR": "echo"}).lines == [path]
    assert failure(doc.skein("edit", "ae10", code=1, env={"EDITOR": "false"})) == (
        "Error executing editor (false exited with status 1)")
    assert failure(doc.skein("edit", "ae10", code=2, env={"EDITOR": "/no/such"})) == (
        "Error executing editor (/no/such: No such file or directory)")
    assert "No suitable editor found" in failure(doc.skein("edit", "ae10", code=2))


# ---- man pages


def test_the_man_pages_are_well_formed_and_say_what_help_says(project):
    names = re.findall(r"^  ([a-z-]+) +\S", project.skein("help").out.split("options:")[0], re.M)
    assert len(names) > 15
    for name in ["", *names]:
        page = project.write("page.1", project.skein("help", "--man", *filter(None, [name])).out)
        shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], text=True,
                               capture_output=True, env={"PATH": os.environ["PATH"], "LC_ALL":
                                                         "C.UTF-8", "MANWIDTH": "1000"})
        assert (shown.returncode, shown.stderr) == (0, ""), name
        plain = re.sub(r".\x08", "", shown.stdout)
        summary = project.skein("help", *filter(None, [name])).lines[2 if name else 0]
        assert summary.split(": ", 1)[-1] in plain
        assert ("--target" in plain) and ("EXIT STATUS" in plain)
