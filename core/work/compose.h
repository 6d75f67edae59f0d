/*
 * The statements of a plan as text: a section of a revision file, or a schema file.
 */
#ifndef SKN_WORK_COMPOSE_H
#define SKN_WORK_COMPOSE_H

#include "schema/plan.h"
#include "work/session.h"

/* What is said of one statement beside its own note. */
struct skn_remark {
    const char *rows; /* at risk, counted; NULL: nobody could say, or nobody asked */
    int held;         /* written as a comment, for a person to take the marks away */
};

/* Appends the plan, each statement with its end and an empty line behind it; remarks: one for each,
 * or NULL. What was written is read again: SKN_E_UNSUPPORTED when the driver's scanner does not
 * find these statements in it. */
int skn_compose(struct skn_buf *out, struct skn_session *session,
                const struct skn_schema_plan *plan, const struct skn_remark *remarks,
                struct skn_error *err);

#endif
