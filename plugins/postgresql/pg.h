/*
 * What the files of the PostgreSQL driver share. Nothing outside this folder sees it.
 */
#ifndef SKEIN_PG_H
#define SKEIN_PG_H

#include <libpq-fe.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

/* What a NUL-terminated text of at most 63 bytes, PostgreSQL's longest name, needs. */
#define SKN_PG_NAME 64

/* ---- config.c: the options of one target ---- */

enum skn_pg_option {
    SKN_PG_HOST,
    SKN_PG_PORT,
    SKN_PG_USER,
    SKN_PG_PASSWORD,
    SKN_PG_DATABASE,
    SKN_PG_SCHEMA,
    SKN_PG_SEARCH_PATH,
    SKN_PG_CREATE_SCHEMA,
    SKN_PG_SSLMODE,
    SKN_PG_TLS,
    SKN_PG_SSLROOTCERT,
    SKN_PG_SSLCERT,
    SKN_PG_SSLKEY,
    SKN_PG_SSLPASSWORD,
    SKN_PG_PASSFILE,
    SKN_PG_CONNECT_TIMEOUT,
    SKN_PG_STATEMENT_TIMEOUT,
    SKN_PG_LOCK_TIMEOUT,
    SKN_PG_APPLICATION_NAME,
    SKN_PG_POOLER,
    SKN_PG_OPTION_COUNT
};

extern const struct skn_option skn_pg_options[SKN_PG_OPTION_COUNT];

/* What the option pooler promises of a pooler in between: there is none; a session of the server's
 * is ours as long as ours lasts; it is ours for one transaction at a time. */
enum skn_pg_pooler { SKN_PG_POOLER_NONE, SKN_PG_POOLER_SESSION, SKN_PG_POOLER_TRANSACTION };

struct skn_pg_config {
    char *values[SKN_PG_OPTION_COUNT]; /* owned; "" where absent */
    int local;                         /* a socket or the loopback: nobody listens in between */
    enum skn_pg_pooler pooler;
};

int skn_pg_config_init(struct skn_pg_config *config, const struct skn_kv *options, uint32_t count,
                       struct skn_error *err);
void skn_pg_config_finish(struct skn_pg_config *config);

/* Whether one session can serve both: they differ in the schema at most. */
int skn_pg_config_same_session(const struct skn_pg_config *a, const struct skn_pg_config *b);

/* Exchanges what the two say of it. All else stays, for libpq's parameters point there. */
void skn_pg_config_swap_schema(struct skn_pg_config *a, struct skn_pg_config *b);

int skn_pg_config_is_true(const struct skn_pg_config *config, enum skn_pg_option option);

/* What to do about one that was not reckoned with. */
#define SKN_PG_POOLER_HINT                                                                         \
    "a pooler stands between us and the server: name the server itself as host, or say how the "   \
    "pooler lends sessions: pooler = \"transaction\", or \"session\""

/* ---- text.c: SQL under construction ---- */

struct skn_pg_text {
    char *ptr; /* owned, NUL-terminated once something was added */
    size_t len;
    size_t room;
    int failed; /* out of memory; sticky */
};

void skn_pg_text_finish(struct skn_pg_text *text);
void skn_pg_text_clear(struct skn_pg_text *text);
void skn_pg_text_add(struct skn_pg_text *text, const char *piece);
void skn_pg_text_add_len(struct skn_pg_text *text, const char *piece, size_t len);
void skn_pg_text_add_ident(struct skn_pg_text *text, struct skn_str name);
void skn_pg_text_add_literal(struct skn_pg_text *text, struct skn_str value);
/* The text from piece on, with a backslash before each byte that is in special. */
void skn_pg_text_add_escaped(struct skn_pg_text *text, const char *piece, const char *special);

/* Fails where the text cannot be a name or a literal. */
int skn_pg_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                 struct skn_error *err);
int skn_pg_name_check(struct skn_str name, struct skn_error *err);

/* ---- words.c: the first words of a statement ---- */

struct skn_pg_words {
    const char *at;
    const char *end;
    const char *start; /* of the token read last */
};

/* The next token: a bare word in upper case (cut where too long), "\"" for a quoted name, "'" for a
 * string, else one punctuation mark. Returns 0 at the end. */
