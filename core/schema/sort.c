/*
 * The order of a graph's nodes, and the way out of a circle. It knows nothing of what the edges
 * mean.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "schema/graph.h"

struct sorter {
    struct skn_graph *graph;
    uint32_t *place;    /* per node: among all, by what people like to read */
    uint32_t *by_place; /* the other way round */
    uint32_t *waiting;  /* per node: how many must still come before */
    uint32_t *heap;     /* places of nodes that are free, the least on top */
    uint32_t free_count;
};

/* ---- what is written first among the free ---- */

static int64_t weight(const struct skn_graph *graph, uint32_t node)
{
    const struct skn_object_pair *pair = &graph->comparison->pairs[graph->nodes[node].pair];
    const struct skn_object *object = pair->to ? pair->to : pair->from;
    int64_t rank = graph->comparison->kinds[object->kind].rank;
    return graph->nodes[node].type == SKN_NODE_DROP ? INT32_MIN - rank : rank;
}

static int liking_compare(const void *a, const void *b, void *graph)
{
    uint32_t one = *(const uint32_t *)a;
    uint32_t other = *(const uint32_t *)b;
    int64_t first = weight(graph, one);
    int64_t second = weight(graph, other);
    if (first != second)
        return first < second ? -1 : 1;
    return (one > other) - (one < other); /* nodes are made in the order of kind and id */
}

static void places_give(struct sorter *sorter)
{
    uint32_t count = sorter->graph->count;
    for (uint32_t i = 0; i < count; i++)
        sorter->by_place[i] = i;
    qsort_r(sorter->by_place, count, sizeof *sorter->by_place, liking_compare, sorter->graph);
    for (uint32_t i = 0; i < count; i++)
        sorter->place[sorter->by_place[i]] = i;
}

/* ---- the heap ---- */

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void heap_push(struct sorter *sorter, uint32_t place)
{
    uint32_t at = sorter->free_count++;
    sorter->heap[at] = place;
    while (at > 0 && sorter->heap[at] < sorter->heap[(at - 1) / 2]) {
        swap(&sorter->heap[at], &sorter->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static uint32_t heap_pop(struct sorter *sorter)
{
    uint32_t least = sorter->heap[0];
    uint32_t at = 0;
    sorter->heap[0] = sorter->heap[--sorter->free_count];
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child + 1 < sorter->free_count && sorter->heap[child + 1] < sorter->heap[child])
            child++;
        if (child >= sorter->free_count || sorter->heap[at] <= sorter->heap[child])
            return least;
        swap(&sorter->heap[at], &sorter->heap[child]);
        at = child;
    }
}

/* ---- sorting ---- */

static uint32_t order_take(struct sorter *sorter)
{
    struct skn_graph *graph = sorter->graph;
    uint32_t count = 0;
    for (uint32_t i = 0; i < graph->count; i++) {
        sorter->waiting[i] = graph->before.starts[i + 1] - graph->before.starts[i];
        if (sorter->waiting[i] == 0)
            heap_push(sorter, sorter->place[i]);
    }
    while (sorter->free_count > 0) {
        uint32_t node = sorter->by_place[heap_pop(sorter)];
        graph->nodes[node].position = count;
        graph->order[count++] = node;
        for (uint32_t at = graph->after.starts[node]; at < graph->after.starts[node + 1]; at++)
            if (--sorter->waiting[graph->after.items[at]] == 0)
                heap_push(sorter, sorter->place[graph->after.items[at]]);
    }
    return count;
}

/* ---- circles ---- */

static uint32_t waits_for(const struct sorter *sorter, uint32_t node)
{
    const struct skn_graph *graph = sorter->graph;
    for (uint32_t at = graph->before.starts[node]; at < graph->before.starts[node + 1]; at++)
        if (sorter->waiting[graph->before.items[at]] > 0)
            return graph->before.items[at];
    return node;
}

static uint32_t circle_find(const struct sorter *sorter)
{
    uint32_t at = 0;
    uint8_t *seen = skn_alloc(sorter->graph->count);
    while (sorter->waiting[at] == 0)
        at++;
    while (!seen[at]) {
        seen[at] = 1;
        at = waits_for(sorter, at);
    }
    free(seen);
    return at;
}

/* Rows must not stand on what is dropped and made again. */
static int replaceable(const struct skn_graph *graph, uint32_t node)
{
    const struct skn_comparison *comparison = graph->comparison;
    const struct skn_object_pair *pair = &comparison->pairs[graph->nodes[node].pair];
    if (graph->nodes[node].type != SKN_NODE_ALTER || !pair->from || !pair->to ||
        comparison->kinds[pair->from->kind].flags & SKN_KIND_DATA)
        return 0;
    for (uint32_t i = 0; i < pair->from->dependents.count; i++)
        if (comparison->kinds[pair->from->dependents.items[i]->kind].flags & SKN_KIND_DATA)
            return 0;
    return 1;
}

static int circle_fails(const struct sorter *sorter, uint32_t start, struct skn_error *err)
{
    const struct skn_graph *graph = sorter->graph;
    struct skn_buf text = {0};
    uint32_t at = start;
    do {
        const struct skn_object_pair *pair = &graph->comparison->pairs[graph->nodes[at].pair];
        const struct skn_object *object = pair->to ? pair->to : pair->from;
        skn_buf_addf(&text, "%s%s %.*s", text.len ? ", " : "",
                     graph->comparison->kinds[object->kind].name, SKN_FMT(object->id));
        at = waits_for(sorter, at);
    } while (at != start);
    int rc = skn_error_set(err, SKN_E_UNSUPPORTED,
                           "each of these changes has to come after the next (%s); write the "
                           "revision by hand",
                           skn_buf_text(&text));
    skn_buf_finish(&text);
    return rc;
}

static int circle_end(const struct sorter *sorter, uint32_t *culprit, struct skn_error *err)
{
    uint32_t start = circle_find(sorter);
    uint32_t at = start;
    do {
        if (replaceable(sorter->graph, at)) {
            *culprit = sorter->graph->nodes[at].pair;
            return SKN_E_BUSY;
        }
        at = waits_for(sorter, at);
    } while (at != start);
    return circle_fails(sorter, start, err);
}

int skn_graph_sort(struct skn_graph *graph, uint32_t *culprit, struct skn_error *err)
{
    struct sorter sorter = {.graph = graph};
    uint32_t *room = skn_alloc_array((size_t)graph->count * 4 + 1, sizeof *room);
    sorter.place = room;
    sorter.by_place = room + graph->count;
    sorter.waiting = sorter.by_place + graph->count;
    sorter.heap = sorter.waiting + graph->count;
    places_give(&sorter);
    int rc = order_take(&sorter) == graph->count ? SKN_OK : circle_end(&sorter, culprit, err);
    free(room);
    return rc;
}
