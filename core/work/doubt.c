/*
 * A statement of a revision without a transaction around it that failed, or whose session was lost:
 * judged, and told. It knows nothing of how the verdict is reached.
 */
#include "work/piecewise.h"

#include <stdio.h>
#include <string.h>

int skn_piece_judge(struct skn_piecewise *work, size_t i, const char *before, int failed,
                    enum skn_verdict *verdict, struct skn_error *err)
{
    struct skn_proof proof;
    *verdict = SKN_VERDICT_DOUBT;
    int rc = skn_proof_init(&proof, work->apply->job, work->apply->session, work->script, i, err);
    if (rc == SKN_OK)
        rc = skn_proof_judge(&proof, before, failed, verdict, err);
    skn_proof_finish(&proof);
    return rc;
}

int skn_piece_doubt(struct skn_piecewise *work, size_t i, const char *why, struct skn_error *err)
{
    const char *target = work->apply->job->target;
    return skn_error_set(
        err, SKN_E_UNCERTAIN,
        "statement %zu of %zu of revision %s is in doubt: %s, and the database does not tell "
        "whether it took effect. Look, then say so: skein resolve --target %s --applied, or skein "
        "resolve --target %s --not-applied",
        i + 1, work->total, skn_json_text(work->step, "revision"), why, target, target);
}

void skn_piece_say(struct skn_piecewise *work, size_t i, enum skn_verdict verdict, const char *what)
{
    struct skn_buf text = {0};
    skn_buf_addf(&text, "statement %zu of %zu of revision %s %s; the database shows that it %s",
                 i + 1, work->total, skn_json_text(work->step, "revision"), what,
                 verdict == SKN_VERDICT_APPLIED ? "took effect" : "did not take effect");
    skn_session_say(work->apply->session,
                    json_pack("{s:s, s:I, s:s}", "event", "log", "level", (json_int_t)1, "text",
                              skn_buf_text(&text)),
                    0);
    skn_buf_finish(&text);
}

int skn_piece_unsure(struct skn_piecewise *work, size_t i, struct skn_error *err)
{
    struct skn_error ignored = SKN_ERROR_INIT;
    char why[sizeof err->message];
    snprintf(why, sizeof why, "it failed (%.300s)", err->message);
    skn_piece_mark(work, &work->intent, err->message, &ignored);
    return skn_piece_doubt(work, i, why, err);
}

/* It was refused before it began; what it calls may have got further first. */
static int was_refused(const struct skn_statement *statement, const struct skn_error *err)
{
    return (err->code == SKN_E_SYNTAX || err->code == SKN_E_PERMISSION) &&
           !(statement->flags & SKN_STATEMENT_ALONE);
}

int skn_piece_failed(struct skn_piecewise *work, size_t i, enum skn_verdict *verdict,
                     struct skn_error *err)
{
    struct skn_error failure = *err;
    struct skn_error looking = SKN_ERROR_INIT;
    struct skn_session *session = work->apply->session;
    *verdict = SKN_VERDICT_NOT_APPLIED;
    if (was_refused(&work->script->statements[i], err))
        return SKN_OK;
    session->sheltered = 1;
    skn_piece_rollback(work);
    int rc = skn_piece_judge(work, i, work->intent.before, 1, verdict, &looking);
    session->sheltered = 0;
    if (rc == SKN_OK && *verdict != SKN_VERDICT_DOUBT)
        return SKN_OK;
    *verdict = SKN_VERDICT_DOUBT;
    if (skn_apply_lost(rc)) {
        err->code = SKN_E_UNCERTAIN;
        return skn_error_context(err, "statement %zu of %zu", i + 1, work->total);
    }
    *err = rc == SKN_OK ? failure : looking;
    return skn_piece_unsure(work, i, err);
}

int skn_piece_lost(struct skn_piecewise *work, size_t i, enum skn_verdict *verdict,
                   struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_error lost = *err;
    *verdict = SKN_VERDICT_DOUBT;
    apply->session->sheltered = 1;
    int rc = skn_apply_renew(apply, err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&apply->ledger, err);
    struct skn_progress found = apply->ledger.progress;
    apply->ledger.progress = (struct skn_progress){0};
    if (rc == SKN_OK && (!found.found || found.intent != (int64_t)i + 1 ||
                         strcmp(found.run_id, apply->job->run_id) != 0))
        rc = skn_error_set(err, SKN_E_BUSY, "another runner took this revision over");
    if (rc == SKN_OK)
        rc = skn_piece_replay(work, err);
    if (rc == SKN_OK)
        rc = skn_piece_judge(work, i, work->intent.before, 0, verdict, err);
    apply->session->sheltered = 0;
    if (rc == SKN_OK && *verdict != SKN_VERDICT_DOUBT)
        return SKN_OK;
    if (rc == SKN_OK)
        return skn_piece_doubt(work, i, "its session was lost", err);
    if (rc == SKN_E_BUSY)
        return rc;
    err->code = SKN_E_UNCERTAIN;
    return skn_error_context(err,
                             "statement %zu of %zu: %s; and looking again failed, so that the next "
                             "run looks first",
                             i + 1, work->total, lost.message);
}
