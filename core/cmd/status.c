/*
 * status: the fleet's table: where each target is, how far behind, in what state its ledger.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "cmd/drift.h"
#include "cmd/verbs.h"

enum { MANY = 20 };

struct row {
    const struct skn_member *member;
    const char *state; /* head, behind, empty, running, partial, in doubt, foreign, unreachable */
    size_t behind;
};

static void row_judge(struct skn_context *context, struct skn_planner *planner, struct row *row)
{
    const struct skn_member *member = row->member;
    const struct skn_history *history;
    const struct skn_plan *plan;
    struct skn_error err = SKN_ERROR_INIT;
    if (member->state != SKN_MEMBER_PROBED) {
        row->state = "unreachable";
        return;
    }
    if (skn_fleet_history(&context->fleet, member->target->history, &history, &err) != SKN_OK ||
        skn_planner_get(planner, history, member->rows, &plan, &err) != SKN_OK) {
        row->state = "foreign";
        return;
    }
    row->behind = plan->walk.count;
    row->state = row->behind == 0 ? "head" : member->rows[0] ? "behind" : "empty";
    if (member->progress)
        row->state = skn_json_number(member->progress, "intent") > 0 ? "in doubt" : "partial";
    /* What the others say of a target is in motion. */
    if (member->holder)
        row->state = "running";
}

static void row_json(const struct row *row)
{
    const struct skn_member *member = row->member;
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:s, s:o, s:o}", "event", "status", "target",
                  member->target->name, "driver", member->target->driver, "history",
                  member->target->history->name, "revisions", skn_rows_json(member->rows), "behind",
                  (json_int_t)row->behind, "state", row->state, "server",
                  skn_json_string(member->product, strlen(member->product)), "user",
                  skn_json_string(member->user, strlen(member->user)));
    json_object_set_new(object, "superuser",
                        json_boolean((member->flags & SKN_SERVER_SUPERUSER) != 0));
    json_object_set(object, "progress", member->progress ? member->progress : json_null());
    json_object_set_new(object, "holder",
                        member->holder ? skn_json_string(member->holder, strlen(member->holder))
                                       : json_null());
    if (member->error)
        json_object_set_new(object, "error", skn_json_string(member->error, strlen(member->error)));
    skn_report_json(object);
}

static void row_print(const struct row *row, int width)
{
    const struct skn_member *member = row->member;
    struct skn_buf line = {0};
    skn_buf_addf(&line, "%-*s  %-12s  %6zu  %-11s  %s", width, member->target->name,
                 member->rows[0] ? member->rows : "-", row->behind, row->state,
                 member->error ? member->error : member->product);
    if (member->progress)
        skn_buf_addf(&line, " (%s of %s: %lld of %lld statements)",
                     skn_json_text(member->progress, "direction"),
                     skn_json_text(member->progress, "revision"),
                     (long long)skn_json_number(member->progress, "done"),
                     (long long)skn_json_number(member->progress, "total"));
    if (member->holder)
        skn_buf_addf(&line, " (%s)", member->holder);
    char *clean = skn_report_clean(skn_buf_text(&line));
    puts(clean);
    free(clean);
    skn_buf_finish(&line);
}

static int count_compare(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    int order = strcmp(left->state, right->state);
    return order ? order : strcmp(left->member->rows, right->member->rows);
}

/* How many are in which state at which revision: the first thing to know of many. */
static void counts_print(const struct row *rows, size_t count)
{
    struct row *sorted = skn_alloc_array(count, sizeof *sorted);
    memcpy(sorted, rows, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, count_compare);
    for (size_t i = 0; i < count;) {
        size_t n = 1;
        while (i + n < count && count_compare(&sorted[i], &sorted[i + n]) == 0)
            n++;
        char *rows_clean = skn_report_clean(sorted[i].member->rows);
        printf("%8zu  %-11s  %s\n", n, sorted[i].state, rows_clean[0] ? rows_clean : "-");
        free(rows_clean);
        i += n;
    }
    printf("\n");
    free(sorted);
}

/* Whom no refusal of ours holds back, and whom a revision can make do anything. */
static void superusers_print(const struct row *rows, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += (rows[i].member->flags & SKN_SERVER_SUPERUSER) != 0;
    if (n > 0)
        printf("(%zu of %zu targets are reached as superusers; a role that owns only what is "
               "migrated will do)\n",
               n, count);
}

static void table_print(const struct row *rows, size_t count, int all)
{
    size_t width = 6;
    for (size_t i = 0; i < count; i++)
        if (strlen(rows[i].member->target->name) > width)
            width = strlen(rows[i].member->target->name);
    if (width > 48)
        width = 48;
    if (count > MANY)
        counts_print(rows, count);
    printf("%-*s  %-12s  %6s  %-11s  %s\n", (int)width, "TARGET", "REVISION", "BEHIND", "STATE",
           "SERVER");
    size_t hidden = 0;
    for (size_t i = 0; i < count; i++) {
        if (count > MANY && !all && strcmp(rows[i].state, "head") == 0)
            hidden++;
        else
            row_print(&rows[i], (int)width);
    }
    if (hidden > 0)
        printf("(%zu targets at head are not listed; -v lists them)\n", hidden);
    superusers_print(rows, count);
}

static int rows_show(struct skn_context *context, struct row *rows)
{
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    size_t not_at_head = 0;
    for (size_t i = 0; i < context->fleet.count; i++) {
        rows[i] = (struct row){.member = &context->fleet.members[i]};
        row_judge(context, planner, &rows[i]);
        not_at_head += strcmp(rows[i].state, "head") != 0;
        if (skn_context_json(context))
            row_json(&rows[i]);
    }
    skn_planner_destroy(planner);
    if (!skn_context_json(context))
        table_print(rows, context->fleet.count, skn_context_verbose(context));
    return not_at_head > 0 && skn_context_get(context, "check") ? 4 : 0;
}

static int status_run(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_get(context, "drift"))
        return skn_drift_run(context, err);
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    context->fleet.asks_holder = 1;
    int status = skn_context_probe(context, 0, err);
    if (status != 0)
        return status;
    struct row *rows = skn_alloc_array(context->fleet.count, sizeof *rows);
    status = rows_show(context, rows);
    free(rows);
    if (context->fleet.failed > 0)
        return skn_fleet_tally(&context->fleet, SKN_MEMBER_PROBED) > 0 ? 3 : 1;
    return status;
}

static const struct skn_flag status_flags[] = {
    {"check", 0, NULL, "exit with 4 unless all are at head"},
    {"drift", 0, NULL, "look at the schemas: which targets have the same; exit with 4 if not all"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_status = {
    .name = "status",
    .args = "",
    .summary = "Show the fleet: each target's revision, how far behind it is, its ledger's state.",
    .detail =
        "With more than 20 targets grouped counts come first, and only those that are not at "
        "head are listed; -v lists all. With --drift the schemas themselves are looked at, and "
        "targets that are at the same revisions of one history are grouped by what they "
        "have; skein diff shows how two groups differ.",
    .flags = status_flags,
    .run = status_run,
};
