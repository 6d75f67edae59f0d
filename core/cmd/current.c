/*
 * current: where each target is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wire.h"
#include "cmd/verbs.h"
#include "history/marks.h"

/* What one view is kept for: many targets of one history in turn. */
struct sight {
    struct skn_context *context;
    struct skn_view view;
    const char *here; /* the current folder */
    const char *rows; /* whose tips these are; shared text */
    uint8_t *tips;    /* NULL where a row is of no file */
};

static void sight_turn(struct sight *sight, const struct skn_history *history)
{
    if (sight->view.history == history)
        return;
    skn_view_finish(&sight->view);
    skn_view_init(&sight->view, sight->context, history);
    free(sight->tips);
    sight->tips = NULL;
}

/* What of the applied revisions no other one revises, as Alembic shows it: rows, but for those
 * below others, and what a dependency brought along. */
static void tips_find(struct sight *sight, const char *rows)
{
    const struct skn_history *history = sight->view.history;
    struct skn_set set = {0};
    struct skn_error ignored = SKN_ERROR_INIT;
    if (sight->rows == rows && sight->tips)
        return;
    free(sight->tips);
    sight->rows = rows;
    sight->tips = NULL;
    if (skn_plan_rows(history, rows, &set, &ignored) != SKN_OK)
        return;
    uint8_t *tips = skn_marks_create(history, &set);
    skn_set_finish(&set);
    skn_marks_down(history, tips, SKN_EDGES_ALL);
    for (size_t at = 0; at < history->count; at++) {
        const struct skn_revision *revision = &history->revisions[history->order[at]];
        for (size_t i = 0; tips[revision->index] && i < revision->parents.count; i++)
            tips[revision->parents.items[i]] = 0;
    }
    sight->tips = tips;
}

static void tips_show(const struct sight *sight)
{
    const struct skn_history *history = sight->view.history;
    for (size_t i = 0; i < history->count; i++)
        if (sight->tips[i])
            skn_view_show(&sight->view, &history->revisions[i], SKN_DESCRIBE_TREE);
}

/* One by one, where some row is of no file. */
static void rows_show_each(const struct sight *sight, const char *rows)
{
    char id[300];
    for (const char *at = rows; *at;) {
        const char *end = strchrnul(at, ',');
        snprintf(id, sizeof id, "%.*s", (int)(end - at), at);
        const struct skn_revision *revision = skn_history_find(sight->view.history, id);
        struct skn_buf line = {0};
        skn_buf_addf(&line, "%s (unknown: no file has it)\n", id);
        if (revision)
            skn_view_show(&sight->view, revision, SKN_DESCRIBE_TREE);
        else
            skn_print_for(sight->view.target, &line);
        skn_buf_finish(&line);
        at = *end ? end + 1 : end;
    }
}

static void url_print(const struct sight *sight, const struct skn_target *target)
{
    struct skn_buf line = {0};
    skn_buf_adds(&line, "Current revision(s) for ");
    skn_target_show_url(target, sight->here, &line);
    skn_buf_adds(&line, ":\n");
    skn_print_for(sight->view.target, &line);
    skn_buf_finish(&line);
}

static void progress_print(const struct skn_context *context, const struct skn_member *member)
{
    const json_t *progress = member->progress;
    struct skn_buf line = {0};
    if (member->holder) {
        skn_buf_addf(&line, "a run is at work: %s\n", member->holder);
        skn_print_for(skn_context_name(context, member), &line);
        skn_buf_clear(&line);
    }
    if (!progress) {
        skn_buf_finish(&line);
        return;
    }
    skn_buf_addf(&line, "%s of %s is half applied: %lld of %lld statements",
                 skn_json_text(progress, "direction"), skn_json_text(progress, "revision"),
                 (long long)skn_json_number(progress, "done"),
                 (long long)skn_json_number(progress, "total"));
    if (skn_json_number(progress, "intent") > 0)
        skn_buf_addf(&line, ", statement %lld is in doubt",
                     (long long)skn_json_number(progress, "intent"));
    skn_buf_addc(&line, '\n');
    skn_print_for(skn_context_name(context, member), &line);
    skn_buf_finish(&line);
}

static int member_print(struct sight *sight, const struct skn_member *member, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_context *context = sight->context;
    int rc = skn_fleet_history(&context->fleet, member->target->history, &history, err);
    if (rc != SKN_OK)
        return rc;
    sight_turn(sight, history);
    sight->view.target = skn_context_name(context, member);
    if (skn_context_verbose(context))
        url_print(sight, member->target);
    tips_find(sight, member->rows);
    if (sight->tips)
        tips_show(sight);
    else
        rows_show_each(sight, member->rows);
    if (!member->rows[0] && context->fleet.count > 1)
        printf("%s:\n", member->target->name);
    progress_print(context, member);
    return SKN_OK;
}

