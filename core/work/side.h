/*
 * One side of a comparison: the schema of the target, of another one, of a text, or of what
 * revisions make of nothing.
 */
#ifndef SKN_WORK_SIDE_H
#define SKN_WORK_SIDE_H

#include "work/propose.h"

/* Where it is looked from. */
struct skn_viewpoint {
    const struct skn_job *job;
    struct skn_session *session; /* the target's */
    struct skn_scripts *scripts;
    struct skn_ground ground; /* of scratch databases */
    struct skn_looking looking;
    int64_t failed_script; /* in which an error is; -1: in none */
    size_t failed_offset;
};

/* Whether a side is of that kind: "target", "nothing", "other" (a request in "other"), "script"
 * (its number in "script"), "revisions" (as upgrades in "steps"). NULL is the target. */
int skn_side_is(const json_t *side, const char *kind);

/* Reaches what looking at the two sides takes; with no second one there is nothing but the target.
 * flags: enum skn_schema_option. To be closed also after an error. */
int skn_viewpoint_open(struct skn_viewpoint *view, const json_t *from, const json_t *to,
                       uint32_t flags, struct skn_error *err);
void skn_viewpoint_close(struct skn_viewpoint *view);

/* Looks at a side. SKN_E_UNSUPPORTED, too, when something is there that the driver cannot describe.
 * picture is the caller's to finish, also after an error. */
int skn_side_look(struct skn_viewpoint *view, const json_t *side, struct skn_picture *picture,
                  struct skn_error *err);

/* Adds to renames what the script of a side says of it. */
int skn_side_hints(struct skn_viewpoint *view, const json_t *side, const struct skn_picture *from,
                   const struct skn_picture *to, json_t *renames, struct skn_error *err);

#endif
