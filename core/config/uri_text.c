/*
 * Making a plain URI of what people write. It knows a URI's characters, not its grammar.
 */
#include "config/uri_text.h"

#include <string.h>

#include "config/variables.h"
#include "base/vault.h"

enum { URL_MAX = 65536 };

static const char unreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
static const char reserved[] = ":/?#[]@!$&'()*+,;=";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static void percent_add(struct skn_buf *out, char c)
{
    skn_buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
}

static void encoded_add(struct skn_buf *out, struct skn_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(unreserved, text.ptr[i]))
            skn_buf_addc(out, text.ptr[i]);
        else
            percent_add(out, text.ptr[i]);
    }
}

static int is_control(int c)
{
    return (c >= 0 && c < 0x20) || c == 0x7f;
}

/* The byte that the escape at text stands for, -1 if it is none. */
static int escape_value(struct skn_str text, size_t at)
{
    int high = at + 1 < text.len ? hex_value(text.ptr[at + 1]) : -1;
    int low = at + 2 < text.len ? hex_value(text.ptr[at + 2]) : -1;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* text is URL text: its escapes must be right; what no URI may hold is encoded for its writer. */
static int plain_add(struct skn_buf *out, struct skn_str text, size_t offset, struct skn_error *err)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int value = c == '%' ? escape_value(text, i) : (unsigned char)c;
        if (value < 0)
            return skn_error_set(err, SKN_E_CONFIG,
                                 "byte %zu: a %% that no two hexadecimal digits follow; a plain %% "
                                 "is written %%25",
                                 offset + i + 1);
        if (is_control(value))
            return skn_error_set(err, SKN_E_CONFIG, "byte %zu: a control character",
                                 offset + i + 1);
        if (c == '%' || strchr(unreserved, c) || strchr(reserved, c))
            skn_buf_addc(out, c);
        else
            percent_add(out, c);
    }
    return SKN_OK;
}

/* A variable at the very start holds the beginning of a URL; anywhere else it is a value. */
static int env_add(struct skn_uri_text *uri, struct skn_str value, struct skn_error *err)
{
    if (uri->env_count == SKN_URI_VARIABLES)
        return skn_error_set(err, SKN_E_CONFIG, "more than 32 variables");
    struct skn_uri_range *range = &uri->env[uri->env_count++];
    range->start = uri->text.len;
    int rc = SKN_OK;
    if (range->start > 0)
        encoded_add(&uri->text, value);
    else if ((rc = plain_add(&uri->text, value, 0, err)) != SKN_OK)
        skn_error_context(err, "in the value of its first variable");
    range->end = uri->text.len;
    return rc;
}

static int piece_add(struct skn_uri_text *uri, const struct skn_piece *piece, size_t offset,
                     struct skn_error *err)
{
    switch (piece->kind) {
    case SKN_PIECE_ENV:
        return env_add(uri, piece->text, err);
    case SKN_PIECE_TENANT:
        percent_add(&uri->text, SKN_TENANT_MARK);
        return SKN_OK;
    default:
        return plain_add(&uri->text, piece->text, offset, err);
    }
}

int skn_uri_text_make(struct skn_uri_text *uri, const struct skn_url_rules *rules, const char *text,
                      struct skn_error *err)
{
    const char *at = text;
    struct skn_piece piece = {SKN_PIECE_TEXT, {text, strlen(text)}};
    *uri = (struct skn_uri_text){.env_count = 0};
    if (piece.text.len > URL_MAX)
        return skn_error_set(err, SKN_E_CONFIG, "longer than 65536 bytes");
    if (!rules->variables)
        return piece_add(uri, &piece, 0, err);
    for (;;) {
        size_t offset = (size_t)(at - text);
        int rc = skn_piece_next(&at, rules->in_fleet, &piece, err);
        if (rc == SKN_OK && piece.kind != SKN_PIECE_END)
            rc = piece_add(uri, &piece, offset, err);
        if (rc != SKN_OK || piece.kind == SKN_PIECE_END)
            return rc;
    }
}

void skn_uri_text_finish(struct skn_uri_text *uri)
{
    skn_buf_wipe(&uri->text);
}

int skn_uri_text_from_env(const struct skn_uri_text *uri, const char *first, const char *last)
{
    size_t at = (size_t)(first - uri->text.text);
    size_t end = (size_t)(last - uri->text.text);
    for (size_t i = 0; i < uri->env_count && at < end; i++)
        if (uri->env[i].start <= at && uri->env[i].end > at)
            at = uri->env[i].end;
    return at >= end;
}
