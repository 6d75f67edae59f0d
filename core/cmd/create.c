/*
 * New revision files from what a person typed: parents, dependencies, folder. It knows nothing of
 * how a file is written.
 */
#include "cmd/create.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "history/symbol.h"
#include "history/write.h"

struct creation {
    struct skn_context *context;
    const struct skn_history_config *config;
    const struct skn_history *history;
    const struct skn_revision **parents; /* in the order they were named in */
    size_t parent_count;
    size_t parent_room;
    const char **depends; /* as they will stand in the file */
    size_t depend_count;
};

/* ---- parents ---- */

static int parent_add(struct creation *creation, const struct skn_revision *parent,
                      struct skn_error *err)
{
    for (size_t i = 0; i < creation->parent_count; i++)
        if (creation->parents[i] == parent)
            return skn_error_set(err, SKN_E_USAGE, "Duplicate head revisions specified");
    creation->parents = skn_grow(creation->parents, creation->parent_count, &creation->parent_room,
                                 sizeof *creation->parents);
    creation->parents[creation->parent_count++] = parent;
    return SKN_OK;
}

static int symbol_add(struct creation *creation, const char *symbol, struct skn_error *err)
{
    struct skn_set set = {0};
    int rc = skn_symbol_merge(creation->history, symbol, &set, err);
    for (size_t i = 0; rc == SKN_OK && i < set.count; i++)
        rc = parent_add(creation, &creation->history->revisions[set.items[i]], err);
    skn_set_finish(&set);
    return rc;
}

static int heads_require(const struct creation *creation, struct skn_error *err)
{
    if (skn_context_get(creation->context, "splice"))
        return SKN_OK;
    for (size_t i = 0; i < creation->parent_count; i++)
        if (!skn_revision_is_head(creation->parents[i]))
            return skn_error_set(err, SKN_E_USAGE,
                                 "Revision %s is not a head revision; please specify --splice to "
                                 "create a new branch from this revision",
                                 creation->parents[i]->id);
    return SKN_OK;
}

static int parents_find(struct creation *creation, const char *const *symbols, size_t count,
                        struct skn_error *err)
{
    int rc = count == 0 ? symbol_add(creation, "head", err) : SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < count; i++)
        rc = symbol_add(creation, symbols[i], err);
    return rc == SKN_OK ? heads_require(creation, err) : rc;
}

/* ---- dependencies ---- */

/* A label stays a label, for it may move on; a beginning of an id becomes the id. */
static int depend_resolve(const struct skn_history *history, const char **text,
                          struct skn_error *err)
{
    struct skn_set set = {0};
    if (skn_history_label(history, *text))
        return SKN_OK;
    int rc = skn_symbol_resolve(history, *text, &set, err);
    if (rc == SKN_OK && set.count > 1)
        rc = skn_error_set(err, SKN_E_USAGE,
                           "Multiple head revisions are present for given argument '%.64s'; please "
                           "specify a specific target revision, '<branchname>@%.64s' to narrow to "
                           "a specific head, or 'heads' for all heads",
                           *text, *text);
    else if (rc == SKN_OK && set.count == 0)
        rc = skn_error_set(err, SKN_E_USAGE,
                           "Can't locate revision identified by '%.64s'; --depends-on takes a "
                           "revision, and this names none",
                           *text);
    if (rc == SKN_OK)
        *text = history->revisions[set.items[0]].id;
    skn_set_finish(&set);
    return rc;
}

static int depends_find(struct creation *creation, struct skn_error *err)
{
    int rc = SKN_OK;
    creation->depends = skn_context_all(creation->context, "depends-on", &creation->depend_count);
    for (size_t i = 0; rc == SKN_OK && i < creation->depend_count; i++)
        rc = depend_resolve(creation->history, &creation->depends[i], err);
    return rc;
}

/* ---- the folder ---- */

static int folder_given(const struct creation *creation, const char *wanted, const char **folder,
                        struct skn_error *err)
{
    const struct skn_names *paths = &creation->config->paths;
    char *real = realpath(wanted, NULL);
    *folder = NULL;
    for (size_t i = 0; i < paths->count; i++)
        if (strcmp(paths->items[i], wanted) == 0 || (real && strcmp(paths->items[i], real) == 0))
            *folder = paths->items[i];
    free(real);
    if (*folder)
        return SKN_OK;
    return skn_error_set(err, SKN_E_USAGE,
                         "Path %s is not represented in current version locations", wanted);
}

