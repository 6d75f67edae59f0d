/*
 * The pipeline: messages out, results in, never more than a bounded part of either in memory. Knows
 * nothing of what the messages are for.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pg.h"

/* Queued bytes beyond which they are written before more is queued. */
#define FLUSH_BYTES 65536
/* What a server may take to stop after it was told to, before the link is given up. */
#define GRACE_MS 1000
/* How long a server may be silent before it is asked whether it is there: so many times what it may
 * take to connect, or this where that has no limit. */
#define SILENCES 3
#define SILENCE_MS 30000

/* ---- out ---- */

static int send_failed(struct skn_conn *conn)
{
    return conn->pg && PQstatus(conn->pg) == CONNECTION_OK ? SKN_E_NOMEM : SKN_E_CONNECT;
}

int skn_pg_pipe_send(struct skn_conn *conn, const char *sql)
{
    if (!PQsendQueryParams(conn->pg, sql, 0, NULL, NULL, NULL, NULL, 0))
        return send_failed(conn);
    conn->outstanding++;
    conn->unflushed += strlen(sql);
    return SKN_OK;
}

int skn_pg_pipe_sync(struct skn_conn *conn)
{
    if (!PQpipelineSync(conn->pg))
        return send_failed(conn);
    conn->outstanding++;
    return SKN_OK;
}

/* ---- in ---- */

/* Whether there is a result that can be had without waiting. */
static int has_arrived(struct skn_conn *conn)
{
    if (conn->outstanding == 0)
        return 0;
    /* So that a revision that selects a whole table does not need memory for all of it. Asking
     * whether libpq is busy makes it read rows, so it has to know before. */
    if (conn->fresh)
        PQsetSingleRowMode(conn->pg);
    conn->fresh = 0;
    return !PQisBusy(conn->pg);
}

static int take_one(struct skn_conn *conn, skn_pg_result_fn *each, void *ctx)
{
    PGresult *result = PQgetResult(conn->pg);
    int ends = !result || PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    conn->fresh = ends;
    conn->outstanding -= (size_t)ends;
    int rc = each(ctx, result);
    PQclear(result);
    return rc;
}

/* Hands on what has arrived. */
static int take_arrived(struct skn_conn *conn, skn_pg_result_fn *each, void *ctx)
{
    while (has_arrived(conn)) {
        int rc = take_one(conn, each, ctx);
        if (rc != SKN_OK)
            return rc;
        /* A broken link answers everything at once, and wrongly. */
        if (PQstatus(conn->pg) == CONNECTION_BAD)
            return SKN_E_CONNECT;
    }
    return SKN_OK;
}

/* A server that was stopped keeps its sockets, and the kernel behind them goes on acknowledging:
 * after some silence the only way to tell it from one that works is to ask for another connection.
 */
static int wait_alive(struct skn_conn *conn, int fd, short events, const struct skn_pg_limit *limit)
{
    int64_t silence = SILENCES * strtol(conn->config.values[SKN_PG_CONNECT_TIMEOUT], NULL, 10);
    for (;;) {
        int ready;
        int rc =
            skn_pg_wait_slice(fd, events, limit, silence > 0 ? silence * 1000 : SILENCE_MS, &ready);
        if (rc != SKN_OK || ready)
            return rc;
        if (limit->host && !skn_pg_is_alive(conn))
            return SKN_E_CONNECT;
    }
}

/* One turn of the loop: writes and reads what the socket takes and gives. */
static int turn(struct skn_conn *conn, int unsent, const struct skn_pg_limit *limit,
                skn_pg_result_fn *each, void *ctx)
{
    int fd = PQsocket(conn->pg);
    int rc = fd < 0 ? SKN_OK : wait_alive(conn, fd, unsent ? POLLIN | POLLOUT : POLLIN, limit);
    if (rc != SKN_OK)
        return rc;
    /* Even from a broken link there may be last words to take. */
    int broken = fd < 0 || !PQconsumeInput(conn->pg);
    rc = take_arrived(conn, each, ctx);
    return rc == SKN_OK && broken ? SKN_E_CONNECT : rc;
}

int skn_pg_pipe_flush(struct skn_conn *conn, const struct skn_pg_limit *limit,
                      skn_pg_result_fn *each, void *ctx)
{
    if (conn->unflushed < FLUSH_BYTES)
        return SKN_OK;
    for (;;) {
        int unsent = PQflush(conn->pg);
        if (unsent == 0)
            break;
        int rc = unsent < 0 ? SKN_E_CONNECT : turn(conn, unsent, limit, each, ctx);
        if (rc != SKN_OK)
            return rc;
    }
    conn->unflushed = 0;
    return take_arrived(conn, each, ctx);
}

static int drain(struct skn_conn *conn, const struct skn_pg_limit *limit, skn_pg_result_fn *each,
                 void *ctx)
{
    /* libpq may hold answers from the last time round, which no socket announces. */
    int rc = take_arrived(conn, each, ctx);
    while (rc == SKN_OK && conn->outstanding > 0) {
        int unsent = PQflush(conn->pg);
        /* What cannot be sent may still have been answered: the server says why it hangs up. */
        rc = turn(conn, unsent > 0, limit, each, ctx);
    }
    if (rc == SKN_OK)
        conn->unflushed = 0;
    return rc;
}

int skn_pg_pipe_finish(struct skn_conn *conn, const struct skn_pg_limit *limit,
                       skn_pg_result_fn *each, void *ctx)
{
    int rc = conn->pg ? drain(conn, limit, each, ctx) : SKN_E_CONNECT;
    if (rc == SKN_E_TIMEOUT || rc == SKN_E_CANCELLED) {
        struct skn_pg_limit grace = {NULL, 0};
        int stopped = rc;
        skn_pg_cancel(conn);
        grace.until = skn_pg_now() + GRACE_MS;
        /* A second wish to stop changes nothing. */
        do
            rc = drain(conn, &grace, each, ctx);
        while (rc == SKN_E_CANCELLED);
        if (rc == SKN_OK)
            return stopped;
        skn_pg_disconnect(conn);
        return stopped;
    }
    if (rc != SKN_OK && conn->pg)
        skn_pg_disconnect(conn);
    return rc;
}
