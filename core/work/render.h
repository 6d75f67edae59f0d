/*
 * Rendering: the run of one target as a script for the engine's own client. Nothing is connected
 * to. Where the log is not kept, the script is Alembic's to the letter.
 */
#ifndef SKN_WORK_RENDER_H
#define SKN_WORK_RENDER_H

#include "work/ledger.h"
#include "work/script.h"

struct skn_render {
    const struct skn_job *job;
    struct skn_session *session;
    struct skn_scripts *scripts;
    const json_t *steps; /* of the request */
    json_t *rows;        /* the version rows, as far as the script has come; owned by the caller */
    struct skn_buf out;  /* what was not yet said */
    struct skn_ledger ledger;
    size_t step;            /* in hand */
    int64_t failed_script;  /* of an error in a statement: its script, else -1 */
    uint64_t failed_offset; /* and where in it */
    int alembic;            /* to the letter */
    int transactional;      /* steps are put into transactions */
    int open;               /* one is open */
    int table_only;         /* no steps: the version table alone */
};

/* Says the script in pieces, as "text" events. */
int skn_render_run(struct skn_render *render, struct skn_error *err);
void skn_render_finish(struct skn_render *render);

#endif
