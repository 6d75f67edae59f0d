/*
 * Reporting the catalog: objects with what is compared of them. Knows nothing of how it was read.
 */
#include <string.h>

#include "schema.h"

enum { ATTRS_MAX = 8 };

struct report {
    const struct skn_sqlite_catalog *catalog;
    const struct skn_sink *sink;
    struct skn_attr attrs[ATTRS_MAX];
    uint32_t attr_count;
};

static void attr_add(struct report *report, const char *key, struct skn_str value,
                     uint32_t attr_class)
{
    struct skn_attr *attr = &report->attrs[report->attr_count];
    if (!value.ptr)
        return;
    attr->key = skn_str(key);
    attr->value = value;
    attr->attr_class = attr_class;
    attr->reserved = 0;
    report->attr_count++;
}

/* Hands the object over with the attributes that were added for it. */
static int object_add(struct report *report, struct skn_fact *fact)
{
    int code;
    fact->size = sizeof *fact;
    fact->attrs = report->attrs;
    fact->attr_count = report->attr_count;
    code = report->sink->object(report->sink->ctx, fact);
    report->attr_count = 0;
    return code;
}

/* Tables, views and indexes share their names. */
static struct skn_str slot_of(struct skn_sqlite_pool *pool, const struct skn_sqlite_entry *entry)
{
    struct skn_sqlite_text slot = {.pool = pool};
    if (entry->kind == SKN_SQLITE_TRIGGER)
        return skn_str(NULL);
    skn_sqlite_text_adds(&slot, "relation ");
    skn_sqlite_text_add(&slot, entry->id);
    return skn_sqlite_text_str(&slot);
}

/* ---- tables ---- */

static int column_report(struct report *report, const struct skn_sqlite_entry *entry,
                         const struct skn_sqlite_column *column)
{
    struct skn_fact fact = {.kind = SKN_SQLITE_COLUMN,
                            .id = skn_sqlite_id(report->catalog->pool, entry->name, column->name),
                            .name = column->name,
                            .parent_kind = SKN_SQLITE_TABLE,
                            .parent_id = entry->id};
    attr_add(report, "type", column->type, SKN_ATTR_SEMANTIC);
    attr_add(report, "not null", column->not_null, SKN_ATTR_SEMANTIC);
    attr_add(report, "default", column->fallback, SKN_ATTR_SEMANTIC);
    attr_add(report, "collation", column->collation, SKN_ATTR_SEMANTIC);
    attr_add(report, "generated", column->generated, SKN_ATTR_SEMANTIC);
    return object_add(report, &fact);
}

static int constraint_report(struct report *report, const struct skn_sqlite_entry *entry,
                             const struct skn_sqlite_constraint *constraint)
{
    struct skn_fact fact = {.kind = SKN_SQLITE_CONSTRAINT,
                            .id = skn_sqlite_id(report->catalog->pool, entry->name, constraint->id),
                            .name = constraint->name.ptr ? constraint->name : constraint->text,
                            .definition = constraint->text,
                            .parent_kind = SKN_SQLITE_TABLE,
                            .parent_id = entry->id};
    return object_add(report, &fact);
}

static int table_report(struct report *report, const struct skn_sqlite_entry *entry)
{
    const struct skn_sqlite_table *table = &entry->table;
    const struct skn_str yes = skn_str("yes");
    const struct skn_str no = skn_str(NULL);
    struct skn_fact fact = {.kind = SKN_SQLITE_TABLE,
                            .id = entry->id,
                            .name = entry->name,
                            .slot = slot_of(report->catalog->pool, entry),
                            .parent_kind = SKN_KIND_NONE};
    size_t i;
    int code;
    attr_add(report, "without rowid", table->without_rowid ? yes : no, SKN_ATTR_SEMANTIC);
    attr_add(report, "strict", table->strict ? yes : no, SKN_ATTR_SEMANTIC);
    attr_add(report, "sql", entry->rest, SKN_ATTR_LAYOUT);
    attr_add(report, "beside brittle", report->catalog->brittle ? yes : no, SKN_ATTR_INFO);
    code = object_add(report, &fact);
    for (i = 0; !code && i < table->column_count; i++)
        code = column_report(report, entry, &table->columns[i]);
    for (i = 0; !code && i < table->constraint_count; i++)
        code = constraint_report(report, entry, &table->constraints[i]);
    return code;
}

/* ---- the rest ---- */

