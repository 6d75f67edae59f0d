/*
 * Planning, checking and running a fleet's members. It knows nothing of how they were probed.
 */
#include "run/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/wire.h"
#include "run/route.h"

enum { REPLANS = 20 };

struct execution {
    struct skn_fleet *fleet;
    struct skn_planner *planner;
    struct skn_routes routes;
    size_t broken; /* members that failed */
};

/* ---- planning and checking ---- */

/* What was planned for a history and driver, to be checked by one worker. */
struct check {
    const struct skn_history *history;
    const char *driver;
    unsigned char *planned; /* by script number */
    size_t planned_room;
    struct check *next;
};

static struct check *check_get(struct check **checks, const struct skn_history *history,
                               const char *driver)
{
    for (struct check *check = *checks; check; check = check->next)
        if (check->history == history && strcmp(check->driver, driver) == 0)
            return check;
    struct check *check = skn_alloc(sizeof *check);
    check->history = history;
    check->driver = driver;
    check->next = *checks;
    *checks = check;
    return check;
}

static void planned_note(struct check *check, const json_t *id)
{
    if (!json_is_integer(id))
        return;
    size_t script = (size_t)json_integer_value(id);
    if (script >= check->planned_room) {
        size_t room = script * 2 + 16;
        check->planned = skn_realloc_array(check->planned, room, 1);
        memset(check->planned + check->planned_room, 0, room - check->planned_room);
        check->planned_room = room;
    }
    check->planned[script] = 1;
}

static json_t *history_scripts(struct skn_fleet *fleet, const struct check *check)
{
    json_t *list = json_array();
    for (size_t i = 0; i < check->history->count; i++)
        for (int direction = SKN_UP; direction <= SKN_VERIFY; direction++) {
            const struct skn_revision *revision = &check->history->revisions[i];
            const struct skn_section *section =
                skn_revision_section(revision, (enum skn_direction)direction, check->driver);
            if (section)
                json_array_append_new(list,
                                      json_integer(skn_fleet_script(fleet, revision, section)));
        }
    return list;
}

static json_t *planned_scripts(const struct check *check)
{
    json_t *list = json_array();
    for (size_t i = 0; i < check->planned_room; i++)
        if (check->planned[i])
            json_array_append_new(list, json_integer((json_int_t)i));
    return list;
}

/* A file that is malformed is a fault wherever it is; what cannot be run is one where it would run.
 */
static int fault_counts(const struct check *check, const json_t *fault)
{
    size_t script = (size_t)skn_json_number(fault, "script");
    int planned = script < check->planned_room && check->planned[script];
    return planned || skn_code_by_name(skn_json_text(fault, "code")) != SKN_E_UNSUPPORTED;
}

static int check_run(struct skn_fleet *fleet, const struct check *check, struct skn_error *err)
{
    json_t *scripts = fleet->assumed ? planned_scripts(check) : history_scripts(fleet, check);
    json_t *request = json_pack("{s:s, s:o}", "do", "check", "scripts", scripts);
    json_t *answer;
    int rc = skn_pool_ask(fleet->pool, check->driver, request, &answer, err);
    json_decref(request);
    if (rc == SKN_OK && strcmp(skn_json_text(answer, "event"), "checked") != 0)
        rc = skn_error_set(err, SKN_E_DRIVER, "the worker's answer is none to what was asked");
    if (rc != SKN_OK) {
        json_decref(answer);
        return rc;
    }
    size_t i;
    json_t *fault;
    size_t more = 0;
    json_array_foreach((json_t *)(uintptr_t)skn_json_array(answer, "faults"), i, fault)
    {
        if (!fault_counts(check, fault))
            continue;
        if (rc != SKN_OK) {
            more++;
            continue;
        }
        skn_error_decode(fault, err);
        size_t offset = err->position > 0 ? err->position - 1 : 0;
        rc = skn_fleet_script_locate(fleet, skn_json_number(fault, "script"), offset, err);
    }
    json_decref(answer);
    if (more > 0) {
        size_t len = strlen(err->message);
        snprintf(err->message + len, sizeof err->message - len, " (and %zu more faults)", more);
    }
    return rc;
}

