/*
 * What may be shown of text from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"

static void escapes_to(const char *from, size_t len, int keep_lines, const char *to)
{
    struct skn_buf out = {0};
    skn_text_escape(&out, (struct skn_str){from, len}, keep_lines);
    assert_string_equal(skn_buf_text(&out), to);
    skn_buf_finish(&out);
}

static void printable_text_stays_as_it_is(void **state)
{
    (void)state;
    escapes_to("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14, 0,
               "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void an_escape_sequence_cannot_reach_a_terminal(void **state)
{
    (void)state;
    escapes_to("\x1b[31mred", 8, 0, "\\x1b[31mred");
    escapes_to("\xc2\x9b"
               "31m",
               5, 0, "\\x9b31m");
}

static void a_newline_cannot_forge_a_log_line(void **state)
{
    (void)state;
    escapes_to("a\nb", 3, 0, "a\\nb");
    escapes_to("a\nb\tc\r", 6, 1, "a\nb\tc\\x0d");
}

static void what_moves_other_text_becomes_visible(void **state)
{
    (void)state;
    escapes_to("\xe2\x80\xae", 3, 0, "\\u{202e}");
    escapes_to("\xe2\x80\x8b", 3, 0, "\\u{200b}");
}

static void broken_utf8_becomes_visible_byte_by_byte(void **state)
{
    (void)state;
    escapes_to("\xff\xc3(", 3, 0, "\\xff\\xc3(");
    escapes_to("\xed\xa0\x80", 3, 0, "\\xed\\xa0\\x80");
}

static void json_keeps_its_meaning_and_shows_what_is_hidden(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":\"\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81 \xc3\xa9\"}\n";
    struct skn_buf out = {0};
    skn_json_escape(&out, (struct skn_str){json, sizeof json - 1});
    assert_string_equal(out.text, "{\"a\":\"\\u007f\\u009b\\u202e\\udb40\\udc01 \xc3\xa9\"}\n");
    skn_buf_finish(&out);
}

static void the_first_bad_byte_is_found(void **state)
{
    (void)state;
    assert_int_equal(skn_utf8_check("abc", 3), 3);
    assert_int_equal(skn_utf8_check("ab\xc0\xaf", 4), 2);
    assert_int_equal(skn_utf8_check("a\xe2\x82", 3), 1);
    assert_int_equal(skn_utf8_check("\xf4\x90\x80\x80", 4), 0);
}

static void a_word_is_short_lower_case_and_starts_with_a_letter(void **state)
{
    (void)state;
    assert_true(skn_word_valid("sqlite"));
    assert_true(skn_word_valid("a_1"));
    assert_false(skn_word_valid(""));
    assert_false(skn_word_valid("1a"));
    assert_false(skn_word_valid("../x"));
    assert_false(skn_word_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_stays_as_it_is),
        cmocka_unit_test(an_escape_sequence_cannot_reach_a_terminal),
        cmocka_unit_test(a_newline_cannot_forge_a_log_line),
        cmocka_unit_test(what_moves_other_text_becomes_visible),
        cmocka_unit_test(broken_utf8_becomes_visible_byte_by_byte),
        cmocka_unit_test(json_keeps_its_meaning_and_shows_what_is_hidden),
        cmocka_unit_test(the_first_bad_byte_is_found),
        cmocka_unit_test(a_word_is_short_lower_case_and_starts_with_a_letter),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
