/*
 * Relative forms: +N, -N, LABEL@+N, SYM+N, LABEL@SYM-N.
 */
#ifndef SKN_HISTORY_RELATIVE_H
#define SKN_HISTORY_RELATIVE_H

#include "history/resolve.h"

struct skn_relative {
    struct skn_str label;  /* absent if there is none */
    struct skn_str name;   /* empty: from the current revision */
    struct skn_str amount; /* "+2", as written */
    int up;
    uint32_t steps;
};

/* 1: symbol has a relative form. 0: it has none. */
int skn_relative_parse(const char *symbol, struct skn_relative *relative);

int skn_relative_upgrade(const struct skn_question *question, const struct skn_relative *relative,
                         const struct skn_set *current, const struct skn_revision **found);
/* *branch is where the walk started from when that was the current revision, else LABEL's. */
int skn_relative_downgrade(const struct skn_question *question, const struct skn_relative *relative,
                           const struct skn_set *current, const struct skn_revision **found,
                           const struct skn_revision **branch);

/* -N and LABEL@-N for show: down from the real heads, or those of the branch. */
int skn_relative_below_heads(const struct skn_question *question,
                             const struct skn_relative *relative, struct skn_set *set);

#endif
