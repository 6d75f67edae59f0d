/*
 * The rules for names. It knows nothing of which names are in use.
 */
#include "history/name.h"

#include "base/nearest.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "history/history.h"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int same_letter(char a, char b)
{
    return lowered(a) == lowered(b);
}

static int holds_words(struct skn_str text, int dots)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_word_character(text.ptr[i]) && !(dots && text.ptr[i] == '.'))
            return 0;
    return 1;
}

static int is_keyword(struct skn_str text)
{
    static const char *const words[] = {"head", "heads", "base", "current"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (skn_str_same_word(text, words[i]))
            return 1;
    return 0;
}

const char *skn_id_fault(struct skn_str id)
{
    if (id.len == 0)
        return "is empty";
    if (!holds_words(id, 0))
        return "may hold only A-Z, a-z, 0-9 and _";
    if (id.len > SKN_REVISION_ID_MAX)
        return "is longer than 32 characters";
    if (is_keyword(id))
        return "is a word with a meaning of its own (head, heads, base, current)";
    return NULL;
}

const char *skn_label_fault(struct skn_str label)
{
    if (label.len == 0)
        return "is empty";
    if (!holds_words(label, 1))
        return "may hold only A-Z, a-z, 0-9, _ and .";
    if (label.len > SKN_LABEL_MAX)
        return "is longer than 64 characters";
    if (is_keyword(label))
        return "is a word with a meaning of its own (head, heads, base, current)";
    return NULL;
}

const char *skn_variable_fault(struct skn_str name)
{
    if (name.len == 0)
        return "is empty";
    if (!holds_words(name, 0) || is_digit(name.ptr[0]))
        return "may hold only A-Z, a-z, 0-9 and _, and does not start with a digit";
    if (name.len > SKN_LABEL_MAX)
        return "is longer than 64 characters";
    return NULL;
}

const char *skn_requirement_fault(struct skn_str text)
{
    char history[34];
    const char *at = text.len ? memchr(text.ptr, '@', text.len) : NULL;
    size_t len = at ? (size_t)(at - text.ptr) : 0;
    if (len == 0 || len >= sizeof history)
        return "is no HISTORY@REVISION";
    memcpy(history, text.ptr, len);
    history[len] = '\0';
    struct skn_str symbol = {at + 1, text.len - len - 1};
    if (!skn_word_valid(history) || symbol.len == 0 || symbol.len > SKN_LABEL_MAX ||
        !holds_words(symbol, 1))
        return "is no HISTORY@REVISION";
    return NULL;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct skn_str skn_str_trim(struct skn_str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

int skn_str_same_word(struct skn_str text, const char *word)
{
    return text.len > 0 && same_letter(text.ptr[0], word[0]) && text.len == strlen(word) &&
           strncasecmp(text.ptr, word, text.len) == 0;
}

const char *skn_word_nearest(struct skn_str text, const char *const *known, size_t count)
{
    char word[64];
    struct skn_nearest nearest;
    if (text.len >= sizeof word)
        return NULL;
    memcpy(word, text.ptr, text.len);
    word[text.len] = '\0';
    skn_nearest_init(&nearest, word);
    for (size_t i = 0; i < count; i++)
        skn_nearest_offer(&nearest, known[i]);
    return nearest.best;
}
