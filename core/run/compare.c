/*
 * Asking workers to compare. It knows nothing of SQL and of what a schema is.
 */
#include "run/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/wire.h"
#include "run/route.h"
#include "run/texts.h"

struct skn_desired_store {
    struct skn_texts texts; /* one for all members of a history and driver */
};

struct comparing {
    struct skn_fleet *fleet;
    const struct skn_question *question;
    struct skn_findings *findings;
    struct skn_routes routes;
    struct skn_planner *planners[2]; /* of sides that are revisions */
    uint32_t *members;               /* of items */
};

/* ---- desired schemas ---- */

static const char *desired_path(const struct skn_side *side, const struct skn_target *target,
                                struct skn_error *err)
{
    const char *path = side->file;
    if (!path)
        path = skn_pairs_get(target->history->schemas, target->driver);
    if (!path)
        skn_error_set(err, SKN_E_CONFIG,
                      "history \"%s\" names no schema file for driver %s; write schema = { %s = "
                      "\"schema/%s.sql\"; }; into it, and the desired schema into that file "
                      "(skein schema dump makes one from a target)",
                      target->history->name, target->driver, target->driver, target->history->name);
    return path;
}

static int desired_find(struct comparing *comparing, const struct skn_target *target,
                        const struct skn_side *side, uint32_t *script, struct skn_error *err)
{
    const char *path = desired_path(side, target, err);
    if (!path)
        return (int)err->code;
    int rc = skn_texts_get(&comparing->findings->store->texts, path, target->history->version_table,
                           script, err);
    if (rc == SKN_E_MISSING)
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s: the desired schema is not there; skein schema dump makes it from "
                             "a target",
                             path);
    return rc;
}

/* ---- revisions ---- */

static int side_plan(const struct comparing *comparing, const struct skn_target *target, int at,
                     const struct skn_plan **plan, struct skn_error *err)
{
    const struct skn_history *history;
    int rc = skn_fleet_history(comparing->fleet, target->history, &history, err);
    if (rc == SKN_OK)
        rc = skn_planner_get(comparing->planners[at], history, "", plan, err);
    return rc == SKN_OK ? skn_plan_check(*plan, target->driver, err) : rc;
}

/* ---- sides ---- */

static const struct skn_side *side_at(const struct comparing *comparing, int at)
{
    return at == 0 ? &comparing->question->from : &comparing->question->to;
}

static int side_prepare(struct comparing *comparing, int at, struct skn_error *err)
{
    const struct skn_side *side = side_at(comparing, at);
    const struct skn_plan *plan;
    uint32_t script;
    int rc = SKN_OK;
    if (side->kind == SKN_SIDE_REVISION)
        comparing->planners[at] = skn_planner_create(SKN_PLAN_UPGRADE, side->revision);
    for (size_t i = 0; rc == SKN_OK && i < comparing->fleet->count; i++) {
        const struct skn_target *target = comparing->fleet->members[i].target;
        if (side->kind == SKN_SIDE_DESIRED)
            rc = desired_find(comparing, target, side, &script, err);
        else if (side->kind == SKN_SIDE_REVISION)
            rc = side_plan(comparing, target, at, &plan, err);
    }
    return rc;
}

/* All is read before anything is asked: a missing file is the command's error. */
static int sides_prepare(struct comparing *comparing, struct skn_error *err)
{
    int rc = side_prepare(comparing, 0, err);
    return rc == SKN_OK ? side_prepare(comparing, 1, err) : rc;
}

/* ---- asking ---- */

static void flags_add(json_t *request, unsigned flags)
{
    static const struct {
        const char *name;
        unsigned flag;
    } names[] = {{"write", SKN_QUESTION_WRITE},
                 {"prove", SKN_QUESTION_PROVE},
                 {"online", SKN_QUESTION_ONLINE},
                 {"allow_drop", SKN_QUESTION_ALLOW_DROP},
                 {"grants", SKN_QUESTION_GRANTS}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag)
            json_object_set_new(request, names[i].name, json_true());
}

static void renames_add(json_t *request, const struct skn_question *question)
{
    json_t *renames = json_array();
    for (size_t i = 0; i < question->rename_count; i++)
        json_array_append_new(renames, json_string(question->renames[i]));
    json_object_set_new(request, "renames", renames);
}

static int desired_encode(struct comparing *comparing, const struct skn_target *target,
                          const struct skn_side *side, json_t *object, json_t *scripts,
                          struct skn_error *err)
{
    uint32_t script;
    int rc = desired_find(comparing, target, side, &script, err);
    if (rc != SKN_OK)
        return rc;
    json_object_set_new(object, "is", json_string("script"));
    json_object_set_new(object, "script", json_integer(script));
    json_array_append_new(scripts, json_integer(script));
    return SKN_OK;
}

