/*
 * SQL under construction: a growing text, and PostgreSQL's quoting. Knows no connection.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

void skn_pg_text_finish(struct skn_pg_text *text)
{
    free(text->ptr);
    *text = (struct skn_pg_text){0};
}

void skn_pg_text_clear(struct skn_pg_text *text)
{
    text->len = 0;
    text->failed = 0;
    if (text->ptr)
        text->ptr[0] = '\0';
}

static int text_reserve(struct skn_pg_text *text, size_t more)
{
    if (text->failed || more >= SIZE_MAX / 4 - text->len) {
        text->failed = 1;
        return 0;
    }
    size_t need = text->len + more + 1;
    if (need <= text->room)
        return 1;
    size_t room = text->room ? text->room : 128;
    while (room < need)
        room *= 2;
    char *ptr = realloc(text->ptr, room);
    if (!ptr) {
        text->failed = 1;
        return 0;
    }
    text->ptr = ptr;
    text->room = room;
    return 1;
}

void skn_pg_text_add_len(struct skn_pg_text *text, const char *piece, size_t len)
{
    if (!text_reserve(text, len))
        return;
    memcpy(text->ptr + text->len, piece, len);
    text->len += len;
    text->ptr[text->len] = '\0';
}

void skn_pg_text_add(struct skn_pg_text *text, const char *piece)
{
    skn_pg_text_add_len(text, piece, strlen(piece));
}

/* The text between two marks, each byte of special doubled. */
static void add_doubled(struct skn_pg_text *text, struct skn_str value, const char *mark,
                        const char *special)
{
    skn_pg_text_add(text, mark);
    for (size_t i = 0; i < value.len; i++) {
        if (strchr(special, value.ptr[i]))
            skn_pg_text_add_len(text, &value.ptr[i], 1);
        skn_pg_text_add_len(text, &value.ptr[i], 1);
    }
    skn_pg_text_add(text, mark);
}

void skn_pg_text_add_ident(struct skn_pg_text *text, struct skn_str name)
{
    add_doubled(text, name, "\"", "\"");
}

void skn_pg_text_add_literal(struct skn_pg_text *text, struct skn_str value)
{
    /* With the E it means the same whatever standard_conforming_strings a revision has set. */
    int backslash = value.len && memchr(value.ptr, '\\', value.len) != NULL;
    if (backslash)
        skn_pg_text_add(text, "E");
    add_doubled(text, value, "'", backslash ? "'\\" : "'");
}

void skn_pg_text_add_escaped(struct skn_pg_text *text, const char *piece, const char *special)
{
    for (; *piece; piece++) {
        if (strchr(special, *piece))
            skn_pg_text_add(text, "\\");
        skn_pg_text_add_len(text, piece, 1);
    }
}

/* ---- what can be said in PostgreSQL at all ---- */

/* The length of the UTF-8 character at text, 0 if there is none. */
static size_t character(const unsigned char *text, size_t len)
{
    static const struct {
        unsigned char first, last; /* of the lead byte */
        unsigned char low, high;   /* of the byte behind it */
        unsigned char len;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        size_t n = forms[i].len;
        if (n > len || (n > 1 && (text[1] < forms[i].low || text[1] > forms[i].high)))
            return 0;
        for (size_t k = 2; k < n; k++)
            if ((text[k] & 0xc0) != 0x80)
                return 0;
        return n;
    }
    return 0;
}

static int text_check(struct skn_str text, const char *what, struct skn_error *err)
{
    size_t at = 0;
    while (at < text.len) {
        size_t n = character((const unsigned char *)text.ptr + at, text.len - at);
        if (n == 0)
            return skn_fail(err, SKN_E_USAGE, "22021", 0, "%s holds a %s at byte %zu", what,
                            text.ptr[at] ? "byte that is not UTF-8" : "NUL", at + 1);
        at += n;
    }
    return SKN_OK;
}

int skn_pg_name_check(struct skn_str name, struct skn_error *err)
{
    if (name.len == 0)
        return skn_fail(err, SKN_E_USAGE, "42602", 0, "a name must not be empty");
    if (name.len >= SKN_PG_NAME)
        return skn_fail(err, SKN_E_USAGE, "42622", 0,
                        "name \"%.*s\" has %zu bytes, more than PostgreSQL's 63", 63, name.ptr,
                        name.len);
    return text_check(name, "a name", err);
}

int skn_pg_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                 struct skn_error *err)
{
    if (kind != SKN_QUOTE_IDENT && kind != SKN_QUOTE_LITERAL)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown kind of quoting %u", (unsigned)kind);
    int rc =
        kind == SKN_QUOTE_IDENT ? skn_pg_name_check(text, err) : text_check(text, "a literal", err);
    if (rc != SKN_OK)
        return rc;
    struct skn_pg_text quoted = {0};
    if (kind == SKN_QUOTE_IDENT)
        skn_pg_text_add_ident(&quoted, text);
    else
        skn_pg_text_add_literal(&quoted, text);
    if (quoted.failed)
        rc = skn_pg_no_memory(err);
    else
        out(ctx, skn_str_len(quoted.ptr, quoted.len));
    skn_pg_text_finish(&quoted);
    return rc;
}
