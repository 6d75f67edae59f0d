/*
 * The schema as SQLite stores it: one pass over sqlite_schema, and two questions to the engine by
 * which our reading of it is checked. Knows nothing of the core.
 */
#include <stdlib.h>
#include <string.h>

#include "schema.h"

/* ---- reading rows ---- */

struct reading {
    struct skn_conn *conn;
    struct skn_sqlite_catalog *catalog;
    const struct skn_schema_options *options;
    struct skn_sqlite_entry *last; /* whose columns are coming */
};

typedef void take_row(struct reading *reading, sqlite3_stmt *stmt);

static struct skn_str text_at(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    return text ? skn_str_len(text, (size_t)sqlite3_column_bytes(stmt, column)) : skn_str(NULL);
}

static int rows_read(struct reading *reading, const char *sql, take_row *take,
                     struct skn_error *err)
{
    struct skn_conn *conn = reading->conn;
    sqlite3_stmt *stmt = NULL;
    int code = SKN_OK;
    int rc;
    conn->effects.muted++;
    rc = sqlite3_prepare_v3(conn->db, sql, -1, 0, &stmt, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
            take(reading, stmt);
    }
    if (rc != SQLITE_DONE)
        code = skn_sqlite_fail(conn, rc, err);
    sqlite3_finalize(stmt);
    conn->effects.muted--;
    return code;
}

/* ---- entries ---- */

static int entry_kind(struct skn_str type, const struct skn_sqlite_tokens *tokens)
{
    if (skn_str_is(type, "index"))
        return SKN_SQLITE_INDEX;
    if (skn_str_is(type, "view"))
        return SKN_SQLITE_VIEW;
    if (skn_str_is(type, "trigger"))
        return SKN_SQLITE_TRIGGER;
    return skn_sqlite_token_is(tokens, 1, "VIRTUAL") ? SKN_SQLITE_VIRTUAL : SKN_SQLITE_TABLE;
}

static int is_ignored(const struct skn_schema_options *options, struct skn_str name)
{
    uint32_t i;
    for (i = 0; i < options->ignore_count; i++)
        if (skn_sqlite_same(options->ignore[i], name))
            return 1;
    return name.len >= 7 && sqlite3_strnicmp(name.ptr, "sqlite_", 7) == 0;
}

/* What the module of a virtual table gets is its own language, and stays as it is. */
static struct skn_str arguments_of(struct skn_str sql, const struct skn_sqlite_tokens *tokens,
                                   size_t first)
{
    const char *start = first < tokens->count ? tokens->item[first].text.ptr : sql.ptr + sql.len;
    return skn_str_len(start, (size_t)(sql.ptr + sql.len - start));
}

static void table_take(struct skn_sqlite_catalog *catalog, struct skn_sqlite_entry *entry)
{
    entry->unread =
        !skn_sqlite_table_read(&entry->table, catalog->pool, &catalog->tokens, entry->rest);
    entry->table.tokens = (struct skn_sqlite_tokens){0}; /* the next table takes their room */
}

static void text_read(struct skn_sqlite_catalog *catalog, struct skn_sqlite_entry *entry,
                      struct skn_str type)
{
    struct skn_sqlite_pool *pool = catalog->pool;
    struct skn_sqlite_tokens tokens;
    size_t at = 2;
    skn_sqlite_pool_reset(&catalog->tokens);
    skn_sqlite_tokens_read(&catalog->tokens, entry->sql, &tokens);
    entry->kind = entry_kind(type, &tokens);
    if (skn_sqlite_token_is(&tokens, 1, "UNIQUE") || skn_sqlite_token_is(&tokens, 1, "VIRTUAL"))
        at++;
    if (at >= tokens.count || !skn_sqlite_token_names(&tokens.item[at]) ||
        !skn_sqlite_same(skn_sqlite_token_name(pool, &tokens.item[at]), entry->name)) {
        entry->unread = 1;
        return;
    }
    if (entry->kind == SKN_SQLITE_VIRTUAL)
        entry->rest = arguments_of(entry->sql, &tokens, at + 1);
    else
        entry->rest = skn_sqlite_tokens_write(
            pool, &tokens, at + 1, entry->kind == SKN_SQLITE_TABLE ? entry->name : skn_str(NULL));
    entry->unique = skn_sqlite_token_is(&tokens, 1, "UNIQUE");
    if (entry->kind == SKN_SQLITE_TABLE)
        table_take(catalog, entry);
    else
        skn_sqlite_tokens_read(pool, entry->rest, &entry->tokens);
}

