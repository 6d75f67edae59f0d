/*
 * The tokens of SQL: words, quoted names, strings, numbers and single punctuation marks, with white
 * space and comments left out. It knows how each dialect quotes and comments, and nothing of what
 * the words mean.
 */
#ifndef SKN_WORK_SCAN_LEX_H
#define SKN_WORK_SCAN_LEX_H

#include <stdbool.h>

#include <skein/driver-util.h>

enum skn_scan_token_kind {
    SKN_SCAN_TOKEN_END,       /* of the text */
    SKN_SCAN_TOKEN_DELIMITER, /* what a DELIMITER line set; never ";" */
    SKN_SCAN_TOKEN_WORD,      /* a keyword or a bare name */
    SKN_SCAN_TOKEN_NAME,      /* quoted, or behind "." or "@": no keyword, whatever it spells */
    SKN_SCAN_TOKEN_STRING,
    SKN_SCAN_TOKEN_NUMBER,
    SKN_SCAN_TOKEN_PUNCT
};

struct skn_scan_token {
    enum skn_scan_token_kind kind;
    size_t start;
    size_t end;
};

/* Copying it is how one looks ahead. */
struct skn_scan_lexer {
    const char *text;
    size_t len;
    size_t at;
    uint32_t flags;        /* enum skn_dialect_flag */
    uint32_t options;      /* enum skn_scan_option */
    const char *delimiter; /* borrowed */
    size_t delimiter_len;  /* 0: the delimiter is ";", which is left to the caller */
    size_t executable;     /* one past where the executable comment we are in opens; 0: in none */
    bool name_next;        /* behind ".", "@" or a digit */
    bool fresh;            /* no token of a statement was read yet */
    struct skn_error *err; /* may be NULL */
};

/* The next token. What is never closed is SKN_E_SYNTAX at its opening. */
int skn_scan_lexer_next(struct skn_scan_lexer *lexer, struct skn_scan_token *token);

/* One byte of white space. */
bool skn_scan_lexer_is_blank(char c);

/* Fills err with at as its position, and returns code. */
int SKN_PRINTF(4, 5)
    skn_scan_fail(struct skn_error *err, int code, size_t at, const char *format, ...);

/* Whether the token is this bare word; word is in upper case. */
static inline bool skn_scan_token_is(const struct skn_scan_lexer *lexer,
                                     const struct skn_scan_token *token, const char *word)
{
    const char *text = lexer->text + token->start;
    size_t len = token->end - token->start;

    if (token->kind != SKN_SCAN_TOKEN_WORD)
        return false;
    for (size_t i = 0; i < len; i++)
        if (word[i] == '\0' || (text[i] & 0xdf) != word[i])
            return false;
    return word[len] == '\0';
}

/* Whether it is one of these bare words; the list ends with NULL. */
static inline bool skn_scan_token_is_any(const struct skn_scan_lexer *lexer,
                                         const struct skn_scan_token *token,
                                         const char *const *words)
{
    for (; *words; words++)
        if (skn_scan_token_is(lexer, token, *words))
            return true;
    return false;
}

static inline bool skn_scan_token_is_mark(const struct skn_scan_lexer *lexer,
                                          const struct skn_scan_token *token, char mark)
{
    return token->kind == SKN_SCAN_TOKEN_PUNCT && lexer->text[token->start] == mark;
}

#endif
