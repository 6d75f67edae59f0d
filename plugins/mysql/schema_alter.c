/*
 * All that changes in one table, as one ALTER TABLE: what depends on each other inside a table
 * changes at once, and the table is copied once at most. It knows nothing of other tables.
 */
#include "schema.h"

#include <stdlib.h>

struct alter {
    struct skn_mysql_writer *writer;
    const struct skn_change *change;
    struct skn_mysql_place *places;
    size_t place_count;
    unsigned clauses;
    int plain;     /* columns of the table's character set need not say so */
    int copies;    /* cannot be done while others write */
    int parted;    /* partitions change behind, on their own */
    int versioned; /* it has become so before */
};

static void clause_begin(struct alter *alter, const char *text)
{
    skn_mysql_put(alter->writer, alter->clauses++ ? ",\n    " : "\n    ");
    skn_mysql_put(alter->writer, text);
}

static void clause_name(struct alter *alter, const char *text, const struct skn_object *object)
{
    clause_begin(alter, text);
    skn_mysql_put_name(alter->writer, alter->writer->host->name(object));
}

static int same(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && !a.ptr == !b.ptr && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int attr_differs(const struct alter *alter, const struct skn_change *change, const char *key)
{
    return !same(skn_mysql_attr(alter->writer, change->from, key),
                 skn_mysql_attr(alter->writer, change->to, key));
}

/* ---- rows at risk ---- */

static void risk_add(struct alter *alter, const struct skn_object *column, const char *condition)
{
    struct skn_mysql_writer *writer = alter->writer;
    struct skn_mysql_text sql = writer->sql;
    writer->sql = writer->probe;
    if (ftell(writer->sql.stream) == 0) {
        skn_mysql_put(writer, "SELECT COUNT(*) FROM ");
        skn_mysql_put_name(writer, writer->host->name(alter->change->from));
        skn_mysql_put(writer, " WHERE ");
    } else {
        skn_mysql_put(writer, " OR ");
    }
    skn_mysql_put_name(writer, writer->host->name(column));
    skn_mysql_put(writer, condition);
    writer->probe = writer->sql;
    writer->sql = sql;
}

static void column_loses(struct alter *alter, const struct skn_object *column)
{
    if (skn_mysql_attr(alter->writer, column, "generated").ptr)
        return;
    alter->writer->flags |= SKN_SQL_DESTROYS_DATA;
    risk_add(alter, column, " IS NOT NULL");
}

/* ---- what goes ---- */

static void part_drop(struct alter *alter, const struct skn_object *part)
{
    struct skn_str name = alter->writer->host->name(part);
    switch (alter->writer->host->kind(part)) {
    case SKN_MYSQL_KIND_COLUMN:
        clause_name(alter, "DROP COLUMN ", part);
        column_loses(alter, part);
        break;
    case SKN_MYSQL_KIND_INDEX:
        if (skn_str_is(name, "PRIMARY")) {
            clause_begin(alter, "DROP PRIMARY KEY");
            alter->copies = 1;
        } else {
            clause_name(alter, "DROP INDEX ", part);
        }
        break;
    case SKN_MYSQL_KIND_PERIOD:
        if (skn_str_is(name, "SYSTEM_TIME"))
            clause_begin(alter, "DROP PERIOD FOR SYSTEM_TIME");
        else
            clause_name(alter, "DROP PERIOD FOR ", part);
        break;
    default:
        clause_name(alter, "DROP CONSTRAINT ", part);
        break;
    }
}

static void parts_drop(struct alter *alter)
{
    for (uint32_t i = 0; i < alter->change->member_count; i++) {
        const struct skn_change *member = alter->change->members[i];
        if (member->op == SKN_CHANGE_DROP || member->op == SKN_CHANGE_REPLACE)
            part_drop(alter, member->from);
    }
}

/* ---- columns ---- */

/* What the server does to rows that are there, where it says nothing itself. */
static void column_fills(struct alter *alter, const struct skn_object *column)
{
    struct skn_mysql_writer *writer = alter->writer;
    if (skn_mysql_attr(writer, column, "null").ptr &&
        !skn_mysql_attr(writer, column, "default").ptr &&
        !skn_mysql_attr(writer, column, "auto_increment").ptr)
        writer->note = "rows that are there get zero, or the empty text, in the new column";
    if (skn_mysql_attr(writer, column, "generated").ptr ||
        skn_mysql_attr(writer, column, "auto_increment").ptr)
        alter->copies = 1;
}

static void column_risks(struct alter *alter, const struct skn_change *change)
{
    struct skn_mysql_writer *writer = alter->writer;
    struct skn_str from = skn_mysql_attr(writer, change->from, "type");
    struct skn_str to = skn_mysql_attr(writer, change->to, "type");
    struct skn_str charset = skn_mysql_attr(writer, change->to, "charset");
    int recoded = attr_differs(alter, change, "charset");
    if (!same(from, to) || recoded || attr_differs(alter, change, "collation") ||
        attr_differs(alter, change, "generated")) {
        writer->flags |= SKN_SQL_REWRITES;
        alter->copies = 1;
    }
    if (!skn_mysql_type_widens(from, to) || (recoded && !skn_str_is(charset, "utf8mb4")))
        writer->flags |= SKN_SQL_LOSSY | SKN_SQL_MAY_FAIL;
    if (attr_differs(alter, change, "null") && skn_mysql_attr(writer, change->to, "null").ptr) {
        writer->flags |= SKN_SQL_MAY_FAIL;
        risk_add(alter, change->from, " IS NULL");
        alter->copies = 1;
    }
    if (attr_differs(alter, change, "check"))
        alter->copies = 1;
}

static void position_put(struct alter *alter, size_t at)
{
    size_t later = at + 1;
    /* At the end it lands anyway, where only new ones follow. */
    while (later < alter->place_count && alter->places[later].old < 0)
        later++;
    if (alter->places[at].old < 0 && later == alter->place_count && at > 0)
        return;
    skn_mysql_put(alter->writer, at ? " AFTER " : " FIRST");
    if (at)
        skn_mysql_put_name(alter->writer, alter->writer->host->name(alter->places[at - 1].column));
}

static void column_change(struct alter *alter, const struct skn_mysql_place *place)
{
    struct skn_mysql_writer *writer = alter->writer;
    const struct skn_change *change = place->change;
    if (change && attr_differs(alter, change, "name")) {
        clause_name(alter, "CHANGE COLUMN ", change->from);
        skn_mysql_put(writer, " ");
    } else {
        clause_begin(alter, "MODIFY COLUMN ");
    }
    if (change)
        column_risks(alter, change);
}

static void column_write(struct alter *alter, size_t at)
{
    const struct skn_mysql_place *place = &alter->places[at];
    int is_new = place->old < 0;
    if (!is_new && !place->change && !place->moves)
        return;
    if (is_new && place->change && place->change->op == SKN_CHANGE_ALTER) {
        clause_name(alter, "DROP COLUMN ", place->change->from);
        column_loses(alter, place->change->from);
    }
    if (is_new) {
        clause_begin(alter, "ADD COLUMN ");
        column_fills(alter, place->column);
    } else {
        column_change(alter, place);
    }
    skn_mysql_column_put(alter->writer, place->column, alter->plain);
    if (is_new || place->moves)
        position_put(alter, at);
}

/* ---- what comes ---- */

static int is_plain_index(const struct skn_str definition)
{
    struct skn_str rest = definition;
    struct skn_mysql_token token;
    skn_mysql_token_next(&rest, &token);
    return skn_mysql_token_is(&token, "KEY") || skn_mysql_token_is(&token, "UNIQUE");
}

static void part_add(struct alter *alter, const struct skn_object *part)
{
    struct skn_mysql_writer *writer = alter->writer;
    struct skn_str definition = writer->host->definition(part);
    uint32_t kind = writer->host->kind(part);
    clause_begin(alter, "ADD ");
    skn_mysql_put_str(writer, definition);
    if (skn_mysql_attr(writer, part, "ignored").ptr)
        skn_mysql_put(writer,
                      skn_mysql_is_mariadb_version(writer->options) ? " IGNORED" : " INVISIBLE");
    if (kind == SKN_MYSQL_KIND_INDEX)
        skn_mysql_indexes_claim(writer, part, alter->change->from, ",\n    ");
    if (kind == SKN_MYSQL_KIND_INDEX && is_plain_index(definition)) {
        if (definition.ptr[0] == 'U')
            writer->flags |= SKN_SQL_MAY_FAIL;
        return;
    }
    alter->copies = 1;
    if (kind == SKN_MYSQL_KIND_CHECK || skn_str_is(writer->host->name(part), "PRIMARY"))
        writer->flags |= SKN_SQL_MAY_FAIL;
}

static void index_ignore(struct alter *alter, const struct skn_change *change)
{
    int ignored = skn_mysql_attr(alter->writer, change->to, "ignored").ptr != NULL;
    clause_name(alter, "ALTER INDEX ", change->to);
    if (skn_mysql_is_mariadb_version(alter->writer->options))
        skn_mysql_put(alter->writer, ignored ? " IGNORED" : " NOT IGNORED");
    else
        skn_mysql_put(alter->writer, ignored ? " INVISIBLE" : " VISIBLE");
}

static void parts_add(struct alter *alter)
{
    for (uint32_t i = 0; i < alter->change->member_count; i++) {
        const struct skn_change *member = alter->change->members[i];
        const struct skn_object *object = member->to;
        if (!object || alter->writer->host->kind(object) == SKN_MYSQL_KIND_COLUMN)
            continue;
        if (member->op == SKN_CHANGE_ALTER)
            index_ignore(alter, member);
        else
            part_add(alter, object);
    }
}

/* ---- the table's own ---- */

static struct skn_str option_reset(struct skn_str key)
{
    static const struct {
        const char *key;
        const char *value;
    } resets[] = {
        {"COMMENT", "''"},      {"KEY_BLOCK_SIZE", "0"},  {"MAX_ROWS", "0"},
        {"MIN_ROWS", "0"},      {"AVG_ROW_LENGTH", "0"},  {"CHECKSUM", "0"},
        {"PAGE_CHECKSUM", "0"}, {"DELAY_KEY_WRITE", "0"}, {"UNION", "()"},
        {"CONNECTION", "''"},
    };
    for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++)
        if (skn_str_is(key, resets[i].key))
            return skn_str(resets[i].value);
    return skn_str("DEFAULT");
}

