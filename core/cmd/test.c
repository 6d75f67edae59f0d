/*
 * test: every revision up, down and up again, in scratch databases.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "cmd/verbs.h"
#include "run/rehearse.h"

struct tally {
    const struct skn_context *context;
    size_t tried;
    size_t wrong;
    size_t one_way; /* without a downgrade */
    size_t losing;  /* after which there are other rows */
};

static void tried_json(const struct skn_member *member, const struct skn_revision *revision,
                       int undone, const json_t *fault, const json_t *rows)
{
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "event", "tested", "history",
                               member->target->history->name, "driver", member->target->driver,
                               "revision", revision->id, "ok", fault == NULL, "undone", undone);
    if (fault) {
        json_object_set_new(object, "when", json_string(skn_json_text(fault, "when")));
        json_object_set(object, json_object_get(fault, "differences") ? "differences" : "error",
                        json_object_get(fault, "differences")
                            ? json_object_get(fault, "differences")
                            : json_object_get(fault, "error"));
    }
    if (json_array_size(rows) > 0)
        json_object_set(object, "rows", (json_t *)(uintptr_t)rows);
    skn_report_json(object);
}

static void rows_print(const struct skn_member *member, const struct skn_revision *revision,
                       const json_t *rows)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)rows, i, one)
    {
        struct skn_buf text = {0};
        skn_buf_addf(&text, "%s, %s: the %s of %s leaves %lld rows in %s, and there were %lld\n",
                     member->target->history->name, member->target->driver,
                     skn_json_text(one, "when"), revision->path,
                     (long long)skn_json_number(one, "after"), skn_json_text(one, "what"),
                     (long long)skn_json_number(one, "before"));
        skn_print(&text);
        skn_buf_finish(&text);
    }
}

static void fault_print(const struct skn_member *member, const struct skn_revision *revision,
                        const json_t *fault)
{
    struct skn_buf text = {0};
    const json_t *differences = json_object_get(fault, "differences");
    size_t i;
    json_t *difference;
    skn_buf_addf(&text, "%s, %s: the %s of %s ", member->target->history->name,
                 member->target->driver, skn_json_text(fault, "when"), revision->path);
    if (!differences)
        skn_buf_addf(&text, "fails: %s\n", skn_json_text(fault, "error"));
    else
        skn_buf_adds(&text, "leaves another schema than there was:\n");
    json_array_foreach((json_t *)(uintptr_t)differences, i, difference)
        skn_buf_addf(&text, "  %s\n", json_string_value(difference));
    skn_print(&text);
    skn_buf_finish(&text);
}

static void tried(void *ctx, const struct skn_member *member, const struct skn_revision *revision,
                  int undone, const json_t *fault, const json_t *rows)
{
    struct tally *tally = ctx;
    tally->tried++;
    tally->wrong += fault != NULL;
    tally->one_way += !undone;
    tally->losing += json_array_size(rows) > 0;
    if (skn_context_json(tally->context)) {
        tried_json(member, revision, undone, fault, rows);
        return;
    }
    rows_print(member, revision, rows);
    if (fault)
        fault_print(member, revision, fault);
}

static int tally_show(const struct tally *tally)
{
    if (skn_context_json(tally->context))
        return tally->wrong > 0 ? 4 : 0;
    printf("%zu revisions tried, %zu wrong, %zu without a downgrade", tally->tried, tally->wrong,
           tally->one_way);
    if (tally->losing > 0)
        printf(", %zu that change how many rows there are", tally->losing);
    putchar('\n');
    return tally->wrong > 0 ? 4 : 0;
}

static int test_run(struct skn_context *context, struct skn_error *err)
{
    struct tally tally = {.context = context};
    struct skn_fleet *fleet = &context->fleet;
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    if (skn_selection_needs_live(context->selection)) {
        skn_error_set(err, SKN_E_USAGE,
                      "\"behind\" and \"at:\" ask the databases, and test tries histories; name "
                      "the targets");
        return -1;
    }
    if (skn_fleet_rehearse(fleet, tried, &tally, err) != SKN_OK)
        return -1;
    int status = tally.tried > 0 || fleet->failed == 0 ? tally_show(&tally) : 0;
    return fleet->failed > 0 ? skn_report_unasked(&context->report, fleet) : status;
}

const struct skn_command skn_command_test = {
    .name = "test",
    .args = "",
    .summary = "Try every revision up, down and up again in scratch databases.",
    .detail = "Once for each history and driver of the selected targets, on the server of the "
              "first of them, in a database that is made for it and dropped again; the targets "
              "themselves are not looked at. After each downgrade the schema must be as before, "
              "and after the second upgrade as after the first. Exits 4 when one is not, and "
              "names it with what differs. Rows are counted each time, and what does not hold as "
              "many as before is named: those that revisions put in, and those of samples "
              "(samples = { sqlite = \"samples\"; } of a history: REVISION.sql is run behind that "
              "revision).",
    .flags = NULL,
    .run = test_run,
};
