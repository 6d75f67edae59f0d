/*
 * What a changed attribute asks for. It knows nothing of statements.
 */
#include "schema.h"

#include <stdlib.h>
#include <strings.h>

/* ---- types that take in all values of another ---- */

struct type {
    struct skn_mysql_token word;
    struct skn_str group; /* between its parentheses, absent if it has none */
    struct skn_str rest;  /* unsigned, and the like */
};

static void type_split(struct skn_str text, struct type *type)
{
    struct skn_mysql_token token;
    *type = (struct type){0};
    skn_mysql_token_next(&text, &type->word);
    struct skn_str behind = text;
    skn_mysql_token_next(&behind, &token);
    if (token.kind == '(') {
        type->group = skn_str_len(behind.ptr, 0);
        skn_mysql_group_skip(&behind);
        type->group.len = (size_t)(behind.ptr - type->group.ptr) - 1;
        text = behind;
    }
    type->rest = skn_mysql_trim(text);
}

static int place_in(const struct skn_mysql_token *word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (skn_mysql_token_is(word, list[i]))
            return i;
    return -1;
}

static int same_text(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int same_word(const struct type *a, const struct type *b)
{
    return a->word.raw.len == b->word.raw.len &&
           strncasecmp(a->word.raw.ptr, b->word.raw.ptr, a->word.raw.len) == 0;
}

static long group_number(const struct type *type, int index)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)(type->group.len < 63 ? type->group.len : 63),
             type->group.ptr ? type->group.ptr : "");
    char *at = text;
    long number = strtol(at, &at, 10);
    for (; index > 0; index--)
        number = *at == ',' ? strtol(at + 1, &at, 10) : 0;
    return number;
}

static int numbers_widen(const struct type *from, const struct type *to)
{
    static const char *const exact[] = {"decimal", NULL};
    if (place_in(&from->word, exact) < 0)
        return group_number(to, 0) >= group_number(from, 0) &&
               group_number(to, 1) >= group_number(from, 1);
    long digits = group_number(from, 0) - group_number(from, 1);
    return group_number(to, 1) >= group_number(from, 1) &&
           group_number(to, 0) - group_number(to, 1) >= digits;
}

int skn_mysql_type_widens(struct skn_str from, struct skn_str to)
{
    static const char *const ladders[][7] = {
        {"tinyint", "smallint", "mediumint", "int", "bigint"},
        {"tinytext", "text", "mediumtext", "longtext"},
        {"tinyblob", "blob", "mediumblob", "longblob"},
        {"char", "varchar"},
        {"float", "double"},
    };
    struct type old, new;
    type_split(from, &old);
    type_split(to, &new);
    if (!same_text(old.rest, new.rest))
        return 0;
    if (skn_mysql_token_is(&old.word, "enum") || skn_mysql_token_is(&old.word, "set"))
        return same_word(&old, &new) &&
               new.group.len >=
                       old.group.len &&memcmp(old.group.ptr, new.group.ptr, old.group.len) ==
                   0;
    for (size_t i = 0; i < sizeof ladders / sizeof ladders[0]; i++) {
        int low = place_in(&old.word, ladders[i]);
        int high = place_in(&new.word, ladders[i]);
        if (low >= 0 && high >= low)
            return i < 3 || numbers_widen(&old, &new);
    }
    return same_word(&old, &new) && numbers_widen(&old, &new);
}

/* ---- the answer ---- */

/* A foreign key forbids that its columns change in these. */
static uint32_t column_classify(struct skn_str key)
{
    static const char *const ties[] = {"type", "charset", "collation", "null", "generated"};
    for (size_t i = 0; i < sizeof ties / sizeof ties[0]; i++)
        if (skn_str_is(key, ties[i]))
            return SKN_CLASS_ALTER | SKN_CLASS_REBUILD;
    return SKN_CLASS_ALTER;
}

static uint32_t table_classify(const struct skn_schema_host *host, const struct skn_object *from,
                               const struct skn_object *to, struct skn_str key)
{
    if (skn_str_is(key, "order"))
        return skn_mysql_order_differs(host, from, to) ? SKN_CLASS_ALTER : SKN_CLASS_EQUAL;
    return skn_str_is(key, "clause") ? SKN_CLASS_REFUSE : SKN_CLASS_ALTER;
}

uint32_t skn_mysql_classify(const struct skn_schema_host *host, const struct skn_object *from,
                            const struct skn_object *to, struct skn_str key,
                            const struct skn_schema_options *options)
{
    (void)options;
    switch (host->kind(to)) {
    case SKN_MYSQL_KIND_TABLE:
        return table_classify(host, from, to, key);
    case SKN_MYSQL_KIND_COLUMN:
        return column_classify(key);
    case SKN_MYSQL_KIND_INDEX:
        return skn_str_is(key, "ignored") ? SKN_CLASS_ALTER : SKN_CLASS_REPLACE;
    case SKN_MYSQL_KIND_SEQUENCE:
    case SKN_MYSQL_KIND_VIEW:
    case SKN_MYSQL_KIND_FUNCTION:
    case SKN_MYSQL_KIND_PROCEDURE:
        return SKN_CLASS_ALTER;
    default:
        return SKN_CLASS_REPLACE;
    }
}
