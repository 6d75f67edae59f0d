/*
 * Errors: filled whole, given context, cut at a character's edge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/text.h"

static void an_error_is_filled_whole(void **state)
{
    struct skn_error err = SKN_ERROR_INIT;
    (void)state;
    err.native = 7;
    err.position = 8;
    err.step = 9;
    memcpy(err.sqlstate, "40001", 6);
    assert_int_equal(skn_error_set(&err, SKN_E_BUSY, "%s is %d", "it", 5), SKN_E_BUSY);
    assert_int_equal(err.code, SKN_E_BUSY);
    assert_string_equal(err.message, "it is 5");
    assert_string_equal(err.sqlstate, "");
    assert_int_equal(err.native + (int)err.position + (int)err.step, 0);
}

static void context_goes_before_and_the_code_stays(void **state)
{
    struct skn_error err = SKN_ERROR_INIT;
    (void)state;
    skn_error_set(&err, SKN_E_MISSING, "no such file");
    err.position = 3;
    assert_int_equal(skn_error_context(&err, "history \"%s\"", "app"), SKN_E_MISSING);
    assert_int_equal(skn_error_context(&err, "target"), SKN_E_MISSING);
    assert_string_equal(err.message, "target: history \"app\": no such file");
    assert_int_equal(err.position, 3);
}

static void context_may_hold_the_message_itself(void **state)
{
    struct skn_error err = SKN_ERROR_INIT;
    (void)state;
    skn_error_set(&err, SKN_E_DRIVER, "100%% of %s", "it");
    struct skn_error copy = err;
    skn_error_context(&err, "%s; again", copy.message);
    assert_string_equal(err.message, "100% of it; again: 100% of it");
}

/* Whatever is cut, what is left is text. */
static void what_is_too_long_is_cut_between_characters(void **state)
{
    struct skn_error err = SKN_ERROR_INIT;
    char text[2000];
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        size_t len = 0;
        while (len < shift)
            text[len++] = 'x';
        while (len + 4 < sizeof text) {
            memcpy(text + len, "\xf0\x9f\xa6\x86", 4);
            len += 4;
        }
        text[len] = '\0';
        skn_error_set(&err, SKN_E_DRIVER, "%s", text);
        assert_int_equal(skn_utf8_check(err.message, strlen(err.message)), strlen(err.message));
        assert_true(strlen(err.message) > sizeof err.message - 10);
        skn_error_context(&err, "more");
        assert_int_equal(skn_utf8_check(err.message, strlen(err.message)), strlen(err.message));
        skn_error_context(&err, "%s", text);
        assert_int_equal(skn_utf8_check(err.message, strlen(err.message)), strlen(err.message));
    }
}

static void a_message_that_was_never_ended_gets_context_all_the_same(void **state)
{
    struct skn_error err = SKN_ERROR_INIT;
    (void)state;
    memset(err.message, 'x', sizeof err.message);
    skn_error_context(&err, "driver");
    assert_memory_equal(err.message, "driver: xxx", 11);
    assert_true(strnlen(err.message, sizeof err.message) < sizeof err.message);
}

static void every_code_has_a_word_that_leads_back_to_it(void **state)
{
    (void)state;
    for (uint32_t code = SKN_OK; code <= SKN_E_DRIVER; code++)
        assert_int_equal(skn_code_by_name(skn_code_name(code)), code);
    assert_string_equal(skn_code_name(4711), "driver");
    assert_int_equal(skn_code_by_name("nosuch"), SKN_E_DRIVER);
    assert_int_equal(skn_code_by_name(NULL), SKN_E_DRIVER);
}

static void exit_statuses_are_the_manuals(void **state)
{
    (void)state;
    assert_int_equal(skn_code_exit(SKN_OK), 0);
    assert_int_equal(skn_code_exit(SKN_E_USAGE), 2);
    assert_int_equal(skn_code_exit(SKN_E_CONFIG), 2);
    assert_int_equal(skn_code_exit(SKN_E_BUSY), 5);
    assert_int_equal(skn_code_exit(SKN_E_CANCELLED), 130);
    assert_int_equal(skn_code_exit(SKN_E_SYNTAX), 1);
    assert_int_equal(skn_code_exit(99), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_filled_whole),
        cmocka_unit_test(context_goes_before_and_the_code_stays),
        cmocka_unit_test(context_may_hold_the_message_itself),
        cmocka_unit_test(what_is_too_long_is_cut_between_characters),
        cmocka_unit_test(a_message_that_was_never_ended_gets_context_all_the_same),
        cmocka_unit_test(every_code_has_a_word_that_leads_back_to_it),
        cmocka_unit_test(exit_statuses_are_the_manuals),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
