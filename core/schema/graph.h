/*
 * The changes of a comparison as nodes, what must come before what, and the order that follows.
 */
#ifndef SKN_SCHEMA_GRAPH_H
#define SKN_SCHEMA_GRAPH_H

#include "schema/compare.h"

enum skn_node_type { SKN_NODE_DROP = 0, SKN_NODE_ALTER = 1, SKN_NODE_CREATE = 2 };

enum { SKN_NODE_NONE = UINT32_MAX };

struct skn_node {
    uint32_t pair;
    uint32_t type;     /* enum skn_node_type */
    uint32_t position; /* in the order */
    uint32_t fold;     /* the node whose statement it is part of: itself, or another */
};

struct skn_edge {
    uint32_t before;
    uint32_t after;
};

/* Neighbours of every node: items[starts[n]] to items[starts[n + 1] - 1]. */
struct skn_neighbours {
    uint32_t *starts;
    uint32_t *items;
};

struct skn_graph {
    struct skn_arena arena;
    const struct skn_comparison *comparison;
    int leaves_first;
    struct skn_node *nodes;
    uint32_t count;
    uint32_t (*node_of)[3]; /* per pair and type: where that happens; a part's is its root's */
    struct skn_edge *edges;
    size_t edge_count;
    size_t edge_room;
    struct skn_neighbours before; /* who must come before */
    struct skn_neighbours after;
    uint32_t *order; /* nodes */
};

/* Nodes and edges of a closed comparison, which must outlive the graph. leaves_first: what does
 * without something on the new side changes before that does, which is not always to be had. The
 * caller finishes it. */
void skn_graph_init(struct skn_graph *graph, const struct skn_comparison *comparison,
                    int leaves_first);
void skn_graph_finish(struct skn_graph *graph);

/* Puts the nodes in order: the one order for one comparison. SKN_E_BUSY: there is a circle, and
 * *culprit is a pair that ends it when it is replaced. SKN_E_UNSUPPORTED: there is one, and nothing
 * ends it. */
int skn_graph_sort(struct skn_graph *graph, uint32_t *culprit, struct skn_error *err);

/* Folds creations into those of their parents, and drops into theirs, where nothing in between
 * forbids it. */
void skn_graph_fold(struct skn_graph *graph);

#endif
