/*
 * Every verb there is.
 */
#ifndef SKN_CMD_VERBS_H
#define SKN_CMD_VERBS_H

#include "cmd/command.h"

extern const struct skn_command skn_command_branches;
extern const struct skn_command skn_command_check;
extern const struct skn_command skn_command_current;
extern const struct skn_command skn_command_diff;
extern const struct skn_command skn_command_downgrade;
extern const struct skn_command skn_command_drivers;
extern const struct skn_command skn_command_edit;
extern const struct skn_command skn_command_ensure_version;
extern const struct skn_command skn_command_heads;
extern const struct skn_command skn_command_help;
extern const struct skn_command skn_command_history;
extern const struct skn_command skn_command_init;
extern const struct skn_command skn_command_merge;
extern const struct skn_command skn_command_resolve;
extern const struct skn_command skn_command_revision;
extern const struct skn_command skn_command_schema;
extern const struct skn_command skn_command_show;
extern const struct skn_command skn_command_stamp;
extern const struct skn_command skn_command_status;
extern const struct skn_command skn_command_targets;
extern const struct skn_command skn_command_test;
extern const struct skn_command skn_command_upgrade;

/* Prints what is in doubt in the members that were asked (cmd/resolve.c). */
void skn_doubts_show(struct skn_context *context);

#endif
