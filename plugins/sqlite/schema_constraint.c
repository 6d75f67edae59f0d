/*
 * The constraints of a CREATE TABLE, in one form wherever they stand: PRIMARY KEY behind a column
 * and behind all of them read the same. Knows nothing of types.
 */
#include <string.h>

#include "schema.h"

static const struct skn_sqlite_tokens *tokens_of(const struct skn_sqlite_parser *parser)
{
    return &parser->table->tokens;
}

static int sees(const struct skn_sqlite_parser *parser, const char *word)
{
    return skn_sqlite_token_is(tokens_of(parser), parser->at, word);
}

static int takes(struct skn_sqlite_parser *parser, const char *word)
{
    int seen = sees(parser, word);
    parser->at += seen != 0;
    return seen;
}

static void expect(struct skn_sqlite_parser *parser, const char *word)
{
    if (!takes(parser, word))
        parser->failed = 1;
}

static struct skn_str name_take(struct skn_sqlite_parser *parser)
{
    const struct skn_sqlite_tokens *tokens = tokens_of(parser);
    if (parser->at >= tokens->count || !skn_sqlite_token_names(&tokens->item[parser->at])) {
        parser->failed = 1;
        return skn_str("");
    }
    return skn_sqlite_token_name(parser->table->pool, &tokens->item[parser->at++]);
}

static int is_column(const void *ctx, struct skn_str name)
{
    const struct skn_sqlite_table *table = ctx;
    size_t i;
    for (i = 0; i < table->known_count; i++)
        if (skn_sqlite_same(table->known[i].name, name))
            return 1;
    return 0;
}

/* An expression in its parentheses. */
static void expression_take(struct skn_sqlite_parser *parser, struct skn_sqlite_text *out)
{
    size_t first = parser->at;
    if (!sees(parser, "(")) {
        parser->failed = 1;
        return;
    }
    parser->at = skn_sqlite_tokens_close(tokens_of(parser), first);
    skn_sqlite_tokens_canon(out, tokens_of(parser), first, parser->at, is_column, parser->table);
}

int skn_sqlite_column_ends(const struct skn_sqlite_tokens *tokens, size_t at)
{
    static const char *const words[] = {",",       ")",     "CONSTRAINT", "DEFAULT", "NULL",
                                        "NOT",     "CHECK", "PRIMARY",    "UNIQUE",  "REFERENCES",
                                        "COLLATE", "AS",    "DEFERRABLE"};
    size_t i;
    for (i = 0; i < sizeof words / sizeof words[0]; i++)
        if (skn_sqlite_token_is(tokens, at, words[i]))
            return 1;
    return at >= tokens->count || (skn_sqlite_token_is(tokens, at, "GENERATED") &&
                                   skn_sqlite_token_is(tokens, at + 1, "ALWAYS"));
}

/* ---- what several constraints share ---- */

static void conflict_take(struct skn_sqlite_parser *parser, struct skn_sqlite_text *out)
{
    if (!takes(parser, "ON"))
        return;
    expect(parser, "CONFLICT");
    if (sees(parser, "ABORT")) { /* as it is without the words */
        parser->at++;
        return;
    }
    skn_sqlite_text_adds(out, out->len ? " on conflict " : "on conflict ");
    skn_sqlite_text_lower(out, name_take(parser));
}

static void constraint_add(struct skn_sqlite_parser *parser, int type, int column,
                           struct skn_str name, const struct skn_sqlite_text *text)
{
    struct skn_sqlite_table *table = parser->table;
    struct skn_sqlite_constraint *one;
    void *grown = skn_sqlite_pool_grow(table->pool, table->constraints, table->constraint_count,
                                       &table->constraint_room, sizeof *one);
    if (!grown)
        return;
    table->constraints = grown;
    one = &table->constraints[table->constraint_count++];
    memset(one, 0, sizeof *one);
    one->type = type;
    one->column = column;
    one->name = name;
    one->text = skn_sqlite_text_str(text);
}

