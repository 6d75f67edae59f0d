/*
 * What verbs start from: config, selection, fleet, probe. It knows nothing of any single verb.
 */
#include "cmd/command.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "config/secret.h"

enum { DEFAULT_JOBS = 4, MOST_JOBS = 1024 };

int skn_context_json(const struct skn_context *context)
{
    return (context->report.flags & SKN_REPORT_JSON) != 0;
}

int skn_context_verbose(const struct skn_context *context)
{
    return (context->report.flags & SKN_REPORT_VERBOSE) != 0;
}

void skn_context_finish(struct skn_context *context)
{
    skn_fleet_finish(&context->fleet);
    skn_pool_destroy(context->pool);
    skn_selection_destroy(context->selection);
    skn_config_finish(&context->config);
    skn_secret_forget();
    for (size_t i = 0; i < context->owned_count; i++)
        free(context->owned[i]);
    free(context->owned);
    free(context->driver_folders);
    free(context->given);
    free(context->args);
    *context = (struct skn_context){0};
}

static int config_read(struct skn_context *context, struct skn_error *err)
{
    const char *url = skn_context_get(context, "url");
    const char *given = skn_context_get(context, "config");
    const char *migrations = skn_context_get(context, "migrations");
    if (url && given)
        return skn_error_set(err, SKN_E_USAGE, "--url and --config exclude each other");
    if (migrations && !url)
        return skn_error_set(err, SKN_E_USAGE,
                             "--migrations goes with --url; a config names its folders itself");
    if (url)
        return skn_config_from_url(&context->config, url, migrations ? migrations : "migrations",
                                   err);
    char *path = NULL;
    int rc = skn_config_find(given, &path, err);
    if (rc == SKN_OK)
        rc = skn_config_load(&context->config, path, err);
    free(path);
    if (rc == SKN_OK)
        skn_secret_take_env(&context->config);
    return rc;
}

int skn_context_config(struct skn_context *context, struct skn_error *err)
{
    size_t count;
    int rc = config_read(context, err);
    if (rc != SKN_OK)
        return rc;
    const char **texts = skn_context_all(context, "target", &count);
    rc = skn_selection_create(&context->config, texts, count, &context->selection, err);
    free(texts);
    return rc;
}

/* ---- drivers ---- */

static int folder_add(struct skn_context *context, const char *folder, const char *source,
                      struct skn_error *err)
{
    if (folder[0] != '/')
        return skn_error_set(err, SKN_E_USAGE,
                             "%s: a folder of drivers must be absolute, this is \"%.200s\"", source,
                             folder);
    context->driver_folders = skn_realloc_array(
        context->driver_folders, context->driver_folder_count + 1, sizeof *context->driver_folders);
    context->driver_folders[context->driver_folder_count++] = folder;
    return SKN_OK;
}

/* The environment may be somebody else's where more rights are at stake than ours. */
static int environment_folders(struct skn_context *context, struct skn_error *err)
{
    const char *path = secure_getenv("SKEIN_DRIVER_PATH");
    if (!path || geteuid() == 0)
        return SKN_OK;
    char *copy = skn_strdup(path);
    context->owned = skn_grow(context->owned, context->owned_count, &context->owned_room,
                              sizeof *context->owned);
    context->owned[context->owned_count++] = copy;
    int rc = SKN_OK;
    char *rest = copy;
    while (rc == SKN_OK && rest)
        rc = folder_add(context, strsep(&rest, ":"), "SKEIN_DRIVER_PATH", err);
    return rc;
}

static int driver_folders_find(struct skn_context *context, struct skn_error *err)
{
    size_t count;
    int rc = SKN_OK;
    const char **given = skn_context_all(context, "driver-dir", &count);
    for (size_t i = 0; rc == SKN_OK && i < count; i++)
        rc = folder_add(context, given[i], "--driver-dir", err);
    free(given);
    if (rc == SKN_OK)
        rc = environment_folders(context, err);
    return rc == SKN_OK ? folder_add(context, SKEIN_DRIVER_DIR, "built in", err) : rc;
}

static int jobs_read(const struct skn_context *context, uint32_t *jobs, struct skn_error *err)
{
    const char *text = skn_context_get(context, "jobs");
    *jobs = context->config.jobs ? context->config.jobs : DEFAULT_JOBS;
    if (!text)
        return SKN_OK;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || *end || end == text || value < 1 || value > MOST_JOBS)
        return skn_error_set(err, SKN_E_USAGE, "--jobs must be a number from 1 to %d", MOST_JOBS);
    *jobs = (uint32_t)value;
    return SKN_OK;
}

