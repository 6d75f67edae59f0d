/*
 * What upgrade, downgrade and stamp share: probe, plan, show or run, summary.
 */
#ifndef SKN_CMD_CHANGE_H
#define SKN_CMD_CHANGE_H

#include "cmd/command.h"

/* Returns the exit status, or -1 with err. */
int skn_change_run(struct skn_context *context, enum skn_plan_verb verb, struct skn_error *err);

#endif
