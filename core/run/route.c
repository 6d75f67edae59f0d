/*
 * Encoding the steps of plans. It knows nothing of members and workers.
 */
#include "run/route.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/alloc.h"
#include "base/wire.h"

struct skn_route {
    char *key; /* plan and driver */
    json_t *steps;
    UT_hash_handle hh;
};

json_t *skn_rows_split(const char *rows)
{
    json_t *list = json_array();
    for (const char *at = rows; *at;) {
        const char *end = strchrnul(at, ',');
        json_array_append_new(list, json_stringn(at, (size_t)(end - at)));
        at = *end ? end + 1 : end;
    }
    return list;
}

static json_t *changes_encode(const struct skn_walk_step *step)
{
    static const char *const ops[] = {"insert", "delete", "update"};
    json_t *list = json_array();
    for (size_t i = 0; i < step->change_count; i++) {
        const struct skn_row_change *change = &step->changes[i];
        json_array_append_new(list, json_pack("[s, s, s]", ops[change->op],
                                              change->from ? change->from : "",
                                              change->to ? change->to : ""));
    }
    return list;
}

static void script_add(struct skn_fleet *fleet, json_t *object, const char *which,
                       const struct skn_revision *revision, const struct skn_section *section)
{
    if (section)
        json_object_set_new(object, which,
                            json_integer(skn_fleet_script(fleet, revision, section)));
}

static json_t *step_encode(const struct skn_routes *routes, const struct skn_walk_step *step,
                           const char *driver)
{
    static const char *const kinds[] = {"upgrade", "downgrade", "stamp"};
    const struct skn_revision *revision = step->revision;
    char checksum[SKN_SHA256_HEX] = "";
    if (revision)
        skn_revision_checksum(revision, checksum);
    json_t *object = json_pack("{s:s, s:s, s:s, s:o}", "kind", kinds[step->kind], "revision",
                               revision ? revision->id : "", "checksum", checksum, "changes",
                               changes_encode(step));
    script_add(routes->fleet, object, "script", revision, skn_plan_section(step, driver));
    if (revision && step->kind == SKN_STEP_UPGRADE)
        script_add(routes->fleet, object, "verify", revision,
                   skn_revision_section(revision, SKN_VERIFY, driver));
    if (routes->logged)
        json_object_set_new(object, "log", json_stringn(step->log, step->log_brief));
    return object;
}

void skn_route_scripts(const json_t *steps, json_t *scripts)
{
    static const char *const places[] = {"script", "verify"};
    size_t i;
    json_t *step;
    json_array_foreach((json_t *)(uintptr_t)steps, i, step)
    {
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++)
            if (json_object_get(step, places[k]))
                json_array_append(scripts, json_object_get(step, places[k]));
    }
}

/* The same changes of rows, undone from the last to the first. */
static json_t *changes_reverse(const json_t *changes)
{
    json_t *list = json_array();
    for (size_t i = json_array_size(changes); i > 0; i--) {
        const json_t *change = json_array_get(changes, i - 1);
        const char *op = json_string_value(json_array_get(change, 0));
        const char *back = strcmp(op, "insert") == 0   ? "delete"
                           : strcmp(op, "delete") == 0 ? "insert"
                                                       : "update";
        json_array_append_new(list, json_pack("[s, O, O]", back, json_array_get(change, 2),
                                              json_array_get(change, 1)));
    }
    return list;
}

json_t *skn_route_pair(const struct skn_routes *routes, const struct skn_walk_step *step,
                       const char *driver)
{
    const struct skn_section *down = skn_revision_section(step->revision, SKN_DOWN, driver);
    json_t *up = step_encode(routes, step, driver);
    json_t *pair = json_pack("{s:o}", "up", up);
    if (!down || step->revision->irreversible)
        return pair;
    json_t *back = json_copy(up);
    json_object_set_new(back, "kind", json_string("downgrade"));
    json_object_set_new(back, "changes", changes_reverse(json_object_get(up, "changes")));
    json_object_del(back, "verify");
    script_add(routes->fleet, back, "script", step->revision, down);
    json_object_set_new(pair, "down", back);
    return pair;
}

json_t *skn_route_steps(struct skn_routes *routes, const struct skn_plan *plan, const char *driver)
{
    struct skn_route *route;
    struct skn_buf key = {0};
    skn_buf_addf(&key, "%p %s", (const void *)plan, driver);
    HASH_FIND_STR(routes->known, skn_buf_text(&key), route);
    if (route) {
        skn_buf_finish(&key);
        return route->steps;
    }
    route = skn_alloc(sizeof *route);
    route->key = key.text;
    route->steps = json_array();
    for (size_t i = 0; i < plan->walk.count; i++)
        json_array_append_new(route->steps, step_encode(routes, &plan->walk.steps[i], driver));
    HASH_ADD_KEYPTR(hh, routes->known, route->key, strlen(route->key), route);
    return route->steps;
}

void skn_routes_finish(struct skn_routes *routes)
{
    struct skn_route *route, *next;
    HASH_ITER(hh, routes->known, route, next)
    {
        HASH_DEL(routes->known, route);
        json_decref(route->steps);
        free(route->key);
        free(route);
    }
}
