/*
 * The second net: texts that say "password" or are a URL. It knows no secret.
 */
#include "base/redact_look.h"

#include <string.h>
#include <strings.h>

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static size_t blanks_skip(struct skn_str text, size_t at)
{
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    return at;
}

/* One past the closing quote of the text that opens at at; the end where none closes it, as in a
 * message that was cut. */
static size_t quoted_end(struct skn_str text, size_t at)
{
    char mark = text.ptr[at++];
    for (; at < text.len; at++) {
        if (text.ptr[at] == '\\')
            at++;
        else if (text.ptr[at] == mark && !(at + 1 < text.len && text.ptr[at + 1] == mark))
            return at + 1;
        else if (text.ptr[at] == mark)
            at++;
    }
    return text.len;
}

/* The value at at, without its quotes; to be shown as it is where it is hidden already. */
static int value_take(struct skn_str text, size_t at, int quoted_only, size_t *start, size_t *end)
{
    if (at >= text.len)
        return 0;
    char first = text.ptr[at];
    if (first == '\'' || first == '"') {
        *start = at + 1;
        *end = quoted_end(text, at);
        if (*end > *start && text.ptr[*end - 1] == first)
            (*end)--;
    } else if (!quoted_only) {
        *start = *end = at;
        while (*end < text.len && !is_blank(text.ptr[*end]) && !strchr("&;,)'\"", text.ptr[*end]))
            (*end)++;
    } else {
        return 0;
    }
    return *end > *start && !(*end - *start == 3 && memcmp(text.ptr + *start, "***", 3) == 0);
}

/* Length of the keyword at at, in any case, that ends a word there: sslpassword counts, and so
 * does password2. */
static size_t keyword_at(struct skn_str text, size_t at)
{
    static const char *const words[] = {"password", "passwd", "passphrase",
                                        "secret",   "token",  "pwd"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);
        if (len > text.len - at || strncasecmp(text.ptr + at, words[i], len) != 0)
            continue;
        while (at + len < text.len && text.ptr[at + len] >= '0' && text.ptr[at + len] <= '9')
            len++;
        if (at + len == text.len || !is_word(text.ptr[at + len]))
            return len;
    }
    return 0;
}

/* password=x, password = 'x', "password": "x", PASSWORD 'x', but not: password authentication. */
static int named_value(struct skn_str text, size_t at, size_t *start, size_t *end)
{
    size_t len = keyword_at(text, at);
    if (len == 0)
        return 0;
    at += len;
    if (at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\''))
        at += at + 1 < text.len && strchr(" :=", text.ptr[at + 1]) ? 1 : 0;
    at = blanks_skip(text, at);
    if (at < text.len && text.ptr[at] == '=')
        return value_take(text, blanks_skip(text, at + 1), 0, start, end);
    if (at < text.len && (text.ptr[at] == ':' || text.ptr[at] == '('))
        at = blanks_skip(text, at + 1);
    return value_take(text, at, 1, start, end);
}

/* Alembic's words for a revision that is nowhere, which have the form of an SQL password. */
static int revision_named(struct skn_str text, size_t at)
{
    static const char words[] = "Can't locate revision ";
    size_t len = sizeof words - 1;
    return at >= len && memcmp(text.ptr + at - len, words, len) == 0;
}

/* IDENTIFIED BY 'x', and IDENTIFIED WITH or VIA plugin AS, BY or USING 'x'. */
static int identified_value(struct skn_str text, size_t at, size_t *start, size_t *end)
{
    static const char word[] = "identified";
    if (sizeof word - 1 > text.len - at || strncasecmp(text.ptr + at, word, sizeof word - 1) != 0)
        return 0;
    at += sizeof word - 1;
    for (int words = 0; words < 4; words++) {
        at = blanks_skip(text, at);
        size_t from = at;
        while (at < text.len && is_word(text.ptr[at]))
            at++;
        if (at == from)
            break;
    }
    return value_take(text, at, 1, start, end);
}

/* What stands between ":" and "@" behind "://user". */
static int url_value(struct skn_str text, size_t at, size_t *start, size_t *end)
{
    if (text.len - at < 3 || memcmp(text.ptr + at, "://", 3) != 0)
        return 0;
    at += 3;
    while (at < text.len && !is_blank(text.ptr[at]) && !strchr(":@/?#'\"", text.ptr[at]))
        at++;
    if (at >= text.len || text.ptr[at] != ':')
        return 0;
    *start = *end = at + 1;
    /* To the last "@" before a blank: a password that was not encoded may hold one. */
    for (at++; at < text.len && !is_blank(text.ptr[at]); at++)
        if (text.ptr[at] == '@')
            *end = at;
    return *end > *start && !(*end - *start == 3 && memcmp(text.ptr + *start, "***", 3) == 0);
}

int skn_redact_look(struct skn_str text, size_t at, size_t *start, size_t *end)
{
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        if (c == ':' ? url_value(text, at, start, end)
                     : strchr("pPsStT", c) && c && named_value(text, at, start, end))
            return 1;
        if ((c == 'i' || c == 'I') && !revision_named(text, at) &&
            identified_value(text, at, start, end))
            return 1;
    }
    return 0;
}
