/*
 * The SQLite driver: its table, its options, and the calls that run no step. Knows nothing of what
 * revisions are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite.h"

static const struct skn_option known[] = {
    {"database", NULL, "path of the database file, or :memory:", SKN_OPT_PATH, SKN_OPT_REQUIRED},
    {"create", "true", "make the file with the first write if it does not exist", SKN_OPT_BOOL, 0},
    {"synchronous", "full", "off, normal, full or extra: how hard a commit is written to disk",
     SKN_OPT_STRING, 0},
    {"journal_mode", NULL, "delete, truncate, persist or wal, set before the first transaction",
     SKN_OPT_STRING, 0},
    {"foreign_key_check", "true", "refuse to commit new violations of foreign keys", SKN_OPT_BOOL,
     0},
};

enum { KNOWN_COUNT = sizeof known / sizeof known[0] };

/* ---- memory ---- */

void *skn_sqlite_resize(const struct skn_host *host, void *old, size_t size)
{
    if (!old && size == 0)
        return NULL;
    return host->alloc(host->ctx, old, size);
}

char *skn_sqlite_copy(const struct skn_host *host, const char *text, size_t len)
{
    char *copy = skn_sqlite_resize(host, NULL, len + 1);
    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

int skn_sqlite_grow(const struct skn_host *host, void **array, size_t count, size_t *room,
                    size_t element)
{
    size_t more = *room ? *room * 2 : 8;
    void *grown;
    if (count < *room)
        return SKN_OK;
    if (more > SIZE_MAX / element)
        return SKN_E_NOMEM;
    grown = skn_sqlite_resize(host, *array, more * element);
    if (!grown)
        return SKN_E_NOMEM;
    *array = grown;
    *room = more;
    return SKN_OK;
}

/* ---- open and close ---- */

static int read_bool(const struct skn_kv *options, uint32_t count, const char *name, int *out,
                     struct skn_error *err)
{
    struct skn_str value = skn_option_get(known, KNOWN_COUNT, options, count, name);
    *out = skn_str_is(value, "true");
    if (*out || skn_str_is(value, "false"))
        return SKN_OK;
    return skn_fail(err, SKN_E_CONFIG, NULL, 0, "%s is \"%.*s\": it must be true or false", name,
                    SKN_FMT(value));
}

/* One of the words, which are all short. */
static int read_word(const struct skn_kv *options, uint32_t count, const char *name,
                     const char *const *words, char *out, size_t size, struct skn_error *err)
{
    struct skn_str value = skn_option_get(known, KNOWN_COUNT, options, count, name);
    for (; *words; words++) {
        if (skn_str_is(value, *words)) {
            snprintf(out, size, "%s", *words);
            return SKN_OK;
        }
    }
    if (!value.ptr)
        return SKN_OK;
    return skn_fail(err, SKN_E_CONFIG, NULL, 0, "%s is \"%.*s\", which is none of its words", name,
                    SKN_FMT(value));
}

static int read_options(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                        struct skn_error *err)
{
    static const char *const levels[] = {"off", "normal", "full", "extra", NULL};
    static const char *const modes[] = {"delete", "truncate", "persist", "wal", NULL};
    int code =
        skn_sqlite_file_init(&conn->file, conn->host,
                             skn_option_get(known, KNOWN_COUNT, options, count, "database"), err);
    if (!code)
        code = read_bool(options, count, "create", &conn->create, err);
    if (!code)
        code = read_bool(options, count, "foreign_key_check", &conn->foreign.enabled, err);
    if (!code)
        code = read_word(options, count, "synchronous", levels, conn->synchronous,
                         sizeof conn->synchronous, err);
    if (!code)
        code = read_word(options, count, "journal_mode", modes, conn->journal_mode,
                         sizeof conn->journal_mode, err);
    return code;
}

void skn_sqlite_close(struct skn_conn *conn)
{
    if (!conn)
        return;
    skn_sqlite_lock_drop(conn);
    skn_sqlite_session_close(conn);
    skn_sqlite_foreign_finish(conn);
    skn_sqlite_effects_finish(conn);
    skn_sqlite_file_finish(&conn->file, conn->host);
    skn_sqlite_resize(conn->host, conn, 0);
}

int skn_sqlite_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                    struct skn_conn **out, struct skn_error *err)
{
    struct skn_conn *conn = skn_sqlite_resize(host, NULL, sizeof *conn);
    int code;
    *out = NULL;
    if (!conn)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    memset(conn, 0, sizeof *conn);
    conn->host = host;
    conn->lock_fd = -1;
    code = read_options(conn, options, count, err);
    if (!code)
        code = skn_sqlite_session_open(conn, err);
    if (code) {
        skn_sqlite_close(conn);
        return code;
    }
    sqlite3_randomness(sizeof conn->session, &conn->session);
    *out = conn;
    return SKN_OK;
}

/* ---- what was reached ---- */

static int is_read_only(struct skn_conn *conn)
{
    if (conn->file.memory)
        return 0;
    return (!conn->standin && sqlite3_db_readonly(conn->db, "main") == 1) ||
           !skn_sqlite_file_folder_writable(&conn->file);
}