static void member_json(const struct skn_member *member)
{
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:b}", "event", "current", "target", member->target->name,
                  "revisions", skn_rows_json(member->rows), "stamped", member->stamped);
    json_object_set(object, "progress", member->progress ? member->progress : json_null());
    if (member->holder)
        json_object_set_new(object, "holder",
                            skn_json_string(member->holder, strlen(member->holder)));
    skn_report_json(object);
}

/* At the heads, dependencies included: an upgrade would do nothing. */
static int at_heads(struct skn_context *context, struct skn_planner *planner,
                    const struct skn_member *member)
{
    const struct skn_history *history;
    const struct skn_plan *plan;
    struct skn_error ignored = SKN_ERROR_INIT;
    return skn_fleet_history(&context->fleet, member->target->history, &history, &ignored) ==
               SKN_OK &&
           skn_planner_get(planner, history, member->rows, &plan, &ignored) == SKN_OK &&
           plan->walk.count == 0;
}

static int heads_check(struct skn_context *context)
{
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    size_t behind = 0;
    for (size_t i = 0; i < context->fleet.count; i++)
        if (!at_heads(context, planner, &context->fleet.members[i]))
            behind++;
    skn_planner_destroy(planner);
    if (behind == 0)
        return 0;
    if (context->fleet.count > 1)
        fprintf(stderr, "FAILED: %zu of %zu databases are not on all head revisions\n", behind,
                context->fleet.count);
    else
        fprintf(stderr, "FAILED: Database is not on all head revisions\n");
    return 4;
}

static int members_print(struct skn_context *context, struct skn_error *err)
{
    char *here = getcwd(NULL, 0);
    struct sight sight = {.context = context, .here = here ? here : ""};
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        if (member->state != SKN_MEMBER_PROBED)
            continue;
        if (skn_context_json(context))
            member_json(member);
        else
            rc = member_print(&sight, member, err);
    }
    skn_view_finish(&sight.view);
    free(sight.tips);
    free(here);
    return rc;
}

/* A row that no file has was shown as such, and is an error all the same; unless it may be in a
 * file that has faults, for then these are what is told. */
static int rows_check(struct skn_context *context, struct skn_error *err)
{
    int rc = SKN_OK;
    if (context->fleet.damage.code != SKN_OK)
        return rc;
    for (size_t i = 0; rc == SKN_OK && i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        const struct skn_history *history;
        struct skn_set set = {0};
        rc = skn_fleet_history(&context->fleet, member->target->history, &history, err);
        if (rc == SKN_OK)
            rc = skn_plan_rows(history, member->rows, &set, err);
        if (rc != SKN_OK && context->fleet.count > 1)
            skn_error_context(err, "target \"%s\"", member->target->name);
        skn_set_finish(&set);
    }
    return rc;
}

static int doubts_show(struct skn_context *context, struct skn_error *err)
{
    int rc = skn_fleet_doubts(&context->fleet, err);
    if (rc == SKN_E_USAGE) /* there is none */
        return SKN_OK;
    skn_doubts_show(context);
    return rc;
}

static int current_run(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    context->fleet.asks_holder = skn_context_verbose(context);
    int status = skn_context_probe(context, 0, err);
    if (status == 0 && members_print(context, err) != SKN_OK)
        return -1;
    if (status == 0 && skn_context_verbose(context) && doubts_show(context, err) != SKN_OK)
        return -1;
    if (status == 0 && context->fleet.failed > 0)
        return skn_report_unasked(&context->report, &context->fleet);
    if (status == 0 && rows_check(context, err) != SKN_OK)
        return -1;
    if (status == 0 && skn_context_get(context, "check-heads"))
        return heads_check(context);
    return status;
}

static const struct skn_flag current_flags[] = {
    {"check-heads", 'c', NULL,
     "exit with 4 unless every database is on all head revisions; -c FILE, the config, stands "
     "before the verb here"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_current = {
    .name = "current",
    .args = "",
    .summary = "Display the current revision for a database.",
    .detail = "With several targets selected each line starts with the target's name. With -v the "
              "database's URL, and all there is to know of each revision.",
    .flags = current_flags,
    .looks = 1,
    .run = current_run,
};
