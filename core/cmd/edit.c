/*
 * edit: opens revision files in the caller's editor. It knows nothing of what is in them.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "cmd/verbs.h"
#include "history/marks.h"

extern char **environ;

/* The editor's command, cut at its blanks; no shell ever sees it. */
struct editor {
    char *text;
    char **argv; /* with room for the file and the end */
    size_t count;
};

/* A path with blanks in it is one word if that file is there. */
static void editor_split(struct editor *editor, const char *command)
{
    size_t room = 0;
    char *rest = NULL;
    editor->text = skn_strdup(command);
    char *word = access(command, X_OK) == 0 ? editor->text : strtok_r(editor->text, " \t", &rest);
    for (; word; word = rest ? strtok_r(NULL, " \t", &rest) : NULL) {
        editor->argv = skn_grow(editor->argv, editor->count, &room, sizeof *editor->argv);
        editor->argv[editor->count++] = word;
    }
    editor->argv = skn_realloc_array(editor->argv, editor->count + 2, sizeof *editor->argv);
}

static int editor_find(struct editor *editor, struct skn_error *err)
{
    static const char *const names[] = {"EDITOR", "VISUAL"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value && value[strspn(value, " \t")]) {
            editor_split(editor, value);
            return SKN_OK;
        }
    }
    return skn_error_set(err, SKN_E_CONFIG,
                         "Error executing editor (No suitable editor found. Please set the "
                         "\"EDITOR\" or \"VISUAL\" environment variables)");
}

static void editor_finish(struct editor *editor)
{
    free(editor->text);
    free(editor->argv);
}

static int editor_spawn(const struct editor *editor, pid_t *pid)
{
    posix_spawnattr_t attributes;
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGQUIT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawnp(pid, editor->argv[0], NULL, &attributes, editor->argv, environ);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static int editor_wait(const struct editor *editor, pid_t pid, struct skn_error *err)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return skn_error_set(err, SKN_E_DRIVER, "Error executing editor (%s: %s)",
                                 editor->argv[0], strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return SKN_OK;
    return skn_error_set(err, SKN_E_DRIVER, "Error executing editor (%s %s %d)", editor->argv[0],
                         WIFEXITED(status) ? "exited with status" : "was ended by signal",
                         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* While it runs, Ctrl-C is the editor's. */
static int editor_run(struct editor *editor, const char *path, struct skn_error *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction interrupt;
    struct sigaction quit;
    pid_t pid;
    editor->argv[editor->count] = (char *)(uintptr_t)path;
    editor->argv[editor->count + 1] = NULL;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    int failed = editor_spawn(editor, &pid);
    int rc = failed ? skn_error_set(err, SKN_E_CONFIG, "Error executing editor (%s: %s)",
                                    editor->argv[0], strerror(failed))
                    : editor_wait(editor, pid, err);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return rc;
}

static int files_edit(const struct skn_context *context, const struct skn_history *history,
                      const struct skn_set *set, struct skn_error *err)
{
    struct editor editor = {0};
    int rc = editor_find(&editor, err);
    for (size_t i = 0; rc == SKN_OK && i < set->count; i++) {
        const struct skn_revision *revision = &history->revisions[set->items[i]];
        rc = editor_run(&editor, revision->path, err);
        if (rc == SKN_OK && skn_context_json(context))
            skn_report_json(json_pack("{s:s, s:s, s:s, s:o}", "event", "edited", "history",
                                      history->name, "revision", revision->id, "path",
                                      skn_json_string(revision->path, strlen(revision->path))));
    }
    editor_finish(&editor);
    return rc;
}

/* ---- which files ---- */

static int symbol_edit(struct skn_context *context, const char *symbol, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_set set = {0};
    if (skn_context_files(context, &history, err) != SKN_OK)
        return -1;
    int rc = skn_symbol_resolve(history, symbol, &set, err);
    if (rc == SKN_OK && set.count == 0)
        rc = skn_error_set(err, SKN_E_USAGE, "No revision files indicated by symbol '%.64s'",
                           symbol);
    if (rc == SKN_OK)
        rc = files_edit(context, history, &set, err);
    skn_set_finish(&set);
    return rc == SKN_OK ? 0 : -1;
}

/* Where the selected targets are, each file once. */
static int rows_collect(struct skn_context *context, const struct skn_history **history,
                        uint8_t **marks, struct skn_error *err)
{
    const struct skn_history_config *config;
    int rc = skn_context_history(context, &config, history, err);
    *marks = rc == SKN_OK ? skn_marks_create(*history, NULL) : NULL;
    for (size_t i = 0; rc == SKN_OK && i < context->fleet.count; i++) {
        struct skn_set rows = {0};
        rc = skn_plan_rows(*history, context->fleet.members[i].rows, &rows, err);
        for (size_t at = 0; rc == SKN_OK && at < rows.count; at++)
            (*marks)[rows.items[at]] = 1;
        skn_set_finish(&rows);
    }
    return rc;
}

static int current_edit(struct skn_context *context, struct skn_error *err)
{
    const struct skn_history *history;
    uint8_t *marks = NULL;
    struct skn_set set = {0};
    int status =
        skn_context_fleet(context, err) == SKN_OK ? skn_context_probe(context, 1, err) : -1;
    if (status != 0)
        return status;
    int rc = rows_collect(context, &history, &marks, err);
    if (rc == SKN_OK)
        skn_set_from_marks(history, marks, &set);
    if (rc == SKN_OK && set.count == 0)
        rc = skn_error_set(err, SKN_E_USAGE, "No current revisions");
    if (rc == SKN_OK)
        rc = files_edit(context, history, &set, err);
    skn_set_finish(&set);
    free(marks);
    return rc == SKN_OK ? 0 : -1;
}

static int edit_run(struct skn_context *context, struct skn_error *err)
{
    if (strcmp(context->args[0], "current") == 0)
        return current_edit(context, err);
    return symbol_edit(context, context->args[0], err);
}

const struct skn_command skn_command_edit = {
    .name = "edit",
    .args = "REVISION",
    .summary = "Edit revision script(s) using $EDITOR.",
    .detail = "REVISION is what show takes, or current for where the selected targets are. The "
              "editor is $EDITOR, else $VISUAL: a program and its options, cut at blanks and run "
              "without a shell, once for each file.",
    .flags = NULL,
    .args_min = 1,
    .args_max = 1,
    .run = edit_run,
};
