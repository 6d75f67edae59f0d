/*
 * Plans: made once, checked for the driver that will run them.
 */
#include "history/fixture.h"

#include "plan/plan.h"

/* base -- a -- b -- d(merge of b, c)
 *          \-- c --/                  */
static const char graph[] = "a # first\nb < a\nc < a\nd < b < c\n";

static struct fixture *graph_make(void **state)
{
    struct fixture *fixture = *state;
    graph_load(fixture, graph);
    return fixture;
}

static int plan_get(struct fixture *fixture, struct skn_planner *planner, const char *rows,
                    const struct skn_plan **plan)
{
    return skn_planner_get(planner, &fixture->history, rows, plan, &fixture->err);
}

static const struct skn_plan *plan_ok(struct fixture *fixture, struct skn_planner *planner,
                                      const char *rows)
{
    const struct skn_plan *plan = NULL;
    if (plan_get(fixture, planner, rows, &plan) != SKN_OK)
        print_error("%s\n", fixture->err.message);
    assert_non_null(plan);
    return plan;
}

static void an_upgrade_goes_from_the_rows_to_the_heads(void **state)
{
    struct fixture *fixture = graph_make(state);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    const struct skn_plan *plan = plan_ok(fixture, planner, "");
    assert_int_equal(plan->walk.count, 4);
    assert_string_equal(plan->walk.steps[0].revision->id, "a");
    assert_string_equal(plan->walk.steps[3].revision->id, "d");
    assert_string_equal(plan->rows, "");
    assert_string_equal(plan->end, "d");
    plan = plan_ok(fixture, planner, "b,c");
    assert_int_equal(plan->walk.count, 1);
    assert_int_equal(plan->walk.steps[0].change_count, 2);
    skn_planner_destroy(planner);
}

static void targets_alike_share_one_plan(void **state)
{
    struct fixture *fixture = graph_make(state);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    const struct skn_plan *first = plan_ok(fixture, planner, "a");
    assert_ptr_equal(plan_ok(fixture, planner, "a"), first);
    assert_ptr_not_equal(plan_ok(fixture, planner, ""), first);
    assert_ptr_equal(plan_ok(fixture, planner, "a"), first);
    skn_planner_destroy(planner);
}

static void at_the_heads_there_is_nothing_to_do(void **state)
{
    struct fixture *fixture = graph_make(state);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    const struct skn_plan *plan = plan_ok(fixture, planner, "d");
    assert_int_equal(plan->walk.count, 0);
    assert_string_equal(plan->end, "d");
    assert_int_equal(skn_plan_check(plan, "null", &fixture->err), SKN_OK);
    skn_planner_destroy(planner);
}

static void several_rows_in_the_end_are_sorted_and_joined(void **state)
{
    struct fixture *fixture = graph_make(state);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_DOWNGRADE, "b");
    const struct skn_plan *plan = plan_ok(fixture, planner, "d");
    assert_int_equal(plan->walk.count, 1);
    assert_string_equal(plan->end, "b,c");
    skn_planner_destroy(planner);
}

static void a_downgrade_to_base_ends_without_rows(void **state)
{
    struct fixture *fixture = graph_make(state);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_DOWNGRADE, "base");
    const struct skn_plan *plan = plan_ok(fixture, planner, "b,c");
    assert_string_equal(plan->end, "");
    for (size_t i = 0; i < plan->walk.count; i++)
        assert_int_equal(plan->walk.steps[i].kind, SKN_STEP_DOWNGRADE);
    skn_planner_destroy(planner);
}

static void a_stamp_changes_rows_and_needs_no_section(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql",
               "-- a\n--\n-- Revision ID: a\n-- Revises:\n\n-- skein: upgrade mysql\nSELECT 1;\n");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_STAMP, "head");
    const struct skn_plan *plan = plan_ok(fixture, planner, "");
    assert_string_equal(plan->end, "a");
    assert_int_equal(skn_plan_check(plan, "null", &fixture->err), SKN_OK);
    for (size_t i = 0; i < plan->walk.count; i++)
        assert_null(skn_plan_section(&plan->walk.steps[i], "null"));
    skn_planner_destroy(planner);
}

static void r6_rows_that_no_file_has_are_an_error_each_time(void **state)
{
    struct fixture *fixture = graph_make(state);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "heads");
    const struct skn_plan *plan = NULL;
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(plan_get(fixture, planner, "a,nosuch", &plan), SKN_E_CONFIG);
        assert_non_null(strstr(fixture->err.message, "nosuch"));
        assert_null(plan);
    }
    plan_ok(fixture, planner, "a");
    skn_planner_destroy(planner);
}

