/*
 * revision: a new revision file.
 */
#include <stdlib.h>

#include "cmd/autogenerate.h"
#include "cmd/create.h"
#include "cmd/verbs.h"

/* Left without a word, one would be taken to have done something. */
static int alone_refuse(const struct skn_context *context, struct skn_error *err)
{
    static const char *const names[] = {"allow-drop", "online", "rename", "no-proof",
                                        "keep-unproven"};
    if (skn_context_get(context, "autogenerate"))
        return SKN_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (skn_context_get(context, names[i]))
            return skn_error_set(err, SKN_E_USAGE,
                                 "--%s says how a revision is generated, and none is without "
                                 "--autogenerate; add that, or leave --%s out",
                                 names[i], names[i]);
    return SKN_OK;
}

static int revision_run(struct skn_context *context, struct skn_error *err)
{
    size_t count;
    if (alone_refuse(context, err) != SKN_OK)
        return -1;
    const char **heads = skn_context_all(context, "head", &count);
    int status = skn_create_run(context, heads, count, err);
    free(heads);
    return status;
}

static const struct skn_flag revision_flags[] = {
    SKN_CREATE_FLAGS,
    SKN_AUTOGENERATE_FLAGS,
    {"head", 0, "REVISION", "the head to stand on; base starts a new base; several are merged"},
    {"depends-on", 0, "REVISION",
     "must be applied before; an id, its beginning or a label; repeatable"},
    {"version-path", 0, "DIR", "where there are several folders: which; default: the head's"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_revision = {
    .name = "revision",
    .args = "",
    .summary = "Create a new revision file.",
    .detail = "It stands on the only head, or on the one that --head names. Ids, labels, "
              "dependencies and the folder are checked before the file is written; it appears "
              "whole or not at all, and never in the place of another. With --autogenerate the "
              "selected targets are compared with the desired schemas of their history, and both "
              "ways are written; before the file is, they are run in a scratch database, and must "
              "arrive.",
    .flags = revision_flags,
    .run = revision_run,
};
