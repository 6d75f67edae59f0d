/*
 * Plans as scripts, without a database. It knows nothing of SQL, nor of how scripts are shown.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "run/fleet.h"
#include "run/route.h"

/* ---- where it starts ---- */

static int start_resolve(struct skn_fleet *fleet, struct skn_member *member, const char *start,
                         struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_set set = {0};
    int rc = skn_fleet_history(fleet, member->target->history, &history, err);
    if (rc == SKN_OK)
        rc = skn_symbol_place(history, start, &set, err);
    if (rc == SKN_OK && set.count > 1)
        rc = skn_error_set(err, SKN_E_USAGE,
                           "Multiple head revisions are present for given argument '%s'; please "
                           "specify a specific target revision, '<branchname>@%s' to narrow to a "
                           "specific head, or 'heads' for all heads",
                           start, start);
    if (rc == SKN_OK)
        member->rows = set.count ? skn_fleet_text(fleet, history->revisions[set.items[0]].id) : "";
    skn_set_finish(&set);
    return rc;
}

int skn_fleet_assume(struct skn_fleet *fleet, const char *start, struct skn_error *err)
{
    int rc = SKN_OK;
    fleet->assumed = 1;
    for (size_t i = 0; rc == SKN_OK && i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        rc = start_resolve(fleet, member, start, err);
        member->from = member->rows;
        member->state = SKN_MEMBER_PROBED;
        if (rc != SKN_OK && fleet->count > 1)
            skn_error_context(err, "target \"%s\"", member->target->name);
    }
    return rc;
}

/* ---- rendering ---- */

struct rendering {
    struct skn_fleet *fleet;
    struct skn_routes routes;
    struct skn_buf *scripts; /* by member */
    struct skn_error *err;   /* of the first that failed */
    int failed;
};

static json_t *render_request(void *ctx, uint32_t item)
{
    struct rendering *rendering = ctx;
    const struct skn_member *member = &rendering->fleet->members[item];
    struct skn_error err = SKN_ERROR_INIT;
    json_t *request = skn_fleet_request(rendering->fleet, member->target, "render", &err);
    if (!request)
        return skn_fleet_refusal(&err);
    if (!member->plan) {
        json_object_set_new(request, "rows", json_array());
        json_object_set_new(request, "table_only", json_true());
        return request;
    }
    json_object_set_new(request, "rows", skn_rows_split(member->rows));
    json_object_set(request, "steps",
                    skn_route_steps(&rendering->routes, member->plan, member->target->driver));
    return request;
}

static void render_event(void *ctx, uint32_t item, const json_t *event)
{
    struct rendering *rendering = ctx;
    const json_t *text = json_object_get(event, "body");
    if (json_is_string(text))
        skn_buf_add(&rendering->scripts[item], json_string_value(text), json_string_length(text));
}

static int render_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    struct rendering *rendering = ctx;
    struct skn_member *member = &rendering->fleet->members[item];
    member->state = SKN_MEMBER_DONE;
    if (result->err.code == SKN_OK || rendering->failed)
        return 0;
    rendering->failed = 1;
    *rendering->err = result->err;
    if (result->event && json_object_get(result->event, "script"))
        skn_fleet_script_locate(rendering->fleet, skn_json_number(result->event, "script"),
                                (size_t)skn_json_number(result->event, "offset"), rendering->err);
    if (rendering->fleet->count > 1)
        skn_error_context(rendering->err, "target \"%s\"", member->target->name);
    return 0;
}

static int render_more(void *ctx)
{
    const struct rendering *rendering = ctx;
    return !rendering->failed && skn_pool_interrupts() == 0;
}

static void render_line(void *ctx, uint32_t item, int level, const char *text)
{
    const struct rendering *rendering = ctx;
    const struct skn_fleet *fleet = rendering->fleet;
    fleet->events->line(fleet->events->ctx, &fleet->members[item], level, text);
}

static int render_all(struct rendering *rendering)
{
    struct skn_fleet *fleet = rendering->fleet;
    struct skn_pool_hooks hooks = {.ctx = rendering,
                                   .request = render_request,
                                   .event = render_event,
                                   .finish = render_finish,
                                   .more = render_more,
                                   .line = render_line};
    const struct skn_target **targets = skn_alloc_array(fleet->count, sizeof *targets);
    for (size_t i = 0; i < fleet->count; i++)
        targets[i] = fleet->members[i].target;
    int rc = skn_pool_run(fleet->pool, targets, fleet->count, &hooks, rendering->err);
    free(targets);
    if (rc == SKN_OK && rendering->failed)
        return (int)rendering->err->code;
    if (rc == SKN_OK && skn_pool_interrupts() > 0)
        return skn_error_set(rendering->err, SKN_E_CANCELLED, "interrupted; nothing was written");
    return rc;
}

int skn_fleet_render(struct skn_fleet *fleet, skn_script_fn *take, void *ctx, struct skn_error *err)
{
    struct rendering rendering = {
        .fleet = fleet, .routes = {.fleet = fleet, .logged = 1}, .err = err};
    rendering.scripts = skn_alloc_array(fleet->count, sizeof *rendering.scripts);
    int rc = render_all(&rendering);
    for (size_t i = 0; i < fleet->count; i++) {
        if (rc == SKN_OK)
            take(ctx, &fleet->members[i], skn_buf_str(&rendering.scripts[i]));
        skn_buf_finish(&rendering.scripts[i]);
    }
    free(rendering.scripts);
    skn_routes_finish(&rendering.routes);
    return rc;
}
