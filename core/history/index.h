/*
 * What a history keeps for itself: its names by hash, and the links that walks follow.
 */
#ifndef SKN_HISTORY_INDEX_H
#define SKN_HISTORY_INDEX_H

#include "history/history.h"

struct skn_name;

struct skn_history_index {
    struct skn_name *names;  /* a hash table; the names themselves are in the history's arena */
    struct skn_links *downs; /* per revision: its parents, then the dependencies that no ancestor
                                has; Alembic's normalized down revisions */
};

/* What a name stands for. */
struct skn_named {
    const char *name; /* as written where it is declared; NULL: nothing has it */
    uint32_t revision;
    int is_label;
};

void skn_index_create(struct skn_history *history);
void skn_index_destroy(struct skn_history_index *index);

/* Ids and labels are one set of names, and no two of them differ only in case. Adds the name, or
 * gives what has it already. */
struct skn_named skn_index_add(struct skn_history *history, const char *name, uint32_t revision,
                               int is_label);

/* By name, case left aside. */
struct skn_named skn_index_find(const struct skn_history *history, const char *name);

#endif
