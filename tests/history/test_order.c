/* core/history/order.c */
#include "made.h"

static void order_is(struct fixture *fixture, const char *lines, const char *newest_first)
{
    struct skn_buf text = {0};
    folder_empty(fixture->folder);
    graph_load(fixture, lines);
    for (size_t i = fixture->history.count; i-- > 0;)
        skn_buf_addf(&text, "%s%s", text.len ? " " : "",
                     fixture->history.revisions[fixture->history.order[i]].id);
    assert_string_equal(skn_buf_text(&text), newest_first);
    skn_buf_finish(&text);
}

static void each_branch_is_walked_to_its_end_before_the_next(void **state)
{
    order_is(*state, "a1\nb1 < a1\nb2 < b1\nc1 < a1\nc2 < c1\n", "b2 b1 c2 c1 a1");
    order_is(*state, "a1\na2 < a1\nb1\nb2 < b1\n", "a2 a1 b2 b1");
}

static void the_first_parent_of_a_merge_is_walked_first(void **state)
{
    order_is(*state, "a1\nb1 < a1\nb2 < b1\nc1 < a1\nc2 < c1\nd1 < c2 < b2\n", "d1 c2 c1 b2 b1 a1");
    order_is(*state, "a1\nb1 < a1\nb2 < b1\nc1 < a1\nc2 < c1\nd1 < b2 < c2\n", "d1 b2 b1 c2 c1 a1");
}

static void a_dependant_comes_before_what_it_depends_on(void **state)
{
    order_is(*state, "a1\na2 < a1\nb1\nb2 < b1 ^ a2\n", "b2 b1 a2 a1");
    order_is(*state, "a1\na2 < a1 ^ b1\nb1\nb2 < b1\n", "a2 a1 b2 b1");
}

/* Teeth off one long chain, the lowest first: every branch point waits for all that is above it,
 * and each search for the line that it waits for would go through all of that. */
static void a_comb_takes_no_longer_than_its_size(void **state)
{
    (void)state;
    enum { TEETH = 50000 };
    struct made made;
    made_init(&made, 2 * TEETH);
    for (size_t i = 0; i < 2 * TEETH; i++)
        made_add(&made);
    for (size_t i = 0; i < TEETH; i++) {
        made_link(&made, &made.places[i].parents, TEETH + i);
        if (i > 0)
            made_link(&made, &made.places[TEETH + i].parents, TEETH + i - 1);
    }
    assert_true(made_build(&made));
    const struct skn_history *history = &made.history;
    for (size_t i = 0; i < history->count; i++)
        for (size_t at = 0; at < history->revisions[i].parents.count; at++)
            assert_true(history->rank[history->revisions[i].parents.items[at]] < history->rank[i]);
    made_finish(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_branch_is_walked_to_its_end_before_the_next),
        TEST(the_first_parent_of_a_merge_is_walked_first),
        TEST(a_dependant_comes_before_what_it_depends_on),
        cmocka_unit_test(a_comb_takes_no_longer_than_its_size),
    };
    return cmocka_run_group_tests_name("history/order", tests, NULL, NULL);
}