static int is_option(struct skn_str key)
{
    static const char *const others[] = {"order",   "partitions",      "partition list",
                                         "COLLATE", "DEFAULT CHARSET", "system versioning"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (skn_str_is(key, others[i]))
            return 0;
    return 1;
}

static void options_put(struct alter *alter)
{
    struct skn_mysql_writer *writer = alter->writer;
    for (uint32_t i = 0; i < alter->change->attr_count; i++) {
        const struct skn_attr_change *attr = &alter->change->attrs[i];
        if (!is_option(attr->key))
            continue;
        clause_begin(alter, "");
        skn_mysql_put_str(writer, attr->key);
        skn_mysql_put(writer, "=");
        skn_mysql_put_str(writer, attr->to.ptr ? attr->to : option_reset(attr->key));
        if (skn_str_is(attr->key, "COMMENT"))
            continue;
        alter->copies = 1;
        writer->flags |= SKN_SQL_REWRITES;
    }
    if (!alter->plain) {
        clause_begin(alter, "DEFAULT CHARACTER SET ");
        skn_mysql_put_str(writer, skn_mysql_attr(writer, alter->change->to, "DEFAULT CHARSET"));
        skn_mysql_put(writer, " COLLATE ");
        skn_mysql_put_str(writer, skn_mysql_attr(writer, alter->change->to, "COLLATE"));
    }
}

static void versioning_put(struct alter *alter)
{
    if (!attr_differs(alter, alter->change, "system versioning"))
        return;
    alter->copies = 1;
    if (skn_mysql_attr(alter->writer, alter->change->to, "system versioning").ptr) {
        if (!alter->versioned)
            clause_begin(alter, "ADD SYSTEM VERSIONING");
        return;
    }
    clause_begin(alter, "DROP SYSTEM VERSIONING");
    alter->writer->flags |= SKN_SQL_DESTROYS_DATA;
    alter->writer->note = "the history of its rows is lost";
}

/* Stands behind the clauses, without a comma. Rows are moved, never dropped. */
static void partitions_put(struct alter *alter)
{
    struct skn_mysql_writer *writer = alter->writer;
    struct skn_str to = skn_mysql_attr(writer, alter->change->to, "partition text");
    if (alter->parted || (!attr_differs(alter, alter->change, "partitions") &&
                          !attr_differs(alter, alter->change, "partition list")))
        return;
    skn_mysql_put(writer, "\n    ");
    alter->copies = 1;
    alter->clauses++;
    writer->flags |= SKN_SQL_REWRITES;
    if (to.ptr) {
        skn_mysql_put_str(writer, to);
        writer->flags |= SKN_SQL_MAY_FAIL;
    } else {
        skn_mysql_put(writer, "REMOVE PARTITIONING");
    }
}

/* ---- what must be done before ---- */

static void statement_begin(struct alter *alter)
{
    skn_mysql_put(alter->writer, "ALTER TABLE ");
    skn_mysql_put_name(alter->writer, alter->writer->host->name(alter->change->to));
}

/* Columns can be left out of the versions of a table that has some. */
static int versioning_first(struct alter *alter)
{
    struct skn_mysql_writer *writer = alter->writer;
    if (!attr_differs(alter, alter->change, "system versioning") ||
        !skn_mysql_attr(writer, alter->change->to, "system versioning").ptr)
        return SKN_OK;
    for (size_t i = 0; i < alter->place_count && !alter->versioned; i++)
        alter->versioned =
            skn_mysql_attr(writer, alter->places[i].column, "versioning").ptr != NULL;
    if (!alter->versioned)
        return SKN_OK;
    statement_begin(alter);
    skn_mysql_put(writer, " ADD SYSTEM VERSIONING");
    writer->flags |= SKN_SQL_BLOCKS_WRITES;
    return skn_mysql_writer_end(writer);
}

/* ---- all of it ---- */

static void clauses_put(struct alter *alter)
{
    parts_drop(alter);
    for (size_t i = 0; i < alter->place_count; i++)
        column_write(alter, i);
    parts_add(alter);
    options_put(alter);
    versioning_put(alter);
    partitions_put(alter);
}

static void online_put(struct alter *alter)
{
    if (alter->copies)
        alter->writer->flags |= SKN_SQL_BLOCKS_WRITES;
    else if (alter->writer->options->flags & SKN_SCHEMA_ONLINE)
        clause_begin(alter, "ALGORITHM=INPLACE, LOCK=NONE");
}

static int alter_write(struct alter *alter)
{
    struct skn_mysql_writer *writer = alter->writer;
    const struct skn_change *change = alter->change;
    if (alter->versioned || skn_mysql_attr(writer, change->from, "system versioning").ptr)
        skn_mysql_put(writer, "SET STATEMENT system_versioning_alter_history = 'KEEP' FOR ");
    statement_begin(alter);
    clauses_put(alter);
    if (alter->clauses == 0) {
        skn_mysql_writer_finish(writer);
        return skn_mysql_writer_begin(writer);
    }
    online_put(alter);
    return skn_mysql_writer_end(writer);
}

int skn_mysql_table_alter(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    struct alter alter = {.writer = writer, .change = change};
    int rc = skn_mysql_places_find(writer, change, &alter.places, &alter.place_count);
    alter.plain = !attr_differs(&alter, change, "DEFAULT CHARSET") &&
                  !attr_differs(&alter, change, "COLLATE");
    alter.parted = (attr_differs(&alter, change, "partitions") ||
                    attr_differs(&alter, change, "partition list")) &&
                   skn_mysql_partitions_are_partial(writer, change);
    if (rc == SKN_OK)
        rc = versioning_first(&alter);
    if (rc == SKN_OK)
        rc = alter_write(&alter);
    if (rc == SKN_OK && alter.parted)
        rc = skn_mysql_partitions_alter(writer, change);
    free(alter.places);
    return rc;
}
