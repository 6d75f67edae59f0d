/*
 * Having the version table made where it is missing. It knows nothing of plans.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/wire.h"
#include "run/fleet.h"

struct ensuring {
    struct skn_fleet *fleet;
    struct skn_member **members;
    size_t count;
};

static json_t *ensure_request(void *ctx, uint32_t item)
{
    const struct ensuring *ensuring = ctx;
    struct skn_member *member = ensuring->members[item];
    struct skn_error err = SKN_ERROR_INIT;
    member->began = skn_clock_ms();
    json_t *request = skn_fleet_request(ensuring->fleet, member->target, "ensure", &err);
    return request ? request : skn_fleet_refusal(&err);
}

static void ensure_event(void *ctx, uint32_t item, const json_t *event)
{
    (void)ctx;
    (void)item;
    (void)event;
}

static int ensure_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    const struct ensuring *ensuring = ctx;
    struct skn_fleet *fleet = ensuring->fleet;
    struct skn_member *member = ensuring->members[item];
    member->ms = skn_clock_ms() - member->began;
    if (result->err.code != SKN_OK) {
        skn_member_fail(member, SKN_MEMBER_FAILED, &result->err);
        fleet->failed++;
    } else {
        member->state = SKN_MEMBER_DONE;
        member->stamped = 1;
    }
    fleet->events->finished(fleet->events->ctx, member);
    return 0;
}

static int ensure_more(void *ctx)
{
    const struct ensuring *ensuring = ctx;
    return skn_pool_interrupts() == 0 && (ensuring->fleet->go_on || !ensuring->fleet->failed);
}

static void ensure_line(void *ctx, uint32_t item, int level, const char *text)
{
    const struct ensuring *ensuring = ctx;
    const struct skn_fleet *fleet = ensuring->fleet;
    fleet->events->line(fleet->events->ctx, ensuring->members[item], level, text);
}

/* Those that have it are done; the others become items. */
static const struct skn_target **items_list(struct ensuring *ensuring)
{
    struct skn_fleet *fleet = ensuring->fleet;
    const struct skn_target **targets = skn_alloc_array(fleet->count, sizeof *targets);
    ensuring->members = skn_alloc_array(fleet->count, sizeof *ensuring->members);
    for (size_t i = 0; i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        if (member->stamped) {
            member->state = SKN_MEMBER_DONE;
            continue;
        }
        member->state = SKN_MEMBER_NOT_REACHED;
        ensuring->members[ensuring->count] = member;
        targets[ensuring->count++] = member->target;
    }
    return targets;
}

int skn_fleet_ensure(struct skn_fleet *fleet, struct skn_error *err)
{
    struct ensuring ensuring = {.fleet = fleet};
    struct skn_pool_hooks hooks = {.ctx = &ensuring,
                                   .request = ensure_request,
                                   .event = ensure_event,
                                   .finish = ensure_finish,
                                   .more = ensure_more,
                                   .line = ensure_line};
    const struct skn_target **targets = items_list(&ensuring);
    fleet->failed = 0;
    int rc = skn_pool_run(fleet->pool, targets, ensuring.count, &hooks, err);
    free(targets);
    free(ensuring.members);
    return rc;
}
