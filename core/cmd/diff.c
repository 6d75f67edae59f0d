/*
 * diff: how two schemas differ, wherever each of them comes from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/look.h"
#include "cmd/verbs.h"

#define KNOWN "diff compares two of target:NAME, schema:FILE and history[:NAME][@REVISION]"

/* What A and B name. */
struct ends {
    struct skn_side sides[2];
    const struct skn_history_config *histories[2]; /* that a side names; NULL: the target's */
    const struct skn_target *target;               /* by whose driver and server it is done */
    char *owned[2];
};

/* ---- reading ---- */

/* NULL, or what stands behind the word. */
static const char *behind(const char *text, const char *word)
{
    size_t len = strlen(word);
    return strncmp(text, word, len) == 0 ? text + len : NULL;
}

/* rest: ":NAME@REVISION", any part of it may be missing. */
static int history_read(const struct skn_context *context, const char *rest, int at,
                        struct ends *ends, struct skn_error *err)
{
    const char *revision = strchr(rest, '@');
    size_t len = revision ? (size_t)(revision - rest) : strlen(rest);
    struct skn_side *side = &ends->sides[at];
    side->kind = SKN_SIDE_REVISION;
    side->revision = revision ? revision + 1 : "heads";
    if (len == 0)
        return SKN_OK;
    char *name = ends->owned[at] = skn_strndup(rest + 1, len - 1);
    ends->histories[at] = skn_config_history(&context->config, name);
    return ends->histories[at]
               ? SKN_OK
               : skn_error_set(err, SKN_E_USAGE, "there is no history \"%.100s\"; " KNOWN, name);
}

static int end_read(const struct skn_context *context, const char *text, int at, struct ends *ends,
                    struct skn_error *err)
{
    struct skn_side *side = &ends->sides[at];
    const char *rest = behind(text, "history");
    if (rest && (!*rest || *rest == '@' || *rest == ':'))
        return history_read(context, rest, at, ends, err);
    side->file = behind(text, "schema:");
    if (side->file) {
        side->kind = SKN_SIDE_DESIRED;
        return SKN_OK;
    }
    rest = behind(text, "target:");
    side->kind = SKN_SIDE_TARGET;
    side->target = skn_config_target(&context->config, rest ? rest : text);
    return side->target ? SKN_OK
                        : skn_error_set(err, SKN_E_USAGE, "there is no target \"%.100s\"; " KNOWN,
                                        rest ? rest : text);
}

/* ---- by whom ---- */

static int same_driver(const struct ends *ends, struct skn_error *err)
{
    const struct skn_target *one = ends->sides[0].target;
    const struct skn_target *other = ends->sides[1].target;
    if (!one || !other || strcmp(one->driver, other->driver) == 0)
        return SKN_OK;
    return skn_error_set(err, SKN_E_USAGE,
                         "%s is of driver %s and %s of driver %s; their schemas have nothing in "
                         "common",
                         one->name, one->driver, other->name, other->driver);
}

static int takes_part(const struct ends *ends, const struct skn_target *target)
{
    for (int at = 0; at < 2; at++)
        if (ends->histories[at] && ends->histories[at] != target->history)
            return 0;
    return 1;
}

/* Of files and histories a driver knows what they say: that of the selected targets. */
static int target_choose(const struct skn_context *context, struct ends *ends,
                         struct skn_error *err)
{
    for (size_t i = 0; i < context->config.target_count; i++) {
        const struct skn_target *target = &context->config.targets[i];
        if (skn_selection_has(context->selection, target, NULL) == 0 || !takes_part(ends, target))
            continue;
        if (!ends->target)
            ends->target = target;
        if (strcmp(ends->target->driver, target->driver) != 0 ||
            ends->target->history != target->history)
            return skn_error_set(err, SKN_E_USAGE,
                                 "the selected targets have several drivers or histories; say with "
                                 "--target by which the two are read");
    }
    return ends->target ? SKN_OK
                        : skn_error_set(err, SKN_E_USAGE,
                                        "no selected target has that history; say with --target by "
                                        "whose driver, and on whose server, the two are read");
}

/* One end that is a target is the one that is asked. */
static int asked_find(const struct skn_context *context, struct ends *ends, struct skn_error *err)
{
    int at = ends->sides[0].target ? 0 : 1;
    if (!ends->sides[at].target)
        return target_choose(context, ends, err);
    ends->target = ends->sides[at].target;
    ends->sides[at].kind = SKN_SIDE_MEMBER;
    if (takes_part(ends, ends->target))
        return SKN_OK;
    return skn_error_set(err, SKN_E_USAGE,
                         "target \"%s\" has history \"%s\", and is compared with that alone",
                         ends->target->name, ends->target->history->name);
}

/* ---- all ---- */

static int ends_compare(struct skn_context *context, const struct ends *ends, struct skn_error *err)
{
    int sql = skn_context_get(context, "sql") != NULL;
    struct skn_question question = {.from = ends->sides[0],
                                    .to = ends->sides[1],
                                    .flags =
                                        sql ? SKN_QUESTION_WRITE | SKN_QUESTION_ALLOW_DROP : 0u};
    struct skn_findings findings = {0};
    int status = skn_look(context, &question, 0, &findings, err);
    if (status == 0)
        skn_look_suggest(context, &findings.items[0]);
    if (status == 0 && sql && !skn_context_json(context))
        fputs(findings.items[0].up ? findings.items[0].up : "", stdout);
    else if (status == 0)
        skn_look_show(context, 0, &findings.items[0], context->args);
    if (status == 0 && json_array_size(findings.items[0].differences) > 0)
        status = 4;
    skn_findings_finish(&findings);
    return status;
}

static int diff_run(struct skn_context *context, struct skn_error *err)
{
    struct ends ends = {0};
    int status = -1;
    int rc = skn_context_config(context, err);
    for (int i = 0; rc == SKN_OK && i < 2; i++)
        rc = end_read(context, context->args[i], i, &ends, err);
    if (rc == SKN_OK)
        rc = same_driver(&ends, err);
    if (rc == SKN_OK)
        rc = asked_find(context, &ends, err);
    if (rc == SKN_OK)
        rc = skn_context_fleet_of(context, ends.target, err);
    if (rc == SKN_OK)
        status = ends_compare(context, &ends, err);
    for (int i = 0; i < 2; i++)
        free(ends.owned[i]);
    return status;
}

static const struct skn_flag diff_flags[] = {
    {"sql", 0, NULL, "the statements that turn A into B, in the place of the list"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_diff = {
    .name = "diff",
    .args = "A B",
    .summary = "Show how the schema of A differs from that of B.",
    .detail = "A and B are target:NAME (or the name alone), schema:FILE, or history@REVISION, "
              "which is what the revisions make of nothing (history alone: up to the heads; "
              "history:NAME@REVISION where there are several). Files and revisions are run in "
              "scratch databases; where neither A nor B is a target, by the driver and on the "
              "server of the selected one. Nothing is changed. Exits 4 when they differ.",
    .flags = diff_flags,
    .args_min = 2,
    .args_max = 2,
    .run = diff_run,
};
