/*
 * What cannot be done in any order, and what no driver may answer: it is named, and nothing is
 * written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "schema/plan.h"

enum { TYPE, TABLE, COUNT };

static const struct skn_kind kinds[COUNT] = {{"type", 1, 0}, {"table", 2, SKN_KIND_DATA}};
static const struct skn_schema_options options = {.size = sizeof options};

struct world {
    struct skn_picture from, to;
    struct skn_sink old, fresh;
    struct skn_schema_plan plan;
    struct skn_error err;
};

/* How the driver here writes a change. */
static struct {
    uint32_t class_of;
    const char *text;
    size_t len;
    int rc;
} writes;

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    skn_picture_init(&world->from, kinds, COUNT, &world->old);
    skn_picture_init(&world->to, kinds, COUNT, &world->fresh);
    writes.class_of = SKN_CLASS_ALTER;
    writes.text = "x";
    writes.len = 1;
    writes.rc = SKN_OK;
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    skn_schema_plan_finish(&world->plan);
    skn_picture_finish(&world->from);
    skn_picture_finish(&world->to);
    free(world);
    return 0;
}

static struct skn_fact fact_of(uint32_t kind, const char *id, const struct skn_attr *attr)
{
    return (struct skn_fact){.size = sizeof(struct skn_fact),
                             .kind = kind,
                             .id = skn_str(id),
                             .name = skn_str(id),
                             .parent_kind = SKN_KIND_NONE,
                             .attrs = attr,
                             .attr_count = 1};
}

static const struct skn_attr one = {.key = {"is", 2}, .value = {"one", 3}};
static const struct skn_attr two = {.key = {"is", 2}, .value = {"two", 3}};

static void report(const struct skn_sink *sink, uint32_t kind, const char *id,
                   const struct skn_attr *attr)
{
    const struct skn_fact fact = fact_of(kind, id, attr);
    assert_int_equal(sink->object(sink->ctx, &fact), SKN_OK);
}

static void needs(const struct skn_sink *sink, uint32_t from, const char *from_id, uint32_t to,
                  const char *to_id)
{
    assert_int_equal(sink->need(sink->ctx, from, skn_str(from_id), to, skn_str(to_id)), SKN_OK);
}

static uint32_t made_classify(const struct skn_schema_host *host, const struct skn_object *from,
                              const struct skn_object *to, struct skn_str key,
                              const struct skn_schema_options *given)
{
    (void)to, (void)key, (void)given;
    return host->kind(from) == TYPE ? writes.class_of : (uint32_t)SKN_CLASS_ALTER;
}

static int made_render(const struct skn_schema_host *host, const struct skn_change *change,
                       const struct skn_schema_options *given, struct skn_error *err)
{
    (void)change, (void)given;
    struct skn_sql sql = {.size = sizeof sql, .text = {writes.text, writes.len}};
    if (writes.rc != SKN_OK)
        return skn_error_set(err, writes.rc, "it cannot be written");
    if (!writes.text)
        return SKN_OK;
    int rc = host->write(host->ctx, &sql);
    return rc == SKN_OK ? rc : skn_error_set(err, rc, "it was not taken");
}

static const struct skn_schema_facet facet = {.size = sizeof facet,
                                              .kind_count = COUNT,
                                              .kinds = kinds,
                                              .classify = made_classify,
                                              .render = made_render};

static int plan_make(struct world *world)
{
    assert_int_equal(skn_picture_link(&world->from, &world->err), SKN_OK);
    assert_int_equal(skn_picture_link(&world->to, &world->err), SKN_OK);
    return skn_schema_plan_make(&world->plan, &world->from, &world->to, &facet, &options,
                                &world->err);
}

/* ---- what cannot be done ---- */

static void what_rows_stand_on_is_not_dropped_and_made_again(void **state)
{
    struct world *world = *state;
    writes.class_of = SKN_CLASS_REPLACE;
    report(&world->old, TYPE, "mood", &one);
    report(&world->old, TABLE, "person", &one);
    needs(&world->old, TABLE, "person", TYPE, "mood");
    report(&world->fresh, TYPE, "mood", &two);
    report(&world->fresh, TABLE, "person", &one);
    needs(&world->fresh, TABLE, "person", TYPE, "mood");
    assert_int_equal(plan_make(world), SKN_E_UNSUPPORTED);
    assert_non_null(strstr(world->err.message, "type mood would have to be dropped and made again, "
                                               "and table person, which holds rows, needs it"));
}

