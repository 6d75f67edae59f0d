/*
 * A driver as somebody else would have written it against version 1.0, with every call that there
 * was. Like the header beside it, it never changes: it must compile, load and work for as long as
 * skein_driver_1 is spoken. It includes nothing but that header and the C library.
 */
#include <stdlib.h>
#include <string.h>

#include <skein/driver.h>

struct skn_conn {
    const struct skn_host *host;
    uint32_t flags;
    uint64_t lock;
};

static struct skn_str str(const char *text)
{
    struct skn_str s = {text, strlen(text)};
    return s;
}

static int fail(struct skn_error *err, uint32_t code, const char *message)
{
    size_t len = strlen(message);
    err->code = code;
    err->native = 0;
    err->position = 0;
    err->step = 0;
    err->reserved = 0;
    memset(err->sqlstate, 0, sizeof err->sqlstate);
    memcpy(err->message, message, len + 1);
    return (int)code;
}

static int sample_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                       struct skn_conn **conn, struct skn_error *err)
{
    uint32_t i;
    *conn = NULL;
    for (i = 0; i < count; i++)
        if (options[i].key.len == 6 && memcmp(options[i].key.ptr, "refuse", 6) == 0)
            return fail(err, SKN_E_AUTH, "refused, as option refuse says");
    *conn = host->alloc(host->ctx, NULL, sizeof **conn);
    if (!*conn)
        return fail(err, SKN_E_NOMEM, "no memory for a connection");
    (*conn)->host = host;
    (*conn)->flags = SKN_STATUS_OPEN;
    (*conn)->lock = 0;
    host->log(host->ctx, 3, str("sample connection opened"));
    return SKN_OK;
}

static void sample_close(struct skn_conn *conn)
{
    if (conn)
        conn->host->alloc(conn->host->ctx, conn, 0);
}

static int sample_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    (void)conn;
    (void)err;
    out->flags = SKN_SERVER_LOCAL;
    out->caps = SKN_CAP_LOCK | SKN_CAP_RETARGET | SKN_CAP_SETTLE;
    out->version = 10000;
    memcpy(out->product, "sample 1.0", sizeof "sample 1.0");
    memcpy(out->server_id, "sample", sizeof "sample");
    memcpy(out->identity, "sample/only", sizeof "sample/only");
    memcpy(out->user, "nobody", sizeof "nobody");
    return SKN_OK;
}

static int step_run(struct skn_conn *conn, const struct skn_step *step, struct skn_error *err)
{
    switch (step->op) {
    case SKN_STEP_SQL:
    case SKN_STEP_FENCE:
    case SKN_STEP_RESET:
        return SKN_OK;
    case SKN_STEP_BEGIN:
        conn->flags |= SKN_STATUS_IN_TX;
        return SKN_OK;
    case SKN_STEP_COMMIT:
    case SKN_STEP_ROLLBACK:
        conn->flags &= ~(uint32_t)(SKN_STATUS_IN_TX | SKN_STATUS_FAILED_TX);
        return SKN_OK;
    default:
        return fail(err, SKN_E_UNSUPPORTED, "two-phase commit is not supported");
    }
}

static int sample_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                       const struct skn_events *events, struct skn_error *err)
{
    uint32_t i;
    struct skn_str cell;
    for (i = 0; i < count; i++) {
        int rc = step_run(conn, &steps[i], err);
        if (rc == SKN_OK && conn->host->cancelled(conn->host->ctx))
            rc = fail(err, SKN_E_CANCELLED, "cancelled");
        if (rc == SKN_OK && conn->host->time_left(conn->host->ctx) == 0)
            rc = fail(err, SKN_E_TIMEOUT, "out of time");
        cell = steps[i].sql;
        if (rc == SKN_OK && events && events->row && steps[i].op == SKN_STEP_SQL &&
            events->row(events->ctx, i, &cell, 1))
            rc = fail(err, SKN_E_CANCELLED, "stopped");
        if (rc == SKN_OK && events && events->done && events->done(events->ctx, i, -1))
            rc = fail(err, SKN_E_CANCELLED, "stopped");
        if (rc != SKN_OK) {
            err->step = i;
            return rc;
        }
    }
    return SKN_OK;
}

