/*
 * schema dump: a target's schema as a file to keep.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/wire.h"
#include "cmd/change.h"
#include "cmd/look.h"
#include "cmd/verbs.h"

static int dump_write(const struct skn_finding *finding, const char *path, struct skn_error *err)
{
    char *folder = skn_strdup(path);
    char *name = skn_strdup(path);
    int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? skn_error_set(err, SKN_E_USAGE, "%s: %s", path, strerror(errno))
                    : skn_file_replace(fd, basename(name), path, 0644, skn_str(finding->up), err);
    if (fd >= 0)
        close(fd);
    free(folder);
    free(name);
    return rc;
}

static int dump_show(const struct skn_context *context, const struct skn_findings *findings,
                     struct skn_error *err)
{
    const struct skn_finding *finding = &findings->items[0];
    const char *path = skn_context_get(context, "output");
    if (path)
        return dump_write(finding, path, err) == SKN_OK ? 0 : -1;
    if (skn_context_json(context))
        skn_report_json(json_pack("{s:s, s:s, s:s, s:o}", "event", "schema", "target",
                                  context->fleet.members[0].target->name, "schema", finding->hash,
                                  "sql", skn_json_string(finding->up, strlen(finding->up))));
    else
        fputs(finding->up, stdout);
    return 0;
}

static int one_require(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_fleet(context, err) != SKN_OK)
        return -1;
    if (context->fleet.count == 1)
        return 0;
    skn_error_set(err, SKN_E_USAGE,
                  "schema dump is about one target, and %zu are selected; name it with --target",
                  context->fleet.count);
    return -1;
}

static int dump(struct skn_context *context, struct skn_error *err)
{
    struct skn_question question = {.from.kind = SKN_SIDE_NOTHING, .to.kind = SKN_SIDE_MEMBER};
    struct skn_findings findings = {0};
    int after = skn_context_get(context, "after-upgrade") != NULL;
    int status = one_require(context, err);
    if (status == 0 && after)
        status = skn_change_upgrade(context, "heads", err);
    if (status == 0)
        status = skn_look(context, &question, 0, &findings, err);
    if (status == 0)
        status = dump_show(context, &findings, err);
    skn_findings_finish(&findings);
    return status;
}

static int schema_run(struct skn_context *context, struct skn_error *err)
{
    if (strcmp(context->args[0], "dump") == 0)
        return dump(context, err);
    skn_error_set(err, SKN_E_USAGE, "schema knows \"dump\", and no \"%.100s\"", context->args[0]);
    return -1;
}

static const struct skn_flag schema_flags[] = {
    {"output", 'o', "FILE", "write it there, in the place of what is there; default: print it"},
    {"after-upgrade", 0, NULL, "upgrade the target to its heads first"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_schema = {
    .name = "schema",
    .args = "dump",
    .summary = "Write a target's schema as SQL.",
    .detail = "The same schema gives the same text, in an order in which it can be run, without "
              "skein's own tables; it can be the desired schema of a history, or be kept beside it "
              "to show in reviews what revisions changed.",
    .flags = schema_flags,
    .args_min = 1,
    .args_max = 1,
    .run = schema_run,
};
