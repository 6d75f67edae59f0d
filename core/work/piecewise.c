/*
 * Applying without a transaction around the revision: statement by statement, each announced before
 * and counted after, so that a revision that failed goes on where it stopped. What rolls back rides
 * in a transaction with its count. It knows nothing of what a statement does beyond its kind.
 */
#include "work/piecewise.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { RIDERS_MAX = 64 };

/* ---- pieces: one statement, or several that share a transaction ---- */

/* Asks of statements from to *end - 1 whether all that they change rolls back: the first that does
 * not ends the piece, or is one of its own. */
static int riders_ask(struct skn_piecewise *work, size_t from, size_t *end, struct skn_error *err)
{
    struct skn_str texts[RIDERS_MAX];
    struct skn_batch batch; /* holds the texts */
    uint64_t bits = 0;
    int rc = SKN_OK;
    skn_batch_init(&batch);
    for (size_t i = from; rc == SKN_OK && i < *end; i++)
        rc = skn_apply_add(work->apply, &batch, work->script, i, SKN_ROLE_BODY, err);
    for (size_t i = 0; rc == SKN_OK && i < batch.count; i++)
        texts[i] = batch.steps[i].sql;
    if (rc == SKN_OK)
        rc = skn_session_rolls_back(work->apply->session, texts, (uint32_t)batch.count, &bits, err);
    skn_batch_finish(&batch);
    size_t firm = from;
    while (rc == SKN_OK && firm < *end && (bits >> (firm - from) & 1))
        firm++;
    if (firm == from)
        work->loose = from;
    *end = firm == from ? from + 1 : firm;
    return rc;
}

static int piece_shape(struct skn_piecewise *work, size_t from, size_t *end, struct skn_error *err)
{
    *end = from + 1;
    if (!skn_piece_rides(work, from))
        return SKN_OK;
    /* Where somebody wrote that there be no transaction, each statement is kept as it is done. */
    while (!work->script->off && *end < work->total && *end - from < RIDERS_MAX &&
           skn_piece_rides(work, *end))
        ++*end;
    if (work->apply->session->server.caps & SKN_CAP_DDL_TX)
        return SKN_OK;
    return riders_ask(work, from, end, err);
}

/* Statement at failed, or could not be begun: it is not applied. */
static int not_applied(struct skn_piecewise *work, size_t at, int rc, struct skn_error *err)
{
    skn_piece_mark_settle(work, rc, err->message);
    if (work->done > 0)
        return skn_error_context(err,
                                 "statement %zu of %zu, behind %zu that stay applied; mend it and "
                                 "run again",
                                 at + 1, work->total, work->done);
    return skn_error_context(err, "statement %zu of %zu", at + 1, work->total);
}

/* ---- what rides in a transaction with its count ---- */

/* The commit of a piece went unanswered. The count, which was in it, says whether it was kept. */
static int piece_settle(struct skn_piecewise *work, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_error lost = *err;
    int rc = skn_apply_renew(apply, err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&apply->ledger, err);
    if (rc != SKN_OK) {
        err->code = SKN_E_UNCERTAIN;
        return skn_error_context(err, "%s; and looking again failed", lost.message);
    }
    struct skn_progress found = apply->ledger.progress;
    apply->ledger.progress = (struct skn_progress){0};
    if (found.found && found.done == (int64_t)work->done &&
        strcmp(found.run_id, apply->job->run_id) == 0)
        return skn_piece_replay(work, err);
    *err = lost;
    err->code = SKN_E_CONNECT;
    return skn_error_context(err, "connection lost, and the database says: not applied");
}

