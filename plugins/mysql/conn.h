/*
 * What the files of the MySQL driver share. Nothing outside this folder sees it.
 */
#ifndef SKEIN_MYSQL_CONN_H
#define SKEIN_MYSQL_CONN_H

#include <errmsg.h>
#include <mysql.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

#include "settings.h"

enum {
    SKN_MYSQL_CHANGED_MAX = 32, /* settings that RESET can take back */
    SKN_MYSQL_NAME_MAX = 64     /* characters of an identifier, bytes of a setting's name */
};

struct skn_conn {
    const struct skn_host *host;
    MYSQL *mysql;
    struct skn_mysql_settings settings;
    int broken;                        /* the link is gone: nothing is sent any more */
    struct skn_server known;           /* by describe(); server_id is empty before the first time */
    int server_has_uid;                /* and how server_id was asked for */
    char lock[SKN_MYSQL_NAME_MAX + 1]; /* what is held, "" if nothing */
    int in_tx;                         /* a step has opened a transaction, and none has ended it */

    /* ---- what the session has been changed in since it was fixed ---- */
    int tracked; /* the server tells of every change; else RESET must suppose one */
    int moved;   /* to another database */
    unsigned changed_count;
    char changed[SKN_MYSQL_CHANGED_MAX][SKN_MYSQL_NAME_MAX + 1];
};

/* ---- open.c: reaching a server ---- */

/* ---- greet.c ---- */

/* mysql_real_connect() by TCP, given up before anything is said where the server offers no TLS:
 * plain. Returns whether it is connected. */
int skn_mysql_greet(MYSQL *mysql, const struct skn_mysql_settings *settings, unsigned long flags,
                    unsigned seconds, int *plain);

/* A new connection of the library, each of its waits held to seconds; NULL with err filled. quiet:
 * seconds that an answer, once begun, may pause. */
MYSQL *skn_mysql_dial(const struct skn_mysql_settings *settings, unsigned seconds, unsigned quiet,
                      struct skn_error *err);

int skn_mysql_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                   struct skn_conn **conn, struct skn_error *err);
void skn_mysql_close(struct skn_conn *conn);
int skn_mysql_retarget(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                       struct skn_error *err);

/* ---- session.c: settings fixed, watched and taken back ---- */

int skn_mysql_session_fix(struct skn_conn *conn, struct skn_error *err);
/* What it sets, as SET takes it. */
void skn_mysql_session_write(const struct skn_mysql_settings *settings, FILE *out);

/* Remembers what the answer just read says to have changed in the session. */
void skn_mysql_session_note(struct skn_conn *conn);

int skn_mysql_session_reset(struct skn_conn *conn, struct skn_error *err);
int skn_mysql_session_use(struct skn_conn *conn, const char *database, struct skn_error *err);

/* ---- query.c: one statement sent, its whole answer read ---- */

struct skn_mysql_sink {
    int (*row)(void *ctx, const struct skn_str *columns,
               uint32_t count); /* nonzero: no more rows */
    void *ctx;
};

struct skn_mysql_answer {
    int sent;         /* the server has the whole statement */
    int stopped;      /* the sink wanted no more */
    int64_t affected; /* rows changed, or returned where the statement changes and returns */
};

/* sink may be NULL. On a failure conn->broken says whether the link went with it. */
int skn_mysql_query(struct skn_conn *conn, struct skn_str sql, const struct skn_mysql_sink *sink,
                    struct skn_mysql_answer *answer, struct skn_error *err);

/* Several questions in one message, where the server has been told to allow that; their answers are
 * kept in memory, and their rows of at most 16 columns are given one after another. */
int skn_mysql_query_many(struct skn_conn *conn, struct skn_str sql,
                         const struct skn_mysql_sink *sink, struct skn_error *err);

/* The first row of an answer: texts[i] is its column i, cut to fit, and empty where NULL. */
enum { SKN_MYSQL_COLUMN = 256 };
int skn_mysql_query_row(struct skn_conn *conn, struct skn_str sql, char (*texts)[SKN_MYSQL_COLUMN],
                        uint32_t count, int *found, struct skn_error *err);

/* ---- wait.c: the only places where time passes ---- */

/* What the waits for one answer share. */
struct skn_mysql_wait {
    int why;       /* SKN_E_CANCELLED or SKN_E_TIMEOUT once the host wanted an end, else 0 */
    int64_t until; /* then: when to give up waiting for the server to comply */
    int64_t heard; /* the server was last known to be there; 0: as the wait began */
};

