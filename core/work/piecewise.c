/*
 * Applying without a transaction around the revision: statement by statement, each announced before
 * and counted after, so that a revision that failed goes on where it stopped. Rows changed by plain
 * DML ride in one transaction with their count. It knows nothing of what a statement does beyond
 * its kind.
 */
#include "work/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "work/prefix.h"

struct piecewise {
    struct skn_apply *apply;
    const json_t *step;
    size_t index;                    /* of step */
    const struct skn_script *script; /* NULL: a stamp */
    size_t total;
    size_t done;                 /* statements counted in the ledger */
    char prefix[SKN_SHA256_HEX]; /* over statements 1..done */
    int recorded;                /* our row in skein_step is there */
    const char *owner;           /* the run whose row it is, NULL: ours */
};

static void prefix_over(struct piecewise *work, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        skn_prefix_extend(work->prefix, work->script->statements[i].text);
}

static int rides_in_transaction(const struct skn_statement *statement)
{
    return statement->kind == SKN_STATEMENT_DML || statement->kind == SKN_STATEMENT_QUERY;
}

/* Settings of the session that statements before k made, made again for what follows. */
static int session_replay(struct piecewise *work, struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < work->done; i++)
        if (work->script->statements[i].kind == SKN_STATEMENT_SESSION)
            rc = skn_apply_add(work->apply, &batch, work->script, i, SKN_ROLE_BODY, err);
    if (rc == SKN_OK && batch.count > 0)
        rc = skn_batch_run(&batch, work->apply->session, work->apply->session->short_limit,
                           work->apply->session->short_limit, err);
    skn_batch_finish(&batch);
    return rc;
}

static int resume(struct piecewise *work, struct skn_error *err)
{
    const struct skn_progress *progress = &work->apply->ledger.progress;
    if (!progress->found)
        return SKN_OK;
    if (progress->intent > 0)
        return skn_error_set(
            err, SKN_E_UNCERTAIN,
            "statement %lld of %lld of revision %s is in doubt: it was running when its session "
            "ended. Look whether it took effect, then say so: skein resolve --applied, or skein "
            "resolve --not-applied",
            (long long)progress->intent, (long long)progress->total, progress->revision);
    if (progress->done < 0 || (size_t)progress->done > work->total)
        return skn_error_set(
            err, SKN_E_CONFIG,
            "%lld statements of revision %s are applied, but the file has only %zu "
            "now; put them back",
            (long long)progress->done, progress->revision, work->total);
    prefix_over(work, 0, (size_t)progress->done);
    if (strcmp(work->prefix, progress->prefix) != 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "the first %lld statements of revision %s are applied, and the file "
                             "says something else there now; only what follows may be changed",
                             (long long)progress->done, progress->revision);
    work->done = (size_t)progress->done;
    work->recorded = 1;
    work->owner = progress->run_id;
    return session_replay(work, err);
}

static int mark_add(struct piecewise *work, struct skn_batch *batch, size_t intent,
                    const char *error, struct skn_error *err)
{
    /* A server's message may hold what its own table would not take. */
    struct skn_buf clean = {0};
    skn_text_escape(&clean, skn_str(error), 0);
    error = skn_arena_strdup(&batch->arena, skn_buf_text(&clean));
    skn_buf_finish(&clean);
    struct skn_mark mark = {.done = (int64_t)work->done,
                            .total = (int64_t)work->total,
                            .intent = (int64_t)intent,
                            .prefix = work->prefix,
                            .error = error,
                            .owner = work->owner ? work->owner : work->apply->job->run_id};
    return skn_ledger_add_progress(&work->apply->ledger, batch, work->step, &mark, !work->recorded,
                                   err);
}

/* Writes the mark by itself: before the first statement, and after a failed one. */
static int mark_write(struct piecewise *work, size_t intent, const char *error,
                      struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    int64_t limit = work->apply->session->short_limit;
    if (!work->apply->ledger.has_step)
        skn_ledger_add_step_table(&work->apply->ledger, &batch);
    int rc = mark_add(work, &batch, intent, error, err);
    if (rc == SKN_OK)
        rc = skn_batch_run(&batch, work->apply->session, limit, limit, err);
    /* Where no lock keeps runners apart, this row does: one makes or takes it, the others do not.
     */
    if (rc == SKN_E_CONSTRAINT || (rc == SKN_OK && batch.changes_failed))
        rc = skn_error_set(err, SKN_E_BUSY, "another runner is at work on this revision");
    if (rc == SKN_OK) {
        work->recorded = 1;
        work->owner = NULL;
        work->apply->ledger.has_step = 1;
    }
    skn_batch_finish(&batch);
    return rc == SKN_OK ? rc : skn_error_context(err, "skein_step");
}

