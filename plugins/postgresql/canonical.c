/*
 * Expressions in one form. The server tells `c IN ('x', 'y')` over varchar with a cast of the whole
 * array, and when it has read that text itself, with a cast of each element, and so on ever after.
 * What was loaded from a person's text would then never equal what was made from ours. Knows no
 * object.
 */
#include <string.h>

#include "facet.h"

/* Behind a quoted piece that starts at text. */
static const char *quoted_end(const char *text)
{
    char quote = *text++;
    while (*text) {
        if (*text == quote && text[1] != quote)
            return text + 1;
        text += *text == quote ? 2 : 1;
    }
    return text;
}

/* The first of stops at the depth of text, NULL if there is none. */
static const char *stop_find(const char *text, const char *stops)
{
    int depth = 0;
    while (*text) {
        if (*text == '\'' || *text == '"') {
            text = quoted_end(text);
            continue;
        }
        if (depth == 0 && strchr(stops, *text))
            return text;
        depth += (*text == '(' || *text == '[') - (*text == ')' || *text == ']');
        if (depth < 0)
            return NULL;
        text++;
    }
    return NULL;
}

/* The length of the element's type in `])::type[]`, at text; 0 if that is not there. */
static size_t cast_length(const char *text)
{
    if (strncmp(text, "])::", 4) != 0)
        return 0;
    size_t len = strspn(text + 4, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
                                  " (),\"");
    return strncmp(text + 4 + len, "[]", 2) == 0 ? len : 0;
}

/* `(ARRAY[a, b])::t[]` as `ARRAY[(a)::t, (b)::t]`; where to go on, NULL if it is no such thing. */
static const char *array_add(struct skn_pg_text *out, const char *text)
{
    static const char opening[] = "(ARRAY[";
    const char *item = text + strlen(opening);
    const char *end = strncmp(text, opening, strlen(opening)) == 0 ? stop_find(item, "]") : NULL;
    size_t len = end ? cast_length(end) : 0;
    if (!len || end == item)
        return NULL;
    skn_pg_text_add(out, "ARRAY[");
    while (item < end) {
        const char *stop = stop_find(item, ",]");
        skn_pg_text_add(out, "(");
        skn_pg_text_add_len(out, item, (size_t)(stop - item));
        skn_pg_text_add(out, ")::");
        skn_pg_text_add_len(out, end + 4, len);
        item = stop < end ? stop + 1 + strspn(stop + 1, " ") : end;
        skn_pg_text_add(out, item < end ? ", " : "]");
    }
    return end + 4 + len + 2;
}

void skn_pg_canonical_add(struct skn_pg_text *out, const char *expression)
{
    const char *at = expression;
    while (*at) {
        const char *behind = NULL;
        if (*at == '\'' || *at == '"')
            behind = quoted_end(at);
        else if (*at == '(')
            behind = array_add(out, at);
        if (behind && *at != '(')
            skn_pg_text_add_len(out, at, (size_t)(behind - at));
        if (!behind)
            skn_pg_text_add_len(out, at, 1);
        at = behind ? behind : at + 1;
    }
}
