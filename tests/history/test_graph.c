/* core/history/graph.c, cycle.c, downs.c, index.c */
#include "made.h"

static void refuses(struct fixture *fixture, const char *lines, const char *start)
{
    graph_write(fixture, lines);
    assert_int_equal(fixture_load(fixture), SKN_E_SYNTAX);
    if (strncmp(fixture_message(fixture), start, strlen(start)) != 0)
        assert_string_equal(fixture_message(fixture), start);
}

static void links_say(const struct skn_history *history, const struct skn_links *links,
                      const char *ids)
{
    struct skn_buf text = {0};
    for (size_t i = 0; i < links->count; i++)
        skn_buf_addf(&text, "%s%s", i ? " " : "", history->revisions[links->items[i]].id);
    assert_string_equal(skn_buf_text(&text), ids);
    skn_buf_finish(&text);
}

static void links_go_both_ways(void **state)
{
    struct fixture *fixture = *state;
    graph_load(fixture, "a1\nb1 < a1 @ left\nb2 < a1\nc1 < b2 < b1\nd1 ^ left ^ c1\n");
    const struct skn_history *history = &fixture->history;
    const struct skn_revision *a1 = skn_history_find(history, "a1");
    const struct skn_revision *b1 = skn_history_find(history, "b1");
    const struct skn_revision *c1 = skn_history_find(history, "c1");
    const struct skn_revision *d1 = skn_history_find(history, "d1");
    links_say(history, &a1->children, "b1 b2");
    links_say(history, &c1->parents, "b2 b1");
    links_say(history, &d1->depends, "b1 c1");
    links_say(history, &b1->dependants, "d1");
    assert_true(skn_revision_is_head(c1));
    assert_false(skn_revision_is_real_head(c1));
    assert_true(skn_revision_is_real_head(d1));
    assert_false(skn_revision_is_head(b1));
    assert_ptr_equal(skn_history_label(history, "left"), b1);
    assert_null(skn_history_label(history, "b1"));
    assert_null(skn_history_find(history, "left"));
    assert_null(skn_history_find(history, "A1"));
    assert_null(skn_history_find(history, "a"));
}

static void a_dependency_on_a_parent_or_named_twice_is_one_link(void **state)
{
    struct fixture *fixture = *state;
    graph_load(fixture, "a1\nb1 < a1 ^ a1\nc1 @ left\nd1 ^ c1 ^ left\n");
    const struct skn_history *history = &fixture->history;
    links_say(history, &skn_history_find(history, "b1")->depends, "");
    links_say(history, &skn_history_find(history, "a1")->dependants, "");
    links_say(history, &skn_history_find(history, "d1")->depends, "c1");
    assert_int_equal(skn_history_find(history, "d1")->depend_count, 2);
}

static void a_missing_parent_is_refused_where_it_is_named(void **state)
{
    refuses(*state, "a1 < b1\n", "a1.sql:4:13: no file has revision 'b1'; restore its file");
    refuses(*state, "a1 ^ b1\n",
            "a1.sql:5:16: no file has revision 'b1' or that branch label; restore");
    refuses(*state, "a1\nb1 < A1\n", "b1.sql:4:13: no file has revision 'A1'; did you mean 'a1'?");
    refuses(*state, "a1 @ left\nb1 < a1 < left\n",
            "b1.sql:4:17: 'left' is a branch label; Revises takes the revision's id, 'a1'");
}

static void a_parent_is_named_once(void **state)
{
    refuses(*state, "a1\nb1 < a1 < a1\n", "b1.sql:4:17: 'a1' is named twice as a parent");
}

static void names_are_unique_also_but_for_case(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "z.sql", "-- Revision ID: a1\n-- skein: upgrade\n");
    refuses(fixture, "a1\n", "z.sql:1:17: revision id 'a1' is the same id as ");
    file_write(fixture, "z.sql", "-- Revision ID: A1\n-- skein: upgrade\n");
    refuses(fixture, "a1\n", "z.sql:1:17: revision id 'A1' is but for case the same as ");
    assert_non_null(strstr(fixture->err.message, "/a1.sql:3; change one of them"));
    file_write(fixture, "z.sql", "-- Revision ID: z1\n-- skein: upgrade\n");
    refuses(fixture, "a1 @ left\nb1 @ right @ left\n",
            "b1.sql:6:26: branch label 'left' is the same label as ");
    assert_non_null(strstr(fixture->err.message, "/a1.sql:6;"));
    refuses(fixture, "a1\nb1 @ a1\n", "b1.sql:6:19: branch label 'a1' is the same id as ");
    refuses(fixture, "a1\nb1 @ x @ X\n", "b1.sql:6:22: branch label 'X' is but for case the same");
    refuses(fixture, "a1\nb1 @ B1\n", "b1.sql:6:19: branch label 'B1' is but for case the same");
}

static void a_loop_of_one_is_refused(void **state)
{
    refuses(*state, "a1 < a1\n", "a1.sql:4:13: Self-loop is detected in revisions (a1)");
    refuses(*state, "a1 ^ a1\n", "a1.sql:5:16: Dependency self-loop is detected in revisions (a1)");
    refuses(*state, "a1 ^ me @ me\n", "a1.sql:5:16: Dependency self-loop");
}

