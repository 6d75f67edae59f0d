/*
 * What the tests of the PostgreSQL driver's schema facet share: one database that is emptied,
 * filled and looked at, and the way from one schema to another and back.
 */
#ifndef SKEIN_TEST_PG_SCHEMA_H
#define SKEIN_TEST_PG_SCHEMA_H

#include "pg_fixture.h"

#include <skein/schema.h>

#include "schema/plan.h"

static struct skn_schema_options looking = {.size = sizeof looking};

static inline const struct skn_schema_facet *facet(void)
{
    return driver->schema;
}

/* Statement by statement, as a file is run. */
static inline int load(struct skn_conn *conn, const char *text)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    for (;;) {
        err = (struct skn_error){.size = sizeof err};
        int rc = driver->scan ? driver->scan(&host, skn_str(text), &cursor, &err)
                              : skn_scan_next(driver->dialect, skn_str(text), &cursor, &err);
        if (rc != SKN_OK || cursor.kind == SKN_STATEMENT_END)
            return rc;
        const struct skn_step one = {
            .sql = skn_str_len(text + cursor.start, (size_t)(cursor.end - cursor.start)),
            .op = SKN_STEP_SQL};
        rc = exec_steps(conn, &one, 1);
        if (rc != SKN_OK)
            return rc;
    }
}

static inline void empty(struct skn_conn *conn)
{
    static const char everything[] =
        "DO $$ DECLARE r record; BEGIN"
        " FOR r IN SELECT pubname AS n FROM pg_publication LOOP EXECUTE"
        "  format('DROP PUBLICATION %I', r.n); END LOOP;"
        " FOR r IN SELECT evtname AS n FROM pg_event_trigger LOOP EXECUTE"
        "  format('DROP EVENT TRIGGER %I', r.n); END LOOP;"
        " FOR r IN SELECT extname AS n FROM pg_extension WHERE extname <> 'plpgsql' LOOP EXECUTE"
        "  format('DROP EXTENSION %I CASCADE', r.n); END LOOP;"
        " FOR r IN SELECT fdwname AS n FROM pg_foreign_data_wrapper LOOP EXECUTE"
        "  format('DROP FOREIGN DATA WRAPPER %I CASCADE', r.n); END LOOP;"
        " FOR r IN SELECT nspname AS n FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <>"
        "  'information_schema' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', r.n); END LOOP;"
        " DELETE FROM pg_default_acl; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC; "
        "END $$";
    EXEC_OK(conn, SQL(everything));
}

static inline void look(struct skn_conn *conn, struct skn_picture *picture)
{
    struct skn_sink sink;
    skn_picture_init(picture, facet()->kinds, facet()->kind_count, &sink);
    err = (struct skn_error){.size = sizeof err};
    if (facet()->inspect(conn, &looking, &sink, &err) != SKN_OK ||
        skn_picture_link(picture, &err) != SKN_OK)
        fail_msg("inspect: %s", err.message);
}

/* What went wrong; NULL: nothing. */
static inline const char *picture_of(struct skn_conn *conn, const char *text,
                                     struct skn_picture *picture)
{
    static char why[1200];
    *picture = (struct skn_picture){0};
    empty(conn);
    if (load(conn, text) != SKN_OK) {
        snprintf(why, sizeof why, "load: %s", err.message);
        return why;
    }
    EXEC_OK(conn, RESET);
    look(conn, picture);
    return NULL;
}

static inline void plan_show(const struct skn_schema_plan *plan)
{
    for (size_t i = 0; i < plan->difference_count; i++)
        print_message("  -- %s\n", plan->differences[i]);
    for (size_t i = 0; i < plan->count; i++)
        print_message("  [%x] %s;\n", plan->statements[i].flags, plan->statements[i].text);
}

/* Runs the plan from where the database is, and compares. What went wrong; NULL: nothing. */
static inline const char *go(struct skn_conn *conn, const struct skn_picture *from,
                             const struct skn_picture *to)
{
    static char why[2048];
    struct skn_schema_plan plan, rest = {0};
    struct skn_picture now = {0};
    why[0] = '\0';
    err = (struct skn_error){.size = sizeof err};
    if (skn_schema_plan_make(&plan, from, to, facet(), &looking, &err) != SKN_OK)
        snprintf(why, sizeof why, "plan: %s", err.message);
    for (size_t i = 0; !why[0] && i < plan.count; i++)
        if (EXEC(conn, SQL(plan.statements[i].text)) != SKN_OK)
            snprintf(why, sizeof why, "%s: %.1000s", err.message, plan.statements[i].text);
    if (!why[0]) {
        look(conn, &now);
        skn_schema_plan_differences(&rest, &now, to, facet(), &looking);
        if (rest.difference_count)
            snprintf(why, sizeof why, "left: %s", rest.differences[0]);
    }
    if (why[0] && getenv("SKEIN_TEST_VERBOSE"))
        plan_show(&plan);
    skn_schema_plan_finish(&plan);
    skn_schema_plan_finish(&rest);
    skn_picture_finish(&now);
    EXEC_OK(conn, RESET);
    return why[0] ? why : NULL;
}

/* There, back, to nothing and from nothing. */
static inline const char *both_ways(struct skn_conn *conn, const char *one, const char *other)
{
    uint32_t flags = looking.flags;
    struct skn_picture a = {0}, b = {0}, nothing = {0};
    const char *why;
    looking.flags |= SKN_SCHEMA_GRANTS;
    why = picture_of(conn, other, &b);
    if (!skn_picture_has_grants(&b))
        looking.flags &= ~(uint32_t)SKN_SCHEMA_GRANTS;
    why = why ? why : picture_of(conn, "", &nothing);
    why = why ? why : picture_of(conn, one, &a);
    if (!why && (a.unmodelled[0] || b.unmodelled[0]))
        why = "something in it is not modelled";
    why = why ? why : go(conn, &a, &b);
    why = why ? why : go(conn, &b, &a);
    why = why ? why : go(conn, &a, &nothing);
    why = why ? why : go(conn, &nothing, &b);
    skn_picture_finish(&a);
    skn_picture_finish(&b);
    skn_picture_finish(&nothing);
    looking.flags = flags;
    return why;
}

#endif
