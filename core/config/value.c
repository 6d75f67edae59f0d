/*
 * Reading single settings. It does not know which keys there are.
 */
#include "config/value.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "config/variables.h"
#include "base/vault.h"

enum { LABEL_MAX = 128 };

struct skn_place skn_setting_place(const struct skn_setting_reader *reader,
                                   const config_setting_t *setting)
{
    return skn_source_place(reader->source, config_setting_source_line(setting));
}

int skn_setting_context(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        struct skn_error *err)
{
    return skn_place_context(skn_setting_place(reader, setting), err);
}

int skn_setting_fail(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     struct skn_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    skn_failv(err, SKN_E_CONFIG, NULL, 0, format, args);
    va_end(args);
    return skn_setting_context(reader, setting, err);
}

int skn_setting_private(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        struct skn_error *err)
{
    const struct skn_source_file *file =
        skn_source_file(reader->source, config_setting_source_line(setting));
    if (file->is_private)
        return SKN_OK;
    return skn_setting_fail(reader, setting, err,
                            "a password in a file that others can read; run chmod 600 %s, or use "
                            "password_file, password_command or password_env",
                            file->shown);
}

/* What an error calls it: its key, or that of the list it is in. */
static const char *shown_name(const config_setting_t *setting)
{
    while (setting && !config_setting_name(setting))
        setting = config_setting_parent(setting);
    return setting ? config_setting_name(setting) : "the config";
}

static int type_fail(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char *wanted, struct skn_error *err)
{
    return skn_setting_fail(reader, setting, err, "%s must be %s", shown_name(setting), wanted);
}

int skn_group_check(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    struct skn_error *err)
{
    return config_setting_is_group(setting) ? SKN_OK
                                            : type_fail(reader, setting, "a group { ... }", err);
}

static int is_list(const config_setting_t *setting)
{
    return config_setting_is_list(setting) || config_setting_is_array(setting);
}

int skn_list_check(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   const char *what, struct skn_error *err)
{
    return is_list(setting) ? SKN_OK : type_fail(reader, setting, what, err);
}

/* A text that may be empty. */
static int text_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char **out, size_t *own, struct skn_error *err)
{
    struct skn_buf text = {0};
    if (config_setting_type(setting) != CONFIG_TYPE_STRING)
        return type_fail(reader, setting, "a text in quotes", err);
    int rc =
        skn_variables_expand(config_setting_get_string(setting), reader->in_fleet, &text, own, err);
    if (rc == SKN_OK) {
        *out = skn_arena_strndup(reader->arena, skn_buf_text(&text), text.len);
    } else {
        skn_error_context(err, "%s", shown_name(setting));
        skn_setting_context(reader, setting, err);
    }
    skn_buf_wipe(&text);
    return rc;
}

int skn_value_secret(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char **out, size_t *own, struct skn_error *err)
{
    int rc = text_take(reader, setting, out, own, err);
    if (rc == SKN_OK)
        skn_variables_note(config_setting_get_string(setting));
    return rc;
}

int skn_value_text(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   const char **out, size_t *own, struct skn_error *err)
{
    size_t ignored;
    int rc = text_take(reader, setting, out, own ? own : &ignored, err);
    if (rc == SKN_OK && (*out)[0] == '\0')
        return skn_setting_fail(reader, setting, err, "%s is empty", shown_name(setting));
    return rc;
}

/* Texts by a function that reads one of them. */
static int texts_read(const struct skn_setting_reader *reader, const config_setting_t *setting,
                      int (*read)(const struct skn_setting_reader *, const config_setting_t *,
                                  const char **, struct skn_error *),
                      struct skn_names *out, struct skn_error *err)
{
    int rc = skn_list_check(reader, setting, "a list of texts [ \"...\" ]", err);
    if (rc != SKN_OK)
        return rc;
    size_t count = (size_t)config_setting_length(setting);
    const char **items = skn_arena_alloc_array(reader->arena, count, sizeof *items);
    for (size_t i = 0; i < count && rc == SKN_OK; i++)
        rc = read(reader, config_setting_get_elem(setting, (unsigned)i), &items[i], err);
    *out = (struct skn_names){items, count};
    return rc;
}

