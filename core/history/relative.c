/*
 * Steps up and down the lines of Revises. It knows nothing of dependencies: no relative form
 * follows one.
 */
#include "history/relative.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "history/index.h"

static int is_decimal(char c)
{
    return c >= '0' && c <= '9';
}

/* No dots: Alembic takes a label that holds one for no start of steps. */
static int is_word(struct skn_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !is_decimal(c) && c != '_')
            return 0;
    }
    return 1;
}

static uint32_t steps_read(struct skn_str digits)
{
    uint64_t steps = 0;
    for (size_t i = 0; i < digits.len && steps <= UINT32_MAX; i++)
        steps = steps * 10 + (uint64_t)(digits.ptr[i] - '0');
    return steps > UINT32_MAX ? UINT32_MAX : (uint32_t)steps;
}

int skn_relative_parse(const char *symbol, struct skn_relative *relative)
{
    struct skn_str rest;
    *relative = (struct skn_relative){0};
    skn_symbol_split(symbol, &relative->label, &rest);
    size_t sign = strcspn(rest.ptr, "+-");
    if (sign == rest.len)
        return 0;
    size_t end = sign + 1;
    while (end < rest.len && is_decimal(rest.ptr[end]))
        end++;
    if (end == sign + 1 || end < rest.len || !is_word(skn_str_len(rest.ptr, sign)))
        return 0;
    relative->name = skn_str_len(rest.ptr, sign);
    relative->amount = skn_str_len(rest.ptr + sign, end - sign);
    relative->up = rest.ptr[sign] == '+';
    relative->steps = steps_read(skn_str_len(rest.ptr + sign + 1, end - sign - 1));
    return 1;
}

static int too_far(const struct skn_question *question)
{
    return skn_error_set(question->err, SKN_E_USAGE, "Walked too far");
}

static int not_produced(const struct skn_question *question, const struct skn_relative *relative)
{
    struct skn_str amount = relative->amount;
    return skn_error_set(question->err, SKN_E_USAGE,
                         "Relative revision %.*s didn't produce %u migrations", SKN_FMT(amount),
                         relative->steps);
}

static int ambiguous_walk(const struct skn_question *question)
{
    return skn_error_set(question->err, SKN_E_USAGE, "Ambiguous walk");
}

/* The children of a revision, or the bases for NULL, that are in the lineage. */
static size_t ups_find(const struct skn_history *history, const struct skn_revision *at,
                       const uint8_t *lineage, const struct skn_revision **up)
{
    size_t count = 0;
    size_t candidates = at ? at->children.count : history->count;
    for (size_t i = 0; i < candidates; i++) {
        const struct skn_revision *revision =
            &history->revisions[at ? at->children.items[i] : (uint32_t)i];
        if (!lineage[revision->index] || (!at && revision->parents.count > 0))
            continue;
        *up = revision;
        count++;
    }
    return count;
}

/* *at is NULL for base, at both ends. *walked says how far it went. */
static int walk_up(const struct skn_question *question, uint32_t steps, const uint8_t *lineage,
                   const struct skn_revision **at, uint32_t *walked)
{
    for (*walked = 0; *walked < steps; (*walked)++) {
        const struct skn_revision *up = NULL;
        size_t count = ups_find(question->history, *at, lineage, &up);
        if (count == 0)
            return SKN_OK;
        if (count > 1)
            return ambiguous_walk(question);
        *at = up;
    }
    return SKN_OK;
}

static int walk_down(const struct skn_question *question, uint32_t steps,
                     const struct skn_revision **at, uint32_t *walked)
{
    for (*walked = 0; *at && *walked < steps; (*walked)++) {
        const struct skn_links *parents = &(*at)->parents;
        if (parents->count > 1)
            return ambiguous_walk(question);
        *at = parents->count ? &question->history->revisions[parents->items[0]] : NULL;
    }
    return SKN_OK;
}

/* From the revision that the form names, which may lie off the branch: LABEL then only restricts
 * the steps up. */
