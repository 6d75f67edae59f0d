"""Where Alembic is known to be wrong, and skein is not to follow. Each rule names who is right, and
is as narrow as can be: it is asked only about answers that differ."""

import re

import compare
from sides import CRASHED, OK, REFUSED


def rule_for(case):
    """The name of the rule that explains a difference, or None."""
    for rule in RULES:
        if rule(case):
            return rule.__name__
    return None


RELATIVE = r"(?:(.+?)@)?(\w+)?[+-]\d+"
KEYWORDS = ("head", "heads", "base")


def symbols_of(case):
    """The words of a command, ranges taken apart."""
    words = [re.sub("^(-r|--rev-range=)", "", word) for word in case.arguments[1:]]
    words = [word for word in words if not re.match("--|-[a-z]$", word)]
    if case.arguments[0] == "history" or "--sql" in case.arguments:
        words = [end for word in words for end in word.split(":")]
    return words


def rows_sound(case):
    """The rows are revisions of which none stands on another. A script leaves a stray row alone."""
    rows = [row for row in case.our_end[0]
            if not ("--sql" in case.arguments and row == case.graph.STRAY)]
    return all(row in case.graph.by_id for row in rows) and case.graph.tips(rows) == set(rows)


def crash_is_a_plain_error(case):
    """Alembic ends in a traceback (AssertionError, KeyError, ValueError ...); skein says what is
    wrong and changes nothing."""
    return case.theirs.ended == CRASHED and case.ours.ended == REFUSED and case.unchanged


def crash_is_a_right_answer(case):
    """Alembic ends in a traceback; skein goes where the symbol points: a range that starts at a
    branch is that branch, a stamp of several moves each row to its own, and dependencies of which
    one stands on another leave no row twice (KeyError in the middle of an upgrade). Of steps that
    lead nowhere (AssertionError) there is no right answer."""
    return case.theirs.ended == CRASHED and case.ours.ended == OK and rows_sound(case) and \
        not (case.arguments[0] == "upgrade" and case.theirs.error.startswith("AssertionError"))


def trailing_junk_is_refused(case):
    """Alembic matches a relative form at the start of the text and drops the rest, also across an
    "@" or a colon: "+1x" runs as "+1". skein refuses what it does not understand."""
    junk = any(re.match(RELATIVE + r"(?!\Z)", symbol) for symbol in symbols_of(case))
    return junk and case.ours.ended == REFUSED and case.unchanged


def label_must_name_a_branch(case):
    """Alembic takes "@head" for "head", and looks at what stands before an "@" only when it needs
    it: "nope@a1" downgrades to a1, "nope@base" shows nothing. skein refuses an empty label, a
    keyword, an unknown name."""
    if case.ours.ended != REFUSED or not case.unchanged:
        return False
    labels = [symbol.partition("@")[0] for symbol in symbols_of(case) if "@" in symbol]
    return any(label in KEYWORDS or not label or not names_one(case.graph, label)
               for label in labels)


def names_one(graph, text):
    """A whole name, or the beginning of just one that is longer than three letters."""
    known = [*graph.by_id, *graph.labels]
    return text in known or sum(len(name) > 3 and name.startswith(text) for name in known) == 1


def second_at_is_no_label(case):
    """Of "a@b@c" a downgrade takes "a@b" for the label, all else "a"."""
    return any(symbol.count("@") > 1 for symbol in symbols_of(case)) and \
        case.ours.ended == REFUSED and case.unchanged


def below_base_is_nothing(case):
    """"base-1" is the head for Alembic: it walks down from nothing to the heads. In skein too much
    is walked, which a range, whose ends are lenient, takes for base."""
    below = any(re.fullmatch(r"(.+@)?base-\d+", symbol) for symbol in symbols_of(case))
    return below and case.unchanged and (case.ours.ended == REFUSED
                                         or case.arguments[0] == "history")


def minus_from_several_rows_is_refused(case):
    """"downgrade -1" from several rows takes the first row that the database happens to read, with
    a warning; skein asks which is meant."""
    return (case.arguments[0] == "downgrade" and re.fullmatch(r"-\d+", case.arguments[1])
            and len(case.before[0]) > 1 and case.ours.ended == REFUSED
            and "from multiple heads is ambiguous" in case.ours.error)


def start_counts_from_the_end(case):
    """"history -r-2:x" counts down from x; this Alembic from all heads, whatever x is."""
    return case.arguments[0] == "history" and any(
        re.match(r"(-r|--rev-range=)?(.+@)?-\d+:", word) for word in case.arguments)


def label_of_a_range_is_a_label(case):
    """Before the "@" of a range's start Alembic takes a whole label only; of a beginning, and of an
    id with no label or several, it shows nothing or crashes. skein shows that branch."""
    starts = [re.sub("^(-r|--rev-range=)", "", word).partition(":")[0]
              for word in case.arguments if ":" in word]
    return case.arguments[0] == "history" and any(
        "@" in start and start.partition("@")[0] not in case.graph.labels for start in starts)


