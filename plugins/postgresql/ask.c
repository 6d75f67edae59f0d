/*
 * The driver's own questions to the server: some statements, one round trip. Knows none of them.
 */
#include "pg.h"

struct asking {
    struct skn_conn *conn;
    const struct skn_pg_question *questions;
    size_t at; /* the question being answered */
    skn_pg_row_fn *row;
    void *ctx;
    int code;
    struct skn_error *err;
};

static int fail(struct asking *asking, const PGresult *result)
{
    struct skn_error ignored = {.size = sizeof ignored};
    if (asking->questions[asking->at].optional && PQresultErrorField(result, PG_DIAG_SQLSTATE))
        return SKN_OK;
    int first = asking->code == SKN_OK;
    int code =
        skn_pg_fail_result(asking->conn, result, skn_str(NULL), first ? asking->err : &ignored);
    if (first)
        asking->code = code;
    return SKN_OK;
}

static int ask_take(void *ctx, const PGresult *result)
{
    struct asking *asking = ctx;
    if (!result) {
        asking->at++;
        return SKN_OK;
    }
    switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        for (int i = 0; i < PQntuples(result); i++)
            asking->row(asking->ctx, asking->at, result, i);
        return SKN_OK;
    case PGRES_FATAL_ERROR:
        return fail(asking, result);
    default:
        return SKN_OK;
    }
}

int skn_pg_ask(struct skn_conn *conn, const struct skn_pg_question *questions, size_t count,
               const struct skn_pg_limit *limit, skn_pg_row_fn *row, void *ctx,
               struct skn_error *err)
{
    struct asking asking = {conn, questions, 0, row, ctx, SKN_OK, err};
    const struct skn_pg_limit usual = {conn->host, -1};
    int rc = conn->pg ? SKN_OK : SKN_E_CONNECT;
    for (size_t i = 0; i < count && rc == SKN_OK; i++) {
        int alone = questions[i].optional || i + 1 == count || questions[i + 1].optional;
        rc = skn_pg_pipe_send(conn, questions[i].sql);
        /* The failure of an optional one must not keep the others from being answered. */
        if (rc == SKN_OK && alone)
            rc = skn_pg_pipe_sync(conn);
    }
    if (rc == SKN_E_NOMEM) {
        skn_pg_disconnect(conn);
        return skn_pg_no_memory(err);
    }
    int sent = rc;
    rc = skn_pg_pipe_finish(conn, limit ? limit : &usual, ask_take, &asking);
    if (rc == SKN_OK && sent != SKN_OK)
        rc = sent;
    if (asking.code != SKN_OK)
        return asking.code;
    if (rc == SKN_E_CONNECT)
        return skn_fail(err, rc, NULL, 0, "the server closed the connection");
    return rc == SKN_OK ? rc : skn_pg_fail_wait(rc, NULL, "the question to the server", err);
}

void skn_pg_keep(char *out, size_t size, const PGresult *result, int row, int column)
{
    const char *text = column < PQnfields(result) ? PQgetvalue(result, row, column) : "";
    int len = snprintf(out, size, "%s", text);
    if (len < 0 || (size_t)len >= size)
        skn_utf8_trim(out, size - 1);
}
