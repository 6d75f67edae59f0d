/*
 * A database URL taken apart. Errors say which part is wrong and where, and never show any of it.
 */
#ifndef SKN_CONFIG_URL_H
#define SKN_CONFIG_URL_H

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"

struct skn_url {
    const char *driver;       /* the scheme, an alias replaced by the driver's word */
    struct skn_pairs options; /* host, port, user, database, and the query; without a password */
    const char *password;     /* NULL: none */
    int secret_written;       /* a part of it, or a secret of the query, stands in the text */
    int placeless;            /* no // : the database is all there is, and no server */
    int is_file;              /* the database is an absolute path */
};

/* What the text may hold, and what it is relative to. */
struct skn_url_rules {
    struct skn_arena *arena;
    const char *folder; /* absolute */
    int variables;      /* ${env:NAME} is replaced */
    int in_fleet;       /* ${tenant} as well: it becomes SKN_TENANT_MARK in the parts */
};

int skn_url_read(const struct skn_url_rules *rules, const char *text, struct skn_url *url,
                 struct skn_error *err);

/* A port: 1 to 65535, or the tenant mark is in it. */
int skn_port_valid(const char *text);

#endif
