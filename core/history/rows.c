/*
 * Which version rows a step inserts, deletes and updates. It knows nothing of tables and SQL.
 *
 * Rows are the applied revisions that no applied one stands on. So an upgrade takes the rows among
 * the links down of its revision away, and a downgrade brings back those that nothing applied
 * stands on any more. One row is updated, the others are deleted or inserted, as Alembic does it.
 */
#include "history/rows.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/index.h"

void skn_rows_init(struct skn_rows *rows, const struct skn_history *history,
                   const struct skn_set *current, struct skn_arena *arena)
{
    *rows = (struct skn_rows){.history = history, .arena = arena};
    rows->row = skn_marks_create(history, current);
}

void skn_rows_finish(struct skn_rows *rows)
{
    free(rows->row);
    free(rows->above);
}

static const char *id_of(const struct skn_rows *rows, uint32_t index)
{
    return rows->history->revisions[index].id;
}

void skn_rows_replace(struct skn_rows *rows, const uint32_t *from, size_t count,
                      const struct skn_revision *to, struct skn_walk_step *step)
{
    struct skn_row_change *changes =
        skn_arena_alloc_array(rows->arena, count ? count : 1, sizeof *changes);
    for (size_t i = 0; i < count; i++) {
        changes[i] = (struct skn_row_change){SKN_ROW_DELETE, id_of(rows, from[i]), NULL};
        rows->row[from[i]] = 0;
    }
    if (to && count > 0)
        changes[count - 1] =
            (struct skn_row_change){SKN_ROW_UPDATE, id_of(rows, from[count - 1]), to->id};
    else if (to)
        changes[0] = (struct skn_row_change){SKN_ROW_INSERT, NULL, to->id};
    if (to)
        rows->row[to->index] = 1;
    step->changes = changes;
    step->change_count = count ? count : 1;
}

void skn_rows_upgrade(struct skn_rows *rows, const struct skn_revision *revision,
                      struct skn_walk_step *step)
{
    const struct skn_links *downs = &rows->history->by_name->downs[revision->index];
    uint32_t *from = skn_alloc_array(downs->count, sizeof *from);
    size_t count = 0;
    for (size_t i = 0; i < downs->count; i++)
        if (rows->row[downs->items[i]])
            from[count++] = downs->items[i];
    skn_rows_replace(rows, from, count, revision, step);
    free(from);
}

static void above_count(struct skn_rows *rows, const struct skn_links *downs)
{
    for (size_t i = 0; i < downs->count; i++)
        rows->above[downs->items[i]]++;
}

static void applied_count(struct skn_rows *rows)
{
    const struct skn_history *history = rows->history;
    uint8_t *applied = skn_alloc(history->count);
    rows->above = skn_alloc_array(history->count, sizeof *rows->above);
    for (size_t i = 0; i < history->count; i++)
        applied[i] = rows->row[i];
    skn_marks_down(history, applied, SKN_EDGES_ALL);
    for (size_t i = 0; i < history->count; i++)
        if (applied[i])
            above_count(rows, &history->by_name->downs[i]);
    free(applied);
}

/* The revisions that get a row of their own when nothing of revision is left. */
static size_t uncovered_find(struct skn_rows *rows, const struct skn_revision *revision,
                             uint32_t *uncovered)
{
    const struct skn_links *downs = &rows->history->by_name->downs[revision->index];
    size_t count = 0;
    for (size_t i = 0; i < downs->count; i++) {
        uint32_t down = downs->items[i];
        if (--rows->above[down] == 0 && !rows->row[down])
            uncovered[count++] = down;
    }
    return count;
}

void skn_rows_downgrade(struct skn_rows *rows, const struct skn_revision *revision,
                        struct skn_walk_step *step)
{
    if (!rows->above)
        applied_count(rows);
    const struct skn_links *downs = &rows->history->by_name->downs[revision->index];
    uint32_t *to = skn_alloc_array(downs->count, sizeof *to);
    size_t count = uncovered_find(rows, revision, to);
    struct skn_row_change *changes =
        skn_arena_alloc_array(rows->arena, count ? count : 1, sizeof *changes);

    for (size_t i = 0; i < count; i++) {
        changes[i] = (struct skn_row_change){SKN_ROW_INSERT, NULL, id_of(rows, to[i])};
        rows->row[to[i]] = 1;
    }
    if (count > 0)
        changes[count - 1] =
            (struct skn_row_change){SKN_ROW_UPDATE, revision->id, id_of(rows, to[count - 1])};
    else
        changes[0] = (struct skn_row_change){SKN_ROW_DELETE, revision->id, NULL};
    rows->row[revision->index] = 0;
    step->changes = changes;
    step->change_count = count ? count : 1;
    free(to);
}
