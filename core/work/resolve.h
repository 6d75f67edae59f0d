/*
 * Settling a statement that is in doubt by what a person says of it.
 */
#ifndef SKN_WORK_RESOLVE_H
#define SKN_WORK_RESOLVE_H

#include "work/apply.h"

/* Under the lock: the statement in doubt counts as applied, or as not. apply has one step, the half
 * applied revision's. SKN_E_USAGE when nothing is in doubt. */
int skn_apply_resolve(struct skn_apply *apply, int applied, struct skn_error *err);

#endif
