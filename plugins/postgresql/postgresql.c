/*
 * The PostgreSQL driver: opening, closing, and the table through which skein sees the rest. It
 * speaks to the server through libpq and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "facet.h"
#include "pg.h"

static int ignore_result(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
    return SKN_OK;
}

/* Closing the link rolls back too, but only some time later: the next session would meet our locks.
 */
static void roll_back(struct skn_conn *conn)
{
    struct skn_pg_limit limit = skn_pg_limit_tidy(conn->host);
    if (skn_pg_pipe_send(conn, "ROLLBACK") == SKN_OK && skn_pg_pipe_sync(conn) == SKN_OK)
        skn_pg_pipe_finish(conn, &limit, ignore_result, NULL);
}

void skn_pg_close(struct skn_conn *conn)
{
    if (!conn)
        return;
    if (conn->pg && PQstatus(conn->pg) == CONNECTION_OK &&
        PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
        roll_back(conn);
    skn_pg_disconnect(conn);
    skn_pg_params_finish(conn);
    skn_pg_config_finish(&conn->config);
    skn_pg_text_finish(&conn->session);
    skn_pg_text_finish(&conn->path);
    skn_pg_text_finish(&conn->state);
    skn_pg_text_finish(&conn->scratch);
    free(conn->home);
    free(conn);
}

int skn_pg_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                struct skn_conn **out, struct skn_error *err)
{
    *out = NULL;
    struct skn_conn *conn = calloc(1, sizeof *conn);
    if (!conn)
        return skn_pg_no_memory(err);
    conn->host = host;
    int rc = skn_pg_config_init(&conn->config, options, count, err);
    if (rc == SKN_OK)
        rc = skn_pg_connect(conn, err);
    if (rc == SKN_OK)
        rc = skn_pg_session_init(conn, err);
    if (rc == SKN_OK)
        *out = conn;
    else
        skn_pg_close(conn);
    return rc;
}

static int conn_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    struct skn_status status = {.size = out->size};
    (void)err;
    status.session = (uint64_t)conn->facts.pid;
    if (conn->pg && PQstatus(conn->pg) == CONNECTION_OK) {
        PGTransactionStatusType state = PQtransactionStatus(conn->pg);
        status.flags = SKN_STATUS_OPEN;
        if (state != PQTRANS_IDLE)
            status.flags |= SKN_STATUS_IN_TX;
        if (conn->changed)
            status.flags |= SKN_STATUS_CHANGED;
        if (state == PQTRANS_INERROR)
            status.flags |= SKN_STATUS_FAILED_TX;
    }
    memcpy(out, &status, out->size < sizeof status ? out->size : sizeof status);
    return SKN_OK;
}

static const struct skn_driver driver = {
    .size = sizeof(struct skn_driver),
    .abi_minor = SKN_ABI_MINOR,
    .name = "postgresql",
    .version = "1.0",
    .summary = "PostgreSQL 12 and later, on libpq",
    .options = skn_pg_options,
    .option_count = SKN_PG_OPTION_COUNT,
    .option_size = sizeof(struct skn_option),
    .dialect = &skn_pg_dialect,
    .caps = SKN_CAP_DDL_TX | SKN_CAP_LOCK | SKN_CAP_PIPELINE | SKN_CAP_SAVEPOINT | SKN_CAP_PREPARE |
            SKN_CAP_RETARGET | SKN_CAP_SETTLE,
    .open = skn_pg_open,
    .close = skn_pg_close,
    .describe = skn_pg_describe,
    .exec = skn_pg_exec,
    .status = conn_status,
    .exists = skn_pg_exists,
    .quote = skn_pg_quote,
    .scan = skn_pg_scan,
    .lock = skn_pg_lock,
    .unlock = skn_pg_unlock,
    .retarget = skn_pg_retarget,
    .token = skn_pg_token,
    .settle = skn_pg_settle,
    .fingerprint = skn_pg_fingerprint,
    .script = skn_pg_script,
    .prove = skn_pg_prove,
    .holder = skn_pg_holder,
    .schema = &skn_pg_facet,
};

const struct skn_driver *SKN_DRIVER_ENTRY(const struct skn_host *host, struct skn_error *err)
{
    if (!host || !SKN_HAS(host, skn_host, scan)) {
        skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "this skein is older than the driver");
        return NULL;
    }
    return &driver;
}
