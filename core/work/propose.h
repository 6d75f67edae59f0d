/*
 * What turns one schema into another, both ways, and the proof that it does. It works on pictures
 * and scratch databases, and never touches the target.
 */
#ifndef SKN_WORK_PROPOSE_H
#define SKN_WORK_PROPOSE_H

#include "schema/suggest.h"
#include "work/scratch.h"

enum skn_propose_flag {
    SKN_PROPOSE_WRITE = 1, /* the statements, not the differences alone */
    SKN_PROPOSE_PROVE = 2
};

/* A server does not always give back the text it was given: "x IN (1, 2)" becomes another
 * expression, which loaded again may become a third. A picture is in its normal form when it was
 * looked at in a database that its own texts made; from then on they stay. */
struct skn_proposal {
    struct skn_picture from; /* in normal form, where any difference was seen */
    struct skn_picture to;
    int normal;                /* from and to are made */
    struct skn_schema_plan up; /* its differences also without WRITE */
    struct skn_schema_plan down;
    struct skn_suggestions suggestions; /* renames that may be meant, with WRITE */
    struct skn_error unproven;          /* code SKN_OK: proven, or nobody asked */
};

/* from and to are as they were seen, by one driver, and outlive it. beside: the session by whose
 * server scratch databases are made, none where both are equal. renames: texts "old:new" of what is
 * to be renamed on the way, or NULL. The caller finishes it, also after an error.
 * SKN_E_UNSUPPORTED: a change that cannot be written. */
int skn_propose(struct skn_proposal *proposal, struct skn_session *beside,
                const struct skn_looking *looking, const struct skn_picture *from,
                const struct skn_picture *to, const json_t *renames, unsigned flags,
                struct skn_error *err);
void skn_proposal_finish(struct skn_proposal *proposal);

/* All of a schema as statements: what turns nothing into it. */
int skn_propose_all(struct skn_schema_plan *plan, const struct skn_session *session,
                    const struct skn_looking *looking, const struct skn_picture *picture,
                    struct skn_error *err);

/* Makes in scratch, which is empty, what picture shows, and looks at it: its normal form. */
int skn_propose_recreate(struct skn_scratch *scratch, const struct skn_looking *looking,
                         const struct skn_picture *picture, struct skn_picture *normal,
                         struct skn_error *err);

/* The picture of what a script makes of nothing. */
int skn_propose_desired(struct skn_picture *picture, struct skn_session *beside,
                        const struct skn_looking *looking, const struct skn_script *script,
                        struct skn_error *err);

#endif
