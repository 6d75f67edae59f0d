/*
 * The command line: options by table, in any place. It knows nothing of what they do.
 */
#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct skn_flag skn_global_flags[] = {
    {"config", 'c', "FILE", "the config; default: skein.cfg here or in a parent folder"},
    {"target", 't', "SELECTOR",
     "a name, tenants/*, @tag, history:x, driver:x, group:x, fleet:x, at:REV, behind, !x, or - for "
     "names on standard input; repeatable"},
    {"url", 0, "URL", "one target without a config, as sqlite:app.db"},
    {"migrations", 0, "DIR", "with --url: the folder of revisions; default: migrations"},
    {"jobs", 'j', "N", "workers at once; default 4"},
    {"format", 0, "text|json", "json: one object a line on standard output"},
    {"quiet", 'q', NULL, "only errors and results"},
    {"verbose", 'v', NULL, "more about each thing"},
    {"color", 0, "auto|never|always", "colour on a terminal; NO_COLOR is honoured"},
    {"no-progress", 0, NULL, "no progress line"},
    {"driver-dir", 0, "DIR", "look for drivers here first; absolute, repeatable"},
    {"version", 0, NULL, "print the version"},
    {"help", 'h', NULL, "print help"},
    {NULL, 0, NULL, NULL},
};

static const struct skn_flag *flag_in(const struct skn_flag *flags, const char *name, size_t len,
                                      char letter)
{
    for (; flags && flags->name; flags++)
        if ((letter && flags->letter == letter) ||
            (!letter && strlen(flags->name) == len && memcmp(flags->name, name, len) == 0))
            return flags;
    return NULL;
}

static const struct skn_flag *flag_find(const struct skn_context *context, const char *name,
                                        size_t len, char letter)
{
    const struct skn_flag *flag = NULL;
    if (context->command)
        flag = flag_in(context->command->flags, name, len, letter);
    return flag ? flag : flag_in(skn_global_flags, name, len, letter);
}

static void begun_look(const struct skn_flag *flags, const char *name, size_t len,
                       const struct skn_flag **found, const struct skn_flag **other)
{
    for (; flags && flags->name; flags++) {
        if (strncmp(flags->name, name, len) != 0)
            continue;
        if (!*found)
            *found = flags;
        else if (strcmp((*found)->name, flags->name) != 0)
            *other = flags;
    }
}

/* The option whose name begins so; *other is a second one. */
static const struct skn_flag *flag_begun(const struct skn_context *context, const char *name,
                                         size_t len, const struct skn_flag **other)
{
    const struct skn_flag *found = NULL;
    if (len > 0 && context->command)
        begun_look(context->command->flags, name, len, &found, other);
    if (len > 0)
        begun_look(skn_global_flags, name, len, &found, other);
    return found;
}

/* Alembic writes ensure_version. */
static int verb_is(const char *name, const char *word)
{
    while (*name && (*name == *word || (*name == '-' && *word == '_'))) {
        name++;
        word++;
    }
    return *name == *word;
}

const struct skn_command *skn_command_find(const char *name)
{
    for (const struct skn_command *const *at = skn_commands; *at; at++)
        if (verb_is((*at)->name, name))
            return *at;
    return NULL;
}

/* -1 and -12 are relative revisions; so is "-" alone a name (standard input). */
static int is_argument(const char *word)
{
    return word[0] != '-' || word[1] == '\0' || strchr("0123456789", word[1]);
}

/* More options than that cannot be given. */
static size_t letters_count(int argc, char **argv)
{
    size_t count = 1;
    for (int at = 1; at < argc; at++)
        count += strlen(argv[at]);
    return count;
}

static void give(struct skn_context *context, const struct skn_flag *flag, const char *value)
{
    context->given[context->given_count++] = (struct skn_given){flag, value};
}

static int value_take(struct skn_context *context, const struct skn_flag *flag, const char *value,
                      int argc, char **argv, int *at, struct skn_error *err)
{
    if (flag->value && !value) {
        if (*at + 1 >= argc)
            return skn_error_set(err, SKN_E_USAGE, "option --%s needs a value: %s", flag->name,
                                 flag->value);
        value = argv[++*at];
    }
    give(context, flag, value ? value : "");
    return SKN_OK;
}