static int text_read(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char **out, struct skn_error *err)
{
    return skn_value_text(reader, setting, out, NULL, err);
}

int skn_value_texts(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    struct skn_names *out, struct skn_error *err)
{
    return texts_read(reader, setting, text_read, out, err);
}

int skn_value_bool(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   int *out, struct skn_error *err)
{
    if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
        return type_fail(reader, setting, "true or false", err);
    *out = config_setting_get_bool(setting);
    return SKN_OK;
}

static int is_integer(const config_setting_t *setting)
{
    return config_setting_type(setting) == CONFIG_TYPE_INT ||
           config_setting_type(setting) == CONFIG_TYPE_INT64;
}

int skn_value_count(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    uint32_t least, uint32_t most, uint32_t *out, struct skn_error *err)
{
    long long value = is_integer(setting) ? config_setting_get_int64(setting) : -1;
    if (value < least || value > most)
        return skn_setting_fail(reader, setting, err, "%s must be a number from %u to %u",
                                shown_name(setting), least, most);
    *out = (uint32_t)value;
    return SKN_OK;
}

/* "500ms" as milliseconds: -1 if it is none, LLONG_MAX if it is too large. */
static long long duration_parse(const char *text)
{
    static const struct {
        const char *unit;
        int ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(end, units[i].unit) == 0)
            return errno || number > INT_MAX ? LLONG_MAX : number * units[i].ms;
    return -1;
}

/* The same of a setting; -1 also for a wrong type. */
static int duration_read(const struct skn_setting_reader *reader, const config_setting_t *setting,
                         long long *ms, struct skn_error *err)
{
    const char *text;
    if (is_integer(setting)) {
        long long seconds = config_setting_get_int64(setting);
        *ms = seconds < 0 ? -1 : seconds > INT_MAX ? LLONG_MAX : seconds * 1000;
        return SKN_OK;
    }
    *ms = -1;
    if (config_setting_type(setting) != CONFIG_TYPE_STRING)
        return SKN_OK;
    int rc = skn_value_text(reader, setting, &text, NULL, err);
    if (rc == SKN_OK)
        *ms = duration_parse(text);
    return rc;
}

int skn_value_duration(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       int32_t least, int32_t *ms, struct skn_error *err)
{
    long long value;
    int rc = duration_read(reader, setting, &value, err);
    if (rc != SKN_OK)
        return rc;
    if (value < 0)
        return type_fail(reader, setting,
                         "seconds (0 or more), or a text such as \"500ms\", \"2s\" or \"5m\"", err);
    if (value < least)
        return type_fail(reader, setting, "more than 0", err);
    if (value > INT32_MAX)
        return type_fail(reader, setting, "at most 2147483 seconds", err);
    *ms = (int32_t)value;
    return SKN_OK;
}