static int folder_holds(const char *folder, const char *path)
{
    size_t len = strlen(folder);
    return strncmp(folder, path, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

/* Where the folder is not said, and there are several: the one that the first parent is in. */
static int folder_find(const struct creation *creation, const char **folder, struct skn_error *err)
{
    const struct skn_names *paths = &creation->config->paths;
    const char *wanted = skn_context_get(creation->context, "version-path");
    if (wanted)
        return folder_given(creation, wanted, folder, err);
    *folder = paths->count == 1 ? paths->items[0] : NULL;
    for (size_t i = 0; !*folder && creation->parent_count > 0 && i < paths->count; i++)
        if (folder_holds(paths->items[i], creation->parents[0]->path))
            *folder = paths->items[i];
    if (*folder)
        return SKN_OK;
    return skn_error_set(err, SKN_E_USAGE,
                         "Multiple version locations present, please specify --version-path");
}

/* ---- the file ---- */

static void created_say(const struct creation *creation, const struct skn_new_revision *request,
                        const char *path)
{
    struct skn_buf line = {0};
    if (skn_context_json(creation->context)) {
        json_t *parents = json_array();
        for (size_t i = 0; i < request->parent_count; i++)
            json_array_append_new(parents, json_string(request->parent_ids[i]));
        skn_report_json(json_pack("{s:s, s:s, s:s, s:o, s:o}", "event", "created", "history",
                                  creation->history->name, "revision", request->id, "parents",
                                  parents, "path", skn_json_string(path, strlen(path))));
    } else if (!(creation->context->report.flags & SKN_REPORT_QUIET)) {
        skn_buf_addf(&line, "Generating %s ...  done\n", path);
        skn_print(&line);
    }
    skn_buf_finish(&line);
}

static int file_write(struct creation *creation, struct skn_error *err)
{
    struct skn_context *context = creation->context;
    struct skn_buf path = {0};
    char made[SKN_REVISION_ID_MAX + 1];
    const char **ids = skn_alloc_array(creation->parent_count, sizeof *ids);
    for (size_t i = 0; i < creation->parent_count; i++)
        ids[i] = creation->parents[i]->id;
    struct skn_new_revision request = {.id = skn_context_get(context, "rev-id"),
                                       .message = skn_context_get(context, "message"),
                                       .file_template = creation->config->file_template,
                                       .parent_ids = ids,
                                       .parent_count = creation->parent_count,
                                       .depends = creation->depends,
                                       .depend_count = creation->depend_count};
    request.labels = skn_context_all(context, "branch-label", &request.label_count);
    if (!request.id) {
        skn_revision_id_make(creation->history, made);
        request.id = made;
    }
    int rc = folder_find(creation, &request.folder, err);
    if (rc == SKN_OK)
        rc = skn_revision_write(creation->history, &request, &path, err);
    if (rc == SKN_OK)
        created_say(creation, &request, skn_buf_text(&path));
    free((void *)(uintptr_t)request.labels);
    free(ids);
    skn_buf_finish(&path);
    return rc;
}

int skn_create_run(struct skn_context *context, const char *const *symbols, size_t count,
                   struct skn_error *err)
{
    struct creation creation = {.context = context};
    int rc = skn_context_config(context, err);
    if (rc == SKN_OK)
        rc = skn_context_history(context, &creation.config, &creation.history, err);
    if (rc == SKN_OK && skn_context_get(context, "rev-id"))
        rc = skn_revision_id_check(creation.history, skn_context_get(context, "rev-id"), err);
    if (rc == SKN_OK)
        rc = parents_find(&creation, symbols, count, err);
    if (rc == SKN_OK)
        rc = depends_find(&creation, err);
    if (rc == SKN_OK)
        rc = file_write(&creation, err);
    free(creation.parents);
    free(creation.depends);
    return rc == SKN_OK ? 0 : -1;
}
