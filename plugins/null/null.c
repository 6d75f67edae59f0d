/*
 * The null driver's calls and its table. It knows nothing of how databases are kept.
 */
#include "null.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LIMIT = 128, VERSION = 10000 };

static const struct skn_dialect dialect = {
    .size = sizeof dialect,
    .id_type = "VARCHAR(32)",
    .text_type = "VARCHAR(1024)",
    .long_type = "TEXT",
    .integer_type = "BIGINT",
    .time_type = "TIMESTAMP",
    .table_options = "",
};

/* Pure calls have no connection that could carry knobs, so the one that is open does. A real driver
 * keeps no such thing. */
static struct skn_conn *armed;

/* What every call that goes to the server starts with. */
int skn_null_round_trip(struct skn_conn *conn, enum skn_null_call call, struct skn_error *err)
{
    int rc = skn_null_strike(conn, call, err);
    if (rc == SKN_OK && conn->down)
        rc = skn_fail(err, SKN_E_CONNECT, "08003", 0, "the link is down");
    return rc == SKN_OK ? skn_null_wait(conn->host, conn->config.latency, err) : rc;
}

/* ---- open, close, retarget ---- */

static void conn_destroy(struct skn_conn *conn)
{
    struct skn_error ignored = {.size = sizeof ignored};
    if (armed == conn)
        armed = NULL;
    skn_null_state_leave(conn);
    if (conn->lock_name)
        skn_null_unlock(conn, skn_str(conn->lock_name), &ignored);
    if (conn->folder >= 0)
        close(conn->folder);
    skn_null_undo_finish(&conn->undo);
    skn_null_store_finish(&conn->store);
    skn_null_config_finish(&conn->config);
    free(conn);
}

static int conn_create(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                       struct skn_conn **conn, struct skn_error *err)
{
    struct skn_conn *made = calloc(1, sizeof *made);
    *conn = made;
    if (!made)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a connection");
    made->host = host;
    made->folder = made->tx_fd = made->lock_fd = -1;
    if (getrandom(&made->session, sizeof made->session, 0) != (ssize_t)sizeof made->session)
        made->session = (uint64_t)(uintptr_t)made;
    return skn_null_config_read(&made->config, options, count, err);
}

static int null_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                     struct skn_conn **conn, struct skn_error *err)
{
    int rc = conn_create(host, options, count, conn, err);
    if (rc == SKN_OK)
        rc = skn_null_state_open(*conn, err);
    if (rc == SKN_OK)
        rc = skn_null_strike(*conn, SKN_NULL_CALL_OPEN, err);
    if (rc == SKN_OK)
        rc = skn_null_wait(host, (*conn)->config.latency_connect, err);
    if (rc == SKN_OK)
        rc = skn_null_state_load(*conn, err);
    if (rc == SKN_OK) {
        armed = *conn;
    } else if (*conn) {
        conn_destroy(*conn);
        *conn = NULL;
    }
    return rc;
}

static void null_close(struct skn_conn *conn)
{
    struct skn_error ignored = {.size = sizeof ignored};
    if (!conn)
        return;
    skn_null_strike(conn, SKN_NULL_CALL_CLOSE, &ignored);
    conn_destroy(conn);
}

/* Takes over what another connection is made of, and keeps the session. */
static void conn_swap(struct skn_conn *conn, struct skn_conn *other)
{
    struct skn_conn kept = *conn;
    *conn = *other;
    conn->session = kept.session;
    *other = kept;
}

static int null_retarget(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                         struct skn_error *err)
{
    struct skn_conn *next = NULL;
    if (conn->down || conn->in_tx || conn->lock_name)
        return skn_fail(err, SKN_E_USAGE, NULL, 0,
                        "a transaction or a lock is held, or the link is "
                        "down");
    int rc = conn_create(conn->host, options, count, &next, err);
    /* The knobs that count are those of the target to come. */
    if (rc == SKN_OK)
        rc = skn_null_state_open(next, err);
    if (rc == SKN_OK)
        rc = skn_null_round_trip(next, SKN_NULL_CALL_RETARGET, err);
    if (rc == SKN_OK)
        rc = skn_null_strike(next, SKN_NULL_CALL_OPEN, err);
    if (rc == SKN_OK && (strcmp(next->config.server, conn->config.server) != 0 ||
                         strcmp(next->config.user, conn->config.user) != 0))
        rc = skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "another server or user needs a connection");
    if (rc == SKN_OK)
        rc = skn_null_state_load(next, err);
    if (rc == SKN_OK)
        conn_swap(conn, next);
    if (next)
        conn_destroy(next);
    return rc;
}

/* ---- describe, status ---- */

