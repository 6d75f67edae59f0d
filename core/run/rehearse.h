/*
 * Rehearsals of histories: each revision tried in a scratch database of each engine.
 */
#ifndef SKN_RUN_REHEARSE_H
#define SKN_RUN_REHEARSE_H

#include "run/fleet.h"

/* One revision was tried. fault: NULL, or an object with "when", and "differences" or "error".
 * rows: objects with "what", "when", "before" and "after", of what does not hold as many rows as
 * before.
 */
typedef void skn_tried_fn(void *ctx, const struct skn_member *member,
                          const struct skn_revision *revision, int undone, const json_t *fault,
                          const json_t *rows);

/* Tries all revisions of the histories of the members, once for each history and driver, on the
 * server of the first member that has both. Nothing of the members themselves is looked at. Those
 * that could not be asked end unreachable, others done. */
int skn_fleet_rehearse(struct skn_fleet *fleet, skn_tried_fn *tried, void *ctx,
                       struct skn_error *err);

#endif
