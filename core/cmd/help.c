/*
 * help: made from the table of verbs, so that it cannot say what is not there.
 */
#include "cmd/help.h"

#include <stdio.h>

#include "cmd/verbs.h"

const char *const skn_help_summary = "takes a fleet of databases through upgrades and downgrades";

const struct skn_exit_text skn_exit_texts[] = {
    {0, "done, or nothing to do"},
    {1, "failed"},
    {2, "wrong use: options, config, unknown target or revision"},
    {3, "some targets done and some not"},
    {4, "the answer is no"},
    {5, "another runner is at work"},
    {130, "interrupted"},
    {0, NULL},
};

static void exits_print(void)
{
    printf("\nexit status:\n");
    for (const struct skn_exit_text *text = skn_exit_texts; text->meaning; text++)
        printf("  %-3d  %s\n", text->status, text->meaning);
}

static void flags_print(const struct skn_flag *flags)
{
    for (; flags && flags->name; flags++) {
        char left[64];
        snprintf(left, sizeof left, "%s%.1s%s--%s%s%s", flags->letter ? "-" : "",
                 flags->letter ? &flags->letter : "", flags->letter ? ", " : "    ", flags->name,
                 flags->value ? " " : "", flags->value ? flags->value : "");
        printf("  %-30s %s\n", left, flags->help);
    }
}

void skn_help_all(void)
{
    printf("skein %s: %s\n\nusage: skein [options] VERB [options] [arguments]\n\nverbs:\n",
           SKEIN_VERSION, skn_help_summary);
    for (const struct skn_command *const *at = skn_commands; *at; at++)
        printf("  %-14s %s\n", (*at)->name, (*at)->summary);
    printf("\noptions:\n");
    flags_print(skn_global_flags);
    exits_print();
}

void skn_help_command(const struct skn_command *command)
{
    printf("usage: skein [options] %s %s\n\n%s\n", command->name, command->args, command->summary);
    if (command->detail)
        printf("%s\n", command->detail);
    if (command->flags) {
        printf("\noptions of %s:\n", command->name);
        flags_print(command->flags);
    }
    printf("\noptions of every verb:\n");
    flags_print(skn_global_flags);
}

static int help_run(struct skn_context *context, struct skn_error *err)
{
    int man = skn_context_get(context, "man") != NULL;
    if (context->arg_count == 0) {
        (man ? skn_man_all : skn_help_all)();
        return 0;
    }
    const struct skn_command *command = skn_command_find(context->args[0]);
    if (!command)
        return skn_error_set(err, SKN_E_USAGE, "there is no verb \"%.40s\"; see skein help",
                             context->args[0]),
               -1;
    (man ? skn_man_command : skn_help_command)(command);
    return 0;
}

static const struct skn_flag help_flags[] = {
    {"man", 0, NULL, "as a man page"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_help = {
    .name = "help",
    .args = "[VERB]",
    .summary = "Show help, of a verb or of all.",
    .flags = help_flags,
    .args_max = 1,
    .run = help_run,
};
