/*
 * The coordinated change of a fleet. It knows nothing of single verbs beyond their direction.
 */
#include "cmd/change.h"

#include <stdio.h>
#include <string.h>

#include "base/wire.h"
#include "cmd/offline.h"

static int policy_read(struct skn_context *context, struct skn_error *err)
{
    const char *policy = skn_context_get(context, "on-failure");
    if (!policy)
        return SKN_OK;
    if (strcmp(policy, "stop") != 0 && strcmp(policy, "continue") != 0)
        return skn_error_set(err, SKN_E_USAGE, "--on-failure must be stop or continue");
    context->fleet.go_on = strcmp(policy, "continue") == 0;
    return SKN_OK;
}

/* ---- --dry-run ---- */

static void step_show(const struct skn_context *context, const struct skn_member *member,
                      const struct skn_walk_step *step)
{
    struct skn_buf text = {0};
    if (context->fleet.count > 1)
        skn_buf_addf(&text, "%s: ", member->target->name);
    skn_buf_addf(&text, "%s\n", step->log);
    const struct skn_section *section = skn_plan_section(step, member->target->driver);
    if (section && skn_context_verbose(context)) {
        skn_buf_add(&text, section->text.ptr, section->text.len);
        if (text.text[text.len - 1] != '\n')
            skn_buf_addc(&text, '\n');
    }
    skn_print(&text);
    skn_buf_finish(&text);
}

static void step_show_json(const struct skn_member *member, const struct skn_walk_step *step)
{
    static const char *const kinds[] = {"upgrade", "downgrade", "stamp"};
    const struct skn_section *section = skn_plan_section(step, member->target->driver);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "event", "plan", "target",
                               member->target->name, "direction", kinds[step->kind], "revision",
                               step->revision ? step->revision->id : "");
    if (section)
        json_object_set_new(object, "sql", skn_json_string(section->text.ptr, section->text.len));
    skn_report_json(object);
}

static int plan_show(const struct skn_context *context)
{
    for (size_t i = 0; i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        for (size_t k = 0; member->plan && k < member->plan->walk.count; k++) {
            if (skn_context_json(context))
                step_show_json(member, &member->plan->walk.steps[k]);
            else
                step_show(context, member, &member->plan->walk.steps[k]);
        }
    }
    return 0;
}

/* ---- running ---- */

static size_t members_busy(const struct skn_fleet *fleet)
{
    size_t n = 0;
    for (size_t i = 0; i < fleet->count; i++)
        n += fleet->members[i].plan && fleet->members[i].plan->walk.count > 0;
    return n;
}

static int plans_run(struct skn_context *context, struct skn_planner *planner, const char *phase,
                     struct skn_error *err)
{
    struct skn_fleet *fleet = &context->fleet;
    skn_report_phase(&context->report, fleet, phase, members_busy(fleet));
    int rc = skn_fleet_run(fleet, planner, err);
    skn_report_summary(&context->report, fleet);
    return rc == SKN_OK ? skn_report_exit(fleet) : -1;
}

static struct skn_planner *planner_make(const struct skn_context *context, enum skn_plan_verb verb)
{
    return verb == SKN_PLAN_STAMP
               ? skn_planner_create_stamp(context->args, context->arg_count,
                                          skn_context_get(context, "purge") != NULL)
               : skn_planner_create(verb, context->args[0]);
}

int skn_change_upgrade(struct skn_context *context, const char *symbol, struct skn_error *err)
{
    context->fleet.asks_rights = 1;
    int status = skn_context_probe(context, 1, err);
    if (status != 0)
        return status;
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, symbol);
    status = skn_fleet_plan(&context->fleet, planner, err) == SKN_OK
                 ? plans_run(context, planner, "upgrading", err)
                 : -1;
    skn_planner_destroy(planner);
    return status;
}

int skn_change_run(struct skn_context *context, enum skn_plan_verb verb, struct skn_error *err)
{
    static const char *const phases[] = {"upgrading", "downgrading", "stamping"};
    int status = -1;
    if (skn_context_get(context, "sql"))
        return skn_offline_run(context, verb, err);
    if (verb != SKN_PLAN_STAMP && strchr(context->args[0], ':')) {
        skn_error_set(err, SKN_E_USAGE, "Range revision not allowed");
        return -1;
    }
    if (skn_context_fleet(context, err) != SKN_OK || policy_read(context, err) != SKN_OK)
        return -1;
    context->fleet.asks_rights = 1;
    status = skn_context_probe(context, 1, err);
    if (status != 0)
        return status;
    struct skn_planner *planner = planner_make(context, verb);
    int rc = skn_fleet_plan(&context->fleet, planner, err);
    if (rc != SKN_OK)
        status = -1;
    else if (skn_context_get(context, "dry-run"))
        status = plan_show(context);
    else
        status = plans_run(context, planner, phases[verb], err);
    skn_planner_destroy(planner);
    return status;
}