int skn_pg_word_next(struct skn_pg_words *words, char word[SKN_PG_NAME]);

/* Whether the statement opens, ends or prepares a transaction. */
int skn_pg_controls_transaction(struct skn_str sql);
/* Whether it brings search_path back to what the session started with. */
int skn_pg_resets_path(struct skn_str sql);
/* Whether it opens with these words, of which there are at most three. */
int skn_pg_opens_with(struct skn_str sql, const char *const words[3]);
/* Whether it is a COPY from or to the client. */
int skn_pg_copies_to_client(struct skn_str sql);

/* ---- scan.c ---- */

extern const struct skn_dialect skn_pg_dialect;

int skn_pg_script(uint32_t part, const struct skn_kv *options, uint32_t count, struct skn_str text,
                  skn_text_fn *out, void *ctx, struct skn_error *err);
int skn_pg_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                struct skn_error *err);

/* ---- wait.c: bounded waiting ---- */

/* How long to wait. Without a host nobody is asked, which is for tidying up after being told to
 * stop. */
struct skn_pg_limit {
    const struct skn_host *host;
    int64_t until; /* of skn_pg_now(), or -1: only the host limits */
};

int64_t skn_pg_now(void); /* ms, monotonic */

/* For what leaves things in order: some time of its own once the host has none left. */
struct skn_pg_limit skn_pg_limit_tidy(const struct skn_host *host);
/* SKN_OK, SKN_E_TIMEOUT or SKN_E_CANCELLED. */
int skn_pg_limit_check(const struct skn_pg_limit *limit);
/* Waits until fd is ready for one of events. Returns as skn_pg_limit_check(). */
int skn_pg_wait(int fd, short events, const struct skn_pg_limit *limit);
/* The same for slice ms at most: SKN_OK also when these have passed, with *ready 0. */
int skn_pg_wait_slice(int fd, short events, const struct skn_pg_limit *limit, int64_t slice,
                      int *ready);

/* ---- the connection ---- */

struct skn_pg_facts {
    int version; /* as libpq counts: 150018 is 15.18 */
    int pid;     /* of the server process, as SQL tells it; behind a pooler libpq's differs */
    int pooled;
    int read_only;
    int creates; /* the role may make tables in schema */
    int superuser;
    int prepares;      /* PREPARE TRANSACTION is switched on */
    int checks_client; /* client_connection_check_interval can be used */
    char product[SKN_PG_NAME];
    char user[SKN_PG_NAME];
    char users[2 * SKN_PG_NAME]; /* session_user/current_user */
    char database[SKN_PG_NAME];
    char database_id[16];
    char schema[SKN_PG_NAME]; /* where an unqualified CREATE goes */
    char system_id[24];       /* empty: the server does not tell */
    char timeline[12];        /* likewise */
    char started[32];         /* when the server did, to the microsecond */
    char port[8];
};

struct skn_conn {
    const struct skn_host *host;
    struct skn_pg_config config;
    PGconn *pg; /* NULL once the link is gone */

    /* Kept for the second connection that a cancel needs. */
    PQconninfoOption *known;
    const char **keywords;
    const char **values;
    struct skn_pg_text blanks;
    struct skn_pg_text startup;

    struct skn_pg_facts facts;
    struct skn_pg_text session; /* the SELECT that makes the settings no startup option can make */
    struct skn_pg_text path;    /* the SELECT that sets search_path; empty: the server's own */
    struct skn_pg_text state;   /* what of the session a statement must leave, as FENCE found it */
    int changed;                /* statements left settings behind */
    char xid[24];               /* of the transaction, as FENCE found it */
    char lock[24];              /* the number of the lock that is held, "" if none */
    int denied;                 /* BEGIN found it held by another */
    int schema_missing;         /* to be created by the first transaction */
    char token[SKN_PG_NAME];    /* of the transaction that is open, or was last */

    size_t outstanding; /* messages and synchronisation points that are not answered */
    int fresh;          /* the next result is the first of its message */
    size_t unflushed;   /* bytes queued since the last flush */
    struct skn_pg_text scratch;
    char *home; /* of a scratch database: where it is dropped from; NULL of any other */
};

