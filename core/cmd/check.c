/*
 * check: whether databases are as they should be.
 */
#include <stdio.h>

#include "cmd/look.h"
#include "cmd/verbs.h"

static size_t differences_show(const struct skn_context *context,
                               const struct skn_findings *findings)
{
    size_t different = 0;
    for (size_t i = 0; i < findings->count; i++) {
        different += json_array_size(findings->items[i].differences) > 0;
        skn_look_show(context, i, &findings->items[i], NULL);
    }
    return different;
}

static int check_show(const struct skn_context *context, const struct skn_findings *findings)
{
    size_t different = differences_show(context, findings);
    int quiet = skn_context_json(context);
    if (different == 0 && !quiet)
        puts("No new upgrade operations detected.");
    if (different > 0 && findings->count > 1)
        fprintf(stderr, "FAILED: New upgrade operations detected in %zu of %zu targets\n",
                different, findings->count);
    else if (different > 0)
        fprintf(stderr, "FAILED: New upgrade operations detected: %zu\n",
                json_array_size(findings->items[0].differences));
    return different > 0 ? 4 : 0;
}

static int check_run(struct skn_context *context, struct skn_error *err)
{
    struct skn_question question = {.to.kind = SKN_SIDE_DESIRED};
    struct skn_findings findings;
    int status = skn_look(context, &question, 1, &findings, err);
    if (status == 0)
        status = check_show(context, &findings);
    skn_findings_finish(&findings);
    return status;
}

const struct skn_command skn_command_check = {
    .name = "check",
    .args = "",
    .summary = "Check if there are any new operations to generate.",
    .detail = "Compares each selected target with the desired schema that its history names "
              "(schema = { sqlite = \"schema/app.sql\"; }). Exits 4 when they differ, and lists "
              "what. The desired schema is loaded into a scratch database, which is dropped again.",
    .flags = NULL,
    .run = check_run,
};
