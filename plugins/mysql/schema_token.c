/*
 * Texts that the server has written, cut into tokens. It knows nothing of what they describe.
 */
#include "schema.h"

#include <ctype.h>
#include <strings.h>

static int is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '@' || (c & 0x80);
}

static size_t quoted_len(struct skn_str text)
{
    char quote = text.ptr[0];
    for (size_t i = 1; i < text.len; i++) {
        if (quote != '`' && text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == quote && i + 1 < text.len && text.ptr[i + 1] == quote)
            i++;
        else if (text.ptr[i] == quote)
            return i + 1;
    }
    return text.len;
}

static size_t comment_len(struct skn_str text)
{
    const char *end = text.len > 3 ? memmem(text.ptr + 2, text.len - 2, "*/", 2) : NULL;
    return end ? (size_t)(end - text.ptr) + 2 : text.len;
}

static size_t word_len(struct skn_str text)
{
    size_t len = 0;
    while (len < text.len && is_word_char(text.ptr[len]))
        len++;
    return len;
}

void skn_mysql_token_next(struct skn_str *rest, struct skn_mysql_token *token)
{
    struct skn_str text = *rest;
    while (text.len > 0 && isspace((unsigned char)text.ptr[0]))
        text = skn_str_len(text.ptr + 1, text.len - 1);
    *token = (struct skn_mysql_token){0, skn_str_len(text.ptr, 0)};
    if (text.len > 0) {
        char c = text.ptr[0];
        size_t len = 1;
        token->kind = c;
        if (c == '`' || c == '\'' || c == '"') {
            token->kind = c == '`' ? 'n' : 's';
            len = quoted_len(text);
        } else if (c == '/' && text.len > 1 && text.ptr[1] == '*') {
            token->kind = 'c';
            len = comment_len(text);
        } else if (is_word_char(c)) {
            token->kind = 'w';
            len = word_len(text);
        }
        token->raw = skn_str_len(text.ptr, len);
    }
    *rest = skn_str_len(text.ptr + token->raw.len, text.len - token->raw.len);
}

int skn_mysql_token_is(const struct skn_mysql_token *token, const char *word)
{
    return token->kind == 'w' && token->raw.len == strlen(word) &&
           strncasecmp(token->raw.ptr, word, token->raw.len) == 0;
}

void skn_mysql_group_skip(struct skn_str *rest)
{
    struct skn_mysql_token token;
    size_t depth = 1;
    do {
        skn_mysql_token_next(rest, &token);
        depth += token.kind == '(';
        depth -= token.kind == ')';
    } while (depth > 0 && token.kind);
}

void skn_mysql_bare_read(struct skn_str raw, char out[SKN_MYSQL_BARE])
{
    size_t len = 0;
    int quoted = raw.len >= 2 && raw.ptr[0] == '`';
    size_t end = quoted ? raw.len - 1 : raw.len;
    for (size_t i = quoted ? 1 : 0; i < end && len + 1 < SKN_MYSQL_BARE; i++) {
        out[len++] = raw.ptr[i];
        i += quoted && raw.ptr[i] == '`';
    }
    out[len] = '\0';
}

struct skn_str skn_mysql_span(struct skn_str from, const char *to)
{
    return skn_str_len(from.ptr, (size_t)(to - from.ptr));
}

struct skn_str skn_mysql_trim(struct skn_str text)
{
    while (text.len > 0 && isspace((unsigned char)text.ptr[0]))
        text = skn_str_len(text.ptr + 1, text.len - 1);
    while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1]))
        text.len--;
    return text;
}