static void entry_take(struct reading *reading, sqlite3_stmt *stmt)
{
    struct skn_sqlite_catalog *catalog = reading->catalog;
    struct skn_sqlite_pool *pool = catalog->pool;
    struct skn_sqlite_entry *entry;
    void *grown = skn_sqlite_pool_grow(pool, catalog->entries, catalog->count, &catalog->room,
                                       sizeof *catalog->entries);
    entry = grown ? skn_sqlite_pool_alloc(pool, sizeof *entry) : NULL;
    if (!entry)
        return;
    catalog->entries = grown;
    entry->index = catalog->count;
    catalog->entries[catalog->count++] = entry;
    entry->name = skn_sqlite_pool_keep(pool, text_at(stmt, 1));
    entry->of = skn_sqlite_pool_keep(pool, text_at(stmt, 2));
    entry->sql = skn_sqlite_pool_keep(pool, text_at(stmt, 3));
    entry->id = skn_sqlite_id(pool, skn_str(NULL), entry->name);
    entry->hidden =
        is_ignored(reading->options, entry->name) || is_ignored(reading->options, entry->of);
    text_read(catalog, entry, text_at(stmt, 0));
    entry->table.pool = pool;
}

/* ---- what the engine says of them ---- */

static int key_compare(const void *a, const void *b)
{
    const struct skn_str *one = a;
    const struct skn_str *other = b;
    size_t least = one->len < other->len ? one->len : other->len;
    int order = least ? memcmp(one->ptr, other->ptr, least) : 0;
    return order ? order : (one->len > other->len) - (one->len < other->len);
}

static int relation_compare(const void *a, const void *b)
{
    const struct skn_sqlite_entry *const *one = a;
    const struct skn_sqlite_entry *const *other = b;
    return key_compare(&(*one)->id, &(*other)->id);
}

static struct skn_sqlite_entry *find(const struct skn_sqlite_catalog *catalog, struct skn_str id)
{
    const struct skn_sqlite_entry key = {.id = id};
    const struct skn_sqlite_entry *wanted = &key;
    struct skn_sqlite_entry **found =
        catalog->relation_count > 0 ? bsearch(&wanted, catalog->relations, catalog->relation_count,
                                              sizeof(wanted), relation_compare)
                                    : NULL;
    return found ? *found : NULL;
}

const struct skn_sqlite_entry *skn_sqlite_catalog_find(const struct skn_sqlite_catalog *catalog,
                                                       struct skn_str id)
{
    return find(catalog, id);
}

static void relations_sort(struct skn_sqlite_catalog *catalog)
{
    size_t i;
    catalog->relations =
        skn_sqlite_pool_alloc(catalog->pool, (catalog->count + 1) * sizeof *catalog->relations);
    for (i = 0; catalog->relations && i < catalog->count; i++) {
        int kind = catalog->entries[i]->kind;
        if (kind == SKN_SQLITE_TABLE || kind == SKN_SQLITE_VIRTUAL || kind == SKN_SQLITE_VIEW)
            catalog->relations[catalog->relation_count++] = catalog->entries[i];
    }
    if (catalog->relation_count > 1)
        qsort(catalog->relations, catalog->relation_count, sizeof *catalog->relations,
              relation_compare);
}

