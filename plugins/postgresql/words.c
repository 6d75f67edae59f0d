/*
 * The first words of a statement, for the few things that depend on them. Where a statement ends is
 * not decided here.
 */
#include <string.h>
#include <strings.h>

#include "pg.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static int is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static int is_word(char c)
{
    return is_word_start(c) || (c >= '0' && c <= '9') || c == '$';
}

static int starts(const struct skn_pg_words *words, const char *two)
{
    return words->end - words->at >= 2 && words->at[0] == two[0] && words->at[1] == two[1];
}

static void skip_line(struct skn_pg_words *words)
{
    while (words->at < words->end && *words->at != '\n')
        words->at++;
}

static void skip_comment(struct skn_pg_words *words)
{
    size_t depth = 0;
    do {
        int opens = starts(words, "/*");
        int closes = !opens && starts(words, "*/");
        depth += (size_t)opens;
        depth -= (size_t)closes;
        words->at += opens || closes ? 2 : 1;
    } while (depth && words->at < words->end);
}

static void skip_blanks(struct skn_pg_words *words)
{
    for (;;) {
        if (words->at < words->end && is_blank(*words->at))
            words->at++;
        else if (starts(words, "--"))
            skip_line(words);
        else if (starts(words, "/*"))
            skip_comment(words);
        else
            return;
    }
}

/* Behind the quoted text that opens here; a doubled quote is two quoted texts, which is as good. */
static void skip_quoted(struct skn_pg_words *words, int backslashes)
{
    char quote = *words->at++;
    while (words->at < words->end && *words->at != quote)
        words->at += backslashes && *words->at == '\\' && words->end - words->at > 1 ? 2 : 1;
    if (words->at < words->end)
        words->at++;
}

/* Behind $tag$ ... $tag$, if that is what stands here. */
static int skip_dollars(struct skn_pg_words *words)
{
    const char *tag = words->at;
    const char *at = tag + 1;
    while (at < words->end && is_word(*at) && *at != '$')
        at++;
    if (at >= words->end || *at != '$' || (at > tag + 1 && !is_word_start(tag[1])))
        return 0;
    size_t len = (size_t)(at + 1 - tag);
    for (at++; (size_t)(words->end - at) >= len; at++)
        if (*at == '$' && memcmp(at, tag, len) == 0) {
            words->at = at + len;
            return 1;
        }
    words->at = words->end;
    return 1;
}

static void take_word(struct skn_pg_words *words, char word[SKN_PG_NAME])
{
    size_t len = 0;
    while (words->at < words->end && is_word(*words->at)) {
        char c = *words->at++;
        if (len < SKN_PG_NAME - 1)
            word[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    word[len] = '\0';
}

int skn_pg_word_next(struct skn_pg_words *words, char word[SKN_PG_NAME])
{
    skip_blanks(words);
    words->start = words->at;
    word[0] = '\0';
    if (words->at >= words->end)
        return 0;
    word[0] = *words->at;
    word[1] = '\0';
    if (is_word_start(word[0])) {
        take_word(words, word);
        if (strcmp(word, "E") == 0 && words->at < words->end && *words->at == '\'') {
            skip_quoted(words, 1);
            memcpy(word, "'", sizeof "'");
        }
    } else if (word[0] == '"' || word[0] == '\'') {
        skip_quoted(words, 0);
    } else if (word[0] != '$' || !skip_dollars(words)) {
        words->at++;
    } else {
        word[0] = '\'';
    }
    return 1;
}

static int is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return 1;
    return 0;
}

int skn_pg_controls_transaction(struct skn_str sql)
{
    static const char *const openers[] = {"BEGIN",    "START", "COMMIT",  "END",
                                          "ROLLBACK", "ABORT", "PREPARE", NULL};
    struct skn_pg_words words = {sql.ptr, sql.ptr + sql.len, NULL};
    char word[SKN_PG_NAME];
    return skn_pg_word_next(&words, word) && is_one_of(word, openers);
}

int skn_pg_resets_path(struct skn_str sql)
{
    struct skn_pg_words words = {sql.ptr, sql.ptr + sql.len, NULL};
    char first[SKN_PG_NAME];
    char word[SKN_PG_NAME];
    if (!skn_pg_word_next(&words, first) || !skn_pg_word_next(&words, word))
        return 0;
    if (strcmp(first, "RESET") == 0 || strcmp(first, "DISCARD") == 0)
        return strcmp(word, "ALL") == 0 || strcmp(word, "SEARCH_PATH") == 0;
    if (strcmp(first, "SET") != 0)
        return 0;
    if (strcmp(word, "SESSION") == 0 || strcmp(word, "LOCAL") == 0)
        skn_pg_word_next(&words, word);
    return strcmp(word, "SEARCH_PATH") == 0 && skn_pg_word_next(&words, word) &&
           skn_pg_word_next(&words, word) && strcmp(word, "DEFAULT") == 0;
}

int skn_pg_opens_with(struct skn_str sql, const char *const words[3])
{
    struct skn_pg_words at = {sql.ptr, sql.ptr + sql.len, NULL};
    char word[SKN_PG_NAME];
    for (size_t i = 0; i < 3 && words[i]; i++)
        if (!skn_pg_word_next(&at, word) || strcmp(word, words[i]) != 0)
            return 0;
    return 1;
}

int skn_pg_copies_to_client(struct skn_str sql)
{
    struct skn_pg_words words = {sql.ptr, sql.ptr + sql.len, NULL};
    char before[SKN_PG_NAME];
    char word[SKN_PG_NAME];
    int depth = 0;
    if (!skn_pg_word_next(&words, before) || strcmp(before, "COPY") != 0)
        return 0;
    while (skn_pg_word_next(&words, word)) {
        depth += word[0] == '(' ? 1 : word[0] == ')' ? -1 : 0;
        if (depth == 0 && ((strcmp(before, "FROM") == 0 && strcmp(word, "STDIN") == 0) ||
                           (strcmp(before, "TO") == 0 && strcmp(word, "STDOUT") == 0)))
            return 1;
        memcpy(before, word, sizeof before);
    }
    return 0;
}
