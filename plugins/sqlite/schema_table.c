/*
 * What CREATE TABLE says: its columns with their types, and its options. Knows nothing of catalogs.
 */
#include <string.h>

#include "schema.h"

int skn_sqlite_table_column(const struct skn_sqlite_table *table, struct skn_str name)
{
    size_t i;
    for (i = 0; i < table->column_count; i++)
        if (skn_sqlite_same(table->columns[i].name, name))
            return (int)i;
    return SKN_SQLITE_NOWHERE;
}

static int opens_constraint(const struct skn_sqlite_tokens *tokens, size_t at)
{
    static const char *const words[] = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"};
    size_t i;
    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (skn_sqlite_token_is(tokens, at, words[i]))
            return 1;
    return 0;
}

static struct skn_str type_read(struct skn_sqlite_parser *parser)
{
    const struct skn_sqlite_tokens *tokens = &parser->table->tokens;
    struct skn_sqlite_text canon = {.pool = parser->table->pool};
    struct skn_sqlite_text upper = {.pool = parser->table->pool};
    size_t first = parser->at;
    while (!skn_sqlite_column_ends(tokens, parser->at)) {
        if (skn_sqlite_token_is(tokens, parser->at, "("))
            parser->at = skn_sqlite_tokens_close(tokens, parser->at);
        else
            parser->at++;
    }
    if (parser->at == first)
        return skn_str(NULL);
    skn_sqlite_tokens_canon(&canon, tokens, first, parser->at, NULL, NULL);
    skn_sqlite_text_upper(&upper, skn_sqlite_text_str(&canon));
    return skn_sqlite_text_str(&upper);
}

static int column_read(struct skn_sqlite_parser *parser)
{
    struct skn_sqlite_table *table = parser->table;
    struct skn_sqlite_column column;
    void *grown = skn_sqlite_pool_grow(table->pool, table->columns, table->column_count,
                                       &table->column_room, sizeof column);
    if (!grown || parser->at >= table->tokens.count ||
        !skn_sqlite_token_names(&table->tokens.item[parser->at]))
        return 0;
    table->columns = grown;
    memset(&column, 0, sizeof column);
    column.first = parser->at;
    column.name = skn_sqlite_token_name(table->pool, &table->tokens.item[parser->at++]);
    column.type = type_read(parser);
    table->columns[table->column_count++] = column;
    skn_sqlite_column_constraints_read(parser, (int)table->column_count - 1);
    table->columns[table->column_count - 1].end = parser->at;
    return !parser->failed;
}

static int options_read(struct skn_sqlite_parser *parser)
{
    struct skn_sqlite_table *table = parser->table;
    const struct skn_sqlite_tokens *tokens = &table->tokens;
    while (parser->at < tokens->count) {
        if (skn_sqlite_token_is(tokens, parser->at, "STRICT")) {
            table->strict = 1;
            parser->at++;
        } else if (skn_sqlite_token_is(tokens, parser->at, "WITHOUT") &&
                   skn_sqlite_token_is(tokens, parser->at + 1, "ROWID")) {
            table->without_rowid = 1;
            parser->at += 2;
        } else
            return 0;
        if (skn_sqlite_token_is(tokens, parser->at, ","))
            parser->at++;
    }
    return 1;
}

/* As many as there can be: the items that stand between commas. */
static void columns_reserve(struct skn_sqlite_table *table)
{
    size_t depth = 0;
    size_t i;
    table->column_room = 1;
    for (i = 0; i < table->tokens.count; i++) {
        char c = table->tokens.item[i].type == SKN_SQLITE_TOKEN_SIGN
                     ? table->tokens.item[i].text.ptr[0]
                     : '\0';
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        table->column_room += c == ',' && depth == 1;
    }
    table->columns = skn_sqlite_pool_array(table->pool, table->column_room, sizeof *table->columns);
}

static int body_read(struct skn_sqlite_table *table)
{
    struct skn_sqlite_parser parser = {.table = table, .at = 1};
    columns_reserve(table);
    if (!table->columns || !skn_sqlite_token_is(&table->tokens, 0, "("))
        return 0;
    table->rowid_key = SKN_SQLITE_NOWHERE;
    do {
        if (table->column_count > 0 && opens_constraint(&table->tokens, parser.at)) {
            skn_sqlite_table_constraints_read(&parser);
            break;
        }
        if (!column_read(&parser))
            return 0;
    } while (skn_sqlite_token_is(&table->tokens, parser.at, ",") && parser.at++);
    if (parser.failed || !skn_sqlite_token_is(&table->tokens, parser.at, ")"))
        return 0;
    parser.at++;
    return options_read(&parser);
}

/* The name, or else the text; of two alike the second is told from the first. */
static void ids_give(struct skn_sqlite_table *table)
{
    size_t i;
    size_t k;
    for (i = 0; i < table->constraint_count; i++) {
        struct skn_sqlite_constraint *one = &table->constraints[i];
        struct skn_sqlite_text id = {.pool = table->pool};
        char number[24];
        size_t twins = 0;
        if (one->name.ptr)
            skn_sqlite_text_lower(&id, one->name);
        else
            skn_sqlite_text_add(&id, one->text);
        for (k = 0; k < i; k++)
            twins += skn_sqlite_same(one->name, table->constraints[k].name) &&
                     (one->name.ptr || skn_sqlite_same(one->text, table->constraints[k].text));
        snprintf(number, sizeof number, " #%zu", twins + 1);
        skn_sqlite_text_adds(&id, twins ? number : "");
        one->id = skn_sqlite_text_str(&id);
    }
}

int skn_sqlite_table_read(struct skn_sqlite_table *table, struct skn_sqlite_pool *pool,
                          struct skn_sqlite_pool *token_pool, struct skn_str body)
{
    int good;
    memset(table, 0, sizeof *table);
    table->pool = pool;
    skn_sqlite_tokens_read(token_pool, body, &table->tokens);
    good = body_read(table);
    /* Whether "x" is a column or a text is known when all columns are. */
    if (good && skn_sqlite_tokens_quote(&table->tokens)) {
        struct skn_sqlite_table again = {.pool = pool,
                                         .tokens = table->tokens,
                                         .known = table->columns,
                                         .known_count = table->column_count};
        good = body_read(&again);
        *table = again;
    }
    if (table->without_rowid)
        table->rowid_key = SKN_SQLITE_NOWHERE;
    ids_give(table);
    return good && !pool->failed && !token_pool->failed;
}
