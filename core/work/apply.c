/*
 * Applying in transactions: body, version rows and log commit together, so that there is no state
 * in between. It knows nothing of graphs; the planner said which rows change.
 */
#include "work/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { BUSY_RETRIES = 30 };

/* The revisions whose COMMIT is sent with the body of the next one, and when they began. */
struct owed {
    int commit; /* a transaction is open and complete, for step apply->next */
    int reset;  /* its script changed session settings */
    int64_t started;
};

/* ---- connecting ---- */

static int session_prepare(const struct skn_job *job, struct skn_session *session,
                           struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    size_t i;
    json_t *text;
    json_array_foreach((json_t *)(uintptr_t)job->session, i, text) skn_batch_add(
        &batch, SKN_STEP_SQL, skn_str_len(json_string_value(text), json_string_length(text)),
        SKN_ROLE_OWN, 0);
    int rc = SKN_OK;
    if (batch.count > 0)
        rc = skn_batch_run(&batch, session, session->short_limit, session->short_limit, err);
    skn_batch_finish(&batch);
    return rc == SKN_OK ? rc : skn_error_context(err, "session statement");
}

int skn_apply_connect(const struct skn_job *job, struct skn_session *session, struct skn_error *err)
{
    if (job->connect_timeout > 0)
        session->short_limit = job->connect_timeout;
    const struct skn_conn *before = session->conn;
    int same = before && session->target && strcmp(session->target, job->target) == 0;
    int rc = skn_session_open(session, job->target, job->options, job->folder, err);
    if (rc != SKN_OK || (same && before == session->conn))
        return rc;
    return session_prepare(job, session, err);
}

int skn_apply_reset(const struct skn_job *job, struct skn_session *session, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_RESET};
    struct skn_events events = {.size = sizeof events};
    int rc = skn_session_exec(session, &step, 1, &events, session->short_limit, err);
    return rc == SKN_OK ? session_prepare(job, session, err) : rc;
}

/* ---- what both ways share ---- */

static const json_t *step_at(const struct skn_apply *apply, size_t step)
{
    return json_array_get(apply->steps, step);
}

int skn_apply_script(struct skn_apply *apply, size_t step, const char *which,
                     const struct skn_script **script, struct skn_error *err)
{
    const json_t *id = json_object_get(step_at(apply, step), which);
    *script = NULL;
    if (!json_is_integer(id))
        return SKN_OK;
    int rc = skn_scripts_get(apply->scripts, json_integer_value(id), apply->session, script, err);
    if (rc != SKN_OK && err->position > 0) {
        apply->failed_script = json_integer_value(id);
        apply->failed_offset = err->position - 1;
    }
    return rc;
}

int skn_apply_add(struct skn_apply *apply, struct skn_batch *batch, const struct skn_script *script,
                  size_t i, enum skn_role role, struct skn_error *err)
{
    struct skn_str text = script->statements[i].text;
    if (script->variables) {
        int rc = skn_statement_expand(&script->statements[i], apply->session, apply->job->vars,
                                      &batch->arena, &text, err);
        if (rc != SKN_OK)
            return rc;
    }
    skn_batch_add(batch, SKN_STEP_SQL, text, role, (uint32_t)i);
    return SKN_OK;
}

int skn_apply_add_verify(struct skn_apply *apply, struct skn_batch *batch, size_t step,
                         struct skn_error *err)
{
    const struct skn_script *script;
    int rc = skn_apply_script(apply, step, "verify", &script, err);
    for (size_t i = 0; rc == SKN_OK && script && i < script->count; i++)
        rc = skn_apply_add(apply, batch, script, i, SKN_ROLE_VERIFY, err);
    return rc;
}

/* Notes where statement i of a step's script stands. */
static const struct skn_statement *statement_note(struct skn_apply *apply, size_t step,
                                                  const char *which, uint32_t i)
{
    const struct skn_script *script;
    struct skn_error ignored = SKN_ERROR_INIT;
    if (skn_apply_script(apply, step, which, &script, &ignored) != SKN_OK || !script ||
        i >= script->count)
        return NULL;
    apply->failed_script = skn_json_number(step_at(apply, step), which);
    apply->failed_offset = script->statements[i].offset;
    return &script->statements[i];
}