/* Columns in parentheses, with order and collation; the count of them. */
static size_t list_take(struct skn_sqlite_parser *parser, struct skn_sqlite_text *out)
{
    const struct skn_sqlite_tokens *tokens = tokens_of(parser);
    size_t end = skn_sqlite_tokens_close(tokens, parser->at);
    size_t count = 0;
    int starts = 1;
    expect(parser, "(");
    skn_sqlite_text_adds(out, "(");
    for (; !parser->failed && parser->at + 1 < end; parser->at++) {
        const struct skn_sqlite_token *token = &tokens->item[parser->at];
        if (sees(parser, "AUTOINCREMENT"))
            parser->table->counts = 1;
        else if (sees(parser, ",")) {
            skn_sqlite_text_adds(out, ", ");
            starts = 1;
        } else if (starts || !sees(parser, "ASC")) {
            skn_sqlite_text_adds(out, starts ? "" : " ");
            if (starts || token->type != SKN_SQLITE_TOKEN_WORD)
                skn_sqlite_name_canon(out, skn_sqlite_token_name(out->pool, token));
            else
                skn_sqlite_text_lower(out, token->text);
            count += starts != 0;
            starts = 0;
        }
    }
    parser->at = end;
    skn_sqlite_text_adds(out, ")");
    return count;
}

/* ---- foreign keys ---- */

static void action_take(struct skn_sqlite_parser *parser, struct skn_sqlite_text *out,
                        const char *when)
{
    struct skn_str what = name_take(parser);
    int two = skn_sqlite_same(what, skn_str("SET")) || skn_sqlite_same(what, skn_str("NO"));
    struct skn_str more = two ? name_take(parser) : skn_str("");
    if (skn_sqlite_same(more, skn_str("ACTION"))) /* as it is without the words */
        return;
    skn_sqlite_text_adds(out, when);
    skn_sqlite_text_lower(out, what);
    skn_sqlite_text_adds(out, two ? " " : "");
    skn_sqlite_text_lower(out, more);
}

static void references_take(struct skn_sqlite_parser *parser, struct skn_sqlite_text *out)
{
    struct skn_sqlite_text deleted = {.pool = parser->table->pool};
    struct skn_sqlite_text updated = {.pool = parser->table->pool};
    expect(parser, "REFERENCES");
    skn_sqlite_text_adds(out, " references ");
    skn_sqlite_name_canon(out, name_take(parser));
    skn_sqlite_text_adds(out, sees(parser, "(") ? " " : "");
    if (sees(parser, "("))
        list_take(parser, out);
    while (!parser->failed && (sees(parser, "ON") || sees(parser, "MATCH"))) {
        if (takes(parser, "MATCH")) { /* SQLite reads it, and knows one way to match */
            name_take(parser);
            continue;
        }
        parser->at++;
        if (takes(parser, "DELETE"))
            action_take(parser, &deleted, " on delete ");
        else if (takes(parser, "UPDATE"))
            action_take(parser, &updated, " on update ");
        else
            parser->failed = 1;
    }
    skn_sqlite_text_add(out, skn_sqlite_text_str(&deleted));
    skn_sqlite_text_add(out, skn_sqlite_text_str(&updated));
}

/* It belongs to the foreign key before it; immediate is what it is without the words. */
static void deferral_take(struct skn_sqlite_parser *parser)
{
    struct skn_sqlite_table *table = parser->table;
    struct skn_sqlite_text text = {.pool = table->pool};
    size_t last = table->constraint_count;
    int never = takes(parser, "NOT");
    int deferred = 0;
    expect(parser, "DEFERRABLE");
    if (takes(parser, "INITIALLY"))
        deferred = skn_sqlite_same(name_take(parser), skn_str("DEFERRED"));
    while (last > 0 && table->constraints[last - 1].type != SKN_SQLITE_FOREIGN)
        last--;
    if (never || !deferred || last == 0)
        return;
    skn_sqlite_text_add(&text, table->constraints[last - 1].text);
    skn_sqlite_text_adds(&text, " deferrable initially deferred");
    table->constraints[last - 1].text = skn_sqlite_text_str(&text);
}

static int sees_deferral(const struct skn_sqlite_parser *parser)
{
    return sees(parser, "DEFERRABLE") ||
           (sees(parser, "NOT") &&
            skn_sqlite_token_is(tokens_of(parser), parser->at + 1, "DEFERRABLE"));
}

/* ---- of one column ---- */

