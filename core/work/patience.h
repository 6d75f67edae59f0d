/*
 * How long a revision that found somebody in the way is tried again: a bounded number of times,
 * with pauses that grow and are of no two lengths, so that those in the way get on between the
 * tries.
 */
#ifndef SKN_WORK_PATIENCE_H
#define SKN_WORK_PATIENCE_H

#include "work/job.h"
#include "work/session.h"

/* All zero: it has not been needed yet. */
struct skn_patience {
    int tries;     /* that found somebody in the way */
    int64_t since; /* the lock was first found with another runner; 0: it was not */
};

/* rc is what the try came to. True: it was somebody in the way, a while has passed, and it is to be
 * tried again as a whole. denied: it was another runner, found by BEGIN. */
int skn_patience_try_again(struct skn_patience *patience, const struct skn_session *session,
                           const struct skn_job *job, int rc, int denied, struct skn_error *err);

#endif