static uint64_t caps_here(const struct skn_conn *conn)
{
    uint64_t caps = SKN_CAP_LOCK | SKN_CAP_PIPELINE | SKN_CAP_RETARGET;
    if (conn->config.transactional)
        caps |= SKN_CAP_DDL_TX;
    if (conn->config.settle && conn->folder >= 0)
        caps |= SKN_CAP_SETTLE;
    if (conn->config.lies & SKN_NULL_LIE_CAPS)
        caps |= SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT | SKN_CAP_PREPARE;
    return caps;
}

static void identity_write(const struct skn_conn *conn, char *out, size_t size)
{
    struct stat info;
    if (conn->config.identity)
        snprintf(out, size, "%s", conn->config.identity);
    else if (conn->folder >= 0 && fstat(conn->folder, &info) == 0)
        snprintf(out, size, "%llx:%llx/%s", (unsigned long long)info.st_dev,
                 (unsigned long long)info.st_ino, conn->config.database);
    else
        snprintf(out, size, "%s/%s", conn->config.server, conn->config.database);
}

static void server_garble(struct skn_server *server)
{
    memset(server->product, 'A', sizeof server->product);
    memset(server->server_id, '\xff', sizeof server->server_id);
    memset(server->identity, '\x1b', sizeof server->identity);
    memset(server->user, '\n', sizeof server->user);
    memset(server->schema, '\xff', sizeof server->schema);
    memset(server->refusal, '\x1b', sizeof server->refusal);
    server->version = INT64_MIN;
    server->flags = UINT32_MAX;
    server->caps = UINT64_MAX;
}

static int null_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    struct skn_server server = {.size = out->size};
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_DESCRIBE, err);
    if (rc != SKN_OK)
        return rc;
    server.flags = conn->config.server_flags | SKN_SERVER_LOCAL;
    server.caps = caps_here(conn);
    server.version = VERSION;
    snprintf(server.product, sizeof server.product, "null 1.0");
    snprintf(server.server_id, sizeof server.server_id, "%s", conn->config.server);
    identity_write(conn, server.identity, sizeof server.identity);
    snprintf(server.user, sizeof server.user, "%s", conn->config.user);
    if (conn->config.refusal)
        snprintf(server.refusal, sizeof server.refusal, "%s", conn->config.refusal);
    if (conn->garbled)
        server_garble(&server);
    memcpy(out, &server, out->size < sizeof server ? out->size : sizeof server);
    return SKN_OK;
}

static int null_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    struct skn_status status = {.size = out->size, .session = conn->session};
    int rc = skn_null_strike(conn, SKN_NULL_CALL_STATUS, err);
    if (rc != SKN_OK)
        return rc;
    status.flags = conn->down ? 0 : SKN_STATUS_OPEN;
    if (conn->in_tx || conn->config.lies & SKN_NULL_LIE_TX)
        status.flags |= SKN_STATUS_IN_TX;
    if (conn->failed_tx)
        status.flags |= SKN_STATUS_FAILED_TX;
    if (conn->garbled) {
        status.flags = UINT32_MAX;
        status.session = ~conn->session;
    }
    memcpy(out, &status, out->size < sizeof status ? out->size : sizeof status);
    return SKN_OK;
}

/* ---- exec, exists ---- */

/* Reports a step that nobody asked for, and none of those that somebody did. */
static int steps_garble(const struct skn_events *events)
{
    if (events && events->done)
        events->done(events->ctx, UINT32_MAX, -7);
    return SKN_OK;
}

static int null_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                     const struct skn_events *events, struct skn_error *err)
{
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_EXEC, err);
    if (rc != SKN_OK) {
        err->step = 0;
        return rc;
    }
    if (conn->garbled)
        return steps_garble(events);
    return skn_null_exec(conn, steps, count, events, err);
}

static int table_there(const struct skn_conn *conn, struct skn_str schema, struct skn_str name,
                       int *there)
{
    struct skn_null_text full = {0};
    if (schema.len) {
        skn_null_text_add(&full, schema.ptr, schema.len);
        skn_null_text_adds(&full, ".");
    }
    skn_null_text_add(&full, name.ptr, name.len);
    int rc = full.failed ? SKN_E_NOMEM : SKN_OK;
    *there =
        rc == SKN_OK && skn_null_store_find(&conn->store, skn_str_len(full.ptr, full.len)) != NULL;
    skn_null_text_finish(&full);
    return rc;
}

static int null_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                       uint32_t count, uint64_t *found, struct skn_error *err)
{
    *found = 0;
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_EXISTS, err);
    if (rc == SKN_OK && count > 64)
        rc = skn_fail(err, SKN_E_USAGE, NULL, 0, "more than 64 names");
    if (rc == SKN_OK && !conn->in_tx && conn->folder >= 0)
        rc = skn_null_state_load(conn, err);
    for (uint32_t i = 0; rc == SKN_OK && i < count; i++) {
        int there;
        if (table_there(conn, schema, names[i], &there) != SKN_OK)
            rc = skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a name");
        *found |= (uint64_t)there << i;
    }
    if (rc == SKN_OK && conn->garbled)
        *found = UINT64_MAX;
    return rc;
}

