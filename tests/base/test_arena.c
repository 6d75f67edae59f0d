/*
 * Arenas: aligned, zeroed, and as large as asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static void memory_is_zeroed_and_aligned_for_any_type(void **state)
{
    struct skn_arena arena = {0};
    (void)state;
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *memory = skn_arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
    skn_arena_finish(&arena);
}

static void what_was_given_stays_where_it_is(void **state)
{
    enum { MANY = 5000 };
    struct skn_arena arena = {0};
    static const char *kept[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++)
        kept[i] = skn_arena_printf(&arena, "number %d", i);
    for (int i = 0; i < MANY; i++) {
        struct skn_arena other = {0};
        assert_string_equal(kept[i], skn_arena_printf(&other, "number %d", i));
        skn_arena_finish(&other);
    }
    skn_arena_finish(&arena);
}

static void one_piece_may_be_larger_than_any_block(void **state)
{
    struct skn_arena arena = {0};
    (void)state;
    char *large = skn_arena_alloc(&arena, 5 << 20);
    large[0] = large[(5 << 20) - 1] = 'x';
    assert_string_equal(skn_arena_strdup(&arena, "behind"), "behind");
    skn_arena_finish(&arena);
}

static void nothing_is_a_piece_too(void **state)
{
    struct skn_arena arena = {0};
    (void)state;
    assert_non_null(skn_arena_alloc(&arena, 0));
    assert_non_null(skn_arena_alloc_array(&arena, 0, 8));
    assert_string_equal(skn_arena_strndup(&arena, NULL, 0), "");
    skn_arena_finish(&arena);
}

static void copies_end_where_they_are_told(void **state)
{
    struct skn_arena arena = {0};
    (void)state;
    assert_string_equal(skn_arena_strndup(&arena, "abcdef", 3), "abc");
    assert_memory_equal(skn_arena_strndup(&arena, "a\0b", 3), "a\0b", 4);
    skn_arena_finish(&arena);
}

static void a_finished_arena_can_be_used_again(void **state)
{
    struct skn_arena arena = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_string_equal(skn_arena_strdup(&arena, "again"), "again");
        skn_arena_finish(&arena);
        assert_null(arena.blocks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_for_any_type),
        cmocka_unit_test(what_was_given_stays_where_it_is),
        cmocka_unit_test(one_piece_may_be_larger_than_any_block),
        cmocka_unit_test(nothing_is_a_piece_too),
        cmocka_unit_test(copies_end_where_they_are_told),
        cmocka_unit_test(a_finished_arena_can_be_used_again),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