static struct skn_str default_take(struct skn_sqlite_parser *parser, int *varies)
{
    static const char *const words[] = {"NULL",         "TRUE",         "FALSE",
                                        "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"};
    const struct skn_sqlite_tokens *tokens = tokens_of(parser);
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    size_t i;
    *varies = sees(parser, "(");
    if (*varies) {
        expression_take(parser, &out);
        return skn_sqlite_text_str(&out);
    }
    if (takes(parser, "-"))
        skn_sqlite_text_adds(&out, "-");
    else
        takes(parser, "+");
    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!takes(parser, words[i]))
            continue;
        *varies = i > 2;
        skn_sqlite_text_lower(&out, skn_str(words[i]));
        return i == 0 ? skn_str(NULL) : skn_sqlite_text_str(&out);
    }
    if (parser->at >= tokens->count) {
        parser->failed = 1;
        return skn_str("");
    }
    if (skn_sqlite_token_names(&tokens->item[parser->at])) /* also a bare word is a text here */
        skn_sqlite_text_literal(&out, name_take(parser));
    else
        skn_sqlite_text_lower(&out, tokens->item[parser->at++].text);
    return skn_sqlite_text_str(&out);
}

static void generated_take(struct skn_sqlite_parser *parser, struct skn_sqlite_column *column)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    if (takes(parser, "GENERATED"))
        expect(parser, "ALWAYS");
    expect(parser, "AS");
    expression_take(parser, &out);
    column->stored = takes(parser, "STORED");
    if (!column->stored)
        takes(parser, "VIRTUAL");
    skn_sqlite_text_adds(&out, column->stored ? " stored" : " virtual");
    column->generated = skn_sqlite_text_str(&out);
}

static void primary_take(struct skn_sqlite_parser *parser, int index, struct skn_str name)
{
    struct skn_sqlite_table *table = parser->table;
    const struct skn_sqlite_column *column = &table->columns[index];
    struct skn_sqlite_text out = {.pool = table->pool};
    int is_integer = column->type.ptr && skn_sqlite_same(column->type, skn_str("INTEGER"));
    int falls;
    expect(parser, "KEY");
    falls = takes(parser, "DESC");
    takes(parser, "ASC");
    skn_sqlite_text_adds(&out, "primary key (");
    skn_sqlite_name_canon(&out, column->name);
    skn_sqlite_text_adds(&out, falls ? " desc)" : ")");
    /* Here, and only here, DESC keeps an INTEGER PRIMARY KEY from being the rowid. */
    skn_sqlite_text_adds(&out, falls && is_integer ? " of the column" : "");
    conflict_take(parser, &out);
    if (takes(parser, "AUTOINCREMENT")) {
        table->counts = 1;
        skn_sqlite_text_adds(&out, " autoincrement");
    }
    if (is_integer && !falls)
        table->rowid_key = index;
    constraint_add(parser, SKN_SQLITE_PRIMARY, index, name, &out);
}

static void unique_take(struct skn_sqlite_parser *parser, int index, struct skn_str name)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    skn_sqlite_text_adds(&out, "unique (");
    skn_sqlite_name_canon(&out, parser->table->columns[index].name);
    skn_sqlite_text_adds(&out, ")");
    conflict_take(parser, &out);
    constraint_add(parser, SKN_SQLITE_UNIQUE, index, name, &out);
}

static void check_take(struct skn_sqlite_parser *parser, int index, struct skn_str name)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    skn_sqlite_text_adds(&out, "check ");
    expression_take(parser, &out);
    conflict_take(parser, &out);
    constraint_add(parser, SKN_SQLITE_CHECK, index, name, &out);
}

static void foreign_take(struct skn_sqlite_parser *parser, int index, struct skn_str name)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    skn_sqlite_text_adds(&out, "foreign key (");
    skn_sqlite_name_canon(&out, parser->table->columns[index].name);
    skn_sqlite_text_adds(&out, ")");
    references_take(parser, &out);
    constraint_add(parser, SKN_SQLITE_FOREIGN, index, name, &out);
}

static void not_null_take(struct skn_sqlite_parser *parser, struct skn_sqlite_column *column)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    parser->at++;
    expect(parser, "NULL");
    conflict_take(parser, &out);
    column->not_null = out.len ? skn_sqlite_text_str(&out) : skn_str("yes");
}