static void a_loop_is_told_with_its_members(void **state)
{
    struct fixture *fixture = *state;
    refuses(fixture, "a1 < b1\nb1 < a1\n", "a1.sql:4:13: Cycle is detected in revisions (a1, b1);");
    assert_null(strstr(fixture->err.message, "more fault"));
    refuses(fixture, "a1 < c1\nb1 < a1\nc1 < b1\n",
            "a1.sql:4:13: Cycle is detected in revisions (a1, c1, b1);");
    refuses(fixture, "a1\nb1 < a1 ^ c1\nc1 < b1\n",
            "b1.sql:5:16: Dependency cycle is detected in revisions (b1, c1);");
}

static void a_loop_beside_a_healthy_chain_and_each_of_two_loops_are_found(void **state)
{
    struct fixture *fixture = *state;
    refuses(fixture, "a1\na2 < a1\nb1 < a2 < b2\nb2 < b1\nc1 < c2\nc2 < c1\nd1 < c2 < b2\n",
            "b1.sql:4:17: Cycle is detected in revisions (b1, b2);");
    assert_non_null(strstr(fixture->err.message, "; and 1 more fault"));
    assert_non_null(strstr(skn_buf_text(&fixture->problems), "c1.sql:4:13: Cycle is detected"));
}

static void a_long_loop_is_named_in_short(void **state)
{
    (void)state;
    struct made made;
    made_init(&made, 1000);
    for (size_t i = 0; i < 1000; i++)
        made_link(&made, &made.places[made_add(&made)].parents, (i + 1) % 1000);
    assert_false(made_build(&made));
    assert_int_equal(made.faults.count, 1);
    assert_non_null(strstr(made.faults.first.message, "r000007 and 992 more)"));
    made_finish(&made);
}

static void parents_come_first(const struct skn_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        assert_int_equal(history->order[history->rank[i]], i);
        for (size_t at = 0; at < revision->parents.count; at++)
            assert_true(history->rank[revision->parents.items[at]] < history->rank[i]);
        for (size_t at = 0; at < revision->depends.count; at++)
            assert_true(history->rank[revision->depends.items[at]] < history->rank[i]);
    }
}

static void a_chain_of_a_hundred_thousand_needs_no_stack(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct made made;
    made_init(&made, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        made_add(&made);
    for (size_t i = 1; i < COUNT; i++)
        made_link(&made, &made.places[i].parents, i - 1);
    assert_true(made_build(&made));
    parents_come_first(&made.history);
    assert_int_equal(made.history.order[COUNT - 1], COUNT - 1);
    made_finish(&made);
}

static void any_graph_without_a_loop_is_ordered(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 200; round++) {
        struct made made;
        size_t count = 1 + made_random(&seed, 60);
        made_init(&made, count);
        made_fill(&made, count, &seed, made_random(&seed, 300), made_random(&seed, 500),
                  made_random(&seed, 400));
        assert_true(made_build(&made));
        parents_come_first(&made.history);
        made_finish(&made);
    }
}

/* What Alembic calls normalized, worked out the slow way. */
static int ancestor_depends(const struct skn_history *history, uint32_t index, uint32_t on)
{
    struct skn_set one = {&index, 1};
    int found = 0;
    uint8_t *seen = calloc(history->count, 1);
    uint32_t *stack = calloc(history->count + 1, sizeof *stack);
    size_t depth = 0;
    assert_true(seen && stack);
    stack[depth++] = one.items[0];
    while (depth > 0) {
        const struct skn_revision *at = &history->revisions[stack[--depth]];
        for (size_t i = 0; at->index != index && i < at->depends.count; i++)
            found |= at->depends.items[i] == on;
        for (size_t i = 0; i < at->parents.count; i++) {
            uint32_t parent = at->parents.items[i];
            if (!seen[parent]) {
                seen[parent] = 1;
                stack[depth++] = parent;
            }
        }
    }
    free(seen);
    free(stack);
    return found;
}

static void a_dependency_that_an_ancestor_has_is_no_link_down(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 60; round++) {
        struct made made;
        made_init(&made, 150);
        made_fill(&made, 150, &seed, 50, 200, 700);
        assert_true(made_build(&made));
        const struct skn_history *history = &made.history;
        for (uint32_t i = 0; i < history->count; i++) {
            const struct skn_revision *revision = &history->revisions[i];
            const struct skn_links *downs = &history->by_name->downs[i];
            size_t at = revision->parents.count;
            for (size_t d = 0; d < revision->depends.count; d++) {
                uint32_t on = revision->depends.items[d];
                if (ancestor_depends(history, i, on))
                    continue;
                assert_true(at < downs->count);
                assert_int_equal(downs->items[at++], on);
            }
            assert_int_equal(at, downs->count);
        }
        made_finish(&made);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(links_go_both_ways),
        TEST(a_dependency_on_a_parent_or_named_twice_is_one_link),
        TEST(a_missing_parent_is_refused_where_it_is_named),
        TEST(a_parent_is_named_once),
        TEST(names_are_unique_also_but_for_case),
        TEST(a_loop_of_one_is_refused),
        TEST(a_loop_is_told_with_its_members),
        TEST(a_loop_beside_a_healthy_chain_and_each_of_two_loops_are_found),
        cmocka_unit_test(a_long_loop_is_named_in_short),
        cmocka_unit_test(a_chain_of_a_hundred_thousand_needs_no_stack),
        cmocka_unit_test(any_graph_without_a_loop_is_ordered),
        cmocka_unit_test(a_dependency_that_an_ancestor_has_is_no_link_down),
    };
    return cmocka_run_group_tests_name("history/graph", tests, NULL, NULL);
}
