/*
 * check, diff: whether databases are as they should be.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/look.h"
#include "cmd/verbs.h"

static size_t differences_show(const struct skn_context *context,
                               const struct skn_findings *findings)
{
    size_t different = 0;
    for (size_t i = 0; i < findings->count; i++) {
        different += json_array_size(findings->items[i].differences) > 0;
        skn_look_show(context, i, &findings->items[i]);
    }
    return different;
}

/* ---- check ---- */

static int check_show(const struct skn_context *context, const struct skn_findings *findings)
{
    size_t different = differences_show(context, findings);
    int quiet = skn_context_json(context);
    if (different == 0 && !quiet)
        puts("No new upgrade operations detected.");
    if (different > 0 && findings->count > 1)
        fprintf(stderr, "FAILED: New upgrade operations detected in %zu of %zu targets\n",
                different, findings->count);
    else if (different > 0)
        fprintf(stderr, "FAILED: New upgrade operations detected: %zu\n",
                json_array_size(findings->items[0].differences));
    return different > 0 ? 4 : 0;
}

static int check_run(struct skn_context *context, struct skn_error *err)
{
    struct skn_question question = {.kind = SKN_QUESTION_SCRIPT};
    struct skn_findings findings;
    int status = skn_look(context, &question, 1, &findings, err);
    if (status == 0)
        status = check_show(context, &findings);
    skn_findings_finish(&findings);
    return status;
}

const struct skn_command skn_command_check = {
    .name = "check",
    .args = "",
    .summary = "Check if there are any new operations to generate.",
    .detail = "Compares each selected target with the desired schema that its history names "
              "(schema = { sqlite = \"schema/app.sql\"; }). Exits 4 when they differ, and lists "
              "what. The desired schema is loaded into a scratch database, which is dropped again.",
    .flags = NULL,
    .run = check_run,
};

/* ---- diff ---- */

struct ends {
    const struct skn_target *targets[2]; /* NULL: a file */
    const char *files[2];
};

static int end_read(const struct skn_context *context, const char *text, int at, struct ends *ends,
                    struct skn_error *err)
{
    static const char schema[] = "schema:", target[] = "target:";
    const char *name = text;
    if (strncmp(text, schema, strlen(schema)) == 0) {
        ends->files[at] = text + strlen(schema);
        return SKN_OK;
    }
    if (strncmp(text, target, strlen(target)) == 0)
        name += strlen(target);
    ends->targets[at] = skn_config_target(&context->config, name);
    if (ends->targets[at])
        return SKN_OK;
    return skn_error_set(err, SKN_E_USAGE,
                         "there is no target \"%.100s\"; diff compares two of target:NAME and "
                         "schema:FILE",
                         name);
}

static int ends_check(const struct ends *ends, struct skn_error *err)
{
    const struct skn_target *const *targets = ends->targets;
    if (!targets[0] && !targets[1])
        return skn_error_set(err, SKN_E_USAGE,
                             "one of both must be a target: its driver reads the other one");
    if (targets[0] && targets[1] && strcmp(targets[0]->driver, targets[1]->driver) != 0)
        return skn_error_set(err, SKN_E_USAGE,
                             "%s is of driver %s and %s of driver %s; their schemas have nothing "
                             "in common",
                             targets[0]->name, targets[0]->driver, targets[1]->name,
                             targets[1]->driver);
    return SKN_OK;
}

static int statements_print(const struct skn_context *context, const struct skn_finding *finding)
{
    if (!skn_context_json(context) && finding->up)
        fputs(finding->up, stdout);
    return 0;
}

static int ends_compare(struct skn_context *context, const struct ends *ends, struct skn_error *err)
{
    int at = ends->targets[0] ? 0 : 1;
    struct skn_question question = {.kind = ends->targets[!at] ? SKN_QUESTION_TARGET
                                                               : SKN_QUESTION_SCRIPT,
                                    .other = ends->targets[!at],
                                    .schema_file = ends->files[!at]};
    struct skn_findings findings = {0};
    question.flags |= at == 1 ? SKN_QUESTION_REVERSE : 0u;
    if (skn_context_get(context, "sql"))
        question.flags |= SKN_QUESTION_WRITE | SKN_QUESTION_ALLOW_DROP;
    int status = skn_look(context, &question, 0, &findings, err);
    if (status == 0 && skn_context_get(context, "sql") && !skn_context_json(context))
        status = statements_print(context, &findings.items[0]);
    else if (status == 0)
        skn_look_show(context, 0, &findings.items[0]);
    if (status == 0 && json_array_size(findings.items[0].differences) > 0)
        status = 4;
    skn_findings_finish(&findings);
    return status;
}

static int diff_run(struct skn_context *context, struct skn_error *err)
{
    struct ends ends = {0};
    int rc = skn_context_config(context, err);
    for (int i = 0; rc == SKN_OK && i < 2; i++)
        rc = end_read(context, context->args[i], i, &ends, err);
    if (rc == SKN_OK)
        rc = ends_check(&ends, err);
    if (rc == SKN_OK)
        rc =
            skn_context_fleet_of(context, ends.targets[0] ? ends.targets[0] : ends.targets[1], err);
    return rc == SKN_OK ? ends_compare(context, &ends, err) : -1;
}

static const struct skn_flag diff_flags[] = {
    {"sql", 0, NULL, "the statements that turn A into B, in the place of the list"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_diff = {
    .name = "diff",
    .args = "A B",
    .summary = "Show how the schema of A differs from that of B.",
    .detail = "A and B are target:NAME (or the name alone) or schema:FILE, at least one of them a "
              "target. Nothing is changed. Exits 4 when they differ.",
    .flags = diff_flags,
    .args_min = 2,
    .args_max = 2,
    .run = diff_run,
};
