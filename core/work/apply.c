/*
 * The run of one target: lock, look, choose the way, apply, look again. It knows nothing of how a
 * step is applied.
 */
#include "work/apply.h"

#include <string.h>

#include "work/interrupt.h"

static int any_off(struct skn_apply *apply, int *any, struct skn_error *err)
{
    int rc = SKN_OK;
    *any = 0;
    for (size_t step = 0; rc == SKN_OK && !*any && step < apply->count; step++)
        rc = skn_apply_script_off(apply, step, any, err);
    return rc;
}

static int one_transaction(struct skn_apply *apply, int *one, struct skn_error *err)
{
    const char *mode = skn_json_text(apply->job->request, "transaction");
    int off;
    int rc = any_off(apply, &off, err);
    *one = !off && (strcmp(mode, "target") == 0 ||
                    (strcmp(mode, "auto") == 0 && json_array_size(apply->rows) == 0));
    if (rc == SKN_OK && off && strcmp(mode, "target") == 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "transaction = \"target\" cannot hold a revision with "
                             "transaction=off; run up to it first, or use \"revision\"");
    if (rc == SKN_OK && off && skn_session_lent(apply->session))
        return skn_error_set(err, SKN_E_CONFIG, SKN_APPLY_LENT_OFF);
    return rc;
}

static int steps_run(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_patience patience = {0};
    int rc = SKN_OK;
    if (apply->session->server.caps & SKN_CAP_DDL_TX) {
        int one;
        rc = one_transaction(apply, &one, err);
        if (rc != SKN_OK)
            return rc;
        return one ? skn_apply_all(apply, err) : skn_apply_each(apply, err);
    }
    while (rc == SKN_OK && apply->next < apply->count && !apply->moved) {
        if (skn_interrupt_stopping()) {
            apply->stopped = 1;
            break;
        }
        size_t at = apply->next;
        rc = skn_apply_piecewise(apply, at, err);
        if (apply->next > at)
            patience = (struct skn_patience){0};
        /* It goes on where it stopped. */
        if (skn_apply_try_again(apply, &patience, rc, err))
            rc = skn_ledger_read(&apply->ledger, err);
    }
    return rc;
}

/* A revision that was left half applied is finished first, and nothing else is begun. */
static int progress_check(struct skn_apply *apply, struct skn_error *err)
{
    const struct skn_progress *progress = &apply->ledger.progress;
    if (!progress->found)
        return SKN_OK;
    /* Nothing of it was done: it binds nobody. */
    if (progress->done == 0 && progress->intent == 0)
        return skn_apply_progress_drop(apply, err);
    const json_t *step = skn_apply_step(apply, 0);
    if (strcmp(skn_json_text(step, "revision"), progress->revision) == 0 &&
        strcmp(skn_json_text(step, "kind"), progress->direction) == 0)
        return SKN_OK;
    return skn_error_set(err, SKN_E_CONFIG,
                         "the %s of revision %s is half applied (%lld of %lld statements); finish "
                         "it first: skein %s %s",
                         progress->direction, progress->revision, (long long)progress->done,
                         (long long)progress->total, progress->direction, progress->revision);
}

/* What was reported as applied is looked for once more, while nobody else can have moved it. */
static int rows_confirm(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_batch batch;
    if (!apply->session->locked || apply->next == 0 || apply->moved)
        return SKN_OK;
    skn_batch_init(&batch);
    skn_ledger_add_query(&apply->ledger, &batch);
    int64_t limit = apply->session->short_limit;
    int rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    if (rc == SKN_E_MISSING || (rc == SKN_OK && !skn_rows_equal(batch.rows, apply->rows))) {
        apply->next = 0;
        rc = skn_error_set(err, SKN_E_DRIVER,
                           "the driver reported success, and the version rows say otherwise; see "
                           "skein current for what the database holds");
    }
    skn_batch_finish(&batch);
    return rc;
}

/* A revision that was announced and not begun is taken back, for nothing of it is in doubt. */
static void announcement_end(struct skn_apply *apply, int rc)
{
    struct skn_error ignored = SKN_ERROR_INIT;
    if (!apply->announced)
        return;
    apply->session->sheltered = 1;
    if (!skn_apply_lost(rc) || skn_apply_renew(apply, &ignored) == SKN_OK)
        skn_apply_progress_drop(apply, &ignored);
    apply->session->sheltered = 0;
}

/* Nothing is in hand any more: the session is left as the next target may have it. */
static int run_end(struct skn_apply *apply, struct skn_error *err)
{
    apply->failed_step = SIZE_MAX;
    if (apply->session->page)
        apply->session->page->step = 0;
    if (!apply->session->conn)
        return SKN_OK;
    int rc = rows_confirm(apply, err);
    if (rc == SKN_OK)
        rc = skn_session_unlock(apply->session, err);
    /* Every commit was answered, and the lock ends with the link. */
    if (!skn_apply_lost(rc))
        return rc;
    skn_session_close(apply->session);
    return SKN_OK;
}

/* The planner has seen the same, but not of this connection. */
int skn_apply_permit(const struct skn_session *session, struct skn_error *err)
{
    return session->server.refusal[0]
               ? skn_error_set(err, SKN_E_CONFIG, "%s", session->server.refusal)
               : SKN_OK;
}

/* Where transactions keep runners apart, a revision without them needs a lock of its own. What was
 * read before it was taken may not be so any more. */
static int aside_lock(struct skn_apply *apply, struct skn_error *err)
{
    int off = 0;
    if (!(apply->session->server.caps & SKN_CAP_LOCK_ASIDE) || apply->count == 0)
        return SKN_OK;
    int rc = any_off(apply, &off, err);
    if (rc != SKN_OK || (!off && !apply->ledger.progress.found))
        return rc;
    rc = skn_session_lock_aside(apply->session, apply->job->version_table, apply->job->lock_timeout,
                                skn_interrupt_stopping, err);
    return rc == SKN_OK ? skn_ledger_read(&apply->ledger, err) : rc;
}

int skn_apply_hold(struct skn_apply *apply, struct skn_error *err)
{
    int rc = skn_session_lock(apply->session, apply->job->version_table, apply->job->lock_timeout,
                              skn_interrupt_stopping, err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&apply->ledger, apply->job, apply->session, err);
    return rc == SKN_OK ? skn_ledger_read(&apply->ledger, err) : rc;
}

int skn_apply_run(struct skn_apply *apply, struct skn_error *err)
{
    apply->failed_step = SIZE_MAX;
    int rc = skn_apply_connect(apply->job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_apply_permit(apply->session, err);
    if (rc == SKN_OK)
        rc = skn_apply_hold(apply, err);
    if (rc == SKN_OK)
        rc = aside_lock(apply, err);
    if (rc == SKN_OK && !skn_rows_equal(apply->ledger.rows, apply->rows))
        apply->moved = 1;
    if (rc == SKN_OK && !apply->moved && apply->count > 0)
        rc = progress_check(apply, err);
    if (rc == SKN_OK && !apply->moved && apply->count > 0)
        rc = steps_run(apply, err);
    announcement_end(apply, rc);
    return rc == SKN_OK ? run_end(apply, err) : rc;
}
