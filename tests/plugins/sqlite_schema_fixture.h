/*
 * What the tests of the SQLite driver's schema facet share: loading a schema into a scratch
 * database, looking at it, and going from one to another with the planner.
 */
#ifndef SKEIN_TEST_SQLITE_SCHEMA_FIXTURE_H
#define SKEIN_TEST_SQLITE_SCHEMA_FIXTURE_H

#include "sqlite_fixture.h"

#include "schema/plan.h"

static const struct skn_schema_options schema_options = {.size = sizeof schema_options,
                                                         .version = 34001};

static inline struct skn_conn *scratch_make(struct fixture *f)
{
    struct skn_kv options = {skn_str("database"), skn_str(f->path)};
    struct skn_conn *scratch = NULL;
    if (f->driver->schema->scratch_open(f->conn, &f->host, &options, 1, skn_str("skein_scratch_t"),
                                        &scratch, &f->err))
        fail_msg("scratch: %s", f->err.message);
    return scratch;
}

static inline int conn_run(struct fixture *f, struct skn_conn *conn, uint32_t op,
                           struct skn_str sql)
{
    struct skn_step step = {sql, op, 0};
    return f->driver->exec(conn, &step, 1, NULL, &f->err);
}

/* Statement by statement, as a revision is run; how many failed, where they may. */
static inline int load_some(struct fixture *f, struct skn_conn *conn, const char *text, int may)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    int failed = 0;
    for (;;) {
        if (f->driver->scan(&f->host, skn_str(text), &cursor, &f->err))
            fail_msg("%s: %s", text, f->err.message);
        if (cursor.kind == SKN_STATEMENT_END)
            return failed;
        struct skn_str sql = {text + cursor.start, (size_t)(cursor.end - cursor.start)};
        if (!conn_run(f, conn, SKN_STEP_SQL, sql))
            continue;
        failed++;
        if (!may)
            fail_msg("%.*s: %s", SKN_FMT(sql), f->err.message);
    }
}

static inline void load(struct fixture *f, struct skn_conn *conn, const char *text)
{
    load_some(f, conn, text, 0);
}

static inline void look(struct fixture *f, struct skn_conn *conn, struct skn_picture *picture)
{
    const struct skn_schema_facet *facet = f->driver->schema;
    struct skn_sink sink;
    skn_picture_init(picture, facet->kinds, facet->kind_count, &sink);
    if (facet->inspect(conn, &schema_options, &sink, &f->err) || skn_picture_link(picture, &f->err))
        fail_msg("inspect: %s", f->err.message);
    assert_string_equal(picture->unmodelled, "");
}

static inline void plan_print(const struct skn_schema_plan *plan)
{
    for (size_t i = 0; i < plan->difference_count; i++)
        print_message("  difference: %s\n", plan->differences[i]);
    for (size_t i = 0; i < plan->count; i++)
        print_message("  %03x %s;\n", plan->statements[i].flags, plan->statements[i].text);
}

/* As one revision. */
static inline void plan_apply(struct fixture *f, struct skn_conn *conn,
                              const struct skn_schema_plan *plan)
{
    if (conn_run(f, conn, SKN_STEP_BEGIN, skn_str(NULL)))
        fail_msg("begin: %s", f->err.message);
    for (size_t i = 0; i < plan->count; i++) {
        if (!conn_run(f, conn, SKN_STEP_SQL, skn_str(plan->statements[i].text)))
            continue;
        plan_print(plan);
        fail_msg("%s: %s", plan->statements[i].text, f->err.message);
    }
    if (conn_run(f, conn, SKN_STEP_COMMIT, skn_str(NULL)))
        fail_msg("commit: %s", f->err.message);
}

static inline void go(struct fixture *f, struct skn_conn *conn, const struct skn_picture *from,
                      const struct skn_picture *to)
{
    struct skn_schema_plan plan, rest;
    struct skn_picture now;
    if (skn_schema_plan_make(&plan, from, to, f->driver->schema, &schema_options, &f->err)) {
        plan_print(&plan);
        fail_msg("plan: %s", f->err.message);
    }
    plan_apply(f, conn, &plan);
    look(f, conn, &now);
    skn_schema_plan_differences(&rest, &now, to, f->driver->schema, &schema_options);
    if (rest.difference_count > 0) {
        plan_print(&plan);
        fail_msg("still different: %s", rest.differences[0]);
    }
    skn_schema_plan_finish(&rest);
    skn_schema_plan_finish(&plan);
    skn_picture_finish(&now);
}

/* From a to b and back again; conn holds a. */
static inline void there_and_back(struct fixture *f, struct skn_conn *conn, const char *b)
{
    struct skn_conn *wanted = scratch_make(f);
    struct skn_picture from, to;
    look(f, conn, &from);
    load(f, wanted, b);
    look(f, wanted, &to);
    go(f, conn, &from, &to);
    go(f, conn, &to, &from);
    skn_picture_finish(&from);
    skn_picture_finish(&to);
    f->driver->schema->scratch_close(wanted);
}

static inline void pair_converges(struct fixture *f, const char *a, const char *b)
{
    struct skn_conn *conn = scratch_make(f);
    load(f, conn, a);
    there_and_back(f, conn, b);
    f->driver->schema->scratch_close(conn);
}

#endif
