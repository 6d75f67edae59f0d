/*
 * --sql: upgrade, downgrade, stamp and ensure-version as scripts, without a database.
 */
#ifndef SKN_CMD_OFFLINE_H
#define SKN_CMD_OFFLINE_H

#include "cmd/command.h"

/* The arguments may be ranges FROM:TO. Returns the exit status, or -1 with err. */
int skn_offline_run(struct skn_context *context, enum skn_plan_verb verb, struct skn_error *err);

/* The making of the version table alone. */
int skn_offline_ensure(struct skn_context *context, struct skn_error *err);

#endif