static int revision_encode(struct comparing *comparing, const struct skn_target *target, int at,
                           json_t *object, json_t *scripts, struct skn_error *err)
{
    const struct skn_plan *plan;
    int rc = side_plan(comparing, target, at, &plan, err);
    if (rc != SKN_OK)
        return rc;
    json_t *steps = skn_route_steps(&comparing->routes, plan, target->driver);
    skn_route_scripts(steps, scripts);
    json_object_set_new(object, "is", json_string("revisions"));
    json_object_set(object, "steps", steps);
    return SKN_OK;
}

/* Adds to scripts those that a side takes. */
static int side_encode(struct comparing *comparing, const struct skn_target *target, int at,
                       json_t *object, json_t *scripts, struct skn_error *err)
{
    const struct skn_side *side = side_at(comparing, at);
    switch (side->kind) {
    case SKN_SIDE_DESIRED:
        return desired_encode(comparing, target, side, object, scripts, err);
    case SKN_SIDE_REVISION:
        return revision_encode(comparing, target, at, object, scripts, err);
    case SKN_SIDE_TARGET:
        json_object_set_new(object, "is", json_string("other"));
        json_t *other = skn_fleet_request(comparing->fleet, side->target, "other", err);
        if (!other)
            return (int)err->code;
        json_object_set_new(object, "other", other);
        return SKN_OK;
    case SKN_SIDE_NOTHING:
        json_object_set_new(object, "is", json_string("nothing"));
        return SKN_OK;
    case SKN_SIDE_MEMBER:
    case SKN_SIDE_NONE:
        break;
    }
    json_object_set_new(object, "is", json_string("target"));
    return SKN_OK;
}

static int sides_add(struct comparing *comparing, const struct skn_target *target, json_t *request,
                     struct skn_error *err)
{
    static const char *const names[] = {"from", "to"};
    json_t *scripts = json_array();
    int rc = SKN_OK;
    for (int at = 0; rc == SKN_OK && at < 2; at++) {
        if (side_at(comparing, at)->kind == SKN_SIDE_NONE)
            continue;
        json_t *object = json_object();
        rc = side_encode(comparing, target, at, object, scripts, err);
        json_object_set_new(request, names[at], object);
    }
    json_object_set_new(request, "scripts", scripts);
    if (rc == SKN_OK && comparing->question->to.kind != SKN_SIDE_NONE)
        rc = skn_fleet_request_scratch(comparing->fleet, target, request, err);
    return rc;
}

static json_t *compare_request(void *ctx, uint32_t item)
{
    struct comparing *comparing = ctx;
    struct skn_member *member = &comparing->fleet->members[comparing->members[item]];
    struct skn_error err = SKN_ERROR_INIT;
    member->began = skn_clock_ms();
    json_t *request = skn_fleet_request(comparing->fleet, member->target, "compare", &err);
    if (!request)
        return skn_fleet_refusal(&err);
    flags_add(request, comparing->question->flags);
    renames_add(request, comparing->question);
    if (sides_add(comparing, member->target, request, &err) == SKN_OK)
        return request;
    json_decref(request);
    return skn_fleet_refusal(&err);
}

/* ---- listening ---- */

static void section_take(struct skn_finding *finding, const json_t *event)
{
    int up = strcmp(skn_json_text(event, "way"), "upgrade") == 0;
    char **text = up ? &finding->up : &finding->down;
    int *off = up ? &finding->up_off : &finding->down_off;
    free(*text);
    *text = skn_strdup(skn_json_text(event, "body"));
    *off = json_is_true(json_object_get(event, "off"));
    finding->held += (size_t)skn_json_number(event, "held");
}

static void compare_event(void *ctx, uint32_t item, const json_t *event)
{
    const struct comparing *comparing = ctx;
    struct skn_finding *finding = &comparing->findings->items[comparing->members[item]];
    const char *name = skn_json_text(event, "event");
    if (strcmp(name, "difference") == 0)
        json_array_append_new(finding->differences, json_string(skn_json_text(event, "text")));
    else if (strcmp(name, "statement") == 0)
        json_array_append(finding->statements, (json_t *)(uintptr_t)event);
    else if (strcmp(name, "suggestion") == 0)
        json_array_append_new(finding->renames,
                              json_pack("{s:O, s:O}", "rename", json_object_get(event, "rename"),
                                        "text", json_object_get(event, "text")));
    else if (strcmp(name, "section") == 0)
        section_take(finding, event);
}

