/*
 * The version rows of a database while it is walked from step to step.
 */
#ifndef SKN_HISTORY_ROWS_H
#define SKN_HISTORY_ROWS_H

#include "history/marks.h"
#include "history/walk.h"

struct skn_rows {
    const struct skn_history *history;
    struct skn_arena *arena; /* of the walk; holds the changes */
    uint8_t *row;            /* per revision: it has a row */
    uint32_t *above;         /* per revision: what is applied and stands on it; for downgrades */
};

void skn_rows_init(struct skn_rows *rows, const struct skn_history *history,
                   const struct skn_set *current, struct skn_arena *arena);
void skn_rows_finish(struct skn_rows *rows);

/* Each fills the changes of one step and makes them. */
void skn_rows_upgrade(struct skn_rows *rows, const struct skn_revision *revision,
                      struct skn_walk_step *step);
void skn_rows_downgrade(struct skn_rows *rows, const struct skn_revision *revision,
                        struct skn_walk_step *step);
/* All of from become to: from may be empty, to may be NULL. */
void skn_rows_replace(struct skn_rows *rows, const uint32_t *from, size_t count,
                      const struct skn_revision *to, struct skn_walk_step *step);

#endif
