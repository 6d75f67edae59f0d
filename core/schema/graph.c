/*
 * What must come before what: creation by the needs of the new side, teardown by those of the old,
 * and a place is left before it is taken. It knows nothing of statements.
 */
#include "schema/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const uint32_t no_nodes[3] = {SKN_NODE_NONE, SKN_NODE_NONE, SKN_NODE_NONE};

/* ---- nodes ---- */

static void node_add(struct skn_graph *graph, uint32_t pair, uint32_t type)
{
    graph->nodes[graph->count] = (struct skn_node){.pair = pair, .type = type};
    graph->nodes[graph->count].fold = graph->count;
    graph->node_of[pair][type] = graph->count++;
}

static void own_nodes_add(struct skn_graph *graph, uint32_t index, int part_changes)
{
    uint32_t op = graph->comparison->pairs[index].op;
    if (op == SKN_CHANGE_DROP || op == SKN_CHANGE_REPLACE)
        node_add(graph, index, SKN_NODE_DROP);
    if (op == SKN_CHANGE_ALTER || (op == SKN_CHANGE_NONE && part_changes))
        node_add(graph, index, SKN_NODE_ALTER);
    if (op == SKN_CHANGE_ADD || op == SKN_CHANGE_REPLACE)
        node_add(graph, index, SKN_NODE_CREATE);
}

/* Where a part's event of this type happens: in the same event of its root, else in the root's
 * change. */
static uint32_t part_node(const struct skn_graph *graph, const struct skn_object_pair *pair,
                          uint32_t type)
{
    const uint32_t *root = graph->node_of[pair->root];
    uint32_t op = pair->op;
    int happens = type == SKN_NODE_DROP     ? op == SKN_CHANGE_DROP || op == SKN_CHANGE_REPLACE
                  : type == SKN_NODE_CREATE ? op == SKN_CHANGE_ADD || op == SKN_CHANGE_REPLACE
                                            : op == SKN_CHANGE_ALTER;
    if (root[SKN_NODE_ALTER] != SKN_NODE_NONE)
        return happens ? root[SKN_NODE_ALTER] : SKN_NODE_NONE;
    /* The root goes or comes as a whole, and every part with it. */
    if (type == SKN_NODE_DROP && pair->from)
        return root[SKN_NODE_DROP];
    return type == SKN_NODE_CREATE && pair->to ? root[SKN_NODE_CREATE] : SKN_NODE_NONE;
}

static void nodes_make(struct skn_graph *graph)
{
    const struct skn_comparison *comparison = graph->comparison;
    uint8_t *part_changes = skn_alloc(comparison->count);
    graph->nodes =
        skn_arena_alloc_array(&graph->arena, (size_t)comparison->count * 2, sizeof *graph->nodes);
    graph->node_of =
        skn_arena_alloc_array(&graph->arena, comparison->count, sizeof *graph->node_of);
    for (uint32_t i = 0; i < comparison->count; i++) {
        memcpy(graph->node_of[i], no_nodes, sizeof no_nodes);
        if (comparison->pairs[i].root != i && comparison->pairs[i].op != SKN_CHANGE_NONE)
            part_changes[comparison->pairs[i].root] = 1;
    }
    for (uint32_t i = 0; i < comparison->count; i++)
        if (comparison->pairs[i].root == i)
            own_nodes_add(graph, i, part_changes[i]);
    for (uint32_t i = 0; i < comparison->count; i++)
        for (uint32_t type = 0; comparison->pairs[i].root != i && type < 3; type++)
            graph->node_of[i][type] = part_node(graph, &comparison->pairs[i], type);
    free(part_changes);
}

/* ---- edges ---- */

static void edge_add(struct skn_graph *graph, uint32_t before, uint32_t after)
{
    if (before == SKN_NODE_NONE || after == SKN_NODE_NONE || before == after)
        return;
    graph->edges =
        skn_grow(graph->edges, graph->edge_count, &graph->edge_room, sizeof *graph->edges);
    graph->edges[graph->edge_count++] = (struct skn_edge){before, after};
}

