#!/usr/bin/env python3
"""Checks which folder may know which, by the #include lines: the arrows of docs/architecture.md."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

BELOW = {
    "base": set(),
    "config": {"base"},
    "history": {"base"},
    "schema": {"base"},
    "work": {"base", "schema"},
    "plan": {"base", "config", "history"},
    "run": {"base", "config", "history", "plan"},
    "cmd": {"base", "config", "history", "plan", "run"},
}
# The revision is the one type that the worker's side shares with the planner's.
SHARED = {("work", "history/history.h")}
CONTRACT = {"skein/driver.h", "skein/driver-util.h", "skein/schema.h"}
CLIENT_HEADERS = {
    "sqlite": {"sqlite3.h"},
    "postgresql": {"libpq-fe.h"},
    "mysql": {"mysql.h", "mysqld_error.h", "errmsg.h"},
    "null": set(),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LOADER = re.compile(r"\bdl(m?open|v?sym|close)\s*\(")


def lines(path):
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def includes(path):
    """(line, quoted, name) of each #include of a file."""
    for number, line in lines(path):
        match = INCLUDE.match(line)
        if match:
            yield number, match[1] == '"', match[2]


def core_faults(path):
    folder = path.relative_to(ROOT / "core").parts[0]
    main = path.parent == ROOT / "core"
    for number, quoted, name in includes(path):
        if not quoted:
            if name.startswith("skein/") and name not in CONTRACT:
                yield number, f"<{name}> is not for the core"
            continue
        if not (ROOT / "core" / name).is_file():
            yield number, f'"{name}" is not a path below core/'
            continue
        other = name.split("/")[0]
        if not (main or other == folder or other in BELOW[folder] or (folder, name) in SHARED):
            yield number, f"{folder} may not know {name}"
    if folder != "work":
        for number, line in lines(path):
            if LOADER.search(line):
                yield number, "only core/work loads shared objects"


def plugin_faults(path):
    plugin = path.parent.name
    foreign = set().union(*CLIENT_HEADERS.values()) - CLIENT_HEADERS.get(plugin, set())
    for number, quoted, name in includes(path):
        if quoted and not ("/" not in name and (path.parent / name).is_file()):
            yield number, f'a driver includes its own folder and <skein/driver.h>, not "{name}"'
        elif not quoted and name.startswith("skein/") and name not in CONTRACT:
            yield number, f"<{name}> is not part of the contract"
        elif not quoted and name in foreign:
            yield number, f"<{name}> belongs to another driver"


def circle(paths):
    """A list of files that include each other in a ring, or None."""
    graph = {str(p.relative_to(ROOT / "core")): [n for _, q, n in includes(p) if q] for p in paths}
    done = set()
    for start in sorted(graph):
        trail = [(start, iter(graph[start]))]
        while trail and start not in done:
            name, rest = trail[-1]
            following = next((n for n in rest if n not in done), None)
            if following is None:
                done.add(trail.pop()[0])
                continue
            names = [n for n, _ in trail]
            if following in names:
                return names[names.index(following):] + [following]
            trail.append((following, iter(graph.get(following, []))))
    return None


def main():
    core = sorted(p for p in (ROOT / "core").rglob("*.[ch]"))
    plugins = sorted(p for p in (ROOT / "plugins").rglob("*.[ch]"))
    faults = 0
    for paths, check in ((core, core_faults), (plugins, plugin_faults)):
        for path in paths:
            for number, reason in check(path):
                print(f"{path.relative_to(ROOT)}:{number}: {reason}")
                faults += 1
    ring = circle(core)
    if ring:
        print("circle: " + " -> ".join(ring))
    print(f"arrows: {len(core)} core files, {len(plugins)} driver files, {faults} faults")
    return 1 if faults or ring or not core or not plugins else 0


sys.exit(main())