void skn_apply_note_verify(struct skn_apply *apply, const struct skn_batch *batch, size_t step)
{
    apply->failed_step = step;
    if (batch->verify_failed)
        statement_note(apply, step, "verify", batch->verify_failed - 1);
}

int skn_apply_check(struct skn_apply *apply, const struct skn_batch *batch, size_t step,
                    struct skn_error *err)
{
    skn_apply_note_verify(apply, batch, step);
    if (batch->verify_failed)
        return skn_error_set(err, SKN_E_CONSTRAINT,
                             "verify query %u returned a row; nothing of this revision was kept",
                             batch->verify_failed);
    if (batch->changes_failed)
        return skn_error_set(
            err, SKN_E_DRIVER,
            "the version rows changed under us (a change did not touch exactly one "
            "row); nothing of this revision was kept");
    return SKN_OK;
}

void skn_apply_locate(struct skn_apply *apply, const struct skn_batch *batch, size_t step,
                      const struct skn_error *err)
{
    apply->failed_step = step;
    if (err->step >= batch->count)
        return;
    const struct skn_batch_part *part = &batch->parts[err->step];
    if (part->role != SKN_ROLE_BODY && part->role != SKN_ROLE_VERIFY)
        return;
    const char *which = part->role == SKN_ROLE_BODY ? "script" : "verify";
    const struct skn_statement *statement = statement_note(apply, step, which, part->statement);
    /* Positions are in the text that was sent, which is the file's unless variables made it
     * another. */
    int same = statement && batch->steps[err->step].sql.ptr == statement->text.ptr;
    if (same && err->position > 0 && err->position <= statement->text.len)
        apply->failed_offset += err->position - 1;
}

void skn_apply_say_start(struct skn_apply *apply, size_t step)
{
    struct skn_page *page = apply->session->page;
    if (page) {
        page->step = (uint32_t)step;
        page->statement = 0;
    }
    skn_session_say(apply->session,
                    json_pack("{s:s, s:I}", "event", "start", "step", (json_int_t)step), 0);
}

void skn_apply_say_done(struct skn_apply *apply, size_t step, int64_t ms)
{
    struct skn_page *page = apply->session->page;
    if (page) {
        page->done = (uint32_t)step + 1;
        page->statement = 0;
    }
    skn_session_say(apply->session,
                    json_pack("{s:s, s:I, s:I}", "event", "step", "step", (json_int_t)step, "ms",
                              (json_int_t)ms),
                    0);
}

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