static int ride_add(struct skn_piecewise *work, struct skn_batch *batch, size_t from, size_t end,
                    const struct skn_intent *next, struct skn_error *err)
{
    int rc = SKN_OK;
    skn_batch_add(batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    skn_apply_add_check(work->apply, batch);
    for (size_t i = from; rc == SKN_OK && i < end; i++)
        rc = skn_apply_add(work->apply, batch, work->script, i, SKN_ROLE_BODY, err);
    skn_piece_prefix(work, from, end);
    work->done = end;
    return rc == SKN_OK ? skn_piece_mark_add(work, batch, next, "", err) : rc;
}

static int commit_run(struct skn_piecewise *work, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_COMMIT};
    struct skn_events events = {.size = sizeof events};
    struct skn_session *session = work->apply->session;
    return skn_session_exec(session, &step, 1, &events, session->short_limit, err);
}

static int ride_send(struct skn_piecewise *work, struct skn_batch *batch, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    int64_t limit = apply->job->statement_timeout;
    int rc = skn_batch_run(batch, apply->session, limit, limit, err);
    if (rc != SKN_OK)
        skn_apply_locate(apply, batch, work->index, err);
    else if (batch->changes_failed)
        rc = skn_error_set(err, SKN_E_BUSY, "another runner took this revision over");
    else if (skn_apply_lost(rc = commit_run(work, err)))
        rc = piece_settle(work, err);
    return rc;
}

/* The statement behind is announced with the count where that is the only change of rows that lies
 * between. */
static int ride_run(struct skn_piecewise *work, size_t from, size_t end, struct skn_error *err)
{
    struct skn_batch batch;
    struct skn_piecewise before = *work;
    struct skn_intent next = {0};
    size_t at = from;
    int rc = SKN_OK;
    skn_batch_init(&batch);
    if (!(work->apply->session->server.caps & SKN_CAP_DDL_TX))
        rc = skn_piece_announce(work, end, &next, err);
    if (rc == SKN_OK)
        rc = ride_add(work, &batch, from, end, &next, err);
    if (rc == SKN_OK)
        rc = ride_send(work, &batch, err);
    if (batch.done < batch.count && batch.parts[batch.done].role == SKN_ROLE_BODY)
        at = batch.parts[batch.done].statement;
    skn_batch_finish(&batch);
    if (rc == SKN_OK) {
        work->intent = next;
        work->announced = next.statement;
        return rc;
    }
    before.recorded = work->recorded;
    *work = before;
    if (rc == SKN_E_UNCERTAIN)
        return skn_error_context(err, "statement %zu of %zu", at + 1, work->total);
    return not_applied(work, at, rc, err);
}

/* ---- what runs on its own ---- */

/* *began: the statement itself was reached. */
static int bare_send(struct skn_piecewise *work, size_t i, int *began, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_batch batch;
    int64_t limit = apply->job->statement_timeout;
    skn_batch_init(&batch);
    skn_apply_add_check(apply, &batch);
    int rc = skn_apply_add(apply, &batch, work->script, i, SKN_ROLE_BODY, err);
    if (rc == SKN_OK) {
        rc = skn_batch_run(&batch, apply->session, limit, limit, err);
        if (rc != SKN_OK)
            skn_apply_locate(apply, &batch, work->index, err);
    }
    *began = batch.count > 0 && batch.done + 1 >= batch.count;
    skn_batch_finish(&batch);
    return rc;
}

/* What SET autocommit = 0 does: the count would not last. */
static int transaction_refuse(struct skn_piecewise *work, struct skn_error *err)
{
    uint32_t flags = 0;
    int rc = skn_session_status(work->apply->session, &flags, err);
    if (rc == SKN_OK && (flags & SKN_STATUS_IN_TX))
        rc = skn_error_set(err, SKN_E_DRIVER,
                           "the statement left a transaction open, in which what skein writes "
                           "would not last");
    return rc;
}

/* The statement is applied: it is counted, and the next one announced. What counts the last one is
 * the closing transaction. */