/* ---- postgresql.c ---- */

int skn_pg_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                struct skn_conn **out, struct skn_error *err);
void skn_pg_close(struct skn_conn *conn);

/* ---- error.c ---- */

/* SKN_E_NOMEM. */
int skn_pg_no_memory(struct skn_error *err);
/* Fills err from a failed result; sql is what position counts in, absent: no position. */
int skn_pg_fail_result(struct skn_conn *conn, const PGresult *result, struct skn_str sql,
                       struct skn_error *err);
/* Fills err from a connection that could not be made, or broke. */
int skn_pg_fail_connect(struct skn_conn *conn, PGconn *pg, struct skn_error *err);
/* Fills err for SKN_E_TIMEOUT and SKN_E_CANCELLED. */
int skn_pg_fail_wait(int code, const char *sqlstate, const char *what, struct skn_error *err);

/* Takes what must not be shown out of text, in place, and makes it one line. */
void skn_pg_text_redact(const struct skn_conn *conn, char *text);
void SKN_PRINTF(3, 4)
    skn_pg_log(const struct skn_conn *conn, uint32_t level, const char *format, ...);
/* A notice processor's partner: hands the server's notices to the host's log. */
void skn_pg_notice(void *conn, const PGresult *result);

/* ---- settings.c: what a session is set to ---- */

/* Start-up options. */
void skn_pg_settings_startup(const struct skn_pg_config *config, struct skn_pg_text *text);
/* The SELECT that sets what no start-up option did; behind a pooler for one transaction at a time,
 * only for that. */
void skn_pg_settings_build(const struct skn_pg_config *config, int version, const char *date_style,
                           struct skn_pg_text *sql);
/* Adds an expression that shows what a revision might leave changed. */
void skn_pg_settings_watch(struct skn_pg_text *sql);

/* ---- connect.c ---- */

/* conn->config is set; on success conn->pg is connected, non-blocking and in pipeline mode. */
int skn_pg_connect(struct skn_conn *conn, struct skn_error *err);
void skn_pg_disconnect(struct skn_conn *conn);
/* Whether the server still answers, be it only to refuse a second connection. */
int skn_pg_is_alive(struct skn_conn *conn);
/* Asks the server, by a second connection and for a second at most, to stop what it is doing. */
void skn_pg_cancel(struct skn_conn *conn);
void skn_pg_params_finish(struct skn_conn *conn);

/* ---- pipe.c: messages out, results in ---- */

/* Gets each result, which it does not own; NULL: the message is answered. Nonzero stops the loop
 * that calls it and is returned by it. */
typedef int skn_pg_result_fn(void *ctx, const PGresult *result);

/* Queue one statement, or a synchronisation point. SKN_E_CONNECT, SKN_E_NOMEM. */
int skn_pg_pipe_send(struct skn_conn *conn, const char *sql);
int skn_pg_pipe_sync(struct skn_conn *conn);

/* Writes what is queued once it is much, reading all the while. */
int skn_pg_pipe_flush(struct skn_conn *conn, const struct skn_pg_limit *limit,
                      skn_pg_result_fn *each, void *ctx);

/* Reads until all is answered. When limit or each says stop, the server is told so too; when that
 * does not help soon, or the link is broken, conn->pg is NULL on return. Returns SKN_OK, what
 * stopped it, or SKN_E_CONNECT. */
int skn_pg_pipe_finish(struct skn_conn *conn, const struct skn_pg_limit *limit,
                       skn_pg_result_fn *each, void *ctx);

/* ---- ask.c: the driver's own questions ---- */

struct skn_pg_question {
    const char *sql;
    int optional; /* its failure is no failure; it then has no row */
};

/* Gets each row; index says which question it answers. */
typedef void skn_pg_row_fn(void *ctx, size_t index, const PGresult *result, int row);

/* All questions in one round trip. When none is open, an optional one is a transaction of its own,
 * and so are neighbours that are not. limit NULL: as the host says. */
int skn_pg_ask(struct skn_conn *conn, const struct skn_pg_question *questions, size_t count,
               const struct skn_pg_limit *limit, skn_pg_row_fn *row, void *ctx,
               struct skn_error *err);

