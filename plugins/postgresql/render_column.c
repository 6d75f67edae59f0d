/*
 * Columns as SQL, with their defaults. Knows no table but by name.
 */
#include <ctype.h>
#include <stdlib.h>

#include "facet.h"

/* ---- as CREATE TABLE and ADD COLUMN have it ---- */

/* What of this kind is folded in for the column; NULL: nothing. */
static const struct skn_object *member_of(const struct skn_pg_writing *writing,
                                          const struct skn_object *column, uint32_t kind)
{
    for (uint32_t i = 0; i < writing->change->member_count; i++) {
        const struct skn_object *object = writing->change->members[i]->to;
        if (object && writing->host->kind(object) == kind &&
            writing->host->parent(object) == column)
            return object;
    }
    return NULL;
}

void skn_pg_write_column(struct skn_pg_writing *writing, const struct skn_object *column)
{
    struct skn_str collation = skn_pg_attr(writing, column, "collation");
    struct skn_str generated = skn_pg_attr(writing, column, "generated");
    const struct skn_object *value = member_of(writing, column, SKN_PG_KIND_DEFAULT);
    const struct skn_object *identity = member_of(writing, column, SKN_PG_KIND_IDENTITY);
    skn_pg_writef(writing, "%O %S", column, skn_pg_attr(writing, column, "type"));
    if (collation.ptr)
        skn_pg_writef(writing, " COLLATE %S", collation);
    if (generated.ptr)
        skn_pg_writef(writing, " GENERATED ALWAYS AS (%S) STORED", generated);
    if (value)
        skn_pg_writef(writing, " DEFAULT %S", writing->host->definition(value));
    if (identity) {
        skn_pg_write(writing, " ");
        skn_pg_write_identity(writing, identity);
    }
    if (skn_pg_attr_is_set(writing, column, "notnull"))
        skn_pg_write(writing, " NOT NULL");
}

/* ---- storage, compression, statistics ---- */

static const char *storage_word(struct skn_str storage)
{
    return skn_str_is(storage, "p")   ? "PLAIN"
           : skn_str_is(storage, "e") ? "EXTERNAL"
           : skn_str_is(storage, "m") ? "MAIN"
                                      : "EXTENDED";
}

/* The storage that a type has by itself is not told, and DEFAULT is only known from 16 on. */
static const char *storage_usual(struct skn_str type)
{
    static const char *const plain[] = {
        "smallint",         "integer", "bigint",    "boolean", "date", "real",
        "double precision", "uuid",    "timestamp", "time",    "oid"};
    if (type.len >= 7 && memcmp(type.ptr, "numeric", 7) == 0)
        return "MAIN";
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (type.len >= strlen(plain[i]) && memcmp(type.ptr, plain[i], strlen(plain[i])) == 0 &&
            type.ptr[type.len - 1] != ']')
            return "PLAIN";
    return "EXTENDED";
}

static void column_head(struct skn_pg_writing *writing, const struct skn_object *column)
{
    skn_pg_writef(writing, "ALTER TABLE %R ALTER COLUMN %O ", column, column);
}

static void storage_set(struct skn_pg_writing *writing, const struct skn_object *column,
                        struct skn_str storage)
{
    column_head(writing, column);
    skn_pg_writef(writing, "SET STORAGE %s",
                  storage.ptr ? storage_word(storage)
                              : storage_usual(skn_pg_attr(writing, column, "type")));
    skn_pg_write_end(writing, 0);
}

static void compression_set(struct skn_pg_writing *writing, const struct skn_object *column,
                            struct skn_str compression)
{
    column_head(writing, column);
    skn_pg_writef(writing, "SET COMPRESSION %S",
                  compression.ptr ? compression : skn_str("default"));
    skn_pg_write_end(writing, 0);
}

static void statistics_set(struct skn_pg_writing *writing, const struct skn_object *column,
                           struct skn_str target)
{
    column_head(writing, column);
    skn_pg_writef(writing, "SET STATISTICS %S", target.ptr ? target : skn_str("-1"));
    skn_pg_write_end(writing, 0);
}

static void column_options_set(struct skn_pg_writing *writing, const struct skn_object *column,
                               const struct skn_attr_change *change)
{
    struct skn_pg_text head = {0};
    column_head(writing, column);
    skn_pg_text_add_len(&head, writing->sql.ptr ? writing->sql.ptr : "",
                        writing->sql.len ? writing->sql.len - 1 : 0);
    skn_pg_text_clear(&writing->sql);
    if (head.failed)
        writing->rc = SKN_E_NOMEM;
    else
        skn_pg_write_options(writing, head.ptr, "", change);
    skn_pg_text_finish(&head);
}

