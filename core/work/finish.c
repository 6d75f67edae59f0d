/*
 * The closing transaction of a revision that ran without one around it: version row, log row, and
 * the progress row's end. It knows nothing of statements.
 */
#include "work/piecewise.h"

#include "base/clock.h"
#include "work/interrupt.h"

/* The revision behind this one, if it too will go piece by piece. */
static int next_find(struct skn_piecewise *work, struct skn_piecewise *next, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    *next = (struct skn_piecewise){.apply = apply,
                                   .index = work->index + 1,
                                   .recorded = 1,
                                   .owner = work->owner,
                                   .loose = SIZE_MAX};
    if (next->index >= apply->count || skn_interrupt_stopping() ||
        (apply->session->server.caps & SKN_CAP_DDL_TX))
        return SKN_OK;
    next->step = json_array_get(apply->steps, next->index);
    int rc = skn_apply_script(apply, next->index, "script", &next->script, err);
    next->total = rc == SKN_OK && next->script ? next->script->count : 0;
    return rc;
}

/* The progress row is no longer ours: it goes, or becomes the next revision's, which saves that one
 * a transaction of its own. */
static int progress_pass_on(struct skn_piecewise *work, struct skn_batch *batch,
                            struct skn_error *err)
{
    struct skn_piecewise next;
    struct skn_error ignored = SKN_ERROR_INIT;
    struct skn_intent *intent = &work->apply->announcement;
    int rc = work->recorded ? next_find(work, &next, err) : SKN_OK;
    work->apply->announced = 0;
    if (rc != SKN_OK || !work->recorded)
        return rc;
    /* What keeps the next one from being announced is told when its turn comes. */
    if (next.total == 0 || skn_piece_announce(&next, 0, intent, &ignored) != SKN_OK) {
        skn_ledger_add_progress_end(&work->apply->ledger, batch);
        return SKN_OK;
    }
    work->apply->announced = next.index + 1;
    return skn_piece_mark_add(&next, batch, intent, "", err);
}

static int finish_add(struct skn_piecewise *work, struct skn_batch *batch, int64_t began,
                      const char *started, struct skn_error *err)
{
    const struct skn_ledger *ledger = &work->apply->ledger;
    skn_batch_add(batch, SKN_STEP_FENCE, skn_str(ledger->versions), SKN_ROLE_OWN, 0);
    skn_ledger_add_query(ledger, batch);
    int rc = skn_ledger_add_changes(ledger, batch, work->step, err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_log(ledger, batch, work->step, "applied", started,
                                skn_clock_ms() - began, err);
    return rc == SKN_OK ? progress_pass_on(work, batch, err) : rc;
}

static int finish_commit(struct skn_piecewise *work, int64_t began, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_batch batch;
    char token[128];
    int64_t limit = apply->session->short_limit;
    skn_session_token(apply->session, token, sizeof token);
    skn_batch_init(&batch);
    skn_batch_add(&batch, SKN_STEP_COMMIT, skn_str(""), SKN_ROLE_COMMIT, 0);
    int rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    skn_batch_finish(&batch);
    if (skn_apply_lost(rc))
        return skn_apply_settle(apply, token, work->index + 1, err);
    if (rc == SKN_OK)
        skn_apply_step_settled(apply, skn_clock_ms() - began);
    return rc;
}

/* The version row, the log row and the end of the progress row, in one transaction. */
int skn_piece_finish(struct skn_piecewise *work, int64_t began, const char *started,
                     struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_batch batch;
    int64_t limit = apply->session->short_limit;
    skn_batch_init(&batch);
    skn_batch_add(&batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    int rc = finish_add(work, &batch, began, started, err);
    skn_apply_add_check(apply, &batch); /* the last statement may have given up the lock */
    if (rc == SKN_OK)
        rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    if (rc == SKN_OK && !skn_rows_equal(batch.rows, apply->rows))
        rc = skn_error_set(err, SKN_E_DRIVER,
                           "somebody else changed the version rows while this revision ran; its "
                           "statements are applied");
    if (rc == SKN_OK)
        rc = skn_apply_check(apply, &batch, work->index, err);
    skn_batch_finish(&batch);
    if (rc == SKN_OK)
        rc = finish_commit(work, began, err);
    if (rc == SKN_OK)
        return rc;
    apply->announced = 0;
    /* All statements are applied, and nothing else will say so; unless the row is gone already. */
    if (rc != SKN_E_UNCERTAIN)
        skn_piece_mark_settle(work, rc, err->message);
    return rc;
}
