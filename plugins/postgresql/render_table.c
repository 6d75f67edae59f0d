/*
 * Tables as SQL, with the columns and constraints that are folded into their creation. Knows how a
 * column is written only by name.
 */
#include <stdlib.h>

#include "facet.h"

/* ---- creation ---- */

static int is_column_kind(uint32_t kind)
{
    return kind == SKN_PG_KIND_COLUMN || kind == SKN_PG_KIND_GENERATED;
}

struct ordered {
    const struct skn_object *object;
    long position;
};

static int position_compare(const void *a, const void *b)
{
    const struct ordered *one = a;
    const struct ordered *other = b;
    return (one->position > other->position) - (one->position < other->position);
}

/* In the order that they have on the side they come from, which is not that of kinds. */
static struct ordered *columns_order(struct skn_pg_writing *writing, size_t *count)
{
    const struct skn_change *change = writing->change;
    struct ordered *columns = calloc((size_t)change->member_count + 1, sizeof *columns);
    *count = 0;
    if (!columns) {
        writing->rc = SKN_E_NOMEM;
        return NULL;
    }
    for (uint32_t i = 0; i < change->member_count; i++) {
        const struct skn_object *object = change->members[i]->to;
        char digits[16];
        if (!object || !is_column_kind(writing->host->kind(object)))
            continue;
        snprintf(digits, sizeof digits, "%.*s", SKN_FMT(skn_pg_attr(writing, object, "position")));
        columns[(*count)++] = (struct ordered){object, strtol(digits, NULL, 10)};
    }
    qsort(columns, *count, sizeof *columns, position_compare);
    return columns;
}

/* CREATE TABLE makes every constraint a valid one. */
static int folds_in(const struct skn_pg_writing *writing, const struct skn_object *object)
{
    return object && writing->host->kind(object) == SKN_PG_KIND_CONSTRAINT &&
           !skn_pg_attr_is_set(writing, object, "not_valid");
}

static size_t items_write(struct skn_pg_writing *writing, const struct ordered *columns,
                          size_t count, const char *opening)
{
    const struct skn_change *change = writing->change;
    size_t items = 0;
    for (size_t i = 0; i < count; i++) {
        skn_pg_writef(writing, "%s\n    ", items++ ? "," : opening);
        skn_pg_write_column(writing, columns[i].object);
    }
    for (uint32_t i = 0; i < change->member_count; i++) {
        const struct skn_object *object = change->members[i]->to;
        if (!folds_in(writing, object))
            continue;
        skn_pg_writef(writing, "%s\n    CONSTRAINT %O %S", items++ ? "," : opening, object,
                      writing->host->definition(object));
    }
    if (items)
        skn_pg_write(writing, "\n)");
    return items;
}

static void clause_write(struct skn_pg_writing *writing, const char *words, const char *key,
                         const char *end)
{
    struct skn_str value = skn_pg_attr(writing, writing->object, key);
    if (value.ptr)
        skn_pg_writef(writing, " %s%S%s", words, value, end);
}

static void options_with(struct skn_pg_writing *writing)
{
    struct skn_str list = skn_pg_attr(writing, writing->object, "options");
    skn_pg_write_with(writing, list, " WITH (");
}

static void head_write(struct skn_pg_writing *writing, const struct ordered *columns, size_t count)
{
    const struct skn_object *table = writing->object;
    int part = skn_pg_attr_is_set(writing, table, "partition_of");
    skn_pg_writef(writing, "CREATE %sTABLE %O",
                  skn_pg_attr_is_set(writing, table, "unlogged") ? "UNLOGGED " : "", table);
    clause_write(writing, "PARTITION OF ", "partition_of", "");
    if (!items_write(writing, columns, count, " (") && !part)
        skn_pg_write(writing, " ()");
    clause_write(writing, "", "bound", "");
    clause_write(writing, "INHERITS (", "inherits", ")");
    clause_write(writing, "PARTITION BY ", "partition_key", "");
    clause_write(writing, "USING ", "access_method", "");
    options_with(writing);
    clause_write(writing, "TABLESPACE ", "tablespace", "");
    skn_pg_write_end(writing, 0);
}

/* "ALTER TABLE t", in writing->note's company: short, and needed as a text of its own. */
static void alter_head(struct skn_pg_writing *writing, struct skn_pg_text *head)
{
    struct skn_str name = skn_pg_sql_name(writing, writing->object);
    skn_pg_text_add(head, "ALTER TABLE ");
    skn_pg_text_add_len(head, name.ptr, name.len);
    if (head->failed)
        writing->rc = SKN_E_NOMEM;
}

