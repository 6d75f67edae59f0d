/*
 * drivers: what can be loaded, from where, and which options each takes.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/wire.h"
#include "cmd/verbs.h"

struct words {
    char **items;
    size_t count;
    size_t room;
};

static void word_add(struct words *words, const char *word, size_t len)
{
    for (size_t i = 0; i < words->count; i++)
        if (strlen(words->items[i]) == len && memcmp(words->items[i], word, len) == 0)
            return;
    words->items = skn_grow(words->items, words->count, &words->room, sizeof *words->items);
    words->items[words->count++] = skn_strndup(word, len);
}

static void folder_list(const char *folder, struct words *words)
{
    static const char prefix[] = "skein_";
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        const char *name = entry->d_name;
        size_t len = strlen(name);
        if (len <= sizeof prefix - 1 + 3 || strncmp(name, prefix, sizeof prefix - 1) != 0 ||
            strcmp(name + len - 3, ".so") != 0)
            continue;
        word_add(words, name + sizeof prefix - 1, len - (sizeof prefix - 1) - 3);
    }
    if (dir)
        closedir(dir);
}

static int word_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void options_print(const json_t *loaded)
{
    size_t i;
    json_t *option;
    struct skn_buf line = {0};
    json_array_foreach((json_t *)(uintptr_t)skn_json_array(loaded, "options"), i, option)
    {
        skn_buf_addf(&line, "  %-20s %-7s %s", skn_json_text(option, "name"),
                     skn_json_text(option, "type"), skn_json_text(option, "help"));
        if (json_object_get(option, "default"))
            skn_buf_addf(&line, " (default %s)", skn_json_text(option, "default"));
        if (json_is_true(json_object_get(option, "required")))
            skn_buf_adds(&line, " (required)");
        skn_buf_addc(&line, '\n');
    }
    skn_print(&line);
    skn_buf_finish(&line);
}

static int driver_show(struct skn_context *context, const char *word, int options,
                       struct skn_error *err)
{
    json_t *loaded;
    int rc = skn_pool_ask(context->pool, word, NULL, &loaded, err);
    if (rc != SKN_OK)
        return rc;
    if (skn_context_json(context)) {
        json_t *object = json_copy(loaded);
        json_object_set_new(object, "event", json_string("driver"));
        skn_report_json(object);
    } else {
        struct skn_buf line = {0};
        skn_buf_addf(&line, "%-12s %-8s %s\n", word, skn_json_text(loaded, "version"),
                     skn_json_text(loaded, "summary"));
        if (options || skn_context_verbose(context))
            skn_buf_addf(&line, "  %s\n", skn_json_text(loaded, "path"));
        skn_print(&line);
        skn_buf_finish(&line);
        if (options)
            options_print(loaded);
    }
    json_decref(loaded);
    return SKN_OK;
}

static int all_show(struct skn_context *context)
{
    struct words words = {0};
    int unusable = 0;
    for (size_t i = 0; i < context->driver_folder_count; i++)
        folder_list(context->driver_folders[i], &words);
    if (words.count > 0)
        qsort(words.items, words.count, sizeof *words.items, word_compare);
    for (size_t i = 0; i < words.count; i++) {
        struct skn_error err = SKN_ERROR_INIT;
        if (driver_show(context, words.items[i], 0, &err) != SKN_OK) {
            skn_report_error(&context->report, &err);
            unusable++;
        }
        free(words.items[i]);
    }
    free(words.items);
    if (words.count == 0)
        fprintf(stderr, "no driver is installed in %s; see --driver-dir\n",
                context->driver_folders[context->driver_folder_count - 1]);
    return unusable ? 1 : 0;
}

static int drivers_run(struct skn_context *context, struct skn_error *err)
{
    if (skn_context_pool(context, err) != SKN_OK)
        return -1;
    if (context->arg_count == 0)
        return all_show(context);
    return driver_show(context, context->args[0], 1, err) == SKN_OK ? 0 : -1;
}

const struct skn_command skn_command_drivers = {
    .name = "drivers",
    .args = "[NAME]",
    .summary = "List the installed drivers; with a name, where it is and the options it takes.",
    .flags = NULL,
    .args_max = 1,
    .run = drivers_run,
};