static int describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    struct skn_server server;
    uint32_t size = out->size;
    int version = sqlite3_libversion_number();
    int code = skn_sqlite_session_follow(conn, err);
    if (code)
        return code;
    memset(&server, 0, sizeof server);
    server.size = size;
    server.flags = SKN_SERVER_LOCAL;
    if (is_read_only(conn))
        server.flags |= SKN_SERVER_READ_ONLY;
    server.caps = SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT | SKN_CAP_LOCK_ASIDE;
    server.version = version / 1000000 * 10000 + version / 1000 % 1000 * 100 + version % 1000;
    snprintf(server.product, sizeof server.product, "SQLite %s", sqlite3_libversion());
    code = skn_sqlite_file_identity(&conn->file, conn->session, server.server_id,
                                    sizeof server.server_id, err);
    if (code)
        return code;
    snprintf(server.identity, sizeof server.identity, "%s", server.server_id);
    memcpy(out, &server, size < sizeof server ? size : sizeof server);
    return SKN_OK;
}

static int status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    struct skn_status now = {out->size, 0, conn->session};
    (void)err;
    if (conn->db)
        now.flags |= SKN_STATUS_OPEN;
    if (conn->db && !sqlite3_get_autocommit(conn->db))
        now.flags |= SKN_STATUS_IN_TX;
    if (conn->db && conn->dirty)
        now.flags |= SKN_STATUS_CHANGED;
    memcpy(out, &now, now.size < sizeof now ? now.size : sizeof now);
    return SKN_OK;
}

static uint64_t bits_of(const char *table, size_t len, const struct skn_str *names, uint32_t count)
{
    uint64_t bits = 0;
    uint32_t i;
    for (i = 0; i < count; i++)
        if (names[i].len == len && len <= INT32_MAX &&
            sqlite3_strnicmp(names[i].ptr, table, (int)len) == 0)
            bits |= (uint64_t)1 << i;
    return bits;
}

/* One pass over one snapshot, so that the answers belong together. */
static int find_tables(struct skn_conn *conn, const struct skn_str *names, uint32_t count,
                       uint64_t *found, struct skn_error *err)
{
    static const char sql[] = "SELECT name FROM main.sqlite_schema WHERE type = 'table'";
    sqlite3_stmt *stmt = NULL;
    int code = SKN_OK;
    int rc = sqlite3_prepare_v3(conn->db, sql, -1, 0, &stmt, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && sqlite3_column_text(stmt, 0))
            *found |= bits_of((const char *)sqlite3_column_text(stmt, 0),
                              (size_t)sqlite3_column_bytes(stmt, 0), names, count);
    }
    if (rc != SQLITE_DONE)
        code = skn_sqlite_fail(conn, rc, err);
    sqlite3_finalize(stmt);
    return code;
}

static int exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                  uint32_t count, uint64_t *found, struct skn_error *err)
{
    int code;
    *found = 0;
    if (schema.len > 0 && !skn_str_is(schema, "main"))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                        "SQLite has no schemas: leave out the schema of the version table");
    if (count > 64)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "at most 64 names at a time");
    code = skn_sqlite_session_follow(conn, err);
    if (code)
        return code;
    skn_sqlite_wait_install(conn);
    return find_tables(conn, names, count, found, err);
}

/* ---- quoting ---- */

/* Half of what SQLite takes as the longest text, for every byte may need a second. */
enum { LONGEST_QUOTED = 500000000 };

int skn_sqlite_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                     struct skn_error *err)
{
    char mark = kind == SKN_QUOTE_IDENT ? '"' : '\'';
    char *quoted;
    size_t n = 0;
    size_t i;
    if (kind != SKN_QUOTE_IDENT && kind != SKN_QUOTE_LITERAL)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown kind of quoting");
    if (kind == SKN_QUOTE_IDENT && text.len == 0)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name must not be empty");
    if (text.len > 0 && memchr(text.ptr, 0, text.len))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "SQL text cannot hold a NUL byte");
    if (text.len > LONGEST_QUOTED)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "too long for a name or a literal");
    quoted = malloc(text.len * 2 + 2);
    if (!quoted)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    quoted[n++] = mark;
    for (i = 0; i < text.len; i++) {
        if (text.ptr[i] == mark)
            quoted[n++] = mark;
        quoted[n++] = text.ptr[i];
    }
    quoted[n++] = mark;
    out(ctx, skn_str_len(quoted, n));
    free(quoted);
    return SKN_OK;
}

/* ---- the table ---- */

static const struct skn_driver driver = {
    .size = sizeof(struct skn_driver),
    .abi_minor = SKN_ABI_MINOR,
    .name = "sqlite",
    .version = SKEIN_VERSION,
    .summary = "SQLite database files",
    .options = known,
    .option_count = KNOWN_COUNT,
    .option_size = sizeof(struct skn_option),
    .dialect = &skn_sqlite_dialect,
    .caps = SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT | SKN_CAP_LOCK_ASIDE,
    .open = skn_sqlite_open,
    .close = skn_sqlite_close,
    .describe = describe,
    .exec = skn_sqlite_exec,
    .status = status,
    .exists = exists,
    .quote = skn_sqlite_quote,
    .scan = skn_sqlite_scan,
    .lock = skn_sqlite_lock,
    .unlock = skn_sqlite_unlock,
    .fingerprint = skn_sqlite_fingerprint,
    .script = skn_sqlite_script,
    .holder = skn_sqlite_holder,
    .schema = &skn_sqlite_schema,
};

const struct skn_driver *SKN_DRIVER_ENTRY(const struct skn_host *host, struct skn_error *err)
{
    if (!host || !SKN_HAS(host, skn_host, scan)) {
        skn_fail(err, SKN_E_USAGE, NULL, 0, "this skein is too old for the sqlite driver");
        return NULL;
    }
    if (sqlite3_libversion_number() < 3038000) {
        skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                 "libsqlite3 %s is too old: 3.38 or later is needed", sqlite3_libversion());
        return NULL;
    }
    return &driver;
}
