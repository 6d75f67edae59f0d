/*
 * skein/driver.h - the contract between skein and a database driver.
 *
 * A driver is a shared object that exports one symbol, skein_driver_1. The 1 is the ABI major:
 * nothing in this file is ever removed, reordered or retyped under that name. The minor grows when
 * something is appended.
 *
 * HOW A DRIVER LIVES
 *   skein never loads a driver into the process that plans. It starts a worker process for it,
 * which looks the file up by its word (skein_<word>.so), checks owner, mode and ELF bounds, calls
 *   dlopen(RTLD_NOW | RTLD_LOCAL), asks skein_driver_1 for the table below and copies it. A driver
 *   is never unloaded. A worker serves one target after another; one connection is open at a time.
 *
 * RULES FOR A DRIVER
 *   - One thread makes every call. A driver starts no thread that outlives close().
 *   - It does not fork, exec, exit, abort, longjmp out, install signal handlers or atexit
 * functions, change directory, umask, locale, environment or resource limits, or touch file
 * descriptors 0 to 2. It keeps no mutable globals.
 *   - The entry point does no input or output: it checks the host and returns the table.
 *   - Every wait is bounded: poll host->cancelled() and host->time_left(). What cannot be polled is
 *     killed from outside (SIGINT sets cancelled, then SIGTERM, then SIGKILL), and costs its
 * target.
 *   - Text is UTF-8 with an explicit length and may hold NUL bytes. What the host keeps it copies.
 *   - A value of an option flagged SKN_OPT_SECRET never appears in a log line or an error.
 *   - A capability says what is true. The conformance kit tests it; it is not believed.
 *
 * GROWTH
 *   Slots and enumerators are appended only. Structs marked frozen never change. Any other struct
 *   that crosses starts with the size its owner compiled with, and the reader copies the smaller
 *   size: what is absent reads as zero. Arrays of structs that may grow carry their stride.
 *   A retired slot is no longer called, and its place is never used again. Breaking any of this is
 *   skein_driver_2, with skein_driver_1 still looked up for at least two years.
 *
 * CHANGES
 *   1.0  first.
 *   1.1  script(), enum skn_script_part, SKN_DIALECT_ALEMBIC_TX; skn_server.schema and refusal,
 *        SKN_SERVER_NO_CREATE, SKN_STEP_CHECK, SKN_STEP_RIGHTS, SKN_STATUS_CHANGED; lock() behind
 *        a pooler; prove(), rolls_back(), holder(), SKN_CAP_LOCK_ASIDE, SKN_OUTCOME_PARTLY, flags
 *        REPEATABLE and ALONE of statements; fingerprint(), which no skein asked before, gets a
 *        whole statement; schema, and <skein/schema.h>.
 */
#ifndef SKEIN_DRIVER_H
#define SKEIN_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKN_ABI_MAJOR 1
#define SKN_ABI_MINOR 1

#if defined(__GNUC__) || defined(__clang__)
#define SKN_EXPORT __attribute__((visibility("default")))
#else
#define SKN_EXPORT
#endif

/* Borrowed text: valid for the call it is passed to, not NUL-terminated. A NULL ptr is SQL NULL, or
 * "absent"; a length of 0 with a ptr is the empty text. Frozen. */
struct skn_str {
    const char *ptr;
    size_t len;
};

/* One configured option, already resolved (a secret is in clear here). Frozen. */
struct skn_kv {
    struct skn_str key;
    struct skn_str value;
};

/* What a call returns. skein acts on the code, people read the text. */
enum skn_code {
    SKN_OK = 0,
    SKN_E_USAGE = 1,      /* the caller broke the contract, or the person used skein wrongly */
    SKN_E_CONFIG = 2,     /* an option is missing or wrong */
    SKN_E_CONNECT = 3,    /* nobody answered, or the link broke while nothing was in flight */
    SKN_E_AUTH = 4,       /* answered, and refused us */
    SKN_E_PERMISSION = 5, /* this statement is not allowed to us */
    SKN_E_SYNTAX = 6,     /* the statement, or the file, is malformed */
    SKN_E_MISSING = 7,    /* the object does not exist */
    SKN_E_EXISTS = 8,     /* the object exists already */
    SKN_E_CONSTRAINT = 9, /* the data forbid it */
    SKN_E_BUSY = 10,      /* lock, deadlock, serialisation, too many connections: retry may help */
    SKN_E_TIMEOUT = 11,   /* host->time_left() ran out, or a server-side time-out struck */
    SKN_E_CANCELLED = 12, /* host->cancelled() said so, and the statement stopped */
    SKN_E_UNSUPPORTED = 13, /* this driver or this server cannot do it */
    SKN_E_UNCERTAIN = 14,   /* sent, and the outcome is unknown: reconnect and look */
    SKN_E_NOMEM = 15,
    SKN_E_DRIVER = 16 /* anything else; a driver bug until shown otherwise */
};

