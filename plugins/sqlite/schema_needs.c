/*
 * What a view, a trigger or an index speaks of, as far as its text tells. SQLite keeps no
 * dependencies, and does not mind broken ones until ALTER TABLE looks at them all.
 */
#include <stdlib.h>
#include <string.h>

#include "schema.h"

/* The distinct names in a text, lower case and sorted. */
struct words {
    struct skn_str *item;
    size_t count;
};

static int word_compare(const void *a, const void *b)
{
    const struct skn_str *one = a;
    const struct skn_str *other = b;
    size_t least = one->len < other->len ? one->len : other->len;
    int order = least ? memcmp(one->ptr, other->ptr, least) : 0;
    return order ? order : (one->len > other->len) - (one->len < other->len);
}

static void words_read(struct words *words, struct skn_sqlite_pool *pool,
                       const struct skn_sqlite_tokens *tokens)
{
    size_t count = 0;
    size_t i;
    memset(words, 0, sizeof *words);
    words->item = skn_sqlite_pool_alloc(pool, (tokens->count + 1) * sizeof *words->item);
    for (i = 0; words->item && i < tokens->count; i++)
        if (skn_sqlite_token_names(&tokens->item[i]))
            words->item[count++] =
                skn_sqlite_id(pool, skn_str(NULL), skn_sqlite_token_name(pool, &tokens->item[i]));
    if (count > 1)
        qsort(words->item, count, sizeof *words->item, word_compare);
    for (i = 0; i < count; i++)
        if (i == 0 || word_compare(&words->item[i], &words->item[words->count - 1]) != 0)
            words->item[words->count++] = words->item[i];
}

static int words_hold(const struct words *words, struct skn_str id)
{
    return words->count > 0 &&
           bsearch(&id, words->item, words->count, sizeof *words->item, word_compare) != NULL;
}

static int column_need(const struct skn_sqlite_catalog *catalog,
                       const struct skn_sqlite_entry *entry, const struct skn_sqlite_entry *table,
                       size_t column, const struct skn_sink *sink)
{
    struct skn_str id =
        skn_sqlite_id(catalog->pool, table->name, table->table.columns[column].name);
    return sink->need(sink->ctx, (uint32_t)entry->kind, entry->id, SKN_SQLITE_COLUMN, id);
}

/* The columns that are named, or else all: what says * or nothing goes with any of them. */
static int columns_need(const struct skn_sqlite_catalog *catalog,
                        const struct skn_sqlite_entry *entry, const struct skn_sqlite_entry *table,
                        const struct words *words, const struct skn_sink *sink)
{
    const struct skn_sqlite_table *read = &table->table;
    size_t found = 0;
    size_t i;
    int code = SKN_OK;
    for (i = 0; !code && i < read->column_count; i++) {
        if (!words_hold(words, skn_sqlite_id(catalog->pool, skn_str(NULL), read->columns[i].name)))
            continue;
        found++;
        code = column_need(catalog, entry, table, i, sink);
    }
    for (i = 0; !code && found == 0 && i < read->column_count; i++)
        code = column_need(catalog, entry, table, i, sink);
    return code;
}

static int relation_need(const struct skn_sqlite_catalog *catalog,
                         const struct skn_sqlite_entry *entry, const struct skn_sqlite_entry *other,
                         const struct words *words, const struct skn_sink *sink)
{
    if (other == entry || other->hidden || other->unread)
        return SKN_OK;
    if (other->kind == SKN_SQLITE_TABLE)
        return columns_need(catalog, entry, other, words, sink);
    /* Two views may name each other; what was made later needs what was made earlier. */
    if (entry->kind == SKN_SQLITE_VIEW && other->kind == SKN_SQLITE_VIEW &&
        other->index > entry->index)
        return SKN_OK;
    return sink->need(sink->ctx, (uint32_t)entry->kind, entry->id, (uint32_t)other->kind,
                      other->id);
}