static int walk_from_name(const struct skn_question *question, const struct skn_relative *relative,
                          const struct skn_revision *branch, int starts_off,
                          const struct skn_revision **found)
{
    uint32_t walked = 0;
    int rc = skn_name_resolve_one(question, relative->name, starts_off ? NULL : branch, found);
    if (rc != SKN_OK)
        return rc;
    if (relative->up) {
        uint8_t *lineage = skn_lineage_create(question->history, branch);
        rc = walk_up(question, relative->steps, lineage, found, &walked);
        free(lineage);
    } else {
        rc = walk_down(question, relative->steps, found, &walked);
    }
    /* What ends nowhere must not be taken for the base that a downgrade goes to. */
    int short_of = walked < relative->steps || (!*found && (relative->up || relative->steps == 0));
    return rc == SKN_OK && short_of && !question->lenient ? too_far(question) : rc;
}

static void marks_and(const struct skn_history *history, uint8_t *marks, const uint8_t *other)
{
    for (size_t i = 0; i < history->count; i++)
        marks[i] = marks[i] && other[i];
}

/* Leaves what is marked and has nothing marked above it. */
static void tips_keep(const struct skn_history *history, uint8_t *marks, enum skn_edges edges)
{
    for (size_t at = 0; at < history->count; at++) {
        uint32_t index = history->order[at];
        const struct skn_links *downs = edges == SKN_EDGES_ALL ? &history->by_name->downs[index]
                                                               : &history->revisions[index].parents;
        for (size_t i = 0; marks[index] && i < downs->count; i++)
            marks[downs->items[i]] = 0;
    }
}

static uint8_t *applied_create(const struct skn_history *history, const struct skn_set *current)
{
    uint8_t *marks = skn_marks_create(history, current);
    skn_marks_down(history, marks, SKN_EDGES_ALL);
    return marks;
}

/* Where a walk up starts: the version rows on the branch; if there are none, what is newest of the
 * branch's applied revisions. */
static void upgrade_starts(const struct skn_history *history, const struct skn_set *current,
                           const uint8_t *lineage, struct skn_set *starts)
{
    uint8_t *marks = skn_marks_create(history, current);
    marks_and(history, marks, lineage);
    skn_set_from_marks(history, marks, starts);
    free(marks);
    if (starts->count > 0)
        return;
    skn_set_finish(starts);
    marks = applied_create(history, current);
    marks_and(history, marks, lineage);
    tips_keep(history, marks, SKN_EDGES_ALL);
    skn_set_from_marks(history, marks, starts);
    free(marks);
}

/* Where a walk down starts: the version rows on the branch; if there are none, what of the branch
 * is the newest applied of its line, and has no row because a dependant implies it. */
static void downgrade_starts(const struct skn_history *history, const struct skn_set *current,
                             const uint8_t *lineage, struct skn_set *starts)
{
    uint8_t *marks = skn_marks_create(history, current);
    marks_and(history, marks, lineage);
    skn_set_from_marks(history, marks, starts);
    free(marks);
    if (starts->count > 0)
        return;
    skn_set_finish(starts);
    marks = applied_create(history, current);
    tips_keep(history, marks, SKN_EDGES_REVISES);
    marks_and(history, marks, lineage);
    skn_set_from_marks(history, marks, starts);
    free(marks);
}

static int upgrade_from_current(const struct skn_question *question,
                                const struct skn_relative *relative, const struct skn_set *current,
                                const struct skn_revision *branch,
                                const struct skn_revision **found)
{
    const struct skn_history *history = question->history;
    struct skn_set starts;
    uint32_t walked = 0;
    uint8_t *lineage = skn_lineage_create(history, branch);
    upgrade_starts(history, current, lineage, &starts);
    size_t count = starts.count;
    *found = count ? &history->revisions[starts.items[0]] : NULL;
    skn_set_finish(&starts);

    int rc = count > 1 ? skn_error_set(question->err, SKN_E_USAGE,
                                       "Ambiguous upgrade from multiple current revisions")
                       : walk_up(question, relative->steps, lineage, found, &walked);
    free(lineage);
    int short_of = walked < relative->steps && !question->lenient;
    return rc == SKN_OK && short_of ? not_produced(question, relative) : rc;
}

int skn_relative_upgrade(const struct skn_question *question, const struct skn_relative *relative,
                         const struct skn_set *current, const struct skn_revision **found)
{
    const struct skn_revision *branch = NULL;
    if (relative->name.len == 0 && (!relative->up || relative->steps == 0)) {
        /* Alembic prints the number here, and what was typed elsewhere. */
        struct skn_relative plain = *relative;
        if (relative->steps == 0)
            plain.amount = skn_str("0");
        return not_produced(question, &plain);
    }
    int rc = skn_branch_resolve(question, relative->label, &branch);
    if (rc != SKN_OK)
        return rc;
    if (relative->name.len > 0) {
        rc = walk_from_name(question, relative, branch, relative->up && relative->steps > 0, found);
        return rc == SKN_OK && !*found && !question->lenient ? too_far(question) : rc;
    }
    return upgrade_from_current(question, relative, current, branch, found);
}

