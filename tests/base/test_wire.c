/*
 * Lines of JSON between the planner and its workers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/wire.h"

static void a_line_is_taken_only_when_it_is_whole(void **state)
{
    (void)state;
    struct skn_wire wire = {0};
    json_t *message = NULL;
    skn_wire_add(&wire, "{\"do\":\"lo", 9);
    assert_int_equal(skn_wire_decode(&wire, 100, &message), 0);
    skn_wire_add(&wire, "ad\"}\n{}", 7);
    assert_int_equal(skn_wire_decode(&wire, 100, &message), 1);
    assert_string_equal(skn_json_text(message, "do"), "load");
    json_decref(message);
    assert_int_equal(skn_wire_decode(&wire, 100, &message), 0);
    skn_wire_finish(&wire);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"garbage\n", "[1]\n", "\n", "{\"a\":}\n", "{} {}\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct skn_wire wire = {0};
        json_t *message = NULL;
        skn_wire_add(&wire, lines[i], strlen(lines[i]));
        assert_int_equal(skn_wire_decode(&wire, 100, &message), -1);
        skn_wire_finish(&wire);
    }
}

static void a_line_without_an_end_is_refused_at_the_limit(void **state)
{
    (void)state;
    struct skn_wire wire = {0};
    json_t *message = NULL;
    int got = 0;
    for (int i = 0; i < 100 && got == 0; i++) {
        skn_wire_add(&wire, "aaaaaaaaaa", 10);
        got = skn_wire_decode(&wire, 500, &message);
    }
    assert_int_equal(got, -1);
    skn_wire_finish(&wire);
}

static void a_body_is_taken_with_its_line_and_only_when_it_is_whole(void **state)
{
    (void)state;
    struct skn_wire wire = {0};
    struct skn_buf out = {0};
    json_t *sent = json_pack("{s:s}", "do", "script");
    json_t *message = NULL;
    skn_wire_encode_body(&out, sent, (struct skn_str){"a\n\"b\"\n\xff", 7});
    skn_wire_encode_body(&out, sent, (struct skn_str){"", 0});
    json_decref(sent);
    for (size_t i = 0; i + 1 < out.len; i++) {
        skn_wire_add(&wire, out.text + i, 1);
        if (skn_wire_decode(&wire, 100, &message) == 0)
            continue;
        assert_string_equal(skn_json_text(message, "do"), "script");
        assert_string_equal(skn_json_text(message, "body"), "a\n\"b\"\n\xef\xbf\xbd");
        json_decref(message);
    }
    skn_wire_add(&wire, out.text + out.len - 1, 1);
    assert_int_equal(skn_wire_decode(&wire, 100, &message), 1);
    assert_string_equal(skn_json_text(message, "body"), "");
    json_decref(message);
    skn_wire_finish(&wire);
    skn_buf_finish(&out);
}

static void a_body_that_cannot_be_one_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"body_bytes\":-1}\n\n", "{\"body_bytes\":101}\n",
                                        "{\"body_bytes\":1}\nab", "{\"body_bytes\":0}\n{}\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct skn_wire wire = {0};
        json_t *message = NULL;
        skn_wire_add(&wire, lines[i], strlen(lines[i]));
        assert_int_equal(skn_wire_decode(&wire, 100, &message), -1);
        skn_wire_finish(&wire);
    }
}

static void many_lines_come_out_in_order(void **state)
{
    (void)state;
    struct skn_wire wire = {0};
    struct skn_buf text = {0};
    for (int i = 0; i < 1000; i++)
        skn_buf_addf(&text, "{\"n\":%d}\n", i);
    int next = 0;
    for (size_t at = 0; at < text.len; at += 37) {
        size_t len = text.len - at < 37 ? text.len - at : 37;
        json_t *message;
        skn_wire_add(&wire, text.text + at, len);
        while (skn_wire_decode(&wire, 100, &message) == 1) {
            assert_int_equal(skn_json_number(message, "n"), next++);
            json_decref(message);
        }
    }
    assert_int_equal(next, 1000);
    skn_wire_finish(&wire);
    skn_buf_finish(&text);
}

static void an_error_survives_the_way(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_error back = SKN_ERROR_INIT;
    skn_fail(&err, SKN_E_BUSY, "55P03", 7, "held by \xff%s", "pid 3");
    err.position = 12;
    json_t *event = skn_error_encode(&err);
    skn_error_decode(event, &back);
    assert_int_equal(back.code, SKN_E_BUSY);
    assert_int_equal(back.native, 7);
    assert_int_equal(back.position, 12);
    assert_string_equal(back.sqlstate, "55P03");
    assert_string_equal(back.message, "held by \xef\xbf\xbdpid 3");
    json_decref(event);
}

static void context_goes_before_the_message(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    skn_error_set(&err, SKN_E_SYNTAX, "bad");
    assert_int_equal(skn_error_context(&err, "line %d", 3), SKN_E_SYNTAX);
    assert_string_equal(err.message, "line 3: bad");
}

static void a_message_too_long_is_cut_between_characters(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    char text[2000];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 3);
    skn_error_set(&err, SKN_E_SYNTAX, "x%s", text);
    assert_int_equal(strlen(err.message) % 2, 1);
    skn_error_context(&err, "yy");
    assert_true(strlen(err.message) < sizeof err.message);
    assert_memory_equal(err.message, "yy: x", 5);
}

static void an_error_is_one_whatever_its_code_says(void **state)
{
    (void)state;
    static const char *const codes[] = {"ok", "", "nonsense"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct skn_error err = SKN_ERROR_INIT;
        json_t *event = json_pack("{s:s, s:s}", "event", "error", "code", codes[i]);
        skn_error_decode(event, &err);
        assert_int_equal(err.code, SKN_E_DRIVER);
        assert_string_not_equal(err.message, "");
        json_decref(event);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_one_whatever_its_code_says),
        cmocka_unit_test(a_line_is_taken_only_when_it_is_whole),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_line_without_an_end_is_refused_at_the_limit),
        cmocka_unit_test(a_body_is_taken_with_its_line_and_only_when_it_is_whole),
        cmocka_unit_test(a_body_that_cannot_be_one_is_refused),
        cmocka_unit_test(many_lines_come_out_in_order),
        cmocka_unit_test(an_error_survives_the_way),
        cmocka_unit_test(context_goes_before_the_message),
        cmocka_unit_test(a_message_too_long_is_cut_between_characters),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
