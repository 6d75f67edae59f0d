/*
 * upgrade, downgrade, stamp: the verbs that change databases.
 */
#include "cmd/change.h"
#include "cmd/verbs.h"

#define CHANGE_FLAGS                                                                               \
    {"dry-run", 0, NULL, "show what would be done, from the databases' state; with -v the SQL"},   \
        {"sql", 0, NULL, "print a script for the engine's own client; no database is reached"},    \
        {"on-failure", 0, "stop|continue",                                                         \
         "what the rest does when a target fails; default stop"},                                  \
    {                                                                                              \
        NULL, 0, NULL, NULL                                                                        \
    }

static const struct skn_flag change_flags[] = {CHANGE_FLAGS};

static const struct skn_flag stamp_flags[] = {
    {"purge", 0, NULL, "take away all version rows first, also unknown ones"}, CHANGE_FLAGS};

static int upgrade_run(struct skn_context *context, struct skn_error *err)
{
    return skn_change_run(context, SKN_PLAN_UPGRADE, err);
}

static int downgrade_run(struct skn_context *context, struct skn_error *err)
{
    return skn_change_run(context, SKN_PLAN_DOWNGRADE, err);
}

static int stamp_run(struct skn_context *context, struct skn_error *err)
{
    return skn_change_run(context, SKN_PLAN_STAMP, err);
}

const struct skn_command skn_command_upgrade = {
    .name = "upgrade",
    .args = "REVISION",
    .summary = "Upgrade to a later version.",
    .detail = "Every selected target is reached and planned before the first is changed. REVISION "
              "is head, heads, an id or its beginning, a label, +N, or LABEL@head; with --sql also "
              "FROM:TO.",
    .flags = change_flags,
    .args_min = 1,
    .args_max = 1,
    .run = upgrade_run,
};

const struct skn_command skn_command_downgrade = {
    .name = "downgrade",
    .args = "REVISION",
    .summary = "Revert to a previous version.",
    .detail = "REVISION is base, an id or its beginning, -N, or LABEL@base; with --sql FROM:TO.",
    .flags = change_flags,
    .args_min = 1,
    .args_max = 1,
    .run = downgrade_run,
};

const struct skn_command skn_command_stamp = {
    .name = "stamp",
    .args = "REVISION...",
    .summary = "'stamp' the revision table with the given revision; don't run any migrations.",
    .detail = "Rows of revisions above and below REVISION are moved to it, others stay. LABEL@base "
              "takes the rows of one branch away.",
    .flags = stamp_flags,
    .args_min = 1,
    .args_max = SKN_ARGS_ANY,
    .run = stamp_run,
};
