/*
 * A database URL as its writer wrote it, made a plain URI: variables put in so that no value can
 * end a part, and what no URI may hold percent-encoded. It does not know the parts.
 */
#ifndef SKN_CONFIG_URI_TEXT_H
#define SKN_CONFIG_URI_TEXT_H

#include "base/buf.h"
#include "base/error.h"
#include "config/url.h"

enum { SKN_URI_VARIABLES = 32 };

struct skn_uri_range {
    size_t start;
    size_t end;
};

struct skn_uri_text {
    struct skn_buf text;
    struct skn_uri_range env[SKN_URI_VARIABLES]; /* stretches that came from the environment */
    size_t env_count;
};

/* The caller finishes uri, also after an error. */
int skn_uri_text_make(struct skn_uri_text *uri, const struct skn_url_rules *rules, const char *text,
                      struct skn_error *err);

/* Overwrites the text: it may hold a password. */
void skn_uri_text_finish(struct skn_uri_text *uri);

/* True when all of the stretch came from the environment. */
int skn_uri_text_from_env(const struct skn_uri_text *uri, const char *first, const char *last);

#endif
