/*
 * Waiting between tries. It knows nothing of what is tried.
 */
#include "work/patience.h"

#include <stdlib.h>

#include "base/clock.h"
#include "work/interrupt.h"

enum { FIRST_MS = 50, DOUBLINGS = 7, LONGEST_MS = 4000, KNOCK_MS = 200 };

/* Jitter, so that many who wait do not knock at once. */
static void pause_about(int64_t ms)
{
    skn_interrupt_sleep(ms / 2 + rand() % ms);
}

/* Each transaction takes the lock anew, so that it is waited for in each. */
static int lock_await(struct skn_patience *patience, const struct skn_job *job,
                      struct skn_error *err)
{
    if (patience->since == 0)
        patience->since = skn_clock_ms();
    if (skn_clock_ms() - patience->since >= job->lock_timeout) {
        skn_error_context(err, "another runner is at work (waited %lld s)",
                          (long long)(job->lock_timeout / 1000));
        return 0;
    }
    pause_about(KNOCK_MS);
    return 1;
}

static int way_await(struct skn_patience *patience, const struct skn_job *job,
                     struct skn_error *err)
{
    if (patience->tries >= job->retries) {
        if (patience->tries > 0)
            skn_error_context(err, "tried %d times", patience->tries + 1);
        return 0;
    }
    pause_about(patience->tries < DOUBLINGS ? (int64_t)FIRST_MS << patience->tries : LONGEST_MS);
    patience->tries++;
    return 1;
}

int skn_patience_try_again(struct skn_patience *patience, const struct skn_session *session,
                           const struct skn_job *job, int rc, int denied, struct skn_error *err)
{
    int lent = skn_session_lent(session);
    if (rc != SKN_E_BUSY || skn_interrupt_stopping())
        return 0;
    /* Where BEGIN waits for others itself, it has done so. */
    if (!lent && !(session->server.caps & SKN_CAP_LOCK))
        return 0;
    return denied && lent ? lock_await(patience, job, err) : way_await(patience, job, err);
}
