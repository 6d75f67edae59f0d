/*
 * Ranges of a history. It knows nothing of how they are shown.
 */
#include "history/range.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "history/branch.h"
#include "history/closure.h"
#include "history/relative.h"

static const char blanks[] = " \t\r\n\f\v";

int skn_range_parse(struct skn_range *range, const char *text, struct skn_error *err)
{
    const char *colon = strchr(text, ':');
    const char *from = text + strspn(text, blanks);
    *range = (struct skn_range){0};
    if (!colon || strchr(colon + 1, ':'))
        return skn_error_set(err, SKN_E_USAGE,
                             "History range requires [start]:[end], [start]:, or :[end]");
    size_t len = strlen(colon + 1);
    while (len > 0 && strchr(blanks, colon[len]))
        len--;
    range->start = skn_strndup(from, (size_t)(colon - from));
    range->end = skn_strndup(colon + 1, len);
    return SKN_OK;
}

void skn_range_finish(struct skn_range *range)
{
    free(range->start);
    free(range->end);
    *range = (struct skn_range){0};
}

int skn_range_needs_current(const struct skn_range *range)
{
    return strcmp(range->start, "current") == 0 || strcmp(range->end, "current") == 0;
}

/* What the ends are resolved against. */
struct look {
    const struct skn_history *history;
    const struct skn_range *range;
    const struct skn_set *current;
    struct skn_set start;
    struct skn_set end;
    const struct skn_revision *side; /* of LABEL@ before the start: only that branch is shown */
    struct skn_error *err;
};

/* From the other end, that is, unless a revision is named. */
static int is_bare(const char *symbol, struct skn_relative *relative)
{
    return skn_relative_parse(symbol, relative) && relative->name.len == 0;
}

/* As an end that was left out: what is applied is nothing, and Alembic shows all there is then. */
static int is_left_out(const struct look *look, const char *symbol)
{
    int both = strcmp(look->range->start, look->range->end) == 0;
    return !*symbol || (strcmp(symbol, "current") == 0 && look->current->count == 0 &&
                        !(both && symbol == look->range->start));
}

/* Messages about several heads name the end, whichever of both is meant. */
static struct skn_question question_of(const struct look *look)
{
    const char *end = look->range->end;
    return (struct skn_question){
        .history = look->history, .symbol = *end ? end : "heads", .err = look->err, .lenient = 1};
}

static int relative_resolve(struct look *look, const char *symbol, int up,
                            const struct skn_set *from, struct skn_set *set)
{
    struct skn_question question = question_of(look);
    struct skn_relative relative;
    const struct skn_revision *found = NULL;
    const struct skn_revision *branch = NULL;
    skn_relative_parse(symbol, &relative);
    int rc = up ? skn_relative_upgrade(&question, &relative, from, &found)
                : skn_relative_downgrade(&question, &relative, from, &found, &branch);
    if (rc == SKN_OK)
        skn_set_from_one(found, set);
    return rc;
}

static int absolute_resolve_end(struct look *look, const char *symbol, struct skn_set *set)
{
    struct skn_question question = question_of(look);
    struct skn_relative relative;
    struct skn_str label;
    struct skn_str rest;
    const struct skn_set base = {0};
    int is_start = set == &look->start;
    if (strcmp(symbol, "current") == 0 && strcmp(look->range->end, look->range->start) != 0) {
        skn_set_copy(look->current, set);
        return SKN_OK;
    }
    int counts = skn_relative_parse(symbol, &relative);
    if (counts && !is_start)
        return relative_resolve(look, symbol, 1, &base, set);
    skn_symbol_split(symbol, &label, &rest);
    const struct skn_revision *branch = NULL;
    int rc = skn_branch_resolve(&question, label, &branch);
    if (rc == SKN_OK && counts)
        return skn_name_unknown(&question, rest, "a start only counts down from the end, as in -3");
    if (is_start)
        look->side = branch;
    return rc == SKN_OK ? skn_name_resolve_all(&question, rest, branch, set) : rc;
}

