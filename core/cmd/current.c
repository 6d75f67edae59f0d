/*
 * current: where each target is.
 */
#include <stdio.h>
#include <string.h>

#include "base/wire.h"
#include "cmd/verbs.h"

static void row_print(struct skn_context *context, const struct skn_member *member,
                      const struct skn_history *history, const char *id)
{
    const struct skn_revision *revision = skn_history_find(history, id);
    struct skn_branches branches = {0};
    struct skn_buf line = {0};
    if (context->fleet.count > 1)
        skn_buf_addf(&line, "%s: ", member->target->name);
    if (!revision) {
        skn_buf_addf(&line, "%s (unknown: no file has it)\n", id);
    } else if (skn_context_verbose(context)) {
        skn_branches_init(&branches, history);
        skn_describe_block(&line, history, &branches, revision, 0);
        skn_branches_finish(&branches);
    } else {
        skn_describe_line(&line, history, NULL, revision, SKN_DESCRIBE_TREE);
    }
    if (revision && !skn_context_verbose(context))
        skn_buf_addc(&line, '\n');
    skn_print(&line);
    skn_buf_finish(&line);
}

static void progress_print(const struct skn_context *context, const struct skn_member *member)
{
    const json_t *progress = member->progress;
    if (!progress)
        return;
    struct skn_buf line = {0};
    if (context->fleet.count > 1)
        skn_buf_addf(&line, "%s: ", member->target->name);
    skn_buf_addf(&line, "%s of %s is half applied: %lld of %lld statements",
                 skn_json_text(progress, "direction"), skn_json_text(progress, "revision"),
                 (long long)skn_json_number(progress, "done"),
                 (long long)skn_json_number(progress, "total"));
    if (skn_json_number(progress, "intent") > 0)
        skn_buf_addf(&line, ", statement %lld is in doubt",
                     (long long)skn_json_number(progress, "intent"));
    skn_buf_addc(&line, '\n');
    skn_print(&line);
    skn_buf_finish(&line);
}

static int member_print(struct skn_context *context, const struct skn_member *member,
                        struct skn_error *err)
{
    const struct skn_history *history;
    int rc = skn_fleet_history(&context->fleet, member->target->history, &history, err);
    if (rc != SKN_OK)
        return rc;
    if (skn_context_verbose(context))
        printf("Current revision(s) for %s:\n", member->target->name);
    char id[300];
    for (const char *at = member->rows; *at;) {
        const char *end = strchrnul(at, ',');
        snprintf(id, sizeof id, "%.*s", (int)(end - at), at);
        row_print(context, member, history, id);
        at = *end ? end + 1 : end;
    }
    if (!member->rows[0] && context->fleet.count > 1)
        printf("%s:\n", member->target->name);
    progress_print(context, member);
    return SKN_OK;
}

static void member_json(const struct skn_member *member)
{
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:b}", "event", "current", "target", member->target->name,
                  "revisions", skn_rows_json(member->rows), "stamped", member->stamped);
    json_object_set(object, "progress", member->progress ? member->progress : json_null());
    skn_report_json(object);
}

/* At the heads, dependencies included: an upgrade would do nothing. */
static int at_heads(struct skn_context *context, struct skn_planner *planner,
                    const struct skn_member *member)
{
    const struct skn_history *history;
    const struct skn_plan *plan;
    struct skn_error ignored = SKN_ERROR_INIT;
    return skn_fleet_history(&context->fleet, member->target->history, &history, &ignored) ==
               SKN_OK &&
           skn_planner_get(planner, history, member->rows, &plan, &ignored) == SKN_OK &&
           plan->walk.count == 0;
}

static int heads_check(struct skn_context *context)
{
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    size_t behind = 0;
    for (size_t i = 0; i < context->fleet.count; i++)
        if (!at_heads(context, planner, &context->fleet.members[i]))
            behind++;
    skn_planner_destroy(planner);
    if (behind == 0)
        return 0;
    if (context->fleet.count > 1)
        fprintf(stderr, "FAILED: %zu of %zu databases are not on all head revisions\n", behind,
                context->fleet.count);
    else
        fprintf(stderr, "FAILED: Database is not on all head revisions\n");
    return 4;
}

static int current_run(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    int status = skn_context_probe(context, 0, err);
    for (size_t i = 0; status == 0 && i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        if (member->state != SKN_MEMBER_PROBED)
            continue;
        if (skn_context_json(context))
            member_json(member);
        else if (member_print(context, member, err) != SKN_OK)
            return -1;
    }
    if (status == 0 && context->fleet.failed > 0)
        return skn_report_unasked(&context->report, &context->fleet);
    if (status == 0 && skn_context_get(context, "check-heads"))
        return heads_check(context);
    return status;
}

static const struct skn_flag current_flags[] = {
    {"check-heads", 0, NULL, "exit with 4 unless every database is on all head revisions"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_current = {
    .name = "current",
    .args = "",
    .summary = "Display the current revision for a database.",
    .detail = "With several targets selected each line starts with the target's name.",
    .flags = current_flags,
    .run = current_run,
};