static int sample_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    (void)err;
    out->flags = conn->flags;
    out->session = 1;
    return SKN_OK;
}

static int sample_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                         uint32_t count, uint64_t *found, struct skn_error *err)
{
    (void)conn;
    (void)schema;
    (void)names;
    *found = 0;
    return count <= 64 ? SKN_OK : fail(err, SKN_E_USAGE, "more than 64 names");
}

static int sample_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                        struct skn_error *err)
{
    struct skn_str mark = str(kind == SKN_QUOTE_IDENT ? "\"" : "'");
    if (text.len && (memchr(text.ptr, mark.ptr[0], text.len) || memchr(text.ptr, 0, text.len)))
        return fail(err, SKN_E_USAGE, "the sample quotes no quotes");
    out(ctx, mark);
    out(ctx, text);
    out(ctx, mark);
    return SKN_OK;
}

static const struct skn_dialect dialect = {
    .size = sizeof dialect,
    .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_HASH_COMMENTS,
    .id_type = "CHAR(32)",
    .text_type = "VARCHAR(1024)",
    .long_type = "TEXT",
    .integer_type = "BIGINT",
    .time_type = "TIMESTAMP",
    .table_options = "",
};

static int sample_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                       struct skn_error *err)
{
    return host->scan(host->ctx, &dialect, text, cursor, err);
}

static int sample_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    if (conn->lock)
        return fail(err, SKN_E_BUSY, "held by this session");
    conn->lock = name.len + 1;
    return SKN_OK;
}

static int sample_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    if (conn->lock != name.len + 1)
        return fail(err, SKN_E_DRIVER, "not held");
    conn->lock = 0;
    return SKN_OK;
}

static int sample_retarget(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                           struct skn_error *err)
{
    (void)conn;
    (void)options;
    return count ? fail(err, SKN_E_UNSUPPORTED, "there is only one database") : SKN_OK;
}

static uint32_t sample_token(struct skn_conn *conn, char *buffer, uint32_t size)
{
    (void)conn;
    if (size < sizeof "sample")
        return 0;
    memcpy(buffer, "sample", sizeof "sample");
    return sizeof "sample" - 1;
}

static int sample_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                         struct skn_error *err)
{
    (void)conn;
    (void)err;
    *outcome = token.len == 6 ? SKN_OUTCOME_COMMITTED : SKN_OUTCOME_UNKNOWN;
    return SKN_OK;
}

static int sample_fingerprint(struct skn_conn *conn, struct skn_str object, skn_text_fn *out,
                              void *ctx, struct skn_error *err)
{
    (void)conn;
    (void)err;
    out(ctx, object.ptr ? object : str("whole"));
    return SKN_OK;
}

static const struct skn_option options[] = {
    {"database", NULL, "name of the database, of which there is one", SKN_OPT_STRING, 0},
    {"refuse", "false", "refuse to connect", SKN_OPT_BOOL, 0},
    {"password", NULL, "looked at by nobody", SKN_OPT_STRING, SKN_OPT_SECRET},
};

static const struct skn_driver driver = {
    .size = sizeof driver,
    .abi_minor = SKN_ABI_MINOR,
    .name = "sample",
    .version = "1.0",
    .summary = "a driver that says yes",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .dialect = &dialect,
    .caps = SKN_CAP_LOCK | SKN_CAP_RETARGET | SKN_CAP_SETTLE,
    .open = sample_open,
    .close = sample_close,
    .describe = sample_describe,
    .exec = sample_exec,
    .status = sample_status,
    .exists = sample_exists,
    .quote = sample_quote,
    .scan = sample_scan,
    .lock = sample_lock,
    .unlock = sample_unlock,
    .retarget = sample_retarget,
    .token = sample_token,
    .settle = sample_settle,
    .fingerprint = sample_fingerprint,
};

const struct skn_driver *SKN_DRIVER_ENTRY(const struct skn_host *host, struct skn_error *err)
{
    if (SKN_HAS(host, skn_host, scan))
        return &driver;
    fail(err, SKN_E_UNSUPPORTED, "the host lends no scanner");
    return NULL;
}
