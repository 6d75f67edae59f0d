/*
 * merge: a revision file that joins heads.
 */
#include "cmd/create.h"
#include "cmd/verbs.h"

static int merge_run(struct skn_context *context, struct skn_error *err)
{
    return skn_create_run(context, context->args, context->arg_count, err);
}

static const struct skn_flag merge_flags[] = {
    SKN_CREATE_FLAGS,
    {"version-path", 0, "DIR",
     "where there are several folders: which; default: the first revision's"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_merge = {
    .name = "merge",
    .args = "REVISION...",
    .summary = "Merge two revisions together. Creates a new migration file.",
    .detail = "REVISION is an id or its beginning, a label, LABEL@head, or heads for all of them. "
              "The sections of the new file are empty: there is nothing to do but to join, unless "
              "the branches contradict each other.",
    .flags = merge_flags,
    .args_min = 1,
    .args_max = SKN_ARGS_ANY,
    .run = merge_run,
};
