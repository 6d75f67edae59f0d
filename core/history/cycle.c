/*
 * Finds loops in the graph, without recursion. It knows nothing of any order beyond parents first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/graph.h"

enum { LOOP_SHOWN_MAX = 8 };

struct search {
    const struct skn_history *history;
    const struct skn_header *places;
    struct skn_faults *faults;
    uint32_t *waiting; /* per revision: parents and dependencies without a place in the order */
    uint32_t *seen;    /* per revision: number of the walk that came by; 0: none */
};

static void released(struct search *search, const struct skn_links *ups, uint32_t *order,
                     size_t *count)
{
    for (size_t i = 0; i < ups->count; i++)
        if (--search->waiting[ups->items[i]] == 0)
            order[(*count)++] = ups->items[i];
}

static size_t order_fill(struct search *search, uint32_t *order)
{
    const struct skn_history *history = search->history;
    size_t count = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        search->waiting[i] = (uint32_t)(revision->parents.count + revision->depends.count);
        if (search->waiting[i] == 0)
            order[count++] = i;
    }
    for (size_t at = 0; at < count; at++) {
        const struct skn_revision *revision = &history->revisions[order[at]];
        released(search, &revision->children, order, &count);
        released(search, &revision->dependants, order, &count);
    }
    return count;
}

/* A revision without a place has a parent or a dependency without one: this one. */
static uint32_t stuck_down(const struct search *search, uint32_t index, int *dependency)
{
    const struct skn_revision *revision = &search->history->revisions[index];
    for (size_t i = 0; i < revision->parents.count; i++)
        if (search->waiting[revision->parents.items[i]])
            return revision->parents.items[i];
    *dependency = 1;
    for (size_t i = 0; i < revision->depends.count; i++)
        if (search->waiting[revision->depends.items[i]])
            return revision->depends.items[i];
    return index;
}

/* Where a revision of a loop names the next one. */
static void link_fault(struct search *search, uint32_t from, const char *kind, const char *names)
{
    int dependency = 0;
    uint32_t to = stuck_down(search, from, &dependency);
    const struct skn_items *items =
        dependency ? &search->places[from].depends : &search->places[from].parents;
    size_t at = items->count;
    while (at > 1 && strcmp(items->items[at - 1], search->history->revisions[to].id) != 0)
        at--;
    skn_fault_at(search->faults, search->history->revisions[from].path, items->line,
                 items->columns[at ? at - 1 : 0],
                 "%s is detected in revisions (%s); each stands on the next, and the last on the "
                 "first",
                 kind, names);
}

static void loop_fault(struct search *search, uint32_t start)
{
    struct skn_buf names = {0};
    int dependency = 0;
    uint32_t first = start;
    uint32_t at = start;
    do {
        first = at < first ? at : first;
        at = stuck_down(search, at, &dependency);
    } while (at != start);

    size_t length = 0;
    at = first;
    do {
        if (length++ < LOOP_SHOWN_MAX)
            skn_buf_addf(&names, "%s%s", names.len ? ", " : "", search->history->revisions[at].id);
        at = stuck_down(search, at, &dependency);
    } while (at != first);
    if (length > LOOP_SHOWN_MAX)
        skn_buf_addf(&names, " and %zu more", length - LOOP_SHOWN_MAX);
    link_fault(search, first, dependency ? "Dependency cycle" : "Cycle", skn_buf_text(&names));
    skn_buf_finish(&names);
}

static void loops_report(struct search *search)
{
    int dependency = 0;
    for (uint32_t i = 0; i < search->history->count; i++) {
        uint32_t at = i;
        if (!search->waiting[i] || search->seen[i])
            continue;
        while (!search->seen[at]) {
            search->seen[at] = i + 1;
            at = stuck_down(search, at, &dependency);
        }
        if (search->seen[at] == i + 1)
            loop_fault(search, at);
    }
}

int skn_cycles_check(const struct skn_history *history, const struct skn_header *places,
                     uint32_t *order, struct skn_faults *faults)
{
    struct search search = {.history = history, .places = places, .faults = faults};
    search.waiting = skn_alloc_array(history->count, sizeof *search.waiting);
    search.seen = skn_alloc_array(history->count, sizeof *search.seen);
    int complete = order_fill(&search, order) == history->count;
    if (!complete)
        loops_report(&search);
    free(search.waiting);
    free(search.seen);
    return complete;
}
