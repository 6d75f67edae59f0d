/*
 * Man pages, from the same table and texts as help. It knows nothing of where they are installed.
 */
#include <ctype.h>
#include <stdio.h>

#include "cmd/help.h"
#include "cmd/verbs.h"

/* So that roff takes nothing of it for a request, an escape or a typographic dash. */
static void roff_print(const char *text)
{
    if (*text == '.' || *text == '\'')
        printf("\\&");
    for (; *text; text++) {
        if (*text == '-')
            printf("\\-");
        else if (*text == '\\')
            printf("\\e");
        else
            putchar(*text);
    }
}

static void paragraph_print(const char *text)
{
    roff_print(text);
    printf("\n");
}

static void bold_print(const char *text)
{
    printf("\\fB");
    roff_print(text);
    printf("\\fR");
}

/* verb: "" for the program's own page. */
static void page_begin(const char *verb, const char *summary)
{
    const char *dash = *verb ? "\\-" : "";
    printf(".TH SKEIN%s", dash);
    for (const char *at = verb; *at; at++)
        putchar(toupper((unsigned char)*at));
    printf(" 1 \"\" \"skein %s\" \"skein\"\n.SH NAME\nskein%s", SKEIN_VERSION, dash);
    roff_print(verb);
    printf(" \\- ");
    paragraph_print(summary);
}

static void flags_print_man(const struct skn_flag *flags)
{
    for (; flags && flags->name; flags++) {
        printf(".TP\n");
        if (flags->letter)
            printf("\\fB\\-%c\\fR, ", flags->letter);
        printf("\\fB\\-\\-");
        roff_print(flags->name);
        printf("\\fR");
        if (flags->value) {
            printf(" \\fI");
            roff_print(flags->value);
            printf("\\fR");
        }
        printf("\n");
        paragraph_print(flags->help);
    }
}

static void end_print(void)
{
    printf(".SH EXIT STATUS\n");
    for (const struct skn_exit_text *text = skn_exit_texts; text->meaning; text++) {
        printf(".TP\n\\fB%d\\fR\n", text->status);
        paragraph_print(text->meaning);
    }
}

void skn_man_all(void)
{
    page_begin("", skn_help_summary);
    printf(".SH SYNOPSIS\n\\fBskein\\fR [\\fIoptions\\fR] \\fIVERB\\fR [\\fIoptions\\fR] "
           "[\\fIarguments\\fR]\n.SH VERBS\nEach has a page of its own: "
           "\\fBskein\\-\\fIVERB\\fR(1).\n");
    for (const struct skn_command *const *at = skn_commands; *at; at++) {
        printf(".TP\n");
        bold_print((*at)->name);
        printf("\n");
        paragraph_print((*at)->summary);
    }
    printf(".SH OPTIONS\n");
    flags_print_man(skn_global_flags);
    end_print();
}

void skn_man_command(const struct skn_command *command)
{
    page_begin(command->name, command->summary);
    printf(".SH SYNOPSIS\n\\fBskein\\fR [\\fIoptions\\fR] ");
    bold_print(command->name);
    printf(" [\\fIoptions\\fR]%s", command->args[0] ? " " : "");
    paragraph_print(command->args);
    printf(".SH DESCRIPTION\n");
    paragraph_print(command->summary);
    if (command->detail)
        paragraph_print(command->detail);
    if (command->flags) {
        printf(".SH OPTIONS\n");
        flags_print_man(command->flags);
    }
    printf(".SH OPTIONS OF EVERY VERB\n");
    flags_print_man(skn_global_flags);
    end_print();
    printf(".SH SEE ALSO\n\\fBskein\\fR(1)\n");
}
