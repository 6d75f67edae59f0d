/*
 * SQL files that are no revisions, desired schemas and samples, as scripts for workers.
 */
#ifndef SKN_RUN_TEXTS_H
#define SKN_RUN_TEXTS_H

#include "base/arena.h"
#include "run/pool.h"

struct skn_text_file {
    const char *path;
    struct skn_str text;
    uint32_t script; /* its number */
};

struct skn_texts {
    struct skn_arena arena;
    struct skn_pool *pool;
    struct skn_text_file *items;
    size_t count;
    size_t room;
};

/* Reads a file as a revision file is read, once, and keeps it as a script. path outlives the texts.
 * SKN_E_MISSING, with a message without advice: it is not there. */
int skn_texts_get(struct skn_texts *texts, const char *path, const char *version_table,
                  uint32_t *script, struct skn_error *err);

/* Puts path:line:column before a fault in one of these scripts; others are left as they are. */
void skn_texts_locate(const struct skn_texts *texts, int64_t script, size_t offset,
                      struct skn_error *err);

/* When no request names its scripts any more. */
void skn_texts_finish(struct skn_texts *texts);

#endif
