/*
 * The version table alone, without a revision. It knows nothing of plans.
 */
#include "work/ensure.h"

static int table_make(struct skn_apply *apply, struct skn_error *err)
{
    struct skn_batch batch;
    int64_t limit = apply->session->short_limit;
    skn_batch_init(&batch);
    skn_ledger_add_versions(&apply->ledger, &batch);
    int rc = skn_batch_run(&batch, apply->session, limit, limit, err);
    skn_batch_finish(&batch);
    return rc == SKN_OK ? rc : skn_error_context(err, "version table");
}

int skn_apply_ensure(struct skn_apply *apply, int *made, struct skn_error *err)
{
    *made = 0;
    int rc = skn_apply_connect(apply->job, apply->session, err);
    if (rc == SKN_OK)
        rc = skn_apply_hold(apply, err);
    if (rc == SKN_OK && !apply->ledger.has_versions) {
        rc = table_make(apply, err);
        *made = rc == SKN_OK;
    }
    return rc == SKN_OK ? skn_session_unlock(apply->session, err) : rc;
}
