/*
 * Loading a config: libconfig parses the checked text, the parts of this folder take what it found.
 */
#include "config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "config/keys.h"
#include "config/load.h"
#include "config/url.h"
#include "config/variables.h"
#include "base/vault.h"

enum { JOBS_MAX = 1000 };

static int jobs_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     void *into, struct skn_error *err)
{
    struct skn_config *config = into;
    return skn_value_count(reader, setting, 1, JOBS_MAX, &config->jobs, err);
}

static int on_failure_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                           void *into, struct skn_error *err)
{
    static const char *const words[] = {"stop", "continue"};
    struct skn_config *config = into;
    size_t index = 0;
    int rc = skn_value_choice(reader, setting, words, 2, &index, err);
    config->on_failure = words[index];
    return rc;
}

/* Those without a function are taken in the order in which they need each other. */
static const struct skn_key top_keys[] = {
    {"targets", 1, NULL},  {"fleets", 1, NULL},    {"histories", 1, NULL},
    {"defaults", 1, NULL}, {"jobs", 1, jobs_take}, {"on_failure", 1, on_failure_take},
    {"drivers", 1, NULL},
};

static void config_start(struct skn_config *config)
{
    *config = (struct skn_config){.path = "", .folder = "", .on_failure = "stop"};
    skn_arena_init(&config->arena);
}

static int defaults_load(struct skn_loader *loader, const config_setting_t *group,
                         struct skn_error *err)
{
    skn_entry_defaults(&loader->defaults);
    int rc =
        group ? skn_entry_read(loader, group, SKN_ENTRY_DEFAULTS, &loader->defaults, err) : SKN_OK;
    return rc == SKN_OK ? skn_scratch_settle(loader, &loader->defaults, err) : rc;
}

static int histories_load(struct skn_loader *loader, const config_setting_t *group,
                          struct skn_error *err)
{
    struct skn_arena *arena = loader->reader.arena;
    if (group)
        return skn_histories_load(loader, group, err);
    skn_history_make_default(loader->config, "migrations",
                             skn_place_text(arena, skn_source_place(loader->reader.source, 1)));
    return SKN_OK;
}

static int root_take(struct skn_loader *loader, const config_setting_t *root, struct skn_error *err)
{
    const config_setting_t *targets = config_setting_get_member(root, "targets");
    const config_setting_t *drivers = config_setting_get_member(root, "drivers");
    const config_setting_t *fleets = config_setting_get_member(root, "fleets");
    int rc = skn_keys_take(&loader->reader, root, top_keys, sizeof top_keys / sizeof top_keys[0], 1,
                           loader->config, err);
    if (rc == SKN_OK && drivers)
        rc = skn_pins_load(loader, drivers, err);
    if (rc == SKN_OK)
        rc = histories_load(loader, config_setting_get_member(root, "histories"), err);
    if (rc == SKN_OK)
        rc = defaults_load(loader, config_setting_get_member(root, "defaults"), err);
    if (rc == SKN_OK && targets)
        rc = skn_targets_load(loader, targets, err);
    if (rc == SKN_OK && fleets)
        rc = skn_fleets_load(loader, fleets, err);
    if (rc == SKN_OK && loader->config->target_count == 0)
        return skn_place_fail(skn_source_place(loader->reader.source, 1), err,
                              "the config names no target; add targets = ( { name = \"...\"; url = "
                              "\"...\"; } );");
    return rc;
}

static int text_parse(config_t *parsed, const struct skn_source *source, struct skn_error *err)
{
    if (config_read_string(parsed, skn_buf_text(&source->text)) == CONFIG_TRUE)
        return SKN_OK;
    unsigned line = config_error_line(parsed) > 0 ? (unsigned)config_error_line(parsed) : 1;
    const char *reason = config_error_text(parsed);
    if (line >= source->line) /* found missing only behind the last line */
        line = source->line - 1;
    return skn_place_fail(skn_source_place(source, line), err, "%s",
                          reason ? reason : "syntax error");
}

