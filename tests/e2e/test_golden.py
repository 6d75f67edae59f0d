"""Alembic's own answers on the graphs of real projects, and skein's on the same graphs."""

import json
import re

import pytest

CONTEXT = re.compile(r"^INFO  \[alembic\.runtime\.migration\] (Context impl|Will assume) .*\n", re.M)


def listed(value):
    return [value] if isinstance(value, str) else value or []


def write_graph(project, graph):
    """Stub revisions, as the golden answers were made with."""
    for each in json.loads(graph.read_text())["revisions"]:
        head = [f"-- {line}".rstrip() for line in each["message"].splitlines()]
        head += ["--", f"-- Revision ID: {each['revision']}",
                 f"-- Revises: {', '.join(listed(each['down_revision']))}",
                 f"-- Create Date: {each['create_date']}"]
        for key, field in (("Branch Labels", "branch_labels"), ("Depends On", "depends_on")):
            if each[field]:
                head.append(f"-- {key}: {', '.join(listed(each[field]))}")
        name = each["file"].removesuffix(".py")
        project.write(f"mig/versions/{name}.sql",
                      "\n".join([*head, "", "-- skein: upgrade", "", "-- skein: downgrade", ""]))


def golden(path):
    """Command, status, output and log of a golden file, without what depends on paths."""
    command, status, rest = path.read_text().split("\n", 2)
    out, _, log = rest.partition("--stderr--\n")
    # Which class talks to the database, and that Alembic would not roll back, is not ours to say.
    log = CONTEXT.sub("", log).replace("[alembic.runtime.migration]", "[skein]")
    return command.split()[2:], int(status.removeprefix("# rc=")), out.replace(".py\n", "\n"), log


def ours(project, result):
    out = result.out.replace(str(project.folder), "<DIR>").replace(".sql\n", "\n")
    return out, result.err


def siblings_sorted(text):
    """Alembic keeps children in sets, so their order is chance: the one thing not compared."""
    blocks, children = [], []
    for line in text.splitlines():
        if re.match(r" +-> ", line):
            children.append(line)
            continue
        blocks += sorted(children)
        children = []
        if line.startswith("Branches into: "):
            line = "Branches into: " + ", ".join(sorted(line[15:].split(", ")))
        blocks.append(line)
    return blocks + sorted(children)


@pytest.mark.parametrize("name", ["airflow", "redash"])
def test_every_golden_answer_is_skeins_answer_too(project, corpora, name):
    graph = corpora.parent / "graphs" / name
    write_graph(project, graph / "graph.json")
    folder = graph / "golden"
    db = project.folder / "t.db"
    project.config(targets=[{"name": "it", "url": f"sqlite:{db}"}],
                   histories={"app": {"path": "mig/versions"}})
    done = set()

    def step(stem):
        path = folder / f"{stem}.txt"
        done.add(path)
        command, status, out, log = golden(path)
        result = project.skein(*command, code=None)
        mine, err = ours(project, result)
        assert (result.code == 0) == (status == 0), (stem, result)
        compare = sorted if command == ["current"] else list  # rows are a set too
        assert compare(siblings_sorted(mine)) == compare(siblings_sorted(out)), stem
        assert siblings_sorted(err) == siblings_sorted(log), stem

    for stem in ("history", "history_verbose", "heads", "heads_verbose", "branches",
                 "branches_verbose", *sorted(path.stem for path in folder.glob("show_*.txt")),
                 "current_empty", "upgrade_head", "current_at_heads", "current_verbose_at_heads",
                 "history_indicate_current"):
        step(stem)
    for path in sorted(folder.glob("downgrade_to_*.txt")):
        rid = path.stem.removeprefix("downgrade_to_")
        step(path.stem)
        step(f"current_after_downgrade_to_{rid}")
        step(f"reupgrade_from_{rid}")
    for number in (1, 2, 3):
        step(f"downgrade_minus1_{number}")
        step(f"current_after_minus1_{number}")
    step("downgrade_base")
    step("current_at_base")
    for number in (1, 2, 3):
        step(f"upgrade_plus1_{number}")
    step("current_after_plus")
    step("stamp_heads")
    step("current_after_stamp")
    left = {path for path in folder.glob("*.txt")} - done
    assert {path.stem for path in left} == {"upgrade_heads_sql"}  # held in test_offline.py
