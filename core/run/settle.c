/*
 * Looking at what is in doubt in the targets, and telling them how it ended. It knows nothing of
 * plans.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/wire.h"
#include "run/fleet.h"

struct settling {
    struct skn_fleet *fleet;
    struct skn_member **members;
    int resolution; /* as the worker counts: 0 look, 1 applied, 2 not applied */
};

/* The section that is half applied; *revision is its file. NULL with err filled. */
static const struct skn_section *section_find(struct skn_fleet *fleet,
                                              const struct skn_member *member,
                                              const struct skn_revision **revision,
                                              struct skn_error *err)
{
    const struct skn_history *history;
    const char *id = skn_json_text(member->progress, "revision");
    const char *direction = skn_json_text(member->progress, "direction");
    enum skn_direction way = strcmp(direction, "downgrade") == 0 ? SKN_DOWN : SKN_UP;
    if (skn_fleet_history(fleet, member->target->history, &history, err) != SKN_OK)
        return NULL;
    *revision = skn_history_find(history, id);
    const struct skn_section *section =
        *revision ? skn_revision_section(*revision, way, member->target->driver) : NULL;
    if (!section)
        skn_error_set(err, SKN_E_CONFIG, "no file has the %s of revision %s", direction, id);
    return section;
}

static json_t *doubt_encode(struct skn_fleet *fleet, const struct skn_member *member,
                            struct skn_error *err)
{
    const struct skn_revision *revision;
    const struct skn_section *section = section_find(fleet, member, &revision, err);
    char checksum[SKN_SHA256_HEX];
    if (!section)
        return NULL;
    skn_revision_checksum(revision, checksum);
    return json_pack("[{s:s, s:s, s:I, s:s}]", "kind", skn_json_text(member->progress, "direction"),
                     "revision", revision->id, "script",
                     (json_int_t)skn_fleet_script(fleet, revision, section), "checksum", checksum);
}

void skn_fleet_doubt_place(struct skn_fleet *fleet, const struct skn_member *member,
                           struct skn_error *place)
{
    const struct skn_revision *revision;
    const struct skn_section *section = section_find(fleet, member, &revision, place);
    if (section)
        skn_fleet_script_locate(fleet, skn_fleet_script(fleet, revision, section),
                                (size_t)skn_json_number(member->doubt, "offset"), place);
}

static json_t *settle_request(void *ctx, uint32_t item)
{
    struct settling *settling = ctx;
    struct skn_member *member = settling->members[item];
    struct skn_error err = SKN_ERROR_INIT;
    json_t *steps = doubt_encode(settling->fleet, member, &err);
    json_t *request =
        steps ? skn_fleet_request(settling->fleet, member->target, "resolve", &err) : NULL;
    if (!request) {
        json_decref(steps);
        return skn_fleet_refusal(&err);
    }
    json_object_set_new(request, "steps", steps);
    json_object_set_new(request, "resolution", json_integer(settling->resolution));
    json_object_set_new(request, "seen", json_string(skn_json_text(member->doubt, "now")));
    return request;
}

static void settle_event(void *ctx, uint32_t item, const json_t *event)
{
    (void)ctx;
    (void)item;
    (void)event;
}

static int settle_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    struct settling *settling = ctx;
    struct skn_member *member = settling->members[item];
    struct skn_error err = result->err;
    if (err.code == SKN_OK && strcmp(skn_json_text(result->event, "event"), "resolved") != 0)
        skn_error_set(&err, SKN_E_DRIVER, "the worker's answer is none to what was asked");
    if (err.code != SKN_OK) {
        skn_member_fail(member, SKN_MEMBER_FAILED, &err);
    } else if (settling->resolution == 0) {
        member->doubt = json_incref(json_object_get(result->event, "doubt"));
        return 0;
    } else {
        member->state = SKN_MEMBER_DONE;
    }
    settling->fleet->events->finished(settling->fleet->events->ctx, member);
    return 0;
}

static int settle_more(void *ctx)
{
    (void)ctx;
    return skn_pool_interrupts() == 0;
}

static void settle_line(void *ctx, uint32_t item, int level, const char *text)
{
    const struct settling *settling = ctx;
    const struct skn_fleet *fleet = settling->fleet;
    fleet->events->line(fleet->events->ctx, settling->members[item], level, text);
}

/* Asks every member that is in doubt. */
static int members_ask(struct skn_fleet *fleet, int resolution, size_t *count,
                       struct skn_error *err)
{
    struct settling settling = {.fleet = fleet, .resolution = resolution};
    struct skn_pool_hooks hooks = {.ctx = &settling,
                                   .request = settle_request,
                                   .event = settle_event,
                                   .finish = settle_finish,
                                   .more = settle_more,
                                   .line = settle_line};
    *count = 0;
    settling.members = skn_alloc_array(fleet->count, sizeof *settling.members);
    const struct skn_target **targets = skn_alloc_array(fleet->count, sizeof *targets);
    for (size_t i = 0; i < fleet->count; i++) {
        struct skn_member *member = &fleet->members[i];
        if (member->state != SKN_MEMBER_PROBED || !member->progress ||
            skn_json_number(member->progress, "intent") <= 0)
            continue;
        settling.members[*count] = member;
        targets[(*count)++] = member->target;
    }
    int rc = skn_pool_run(fleet->pool, targets, *count, &hooks, err);
    free(targets);
    for (size_t i = 0; resolution != 0 && i < *count; i++)
        if (settling.members[i]->state == SKN_MEMBER_PROBED)
            settling.members[i]->state = SKN_MEMBER_NOT_REACHED;
    free(settling.members);
    return rc;
}

int skn_fleet_doubts(struct skn_fleet *fleet, struct skn_error *err)
{
    size_t count;
    int rc = members_ask(fleet, 0, &count, err);
    if (rc == SKN_OK && count == 0)
        return skn_error_set(err, SKN_E_USAGE, "nothing is in doubt in the selected targets");
    return rc;
}

int skn_fleet_resolve(struct skn_fleet *fleet, int applied, struct skn_error *err)
{
    size_t count;
    return members_ask(fleet, applied ? 1 : 2, &count, err);
}