void skn_pg_write_column_rest(struct skn_pg_writing *writing, const struct skn_object *column)
{
    struct skn_str value;
    if ((value = skn_pg_attr(writing, column, "storage")).ptr)
        storage_set(writing, column, value);
    if ((value = skn_pg_attr(writing, column, "compression")).ptr)
        compression_set(writing, column, value);
    if ((value = skn_pg_attr(writing, column, "statistics")).ptr)
        statistics_set(writing, column, value);
    if ((value = skn_pg_attr(writing, column, "options")).ptr) {
        const struct skn_attr_change change = {skn_str("options"), skn_str(NULL), value};
        column_options_set(writing, column, &change);
    }
}

/* ---- types ---- */

enum family { FAMILY_OTHER, FAMILY_TEXT, FAMILY_NUMBER, FAMILY_TIME, FAMILY_JSON, FAMILY_ADDRESS };

static const struct {
    const char *name;
    enum family family;
    int width; /* a number holds those of less width, roughly */
} known_types[] = {
    {"character varying", FAMILY_TEXT, 0},
    {"character", FAMILY_TEXT, 0},
    {"text", FAMILY_TEXT, 0},
    {"name", FAMILY_TEXT, 0},
    {"smallint", FAMILY_NUMBER, 1},
    {"integer", FAMILY_NUMBER, 2},
    {"bigint", FAMILY_NUMBER, 3},
    {"real", FAMILY_NUMBER, 4},
    {"double precision", FAMILY_NUMBER, 5},
    {"numeric", FAMILY_NUMBER, 6},
    {"timestamp", FAMILY_TIME, 2},
    {"date", FAMILY_TIME, 1},
    {"jsonb", FAMILY_JSON, 1},
    {"json", FAMILY_JSON, 1},
    {"inet", FAMILY_ADDRESS, 2},
    {"cidr", FAMILY_ADDRESS, 1},
};

/* Index into known_types, or -1. An array is none of them. */
static int type_known(struct skn_str type)
{
    if (type.len == 0 || type.ptr[type.len - 1] == ']')
        return -1;
    for (size_t i = 0; i < sizeof known_types / sizeof known_types[0]; i++) {
        size_t len = strlen(known_types[i].name);
        if (type.len >= len && memcmp(type.ptr, known_types[i].name, len) == 0 &&
            (type.len == len || type.ptr[len] == '(' || type.ptr[len] == ' '))
            return (int)i;
    }
    return -1;
}

/* The first number in its parentheses; -1 where there is none. */
static long type_length(struct skn_str type)
{
    for (size_t i = 0; i < type.len; i++)
        if (type.ptr[i] == '(')
            return strtol(type.ptr + i + 1, NULL, 10);
    return -1;
}

/* What has no cast between them goes through text, which every type comes from and becomes. */
static void using_write(struct skn_pg_writing *writing, const struct skn_object *column,
                        struct skn_str from, struct skn_str to)
{
    int one = type_known(from);
    int other = type_known(to);
    if (one >= 0 && one == other)
        return;
    int direct = (one >= 0 && other >= 0 && known_types[one].family == known_types[other].family) ||
                 (one >= 0 && known_types[one].family == FAMILY_TEXT) ||
                 (other >= 0 && known_types[other].family == FAMILY_TEXT) ||
                 (skn_str_is(from, "integer") && skn_str_is(to, "boolean")) ||
                 (skn_str_is(from, "boolean") && skn_str_is(to, "integer"));
    skn_pg_writef(writing, " USING %O%s::%S", column, direct ? "" : "::text", to);
}

static uint32_t type_flags(struct skn_str from, struct skn_str to)
{
    const uint32_t written = SKN_SQL_REWRITES | SKN_SQL_BLOCKS_READS | SKN_SQL_BLOCKS_WRITES;
    int one = type_known(from);
    int other = type_known(to);
    long before = type_length(from);
    long after = type_length(to);
    if (one < 0 || other < 0)
        return written | SKN_SQL_MAY_FAIL | SKN_SQL_LOSSY;
    if (one == other)
        return after < 0 || (before >= 0 && before <= after)
                   ? 0
                   : written | SKN_SQL_LOSSY | SKN_SQL_MAY_FAIL;
    if (known_types[other].family == FAMILY_TEXT)
        return after < 0 ? written : written | SKN_SQL_MAY_FAIL;
    if (known_types[one].family == known_types[other].family &&
        known_types[one].width <= known_types[other].width)
        return written;
    return written | SKN_SQL_LOSSY | SKN_SQL_MAY_FAIL;
}

