/*
 * New revision files.
 */
#ifndef SKN_HISTORY_WRITE_H
#define SKN_HISTORY_WRITE_H

#include "base/buf.h"
#include "history/history.h"

/* A section that is written with the file. */
struct skn_new_section {
    enum skn_direction direction;
    const char *driver; /* NULL: for any */
    const char *text;   /* whole lines, the last one empty; or "" */
    int transaction_off;
};

struct skn_new_revision {
    const char *id; /* NULL: 12 random hex digits that no revision begins with */
    const char *
        message; /* NULL: "empty message"; more than one line is fine, control characters are not */
    const char *folder;
    const char *file_template; /* "%(rev)s_%(slug)s"; ".sql" is added */
    const char *const *parent_ids;
    size_t parent_count;
    const char *const *depends; /* as they shall stand in the file */
    size_t depend_count;
    const char *const *labels;
    size_t label_count;
    const struct skn_new_section *sections; /* none: an empty one for each way */
    size_t section_count;
};

/* 12 random hex digits that no revision begins with. */
void skn_revision_id_make(const struct skn_history *history, char id[SKN_REVISION_ID_MAX + 1]);

/* SKN_E_USAGE unless a new revision may have this id. */
int skn_revision_id_check(const struct skn_history *history, const char *id, struct skn_error *err);

/* Writes the file whole or not at all, never over another; path gets its path. Everything is
 * checked before: id and label valid and unused, slug cut as Alembic cuts it. */
int skn_revision_write(const struct skn_history *history, const struct skn_new_revision *request,
                       struct skn_buf *path, struct skn_error *err);

#endif
