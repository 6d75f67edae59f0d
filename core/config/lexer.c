/*
 * Scanner over a config's text. It has to agree with libconfig's on where strings and comments end,
 * because an @include that only libconfig saw would open any file.
 */
#include "config/lexer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

void skn_lexer_init(struct skn_lexer *lexer, struct skn_str text, unsigned outer)
{
    *lexer = (struct skn_lexer){.text = text, .line = 1, .outer = outer};
}

static int fault(struct skn_lexer *lexer, unsigned line, const char *what)
{
    lexer->fault = what;
    lexer->fault_line = line;
    return -1;
}

static char peek(const struct skn_lexer *lexer, size_t ahead)
{
    size_t at = lexer->at + ahead;
    return at < lexer->text.len ? lexer->text.ptr[at] : '\0';
}

static void skip_char(struct skn_lexer *lexer)
{
    if (peek(lexer, 0) == '\n')
        lexer->line++;
    lexer->at++;
}

static void skip_line(struct skn_lexer *lexer)
{
    while (lexer->at < lexer->text.len && peek(lexer, 0) != '\n')
        lexer->at++;
}

static void skip_blanks(struct skn_lexer *lexer)
{
    while (peek(lexer, 0) == ' ' || peek(lexer, 0) == '\t')
        lexer->at++;
}

static int skip_comment(struct skn_lexer *lexer)
{
    unsigned line = lexer->line;
    lexer->at += 2;
    while (lexer->at < lexer->text.len) {
        if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->at += 2;
            return 0;
        }
        skip_char(lexer);
    }
    return fault(lexer, line, "the comment that starts here is never closed");
}

static int skip_escape(struct skn_lexer *lexer)
{
    if ((peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X') && peek(lexer, 2) == '0' &&
        peek(lexer, 3) == '0')
        return fault(lexer, lexer->line, "a string cannot hold a NUL byte");
    lexer->at++;
    skip_char(lexer);
    return 0;
}

static int skip_string(struct skn_lexer *lexer)
{
    unsigned line = lexer->line;
    lexer->at++;
    while (lexer->at < lexer->text.len) {
        char c = peek(lexer, 0);
        if (c == '\\') {
            if (skip_escape(lexer) < 0)
                return -1;
            continue;
        }
        skip_char(lexer);
        if (c == '"')
            return 0;
    }
    return fault(lexer, line, "the string that starts here is never closed");
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_name(struct skn_lexer *lexer)
{
    char c = peek(lexer, 0);
    while (is_letter(c) || is_digit(c) || c == '*' || c == '-' || c == '_') {
        lexer->at++;
        c = peek(lexer, 0);
    }
}

/* libconfig 1.5 wraps a number that is too large for its type around, without a word. */
static int number_fits(const char *text)
{
    char *end = NULL;
    int hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    errno = 0;
    long long value = strtoll(text, &end, hexadecimal ? 16 : 10);
    if (*end == '.' || *end == 'e' || *end == 'E')
        return 1;
    if (*end == 'L')
        return errno == 0;
    return errno == 0 && value >= INT_MIN && value <= INT_MAX;
}

static int skip_number(struct skn_lexer *lexer)
{
    char text[32] = "";
    size_t start = lexer->at++;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)) || peek(lexer, 0) == '.')
        lexer->at++;
    size_t len = lexer->at - start;
    if (len < sizeof text)
        memcpy(text, lexer->text.ptr + start, len);
    if (len >= sizeof text || !number_fits(text))
        return fault(lexer, lexer->line, "the number is out of range");
    return 0;
}

static int bracket_open(struct skn_lexer *lexer, char opening)
{
    if (lexer->outer + lexer->depth >= SKN_CONFIG_DEPTH)
        return fault(lexer, lexer->line, "brackets are nested more than 32 deep");
    lexer->brackets[++lexer->depth] = (struct skn_bracket){opening, lexer->line, 0};
    lexer->at++;
    return 0;
}

static int bracket_close(struct skn_lexer *lexer, char closing)
{
    const struct skn_bracket *last = &lexer->brackets[lexer->depth];
    char opening = closing == ')' ? '(' : closing == ']' ? '[' : '{';
    if (lexer->depth == 0)
        return fault(lexer, lexer->line, "a closing bracket that nothing opened");
    if (last->opening != opening) {
        lexer->fault_origin_line = last->line;
        return fault(lexer, lexer->line, "this closing bracket does not fit the last open one");
    }
    lexer->depth--;
    lexer->at++;
    return 0;
}

static int setting_count(struct skn_lexer *lexer)
{
    if (++lexer->brackets[lexer->depth].settings > SKN_CONFIG_SETTINGS)
        return fault(lexer, lexer->line, "more than 10000 settings in one group");
    lexer->at++;
    return 0;
}

/* Passes one token, which is no @include. */
static int token_skip(struct skn_lexer *lexer)
{
    char c = peek(lexer, 0);
    char next = peek(lexer, 1);
    if (c == '#' || (c == '/' && next == '/')) {
        skip_line(lexer);
        return 0;
    }
    if (c == '/' && next == '*')
        return skip_comment(lexer);
    if (c == '"')
        return skip_string(lexer);
    if (c == '(' || c == '[' || c == '{')
        return bracket_open(lexer, c);
    if (c == ')' || c == ']' || c == '}')
        return bracket_close(lexer, c);
    if (c == '=' || c == ':')
        return setting_count(lexer);
    if (is_digit(c) || ((c == '+' || c == '-') && is_digit(next)))
        return skip_number(lexer);
    if (c == '@')
        return fault(lexer, lexer->line, "an @ that is not the start of an @include line");
    if (is_letter(c) || c == '*')
        skip_name(lexer);
    else
        skip_char(lexer);
    return 0;
}

/* Behind "@include": its file name. */
static int include_read(struct skn_lexer *lexer)
{
    skip_blanks(lexer);
    size_t start = lexer->at + 1;
    size_t end = start;
    while (end < lexer->text.len && !strchr("\"\\\n", lexer->text.ptr[end]))
        end++;
    if (peek(lexer, 0) != '"' || end >= lexer->text.len || lexer->text.ptr[end] != '"')
        return fault(lexer, lexer->line, "an @include is written @include \"file\"");
    lexer->include = (struct skn_str){lexer->text.ptr + start, end - start};
    lexer->at = end + 1;
    return 1;
}

/* True at the first byte of a line that is an @include; at then is behind the word. */
static int include_starts(struct skn_lexer *lexer)
{
    static const char word[] = "@include";
    size_t start = lexer->at;
    if (start > 0 && lexer->text.ptr[start - 1] != '\n')
        return 0;
    skip_blanks(lexer);
    if (lexer->text.len - lexer->at >= sizeof word - 1 &&
        memcmp(lexer->text.ptr + lexer->at, word, sizeof word - 1) == 0) {
        lexer->at += sizeof word - 1;
        return 1;
    }
    lexer->at = start;
    return 0;
}

int skn_lexer_next(struct skn_lexer *lexer, struct skn_str *passed)
{
    size_t start = lexer->at;
    while (lexer->at < lexer->text.len) {
        size_t here = lexer->at;
        if (include_starts(lexer)) {
            *passed = (struct skn_str){lexer->text.ptr + start, here - start};
            return include_read(lexer);
        }
        if (token_skip(lexer) < 0)
            return -1;
    }
    if (lexer->depth > 0)
        return fault(lexer, lexer->brackets[lexer->depth].line,
                     "the bracket that opens here is never closed in this file");
    *passed = (struct skn_str){lexer->text.ptr + start, lexer->at - start};
    return 0;
}
