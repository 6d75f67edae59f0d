/*
 * Steps, one after another: what each sends, what it means when the link breaks in it, and what is
 * then true of the transaction. It knows nothing of revisions.
 */
#include "conn.h"

struct run {
    struct skn_conn *conn;
    const struct skn_events *events;
    uint32_t step;
    int stopped; /* whoever listens wanted no more */
};

int skn_mysql_in_tx(const struct skn_conn *conn)
{
    return (conn->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

static int row_pass(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct run *run = ctx;
    if (!run->events || !run->events->row)
        return 0;
    run->stopped = run->events->row(run->events->ctx, run->step, columns, count) != 0;
    return run->stopped;
}

static void done_pass(struct run *run, int64_t rows)
{
    if (run->events && run->events->done &&
        run->events->done(run->events->ctx, run->step, rows) != 0)
        run->stopped = 1;
}

/* An error comes without the status flags, and may have ended the transaction (a deadlock did, and
 * so did the DDL that then failed): asking is the only way to know. */
static void status_refresh(struct skn_conn *conn)
{
    struct skn_mysql_answer answer;
    struct skn_error ignored = {.size = sizeof ignored};
    skn_mysql_query(conn, skn_str("DO 0"), NULL, &answer, &ignored);
}

/* The link broke in it, and nobody can say what became of it. */
static int uncertain(struct skn_error *err)
{
    struct skn_error why = *err;
    return skn_fail(err, SKN_E_UNCERTAIN, "08007", why.native,
                    "the outcome of the statement is unknown: %s", why.message);
}

/* lasts: it may have happened although the session is gone. */
static int text_run(struct run *run, struct skn_str sql, int lasts,
                    const struct skn_mysql_sink *sink, struct skn_mysql_answer *answer,
                    struct skn_error *err)
{
    struct skn_conn *conn = run->conn;
    int rc = skn_mysql_query(conn, sql, sink, answer, err);
    if (rc == SKN_OK)
        return rc;
    if (conn->broken)
        return answer->sent && lasts ? uncertain(err) : rc;
    if (answer->sent)
        status_refresh(conn);
    return rc;
}

/* A procedure may leave a transaction open, or autocommit off; what follows would be kept only by
 * chance. That one was ended, by DDL, status() says. */
static int state_check(struct run *run, struct skn_error *err)
{
    int before = run->conn->in_tx;
    run->conn->in_tx = skn_mysql_in_tx(run->conn);
    if (before || !run->conn->in_tx)
        return SKN_OK;
    return skn_fail(
        err, SKN_E_USAGE, "25001", 0,
        "the statement left a transaction open that it opened itself, or autocommit off");
}

static int sql_run(struct run *run, struct skn_str sql, struct skn_error *err)
{
    enum skn_mysql_effect effect = skn_mysql_effect(sql);
    int lasts = !skn_mysql_in_tx(run->conn) || effect == SKN_MYSQL_LASTS;
    struct skn_mysql_sink sink = {row_pass, run};
    struct skn_mysql_answer answer;
    int rc = text_run(run, sql, lasts, &sink, &answer, err);
    if (rc == SKN_OK)
        rc = state_check(run, err);
    if (rc == SKN_OK)
        done_pass(run, effect == SKN_MYSQL_ROWS ? answer.affected : -1);
    return rc;
}

/* A statement of the driver's own, whose rows nobody wants. */
static int own_run(struct run *run, const char *sql, int lasts, struct skn_error *err)
{
    struct skn_mysql_answer answer;
    int rc = text_run(run, skn_str(sql), lasts, NULL, &answer, err);
    run->conn->in_tx = skn_mysql_in_tx(run->conn);
    if (rc == SKN_OK)
        done_pass(run, -1);
    return rc;
}

static int begin_run(struct run *run, struct skn_error *err)
{
    /* The server would commit the open one without a word. */
    if (skn_mysql_in_tx(run->conn))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a transaction is already open");
    return own_run(run, "START TRANSACTION", 0, err);
}

/* LOCK TABLES would end the transaction, so the rows are locked, and the gaps between them: other
 * runners read them first of all. */
static int fence_run(struct run *run, struct skn_str table, struct skn_error *err)
{
    if (!skn_mysql_in_tx(run->conn)) {
        done_pass(run, -1);
        return SKN_OK;
    }
    struct skn_mysql_text text;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fprintf(text.stream, "SELECT 1 FROM %.*s FOR UPDATE", SKN_FMT(table));
    rc = skn_mysql_text_end(&text, err);
    if (rc == SKN_OK)
        rc = own_run(run, text.ptr, 0, err);
    skn_mysql_text_finish(&text);
    return rc;
}

static int reset_run(struct run *run, struct skn_error *err)
{
    int rc = skn_mysql_session_reset(run->conn, err);
    if (rc == SKN_OK)
        done_pass(run, -1);
    return rc;
}

static int check_run(struct run *run, struct skn_error *err)
{
    int rc = skn_mysql_lock_check(run->conn, err);
    if (rc == SKN_OK)
        done_pass(run, -1);
    return rc;
}

static int rights_run(struct run *run, struct skn_str table, struct skn_error *err)
{
    int rc = skn_mysql_rights_check(run->conn, table, err);
    if (rc == SKN_OK)
        done_pass(run, -1);
    return rc;
}

static int step_run(struct run *run, const struct skn_step *step, struct skn_error *err)
{
    switch (step->op) {
    case SKN_STEP_SQL:
        return sql_run(run, step->sql, err);
    case SKN_STEP_BEGIN:
        return begin_run(run, err);
    case SKN_STEP_FENCE:
        return fence_run(run, step->sql, err);
    case SKN_STEP_COMMIT:
        return own_run(run, "COMMIT", 1, err);
    case SKN_STEP_ROLLBACK:
        return own_run(run, "ROLLBACK", 0, err);
    case SKN_STEP_RESET:
        return reset_run(run, err);
    case SKN_STEP_CHECK:
        return check_run(run, err);
    case SKN_STEP_RIGHTS:
        return rights_run(run, step->sql, err);
    default:
        /* XA takes no DDL, so there is nothing to prepare in a migration. */
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                        "two-phase commit does not exist for DDL on this server");
    }
}

/* A rollback is what an interrupted caller does next, so it is not refused. */
static int step_check(const struct run *run, const struct skn_step *step, struct skn_error *err)
{
    if (step->op == SKN_STEP_ROLLBACK)
        return SKN_OK;
    if (run->stopped)
        return skn_fail(err, SKN_E_CANCELLED, NULL, 0, "no further step was wanted");
    return skn_mysql_interrupted(run->conn->host, err);
}

int skn_mysql_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                   const struct skn_events *events, struct skn_error *err)
{
    struct run run = {.conn = conn, .events = events};
    struct skn_error own = {.size = sizeof own};
    if (!err)
        err = &own;
    for (run.step = 0; run.step < count; run.step++) {
        int rc = step_check(&run, &steps[run.step], err);
        if (rc == SKN_OK)
            rc = step_run(&run, &steps[run.step], err);
        if (rc != SKN_OK) {
            err->step = run.step;
            return rc;
        }
    }
    return SKN_OK;
}

int skn_mysql_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    (void)err;
    out->flags = 0;
    out->session = mysql_thread_id(conn->mysql);
    if (conn->broken)
        return SKN_OK;
    out->flags = SKN_STATUS_OPEN;
    if (skn_mysql_in_tx(conn))
        out->flags |= SKN_STATUS_IN_TX;
    if (conn->changed_count > 0 || conn->moved)
        out->flags |= SKN_STATUS_CHANGED;
    return SKN_OK;
}
