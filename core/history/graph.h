/*
 * Revisions joined into a graph.
 */
#ifndef SKN_HISTORY_GRAPH_H
#define SKN_HISTORY_GRAPH_H

#include "history/fault.h"
#include "history/header.h"

/* Names, links and order of history->revisions. places[i] belongs to revisions[i]. Unless every
 * file could be read, a missing parent is no fault of its own. */
void skn_graph_build(struct skn_history *history, struct skn_header *places, int all_read,
                     struct skn_faults *faults);

/* Leaves, after faults, the revisions that are whole: not at fault themselves, and standing on
 * nothing that is. */
void skn_graph_heal(struct skn_history *history, struct skn_header *places);

/* Kahn's order over Revises and Depends On into order; loops are faults. 1 if there is none. */
int skn_cycles_check(const struct skn_history *history, const struct skn_header *places,
                     uint32_t *order, struct skn_faults *faults);

/* history->by_name->downs, from links and an order with parents first. */
void skn_downs_build(struct skn_history *history, const uint32_t *order);

#endif
