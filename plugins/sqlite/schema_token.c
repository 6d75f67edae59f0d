/*
 * SQL text as SQLite's own tokenizer cuts it, and the two forms it is written in again: without
 * comments, for people, and the one that is compared. Knows nothing of statements.
 */
#include <string.h>

#include "schema.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_name_byte(char c)
{
    unsigned byte = (unsigned char)c;
    return (byte | 0x20) - 'a' < 26 || byte - '0' < 10 || byte == '_' || byte == '$' ||
           byte >= 0x80;
}

/* Behind the closing quote; a doubled one stands for itself, but not in brackets. */
static size_t quote_end(struct skn_str sql, size_t at)
{
    char close = sql.ptr[at] == '[' ? ']' : sql.ptr[at];
    for (at++; at < sql.len; at++) {
        if (sql.ptr[at] != close)
            continue;
        if (close == ']' || at + 1 >= sql.len || sql.ptr[at + 1] != close)
            return at + 1;
        at++;
    }
    return sql.len;
}

static size_t word_end(struct skn_str sql, size_t at)
{
    while (at < sql.len && is_name_byte(sql.ptr[at]))
        at++;
    return at;
}

static size_t number_end(struct skn_str sql, size_t at)
{
    size_t start = at;
    int hex = at + 1 < sql.len && sql.ptr[at] == '0' && (sql.ptr[at + 1] | 0x20) == 'x';
    for (; at < sql.len; at++) {
        char c = sql.ptr[at];
        int exponent = !hex && at > start && (sql.ptr[at - 1] | 0x20) == 'e';
        if (!is_name_byte(c) && c != '.' && !(exponent && (c == '+' || c == '-')))
            break;
    }
    return at;
}

static size_t sign_end(struct skn_str sql, size_t at)
{
    static const char *const signs[] = {"->>", "->", "||", "<<", ">>",
                                        "<=",  ">=", "<>", "==", "!="};
    size_t i;
    char c = sql.ptr[at];
    if (c == '(' || c == ')' || c == ',' || c == '.') /* most are */
        return at + 1;
    for (i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t len = strlen(signs[i]);
        if (at + len <= sql.len && memcmp(sql.ptr + at, signs[i], len) == 0)
            return at + len;
    }
    return at + 1;
}

static int token_type(struct skn_str sql, size_t at)
{
    char c = sql.ptr[at];
    char next = at + 1 < sql.len ? sql.ptr[at + 1] : '\0';
    if (c == '\'' || ((c == 'x' || c == 'X') && next == '\''))
        return SKN_SQLITE_TOKEN_TEXT;
    if (c == '"')
        return SKN_SQLITE_TOKEN_QUOTED;
    if (c == '`' || c == '[')
        return SKN_SQLITE_TOKEN_NAME;
    if (is_digit(c) || (c == '.' && is_digit(next)))
        return SKN_SQLITE_TOKEN_NUMBER;
    return is_name_byte(c) ? SKN_SQLITE_TOKEN_WORD : SKN_SQLITE_TOKEN_SIGN;
}

static size_t token_end(struct skn_str sql, size_t at, int type)
{
    switch (type) {
    case SKN_SQLITE_TOKEN_TEXT:
        return quote_end(sql, sql.ptr[at] == '\'' ? at : at + 1);
    case SKN_SQLITE_TOKEN_QUOTED:
    case SKN_SQLITE_TOKEN_NAME:
        return quote_end(sql, at);
    case SKN_SQLITE_TOKEN_NUMBER:
        return number_end(sql, at);
    case SKN_SQLITE_TOKEN_WORD:
        return word_end(sql, at);
    default:
        return sign_end(sql, at);
    }
}

/* Their number; written to item unless that is NULL. */
static size_t tokens_cut(struct skn_str sql, struct skn_sqlite_token *item)
{
    size_t at = skn_sqlite_skip(sql, 0);
    size_t count = 0;
    while (at < sql.len) {
        int type = token_type(sql, at);
        size_t end = token_end(sql, at, type);
        if (item) {
            item[count].text = skn_str_len(sql.ptr + at, end - at);
            item[count].type = type;
        }
        count++;
        at = skn_sqlite_skip(sql, end);
    }
    return count;
}

