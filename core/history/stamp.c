/*
 * Stamps: version rows moved without running anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/closure.h"
#include "history/rows.h"
#include "history/walk.h"

struct stamper {
    struct skn_rows rows;
    const struct skn_set *current;
    uint8_t *wished;
    struct skn_walk *walk;
};

static void stamp_step(struct stamper *stamper, const uint32_t *from, size_t count,
                       const struct skn_revision *to)
{
    struct skn_walk *walk = stamper->walk;
    struct skn_walk_step *step = &walk->steps[walk->count++];
    struct skn_buf log = {0};
    skn_buf_adds(&log, "stamp_revision ");
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(&log, "%s%s", i ? ", " : "", stamper->rows.history->revisions[from[i]].id);
    skn_buf_addf(&log, " -> %s", to ? to->id : "");
    *step = (struct skn_walk_step){.kind = SKN_STEP_STAMP};
    step->log = skn_arena_strndup(&walk->arena, skn_buf_text(&log), log.len);
    step->log_brief = log.len;
    skn_buf_finish(&log);
    skn_rows_replace(&stamper->rows, from, count, to, step);
}

/* Marks what stands above and below index. */
static void line_mark(const struct skn_history *history, uint32_t index, uint8_t *line)
{
    struct skn_set one = {&index, 1};
    uint8_t *below = skn_marks_create(history, &one);
    uint8_t *above = skn_marks_create(history, &one);
    skn_marks_down(history, below, SKN_EDGES_ALL);
    skn_marks_up(history, above, SKN_EDGES_ALL);
    for (size_t i = 0; i < history->count; i++)
        line[i] = line[i] || below[i] || above[i];
    free(below);
    free(above);
}

/* The marked rows that are left, but for those that shall stay. */
static size_t rows_take(const struct stamper *stamper, const uint8_t *marks, uint32_t *taken)
{
    size_t count = 0;
    for (size_t i = 0; i < stamper->current->count; i++) {
        uint32_t row = stamper->current->items[i];
        if (marks[row] && stamper->rows.row[row] && !stamper->wished[row])
            taken[count++] = row;
    }
    return count;
}

/* The rows that move to index: those above and below it, and if there are such, those of the
 * branch that was named. */
static size_t related_rows(const struct stamper *stamper, uint32_t index,
                           const struct skn_revision *branch, uint32_t *related)
{
    const struct skn_history *history = stamper->rows.history;
    if (stamper->current->count == 0)
        return 0;
    uint8_t *line = skn_marks_create(history, NULL);
    line_mark(history, index, line);
    size_t count = rows_take(stamper, line, related);
    if (count > 0 && branch) {
        line_mark(history, branch->index, line);
        count = rows_take(stamper, line, related);
    }
    free(line);
    return count;
}

/* base, or the base of a branch: its rows go. */
static void rows_drop(struct stamper *stamper, const struct skn_revision *branch)
{
    const struct skn_history *history = stamper->rows.history;
    uint8_t *line = skn_marks_create(history, branch ? NULL : stamper->current);
    uint32_t *gone = skn_alloc_array(stamper->current->count, sizeof *gone);
    if (branch)
        line_mark(history, branch->index, line);
    size_t count = rows_take(stamper, line, gone);
    for (size_t i = 0; i < count; i++)
        stamp_step(stamper, &gone[i], 1, NULL);
    free(gone);
    free(line);
}

static void wish_build(struct stamper *stamper, const struct skn_wish *wish)
{
    uint32_t *related = skn_alloc_array(stamper->current->count, sizeof *related);
    if (wish->revisions.count == 0)
        rows_drop(stamper, wish->branch);
    for (size_t i = 0; i < wish->revisions.count; i++) {
        uint32_t index = wish->revisions.items[i];
        if (stamper->rows.row[index])
            continue;
        size_t count = related_rows(stamper, index, wish->branch, related);
        stamp_step(stamper, related, count, &stamper->rows.history->revisions[index]);
    }
    free(related);
}

/* All that is wished for. Alembic writes also what stands on each other, and no later command takes
 * such rows. */
static int wishes_join(const struct skn_history *history, const struct skn_wish *wishes,
                       size_t count, uint8_t *wished, struct skn_error *err)
{
    uint8_t *closure;
    struct skn_set all;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < wishes[i].revisions.count; at++)
            wished[wishes[i].revisions.items[at]] = 1;
    skn_set_from_marks(history, wished, &all);
    int rc = skn_closure_create(history, &all, &closure, err);
    free(closure);
    skn_set_finish(&all);
    return rc;
}