static void column_constraint_take(struct skn_sqlite_parser *parser, int index, struct skn_str name)
{
    struct skn_sqlite_column *column = &parser->table->columns[index];
    struct skn_sqlite_text ignored = {.pool = parser->table->pool};
    if (takes(parser, "DEFAULT"))
        column->fallback = default_take(parser, &column->varies);
    else if (takes(parser, "NULL"))
        conflict_take(parser, &ignored);
    else if (sees_deferral(parser))
        deferral_take(parser);
    else if (sees(parser, "NOT"))
        not_null_take(parser, column);
    else if (takes(parser, "PRIMARY"))
        primary_take(parser, index, name);
    else if (takes(parser, "UNIQUE"))
        unique_take(parser, index, name);
    else if (takes(parser, "CHECK"))
        check_take(parser, index, name);
    else if (sees(parser, "REFERENCES"))
        foreign_take(parser, index, name);
    else if (takes(parser, "COLLATE")) {
        struct skn_sqlite_text out = {.pool = parser->table->pool};
        skn_sqlite_name_canon(&out, name_take(parser));
        column->collation = skn_sqlite_text_str(&out);
    } else
        generated_take(parser, column);
}

void skn_sqlite_column_constraints_read(struct skn_sqlite_parser *parser, int column)
{
    while (!parser->failed && !sees(parser, ",") && !sees(parser, ")")) {
        struct skn_str name = skn_str(NULL);
        while (!parser->failed && takes(parser, "CONSTRAINT"))
            name = name_take(parser);
        if (!sees(parser, ",") && !sees(parser, ")"))
            column_constraint_take(parser, column, name);
    }
}

/* ---- behind the columns ---- */

/* A single INTEGER column is the rowid. */
static void key_note(struct skn_sqlite_parser *parser, size_t open, size_t count)
{
    struct skn_sqlite_table *table = parser->table;
    int index;
    if (count != 1 || open + 1 >= table->tokens.count)
        return;
    index = skn_sqlite_table_column(
        table, skn_sqlite_token_name(table->pool, &table->tokens.item[open + 1]));
    if (index != SKN_SQLITE_NOWHERE && table->columns[index].type.ptr &&
        skn_sqlite_same(table->columns[index].type, skn_str("INTEGER")))
        table->rowid_key = index;
}

static void list_constraint_take(struct skn_sqlite_parser *parser, int type, struct skn_str name)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    int counted = parser->table->counts;
    size_t open;
    size_t count;
    skn_sqlite_text_adds(&out, type == SKN_SQLITE_PRIMARY ? "primary key " : "unique ");
    if (type == SKN_SQLITE_PRIMARY)
        expect(parser, "KEY");
    open = parser->at;
    count = list_take(parser, &out);
    conflict_take(parser, &out);
    if (parser->table->counts && !counted)
        skn_sqlite_text_adds(&out, " autoincrement");
    if (type == SKN_SQLITE_PRIMARY)
        key_note(parser, open, count);
    constraint_add(parser, type, SKN_SQLITE_NOWHERE, name, &out);
}

static void table_foreign_take(struct skn_sqlite_parser *parser, struct skn_str name)
{
    struct skn_sqlite_text out = {.pool = parser->table->pool};
    skn_sqlite_text_adds(&out, "foreign key ");
    expect(parser, "KEY");
    list_take(parser, &out);
    references_take(parser, &out);
    constraint_add(parser, SKN_SQLITE_FOREIGN, SKN_SQLITE_NOWHERE, name, &out);
    if (sees_deferral(parser))
        deferral_take(parser);
}

void skn_sqlite_table_constraints_read(struct skn_sqlite_parser *parser)
{
    while (!parser->failed && !sees(parser, ")")) {
        struct skn_str name = skn_str(NULL);
        while (!parser->failed && takes(parser, "CONSTRAINT"))
            name = name_take(parser);
        if (takes(parser, "PRIMARY"))
            list_constraint_take(parser, SKN_SQLITE_PRIMARY, name);
        else if (takes(parser, "UNIQUE"))
            list_constraint_take(parser, SKN_SQLITE_UNIQUE, name);
        else if (takes(parser, "CHECK"))
            check_take(parser, SKN_SQLITE_NOWHERE, name);
        else if (takes(parser, "FOREIGN"))
            table_foreign_take(parser, name);
        else if (!takes(parser, ",") && !sees(parser, ")"))
            parser->failed = 1;
    }
}
