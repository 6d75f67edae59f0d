/*
 * Settling doubt. It knows nothing of how a person came to know.
 */
#include "work/resolve.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "work/interrupt.h"
#include "work/prefix.h"
#include "work/proof.h"

enum { SHOWN_MAX = 2000 };

static const struct skn_script *script_find(struct skn_apply *apply, struct skn_error *err)
{
    const struct skn_progress *progress = &apply->ledger.progress;
    const struct skn_script *script;
    if (!progress->found || progress->intent <= 0) {
        skn_error_set(err, SKN_E_USAGE, "nothing is in doubt here");
        return NULL;
    }
    if (skn_apply_script(apply, 0, "script", &script, err) != SKN_OK)
        return NULL;
    char text[SKN_SHA256_HEX] = "";
    if (script && progress->intent <= (int64_t)script->count)
        skn_sha256_hex(script->statements[progress->intent - 1].text, text);
    if (strcmp(text, progress->text) == 0 && strlen(progress->prefix) < SKN_SHA256_HEX)
        return script;
    skn_error_set(err, SKN_E_CONFIG,
                  "statement %lld of revision %s is not in the file any more; put it back",
                  (long long)progress->intent, progress->revision);
    return NULL;
}

static json_t *text_shown(struct skn_str text)
{
    size_t len = text.len > SHOWN_MAX ? skn_utf8_check(text.ptr, SHOWN_MAX) : text.len;
    return skn_json_string(text.ptr ? text.ptr : "", text.ptr ? len : 0);
}

static int doubt_describe(struct skn_apply *apply, const struct skn_script *script, json_t **doubt,
                          struct skn_error *err)
{
    const struct skn_progress *progress = &apply->ledger.progress;
    const struct skn_statement *statement = &script->statements[progress->intent - 1];
    struct skn_buf definitions = {0};
    struct skn_proof proof;
    char now[SKN_FINGERPRINT] = "";
    int rc = skn_proof_init(&proof, apply->job, apply->session, script,
                            (size_t)progress->intent - 1, err);
    if (rc == SKN_OK)
        rc = skn_proof_look(&proof, now, &definitions, err);
    if (rc == SKN_OK)
        *doubt =
            json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:I}", "sql", text_shown(statement->text),
                      "object", text_shown(statement->object), "before", progress->before, "now",
                      now, "definition", text_shown(skn_buf_str(&definitions)), "since",
                      skn_json_string(progress->updated, strlen(progress->updated)), "offset",
                      (json_int_t)statement->offset);
    skn_proof_finish(&proof);
    skn_buf_finish(&definitions);
    return rc;
}

/* The count, and who said so, in one transaction. */
static int verdict_write(struct skn_apply *apply, const struct skn_mark *mark, const char *outcome,
                         struct skn_error *err)
{
    struct skn_batch batch;
    char now[SKN_TIME_TEXT];
    const json_t *step = json_array_get(apply->steps, 0);
    int64_t limit = apply->session->short_limit;
    skn_time_utc(now);
    skn_batch_init(&batch);
    skn_ledger_add_tables(&apply->ledger, &batch);
    skn_batch_add(&batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    int rc = skn_ledger_add_progress(&apply->ledger, &batch, step, mark, 0, err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_log(&apply->ledger, &batch, step, outcome, now, 0, err);
    skn_batch_add(&batch, SKN_STEP_COMMIT, skn_str(""), SKN_ROLE_OWN, 0);
    if (rc == SKN_OK)
        rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    if (rc == SKN_OK && batch.changes_failed)
        rc = skn_error_set(err, SKN_E_BUSY, "another runner is at work on this revision");
    skn_batch_finish(&batch);
    return rc;
}

static int doubt_settle(struct skn_apply *apply, const struct skn_script *script, int applied,
                        struct skn_error *err)
{
    const struct skn_progress *progress = &apply->ledger.progress;
    char prefix[SKN_SHA256_HEX];
    char note[400];
    memcpy(prefix, progress->prefix, strlen(progress->prefix) + 1);
    if (applied)
        skn_prefix_extend(prefix, script->statements[progress->intent - 1].text);
    snprintf(note, sizeof note, "statement %lld: %s, as %.256s says", (long long)progress->intent,
             applied ? "applied" : "not applied", apply->job->who);
    struct skn_mark mark = {.done = applied ? progress->intent : progress->done,
                            .total = progress->total,
                            .prefix = prefix,
                            .error = note,
                            .owner = progress->run_id};
    return verdict_write(apply, &mark, applied ? "resolved: applied" : "resolved: not applied",
                         err);
}

static int ledger_open(struct skn_apply *apply, int locks, struct skn_error *err)
{
    const struct skn_job *job = apply->job;
    int rc = skn_apply_connect(job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_apply_permit(apply->session, err);
    if (rc == SKN_OK && locks)
        rc = skn_session_lock(apply->session, job->version_table, job->lock_timeout,
                              skn_interrupt_stopping, err);
    if (rc == SKN_OK && locks)
        rc = skn_session_lock_aside(apply->session, job->version_table, job->lock_timeout,
                                    skn_interrupt_stopping, err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&apply->ledger, job, apply->session, err);
    return rc == SKN_OK ? skn_ledger_read(&apply->ledger, err) : rc;
}

int skn_apply_resolve(struct skn_apply *apply, enum skn_resolution resolution, const char *seen,
                      json_t **doubt, struct skn_error *err)
{
    int settles = resolution != SKN_RESOLVE_LOOK;
    *doubt = NULL;
    int rc = ledger_open(apply, settles, err);
    if (rc != SKN_OK)
        return rc;
    const struct skn_script *script = script_find(apply, err);
    if (!script)
        return (int)err->code;
    rc = doubt_describe(apply, script, doubt, err);
    if (rc == SKN_OK && settles && strcmp(seen, skn_json_text(*doubt, "now")) != 0)
        rc = skn_error_set(err, SKN_E_BUSY,
                           "what the statement names changed since it was shown; look again");
    if (rc == SKN_OK && settles)
        rc = doubt_settle(apply, script, resolution == SKN_RESOLVE_APPLIED, err);
    return rc == SKN_OK && settles ? skn_session_unlock(apply->session, err) : rc;
}
