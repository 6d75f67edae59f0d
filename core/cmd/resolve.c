/*
 * resolve: shows a statement in doubt, and says of it whether it took effect.
 */
#include <stdio.h>
#include <string.h>

#include "base/wire.h"
#include "cmd/verbs.h"

static void place_find(struct skn_context *context, const struct skn_member *member, char *place,
                       size_t size)
{
    struct skn_error err = SKN_ERROR_INIT;
    skn_fleet_doubt_place(&context->fleet, member, &err);
    /* The place comes before a reason that is empty here. */
    snprintf(place, size, "%.*s", (int)strcspn(err.message, " "), err.message);
    size_t len = strlen(place);
    if (len > 0 && place[len - 1] == ':')
        place[len - 1] = '\0';
}

static const char *comparison(const json_t *doubt)
{
    const char *before = skn_json_text(doubt, "before");
    const char *now = skn_json_text(doubt, "now");
    if (!before[0] || !now[0])
        return "no definition shows what it does, so look at what it was to change";
    return strcmp(before, now) == 0
               ? "what it names is as it was before, as if it had not taken effect"
               : "what it names is not as it was before, as if it had taken effect";
}

static void fingerprints_add(struct skn_buf *text, const json_t *doubt)
{
    const char *before = skn_json_text(doubt, "before");
    const char *now = skn_json_text(doubt, "now");
    if (before[0] || now[0])
        skn_buf_addf(text, "  fingerprint before: %s\n  fingerprint now:    %s\n",
                     before[0] ? before : "-", now[0] ? now : "-");
    if (skn_json_text(doubt, "definition")[0])
        skn_buf_addf(text, "  now:\n%s\n", skn_json_text(doubt, "definition"));
}

static void doubt_print(struct skn_context *context, const struct skn_member *member)
{
    const json_t *progress = member->progress;
    const json_t *doubt = member->doubt;
    long long number = skn_json_number(progress, "intent");
    char place[512];
    struct skn_buf text = {0};
    place_find(context, member, place, sizeof place);
    skn_buf_addf(&text, "target %s: the %s of revision %s is in doubt at statement %lld of %lld\n",
                 member->target->name, skn_json_text(progress, "direction"),
                 skn_json_text(progress, "revision"), number,
                 (long long)skn_json_number(progress, "total"));
    skn_buf_addf(&text, "  %s, announced %s by %s\n\n%s\n\n  object: %s\n", place,
                 skn_json_text(doubt, "since"), skn_json_text(progress, "who"),
                 skn_json_text(doubt, "sql"),
                 skn_json_text(doubt, "object")[0] ? skn_json_text(doubt, "object") : "-");
    fingerprints_add(&text, doubt);
    skn_buf_addf(&text, "  %s\n\n", comparison(doubt));
    skn_buf_addf(&text,
                 "  it took effect:         skein resolve --target %s --applied      (the next run "
                 "goes on behind it)\n",
                 member->target->name);
    skn_buf_addf(&text,
                 "  it did not take effect: skein resolve --target %s --not-applied  (the next run "
                 "starts with it)\n",
                 member->target->name);
    skn_print(&text);
    skn_buf_finish(&text);
}

static void doubt_json(struct skn_context *context, const struct skn_member *member)
{
    static const char *const members[] = {"sql", "object", "before", "now", "since"};
    char place[512];
    place_find(context, member, place, sizeof place);
    json_t *object = json_pack("{s:s, s:s, s:O, s:s}", "event", "doubt", "target",
                               member->target->name, "progress", member->progress, "place", place);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_object_set(object, members[i], json_object_get(member->doubt, members[i]));
    skn_report_json(object);
}

void skn_doubts_show(struct skn_context *context)
{
    for (size_t i = 0; i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        if (!member->doubt)
            continue;
        if (skn_context_json(context))
            doubt_json(context, member);
        else
            doubt_print(context, member);
    }
}

static int resolve_run(struct skn_context *context, struct skn_error *err)
{
    int applied = skn_context_get(context, "applied") != NULL;
    int not_applied = skn_context_get(context, "not-applied") != NULL;
    if (applied && not_applied)
        return skn_error_set(err, SKN_E_USAGE, "say either --applied or --not-applied"), -1;
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    int status = skn_context_probe(context, 1, err);
    if (status != 0)
        return status;
    if (skn_fleet_doubts(&context->fleet, err) != SKN_OK)
        return -1;
    skn_doubts_show(context);
    if (!applied && !not_applied)
        return skn_fleet_tally(&context->fleet, SKN_MEMBER_FAILED) > 0 ? 1 : 0;
    if (skn_fleet_resolve(&context->fleet, applied, err) != SKN_OK)
        return -1;
    for (size_t i = 0; i < context->fleet.count; i++)
        if (context->fleet.members[i].state == SKN_MEMBER_PROBED)
            context->fleet.members[i].state = SKN_MEMBER_DONE;
    return skn_report_exit(&context->fleet);
}

static const struct skn_flag resolve_flags[] = {
    {"applied", 0, NULL, "the statement took effect; the next run goes on behind it"},
    {"not-applied", 0, NULL, "it did not; the next run starts with it"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_resolve = {
    .name = "resolve",
    .args = "",
    .summary = "Show a statement in doubt, or settle it: tell whether it took effect.",
    .detail = "It was running, without a transaction around it, when its session ended or when it "
              "failed, and the database does not tell what became of it. Without an option both "
              "readings are shown: the statement, what it names, and whether that is as it was "
              "before. With one it is settled under the lock, unless what it names has changed "
              "since; who said so stands in skein_log.",
    .flags = resolve_flags,
    .run = resolve_run,
};
