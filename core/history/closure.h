/*
 * Everything that a set of revisions stands on.
 */
#ifndef SKN_HISTORY_CLOSURE_H
#define SKN_HISTORY_CLOSURE_H

#include "history/marks.h"

/* Marks the set and all its ancestors, through dependencies too; SKN_E_USAGE if one of the set is
 * an ancestor of another. The caller frees closure, also after an error. */
int skn_closure_create(const struct skn_history *history, const struct skn_set *set,
                       uint8_t **closure, struct skn_error *err);

#endif
