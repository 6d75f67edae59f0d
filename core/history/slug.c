/*
 * Slugs and file name templates. It knows nothing of folders.
 */
#include "history/slug.h"

#include <string.h>

#include "history/fault.h"
#include "history/name.h"

enum { SLUG_MAX = 40, NAME_MAX_LENGTH = 200, WIDTH_MAX = 20 };

static const char word_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

static char slug_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void words_join(struct skn_buf *slug, const char *message)
{
    int gap = 0;
    for (const char *at = message; *at; at++) {
        char c = slug_lower(*at);
        if (!strchr(word_letters, c)) {
            gap = 1;
            continue;
        }
        if (gap && slug->len > 0)
            skn_buf_addc(slug, '_');
        gap = 0;
        skn_buf_addc(slug, c);
    }
}

static size_t slug_cut(const char *slug)
{
    size_t len = SLUG_MAX;
    while (len > 0 && slug[len - 1] != '_')
        len--;
    return len ? len - 1 : SLUG_MAX;
}

void skn_slug_add(struct skn_buf *out, const char *message)
{
    struct skn_buf slug = {0};
    words_join(&slug, message);
    if (slug.len > SLUG_MAX) {
        skn_buf_add(out, slug.text, slug_cut(slug.text));
        skn_buf_addc(out, '_');
    } else {
        skn_buf_adds(out, skn_buf_text(&slug));
    }
    skn_buf_finish(&slug);
}

/* "%(name)", then digits and a dot, then "s" or "d". */
struct token {
    struct skn_str text; /* the whole of it */
    struct skn_str name;
    int width;
    char conversion;
};

static const char *number_read(const char *at, int *number)
{
    for (; *at >= '0' && *at <= '9'; at++)
        if (*number <= WIDTH_MAX)
            *number = *number * 10 + (*at - '0');
    return at;
}

static int token_parse(const char *at, struct token *token)
{
    const char *close = at[1] == '(' ? strchr(at, ')') : NULL;
    *token = (struct token){0};
    if (!close)
        return 0;
    token->name = skn_str_len(at + 2, (size_t)(close - at - 2));
    const char *end = close + 1;
    end += *end == '.';
    end = number_read(end, &token->width);
    token->conversion = *end;
    token->text = skn_str_len(at, (size_t)(end - at) + (*end != '\0'));
    return (*end == 's' || *end == 'd') && token->width <= WIDTH_MAX;
}

static int number_find(const struct skn_file_tokens *tokens, struct skn_str name, long long *number)
{
    const struct {
        const char *name;
        long long number;
    } known[] = {
        {"epoch", (long long)tokens->epoch}, {"year", tokens->time.tm_year + 1900},
        {"month", tokens->time.tm_mon + 1},  {"day", tokens->time.tm_mday},
        {"hour", tokens->time.tm_hour},      {"minute", tokens->time.tm_min},
        {"second", tokens->time.tm_sec},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (skn_str_is(name, known[i].name)) {
            *number = known[i].number;
            return 1;
        }
    }
    return 0;
}

static int token_fail(struct skn_str text, struct skn_error *err)
{
    return skn_error_set(err, SKN_E_CONFIG,
                         "file_template: '%.*s' is not known; the tokens are %%(rev)s, "
                         "%%(slug)s, %%(epoch)s, %%(year)d, %%(month).2d, %%(day).2d, "
                         "%%(hour).2d, %%(minute).2d and %%(second).2d",
                         SKN_SHOWN(text));
}

static int token_add(struct skn_buf *out, const struct token *token,
                     const struct skn_file_tokens *tokens, struct skn_error *err)
{
    long long number;
    if (token->conversion == 's' && token->width == 0 && skn_str_is(token->name, "rev"))
        skn_buf_adds(out, tokens->rev);
    else if (token->conversion == 's' && token->width == 0 && skn_str_is(token->name, "slug"))
        skn_buf_adds(out, tokens->slug);
    else if (number_find(tokens, token->name, &number))
        skn_buf_addf(out, "%0*lld", token->width, number);
    else
        return token_fail(token->text, err);
    return SKN_OK;
}

static int template_expand(struct skn_buf *out, const char *template,
                           const struct skn_file_tokens *tokens, struct skn_error *err)
{
    struct token token;
    while (*template) {
        if (*template != '%') {
            skn_buf_addc(out, *template ++);
        } else if (template[1] == '%') {
            skn_buf_addc(out, '%');
            template += 2;
        } else if (!token_parse(template, &token)) {
            return token_fail(skn_str(template), err);
        } else if (token_add(out, &token, tokens, err) != SKN_OK) {
            return SKN_E_CONFIG;
        } else {
            template += token.text.len;
        }
    }
    return SKN_OK;
}

static int name_check(const char *name, struct skn_error *err)
{
    size_t plain =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
    if (name[plain])
        return skn_error_set(err, SKN_E_CONFIG,
                             "file_template makes the file name '%s'; a file name may hold only "
                             "A-Z, a-z, 0-9, '_', '.' and '-', and no folder",
                             name);
    if (*name == '\0' || *name == '.' || *name == '-')
        return skn_error_set(err, SKN_E_CONFIG,
                             "file_template makes the file name '%s'; a file name starts with a "
                             "letter, a digit or '_'",
                             name);
    if (plain > NAME_MAX_LENGTH)
        return skn_error_set(err, SKN_E_CONFIG,
                             "file_template makes a file name of %zu characters; at most %d fit",
                             plain, NAME_MAX_LENGTH);
    return SKN_OK;
}

int skn_file_name_add(struct skn_buf *out, const char *template,
                      const struct skn_file_tokens *tokens, struct skn_error *err)
{
    struct skn_buf name = {0};
    int rc = template_expand(&name, template, tokens, err);
    if (rc == SKN_OK)
        rc = name_check(skn_buf_text(&name), err);
    if (rc == SKN_OK)
        skn_buf_adds(out, skn_buf_text(&name));
    skn_buf_finish(&name);
    return rc;
}
