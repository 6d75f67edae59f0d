/*
 * Asking workers to rehearse. It knows nothing of schemas.
 */
#include "run/rehearse.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "run/route.h"
#include "run/samples.h"

struct rehearsing {
    struct skn_fleet *fleet;
    struct skn_routes routes;
    struct skn_planner *planner;
    struct skn_texts samples;
    struct skn_member **members; /* of items */
    size_t count;
    skn_tried_fn *tried;
    void *ctx;
};

static int plan_find(const struct rehearsing *rehearsing, const struct skn_member *member,
                     const struct skn_plan **plan, struct skn_error *err)
{
    const struct skn_history *history;
    int rc = skn_fleet_history(rehearsing->fleet, member->target->history, &history, err);
    return rc == SKN_OK ? skn_planner_get(rehearsing->planner, history, "", plan, err) : rc;
}

static const char *samples_folder(const struct skn_member *member)
{
    return skn_pairs_get(member->target->history->samples, member->target->driver);
}

/* A sample's script goes with its revision. */
static int sample_add(struct rehearsing *rehearsing, const struct skn_member *member,
                      const struct skn_revision *revision, json_t *pair, json_t *scripts,
                      struct skn_error *err)
{
    uint32_t script;
    const char *path =
        skn_sample_path(&rehearsing->samples.arena, samples_folder(member), revision);
    if (!path)
        return SKN_OK;
    int rc = skn_texts_get(&rehearsing->samples, path, member->target->history->version_table,
                           &script, err);
    if (rc != SKN_OK)
        return rc;
    json_object_set_new(pair, "sample", json_integer(script));
    json_array_append_new(scripts, json_integer(script));
    return SKN_OK;
}

static int samples_check(const struct rehearsing *rehearsing, struct skn_error *err)
{
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < rehearsing->count; i++) {
        const struct skn_member *member = rehearsing->members[i];
        const struct skn_history *history;
        rc = skn_fleet_history(rehearsing->fleet, member->target->history, &history, err);
        if (rc == SKN_OK)
            rc = skn_samples_check(samples_folder(member), history, err);
    }
    return rc;
}

static json_t *rehearse_request(void *ctx, uint32_t item)
{
    struct rehearsing *rehearsing = ctx;
    const struct skn_member *member = rehearsing->members[item];
    const struct skn_plan *plan;
    struct skn_error err = SKN_ERROR_INIT;
    json_t *request = skn_fleet_request(rehearsing->fleet, member->target, "rehearse", &err);
    if (request &&
        (skn_fleet_request_scratch(rehearsing->fleet, member->target, request, &err) != SKN_OK ||
         plan_find(rehearsing, member, &plan, &err) != SKN_OK)) {
        json_decref(request);
        request = NULL;
    }
    if (!request)
        return skn_fleet_refusal(&err);
    json_t *revisions = json_array();
    json_t *scripts = json_array();
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < plan->walk.count; i++) {
        json_t *pair =
            skn_route_pair(&rehearsing->routes, &plan->walk.steps[i], member->target->driver);
        static const char *const places[][2] = {
            {"up", "script"}, {"up", "verify"}, {"down", "script"}};
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            json_t *id = json_object_get(json_object_get(pair, places[k][0]), places[k][1]);
            if (id)
                json_array_append(scripts, id);
        }
        rc = sample_add(rehearsing, member, plan->walk.steps[i].revision, pair, scripts, &err);
        json_array_append_new(revisions, pair);
    }
    json_object_set_new(request, "revisions", revisions);
    json_object_set_new(request, "scripts", scripts);
    if (rc == SKN_OK)
        return request;
    json_decref(request);
    return skn_fleet_refusal(&err);
}

/* The place in the file goes before what the server said. */
static json_t *fault_locate(const struct rehearsing *rehearsing, const json_t *fault)
{
    struct skn_error err = SKN_ERROR_INIT;
    json_t *located = json_copy((json_t *)(uintptr_t)fault);
    if (json_object_get(fault, "differences"))
        return located;
    skn_error_decode(fault, &err);
    if (json_object_get(fault, "script")) {
        int64_t script = skn_json_number(fault, "script");
        size_t offset = (size_t)skn_json_number(fault, "offset");
        skn_fleet_script_locate(rehearsing->fleet, script, offset, &err);
        skn_texts_locate(&rehearsing->samples, script, offset, &err);
    }
    json_object_set_new(located, "error", skn_json_string(err.message, strlen(err.message)));
    return located;
}

