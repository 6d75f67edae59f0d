/*
 * What the ways of applying share: connecting, the statements of a step, what they must have
 * answered, and telling the planner. It knows nothing of transactions.
 */
#include "work/apply.h"

#include <stdio.h>
#include <string.h>

/* ---- connecting ---- */

void skn_apply_add_session(const struct skn_job *job, struct skn_batch *batch)
{
    size_t i;
    json_t *text;
    json_array_foreach((json_t *)(uintptr_t)job->session, i, text) skn_batch_add(
        batch, SKN_STEP_SQL, skn_str_len(json_string_value(text), json_string_length(text)),
        SKN_ROLE_OWN, 0);
}

static int session_prepare(const struct skn_job *job, struct skn_session *session,
                           struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    skn_apply_add_session(job, &batch);
    int rc = SKN_OK;
    if (batch.count > 0) {
        session->prepared = 1;
        rc = skn_batch_run(&batch, session, session->short_limit, session->short_limit, err);
    }
    skn_batch_finish(&batch);
    return rc == SKN_OK ? rc : skn_error_context(err, "session statement");
}

/* So that who waits for us, or looks at the server, sees which run this is. */
static json_t *options_sign(const struct skn_job *job, const struct skn_session *session)
{
    json_t *options = json_copy((json_t *)(uintptr_t)job->options);
    if (job->run_id[0] && skn_session_has_option(session, "application_name") &&
        !json_object_get(options, "application_name"))
        json_object_set_new(options, "application_name", json_sprintf("skein/%s", job->run_id));
    return options;
}

int skn_apply_connect(const struct skn_job *job, struct skn_session *session, struct skn_error *err)
{
    if (job->connect_timeout > 0)
        session->short_limit = job->connect_timeout;
    int same = session->target && strcmp(session->target, job->target) == 0;
    json_t *options = options_sign(job, session);
    int rc = skn_session_open(session, job->target, options, job->folder, err);
    json_decref(options);
    if (rc == SKN_OK && skn_session_lent(session) && json_array_size(job->session) > 0)
        rc = skn_error_set(err, SKN_E_CONFIG,
                           "session statements would stay with whomever the pooler lends the "
                           "session to next; take session out of the target's config, or name the "
                           "server itself as host");
    if (rc != SKN_OK || (same && session->prepared))
        return rc;
    /* What another target's statements set must not last. */
    return session->prepared ? skn_apply_reset(job, session, err)
                             : session_prepare(job, session, err);
}

int skn_apply_reset(const struct skn_job *job, struct skn_session *session, struct skn_error *err)
{
    struct skn_step step = {.op = SKN_STEP_RESET};
    struct skn_events events = {.size = sizeof events};
    int rc = skn_session_exec(session, &step, 1, &events, session->short_limit, err);
    if (rc != SKN_OK)
        return skn_error_context(err, "putting session settings back");
    session->prepared = 0;
    return session_prepare(job, session, err);
}

/* ---- what both ways share ---- */

int skn_apply_try_again(struct skn_apply *apply, struct skn_patience *patience, int rc,
                        struct skn_error *err)
{
    int denied = apply->denied;
    apply->denied = 0;
    /* What no server said is not a lock that others will give up. */
    if (!err->sqlstate[0])
        return 0;
    return skn_patience_try_again(patience, apply->session, apply->job, rc, denied, err);
}

const json_t *skn_apply_step(const struct skn_apply *apply, size_t step)
{
    return json_array_get(apply->steps, step);
}

int skn_apply_script(struct skn_apply *apply, size_t step, const char *which,
                     const struct skn_script **script, struct skn_error *err)
{
    const json_t *id = json_object_get(skn_apply_step(apply, step), which);
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
        int rc =
            skn_statement_expand(text, apply->session, apply->job->vars, &batch->arena, &text, err);
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

void skn_apply_add_check(const struct skn_apply *apply, struct skn_batch *batch)
{
    if (skn_session_checks(apply->session))
        skn_batch_add(batch, SKN_STEP_CHECK, skn_str(""), SKN_ROLE_OWN, 0);
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
    apply->failed_script = skn_json_number(skn_apply_step(apply, step), which);
    apply->failed_offset = script->statements[i].offset;
    return &script->statements[i];
}

void skn_apply_locate_statement(struct skn_apply *apply, size_t step, size_t i)
{
    apply->failed_step = step;
    statement_note(apply, step, "script", (uint32_t)i);
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
    if (batch->rows_bad)
        return skn_error_set(err, SKN_E_CONFIG, "table %s holds something that is no revision id",
                             apply->ledger.versions);
    if (batch->verify_failed)
        return skn_error_set(err, SKN_E_CONSTRAINT,
                             "verify query %u returned a row; nothing of this revision was kept",
                             batch->verify_failed);
    if (batch->changes_failed)
        return skn_error_set(
            err, SKN_E_DRIVER,
            "the version rows changed under us (a change did not touch exactly one "
            "row); they are left as they were");
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
        page->step = (uint32_t)step + 1;
        page->statement = 0;
    }
    /* It may be tried more than once. */
    if (step < apply->said)
        return;
    apply->said = step + 1;
    skn_session_say(apply->session,
                    json_pack("{s:s, s:I}", "event", "start", "step", (json_int_t)step), 0);
}

static void say_done(struct skn_apply *apply, size_t step, int64_t ms)
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

int skn_apply_lost(int rc)
{
    return rc == SKN_E_UNCERTAIN || rc == SKN_E_CONNECT;
}

void skn_apply_step_settled(struct skn_apply *apply, int64_t ms)
{
    apply->ledger.has_versions = 1;
    apply->ledger.has_log = apply->ledger.has_log || apply->job->log;
    skn_rows_change(apply->rows, skn_apply_step(apply, apply->next));
    say_done(apply, apply->next, ms);
    apply->next++;
}

int skn_apply_script_off(struct skn_apply *apply, size_t step, int *off, struct skn_error *err)
{
    const struct skn_script *script;
    int rc = skn_apply_script(apply, step, "script", &script, err);
    apply->failed_step = step;
    /* What was begun piece by piece is finished so, whatever the file says now. */
    *off = rc == SKN_OK && script && (script->off || (step == 0 && apply->ledger.progress.found));
    return rc;
}
