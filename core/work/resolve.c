/*
 * Settling doubt. It knows nothing of how a person came to know.
 */
#include "work/resolve.h"

#include <string.h>

#include "base/hash.h"
#include "work/prefix.h"

static int doubt_write(struct skn_apply *apply, const struct skn_mark *mark, struct skn_error *err)
{
    struct skn_batch batch;
    int64_t limit = apply->session->short_limit;
    skn_batch_init(&batch);
    int rc = skn_ledger_add_progress(&apply->ledger, &batch, json_array_get(apply->steps, 0), mark,
                                     0, err);
    if (rc == SKN_OK)
        rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    if (rc == SKN_OK && batch.changes_failed)
        rc = skn_error_set(err, SKN_E_BUSY, "another runner is at work on this revision");
    skn_batch_finish(&batch);
    return rc;
}

static int doubt_settle(struct skn_apply *apply, int applied, struct skn_error *err)
{
    const struct skn_progress *progress = &apply->ledger.progress;
    const struct skn_script *script;
    char prefix[SKN_SHA256_HEX];
    if (!progress->found || progress->intent <= 0)
        return skn_error_set(err, SKN_E_USAGE, "nothing is in doubt here");
    int rc = skn_apply_script(apply, 0, "script", &script, err);
    if (rc != SKN_OK)
        return rc;
    if (!script || progress->intent > (int64_t)script->count ||
        strlen(progress->prefix) >= sizeof prefix)
        return skn_error_set(
            err, SKN_E_CONFIG,
            "statement %lld of revision %s is not in the file any more; put it back",
            (long long)progress->intent, progress->revision);
    memcpy(prefix, progress->prefix, strlen(progress->prefix) + 1);
    if (applied)
        skn_prefix_extend(prefix, script->statements[progress->intent - 1].text);
    struct skn_mark mark = {.done = applied ? progress->intent : progress->done,
                            .total = progress->total,
                            .prefix = prefix,
                            .error = "",
                            .owner = progress->run_id};
    return doubt_write(apply, &mark, err);
}

int skn_apply_resolve(struct skn_apply *apply, int applied, struct skn_error *err)
{
    int rc = skn_apply_connect(apply->job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_apply_permit(apply->session, err);
    if (rc == SKN_OK)
        rc = skn_session_lock(apply->session, apply->job->version_table, apply->job->lock_timeout,
                              skn_session_stopping, err);
    if (rc == SKN_OK)
        rc = skn_ledger_init(&apply->ledger, apply->job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_ledger_read(&apply->ledger, err);
    if (rc == SKN_OK)
        rc = doubt_settle(apply, applied, err);
    return rc == SKN_OK ? skn_session_unlock(apply->session, err) : rc;
}
