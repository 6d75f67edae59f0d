/*
 * Names to revisions: ids, their beginnings, labels, head, heads and base, within one branch or in
 * the whole history.
 */
#ifndef SKN_HISTORY_RESOLVE_H
#define SKN_HISTORY_RESOLVE_H

#include "history/marks.h"

struct skn_question {
    const struct skn_history *history;
    const char *symbol; /* all that was asked for, as messages name it */
    struct skn_error *err;
    int lenient;         /* steps that lead past an end stop there */
    const char *several; /* said of several heads where one is asked for; NULL: as usual */
};

/* Splits LABEL@REST; label is absent when there is no "@". */
void skn_symbol_split(const char *symbol, struct skn_str *label, struct skn_str *rest);

/* The revision that a label (or id, or its beginning) before an "@" names. */
int skn_branch_resolve(const struct skn_question *question, struct skn_str label,
                       const struct skn_revision **branch);

/* What shares a line of Revises with branch: itself, its ancestors, its descendants; everything for
 * NULL. The caller frees. */
uint8_t *skn_lineage_create(const struct skn_history *history, const struct skn_revision *branch);

/* One revision, or NULL for base. branch may be NULL. */
int skn_name_resolve_one(const struct skn_question *question, struct skn_str name,
                         const struct skn_revision *branch, const struct skn_revision **found);

/* Any number of revisions. */
int skn_name_resolve_all(const struct skn_question *question, struct skn_str name,
                         const struct skn_revision *branch, struct skn_set *set);

/* Alembic's text for what no revision answers to, with a reason behind it unless that is "". */
int skn_name_unknown(const struct skn_question *question, struct skn_str name, const char *reason);

#endif
