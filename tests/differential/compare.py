"""What counts as the same answer: text up to the order of siblings, log lines up to their order."""

import re

BLOCK_SETS = re.compile(r"^(Branches into|Branch names): (.*)$", re.MULTILINE)
BRACKETS = re.compile(r"\(([^()]*, [^()]*)\)")
STAMP = re.compile(r"^(.*Running stamp_revision )(.*?) -> (.*)$")


def in_order(names):
    return ", ".join(sorted(names.split(", ")))


def canonical(text):
    text = re.sub(r"^Path: .*/([^/]+)\.(py|sql)$", r"Path: \1", text, flags=re.MULTILINE)
    text = re.sub(r"^Generating .*/([^/]+)\.(py|sql) \.\.\.", r"Generating \1 ...", text,
                  flags=re.MULTILINE)
    text = re.sub(r"^Generating .*/([^/]+)\.(py|sql) \.\.\.", r"Generating \1 ...", text,
                  flags=re.MULTILINE)
    text = re.sub(r"^Current revision\(s\) for .*:$", "Current revision(s):", text,
                  flags=re.MULTILINE)
    text = BLOCK_SETS.sub(lambda m: f"{m[1]}: {in_order(m[2])}", text)
    return BRACKETS.sub(lambda m: f"({in_order(m[1])})", text)


def error(text):
    """The first line. Of a range with current Alembic shows a tuple of rows."""
    text = (text.splitlines() or [""])[0]
    return re.sub(r"\((?:'\w+',? ?)+\)", "current", text)


def pieces(arguments, text):
    """The parts of an output whose order among each other is free."""
    text = canonical(text)
    if arguments[0] == "branches":
        parts = text.split("\n\n") if "Rev: " not in text else re.split(r"\n\n(?=Rev: |$)", text)
        return sorted("\n".join(sorted(part.splitlines())) for part in parts if part.strip())
    if "Rev: " in text:
        return sorted(re.split(r"^(?=Rev: )", text, flags=re.MULTILINE))
    return sorted(text.splitlines())


def steps(log):
    """The lines "Running ...", without what stands before them."""
    found = []
    for line in log:
        if "Running " in line:
            line = line[line.index("Running "):]
            stamp = STAMP.match(line)
            found.append(f"{stamp[1]}{in_order(stamp[2])} -> {in_order(stamp[3])}" if stamp
                         else line.rstrip())
    return found


def without_purged(lines, rows):
    """A purge: Alembic names no row that goes, and inserts again what is there; skein leaves that."""
    return [line for line in lines
            if not line.rstrip().endswith("->") and line.rpartition("-> ")[2] not in rows]


def steps_sound(graph, lines):
    """An upgrade comes behind all it stands on, a downgrade before; None, or what is wrong."""
    done = set()
    ids = []
    for line in lines:
        words = re.match(r"Running (upgrade|downgrade) (.*?) -> (.*?)(?:, |$)", line)
        if not words:
            return None
        ids.append(line.split(" -> ")[1].split(", ")[0] if words[1] == "upgrade"
                   else words[2])
    down = lines and lines[0].startswith("Running downgrade")
    for rid in (reversed(ids) if down else ids):
        late = [below for below in graph.downs(rid) if below in ids and below not in done]
        if late:
            return f"{rid} ran on the wrong side of {late}"
        done.add(rid)
    return None


def history_sound(graph, lines):
    """Newest first: nothing stands below what it stands on."""
    seen = set()
    for line in lines:
        found = re.match(r".* -> (\w+)", line)
        if not found or found[1] not in graph.by_id:
            return f"no revision in {line!r}"
        seen.add(found[1])
        early = [down for down in graph.downs(found[1]) if down in seen]
        if early:
            return f"{early} stands above {found[1]}"
    return None