static int source_take(struct skn_config *config, const struct skn_source *source,
                       struct skn_error *err)
{
    config_t parsed;
    struct skn_loader loader = {
        .reader = {.arena = &config->arena, .source = source, .folder = config->folder},
        .config = config,
        .target_names = skn_nameset_create(),
        .fleet_names = skn_nameset_create(),
    };
    config_init(&parsed);
    int rc = text_parse(&parsed, source, err);
    if (rc == SKN_OK)
        rc = root_take(&loader, config_root_setting(&parsed), err);
    config->targets =
        skn_realloc_array(config->targets, config->target_count, sizeof *config->targets);
    config_destroy(&parsed);
    skn_variables_take();
    skn_nameset_destroy(loader.target_names);
    skn_nameset_destroy(loader.fleet_names);
    return rc;
}

/* Sets folder and path; the file itself is looked at by whoever reads it. */
static int folder_find(struct skn_config *config, const char *path, struct skn_error *err)
{
    char resolved[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *given =
        slash ? skn_arena_strndup(&config->arena, path, (size_t)(name - path)) : ".";
    if (!realpath(given, resolved))
        return skn_error_set(err, SKN_E_CONFIG, "%s: %s", path,
                             errno == ENOENT ? "no such file" : strerror(errno));
    config->folder = skn_arena_strdup(&config->arena, resolved);
    config->path = skn_path_join(&config->arena, resolved, name);
    return SKN_OK;
}

int skn_config_load(struct skn_config *config, const char *path, struct skn_error *err)
{
    struct skn_source source;
    config_start(config);
    int rc = folder_find(config, path, err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_file_folder_check(config->folder, err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_source_read(&source, &config->arena, config->folder, path, err);
    if (rc == SKN_OK)
        rc = source_take(config, &source, err);
    skn_source_finish(&source);
    return rc;
}

/* The config of --url: one target, and the built-in defaults. */
static int url_target_make(struct skn_config *config, const char *text, struct skn_error *err)
{
    struct skn_entry entry;
    struct skn_url url;
    struct skn_url_rules rules = {.arena = &config->arena, .folder = config->folder};
    int rc = skn_url_read(&rules, text, &url, err);
    if (rc != SKN_OK)
        return rc;
    if (url.secret_written)
        return skn_error_set(err, SKN_E_USAGE,
                             "a password on the command line can be seen by everybody on this "
                             "machine; use a config with password_file, password_command or "
                             "password_env");
    skn_entry_defaults(&entry);
    skn_target_apply_url(&config->arena, &entry.target, &url);
    skn_target_set_server(&config->arena, &entry.target, &url);
    entry.target.name = "default";
    entry.target.place = "--url";
    entry.target.history = config->histories;
    config->targets = skn_alloc(sizeof *config->targets);
    config->targets[0] = entry.target;
    config->target_count = 1;
    return SKN_OK;
}

int skn_config_from_url(struct skn_config *config, const char *url, const char *migrations,
                        struct skn_error *err)
{
    config_start(config);
    char *folder = getcwd(NULL, 0);
    if (!folder)
        return skn_error_set(err, SKN_E_CONFIG, "the current folder: %s", strerror(errno));
    config->folder = skn_arena_strdup(&config->arena, folder);
    free(folder);
    skn_history_make_default(config, migrations, "--url");
    return url_target_make(config, url, err);
}

static void secret_wipe(const struct skn_secret *secret)
{
    if (secret->kind == SKN_SECRET_INLINE)
        skn_text_wipe(secret->text);
}

void skn_config_finish(struct skn_config *config)
{
    for (size_t i = 0; i < config->target_count; i++) {
        secret_wipe(&config->targets[i].secret);
        if (config->targets[i].scratch)
            secret_wipe(&config->targets[i].scratch->secret);
    }
    free(config->targets);
    free(config->histories);
    skn_arena_finish(&config->arena);
    config_start(config);
}

const struct skn_target *skn_config_target(const struct skn_config *config, const char *name)
{
    for (size_t i = 0; i < config->target_count; i++)
        if (strcmp(config->targets[i].name, name) == 0)
            return &config->targets[i];
    return NULL;
}

const struct skn_history_config *skn_config_history(const struct skn_config *config,
                                                    const char *name)
{
    for (size_t i = 0; i < config->history_count; i++)
        if (strcmp(config->histories[i].name, name) == 0)
            return &config->histories[i];
    return NULL;
}
