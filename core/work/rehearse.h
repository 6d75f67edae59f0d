/*
 * Rehearsals: every revision up, down and up again in a scratch database, and looked at each time.
 */
#ifndef SKN_WORK_REHEARSE_H
#define SKN_WORK_REHEARSE_H

#include "work/apply.h"
#include "work/scratch.h"

/* The request's "revisions" are objects with the steps "up" and, where it can be undone, "down",
 * and the script of its "sample", where it has one, which is run behind it. */
struct skn_rehearsal {
    const struct skn_job *job;
    struct skn_session *session; /* the target's: only its server is used */
    struct skn_scripts *scripts;
};

/* Says "tried" of each revision, with what was wrong, and of which there are not as many rows as
 * before it. Stops behind one whose upgrade or sample fails. */
int skn_rehearse_run(struct skn_rehearsal *rehearsal, struct skn_error *err);

#endif