/* Behind a pooler that lends sessions for transactions, none can do without one. */
static int lent_check(const struct skn_member *member, struct skn_error *err)
{
    if (!(member->flags & SKN_SERVER_POOLED) || (member->caps & SKN_CAP_LOCK))
        return SKN_OK;
    for (size_t i = 0; i < member->plan->walk.count; i++) {
        const struct skn_walk_step *step = &member->plan->walk.steps[i];
        const struct skn_section *section = skn_plan_section(step, member->target->driver);
        if (section && section->transaction_off)
            return skn_error_set(err, SKN_E_CONFIG,
                                 "revision %s has transaction=off and needs a session of its own, "
                                 "which a pooler does not lend; name the server itself as host",
                                 step->revision->id);
    }
    return SKN_OK;
}

static int member_plan(struct execution *execution, struct skn_member *member,
                       struct check **checks, struct skn_error *err)
{
    const struct skn_history *history;
    const struct skn_target *target = member->target;
    int rc = skn_fleet_history(execution->fleet, target->history, &history, err);
    if (rc == SKN_OK)
        rc = skn_planner_get(execution->planner, history, member->rows, &member->plan, err);
    if (rc == SKN_OK)
        rc = skn_plan_check(member->plan, target->driver, err);
    if (rc == SKN_OK && member->plan->walk.count > 0 && (member->flags & SKN_SERVER_READ_ONLY))
        rc = skn_error_set(err, SKN_E_CONFIG,
                           "the server is read-only (a standby, or set so); nothing can be changed "
                           "there");
    if (rc == SKN_OK && member->plan->walk.count > 0 && member->refusal[0])
        rc = skn_error_set(err, SKN_E_CONFIG, "%s", member->refusal);
    if (rc == SKN_OK && member->plan->walk.count > 0 && member->denial[0])
        rc = skn_error_set(err, SKN_E_PERMISSION, "%s", member->denial);
    if (rc == SKN_OK)
        rc = lent_check(member, err);
    if (rc == SKN_OK && member->plan->walk.count > 0 && !member->stamped &&
        (member->flags & SKN_SERVER_NO_CREATE))
        rc = skn_error_set(err, SKN_E_PERMISSION,
                           "%.60s may not create the version table in schema %.60s; grant CREATE",
                           member->user, member->schema);
    if (rc != SKN_OK || member->plan->walk.count == 0)
        return rc;
    size_t i;
    json_t *step;
    struct check *check = check_get(checks, history, target->driver);
    /* Once, for the loop asks for its array at every turn. */
    json_t *steps = skn_route_steps(&execution->routes, member->plan, target->driver);
    json_array_foreach(steps, i, step)
    {
        planned_note(check, json_object_get(step, "script"));
        planned_note(check, json_object_get(step, "verify"));
    }
    return SKN_OK;
}

int skn_fleet_plan(struct skn_fleet *fleet, struct skn_planner *planner, struct skn_error *err)
{
    struct execution execution = {.fleet = fleet, .planner = planner, .routes = {.fleet = fleet}};
    struct check *checks = NULL;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        if (member->state != SKN_MEMBER_PROBED)
            continue;
        rc = member_plan(&execution, member, &checks, err);
        if (rc != SKN_OK && fleet->count > 1)
            skn_error_context(err, "target \"%s\"", member->target->name);
    }
    while (checks) {
        struct check *next = checks->next;
        if (rc == SKN_OK)
            rc = check_run(fleet, checks, err);
        free(checks->planned);
        free(checks);
        checks = next;
    }
    skn_routes_finish(&execution.routes);
    return rc;
}

/* ---- running ---- */

static json_t *run_request(void *ctx, uint32_t item)
{
    struct execution *execution = ctx;
    struct skn_member *member = &execution->fleet->members[item];
    struct skn_error err = SKN_ERROR_INIT;
    if (member->began == 0)
        member->began = skn_clock_ms();
    json_t *request = skn_fleet_request(execution->fleet, member->target, "run", &err);
    if (!request)
        return skn_fleet_refusal(&err);
    json_object_set_new(request, "rows", skn_rows_split(member->rows));
    json_object_set(request, "steps",
                    skn_route_steps(&execution->routes, member->plan, member->target->driver));
    return request;
}

static const struct skn_walk_step *step_of(const struct skn_member *member, const json_t *event)
{
    int64_t step = skn_json_number(event, "step");
    if (!member->plan || step < 0 || (size_t)step >= member->plan->walk.count)
        return NULL;
    return &member->plan->walk.steps[step];
}

