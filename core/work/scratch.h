/*
 * A scratch database: empty, like the target's, on its server or in memory, and gone afterwards. It
 * is a session of its own beside the target's.
 */
#ifndef SKN_WORK_SCRATCH_H
#define SKN_WORK_SCRATCH_H

#include "schema/plan.h"
#include "work/inspect.h"
#include "work/script.h"

struct skn_scratch {
    struct skn_session session;
    struct skn_session *beside; /* whose server it is on */
};

/* beside is connected, and outlives it. What killed runs left on the server is swept away first. */
int skn_scratch_open(struct skn_scratch *scratch, struct skn_session *beside,
                     struct skn_error *err);
void skn_scratch_close(struct skn_scratch *scratch);

/* Runs every statement of a script, one by one. err->position: where the one that failed stands in
 * the script, 1-based. */
int skn_scratch_load(struct skn_scratch *scratch, const struct skn_script *script,
                     struct skn_error *err);

/* Runs the statements of a plan. The message says which one failed. */
int skn_scratch_apply(struct skn_scratch *scratch, const struct skn_schema_plan *plan,
                      struct skn_error *err);

#endif