static int option_unknown(const struct skn_context *context, const char *word,
                          struct skn_error *err)
{
    return skn_error_set(err, SKN_E_USAGE, "there is no option %.40s; see skein help%s%s", word,
                         context->command ? " " : "",
                         context->command ? context->command->name : "");
}

/* --name, --name=value, and the beginning of a name that only one has. at: the word's index, moved
 * behind its value. */
static int long_parse(struct skn_context *context, int argc, char **argv, int *at,
                      struct skn_error *err)
{
    const char *word = argv[*at];
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    const struct skn_flag *other = NULL;
    const struct skn_flag *flag = flag_find(context, name, len, 0);
    if (!flag)
        flag = flag_begun(context, name, len, &other);
    if (other)
        return skn_error_set(err, SKN_E_USAGE, "option %.40s may be --%s or --%s", word, flag->name,
                             other->name);
    if (!flag)
        return option_unknown(context, word, err);
    if (!flag->value && name[len])
        return skn_error_set(err, SKN_E_USAGE, "option --%s takes no value", flag->name);
    return value_take(context, flag, name[len] ? name + len + 1 : NULL, argc, argv, at, err);
}

/* -v, -r VALUE, -rVALUE, and several in one word: -vi. */
static int short_parse(struct skn_context *context, int argc, char **argv, int *at,
                       struct skn_error *err)
{
    const char *word = argv[*at];
    for (const char *letter = word + 1; *letter; letter++) {
        const struct skn_flag *flag = flag_find(context, NULL, 0, *letter);
        if (!flag)
            return option_unknown(context, word, err);
        if (flag->value)
            return value_take(context, flag, letter[1] ? letter + 1 : NULL, argc, argv, at, err);
        give(context, flag, "");
    }
    return SKN_OK;
}

static int word_take(struct skn_context *context, const char *word, struct skn_error *err)
{
    if (context->command) {
        context->args[context->arg_count++] = word;
        return SKN_OK;
    }
    context->command = skn_command_find(word);
    if (!context->command)
        return skn_error_set(err, SKN_E_USAGE, "there is no verb \"%.40s\"; see skein help", word);
    return SKN_OK;
}

static int arguments_check(const struct skn_context *context, struct skn_error *err)
{
    const struct skn_command *command = context->command;
    if (!command || skn_context_get(context, "help"))
        return SKN_OK;
    if ((int)context->arg_count < command->args_min)
        return skn_error_set(err, SKN_E_USAGE, "skein %s needs %s; see skein help %s",
                             command->name, command->args, command->name);
    if ((int)context->arg_count > command->args_max)
        return skn_error_set(err, SKN_E_USAGE,
                             "skein %s does not take \"%.40s\"; see skein help %s", command->name,
                             context->args[command->args_max], command->name);
    return SKN_OK;
}

int skn_context_parse(struct skn_context *context, int argc, char **argv, struct skn_error *err)
{
    int rc = SKN_OK;
    int only_words = 0;
    context->given = skn_alloc_array(letters_count(argc, argv), sizeof *context->given);
    context->args = skn_alloc_array((size_t)argc + 1, sizeof *context->args);
    for (int at = 1; rc == SKN_OK && at < argc; at++) {
        if (!only_words && strcmp(argv[at], "--") == 0)
            only_words = 1;
        else if (only_words || is_argument(argv[at]))
            rc = word_take(context, argv[at], err);
        else
            rc = argv[at][1] == '-' ? long_parse(context, argc, argv, &at, err)
                                    : short_parse(context, argc, argv, &at, err);
    }
    return rc == SKN_OK ? arguments_check(context, err) : rc;
}

const char *skn_context_get(const struct skn_context *context, const char *name)
{
    for (size_t i = context->given_count; i > 0; i--)
        if (strcmp(context->given[i - 1].flag->name, name) == 0)
            return context->given[i - 1].value;
    return NULL;
}

const char **skn_context_all(const struct skn_context *context, const char *name, size_t *count)
{
    const char **values = skn_alloc_array(context->given_count, sizeof *values);
    *count = 0;
    for (size_t i = 0; i < context->given_count; i++)
        if (strcmp(context->given[i].flag->name, name) == 0)
            values[(*count)++] = context->given[i].value;
    return values;
}