/* A column as text, cut where it does not fit; NULL is "". */
void skn_pg_keep(char *out, size_t size, const PGresult *result, int row, int column);

/* ---- session.c: what open() makes of a connection ---- */

int skn_pg_session_init(struct skn_conn *conn, struct skn_error *err);
int skn_pg_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err);

/* ---- schema.c: where unqualified names lead ---- */

enum skn_pg_schema { SKN_PG_USABLE, SKN_PG_MISSING, SKN_PG_FORBIDDEN };

/* The SELECT that sets search_path, or nothing where the server's own stays. SKN_E_NOMEM. */
int skn_pg_path_build(const struct skn_pg_config *config, struct skn_pg_text *sql);
/* Adds an expression, and reads what came of it. */
void skn_pg_schema_ask(struct skn_pg_text *sql, const char *schema);
enum skn_pg_schema skn_pg_schema_read(const PGresult *result, int row, int column);
/* Draws the consequences for the schema of the connection's options. */
int skn_pg_schema_settle(struct skn_conn *conn, enum skn_pg_schema state, struct skn_error *err);
int skn_pg_retarget(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                    struct skn_error *err);

/* ---- tables.c ---- */

int skn_pg_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                  uint32_t count, uint64_t *found, struct skn_error *err);

/* ---- steps.c: what the steps of a batch are to the server ---- */

/* Sees that the batch makes sense, before any of it is sent. in_tx: a transaction is open. */
int skn_pg_steps_check(const struct skn_step *steps, uint32_t count, int in_tx,
                       struct skn_error *err);

/* One past the last step that may be sent before the answers to all from first on are in. */
uint32_t skn_pg_steps_segment(const struct skn_conn *conn, const struct skn_step *steps,
                              uint32_t count, uint32_t first, int in_tx);

/* Whether a transaction is open behind the step. */
int skn_pg_step_in_tx(const struct skn_step *step, int in_tx);

/* What became of a step on its way out. */
struct skn_pg_sent {
    unsigned messages;
    unsigned own; /* index of the message that holds the step's own words */
    int lasting;  /* unanswered, it may have happened all the same */
};

/* Queues the messages of one step. */
int skn_pg_step_send(struct skn_conn *conn, const struct skn_step *step, int in_tx,
                     struct skn_pg_sent *sent);

/* ---- rights.c: the SELECT that RIGHTS sends, and what it answers ---- */

void skn_pg_rights_build(struct skn_str table, struct skn_pg_text *sql);
int skn_pg_rights_judge(const struct skn_conn *conn, const PGresult *result, int row,
                        struct skn_error *err);

/* ---- check.c: whether all is still what it was ---- */

/* The SELECT at the transaction's beginning, and what it answers. */
void skn_pg_check_note_build(const struct skn_conn *conn, struct skn_pg_text *sql);
void skn_pg_check_note(struct skn_conn *conn, const PGresult *result, int row);
/* The one that compares. in_tx: a transaction of ours is meant to be open. */
void skn_pg_check_build(const struct skn_conn *conn, struct skn_pg_text *sql);
int skn_pg_check_judge(struct skn_conn *conn, const PGresult *result, int row, int in_tx,
                       struct skn_error *err);
/* ---- proof.c: what became of a statement ---- */

int skn_pg_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out, void *ctx,
                       struct skn_error *err);
int skn_pg_prove(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                 struct skn_error *err);

/* ---- exec.c ---- */

int skn_pg_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                const struct skn_events *events, struct skn_error *err);

/* ---- lock.c, settle.c ---- */

/* BEGIN did not get the lock: SKN_E_BUSY, naming who holds it. */
int skn_pg_lock_denied(struct skn_conn *conn, struct skn_error *err);
void skn_pg_lock_add_try(const struct skn_conn *conn, struct skn_pg_text *sql);
int skn_pg_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
int skn_pg_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
int skn_pg_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                  struct skn_error *err);
void skn_pg_token_take(struct skn_conn *conn, const char *xid);
uint32_t skn_pg_token(struct skn_conn *conn, char *buffer, uint32_t size);
int skn_pg_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                  struct skn_error *err);

#endif
