/*
 * Plans between random schemas, run by an executor that refuses what a strict server would.
 */
#include "random_schema.h"

static const struct skn_schema_options options = {.size = sizeof options};

static void one_way(const struct schema *from, const struct schema *to, long number)
{
    struct skn_picture before, after;
    struct skn_schema_plan plan;
    struct skn_error err = SKN_ERROR_INIT;
    picture_make(from, &before);
    picture_make(to, &after);
    int rc = skn_schema_plan_make(&plan, &before, &after, &made_facet, &options, &err);
    if (rc != SKN_OK)
        fail_msg("pair %ld: %s", number, err.message);
    if (!plan_run(from, to, &plan))
        fail_msg("pair %ld: %s", number, why);
    skn_schema_plan_finish(&plan);
    skn_picture_finish(&before);
    skn_picture_finish(&after);
}

static void a_plan_between_any_two_schemas_runs_on_a_strict_server_in_both_directions(void **state)
{
    const char *given = getenv("SKEIN_TEST_PAIRS");
    long pairs = given ? strtol(given, NULL, 10) : 1500;
    (void)state;
    for (long number = 1; number <= pairs; number++) {
        struct schema one, other;
        seed = (uint64_t)number * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int i = 0; i < 8; i++)
            below(2);
        kinds_draw();
        schema_make(&one, NULL);
        schema_make(&other, &one);
        one_way(&one, &other, number);
        one_way(&other, &one, number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_between_any_two_schemas_runs_on_a_strict_server_in_both_directions),
    };
    return cmocka_run_group_tests_name("schema plan", tests, NULL, NULL);
}