static int bare_count(struct skn_piecewise *work, size_t i, struct skn_error *err)
{
    struct skn_intent next = {0};
    skn_piece_prefix(work, i, i + 1);
    work->done = i + 1;
    int rc = transaction_refuse(work, err);
    if (rc == SKN_OK && work->done < work->total)
        rc = skn_piece_announce(work, work->done, &next, err);
    if (rc == SKN_OK && work->done < work->total)
        rc = skn_piece_mark(work, &next, "", err);
    if (rc == SKN_OK)
        return rc;
    /* Counted once more, for else it would be in doubt. */
    skn_piece_mark_settle(work, rc, err->message);
    return skn_error_context(err, "statement %zu of %zu, which is applied", i + 1, work->total);
}

/* An index that was left invalid makes the statement that was to make it succeed, and do nothing.
 */
static int bare_confirm(struct skn_piecewise *work, size_t i, struct skn_error *err)
{
    struct skn_proof proof;
    enum skn_verdict verdict = SKN_VERDICT_APPLIED;
    int began;
    int rc = skn_proof_init(&proof, work->apply->job, work->apply->session, work->script, i, err);
    if (rc == SKN_OK)
        rc = skn_proof_confirm(&proof, &verdict, err);
    if (rc == SKN_OK && verdict == SKN_VERDICT_NOT_APPLIED) {
        rc = bare_send(work, i, &began, err);
        if (rc == SKN_OK)
            rc = skn_proof_confirm(&proof, &verdict, err);
        if (rc == SKN_OK && verdict == SKN_VERDICT_NOT_APPLIED)
            rc = skn_error_set(err, SKN_E_DRIVER,
                               "it succeeded twice, and what it made cannot be used");
    }
    skn_proof_finish(&proof);
    return rc;
}

static int bare_judge(struct skn_piecewise *work, size_t i, int rc, struct skn_error *err)
{
    struct skn_error failure = *err;
    enum skn_verdict verdict;
    int lost = rc == SKN_E_UNCERTAIN;
    rc = lost ? skn_piece_lost(work, i, &verdict, err) : skn_piece_failed(work, i, &verdict, err);
    if (rc != SKN_OK)
        return rc;
    if (verdict == SKN_VERDICT_APPLIED) {
        skn_piece_say(work, i, verdict, lost ? "lost its session" : "failed");
        return bare_count(work, i, err);
    }
    *err = failure;
    if (lost) {
        err->code = SKN_E_CONNECT;
        skn_error_context(err, "connection lost, and the database says: not applied");
    }
    return not_applied(work, i, (int)err->code, err);
}

static int bare_run(struct skn_piecewise *work, size_t i, struct skn_error *err)
{
    int began = 0;
    int rc = bare_send(work, i, &began, err);
    if (rc != SKN_OK && (!began || work->announced != i + 1 || rc == SKN_E_CONNECT))
        return not_applied(work, i, rc, err);
    if (rc == SKN_OK)
        rc = bare_confirm(work, i, err);
    if (rc == SKN_OK)
        return bare_count(work, i, err);
    if (work->announced != i + 1)
        return not_applied(work, i, rc, err);
    /* It succeeded, and the query that is to prove it says no. */
    if (rc == SKN_E_CONFIG)
        return skn_piece_unsure(work, i, err);
    /* Or the link broke while we looked at what it made. */
    return bare_judge(work, i, rc == SKN_E_CONNECT ? SKN_E_UNCERTAIN : rc, err);
}

/* ---- the revision ---- */

static int verify_run(struct skn_piecewise *work, struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    int64_t limit = work->apply->job->statement_timeout;
    int rc = skn_apply_add_verify(work->apply, &batch, work->index, err);
    if (rc == SKN_OK && batch.count > 0) {
        rc = skn_batch_run(&batch, work->apply->session, limit, limit, err);
        if (rc != SKN_OK)
            skn_apply_locate(work->apply, &batch, work->index, err);
    }
    skn_apply_note_verify(work->apply, &batch, work->index);
    if (rc == SKN_OK && batch.verify_failed)
        rc =
            skn_error_set(err, SKN_E_CONSTRAINT,
                          "verify query %u returned a row; all %zu statements of this revision are "
                          "applied, its version row is not written",
                          batch.verify_failed, work->total);
    skn_batch_finish(&batch);
    return rc;
}

