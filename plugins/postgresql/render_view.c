/*
 * Views, materialized views and routines as SQL: what is nothing but its definition.
 */
#include "facet.h"

static void granted_note(struct skn_pg_writing *writing)
{
    if (skn_pg_attr_is_set(writing, writing->object, "granted"))
        skn_pg_text_add(&writing->note, "what was granted on it goes with it");
}

/* ---- views ---- */

static void view_create(struct skn_pg_writing *writing)
{
    const struct skn_object *view = writing->object;
    int adds = writing->change->op == SKN_CHANGE_ADD;
    skn_pg_writef(writing, "CREATE %sVIEW %O", adds ? "" : "OR REPLACE ", view);
    skn_pg_write_with(writing, skn_pg_attr(writing, view, "options"), " WITH (");
    skn_pg_writef(writing, " AS\n%S", writing->host->definition(view));
    skn_pg_write_end(writing, 0);
    for (uint32_t i = 0; adds && i < writing->change->member_count; i++)
        if (writing->change->members[i]->to)
            skn_pg_write_default(writing, writing->change->members[i]->to);
}

static void view_options(struct skn_pg_writing *writing, const char *what)
{
    struct skn_str name = skn_pg_sql_name(writing, writing->object);
    struct skn_pg_text head = {0};
    skn_pg_text_add(&head, what);
    skn_pg_text_add_len(&head, name.ptr, name.len);
    if (head.failed)
        writing->rc = SKN_E_NOMEM;
    else
        skn_pg_write_options(writing, head.ptr, "", skn_pg_attr_change(writing->change, "options"));
    skn_pg_text_finish(&head);
}

void skn_pg_render_view(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_DROP) {
        skn_pg_writef(writing, "DROP VIEW %O", writing->object);
        granted_note(writing);
        skn_pg_write_end(writing, 0);
        return;
    }
    if (writing->change->op == SKN_CHANGE_ADD || skn_pg_attr_change(writing->change, ""))
        view_create(writing);
    else
        view_options(writing, "ALTER VIEW ");
}

static void matview_create(struct skn_pg_writing *writing)
{
    const struct skn_object *view = writing->object;
    struct skn_str value;
    skn_pg_writef(writing, "CREATE MATERIALIZED VIEW %O", view);
    if ((value = skn_pg_attr(writing, view, "access_method")).ptr)
        skn_pg_writef(writing, " USING %S", value);
    skn_pg_write_with(writing, skn_pg_attr(writing, view, "options"), " WITH (");
    if ((value = skn_pg_attr(writing, view, "tablespace")).ptr)
        skn_pg_writef(writing, " TABLESPACE %S", value);
    skn_pg_writef(writing, " AS\n%S%s", writing->host->definition(view),
                  skn_pg_attr_is_set(writing, view, "empty") ? "\nWITH NO DATA" : "");
    skn_pg_write_end(writing, 0);
}

static void matview_alter(struct skn_pg_writing *writing)
{
    const struct skn_attr_change *tablespace = skn_pg_attr_change(writing->change, "tablespace");
    view_options(writing, "ALTER MATERIALIZED VIEW ");
    if (!tablespace)
        return;
    skn_pg_writef(writing, "ALTER MATERIALIZED VIEW %O SET TABLESPACE %S", writing->object,
                  tablespace->to.ptr ? tablespace->to : skn_str("pg_default"));
    skn_pg_write_end(writing, SKN_SQL_BLOCKS_READS);
}

void skn_pg_render_matview(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_ADD) {
        matview_create(writing);
        return;
    }
    if (writing->change->op == SKN_CHANGE_ALTER) {
        matview_alter(writing);
        return;
    }
    skn_pg_writef(writing, "DROP MATERIALIZED VIEW %O", writing->object);
    granted_note(writing);
    skn_pg_write_end(writing, 0);
}

/* ---- routines ---- */

static const char *routine_word(uint32_t kind)
{
    return kind == SKN_PG_KIND_FUNCTION    ? "FUNCTION"
           : kind == SKN_PG_KIND_PROCEDURE ? "PROCEDURE"
                                           : "AGGREGATE";
}

/* A body in quotes is checked when the routine is made, and may name what comes later. */
void skn_pg_render_routine(struct skn_pg_writing *writing)
{
    struct skn_str language = skn_pg_attr(writing, writing->object, "language");
    if (writing->change->op == SKN_CHANGE_DROP) {
        skn_pg_writef(writing, "DROP %s %O", routine_word(writing->host->kind(writing->object)),
                      writing->object);
        granted_note(writing);
        skn_pg_write_end(writing, 0);
        return;
    }
    if (skn_str_is(language, "sql") || skn_str_is(language, "plpgsql")) {
        skn_pg_write(writing, "SET check_function_bodies = off");
        skn_pg_write_end(writing, 0);
    }
    skn_pg_write_str(writing, writing->host->definition(writing->object));
    skn_pg_write_end(writing, 0);
}
