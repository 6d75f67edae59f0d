/*
 * Renames that may be meant: found where just two things look alike, and nowhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/suggest.h"

enum { TABLE, COLUMN, INDEX, KINDS };

static const struct skn_kind kinds[KINDS] = {
    [TABLE] = {"table", 1, SKN_KIND_DATA | SKN_KIND_RENAME},
    [COLUMN] = {"column", 2, SKN_KIND_DATA | SKN_KIND_PART | SKN_KIND_RENAME},
    [INDEX] = {"index", 3, SKN_KIND_RENAME},
};

struct sides {
    struct skn_picture from;
    struct skn_picture to;
    struct skn_suggestions found;
};

/* "table: column type, column type", one after the other; an index goes with each. */
static void picture_make(struct skn_picture *picture, const char *const *tables)
{
    struct skn_sink sink;
    struct skn_error err = SKN_ERROR_INIT;
    skn_picture_init(picture, kinds, KINDS, &sink);
    for (; *tables; tables++) {
        size_t len = strcspn(*tables, ":");
        struct skn_str table = skn_str_len(*tables, len);
        struct skn_fact fact = {.size = sizeof fact,
                                .kind = TABLE,
                                .id = table,
                                .name = table,
                                .parent_kind = SKN_KIND_NONE};
        assert_int_equal(sink.object(sink.ctx, &fact), SKN_OK);
        for (const char *at = *tables + len + 1; *at;) {
            char id[64];
            size_t name = strcspn(at, " ");
            size_t end = strcspn(at, ",");
            struct skn_attr type = {skn_str("type"), skn_str_len(at + name, end - name),
                                    SKN_ATTR_SEMANTIC, 0};
            snprintf(id, sizeof id, "%.*s/%.*s", SKN_FMT(table), (int)name, at);
            fact = (struct skn_fact){.size = sizeof fact,
                                     .kind = COLUMN,
                                     .id = skn_str(id),
                                     .name = skn_str_len(at, name),
                                     .parent_id = table,
                                     .parent_kind = TABLE,
                                     .attr_count = 1,
                                     .attrs = &type};
            assert_int_equal(sink.object(sink.ctx, &fact), SKN_OK);
            at += end + (at[end] != '\0');
        }
    }
    assert_int_equal(skn_picture_link(picture, &err), SKN_OK);
}

static void suggested(const char *const *from, const char *const *to, const char *const *renames)
{
    struct sides sides = {0};
    size_t count = 0;
    picture_make(&sides.from, from);
    picture_make(&sides.to, to);
    skn_suggestions_find(&sides.found, &sides.from, &sides.to);
    for (; renames[count]; count++) {
        int there = 0;
        for (size_t i = 0; i < sides.found.count; i++)
            there += strcmp(sides.found.items[i].rename, renames[count]) == 0;
        assert_int_equal(there, 1);
    }
    assert_int_equal(sides.found.count, count);
    skn_suggestions_finish(&sides.found);
    skn_picture_finish(&sides.from);
    skn_picture_finish(&sides.to);
}

#define LIST(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define NOTHING                                                                                    \
    (const char *const[])                                                                          \
    {                                                                                              \
        NULL                                                                                       \
    }

static void what_only_changed_its_name_is_suggested(void **state)
{
    (void)state;
    suggested(LIST("a:x int,y text"), LIST("b:y text,x int"), LIST("a:b"));
    suggested(LIST("a:x int,y text"), LIST("a:x int,z text"), LIST("a.y:a.z"));
    /* Its own name in its definition is none of it. */
    suggested(LIST("a:x int CHECK (x > xx)"), LIST("a:z int CHECK (z > xx)"), LIST("a.x:a.z"));
    suggested(LIST("a:x int", "c:n int,m int"), LIST("a:y int", "d:n int,m int"),
              LIST("a.x:a.y", "c:d"));
}

static void what_changed_more_than_its_name_is_not(void **state)
{
    (void)state;
    suggested(LIST("a:x int"), LIST("b:x text"), NOTHING);
    suggested(LIST("a:x int"), LIST("b:y int"), NOTHING);
    suggested(LIST("a:x int,y int"), LIST("b:x int"), NOTHING);
    suggested(LIST("a:x int CHECK (x > 1)"), LIST("a:y int CHECK (xx > 1)"), NOTHING);
}

static void where_three_look_alike_nobody_guesses(void **state)
{
    (void)state;
    suggested(LIST("a:x int"), LIST("b:x int", "c:x int"), NOTHING);
    suggested(LIST("a:x int", "b:x int"), LIST("c:x int"), NOTHING);
    suggested(LIST("a:x int,y int"), LIST("a:z int"), NOTHING);
}

static void what_comes_or_goes_alone_is_nothing(void **state)
{
    (void)state;
    suggested(LIST("a:x int", "b:x int"), LIST("b:x int"), NOTHING);
    suggested(LIST("a:x int"), LIST("a:x int", "b:x int"), NOTHING);
    suggested(NOTHING, LIST("a:x int"), NOTHING);
}

static void a_name_that_rename_cannot_take_is_not_suggested(void **state)
{
    (void)state;
    struct skn_picture from, to;
    struct skn_suggestions found = {0};
    struct skn_picture *pictures[] = {&from, &to};
    for (int i = 0; i < 2; i++) {
        struct skn_sink sink;
        struct skn_error err = SKN_ERROR_INIT;
        struct skn_str name = skn_str(i == 0 ? "a:b" : "c");
        struct skn_fact fact = {.size = sizeof fact,
                                .kind = TABLE,
                                .id = name,
                                .name = name,
                                .parent_kind = SKN_KIND_NONE};
        skn_picture_init(pictures[i], kinds, KINDS, &sink);
        assert_int_equal(sink.object(sink.ctx, &fact), SKN_OK);
        assert_int_equal(skn_picture_link(pictures[i], &err), SKN_OK);
    }
    skn_suggestions_find(&found, &from, &to);
    assert_int_equal(found.count, 0);
    skn_suggestions_finish(&found);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
}

static void what_is_to_be_typed_is_one_word_to_a_shell(void **state)
{
    (void)state;
    static const char typed[] = "--rename 'a b:$(c)'\\''; d' keeps";
    struct sides sides = {0};
    picture_make(&sides.from, LIST("a b:x int"));
    picture_make(&sides.to, LIST("$(c)'; d:x int"));
    skn_suggestions_find(&sides.found, &sides.from, &sides.to);
    assert_int_equal(sides.found.count, 1);
    assert_string_equal(sides.found.items[0].rename, "a b:$(c)'; d");
    assert_non_null(strstr(sides.found.items[0].text, typed));
    skn_suggestions_finish(&sides.found);
    skn_picture_finish(&sides.from);
    skn_picture_finish(&sides.to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_to_be_typed_is_one_word_to_a_shell),
        cmocka_unit_test(what_only_changed_its_name_is_suggested),
        cmocka_unit_test(what_changed_more_than_its_name_is_not),
        cmocka_unit_test(where_three_look_alike_nobody_guesses),
        cmocka_unit_test(what_comes_or_goes_alone_is_nothing),
        cmocka_unit_test(a_name_that_rename_cannot_take_is_not_suggested),
    };
    return cmocka_run_group_tests_name("suggestions", tests, NULL, NULL);
}
