/*
 * Names and literals as the session that open() fixes reads them: backticks always name,
 * backslashes always escape. It knows nothing of connections.
 */
#include "conn.h"

static void emit(skn_text_fn *out, void *ctx, const char *text, size_t len)
{
    if (len > 0)
        out(ctx, skn_str_len(text, len));
}

/* Length of the character at at, 0 where it is not UTF-8. */
static size_t character_len(const unsigned char *at, size_t left)
{
    size_t len = *at < 0x80 ? 1 : *at >= 0xc2 && *at < 0xe0 ? 2 : *at >= 0xe0 && *at < 0xf0 ? 3 : 0;
    if (*at >= 0xf0 && *at < 0xf5)
        len = 4;
    if (len == 0 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

static int name_check(struct skn_str name, struct skn_error *err)
{
    size_t count = 0;
    size_t len;
    if (name.len == 0)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name must not be empty");
    for (size_t i = 0; i < name.len; i += len, count++) {
        len = character_len((const unsigned char *)name.ptr + i, name.len - i);
        if (len == 0 || name.ptr[i] == '\0')
            return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name must be UTF-8 without NUL");
        if (len == 4)
            return skn_fail(
                err, SKN_E_USAGE, NULL, 0,
                "a name holds a character beyond U+FFFF, which this server cannot name");
    }
    if (count > SKN_MYSQL_NAME_MAX)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name is %zu characters long, %d is the most",
                        count, SKN_MYSQL_NAME_MAX);
    if (name.ptr[name.len - 1] == ' ')
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a name must not end in a blank");
    return SKN_OK;
}

static void name_quote(struct skn_str name, skn_text_fn *out, void *ctx)
{
    size_t from = 0;
    emit(out, ctx, "`", 1);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] != '`')
            continue;
        emit(out, ctx, name.ptr + from, i + 1 - from);
        from = i;
    }
    emit(out, ctx, name.ptr + from, name.len - from);
    emit(out, ctx, "`", 1);
}

static const char *escape_of(char c)
{
    switch (c) {
    case '\'':
        return "''";
    case '\\':
        return "\\\\";
    case '\0':
        return "\\0";
    default:
        return NULL;
    }
}

static void literal_quote(struct skn_str text, skn_text_fn *out, void *ctx)
{
    size_t from = 0;
    emit(out, ctx, "'", 1);
    for (size_t i = 0; i < text.len; i++) {
        const char *escape = escape_of(text.ptr[i]);
        if (!escape)
            continue;
        emit(out, ctx, text.ptr + from, i - from);
        emit(out, ctx, escape, 2);
        from = i + 1;
    }
    emit(out, ctx, text.ptr + from, text.len - from);
    emit(out, ctx, "'", 1);
}

int skn_mysql_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                    struct skn_error *err)
{
    int rc = SKN_OK;
    if (kind == SKN_QUOTE_LITERAL) {
        if (!text.ptr)
            emit(out, ctx, "NULL", 4);
        else
            literal_quote(text, out, ctx);
    } else if (kind == SKN_QUOTE_IDENT) {
        rc = name_check(text, err);
        if (rc == SKN_OK)
            name_quote(text, out, ctx);
    } else {
        rc = skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown kind of quoting %u", kind);
    }
    return rc;
}
