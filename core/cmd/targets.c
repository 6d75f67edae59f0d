/*
 * targets: what is selected, without a connection.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/verbs.h"

static json_t *tags_json(const struct skn_target *target)
{
    json_t *list = json_array();
    for (size_t i = 0; i < target->tags.count; i++)
        json_array_append_new(list, json_string(target->tags.items[i]));
    return list;
}

static void target_json(const struct skn_target *target)
{
    skn_report_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "event", "target", "target",
                              target->name, "driver", target->driver, "history",
                              target->history->name, "group", target->group, "fleet", target->fleet,
                              "tags", tags_json(target)));
}

static void target_print(const struct skn_target *target, size_t width)
{
    struct skn_buf line = {0};
    skn_buf_addf(&line, "%-*s  %-10s  %-10s", (int)width, target->name, target->driver,
                 target->history->name);
    if (target->group[0])
        skn_buf_addf(&line, "  group:%s", target->group);
    for (size_t i = 0; i < target->tags.count; i++)
        skn_buf_addf(&line, "  @%s", target->tags.items[i]);
    skn_buf_addc(&line, '\n');
    skn_print(&line);
    skn_buf_finish(&line);
}

static int targets_run(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_config(context, err) != SKN_OK)
        return -1;
    if (skn_selection_needs_live(context->selection))
        return skn_error_set(err, SKN_E_USAGE,
                             "targets asks no database, and at: and behind need one; use status"),
               -1;
    size_t width = 4;
    for (size_t i = 0; i < context->config.target_count; i++)
        if (strlen(context->config.targets[i].name) > width)
            width = strlen(context->config.targets[i].name);
    for (size_t i = 0; i < context->config.target_count; i++) {
        const struct skn_target *target = &context->config.targets[i];
        if (!skn_selection_has(context->selection, target, NULL))
            continue;
        if (skn_context_json(context))
            target_json(target);
        else
            target_print(target, width > 48 ? 48 : width);
    }
    return 0;
}

const struct skn_command skn_command_targets = {
    .name = "targets",
    .args = "",
    .summary = "List the selected targets, with driver, history, group and tags; no connection.",
    .flags = NULL,
    .run = targets_run,
};