/* Filled by whoever fails, owned by the caller. No pointers: it can be copied, kept after close(),
 * or sent down a pipe. skn_fail() in driver-util.h fills it. */
struct skn_error {
    uint32_t size;     /* set by the caller: sizeof(struct skn_error) */
    uint32_t code;     /* enum skn_code */
    int32_t native;    /* the server's or library's own number, or 0 */
    uint32_t position; /* 1-based byte offset into the statement (scan: into the text), or 0 */
    uint32_t step;     /* exec: 0-based index of the step that failed */
    uint32_t reserved; /* 0 */
    char sqlstate[8];  /* five characters and a NUL, or empty; see SQLSTATE below */
    char message[992]; /* NUL-terminated UTF-8, lower case, no full stop, never a secret */
};

/* SQLSTATE: a driver whose library has none supplies the standard's for these, because skein looks
 * at them: "42S02" or "42P01" a table does not exist, "40001" serialisation, "40P01" deadlock,
 * "55P03" lock not available. */

/* ---------------------------------------------------------------------------------------------
 * Statements: where one ends in this dialect, and what it is.
 */
enum skn_statement_kind {
    SKN_STATEMENT_END = 0,       /* no further statement in the text */
    SKN_STATEMENT_DDL = 1,       /* changes the schema */
    SKN_STATEMENT_DML = 2,       /* changes rows, and can be rolled back by every engine table */
    SKN_STATEMENT_QUERY = 3,     /* returns rows and, as far as the text tells, changes nothing */
    SKN_STATEMENT_SESSION = 4,   /* changes the session: SET, PRAGMA. Undone by SKN_STEP_RESET */
    SKN_STATEMENT_OTHER = 5,     /* anything else: CALL, DO, VACUUM, ... */
    SKN_STATEMENT_BEGIN = 6,     /* opens a transaction */
    SKN_STATEMENT_COMMIT = 7,    /* ends one and keeps it */
    SKN_STATEMENT_ROLLBACK = 8,  /* ends one and drops it, also back to a savepoint */
    SKN_STATEMENT_SAVEPOINT = 9, /* SAVEPOINT, RELEASE */
    SKN_STATEMENT_IGNORED = 10   /* the driver does this itself; skein leaves it out */
};

enum skn_statement_flag {
    SKN_STATEMENT_NO_TX =
        1, /* the engine refuses it inside a transaction: CREATE INDEX CONCURRENTLY */
    SKN_STATEMENT_REPEATABLE = 2, /* 1.1: run twice it has done what once does: VACUUM */
    SKN_STATEMENT_ALONE = 4 /* 1.1: it may end a transaction itself, so that none is put around it
                               where the revision has none: CALL, DO */
};

enum skn_scan_option {
    SKN_SCAN_VARIABLES = 1 /* ${ident:x}, ${literal:x} are in use: refuse one inside quotes */
};

/* A cursor over one text. The caller zeroes it, sets size and options, and passes it again and
 * again until kind is SKN_STATEMENT_END; everything carried from statement to statement is in it.
 */
struct skn_scan {
    uint32_t size;
    uint32_t options; /* in: enum skn_scan_option */
    uint32_t kind;    /* out: enum skn_statement_kind */
    uint32_t flags;   /* out: enum skn_statement_flag */
    uint64_t next;    /* in and out: where to go on; 0 at first */
    uint64_t start;   /* out: first byte of the statement; space and comments before it left out */
    uint64_t end;     /* out: one past its last byte; the delimiter is left out */
    struct skn_str
        object; /* out: the object it names, as written; borrowed from the text; may be absent */
    char words[64]; /* out: its first keywords, upper case, one blank between, comments left out */
    char delimiter[16]; /* carried: what DELIMITER set; empty means ";" */
};