/* Rows whose text is too long are cut or refused. */
static void length_probe(struct skn_pg_writing *writing, const struct skn_object *column,
                         struct skn_str from, struct skn_str to)
{
    int one = type_known(from);
    int other = type_known(to);
    char number[24];
    if (one < 0 || other < 0 || known_types[one].family != FAMILY_TEXT ||
        known_types[other].family != FAMILY_TEXT || type_length(to) < 0)
        return;
    struct skn_str table = skn_pg_sql_name(writing, skn_pg_relation_of(writing, column));
    struct skn_str name = skn_pg_sql_name(writing, column);
    snprintf(number, sizeof number, "%ld", type_length(to));
    skn_pg_text_add(&writing->probe, "SELECT count(*) FROM ");
    skn_pg_text_add_len(&writing->probe, table.ptr, table.len);
    skn_pg_text_add(&writing->probe, " WHERE length(");
    skn_pg_text_add_len(&writing->probe, name.ptr, name.len);
    skn_pg_text_add(&writing->probe, ") > ");
    skn_pg_text_add(&writing->probe, number);
}

static void type_alter(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    const struct skn_object *to = change->to;
    if (!skn_pg_attr_change(change, "type") && !skn_pg_attr_change(change, "collation"))
        return;
    struct skn_str before = skn_pg_attr(writing, change->from, "type");
    struct skn_str after = skn_pg_attr(writing, to, "type");
    struct skn_str collation = skn_pg_attr(writing, to, "collation");
    column_head(writing, to);
    skn_pg_writef(writing, "TYPE %S", after);
    if (collation.ptr)
        skn_pg_writef(writing, " COLLATE %S", collation);
    if (skn_pg_attr_change(change, "type"))
        using_write(writing, to, before, after);
    length_probe(writing, to, before, after);
    skn_pg_write_end(writing, type_flags(before, after));
}

/* ---- NOT NULL ---- */

static void null_probe(struct skn_pg_writing *writing, const struct skn_object *column)
{
    struct skn_str table = skn_pg_sql_name(writing, skn_pg_relation_of(writing, column));
    struct skn_str name = skn_pg_sql_name(writing, column);
    skn_pg_text_add(&writing->probe, "SELECT count(*) FROM ");
    skn_pg_text_add_len(&writing->probe, table.ptr, table.len);
    skn_pg_text_add(&writing->probe, " WHERE ");
    skn_pg_text_add_len(&writing->probe, name.ptr, name.len);
    skn_pg_text_add(&writing->probe, " IS NULL");
}

/* A check that was validated while others wrote spares SET NOT NULL its look at all rows. */
static void notnull_online(struct skn_pg_writing *writing, const struct skn_object *column)
{
    static const char check[] = "skein_not_null";
    skn_pg_writef(writing, "ALTER TABLE %R ADD CONSTRAINT %s CHECK (%O IS NOT NULL) NOT VALID",
                  column, check, column);
    skn_pg_write_end(writing, SKN_SQL_COMMIT_AFTER);
    skn_pg_writef(writing, "ALTER TABLE %R VALIDATE CONSTRAINT %s", column, check);
    null_probe(writing, column);
    skn_pg_write_end(writing, SKN_SQL_MAY_FAIL | SKN_SQL_COMMIT_AFTER);
    column_head(writing, column);
    skn_pg_write(writing, "SET NOT NULL");
    skn_pg_write_end(writing, 0);
    skn_pg_writef(writing, "ALTER TABLE %R DROP CONSTRAINT %s", column, check);
    skn_pg_write_end(writing, 0);
}

static void notnull_alter(struct skn_pg_writing *writing)
{
    const struct skn_attr_change *attr = skn_pg_attr_change(writing->change, "notnull");
    const struct skn_object *column = writing->change->to;
    if (!attr)
        return;
    if (attr->to.ptr && skn_pg_is_online(writing)) {
        notnull_online(writing, column);
        return;
    }
    column_head(writing, column);
    skn_pg_write(writing, attr->to.ptr ? "SET NOT NULL" : "DROP NOT NULL");
    if (attr->to.ptr)
        null_probe(writing, column);
    skn_pg_write_end(writing, attr->to.ptr ? SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_WRITES : 0);
}

