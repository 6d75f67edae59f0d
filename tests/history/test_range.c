/* core/history/range.c */
#include "fixture.h"
#include "history/range.h"

/* A branch that is merged again, and a history beside it that depends on its middle. */
static const char graph[] = "a1 @ app\n"
                            "a2 < a1\n"
                            "a3 < a2\n"
                            "a4 < a3 < b3\n"
                            "b3 < a2 @ extra\n"
                            "n1 @ net\n"
                            "n2 < n1 ^ a3\n"
                            "n3 < n2\n";

static int graph_setup(void **state)
{
    fixture_setup(state);
    graph_load(*state, graph);
    return 0;
}

/* What text names, in file order, or the error. */
static int find(struct fixture *fixture, const char *text, const char *rows, struct skn_buf *found)
{
    struct skn_range range;
    struct skn_set current = rows_set(fixture, rows);
    uint8_t *marks = NULL;
    int rc = skn_range_parse(&range, text, &fixture->err);
    if (rc == SKN_OK)
        rc = skn_range_find(&fixture->history, &range, &current, &marks, &fixture->err);
    skn_buf_clear(found);
    for (size_t i = 0; rc == SKN_OK && i < fixture->history.count; i++)
        if (marks[i])
            skn_buf_addf(found, "%s%s", found->len ? " " : "", fixture->history.revisions[i].id);
    if (rc != SKN_OK)
        skn_buf_adds(found, fixture->err.message);
    skn_range_finish(&range);
    skn_set_finish(&current);
    free(marks);
    return rc;
}

static void shows(struct fixture *fixture, const char *text, const char *rows, const char *ids)
{
    struct skn_buf found = {0};
    if (find(fixture, text, rows, &found) != SKN_OK || strcmp(skn_buf_text(&found), ids) != 0)
        fail_msg("%s at %s: %s", text, rows, skn_buf_text(&found));
    skn_buf_finish(&found);
}

static void refuses(struct fixture *fixture, const char *text, const char *rows,
                    const char *message)
{
    struct skn_buf found = {0};
    assert_int_equal(find(fixture, text, rows, &found), SKN_E_USAGE);
    if (strncmp(skn_buf_text(&found), message, strlen(message)) != 0)
        fail_msg("%s at %s: %s", text, rows, skn_buf_text(&found));
    skn_buf_finish(&found);
}

static void a_range_has_one_colon(void **state)
{
    static const char *const wrong[] = {"", "a1", "a1:a2:a3", "::"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refuses(*state, wrong[i], "", "History range requires [start]:[end], [start]:, or :[end]");
    shows(*state, " a1:a2\n", "", "a1 a2");
}

static void both_ends_belong_to_a_range(void **state)
{
    shows(*state, "a2:a4", "", "a2 a3 a4 b3");
    shows(*state, "a2:a3", "", "a2 a3");
    shows(*state, "a3:a3", "", "a3");
    shows(*state, "heads:heads", "", "a4 n3");
}

static void an_end_that_is_left_out_is_base_or_the_heads(void **state)
{
    shows(*state, ":", "", "a1 a2 a3 a4 b3 n1 n2 n3");
    shows(*state, "n2:", "", "n2 n3");
    shows(*state, ":a3", "", "a1 a2 a3");
    shows(*state, ":base", "", "");
}

static void what_the_end_depends_on_is_shown_from_base_only(void **state)
{
    shows(*state, ":n2", "", "a1 a2 a3 n1 n2");
    shows(*state, "net@base:n3", "", "a1 a2 a3 n1 n2 n3");
    shows(*state, "n1:n3", "", "n1 n2 n3");
    shows(*state, "a3:n2", "", "a3");
}

static void a_label_before_the_start_narrows_the_ends(void **state)
{
    shows(*state, "extra@base:heads", "", "a1 a2 a3 a4 b3");
    shows(*state, "n1@base:heads", "", "a1 a2 a3 n1 n2 n3");
    shows(*state, "a2@base:heads", "", "a1 a2 a3 a4 b3");
}

static void one_end_counts_from_the_other(void **state)
{
    shows(*state, "-2:a3", "", "a1 a2 a3");
    shows(*state, "-9:a3", "", "a1 a2 a3");
    shows(*state, "n1:+1", "", "n1 n2");
    shows(*state, "n1:+9", "", "n1 n2 n3");
    shows(*state, "a1:n1+1", "", "a1 a2 a3");
    refuses(*state, "-1:a4", "", "Ambiguous walk");
    refuses(*state, "a2:+1", "", "Ambiguous walk");
    refuses(*state, "a3-1:", "", "Can't locate revision identified by 'a3-1'; a start only counts");
}

static void current_is_what_the_database_is_at(void **state)
{
    shows(*state, "current:a4", "a2", "a2 a3 a4 b3");
    shows(*state, "-1:current", "n3", "n2 n3");
    shows(*state, "current:", "a3 b3", "a3 a4 b3");
    shows(*state, "current:", "", "a1 a2 a3 a4 b3 n1 n2 n3");
    shows(*state, ":current", "", "a1 a2 a3 a4 b3 n1 n2 n3");
    refuses(*state, "-1:current", "a3 n1", "downgrade ");
    refuses(*state, "current:current", "a3", "Can't locate revision identified by 'current'");
}

static void ends_must_be_of_one_line_and_not_stand_on_each_other(void **state)
{
    refuses(*state, "a4:a1", "",
            "Requested range a4:a1 does not refer to ancestor/descendant revisions along the same "
            "branch");
    refuses(*state, "n3:a4", "", "Requested range n3:a4 does not refer to");
    refuses(*state, "current:a1", "a3", "Requested range current:a1 does not refer to");
    refuses(*state, "current:", "a3 n2",
            "Requested revision n2 overlaps with other requested revisions a3");
    refuses(*state, ":current", "a3 n2",
            "Requested revision n2 overlaps with other requested revisions a3");
    refuses(*state, "nope:a3", "", "Can't locate revision identified by 'nope'");
    refuses(*state, "a1:head", "", "Multiple head revisions are present for given argument 'head'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, graph_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_range_has_one_colon),
        TEST(both_ends_belong_to_a_range),
        TEST(an_end_that_is_left_out_is_base_or_the_heads),
        TEST(what_the_end_depends_on_is_shown_from_base_only),
        TEST(a_label_before_the_start_narrows_the_ends),
        TEST(one_end_counts_from_the_other),
        TEST(current_is_what_the_database_is_at),
        TEST(ends_must_be_of_one_line_and_not_stand_on_each_other),
    };
    return cmocka_run_group_tests_name("history/range", tests, NULL, NULL);
}
