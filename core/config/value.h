/*
 * One setting of a parsed config as a checked C value, or an error with its place. It does not know
 * which settings there are.
 */
#ifndef SKN_CONFIG_VALUE_H
#define SKN_CONFIG_VALUE_H

#include <libconfig.h>

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"
#include "config/source.h"

/* What reading a setting needs. */
struct skn_setting_reader {
    struct skn_arena *arena; /* texts are kept there */
    const struct skn_source *source;
    const char *folder; /* absolute: what paths are relative to */
    int in_fleet;       /* ${tenant} is a variable, and becomes SKN_TENANT_MARK */
};

/* "file:line: " and the message; SKN_E_CONFIG. */
int skn_setting_fail(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     struct skn_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "file:line: " before err's message. */
int skn_setting_context(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        struct skn_error *err);

struct skn_place skn_setting_place(const struct skn_setting_reader *reader,
                                   const config_setting_t *setting);

/* Refuses a secret in a file that others can read. */
int skn_setting_private(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        struct skn_error *err);

int skn_group_check(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    struct skn_error *err);
int skn_list_check(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   const char *what, struct skn_error *err);

/* A text with its variables put in; not empty. own (may be NULL): bytes that stand in the file. */
int skn_value_text(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   const char **out, size_t *own, struct skn_error *err);
/* A text that is a secret, and may be empty: what of the environment it is made of is taken out of
 * there once the config is read. */
int skn_value_secret(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char **out, size_t *own, struct skn_error *err);

int skn_value_texts(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    struct skn_names *out, struct skn_error *err);
int skn_value_bool(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   int *out, struct skn_error *err);
int skn_value_count(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    uint32_t least, uint32_t most, uint32_t *out, struct skn_error *err);

/* Seconds, or "500ms", "2s", "5m", "1h", in milliseconds. */
int skn_value_duration(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       int32_t least, int32_t *ms, struct skn_error *err);

/* One of the words, by its index. */
int skn_value_choice(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char *const *words, size_t count, size_t *index, struct skn_error *err);

/* A file or folder, absolute. */
int skn_value_path(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   const char **out, struct skn_error *err);
int skn_value_paths(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    struct skn_names *out, struct skn_error *err);

/* folder/path, or path if it is absolute. */
const char *skn_path_join(struct skn_arena *arena, const char *folder, const char *path);

/* A group of texts, and where scalars is set of numbers and booleans, as pairs laid over those that
 * *pairs already has. Names must be [a-z][a-z0-9_]*, with letters of both cases unless scalars. */
int skn_value_pairs(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    int scalars, struct skn_pairs *pairs, struct skn_error *err);

/* Those of over replace those of under that have the same key. */
struct skn_pairs skn_pairs_merge(struct skn_arena *arena, struct skn_pairs under,
                                 struct skn_pairs over);

/* A name of a target, tag, group or fleet: [A-Za-z0-9_./-], 1 to 128 bytes, not starting with "-",
 * the tenant mark where the reader has one. */
int skn_value_label(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    const char **out, struct skn_error *err);
int skn_value_labels(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     struct skn_names *out, struct skn_error *err);

#endif