/* An index speaks of its table, and of columns of it. */
static int is_of_index(const void *ctx, struct skn_str name)
{
    const struct skn_sqlite_entry *table = ctx;
    return skn_sqlite_same(table->name, name) ||
           skn_sqlite_table_column(&table->table, name) != SKN_SQLITE_NOWHERE;
}

static struct skn_str definition_of(const struct skn_sqlite_catalog *catalog,
                                    const struct skn_sqlite_entry *entry)
{
    struct skn_sqlite_text text = {.pool = catalog->pool};
    const struct skn_sqlite_entry *of = NULL;
    if (entry->kind == SKN_SQLITE_VIRTUAL)
        return entry->rest;
    if (entry->kind == SKN_SQLITE_INDEX)
        of = skn_sqlite_catalog_find(catalog,
                                     skn_sqlite_id(catalog->pool, skn_str(NULL), entry->of));
    skn_sqlite_text_adds(&text, entry->unique ? "unique " : "");
    skn_sqlite_tokens_canon(&text, &entry->tokens, 0, entry->tokens.count, of ? is_of_index : NULL,
                            of);
    return skn_sqlite_text_str(&text);
}

static int entry_report(struct report *report, const struct skn_sqlite_entry *entry)
{
    const struct skn_sqlite_catalog *catalog = report->catalog;
    struct skn_fact fact = {.kind = (uint32_t)entry->kind,
                            .id = entry->id,
                            .name = entry->name,
                            .slot = slot_of(catalog->pool, entry),
                            .definition = definition_of(catalog, entry),
                            .parent_kind = SKN_KIND_NONE};
    int code;
    if (entry->kind == SKN_SQLITE_INDEX || entry->kind == SKN_SQLITE_TRIGGER) {
        fact.parent_id = skn_sqlite_id(catalog->pool, skn_str(NULL), entry->of);
        fact.parent_kind = (uint32_t)skn_sqlite_catalog_find(catalog, fact.parent_id)->kind;
    }
    attr_add(report, "sql", entry->rest, SKN_ATTR_LAYOUT);
    attr_add(report, "unique", entry->unique ? skn_str("yes") : skn_str(NULL), SKN_ATTR_LAYOUT);
    code = object_add(report, &fact);
    if (code || entry->kind == SKN_SQLITE_VIRTUAL)
        return code;
    return skn_sqlite_needs_report(catalog, entry, report->sink);
}

static int unread_report(struct report *report, const struct skn_sqlite_entry *entry)
{
    static const char *const words[SKN_SQLITE_KINDS] = {
        "table", "virtual table", "column", "constraint", "index", "view", "trigger"};
    return report->sink->unmodelled(report->sink->ctx, skn_str(words[entry->kind]), entry->name);
}

static int all_report(struct report *report)
{
    const struct skn_sqlite_catalog *catalog = report->catalog;
    size_t i;
    int code = SKN_OK;
    for (i = 0; !code && i < catalog->count; i++) {
        const struct skn_sqlite_entry *entry = catalog->entries[i];
        if (entry->hidden)
            continue;
        if (entry->unread)
            code = unread_report(report, entry);
        else if (entry->kind == SKN_SQLITE_TABLE)
            code = table_report(report, entry);
        else
            code = entry_report(report, entry);
    }
    return code;
}

static void brittle_find(struct skn_sqlite_catalog *catalog)
{
    size_t i;
    for (i = 0; !catalog->brittle && i < catalog->count; i++) {
        const struct skn_sqlite_entry *entry = catalog->entries[i];
        if (entry->kind == SKN_SQLITE_TRIGGER || entry->kind == SKN_SQLITE_VIEW)
            catalog->brittle = skn_sqlite_entry_brittle(catalog, entry);
    }
}

int skn_sqlite_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                       const struct skn_sink *sink, struct skn_error *err)
{
    struct skn_sqlite_pool pool = {0};
    struct skn_sqlite_catalog catalog = {.pool = &pool};
    struct report report = {.catalog = &catalog, .sink = sink};
    int code = skn_sqlite_session_follow(conn, err);
    if (code)
        return code;
    if (options->schema.len > 0 && !skn_str_is(options->schema, "main"))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                        "SQLite has no schemas: leave out the schema to look at");
    skn_sqlite_wait_install(conn);
    code = skn_sqlite_catalog_read(conn, &catalog, options, err);
    if (!code)
        brittle_find(&catalog);
    if (!code && !pool.failed)
        code = all_report(&report);
    if (!code && pool.failed)
        code = skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    skn_sqlite_pool_finish(&pool);
    return code;
}
