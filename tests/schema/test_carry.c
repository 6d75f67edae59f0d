/*
 * Changes that carry what hangs on their object: what only one side has comes and goes with them,
 * as the columns of a table do that goes to another parent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "schema/plan.h"

enum { TABLE, COLUMN, COUNT };

static const struct skn_kind kinds[COUNT] = {
    {"table", 1, SKN_KIND_DATA},
    {"column", 2, SKN_KIND_DATA},
};

static const struct skn_schema_options options = {.size = sizeof options};

static void tell(const struct skn_sink *sink, uint32_t kind, const char *id, const char *home)
{
    const struct skn_attr attr = {skn_str("home"), skn_str(home), SKN_ATTR_SEMANTIC, 0};
    const struct skn_fact fact = {.size = sizeof fact,
                                  .kind = kind,
                                  .id = skn_str(id),
                                  .name = skn_str(id),
                                  .attrs = &attr,
                                  .attr_count = 1,
                                  .parent_kind = kind == TABLE ? SKN_KIND_NONE : (uint32_t)TABLE,
                                  .parent_id = skn_str("t")};
    assert_int_equal(sink->object(sink->ctx, &fact), SKN_OK);
}

static void table_make(struct skn_picture *picture, const char *home, const char *column)
{
    struct skn_sink sink;
    struct skn_error err = SKN_ERROR_INIT;
    skn_picture_init(picture, kinds, COUNT, &sink);
    tell(&sink, TABLE, "t", home);
    tell(&sink, COLUMN, "t/stays", home);
    tell(&sink, COLUMN, column, home);
    assert_int_equal(skn_picture_link(picture, &err), SKN_OK);
}

static uint32_t carrying(const struct skn_schema_host *host, const struct skn_object *from,
                         const struct skn_object *to, struct skn_str key,
                         const struct skn_schema_options *given)
{
    (void)from, (void)key, (void)given;
    return host->kind(to) == TABLE ? SKN_CLASS_ALTER | SKN_CLASS_CARRY : SKN_CLASS_ALTER;
}

static int named_render(const struct skn_schema_host *host, const struct skn_change *change,
                        const struct skn_schema_options *given, struct skn_error *err)
{
    static const char *const words[] = {"", "add ", "drop ", "alter "};
    struct skn_buf text = {0};
    (void)given, (void)err;
    skn_buf_addf(&text, "%s%.*s", words[change->op],
                 SKN_FMT(host->id(change->to ? change->to : change->from)));
    struct skn_sql sql = {.size = sizeof sql, .text = skn_buf_str(&text)};
    int rc = host->write(host->ctx, &sql);
    skn_buf_finish(&text);
    return rc;
}

static const struct skn_schema_facet facet = {.size = sizeof facet,
                                              .kind_count = COUNT,
                                              .kinds = kinds,
                                              .classify = carrying,
                                              .render = named_render};

static void way_says(const char *home, const char *column, const char *expected)
{
    struct skn_picture from, to;
    struct skn_schema_plan plan;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf said = {0};
    table_make(&from, "here", "t/old");
    table_make(&to, home, column);
    assert_int_equal(skn_schema_plan_make(&plan, &from, &to, &facet, &options, &err), SKN_OK);
    for (size_t i = 0; i < plan.count; i++)
        skn_buf_addf(&said, "%s%s", i ? ", " : "", plan.statements[i].text);
    assert_string_equal(skn_buf_text(&said), expected);
    skn_buf_finish(&said);
    skn_schema_plan_finish(&plan);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
}

static void what_one_side_has_comes_and_goes_with_it_and_what_both_have_does_not(void **state)
{
    (void)state;
    way_says("there", "t/new", "alter t, alter t/stays");
}

static void without_such_a_change_each_comes_and_goes_by_itself(void **state)
{
    (void)state;
    way_says("here", "t/new", "drop t/old, add t/new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_side_has_comes_and_goes_with_it_and_what_both_have_does_not),
        cmocka_unit_test(without_such_a_change_each_comes_and_goes_by_itself),
    };
    return cmocka_run_group_tests_name("schema carry", tests, NULL, NULL);
}
