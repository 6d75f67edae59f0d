/*
 * Changes of parts that rebuild the whole: what stands on it goes before, and comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "schema/plan.h"

enum { WHOLE, PART, INDEX, COUNT };

static const struct skn_kind kinds[COUNT] = {
    {"whole", 1, SKN_KIND_DATA},
    {"part", 2, SKN_KIND_PART | SKN_KIND_DATA},
    {"index", 3, SKN_KIND_FOLD_DROP},
};

static const struct skn_schema_options options = {.size = sizeof options};

static void report(const struct skn_sink *sink, uint32_t kind, const char *id)
{
    const struct skn_fact fact = {.size = sizeof fact,
                                  .kind = kind,
                                  .id = skn_str(id),
                                  .name = skn_str(id),
                                  .parent_kind = kind == WHOLE ? SKN_KIND_NONE : (uint32_t)WHOLE,
                                  .parent_id = skn_str("w")};
    assert_int_equal(sink->object(sink->ctx, &fact), SKN_OK);
}

static void picture_make(struct skn_picture *picture, const char *more)
{
    struct skn_sink sink;
    struct skn_error err = SKN_ERROR_INIT;
    skn_picture_init(picture, kinds, COUNT, &sink);
    report(&sink, WHOLE, "w");
    report(&sink, PART, "w/a");
    report(&sink, INDEX, "i");
    if (more)
        report(&sink, PART, more);
    assert_int_equal(skn_picture_link(picture, &err), SKN_OK);
}

static int made_rebuilds(const struct skn_schema_host *host, const struct skn_object *from,
                         const struct skn_object *to, const struct skn_schema_options *given)
{
    (void)given;
    assert_int_equal(host->kind(from), WHOLE);
    assert_int_equal(host->kind(to), WHOLE);
    return host->child(to, 2) && skn_str_is(host->id(host->child(to, 2)), "w/hard");
}

static int made_render(const struct skn_schema_host *host, const struct skn_change *change,
                       const struct skn_schema_options *given, struct skn_error *err)
{
    static const char *const words[] = {"", "add ", "drop ", "alter "};
    struct skn_buf text = {0};
    (void)given, (void)err;
    struct skn_str id = host->id(change->to ? change->to : change->from);
    skn_buf_addf(&text, "%s%.*s", words[change->op], SKN_FMT(id));
    struct skn_sql sql = {.size = sizeof sql, .text = skn_buf_str(&text)};
    int rc = host->write(host->ctx, &sql);
    skn_buf_finish(&text);
    return rc;
}

static const struct skn_schema_facet facet = {.size = sizeof facet,
                                              .kind_count = COUNT,
                                              .kinds = kinds,
                                              .render = made_render,
                                              .rebuilds = made_rebuilds};

/* The statements on the way from a whole without it to one with the part more. */
static void plan_says(const char *more, const char *expected)
{
    struct skn_picture from, to;
    struct skn_schema_plan plan;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf said = {0};
    picture_make(&from, NULL);
    picture_make(&to, more);
    assert_int_equal(skn_schema_plan_make(&plan, &from, &to, &facet, &options, &err), SKN_OK);
    for (size_t i = 0; i < plan.count; i++)
        skn_buf_addf(&said, "%s%s", i ? ", " : "", plan.statements[i].text);
    assert_string_equal(skn_buf_text(&said), expected);
    assert_int_equal(plan.difference_count, 1); /* the rebuild is none of its own */
    skn_buf_finish(&said);
    skn_schema_plan_finish(&plan);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
}

static void a_part_that_rebuilds_the_whole_takes_away_what_stands_on_it(void **state)
{
    (void)state;
    plan_says("w/hard", "drop i, alter w, add i");
}

static void a_part_that_does_not_leaves_it_where_it_is(void **state)
{
    (void)state;
    plan_says("w/easy", "alter w");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_that_rebuilds_the_whole_takes_away_what_stands_on_it),
        cmocka_unit_test(a_part_that_does_not_leaves_it_where_it_is),
    };
    return cmocka_run_group_tests_name("schema rebuild", tests, NULL, NULL);
}
