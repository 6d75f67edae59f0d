/*
 * What becomes of one changed attribute: a change in place, one that those who need the object must
 * get out of the way of, or a drop and a creation. Writes nothing.
 */
#include <string.h>

#include "facet.h"

#define REBUILT (SKN_CLASS_ALTER | SKN_CLASS_REBUILD)

struct judging {
    const struct skn_schema_host *host;
    const struct skn_object *from;
    const struct skn_object *to;
    struct skn_str key;
};

static int key_is(const struct judging *judging, const char *name)
{
    return skn_str_is(judging->key, name);
}

static int same_str(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && (!a.ptr) == (!b.ptr) && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ---- enums ---- */

/* As quote_literal() tells it: quotes are doubled, and an E stands before it where there are
 * backslashes. */
struct skn_str skn_pg_label_next(struct skn_str *text)
{
    size_t at = text->len > 0 && text->ptr[0] == 'E' ? 2 : 1;
    if (text->len == 0)
        return skn_str(NULL);
    while (at < text->len &&
           (text->ptr[at] != '\'' || (at + 1 < text->len && text->ptr[at + 1] == '\'')))
        at += text->ptr[at] == '\'' ? 2 : 1;
    struct skn_str label = skn_str_len(text->ptr, at < text->len ? at + 1 : text->len);
    size_t step = label.len + 2 < text->len ? label.len + 2 : text->len;
    text->ptr += step;
    text->len -= step;
    return label;
}

int skn_pg_labels_grow(struct skn_str from, struct skn_str to)
{
    struct skn_str wanted = skn_pg_label_next(&from);
    while (wanted.ptr) {
        struct skn_str label = skn_pg_label_next(&to);
        if (!label.ptr)
            return 0;
        if (same_str(label, wanted))
            wanted = skn_pg_label_next(&from);
    }
    return 1;
}

/* ---- by kind ---- */

static int has_dependent(const struct judging *judging, uint32_t kind)
{
    const struct skn_object *object;
    for (uint32_t i = 0; (object = judging->host->dependent(judging->from, i)) != NULL; i++)
        if (judging->host->kind(object) == kind)
            return 1;
    return 0;
}

/* Its key cannot be changed in place. With a parent, columns become its own, or cease to be. */
static uint32_t table_judge(const struct judging *judging)
{
    if (key_is(judging, "partition_of") || key_is(judging, "inherits"))
        return SKN_CLASS_ALTER | SKN_CLASS_CARRY;
    return key_is(judging, "partition_key") ? SKN_CLASS_REFUSE : SKN_CLASS_ALTER;
}

static uint32_t column_judge(const struct judging *judging)
{
    return key_is(judging, "type") || key_is(judging, "collation") ? REBUILT : SKN_CLASS_ALTER;
}

static uint32_t generated_judge(const struct judging *judging)
{
    return key_is(judging, "type") || key_is(judging, "collation") || key_is(judging, "generated")
               ? SKN_CLASS_REPLACE
               : SKN_CLASS_ALTER;
}

static uint32_t constraint_judge(const struct judging *judging)
{
    if (key_is(judging, "not_valid"))
        return judging->host->attr(judging->to, "not_valid").ptr ? SKN_CLASS_REPLACE
                                                                 : SKN_CLASS_ALTER;
    return key_is(judging, "") ? SKN_CLASS_REPLACE : SKN_CLASS_ALTER;
}

/* CREATE OR REPLACE VIEW can only add columns behind those that there are. */
static uint32_t view_judge(const struct judging *judging)
{
    struct skn_str from = judging->host->attr(judging->from, "columns");
    struct skn_str to = judging->host->attr(judging->to, "columns");
    if (!key_is(judging, ""))
        return SKN_CLASS_ALTER;
    int kept = to.len >= from.len && (!from.len || memcmp(from.ptr, to.ptr, from.len) == 0) &&
               (to.len == from.len || to.ptr[from.len] == '\n');
    return kept ? SKN_CLASS_ALTER : SKN_CLASS_REPLACE;
}

static uint32_t attribute_judge(const struct judging *judging)
{
    const struct skn_object *type = judging->host->parent(judging->from);
    const struct judging parent = {judging->host, type, type, judging->key};
    return has_dependent(&parent, SKN_PG_KIND_COLUMN) ? SKN_CLASS_REFUSE : SKN_CLASS_ALTER;
}

static uint32_t enum_judge(const struct judging *judging)
{
    int grows = skn_pg_labels_grow(judging->host->definition(judging->from),
                                   judging->host->definition(judging->to));
    return grows ? SKN_CLASS_ALTER : REBUILT;
}

static uint32_t domain_judge(const struct judging *judging)
{
    return key_is(judging, "type") || key_is(judging, "collation") ? REBUILT : SKN_CLASS_ALTER;
}

/* The rest is made anew where its text is another, and changed in place where only a part of it is
 * that has a name. */
static uint32_t text_judge(const struct judging *judging)
{
    return key_is(judging, "") || key_is(judging, "access_method") || key_is(judging, "invalid") ||
                   key_is(judging, "also")
               ? SKN_CLASS_REPLACE
               : SKN_CLASS_ALTER;
}

static uint32_t routine_judge(const struct judging *judging)
{
    return key_is(judging, "") ? SKN_CLASS_ALTER : SKN_CLASS_REPLACE;
}

static uint32_t always_alter(const struct judging *judging)
{
    (void)judging;
    return SKN_CLASS_ALTER;
}

typedef uint32_t judge_fn(const struct judging *judging);

static judge_fn *const judges[SKN_PG_KIND_COUNT] = {
    [SKN_PG_KIND_EXTENSION] = always_alter,
    [SKN_PG_KIND_ENUM] = enum_judge,
    [SKN_PG_KIND_DOMAIN] = domain_judge,
    [SKN_PG_KIND_DOMAIN_CONSTRAINT] = constraint_judge,
    [SKN_PG_KIND_ATTRIBUTE] = attribute_judge,
    [SKN_PG_KIND_SEQUENCE] = always_alter,
    [SKN_PG_KIND_FUNCTION] = routine_judge,
    [SKN_PG_KIND_PROCEDURE] = routine_judge,
    [SKN_PG_KIND_TABLE] = table_judge,
    [SKN_PG_KIND_COLUMN] = column_judge,
    [SKN_PG_KIND_GENERATED] = generated_judge,
    [SKN_PG_KIND_DEFAULT] = always_alter,
    [SKN_PG_KIND_IDENTITY] = always_alter,
    [SKN_PG_KIND_CONSTRAINT] = constraint_judge,
    [SKN_PG_KIND_FOREIGN_KEY] = constraint_judge,
    [SKN_PG_KIND_VIEW] = view_judge,
    [SKN_PG_KIND_COMMENT] = always_alter,
    [SKN_PG_KIND_OVERRIDE] = always_alter,
    [SKN_PG_KIND_GRANT] = always_alter,
    [SKN_PG_KIND_DEFAULT_PRIVILEGES] = always_alter,
};

uint32_t skn_pg_classify(const struct skn_schema_host *host, const struct skn_object *from,
                         const struct skn_object *to, struct skn_str key,
                         const struct skn_schema_options *options)
{
    const struct judging judging = {host, from, to, key};
    judge_fn *judge = judges[host->kind(to)];
    (void)options;
    return judge ? judge(&judging) : text_judge(&judging);
}
