/*
 * Pictures: what a driver may report, and what two of them say of each other.
 */
#include "random_schema.h"

struct world {
    struct skn_picture one, other;
    struct skn_sink sink, other_sink;
    struct skn_error err;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    skn_picture_init(&world->one, kinds, KINDS, &world->sink);
    skn_picture_init(&world->other, kinds, KINDS, &world->other_sink);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    skn_picture_finish(&world->one);
    skn_picture_finish(&world->other);
    free(world);
    return 0;
}

static void report(const struct skn_sink *sink, uint32_t kind, const char *id, const char *parent,
                   const struct skn_attr *attr)
{
    const struct skn_fact fact = {.size = sizeof fact,
                                  .kind = kind,
                                  .id = skn_str(id),
                                  .name = skn_str(id),
                                  .parent_kind = parent ? TABLE : SKN_KIND_NONE,
                                  .parent_id = skn_str(parent),
                                  .attrs = attr,
                                  .attr_count = attr ? 1 : 0};
    assert_int_equal(sink->object(sink->ctx, &fact), SKN_OK);
}

static const struct skn_attr integer = {.key = {"type", 4}, .value = {"integer", 7}};
static const struct skn_attr text = {.key = {"type", 4}, .value = {"te\nxt", 5}};
static const struct skn_attr counter = {
    .key = {"counter", 7}, .value = {"9", 1}, .attr_class = SKN_ATTR_INFO};

static void link_both(struct world *world)
{
    assert_int_equal(skn_picture_link(&world->one, &world->err), SKN_OK);
    assert_int_equal(skn_picture_link(&world->other, &world->err), SKN_OK);
}

static void an_object_that_is_reported_twice_is_a_fault_of_the_driver(void **state)
{
    struct world *world = *state;
    report(&world->sink, TABLE, "t", NULL, NULL);
    report(&world->sink, TABLE, "t", NULL, NULL);
    assert_int_equal(skn_picture_link(&world->one, &world->err), SKN_E_DRIVER);
    assert_string_equal(world->err.message, "the driver reported table t twice");
}

static void a_parent_that_is_not_reported_is_a_fault_of_the_driver(void **state)
{
    struct world *world = *state;
    report(&world->sink, COLUMN, "t/a", "t", NULL);
    assert_int_equal(skn_picture_link(&world->one, &world->err), SKN_E_DRIVER);
    assert_non_null(strstr(world->err.message, "not its parent t"));
}

static void a_kind_that_the_driver_does_not_have_is_refused(void **state)
{
    struct world *world = *state;
    const struct skn_fact fact = {.size = sizeof fact, .kind = KINDS, .id = skn_str("x")};
    assert_int_equal(world->sink.object(world->sink.ctx, &fact), SKN_E_DRIVER);
}

static void what_has_no_kind_is_named(void **state)
{
    struct world *world = *state;
    world->sink.unmodelled(world->sink.ctx, skn_str("operator"), skn_str("public.+"));
    world->sink.unmodelled(world->sink.ctx, skn_str("cast"), skn_str("a as b"));
    link_both(world);
    assert_string_equal(world->one.unmodelled, "operator public.+, cast a as b");
}

static void the_order_of_reports_and_what_is_only_info_do_not_change_the_hash(void **state)
{
    struct world *world = *state;
    char one[SKN_SHA256_HEX], other[SKN_SHA256_HEX];
    report(&world->sink, TABLE, "t", NULL, NULL);
    report(&world->sink, COLUMN, "t/a", "t", &integer);
    report(&world->other_sink, COLUMN, "t/a", "t", &integer);
    report(&world->other_sink, TABLE, "t", NULL, &counter);
    link_both(world);
    skn_picture_hash(&world->one, one);
    skn_picture_hash(&world->other, other);
    assert_string_equal(one, other);
}

static void differences_name_object_attribute_and_both_values(void **state)
{
    struct world *world = *state;
    const struct skn_schema_options options = {.size = sizeof options};
    char one[SKN_SHA256_HEX], other[SKN_SHA256_HEX];
    struct skn_schema_plan plan;
    report(&world->sink, TABLE, "t", NULL, NULL);
    report(&world->sink, COLUMN, "t/a", "t", &integer);
    report(&world->sink, COLUMN, "t/b", "t", &integer);
    report(&world->other_sink, TABLE, "t", NULL, NULL);
    report(&world->other_sink, COLUMN, "t/a", "t", &text);
    report(&world->other_sink, COLUMN, "t/c", "t", &text);
    link_both(world);
    skn_picture_hash(&world->one, one);
    skn_picture_hash(&world->other, other);
    assert_string_not_equal(one, other);
    const struct skn_schema_facet no_classes = {
        .size = sizeof no_classes, .kind_count = KINDS, .kinds = kinds};
    skn_schema_plan_differences(&plan, &world->one, &world->other, &no_classes, &options);
    assert_int_equal(plan.difference_count, 3);
    assert_string_equal(plan.differences[0], "column t/a: type: integer -> te\\nxt");
    assert_string_equal(plan.differences[1], "column t/b: dropped");
    assert_string_equal(plan.differences[2], "column t/c: added");
    skn_schema_plan_finish(&plan);
}

static void without_classes_what_holds_rows_is_not_replaced(void **state)
{
    struct world *world = *state;
    const struct skn_schema_options options = {.size = sizeof options};
    const struct skn_schema_facet no_classes = {
        .size = sizeof no_classes, .kind_count = KINDS, .kinds = kinds, .render = made_render};
    struct skn_schema_plan plan;
    report(&world->sink, TABLE, "t", NULL, &integer);
    report(&world->other_sink, TABLE, "t", NULL, &text);
    link_both(world);
    assert_int_equal(
        skn_schema_plan_make(&plan, &world->one, &world->other, &no_classes, &options, &world->err),
        SKN_E_UNSUPPORTED);
    assert_non_null(strstr(world->err.message, "table t: type: integer -> te\\nxt; this cannot"));
    skn_schema_plan_finish(&plan);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_object_that_is_reported_twice_is_a_fault_of_the_driver),
        CASE(a_parent_that_is_not_reported_is_a_fault_of_the_driver),
        CASE(a_kind_that_the_driver_does_not_have_is_refused),
        CASE(what_has_no_kind_is_named),
        CASE(the_order_of_reports_and_what_is_only_info_do_not_change_the_hash),
        CASE(differences_name_object_attribute_and_both_values),
        CASE(without_classes_what_holds_rows_is_not_replaced),
    };
    return cmocka_run_group_tests_name("schema picture", tests, NULL, NULL);
}