/* ---- quote, scan ---- */

static int null_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                      struct skn_error *err)
{
    struct skn_null_text quoted = {0};
    const char *mark = kind == SKN_QUOTE_IDENT ? "\"" : "'";
    int rc = armed ? skn_null_strike(armed, SKN_NULL_CALL_QUOTE, err) : SKN_OK;
    if (rc != SKN_OK)
        return rc;
    if (text.len && memchr(text.ptr, '\0', text.len))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name or text cannot hold a zero byte");
    if (kind == SKN_QUOTE_IDENT && (text.len == 0 || text.len > NAME_LIMIT))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name must be 1 to %d bytes", NAME_LIMIT);
    skn_null_text_adds(&quoted, mark);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == mark[0])
            skn_null_text_adds(&quoted, mark);
        skn_null_text_add(&quoted, text.ptr + i, 1);
    }
    skn_null_text_adds(&quoted, mark);
    if (quoted.failed)
        rc = skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a quoted text");
    else
        out(ctx, skn_str_len(quoted.ptr, quoted.len));
    skn_null_text_finish(&quoted);
    return rc;
}

static int null_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                     struct skn_error *err)
{
    int rc = armed ? skn_null_strike(armed, SKN_NULL_CALL_SCAN, err) : SKN_OK;
    return rc == SKN_OK ? host->scan(host->ctx, &dialect, text, cursor, err) : rc;
}

/* ---- lock, unlock ---- */

static int null_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_LOCK, err);
    return rc == SKN_OK ? skn_null_lock(conn, name, err) : rc;
}

static int null_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_UNLOCK, err);
    return rc == SKN_OK ? skn_null_unlock(conn, name, err) : rc;
}

/* ---- token, settle ---- */

static uint32_t null_token(struct skn_conn *conn, char *buffer, uint32_t size)
{
    struct skn_error ignored = {.size = sizeof ignored};
    size_t len = strlen(conn->token);
    if (skn_null_strike(conn, SKN_NULL_CALL_TOKEN, &ignored) != SKN_OK || len == 0 || len >= size ||
        conn->folder < 0)
        return 0;
    memcpy(buffer, conn->token, len + 1);
    return conn->garbled ? UINT32_MAX : (uint32_t)len;
}

static int null_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                       struct skn_error *err)
{
    *outcome = SKN_OUTCOME_UNKNOWN;
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_SETTLE, err);
    if (rc != SKN_OK || !conn->config.settle || conn->folder < 0)
        return rc;
    /* Whoever holds the writer's lock may be the one asked about. */
    int busy = skn_null_state_busy(conn);
    rc = skn_null_state_load(conn, err);
    if (rc != SKN_OK)
        return rc;
    *outcome = busy ? SKN_OUTCOME_RUNNING : SKN_OUTCOME_ABORTED;
    for (size_t i = 0; i < conn->store.tokens.count; i++)
        if (skn_str_is(token, conn->store.tokens.items[i]))
            *outcome = SKN_OUTCOME_COMMITTED;
    if (conn->garbled)
        *outcome = UINT32_MAX;
    return SKN_OK;
}

/* ---- the table ---- */

static const struct skn_driver driver = {
    .size = sizeof driver,
    .abi_minor = SKN_ABI_MINOR,
    .name = "null",
    .version = "1.0",
    .summary = "no database at all: small tables in memory or files, and faults on command",
    .options = skn_null_options,
    .option_count = SKN_NULL_OPTIONS,
    .option_size = sizeof(struct skn_option),
    .dialect = &dialect,
    .caps = SKN_CAP_DDL_TX | SKN_CAP_LOCK | SKN_CAP_PIPELINE | SKN_CAP_RETARGET | SKN_CAP_SETTLE,
    .open = null_open,
    .close = null_close,
    .describe = null_describe,
    .exec = null_exec,
    .status = null_status,
    .exists = null_exists,
    .quote = null_quote,
    .scan = null_scan,
    .lock = null_lock,
    .unlock = null_unlock,
    .retarget = null_retarget,
    .token = null_token,
    .settle = null_settle,
    .fingerprint = skn_null_fingerprint,
    .holder = skn_null_holder,
};

const struct skn_driver *SKN_DRIVER_ENTRY(const struct skn_host *host, struct skn_error *err)
{
    if (SKN_HAS(host, skn_host, scan))
        return &driver;
    skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "it does not lend its scanner");
    return NULL;
}
