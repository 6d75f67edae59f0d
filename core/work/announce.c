/*
 * The progress row of a revision without a transaction around it: what is announced, what is
 * counted, and how a later run takes it up. It knows nothing of how statements are run.
 */
#include "work/piecewise.h"

#include <string.h>

#include "base/hash.h"
#include "base/text.h"

void skn_piece_prefix(struct skn_piecewise *work, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        skn_prefix_extend(work->prefix, work->script->statements[i].text);
}

/* ---- announcing ---- */

/* Settings are made again by whoever goes on, so that making one twice does no harm. */
static int is_setting(const struct skn_statement *statement)
{
    return statement->kind == SKN_STATEMENT_SESSION;
}

int skn_piece_rides(const struct skn_piecewise *work, size_t i)
{
    const struct skn_statement *statement = &work->script->statements[i];
    if (i == work->loose)
        return 0;
    if (work->apply->session->server.caps & SKN_CAP_DDL_TX)
        return !is_setting(statement) &&
               !(statement->flags & (SKN_STATEMENT_NO_TX | SKN_STATEMENT_ALONE));
    return statement->kind == SKN_STATEMENT_DML || statement->kind == SKN_STATEMENT_QUERY;
}

int skn_piece_announce(struct skn_piecewise *work, size_t i, struct skn_intent *intent,
                       struct skn_error *err)
{
    struct skn_proof proof;
    *intent = (struct skn_intent){0};
    if (i >= work->total || skn_piece_rides(work, i) || is_setting(&work->script->statements[i]))
        return SKN_OK;
    int rc = skn_proof_init(&proof, work->apply->job, work->apply->session, work->script, i, err);
    if (rc == SKN_OK)
        rc = skn_proof_before(&proof, intent->before, err);
    skn_sha256_hex(work->script->statements[i].text, intent->text);
    skn_proof_finish(&proof);
    intent->statement = i + 1;
    return rc;
}

int skn_piece_mark_add(struct skn_piecewise *work, struct skn_batch *batch,
                       const struct skn_intent *intent, const char *error, struct skn_error *err)
{
    /* A server's message may hold what its own table would not take. */
    struct skn_buf clean = {0};
    skn_text_escape(&clean, skn_str(error), 0);
    error = skn_arena_strdup(&batch->arena, skn_buf_text(&clean));
    skn_buf_finish(&clean);
    struct skn_mark mark = {.done = (int64_t)work->done,
                            .total = (int64_t)work->total,
                            .intent = intent ? (int64_t)intent->statement : 0,
                            .text = intent ? intent->text : "",
                            .before = intent ? intent->before : "",
                            .prefix = work->prefix,
                            .error = error,
                            .owner = work->owner ? work->owner : work->apply->job->run_id};
    return skn_ledger_add_progress(&work->apply->ledger, batch, work->step, &mark, !work->recorded,
                                   err);
}

int skn_piece_mark(struct skn_piecewise *work, const struct skn_intent *intent, const char *error,
                   struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    int64_t limit = work->apply->session->short_limit;
    if (!work->apply->ledger.has_step)
        skn_ledger_add_step_table(&work->apply->ledger, &batch);
    int rc = skn_piece_mark_add(work, &batch, intent, error, err);
    if (rc == SKN_OK)
        rc = skn_batch_run(&batch, work->apply->session, limit, limit, err);
    /* Where no lock keeps runners apart, this row does: one makes or takes it, the others do not.
     */
    if (rc == SKN_E_CONSTRAINT || (rc == SKN_OK && batch.changes_failed))
        rc = skn_error_set(err, SKN_E_BUSY, "%s",
                           work->recorded ? "another runner took this revision over"
                                          : "another runner is at work on this revision");
    if (rc == SKN_OK) {
        work->recorded = 1;
        work->owner = NULL;
        work->announced = intent ? intent->statement : 0;
        work->apply->ledger.has_step = 1;
        if (intent)
            work->intent = *intent;
    }
    skn_batch_finish(&batch);
    return rc == SKN_OK ? rc : skn_error_context(err, "skein_step");
}

void skn_piece_rollback(struct skn_piecewise *work)
{
    struct skn_step step = {.op = SKN_STEP_ROLLBACK};
    struct skn_events events = {.size = sizeof events};
    struct skn_error ignored = SKN_ERROR_INIT;
    skn_session_exec(work->apply->session, &step, 1, &events, work->apply->session->short_limit,
                     &ignored);
}

