/* core/history/branch.c */
#include "fixture.h"
#include "history/branch.h"

static void branches_are(struct fixture *fixture, const char *lines, const char *expected)
{
    struct skn_branches branches;
    struct skn_buf text = {0};
    folder_empty(fixture->folder);
    graph_load(fixture, lines);
    skn_branches_init(&branches, &fixture->history);
    for (size_t i = 0; i < branches.count; i++) {
        skn_buf_addf(&text, "%s%s:", i ? " " : "", fixture->history.revisions[i].id);
        for (size_t at = 0; at < branches.of[i].count; at++)
            skn_buf_addf(&text, "%s%s", at ? "," : "", branches.of[i].items[at]);
    }
    assert_string_equal(skn_buf_text(&text), expected);
    skn_branches_finish(&branches);
    skn_buf_finish(&text);
}

static void a_label_covers_descendants_and_the_line_below(void **state)
{
    branches_are(*state, "a1\na2 < a1 @ one @ two\na3 < a2\n", "a1:one,two a2:one,two a3:one,two");
    branches_are(*state, "a1\nb1 < a1\nb2 < b1 @ left\nb3 < b2\nc1 < a1 @ right\n",
                 "a1: b1:left b2:left b3:left c1:right");
}

static void a_label_stops_below_at_a_branch_point_or_merge_point(void **state)
{
    branches_are(*state, "a1\na2 < a1 @ x\nb1 < a2\nc1 < a2\n", "a1: a2:x b1:x c1:x");
    branches_are(*state, "a1\nb1\nc1 < a1 < b1\nd1 < c1 @ x\n", "a1: b1: c1: d1:x");
}

static void a_label_above_which_the_line_branches_does_not_go_down(void **state)
{
    branches_are(*state, "a1\na2 < a1 @ x\na3 < a2\nb1 < a3\nc1 < a3\n", "a1: a2:x a3:x b1:x c1:x");
}

static void a_label_goes_through_a_merge_but_not_along_a_dependency(void **state)
{
    branches_are(*state, "a1 @ x\nb1 @ y\nc1 < a1 < b1\nd1 ^ c1\n", "a1:x b1:y c1:x,y d1:");
    branches_are(*state, "a1\na2 < a1 @ x\na3 < a2\nb1 ^ a1\n", "a1: a2:x a3:x b1:");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_label_covers_descendants_and_the_line_below),
        TEST(a_label_stops_below_at_a_branch_point_or_merge_point),
        TEST(a_label_above_which_the_line_branches_does_not_go_down),
        TEST(a_label_goes_through_a_merge_but_not_along_a_dependency),
    };
    return cmocka_run_group_tests_name("history/branch", tests, NULL, NULL);
}