static void run_event(void *ctx, uint32_t item, const json_t *event)
{
    struct execution *execution = ctx;
    struct skn_fleet *fleet = execution->fleet;
    const struct skn_member *member = &fleet->members[item];
    const struct skn_walk_step *step = step_of(member, event);
    const char *name = skn_json_text(event, "event");
    if (!step)
        return;
    if (strcmp(name, "start") == 0)
        fleet->events->start(fleet->events->ctx, member, step, 1);
    else if (strcmp(name, "step") == 0)
        fleet->events->step(fleet->events->ctx, member, step, skn_json_number(event, "ms"));
}

/* The rows a member is at when `done` steps of its plan are in the ledger. */
static const char *rows_after(struct skn_fleet *fleet, const struct skn_member *member,
                              uint32_t done)
{
    if (done == 0)
        return member->rows;
    if (done >= member->plan->walk.count)
        return skn_fleet_text(fleet, member->plan->end);
    json_t *rows = skn_rows_split(member->rows);
    for (uint32_t i = 0; i < done; i++) {
        const struct skn_walk_step *step = &member->plan->walk.steps[i];
        for (size_t k = 0; k < step->change_count; k++) {
            const struct skn_row_change *change = &step->changes[k];
            for (size_t r = 0; change->op != SKN_ROW_INSERT && r < json_array_size(rows); r++)
                if (strcmp(json_string_value(json_array_get(rows, r)), change->from) == 0) {
                    json_array_remove(rows, r);
                    break;
                }
            if (change->op != SKN_ROW_DELETE)
                json_array_append_new(rows, json_string(change->to));
        }
    }
    const char *text = skn_rows_join(fleet, rows);
    json_decref(rows);
    return text;
}

static void member_end(struct execution *execution, struct skn_member *member)
{
    member->ms = skn_clock_ms() - member->began;
    if (member->state == SKN_MEMBER_FAILED)
        execution->broken++;
    execution->fleet->events->finished(execution->fleet->events->ctx, member);
}

/* A worker that died took with it whether its last commit had come through. */
static void look_again_add(struct skn_error *err)
{
    err->code = SKN_E_UNCERTAIN;
    size_t len = strlen(err->message);
    snprintf(err->message + len, sizeof err->message - len,
             "; skein current tells whether it was applied");
}

static void member_broke(struct execution *execution, struct skn_member *member,
                         const struct skn_result *result)
{
    struct skn_error err = result->err;
    const struct skn_plan *plan = member->plan;
    if (result->event && json_object_get(result->event, "script"))
        skn_fleet_script_locate(execution->fleet, skn_json_number(result->event, "script"),
                                (size_t)skn_json_number(result->event, "offset"), &err);
    else if (!result->event && result->statement > 0)
        skn_error_context(&err, "statement %u", result->statement);
    if (!result->event && result->step < plan->walk.count)
        look_again_add(&err);
    if (result->step < plan->walk.count && plan->walk.steps[result->step].revision)
        skn_error_context(&err, "revision %s", plan->walk.steps[result->step].revision->id);
    uint32_t done = result->done < plan->walk.count ? result->done : (uint32_t)plan->walk.count;
    member->done += done;
    member->rows = rows_after(execution->fleet, member, done);
    skn_member_fail(member, SKN_MEMBER_FAILED, &err);
    member_end(execution, member);
}

/* Others moved the target while we waited for the lock: plan again from where it is now. */
static int member_replan(struct execution *execution, struct skn_member *member,
                         const struct skn_result *result)
{
    struct skn_error err = SKN_ERROR_INIT;
    member->done += result->done;
    int rc = skn_rows_read(execution->fleet, result->event, &member->rows, &err);
    if (rc == SKN_OK && ++member->tries > REPLANS)
        rc = skn_error_set(&err, SKN_E_BUSY, "other runners keep changing its revision");
    if (rc == SKN_OK)
        rc = skn_planner_get(execution->planner, member->plan->history, member->rows, &member->plan,
                             &err);
    if (rc == SKN_OK)
        rc = skn_plan_check(member->plan, member->target->driver, &err);
    if (rc != SKN_OK)
        skn_member_fail(member, SKN_MEMBER_FAILED, &err);
    else if (member->plan->walk.count > 0)
        return 1;
    else
        member->state = SKN_MEMBER_DONE;
    member_end(execution, member);
    return 0;
}

