/*
 * Settling a statement that is in doubt by what a person says of it.
 */
#ifndef SKN_WORK_RESOLVE_H
#define SKN_WORK_RESOLVE_H

#include "work/apply.h"

enum skn_resolution { SKN_RESOLVE_LOOK = 0, SKN_RESOLVE_APPLIED, SKN_RESOLVE_NOT_APPLIED };

/* Describes the statement in doubt in *doubt (the caller's reference), and, under the lock, counts
 * it as applied or as not, if what it names is still as the fingerprint seen says ("": whatever).
 * apply has one step, the half applied revision's. SKN_E_USAGE when nothing is in doubt. */
int skn_apply_resolve(struct skn_apply *apply, enum skn_resolution resolution, const char *seen,
                      json_t **doubt, struct skn_error *err);

#endif
