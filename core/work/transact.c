/*
 * Applying in transactions: body, version rows and log commit together, so that there is no state
 * in between. It knows nothing of graphs; the planner said which rows change.
 */
#include "work/apply.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "work/interrupt.h"
#include "work/patience.h"

/* The revision whose COMMIT is sent with the body of the next one. */
struct owed {
    int commit;                   /* a transaction is open and complete, for step apply->next */
    int reset;                    /* it, or one before it, changed session settings */
    struct skn_patience patience; /* with step apply->next */
    int64_t started;
};

/* ---- one transaction ---- */

static int64_t statement_limit(const struct skn_apply *apply)
{
    return apply->job->statement_timeout;
}

/* Where the server has no session lock, BEGIN is what waits for another runner. */
static int64_t begin_limit(const struct skn_apply *apply)
{
    return apply->session->server.caps & SKN_CAP_LOCK ? apply->session->short_limit
                                                      : apply->job->lock_timeout;
}

/* It may have to check every row that was deferred, which takes what a statement may. */
static int64_t commit_limit(const struct skn_apply *apply)
{
    int64_t least = begin_limit(apply);
    int64_t statement = statement_limit(apply);
    if (statement == 0 && (apply->session->server.caps & SKN_CAP_LOCK))
        return 0;
    return statement > least ? statement : least;
}

/* Settings back to what the target says, on the way, without a round trip of its own. */
static void batch_reset(struct skn_apply *apply, struct skn_batch *batch)
{
    skn_batch_add(batch, SKN_STEP_RESET, skn_str(""), SKN_ROLE_OWN, 0);
    skn_apply_add_session(apply->job, batch);
}

