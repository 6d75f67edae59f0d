/*
 * Renames by hint, done by the engine itself: what a rename does to all else that speaks of the
 * object only the server knows.
 */
#ifndef SKN_WORK_RENAMES_H
#define SKN_WORK_RENAMES_H

#include "work/scratch.h"

struct skn_renames {
    const json_t *texts;        /* "old:new", in their order; borrowed */
    struct skn_picture *before; /* what each found on the way there; NULL until then */
};

/* Makes `from` anew in a scratch database beside the session, renames there, one after another, and
 * looks: *after is the picture then, plan what was run. There: old to new, where `to` has the new
 * names. Back, after there: from the last to the first, new to old. plan and after are the caller's
 * to finish, also after an error; renames once both ways are made. */
int skn_renames_there(struct skn_renames *renames, struct skn_session *beside,
                      const struct skn_looking *looking, const struct skn_picture *from,
                      const struct skn_picture *to, struct skn_schema_plan *plan,
                      struct skn_picture *after, struct skn_error *err);
int skn_renames_back(struct skn_renames *renames, struct skn_session *beside,
                     const struct skn_looking *looking, const struct skn_picture *from,
                     struct skn_schema_plan *plan, struct skn_picture *after,
                     struct skn_error *err);
void skn_renames_finish(struct skn_renames *renames);

#endif
