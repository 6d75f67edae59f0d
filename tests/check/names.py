#!/usr/bin/env python3
"""No two files of a folder define what has the same name at the top of a file: statics, structs,
enums and their constants. A folder then builds as one unit, and a name means one thing in it."""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FUNCTION = re.compile(r"^static [^;={(]*?(\w+)\(", re.MULTILINE)
VARIABLE = re.compile(r"^static [^;={(]*?(\w+)(?:\[[^\]]*\])*\s*[=;]", re.MULTILINE)
TAG = re.compile(r"^(?:struct|enum|union) (\w+) \{", re.MULTILINE)
CONSTANTS = re.compile(r"^enum \w*\s*\{(.*?)\}", re.MULTILINE | re.DOTALL)


def names(text):
    """(name, offset), a static that is declared ahead only once."""
    for pattern in (FUNCTION, VARIABLE, TAG):
        for match in pattern.finditer(text):
            yield match[1], match.start(1)
    for match in CONSTANTS.finditer(text):
        for constant in re.finditer(r"(?:^|,)\s*(\w+)", match[1]):
            yield constant[1], match.start(1) + constant.start(1)


def main():
    homes = collections.defaultdict(dict)
    for path in sorted([*ROOT.glob("core/**/*.c"), *ROOT.glob("plugins/**/*.c")]):
        text = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), path.read_text(encoding="utf-8"))
        for name, offset in names(text):
            line = text.count("\n", 0, offset) + 1
            homes[path.parent, name].setdefault(path, line)
    failed = 0
    for (_, name), files in sorted(homes.items(), key=lambda item: str(item[0])):
        if len(files) > 1:
            failed = 1
            places = ", ".join(f"{path.relative_to(ROOT)}:{line}" for path, line in files.items())
            print(f"names: {name} is defined in {places}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
