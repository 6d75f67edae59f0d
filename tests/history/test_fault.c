/* core/history/fault.c */
#include "fixture.h"
#include "history/fault.h"

static void no_fault_is_success(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_faults faults = {.first = SKN_ERROR_INIT};
    assert_int_equal(skn_faults_result(&faults, &err), SKN_OK);
}

static void the_first_fault_is_the_error_and_tells_how_many_follow(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf problems = {0};
    struct skn_faults faults = {.problem = problem_keep, .ctx = &problems, .first = SKN_ERROR_INIT};
    skn_fault_at(&faults, "a.sql", 3, 7, "key '%s' is not known", "X");
    assert_int_equal(skn_faults_result(&faults, &err), SKN_E_SYNTAX);
    assert_string_equal(err.message, "a.sql:3:7: key 'X' is not known");
    skn_fault_add(&faults, SKN_E_CONFIG, "b.sql: gone");
    assert_int_equal(skn_faults_result(&faults, &err), SKN_E_SYNTAX);
    assert_string_equal(err.message, "a.sql:3:7: key 'X' is not known; and 1 more fault");
    skn_fault_add(&faults, SKN_E_CONFIG, "c.sql: gone");
    skn_faults_result(&faults, &err);
    assert_string_equal(err.message, "a.sql:3:7: key 'X' is not known; and 2 more faults");
    assert_string_equal(skn_buf_text(&problems),
                        "a.sql:3:7: key 'X' is not known\nb.sql: gone\nc.sql: gone\n");
    skn_buf_finish(&problems);
}

static void what_came_from_a_file_is_escaped(void **state)
{
    (void)state;
    struct skn_faults faults = {.first = SKN_ERROR_INIT};
    skn_fault_at(&faults, "a\x1b[2J\n.sql", 1, 1, "word '%s'", "\xe2\x80\xae\xff");
    assert_string_equal(faults.first.message, "a\\x1b[2J\\n.sql:1:1: word '\\u{202e}\\xff'");
}

static void a_long_fault_is_cut_between_characters_and_keeps_the_count(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_faults faults = {.first = SKN_ERROR_INIT};
    char text[1501];
    for (size_t i = 0; i < 1500; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[1500] = '\0';
    skn_fault_add(&faults, SKN_E_CONFIG, "x%s", text);
    skn_fault_add(&faults, SKN_E_CONFIG, "y");
    skn_faults_result(&faults, &err);
    assert_non_null(strstr(err.message, "\xc3\xa9; and 1 more fault"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_fault_is_success),
        cmocka_unit_test(the_first_fault_is_the_error_and_tells_how_many_follow),
        cmocka_unit_test(what_came_from_a_file_is_escaped),
        cmocka_unit_test(a_long_fault_is_cut_between_characters_and_keeps_the_count),
    };
    return cmocka_run_group_tests_name("history/fault", tests, NULL, NULL);
}
