/*
 * Running a batch: segments of steps go out in one write each, answers are matched with steps in
 * order, and what a broken link leaves unknown is told apart from what it does not. Knows nothing
 * of what the messages of a step say.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

/* PostgreSQL has no wider rows. */
#define COLUMNS_MAX 1664

struct run {
    struct skn_conn *conn;
    const struct skn_step *steps;
    uint32_t count;
    const struct skn_events *events;
    struct skn_error *err;
    struct skn_pg_limit limit;
    struct skn_pg_sent *sent;
    uint32_t queued;   /* steps sent */
    uint32_t answered; /* steps reported done */
    unsigned replies;  /* answered messages of the step after them */
    int in_tx;         /* behind the last step sent */
    uint32_t held;     /* this step is done only once the transaction's state was looked at */
    int code;          /* of the first failure */
    int fatal;         /* the server said it hangs up */
    int torn;          /* nothing sensible can be read any more */
    int stopped;       /* a listener has heard enough */
    int64_t rows;      /* of the message being answered, -1: none */
};

/* ---- listeners ---- */

static int tell_row(struct run *run, const PGresult *result, int row)
{
    struct skn_str columns[COLUMNS_MAX];
    int count = PQnfields(result);
    const struct skn_events *events = run->events;
    if (run->stopped || !events || !SKN_HAS(events, skn_events, row) || !events->row)
        return SKN_OK;
    for (int i = 0; i < count && i < COLUMNS_MAX; i++) {
        columns[i].ptr = PQgetisnull(result, row, i) ? NULL : PQgetvalue(result, row, i);
        columns[i].len = columns[i].ptr ? (size_t)PQgetlength(result, row, i) : 0;
    }
    return events->row(events->ctx, run->answered, columns, (uint32_t)count);
}

static int tell_done(struct run *run, int64_t rows)
{
    const struct skn_events *events = run->events;
    if (run->stopped || !events || !SKN_HAS(events, skn_events, done) || !events->done)
        return SKN_OK;
    return events->done(events->ctx, run->answered, rows);
}

static int stop(struct run *run)
{
    run->stopped = 1;
    return SKN_E_CANCELLED;
}

/* ---- answers ---- */

static void fail_as(struct run *run, int code)
{
    run->code = code;
    if (run->err)
        run->err->code = (uint32_t)code;
}

/* Whether the message being answered holds the step's own words. */
static int is_own(const struct run *run)
{
    return run->steps[run->answered].op == SKN_STEP_SQL &&
           run->replies == run->sent[run->answered].own;
}

static void fail_result(struct run *run, const PGresult *result)
{
    const struct skn_step *step = &run->steps[run->answered];
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    int code =
        skn_pg_fail_result(run->conn, result, is_own(run) ? step->sql : skn_str(NULL), run->err);
    run->fatal = severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
    if (code == SKN_E_DRIVER && run->fatal)
        code = SKN_E_CONNECT;
    /* Switched off, or this transaction is none that can be prepared. */
    if (code == SKN_E_DRIVER && step->op == SKN_STEP_PREPARE)
        code = SKN_E_UNSUPPORTED;
    fail_as(run, code);
}

/* The tag says what the server did, which for a failed transaction is not what it was asked. */
static void tag_check(struct run *run, const PGresult *result)
{
    uint32_t op = run->steps[run->answered].op;
    const char *tag = PQcmdStatus((PGresult *)(uintptr_t)result);
    int own = run->replies == run->sent[run->answered].own;
    if (!own || ((op != SKN_STEP_COMMIT || strcmp(tag, "COMMIT") == 0) &&
                 (op != SKN_STEP_PREPARE || strcmp(tag, "PREPARE TRANSACTION") == 0)))
        return;
    skn_fail(run->err, SKN_E_USAGE, "25P02", 0,
             "the transaction had failed, so the server rolled it back instead");
    fail_as(run, SKN_E_USAGE);
}