/* Whether the host wants the current call to end: SKN_OK, SKN_E_CANCELLED or SKN_E_TIMEOUT. */
int skn_mysql_interrupted(const struct skn_host *host, struct skn_error *err);

/* Whether the server has sent something unasked: it is about to hang up. */
int skn_mysql_wait_pending(struct skn_conn *conn);

/* Waits for the first byte of an answer. Asks the server to stop the statement when the host wants
 * an end; fails, with the link cut, only when it does not. */
int skn_mysql_wait_readable(struct skn_conn *conn, struct skn_mysql_wait *wait,
                            struct skn_error *err);

/* Runs a call of the library that blocks, with the same care. *result is what it returned. */
typedef int skn_mysql_call(MYSQL *mysql, void *arg);
int skn_mysql_wait_call(struct skn_conn *conn, struct skn_mysql_wait *wait, skn_mysql_call *call,
                        void *arg, int *result, struct skn_error *err);

/* Between two rows: asks the server to stop when the host wants an end. */
int skn_mysql_wait_check(struct skn_conn *conn, struct skn_mysql_wait *wait, struct skn_error *err);

/* ---- error.c: what the library and the server say, in skein's words ---- */

/* Fills err from the last error of mysql; sql (may be absent) is the statement it was about. */
int skn_mysql_fail(MYSQL *mysql, const struct skn_mysql_settings *settings, struct skn_str sql,
                   struct skn_error *err);

/* Whether an error with this number leaves no session behind. */
int skn_mysql_is_lost(unsigned native);

/* ---- statement.c: as much of a statement's text as the driver must know ---- */

enum skn_mysql_effect {
    SKN_MYSQL_READS, /* nothing that outlives a rollback, no rows changed */
    SKN_MYSQL_ROWS,  /* changes rows, and rolls back with its transaction */
    SKN_MYSQL_LASTS  /* may last whatever becomes of the transaction */
};

enum skn_mysql_effect skn_mysql_effect(struct skn_str sql);

/* text without the space and the comments that it starts with, and what opens or closes one that is
 * run. */
struct skn_str skn_mysql_blanks_drop(struct skn_str text);

/* ---- exec.c ---- */

int skn_mysql_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                   const struct skn_events *events, struct skn_error *err);
int skn_mysql_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err);
int skn_mysql_in_tx(const struct skn_conn *conn);

/* ---- describe.c, lock.c, quote.c, scan.c: the other slots ---- */

int skn_mysql_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err);

/* Whether mysql is connected to the server that describe() found. */
int skn_mysql_same_server(const struct skn_conn *conn, MYSQL *mysql);

int skn_mysql_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                     uint32_t count, uint64_t *found, struct skn_error *err);
int skn_mysql_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
/* SKN_E_DRIVER when what lock() took is not held by this session any more, or not ours to hold. */
int skn_mysql_lock_check(struct skn_conn *conn, struct skn_error *err);
int skn_mysql_rights_check(struct skn_conn *conn, struct skn_str table, struct skn_error *err);
int skn_mysql_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
int skn_mysql_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                     struct skn_error *err);
int skn_mysql_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                    struct skn_error *err);
int skn_mysql_script(uint32_t part, const struct skn_kv *options, uint32_t count,
                     struct skn_str text, skn_text_fn *out, void *ctx, struct skn_error *err);
int skn_mysql_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                   struct skn_error *err);

extern const struct skn_dialect skn_mysql_dialect;

/* ---- proof.c ---- */

int skn_mysql_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                          void *ctx, struct skn_error *err);
int skn_mysql_prove(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                    struct skn_error *err);
int skn_mysql_rolls_back(struct skn_conn *conn, const struct skn_str *statements, uint32_t count,
                         uint64_t *bits, struct skn_error *err);

/* ---- text.c: SQL put together in memory ---- */

struct skn_mysql_text {
    char *ptr;
    size_t len;
    FILE *stream;
};

int skn_mysql_text_begin(struct skn_mysql_text *text, struct skn_error *err);
int skn_mysql_text_end(struct skn_mysql_text *text, struct skn_error *err);
void skn_mysql_text_finish(struct skn_mysql_text *text);
/* Ends it, runs it, and lets go of it. */
int skn_mysql_text_run(struct skn_conn *conn, struct skn_mysql_text *text, struct skn_error *err);

/* A string literal that is the same under every sql_mode. */
void skn_mysql_text_literal(struct skn_mysql_text *text, struct skn_str value);

#endif