int skn_value_choice(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     const char *const *words, size_t count, size_t *index, struct skn_error *err)
{
    char hint[SKN_HINT_TEXT];
    struct skn_nearest nearest;
    const char *text;
    int rc = skn_value_text(reader, setting, &text, NULL, err);
    if (rc != SKN_OK)
        return rc;
    skn_nearest_init(&nearest, text);
    for (size_t i = 0; i < count; i++) {
        *index = i;
        if (strcmp(words[i], text) == 0)
            return SKN_OK;
        skn_nearest_offer(&nearest, words[i]);
    }
    struct skn_buf known = {0};
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(&known, "%s\"%s\"", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    rc = skn_setting_fail(reader, setting, err, "%s must be %s%s", shown_name(setting),
                          skn_buf_text(&known), skn_nearest_hint(&nearest, hint));
    skn_buf_finish(&known);
    return rc;
}

const char *skn_path_join(struct skn_arena *arena, const char *folder, const char *path)
{
    if (path[0] == '/')
        return path;
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return skn_arena_printf(arena, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path);
}

int skn_value_path(const struct skn_setting_reader *reader, const config_setting_t *setting,
                   const char **out, struct skn_error *err)
{
    const char *text;
    int rc = skn_value_text(reader, setting, &text, NULL, err);
    if (rc == SKN_OK)
        *out = skn_path_join(reader->arena, reader->folder, text);
    return rc;
}

int skn_value_paths(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    struct skn_names *out, struct skn_error *err)
{
    return texts_read(reader, setting, skn_value_path, out, err);
}

/* A pair's value as text. */
static int scalar_read(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       int scalars, const char **out, struct skn_error *err)
{
    if (scalars && config_setting_type(setting) == CONFIG_TYPE_BOOL) {
        *out = config_setting_get_bool(setting) ? "true" : "false";
        return SKN_OK;
    }
    if (scalars && is_integer(setting)) {
        *out = skn_arena_printf(reader->arena, "%lld", config_setting_get_int64(setting));
        return SKN_OK;
    }
    if (scalars && config_setting_type(setting) != CONFIG_TYPE_STRING)
        return type_fail(reader, setting, "a text, a whole number, true or false", err);
    size_t ignored;
    return text_take(reader, setting, out, &ignored, err);
}

static int pair_key_valid(const char *key, int scalars)
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    static const char both[] = "abcdefghijklmnopqrstuvwxyz0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t len = strlen(key);
    return len <= 64 && strspn(key, scalars ? lower : both) == len &&
           !(key[0] >= '0' && key[0] <= '9');
}

int skn_value_pairs(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    int scalars, struct skn_pairs *pairs, struct skn_error *err)
{
    int rc = skn_group_check(reader, setting, err);
    if (rc != SKN_OK)
        return rc;
    size_t count = (size_t)config_setting_length(setting);
    struct skn_pair *items = skn_arena_alloc_array(reader->arena, count, sizeof *items);
    for (size_t i = 0; i < count && rc == SKN_OK; i++) {
        const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
        if (!pair_key_valid(config_setting_name(member), scalars))
            return skn_setting_fail(reader, member, err, "%s: a name here is written %s",
                                    shown_name(setting),
                                    scalars ? "[a-z][a-z0-9_]*" : "[A-Za-z][A-Za-z0-9_]*");
        items[i].key = skn_arena_strdup(reader->arena, config_setting_name(member));
        rc = scalar_read(reader, member, scalars, &items[i].value, err);
    }
    if (rc == SKN_OK)
        *pairs = skn_pairs_merge(reader->arena, *pairs, (struct skn_pairs){items, count});
    return rc;
}

const char *skn_pairs_get(struct skn_pairs pairs, const char *key)
{
    for (size_t i = 0; i < pairs.count; i++)
        if (strcmp(pairs.items[i].key, key) == 0)
            return pairs.items[i].value;
    return NULL;
}

struct skn_pairs skn_pairs_merge(struct skn_arena *arena, struct skn_pairs under,
                                 struct skn_pairs over)
{
    if (under.count == 0)
        return over;
    if (over.count == 0)
        return under;
    size_t count = 0;
    struct skn_pair *items = skn_arena_alloc_array(arena, under.count + over.count, sizeof *items);
    for (size_t i = 0; i < under.count; i++)
        if (!skn_pairs_get(over, under.items[i].key))
            items[count++] = under.items[i];
    memcpy(items + count, over.items, over.count * sizeof *items);
    return (struct skn_pairs){items, count + over.count};
}

int skn_value_label(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    const char **out, struct skn_error *err)
{
    static const char allowed[] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789_./-\x01"};
    int rc = skn_value_text(reader, setting, out, NULL, err);
    if (rc != SKN_OK)
        return rc;
    size_t len = strlen(*out);
    if (len > LABEL_MAX || strspn(*out, allowed) != len || (*out)[0] == '-')
        return skn_setting_fail(reader, setting, err,
                                "%s: a name is written with letters, digits and _ . / -, at most "
                                "128 of them, and does not start with -",
                                shown_name(setting));
    return SKN_OK;
}

int skn_value_labels(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     struct skn_names *out, struct skn_error *err)
{
    return texts_read(reader, setting, skn_value_label, out, err);
}