static int ambiguous_start(const struct skn_question *question, const struct skn_relative *relative,
                           const struct skn_set *starts)
{
    const struct skn_revision *revisions = question->history->revisions;
    struct skn_str amount = relative->amount;
    return skn_error_set(question->err, SKN_E_USAGE,
                         "downgrade %s from multiple heads is ambiguous; name the one to go down "
                         "from, such as %s@%.*s or %s@%.*s",
                         question->symbol, revisions[starts->items[0]].id, SKN_FMT(amount),
                         revisions[starts->items[1]].id, SKN_FMT(amount));
}

static int downgrade_from_current(const struct skn_question *question,
                                  const struct skn_relative *relative,
                                  const struct skn_set *current, const struct skn_revision **found,
                                  const struct skn_revision **branch)
{
    struct skn_set starts;
    uint32_t walked;
    int rc;
    uint8_t *lineage = skn_lineage_create(question->history, *branch);
    downgrade_starts(question->history, current, lineage, &starts);
    free(lineage);
    if (starts.count > 1) {
        rc = ambiguous_start(question, relative, &starts);
    } else if (starts.count == 0) {
        rc = not_produced(question, relative);
    } else {
        *found = &question->history->revisions[starts.items[0]];
        /* Only what leads to this start goes, whatever else has the same parent. */
        if (!*branch)
            *branch = *found;
        rc = walk_down(question, relative->steps, found, &walked);
        if (rc == SKN_OK && walked < relative->steps && !question->lenient)
            rc = not_produced(question, relative);
    }
    skn_set_finish(&starts);
    return rc;
}

int skn_relative_downgrade(const struct skn_question *question, const struct skn_relative *relative,
                           const struct skn_set *current, const struct skn_revision **found,
                           const struct skn_revision **branch)
{
    if (relative->name.len == 0 && (relative->up || relative->steps == 0))
        return not_produced(question, relative);
    int rc = skn_branch_resolve(question, relative->label, branch);
    if (rc != SKN_OK)
        return rc;
    if (relative->name.len > 0)
        return walk_from_name(question, relative, *branch, relative->up || relative->steps == 0,
                              found);
    return downgrade_from_current(question, relative, current, found, branch);
}

/* Leaves the real heads, if there are any. */
static void real_heads_keep(const struct skn_history *history, struct skn_set *heads)
{
    size_t kept = 0;
    for (size_t i = 0; i < heads->count; i++)
        kept += skn_revision_is_real_head(&history->revisions[heads->items[i]]) != 0;
    if (kept == 0)
        return;
    kept = 0;
    for (size_t i = 0; i < heads->count; i++)
        if (skn_revision_is_real_head(&history->revisions[heads->items[i]]))
            heads->items[kept++] = heads->items[i];
    heads->count = kept;
}

int skn_relative_below_heads(const struct skn_question *question,
                             const struct skn_relative *relative, struct skn_set *set)
{
    const struct skn_history *history = question->history;
    const struct skn_revision *branch = NULL;
    struct skn_set heads = {0};
    uint8_t *found = skn_marks_create(history, NULL);
    int rc = skn_branch_resolve(question, relative->label, &branch);
    if (rc == SKN_OK)
        rc = skn_name_resolve_all(question, skn_str("heads"), branch, &heads);
    if (rc == SKN_OK)
        real_heads_keep(history, &heads);
    for (size_t i = 0; rc == SKN_OK && i < heads.count; i++) {
        const struct skn_revision *at = &history->revisions[heads.items[i]];
        uint32_t walked;
        rc = walk_down(question, relative->steps, &at, &walked);
        if (rc == SKN_OK && walked < relative->steps)
            rc = too_far(question);
        if (rc == SKN_OK && at)
            found[at->index] = 1;
    }
    if (rc == SKN_OK)
        skn_set_from_marks(history, found, set);
    skn_set_finish(&heads);
    free(found);
    return rc;
}
