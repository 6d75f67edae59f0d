/*
 * init: a config and an empty folder of revisions to start with.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "cmd/verbs.h"

static const char config_text[] =
    "# skein: which databases there are, and which history each follows.\n"
    "# Every key is described in the manual: skein help, and docs/config.md.\n"
    "\n"
    "targets = (\n"
    "  { name = \"app\"; url = \"sqlite:app.db\"; }\n"
    "  # { name = \"shop\";   url = \"postgresql://app@localhost/shop\"; tags = [ \"eu\" ]; },\n"
    "  # { name = \"events\"; url = \"mysql://app@localhost/events\"; password_file = "
    "\"events.pw\"; }\n"
    ");\n"
    "\n"
    "histories = {\n"
    "  app = { path = \"%s\"; };\n"
    "};\n";

static int is_empty(DIR *folder)
{
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return 0;
    return 1;
}

/* Not one with files, which may be anything. */
static int folder_take(const char *folder, struct skn_error *err)
{
    DIR *there = opendir(folder);
    if (!there)
        return skn_error_set(err, SKN_E_CONFIG, "%s: %s", folder, strerror(errno));
    int empty = is_empty(there);
    closedir(there);
    return empty ? SKN_OK
                 : skn_error_set(err, SKN_E_CONFIG, "Directory %s already exists and is not empty",
                                 folder);
}

static int folder_make(const char *folder, struct skn_error *err)
{
    if (mkdir(folder, 0755) == 0) {
        printf("Creating directory %s ...  done\n", folder);
        return SKN_OK;
    }
    if (errno == EEXIST)
        return folder_take(folder, err);
    return skn_error_set(err, SKN_E_CONFIG, "%s: cannot be made: %s", folder, strerror(errno));
}

static int init_run(struct skn_context *context, struct skn_error *err)
{
    const char *folder = context->arg_count ? context->args[0] : "migrations";
    const char *config = skn_context_get(context, "config");
    struct skn_buf text = {0};
    if (strpbrk(folder, "\"\\\n"))
        return skn_error_set(err, SKN_E_USAGE, "the folder's name cannot stand in a config"), -1;
    if (!config)
        config = "skein.cfg";
    if (access(config, F_OK) == 0)
        return skn_error_set(err, SKN_E_CONFIG, "%s is there already; nothing was changed", config),
               -1;
    int rc = folder_make(folder, err);
    skn_buf_addf(&text, config_text, folder);
    if (rc == SKN_OK)
        rc = skn_file_create(AT_FDCWD, config, config, 0600, skn_buf_str(&text), err);
    skn_buf_finish(&text);
    if (rc != SKN_OK)
        return -1;
    printf("Generating %s ...  done\n", config);
    printf("Please edit the targets in %s, then: skein revision -m \"...\", skein upgrade head\n",
           config);
    return 0;
}

const struct skn_command skn_command_init = {
    .name = "init",
    .args = "[DIR]",
    .summary = "Initialize a new scripts directory.",
    .detail = "Makes DIR (default: migrations) and a skein.cfg here that names it.",
    .flags = NULL,
    .args_max = 1,
    .run = init_run,
};