/* A driver can write into the wire: an end is believed only where it fits what was asked. */
static int end_check(const struct skn_member *member, const struct skn_result *result,
                     struct skn_error *err)
{
    const char *event = skn_json_text(result->event, "event");
    size_t count = member->plan->walk.count;
    int stopped = json_is_true(json_object_get(result->event, "stopped"));
    int whole = result->done == count || (stopped && result->done < count);
    if (strcmp(event, "moved") == 0 ? result->done <= count : strcmp(event, "ran") == 0 && whole)
        return SKN_OK;
    return skn_error_set(err, SKN_E_DRIVER,
                         "the worker ended the run of %zu revisions by \"%.32s\" behind %u; skein "
                         "current tells what was applied",
                         count, event, result->done);
}

/* By a person; or by us, for a driver that came back too late from a call, and went on. */
static void member_stopped(struct skn_member *member)
{
    struct skn_error err = SKN_ERROR_INIT;
    int asked = skn_pool_interrupts() > 0;
    if (asked)
        skn_error_set(&err, SKN_E_CANCELLED, "interrupted behind the revision in hand");
    else
        skn_error_set(&err, SKN_E_TIMEOUT,
                      "the driver was late from a call, so that no further revision was begun");
    skn_member_fail(member, asked ? SKN_MEMBER_NOT_REACHED : SKN_MEMBER_FAILED, &err);
}

static int run_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    struct execution *execution = ctx;
    struct skn_member *member = &execution->fleet->members[item];
    struct skn_result end = *result;
    if (end.err.code != SKN_OK || end_check(member, result, &end.err) != SKN_OK) {
        member_broke(execution, member, &end);
        return 0;
    }
    if (strcmp(skn_json_text(result->event, "event"), "moved") == 0)
        return member_replan(execution, member, result);
    member->done += result->done;
    member->rows = rows_after(execution->fleet, member, result->done);
    member->state = SKN_MEMBER_DONE;
    if (json_is_true(json_object_get(result->event, "stopped"))) {
        member_stopped(member);
    }
    member_end(execution, member);
    return 0;
}

static int run_more(void *ctx)
{
    const struct execution *execution = ctx;
    return skn_pool_interrupts() == 0 && (execution->broken == 0 || execution->fleet->go_on);
}

static void run_line(void *ctx, uint32_t item, int level, const char *text)
{
    const struct execution *execution = ctx;
    const struct skn_fleet *fleet = execution->fleet;
    fleet->events->line(fleet->events->ctx, &fleet->members[item], level, text);
}

/* Members with something to do move to the front, so that an item's number is a member's. */
static size_t members_sort(struct skn_fleet *fleet)
{
    struct skn_member *sorted = skn_alloc_array(fleet->count, sizeof *sorted);
    size_t busy = 0;
    for (size_t i = 0; i < fleet->count; i++)
        if (fleet->members[i].plan && fleet->members[i].plan->walk.count > 0)
            sorted[busy++] = fleet->members[i];
    size_t n = busy;
    for (size_t i = 0; i < fleet->count; i++)
        if (!fleet->members[i].plan || fleet->members[i].plan->walk.count == 0)
            sorted[n++] = fleet->members[i];
    free(fleet->members);
    fleet->members = sorted;
    return busy;
}

int skn_fleet_run(struct skn_fleet *fleet, struct skn_planner *planner, struct skn_error *err)
{
    struct execution execution = {.fleet = fleet, .planner = planner, .routes = {.fleet = fleet}};
    struct skn_pool_hooks hooks = {.ctx = &execution,
                                   .request = run_request,
                                   .event = run_event,
                                   .finish = run_finish,
                                   .more = run_more,
                                   .line = run_line};
    size_t busy = members_sort(fleet);
    const struct skn_target **targets = skn_alloc_array(busy, sizeof *targets);
    for (size_t i = 0; i < busy; i++)
        targets[i] = fleet->members[i].target;
    int rc = skn_pool_run(fleet->pool, targets, busy, &hooks, err);
    free(targets);
    skn_routes_finish(&execution.routes);
    for (size_t i = 0; i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        if (member->state == SKN_MEMBER_PROBED)
            member->state = i < busy ? SKN_MEMBER_NOT_REACHED : SKN_MEMBER_DONE;
    }
    fleet->failed = (int)execution.broken;
    return rc;
}