/* tables: those of the ledger may be missing. reset: the session is not as it was opened. */
static void batch_open(struct skn_apply *apply, struct skn_batch *batch, int tables, int reset)
{
    skn_batch_add(batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    if (reset)
        batch_reset(apply, batch);
    if (tables)
        skn_ledger_add_tables(&apply->ledger, batch);
    skn_batch_add(batch, SKN_STEP_FENCE, skn_str(apply->ledger.versions), SKN_ROLE_OWN, 0);
    skn_ledger_add_query(&apply->ledger, batch);
}

static int batch_step(struct skn_apply *apply, struct skn_batch *batch, size_t step,
                      const char *started, int64_t ms, struct skn_error *err)
{
    const struct skn_script *script;
    apply->failed_step = step;
    int rc = skn_apply_script(apply, step, "script", &script, err);
    for (size_t i = 0; rc == SKN_OK && script && i < script->count; i++)
        rc = skn_apply_add(apply, batch, script, i, SKN_ROLE_BODY, err);
    if (rc == SKN_OK)
        rc = skn_apply_add_verify(apply, batch, step, err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_changes(&apply->ledger, batch, skn_apply_step(apply, step), err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_log(&apply->ledger, batch, skn_apply_step(apply, step), "applied",
                                started, ms, err);
    if (rc != SKN_OK)
        return rc;
    skn_ledger_add_after(&apply->ledger, batch);
    skn_apply_add_check(apply, batch);
    return SKN_OK;
}

static void rollback(struct skn_apply *apply)
{
    struct skn_step step = {.op = SKN_STEP_ROLLBACK};
    struct skn_events events = {.size = sizeof events};
    struct skn_error ignored = SKN_ERROR_INIT;
    apply->session->sheltered = 1;
    if (skn_session_exec(apply->session, &step, 1, &events, apply->session->short_limit,
                         &ignored) != SKN_OK)
        skn_session_close(apply->session);
    apply->session->sheltered = 0;
}

/* Two targets in one database, each with a version table of its own, may make the log table at the
 * same time; PostgreSQL then fails one of them, for which it will be there at the next try. */
static int tables_raced(const struct skn_batch *batch, int rc)
{
    return (rc == SKN_E_EXISTS || rc == SKN_E_CONSTRAINT) && batch->done < batch->count &&
           batch->parts[batch->done].role == SKN_ROLE_OWN;
}

/* A driver that says it committed, and is still inside, did not. */
static int commit_check(struct skn_apply *apply, struct skn_error *err)
{
    uint32_t flags = 0;
    int rc = skn_session_status(apply->session, &flags, err);
    if (rc == SKN_OK && (flags & SKN_STATUS_IN_TX))
        rc = skn_error_set(err, SKN_E_DRIVER,
                           "the driver says that it committed, and that the transaction is open");
    return rc;
}

static int commit_fail(struct skn_apply *apply, struct skn_error *err)
{
    apply->failed_step = apply->next;
    apply->failed_script = -1;
    rollback(apply);
    return skn_error_context(err, "commit");
}

static int commit_send(struct skn_apply *apply, struct owed *owed, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_COMMIT};
    struct skn_events events = {.size = sizeof events};
    char token[128];
    int reset = owed->reset;
    skn_session_token(apply->session, token, sizeof token);
    int rc = skn_session_exec(apply->session, &step, 1, &events, commit_limit(apply), err);
    owed->commit = owed->reset = 0;
    if (skn_apply_lost(rc))
        return skn_apply_settle(apply, token, apply->next + 1, err);
    if (rc == SKN_OK)
        rc = commit_check(apply, err);
    if (rc != SKN_OK)
        return commit_fail(apply, err);
    skn_apply_step_settled(apply, skn_clock_ms() - owed->started);
    return reset ? skn_apply_reset(apply->job, apply->session, err) : SKN_OK;
}

/* After the batch ran: was the owed commit in it done? */
static void owed_note(struct skn_apply *apply, struct owed *owed, const struct skn_batch *batch)
{
    if (!owed->commit || batch->done == 0)
        return;
    owed->commit = 0;
    skn_apply_step_settled(apply, skn_clock_ms() - owed->started);
}

static int rows_answered(const struct skn_batch *batch)
{
    for (uint32_t i = 0; i < batch->done && i < batch->count; i++)
        if (batch->parts[i].role == SKN_ROLE_ROWS)
            return 1;
    return 0;
}

/* Also of a batch that failed behind the query: where BEGIN is the lock, the body may have failed
 * only because another runner was there before. */
static int rows_moved(struct skn_apply *apply, struct skn_batch *batch)
{
    if (!rows_answered(batch) || skn_rows_equal(batch->rows, apply->rows))
        return 0;
    json_decref(apply->ledger.rows);
    apply->ledger.rows = json_incref(batch->rows);
    apply->moved = 1;
    return 1;
}

/* The version rows that the transaction is going to leave must be those of the plan: a statement
 * may have changed them where no text showed it. Before it are steps apply->next to step. */
static int after_check(struct skn_apply *apply, const struct skn_batch *batch, size_t step,
                       struct skn_error *err)
{
    json_t *due = json_copy(apply->rows);
    for (size_t i = apply->next; i <= step; i++)
        skn_rows_change(due, skn_apply_step(apply, i));
    int equal = skn_rows_equal(due, batch->after);
    json_decref(due);
    if (equal)
        return SKN_OK;
    apply->failed_step = step;
    return skn_error_set(err, SKN_E_DRIVER,
                         "a statement of the revision changed the rows of %s, which are skein's to "
                         "change; nothing was kept",
                         apply->ledger.versions);
}

static int in_transaction(struct skn_apply *apply, struct skn_error *err)
{
    uint32_t flags = 0;
    int rc = skn_session_status(apply->session, &flags, err);
    if (rc == SKN_OK && (!(flags & SKN_STATUS_IN_TX) || (flags & SKN_STATUS_FAILED_TX)))
        return skn_error_set(err, SKN_E_DRIVER,
                             "the transaction did not stay open; a statement of the revision ended "
                             "it, and what it did may have been kept");
    return rc;
}

static int script_resets(struct skn_apply *apply, size_t step)
{
    const struct skn_script *script;
    struct skn_error ignored = SKN_ERROR_INIT;
    return skn_apply_script(apply, step, "script", &script, &ignored) == SKN_OK && script &&
           script->touches_session;
}

/* Whether the revision left the session other than it found it, as the driver saw it or its text
 * says. */
static int step_resets(struct skn_apply *apply, size_t step)
{
    struct skn_error ignored = SKN_ERROR_INIT;
    uint32_t flags = 0;
    if (script_resets(apply, step))
        return 1;
    return skn_session_checks(apply->session) &&
           skn_session_status(apply->session, &flags, &ignored) == SKN_OK &&
           (flags & SKN_STATUS_CHANGED);
}

/* The driver reported the commit of step apply->next - 1 at the head of this batch, and the rows
 * that the batch found behind it are those from before. */
static int commit_denied(struct skn_apply *apply, json_t *before, const struct skn_batch *batch,
                         int rc, struct skn_error *err)
{
    int gone = rc == SKN_E_MISSING && !rows_answered(batch);
    if (!before || (!gone && !(rows_answered(batch) && skn_rows_equal(batch->rows, before))))
        return rc;
    json_decref(apply->rows);
    apply->rows = json_incref(before);
    apply->next--;
    apply->session->page->done = (uint32_t)apply->next;
    apply->failed_step = apply->next;
    apply->failed_script = -1;
    return skn_error_set(err, SKN_E_DRIVER,
                         "the driver reported a commit, and the version rows say otherwise");
}

/* What the batch of a body says, at the end of which its transaction is open and complete, or gone.
 */
static int body_judge(struct skn_apply *apply, struct skn_batch *batch, size_t step, int rc,
                      struct skn_error *err)
{
    if (skn_apply_lost(rc))
        return rc;
    if (rows_moved(apply, batch))
        rc = SKN_OK;
    else if (rc == SKN_OK)
        rc = skn_apply_check(apply, batch, step, err);
    if (rc == SKN_OK && !apply->moved)
        rc = after_check(apply, batch, step, err);
    if (rc == SKN_OK && !apply->moved)
        rc = in_transaction(apply, err);
    if (rc == SKN_OK && !apply->moved)
        return rc;
    rollback(apply);
    return rc == SKN_OK && apply->session->conn && script_resets(apply, step)
               ? skn_apply_reset(apply->job, apply->session, err)
               : rc;
}

/* Was it BEGIN that failed, for another runner has the lock? */
static void denied_note(struct skn_apply *apply, const struct skn_batch *batch, int rc)
{
    apply->denied = rc == SKN_E_BUSY && batch->done < batch->count &&
                    batch->steps[batch->done].op == SKN_STEP_BEGIN;
}

static int body_run(struct skn_apply *apply, struct owed *owed, struct skn_batch *batch,
                    const char *token, size_t step, struct skn_error *err)
{
    json_t *before = owed->commit ? json_copy(apply->rows) : NULL;
    int64_t first = owed->commit ? commit_limit(apply) : begin_limit(apply);
    skn_apply_say_start(apply, step);
    int64_t began = skn_clock_ms();
    int rc = skn_batch_run(batch, apply->session, first, statement_limit(apply), err);
    denied_note(apply, batch, rc);
    owed_note(apply, owed, batch);
    if (owed->commit && rc != SKN_OK) {
        owed->commit = 0;
        rc = skn_apply_lost(rc) ? skn_apply_settle(apply, token, apply->next + 1, err)
                                : commit_fail(apply, err);
        json_decref(before);
        return rc;
    }
    if (rc != SKN_OK)
        skn_apply_locate(apply, batch, step, err);
    if (tables_raced(batch, rc))
        rc = SKN_E_BUSY;
    rc = commit_denied(apply, before, batch, rc, err);
    json_decref(before);
    rc = body_judge(apply, batch, step, rc, err);
    if (rc != SKN_OK || apply->moved)
        return rc;
    /* What was to be put back was put back in this transaction. */
    *owed = (struct owed){.commit = 1, .reset = step_resets(apply, step), .started = began};
    return SKN_OK;
}

/* One try to run the body of a revision, up to but not including its commit. Afterwards nothing is
 * owed but that commit; where the one before was lost and settled, not even that. */
static int step_try(struct skn_apply *apply, struct owed *owed, struct skn_error *err)
{
    struct skn_batch batch;
    char started[SKN_TIME_TEXT];
    char token[128] = "";
    size_t step = apply->next + (owed->commit ? 1 : 0);
    skn_batch_init(&batch);
    skn_time_utc(started);
    apply->failed_script = -1;
    if (owed->commit) {
        skn_session_token(apply->session, token, sizeof token);
        skn_batch_add(&batch, SKN_STEP_COMMIT, skn_str(""), SKN_ROLE_COMMIT, 0);
    }
    batch_open(apply, &batch, !owed->commit, owed->reset); /* what is owed has made them */
    int rc = batch_step(apply, &batch, step, started, 0, err);
    if (rc == SKN_OK)
        rc = body_run(apply, owed, &batch, token, step, err);
    skn_batch_finish(&batch);
    return rc;
}

/* Whether what is owed must be sent alone: nothing follows that could carry it. */
static int goes_alone(const struct skn_apply *apply, const struct owed *owed, size_t step, int off)
{
    return owed->commit && (step == apply->count || off || skn_interrupt_stopping() ||
                            !(apply->session->server.caps & SKN_CAP_PIPELINE));
}

static int each_next(struct skn_apply *apply, struct owed *owed, struct skn_error *err)
{
    size_t step = apply->next + (owed->commit ? 1 : 0);
    int off = 0;
    int rc = step < apply->count ? skn_apply_script_off(apply, step, &off, err) : SKN_OK;
    if (rc != SKN_OK)
        return rc;
    if (goes_alone(apply, owed, step, off))
        return commit_send(apply, owed, err);
    if (skn_interrupt_stopping()) {
        apply->stopped = 1;
        return SKN_OK;
    }
    return off ? skn_apply_piecewise(apply, step, err) : step_try(apply, owed, err);
}

int skn_apply_each(struct skn_apply *apply, struct skn_error *err)
{
    struct owed owed = {0};
    int rc = SKN_OK;
    while (rc == SKN_OK && !apply->moved && !apply->stopped && apply->next < apply->count) {
        size_t at = apply->next;
        struct skn_patience patience = owed.patience;
        rc = each_next(apply, &owed, err);
        owed.patience = apply->next == at ? patience : (struct skn_patience){0};
        /* One that goes piece by piece has to see how far it came. */
        if (skn_apply_try_again(apply, &owed.patience, rc, err))
            rc = owed.commit ? SKN_OK : skn_ledger_read(&apply->ledger, err);
    }
    if (rc == SKN_OK && owed.reset && apply->session->conn)
        return skn_apply_reset(apply->job, apply->session, err);
    if (rc == SKN_OK || !owed.commit)
        return rc;
    /* The next one cannot even be sent, for which the one that is complete is not to blame. */
    struct skn_error first = *err;
    int sent = commit_send(apply, &owed, err);
    if (sent != SKN_OK)
        return sent;
    *err = first;
    return rc;
}

/* ---- all of a target in one transaction ---- */

static int all_steps(struct skn_apply *apply, struct skn_error *err)
{
    int rc = SKN_OK;
    for (size_t step = apply->next; rc == SKN_OK && step < apply->count; step++) {
        struct skn_batch batch;
        char started[SKN_TIME_TEXT];
        skn_batch_init(&batch);
        skn_time_utc(started);
        apply->failed_script = -1;
        if (step == apply->next) {
            batch_open(apply, &batch, 1, 0);
        } else if (step_resets(apply, step - 1)) {
            batch_reset(apply, &batch);
        }
        rc = batch_step(apply, &batch, step, started, 0, err);
        if (rc == SKN_OK) {
            skn_apply_say_start(apply, step);
            int64_t first = step == apply->next ? begin_limit(apply) : statement_limit(apply);
            rc = skn_batch_run(&batch, apply->session, first, statement_limit(apply), err);
            denied_note(apply, &batch, rc);
            if (rc != SKN_OK)
                skn_apply_locate(apply, &batch, step, err);
            if (tables_raced(&batch, rc))
                rc = SKN_E_BUSY;
        }
        if (!skn_apply_lost(rc) && step == apply->next && rows_moved(apply, &batch)) {
            skn_batch_finish(&batch);
            return SKN_OK;
        }
        if (rc == SKN_OK)
            rc = skn_apply_check(apply, &batch, step, err);
        if (rc == SKN_OK)
            rc = after_check(apply, &batch, step, err);
        if (rc == SKN_OK)
            rc = in_transaction(apply, err);
        if (rc == SKN_OK && skn_interrupt_cancelled())
            rc =
                skn_error_set(err, SKN_E_CANCELLED, "interrupted; the transaction was rolled back");
        skn_batch_finish(&batch);
    }
    return rc;
}

/* The outcome of the one commit holds for every step. */
static int all_commit(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_COMMIT};
    struct skn_events events = {.size = sizeof events};
    char token[128];
    skn_session_token(apply->session, token, sizeof token);
    int rc = skn_session_exec(apply->session, &step, 1, &events, commit_limit(apply), err);
    if (skn_apply_lost(rc))
        return skn_apply_settle(apply, token, apply->count, err);
    if (rc == SKN_OK)
        rc = commit_check(apply, err);
    if (rc != SKN_OK)
        return commit_fail(apply, err);
    while (apply->next < apply->count)
        skn_apply_step_settled(apply, 0);
    return SKN_OK;
}

static int all_reset(struct skn_apply *apply, struct skn_error *err)
{
    int any = 0;
    if (!apply->session->conn)
        return SKN_OK;
    for (size_t step = 0; !any && step < apply->count; step++)
        any = step_resets(apply, step);
    return any ? skn_apply_reset(apply->job, apply->session, err) : SKN_OK;
}

int skn_apply_all(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_patience patience = {0};
    int rc;
    apply->stopped = skn_interrupt_stopping();
    if (apply->stopped)
        return SKN_OK;
    do {
        rc = all_steps(apply, err);
        if (rc == SKN_OK && !apply->moved)
            rc = all_commit(apply, err);
        else if (!skn_apply_lost(rc))
            rollback(apply);
    } while (skn_apply_try_again(apply, &patience, rc, err));
    return rc == SKN_OK ? all_reset(apply, err) : rc;
}
