/*
 * The command line: what is an option, what an argument, and what neither.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/command.h"

enum { WORDS = 12 };

struct parsed {
    struct skn_context context;
    struct skn_error err;
    int rc;
};

/* words: up to NULL. */
static struct parsed parse(const char *word, ...)
{
    static char name[] = "skein";
    char *argv[WORDS] = {name};
    int argc = 1;
    struct parsed parsed = {.err = SKN_ERROR_INIT};
    va_list words;
    va_start(words, word);
    for (; word; word = va_arg(words, const char *))
        argv[argc++] = (char *)(uintptr_t)word;
    va_end(words);
    parsed.rc = skn_context_parse(&parsed.context, argc, argv, &parsed.err);
    return parsed;
}

static void done(struct parsed *parsed)
{
    skn_context_finish(&parsed->context);
}

static void refused(struct parsed parsed, const char *part)
{
    assert_int_equal(parsed.rc, SKN_E_USAGE);
    if (!strstr(parsed.err.message, part))
        print_error("%s\n", parsed.err.message);
    assert_non_null(strstr(parsed.err.message, part));
    done(&parsed);
}

static void options_stand_before_or_after_the_verb(void **state)
{
    (void)state;
    struct parsed parsed = parse("-v", "--config=a.cfg", "upgrade", "head", "-q", "-t", "x", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_string_equal(parsed.context.command->name, "upgrade");
    assert_int_equal(parsed.context.arg_count, 1);
    assert_string_equal(parsed.context.args[0], "head");
    assert_string_equal(skn_context_get(&parsed.context, "config"), "a.cfg");
    assert_string_equal(skn_context_get(&parsed.context, "target"), "x");
    assert_non_null(skn_context_get(&parsed.context, "quiet"));
    assert_null(skn_context_get(&parsed.context, "jobs"));
    done(&parsed);
}

static void c7_relative_revisions_are_arguments(void **state)
{
    static const char *const symbols[] = {"-1", "+2", "-12", "abc-1", "x@head", "-"};
    (void)state;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct parsed parsed = parse("downgrade", symbols[i], NULL);
        assert_int_equal(parsed.rc, SKN_OK);
        assert_string_equal(parsed.context.args[0], symbols[i]);
        done(&parsed);
    }
}