static void rehearse_event(void *ctx, uint32_t item, const json_t *event)
{
    const struct rehearsing *rehearsing = ctx;
    const struct skn_member *member = rehearsing->members[item];
    const struct skn_plan *plan;
    struct skn_error ignored = SKN_ERROR_INIT;
    size_t at = (size_t)skn_json_number(event, "at");
    if (strcmp(skn_json_text(event, "event"), "tried") != 0 ||
        plan_find(rehearsing, member, &plan, &ignored) != SKN_OK || at >= plan->walk.count)
        return;
    const json_t *fault = json_object_get(event, "fault");
    json_t *located = fault ? fault_locate(rehearsing, fault) : NULL;
    rehearsing->tried(rehearsing->ctx, member, plan->walk.steps[at].revision,
                      json_is_true(json_object_get(event, "undone")), located,
                      skn_json_array(event, "rows"));
    json_decref(located);
}

static int rehearse_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    const struct rehearsing *rehearsing = ctx;
    struct skn_member *member = rehearsing->members[item];
    member->state = SKN_MEMBER_DONE;
    if (result->err.code != SKN_OK) {
        skn_member_fail(member, SKN_MEMBER_UNREACHABLE, &result->err);
        rehearsing->fleet->failed++;
    }
    return 0;
}

static int rehearse_more(void *ctx)
{
    (void)ctx;
    return skn_pool_interrupts() == 0;
}

static void rehearse_line(void *ctx, uint32_t item, int level, const char *text)
{
    const struct rehearsing *rehearsing = ctx;
    const struct skn_fleet *fleet = rehearsing->fleet;
    fleet->events->line(fleet->events->ctx, rehearsing->members[item], level, text);
}

/* One member speaks for all of its history and driver; the others are done. */
static const struct skn_target **stages_list(struct rehearsing *rehearsing)
{
    struct skn_fleet *fleet = rehearsing->fleet;
    const struct skn_target **targets = skn_alloc_array(fleet->count, sizeof *targets);
    rehearsing->members = skn_alloc_array(fleet->count, sizeof *rehearsing->members);
    for (size_t i = 0; i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        size_t k = 0;
        while (k < rehearsing->count && (targets[k]->history != member->target->history ||
                                         strcmp(targets[k]->driver, member->target->driver) != 0))
            k++;
        member->state = SKN_MEMBER_DONE;
        if (k < rehearsing->count)
            continue;
        member->state = SKN_MEMBER_NOT_REACHED;
        rehearsing->members[rehearsing->count] = member;
        targets[rehearsing->count++] = member->target;
    }
    return targets;
}

int skn_fleet_rehearse(struct skn_fleet *fleet, skn_tried_fn *tried, void *ctx,
                       struct skn_error *err)
{
    struct rehearsing rehearsing = {.fleet = fleet,
                                    .routes = {.fleet = fleet},
                                    .samples = {.pool = fleet->pool},
                                    .tried = tried,
                                    .ctx = ctx};
    struct skn_pool_hooks hooks = {.ctx = &rehearsing,
                                   .request = rehearse_request,
                                   .event = rehearse_event,
                                   .finish = rehearse_finish,
                                   .more = rehearse_more,
                                   .line = rehearse_line};
    const struct skn_target **targets = stages_list(&rehearsing);
    fleet->failed = 0;
    rehearsing.planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    int rc = samples_check(&rehearsing, err);
    if (rc == SKN_OK)
        rc = skn_pool_run(fleet->pool, targets, rehearsing.count, &hooks, err);
    skn_texts_finish(&rehearsing.samples);
    skn_planner_destroy(rehearsing.planner);
    skn_routes_finish(&rehearsing.routes);
    free(rehearsing.members);
    free(targets);
    return rc;
}
