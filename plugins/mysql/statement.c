/*
 * As much of a statement's text as the driver must know to tell what became of it when the link
 * breaks. It knows nothing of connections. Where one statement ends is the scanner's business.
 */
#include "conn.h"

#include <ctype.h>

static int starts(struct skn_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

static struct skn_str drop(struct skn_str text, size_t count)
{
    return skn_str_len(text.ptr + count, text.len - count);
}

static struct skn_str drop_until(struct skn_str text, const char *end)
{
    while (text.len > 0 && !starts(text, end))
        text = drop(text, 1);
    return starts(text, end) ? drop(text, strlen(end)) : text;
}

/* The text of an executable comment is run, so only its opening is left out. */
static struct skn_str comment_drop(struct skn_str text)
{
    if (!starts(text, "/*!") && !starts(text, "/*M!"))
        return drop_until(drop(text, 2), "*/");
    text = drop_until(text, "!");
    while (text.len > 0 && isdigit((unsigned char)text.ptr[0]))
        text = drop(text, 1);
    return text;
}

struct skn_str skn_mysql_blanks_drop(struct skn_str text)
{
    while (text.len > 0) {
        unsigned char first = (unsigned char)text.ptr[0];
        if (isspace(first))
            text = drop(text, 1);
        else if (first == '#' || starts(text, "--"))
            text = drop_until(text, "\n");
        else if (starts(text, "/*"))
            text = comment_drop(text);
        else if (starts(text, "*/"))
            text = drop(text, 2);
        else
            break;
    }
    return text;
}

static struct skn_str leading_drop(struct skn_str text)
{
    for (;;) {
        text = skn_mysql_blanks_drop(text);
        if (text.len == 0 || (text.ptr[0] != '(' && text.ptr[0] != ';'))
            return text;
        text = drop(text, 1);
    }
}

static void first_word(struct skn_str sql, char *word, size_t size)
{
    struct skn_str text = leading_drop(sql);
    size_t len = 0;
    while (len < text.len && len + 1 < size && isalpha((unsigned char)text.ptr[len])) {
        word[len] = (char)toupper((unsigned char)text.ptr[len]);
        len++;
    }
    word[len] = '\0';
}

enum skn_mysql_effect skn_mysql_effect(struct skn_str sql)
{
    static const struct {
        const char *word;
        enum skn_mysql_effect effect;
    } effects[] = {
        {"INSERT", SKN_MYSQL_ROWS},     {"UPDATE", SKN_MYSQL_ROWS},
        {"DELETE", SKN_MYSQL_ROWS},     {"REPLACE", SKN_MYSQL_ROWS},
        {"WITH", SKN_MYSQL_ROWS},       {"SELECT", SKN_MYSQL_READS},
        {"VALUES", SKN_MYSQL_READS},    {"TABLE", SKN_MYSQL_READS},
        {"SHOW", SKN_MYSQL_READS},      {"DESCRIBE", SKN_MYSQL_READS},
        {"DESC", SKN_MYSQL_READS},      {"EXPLAIN", SKN_MYSQL_READS},
        {"HELP", SKN_MYSQL_READS},      {"ROLLBACK", SKN_MYSQL_READS},
        {"SAVEPOINT", SKN_MYSQL_READS}, {"RELEASE", SKN_MYSQL_READS},
    };
    char word[16];
    first_word(sql, word, sizeof word);
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++)
        if (strcmp(effects[i].word, word) == 0)
            return effects[i].effect;
    return SKN_MYSQL_LASTS;
}
