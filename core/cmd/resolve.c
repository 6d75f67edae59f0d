/*
 * resolve: says of a statement in doubt whether it took effect.
 */
#include <stdio.h>

#include "cmd/verbs.h"

static int resolve_run(struct skn_context *context, struct skn_error *err)
{
    int applied = skn_context_get(context, "applied") != NULL;
    if (applied == (skn_context_get(context, "not-applied") != NULL))
        return skn_error_set(err, SKN_E_USAGE, "say either --applied or --not-applied"), -1;
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    int status = skn_context_probe(context, 1, err);
    if (status != 0)
        return status;
    if (skn_fleet_resolve(&context->fleet, applied, err) != SKN_OK)
        return -1;
    for (size_t i = 0; i < context->fleet.count; i++)
        if (context->fleet.members[i].state == SKN_MEMBER_PROBED)
            context->fleet.members[i].state = SKN_MEMBER_DONE;
    return skn_report_exit(&context->fleet);
}

static const struct skn_flag resolve_flags[] = {
    {"applied", 0, NULL, "the statement took effect; the next run goes on behind it"},
    {"not-applied", 0, NULL, "it did not; the next run starts with it"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_resolve = {
    .name = "resolve",
    .args = "",
    .summary = "Settle a statement in doubt: tell whether it took effect.",
    .detail = "skein current names the statement. It was running, without a transaction around it, "
              "when its session ended.",
    .flags = resolve_flags,
    .run = resolve_run,
};
