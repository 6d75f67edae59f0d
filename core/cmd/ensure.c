/*
 * ensure-version: the version table ahead of the first revision.
 */
#include "cmd/offline.h"
#include "cmd/verbs.h"

static int ensure_run(struct skn_context *context, struct skn_error *err)
{
    struct skn_fleet *fleet = &context->fleet;
    size_t missing = 0;
    if (skn_context_get(context, "sql"))
        return skn_offline_ensure(context, err);
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    int status = skn_context_probe(context, 1, err);
    if (status != 0)
        return status;
    for (size_t i = 0; i < fleet->count; i++)
        missing += !fleet->members[i].stamped;
    skn_report_phase(&context->report, fleet, "making version tables", missing);
    int rc = skn_fleet_ensure(fleet, err);
    skn_report_summary(&context->report, fleet);
    return rc == SKN_OK ? skn_report_exit(fleet) : -1;
}

static const struct skn_flag ensure_flags[] = {
    {"sql", 0, NULL, "print a script for the engine's own client; no database is reached"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_ensure_version = {
    .name = "ensure-version",
    .args = "",
    .summary = "Create the version table if it doesn't exist already.",
    .detail =
        "upgrade, downgrade and stamp make it by themselves; this is for making it with other "
        "rights, or ahead of time. Also spelled ensure_version.",
    .flags = ensure_flags,
    .run = ensure_run,
};
