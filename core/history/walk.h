/*
 * Walks: the steps that take a database from the revisions it is at to others, and the change of
 * version rows that each step makes. Alembic's rules, in a deterministic order.
 */
#ifndef SKN_HISTORY_WALK_H
#define SKN_HISTORY_WALK_H

#include "history/symbol.h"

enum skn_row_op { SKN_ROW_INSERT = 0, SKN_ROW_DELETE = 1, SKN_ROW_UPDATE = 2 };

struct skn_row_change {
    enum skn_row_op op;
    const char *from; /* DELETE, UPDATE */
    const char *to;   /* INSERT, UPDATE */
};

enum skn_step_kind { SKN_STEP_UPGRADE = 0, SKN_STEP_DOWNGRADE = 1, SKN_STEP_STAMP = 2 };

struct skn_walk_step {
    enum skn_step_kind kind;
    const struct skn_revision *revision; /* NULL for a stamp */
    const struct skn_row_change *changes;
    size_t change_count;
    const char *log;  /* "upgrade a -> b, message", as the log line says it behind "Running " */
    size_t log_brief; /* its length without the message */
};

struct skn_walk {
    struct skn_arena arena;
    struct skn_walk_step *steps;
    size_t count;
    struct skn_set end; /* the version rows after the last step */
};

/* current are the version rows, symbol what the destination was asked for with. Linear in the
 * revisions walked and the history. An empty walk is fine: nothing to do. walk is initialised here;
 * the caller finishes it, also after an error. */
int skn_walk_upgrade(const struct skn_history *history, const struct skn_set *current,
                     const struct skn_set *destination, struct skn_walk *walk,
                     struct skn_error *err);
int skn_walk_downgrade(const struct skn_history *history, const struct skn_set *current,
                       const struct skn_set *destination, const struct skn_revision *branch,
                       const char *symbol, struct skn_walk *walk, struct skn_error *err);

/* Rows above and below what is wished for are moved to it, others stay. */
int skn_walk_stamp(const struct skn_history *history, const struct skn_set *current,
                   const struct skn_wish *wishes, size_t count, struct skn_walk *walk,
                   struct skn_error *err);

/* All rows go, whatever they hold, for what is wished for. */
int skn_walk_purge(const struct skn_history *history, const char *const *rows, size_t row_count,
                   const struct skn_wish *wishes, size_t count, struct skn_walk *walk,
                   struct skn_error *err);
void skn_walk_finish(struct skn_walk *walk);

#endif
