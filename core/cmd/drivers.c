/*
 * drivers: what can be loaded, from where, and which options each takes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
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

/* Who owns the file, and what it is: what a config pins it by. */
struct facts {
    char owner[64];
    unsigned mode;
    char sha256[SKN_SHA256_HEX];
};

static int facts_read(const char *path, struct facts *facts, struct skn_error *err)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int failed = fd < 0 || fstat(fd, &info) != 0 || skn_sha256_fd(fd, facts->sha256) != 0;
    int reason = errno;
    if (fd >= 0)
        close(fd);
    if (failed)
        return skn_error_set(err, SKN_E_CONFIG, "%s: cannot be read: %s", path, strerror(reason));
    const struct passwd *user = getpwuid(info.st_uid);
    if (user)
        snprintf(facts->owner, sizeof facts->owner, "%s", user->pw_name);
    else
        snprintf(facts->owner, sizeof facts->owner, "%lu", (unsigned long)info.st_uid);
    facts->mode = (unsigned)(info.st_mode & 07777);
    return SKN_OK;
}

static void driver_json(const json_t *loaded, const struct facts *facts)
{
    json_t *object = json_copy((json_t *)(uintptr_t)loaded);
    json_object_set_new(object, "event", json_string("driver"));
    json_object_set_new(object, "owner", skn_json_string(facts->owner, strlen(facts->owner)));
    json_object_set_new(object, "sha256", json_string(facts->sha256));
    skn_report_json(object);
}

static void driver_print(const char *word, const json_t *loaded, const struct facts *facts)
{
    struct skn_buf line = {0};
    skn_buf_addf(&line, "%-12s %-8s %s\n", word, skn_json_text(loaded, "version"),
                 skn_json_text(loaded, "summary"));
    skn_buf_addf(&line, "  %s (owner %s, mode %04o)\n  sha256 %s\n", skn_json_text(loaded, "path"),
                 facts->owner, facts->mode, facts->sha256);
    skn_print(&line);
    skn_buf_finish(&line);
}

static int driver_show(struct skn_context *context, const char *word, int options,
                       struct skn_error *err)
{
    json_t *loaded;
    struct facts facts;
    int rc = skn_pool_ask(context->pool, word, NULL, &loaded, err);
    if (rc != SKN_OK)
        return rc;
    rc = facts_read(skn_json_text(loaded, "path"), &facts, err);
    if (rc == SKN_OK && skn_context_json(context))
        driver_json(loaded, &facts);
    else if (rc == SKN_OK)
        driver_print(word, loaded, &facts);
    if (rc == SKN_OK && options && !skn_context_json(context))
        options_print(loaded);
    json_decref(loaded);
    return rc;
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
    .summary =
        "List the installed drivers: version, path, owner, hash; with a name, also its options.",
    .flags = NULL,
    .args_max = 1,
    .run = drivers_run,
};
