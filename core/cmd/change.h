/*
 * What upgrade, downgrade and stamp share: probe, plan, show or run, summary.
 */
#ifndef SKN_CMD_CHANGE_H
#define SKN_CMD_CHANGE_H

#include "cmd/command.h"

/* Returns the exit status, or -1 with err. */
int skn_change_run(struct skn_context *context, enum skn_plan_verb verb, struct skn_error *err);

/* Upgrades the fleet that is made, as one step of another verb. 0: go on; else the exit status. */
int skn_change_upgrade(struct skn_context *context, const char *symbol, struct skn_error *err);

#endif