static void batch_open(struct skn_apply *apply, struct skn_batch *batch)
{
    skn_batch_add(batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
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
        rc = skn_ledger_add_changes(&apply->ledger, batch, step_at(apply, step), err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_log(&apply->ledger, batch, step_at(apply, step), started, ms, err);
    return rc;
}

static void rollback(struct skn_apply *apply)
{
    struct skn_step step = {.op = SKN_STEP_ROLLBACK};
    struct skn_events events = {.size = sizeof events};
    struct skn_error ignored = SKN_ERROR_INIT;
    if (skn_session_exec(apply->session, &step, 1, &events, apply->session->short_limit,
                         &ignored) != SKN_OK)
        skn_session_close(apply->session);
}

/* Step apply->next is in the ledger: the tables exist, the rows are what it left. */
static void step_settled(struct skn_apply *apply, int64_t ms)
{
    apply->ledger.has_versions = 1;
    apply->ledger.has_log = apply->ledger.has_log || apply->job->log;
    skn_rows_change(apply->rows, step_at(apply, apply->next));
    skn_apply_say_done(apply, apply->next, ms);
    apply->next++;
}

/* The commit of step apply->next went unanswered, or the link broke: look what the database says.
 */
static int connection_settle(struct skn_apply *apply, const char *token, struct skn_error *err)
{
    struct skn_error lost = *err;
    skn_session_close(apply->session);
    int rc = skn_apply_connect(apply->job, apply->session, err);
    /* The old session holds the lock as long as it may still commit. */
    if (rc == SKN_OK)
        rc = skn_session_lock(apply->session, apply->job->version_table, apply->job->lock_timeout,
                              err);
    uint32_t outcome = SKN_OUTCOME_UNKNOWN;
    int64_t end = skn_clock_ms() + apply->job->lock_timeout;
    while (rc == SKN_OK) {
        rc = skn_session_settle(apply->session, token, &outcome, err);
        if (outcome != SKN_OUTCOME_RUNNING || skn_clock_ms() > end || skn_session_cancelled())
            break;
        skn_session_sleep(50);
    }
    if (rc == SKN_OK)
        rc = skn_ledger_read(&apply->ledger, err);
    if (rc != SKN_OK) {
        skn_error_context(
            err,
            "%s; and looking again failed, so the outcome of this revision is unknown "
            "until the next run, which looks first",
            lost.message);
        err->code = SKN_E_UNCERTAIN;
        return SKN_E_UNCERTAIN;
    }
    json_t *after = json_copy(apply->rows);
    skn_rows_change(after, step_at(apply, apply->next));
    int applied = skn_rows_equal(after, apply->ledger.rows);
    json_decref(after);
    if (applied) {
        step_settled(apply, 0);
        return SKN_OK;
    }
    *err = lost;
    return skn_error_context(err, "connection lost, and the database says: not applied");
}

/* Two targets in one database, each with a version table of its own, may make the log table at the
 * same time; PostgreSQL then fails one of them, for which it will be there at the next try. */
static int tables_raced(const struct skn_batch *batch, int rc)
{
    return (rc == SKN_E_EXISTS || rc == SKN_E_CONSTRAINT) && batch->done < batch->count &&
           batch->parts[batch->done].role == SKN_ROLE_OWN;
}

static int is_lost(int rc)
{
    return rc == SKN_E_UNCERTAIN || rc == SKN_E_CONNECT;
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

static int commit_send(struct skn_apply *apply, struct owed *owed, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_COMMIT};
    struct skn_events events = {.size = sizeof events};
    char token[128];
    skn_session_token(apply->session, token, sizeof token);
    apply->failed_step = apply->next;
    int rc = skn_session_exec(apply->session, &step, 1, &events, begin_limit(apply), err);
    owed->commit = 0;
    if (rc == SKN_OK) {
        rc = commit_check(apply, err);
        if (rc != SKN_OK)
            return rc;
        step_settled(apply, skn_clock_ms() - owed->started);
        if (owed->reset)
            rc = skn_apply_reset(apply->job, apply->session, err);
        owed->reset = 0;
        return rc;
    }
    owed->reset = 0;
    if (is_lost(rc))
        return connection_settle(apply, token, err);
    skn_error_context(err, "commit");
    rollback(apply);
    return rc;
}

/* After the batch ran: was the owed commit in it done? */
static void owed_note(struct skn_apply *apply, struct owed *owed, const struct skn_batch *batch)
{
    if (!owed->commit || batch->done == 0)
        return;
    owed->commit = 0;
    step_settled(apply, skn_clock_ms() - owed->started);
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

/* One try to run the body of a revision, up to but not including its commit. */
static int step_try(struct skn_apply *apply, struct owed *owed, struct skn_error *err)
{
    struct skn_batch batch;
    char started[SKN_TIME_TEXT];
    char token[128] = "";
    size_t step = apply->next + (owed->commit ? 1 : 0);
    skn_batch_init(&batch);
    skn_time_utc(started);
    if (owed->commit) {
        skn_session_token(apply->session, token, sizeof token);
        skn_batch_add(&batch, SKN_STEP_COMMIT, skn_str(""), SKN_ROLE_COMMIT, 0);
    }
    batch_open(apply, &batch);
    int64_t began = skn_clock_ms();
    int rc = batch_step(apply, &batch, step, started, 0, err);
    if (rc == SKN_OK) {
        skn_apply_say_start(apply, step);
        rc = skn_batch_run(&batch, apply->session, begin_limit(apply), statement_limit(apply), err);
        int was_owed = owed->commit;
        owed_note(apply, owed, &batch);
        if (rc != SKN_OK) {
            skn_apply_locate(apply, &batch, was_owed && owed->commit ? step - 1 : step, err);
            if (tables_raced(&batch, rc))
                rc = SKN_E_BUSY;
            if (owed->commit && is_lost(rc)) {
                owed->commit = 0;
                rc = connection_settle(apply, token, err);
                if (rc == SKN_OK)
                    rc = SKN_E_BUSY; /* the commit was in; the body behind it is tried again */
            }
        }
    }
    if (!is_lost(rc) && rows_moved(apply, &batch))
        rc = SKN_OK;
    else if (rc == SKN_OK)
        rc = skn_apply_check(apply, &batch, step, err);
    if (apply->moved || (rc != SKN_OK && !is_lost(rc)))
        rollback(apply);
    if (rc == SKN_OK && !apply->moved) {
        owed->commit = 1;
        owed->started = began;
    }
    skn_batch_finish(&batch);
    return rc;
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

/* One revision, tried again as a whole while the engine says that somebody is in the way. */
static int step_run(struct skn_apply *apply, struct owed *owed, struct skn_error *err)
{
    for (int attempt = 1;; attempt++) {
        int rc = step_try(apply, owed, err);
        if (rc != SKN_E_BUSY || attempt == BUSY_RETRIES || skn_session_cancelled() ||
            !(apply->session->server.caps & SKN_CAP_LOCK))
            return rc;
        int64_t wait = attempt < 8 ? 25 << attempt : 4000;
        skn_session_sleep(wait / 2 + rand() % wait);
    }
}

static int script_off(struct skn_apply *apply, size_t step, int *off, struct skn_error *err)
{
    const struct skn_script *script;
    int rc = skn_apply_script(apply, step, "script", &script, err);
    apply->failed_step = step;
    *off = rc == SKN_OK && script && script->off;
    return rc;
}

static int script_resets(struct skn_apply *apply, size_t step)
{
    const struct skn_script *script;
    struct skn_error ignored = SKN_ERROR_INIT;
    return skn_apply_script(apply, step, "script", &script, &ignored) == SKN_OK && script &&
           script->touches_session;
}

static int each_in_its_own(struct skn_apply *apply, struct skn_error *err)
{
    struct owed owed = {0};
    int pipelined = (apply->session->server.caps & SKN_CAP_PIPELINE) != 0;
    int rc = SKN_OK;
    while (rc == SKN_OK && !apply->moved && apply->next + (owed.commit ? 1 : 0) < apply->count) {
        size_t step = apply->next + (owed.commit ? 1 : 0);
        int off;
        rc = script_off(apply, step, &off, err);
        if (rc == SKN_OK && (off || owed.reset || skn_session_stopping()) && owed.commit)
            rc = commit_send(apply, &owed, err);
        if (rc != SKN_OK || (skn_session_stopping() && (apply->stopped = 1)))
            break;
        if (off) {
            rc = skn_apply_piecewise(apply, step, err);
            continue;
        }
        rc = step_run(apply, &owed, err);
        if (rc == SKN_OK && !apply->moved)
            rc = in_transaction(apply, err);
        if (rc == SKN_OK && !apply->moved && script_resets(apply, step))
            owed.reset = 1;
        if (rc == SKN_OK && !apply->moved && owed.commit && !pipelined)
            rc = commit_send(apply, &owed, err);
    }
    if (owed.commit && rc == SKN_OK && !apply->moved)
        rc = commit_send(apply, &owed, err);
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
        if (step == apply->next)
            batch_open(apply, &batch);
        else if (script_resets(apply, step - 1))
            skn_batch_add(&batch, SKN_STEP_RESET, skn_str(""), SKN_ROLE_OWN, 0);
        rc = batch_step(apply, &batch, step, started, 0, err);
        if (rc == SKN_OK) {
            skn_apply_say_start(apply, step);
            int64_t first = step == apply->next ? begin_limit(apply) : statement_limit(apply);
            rc = skn_batch_run(&batch, apply->session, first, statement_limit(apply), err);
            if (rc != SKN_OK)
                skn_apply_locate(apply, &batch, step, err);
            if (tables_raced(&batch, rc))
                rc = SKN_E_BUSY;
        }
        if (!is_lost(rc) && step == apply->next && rows_moved(apply, &batch)) {
            skn_batch_finish(&batch);
            return SKN_OK;
        }
        if (rc == SKN_OK)
            rc = skn_apply_check(apply, &batch, step, err);
        if (rc == SKN_OK)
            rc = in_transaction(apply, err);
        if (rc == SKN_OK && skn_session_cancelled())
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
    apply->failed_step = apply->count - 1;
    int rc = skn_session_exec(apply->session, &step, 1, &events, begin_limit(apply), err);
    if (is_lost(rc)) {
        size_t first = apply->next;
        json_t *before = json_copy(apply->rows);
        for (size_t i = first; i + 1 < apply->count; i++)
            skn_rows_change(apply->rows, step_at(apply, i));
        apply->next = apply->count - 1;
        rc = connection_settle(apply, token, err);
        if (rc != SKN_OK) {
            apply->next = first;
            json_decref(apply->rows);
            apply->rows = before;
            return rc;
        }
        json_decref(before);
        for (size_t i = first; i + 1 < apply->count; i++)
            skn_apply_say_done(apply, i, 0);
        return SKN_OK;
    }
    if (rc != SKN_OK) {
        rollback(apply);
        return skn_error_context(err, "commit");
    }
    rc = commit_check(apply, err);
    while (rc == SKN_OK && apply->next < apply->count)
        step_settled(apply, 0);
    return rc;
}

static int all_in_one(struct skn_apply *apply, struct skn_error *err)
{
    for (int attempt = 1;; attempt++) {
        int rc = all_steps(apply, err);
        if (rc == SKN_OK && !apply->moved)
            return all_commit(apply, err);
        if (apply->session->conn && !is_lost(rc))
            rollback(apply);
        if (rc != SKN_E_BUSY || attempt == BUSY_RETRIES || skn_session_cancelled() ||
            !(apply->session->server.caps & SKN_CAP_LOCK))
            return rc;
        skn_session_sleep(200 + rand() % 400);
    }
}

/* ---- the run ---- */

static int any_off(struct skn_apply *apply, int *any, struct skn_error *err)
{
    *any = 0;
    for (size_t step = 0; step < apply->count; step++) {
        int off;
        int rc = script_off(apply, step, &off, err);
        if (rc != SKN_OK)
            return rc;
        *any |= off;
    }
    return SKN_OK;
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
    return rc;
}

static int steps_run(struct skn_apply *apply, struct skn_error *err)
{
    int rc = SKN_OK;
    if (apply->session->server.caps & SKN_CAP_DDL_TX) {
        int one;
        rc = one_transaction(apply, &one, err);
        if (rc != SKN_OK)
            return rc;
        return one ? all_in_one(apply, err) : each_in_its_own(apply, err);
    }
    while (rc == SKN_OK && apply->next < apply->count && !apply->moved) {
        if (skn_session_stopping()) {
            apply->stopped = 1;
            break;
        }
        rc = skn_apply_piecewise(apply, apply->next, err);
    }
    return rc;
}

/* A revision that was left half applied is finished first, and nothing else is begun. */
static int progress_check(struct skn_apply *apply, struct skn_error *err)
{
    const struct skn_progress *progress = &apply->ledger.progress;
    if (!progress->found)
        return SKN_OK;
    const json_t *step = step_at(apply, 0);
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
    if (rc == SKN_OK && !skn_rows_equal(batch.rows, apply->rows)) {
        apply->next = 0;
        rc = skn_error_set(err, SKN_E_DRIVER,
                           "the driver reported success, and the version rows say otherwise; see "
                           "skein current for what the database holds");
    }
    skn_batch_finish(&batch);
    return rc;
}

int skn_apply_run(struct skn_apply *apply, struct skn_error *err)
{
    int rc = skn_apply_connect(apply->job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_session_lock(apply->session, apply->job->version_table, apply->job->lock_timeout,
                              err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&apply->ledger, apply->job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&apply->ledger, err);
    if (rc == SKN_OK && !skn_rows_equal(apply->ledger.rows, apply->rows))
        apply->moved = 1;
    if (rc == SKN_OK && !apply->moved && apply->count > 0)
        rc = progress_check(apply, err);
    if (rc == SKN_OK && !apply->moved && apply->count > 0)
        rc = steps_run(apply, err);
    if (rc == SKN_OK && apply->session->conn)
        rc = rows_confirm(apply, err);
    if (rc != SKN_OK || !apply->session->conn)
        return rc;
    return skn_session_unlock(apply->session, err);
}