static int tables_make(struct skn_piecewise *work, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_batch batch;
    skn_batch_init(&batch);
    skn_ledger_add_tables(&apply->ledger, &batch);
    int64_t limit = apply->session->short_limit;
    int rc = batch.count > 0 ? skn_batch_run(&batch, apply->session, limit, limit, err) : SKN_OK;
    if (rc == SKN_OK) {
        apply->ledger.has_versions = 1;
        apply->ledger.has_log = apply->ledger.has_log || apply->job->log;
    }
    skn_batch_finish(&batch);
    return rc;
}

/* The row must announce what runs on its own, and must be there before anything is run. */
static int announce(struct skn_piecewise *work, struct skn_error *err)
{
    struct skn_intent next;
    int rc = skn_piece_announce(work, work->done, &next, err);
    if (rc == SKN_OK && (!work->recorded || next.statement != work->announced || work->owner))
        rc = skn_piece_mark(work, &next, "", err);
    return rc;
}

static int statement_run(struct skn_piecewise *work, struct skn_error *err)
{
    size_t from = work->done;
    size_t end;
    work->apply->session->page->statement = (uint32_t)from + 1;
    int rc = piece_shape(work, from, &end, err);
    if (rc == SKN_OK && (!work->recorded || work->owner ||
                         (work->announced != from + 1 && !skn_piece_rides(work, from))))
        rc = announce(work, err);
    if (rc != SKN_OK)
        return not_applied(work, from, rc, err);
    return skn_piece_rides(work, from) ? ride_run(work, from, end, err) : bare_run(work, from, err);
}

/* What the revision before announced for us. */
static void announcement_take(struct skn_piecewise *work)
{
    struct skn_apply *apply = work->apply;
    if (apply->announced == work->index + 1) {
        work->recorded = 1;
        work->intent = apply->announcement;
        work->announced = work->intent.statement;
    }
    apply->announced = 0;
}

static int statements_run(struct skn_piecewise *work, struct skn_error *err)
{
    int rc = skn_piece_resume(work, err);
    announcement_take(work);
    while (rc == SKN_OK && work->done < work->total)
        rc = statement_run(work, err);
    if (rc != SKN_OK)
        return rc;
    rc = verify_run(work, err);
    if (rc != SKN_OK)
        skn_piece_mark_settle(work, rc, err->message);
    return rc;
}

int skn_apply_progress_drop(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_batch batch;
    int64_t limit = apply->session->short_limit;
    skn_batch_init(&batch);
    skn_ledger_add_progress_end(&apply->ledger, &batch);
    int rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    skn_batch_finish(&batch);
    apply->ledger.progress = (struct skn_progress){0};
    apply->announced = 0;
    return rc == SKN_OK ? rc : skn_error_context(err, "skein_step");
}

int skn_apply_piecewise(struct skn_apply *apply, size_t step, struct skn_error *err)
{
    struct skn_piecewise work = {.apply = apply,
                                 .step = json_array_get(apply->steps, step),
                                 .index = step,
                                 .loose = SIZE_MAX};
    char started[SKN_TIME_TEXT];
    int64_t began = skn_clock_ms();
    skn_time_utc(started);
    apply->failed_step = step;
    apply->failed_script = -1;
    int rc = skn_apply_script(apply, step, "script", &work.script, err);
    work.total = work.script ? work.script->count : 0;
    if (rc == SKN_OK)
        rc = tables_make(&work, err);
    if (rc == SKN_OK) {
        skn_apply_say_start(apply, step);
        rc = statements_run(&work, err);
    }
    if (rc == SKN_OK)
        rc = skn_piece_finish(&work, began, started, err);
    if (rc != SKN_OK)
        return rc;
    apply->ledger.progress = (struct skn_progress){0};
    return work.script && work.script->touches_session
               ? skn_apply_reset(apply->job, apply->session, err)
               : SKN_OK;
}