static void a_symbol_that_means_nothing_is_wrong_use(void **state)
{
    struct fixture *fixture = graph_make(state);
    static const char *const symbols[] = {"nosuch", "+9", "zzz@head"};
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, symbols[i]);
        const struct skn_plan *plan = NULL;
        assert_int_equal(plan_get(fixture, planner, "", &plan), SKN_E_USAGE);
        skn_planner_destroy(planner);
    }
}

static void a_relative_symbol_is_another_plan_for_other_rows(void **state)
{
    struct fixture *fixture = *state;
    graph_load(fixture, "x\ny < x\nz < y\n");
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "+1");
    assert_string_equal(plan_ok(fixture, planner, "")->end, "x");
    assert_string_equal(plan_ok(fixture, planner, "y")->end, "z");
    skn_planner_destroy(planner);
}

/* ---- checking ---- */

static void check_fails(struct fixture *fixture, enum skn_plan_verb verb, const char *symbol,
                        const char *rows, const char *part)
{
    struct skn_planner *planner = skn_planner_create(verb, symbol);
    const struct skn_plan *plan = plan_ok(fixture, planner, rows);
    assert_int_equal(skn_plan_check(plan, "null", &fixture->err), SKN_E_CONFIG);
    if (!strstr(fixture->err.message, part))
        print_error("%s\n", fixture->err.message);
    assert_non_null(strstr(fixture->err.message, part));
    skn_planner_destroy(planner);
}

static void r10_a_missing_section_is_refused_with_the_line_that_mends_it(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql",
               "-- a\n--\n-- Revision ID: a\n-- Revises:\n\n-- skein: upgrade\nSELECT 1;\n");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    check_fails(fixture, SKN_PLAN_DOWNGRADE, "base", "a",
                "a.sql: revision a has no downgrade section for driver null; add a line \"-- "
                "skein: downgrade\"");
}

static void r10_a_section_for_other_drivers_is_none(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql",
               "-- a\n--\n-- Revision ID: a\n-- Revises:\n\n-- skein: upgrade mysql\nSELECT 1;\n");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    check_fails(fixture, SKN_PLAN_UPGRADE, "head", "", "no upgrade section for driver null");
}

static void r10_an_irreversible_revision_is_not_taken_back(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql",
               "-- a\n--\n-- Revision ID: a\n-- Revises:\n-- Irreversible: data is gone\n\n"
               "-- skein: upgrade\n\n-- skein: downgrade\n");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    check_fails(fixture, SKN_PLAN_DOWNGRADE, "base", "a",
                "revision a is irreversible: data is gone");
}

static void the_section_that_names_the_driver_is_the_one_that_runs(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql",
               "-- a\n--\n-- Revision ID: a\n-- Revises:\n\n-- skein: upgrade\nSELECT 'any';\n"
               "-- skein: upgrade null\nSELECT 'null';\n");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    struct skn_planner *planner = skn_planner_create(SKN_PLAN_UPGRADE, "head");
    const struct skn_plan *plan = plan_ok(fixture, planner, "");
    const struct skn_section *own = skn_plan_section(&plan->walk.steps[0], "null");
    const struct skn_section *any = skn_plan_section(&plan->walk.steps[0], "sqlite");
    assert_non_null(memmem(own->text.ptr, own->text.len, "'null'", 6));
    assert_non_null(memmem(any->text.ptr, any->text.len, "'any'", 5));
    skn_planner_destroy(planner);
}

static void a_planner_of_nothing_can_be_destroyed(void **state)
{
    (void)state;
    skn_planner_destroy(NULL);
    skn_planner_destroy(skn_planner_create(SKN_PLAN_STAMP, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_upgrade_goes_from_the_rows_to_the_heads, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(targets_alike_share_one_plan, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(at_the_heads_there_is_nothing_to_do, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(several_rows_in_the_end_are_sorted_and_joined,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_downgrade_to_base_ends_without_rows, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_stamp_changes_rows_and_needs_no_section, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(r6_rows_that_no_file_has_are_an_error_each_time,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_symbol_that_means_nothing_is_wrong_use, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_relative_symbol_is_another_plan_for_other_rows,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            r10_a_missing_section_is_refused_with_the_line_that_mends_it, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(r10_a_section_for_other_drivers_is_none, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(r10_an_irreversible_revision_is_not_taken_back,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_section_that_names_the_driver_is_the_one_that_runs,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_planner_of_nothing_can_be_destroyed, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