static void what_rows_no_longer_stand_on_is(void **state)
{
    struct world *world = *state;
    writes.class_of = SKN_CLASS_REPLACE;
    report(&world->old, TYPE, "mood", &one);
    report(&world->old, TABLE, "person", &one);
    needs(&world->old, TABLE, "person", TYPE, "mood");
    report(&world->fresh, TYPE, "mood", &two);
    report(&world->fresh, TABLE, "person", &two);
    assert_int_equal(plan_make(world), SKN_OK);
    assert_true(world->plan.count >= 2);
}

static void changes_that_wait_for_each_other_are_all_named(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        report(&world->old, TABLE, names[i], &one);
        report(&world->fresh, TABLE, names[i], &two);
    }
    for (size_t i = 0; i < 3; i++)
        needs(&world->fresh, TABLE, names[i], TABLE, names[(i + 1) % 3]);
    assert_int_equal(plan_make(world), SKN_E_UNSUPPORTED);
    assert_non_null(strstr(world->err.message, "each of these changes has to come after the next"));
    for (size_t i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "table %s", names[i]);
        assert_non_null(strstr(world->err.message, name));
    }
}

/* ---- what no driver may answer ---- */

static void a_change_for_which_nothing_is_written_is_named(void **state)
{
    struct world *world = *state;
    writes.text = NULL;
    report(&world->fresh, TABLE, "t", &one);
    assert_int_equal(plan_make(world), SKN_E_DRIVER);
    assert_non_null(strstr(world->err.message, "writes nothing for the change of table t"));
}

static void a_driver_that_cannot_write_is_passed_on(void **state)
{
    struct world *world = *state;
    writes.rc = SKN_E_UNSUPPORTED;
    report(&world->fresh, TABLE, "t", &one);
    assert_int_equal(plan_make(world), SKN_E_UNSUPPORTED);
    assert_non_null(strstr(world->err.message, "it cannot be written"));
}

static void d4_a_statement_with_an_end_in_its_middle_is_not_taken(void **state)
{
    struct world *world = *state;
    writes.text = "DROP\0TABLE";
    writes.len = 10;
    report(&world->fresh, TABLE, "t", &one);
    assert_int_equal(plan_make(world), SKN_E_DRIVER);
}

static void d4_a_fact_without_a_name_is_not_taken(void **state)
{
    struct world *world = *state;
    const struct skn_fact fact = fact_of(TABLE, NULL, &one);
    assert_int_equal(world->old.object(world->old.ctx, &fact), SKN_E_DRIVER);
}

static void d4_an_object_that_is_its_own_ancestor_is_a_fault_of_the_driver(void **state)
{
    struct world *world = *state;
    struct skn_fact fact = fact_of(TABLE, "t", &one);
    fact.parent_kind = TABLE;
    fact.parent_id = skn_str("t");
    assert_int_equal(world->old.object(world->old.ctx, &fact), SKN_OK);
    assert_int_equal(skn_picture_link(&world->from, &world->err), SKN_E_DRIVER);
    assert_non_null(strstr(world->err.message, "table t too deep below its ancestors"));
}

static void a_need_of_what_was_not_reported_binds_nobody(void **state)
{
    struct world *world = *state;
    report(&world->fresh, TABLE, "t", &one);
    needs(&world->fresh, TABLE, "t", TYPE, "nowhere");
    needs(&world->fresh, TYPE, "nowhere", TABLE, "t");
    needs(&world->fresh, TABLE, "t", TABLE, "t");
    assert_int_equal(plan_make(world), SKN_OK);
    assert_int_equal(world->plan.count, 1);
}

static void ends_of_lines_are_one_whoever_wrote_them(void **state)
{
    static const struct skn_attr windows = {.key = {"is", 2}, .value = {"a\r\nb\r", 5}};
    static const struct skn_attr unix = {.key = {"is", 2}, .value = {"a\nb\r", 4}};
    struct world *world = *state;
    report(&world->old, TABLE, "t", &windows);
    report(&world->fresh, TABLE, "t", &unix);
    assert_int_equal(plan_make(world), SKN_OK);
    assert_int_equal(world->plan.difference_count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_rows_stand_on_is_not_dropped_and_made_again),
        CASE(what_rows_no_longer_stand_on_is),
        CASE(changes_that_wait_for_each_other_are_all_named),
        CASE(a_change_for_which_nothing_is_written_is_named),
        CASE(a_driver_that_cannot_write_is_passed_on),
        CASE(d4_a_statement_with_an_end_in_its_middle_is_not_taken),
        CASE(d4_a_fact_without_a_name_is_not_taken),
        CASE(d4_an_object_that_is_its_own_ancestor_is_a_fault_of_the_driver),
        CASE(a_need_of_what_was_not_reported_binds_nobody),
        CASE(ends_of_lines_are_one_whoever_wrote_them),
    };
    return cmocka_run_group_tests_name("schema refused", tests, NULL, NULL);
}
