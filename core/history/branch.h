/*
 * Which branches a revision is on, by their labels.
 */
#ifndef SKN_HISTORY_BRANCH_H
#define SKN_HISTORY_BRANCH_H

#include "history/history.h"

struct skn_branch_labels {
    const char **items; /* in file order of the revisions that declare them */
    size_t count;
    size_t room;
};

/* Per revision, by index. A label covers the revision that declares it, its descendants along
 * Revises, and its ancestors down to the next branch point or merge point, which are left out. */
struct skn_branches {
    struct skn_branch_labels *of;
    size_t count;
};

void skn_branches_init(struct skn_branches *branches, const struct skn_history *history);
void skn_branches_finish(struct skn_branches *branches);

#endif
