/*
 * A comparison that the planner asked for: what is looked at, what is said of it.
 */
#ifndef SKN_WORK_COMPARE_H
#define SKN_WORK_COMPARE_H

#include "work/apply.h"
#include "work/propose.h"

/* The request says "from" and "to" what is compared (work/side.h); no "from": the target, no "to":
 * the hash alone. "write", "prove", "online", "allow_drop", "grants" are true or not there;
 * "renames": texts "old:new". */
struct skn_compare {
    const struct skn_job *job;
    struct skn_session *session;
    struct skn_scripts *scripts;
    int64_t failed_script; /* in which the error is; -1: in none */
    size_t failed_offset;
};

/* Says every difference and statement as an event of its own, each way as a "section" whose body is
 * its text, then "compared". */
int skn_compare_run(struct skn_compare *compare, struct skn_error *err);

#endif
