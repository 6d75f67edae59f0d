/*
 * The table of verbs, in the order of the help.
 */
#include "cmd/verbs.h"

const struct skn_command *const skn_commands[] = {
    &skn_command_branches,
    &skn_command_check,
    &skn_command_current,
    &skn_command_diff,
    &skn_command_downgrade,
    &skn_command_drivers,
    &skn_command_edit,
    &skn_command_ensure_version,
    &skn_command_heads,
    &skn_command_help,
    &skn_command_history,
    &skn_command_init,
    &skn_command_merge,
    &skn_command_resolve,
    &skn_command_revision,
    &skn_command_schema,
    &skn_command_show,
    &skn_command_stamp,
    &skn_command_status,
    &skn_command_targets,
    &skn_command_test,
    &skn_command_upgrade,
    NULL,
};
