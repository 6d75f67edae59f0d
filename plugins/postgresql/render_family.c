/*
 * A table that comes to a parent, or leaves one, with its rows: partitions and heirs. Its columns
 * stop to be its own, or become so, and what of its keys and indexes the parent has too stays what
 * it is. Knows of what hangs on a table only whether the other side has it.
 */
#include <string.h>

#include "facet.h"

enum { DEPTH_MAX = 32, MEMBERS_MAX = 4 };

static int equal_str(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int column_kind(uint32_t kind)
{
    return kind == SKN_PG_KIND_COLUMN || kind == SKN_PG_KIND_GENERATED;
}

/* ---- parents ---- */

static struct skn_str parents_of(const struct skn_pg_writing *writing,
                                 const struct skn_object *table)
{
    struct skn_str part_of = skn_pg_attr(writing, table, "partition_of");
    return part_of.ptr ? part_of : skn_pg_attr(writing, table, "inherits");
}

/* The next of names that commas part; 0 at the end. */
static int parent_next(struct skn_str *list, struct skn_str *name)
{
    size_t len = 0;
    int quoted = 0;
    if (!list->ptr || list->len == 0)
        return 0;
    for (; len < list->len && (quoted || list->ptr[len] != ','); len++)
        quoted ^= list->ptr[len] == '"';
    *name = skn_str_len(list->ptr, len);
    len += len < list->len ? 2 : 0; /* a comma and a space */
    list->ptr += len;
    list->len -= len;
    return 1;
}

static int parent_has(struct skn_str list, struct skn_str wanted)
{
    struct skn_str name;
    while (parent_next(&list, &name))
        if (equal_str(name, wanted))
            return 1;
    return 0;
}

static const struct skn_object *child_called(const struct skn_pg_writing *writing,
                                             const struct skn_object *table, uint32_t kind,
                                             struct skn_str name)
{
    const struct skn_object *child;
    for (uint32_t i = 0; (child = writing->host->child(table, i)) != NULL; i++)
        if (writing->host->kind(child) == kind && equal_str(writing->host->name(child), name))
            return child;
    return NULL;
}

/* What an index is but for its name and its table: its head and what stands behind USING. */
static int index_is_like(const struct skn_pg_writing *writing, const struct skn_object *one,
                         const struct skn_object *other)
{
    struct skn_str a = writing->host->definition(one);
    struct skn_str b = writing->host->definition(other);
    const char *rest_a = a.ptr ? memmem(a.ptr, a.len, " USING ", 7) : NULL;
    const char *rest_b = b.ptr ? memmem(b.ptr, b.len, " USING ", 7) : NULL;
    return rest_a && rest_b && a.ptr[7] == b.ptr[7] &&
           equal_str(skn_str_len(rest_a, a.len - (size_t)(rest_a - a.ptr)),
                     skn_str_len(rest_b, b.len - (size_t)(rest_b - b.ptr)));
}

/* The server knows an inherited check by its name. */
static int is_check(const struct skn_pg_writing *writing, const struct skn_object *object)
{
    struct skn_str text = writing->host->definition(object);
    return writing->host->kind(object) == SKN_PG_KIND_CONSTRAINT && text.len > 5 &&
           memcmp(text.ptr, "CHECK", 5) == 0;
}

static int is_like(const struct skn_pg_writing *writing, const struct skn_object *one,
                   const struct skn_object *other)
{
    uint32_t kind = writing->host->kind(one);
    if (writing->host->kind(other) != kind)
        return 0;
    if (kind == SKN_PG_KIND_INDEX)
        return index_is_like(writing, one, other);
    if (is_check(writing, one) && !equal_str(writing->host->name(one), writing->host->name(other)))
        return 0;
    return (kind == SKN_PG_KIND_CONSTRAINT || kind == SKN_PG_KIND_FOREIGN_KEY) &&
           equal_str(writing->host->definition(one), writing->host->definition(other));
}

/* Of the parents of table, and theirs: a column of that name, or what is like object. */
static const struct skn_object *above(const struct skn_pg_writing *writing,
                                      const struct skn_object *table,
                                      const struct skn_object *object)
{
    uint32_t kind = writing->host->kind(object);
    int is_column = column_kind(kind);
    for (int depth = 0; table && depth < DEPTH_MAX; depth++) {
        struct skn_str list = parents_of(writing, table), name;
        const struct skn_object *next = NULL;
        while (parent_next(&list, &name)) {
            const struct skn_object *child;
            const struct skn_object *parent = writing->host->find(table, SKN_PG_KIND_TABLE, name);
            for (uint32_t i = 0; parent && (child = writing->host->child(parent, i)) != NULL; i++)
                if (is_column
                        ? writing->host->kind(child) == kind &&
                              equal_str(writing->host->name(child), writing->host->name(object))
                        : is_like(writing, object, child))
                    return child;
            next = next ? next : parent;
        }
        table = next;
    }
    return NULL;
}

/* ---- one thing of the table ---- */

static void part_write(struct skn_pg_writing *writing, uint32_t op, const struct skn_object *object)
{
    struct skn_change members[MEMBERS_MAX];
    const struct skn_change *list[MEMBERS_MAX];
    struct skn_change change = {.size = sizeof change, .op = op, .members = list};
    struct skn_pg_writing part = {
        .host = writing->host, .options = writing->options, .change = &change, .object = object};
    const struct skn_object *child;
    change.from = op == SKN_CHANGE_DROP ? object : NULL;
    change.to = op == SKN_CHANGE_ADD ? object : NULL;
    for (uint32_t i = 0; op == SKN_CHANGE_ADD && change.member_count < MEMBERS_MAX &&
                         (child = writing->host->child(object, i)) != NULL;
         i++) {
        members[change.member_count] =
            (struct skn_change){.size = sizeof change, .op = op, .to = child};
        list[change.member_count] = &members[change.member_count];
        change.member_count++;
    }
    skn_pg_render_change(&part);
    writing->rc = writing->rc == SKN_OK ? part.rc : writing->rc;
    skn_pg_text_finish(&part.sql);
    skn_pg_text_finish(&part.probe);
    skn_pg_text_finish(&part.note);
}

static struct skn_str default_of(const struct skn_pg_writing *writing,
                                 const struct skn_object *column)
{
    const struct skn_object *child;
    for (uint32_t i = 0; (child = writing->host->child(column, i)) != NULL; i++)
        if (writing->host->kind(child) == SKN_PG_KIND_DEFAULT)
            return writing->host->definition(child);
    return skn_str(NULL);
}

/* From what the one column says to what the other does: null and default. */
static void column_agree(struct skn_pg_writing *writing, const struct skn_object *is,
                         const struct skn_object *wanted)
{
    const struct skn_object *table = writing->change->to;
    struct skn_str value = default_of(writing, wanted);
    int notnull = skn_pg_attr_is_set(writing, wanted, "notnull");
    if (notnull != skn_pg_attr_is_set(writing, is, "notnull")) {
        skn_pg_writef(writing, "ALTER TABLE %O ALTER COLUMN %O %s NOT NULL", table, is,
                      notnull ? "SET" : "DROP");
        skn_pg_write_end(writing, notnull ? SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_WRITES : 0);
    }
    if (value.ptr ? equal_str(value, default_of(writing, is)) : !default_of(writing, is).ptr)
        return;
    skn_pg_writef(writing, "ALTER TABLE %O ALTER COLUMN %O %s%S", table, is,
                  value.ptr ? "SET DEFAULT " : "DROP DEFAULT", value);
    skn_pg_write_end(writing, 0);
}

/* ---- before, at, and behind ---- */

static void one_leaves(struct skn_pg_writing *writing, const struct skn_object *child)
{
    const struct skn_object *wanted = above(writing, writing->change->to, child);
    if (!wanted)
        part_write(writing, SKN_CHANGE_DROP, child);
    else if (writing->host->kind(child) == SKN_PG_KIND_COLUMN)
        column_agree(writing, child, wanted);
}

/* What was the table's own, and is no more: what the parent has too stays. Keys and indexes go
 * before their columns. */
static void own_leave(struct skn_pg_writing *writing)
{
    const struct skn_schema_host *host = writing->host;
    const struct skn_change *change = writing->change;
    const struct skn_object *child;
    for (int columns = 0; columns < 2; columns++)
        for (uint32_t i = 0; (child = host->child(change->from, i)) != NULL; i++) {
            uint32_t kind = host->kind(child);
            if (column_kind(kind) == columns && !host->find(change->to, kind, host->id(child)))
                one_leaves(writing, child);
        }
}

/* What is the table's own, and was not: what the parent had too is there. */
static void own_come(struct skn_pg_writing *writing)
{
    const struct skn_schema_host *host = writing->host;
    const struct skn_change *change = writing->change;
    const struct skn_object *child;
    for (uint32_t i = 0; (child = host->child(change->to, i)) != NULL; i++) {
        uint32_t kind = host->kind(child);
        const struct skn_object *is;
        if (host->find(change->from, kind, host->id(child)))
            continue;
        is = above(writing, change->from, child);
        if (!is)
            part_write(writing, SKN_CHANGE_ADD, child);
        else if (kind == SKN_PG_KIND_COLUMN)
            column_agree(writing, is, child);
    }
}

/* Whether the table has, by itself or from a parent, what a parent on the other side has. */
static int is_there(const struct skn_pg_writing *writing, const struct skn_object *table,
                    const struct skn_object *object)
{
    return child_called(writing, table, writing->host->kind(object), writing->host->name(object)) ||
           above(writing, table, object);
}

static void inherited_come(struct skn_pg_writing *writing, const struct skn_object *object)
{
    const struct skn_object *table = writing->change->to;
    if (is_check(writing, object)) {
        skn_pg_writef(writing, "ALTER TABLE %O ADD CONSTRAINT %O %S", table, object,
                      writing->host->definition(object));
        skn_pg_write_end(writing, SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_WRITES);
    } else if (writing->host->kind(object) == SKN_PG_KIND_COLUMN) {
        skn_pg_writef(writing, "ALTER TABLE %O ADD COLUMN ", table);
        skn_pg_write_column(writing, object);
        skn_pg_write_end(writing, SKN_SQL_MAY_FAIL);
    }
}

static void inherited_leave(struct skn_pg_writing *writing, const struct skn_object *object)
{
    int column = column_kind(writing->host->kind(object));
    if (!column && !is_check(writing, object))
        return;
    skn_pg_writef(writing, "ALTER TABLE %O DROP %s %O", writing->change->to,
                  column ? "COLUMN" : "CONSTRAINT", object);
    skn_pg_write_end(writing, column ? SKN_SQL_DESTROYS_DATA : 0);
}

/* What the parents on the one side have, and the table has not on the other. */
static void inherited_write(struct skn_pg_writing *writing, const struct skn_object *one,
                            const struct skn_object *other,
                            void (*write)(struct skn_pg_writing *writing,
                                          const struct skn_object *object))
{
    struct skn_str list = parents_of(writing, one), name;
    while (parent_next(&list, &name)) {
        const struct skn_object *child;
        const struct skn_object *parent = writing->host->find(one, SKN_PG_KIND_TABLE, name);
        for (uint32_t i = 0; parent && (child = writing->host->child(parent, i)) != NULL; i++)
            if (!is_there(writing, other, child))
                write(writing, child);
    }
}

static void parents_change(struct skn_pg_writing *writing, struct skn_str from, struct skn_str to,
                           const char *words)
{
    struct skn_str name;
    while (parent_next(&from, &name)) {
        if (parent_has(to, name))
            continue;
        skn_pg_writef(writing, "ALTER TABLE %O %s %S", writing->change->to, words, name);
        skn_pg_write_end(writing, words[0] == 'I' ? SKN_SQL_MAY_FAIL : 0);
    }
}

static void partition_detach(struct skn_pg_writing *writing)
{
    const struct skn_object *from = writing->change->from;
    struct skn_str parent = skn_pg_attr(writing, from, "partition_of");
    if (!parent.ptr)
        return;
    skn_pg_writef(writing, "ALTER TABLE %S DETACH PARTITION %O", parent, from);
    skn_pg_write_end(writing, 0);
}

static void partition_attach(struct skn_pg_writing *writing)
{
    const struct skn_object *to = writing->change->to;
    struct skn_str parent = skn_pg_attr(writing, to, "partition_of");
    if (!parent.ptr)
        return;
    skn_pg_writef(writing, "ALTER TABLE %S ATTACH PARTITION %O %S", parent, to,
                  skn_pg_attr(writing, to, "bound"));
    skn_pg_text_add(&writing->note, "fails if a row is outside the new bound");
    skn_pg_write_end(writing, SKN_SQL_MAY_FAIL);
}

void skn_pg_write_family(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    struct skn_str before = skn_pg_attr(writing, change->from, "inherits");
    struct skn_str after = skn_pg_attr(writing, change->to, "inherits");
    int moves =
        skn_pg_attr_change(change, "partition_of") || skn_pg_attr_change(change, "inherits");
    if (!moves && !skn_pg_attr_change(change, "bound"))
        return;
    partition_detach(writing);
    parents_change(writing, before, after, "NO INHERIT");
    if (moves) {
        own_leave(writing);
        inherited_write(writing, change->from, change->to, inherited_leave);
        inherited_write(writing, change->to, change->from, inherited_come);
    }
    parents_change(writing, after, before, "INHERIT");
    partition_attach(writing);
    if (moves)
        own_come(writing);
}

/* ---- what of an inherited column is not the parent's ---- */

static void override_default(struct skn_pg_writing *writing, struct skn_str value)
{
    skn_pg_writef(writing, "ALTER TABLE %R ALTER COLUMN %O %s%S", writing->object, writing->object,
                  value.len ? "SET DEFAULT " : "DROP DEFAULT", value);
    skn_pg_write_end(writing, 0);
}

static void override_null(struct skn_pg_writing *writing, int notnull)
{
    skn_pg_writef(writing, "ALTER TABLE %R ALTER COLUMN %O %s NOT NULL", writing->object,
                  writing->object, notnull ? "SET" : "DROP");
    skn_pg_write_end(writing, notnull ? SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_WRITES : 0);
}

/* Where only one side differs from the parent, the other is as the parent is. */
void skn_pg_render_override(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    struct skn_str from =
        change->from ? skn_pg_attr(writing, change->from, "default") : skn_str(NULL);
    struct skn_str to = change->to ? skn_pg_attr(writing, change->to, "default") : skn_str(NULL);
    struct skn_str null_from =
        change->from ? skn_pg_attr(writing, change->from, "notnull") : skn_str(NULL);
    struct skn_str null_to =
        change->to ? skn_pg_attr(writing, change->to, "notnull") : skn_str(NULL);
    if (to.ptr || from.ptr)
        override_default(writing, to.ptr ? to : skn_pg_attr(writing, writing->object, "over"));
    if (null_to.ptr || null_from.ptr)
        override_null(writing,
                      null_to.ptr ? skn_str_is(null_to, "true") : skn_str_is(null_from, "false"));
}
