/*
 * Alembic's topological order, in linear time. It knows nothing of upgrades and downgrades.
 *
 * A list of lines is walked down, one line to its end before the next. A line whose next revision
 * still has a descendant in another line waits, and the first such line goes on. A merge point's
 * first parent takes its place in the list, the others go to the list's end.
 */
#include "history/order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/index.h"

enum { NO_LINE = UINT32_MAX, EFFORT = 1 << 20, EFFORT_EACH = 64 };

/* Everything is indexed by revision; a line is named by its next revision. */
struct sorter {
    const struct skn_history *history;
    const uint8_t *wanted;
    uint32_t *blocked; /* wanted children and dependants that are not out yet */
    uint8_t *out;      /* 1: has been put out */
    uint32_t *place;   /* of a line in the list, ascending from 1; 0: no line */
    uint32_t *before;  /* the lines to both sides in the list */
    uint32_t *after;
    uint32_t first;
    uint32_t last;
    uint32_t places;
    uint32_t *ready; /* in the order in which they became free to go out */
    size_t ready_count;
    size_t ready_next;
    uint32_t *seen; /* number of the search that came by */
    uint32_t *stack;
    uint32_t searches;
    size_t effort; /* revisions that searches may still look at */
};

static void line_append(struct sorter *sorter, uint32_t index)
{
    sorter->place[index] = ++sorter->places;
    sorter->before[index] = sorter->last;
    sorter->after[index] = NO_LINE;
    if (sorter->last == NO_LINE)
        sorter->first = index;
    else
        sorter->after[sorter->last] = index;
    sorter->last = index;
}

static void neighbours_join(struct sorter *sorter, uint32_t before, uint32_t after, uint32_t left,
                            uint32_t right)
{
    if (before == NO_LINE)
        sorter->first = right;
    else
        sorter->after[before] = right;
    if (after == NO_LINE)
        sorter->last = left;
    else
        sorter->before[after] = left;
}

static void line_replace(struct sorter *sorter, uint32_t old, uint32_t index)
{
    sorter->place[index] = sorter->place[old];
    sorter->before[index] = sorter->before[old];
    sorter->after[index] = sorter->after[old];
    sorter->place[old] = 0;
    neighbours_join(sorter, sorter->before[old], sorter->after[old], index, index);
}

/* The line to go on with: the one before, or else the first. */
static uint32_t line_remove(struct sorter *sorter, uint32_t index)
{
    uint32_t before = sorter->before[index];
    uint32_t after = sorter->after[index];
    sorter->place[index] = 0;
    neighbours_join(sorter, before, after, before, after);
    return before == NO_LINE ? sorter->first : before;
}

static void push_unseen(struct sorter *sorter, const struct skn_links *ups, size_t *depth)
{
    for (size_t i = 0; i < ups->count; i++) {
        uint32_t up = ups->items[i];
        if (!sorter->wanted[up] || sorter->out[up] || sorter->seen[up] == sorter->searches)
            continue;
        sorter->seen[up] = sorter->searches;
        sorter->stack[(*depth)++] = up;
    }
}

/* The first line of the list that a blocked revision waits for; NO_LINE when that takes too long.
 */
static uint32_t blocker_search(struct sorter *sorter, uint32_t index)
{
    uint32_t best = NO_LINE;
    size_t depth = 1;
    sorter->searches++;
    sorter->stack[0] = index;
    while (depth > 0) {
        uint32_t at = sorter->stack[--depth];
        const struct skn_revision *revision = &sorter->history->revisions[at];
        size_t work = 1 + revision->children.count + revision->dependants.count;
        if (sorter->effort < work)
            return NO_LINE;
        sorter->effort -= work;
        if (at != index && sorter->place[at] &&
            (best == NO_LINE || sorter->place[at] < sorter->place[best]))
            best = at;
        push_unseen(sorter, &revision->children, &depth);
        push_unseen(sorter, &revision->dependants, &depth);
    }
    return best;
}

/* Searching anew at each branch point could take a time that grows with the square of a history
 * made to be slow; past a limit, which line is next no longer follows Alembic. */
static uint32_t blocker_find(struct sorter *sorter, uint32_t index)
{
    uint32_t found = blocker_search(sorter, index);
    if (found != NO_LINE)
        return found;
    while (sorter->out[sorter->ready[sorter->ready_next]])
        sorter->ready_next++;
    return sorter->ready[sorter->ready_next];
}

static void unblock(struct sorter *sorter, const struct skn_links *downs)
{
    for (size_t i = 0; i < downs->count; i++) {
        uint32_t down = downs->items[i];
        if (sorter->wanted[down] && --sorter->blocked[down] == 0)
            sorter->ready[sorter->ready_count++] = down;
    }
}

/* The line's revision has gone out: goes down to the revisions below it. Returns the next line. */
static uint32_t line_descend(struct sorter *sorter, uint32_t index)
{
    const struct skn_links *downs = &sorter->history->by_name->downs[index];
    uint32_t next = NO_LINE;
    for (size_t i = 0; i < downs->count; i++) {
        uint32_t down = downs->items[i];
        if (!sorter->wanted[down] || sorter->place[down])
            continue;
        if (next == NO_LINE) {
            next = down;
            line_replace(sorter, index, down);
        } else {
            line_append(sorter, down);
        }
    }
    return next == NO_LINE ? line_remove(sorter, index) : next;
}

static void blocked_count(struct sorter *sorter)
{
    const struct skn_history *history = sorter->history;
    for (size_t i = 0; i < history->count; i++) {
        const struct skn_links *downs = &history->by_name->downs[i];
        for (size_t at = 0; sorter->wanted[i] && at < downs->count; at++)
            sorter->blocked[downs->items[at]]++;
    }
    for (uint32_t i = 0; i < history->count; i++) {
        if (!sorter->wanted[i] || sorter->blocked[i])
            continue;
        sorter->ready[sorter->ready_count++] = i;
        line_append(sorter, i);
    }
}

static size_t lines_walk(struct sorter *sorter, uint32_t *out)
{
    size_t count = 0;
    uint32_t at = sorter->first;
    while (at != NO_LINE) {
        if (sorter->blocked[at]) {
            at = blocker_find(sorter, at);
            continue;
        }
        out[count++] = at;
        sorter->out[at] = 1;
        unblock(sorter, &sorter->history->by_name->downs[at]);
        at = line_descend(sorter, at);
    }
    return count;
}

size_t skn_order_sort(const struct skn_history *history, const uint8_t *wanted, uint32_t *out)
{
    size_t count = history->count;
    uint32_t *numbers = skn_alloc_array(count * 7, sizeof *numbers);
    uint8_t *flags = skn_alloc(count);
    struct sorter sorter = {
        .history = history,
        .wanted = wanted,
        .blocked = numbers,
        .out = flags,
        .place = numbers + count,
        .before = numbers + 2 * count,
        .after = numbers + 3 * count,
        .first = NO_LINE,
        .last = NO_LINE,
        .ready = numbers + 4 * count,
        .seen = numbers + 5 * count,
        .stack = numbers + 6 * count,
        .effort = EFFORT + EFFORT_EACH * count,
    };
    blocked_count(&sorter);
    count = lines_walk(&sorter, out);
    free(numbers);
    free(flags);
    return count;
}