static const uint32_t *nodes_of(const struct skn_graph *graph, const struct skn_object *object)
{
    const struct skn_comparison *comparison = graph->comparison;
    return graph->node_of[object->picture == comparison->from ? comparison->by_from[object->index]
                                                              : comparison->by_to[object->index]];
}

static int has_rows(const struct skn_graph *graph, const struct skn_object *object)
{
    return (graph->comparison->kinds[object->kind].flags & SKN_KIND_DATA) != 0;
}

/* What the new side needs is there, in its new form, before what needs it. */
static void build_edges_add(struct skn_graph *graph, const struct skn_object *object,
                            const uint32_t *mine)
{
    for (uint32_t i = 0; i < object->needs.count; i++) {
        const uint32_t *needed = nodes_of(graph, object->needs.items[i]);
        for (uint32_t a = SKN_NODE_ALTER; a <= SKN_NODE_CREATE; a++)
            for (uint32_t b = SKN_NODE_ALTER; b <= SKN_NODE_CREATE; b++)
                edge_add(graph, needed[b], mine[a]);
    }
}

/* Does it do without on the new side? Parts change with the whole, which may have other reasons. */
static int lets_go(const struct skn_graph *graph, const struct skn_object *object,
                   const struct skn_object *needed)
{
    const struct skn_comparison *comparison = graph->comparison;
    uint32_t mine = comparison->by_from[object->index];
    uint32_t other = comparison->by_from[needed->index];
    const struct skn_object *after = comparison->pairs[mine].to;
    if (comparison->pairs[mine].root != mine || comparison->pairs[other].root != other)
        return 0;
    for (uint32_t i = 0; after && i < after->needs.count; i++)
        if (comparison->by_to[after->needs.items[i]->index] == other)
            return 0;
    return 1;
}

/* What needed something on the old side is gone, or changed, before that goes or changes: a column
 * leaves its type before the type is made anew. */
static void teardown_edges_add(struct skn_graph *graph, const struct skn_object *object,
                               const uint32_t *mine)
{
    for (uint32_t i = 0; i < object->needs.count; i++) {
        const uint32_t *needed = nodes_of(graph, object->needs.items[i]);
        if (graph->leaves_first && mine[SKN_NODE_ALTER] != SKN_NODE_NONE &&
            needed[SKN_NODE_ALTER] != SKN_NODE_NONE &&
            lets_go(graph, object, object->needs.items[i]))
            edge_add(graph, mine[SKN_NODE_ALTER], needed[SKN_NODE_ALTER]);
        edge_add(graph, mine[SKN_NODE_DROP], needed[SKN_NODE_DROP]);
        edge_add(graph, mine[SKN_NODE_ALTER], needed[SKN_NODE_DROP]);
        edge_add(graph, mine[SKN_NODE_DROP], needed[SKN_NODE_ALTER]);
    }
}

/* What holds rows stays, so that a need of its need is a need: a view over a column over a type is
 * dropped before the type is altered, and made after. */
static void indirect_edges_add(struct skn_graph *graph, const struct skn_object *object,
                               const uint32_t *mine, int old_side)
{
    for (uint32_t i = 0; i < object->needs.count; i++) {
        const struct skn_object *between = object->needs.items[i];
        for (uint32_t k = 0; has_rows(graph, between) && k < between->needs.count; k++) {
            uint32_t altered = nodes_of(graph, between->needs.items[k])[SKN_NODE_ALTER];
            if (old_side) {
                edge_add(graph, mine[SKN_NODE_DROP], altered);
            } else if (!has_rows(graph, object)) {
                edge_add(graph, altered, mine[SKN_NODE_CREATE]);
                edge_add(graph, altered, mine[SKN_NODE_ALTER]);
            }
        }
    }
}