static void rows_count(struct run *run, const PGresult *result)
{
    const char *tuples = PQcmdTuples((PGresult *)(uintptr_t)result);
    if (is_own(run))
        run->rows = tuples[0] ? strtoll(tuples, NULL, 10) : -1;
}

static void check_take(struct run *run, const PGresult *result, int row)
{
    int rc = skn_pg_check_judge(run->conn, result, row, run->in_tx, run->err);
    if (rc != SKN_OK)
        fail_as(run, rc);
}

static void rights_take(struct run *run, const PGresult *result, int row)
{
    int rc = skn_pg_rights_judge(run->conn, result, row, run->err);
    if (rc != SKN_OK)
        fail_as(run, rc);
}

static int take_rows(struct run *run, const PGresult *result)
{
    const struct skn_step *step = &run->steps[run->answered];
    for (int i = 0; i < PQntuples(result); i++) {
        if (step->op == SKN_STEP_FENCE && run->replies == 1)
            skn_pg_check_note(run->conn, result, i);
        if (step->op == SKN_STEP_BEGIN && PQnfields(result) == 1 && run->conn->lock[0] &&
            run->replies == 1)
            run->conn->denied = strcmp(PQgetvalue(result, i, 0), "t") != 0;
        if (step->op == SKN_STEP_CHECK) {
            check_take(run, result, i);
            continue;
        }
        if (step->op == SKN_STEP_RIGHTS) {
            rights_take(run, result, i);
            continue;
        }
        if (is_own(run) && tell_row(run, result, i) != 0)
            return stop(run);
    }
    return SKN_OK;
}

static int step_done(struct run *run)
{
    const struct skn_step *step = &run->steps[run->answered];
    if (step->op == SKN_STEP_BEGIN)
        run->conn->token[0] = run->conn->xid[0] = '\0';
    if (step->op == SKN_STEP_RESET ||
        (step->op == SKN_STEP_COMMIT && run->conn->config.pooler == SKN_PG_POOLER_TRANSACTION))
        run->conn->changed = 0;
    if (step->op == SKN_STEP_COMMIT || run->sent[run->answered].own > 0)
        run->conn->schema_missing = 0;
    int heard = tell_done(run, run->rows);
    run->answered++;
    run->replies = 0;
    run->rows = -1;
    return heard == 0 ? SKN_OK : stop(run);
}

static int message_end(struct run *run)
{
    if (run->code != SKN_OK || run->answered >= run->queued)
        return SKN_OK;
    run->replies++;
    if (run->replies < run->sent[run->answered].messages || run->answered == run->held)
        return SKN_OK;
    return step_done(run);
}

/* An answer for which there is no place here: the server now waits for data, or sends some. */
static int fail_strange(struct run *run, const PGresult *result)
{
    skn_fail(run->err, SKN_E_UNSUPPORTED, NULL, 0, "the statement was answered with %s",
             PQresStatus(PQresultStatus(result)));
    fail_as(run, SKN_E_UNSUPPORTED);
    run->torn = 1;
    return SKN_E_UNSUPPORTED;
}

static int take(void *ctx, const PGresult *result)
{
    struct run *run = ctx;
    if (!result)
        return message_end(run);
    if (run->code != SKN_OK || run->answered >= run->queued)
        return SKN_OK;
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
    case PGRES_EMPTY_QUERY:
        return SKN_OK;
    case PGRES_SINGLE_TUPLE:
        return take_rows(run, result);
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        rows_count(run, result);
        tag_check(run, result);
        return take_rows(run, result);
    case PGRES_FATAL_ERROR:
        fail_result(run, result);
        return SKN_OK;
    default:
        return fail_strange(run, result);
    }
}

/* ---- endings ---- */

/* What was sent and not answered may have happened, where it was made to last. */
static int find_lasting(const struct run *run, uint32_t *step)
{
    /* Having said why it hangs up, the server has not gone on to the next step. */
    uint32_t end = run->fatal && run->answered < run->queued ? run->answered + 1 : run->queued;
    for (*step = run->answered; *step < end; (*step)++)
        if (run->sent[*step].lasting)
            return 1;
    return 0;
}

