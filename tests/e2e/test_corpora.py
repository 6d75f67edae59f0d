"""Real projects' histories: skein and the engine's own client end with the same schema, and refuse
the same files; and the client ends there too with skein's scripts."""

import re
import shutil
import subprocess

import pytest

import corpus
import lib
from test_offline import client

PROJECTS = ("atuin", "authelia", "crates-io", "keto", "memos-0.25")


def plans():
    for project in PROJECTS:
        if lib.CORPORA.is_dir():
            for name, shared in corpus.histories(lib.CORPORA / project).items():
                for index, plan in enumerate(shared):
                    yield pytest.param(project, name, index, id=f"{project}-{name}-{plan.driver}")
        else:
            yield pytest.param(project, "", 0, id=project)


def by_client(database, file, off):
    """One file by the engine's own client, in one transaction where the engine has such. True when
    the engine took it."""
    text = file.read_text(encoding="utf-8")
    if database.driver == "postgresql":
        argv = database.program("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.name,
                                 *([] if off else ["-1"]), "-f", file)
        text = ""
    elif database.driver == "mysql":
        # The server splits the text itself: no file of these has this delimiter.
        argv = database.program("mariadb", database.name, "--delimiter=//skein//")
    else:
        argv = ["sqlite3", "-bail", "-batch", database.path]
        if not re.search(r"^\s*BEGIN( TRANSACTION)?;", text, re.IGNORECASE | re.MULTILINE):
            text = f"BEGIN;\n{text}\n;COMMIT;\n"
    return subprocess.run(argv, input=text, text=True, capture_output=True).returncode == 0


def reference(database, plan, direction):
    """The revisions whose file the engine refuses, when all are run in order."""
    refused = []
    for step in plan.steps if direction == "up" else reversed(plan.steps):
        file = getattr(step, direction)
        if file and not by_client(database, file, f"needs-notx-{direction}" in step.flags):
            refused.append(step.revision)
    return refused


def mend(file, line, direction, transactional):
    """What a person does about a section that the engine refuses: leaves out the statement at line
    and the rest; where a failure undoes the whole file, all of it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    verb = {"up": "-- skein: upgrade", "down": "-- skein: downgrade"}[direction]
    start = max(i for i, text in enumerate(lines[:line]) if text.startswith("-- skein:"))
    assert lines[start].startswith(verb), f"{file}:{line} is in the section {lines[start]}"
    end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith("-- skein:")),
               len(lines))
    lines[start + 1 if transactional else line - 1:end] = []
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def by_skein(project, database, revisions, direction):
    """The revisions whose file skein names when it stops; each is mended and the run goes on."""
    refused = []
    command = {"up": ("upgrade", "head"), "down": ("downgrade", "base")}[direction]
    while True:
        result = project.skein(*command, code=None)
        if result.code == lib.OK:
            return refused
        assert result.code == lib.FAILED, result
        named = re.search(r"(\w+)\.sql:(\d+)", result.err)
        assert named, f"no file and line: {result}"
        refused.append(named[1])
        assert len(refused) == len(set(refused)), f"refused again after the mend: {result}"
        assert set(database.versions()) <= set(revisions) and len(database.versions()) <= 1
        mend(project.folder / "migrations" / f"{named[1]}.sql", int(named[2]), direction,
             database.driver != "mysql")


def by_script(project, database, verb, *stops):
    """The way in parts, each as a script for the engine's client."""
    for start, end in zip(stops, stops[1:]):
        client(database, project.skein(verb, f"{start}:{end}", "--sql").out)


def counts(database, tables):
    """How many rows there are: what they hold is now() here and there."""
    query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)
    return sorted(database.rows(query)) if tables else []


def alike(scripted, ours):
    assert scripted.versions() == ours.versions()
    assert scripted.dump() == ours.dump()
    tables = named_tables(ours)
    assert counts(scripted, tables) == counts(ours, tables)


def named_tables(database):
    """Those whose name needs no quotes."""
    return re.findall(r"^CREATE TABLE [`\"]?(\w+[.]?[a-z_0-9]+)[`\"]? \(", database.dump(), re.M)


@pytest.mark.parametrize("name, history, index", plans())
def test_a_real_history_ends_as_the_engines_own_client_ends_it(project, database, corpora, name,
                                                               history, index):
    shared = corpus.histories(corpora / name)[history]
    plan = shared[index]
    theirs, ours = database(plan.driver), database(plan.driver)
    revisions = corpus.write_history(shared, project.folder / "migrations")
    project.targets({"it": ours})

    assert by_skein(project, ours, revisions, "up") == reference(theirs, plan, "up")
    assert ours.versions() == [revisions[-1]]
    assert ours.dump() == theirs.dump()
    scripted, middle = database(plan.driver), revisions[len(revisions) // 2]
    by_script(project, scripted, "upgrade", "base", middle, revisions[-1])
    alike(scripted, ours)

    if all(step.down for step in plan.steps):
        assert by_skein(project, ours, revisions, "down") == reference(theirs, plan, "down")
        assert ours.versions() == []
        assert ours.dump() == theirs.dump()
        by_script(project, scripted, "downgrade", revisions[-1], middle, "base")
        alike(scripted, ours)


def test_one_command_takes_a_fleet_of_eight_databases_up_its_histories(project, database, corpora):
    targets, histories, theirs = [], {}, {}
    for name, (plan,) in corpus.histories(corpora / "atuin").items():
        corpus.write_history([plan], project.folder / name)
        histories[name] = {"path": [name]}
        ours, theirs[name] = database(plan.driver), database(plan.driver)
        targets.append({"name": name, "url": ours.url, "history": name})
        reference(theirs[name], plan, "up")
        theirs[name] = (ours, theirs[name])
    project.config(targets=targets, histories=histories)
    project.skein("upgrade", "head")
    for ours, reference_database in theirs.values():
        assert ours.dump() == reference_database.dump()
