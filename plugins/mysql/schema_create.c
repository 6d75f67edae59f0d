/*
 * Tables as they are made, and foreign keys, which come and go on their own. It knows nothing of
 * tables that are there.
 */
#include "schema.h"

/* ---- columns ---- */

static int is_table_charset(const struct skn_mysql_writer *writer, const struct skn_object *column)
{
    const struct skn_object *table = writer->host->parent(column);
    struct skn_str mine = skn_mysql_attr(writer, column, "collation");
    struct skn_str other = skn_mysql_attr(writer, table, "COLLATE");
    struct skn_str charset = skn_mysql_attr(writer, column, "charset");
    struct skn_str table_charset = skn_mysql_attr(writer, table, "DEFAULT CHARSET");
    return mine.ptr && mine.len == other.len && memcmp(mine.ptr, other.ptr, mine.len) == 0 &&
           charset.len == table_charset.len &&
           memcmp(charset.ptr, table_charset.ptr, charset.len) == 0;
}

void skn_mysql_column_put(struct skn_mysql_writer *writer, const struct skn_object *column,
                          int plain)
{
    struct skn_str charset = skn_mysql_attr(writer, column, "charset");
    struct skn_str collation = skn_mysql_attr(writer, column, "collation");
    struct skn_str tail = skn_mysql_attr(writer, column, "tail");
    int shown = !(plain && is_table_charset(writer, column));
    skn_mysql_put_name(writer, writer->host->name(column));
    skn_mysql_put(writer, " ");
    skn_mysql_put_str(writer, skn_mysql_attr(writer, column, "type"));
    if (charset.ptr && shown) {
        skn_mysql_put(writer, " CHARACTER SET ");
        skn_mysql_put_str(writer, charset);
    }
    if (collation.ptr && shown) {
        skn_mysql_put(writer, " COLLATE ");
        skn_mysql_put_str(writer, collation);
    }
    skn_mysql_put(writer, tail.len > 0 ? " " : "");
    skn_mysql_put_str(writer, tail);
}

/* ---- tables ---- */

static void created_put(struct skn_mysql_writer *writer, const struct skn_object *object)
{
    if (writer->host->kind(object) == SKN_MYSQL_KIND_COLUMN)
        skn_mysql_column_put(writer, object, 1);
    else
        skn_mysql_put_str(writer, writer->host->definition(object));
    if (skn_mysql_attr(writer, object, "ignored").ptr)
        skn_mysql_put(writer,
                      skn_mysql_is_mariadb_version(writer->options) ? " IGNORED" : " INVISIBLE");
}

int skn_mysql_table_create(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    struct skn_str partitions = skn_mysql_attr(writer, change->to, "partition text");
    skn_mysql_put(writer, "CREATE TABLE ");
    skn_mysql_put_name(writer, writer->host->name(change->to));
    skn_mysql_put(writer, " (");
    for (uint32_t i = 0; i < change->member_count; i++) {
        skn_mysql_put(writer, i ? ",\n    " : "\n    ");
        created_put(writer, change->members[i]->to);
    }
    skn_mysql_put(writer, "\n)");
    skn_mysql_put_str(writer, skn_mysql_attr(writer, change->to, "options"));
    if (partitions.ptr) {
        skn_mysql_put(writer, "\n");
        skn_mysql_put_str(writer, partitions);
    }
    return skn_mysql_writer_end(writer);
}

/* ---- foreign keys ---- */

int skn_mysql_foreign_key_render(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    const struct skn_schema_host *host = writer->host;
    const struct skn_object *key = change->to ? change->to : change->from;
    skn_mysql_put(writer, "ALTER TABLE ");
    skn_mysql_put_name(writer, host->name(host->parent(key)));
    if (change->op == SKN_CHANGE_DROP) {
        skn_mysql_put(writer, " DROP FOREIGN KEY ");
        skn_mysql_put_name(writer, host->name(key));
    } else {
        if (skn_mysql_indexes_claim(writer, key, NULL, " "))
            skn_mysql_put(writer, ",");
        skn_mysql_put(writer, " ADD ");
        skn_mysql_put_str(writer, host->definition(key));
        writer->flags |= SKN_SQL_MAY_FAIL | SKN_SQL_BLOCKS_WRITES;
    }
    return skn_mysql_writer_end(writer);
}