static void behind_two_dashes_everything_is_an_argument(void **state)
{
    (void)state;
    struct parsed parsed = parse("upgrade", "--", "-q", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_string_equal(parsed.context.args[0], "-q");
    done(&parsed);
}

static void every_way_to_give_a_value_is_understood(void **state)
{
    (void)state;
    struct parsed parsed =
        parse("-ta", "-t", "b", "--target=c", "--target", "d", "--target=", "status", NULL);
    size_t count;
    assert_int_equal(parsed.rc, SKN_OK);
    const char **values = skn_context_all(&parsed.context, "target", &count);
    assert_int_equal(count, 5);
    assert_string_equal(values[0], "a");
    assert_string_equal(values[3], "d");
    assert_string_equal(values[4], "");
    assert_string_equal(skn_context_get(&parsed.context, "target"), "");
    free((void *)(uintptr_t)values);
    done(&parsed);
}

static void a_value_may_look_like_an_option(void **state)
{
    (void)state;
    struct parsed parsed = parse("revision", "-m", "-q", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_string_equal(skn_context_get(&parsed.context, "message"), "-q");
    assert_null(skn_context_get(&parsed.context, "quiet"));
    done(&parsed);
}

static void c7_what_is_unknown_is_never_guessed(void **state)
{
    (void)state;
    refused(parse("upgrad", NULL), "there is no verb \"upgrad\"");
    refused(parse("upgrade", "--confg", "x", NULL), "there is no option --confg");
    refused(parse("upgrade", "-x", NULL), "there is no option -x; see skein help upgrade");
    refused(parse("--", "upgrade", "a", "b", NULL), "does not take \"b\"");
    refused(parse("upgrade", "--=x", NULL), "there is no option --=x");
    refused(parse("upgrade", "---", NULL), "there is no option ---");
}

static void an_option_of_another_verb_is_unknown(void **state)
{
    (void)state;
    refused(parse("current", "--dry-run", NULL), "there is no option --dry-run");
    struct parsed parsed = parse("upgrade", "--dry-run", "head", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    done(&parsed);
}

static void a_value_that_is_missing_or_unwanted_is_told(void **state)
{
    (void)state;
    refused(parse("status", "--config", NULL), "option --config needs a value: FILE");
    refused(parse("status", "-c", NULL), "option --config needs a value: FILE");
    refused(parse("status", "--quiet=yes", NULL), "option --quiet takes no value");
    refused(parse("status", "-qw", NULL), "there is no option -qw");
    refused(parse("status", "-qc", NULL), "option --config needs a value: FILE");
}

static void letters_may_stand_together(void **state)
{
    (void)state;
    struct parsed parsed = parse("history", "-vir-3:current", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_non_null(skn_context_get(&parsed.context, "verbose"));
    assert_non_null(skn_context_get(&parsed.context, "indicate-current"));
    assert_string_equal(skn_context_get(&parsed.context, "rev-range"), "-3:current");
    done(&parsed);
}

static void the_beginning_of_an_option_is_enough_when_only_one_has_it(void **state)
{
    (void)state;
    struct parsed parsed = parse("history", "--rev=a:b", "--ind", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_string_equal(skn_context_get(&parsed.context, "rev-range"), "a:b");
    assert_non_null(skn_context_get(&parsed.context, "indicate-current"));
    done(&parsed);
    refused(parse("history", "--ver", NULL), "option --ver may be --verbose or --version");
    refused(parse("history", "--", "--rev", NULL), "does not take \"--rev\"");
}

static void alembics_spelling_of_a_verb_is_known(void **state)
{
    (void)state;
    struct parsed parsed = parse("ensure_version", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_string_equal(parsed.context.command->name, "ensure-version");
    done(&parsed);
    refused(parse("ensure_", NULL), "there is no verb");
}

static void c_behind_current_is_its_own_and_before_it_the_config(void **state)
{
    (void)state;
    struct parsed parsed = parse("-c", "x.cfg", "current", "-c", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_string_equal(skn_context_get(&parsed.context, "config"), "x.cfg");
    assert_non_null(skn_context_get(&parsed.context, "check-heads"));
    done(&parsed);
}

static void too_few_and_too_many_arguments_are_told(void **state)
{
    (void)state;
    refused(parse("upgrade", NULL), "skein upgrade needs REVISION");
    refused(parse("upgrade", "a", "b", NULL), "skein upgrade does not take \"b\"");
    struct parsed parsed = parse("upgrade", "--help", NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    done(&parsed);
}

static void nothing_at_all_is_no_error_of_the_parser(void **state)
{
    (void)state;
    struct parsed parsed = parse(NULL);
    assert_int_equal(parsed.rc, SKN_OK);
    assert_null(parsed.context.command);
    done(&parsed);
}

static void c7_long_words_are_cut_in_messages(void **state)
{
    static char word[70000];
    (void)state;
    memset(word, 'x', sizeof word - 1);
    struct parsed parsed = parse(word, NULL);
    assert_int_equal(parsed.rc, SKN_E_USAGE);
    assert_true(strlen(parsed.err.message) < 100);
    done(&parsed);
}

/* Help is made from these tables: what is in them must be whole. */
static void flags_are_whole(const struct skn_flag *flags)
{
    for (; flags && flags->name; flags++) {
        assert_true(strlen(flags->name) > 1);
        assert_true(strlen(flags->help) > 0);
        for (const struct skn_flag *other = flags + 1; other->name; other++) {
            assert_string_not_equal(flags->name, other->name);
            assert_true(!flags->letter || flags->letter != other->letter);
        }
    }
}

static void every_verb_is_in_the_table_once_in_order_with_its_help(void **state)
{
    (void)state;
    flags_are_whole(skn_global_flags);
    for (const struct skn_command *const *at = skn_commands; *at; at++) {
        assert_ptr_equal(skn_command_find((*at)->name), *at);
        assert_true(strlen((*at)->summary) > 0);
        assert_non_null((*at)->args);
        assert_true((*at)->args_min <= (*at)->args_max);
        assert_non_null((*at)->run);
        if (at[1])
            assert_true(strcmp((*at)->name, at[1]->name) < 0);
        flags_are_whole((*at)->flags);
    }
    assert_null(skn_command_find("nosuch"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_or_after_the_verb),
        cmocka_unit_test(c7_relative_revisions_are_arguments),
        cmocka_unit_test(behind_two_dashes_everything_is_an_argument),
        cmocka_unit_test(every_way_to_give_a_value_is_understood),
        cmocka_unit_test(a_value_may_look_like_an_option),
        cmocka_unit_test(c7_what_is_unknown_is_never_guessed),
        cmocka_unit_test(an_option_of_another_verb_is_unknown),
        cmocka_unit_test(a_value_that_is_missing_or_unwanted_is_told),
        cmocka_unit_test(letters_may_stand_together),
        cmocka_unit_test(the_beginning_of_an_option_is_enough_when_only_one_has_it),
        cmocka_unit_test(alembics_spelling_of_a_verb_is_known),
        cmocka_unit_test(c_behind_current_is_its_own_and_before_it_the_config),
        cmocka_unit_test(too_few_and_too_many_arguments_are_told),
        cmocka_unit_test(nothing_at_all_is_no_error_of_the_parser),
        cmocka_unit_test(c7_long_words_are_cut_in_messages),
        cmocka_unit_test(every_verb_is_in_the_table_once_in_order_with_its_help),
    };
    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