int skn_sqlite_needs_report(const struct skn_sqlite_catalog *catalog,
                            const struct skn_sqlite_entry *entry, const struct skn_sink *sink)
{
    struct words words;
    size_t i;
    int code = SKN_OK;
    words_read(&words, catalog->pool, &entry->tokens);
    for (i = 0; !code && i < words.count; i++) {
        const struct skn_sqlite_entry *other = skn_sqlite_catalog_find(catalog, words.item[i]);
        if (other && (entry->kind != SKN_SQLITE_INDEX || skn_sqlite_same(other->name, entry->of)))
            code = relation_need(catalog, entry, other, &words, sink);
    }
    return code;
}

/* ---- brittle ones ---- */

static int opens_table(const struct skn_sqlite_tokens *tokens, size_t at)
{
    return skn_sqlite_token_is(tokens, at, "FROM") || skn_sqlite_token_is(tokens, at, "JOIN") ||
           skn_sqlite_token_is(tokens, at, "INTO") || skn_sqlite_token_is(tokens, at, "UPDATE");
}

static int is_broken(const struct skn_sqlite_catalog *catalog, const struct skn_sqlite_entry *entry)
{
    const struct skn_sqlite_tokens *tokens = &entry->tokens;
    size_t at;
    for (at = 0; at + 1 < tokens->count; at++) {
        size_t name = at + 1;
        if (!opens_table(tokens, at))
            continue;
        if (skn_sqlite_token_is(tokens, name + 1, "."))
            name += 2;
        if (name >= tokens->count || !skn_sqlite_token_names(&tokens->item[name]) ||
            skn_sqlite_token_is(tokens, name, "OF") || skn_sqlite_token_is(tokens, name, "ON") ||
            skn_sqlite_token_is(tokens, name, "SET") || skn_sqlite_token_is(tokens, name + 1, "("))
            continue;
        if (!skn_sqlite_catalog_find(
                catalog, skn_sqlite_id(catalog->pool, skn_str(NULL),
                                       skn_sqlite_token_name(catalog->pool, &tokens->item[name]))))
            return 1;
    }
    return 0;
}

static int is_column_of_any(const struct skn_sqlite_catalog *catalog, const struct words *words,
                            struct skn_str name)
{
    size_t i;
    for (i = 0; i < words->count; i++) {
        const struct skn_sqlite_entry *other = skn_sqlite_catalog_find(catalog, words->item[i]);
        if (other && skn_sqlite_table_column(&other->table, name) != SKN_SQLITE_NOWHERE)
            return 1;
    }
    return 0;
}

/* Names of tables, of their columns, and what is given a name here are no texts. */
static int may_quote_text(const struct skn_sqlite_catalog *catalog,
                          const struct skn_sqlite_entry *entry)
{
    const struct skn_sqlite_tokens *tokens = &entry->tokens;
    struct words words;
    size_t i;
    if (!skn_sqlite_tokens_quote(tokens))
        return 0;
    words_read(&words, catalog->pool, tokens);
    for (i = 0; i < tokens->count; i++) {
        struct skn_str name;
        if (tokens->item[i].type != SKN_SQLITE_TOKEN_QUOTED ||
            skn_sqlite_token_is(tokens, i + 1, ".") ||
            (i > 0 && skn_sqlite_token_is(tokens, i - 1, "AS")))
            continue;
        name = skn_sqlite_token_name(catalog->pool, &tokens->item[i]);
        if (!skn_sqlite_catalog_find(catalog, skn_sqlite_id(catalog->pool, skn_str(NULL), name)) &&
            !is_column_of_any(catalog, &words, name))
            return 1;
    }
    return 0;
}

int skn_sqlite_entry_brittle(const struct skn_sqlite_catalog *catalog,
                             const struct skn_sqlite_entry *entry)
{
    return is_broken(catalog, entry) || may_quote_text(catalog, entry);
}
