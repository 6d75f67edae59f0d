/*
 * A batch: steps on their way through one exec() call, with what each is for and what it must
 * answer.
 */
#ifndef SKN_WORK_BATCH_H
#define SKN_WORK_BATCH_H

#include <jansson.h>

#include "base/arena.h"
#include "work/session.h"

enum skn_role {
    SKN_ROLE_OWN = 0, /* skein's own statement */
    SKN_ROLE_BODY,    /* a statement of a revision */
    SKN_ROLE_VERIFY,  /* a query of a revision that must return no row */
    SKN_ROLE_ROWS,    /* the version rows */
    SKN_ROLE_AFTER,   /* and as they are going to be committed */
    SKN_ROLE_CHANGE,  /* must touch exactly one row */
    SKN_ROLE_COMMIT   /* a revision is in the ledger once this is done */
};

struct skn_batch_part {
    enum skn_role role;
    uint32_t statement; /* BODY, VERIFY: index in its script */
};

struct skn_batch {
    struct skn_arena arena;
    struct skn_step *steps;
    struct skn_batch_part *parts;
    size_t count;
    size_t room;
    size_t parts_room;

    /* After skn_batch_run. */
    uint32_t done;           /* steps that succeeded */
    uint32_t verify_failed;  /* 1 + statement of a verify query that returned a row, 0: none */
    uint32_t changes_failed; /* change steps that did not touch exactly one row */
    json_t *rows;            /* what ROWS answered; owned; NULL if it was not asked */
    json_t *after;           /* the same of AFTER */
    int rows_bad;            /* a row that cannot be a revision id */
    struct skn_session *session;
    int64_t limit; /* ms for each further step */
};

void skn_batch_init(struct skn_batch *batch);
void skn_batch_finish(struct skn_batch *batch);

void skn_batch_add(struct skn_batch *batch, enum skn_step_op op, struct skn_str sql,
                   enum skn_role role, uint32_t statement);
void skn_batch_addf(struct skn_batch *batch, enum skn_role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Runs all of it. limit: ms for one step, 0: none; first: the same for the first step. err->step is
 * the step that failed. */
int skn_batch_run(struct skn_batch *batch, struct skn_session *session, int64_t first,
                  int64_t limit, struct skn_error *err);

#endif
