/* core/history/encoding.c */
#include "fixture.h"
#include "history/encoding.h"

struct bytes {
    struct skn_arena arena;
    struct skn_faults faults;
    struct skn_str text;
};

static int setup(void **state)
{
    struct bytes *bytes = calloc(1, sizeof *bytes);
    assert_non_null(bytes);
    bytes->faults.first = (struct skn_error)SKN_ERROR_INIT;
    *state = bytes;
    return 0;
}

static int teardown(void **state)
{
    struct bytes *bytes = *state;
    skn_arena_finish(&bytes->arena);
    free(bytes);
    return 0;
}

static int normalise(struct bytes *bytes, const char *raw, size_t len)
{
    bytes->faults.count = 0;
    return skn_encoding_normalise(&bytes->arena, "x.sql", skn_str_len(raw, len), &bytes->faults,
                                  &bytes->text);
}

static void takes(struct bytes *bytes, const char *raw, const char *text)
{
    assert_true(normalise(bytes, raw, strlen(raw)));
    assert_int_equal(bytes->text.len, strlen(text));
    assert_memory_equal(bytes->text.ptr, text, strlen(text));
}

static void refuses(struct bytes *bytes, const char *raw, size_t len, const char *start)
{
    assert_false(normalise(bytes, raw, len));
    assert_int_equal(bytes->faults.count, 1);
    if (strncmp(bytes->faults.first.message, start, strlen(start)) != 0)
        assert_string_equal(bytes->faults.first.message, start);
}

static void line_ends_and_the_mark_are_no_part_of_the_text(void **state)
{
    takes(*state, "", "");
    takes(*state, "\xef\xbb\xbf", "");
    takes(*state, "a\nb", "a\nb");
    takes(*state,
          "\xef\xbb\xbf"
          "a\r\nb\r\n",
          "a\nb\n");
    takes(*state, "\r\n\r\n", "\n\n");
    takes(*state, "a\r\nb\nc\r\n", "a\nb\nc\n");
    takes(*state, "'\xc3\xa9 \xf0\x9f\x90\xa6'\f\v\t", "'\xc3\xa9 \xf0\x9f\x90\xa6'\f\v\t");
}

static void what_is_no_utf8_text_is_refused_with_its_place(void **state)
{
    refuses(*state, "a\nb\0c", 5, "x.sql:2:2: a NUL byte");
    refuses(*state,
            "\xff\xfe"
            "a\0",
            4, "x.sql:1:1: the file is UTF-16");
    refuses(*state, "\xfe\xff\0a", 4, "x.sql:1:1: the file is UTF-16");
    refuses(*state, "a\0b\0", 4, "x.sql:1:2: a NUL byte");
    refuses(*state, "a\rb", 3, "x.sql:1:2: a carriage return without a line feed");
    refuses(*state, "a\r\nb\r", 5, "x.sql:2:2: a carriage return");
    refuses(*state, "\r\r\n", 3, "x.sql:1:1: a carriage return");
    refuses(*state, "ab\n\xc3\xa9\xff", 6, "x.sql:2:2: a byte that is no valid UTF-8");
    refuses(*state, "12345678\xc0\x80", 10, "x.sql:1:9: a byte that is no valid UTF-8");
    refuses(*state, "\xed\xa0\x80", 3, "x.sql:1:1: a byte that is no valid UTF-8");
    refuses(*state, "\xe2\x82", 2, "x.sql:1:1: a byte that is no valid UTF-8");
    refuses(*state,
            "\xef\xbb\xbf"
            "ab\xff",
            6, "x.sql:1:3: a byte that is no valid UTF-8");
}

static void a_refusal_tells_the_byte_offset(void **state)
{
    refuses(*state, "ab\ncd\xff", 6,
            "x.sql:2:3: a byte that is no valid UTF-8; save the file as UTF-8 (at byte offset 5)");
}

static size_t hidden(const char *line)
{
    return skn_encoding_hidden(skn_str(line));
}

static void what_hides_or_moves_text_is_found(void **state)
{
    (void)state;
    static const char *const plain[] = {"", "a\tb", "\xc3\xa9", "\xe2\x80\x9cquoted\xe2\x80\x9d",
                                        "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9"};
    static const char *const refused[] = {"ab\x1b[2J",  "ab\x07",         "ab\x7f",
                                          "ab\xc2\x85", "ab\xe2\x80\xa8", "ab\xe2\x80\xae",
                                          "ab\xd8\x9c", "ab\xe2\x81\xa6", "ab\xe2\x80\x8f"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_int_equal(hidden(plain[i]), strlen(plain[i]));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(hidden(refused[i]), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(line_ends_and_the_mark_are_no_part_of_the_text, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_text_is_refused_with_its_place, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_refusal_tells_the_byte_offset, setup, teardown),
        cmocka_unit_test(what_hides_or_moves_text_is_found),
    };
    return cmocka_run_group_tests_name("history/encoding", tests, NULL, NULL);
}