static void toast_options_write(struct skn_pg_writing *writing,
                                const struct skn_attr_change *change)
{
    struct skn_pg_text head = {0};
    alter_head(writing, &head);
    if (!head.failed)
        skn_pg_write_options(writing, head.ptr, "toast.", change);
    skn_pg_text_finish(&head);
}

static void security_write(struct skn_pg_writing *writing, const char *key, const char *on,
                           const char *off)
{
    int set = skn_pg_attr_is_set(writing, writing->object, key);
    if (!set && writing->change->op == SKN_CHANGE_ADD)
        return;
    if (set != (writing->change->from && skn_pg_attr_is_set(writing, writing->change->from, key))) {
        skn_pg_writef(writing, "ALTER TABLE %O %s ROW LEVEL SECURITY", writing->object,
                      set ? on : off);
        skn_pg_write_end(writing, 0);
    }
}

static void table_create(struct skn_pg_writing *writing)
{
    size_t count;
    struct ordered *columns = columns_order(writing, &count);
    struct skn_str toast = skn_pg_attr(writing, writing->object, "toast_options");
    const struct skn_attr_change toast_change = {skn_str("toast_options"), skn_str(NULL), toast};
    if (!columns)
        return;
    head_write(writing, columns, count);
    for (size_t i = 0; i < count; i++)
        skn_pg_write_column_rest(writing, columns[i].object);
    for (uint32_t i = 0; i < writing->change->member_count; i++) {
        const struct skn_object *object = writing->change->members[i]->to;
        if (object && writing->host->kind(object) == SKN_PG_KIND_CONSTRAINT)
            skn_pg_write_constraint_add(writing, object, folds_in(writing, object) ? -1 : 0);
    }
    if (toast.ptr)
        toast_options_write(writing, &toast_change);
    security_write(writing, "row_security", "ENABLE", "DISABLE");
    security_write(writing, "force_row_security", "FORCE", "NO FORCE");
    free(columns);
}

/* ---- changes ---- */

static void storage_alter(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    const struct skn_attr_change *attr;
    if ((attr = skn_pg_attr_change(change, "unlogged")) != NULL) {
        skn_pg_writef(writing, "ALTER TABLE %O SET %s", change->to,
                      attr->to.ptr ? "UNLOGGED" : "LOGGED");
        skn_pg_write_end(writing, SKN_SQL_REWRITES | SKN_SQL_BLOCKS_READS | SKN_SQL_BLOCKS_WRITES);
    }
    if ((attr = skn_pg_attr_change(change, "access_method")) != NULL) {
        skn_pg_writef(writing, "ALTER TABLE %O SET ACCESS METHOD %S", change->to,
                      attr->to.ptr ? attr->to : skn_str("heap"));
        skn_pg_write_end(writing, SKN_SQL_REWRITES | SKN_SQL_BLOCKS_READS | SKN_SQL_BLOCKS_WRITES);
    }
    if ((attr = skn_pg_attr_change(change, "tablespace")) != NULL) {
        skn_pg_writef(writing, "ALTER TABLE %O SET TABLESPACE %S", change->to,
                      attr->to.ptr ? attr->to : skn_str("pg_default"));
        skn_pg_write_end(writing, SKN_SQL_BLOCKS_READS | SKN_SQL_BLOCKS_WRITES);
    }
}

static void table_alter(struct skn_pg_writing *writing)
{
    struct skn_pg_text head = {0};
    alter_head(writing, &head);
    skn_pg_write_family(writing);
    storage_alter(writing);
    if (!head.failed)
        skn_pg_write_options(writing, head.ptr, "", skn_pg_attr_change(writing->change, "options"));
    skn_pg_text_finish(&head);
    toast_options_write(writing, skn_pg_attr_change(writing->change, "toast_options"));
    security_write(writing, "row_security", "ENABLE", "DISABLE");
    security_write(writing, "force_row_security", "FORCE", "NO FORCE");
}

static void table_drop(struct skn_pg_writing *writing)
{
    struct skn_str name = skn_pg_sql_name(writing, writing->object);
    skn_pg_writef(writing, "DROP TABLE %O", writing->object);
    skn_pg_text_add(&writing->probe, "SELECT count(*) FROM ");
    skn_pg_text_add_len(&writing->probe, name.ptr, name.len);
    skn_pg_write_end(writing, SKN_SQL_DESTROYS_DATA);
}

void skn_pg_render_table(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_ADD)
        table_create(writing);
    else if (writing->change->op == SKN_CHANGE_DROP)
        table_drop(writing);
    else
        table_alter(writing);
}