/* The piece that starts at from: one statement, or a run of DML that shares a transaction. */
static size_t piece_end(const struct piecewise *work, size_t from)
{
    size_t end = from + 1;
    if (!rides_in_transaction(&work->script->statements[from]))
        return end;
    while (end < work->total && rides_in_transaction(&work->script->statements[end]))
        end++;
    return end;
}

/* Settings are made again by whoever goes on, so that making one twice does no harm. */
static int is_setting(const struct skn_statement *statement)
{
    return statement->kind == SKN_STATEMENT_SESSION;
}

/* What must be announced before the piece at from: the statement's number, 0 where a transaction
 * makes an announcement needless. */
static size_t piece_intent(const struct piecewise *work, size_t from)
{
    if (from >= work->total || rides_in_transaction(&work->script->statements[from]) ||
        is_setting(&work->script->statements[from]))
        return 0;
    return from + 1;
}

/* The revision behind this one, if it too will go piece by piece. */
static int next_find(struct piecewise *work, struct piecewise *next, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    *next = (struct piecewise){
        .apply = apply, .index = work->index + 1, .recorded = 1, .owner = work->owner};
    if (next->index >= apply->count || skn_session_stopping() ||
        (apply->session->server.caps & SKN_CAP_DDL_TX))
        return SKN_OK;
    next->step = json_array_get(apply->steps, next->index);
    int rc = skn_apply_script(apply, next->index, "script", &next->script, err);
    next->total = rc == SKN_OK && next->script ? next->script->count : 0;
    return rc;
}

/* The progress row is no longer ours: it goes, or becomes the next revision's, which saves that one
 * a transaction of its own. */
static int progress_pass_on(struct piecewise *work, struct skn_batch *batch, struct skn_error *err)
{
    struct piecewise next;
    int rc = work->recorded ? next_find(work, &next, err) : SKN_OK;
    work->apply->announced = 0;
    if (rc != SKN_OK || !work->recorded)
        return rc;
    if (next.total == 0) {
        skn_ledger_add_progress_end(&work->apply->ledger, batch);
        return SKN_OK;
    }
    work->apply->announced = next.index + 1;
    return mark_add(&next, batch, piece_intent(&next, 0), "", err);
}

static int finish_add(struct piecewise *work, struct skn_batch *batch, int64_t began,
                      const char *started, struct skn_error *err)
{
    const struct skn_ledger *ledger = &work->apply->ledger;
    skn_batch_add(batch, SKN_STEP_FENCE, skn_str(ledger->versions), SKN_ROLE_OWN, 0);
    skn_ledger_add_query(ledger, batch);
    int rc = skn_ledger_add_changes(ledger, batch, work->step, err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_log(ledger, batch, work->step, started, skn_clock_ms() - began, err);
    return rc == SKN_OK ? progress_pass_on(work, batch, err) : rc;
}

static void rollback(struct piecewise *work)
{
    struct skn_step step = {.op = SKN_STEP_ROLLBACK};
    struct skn_events events = {.size = sizeof events};
    struct skn_error ignored = SKN_ERROR_INIT;
    skn_session_exec(work->apply->session, &step, 1, &events, work->apply->session->short_limit,
                     &ignored);
}

/* Notes how far we came, and that nothing is running; where nothing was done, no trace is left. An
 * interrupt does not keep it from being written, for without it a statement would be in doubt. */
static void mark_settle(struct piecewise *work, int rc, const char *error)
{
    struct skn_apply *apply = work->apply;
    struct skn_error ignored = SKN_ERROR_INIT;
    if (!work->recorded)
        return;
    apply->session->sheltered = 1;
    if (skn_apply_lost(rc))
        rc = skn_apply_renew(apply, &ignored);
    else
        rollback(work);
    if (!skn_apply_lost(rc) && work->done > 0)
        mark_write(work, 0, error, &ignored);
    else if (!skn_apply_lost(rc))
        skn_apply_progress_drop(apply, &ignored);
    apply->session->sheltered = 0;
}

/* The statement at from failed, and the server said so: it is not applied. */
static int piece_failed(struct piecewise *work, size_t from, int rc, struct skn_error *err)
{
    mark_settle(work, rc, err->message);
    if (work->done > 0)
        return skn_error_context(err,
                                 "statement %zu of %zu, behind %zu that stay applied; mend it and "
                                 "run again",
                                 from + 1, work->total, work->done);
    return skn_error_context(err, "statement %zu of %zu", from + 1, work->total);
}

/* The commit of a piece went unanswered. The count, which was in it, says whether it was kept. */
static int piece_settle(struct piecewise *work, struct skn_error *err)
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
        return session_replay(work, err);
    *err = lost;
    err->code = SKN_E_CONNECT;
    return skn_error_context(err, "connection lost, and the database says: not applied");
}