/* The token must be that of the transaction in doubt, not of the one before it. */
static void token_settle(struct run *run, uint32_t doubtful)
{
    uint32_t op = run->steps[doubtful].op;
    int known = op == SKN_STEP_COMMIT || op == SKN_STEP_PREPARE;
    for (uint32_t i = run->answered; i < doubtful; i++)
        known = known && run->steps[i].op != SKN_STEP_BEGIN;
    if (!known)
        run->conn->token[0] = '\0';
}

static void lost_reason(const struct run *run, int why, struct skn_error *reason)
{
    if (run->code != SKN_OK && run->err)
        *reason = *run->err;
    else if (why == SKN_E_TIMEOUT || why == SKN_E_CANCELLED)
        skn_pg_fail_wait(why, NULL, "the statement", reason);
    else if (why == SKN_E_NOMEM)
        skn_pg_no_memory(reason);
    else
        skn_fail(reason, why, NULL, 0, "the server closed the connection");
}

/* The link is gone. why: SKN_E_CONNECT, or what made us give it up. */
static int lost(struct run *run, int why)
{
    struct skn_error reason = {.size = sizeof reason};
    uint32_t doubtful;
    lost_reason(run, why, &reason);
    /* A failed statement keeps the server from what follows it, unless the break was the failure.
     */
    int certain = run->code != SKN_OK && run->code != SKN_E_CONNECT && !run->fatal && !run->torn;
    int code = run->code != SKN_OK ? run->code : why;
    const char *doubt = "";
    if (!certain && find_lasting(run, &doubtful)) {
        token_settle(run, doubtful);
        code = SKN_E_UNCERTAIN;
        doubt = "; whether it took effect is not known";
    }
    skn_fail(run->err, code, reason.sqlstate, 0, "%s%s", reason.message, doubt);
    if (run->err)
        run->err->position = reason.position;
    fail_as(run, code);
    return code;
}

/* All that was sent is answered, but someone wanted it to stop. */
static int interrupted(struct run *run, int why)
{
    int cancelled = run->code == SKN_E_CANCELLED || run->code == SKN_E_TIMEOUT;
    if (run->code != SKN_OK && !cancelled)
        return run->code;
    /* It was done before the wish to stop arrived, and nothing is left to do. */
    if (run->code == SKN_OK && run->answered == run->count && !run->stopped)
        return SKN_OK;
    const char *sqlstate = run->code != SKN_OK ? "57014" : NULL;
    if (run->stopped)
        skn_fail(run->err, why, sqlstate, 0, "the batch was stopped");
    else
        skn_pg_fail_wait(why, sqlstate, "the statement", run->err);
    fail_as(run, why);
    return why;
}

/* A statement that is not transaction control by its look may be so all the same. */
static int state_check(struct run *run)
{
    int in_tx = PQtransactionStatus(run->conn->pg) != PQTRANS_IDLE;
    if (in_tx == run->in_tx)
        return SKN_OK;
    if (run->answered == run->queued)
        run->answered--;
    skn_fail(run->err, SKN_E_USAGE, in_tx ? "25001" : "25P01", 0,
             in_tx ? "the statement opened a transaction of its own"
                   : "the statement ended the transaction it ran in");
    return SKN_E_USAGE;
}

/* ---- the way out ---- */

static int step_queue(struct run *run, uint32_t i)
{
    const struct skn_step *step = &run->steps[i];
    if (step->op == SKN_STEP_SQL && !run->in_tx)
        run->conn->token[0] = '\0';
    /* Should sending break half-way, the step counts as sent. */
    run->queued = i + 1;
    int rc = skn_pg_step_send(run->conn, step, run->in_tx, &run->sent[i]);
    run->in_tx = skn_pg_step_in_tx(step, run->in_tx);
    return rc == SKN_OK ? skn_pg_pipe_flush(run->conn, &run->limit, take, run) : rc;
}