/* What skein's own scanner and ledger must know of a dialect. Static data of the driver. */
enum skn_dialect_flag {
    SKN_DIALECT_DOLLAR_QUOTES = 1,         /* $$ ... $$, $tag$ ... $tag$ */
    SKN_DIALECT_BACKTICKS = 2,             /* `name` */
    SKN_DIALECT_BRACKETS = 4,              /* [name] */
    SKN_DIALECT_BACKSLASHES = 8,           /* '\'' in every string */
    SKN_DIALECT_E_STRINGS = 16,            /* E'\'' */
    SKN_DIALECT_HASH_COMMENTS = 32,        /* # to the end of the line */
    SKN_DIALECT_NESTED_COMMENTS = 64,      /* a comment inside a comment */
    SKN_DIALECT_EXECUTABLE_COMMENTS = 128, /* the text inside a comment that starts with ! is run */
    SKN_DIALECT_DELIMITER = 256,           /* the DELIMITER command of the client is understood */
    SKN_DIALECT_ROUTINE_BODIES = 512,      /* CREATE PROCEDURE, FUNCTION, EVENT ... BEGIN ... END */
    SKN_DIALECT_TRIGGER_BODIES = 1024,     /* CREATE TRIGGER ... BEGIN ... END */
    SKN_DIALECT_ATOMIC_BODIES = 2048,      /* BEGIN ATOMIC ... END */
    SKN_DIALECT_DASH_NEEDS_SPACE = 4096,   /* "--" opens a comment only before a blank */
    SKN_DIALECT_DOUBLE_QUOTED_TEXT = 8192, /* "x" is text, with BACKSLASHES if that is set */
    SKN_DIALECT_PSQL = 16384, /* refuse \commands and COPY ... FROM STDIN with its data */
    SKN_DIALECT_ALEMBIC_TX =
        32768 /* 1.1: Alembic's offline script has BEGIN, COMMIT, and INSERT ... RETURNING */
};

struct skn_dialect {
    uint32_t size;
    uint32_t flags;           /* enum skn_dialect_flag */
    const char *id_type;      /* a revision id, 32 characters: "VARCHAR(32)" */
    const char *text_type;    /* up to 1,024 bytes, not indexed: "VARCHAR(1024)" */
    const char *long_type;    /* unbounded text: "TEXT" */
    const char *integer_type; /* 64 bit: "BIGINT" */
    const char *time_type;    /* UTC, written as 'YYYY-MM-DD HH:MM:SS.mmm': "TIMESTAMP" */
    const char
        *table_options; /* behind the ")" of CREATE TABLE of skein's own tables; "" if none */
};

/* ---------------------------------------------------------------------------------------------
 * What the host lends. Valid until close() returns.
 */
struct skn_host {
    uint32_t size;
    uint32_t abi_minor;
    void *ctx;

    /* One line, no newline. level: 0 error, 1 warning, 2 info, 3 debug, 4 trace. Never a secret. */
    void (*log)(void *ctx, uint32_t level, struct skn_str line);

    /* Lua style: old NULL allocates, size 0 frees. NULL means no memory. Use it or malloc. */
    void *(*alloc)(void *ctx, void *old, size_t size);

    /* Nonzero when the current call should give up soon. Cheap: poll it at least every 100 ms. */
    int (*cancelled)(void *ctx);

    /* Milliseconds left for the current call, or -1 for no limit. 0 or less otherwise: overrun. */
    int64_t (*time_left)(void *ctx);

    /* skein's own scanner, for a driver that has a scan slot and wants to refine its answer. */
    int (*scan)(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                struct skn_scan *cursor, struct skn_error *err);
};

/* ---------------------------------------------------------------------------------------------
 * Options: what open() takes, as data, so that skein can check, mask and list them. The parts of a
 * URL arrive under these names: host, port, user, password, database, and each query parameter
 * under its own. An option that is not in the driver's list is refused before open().
 */
enum skn_option_type { SKN_OPT_STRING = 0, SKN_OPT_INT = 1, SKN_OPT_BOOL = 2, SKN_OPT_PATH = 3 };

enum skn_option_flag { SKN_OPT_REQUIRED = 1, SKN_OPT_SECRET = 2 };

struct skn_option {
    const char *name;     /* [a-z][a-z0-9_]* */
    const char *fallback; /* NULL: none */
    const char *help;     /* one line */
    uint32_t type;        /* enum skn_option_type; INT is decimal, BOOL is "true" or "false" */
    uint32_t flags;       /* enum skn_option_flag */
};

/* Once as the most the driver can ever do (skn_driver.caps), once as what this server allows
 * (skn_server.caps). Unknown bits are ignored. */
