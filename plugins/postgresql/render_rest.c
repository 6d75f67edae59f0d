/*
 * Schemas, extensions, and what hangs on relations and on everything: triggers, rules, policies,
 * owners of sequences, comments; and what has no other form than its definition.
 */
#include "facet.h"

void skn_pg_render_schema(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_DROP)
        skn_pg_writef(writing, "DROP SCHEMA %O", writing->object);
    else /* Every new database has it. */
        skn_pg_writef(writing, "CREATE SCHEMA %s%O",
                      skn_str_is(writing->host->name(writing->object), "public") ? "IF NOT EXISTS "
                                                                                 : "",
                      writing->object);
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_extension(struct skn_pg_writing *writing)
{
    struct skn_str schema = skn_pg_attr(writing, writing->object, "schema");
    if (writing->change->op == SKN_CHANGE_DROP)
        skn_pg_writef(writing, "DROP EXTENSION %O", writing->object);
    else if (writing->change->op == SKN_CHANGE_ADD)
        skn_pg_writef(writing, "CREATE EXTENSION %O%s%S", writing->object,
                      schema.ptr ? " WITH SCHEMA " : "", schema);
    else
        skn_pg_writef(writing, "ALTER EXTENSION %O SET SCHEMA %S", writing->object, schema);
    skn_pg_write_end(writing, 0);
}

/* ---- triggers, rules, policies ---- */

