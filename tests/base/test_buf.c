/*
 * Growing text: always ended, never moved from under its length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"

static void what_is_written_into_reserved_room_becomes_text(void **state)
{
    (void)state;
    struct skn_buf buf = {0};
    assert_string_equal(skn_buf_reserve(&buf, 100), "");
    assert_string_equal(skn_buf_text(&buf), "");
    memcpy(skn_buf_reserve(&buf, 3), "abc", 3);
    skn_buf_extend(&buf, 2);
    assert_string_equal(skn_buf_text(&buf), "ab");
    skn_buf_finish(&buf);
}

static void an_empty_buf_is_the_empty_text(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    assert_string_equal(skn_buf_text(&buf), "");
    assert_int_equal(skn_buf_str(&buf).len, 0);
    assert_non_null(skn_buf_str(&buf).ptr);
    skn_buf_drop(&buf, 0);
    skn_buf_clear(&buf);
    skn_buf_finish(&buf);
}

static void text_grows_at_its_end(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    skn_buf_adds(&buf, "a");
    skn_buf_addc(&buf, 'b');
    skn_buf_add(&buf, "c\0d", 3);
    skn_buf_addf(&buf, "%d-%s", 42, "e");
    skn_buf_add(&buf, NULL, 0);
    assert_int_equal(buf.len, 9);
    assert_memory_equal(skn_buf_text(&buf), "abc\0d42-e", 10);
    skn_buf_finish(&buf);
}

static void a_long_format_fits(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    skn_buf_addf(&buf, "%5000d", 1);
    assert_int_equal(buf.len, 5000);
    assert_int_equal(strlen(buf.text), 5000);
    skn_buf_finish(&buf);
}

static void a_byte_at_a_time_stays_ended(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        skn_buf_addc(&buf, 'x');
        assert_int_equal(buf.text[i + 1], '\0');
    }
    assert_int_equal(strlen(buf.text), 10000);
    skn_buf_finish(&buf);
}

static void the_head_can_be_dropped(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    skn_buf_adds(&buf, "one two");
    skn_buf_drop(&buf, 4);
    assert_string_equal(skn_buf_text(&buf), "two");
    skn_buf_drop(&buf, 3);
    assert_string_equal(skn_buf_text(&buf), "");
    skn_buf_finish(&buf);
}

static void clearing_keeps_the_room_and_finishing_gives_it_back(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    skn_buf_adds(&buf, "text");
    size_t room = buf.room;
    skn_buf_clear(&buf);
    assert_string_equal(skn_buf_text(&buf), "");
    assert_int_equal(buf.room, room);
    skn_buf_finish(&buf);
    assert_int_equal(buf.room, 0);
    assert_null(buf.text);
}

static void it_takes_what_a_driver_gives(void **state)
{
    struct skn_buf buf = {0};
    (void)state;
    skn_buf_take(&buf, (struct skn_str){"ab", 2});
    skn_buf_take(&buf, (struct skn_str){NULL, 0});
    assert_string_equal(skn_buf_text(&buf), "ab");
    skn_buf_finish(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_into_reserved_room_becomes_text),
        cmocka_unit_test(an_empty_buf_is_the_empty_text),
        cmocka_unit_test(text_grows_at_its_end),
        cmocka_unit_test(a_long_format_fits),
        cmocka_unit_test(a_byte_at_a_time_stays_ended),
        cmocka_unit_test(the_head_can_be_dropped),
        cmocka_unit_test(clearing_keeps_the_room_and_finishing_gives_it_back),
        cmocka_unit_test(it_takes_what_a_driver_gives),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
