/*
 * What the files of the null driver share. Nothing outside this folder sees it.
 *
 * The null driver speaks to no server. It keeps small tables of its own, in memory or in a folder,
 * so that what skein reports of it is true, and it fails on command, so that what skein does about
 * failures can be tested.
 */
#ifndef SKEIN_NULL_H
#define SKEIN_NULL_H

#include <stddef.h>
#include <stdint.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

/* ---- text.c: growing text; one check of failed at the end is enough ---- */

struct skn_null_text {
    char *ptr; /* NULL while nothing was added; owned */
    size_t len;
    size_t room;
    int failed; /* no memory: nothing more was added */
};

void skn_null_text_add(struct skn_null_text *text, const char *ptr, size_t len);
void skn_null_text_adds(struct skn_null_text *text, const char *more);
void skn_null_text_finish(struct skn_null_text *text);

/* FNV-1a; hash is what the last call returned, or SKN_NULL_HASH. */
#define SKN_NULL_HASH UINT64_C(0xcbf29ce484222325)
uint64_t skn_null_hash(uint64_t hash, const char *ptr, size_t len);

/* ---- store.c: the tables of one database ---- */

struct skn_null_column {
    char *name;
    int key; /* part of the primary key */
};

struct skn_null_table {
    char *name; /* "schema.name" when a schema was named */
    struct skn_null_column *columns;
    size_t column_count;
    struct skn_str **rows; /* of column_count cells, each with its own copy of the text */
    size_t row_count;
    size_t row_room;
};

struct skn_null_lines {
    char **items;
    size_t count;
    size_t room;
};

struct skn_null_store {
    struct skn_null_table *tables;
    size_t table_count;
    struct skn_null_lines applied; /* DDL, and all else that rows do not show */
    struct skn_null_lines tokens;  /* of the transactions committed last */
};

void skn_null_store_finish(struct skn_null_store *store);

/* Text for files: one line a table, column, row, statement. */
void skn_null_store_write(const struct skn_null_store *store, struct skn_null_text *out);

/* store is zeroed; the caller finishes it, also after an error. */
int skn_null_store_read(struct skn_null_store *store, struct skn_str text, struct skn_error *err);

struct skn_null_table *skn_null_store_find(const struct skn_null_store *store, struct skn_str name);

/* SKN_E_NOMEM or SKN_OK, and nothing is changed on failure. */
int skn_null_table_create(struct skn_null_store *store, struct skn_str name);
int skn_null_table_copy(struct skn_null_table *copy, const struct skn_null_table *table,
                        size_t row_count);
void skn_null_table_finish(struct skn_null_table *table);
void skn_null_table_drop(struct skn_null_store *store, struct skn_null_table *table);
int skn_null_name_set(char **name, struct skn_str text);
int skn_null_column_add(struct skn_null_table *table, struct skn_str name, int key);
void skn_null_column_drop(struct skn_null_table *table, size_t index);
size_t skn_null_column_find(const struct skn_null_table *table, struct skn_str name); /* or count */
int skn_null_row_add(struct skn_null_table *table, const struct skn_str *cells);
void skn_null_row_drop(struct skn_null_table *table, size_t index);
struct skn_str *skn_null_row_copy(const struct skn_str *cells, size_t count); /* NULL: no memory */
void skn_null_row_free(struct skn_str *cells, size_t count);
int skn_null_lines_add(struct skn_null_lines *lines, struct skn_str line);
void skn_null_lines_drop_first(struct skn_null_lines *lines);

/* ---- undo.c: taking a transaction back in memory ---- */

struct skn_null_before {
    char *name;
    int there; /* the table existed */
    size_t row_count;
    int whole;                   /* table holds it as it was; else rows were only appended */
    struct skn_null_table table; /* owned */
};

struct skn_null_undo {
    struct skn_null_before *items;
    size_t count;
    size_t applied_count;
};

void skn_null_undo_begin(struct skn_null_undo *undo, const struct skn_null_store *store);

/* To be called before a table is changed, made or dropped; append_only: rows are only added. */
int skn_null_undo_touch(struct skn_null_undo *undo, const struct skn_null_store *store,
                        struct skn_str name, int append_only);
int skn_null_undo_all(struct skn_null_undo *undo, struct skn_null_store *store);
void skn_null_undo_finish(struct skn_null_undo *undo);

/* ---- sql.c: the little SQL that is understood; the rest is opaque, and only noted ---- */