void skn_sqlite_tokens_read(struct skn_sqlite_pool *pool, struct skn_str sql,
                            struct skn_sqlite_tokens *out)
{
    size_t count = tokens_cut(sql, NULL);
    out->item = skn_sqlite_pool_array(pool, count, sizeof *out->item);
    out->count = out->item ? tokens_cut(sql, out->item) : 0;
}

int skn_sqlite_token_is(const struct skn_sqlite_tokens *tokens, size_t at, const char *word)
{
    const struct skn_sqlite_token *token;
    if (at >= tokens->count)
        return 0;
    token = &tokens->item[at];
    if (((token->text.ptr[0] ^ word[0]) & ~0x20) != 0 ||
        (token->type != SKN_SQLITE_TOKEN_WORD && token->type != SKN_SQLITE_TOKEN_SIGN))
        return 0;
    return skn_sqlite_same(token->text, skn_str(word));
}

int skn_sqlite_token_names(const struct skn_sqlite_token *token)
{
    return token->type == SKN_SQLITE_TOKEN_WORD || token->type == SKN_SQLITE_TOKEN_NAME ||
           token->type == SKN_SQLITE_TOKEN_QUOTED ||
           (token->type == SKN_SQLITE_TOKEN_TEXT && token->text.ptr[0] == '\'');
}

struct skn_str skn_sqlite_token_name(struct skn_sqlite_pool *pool,
                                     const struct skn_sqlite_token *token)
{
    struct skn_str text = token->text;
    char close = text.len > 0 && text.ptr[0] == '[' ? ']' : text.len > 0 ? text.ptr[0] : '\0';
    char *name;
    size_t len = 0;
    size_t i;
    if (token->type == SKN_SQLITE_TOKEN_WORD || text.len < 2)
        return text;
    name = skn_sqlite_pool_alloc(pool, text.len);
    if (!name)
        return skn_str("");
    for (i = 1; i + 1 < text.len; i++) {
        name[len++] = text.ptr[i];
        if (text.ptr[i] == close)
            i++;
    }
    return skn_str_len(name, len);
}

int skn_sqlite_tokens_quote(const struct skn_sqlite_tokens *tokens)
{
    size_t i;
    for (i = 0; i < tokens->count; i++)
        if (tokens->item[i].type == SKN_SQLITE_TOKEN_QUOTED)
            return 1;
    return 0;
}

size_t skn_sqlite_tokens_close(const struct skn_sqlite_tokens *tokens, size_t at)
{
    size_t depth = 0;
    for (; at < tokens->count; at++) {
        if (skn_sqlite_token_is(tokens, at, "("))
            depth++;
        else if (skn_sqlite_token_is(tokens, at, ")") && --depth == 0)
            return at + 1;
    }
    return tokens->count;
}

/* ---- for people ---- */

/* What stood between two tokens: a new line with its indentation, a blank, or nothing. */
static void gap_write(struct skn_sqlite_text *out, const char *from, const char *to)
{
    const char *line = NULL;
    const char *at;
    for (at = from; at < to; at++)
        if (*at == '\n')
            line = at;
    if (!line) {
        skn_sqlite_text_adds(out, from < to ? " " : "");
        return;
    }
    skn_sqlite_text_adds(out, "\n");
    for (at = line + 1; at < to && is_blank(*at); at++)
        skn_sqlite_text_adds(out, *at == '\t' ? "\t" : " ");
}

static int is_qualifier(struct skn_sqlite_pool *pool, const struct skn_sqlite_tokens *tokens,
                        size_t at, struct skn_str qualifier)
{
    return qualifier.ptr && skn_sqlite_token_is(tokens, at + 1, ".") &&
           skn_sqlite_token_names(&tokens->item[at]) &&
           skn_sqlite_same(skn_sqlite_token_name(pool, &tokens->item[at]), qualifier);
}

