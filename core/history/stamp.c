/*
 * Stamps: version rows moved without running anything.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/closure.h"
#include "history/rows.h"
#include "history/walk.h"

static void stamp_step(struct skn_rows *rows, const uint32_t *from, size_t count,
                       const struct skn_revision *to, struct skn_walk *walk)
{
    struct skn_walk_step *step = &walk->steps[walk->count++];
    struct skn_buf log = {0};
    skn_buf_adds(&log, "stamp_revision ");
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(&log, "%s%s", i ? ", " : "", rows->history->revisions[from[i]].id);
    skn_buf_addf(&log, " -> %s", to ? to->id : "");
    *step = (struct skn_walk_step){.kind = SKN_STEP_STAMP};
    step->log = skn_arena_strndup(&walk->arena, skn_buf_text(&log), log.len);
    step->log_brief = log.len;
    skn_buf_finish(&log);
    skn_rows_replace(rows, from, count, to, step);
}

/* The rows of current that are left and stand above or below index. */
static size_t related_rows(const struct skn_rows *rows, const struct skn_set *current,
                           uint32_t index, uint32_t *related)
{
    const struct skn_history *history = rows->history;
    struct skn_set one = {&index, 1};
    uint8_t *below = skn_marks_create(history, &one);
    uint8_t *above = skn_marks_create(history, &one);
    size_t count = 0;
    skn_marks_down(history, below, SKN_EDGES_ALL);
    skn_marks_up(history, above, SKN_EDGES_ALL);
    for (size_t i = 0; i < current->count; i++) {
        uint32_t row = current->items[i];
        if (rows->row[row] && (below[row] || above[row]))
            related[count++] = row;
    }
    free(below);
    free(above);
    return count;
}

static void stamps_build(struct skn_rows *rows, const struct skn_set *current,
                         const struct skn_set *destination, struct skn_walk *walk)
{
    size_t left = current->count;
    uint32_t *related = skn_alloc_array(current->count, sizeof *related);
    for (size_t i = 0; destination->count == 0 && i < current->count; i++)
        stamp_step(rows, &current->items[i], 1, NULL, walk);
    for (size_t i = 0; i < destination->count; i++) {
        uint32_t index = destination->items[i];
        if (rows->row[index])
            continue;
        size_t count = left ? related_rows(rows, current, index, related) : 0;
        stamp_step(rows, related, count, &rows->history->revisions[index], walk);
        left -= count;
    }
    free(related);
}

int skn_walk_stamp(const struct skn_history *history, const struct skn_set *current,
                   const struct skn_set *destination, struct skn_walk *walk, struct skn_error *err)
{
    struct skn_rows rows;
    uint8_t *closure;
    *walk = (struct skn_walk){0};
    skn_arena_init(&walk->arena);
    int rc = skn_closure_create(history, destination, &closure, err);
    free(closure);
    if (rc != SKN_OK)
        return rc;
    walk->steps = skn_arena_alloc_array(&walk->arena, current->count + destination->count,
                                        sizeof *walk->steps);
    skn_rows_init(&rows, history, current, &walk->arena);
    stamps_build(&rows, current, destination, walk);
    skn_set_from_marks(history, rows.row, &walk->end);
    skn_rows_finish(&rows);
    return SKN_OK;
}