static int segment_queue(struct run *run, uint32_t end)
{
    int rc = SKN_OK;
    for (uint32_t i = run->queued; i < end && rc == SKN_OK && run->code == SKN_OK; i++)
        rc = step_queue(run, i);
    return rc;
}

/* Steps to end, and the answers to them all. */
static int segment_run(struct run *run, uint32_t end)
{
    int rc = segment_queue(run, end);
    int gave_up = rc == SKN_E_TIMEOUT || rc == SKN_E_CANCELLED ? rc : SKN_OK;
    int broken = gave_up ? SKN_OK : rc;
    /* Nothing but a step that had nothing to undo. */
    if (!broken && run->queued == end && run->sent[end - 1].messages == 0)
        return SKN_OK;
    if (!broken)
        broken = skn_pg_pipe_sync(run->conn);
    /* A link that broke may still hold the server's last words. */
    if (broken && broken != SKN_E_CONNECT)
        skn_pg_disconnect(run->conn);
    rc = skn_pg_pipe_finish(run->conn, &run->limit, take, run);
    if (broken && run->conn->pg)
        skn_pg_disconnect(run->conn);
    if (!run->conn->pg)
        return lost(run, broken ? broken : rc);
    if (rc == SKN_OK)
        rc = gave_up;
    return rc == SKN_OK ? run->code : interrupted(run, rc);
}

/* Another runner holds the lock that BEGIN was to take, so that there is no transaction. */
static int denied(struct run *run)
{
    run->in_tx = 0;
    fail_as(run, skn_pg_lock_denied(run->conn, run->err));
    return run->code;
}

/* A segment, and what can be said of its last step only once the server is at rest. */
static int segment_settle(struct run *run, uint32_t end)
{
    const struct skn_step *last = &run->steps[end - 1];
    int controls = last->op == SKN_STEP_SQL && skn_pg_controls_transaction(last->sql);
    run->conn->denied = 0;
    run->held = controls || last->op == SKN_STEP_BEGIN ? end - 1 : UINT32_MAX;
    int rc = segment_run(run, end);
    if (rc == SKN_OK && run->conn->denied)
        rc = denied(run);
    if (rc == SKN_OK)
        rc = state_check(run);
    /* It was held, or had nothing to send. */
    if (rc == SKN_OK && run->answered < end && step_done(run) != SKN_OK)
        rc = interrupted(run, SKN_E_CANCELLED);
    return rc;
}

/* ---- in ---- */

static int all_run(struct run *run)
{
    uint32_t at = 0;
    while (at < run->count) {
        int in_tx = run->in_tx;
        int rc = skn_pg_limit_check(&run->limit);
        if (rc != SKN_OK)
            return skn_pg_fail_wait(rc, NULL, at ? "the batch" : "waiting to start", run->err);
        uint32_t end = skn_pg_steps_segment(run->conn, run->steps, run->count, at, in_tx);
        rc = segment_settle(run, end);
        if (rc != SKN_OK)
            return rc;
        at = end;
    }
    return SKN_OK;
}

/* Rolling back is what remains to be done when the host has given up. */
static int only_tidies(const struct skn_step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (steps[i].op != SKN_STEP_ROLLBACK)
            return 0;
    return 1;
}

int skn_pg_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                const struct skn_events *events, struct skn_error *err)
{
    struct run run = {
        .conn = conn, .steps = steps, .count = count, .events = events, .err = err, .rows = -1};
    if (!conn->pg)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    if (count == 0)
        return SKN_OK;
    run.in_tx = PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
    int rc = skn_pg_steps_check(steps, count, run.in_tx, err);
    if (rc != SKN_OK)
        return rc;
    run.limit = only_tidies(steps, count) ? skn_pg_limit_tidy(conn->host)
                                          : (struct skn_pg_limit){conn->host, -1};
    run.sent = calloc(count, sizeof *run.sent);
    if (!run.sent)
        return skn_pg_no_memory(err);
    rc = all_run(&run);
    free(run.sent);
    if (rc != SKN_OK && err)
        err->step = run.answered < count ? run.answered : count - 1;
    return rc;
}