/* ---- columns ---- */

static void column_alter(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    const struct skn_attr_change *attr;
    type_alter(writing);
    notnull_alter(writing);
    /* A type of another storage brings its own along. */
    if ((attr = skn_pg_attr_change(change, "storage")) != NULL)
        storage_set(writing, change->to, attr->to);
    if ((attr = skn_pg_attr_change(change, "compression")) != NULL)
        compression_set(writing, change->to, attr->to);
    if ((attr = skn_pg_attr_change(change, "statistics")) != NULL)
        statistics_set(writing, change->to, attr->to);
    column_options_set(writing, change->to, skn_pg_attr_change(change, "options"));
}

static uint32_t add_flags(struct skn_pg_writing *writing)
{
    const struct skn_object *column = writing->object;
    const struct skn_object *value = member_of(writing, column, SKN_PG_KIND_DEFAULT);
    uint32_t flags = 0;
    int filled = value || skn_pg_attr_is_set(writing, column, "generated") ||
                 member_of(writing, column, SKN_PG_KIND_IDENTITY);
    if ((value && skn_pg_attr_is_set(writing, value, "volatile")) || (filled && !value))
        flags |= SKN_SQL_REWRITES | SKN_SQL_BLOCKS_READS | SKN_SQL_BLOCKS_WRITES;
    if (skn_pg_attr_is_set(writing, column, "notnull") && !filled) {
        struct skn_str table = skn_pg_sql_name(writing, skn_pg_relation_of(writing, column));
        skn_pg_text_add(&writing->note,
                        "fails if there are rows: it is NOT NULL without a default");
        skn_pg_text_add(&writing->probe, "SELECT count(*) FROM ");
        skn_pg_text_add_len(&writing->probe, table.ptr, table.len);
        flags |= SKN_SQL_MAY_FAIL;
    }
    return flags;
}

static void column_add(struct skn_pg_writing *writing)
{
    skn_pg_writef(writing, "ALTER TABLE %R ADD COLUMN ", writing->object);
    skn_pg_write_column(writing, writing->object);
    skn_pg_write_end(writing, add_flags(writing));
    skn_pg_write_column_rest(writing, writing->object);
}

static void column_drop(struct skn_pg_writing *writing)
{
    const struct skn_object *column = writing->object;
    struct skn_str table = skn_pg_sql_name(writing, skn_pg_relation_of(writing, column));
    struct skn_str name = skn_pg_sql_name(writing, column);
    skn_pg_writef(writing, "ALTER TABLE %R DROP COLUMN %O", column, column);
    if (writing->host->kind(column) == SKN_PG_KIND_GENERATED) {
        skn_pg_text_add(&writing->note, "its values are computed");
        skn_pg_write_end(writing, SKN_SQL_LOSSY);
        return;
    }
    skn_pg_text_add(&writing->probe, "SELECT count(*) FROM ");
    skn_pg_text_add_len(&writing->probe, table.ptr, table.len);
    skn_pg_text_add(&writing->probe, " WHERE ");
    skn_pg_text_add_len(&writing->probe, name.ptr, name.len);
    skn_pg_text_add(&writing->probe, " IS NOT NULL");
    skn_pg_write_end(writing, SKN_SQL_DESTROYS_DATA);
}

void skn_pg_render_column(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_ADD)
        column_add(writing);
    else if (writing->change->op == SKN_CHANGE_DROP)
        column_drop(writing);
    else
        column_alter(writing);
}

void skn_pg_write_default(struct skn_pg_writing *writing, const struct skn_object *value)
{
    const struct skn_object *parent = writing->host->parent(value);
    int in_view = writing->host->kind(parent) == SKN_PG_KIND_VIEW;
    skn_pg_writef(writing, "ALTER %s %R ALTER COLUMN %O ", in_view ? "VIEW" : "TABLE", parent,
                  in_view ? value : parent);
    if (writing->change->op == SKN_CHANGE_DROP)
        skn_pg_write(writing, "DROP DEFAULT");
    else
        skn_pg_writef(writing, "SET DEFAULT %S", writing->host->definition(value));
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_default(struct skn_pg_writing *writing)
{
    skn_pg_write_default(writing, writing->object);
}
