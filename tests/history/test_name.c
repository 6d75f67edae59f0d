/* core/history/name.c */
#include "fixture.h"
#include "history/name.h"

static const char *id_fault(const char *text)
{
    return skn_id_fault(skn_str(text));
}

static void an_id_is_letters_digits_and_underscores(void **state)
{
    (void)state;
    assert_null(id_fault("1975ea83b712"));
    assert_null(id_fault("A_z9"));
    assert_null(id_fault("0"));
    assert_null(id_fault("abcdefghijabcdefghijabcdefghij12"));
    static const char *const wrong[] = {
        "",        "a-b",   "a b",      "a.b",          "a/b",  "a'b",    "-1",
        "+1",      "a@b",   "\xc3\xa9", "a\nb",         "head", "BASE",   "a\tb",
        "current", "Heads", "a:b",      "\xe2\x80\x8b", "..",   "a\x1b[", "\xf0\x9f\x90\xa6"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_non_null(id_fault(wrong[i]));
    assert_string_equal(id_fault("abcdefghijabcdefghijabcdefghij123"),
                        "is longer than 32 characters");
    assert_non_null(skn_id_fault(skn_str_len("a\0b", 3)));
}

static void a_label_may_have_dots_but_no_sign_of_a_symbol(void **state)
{
    (void)state;
    assert_null(skn_label_fault(skn_str("shopping_cart")));
    assert_null(skn_label_fault(skn_str("v1.2")));
    assert_non_null(skn_label_fault(skn_str("a@b")));
    assert_non_null(skn_label_fault(skn_str("a-b")));
    assert_non_null(skn_label_fault(skn_str("a+b")));
    assert_non_null(skn_label_fault(skn_str("a:b")));
    assert_non_null(skn_label_fault(skn_str("head")));
    assert_non_null(skn_label_fault(skn_str("")));
}

static void a_variable_starts_with_no_digit(void **state)
{
    (void)state;
    assert_null(skn_variable_fault(skn_str("app_role2")));
    assert_non_null(skn_variable_fault(skn_str("2nd")));
    assert_non_null(skn_variable_fault(skn_str("a.b")));
    assert_non_null(skn_variable_fault(skn_str("")));
}

static void a_requirement_names_a_history_and_a_revision(void **state)
{
    (void)state;
    assert_null(skn_requirement_fault(skn_str("analytics@4f2a")));
    assert_non_null(skn_requirement_fault(skn_str("analytics")));
    assert_non_null(skn_requirement_fault(skn_str("@4f2a")));
    assert_non_null(skn_requirement_fault(skn_str("analytics@")));
    assert_non_null(skn_requirement_fault(skn_str("Analytics@4f2a")));
    assert_non_null(skn_requirement_fault(skn_str("analytics@4f 2a")));
    assert_non_null(skn_requirement_fault(skn_str("")));
}

static void the_nearest_word_is_a_slip_of_the_pen_away(void **state)
{
    (void)state;
    static const char *const known[] = {"Revision ID", "Revises", "Depends On"};
    assert_string_equal(skn_word_nearest(skn_str("Revison ID"), known, 3), "Revision ID");
    assert_string_equal(skn_word_nearest(skn_str("revise"), known, 3), "Revises");
    assert_string_equal(skn_word_nearest(skn_str("Depend-On"), known, 3), "Depends On");
    assert_null(skn_word_nearest(skn_str("Author"), known, 3));
    assert_null(skn_word_nearest(skn_str(""), known, 3));
    assert_null(skn_word_nearest(skn_str("a very long word indeed, longer than any"), known, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_letters_digits_and_underscores),
        cmocka_unit_test(a_label_may_have_dots_but_no_sign_of_a_symbol),
        cmocka_unit_test(a_variable_starts_with_no_digit),
        cmocka_unit_test(a_requirement_names_a_history_and_a_revision),
        cmocka_unit_test(the_nearest_word_is_a_slip_of_the_pen_away),
    };
    return cmocka_run_group_tests_name("history/name", tests, NULL, NULL);
}
