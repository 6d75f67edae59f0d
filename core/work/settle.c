/*
 * The fate of a commit whose answer was lost: a new connection, the lock, then what the driver and
 * the version rows say. It knows nothing of what was in the transaction but the rows it leaves.
 */
#include "work/apply.h"

#include <string.h>

#include "base/clock.h"
#include "work/interrupt.h"

/* However short others are waited for: a server may take its time to notice that a session of ours
 * has lost its client. */
static int64_t patience(const struct skn_apply *apply)
{
    int64_t least = apply->session->short_limit;
    return apply->job->lock_timeout > least ? apply->job->lock_timeout : least;
}

int skn_apply_renew(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_server before = apply->session->server;
    int aside = apply->session->locked != NULL && !(before.caps & SKN_CAP_LOCK);
    skn_session_close(apply->session);
    int rc = skn_apply_connect(apply->job, apply->session, err);
    /* A file is another before it was made, and nobody puts a new one behind an old name. */
    if (rc == SKN_OK && (before.caps & SKN_CAP_LOCK) &&
        strcmp(before.identity, apply->session->server.identity) != 0)
        rc = skn_error_set(err, SKN_E_DRIVER, "the new connection reached another database");
    /* The old session holds the lock as long as it may still commit. */
    if (rc == SKN_OK)
        rc = skn_session_lock(apply->session, apply->job->version_table, patience(apply),
                              skn_interrupt_cancelled, err);
    if (rc == SKN_OK && aside)
        rc = skn_session_lock_aside(apply->session, apply->job->version_table, patience(apply),
                                    skn_interrupt_cancelled, err);
    return rc;
}

static int outcome_await(struct skn_apply *apply, const char *token, uint32_t *outcome,
                         struct skn_error *err)
{
    int64_t end = skn_clock_ms() + patience(apply);
    for (;;) {
        int rc = skn_session_settle(apply->session, token, outcome, err);
        if (rc != SKN_OK || *outcome != SKN_OUTCOME_RUNNING)
            return rc;
        if (skn_clock_ms() > end || skn_interrupt_cancelled())
            return skn_error_set(err, SKN_E_UNCERTAIN, "its transaction is still running");
        skn_interrupt_sleep(50);
    }
}

/* Steps apply->next to end - 1 are in one transaction. What the driver knows of it comes first, for
 * others may have gone on since; then the version rows. */
static int outcome_judge(struct skn_apply *apply, uint32_t outcome, size_t end,
                         const struct skn_error *lost, struct skn_error *err)
{
    json_t *after = json_copy(apply->rows);
    for (size_t step = apply->next; step < end; step++)
        skn_rows_change(after, json_array_get(apply->steps, step));
    int applied = skn_rows_equal(after, apply->ledger.rows);
    int untouched = skn_rows_equal(apply->rows, apply->ledger.rows);
    json_decref(after);
    if (applied || outcome == SKN_OUTCOME_COMMITTED) {
        while (apply->next < end)
            skn_apply_step_settled(apply, 0);
        apply->moved = !applied;
        return SKN_OK;
    }
    *err = *lost;
    if (!untouched && outcome != SKN_OUTCOME_ABORTED) {
        err->code = SKN_E_UNCERTAIN;
        return skn_error_context(err, "connection lost, and the version rows are neither what they "
                                      "were nor what this revision makes them");
    }
    err->code = SKN_E_CONNECT;
    return skn_error_context(err, "connection lost, and the database says: not applied");
}

int skn_apply_settle(struct skn_apply *apply, const char *token, size_t end, struct skn_error *err)
{
    struct skn_error lost = *err;
    uint32_t outcome = SKN_OUTCOME_UNKNOWN;
    apply->failed_step = end - 1;
    apply->failed_script = -1;
    int rc = skn_apply_renew(apply, err);
    if (rc == SKN_OK)
        rc = outcome_await(apply, token, &outcome, err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&apply->ledger, err);
    if (rc == SKN_OK)
        return outcome_judge(apply, outcome, end, &lost, err);
    err->code = SKN_E_UNCERTAIN;
    return skn_error_context(err,
                             "%s; and looking again failed, so the outcome of this revision is "
                             "unknown until the next run, which looks first",
                             lost.message);
}
