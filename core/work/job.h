/*
 * A job: what a probe or run request says of one target, read once.
 */
#ifndef SKN_WORK_JOB_H
#define SKN_WORK_JOB_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"

struct skn_job {
    struct skn_arena arena; /* everything else lives in it */
    const json_t *request;  /* borrowed */
    const char *target;
    const char *run_id;
    const char *who; /* user@host that ordered it */
    const char *version_table;
    const char *schema;    /* "" : none named */
    const char *folder;    /* what relative paths in options are relative to */
    const json_t *options; /* of the driver */
    const json_t *vars;
    const json_t *session;   /* statements */
    int64_t connect_timeout; /* ms */
    int64_t lock_timeout;
    int64_t statement_timeout; /* 0: none */
    int retries;               /* of a revision that found somebody in the way */
    int log;
};

int skn_job_read(struct skn_job *job, const json_t *request, struct skn_error *err);
void skn_job_finish(struct skn_job *job);

#endif
