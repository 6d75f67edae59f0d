/* core/history/slug.c */
#include "fixture.h"
#include "history/slug.h"

static void slug_is(const char *message, const char *slug)
{
    struct skn_buf out = {0};
    skn_slug_add(&out, message);
    assert_string_equal(skn_buf_text(&out), slug);
    skn_buf_finish(&out);
}

static void a_slug_is_the_words_of_a_message(void **state)
{
    (void)state;
    slug_is("create account table", "create_account_table");
    slug_is("  Add `Foo.bar' -- $(rm -rf /) ", "add_foo_bar_rm_rf");
    slug_is("../../etc/passwd", "etc_passwd");
    slug_is("snake_case stays", "snake_case_stays");
    slug_is("two\nlines", "two_lines");
    slug_is("", "");
    slug_is("***", "");
    slug_is("\xc3\xbc"
            "ber\xc3\xa9",
            "ber");
}

/* The cuts are what Alembic makes of the same messages. */
static void a_long_slug_is_cut_at_an_underscore_that_stays(void **state)
{
    (void)state;
    slug_is("increase length of fab ab_view_menu name column",
            "increase_length_of_fab_ab_view_menu_");
    slug_is("a message of just forty characters here.", "a_message_of_just_forty_characters_here");
    slug_is("a message of more than forty characters..", "a_message_of_more_than_forty_characters");
    slug_is("a message of more than forty characters too",
            "a_message_of_more_than_forty_characters_");
    slug_is("abcdefghijabcdefghijabcdefghijabcdefghijabc",
            "abcdefghijabcdefghijabcdefghijabcdefghij_");
}

static struct skn_file_tokens tokens(void)
{
    struct skn_file_tokens tokens = {.rev = "1975ea83b712", .slug = "add_x", .epoch = 1700000000};
    tokens.time.tm_year = 126;
    tokens.time.tm_mon = 0;
    tokens.time.tm_mday = 2;
    tokens.time.tm_hour = 3;
    tokens.time.tm_min = 4;
    tokens.time.tm_sec = 59;
    return tokens;
}

static void name_is(const char *template, const char *name)
{
    struct skn_buf out = {0};
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_file_tokens with = tokens();
    if (skn_file_name_add(&out, template, &with, &err) != SKN_OK)
        fail_msg("%s", err.message);
    assert_string_equal(skn_buf_text(&out), name);
    skn_buf_finish(&out);
}

static void name_fails(const char *template, const char *start)
{
    struct skn_buf out = {0};
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_file_tokens with = tokens();
    assert_int_equal(skn_file_name_add(&out, template, &with, &err), SKN_E_CONFIG);
    if (strncmp(err.message, start, strlen(start)) != 0)
        assert_string_equal(err.message, start);
    assert_int_equal(out.len, 0);
    skn_buf_finish(&out);
}

static void a_template_names_the_file(void **state)
{
    (void)state;
    name_is("%(rev)s_%(slug)s", "1975ea83b712_add_x");
    name_is("%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d%(second).2d-%(rev)s",
            "2026_01_02_030459-1975ea83b712");
    name_is("%(month)02d%(month)s%(month)d", "0111");
    name_is("%(epoch)s_%(slug)s", "1700000000_add_x");
    name_is("plain", "plain");
}

static void an_unknown_token_is_refused(void **state)
{
    (void)state;
    name_fails("%(author)s", "file_template: '%(author)s' is not known; the tokens are %(rev)s,");
    name_fails("%(rev)d", "file_template: '%(rev)d' is not known");
    name_fails("%(rev).3s", "file_template: '%(rev).3s' is not known");
    name_fails("%(rev)", "file_template: '%(rev)' is not known");
    name_fails("%(rev", "file_template: '%(rev' is not known");
    name_fails("x%", "file_template: '%' is not known");
    name_fails("%s%n", "file_template: '%s%n' is not known");
    name_fails("%(year)99d", "file_template: '%(year)99d' is not known");
}

static void a_name_never_leaves_the_folder(void **state)
{
    (void)state;
    name_fails("%(year)d/%(rev)s", "file_template makes the file name '2026/1975ea83b712'; ");
    name_fails("../%(rev)s", "file_template makes the file name '../1975ea83b712'; ");
    name_fails(".%(rev)s", "file_template makes the file name '.1975ea83b712'; ");
    name_fails("-%(rev)s", "file_template makes the file name '-1975ea83b712'; ");
    name_fails("", "file_template makes the file name ''; ");
    name_fails("100%%", "file_template makes the file name '100%'; ");
    name_fails("a b", "file_template makes the file name 'a b'; ");
    name_fails("%(year)20d%(year)20d%(year)20d%(year)20d%(year)20d%(year)20d%(year)20d%(year)20d"
               "%(year)20d%(year)20d%(year)20d",
               "file_template makes a file name of 220 characters; at most 200 fit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slug_is_the_words_of_a_message),
        cmocka_unit_test(a_long_slug_is_cut_at_an_underscore_that_stays),
        cmocka_unit_test(a_template_names_the_file),
        cmocka_unit_test(an_unknown_token_is_refused),
        cmocka_unit_test(a_name_never_leaves_the_folder),
    };
    return cmocka_run_group_tests_name("history/slug", tests, NULL, NULL);
}
