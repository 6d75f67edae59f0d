/*
 * Asking the fleet about schemas. It knows nothing of what single verbs make of the answers.
 */
#include "cmd/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

/* What is not there yet would be taken for what is not wanted. */
static int heads_reached(struct skn_context *context, struct skn_error *err)
{
    struct skn_fleet *fleet = &context->fleet;
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        const struct skn_history *history;
        const struct skn_plan *plan;
        rc = skn_fleet_history(fleet, member->target->history, &history, err);
        if (rc == SKN_OK)
            rc = skn_planner_get(planner, history, member->rows, &plan, err);
        if (rc == SKN_OK && (plan->walk.count > 0 || member->progress))
            rc = skn_error_set(err, SKN_E_CONSTRAINT,
                               "Target database is not up to date.  Run skein upgrade heads first");
        if (rc != SKN_OK && fleet->count > 1)
            skn_error_context(err, "target \"%s\"", member->target->name);
    }
    skn_planner_destroy(planner);
    return rc;
}

int skn_look_again(struct skn_context *context, struct skn_question *question,
                   struct skn_findings *findings, struct skn_error *err)
{
    struct skn_fleet *fleet = &context->fleet;
    skn_report_phase(&context->report, fleet, "looking", fleet->count);
    int rc = skn_fleet_compare(fleet, question, findings, err);
    skn_report_phase(&context->report, fleet, "", 0);
    if (rc != SKN_OK)
        return -1;
    return fleet->failed > 0 ? skn_report_unasked(&context->report, fleet) : 0;
}

int skn_look(struct skn_context *context, struct skn_question *question, int at_head,
             struct skn_findings *findings, struct skn_error *err)
{
    *findings = (struct skn_findings){0};
    if (context->fleet.count == 0 && skn_context_fleet(context, err) != SKN_OK)
        return -1;
    int live = question->from.kind == SKN_SIDE_MEMBER || question->to.kind == SKN_SIDE_MEMBER;
    int status = live ? skn_context_probe(context, 1, err) : 0;
    if (status == 0 && at_head && heads_reached(context, err) != SKN_OK)
        status = -1;
    return status == 0 ? skn_look_again(context, question, findings, err) : status;
}

void skn_look_show(const struct skn_context *context, size_t member,
                   const struct skn_finding *finding, const char *const *ends)
{
    const struct skn_member *asked = &context->fleet.members[member];
    if (skn_context_json(context)) {
        json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:O}", "event", "compared", "target",
                                   asked->target->name, "driver", asked->target->driver, "schema",
                                   finding->hash, "differences", finding->differences);
        for (int at = 0; ends && at < 2; at++)
            json_object_set_new(object, at == 0 ? "from" : "to",
                                skn_json_string(ends[at], strlen(ends[at])));
        if (json_array_size(finding->renames) > 0)
            json_object_set(object, "renames", finding->renames);
        if (json_array_size(finding->statements) > 0)
            json_object_set(object, "statements", finding->statements);
        skn_report_json(object);
        return;
    }
    skn_look_list(skn_context_name(context, asked), finding);
}

void skn_look_list(const char *name, const struct skn_finding *finding)
{
    size_t i;
    json_t *text;
    json_array_foreach(finding->differences, i, text)
    {
        struct skn_buf line = {0};
        skn_buf_addf(&line, "%s\n", json_string_value(text));
        skn_print_for(name, &line);
        skn_buf_finish(&line);
    }
}

void skn_look_suggest(struct skn_context *context, const struct skn_finding *finding)
{
    size_t i;
    json_t *suggestion;
    json_array_foreach(finding->renames, i, suggestion)
        skn_report_note(&context->report, skn_json_text(suggestion, "text"));
}