int skn_context_pool(struct skn_context *context, struct skn_error *err)
{
    uint32_t jobs;
    int rc = jobs_read(context, &jobs, err);
    if (rc == SKN_OK)
        rc = driver_folders_find(context, err);
    if (rc != SKN_OK)
        return rc;
    skn_pool_signals_take();
    context->pool = skn_pool_create(jobs, context->driver_folders, context->driver_folder_count);
    skn_pool_pin(context->pool, context->config.pins);
    return SKN_OK;
}

/* ---- the fleet ---- */

/* Everything local is checked before the first connection. */
static int histories_load(struct skn_context *context, struct skn_error *err)
{
    for (size_t i = 0; i < context->fleet.count; i++) {
        const struct skn_history *history;
        int rc = skn_fleet_history(&context->fleet, context->fleet.members[i].target->history,
                                   &history, err);
        if (rc != SKN_OK)
            return rc;
    }
    return SKN_OK;
}

static int fleet_begin(struct skn_context *context, struct skn_error *err)
{
    int rc = skn_context_pool(context, err);
    if (rc == SKN_OK)
        rc = skn_fleet_init(&context->fleet, &context->config, context->selection, context->pool,
                            &context->report.events, err);
    if (rc != SKN_OK)
        return rc;
    context->fleet.looks = context->command->looks;
    skn_pool_warm(context->pool, context->fleet.members[0].target->driver);
    return histories_load(context, err);
}

int skn_context_fleet(struct skn_context *context, struct skn_error *err)
{
    int rc = skn_context_config(context, err);
    return rc == SKN_OK ? fleet_begin(context, err) : rc;
}

int skn_context_fleet_of(struct skn_context *context, const struct skn_target *target,
                         struct skn_error *err)
{
    skn_selection_destroy(context->selection);
    context->selection = NULL;
    int rc = skn_selection_create(&context->config, &target->name, 1, &context->selection, err);
    return rc == SKN_OK ? fleet_begin(context, err) : rc;
}

static int unreachable_exit(const struct skn_fleet *fleet)
{
    int status = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct skn_member *member = &fleet->members[i];
        if (member->state != SKN_MEMBER_UNREACHABLE)
            continue;
        int mine = skn_code_exit(member->code);
        status = status == 0 || status == mine ? mine : 1;
    }
    return status;
}

int skn_context_probe(struct skn_context *context, int needs_all, struct skn_error *err)
{
    struct skn_fleet *fleet = &context->fleet;
    skn_report_phase(&context->report, fleet, "probing", fleet->count);
    int rc = skn_fleet_probe(fleet, err);
    skn_report_phase(&context->report, fleet, "", 0);
    if (rc == SKN_OK && fleet->failed > 0 && needs_all) {
        skn_report_unreachable(&context->report, fleet);
        return unreachable_exit(fleet);
    }
    if (rc == SKN_OK)
        rc = skn_fleet_filter(fleet, context->selection, err);
    return rc == SKN_OK ? 0 : -1;
}

/* ---- verbs about files ---- */

int skn_context_history(struct skn_context *context, const struct skn_history_config **config,
                        const struct skn_history **history, struct skn_error *err)
{
    *config = NULL;
    for (size_t i = 0; i < context->config.target_count; i++) {
        const struct skn_target *target = &context->config.targets[i];
        if (skn_selection_has(context->selection, target, NULL) == 0)
            continue;
        if (*config && *config != target->history)
            return skn_error_set(err, SKN_E_USAGE,
                                 "the selected targets have several histories (%s, %s, ...); say "
                                 "which, as in --target history:%s",
                                 (*config)->name, target->history->name, (*config)->name);
        *config = target->history;
    }
    if (!*config && context->config.history_count == 1)
        *config = &context->config.histories[0];
    if (!*config)
        return skn_error_set(err, SKN_E_CONFIG, "no target is configured, and not one history");
    if (!context->fleet.store) {
        context->pool = skn_pool_create(1, NULL, 0);
        int rc = skn_fleet_init(&context->fleet, &context->config, context->selection,
                                context->pool, &context->report.events, err);
        if (rc != SKN_OK && context->config.target_count > 0)
            return rc;
        context->fleet.looks = context->command->looks;
    }
    return skn_fleet_history(&context->fleet, *config, history, err);
}

int skn_context_files(struct skn_context *context, const struct skn_history **history,
                      struct skn_error *err)
{
    const struct skn_history_config *config;
    int rc = skn_context_config(context, err);
    return rc == SKN_OK ? skn_context_history(context, &config, history, err) : rc;
}

const char *skn_context_name(const struct skn_context *context, const struct skn_member *member)
{
    return context->fleet.count > 1 ? member->target->name : NULL;
}