def counting_from_heads_takes_any_branch(case):
    """"show X@-1" counts down from the real heads that carry the label X. Where X is an id, or the
    only head of the label has dependants, Alembic shows nothing. And it shows a revision again for
    each head above it. A stamp counts in Alembic only while the table is empty, in skein never."""
    if case.arguments[0] not in ("show", "stamp", "merge", "revision"):
        return False
    counted = [symbol for symbol in symbols_of(case) if re.fullmatch(r"(.+@)?-\d+", symbol)]
    if case.arguments[0] == "show":
        parts = compare.pieces(case.arguments, case.ours.out)
        theirs = set(compare.pieces(case.arguments, case.theirs.out))
        return bool(counted) and case.theirs.ended == OK and theirs <= set(parts) or \
            bool(counted) and not theirs
    if case.arguments[0] == "stamp":
        return bool(counted) and case.ours.ended == REFUSED and \
            (not case.before[0] or "--purge" in case.arguments or "--sql" in case.arguments)
    return bool(counted) and (case.ours.ended == REFUSED or rows_sound(case))


def stray_row_is_told_first(case):
    """Of a version row that no file has and a symbol that is wrong, skein tells the row."""
    return case.theirs.ended == case.ours.ended == REFUSED and case.unchanged and \
        any(row not in case.graph.by_id for row in case.before[0]) and \
        "no file has this row of the version table" in case.ours.error


def stamp_never_overlaps(case):
    """Of several revisions Alembic stamps also such as stand on each other, and writes rows with
    which no later command works; skein refuses."""
    return case.arguments[0] == "stamp" and case.ours.ended == REFUSED and case.unchanged and \
        " overlaps with other requested revisions " in case.ours.error


def stamp_of_several_loses_none(case):
    """Alembic moves all rows to the first of several destinations, or to the last, and says so of
    rows that are no more. In skein each row moves to its own destination; all of them are rows in
    the end, and a base takes its rows away, which Alembic forgets beside others."""
    many = len(symbols_of(case)) > 1 or any("heads" in symbol for symbol in symbols_of(case))
    base = any(symbol.rpartition("@")[2] == "base" for symbol in symbols_of(case))
    return case.arguments[0] == "stamp" and many and case.theirs.ended == case.ours.ended == OK \
        and rows_sound(case) and (base or set(case.their_end[0]) <= set(case.our_end[0]))


def dependency_on_an_ancestor_makes_no_row(case):
    """Where a revision depends on one that its parents stand on too, a downgrade of it makes rows
    of both in this Alembic (later ones leave the lower one out); skein only of the parents."""
    rows = case.their_end[0]
    return case.arguments[0] == "downgrade" and case.theirs.ended == case.ours.ended == OK and \
        case.graph.tips(rows) == set(case.our_end[0]) != set(rows)


def nothing_to_do_drops_no_table(case):
    """Alembic up to 1.18 ends a script that leaves no row with DROP TABLE, also where there is
    nothing to do and, as at base, no such table. skein's script does nothing."""
    return ("--sql" in case.arguments and case.theirs.ended == case.ours.ended == OK
            and case.theirs.out == "DROP TABLE alembic_version;\n\n"
            and not compare.steps(case.ours.log) and "alembic_version" not in case.ours.out)


def of_two_faults_one_is_told(case):
    """Where several symbols are wrong, which one is found first is nobody's promise."""
    return case.theirs.ended == case.ours.ended == REFUSED and case.unchanged and \
        len(symbols_of(case)) > 1


def overlap_names_any(case):
    """Of revisions that stand on each other, the one that a set happens to hold first is named."""
    text = " overlaps with other requested revisions "
    return text in case.ours.error and text in case.theirs.error


def dependency_given_twice_is_refused(case):
    """Alembic writes a dependency twice that two symbols name."""
    return case.arguments[0] == "revision" and case.ours.error.endswith("is given twice")


def reused_id_is_refused(case):
    """Alembic writes a file with an id that is in use, and breaks the history."""
    return case.arguments[0] in ("revision", "merge") and "in use already" in case.ours.error


RULES = (crash_is_a_plain_error, crash_is_a_right_answer, trailing_junk_is_refused,
         label_must_name_a_branch, second_at_is_no_label, below_base_is_nothing,
         minus_from_several_rows_is_refused, start_counts_from_the_end, label_of_a_range_is_a_label, counting_from_heads_takes_any_branch,
         stray_row_is_told_first,
         stamp_never_overlaps, stamp_of_several_loses_none,
         dependency_on_an_ancestor_makes_no_row, nothing_to_do_drops_no_table, of_two_faults_one_is_told, overlap_names_any,
         dependency_given_twice_is_refused, reused_id_is_refused)
