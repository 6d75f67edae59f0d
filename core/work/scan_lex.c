/*
 * How the dialects quote and comment. It knows nothing of what words mean, nor where a statement
 * ends.
 */
#include "work/scan_lex.h"

#include <stdarg.h>

enum { TAG_SHOWN = 32, VARIABLE_MAX = 160 };

int skn_scan_fail(struct skn_error *err, int code, size_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    skn_failv(err, code, NULL, 0, format, args);
    va_end(args);
    if (err)
        err->position = at < UINT32_MAX ? (uint32_t)at + 1 : 0;
    return code;
}

enum { BLANK = 1, LETTER = 2, DIGIT = 4, INNER = 8 };

#define B BLANK
#define L (LETTER | INNER)
#define D (DIGIT | INNER)
#define I INNER

/* Letters beyond ASCII are letters in every dialect, so each byte of them is. */
static const unsigned char classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, B, B, B, B, B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    B, 0, 0, 0, I, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, D, D, D, D, D, D, D, D, D, D, 0, 0, 0, 0, 0, 0,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, 0, L,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, 0, 0,
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
};

#undef B
#undef L
#undef D
#undef I

static bool is(char c, unsigned classes_wanted)
{
    return (classes[(unsigned char)c] & classes_wanted) != 0;
}

bool skn_scan_lexer_is_blank(char c)
{
    return is(c, BLANK);
}

static bool is_digit(char c)
{
    return is(c, DIGIT);
}

static bool is_letter(char c)
{
    return is(c, LETTER);
}

static bool is_inner(char c)
{
    return is(c, INNER);
}

static bool has(const struct skn_scan_lexer *lexer, uint32_t flag)
{
    return (lexer->flags & flag) != 0;
}

static bool follows(const struct skn_scan_lexer *lexer, size_t at, const char *expected)
{
    size_t len = strlen(expected);
    return lexer->len - at >= len && memcmp(lexer->text + at, expected, len) == 0;
}

static bool at_delimiter(const struct skn_scan_lexer *lexer, size_t at)
{
    return lexer->delimiter_len && !lexer->executable && lexer->len - at >= lexer->delimiter_len &&
           memcmp(lexer->text + at, lexer->delimiter, lexer->delimiter_len) == 0;
}

/* ---- white space and comments ---- */

/* PostgreSQL alone ends a line at a lone carriage return, too. */
static size_t line_end(const struct skn_scan_lexer *lexer, size_t at)
{
    const char *newline = memchr(lexer->text + at, '\n', lexer->len - at);
    size_t end = newline ? (size_t)(newline - lexer->text) : lexer->len;
    const char *cr = NULL;

    if (has(lexer, SKN_DIALECT_E_STRINGS))
        cr = memchr(lexer->text + at, '\r', end - at);
    return cr ? (size_t)(cr - lexer->text) : end;
}

static bool at_line_comment(const struct skn_scan_lexer *lexer, size_t at)
{
    if (lexer->text[at] == '#')
        return has(lexer, SKN_DIALECT_HASH_COMMENTS);
    if (!follows(lexer, at, "--"))
        return false;
    /* No statement begins with dashes, so there the client skips a line of them, too. */
    if (!has(lexer, SKN_DIALECT_DASH_NEEDS_SPACE) || at + 2 == lexer->len || lexer->fresh)
        return true;
    unsigned char c = (unsigned char)lexer->text[at + 2];
    return c <= ' ' || c == 0x7f;
}

static int comment_skip(struct skn_scan_lexer *lexer, bool nested)
{
    size_t depth = 1;
    size_t at = lexer->at + 2;

    while (lexer->len - at >= 2) {
        bool closes = follows(lexer, at, "*/");
        bool opens = nested && follows(lexer, at, "/*");
        if (closes && --depth == 0) {
            lexer->at = at + 2;
            return SKN_OK;
        }
        depth += opens;
        at += closes || opens ? 2 : 1;
    }
    return skn_scan_fail(lexer->err, SKN_E_SYNTAX, lexer->at,
                         "the comment that opens here is never closed");
}

/* The length of what opens an executable comment, its version included, or 0. No server is of
 * version 99999 or 999999: that is how dumps hide text from all of them. */
static size_t executable_opening(const struct skn_scan_lexer *lexer, bool *hidden)
{
    size_t at = lexer->at + 2;
    size_t digits = 0;
    size_t nines = 0;

    if (!has(lexer, SKN_DIALECT_EXECUTABLE_COMMENTS))
        return 0;
    if (at < lexer->len && lexer->text[at] == 'M')
        at++;
    if (at >= lexer->len || lexer->text[at++] != '!')
        return 0;
    while (digits < 6 && at + digits < lexer->len && is_digit(lexer->text[at + digits]))
        nines += lexer->text[at + digits++] == '9';
    *hidden = digits >= 5 && nines == digits;
    return at + (digits >= 5 ? digits : 0) - lexer->at;
}