static void needs_edges_add(struct skn_graph *graph)
{
    const struct skn_comparison *comparison = graph->comparison;
    for (uint32_t i = 0; i < comparison->count; i++) {
        const struct skn_object_pair *pair = &comparison->pairs[i];
        const uint32_t *mine = graph->node_of[i];
        edge_add(graph, mine[SKN_NODE_DROP], mine[SKN_NODE_CREATE]);
        if (memcmp(mine, no_nodes, sizeof no_nodes) == 0)
            continue;
        if (pair->to) {
            build_edges_add(graph, pair->to, mine);
            indirect_edges_add(graph, pair->to, mine, 0);
        }
        if (pair->from) {
            teardown_edges_add(graph, pair->from, mine);
            indirect_edges_add(graph, pair->from, mine, 1);
        }
    }
}

/* ---- places ---- */

struct place {
    struct skn_str slot;
    uint32_t node;
};

static int place_compare(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *other = b;
    int order = skn_str_compare(one->slot, other->slot);
    return order ? order : (one->node > other->node) - (one->node < other->node);
}

/* Drops that leave a place, or creations that take one, sorted by it. */
static size_t places_find(const struct skn_graph *graph, uint32_t type, struct place *places)
{
    const struct skn_comparison *comparison = graph->comparison;
    size_t count = 0;
    for (uint32_t i = 0; i < comparison->count; i++) {
        const struct skn_object_pair *pair = &comparison->pairs[i];
        const struct skn_object *object = type == SKN_NODE_DROP ? pair->from : pair->to;
        uint32_t node = graph->node_of[i][type];
        if (object && object->slot.ptr && node != SKN_NODE_NONE)
            places[count++] = (struct place){object->slot, node};
    }
    qsort(places, count, sizeof *places, place_compare);
    return count;
}

static void place_edges_add(struct skn_graph *graph)
{
    size_t room = graph->comparison->count;
    struct place *left = skn_alloc_array(room, sizeof *left);
    struct place *taken = skn_alloc_array(room, sizeof *taken);
    size_t left_count = places_find(graph, SKN_NODE_DROP, left);
    size_t taken_count = places_find(graph, SKN_NODE_CREATE, taken);
    for (size_t i = 0, k = 0; i < left_count && k < taken_count;) {
        int order = skn_str_compare(left[i].slot, taken[k].slot);
        if (order == 0)
            edge_add(graph, left[i].node, taken[k].node);
        i += order <= 0;
        k += order > 0;
    }
    free(left);
    free(taken);
}

/* ---- neighbours ---- */

static void neighbours_build(struct skn_graph *graph, struct skn_neighbours *out, int after)
{
    uint32_t *starts =
        skn_arena_alloc_array(&graph->arena, (size_t)graph->count + 2, sizeof *starts);
    uint32_t *items = skn_arena_alloc_array(&graph->arena, graph->edge_count, sizeof *items);
    for (size_t i = 0; i < graph->edge_count; i++)
        starts[(after ? graph->edges[i].before : graph->edges[i].after) + 2]++;
    for (uint32_t i = 2; i < graph->count + 2; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct skn_edge *edge = &graph->edges[i];
        items[starts[(after ? edge->before : edge->after) + 1]++] =
            after ? edge->after : edge->before;
    }
    *out = (struct skn_neighbours){starts, items};
}

void skn_graph_init(struct skn_graph *graph, const struct skn_comparison *comparison,
                    int leaves_first)
{
    *graph = (struct skn_graph){.comparison = comparison, .leaves_first = leaves_first};
    skn_arena_init(&graph->arena);
    nodes_make(graph);
    needs_edges_add(graph);
    place_edges_add(graph);
    neighbours_build(graph, &graph->before, 0);
    neighbours_build(graph, &graph->after, 1);
    graph->order = skn_arena_alloc_array(&graph->arena, graph->count, sizeof *graph->order);
}

void skn_graph_finish(struct skn_graph *graph)
{
    free(graph->edges);
    skn_arena_finish(&graph->arena);
    *graph = (struct skn_graph){0};
}
