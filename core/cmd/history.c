/*
 * history, heads, show: what the files say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/verbs.h"

static int history_get(struct skn_context *context, const struct skn_history **history,
                       struct skn_error *err)
{
    const struct skn_history_config *config;
    if (skn_context_config(context, err) != SKN_OK)
        return -1;
    return skn_context_history(context, &config, history, err) == SKN_OK ? 0 : -1;
}

static void revision_show(const struct skn_context *context, const struct skn_history *history,
                          const struct skn_branches *branches, const struct skn_revision *revision,
                          unsigned line_flags)
{
    struct skn_buf text = {0};
    if (skn_context_json(context)) {
        skn_report_json(skn_describe_json(history, revision));
        return;
    }
    if (skn_context_verbose(context)) {
        skn_describe_block(&text, history, branches, revision, 0);
    } else {
        skn_describe_line(&text, history, branches, revision, line_flags);
        skn_buf_addc(&text, '\n');
    }
    skn_print(&text);
    skn_buf_finish(&text);
}

/* ---- history ---- */

static int history_run(struct skn_context *context, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_branches branches;
    if (history_get(context, &history, err) != 0)
        return -1;
    skn_branches_init(&branches, history);
    for (size_t i = history->count; i > 0; i--)
        revision_show(context, history, &branches, &history->revisions[history->order[i - 1]],
                      SKN_DESCRIBE_PARENTS | SKN_DESCRIBE_TREE | SKN_DESCRIBE_DOC);
    skn_branches_finish(&branches);
    return 0;
}

const struct skn_command skn_command_history = {
    .name = "history",
    .args = "",
    .summary = "List changeset scripts in chronological order.",
    .detail = "Newest first. With several histories, --target history:NAME says which.",
    .flags = NULL,
    .run = history_run,
};

/* ---- heads ---- */

static int heads_run(struct skn_context *context, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_branches branches;
    if (history_get(context, &history, err) != 0)
        return -1;
    skn_branches_init(&branches, history);
    for (size_t i = 0; i < history->count; i++)
        if (skn_revision_is_head(&history->revisions[i]))
            revision_show(context, history, &branches, &history->revisions[i], 0);
    skn_branches_finish(&branches);
    return 0;
}

const struct skn_command skn_command_heads = {
    .name = "heads",
    .args = "",
    .summary = "Show current available heads in the script directory.",
    .detail = NULL,
    .flags = NULL,
    .run = heads_run,
};

/* ---- show ---- */

static int symbol_show(struct skn_context *context, const char *symbol, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_branches branches;
    struct skn_set set = {0};
    if (history_get(context, &history, err) != 0)
        return -1;
    skn_branches_init(&branches, history);
    int rc = skn_symbol_resolve(history, symbol, &set, err);
    context->report.flags |= SKN_REPORT_VERBOSE;
    for (size_t i = 0; rc == SKN_OK && i < set.count; i++)
        revision_show(context, history, &branches, &history->revisions[set.items[i]], 0);
    skn_branches_finish(&branches);
    skn_set_finish(&set);
    return rc == SKN_OK ? 0 : -1;
}

static void heads_join(const struct skn_history *history, struct skn_buf *out)
{
    for (size_t i = 0; i < history->count; i++)
        if (skn_revision_is_real_head(&history->revisions[i]))
            skn_buf_addf(out, "%s%s", out->len ? "," : "", history->revisions[i].id);
}

static int members_show(struct skn_context *context, struct skn_error *err)
{
    for (size_t i = 0; i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        const struct skn_history *history;
        struct skn_buf heads = {0};
        struct skn_buf line = {0};
        if (member->state != SKN_MEMBER_PROBED)
            continue;
        if (skn_fleet_history(&context->fleet, member->target->history, &history, err) != SKN_OK)
            return -1;
        heads_join(history, &heads);
        if (skn_context_json(context))
            skn_report_json(json_pack("{s:s, s:s, s:o, s:o}", "event", "show", "target",
                                      member->target->name, "current", skn_rows_json(member->rows),
                                      "newest", skn_rows_json(skn_buf_text(&heads))));
        else
            skn_buf_addf(&line, "%s: current %s, newest %s\n", member->target->name,
                         member->rows[0] ? member->rows : "base", heads.len ? heads.text : "base");
        skn_print(&line);
        skn_buf_finish(&line);
        skn_buf_finish(&heads);
    }
    return 0;
}

static int show_run(struct skn_context *context, struct skn_error *err)
{
    if (context->arg_count > 0)
        return symbol_show(context, context->args[0], err);
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    int status = skn_context_probe(context, 0, err);
    if (status == 0)
        status = members_show(context, err);
    if (status == 0 && context->fleet.failed > 0)
        return skn_report_unasked(&context->report, &context->fleet);
    return status;
}

const struct skn_command skn_command_show = {
    .name = "show",
    .args = "[REVISION]",
    .summary = "Show the revision(s) denoted by the given symbol.",
    .detail = "Without an argument: the current revision of each target beside the newest in the "
              "files.",
    .flags = NULL,
    .args_max = 1,
    .run = show_run,
};