static int comment_enter(struct skn_scan_lexer *lexer)
{
    bool hidden = false;
    size_t opening = executable_opening(lexer, &hidden);

    if (!opening || hidden)
        return comment_skip(lexer, hidden || has(lexer, SKN_DIALECT_NESTED_COMMENTS));
    /* One inside another is closed together with it, as the servers do. */
    if (!lexer->executable)
        lexer->executable = lexer->at + 1;
    lexer->at += opening;
    return SKN_OK;
}

/* The length of "${ident:" or "${literal:" at at, or 0. */
static size_t variable_opening(const struct skn_scan_lexer *lexer, size_t at, bool *literal)
{
    *literal = follows(lexer, at, "${literal:");
    if (*literal)
        return strlen("${literal:");
    return follows(lexer, at, "${ident:") ? strlen("${ident:") : 0;
}

/* What is put in for a variable brings its own quotes, so it must not stand between others, nor in
 * a comment, which its text could close. */
static int variables_refuse(const struct skn_scan_lexer *lexer, size_t at, size_t end)
{
    while (at < end) {
        const char *dollar = memchr(lexer->text + at, '$', end - at);
        bool literal;
        if (!dollar)
            break;
        at = (size_t)(dollar - lexer->text);
        if (variable_opening(lexer, at, &literal))
            return skn_scan_fail(
                lexer->err, SKN_E_SYNTAX, at,
                "a variable inside quotes or a comment; it brings its own quotes, so "
                "write it outside, or $${ for a plain ${");
        at += follows(lexer, at, "$${") ? 3 : 1;
    }
    return SKN_OK;
}

/* A comment before a statement is not sent with it, and may say what it likes. */
static int comment_check(const struct skn_scan_lexer *lexer, size_t start)
{
    if (lexer->fresh || !(lexer->options & SKN_SCAN_VARIABLES))
        return SKN_OK;
    return variables_refuse(lexer, start, lexer->at);
}

static int between_skip(struct skn_scan_lexer *lexer)
{
    int rc = SKN_OK;

    while (rc == SKN_OK && lexer->at < lexer->len) {
        char c = lexer->text[lexer->at];
        if (skn_scan_lexer_is_blank(c)) {
            lexer->at++;
        } else if (is_letter(c) || at_delimiter(lexer, lexer->at)) {
            break;
        } else if (at_line_comment(lexer, lexer->at)) {
            size_t start = lexer->at;
            lexer->at = line_end(lexer, lexer->at);
            rc = comment_check(lexer, start);
        } else if (follows(lexer, lexer->at, "/*")) {
            size_t start = lexer->at;
            rc = comment_enter(lexer);
            if (rc == SKN_OK && !lexer->executable)
                rc = comment_check(lexer, start);
        } else if (lexer->executable && follows(lexer, lexer->at, "*/")) {
            lexer->executable = 0;
            lexer->at += 2;
        } else {
            break;
        }
    }
    return rc;
}

/* ---- quotes ---- */

/* Behind the closing quote, or 0. A doubled quote stands for itself. */
static size_t quote_end(const struct skn_scan_lexer *lexer, size_t at, char quote, bool backslashes)
{
    while (at < lexer->len) {
        char c = lexer->text[at++];
        if (c == '\\' && backslashes && at < lexer->len)
            at++;
        else if (c == quote && (at == lexer->len || lexer->text[at] != quote))
            return at;
        else if (c == quote)
            at++;
    }
    return 0;
}

static int quoted_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token, size_t end)
{
    if (!end)
        return skn_scan_fail(lexer->err, SKN_E_SYNTAX, token->start, "the %s is never closed",
                             token->kind == SKN_SCAN_TOKEN_NAME ? "quoted name that opens here"
                                                                : "string that opens here");
    token->end = end;
    return lexer->options & SKN_SCAN_VARIABLES ? variables_refuse(lexer, token->start, end)
                                               : SKN_OK;
}

static int string_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token, size_t quote_at)
{
    token->kind = SKN_SCAN_TOKEN_STRING;
    return quoted_read(
        lexer, token,
        quote_end(lexer, quote_at + 1, lexer->text[quote_at], has(lexer, SKN_DIALECT_BACKSLASHES)));
}

static int name_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token, size_t quote_at)
{
    token->kind = SKN_SCAN_TOKEN_NAME;
    return quoted_read(lexer, token, quote_end(lexer, quote_at + 1, lexer->text[quote_at], false));
}

