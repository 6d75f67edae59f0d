/*
 * Sets of revisions as one byte a revision, and their closures over the graph.
 */
#ifndef SKN_HISTORY_MARKS_H
#define SKN_HISTORY_MARKS_H

#include "history/symbol.h"

enum skn_edges {
    SKN_EDGES_REVISES, /* parents and children */
    SKN_EDGES_ALL      /* dependencies and dependants too */
};

/* The caller frees. set may be NULL: nothing is marked. */
uint8_t *skn_marks_create(const struct skn_history *history, const struct skn_set *set);

/* The revisions of a set alone are left out unless another one leads to them. */
uint8_t *skn_marks_create_below(const struct skn_history *history, const struct skn_set *set);

/* Marks every ancestor, or every descendant, of what is marked. */
void skn_marks_down(const struct skn_history *history, uint8_t *marks, enum skn_edges edges);
void skn_marks_up(const struct skn_history *history, uint8_t *marks, enum skn_edges edges);

/* The marked revisions; the caller finishes the set. */
void skn_set_from_marks(const struct skn_history *history, const uint8_t *marks,
                        struct skn_set *set);
void skn_set_copy(const struct skn_set *from, struct skn_set *to);
void skn_set_from_one(const struct skn_revision *revision, struct skn_set *set);

#endif
