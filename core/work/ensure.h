/*
 * Making the version table ahead of the first revision.
 */
#ifndef SKN_WORK_ENSURE_H
#define SKN_WORK_ENSURE_H

#include "work/apply.h"

/* Under the lock: makes the version table where it is missing. *made says whether it was. */
int skn_apply_ensure(struct skn_apply *apply, int *made, struct skn_error *err);

#endif