enum skn_cap {
    SKN_CAP_DDL_TX = 1,      /* DDL rolls back with its transaction */
    SKN_CAP_LOCK = 2,        /* lock() and unlock() work, and the lock dies with the session */
    SKN_CAP_PIPELINE = 4,    /* exec() sends a batch without waiting for each reply */
    SKN_CAP_SAVEPOINT = 8,   /* nested transactions by SQL */
    SKN_CAP_PREPARE = 16,    /* SKN_STEP_PREPARE and its two followers */
    SKN_CAP_RETARGET = 32,   /* retarget() */
    SKN_CAP_SETTLE = 64,     /* token() and settle() */
    SKN_CAP_LOCK_ASIDE = 128 /* 1.1: without SKN_CAP_LOCK: lock() and unlock() work all the same,
                                and are asked for where a revision runs without transactions */
};

enum skn_server_flag {
    SKN_SERVER_READ_ONLY = 1, /* a standby, or set read-only: nothing can be upgraded here */
    SKN_SERVER_POOLED = 2,    /* we speak to a pooler: session locks cannot be trusted */
    SKN_SERVER_SUPERUSER = 4,
    SKN_SERVER_LOCAL = 8,     /* no network between us: file, unix socket or loopback */
    SKN_SERVER_NO_CREATE = 16 /* 1.1: no table can be made in schema by whom we are */
};

/* What open() reached. Filled by describe(); texts are NUL-terminated and cut where too long. */
struct skn_server {
    uint32_t size;       /* set by the caller */
    uint32_t flags;      /* enum skn_server_flag */
    uint64_t caps;       /* enum skn_cap, as this server allows them */
    int64_t version;     /* major * 10000 + minor * 100 + patch */
    char product[64];    /* "PostgreSQL 15.18" */
    char server_id[192]; /* equal for two connections exactly when they reach the same server */
    char identity[256];  /* equal exactly when they reach the same database (and schema), whatever
                            the name */
    char user[128];      /* whom the server takes us for */

    /* ---- 1.1 ---- */

    char schema[256];  /* where an unqualified CREATE TABLE goes, not quoted; empty:
                          nowhere, or the engine has no schemas */
    char refusal[512]; /* why nothing must be changed here, and what to do about it: a pooler, a
                          cluster without locks, a missing right; empty: it may be */
};

/* ---------------------------------------------------------------------------------------------
 * Work: a batch of steps.
 */
enum skn_step_op {
    SKN_STEP_SQL = 0,      /* run one statement, exactly one, server-enforced where possible */
    SKN_STEP_BEGIN = 1,    /* open the transaction a revision runs in */
    SKN_STEP_FENCE = 2,    /* inside one: keep every other writer of the table named in sql (quoted)
                              out;    nothing to do where BEGIN did it, or the engine cannot */
    SKN_STEP_COMMIT = 3,   /* UNCERTAIN when sent and unanswered */
    SKN_STEP_ROLLBACK = 4, /* fine without a transaction */
    SKN_STEP_RESET = 5,    /* session settings back to what open() made of them; keeps locks */
    SKN_STEP_PREPARE = 6,  /* two-phase: sql is the transaction's name, at most 199 bytes */
    SKN_STEP_COMMIT_PREPARED = 7,
    SKN_STEP_ROLLBACK_PREPARED = 8,
    SKN_STEP_CHECK = 9, /* 1.1: fails unless this is still the session that open() made, of the same
                          user, lock() still holds what it took, and, where BEGIN opened a
                          transaction, this is it */
    SKN_STEP_RIGHTS = 10 /* 1.1: sql is a table, quoted; fails with SKN_E_PERMISSION where its rows
                            are not ours to read, insert, update and delete; waits for nobody, and
                            changes nothing */
};

/* Frozen. */
struct skn_step {
    struct skn_str sql;
    uint32_t op;       /* enum skn_step_op */
    uint32_t reserved; /* 0 */
};

/* Who listens while exec() runs. Both are optional. Return nonzero to stop: exec() then returns
 * SKN_E_CANCELLED without starting a further step it has not sent. */
struct skn_events {
    uint32_t size;
    uint32_t reserved; /* 0 */
    void *ctx;
    /* A row of step's result; the columns are borrowed for this one call. */
    int (*row)(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count);
    /* Step succeeded. rows: affected, or -1 where the engine does not say. In order, none left out.
     */
    int (*done)(void *ctx, uint32_t step, int64_t rows);
};

enum skn_status_flag {
    SKN_STATUS_OPEN = 1,      /* as far as known without asking, the link is up */
    SKN_STATUS_IN_TX = 2,     /* a transaction is open */
    SKN_STATUS_FAILED_TX = 4, /* open, and only a rollback can end it */
    SKN_STATUS_CHANGED = 8    /* 1.1: statements have changed the session since open() or RESET */
};

