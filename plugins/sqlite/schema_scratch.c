/*
 * The facet's table, and scratch databases: in memory, so that nothing can be left behind.
 */
#include <string.h>

#include "schema.h"

enum { OPTIONS_MAX = 32 };

/* The option is about a file. */
static int is_of_file(struct skn_str key)
{
    return skn_str_is(key, "database") || skn_str_is(key, "create") ||
           skn_str_is(key, "journal_mode");
}

/* Texts are kept as they are in the database that the scratch one stands for. */
static int encoding_copy(struct skn_conn *conn, struct skn_conn *scratch, struct skn_error *err)
{
    char encoding[16];
    char sql[48];
    int code = skn_sqlite_session_follow(conn, err);
    if (!code)
        code = skn_sqlite_ask(conn, "PRAGMA main.encoding", encoding, sizeof encoding, err);
    if (code)
        return code;
    snprintf(sql, sizeof sql, "PRAGMA main.encoding = '%s'", encoding);
    return skn_sqlite_ask(scratch, sql, NULL, 0, err);
}

static int scratch_open(struct skn_conn *conn, const struct skn_host *host,
                        const struct skn_kv *options, uint32_t count, struct skn_str mark,
                        struct skn_conn **scratch, struct skn_error *err)
{
    struct skn_kv own[OPTIONS_MAX] = {{skn_str("database"), skn_str(":memory:")}};
    uint32_t own_count = 1;
    uint32_t i;
    int code;
    (void)mark; /* a database in memory has no name */
    *scratch = NULL;
    for (i = 0; i < count && own_count < OPTIONS_MAX; i++)
        if (!is_of_file(options[i].key))
            own[own_count++] = options[i];
    code = skn_sqlite_open(host, own, own_count, scratch, err);
    if (!code)
        code = encoding_copy(conn, *scratch, err);
    if (code) {
        skn_sqlite_close(*scratch);
        *scratch = NULL;
    }
    return code;
}

static int scratch_sweep(struct skn_conn *conn, struct skn_error *err)
{
    (void)conn;
    (void)err;
    return SKN_OK;
}

static const struct skn_kind kinds[SKN_SQLITE_KINDS] = {
    {"table", 1, SKN_KIND_DATA | SKN_KIND_RENAME},
    {"virtual table", 2, SKN_KIND_DATA | SKN_KIND_RENAME},
    {"column", 3, SKN_KIND_PART | SKN_KIND_DATA | SKN_KIND_RENAME},
    {"constraint", 4, SKN_KIND_PART},
    {"index", 5, SKN_KIND_FOLD_DROP},
    {"view", 6, 0},
    {"trigger", 7, SKN_KIND_FOLD_DROP},
};

const struct skn_schema_facet skn_sqlite_schema = {
    .size = sizeof skn_sqlite_schema,
    .kind_count = SKN_SQLITE_KINDS,
    .kinds = kinds,
    .inspect = skn_sqlite_inspect,
    .scratch_open = scratch_open,
    .scratch_close = skn_sqlite_close,
    .scratch_sweep = scratch_sweep,
    .classify = skn_sqlite_classify,
    .render = skn_sqlite_render,
    .rebuilds = skn_sqlite_rebuilds,
};
