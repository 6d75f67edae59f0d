/*
 * The order in which revisions run.
 */
#ifndef SKN_HISTORY_ORDER_H
#define SKN_HISTORY_ORDER_H

#include "history/history.h"

/* Sorts the wanted revisions (a byte each) newest first: children and dependants before what they
 * stand on, each branch to its end before the next, the branches of several heads in file order. It
 * is Alembic's order. A path between two wanted revisions must hold wanted ones only. Returns how
 * many. */
size_t skn_order_sort(const struct skn_history *history, const uint8_t *wanted, uint32_t *out);

#endif