struct skn_status {
    uint32_t size;    /* set by the caller */
    uint32_t flags;   /* enum skn_status_flag */
    uint64_t session; /* the server's number of this session; a change means another session */
};

enum skn_quote_kind { SKN_QUOTE_IDENT = 0, SKN_QUOTE_LITERAL = 1 };

enum skn_outcome {
    SKN_OUTCOME_UNKNOWN = 0,
    SKN_OUTCOME_COMMITTED = 1,
    SKN_OUTCOME_ABORTED = 2,
    SKN_OUTCOME_RUNNING = 3, /* ask again */
    SKN_OUTCOME_PARTLY = 4   /* 1.1, of prove() */
};

/* 1.1: what a script that the engine's own client runs needs beside its statements. */
enum skn_script_part {
    SKN_SCRIPT_OPEN = 0, /* its first lines: an error ends it, and the settings that open() makes */
    SKN_SCRIPT_PLACE = 1, /* where unqualified names go, if the options say so */
    SKN_SCRIPT_RESET = 2, /* what SKN_STEP_RESET does, and those settings once more */
    SKN_SCRIPT_BEGIN = 3, /* and so on: as the steps of the same name */
    SKN_SCRIPT_FENCE = 4, /* text: the table, quoted */
    SKN_SCRIPT_COMMIT = 5,
    SKN_SCRIPT_CHECK = 6, /* text: a query; a statement that fails if it returns a row */
    SKN_SCRIPT_NOW = 7    /* an expression: the time, as skn_dialect.time_type holds it */
};

typedef void skn_text_fn(void *ctx, struct skn_str text); /* borrowed for this one call */

struct skn_conn;         /* the driver's own */
struct skn_schema_facet; /* inspect, render, scratch: <skein/schema.h>, 1.1 */

/* ---------------------------------------------------------------------------------------------
 * The driver.
 */
struct skn_driver {
    uint32_t size;      /* sizeof(struct skn_driver) as the driver saw it */
    uint32_t abi_minor; /* SKN_ABI_MINOR as the driver saw it */
    const char *name;   /* the word in the file name: [a-z][a-z0-9_]{0,31} */
    const char *version;
    const char *summary; /* one line */
    const struct skn_option *options;
    uint32_t option_count;
    uint32_t option_size; /* sizeof(struct skn_option): the stride */
    const struct skn_dialect *dialect;
    uint64_t caps; /* enum skn_cap: the most this driver can ever do */

    /* ---- required ---- */

    /* Connect and fix every session setting that could change what a revision means. On failure
     * *conn is NULL. A write is never attempted here. */
    int (*open)(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                struct skn_conn **conn, struct skn_error *err);

    /* NULL is fine; never fails; an open transaction is rolled back. */
    void (*close)(struct skn_conn *conn);

    /* One round trip at most. */
    int (*describe)(struct skn_conn *conn, struct skn_server *out, struct skn_error *err);

    /* Run the steps in order, report each as it completes, stop at the first failure: err->step
     * says which, and err->position where in it. A driver may pipeline, but sends one statement a
     * message. When the link breaks in a COMMIT, or in a statement outside a transaction, the code
     * is SKN_E_UNCERTAIN; inside a transaction it is SKN_E_CONNECT, for the server rolls back. */
    int (*exec)(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                const struct skn_events *events, struct skn_error *err);

    /* No round trip. */
    int (*status)(struct skn_conn *conn, struct skn_status *out, struct skn_error *err);

    /* Bit i of *found: table names[i] (unquoted) exists where an unqualified CREATE would put it,
     * or in schema when that is not empty. At most 64 names, one round trip. */
    int (*exists)(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                  uint32_t count, uint64_t *found, struct skn_error *err);

    /* Pure. Refuses (SKN_E_USAGE) what the dialect cannot name or hold: NUL, too long. */
    int (*quote)(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                 struct skn_error *err);

    /* ---- optional: NULL when absent, and then the matching cap is clear ---- */

    /* Pure: the next statement. Absent: skein's scanner with the driver's dialect. SKN_E_SYNTAX:
     * the text is malformed. SKN_E_UNSUPPORTED: it is fine, and cannot be run this way (COPY data,
     * ATTACH). err->position is 1-based into the text. */
    int (*scan)(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                struct skn_error *err);