/* DML: the statements and their count commit together. */
static int piece_add_dml(struct piecewise *work, struct skn_batch *batch, size_t from, size_t end,
                         struct skn_error *err)
{
    int rc = SKN_OK;
    skn_batch_add(batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    for (size_t i = from; rc == SKN_OK && i < end; i++)
        rc = skn_apply_add(work->apply, batch, work->script, i, SKN_ROLE_BODY, err);
    return rc;
}

static int commit_run(struct piecewise *work, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_COMMIT};
    struct skn_events events = {.size = sizeof events};
    struct skn_session *session = work->apply->session;
    return skn_session_exec(session, &step, 1, &events, session->short_limit, err);
}

static int piece_add(struct piecewise *work, struct skn_batch *batch, size_t from, size_t end,
                     struct skn_error *err)
{
    int dml = rides_in_transaction(&work->script->statements[from]);
    int rc = dml ? piece_add_dml(work, batch, from, end, err)
                 : skn_apply_add(work->apply, batch, work->script, from, SKN_ROLE_BODY, err);
    prefix_over(work, from, end);
    work->done = end;
    /* What counts the last statement is the closing transaction. */
    if (rc == SKN_OK && (dml || end < work->total))
        rc = mark_add(work, batch, piece_intent(work, end), "", err);
    return rc;
}

/* A statement outside a transaction was done, and its count failed: it is counted once more, for
 * else it would be in doubt. */
static int count_failed(struct piecewise *work, size_t from, int rc, struct skn_error *err)
{
    mark_settle(work, rc, err->message);
    return skn_error_context(err, "statement %zu of %zu, which is applied", from + 1, work->total);
}

static int piece_run(struct piecewise *work, size_t from, size_t end, struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    int64_t limit = apply->job->statement_timeout;
    struct skn_batch batch;
    struct piecewise before = *work;
    int dml = rides_in_transaction(&work->script->statements[from]);
    skn_batch_init(&batch);
    int rc = piece_add(work, &batch, from, end, err);
    if (rc == SKN_OK) {
        rc = skn_batch_run(&batch, apply->session, limit, limit, err);
        if (rc != SKN_OK)
            skn_apply_locate(apply, &batch, work->index, err);
    }
    if (rc == SKN_OK && batch.changes_failed)
        rc = skn_error_set(err, SKN_E_BUSY, "another runner took this revision over");
    else if (rc == SKN_OK && dml && skn_apply_lost(rc = commit_run(work, err)))
        rc = piece_settle(work, err);
    size_t at = from;
    if (batch.done < batch.count && batch.parts[batch.done].role == SKN_ROLE_BODY)
        at = batch.parts[batch.done].statement;
    int applied = !dml && batch.done > 0;
    skn_batch_finish(&batch);
    if (rc == SKN_OK)
        return rc;
    if (applied)
        return count_failed(work, at, rc, err);
    before.recorded = work->recorded;
    *work = before;
    /* In doubt, and its announcement says so to whoever comes next. */
    if (rc == SKN_E_UNCERTAIN)
        return skn_error_context(err, "statement %zu of %zu", at + 1, work->total);
    return piece_failed(work, at, rc, err);
}

static int verify_run(struct piecewise *work, struct skn_error *err)
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

static int finish_commit(struct piecewise *work, int64_t began, struct skn_error *err)
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
static int finish_run(struct piecewise *work, int64_t began, const char *started,
                      struct skn_error *err)
{
    struct skn_apply *apply = work->apply;
    struct skn_batch batch;
    int64_t limit = apply->session->short_limit;
    skn_batch_init(&batch);
    skn_batch_add(&batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    int rc = finish_add(work, &batch, began, started, err);
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
        mark_settle(work, rc, err->message);
    return rc;
}

static int tables_make(struct piecewise *work, struct skn_error *err)
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

static int statements_run(struct piecewise *work, struct skn_error *err)
{
    int rc = resume(work, err);
    int announced = work->apply->announced == work->index + 1;
    if (announced)
        work->recorded = 1;
    work->apply->announced = 0;
    if (rc == SKN_OK && work->done < work->total && !announced)
        rc = mark_write(work, piece_intent(work, work->done), "", err);
    while (rc == SKN_OK && work->done < work->total) {
        work->apply->session->page->statement = (uint32_t)work->done + 1;
        rc = piece_run(work, work->done, piece_end(work, work->done), err);
    }
    if (rc != SKN_OK)
        return rc;
    rc = verify_run(work, err);
    if (rc != SKN_OK)
        mark_settle(work, rc, err->message);
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
    struct piecewise work = {
        .apply = apply, .step = json_array_get(apply->steps, step), .index = step};
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
        rc = finish_run(&work, began, started, err);
    if (rc != SKN_OK)
        return rc;
    apply->ledger.progress = (struct skn_progress){0};
    return work.script && work.script->touches_session
               ? skn_apply_reset(apply->job, apply->session, err)
               : SKN_OK;
}
