/*
 * Statements: where one starts and where it ends. Tokens, bodies and kinds are others' business;
 * this is about what stands between statements, and about DELIMITER lines.
 */
#include "work/scan.h"

#include "work/scan_body.h"
#include "work/scan_class.h"

static int usage_check(const struct skn_dialect *dialect, struct skn_str text,
                       const struct skn_scan *cursor, struct skn_error *err)
{
    if (!SKN_HAS(dialect, skn_dialect, flags) || cursor->size < sizeof *cursor)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "the dialect or the cursor has no size");
    if (cursor->next > text.len)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "the cursor is behind the end of the text");
    if (text.len >= UINT32_MAX)
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "a text of 4 GiB or more");
    return SKN_OK;
}

/* A mark of some editors, which no server takes. */
static size_t start_of_text(struct skn_str text)
{
    return text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* ---- DELIMITER ---- */

/* The rest of a DELIMITER line: the first byte that is no blank, and behind the last. */
static struct skn_scan_span argument_find(const struct skn_scan_lexer *lexer, size_t at)
{
    struct skn_scan_span word;

    while (at < lexer->len && lexer->text[at] != '\n' && skn_scan_lexer_is_blank(lexer->text[at]))
        at++;
    word.start = at;
    while (at < lexer->len && !skn_scan_lexer_is_blank(lexer->text[at]))
        at++;
    word.end = at;
    return word;
}

static bool opens_comment(const struct skn_scan_lexer *lexer, struct skn_scan_span word)
{
    const char *text = lexer->text + word.start;

    return word.end > word.start &&
           (*text == '#' || (word.end - word.start >= 2 &&
                             (memcmp(text, "--", 2) == 0 || memcmp(text, "/*", 2) == 0)));
}

static struct skn_scan_span unquote(const struct skn_scan_lexer *lexer, struct skn_scan_span word)
{
    char quote = lexer->text[word.start];

    if (word.end - word.start > 2 && (quote == '\'' || quote == '"') &&
        lexer->text[word.end - 1] == quote)
        return (struct skn_scan_span){word.start + 1, word.end - 1};
    return word;
}

static int delimiter_set(struct skn_scan_lexer *lexer, struct skn_scan_span word, char *delimiter,
                         size_t size)
{
    size_t len = word.end - word.start;

    if (len >= size)
        return skn_scan_fail(lexer->err, SKN_E_SYNTAX, word.start,
                             "a delimiter of more than %zu bytes", size - 1);
    if (memchr(lexer->text + word.start, '\\', len) || memchr(lexer->text + word.start, '\0', len))
        return skn_scan_fail(lexer->err, SKN_E_SYNTAX, word.start,
                             "a delimiter must hold no backslash and no NUL byte");
    memset(delimiter, 0, size);
    if (len != 1 || lexer->text[word.start] != ';')
        memcpy(delimiter, lexer->text + word.start, len);
    lexer->delimiter_len = strlen(delimiter);
    return SKN_OK;
}

static int delimiter_read(struct skn_scan_lexer *lexer, const struct skn_scan_token *token,
                          char *delimiter, size_t size)
{
    struct skn_scan_span word = argument_find(lexer, token->end);
    struct skn_scan_span rest = argument_find(lexer, word.end);
    const char *newline;

    if (word.start == word.end)
        return skn_scan_fail(lexer->err, SKN_E_SYNTAX, token->start, "DELIMITER says no delimiter");
    if (rest.end > rest.start && !opens_comment(lexer, rest))
        return skn_scan_fail(
            lexer->err, SKN_E_SYNTAX, rest.start,
            "more text on a DELIMITER line; start a new line behind the delimiter");
    newline = memchr(lexer->text + word.end, '\n', lexer->len - word.end);
    lexer->at = newline ? (size_t)(newline - lexer->text) : lexer->len;
    return delimiter_set(lexer, unquote(lexer, word), delimiter, size);
}

static bool is_delimiter_line(const struct skn_scan_lexer *lexer,
                              const struct skn_scan_token *token)
{
    return (lexer->flags & SKN_DIALECT_DELIMITER) && !lexer->executable &&
           skn_scan_token_is(lexer, token, "DELIMITER") &&
           (token->end == lexer->len || skn_scan_lexer_is_blank(lexer->text[token->end]));
}

/* ---- statements ---- */

static bool ends_statement(const struct skn_scan_lexer *lexer, const struct skn_scan_token *token)
{
    if (token->kind == SKN_SCAN_TOKEN_DELIMITER)
        return true;
    return !lexer->delimiter_len && !lexer->executable && skn_scan_token_is_mark(lexer, token, ';');
}

/* Nothing begins with ";", so that one left over behind another delimiter is skipped as well. */
static bool is_empty_statement(const struct skn_scan_lexer *lexer,
                               const struct skn_scan_token *token)
{
    return ends_statement(lexer, token) ||
           (!lexer->executable && skn_scan_token_is_mark(lexer, token, ';'));
}

/* The first token of the next statement, or the end of the text. */
static int statement_seek(struct skn_scan_lexer *lexer, struct skn_scan_token *token,
                          char *delimiter, size_t size)
{
    for (;;) {
        int rc;
        lexer->fresh = true;
        rc = skn_scan_lexer_next(lexer, token);
        if (rc == SKN_OK && is_delimiter_line(lexer, token))
            rc = delimiter_read(lexer, token, delimiter, size);
        else if (rc == SKN_OK && !is_empty_statement(lexer, token))
            return SKN_OK;
        if (rc != SKN_OK)
            return rc;
    }
}

/* Goes to the token that ends the statement, from its first. */
static int statement_follow(struct skn_scan_lexer *lexer, struct skn_scan_token *token,
                            size_t start, const struct skn_scan_head *head)
{
    struct skn_scan_body body;
    int rc = SKN_OK;

    skn_scan_body_init(&body, lexer, start, head);
    while (rc == SKN_OK && token->kind != SKN_SCAN_TOKEN_END) {
        if (ends_statement(lexer, token) && !skn_scan_body_is_open(&body))
            return SKN_OK;
        rc = skn_scan_body_take(&body, lexer, token);
        if (rc == SKN_OK)
            rc = skn_scan_lexer_next(lexer, token);
    }
    return rc == SKN_OK ? skn_scan_body_finish(&body, lexer) : rc;
}

static size_t trimmed_end(struct skn_str text, size_t start, size_t end)
{
    while (end > start && skn_scan_lexer_is_blank(text.ptr[end - 1]))
        end--;
    return end;
}

static int statement_find(struct skn_scan_lexer *lexer, struct skn_scan *found,
                          struct skn_error *err)
{
    struct skn_str text = {lexer->text, lexer->len};
    struct skn_scan_token token;
    struct skn_scan_head head;
    int rc = statement_seek(lexer, &token, found->delimiter, sizeof found->delimiter);

    if (rc != SKN_OK)
        return rc;
    found->start = lexer->executable ? lexer->executable - 1 : token.start;
    if (token.kind != SKN_SCAN_TOKEN_END) {
        skn_scan_head_read(lexer, (size_t)found->start, &head);
        rc = statement_follow(lexer, &token, (size_t)found->start, &head);
    }
    if (rc != SKN_OK)
        return rc;
    found->end = trimmed_end(text, (size_t)found->start, token.start);
    found->next = token.end;
    if (found->start == found->end)
        return SKN_OK;
    return skn_scan_class_find(lexer, &head, found, err);
}

int skn_scan_next(const struct skn_dialect *dialect, struct skn_str text, struct skn_scan *cursor,
                  struct skn_error *err)
{
    struct skn_scan found = {.size = cursor->size, .options = cursor->options};
    struct skn_scan_lexer lexer = {.text = text.ptr, .len = text.len, .err = err};
    const char *nul;
    int rc = usage_check(dialect, text, cursor, err);

    if (rc != SKN_OK)
        return rc;
    if (!text.ptr)
        lexer.text = text.ptr = "";
    memcpy(found.delimiter, cursor->delimiter, sizeof found.delimiter - 1);
    lexer.at = cursor->next ? (size_t)cursor->next : start_of_text(text);
    lexer.flags = dialect->flags;
    lexer.options = cursor->options;
    lexer.delimiter = found.delimiter;
    lexer.delimiter_len = strlen(found.delimiter);
    rc = statement_find(&lexer, &found, err);
    if (rc != SKN_OK)
        return rc;
    nul = memchr(text.ptr + cursor->next, '\0', (size_t)(found.next - cursor->next));
    if (nul)
        return skn_scan_fail(err, SKN_E_SYNTAX, (size_t)(nul - text.ptr), "a NUL byte in the text");
    *cursor = found;
    return SKN_OK;
}