static void finding_fail(const struct comparing *comparing, struct skn_member *member,
                         const struct skn_result *result)
{
    struct skn_error err = result->err;
    if (result->event && json_object_get(result->event, "script")) {
        int64_t script = skn_json_number(result->event, "script");
        size_t offset = (size_t)skn_json_number(result->event, "offset");
        skn_texts_locate(&comparing->findings->store->texts, script, offset, &err);
        skn_fleet_script_locate(comparing->fleet, script, offset, &err);
    }
    skn_member_fail(member, SKN_MEMBER_UNREACHABLE, &err);
    comparing->fleet->failed++;
}

static int compare_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    const struct comparing *comparing = ctx;
    struct skn_member *member = &comparing->fleet->members[comparing->members[item]];
    struct skn_finding *finding = &comparing->findings->items[comparing->members[item]];
    member->ms = skn_clock_ms() - member->began;
    if (result->err.code != SKN_OK) {
        finding_fail(comparing, member, result);
        return 0;
    }
    finding->hash = skn_strdup(skn_json_text(result->event, "hash"));
    finding->grants = json_is_true(json_object_get(result->event, "grants"));
    if (json_object_get(result->event, "unproven"))
        finding->unproven = skn_strdup(skn_json_text(result->event, "unproven"));
    member->state = SKN_MEMBER_DONE;
    return 0;
}

static int compare_more(void *ctx)
{
    (void)ctx;
    return skn_pool_interrupts() == 0;
}

static void compare_line(void *ctx, uint32_t item, int level, const char *text)
{
    const struct comparing *comparing = ctx;
    const struct skn_fleet *fleet = comparing->fleet;
    fleet->events->line(fleet->events->ctx, &fleet->members[comparing->members[item]], level, text);
}

/* ---- all ---- */

int skn_member_speaks(const struct skn_fleet *fleet, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(fleet->members[i].target->driver, fleet->members[at].target->driver) == 0)
            return 0;
    return 1;
}

static int all_ask(struct comparing *comparing, struct skn_error *err)
{
    struct skn_fleet *fleet = comparing->fleet;
    struct skn_pool_hooks hooks = {.ctx = comparing,
                                   .request = compare_request,
                                   .event = compare_event,
                                   .finish = compare_finish,
                                   .more = compare_more,
                                   .line = compare_line};
    const struct skn_target **targets = skn_alloc_array(fleet->count, sizeof *targets);
    size_t count = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->members[i].state == SKN_MEMBER_UNREACHABLE ||
            ((comparing->question->flags & SKN_QUESTION_FIRST) && !skn_member_speaks(fleet, i)))
            continue;
        fleet->members[i].state = SKN_MEMBER_NOT_REACHED;
        comparing->members[count] = (uint32_t)i;
        targets[count++] = fleet->members[i].target;
    }
    int rc = skn_pool_run(fleet->pool, targets, count, &hooks, err);
    free(targets);
    return rc;
}

int skn_fleet_compare(struct skn_fleet *fleet, const struct skn_question *question,
                      struct skn_findings *findings, struct skn_error *err)
{
    struct comparing comparing = {
        .fleet = fleet, .question = question, .findings = findings, .routes = {.fleet = fleet}};
    *findings = (struct skn_findings){.count = fleet->count};
    findings->items = skn_alloc_array(fleet->count, sizeof *findings->items);
    findings->store = skn_alloc(sizeof *findings->store);
    findings->store->texts.pool = fleet->pool;
    for (size_t i = 0; i < fleet->count; i++) {
        findings->items[i].differences = json_array();
        findings->items[i].statements = json_array();
        findings->items[i].renames = json_array();
    }
    fleet->failed = 0;
    comparing.members = skn_alloc_array(fleet->count, sizeof *comparing.members);
    int rc = sides_prepare(&comparing, err);
    if (rc == SKN_OK)
        rc = all_ask(&comparing, err);
    skn_routes_finish(&comparing.routes);
    for (int at = 0; at < 2; at++)
        if (comparing.planners[at])
            skn_planner_destroy(comparing.planners[at]);
    free(comparing.members);
    return rc;
}

void skn_findings_finish(struct skn_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct skn_finding *finding = &findings->items[i];
        json_decref(finding->differences);
        json_decref(finding->statements);
        json_decref(finding->renames);
        free(finding->hash);
        free(finding->up);
        free(finding->down);
        free(finding->unproven);
    }
    if (findings->store) {
        skn_texts_finish(&findings->store->texts);
    }
    free(findings->store);
    free(findings->items);
    *findings = (struct skn_findings){0};
}