static void enabled_write(struct skn_pg_writing *writing, const char *word)
{
    struct skn_str enabled = skn_pg_attr(writing, writing->object, "enabled");
    if (!enabled.ptr && writing->change->op == SKN_CHANGE_ADD)
        return;
    skn_pg_writef(writing, "ALTER TABLE %R %S %s %O", writing->object,
                  enabled.ptr ? enabled : skn_str("ENABLE"), word, writing->object);
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_on_relation(struct skn_pg_writing *writing)
{
    const struct skn_object *object = writing->object;
    uint32_t kind = writing->host->kind(object);
    const char *word = kind == SKN_PG_KIND_TRIGGER ? "TRIGGER"
                       : kind == SKN_PG_KIND_RULE  ? "RULE"
                                                   : "POLICY";
    if (writing->change->op == SKN_CHANGE_DROP) {
        skn_pg_writef(writing, "DROP %s %O ON %R", word, object, object);
        skn_pg_write_end(writing, 0);
        return;
    }
    if (writing->change->op == SKN_CHANGE_ADD) {
        if (kind == SKN_PG_KIND_POLICY)
            skn_pg_writef(writing, "CREATE POLICY %O ON %R ", object, object);
        skn_pg_write_str(writing, writing->host->definition(object));
        skn_pg_write_end(writing, 0);
    }
    if (kind != SKN_PG_KIND_POLICY)
        enabled_write(writing, word);
}

/* ---- what a relation has at most one of ---- */

void skn_pg_render_satellite(struct skn_pg_writing *writing)
{
    const struct skn_object *object = writing->object;
    uint32_t kind = writing->host->kind(object);
    struct skn_str text = writing->host->definition(object);
    int drops = writing->change->op == SKN_CHANGE_DROP;
    if (kind == SKN_PG_KIND_SEQUENCE_OWNER)
        skn_pg_writef(writing, "ALTER SEQUENCE %R OWNED BY %S", object,
                      drops ? skn_str("NONE") : text);
    else if (kind == SKN_PG_KIND_REPLICA_IDENTITY)
        skn_pg_writef(writing, "ALTER TABLE %R REPLICA IDENTITY %S", object,
                      drops ? skn_str("DEFAULT") : text);
    else
        skn_pg_writef(writing,
                      drops ? "ALTER TABLE %R SET WITHOUT CLUSTER" : "ALTER TABLE %R CLUSTER ON %S",
                      object, text);
    skn_pg_write_end(writing, 0);
}

/* ---- what is nothing but its definition ---- */

/* Checks of a foreign table are folded into its creation. */
void skn_pg_render_stated(struct skn_pg_writing *writing)
{
    const struct skn_object *object = writing->object;
    struct skn_str drop = skn_pg_attr(writing, object, "drop");
    struct skn_str also = skn_pg_attr(writing, object, "also");
    if (writing->change->op == SKN_CHANGE_DROP) {
        if (drop.ptr)
            skn_pg_write_str(writing, drop);
        else
            skn_pg_writef(writing, "DROP %S", skn_pg_attr(writing, object, "words"));
        skn_pg_write_end(writing, 0);
        return;
    }
    skn_pg_write_str(writing, writing->host->definition(object));
    skn_pg_write_end(writing, 0);
    if (also.ptr) {
        skn_pg_write_str(writing, also);
        skn_pg_write_end(writing, 0);
    }
    for (uint32_t i = 0; i < writing->change->member_count; i++)
        if (writing->change->members[i]->to)
            skn_pg_write_constraint_add(writing, writing->change->members[i]->to, 0);
}

/* ---- comments ---- */

/* %O is the object, %R what it is in. */
static const char *const comment_on[SKN_PG_KIND_COUNT] = {
    [SKN_PG_KIND_SCHEMA] = "SCHEMA %O",
    [SKN_PG_KIND_COLLATION] = "COLLATION %O",
    [SKN_PG_KIND_ENUM] = "TYPE %O",
    [SKN_PG_KIND_DOMAIN] = "DOMAIN %O",
    [SKN_PG_KIND_DOMAIN_CONSTRAINT] = "CONSTRAINT %O ON DOMAIN %R",
    [SKN_PG_KIND_COMPOSITE] = "TYPE %O",
    [SKN_PG_KIND_ATTRIBUTE] = "COLUMN %R.%O",
    [SKN_PG_KIND_RANGE] = "TYPE %O",
    [SKN_PG_KIND_SEQUENCE] = "SEQUENCE %O",
    [SKN_PG_KIND_FUNCTION] = "FUNCTION %O",
    [SKN_PG_KIND_PROCEDURE] = "PROCEDURE %O",
    [SKN_PG_KIND_AGGREGATE] = "AGGREGATE %O",
    [SKN_PG_KIND_TABLE] = "TABLE %O",
    [SKN_PG_KIND_COLUMN] = "COLUMN %R.%O",
    [SKN_PG_KIND_GENERATED] = "COLUMN %R.%O",
    [SKN_PG_KIND_CONSTRAINT] = "CONSTRAINT %O ON %R",
    [SKN_PG_KIND_FOREIGN_KEY] = "CONSTRAINT %O ON %R",
    [SKN_PG_KIND_INDEX] = "INDEX %O",
    [SKN_PG_KIND_VIEW] = "VIEW %O",
    [SKN_PG_KIND_MATVIEW] = "MATERIALIZED VIEW %O",
    [SKN_PG_KIND_TRIGGER] = "TRIGGER %O ON %R",
    [SKN_PG_KIND_RULE] = "RULE %O ON %R",
    [SKN_PG_KIND_POLICY] = "POLICY %O ON %R",
};

void skn_pg_render_comment(struct skn_pg_writing *writing)
{
    const struct skn_object *parent = writing->host->parent(writing->object);
    struct skn_str column = skn_pg_attr(writing, writing->object, "column");
    struct skn_str words = skn_pg_attr(writing, parent, "words");
    skn_pg_write(writing, "COMMENT ON ");
    if (!column.ptr && words.ptr)
        skn_pg_write_str(writing, words);
    else if (column.ptr)
        skn_pg_writef(writing, "COLUMN %O.%S", parent, column);
    else if (comment_on[writing->host->kind(parent)])
        skn_pg_writef(writing, comment_on[writing->host->kind(parent)], parent, parent);
    if (writing->change->op == SKN_CHANGE_DROP)
        skn_pg_write(writing, " IS NULL");
    else
        skn_pg_writef(writing, " IS %L", writing->host->definition(writing->object));
    skn_pg_write_end(writing, 0);
}