struct skn_str skn_sqlite_tokens_write(struct skn_sqlite_pool *pool,
                                       const struct skn_sqlite_tokens *tokens, size_t first,
                                       struct skn_str qualifier)
{
    struct skn_sqlite_text out = {.pool = pool};
    size_t at;
    for (at = first; at < tokens->count; at++) {
        struct skn_str text = tokens->item[at].text;
        if (at > first)
            gap_write(&out, tokens->item[at - 1].text.ptr + tokens->item[at - 1].text.len,
                      text.ptr);
        if (is_qualifier(pool, tokens, at, qualifier)) {
            at += 2;
            text = at < tokens->count ? tokens->item[at].text : skn_str("");
        }
        skn_sqlite_text_add(&out, text);
    }
    return skn_sqlite_text_str(&out);
}

/* ---- to be compared ---- */

static int is_plain(struct skn_str name)
{
    return name.len > 0 && name.len <= INT32_MAX && !is_digit(name.ptr[0]) && name.ptr[0] != '$' &&
           word_end(name, 0) == name.len && !sqlite3_keyword_check(name.ptr, (int)name.len);
}

void skn_sqlite_name_canon(struct skn_sqlite_text *out, struct skn_str name)
{
    struct skn_sqlite_text lower = {.pool = out->pool};
    skn_sqlite_text_lower(&lower, name);
    if (is_plain(name))
        skn_sqlite_text_add(out, skn_sqlite_text_str(&lower));
    else
        skn_sqlite_text_name(out, skn_sqlite_text_str(&lower));
}

static int has_upper(struct skn_str text)
{
    size_t i;
    for (i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
            return 1;
    return 0;
}

/* "x" is a text where nothing is named x. Where that cannot be told, case may matter. */
static void quoted_canon(struct skn_sqlite_text *out, const struct skn_sqlite_token *token,
                         skn_sqlite_is_name *is_name, const void *ctx)
{
    struct skn_str name = skn_sqlite_token_name(out->pool, token);
    if (is_name ? is_name(ctx, name) : !has_upper(name))
        skn_sqlite_name_canon(out, name);
    else if (is_name)
        skn_sqlite_text_literal(out, name);
    else
        skn_sqlite_text_add(out, token->text);
}

static void token_canon(struct skn_sqlite_text *out, const struct skn_sqlite_token *token,
                        skn_sqlite_is_name *is_name, const void *ctx)
{
    if (token->type == SKN_SQLITE_TOKEN_NAME)
        skn_sqlite_name_canon(out, skn_sqlite_token_name(out->pool, token));
    else if (token->type == SKN_SQLITE_TOKEN_QUOTED)
        quoted_canon(out, token, is_name, ctx);
    else if (token->type == SKN_SQLITE_TOKEN_WORD || token->type == SKN_SQLITE_TOKEN_NUMBER)
        skn_sqlite_text_lower(out, token->text);
    else
        skn_sqlite_text_add(out, token->text);
}

static int stands_close(const struct skn_sqlite_tokens *tokens, size_t at)
{
    return skn_sqlite_token_is(tokens, at, ")") || skn_sqlite_token_is(tokens, at, ",") ||
           skn_sqlite_token_is(tokens, at, ".") || skn_sqlite_token_is(tokens, at, ";") ||
           skn_sqlite_token_is(tokens, at - 1, "(") || skn_sqlite_token_is(tokens, at - 1, ".");
}

void skn_sqlite_tokens_canon(struct skn_sqlite_text *out, const struct skn_sqlite_tokens *tokens,
                             size_t first, size_t end, skn_sqlite_is_name *is_name, const void *ctx)
{
    size_t at;
    for (at = first; at < end && at < tokens->count; at++) {
        if (at > first && !stands_close(tokens, at))
            skn_sqlite_text_adds(out, " ");
        token_canon(out, &tokens->item[at], is_name, ctx);
    }
}