    /* Try once, never wait in the server. name says what is locked inside the database reached (the
     * version table); the driver adds database and schema. SKN_E_BUSY: err->message says who holds
     * it and since when, as far as the server tells. 1.1: where the server is SKN_SERVER_POOLED and
     * has no SKN_CAP_LOCK, it only notes the name: each BEGIN then takes the lock for its
     * transaction, or fails with SKN_E_BUSY. */
    int (*lock)(struct skn_conn *conn, struct skn_str name, struct skn_error *err);

    /* SKN_E_DRIVER when it was no longer held: somebody else may have been at work. */
    int (*unlock)(struct skn_conn *conn, struct skn_str name, struct skn_error *err);

    /* Go on with this session in the database or schema that options name. SKN_E_UNSUPPORTED leaves
     * the session as it was: skein then closes it. No lock and no transaction is held. */
    int (*retarget)(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                    struct skn_error *err);

    /* A text by which settle() can tell the fate of the transaction that is open, or was last;
     * known without a round trip. Returns its length without the NUL, 0 if there is none. */
    uint32_t (*token)(struct skn_conn *conn, char *buffer, uint32_t size);

    /* On a new connection: what became of it. *outcome: enum skn_outcome. */
    int (*settle)(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                  struct skn_error *err);

    /* The definition of everything that this statement (as scan() cut it) may create, alter or
     * drop, as text in as many pieces as it likes; an object that is not there has a text, too. Of
     * the whole schema where statement is absent, or names nothing. skein hashes it. Equal exactly
     * when the definitions are: in a fixed order, without counters, statistics and numbers of rows,
     * and without skein's own tables. Its cost does not grow with what else is in the schema.
     * SKN_E_UNSUPPORTED: no definition shows what the statement does (GRANT, CALL, LOAD DATA).
     * Not asked of a driver of minor 0. */
    int (*fingerprint)(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out, void *ctx,
                       struct skn_error *err);

    /* Autogenerate: NULL in minor 0, and where the driver does not take part. */
    const struct skn_schema_facet *schema;

    /* ---- 1.1 ---- */

    /* Pure: a part of a script for the engine's own client (enum skn_script_part), in whole lines
     * with the statements' ends, but for NOW. Nothing where nothing is needed. options are those of
     * open(), without secrets. Absent: skein writes standard SQL, and no checks. */
    int (*script)(uint32_t part, const struct skn_kv *options, uint32_t count, struct skn_str text,
                  skn_text_fn *out, void *ctx, struct skn_error *err);

    /* What the database itself says of a statement that was run outside a transaction and is not
     * running any more. *outcome: COMMITTED: it took effect, and what it made can be used. ABORTED:
     * it did not; where it left something that nobody can use (an invalid index), that has been
     * taken away. PARTLY: some of what it names is as it would leave it, some is not. UNKNOWN: a
     * fingerprint says as much; so for most statements, and then without a round trip. Also asked
     * after each success, where ABORTED means: run it once more. */
    int (*prove)(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                 struct skn_error *err);

    /* Where DDL does not roll back: bit i of *bits: all that statement i, which changes rows, can
     * change goes back with its transaction. At most 64, one round trip. */
    int (*rolls_back)(struct skn_conn *conn, const struct skn_str *statements, uint32_t count,
                      uint64_t *bits, struct skn_error *err);

    /* Who holds the lock of this name, and since when, as far as the server tells; no text where
     * nobody does. Takes no lock. */
    int (*holder)(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                  struct skn_error *err);
};

/* The entry point. host is valid for this call only (open() gets it again), and so is err. Returns
 * a table with static lifetime, or NULL with err filled. */
typedef const struct skn_driver *skn_entry_fn(const struct skn_host *host, struct skn_error *err);

/* With SKN_STATIC_NAME a driver can be linked into a test: skein_driver_1_<name>. */
#ifdef SKN_STATIC_NAME
#define SKN_CAT_(a, b) a##b
#define SKN_CAT(a, b) SKN_CAT_(a, b)
#define SKN_DRIVER_ENTRY SKN_CAT(skein_driver_1_, SKN_STATIC_NAME)
#else
#define SKN_DRIVER_ENTRY skein_driver_1
#endif
SKN_EXPORT skn_entry_fn SKN_DRIVER_ENTRY;

/* True when *(p), of type struct type, is big enough to hold field f. */
#define SKN_HAS(p, type, f) ((p)->size >= offsetof(struct type, f) + sizeof(((struct type *)0)->f))

#ifdef __cplusplus
}
#endif

#endif
