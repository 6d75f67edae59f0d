/*
 * File names of new revisions.
 */
#ifndef SKN_HISTORY_SLUG_H
#define SKN_HISTORY_SLUG_H

#include <time.h>

#include "base/buf.h"
#include "base/error.h"

/* Appends a message's words as a file name has them: a-z, 0-9 and _, at most 40 characters, cut at
 * a
 * "_" that then stays. */
void skn_slug_add(struct skn_buf *out, const char *message);

struct skn_file_tokens {
    const char *rev;
    const char *slug;
    time_t epoch;
    struct tm time; /* local */
};

/* Appends the template's text, without ".sql". "%(month).2d" and "%(month)02d" pad. SKN_E_CONFIG
 * for an unknown token, or when the result is no plain name of one file in the folder. */
int skn_file_name_add(struct skn_buf *out, const char *template,
                      const struct skn_file_tokens *tokens, struct skn_error *err);

#endif