enum skn_null_kind {
    SKN_NULL_OPAQUE = 0,
    SKN_NULL_CREATE,        /* names: columns */
    SKN_NULL_DROP,          /* names: tables */
    SKN_NULL_ADD_COLUMNS,   /* names: columns */
    SKN_NULL_DROP_COLUMN,   /* names[0] */
    SKN_NULL_RENAME,        /* to names[0] */
    SKN_NULL_RENAME_COLUMN, /* names[0] to names[1] */
    SKN_NULL_INSERT,        /* names: columns, none: all; values: row after row */
    SKN_NULL_UPDATE,        /* names: columns; values: one each; deltas */
    SKN_NULL_DELETE,
    SKN_NULL_SELECT, /* names: columns, none: all */
    SKN_NULL_COUNT,  /* SELECT COUNT(*) */
    SKN_NULL_VALUES, /* SELECT of values without a table */
    SKN_NULL_QUERY,  /* another query: no rows */
    SKN_NULL_SETTING,
    SKN_NULL_BEGIN,
    SKN_NULL_COMMIT,
    SKN_NULL_ROLLBACK
};

enum { SKN_NULL_NAMES = 128, SKN_NULL_TESTS = 16, SKN_NULL_ORDERS = 4 };

struct skn_null_test {
    struct skn_str column;
    char op[8]; /* "=", "<>", "<", ">", "<=", ">=", "null", "notnull" */
    struct skn_str value;
};

struct skn_null_order {
    struct skn_str column;
    int descending;
};

struct skn_null_sql {
    enum skn_null_kind kind;
    int ddl;     /* ends a transaction where DDL does that */
    int guarded; /* IF EXISTS, IF NOT EXISTS */
    struct skn_str table;
    struct skn_str names[SKN_NULL_NAMES];
    int keys[SKN_NULL_NAMES];   /* CREATE: part of the primary key */
    int deltas[SKN_NULL_NAMES]; /* UPDATE: 1 adds the value, -1 takes it away, 0 sets it */
    size_t name_count;
    struct skn_str *values; /* owned */
    size_t value_count;
    size_t value_room;
    size_t width; /* INSERT: values in a row */
    struct skn_null_test tests[SKN_NULL_TESTS];
    size_t test_count;
    struct skn_null_order orders[SKN_NULL_ORDERS];
    size_t order_count;
    size_t limit; /* rows of a SELECT */
    int no_memory;
    char *scratch; /* the decoded names and values; owned */
    char now[24];  /* CURRENT_TIMESTAMP */
};

/* SKN_OK, also for what is not understood, or SKN_E_NOMEM. sql is finished by the caller, always.
 */
int skn_null_sql_parse(struct skn_str text, struct skn_null_sql *sql, struct skn_error *err);
void skn_null_sql_finish(struct skn_null_sql *sql);

/* ---- query.c: running it ---- */

/* Changes all of it or nothing. rows: affected, or -1. */
int skn_null_sql_run(struct skn_null_store *store, const struct skn_null_sql *sql,
                     const struct skn_events *events, uint32_t step, int64_t *rows,
                     struct skn_error *err);

/* ---- config.c: the options ---- */

enum skn_null_call {
    SKN_NULL_CALL_OPEN = 0,
    SKN_NULL_CALL_CLOSE,
    SKN_NULL_CALL_DESCRIBE,
    SKN_NULL_CALL_EXEC,
    SKN_NULL_CALL_STATUS,
    SKN_NULL_CALL_EXISTS,
    SKN_NULL_CALL_QUOTE,
    SKN_NULL_CALL_SCAN,
    SKN_NULL_CALL_LOCK,
    SKN_NULL_CALL_UNLOCK,
    SKN_NULL_CALL_RETARGET,
    SKN_NULL_CALL_TOKEN,
    SKN_NULL_CALL_SETTLE,
    SKN_NULL_CALL_FINGERPRINT,
    SKN_NULL_CALL_HOLDER,
    /* Places inside exec(). */
    SKN_NULL_CALL_BEGIN,
    SKN_NULL_CALL_SQL,     /* before a statement */
    SKN_NULL_CALL_APPLIED, /* behind one, and before it is reported */
    SKN_NULL_CALL_FENCE,
    SKN_NULL_CALL_COMMIT,    /* before a commit */
    SKN_NULL_CALL_COMMITTED, /* behind one, and before it is reported */
    SKN_NULL_CALL_ROLLBACK,
    SKN_NULL_CALL_RESET,
    SKN_NULL_CALL_CHECK,
    SKN_NULL_CALLS
};

/* In the order in which they strike where one call has several. */
enum skn_null_fault {
    SKN_NULL_FAULT_PRINT = 0,
    SKN_NULL_FAULT_HANG,
    SKN_NULL_FAULT_CRASH,
    SKN_NULL_FAULT_GARBAGE,
    SKN_NULL_FAULT_FAIL,
    SKN_NULL_FAULT_UNCERTAIN,
    SKN_NULL_FAULTS
};

enum skn_null_crash {
    SKN_NULL_CRASH_SEGV = 0,
    SKN_NULL_CRASH_ABORT,
    SKN_NULL_CRASH_BUS,
    SKN_NULL_CRASH_FPE,
    SKN_NULL_CRASH_EXIT0,
    SKN_NULL_CRASH_EXIT1,
    SKN_NULL_CRASH_KILL,
    SKN_NULL_CRASH_OVERFLOW
};

