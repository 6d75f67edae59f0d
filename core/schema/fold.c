/*
 * Statements written as one: a creation moves up into its parent's, a drop down into its parent's.
 * It knows nothing of SQL.
 */
#include "schema/graph.h"

static uint32_t parent_node(const struct skn_graph *graph, const struct skn_node *node)
{
    const struct skn_comparison *comparison = graph->comparison;
    const struct skn_object_pair *pair = &comparison->pairs[node->pair];
    int creates = node->type == SKN_NODE_CREATE;
    const struct skn_object *object = creates ? pair->to : pair->from;
    uint32_t wanted = creates ? SKN_KIND_FOLD_ADD : SKN_KIND_FOLD_DROP;
    if (node->type == SKN_NODE_ALTER || !object->parent ||
        !(comparison->kinds[object->kind].flags & wanted))
        return SKN_NODE_NONE;
    uint32_t parent = creates ? comparison->by_to[object->parent->index]
                              : comparison->by_from[object->parent->index];
    return graph->node_of[parent][node->type];
}

/* A creation moves up over all that stands between: nothing of that may have to come before it. */
static int moves_up(const struct skn_graph *graph, uint32_t node, uint32_t root)
{
    for (uint32_t at = graph->before.starts[node]; at < graph->before.starts[node + 1]; at++) {
        uint32_t other = graph->nodes[graph->before.items[at]].fold;
        if (other != root && graph->nodes[other].position > graph->nodes[root].position)
            return 0;
    }
    return 1;
}

static int moves_down(const struct skn_graph *graph, uint32_t node, uint32_t root)
{
    for (uint32_t at = graph->after.starts[node]; at < graph->after.starts[node + 1]; at++) {
        uint32_t other = graph->nodes[graph->after.items[at]].fold;
        if (other != root && graph->nodes[other].position < graph->nodes[root].position)
            return 0;
    }
    return 1;
}

static void node_fold(struct skn_graph *graph, uint32_t index)
{
    struct skn_node *node = &graph->nodes[index];
    uint32_t parent = parent_node(graph, node);
    if (parent == SKN_NODE_NONE)
        return;
    uint32_t root = graph->nodes[parent].fold;
    if (node->type == SKN_NODE_CREATE ? moves_up(graph, index, root)
                                      : moves_down(graph, index, root))
        node->fold = root;
}

void skn_graph_fold(struct skn_graph *graph)
{
    /* Parents are met before their children: created before them, dropped behind them. */
    for (uint32_t i = 0; i < graph->count; i++)
        if (graph->nodes[graph->order[i]].type == SKN_NODE_CREATE)
            node_fold(graph, graph->order[i]);
    for (uint32_t i = graph->count; i-- > 0;)
        if (graph->nodes[graph->order[i]].type == SKN_NODE_DROP)
            node_fold(graph, graph->order[i]);
}
