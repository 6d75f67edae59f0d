/*
 * The configuration: which targets there are, how each is reached, and which history it follows. It
 * knows nothing of revisions, and opens no connection.
 */
#ifndef SKN_CONFIG_CONFIG_H
#define SKN_CONFIG_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct skn_pair {
    const char *key;
    const char *value;
};

struct skn_pairs {
    const struct skn_pair *items;
    size_t count;
};

struct skn_names {
    const char *const *items;
    size_t count;
};

enum skn_secret_kind {
    SKN_SECRET_NONE = 0,
    SKN_SECRET_INLINE,  /* password = "..." or in the URL; the file must be private */
    SKN_SECRET_FILE,    /* password_file */
    SKN_SECRET_COMMAND, /* password_command, an argument vector, no shell */
    SKN_SECRET_ENV      /* password_env */
};

struct skn_secret {
    enum skn_secret_kind kind;
    const char *text;      /* INLINE: the password; FILE: its absolute path; ENV: the name */
    struct skn_names argv; /* COMMAND */
};

enum skn_transaction_mode {
    SKN_TRANSACTION_AUTO = 0, /* one for a target that starts from base, else one a revision */
    SKN_TRANSACTION_REVISION,
    SKN_TRANSACTION_TARGET
};

/* One history: the folders its revision files are in, and where its version rows are kept. */
struct skn_history_config {
    const char *name;                 /* "default" when there is no histories group */
    struct skn_names paths;           /* absolute */
    const char *version_table;        /* "alembic_version" */
    const char *version_table_schema; /* "" : where an unqualified name goes */
    const char *file_template;        /* "%(rev)s_%(slug)s" */
    struct skn_pairs schemas;         /* driver -> the file of the desired schema, absolute */
    struct skn_pairs samples;         /* driver -> the folder of its samples, absolute */
    const char *place;                /* "skein.cfg:12" */
};

/* One database. Everything not its own is shared with its fleet or the defaults, so that 100,000 of
 * them stay small. All texts live as long as the config. */
struct skn_target {
    const char *name;
    const char *driver;       /* a word */
    struct skn_pairs options; /* host, port, user, database, ... : what the driver's open() gets,
                                 without the password */
    struct skn_secret secret;
    const struct skn_history_config *history;
    const char *group; /* "" if none */
    const char *fleet; /* "" if none */
    struct skn_names tags;
    struct skn_pairs vars;    /* for ${ident:x} and ${literal:x} in revisions */
    struct skn_names session; /* statements that every session starts with */
    const char
        *server; /* driver, host, port, user: equal for targets one session could serve in turn */
    const struct skn_target *scratch; /* the server on which scratch databases are made, which is no
                                         target itself; NULL: its own */
    const char *place;                /* "skein.cfg:12" */
    uint32_t index;                   /* in skn_config.targets */
    uint32_t max_per_server;          /* connections at once to its server */
    int32_t connect_timeout;          /* ms */
    int32_t lock_timeout;             /* ms to wait for another runner */
    int32_t statement_timeout;        /* ms a statement may take, 0: no limit */
    enum skn_transaction_mode transaction;
    const char *pooler; /* how a pooler in between lends sessions; NULL: not said */
    uint32_t retries;   /* of a revision that found somebody in the way */
    int log;            /* keep skein_log */
};

struct skn_config {
    struct skn_arena arena;
    const char *path;   /* absolute, of the file; "" with --url */
    const char *folder; /* absolute: what relative paths in it are relative to */
    struct skn_target *targets;
    size_t target_count;
    struct skn_history_config *histories;
    size_t history_count;
    struct skn_pairs pins;  /* driver -> the SHA-256 that its file must have */
    uint32_t jobs;          /* 0: not set */
    const char *on_failure; /* "stop" or "continue" */
};

/* Where the config is: given (may be NULL), else SKEIN_CONFIG, else skein.cfg here or in a parent
 * folder. SKN_E_CONFIG, saying where it looked and that `skein init` makes one. path is malloc'ed.
 */
int skn_config_find(const char *given, char **path, struct skn_error *err);

/* Reads and checks all of it: every unknown key, wrong type, duplicate name, bad value, and each
 * file it names. The first fault is the error, as file:line: reason. config is initialised; the
 * caller finishes it, also after an error. */
int skn_config_load(struct skn_config *config, const char *path, struct skn_error *err);

/* One unnamed target without any file: `--url sqlite:app.db --migrations DIR`. Its name is
 * "default". Relative paths are relative to the current folder. A password in the URL is refused:
 * it can be seen by everybody on the machine. */
int skn_config_from_url(struct skn_config *config, const char *url, const char *migrations,
                        struct skn_error *err);

void skn_config_finish(struct skn_config *config);

/* Appends the target's URL as it may be shown: a password as ***, a file below here, an absolute
 * folder, relative to it. */
void skn_target_show_url(const struct skn_target *target, const char *here, struct skn_buf *out);

const char *skn_pairs_get(struct skn_pairs pairs, const char *key); /* NULL: none */

const struct skn_target *skn_config_target(const struct skn_config *config,
                                           const char *name); /* NULL: none */
const struct skn_history_config *skn_config_history(const struct skn_config *config,
                                                    const char *name); /* NULL: none */

#endif