/* An end that counts up from the start. */
static int end_count(struct look *look, const char *start, const char *end,
                     const struct skn_relative *relative)
{
    int rc = SKN_OK;
    if (relative->up && relative->steps > 0)
        rc = absolute_resolve_end(look, start, &look->start);
    return rc == SKN_OK ? relative_resolve(look, end, 1, &look->start, &look->end) : rc;
}

/* The end first, whose faults are then the ones that are told, unless it counts from the start. */
static int ends_resolve(struct look *look)
{
    const struct skn_range *range = look->range;
    const char *start = is_left_out(look, range->start) ? "base" : range->start;
    const char *end = is_left_out(look, range->end) ? "heads" : range->end;
    struct skn_relative relative;
    if (is_bare(end, &relative) && !(is_bare(start, &relative) && !relative.up)) {
        skn_relative_parse(end, &relative);
        return end_count(look, start, end, &relative);
    }
    int rc = absolute_resolve_end(look, end, &look->end);
    if (rc == SKN_OK && is_bare(start, &relative) && !relative.up)
        return relative_resolve(look, start, 0, &look->end, &look->start);
    return rc == SKN_OK ? absolute_resolve_end(look, start, &look->start) : rc;
}

/* What carries one of the labels of side; where it has none, what is on its line. */
static uint8_t *side_mark(const struct skn_history *history, const struct skn_revision *side)
{
    struct skn_branches branches;
    if (side->label_count == 0)
        return skn_lineage_create(history, side);
    uint8_t *marks = skn_marks_create(history, NULL);
    skn_branches_init(&branches, history);
    for (size_t i = 0; i < history->count; i++)
        for (size_t at = 0; at < branches.of[i].count; at++)
            marks[i] |= strcmp(branches.of[i].items[at], side->labels[0]) == 0;
    skn_branches_finish(&branches);
    return marks;
}

/* Of the ends those on the branch that the start names. */
static void side_keep(struct look *look)
{
    size_t kept = 0;
    if (!look->side)
        return;
    uint8_t *line = side_mark(look->history, look->side);
    for (size_t i = 0; i < look->end.count; i++)
        if (line[look->end.items[i]])
            look->end.items[kept++] = look->end.items[i];
    look->end.count = kept;
    free(line);
}

static int unrelated(const struct look *look)
{
    const struct skn_range *range = look->range;
    return skn_error_set(look->err, SKN_E_USAGE,
                         "Requested range %s:%s does not refer to ancestor/descendant revisions "
                         "along the same branch",
                         is_left_out(look, range->start) ? "base" : range->start,
                         is_left_out(look, range->end) ? "heads" : range->end);
}

/* Leaves of marks what is between the starts, whose closure below is, and the ends. */
static void between_keep(const struct look *look, const uint8_t *below, uint8_t *marks)
{
    const struct skn_history *history = look->history;
    uint8_t *above = skn_marks_create(history, &look->start);
    skn_marks_up(history, above, SKN_EDGES_REVISES);
    for (size_t i = 0; look->start.count > 0 && i < history->count; i++)
        marks[i] = marks[i] && !below[i] && above[i];
    for (size_t i = 0; i < look->start.count; i++)
        marks[look->start.items[i]] = 1;
    free(above);
}

/* marks: the ends and all below them. */
static int between_mark(struct look *look, uint8_t *marks)
{
    uint8_t *below;
    for (size_t i = 0; i < look->start.count; i++)
        if (!marks[look->start.items[i]])
            return unrelated(look);
    int rc = skn_closure_create(look->history, &look->start, &below, look->err);
    if (rc == SKN_OK)
        between_keep(look, below, marks);
    free(below);
    return rc;
}

int skn_range_find(const struct skn_history *history, const struct skn_range *range,
                   const struct skn_set *current, uint8_t **marks, struct skn_error *err)
{
    struct look look = {.history = history, .range = range, .current = current, .err = err};
    int rc = ends_resolve(&look);
    *marks = NULL;
    if (rc == SKN_OK) {
        side_keep(&look);
        rc = skn_closure_create(history, &look.end, marks, err);
    }
    if (rc == SKN_OK)
        rc = between_mark(&look, *marks);
    skn_set_finish(&look.start);
    skn_set_finish(&look.end);
    return rc;
}
