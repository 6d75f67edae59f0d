/*
 * show: a revision in full; or, of each target, where it is beside the newest there is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "cmd/verbs.h"
#include "history/symbol.h"

/* ---- REVISION ---- */

static void set_show(const struct skn_view *view, const struct skn_set *set, unsigned flags)
{
    for (size_t i = 0; i < set->count; i++)
        skn_view_show(view, &view->history->revisions[set->items[i]], flags);
}

static int symbol_show(struct skn_context *context, const char *symbol, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_view view;
    struct skn_set set = {0};
    if (skn_context_files(context, &history, err) != SKN_OK)
        return -1;
    int rc = skn_symbol_resolve(history, symbol, &set, err);
    if (rc == SKN_OK) {
        skn_view_init(&view, context, history);
        view.blocks = 1;
        set_show(&view, &set, 0);
        skn_view_finish(&view);
    }
    skn_set_finish(&set);
    return rc == SKN_OK ? 0 : -1;
}

/* ---- of each target ---- */

static int current_show(struct skn_context *context, const struct skn_member *member,
                        const struct skn_history *history, struct skn_error *err)
{
    struct skn_set current = {0};
    struct skn_view view;
    int rc = skn_plan_rows(history, member->rows, &current, err);
    if (rc != SKN_OK)
        return rc;
    skn_view_init(&view, context, history);
    view.blocks = 1;
    view.target = skn_context_name(context, member);
    set_show(&view, &current, 0);
    skn_view_finish(&view);
    skn_set_finish(&current);
    return SKN_OK;
}

static void heads_join(const struct skn_history *history, struct skn_buf *out)
{
    for (size_t i = 0; i < history->count; i++)
        if (skn_revision_is_real_head(&history->revisions[i]))
            skn_buf_addf(out, "%s%s", out->len ? "," : "", history->revisions[i].id);
}

static int beside_show(struct skn_context *context, const struct skn_member *member,
                       const struct skn_history *history, struct skn_error *err)
{
    struct skn_buf heads = {0};
    struct skn_buf line = {0};
    (void)err;
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
    return SKN_OK;
}

static int members_show(struct skn_context *context,
                        int (*show)(struct skn_context *, const struct skn_member *,
                                    const struct skn_history *, struct skn_error *),
                        struct skn_error *err)
{
    int status =
        skn_context_fleet(context, err) == SKN_OK ? skn_context_probe(context, 0, err) : -1;
    for (size_t i = 0; status == 0 && i < context->fleet.count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        const struct skn_history *history;
        if (member->state != SKN_MEMBER_PROBED)
            continue;
        if (skn_fleet_history(&context->fleet, member->target->history, &history, err) != SKN_OK ||
            show(context, member, history, err) != SKN_OK)
            return -1;
    }
    if (status == 0 && context->fleet.failed > 0)
        return skn_report_unasked(&context->report, &context->fleet);
    return status;
}

static int show_run(struct skn_context *context, struct skn_error *err)
{
    if (context->arg_count == 0)
        return members_show(context, beside_show, err);
    if (strcmp(context->args[0], "current") == 0)
        return members_show(context, current_show, err);
    return symbol_show(context, context->args[0], err);
}

const struct skn_command skn_command_show = {
    .name = "show",
    .args = "[REVISION]",
    .summary = "Show the revision(s) denoted by the given symbol.",
    .detail = "REVISION is an id or its beginning, a label, head, heads, LABEL@head, LABEL@-N (N "
              "below the branch's head), or current for where each selected target is. Without an "
              "argument: the current revision of each target beside the newest in the files.",
    .flags = NULL,
    .args_max = 1,
    .looks = 1,
    .run = show_run,
};
