/*
 * Scripts for the engines' own clients. It knows nothing of SQL.
 */
#include "cmd/offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/redact.h"
#include "base/wire.h"

/* ---- FROM:TO ---- */

struct range {
    char *from;
    const char **to; /* parts of the arguments; several for a stamp only */
    size_t count;
};

static void range_finish(struct range *range)
{
    free(range->from);
    free(range->to);
    *range = (struct range){0};
}

static int range_read(enum skn_plan_verb verb, const char *text, struct range *range,
                      struct skn_error *err)
{
    const char *colon = strchr(text, ':');
    if (!colon && verb == SKN_PLAN_DOWNGRADE)
        return skn_error_set(err, SKN_E_USAGE, "downgrade with --sql requires <fromrev>:<torev>");
    if (colon && (colon == text || colon[1] == '\0' || strchr(colon + 1, ':')))
        return skn_error_set(err, SKN_E_USAGE,
                             "\"%.100s\" is no range; write <fromrev>:<torev>, with base for an "
                             "empty database",
                             text);
    range->to[range->count++] = colon ? colon + 1 : text;
    if (!colon)
        return SKN_OK;
    size_t len = (size_t)(colon - text);
    if (range->from && (strlen(range->from) != len || strncmp(range->from, text, len) != 0))
        return skn_error_set(err, SKN_E_USAGE,
                             "Stamp operation with --sql only supports a single starting revision "
                             "at a time");
    if (!range->from)
        range->from = skn_strndup(text, len);
    return SKN_OK;
}

static int ranges_read(const struct skn_context *context, enum skn_plan_verb verb,
                       struct range *range, struct skn_error *err)
{
    int rc = SKN_OK;
    range->to = skn_alloc_array(context->arg_count, sizeof *range->to);
    for (size_t i = 0; rc == SKN_OK && i < context->arg_count; i++)
        rc = range_read(verb, context->args[i], range, err);
    if (!range->from)
        range->from = skn_strdup("base");
    return rc;
}

/* ---- showing ---- */

static void steps_tell(const struct skn_context *context, const struct skn_member *member)
{
    const struct skn_fleet_events *events = context->fleet.events;
    if (member->plan)
        events->start(events->ctx, member, member->plan->walk.steps, member->plan->walk.count);
}

static void script_show(void *ctx, const struct skn_member *member, struct skn_str script)
{
    const struct skn_context *context = ctx;
    steps_tell(context, member);
    const struct skn_plan *plan = member->plan;
    if (skn_context_json(context)) {
        skn_report_json(json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:o}", "event", "script",
                                  "target", member->target->name, "driver", member->target->driver,
                                  "from", skn_rows_json(plan ? member->rows : ""), "to",
                                  skn_rows_json(plan ? plan->end : ""), "revisions",
                                  (json_int_t)(plan ? plan->walk.count : 0), "sql",
                                  skn_json_string(script.ptr, script.len)));
        return;
    }
    fwrite(script.ptr, 1, script.len, stdout);
    fflush(stdout);
}

/* ---- the way ---- */

static int options_check(const struct skn_context *context, struct skn_error *err)
{
    if (skn_context_get(context, "purge"))
        return skn_error_set(err, SKN_E_USAGE, "Can't use --purge with --sql mode");
    if (skn_context_get(context, "dry-run"))
        return skn_error_set(err, SKN_E_USAGE,
                             "--dry-run asks the databases, and --sql opens no connection");
    return SKN_OK;
}

static int fleet_make(struct skn_context *context, struct skn_error *err)
{
    int rc = skn_context_fleet(context, err);
    if (rc == SKN_OK && skn_selection_needs_live(context->selection))
        return skn_error_set(err, SKN_E_USAGE,
                             "\"behind\" and \"at:\" ask the databases, and --sql opens no "
                             "connection; name the targets");
    return rc;
}

/* A script is a file that is passed on. */
static int secrets_refuse(const struct skn_member *member, struct skn_error *err)
{
    for (size_t i = 0; i < member->plan->walk.count; i++) {
        const struct skn_revision *revision = member->plan->walk.steps[i].revision;
        for (size_t v = 0; revision && v < revision->variable_count; v++)
            if (skn_redact_named(revision->variables[v]))
                return skn_error_set(err, SKN_E_USAGE,
                                     "revision %s uses the variable %s, which is a secret by its "
                                     "name, and --sql would print it",
                                     revision->id, revision->variables[v]);
    }
    return SKN_OK;
}

static void static_sql_note(struct skn_context *context)
{
    skn_report_phase(&context->report, &context->fleet, "", 0);
    skn_report_note(&context->report, "Generating static SQL");
}

static int range_run(struct skn_context *context, enum skn_plan_verb verb,
                     const struct range *range, struct skn_error *err)
{
    struct skn_planner *planner = verb == SKN_PLAN_STAMP
                                      ? skn_planner_create_stamp(range->to, range->count, 0)
                                      : skn_planner_create(verb, range->to[0]);
    int rc = skn_fleet_assume(&context->fleet, range->from, err);
    static_sql_note(context);
    if (rc == SKN_OK)
        rc = skn_fleet_plan(&context->fleet, planner, err);
    for (size_t i = 0; rc == SKN_OK && i < context->fleet.count; i++)
        rc = secrets_refuse(&context->fleet.members[i], err);
    if (rc == SKN_OK)
        rc = skn_fleet_render(&context->fleet, script_show, context, err);
    skn_planner_destroy(planner);
    return rc;
}

int skn_offline_run(struct skn_context *context, enum skn_plan_verb verb, struct skn_error *err)
{
    struct range range = {0};
    int rc = options_check(context, err);
    if (rc == SKN_OK)
        rc = ranges_read(context, verb, &range, err);
    if (rc == SKN_OK)
        rc = fleet_make(context, err);
    if (rc == SKN_OK)
        rc = range_run(context, verb, &range, err);
    range_finish(&range);
    return rc == SKN_OK ? 0 : -1;
}

int skn_offline_ensure(struct skn_context *context, struct skn_error *err)
{
    int rc = fleet_make(context, err);
    if (rc != SKN_OK)
        return -1;
    static_sql_note(context);
    rc = skn_fleet_render(&context->fleet, script_show, context, err);
    return rc == SKN_OK ? 0 : -1;
}