static int bracket_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    const char *close = memchr(lexer->text + token->start, ']', lexer->len - token->start);

    token->kind = SKN_SCAN_TOKEN_NAME;
    return quoted_read(lexer, token, close ? (size_t)(close - lexer->text) + 1 : 0);
}

/* The quote that goes on with a string behind white space that holds a line break, or 0. */
static size_t continuation_find(const struct skn_scan_lexer *lexer, size_t at)
{
    bool broken = false;

    while (at < lexer->len) {
        char c = lexer->text[at];
        if (follows(lexer, at, "--")) {
            at = line_end(lexer, at);
        } else if (skn_scan_lexer_is_blank(c)) {
            broken = broken || c == '\n' || c == '\r';
            at++;
        } else {
            return c == '\'' && broken ? at : 0;
        }
    }
    return 0;
}

/* E'a' and 'b' on the next line are one string, in which backslashes count to the end. */
static int escape_string_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token,
                              size_t quote_at)
{
    size_t end;

    token->kind = SKN_SCAN_TOKEN_STRING;
    do {
        end = quote_end(lexer, quote_at + 1, '\'', true);
        quote_at = end ? continuation_find(lexer, end) : 0;
    } while (quote_at);
    return quoted_read(lexer, token, end);
}

/* The length of $tag$ at at, or 0. */
static size_t tag_len(const struct skn_scan_lexer *lexer, size_t at)
{
    size_t end = at + 1;

    if (end < lexer->len && is_letter(lexer->text[end]))
        while (end < lexer->len && (is_letter(lexer->text[end]) || is_digit(lexer->text[end])))
            end++;
    return end < lexer->len && lexer->text[end] == '$' ? end + 1 - at : 0;
}

/* A tag holds no "$" but its ends, so that no byte is compared more than twice. */
static int dollar_quote_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token, size_t len)
{
    const char *tag = lexer->text + token->start;
    size_t at = token->start + len;

    token->kind = SKN_SCAN_TOKEN_STRING;
    while (at < lexer->len) {
        const char *dollar = memchr(lexer->text + at, '$', lexer->len - at);
        at = dollar ? (size_t)(dollar - lexer->text) : lexer->len;
        if (lexer->len - at >= len && memcmp(lexer->text + at, tag, len) == 0)
            return quoted_read(lexer, token, at + len);
        at++;
    }
    return skn_scan_fail(lexer->err, SKN_E_SYNTAX, token->start,
                         "the text that %.*s opens here is never closed",
                         len <= TAG_SHOWN ? (int)len : 12, len <= TAG_SHOWN ? tag : "a dollar tag");
}

/* ---- the rest ---- */

static void mark_read(struct skn_scan_token *token, size_t len)
{
    token->kind = SKN_SCAN_TOKEN_PUNCT;
    token->end = token->start + len;
}

/* A variable stands for the name or the string that is put in for it. */
static bool variable_read(const struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    bool literal;
    size_t opening = variable_opening(lexer, token->start, &literal);
    size_t end = token->start + opening;

    while (end < lexer->len && end - token->start < VARIABLE_MAX && lexer->text[end] != '\n' &&
           lexer->text[end] != '}')
        end++;
    if (!opening || end == lexer->len || lexer->text[end] != '}')
        return false;
    token->kind = literal ? SKN_SCAN_TOKEN_STRING : SKN_SCAN_TOKEN_NAME;
    token->end = end + 1;
    return true;
}

static int dollar_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    bool variables = (lexer->options & SKN_SCAN_VARIABLES) != 0;
    bool escape = variables && follows(lexer, token->start, "$${");
    size_t len = 0;

    if (variables && variable_read(lexer, token))
        return SKN_OK;
    if (has(lexer, SKN_DIALECT_DOLLAR_QUOTES) && !escape)
        len = tag_len(lexer, token->start);
    if (len)
        return dollar_quote_read(lexer, token, len);
    mark_read(token, escape ? strlen("$${") : 1);
    return SKN_OK;
}

static size_t word_end(const struct skn_scan_lexer *lexer, size_t at)
{
    if (!lexer->delimiter_len) {
        while (at < lexer->len && is_inner(lexer->text[at]))
            at++;
        return at;
    }
    /* The client finds its delimiter inside a word, too: END$$. */
    while (at < lexer->len && is_inner(lexer->text[at]) && !at_delimiter(lexer, at))
        at++;
    return at;
}

/* A letter that belongs to the string behind it: E'', B'', X'', N''. */
static bool is_prefix(const struct skn_scan_lexer *lexer, const struct skn_scan_token *token)
{
    char letter = (char)(lexer->text[token->start] & 0xdf);

    if (token->end - token->start != 1 || token->end == lexer->len ||
        lexer->text[token->end] != '\'')
        return false;
    return letter == 'B' || letter == 'X' || letter == 'N' ||
           (letter == 'E' && has(lexer, SKN_DIALECT_E_STRINGS));
}

