/*
 * The histories of a config. It does not look into their folders.
 */
#include "config/load.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/keys.h"

static int path_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     void *into, struct skn_error *err)
{
    struct skn_history_config *history = into;
    if (config_setting_type(setting) == CONFIG_TYPE_STRING) {
        const char **path = skn_arena_alloc(reader->arena, sizeof *path);
        history->paths = (struct skn_names){path, 1};
        return skn_value_path(reader, setting, path, err);
    }
    int rc = skn_value_paths(reader, setting, &history->paths, err);
    if (rc == SKN_OK && history->paths.count == 0)
        return skn_setting_fail(reader, setting, err, "path names no folder");
    return rc;
}

static int version_table_take(const struct skn_setting_reader *reader,
                              const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_history_config *history = into;
    return skn_value_text(reader, setting, &history->version_table, NULL, err);
}

static int version_table_schema_take(const struct skn_setting_reader *reader,
                                     const config_setting_t *setting, void *into,
                                     struct skn_error *err)
{
    struct skn_history_config *history = into;
    return skn_value_text(reader, setting, &history->version_table_schema, NULL, err);
}

static int file_template_take(const struct skn_setting_reader *reader,
                              const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_history_config *history = into;
    return skn_value_text(reader, setting, &history->file_template, NULL, err);
}

/* { sqlite = "schema/app.sql"; } */
static int paths_by_driver(const struct skn_setting_reader *reader, const config_setting_t *setting,
                           struct skn_pairs *out, struct skn_error *err)
{
    int rc = skn_group_check(reader, setting, err);
    if (rc != SKN_OK)
        return rc;
    size_t count = (size_t)config_setting_length(setting);
    struct skn_pair *pairs = skn_arena_alloc_array(reader->arena, count, sizeof *pairs);
    for (size_t i = 0; rc == SKN_OK && i < count; i++) {
        const config_setting_t *path = config_setting_get_elem(setting, (unsigned)i);
        pairs[i].key = skn_arena_strdup(reader->arena, config_setting_name(path));
        rc = skn_value_path(reader, path, &pairs[i].value, err);
    }
    *out = (struct skn_pairs){pairs, count};
    return rc;
}

static int schema_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       void *into, struct skn_error *err)
{
    struct skn_history_config *history = into;
    return paths_by_driver(reader, setting, &history->schemas, err);
}

static int samples_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_history_config *history = into;
    return paths_by_driver(reader, setting, &history->samples, err);
}

static const struct skn_key history_keys[] = {
    {"path", 1, path_take},
    {"version_table", 1, version_table_take},
    {"version_table_schema", 1, version_table_schema_take},
    {"file_template", 1, file_template_take},
    {"schema", 1, schema_take},
    {"samples", 1, samples_take},
};

static void history_init(struct skn_history_config *history, const char *name, const char *place)
{
    *history = (struct skn_history_config){
        .name = name,
        .version_table = "alembic_version",
        .version_table_schema = "",
        .file_template = "%(rev)s_%(slug)s",
        .place = place,
    };
}

static int history_read(const struct skn_setting_reader *reader, const config_setting_t *group,
                        struct skn_history_config *history, struct skn_error *err)
{
    const char *name = skn_arena_strdup(reader->arena, config_setting_name(group));
    if (!skn_word_valid(name))
        return skn_setting_fail(reader, group, err,
                                "the name of a history is written [a-z][a-z0-9_]{0,31}");
    history_init(history, name, skn_place_text(reader->arena, skn_setting_place(reader, group)));
    int rc = skn_keys_take(reader, group, history_keys,
                           sizeof history_keys / sizeof history_keys[0], 1, history, err);
    if (rc == SKN_OK && history->paths.count == 0)
        return skn_setting_fail(reader, group, err,
                                "history \"%s\" has no path; it is the folder of its revisions",
                                name);
    return rc;
}

void skn_history_make_default(struct skn_config *config, const char *path, const char *place)
{
    const char **paths = skn_arena_alloc(&config->arena, sizeof *paths);
    paths[0] = skn_path_join(&config->arena, config->folder, path);
    config->histories = skn_alloc(sizeof *config->histories);
    config->history_count = 1;
    history_init(config->histories, "default", place);
    config->histories->paths = (struct skn_names){paths, 1};
}

int skn_histories_load(struct skn_loader *loader, const config_setting_t *group,
                       struct skn_error *err)
{
    struct skn_config *config = loader->config;
    int rc = skn_group_check(&loader->reader, group, err);
    if (rc != SKN_OK)
        return rc;
    size_t count = (size_t)config_setting_length(group);
    if (count == 0)
        return skn_setting_fail(&loader->reader, group, err, "histories is empty; leave it out");
    config->histories = skn_alloc_array(count, sizeof *config->histories);
    for (size_t i = 0; i < count && rc == SKN_OK; i++) {
        rc = history_read(&loader->reader, config_setting_get_elem(group, (unsigned)i),
                          &config->histories[i], err);
        config->history_count = i + 1;
    }
    return rc;
}
