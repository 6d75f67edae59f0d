/*
 * A scratch database: empty, like the target's, on its server, on the one that its config names for
 * that, or in memory, and gone afterwards. It is a session of its own beside the server's.
 */
#ifndef SKN_WORK_SCRATCH_H
#define SKN_WORK_SCRATCH_H

#include "schema/plan.h"
#include "work/apply.h"
#include "work/inspect.h"
#include "work/script.h"

struct skn_scratch {
    struct skn_session session;
    struct skn_session *beside; /* whose server it is on */
};

/* The server that scratch databases of a job are made on. */
struct skn_ground {
    struct skn_session own;     /* where it is not the target's */
    struct skn_session *beside; /* own, or the target's session; NULL: not open */
};

/* target need only be loaded where the request names another server; else it is connected. */
int skn_ground_open(struct skn_ground *ground, const struct skn_job *job,
                    struct skn_session *target, struct skn_error *err);
void skn_ground_close(struct skn_ground *ground);

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
