/*
 * What the tests of the MySQL driver's schema facet share: a text loaded, a picture taken, a plan
 * run, two pictures compared.
 */
#ifndef SKEIN_TEST_MYSQL_SCHEMA_H
#define SKEIN_TEST_MYSQL_SCHEMA_H

#include "mysql_fixture.h"

#include "schema/plan.h"

static struct skn_schema_options look = {.size = sizeof look, .version = 101100};

static inline int text_load(struct fixture *f, struct skn_conn *conn, const char *text)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    struct skn_str all = skn_str(text);
    for (;;) {
        int rc = f->driver->scan(&f->host, all, &cursor, &f->err);
        if (rc != SKN_OK || cursor.kind == SKN_STATEMENT_END)
            return rc;
        struct skn_step step = {
            skn_str_len(text + cursor.start, (size_t)(cursor.end - cursor.start)), SKN_STEP_SQL, 0};
        rc = run_steps(f, conn, &step, 1);
        if (rc != SKN_OK)
            return rc;
    }
}

static inline void text_load_ok(struct fixture *f, struct skn_conn *conn, const char *text)
{
    if (text_load(f, conn, text) != SKN_OK)
        fail_msg("%s: %s", text, f->err.message);
}

/* A scratch database on its own connection. */
static inline struct skn_conn *scratch_new(struct fixture *f)
{
    struct skn_kv options[] = {{skn_str("socket"), skn_str(server_socket())},
                               {skn_str("user"), skn_str(getenv("SKEIN_TEST_MYSQL_USER"))},
                               {skn_str("database"), skn_str(f->database)}};
    struct skn_conn *scratch;
    if (f->driver->schema->scratch_open(f->conn, &f->host, options, 3, skn_str("skein_scratch_t"),
                                        &scratch, &f->err) != SKN_OK)
        fail_msg("scratch: %s", f->err.message);
    return scratch;
}

static inline void picture_take(struct fixture *f, struct skn_conn *conn,
                                struct skn_picture *picture)
{
    struct skn_sink sink;
    skn_picture_init(picture, f->driver->schema->kinds, f->driver->schema->kind_count, &sink);
    if (f->driver->schema->inspect(conn, &look, &sink, &f->err) != SKN_OK)
        fail_msg("inspect: %s", f->err.message);
    if (skn_picture_link(picture, &f->err) != SKN_OK)
        fail_msg("link: %s", f->err.message);
}

static inline void plan_show(const struct skn_schema_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        print_message("%s;\n", plan->statements[i].text);
}

/* In a file of revisions it stands before a ";", and is found there again as a whole. */
static inline void statement_reads(struct fixture *f, const char *text)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    char *file = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&file, &len);
    fprintf(out, "%s\n;\nSELECT 1;\n", text);
    fclose(out);
    if (f->driver->scan(&f->host, skn_str(file), &cursor, &f->err) != SKN_OK)
        fail_msg("%s: %s", text, f->err.message);
    assert_int_equal(cursor.start, 0);
    if (cursor.end != strlen(text))
        fail_msg("ends too early or too late: %s", text);
    free(file);
}

static inline void plan_apply(struct fixture *f, struct skn_conn *conn,
                              const struct skn_schema_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->count; i++) {
        statement_reads(f, plan->statements[i].text);
        if (run_on(f, conn, plan->statements[i].text) != SKN_OK) {
            plan_show(plan);
            fail_msg("%s: %s: %s", name, plan->statements[i].text, f->err.message);
        }
    }
}

static inline void pictures_equal(struct fixture *f, const struct skn_picture *from,
                                  const struct skn_picture *to, const struct skn_schema_plan *done,
                                  const char *name)
{
    struct skn_schema_plan plan;
    skn_schema_plan_differences(&plan, from, to, f->driver->schema, &look);
    if (plan.difference_count > 0) {
        plan_show(done);
        for (size_t i = 0; i < plan.difference_count; i++)
            print_message("%s\n", plan.differences[i]);
        fail_msg("%s: %zu differences are left", name, plan.difference_count);
    }
    skn_schema_plan_finish(&plan);
}

/* conn is as from shows; afterwards as to shows. */
static inline void step_over(struct fixture *f, struct skn_conn *conn,
                             const struct skn_picture *from, const struct skn_picture *to,
                             const char *name)
{
    struct skn_schema_plan plan;
    struct skn_picture reached;
    if (skn_schema_plan_make(&plan, from, to, f->driver->schema, &look, &f->err) != SKN_OK)
        fail_msg("%s: plan: %s", name, f->err.message);
    plan_apply(f, conn, &plan, name);
    picture_take(f, conn, &reached);
    pictures_equal(f, &reached, to, &plan, name);
    skn_picture_finish(&reached);
    skn_schema_plan_finish(&plan);
}

/* From nothing to one, to other, and back. */
static inline void converge(struct fixture *f, const char *name, const char *one, const char *other)
{
    struct skn_conn *desired = scratch_new(f);
    struct skn_conn *live = scratch_new(f);
    struct skn_picture a, b, none;
    picture_take(f, live, &none);
    text_load_ok(f, live, one);
    text_load_ok(f, desired, other);
    picture_take(f, live, &a);
    picture_take(f, desired, &b);
    step_over(f, live, &a, &b, name);
    step_over(f, live, &b, &a, name);
    step_over(f, desired, &b, &none, name);
    step_over(f, desired, &none, &a, name);
    skn_picture_finish(&a);
    skn_picture_finish(&b);
    skn_picture_finish(&none);
    f->driver->schema->scratch_close(desired);
    f->driver->schema->scratch_close(live);
}

#endif