enum skn_null_hang { SKN_NULL_HANG_POLL = 0, SKN_NULL_HANG_DEAF, SKN_NULL_HANG_DEAFTERM };
enum skn_null_garbage {
    SKN_NULL_GARBAGE_ERROR = 0,
    SKN_NULL_GARBAGE_VALUE,
    SKN_NULL_GARBAGE_SECRET
};
enum skn_null_fate { SKN_NULL_FATE_LOST = 0, SKN_NULL_FATE_APPLIED, SKN_NULL_FATE_NONE };

enum skn_null_lie {
    SKN_NULL_LIE_COMMIT = 1,
    SKN_NULL_LIE_ROWS = 2,
    SKN_NULL_LIE_TX = 4,
    SKN_NULL_LIE_CAPS = 8,
    SKN_NULL_LIE_DONE = 16,
    SKN_NULL_LIE_LOCK = 32
};

struct skn_null_knob {
    enum skn_null_fault fault;
    enum skn_null_call call;
    uint32_t nth; /* 0: every one */
    int what;     /* enum skn_code, skn_null_crash, skn_null_hang, ... */
};

enum { SKN_NULL_KNOBS = 32 };

struct skn_null_config {
    char *database;
    char *state; /* NULL: in memory */
    char *at;
    char *server;
    char *refusal;
    char *identity; /* NULL: made of server or folder, and database */
    char *user;
    char *password;        /* NULL: none */
    char *statement_error; /* NULL: none */
    int transactional;
    int settle;
    int once;
    int64_t latency;
    int64_t latency_connect;
    int64_t leak;
    unsigned lies;         /* enum skn_null_lie */
    uint32_t server_flags; /* enum skn_server_flag */
    struct skn_null_knob knobs[SKN_NULL_KNOBS];
    size_t knob_count;
};

enum { SKN_NULL_OPTIONS = 25 };

extern const struct skn_option skn_null_options[SKN_NULL_OPTIONS];

/* config is zeroed; the caller finishes it, also after an error. */
int skn_null_config_read(struct skn_null_config *config, const struct skn_kv *options,
                         uint32_t count, struct skn_error *err);
void skn_null_config_finish(struct skn_null_config *config);

const char *skn_null_call_name(enum skn_null_call call);
const char *skn_null_fault_name(enum skn_null_fault fault);

/* ---- the connection ---- */

struct skn_conn {
    const struct skn_host *host;
    struct skn_null_config config;
    struct skn_null_store store;
    int folder;  /* of the state, or -1 */
    int tx_fd;   /* the lock of the open transaction, or -1 */
    int lock_fd; /* lock() in a folder, or -1 */
    char *lock_name;
    struct skn_null_undo undo; /* of the open transaction, in memory */
    int in_tx;
    int failed_tx;
    int down; /* the link is broken */
    uint64_t session;
    char token[24];
    uint32_t calls[SKN_NULL_CALLS];
    int garbled; /* the call in hand answers nonsense */
};

/* ---- state.c: the folder ---- */

/* Opens the folder, making it if it is not there. */
int skn_null_state_open(struct skn_conn *conn, struct skn_error *err);

/* Reads the database as it is on disk, or as a new one starts. */
int skn_null_state_load(struct skn_conn *conn, struct skn_error *err);

/* Writes it, whole or not at all. */
int skn_null_state_save(struct skn_conn *conn, struct skn_error *err);

/* One writer at a time: waits at most 2 s for another. */
int skn_null_state_enter(struct skn_conn *conn, struct skn_error *err);
void skn_null_state_leave(struct skn_conn *conn);
int skn_null_state_busy(struct skn_conn *conn); /* another one writes */

int skn_null_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
int skn_null_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
int skn_null_holder_read(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                         struct skn_error *err);

/* True the first time it is asked for name in this database, over all processes. */
int skn_null_state_first(struct skn_conn *conn, const char *name);

/* ---- knob.c: failing on command ---- */

/* Counts a call, and does what the options say about it: SKN_OK to go on. */
int skn_null_strike(struct skn_conn *conn, enum skn_null_call call, struct skn_error *err);

/* What becomes of this commit or statement whose answer is lost, or SKN_NULL_FATE_NONE. */
enum skn_null_fate skn_null_fate(struct skn_conn *conn, enum skn_null_call call);

/* One round trip. */
int skn_null_wait(const struct skn_host *host, int64_t ms, struct skn_error *err);

/* ---- null.c, proof.c: calls ---- */

/* What every call that goes to the server starts with. */
int skn_null_round_trip(struct skn_conn *conn, enum skn_null_call call, struct skn_error *err);

int skn_null_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                         void *ctx, struct skn_error *err);
int skn_null_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                    struct skn_error *err);

/* ---- work.c: transactions and steps ---- */

int skn_null_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                  const struct skn_events *events, struct skn_error *err);
void skn_null_rollback(struct skn_conn *conn);
void skn_null_link_break(struct skn_conn *conn);

#endif