static int stamper_init(struct stamper *stamper, const struct skn_history *history,
                        const struct skn_set *current, const struct skn_wish *wishes, size_t count,
                        struct skn_walk *walk, struct skn_error *err)
{
    *walk = (struct skn_walk){0};
    skn_arena_init(&walk->arena);
    *stamper = (struct stamper){.current = current, .walk = walk};
    stamper->wished = skn_marks_create(history, NULL);
    skn_rows_init(&stamper->rows, history, current, &walk->arena);
    walk->steps = skn_arena_alloc_array(&walk->arena, current->count + history->count + 1,
                                        sizeof *walk->steps);
    return wishes_join(history, wishes, count, stamper->wished, err);
}

static void stamper_finish(struct stamper *stamper)
{
    skn_set_from_marks(stamper->rows.history, stamper->rows.row, &stamper->walk->end);
    skn_rows_finish(&stamper->rows);
    free(stamper->wished);
}

int skn_walk_stamp(const struct skn_history *history, const struct skn_set *current,
                   const struct skn_wish *wishes, size_t count, struct skn_walk *walk,
                   struct skn_error *err)
{
    struct stamper stamper;
    int rc = stamper_init(&stamper, history, current, wishes, count, walk, err);
    for (size_t i = 0; rc == SKN_OK && i < count; i++)
        wish_build(&stamper, &wishes[i]);
    stamper_finish(&stamper);
    return rc;
}

/* ---- --purge ---- */

/* The rows that go, as changes before those of the first step. */
static void purged_add(struct skn_walk *walk, const char *const *gone, size_t count)
{
    struct skn_walk_step *first = &walk->steps[0];
    struct skn_row_change *changes =
        skn_arena_alloc_array(&walk->arena, count + first->change_count, sizeof *changes);
    for (size_t i = 0; i < count; i++)
        changes[i] =
            (struct skn_row_change){SKN_ROW_DELETE, skn_arena_strdup(&walk->arena, gone[i]), NULL};
    for (size_t i = 0; i < first->change_count; i++)
        changes[count + i] = first->changes[i];
    first->changes = changes;
    first->change_count += count;
}

/* Nothing is left to be inserted: the rows go in a step of their own. */
static void purge_step(struct skn_walk *walk, const char *const *gone, size_t count)
{
    struct skn_buf log = {0};
    skn_buf_adds(&log, "stamp_revision ");
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(&log, "%s%s", i ? ", " : "", gone[i]);
    skn_buf_adds(&log, " -> ");
    walk->steps[walk->count++] =
        (struct skn_walk_step){.kind = SKN_STEP_STAMP,
                               .log = skn_arena_strndup(&walk->arena, skn_buf_text(&log), log.len),
                               .log_brief = log.len};
    skn_buf_finish(&log);
}

static void purge_build(struct stamper *stamper, const char *const *rows, size_t row_count)
{
    const struct skn_history *history = stamper->rows.history;
    struct skn_walk *walk = stamper->walk;
    const char **gone = skn_alloc_array(row_count, sizeof *gone);
    size_t count = 0;
    for (size_t i = 0; i < row_count; i++) {
        const struct skn_revision *revision = skn_history_find(history, rows[i]);
        if (revision && stamper->wished[revision->index])
            stamper->rows.row[revision->index] = 1;
        else
            gone[count++] = rows[i];
    }
    for (uint32_t i = 0; i < history->count; i++)
        if (stamper->wished[i] && !stamper->rows.row[i])
            stamp_step(stamper, NULL, 0, &history->revisions[i]);
    if (walk->count == 0 && count > 0)
        purge_step(walk, gone, count);
    if (count > 0)
        purged_add(walk, gone, count);
    free(gone);
}

int skn_walk_purge(const struct skn_history *history, const char *const *rows, size_t row_count,
                   const struct skn_wish *wishes, size_t count, struct skn_walk *walk,
                   struct skn_error *err)
{
    struct stamper stamper;
    struct skn_set none = {0};
    int rc = stamper_init(&stamper, history, &none, wishes, count, walk, err);
    if (rc == SKN_OK)
        purge_build(&stamper, rows, row_count);
    stamper_finish(&stamper);
    return rc;
}
