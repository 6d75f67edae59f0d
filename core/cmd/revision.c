/*
 * revision: a new revision file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/verbs.h"
#include "history/write.h"

/* The head that the new revision stands on: the one given, or the only one. */
static int parents_find(struct skn_context *context, const struct skn_history *history,
                        struct skn_set *parents, struct skn_error *err)
{
    const char *head = skn_context_get(context, "head");
    int rc = skn_symbol_resolve(history, head ? head : "heads", parents, err);
    if (rc != SKN_OK)
        return rc;
    if (!head && parents->count > 1)
        return skn_error_set(
            err, SKN_E_USAGE,
            "Multiple heads are present; please specify the head revision on which "
            "the new revision should be based, or perform a merge.");
    for (size_t i = 0; i < parents->count; i++) {
        const struct skn_revision *parent = &history->revisions[parents->items[i]];
        if (!skn_revision_is_head(parent) && !skn_context_get(context, "splice"))
            return skn_error_set(err, SKN_E_USAGE,
                                 "Revision %s is not a head revision; please specify --splice to "
                                 "create a new branch from this revision",
                                 parent->id);
    }
    return SKN_OK;
}

static int folder_find(struct skn_context *context, const struct skn_history_config *config,
                       const char **folder, struct skn_error *err)
{
    const char *wanted = skn_context_get(context, "version-path");
    *folder = config->paths.count ? config->paths.items[0] : NULL;
    if (!wanted && config->paths.count != 1)
        return skn_error_set(err, SKN_E_USAGE,
                             "Multiple version locations present, please specify --version-path");
    if (!wanted)
        return SKN_OK;
    char *real = realpath(wanted, NULL);
    int rc = SKN_E_USAGE;
    for (size_t i = 0; i < config->paths.count; i++) {
        if (strcmp(config->paths.items[i], wanted) != 0 &&
            (!real || strcmp(config->paths.items[i], real) != 0))
            continue;
        *folder = config->paths.items[i];
        rc = SKN_OK;
    }
    free(real);
    if (rc != SKN_OK)
        skn_error_set(err, rc, "Path %s is not represented in current version locations", wanted);
    return rc;
}

static int file_write(struct skn_context *context, const struct skn_history_config *config,
                      const struct skn_history *history, const struct skn_set *parents,
                      struct skn_error *err)
{
    struct skn_buf path = {0};
    const char **ids = skn_alloc_array(parents->count, sizeof *ids);
    for (size_t i = 0; i < parents->count; i++)
        ids[i] = history->revisions[parents->items[i]].id;
    struct skn_new_revision request = {.id = skn_context_get(context, "rev-id"),
                                       .message = skn_context_get(context, "message"),
                                       .file_template = config->file_template,
                                       .parent_ids = ids,
                                       .parent_count = parents->count};
    request.labels = skn_context_all(context, "branch-label", &request.label_count);
    request.depends = skn_context_all(context, "depends-on", &request.depend_count);
    int rc = folder_find(context, config, &request.folder, err);
    if (rc == SKN_OK)
        rc = skn_revision_write(history, &request, &path, err);
    if (rc == SKN_OK && skn_context_json(context))
        skn_report_json(json_pack("{s:s, s:s}", "event", "created", "path", skn_buf_text(&path)));
    else if (rc == SKN_OK && !(context->report.flags & SKN_REPORT_QUIET))
        printf("Generating %s ...  done\n", skn_buf_text(&path));
    free((void *)(uintptr_t)request.labels);
    free((void *)(uintptr_t)request.depends);
    free(ids);
    skn_buf_finish(&path);
    return rc;
}

static int revision_run(struct skn_context *context, struct skn_error *err)
{
    const struct skn_history_config *config;
    const struct skn_history *history;
    struct skn_set parents = {0};
    if (skn_context_config(context, err) != SKN_OK ||
        skn_context_history(context, &config, &history, err) != SKN_OK)
        return -1;
    int rc = parents_find(context, history, &parents, err);
    if (rc == SKN_OK)
        rc = file_write(context, config, history, &parents, err);
    skn_set_finish(&parents);
    return rc == SKN_OK ? 0 : -1;
}

static const struct skn_flag revision_flags[] = {
    {"message", 'm', "TEXT", "what the revision does"},
    {"rev-id", 0, "ID", "its id; default: 12 random hex digits"},
    {"head", 0, "REVISION", "the head to stand on; base starts a new one"},
    {"splice", 0, NULL, "allow a revision that is no head as --head"},
    {"branch-label", 0, "LABEL", "a label for the branch; repeatable"},
    {"depends-on", 0, "REVISION", "must be applied before; repeatable"},
    {"version-path", 0, "DIR", "where there are several folders: which"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_revision = {
    .name = "revision",
    .args = "",
    .summary = "Create a new revision file.",
    .detail = NULL,
    .flags = revision_flags,
    .run = revision_run,
};