void skn_piece_mark_settle(struct skn_piecewise *work, int rc, const char *error)
{
    struct skn_apply *apply = work->apply;
    struct skn_error ignored = SKN_ERROR_INIT;
    if (!work->recorded)
        return;
    apply->session->sheltered = 1;
    if (skn_apply_lost(rc))
        rc = skn_apply_renew(apply, &ignored);
    else
        skn_piece_rollback(work);
    if (!skn_apply_lost(rc) && work->done > 0)
        skn_piece_mark(work, NULL, error, &ignored);
    else if (!skn_apply_lost(rc))
        skn_apply_progress_drop(apply, &ignored);
    apply->session->sheltered = 0;
}

/* ---- taking up what an earlier run left ---- */

int skn_piece_replay(struct skn_piecewise *work, struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < work->done; i++)
        if (is_setting(&work->script->statements[i]))
            rc = skn_apply_add(work->apply, &batch, work->script, i, SKN_ROLE_BODY, err);
    if (rc == SKN_OK && batch.count > 0)
        rc = skn_batch_run(&batch, work->apply->session, work->apply->session->short_limit,
                           work->apply->session->short_limit, err);
    skn_batch_finish(&batch);
    return rc;
}

static int prefix_check(struct skn_piecewise *work, struct skn_error *err)
{
    const struct skn_progress *progress = &work->apply->ledger.progress;
    if (progress->done < 0 || (size_t)progress->done > work->total)
        return skn_error_set(
            err, SKN_E_CONFIG,
            "%lld statements of revision %s are applied, but the file has only %zu "
            "now; put them back",
            (long long)progress->done, progress->revision, work->total);
    skn_piece_prefix(work, 0, (size_t)progress->done);
    if (strcmp(work->prefix, progress->prefix) != 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "the first %lld statements of revision %s are applied, and the file "
                             "says something else there now; only what follows may be changed",
                             (long long)progress->done, progress->revision);
    return SKN_OK;
}

/* What was running must still be what the file says, for the words say what it may have changed. */
static int running_check(const struct skn_piecewise *work, struct skn_error *err)
{
    const struct skn_progress *progress = &work->apply->ledger.progress;
    char text[SKN_SHA256_HEX] = "";
    int there = progress->intent == progress->done + 1 && (size_t)progress->intent <= work->total;
    if (there)
        skn_sha256_hex(work->script->statements[progress->intent - 1].text, text);
    if (there && strcmp(text, progress->text) == 0)
        return SKN_OK;
    return skn_error_set(err, SKN_E_CONFIG,
                         "statement %lld of revision %s was running when its session ended, and "
                         "the file says something else there now; put it back until that is "
                         "settled",
                         (long long)progress->intent, progress->revision);
}

static int running_judge(struct skn_piecewise *work, struct skn_error *err)
{
    const struct skn_progress *progress = &work->apply->ledger.progress;
    size_t i = (size_t)progress->intent - 1;
    enum skn_verdict verdict;
    skn_apply_locate_statement(work->apply, work->index, i);
    int rc = running_check(work, err);
    if (rc == SKN_OK)
        rc = skn_piece_judge(work, i, progress->before, 0, &verdict, err);
    if (rc != SKN_OK)
        return rc;
    if (verdict == SKN_VERDICT_DOUBT)
        return skn_piece_doubt(work, i, "it was running when its session ended", err);
    work->apply->failed_script = -1;
    skn_piece_say(work, i, verdict, "had been running when its session ended");
    if (verdict == SKN_VERDICT_APPLIED) {
        skn_piece_prefix(work, i, i + 1);
        work->done = i + 1;
    }
    return SKN_OK;
}

int skn_piece_resume(struct skn_piecewise *work, struct skn_error *err)
{
    const struct skn_progress *progress = &work->apply->ledger.progress;
    if (!progress->found)
        return SKN_OK;
    int rc = prefix_check(work, err);
    if (rc != SKN_OK)
        return rc;
    work->done = (size_t)progress->done;
    work->recorded = 1;
    work->owner = progress->run_id;
    rc = skn_piece_replay(work, err);
    return rc == SKN_OK && progress->intent > 0 ? running_judge(work, err) : rc;
}
