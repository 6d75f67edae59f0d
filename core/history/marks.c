/*
 * Closures by one pass over the order, so that no path is followed twice and none recursively.
 */
#include "history/marks.h"

#include <stdlib.h>

#include "base/alloc.h"

uint8_t *skn_marks_create(const struct skn_history *history, const struct skn_set *set)
{
    uint8_t *marks = skn_alloc(history->count);
    for (size_t i = 0; set && i < set->count; i++)
        marks[set->items[i]] = 1;
    return marks;
}

static void links_mark(uint8_t *marks, const struct skn_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        marks[links->items[i]] = 1;
}

uint8_t *skn_marks_create_below(const struct skn_history *history, const struct skn_set *set)
{
    uint8_t *marks = skn_alloc(history->count);
    for (size_t i = 0; i < set->count; i++) {
        const struct skn_revision *revision = &history->revisions[set->items[i]];
        links_mark(marks, &revision->parents);
        links_mark(marks, &revision->depends);
    }
    skn_marks_down(history, marks, SKN_EDGES_ALL);
    return marks;
}

void skn_marks_down(const struct skn_history *history, uint8_t *marks, enum skn_edges edges)
{
    for (size_t at = history->count; at-- > 0;) {
        const struct skn_revision *revision = &history->revisions[history->order[at]];
        if (!marks[revision->index])
            continue;
        links_mark(marks, &revision->parents);
        if (edges == SKN_EDGES_ALL)
            links_mark(marks, &revision->depends);
    }
}

void skn_marks_up(const struct skn_history *history, uint8_t *marks, enum skn_edges edges)
{
    for (size_t at = 0; at < history->count; at++) {
        const struct skn_revision *revision = &history->revisions[history->order[at]];
        if (!marks[revision->index])
            continue;
        links_mark(marks, &revision->children);
        if (edges == SKN_EDGES_ALL)
            links_mark(marks, &revision->dependants);
    }
}

void skn_set_from_marks(const struct skn_history *history, const uint8_t *marks,
                        struct skn_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        count += marks[i] != 0;
    set->items = skn_alloc_array(count, sizeof *set->items);
    set->count = 0;
    for (uint32_t i = 0; i < history->count; i++)
        if (marks[i])
            set->items[set->count++] = i;
}

void skn_set_from_one(const struct skn_revision *revision, struct skn_set *set)
{
    set->items = skn_alloc_array(1, sizeof *set->items);
    set->count = revision ? 1 : 0;
    if (revision)
        set->items[0] = revision->index;
}

void skn_set_copy(const struct skn_set *from, struct skn_set *to)
{
    to->items = skn_alloc_array(from->count, sizeof *to->items);
    to->count = from->count;
    for (size_t i = 0; i < from->count; i++)
        to->items[i] = from->items[i];
}

void skn_set_finish(struct skn_set *set)
{
    free(set->items);
    *set = (struct skn_set){0};
}
