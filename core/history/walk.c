/*
 * Upgrades and downgrades: which revisions run, and in which order. It knows nothing of SQL, and
 * does not ask whether a revision can go down.
 */
#include "history/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/closure.h"
#include "history/order.h"
#include "history/rows.h"

static void walk_init(struct skn_walk *walk)
{
    *walk = (struct skn_walk){0};
    skn_arena_init(&walk->arena);
}

void skn_walk_finish(struct skn_walk *walk)
{
    skn_arena_finish(&walk->arena);
    skn_set_finish(&walk->end);
    *walk = (struct skn_walk){0};
}

static void parents_add(const struct skn_history *history, const struct skn_revision *revision,
                        struct skn_buf *log)
{
    for (size_t i = 0; i < revision->parents.count; i++) {
        skn_buf_adds(log, i ? ", " : "");
        skn_buf_adds(log, history->revisions[revision->parents.items[i]].id);
    }
}

/* Returns the length without the message. */
static size_t log_write(const struct skn_history *history, const struct skn_revision *revision,
                        enum skn_step_kind kind, struct skn_buf *log)
{
    skn_buf_clear(log);
    skn_buf_adds(log, kind == SKN_STEP_UPGRADE ? "upgrade " : "downgrade ");
    if (kind == SKN_STEP_UPGRADE)
        parents_add(history, revision, log);
    else
        skn_buf_adds(log, revision->id);
    skn_buf_adds(log, " -> ");
    if (kind == SKN_STEP_UPGRADE)
        skn_buf_adds(log, revision->id);
    else
        parents_add(history, revision, log);
    size_t brief = log->len;
    if (*revision->message) {
        skn_buf_adds(log, ", ");
        skn_buf_add(log, revision->message, strcspn(revision->message, "\n"));
    }
    return brief;
}

/* wanted to steps: newest first for a downgrade, the other way round for an upgrade. */
static void steps_build(const struct skn_history *history, const uint8_t *wanted,
                        const struct skn_set *current, enum skn_step_kind kind,
                        struct skn_walk *walk)
{
    struct skn_rows rows;
    struct skn_buf log = {0};
    uint32_t *newest_first = skn_alloc_array(history->count, sizeof *newest_first);
    walk->count = skn_order_sort(history, wanted, newest_first);
    walk->steps = skn_arena_alloc_array(&walk->arena, walk->count, sizeof *walk->steps);
    skn_rows_init(&rows, history, current, &walk->arena);
    for (size_t i = 0; i < walk->count; i++) {
        size_t from = kind == SKN_STEP_UPGRADE ? walk->count - 1 - i : i;
        const struct skn_revision *revision = &history->revisions[newest_first[from]];
        struct skn_walk_step *step = &walk->steps[i];
        *step = (struct skn_walk_step){.kind = kind, .revision = revision};
        if (kind == SKN_STEP_UPGRADE)
            skn_rows_upgrade(&rows, revision, step);
        else
            skn_rows_downgrade(&rows, revision, step);
        step->log_brief = log_write(history, revision, kind, &log);
        step->log = skn_arena_strndup(&walk->arena, skn_buf_text(&log), log.len);
    }
    skn_set_from_marks(history, rows.row, &walk->end);
    skn_rows_finish(&rows);
    skn_buf_finish(&log);
    free(newest_first);
}

int skn_walk_upgrade(const struct skn_history *history, const struct skn_set *current,
                     const struct skn_set *destination, struct skn_walk *walk,
                     struct skn_error *err)
{
    uint8_t *required = NULL;
    uint8_t *active = NULL;
    walk_init(walk);
    int rc = skn_closure_create(history, destination, &required, err);
    if (rc == SKN_OK)
        rc = skn_closure_create(history, current, &active, err);
    if (rc == SKN_OK) {
        for (size_t i = 0; i < history->count; i++)
            required[i] = required[i] && !active[i];
        steps_build(history, required, current, SKN_STEP_UPGRADE, walk);
    }
    free(required);
    free(active);
    return rc;
}

/* Where dropping starts: the children of the destination, or every base. Returns how many. */
static size_t roots_mark(const struct skn_history *history, const struct skn_set *destination,
                         uint8_t *roots)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct skn_links *parents = &history->revisions[i].parents;
        if (destination->count == 0)
            roots[i] = parents->count == 0;
        for (size_t at = 0; destination->count > 0 && at < parents->count; at++)
            roots[i] |= parents->items[at] == destination->items[0];
        count += roots[i];
    }
    return count;
}

/* Leaves the roots that the branch stands on. Returns how many. */
static size_t roots_narrow(const struct skn_history *history, const struct skn_revision *branch,
                           uint8_t *roots)
{
    size_t count = 0;
    struct skn_set one;
    skn_set_from_one(branch, &one);
    uint8_t *line = skn_marks_create(history, &one);
    skn_marks_down(history, line, SKN_EDGES_REVISES);
    for (size_t i = 0; i < history->count; i++) {
        roots[i] = roots[i] && line[i];
        count += roots[i];
    }
    free(line);
    skn_set_finish(&one);
    return count;
}

static int is_row(const struct skn_set *current, uint32_t index)
{
    for (size_t i = 0; i < current->count; i++)
        if (current->items[i] == index)
            return 1;
    return 0;
}

static int downgrade_find(const struct skn_history *history, const struct skn_set *current,
                          const struct skn_set *destination, const struct skn_revision *branch,
                          const char *symbol, uint8_t *drop, struct skn_error *err)
{
    size_t count = 0;
    size_t roots = roots_mark(history, destination, drop);
    if (branch && roots > 1 && roots_narrow(history, branch, drop) == 0)
        return skn_error_set(err, SKN_E_USAGE, "Not a valid downgrade target from current heads");

    uint8_t *active = skn_marks_create(history, current);
    skn_marks_up(history, drop, SKN_EDGES_ALL);
    skn_marks_down(history, active, SKN_EDGES_ALL);
    for (size_t i = 0; i < history->count; i++) {
        drop[i] = drop[i] && active[i];
        count += drop[i];
    }
    free(active);
    if (count == 0 && destination->count > 0 && !is_row(current, destination->items[0]))
        return skn_error_set(err, SKN_E_USAGE,
                             "Destination %s is not a valid downgrade target from current head(s)",
                             symbol);
    return SKN_OK;
}

int skn_walk_downgrade(const struct skn_history *history, const struct skn_set *current,
                       const struct skn_set *destination, const struct skn_revision *branch,
                       const char *symbol, struct skn_walk *walk, struct skn_error *err)
{
    walk_init(walk);
    uint8_t *drop = skn_marks_create(history, NULL);
    int rc = downgrade_find(history, current, destination, branch, symbol, drop, err);
    if (rc == SKN_OK)
        steps_build(history, drop, current, SKN_STEP_DOWNGRADE, walk);
    free(drop);
    return rc;
}
