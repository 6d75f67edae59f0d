/*
 * Symbols: what a person types to name revisions. head, heads, base, ids and their unambiguous
 * beginnings, labels, LABEL@SYM, relative forms.
 */
#ifndef SKN_HISTORY_SYMBOL_H
#define SKN_HISTORY_SYMBOL_H

#include "history/history.h"

/* A set of revisions, ascending by index; the caller frees items. An empty set is base. */
struct skn_set {
    uint32_t *items;
    size_t count;
};

void skn_set_finish(struct skn_set *set);

/* Version rows to a set; SKN_E_CONFIG "can't locate revision identified by ..." for one that no
 * file has. */
int skn_set_from_rows(const struct skn_history *history, const char *const *rows, size_t count,
                      struct skn_set *set, struct skn_error *err);

/* What `symbol` means for an upgrade or a downgrade of a database at `current`. Errors are
 * SKN_E_USAGE with Alembic's texts (first letter as Alembic has it) where Alembic has one. For a
 * downgrade, *branch gets the revision of a LABEL@ before the symbol, else NULL. */
int skn_symbol_upgrade(const struct skn_history *history, const char *symbol,
                       const struct skn_set *current, struct skn_set *destination,
                       struct skn_error *err);
int skn_symbol_downgrade(const struct skn_history *history, const char *symbol,
                         const struct skn_set *current, struct skn_set *destination,
                         const struct skn_revision **branch, struct skn_error *err);

/* What a symbol names, and the LABEL@ before it. */
struct skn_wish {
    struct skn_set revisions;
    const struct skn_revision *branch; /* NULL: no label */
};

/* For stamp, which takes no relative form. LABEL@base is the base of that branch alone. The caller
 * finishes wish->revisions. */
int skn_symbol_stamp(const struct skn_history *history, const char *symbol, struct skn_wish *wish,
                     struct skn_error *err);

/* For the parents of a new revision. */
int skn_symbol_merge(const struct skn_history *history, const char *symbol, struct skn_set *set,
                     struct skn_error *err);

/* For show and others: of the relative forms only -N, steps down from the heads. */
int skn_symbol_resolve(const struct skn_history *history, const char *symbol, struct skn_set *set,
                       struct skn_error *err);

/* For where a script starts, and for what a new revision depends on: no relative form. */
int skn_symbol_place(const struct skn_history *history, const char *symbol, struct skn_set *set,
                     struct skn_error *err);

#endif