/* A view whose columns the engine cannot tell reads what is not there. */
static void relation_take(struct reading *reading, sqlite3_stmt *stmt)
{
    struct skn_sqlite_catalog *catalog = reading->catalog;
    struct skn_sqlite_entry *entry =
        find(catalog, skn_sqlite_id(catalog->pool, skn_str(NULL), text_at(stmt, 0)));
    if (!entry)
        return;
    if (skn_str_is(text_at(stmt, 1), "shadow"))
        entry->hidden = 1;
    if (entry->kind == SKN_SQLITE_VIEW && sqlite3_column_int(stmt, 2) <= 0)
        catalog->brittle = 1;
}

static void column_take(struct reading *reading, sqlite3_stmt *stmt)
{
    struct skn_sqlite_catalog *catalog = reading->catalog;
    struct skn_str name = text_at(stmt, 0);
    struct skn_sqlite_entry *entry = reading->last;
    const struct skn_sqlite_column *column;
    int hidden = sqlite3_column_int(stmt, 2);
    if (!entry || !skn_sqlite_same(entry->name, name))
        entry = reading->last = find(catalog, skn_sqlite_id(catalog->pool, skn_str(NULL), name));
    if (!entry || entry->kind != SKN_SQLITE_TABLE || entry->unread)
        return;
    column = &entry->table.columns[entry->seen];
    if (entry->seen >= entry->table.column_count ||
        !skn_sqlite_same(column->name, text_at(stmt, 1)) ||
        (hidden > 1) != (column->generated.ptr != NULL) || (hidden == 3) != column->stored)
        entry->unread = 1;
    entry->seen++;
}

static void belongings_hide(struct skn_sqlite_catalog *catalog)
{
    size_t i;
    for (i = 0; i < catalog->count; i++) {
        struct skn_sqlite_entry *entry = catalog->entries[i];
        const struct skn_sqlite_entry *of =
            find(catalog, skn_sqlite_id(catalog->pool, skn_str(NULL), entry->of));
        if (entry->kind == SKN_SQLITE_TABLE && !entry->unread)
            entry->unread = entry->seen != entry->table.column_count;
        if (!of || (of != entry && (of->hidden || of->unread)))
            entry->hidden = 1;
    }
}

/* ---- all of it ---- */

static int questions_ask(struct reading *reading, struct skn_error *err)
{
    int code = rows_read(reading,
                         "SELECT type, name, tbl_name, sql FROM main.sqlite_schema"
                         " WHERE sql IS NOT NULL ORDER BY rowid",
                         entry_take, err);
    if (code)
        return code;
    relations_sort(reading->catalog);
    code =
        rows_read(reading, "SELECT name, type, ncol FROM pragma_table_list WHERE schema = 'main'",
                  relation_take, err);
    /* Only of tables: the engine fails where a view or a module is broken. */
    return code ? code
                : rows_read(reading,
                            "SELECT m.name, c.name, c.hidden FROM main.sqlite_schema AS m,"
                            " pragma_table_xinfo(m.name, 'main') AS c WHERE m.type = 'table'"
                            " AND m.rootpage > 0",
                            column_take, err);
}

int skn_sqlite_catalog_read(struct skn_conn *conn, struct skn_sqlite_catalog *catalog,
                            const struct skn_schema_options *options, struct skn_error *err)
{
    struct reading reading = {conn, catalog, options, NULL};
    /* One transaction, so that the answers belong together. */
    int code = skn_sqlite_ask(conn, "SAVEPOINT skein_inspect", NULL, 0, err);
    if (code)
        return code;
    code = questions_ask(&reading, err);
    skn_sqlite_run(conn, "RELEASE skein_inspect", NULL, 0);
    catalog->pool->failed |= catalog->tokens.failed;
    skn_sqlite_pool_finish(&catalog->tokens);
    if (!code)
        belongings_hide(catalog);
    return code;
}
