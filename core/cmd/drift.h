/*
 * Drift: targets whose schemas should be equal, and are not.
 */
#ifndef SKN_CMD_DRIFT_H
#define SKN_CMD_DRIFT_H

#include "cmd/command.h"

/* Looks at every selected target's schema and prints, for each history, driver and set of version
 * rows, the groups of equal ones, the largest first. Returns the exit status, 4 where there are
 * several groups, or -1 with err. */
int skn_drift_run(struct skn_context *context, struct skn_error *err);

#endif