static int word_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    const char *word = lexer->text + token->start;
    bool unicode;

    token->end = word_end(lexer, token->start + 1);
    if (is_prefix(lexer, token))
        return (*word & 0xdf) == 'E' ? escape_string_read(lexer, token, token->end)
                                     : string_read(lexer, token, token->end);
    unicode = has(lexer, SKN_DIALECT_E_STRINGS) && token->end == token->start + 1 &&
              (*word & 0xdf) == 'U';
    if (unicode && follows(lexer, token->end, "&'"))
        return string_read(lexer, token, token->end + 1);
    if (unicode && follows(lexer, token->end, "&\""))
        return name_read(lexer, token, token->end + 1);
    token->kind = lexer->name_next ? SKN_SCAN_TOKEN_NAME : SKN_SCAN_TOKEN_WORD;
    return SKN_OK;
}

/* Letters right behind the digits are no part of the number, and no keyword either. */
static void number_read(const struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    size_t at = token->start + 1;

    while (at < lexer->len && !at_delimiter(lexer, at) &&
           (is_digit(lexer->text[at]) || lexer->text[at] == '.'))
        at++;
    token->kind = SKN_SCAN_TOKEN_NUMBER;
    token->end = at;
}

static bool makes_a_name_of_the_next(const struct skn_scan_lexer *lexer,
                                     const struct skn_scan_token *token)
{
    char c = lexer->text[token->start];

    if (token->kind == SKN_SCAN_TOKEN_NUMBER)
        return token->end < lexer->len && is_letter(lexer->text[token->end]);
    return token->kind == SKN_SCAN_TOKEN_PUNCT && (c == '.' || c == '@');
}

static int backslash_refuse(const struct skn_scan_lexer *lexer, size_t at)
{
    size_t len = 1;

    while (len < TAG_SHOWN && at + len < lexer->len && is_letter(lexer->text[at + len]) &&
           !(lexer->text[at + len] & 0x80))
        len++;
    if (len == 1)
        return skn_scan_fail(lexer->err, SKN_E_UNSUPPORTED, at,
                             "a backslash outside of quotes is for psql, not SQL; leave it out");
    return skn_scan_fail(lexer->err, SKN_E_UNSUPPORTED, at,
                         "%.*s is a command of psql, not SQL; write what it does as statements, or "
                         "leave it out",
                         (int)len, lexer->text + at);
}

static int mark_or_quote_read(struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    switch (lexer->text[token->start]) {
    case '\'':
        return string_read(lexer, token, token->start);
    case '"':
        return has(lexer, SKN_DIALECT_DOUBLE_QUOTED_TEXT) ? string_read(lexer, token, token->start)
                                                          : name_read(lexer, token, token->start);
    case '`':
        if (has(lexer, SKN_DIALECT_BACKTICKS))
            return name_read(lexer, token, token->start);
        break;
    case '[':
        if (has(lexer, SKN_DIALECT_BRACKETS))
            return bracket_read(lexer, token);
        break;
    case '$':
        return dollar_read(lexer, token);
    case '\\':
        if (has(lexer, SKN_DIALECT_PSQL))
            return backslash_refuse(lexer, token->start);
        break;
    default:
        break;
    }
    mark_read(token, 1);
    return SKN_OK;
}

static int end_read(const struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    token->kind = SKN_SCAN_TOKEN_END;
    token->end = token->start;
    if (!lexer->executable)
        return SKN_OK;
    return skn_scan_fail(lexer->err, SKN_E_SYNTAX, lexer->executable - 1,
                         "the executable comment that opens here is never closed");
}

int skn_scan_lexer_next(struct skn_scan_lexer *lexer, struct skn_scan_token *token)
{
    int rc = between_skip(lexer);
    char c;

    if (rc != SKN_OK)
        return rc;
    token->start = lexer->at;
    if (lexer->at == lexer->len)
        return end_read(lexer, token);
    c = lexer->text[lexer->at];
    if (at_delimiter(lexer, lexer->at)) {
        token->kind = SKN_SCAN_TOKEN_DELIMITER;
        token->end = token->start + lexer->delimiter_len;
    } else if (is_letter(c)) {
        rc = word_read(lexer, token);
    } else if (is_digit(c)) {
        number_read(lexer, token);
    } else {
        rc = mark_or_quote_read(lexer, token);
    }
    if (rc != SKN_OK)
        return rc;
    lexer->at = token->end;
    lexer->fresh = false;
    lexer->name_next = makes_a_name_of_the_next(lexer, token);
    return SKN_OK;
}
