/*
 * Types as SQL: enums, domains, composites, ranges, and collations, which look alike. Knows tables
 * only as those whose columns must follow.
 */
#include <string.h>

#include "facet.h"

static int same_text(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ---- a type made anew under its name ---- */

static int needs_object(const struct skn_schema_host *host, const struct skn_object *object,
                        const struct skn_object *needed)
{
    const struct skn_object *each;
    for (uint32_t i = 0; (each = host->needed(object, i)) != NULL; i++)
        if (each == needed)
            return 1;
    return 0;
}

/* Rows with a label that is gone; an array may hold some, which no short query finds. */
static void label_probe(struct skn_pg_writing *writing, const struct skn_object *column,
                        struct skn_str type)
{
    struct skn_str table = skn_pg_sql_name(writing, skn_pg_relation_of(writing, column));
    struct skn_str name = skn_pg_sql_name(writing, column);
    struct skn_str labels = writing->host->definition(writing->change->to);
    if (writing->host->kind(writing->change->to) != SKN_PG_KIND_ENUM || labels.len == 0 ||
        type.len == 0 || type.ptr[type.len - 1] == ']')
        return;
    skn_pg_text_add(&writing->probe, "SELECT count(*) FROM ");
    skn_pg_text_add_len(&writing->probe, table.ptr, table.len);
    skn_pg_text_add(&writing->probe, " WHERE ");
    skn_pg_text_add_len(&writing->probe, name.ptr, name.len);
    skn_pg_text_add(&writing->probe, "::text NOT IN (");
    skn_pg_text_add_len(&writing->probe, labels.ptr, labels.len);
    skn_pg_text_add(&writing->probe, ")");
}

/* Columns of this type on both sides. One that comes to it later is changed by itself, and one that
 * leaves it has been. */
static void columns_follow(struct skn_pg_writing *writing)
{
    const struct skn_schema_host *host = writing->host;
    const struct skn_change *change = writing->change;
    const struct skn_object *column;
    for (uint32_t i = 0; (column = host->dependent(change->to, i)) != NULL; i++) {
        const struct skn_object *before =
            host->find(change->from, SKN_PG_KIND_COLUMN, host->id(column));
        if (host->kind(column) != SKN_PG_KIND_COLUMN || !before ||
            !needs_object(host, before, change->from))
            continue;
        struct skn_str type = skn_pg_attr(writing, column, "type");
        skn_pg_writef(writing, "ALTER TABLE %R ALTER COLUMN %O TYPE %S USING %O::text::%S", column,
                      column, type, column, type);
        skn_pg_text_add(&writing->note, "fails if a row holds a value that the new type has not");
        label_probe(writing, column, type);
        skn_pg_write_end(writing, SKN_SQL_REWRITES | SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_READS |
                                      SKN_SQL_BLOCKS_WRITES);
    }
}

/* What a name is preceded by: its schema and the dot, or nothing. */
static size_t schema_length(struct skn_str id)
{
    size_t at = 0;
    if (id.len == 0)
        return 0;
    if (id.ptr[0] == '"') {
        for (at = 1; at < id.len; at++)
            if (id.ptr[at] == '"' && (at + 1 >= id.len || id.ptr[at + 1] != '"'))
                break;
            else if (id.ptr[at] == '"')
                at++;
        at++;
    } else {
        while (at < id.len && id.ptr[at] != '.')
            at++;
    }
    return at < id.len && id.ptr[at] == '.' ? at + 1 : 0;
}

void skn_pg_write_swap(struct skn_pg_writing *writing, const char *what,
                       void (*create)(struct skn_pg_writing *writing))
{
    const struct skn_schema_host *host = writing->host;
    struct skn_str id = host->id(writing->change->from);
    struct skn_str name = host->name(writing->change->from);
    struct skn_pg_text old = {0};
    skn_pg_text_add(&old, "_skein_old_");
    skn_pg_text_add_len(&old, name.ptr, name.len);
    struct skn_str kept = skn_str_len(old.ptr ? old.ptr : "", old.len);
    skn_pg_writef(writing, "ALTER %s %S RENAME TO %I", what, id, kept);
    skn_pg_write_end(writing, 0);
    create(writing);
    columns_follow(writing);
    skn_pg_writef(writing, "DROP %s %S%I", what, skn_str_len(id.ptr, schema_length(id)), kept);
    skn_pg_write_end(writing, 0);
    if (old.failed)
        writing->rc = SKN_E_NOMEM;
    skn_pg_text_finish(&old);
}

/* ---- enums ---- */

static void enum_create(struct skn_pg_writing *writing)
{
    skn_pg_writef(writing, "CREATE TYPE %O AS ENUM (%S)", writing->object,
                  writing->host->definition(writing->object));
    skn_pg_write_end(writing, 0);
}

static void labels_add(struct skn_pg_writing *writing)
{
    struct skn_str from = writing->host->definition(writing->change->from);
    struct skn_str to = writing->host->definition(writing->change->to);
    struct skn_str next = skn_pg_label_next(&from);
    struct skn_str label;
    while ((label = skn_pg_label_next(&to)).ptr != NULL) {
        if (next.ptr && same_text(label, next)) {
            next = skn_pg_label_next(&from);
            continue;
        }
        skn_pg_writef(writing, "ALTER TYPE %O ADD VALUE %S", writing->object, label);
        if (next.ptr)
            skn_pg_writef(writing, " BEFORE %S", next);
        skn_pg_text_add(&writing->note, "the value can be used once this is committed");
        skn_pg_write_end(writing, SKN_SQL_COMMIT_AFTER);
    }
}

static void drop_write(struct skn_pg_writing *writing, const char *what)
{
    skn_pg_writef(writing, "DROP %s %O", what, writing->object);
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_enum(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    if (change->op == SKN_CHANGE_ADD)
        enum_create(writing);
    else if (change->op == SKN_CHANGE_DROP)
        drop_write(writing, "TYPE");
    else if (skn_pg_labels_grow(writing->host->definition(change->from),
                                writing->host->definition(change->to)))
        labels_add(writing);
    else
        skn_pg_write_swap(writing, "TYPE", enum_create);
}

/* ---- domains ---- */

static int is_domain_constraint(const struct skn_pg_writing *writing,
                                const struct skn_object *object)
{
    return object && writing->host->kind(object) == SKN_PG_KIND_DOMAIN_CONSTRAINT;
}

static void domain_constraint_add(struct skn_pg_writing *writing,
                                  const struct skn_object *constraint)
{
    int not_valid = skn_pg_attr_is_set(writing, constraint, "not_valid");
    skn_pg_writef(writing, "ALTER DOMAIN %R ADD CONSTRAINT %O %S%s", constraint, constraint,
                  writing->host->definition(constraint), not_valid ? " NOT VALID" : "");
    skn_pg_write_end(writing, not_valid ? 0 : SKN_SQL_MAY_FAIL);
}

static void domain_create(struct skn_pg_writing *writing)
{
    const struct skn_object *domain = writing->object;
    struct skn_str collation = skn_pg_attr(writing, domain, "collation");
    struct skn_str value = skn_pg_attr(writing, domain, "default");
    skn_pg_writef(writing, "CREATE DOMAIN %O AS %S", domain, skn_pg_attr(writing, domain, "type"));
    if (collation.ptr)
        skn_pg_writef(writing, " COLLATE %S", collation);
    if (value.ptr)
        skn_pg_writef(writing, " DEFAULT %S", value);
    if (skn_pg_attr_is_set(writing, domain, "notnull"))
        skn_pg_write(writing, " NOT NULL");
    for (uint32_t i = 0; i < writing->change->member_count; i++) {
        const struct skn_object *object = writing->change->members[i]->to;
        if (is_domain_constraint(writing, object) &&
            !skn_pg_attr_is_set(writing, object, "not_valid"))
            skn_pg_writef(writing, "\n    CONSTRAINT %O %S", object,
                          writing->host->definition(object));
    }
    skn_pg_write_end(writing, 0);
    for (uint32_t i = 0; i < writing->change->member_count; i++) {
        const struct skn_object *object = writing->change->members[i]->to;
        if (is_domain_constraint(writing, object) &&
            skn_pg_attr_is_set(writing, object, "not_valid"))
            domain_constraint_add(writing, object);
    }
}

static void domain_alter(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    const struct skn_attr_change *attr;
    if (skn_pg_attr_change(change, "type") || skn_pg_attr_change(change, "collation")) {
        skn_pg_write_swap(writing, "DOMAIN", domain_create);
        return;
    }
    if ((attr = skn_pg_attr_change(change, "default")) != NULL) {
        skn_pg_writef(writing, "ALTER DOMAIN %O %s%S", change->to,
                      attr->to.ptr ? "SET DEFAULT " : "DROP DEFAULT", attr->to);
        skn_pg_write_end(writing, 0);
    }
    if ((attr = skn_pg_attr_change(change, "notnull")) != NULL) {
        skn_pg_writef(writing, "ALTER DOMAIN %O %s NOT NULL", change->to,
                      attr->to.ptr ? "SET" : "DROP");
        skn_pg_write_end(writing, attr->to.ptr ? SKN_SQL_MAY_FAIL : 0);
    }
}

void skn_pg_render_domain(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_ADD)
        domain_create(writing);
    else if (writing->change->op == SKN_CHANGE_DROP)
        drop_write(writing, "DOMAIN");
    else
        domain_alter(writing);
}

void skn_pg_render_domain_constraint(struct skn_pg_writing *writing)
{
    const struct skn_object *constraint = writing->object;
    int drops = writing->change->op == SKN_CHANGE_DROP;
    if (writing->change->op == SKN_CHANGE_ADD) {
        domain_constraint_add(writing, constraint);
        return;
    }
    skn_pg_writef(writing, "ALTER DOMAIN %R %s CONSTRAINT %O", constraint,
                  drops ? "DROP" : "VALIDATE", constraint);
    skn_pg_write_end(writing, drops ? 0 : SKN_SQL_MAY_FAIL);
}

/* ---- composites, ranges, collations ---- */

static void attribute_write(struct skn_pg_writing *writing, const struct skn_object *attribute)
{
    struct skn_str collation = skn_pg_attr(writing, attribute, "collation");
    skn_pg_writef(writing, "%O %S", attribute, skn_pg_attr(writing, attribute, "type"));
    if (collation.ptr)
        skn_pg_writef(writing, " COLLATE %S", collation);
}

static void composite_create(struct skn_pg_writing *writing)
{
    const char *before = "\n    ";
    skn_pg_writef(writing, "CREATE TYPE %O AS (", writing->object);
    for (uint32_t i = 0; i < writing->change->member_count; i++) {
        const struct skn_object *object = writing->change->members[i]->to;
        if (!object || writing->host->kind(object) != SKN_PG_KIND_ATTRIBUTE)
            continue;
        skn_pg_write(writing, before);
        attribute_write(writing, object);
        before = ",\n    ";
    }
    skn_pg_write(writing, ")");
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_type(struct skn_pg_writing *writing)
{
    uint32_t kind = writing->host->kind(writing->object);
    if (writing->change->op == SKN_CHANGE_DROP) {
        drop_write(writing, kind == SKN_PG_KIND_COLLATION ? "COLLATION" : "TYPE");
        return;
    }
    if (kind == SKN_PG_KIND_COMPOSITE) {
        composite_create(writing);
        return;
    }
    skn_pg_writef(writing,
                  kind == SKN_PG_KIND_COLLATION ? "CREATE COLLATION %O (%S)"
                                                : "CREATE TYPE %O AS RANGE (%S)",
                  writing->object, writing->host->definition(writing->object));
    skn_pg_write_end(writing, 0);
}

static int is_stored(const struct skn_pg_writing *writing, const struct skn_object *type)
{
    const struct skn_object *each;
    for (uint32_t i = 0; (each = writing->host->dependent(type, i)) != NULL; i++)
        if (writing->host->kind(each) == SKN_PG_KIND_COLUMN)
            return 1;
    return 0;
}

void skn_pg_render_attribute(struct skn_pg_writing *writing)
{
    const struct skn_object *attribute = writing->object;
    skn_pg_writef(writing, "ALTER TYPE %R ", attribute);
    if (writing->change->op == SKN_CHANGE_DROP) {
        skn_pg_writef(writing, "DROP ATTRIBUTE %O", attribute);
        skn_pg_write_end(writing, is_stored(writing, writing->host->parent(attribute))
                                      ? SKN_SQL_DESTROYS_DATA
                                      : 0);
        return;
    }
    if (writing->change->op == SKN_CHANGE_ADD) {
        skn_pg_write(writing, "ADD ATTRIBUTE ");
        attribute_write(writing, attribute);
    } else {
        struct skn_str collation = skn_pg_attr(writing, attribute, "collation");
        skn_pg_writef(writing, "ALTER ATTRIBUTE %O TYPE %S%s%S", attribute,
                      skn_pg_attr(writing, attribute, "type"), collation.ptr ? " COLLATE " : "",
                      collation);
    }
    skn_pg_write_end(writing, 0);
}
