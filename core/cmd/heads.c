/*
 * heads and branches: where a history ends, and where it parts.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "cmd/verbs.h"
#include "history/symbol.h"

/* ---- heads ---- */

static void heads_find_shown(const struct skn_context *context, const struct skn_history *history,
                             struct skn_set *heads)
{
    int real = skn_context_get(context, "resolve-dependencies") != NULL;
    *heads = (struct skn_set){skn_alloc_array(history->count, sizeof *heads->items), 0};
    for (uint32_t i = 0; i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        if (real ? skn_revision_is_real_head(revision) : skn_revision_is_head(revision))
            heads->items[heads->count++] = i;
    }
}

static void ids_join(const struct skn_history *history, const struct skn_set *set,
                     const char *between, struct skn_buf *out)
{
    for (size_t i = 0; i < set->count; i++)
        skn_buf_addf(out, "%s%s", i ? between : "", history->revisions[set->items[i]].id);
}

/* What a person would type. Labels and ids need no quotes in a shell. */
static void merge_command(const struct skn_history *history, const struct skn_set *heads,
                          struct skn_buf *out)
{
    skn_buf_adds(out, "skein merge -m \"merge ");
    ids_join(history, heads, " and ", out);
    skn_buf_adds(out, "\" ");
    ids_join(history, heads, " ", out);
}

static void heads_refuse_json(const struct skn_history *history, const struct skn_set *heads,
                              const char *command)
{
    json_t *list = json_array();
    for (size_t i = 0; i < heads->count; i++)
        json_array_append_new(list, json_string(history->revisions[heads->items[i]].id));
    skn_report_json(json_pack("{s:s, s:s, s:b, s:o, s:s}", "event", "heads", "history",
                              history->name, "single", 0, "heads", list, "merge", command));
}

static void heads_refuse_text(const struct skn_history *history, const struct skn_set *heads,
                              const char *command)
{
    struct skn_buf text = {0};
    skn_buf_addf(&text, "FAILED: history %s has %zu heads, and should have one:\n", history->name,
                 heads->count);
    for (size_t i = 0; i < heads->count; i++) {
        const struct skn_revision *head = &history->revisions[heads->items[i]];
        skn_buf_addf(&text, "  %s in %s\n", head->id, head->path);
    }
    skn_buf_addf(&text, "join them: %s\n", command);
    skn_print_error(&text);
    skn_buf_finish(&text);
}

static int heads_guard(const struct skn_context *context, const struct skn_history *history,
                       const struct skn_set *heads)
{
    struct skn_buf command = {0};
    if (heads->count < 2)
        return 0;
    merge_command(history, heads, &command);
    if (skn_context_json(context))
        heads_refuse_json(history, heads, skn_buf_text(&command));
    heads_refuse_text(history, heads, skn_buf_text(&command));
    skn_buf_finish(&command);
    return 4;
}

static int heads_run(struct skn_context *context, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_view view;
    struct skn_set heads;
    if (skn_context_files(context, &history, err) != SKN_OK)
        return -1;
    heads_find_shown(context, history, &heads);
    skn_view_init(&view, context, history);
    for (size_t i = 0; i < heads.count; i++)
        skn_view_show(&view, &history->revisions[heads.items[i]], SKN_DESCRIBE_LABELS);
    skn_view_finish(&view);
    int status = skn_context_get(context, "single") ? heads_guard(context, history, &heads) : 0;
    skn_set_finish(&heads);
    return status;
}

static const struct skn_flag heads_flags[] = {
    {"resolve-dependencies", 0, NULL, "a revision that another depends on is no head"},
    {"single", 0, NULL, "exit with 4 when there is more than one, saying which, and how to merge"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_heads = {
    .name = "heads",
    .args = "",
    .summary = "Show current available heads in the script directory.",
    .detail = "A head is a revision that no other revises. --single is for the check of a pull "
              "request: two people who each added a revision on the same one have made two heads.",
    .flags = heads_flags,
    .looks = 1,
    .run = heads_run,
};

/* ---- branches ---- */

static void branch_show(struct skn_view *view, const struct skn_revision *revision)
{
    static const char arrow[] = "-> ";
    unsigned flags = SKN_DESCRIBE_LABELS | SKN_DESCRIBE_TREE;
    int blocks = view->blocks;
    skn_view_show(view, revision, flags);
    if (skn_context_json(view->context))
        return;
    view->blocks = 0;
    for (size_t i = 0; i < revision->children.count; i++) {
        printf("%*s%s", (int)strlen(revision->id) + 1, "", arrow);
        skn_view_show(view, &view->history->revisions[revision->children.items[i]],
                      flags | (blocks ? SKN_DESCRIBE_DOC : 0u));
    }
    view->blocks = blocks;
    printf("\n");
}

static int branches_run(struct skn_context *context, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_view view;
    if (skn_context_files(context, &history, err) != SKN_OK)
        return -1;
    skn_view_init(&view, context, history);
    for (size_t i = history->count; i > 0; i--) {
        const struct skn_revision *revision = &history->revisions[history->order[i - 1]];
        if (revision->children.count > 1)
            branch_show(&view, revision);
    }
    skn_view_finish(&view);
    return 0;
}

const struct skn_command skn_command_branches = {
    .name = "branches",
    .args = "",
    .summary = "Show current branch points.",
    .detail = "A branch point is a revision that several others revise; below each stand those, "
              "with -v with their messages.",
    .flags = NULL,
    .looks = 1,
    .run = branches_run,
};
