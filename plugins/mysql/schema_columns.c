/*
 * Where the columns of a table stand before and after, and which of them have to move: as few as
 * can be. It knows nothing of SQL.
 */
#include "schema.h"

#include <stdlib.h>

struct old_place {
    struct skn_str id;
    int place;
};

static int old_compare(const void *a, const void *b)
{
    const struct old_place *one = a;
    const struct old_place *other = b;
    size_t least = one->id.len < other->id.len ? one->id.len : other->id.len;
    int order = memcmp(one->id.ptr, other->id.ptr, least);
    return order ? order : (one->id.len > other->id.len) - (one->id.len < other->id.len);
}

static size_t columns_count(const struct skn_schema_host *host, const struct skn_object *table)
{
    const struct skn_object *child;
    size_t count = 0;
    for (uint32_t i = 0; (child = host->child(table, i)) != NULL; i++)
        count += host->kind(child) == SKN_MYSQL_KIND_COLUMN;
    return count;
}

static void old_places_fill(const struct skn_schema_host *host, const struct skn_object *table,
                            struct old_place *old)
{
    const struct skn_object *child;
    size_t count = 0;
    for (uint32_t i = 0; (child = host->child(table, i)) != NULL; i++) {
        if (host->kind(child) != SKN_MYSQL_KIND_COLUMN)
            continue;
        old[count] = (struct old_place){host->id(child), (int)count};
        count++;
    }
    qsort(old, count, sizeof *old, old_compare);
}

/* The columns of to, in order, with their places in from. */
static int places_fill(const struct skn_schema_host *host, const struct skn_object *from,
                       const struct skn_object *to, struct skn_mysql_place *places)
{
    const struct skn_object *child;
    size_t old_count = columns_count(host, from);
    struct old_place *old = calloc(old_count + 1, sizeof *old);
    size_t count = 0;
    if (!old)
        return SKN_E_NOMEM;
    old_places_fill(host, from, old);
    for (uint32_t i = 0; (child = host->child(to, i)) != NULL; i++) {
        if (host->kind(child) != SKN_MYSQL_KIND_COLUMN)
            continue;
        struct old_place wanted = {host->id(child), 0};
        const struct old_place *found = bsearch(&wanted, old, old_count, sizeof *old, old_compare);
        places[count++] =
            (struct skn_mysql_place){.column = child, .old = found ? found->place : -1};
    }
    free(old);
    return SKN_OK;
}

int skn_mysql_order_differs(const struct skn_schema_host *host, const struct skn_object *from,
                            const struct skn_object *to)
{
    size_t count = columns_count(host, to);
    struct skn_mysql_place *places = calloc(count + 1, sizeof *places);
    int last = -1;
    int differs = 0;
    /* Without memory they count as moved, and the plan fails where it needs more of it. */
    if (!places || places_fill(host, from, to, places) != SKN_OK)
        differs = 1;
    for (size_t i = 0; !differs && i < count; i++) {
        if (places[i].old < 0)
            continue;
        differs = places[i].old < last;
        last = places[i].old;
    }
    free(places);
    return differs;
}

/* ---- what moves ---- */

static int is_virtual(struct skn_str generated)
{
    static const char end[] = "VIRTUAL";
    size_t len = sizeof end - 1;
    return generated.len >= len && memcmp(generated.ptr + generated.len - len, end, len) == 0;
}

static int is_type_among(const struct skn_mysql_token *word, const char *const *list)
{
    for (size_t i = 0; list[i]; i++)
        if (skn_mysql_token_is(word, list[i]))
            return 1;
    return 0;
}

enum family { FAMILY_VALUE, FAMILY_TEXT, FAMILY_SHAPE, FAMILY_ADDRESS };

static enum family family_of(struct skn_str type, struct skn_mysql_token *word)
{
    static const char *const texts[] = {
        "char",      "varchar",  "tinytext", "text",       "mediumtext", "longtext", "binary",
        "varbinary", "tinyblob", "blob",     "mediumblob", "longblob",   NULL};
    static const char *const shapes[] = {
        "geometry",        "point",        "linestring",         "polygon",        "multipoint",
        "multilinestring", "multipolygon", "geometrycollection", "geomcollection", NULL};
    static const char *const addresses[] = {"uuid", "inet4", "inet6", NULL};
    skn_mysql_token_next(&type, word);
    return is_type_among(word, texts)       ? FAMILY_TEXT
           : is_type_among(word, shapes)    ? FAMILY_SHAPE
           : is_type_among(word, addresses) ? FAMILY_ADDRESS
                                            : FAMILY_VALUE;
}

/* Whether the server has no way from values of one type to the other, rows or not. */
static int is_inconvertible(struct skn_str from, struct skn_str to)
{
    struct skn_mysql_token old, new;
    enum family before = family_of(from, &old);
    enum family after = family_of(to, &new);
    if (before == FAMILY_SHAPE || after == FAMILY_SHAPE)
        return before != after;
    if (before != FAMILY_ADDRESS && after != FAMILY_ADDRESS)
        return 0;
    if (before == after)
        return old.raw.len != new.raw.len || memcmp(old.raw.ptr, new.raw.ptr, old.raw.len) != 0;
    return before != FAMILY_TEXT && after != FAMILY_TEXT;
}

/* The server makes no column of one that is computed when read, nor the other way round, and no
 * number of a shape: the column goes, and another one comes. */
static int comes_anew(const struct skn_mysql_writer *writer, const struct skn_change *change)
{
    struct skn_str before = skn_mysql_attr(writer, change->from, "generated");
    struct skn_str after = skn_mysql_attr(writer, change->to, "generated");
    return is_virtual(before) != is_virtual(after) ||
           is_inconvertible(skn_mysql_attr(writer, change->from, "type"),
                            skn_mysql_attr(writer, change->to, "type"));
}

/* Members come in the order of to's children. */
static void changes_join(const struct skn_mysql_writer *writer, const struct skn_change *change,
                         struct skn_mysql_place *places, size_t count)
{
    size_t at = 0;
    for (uint32_t i = 0; i < change->member_count; i++) {
        const struct skn_change *member = change->members[i];
        if (!member->to || writer->host->kind(member->to) != SKN_MYSQL_KIND_COLUMN)
            continue;
        while (at < count && places[at].column != member->to)
            at++;
        if (at == count)
            return;
        places[at].change = member;
        if (member->op == SKN_CHANGE_ALTER && comes_anew(writer, member))
            places[at].old = -1;
    }
}

/* Those of the longest ascending chain of old places stay. */
static int chain_keep(struct skn_mysql_place *places, size_t count)
{
    size_t *ends = calloc(count * 2 + 1, sizeof *ends); /* by length - 1: the place that ends it */
    size_t *before = ends ? ends + count : NULL;
    size_t len = 0;
    if (!ends)
        return SKN_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t low = 0;
        places[i].moves = 1;
        for (size_t high = len; low < high;) {
            size_t middle = (low + high) / 2;
            if (places[ends[middle]].old < places[i].old)
                low = middle + 1;
            else
                high = middle;
        }
        if (places[i].old < 0)
            continue;
        before[i] = low > 0 ? ends[low - 1] : i;
        ends[low] = i;
        len = low == len ? len + 1 : len;
    }
    for (size_t i = len > 0 ? ends[len - 1] : 0; len > 0; i = before[i], len--)
        places[i].moves = 0;
    free(ends);
    return SKN_OK;
}

int skn_mysql_places_find(struct skn_mysql_writer *writer, const struct skn_change *change,
                          struct skn_mysql_place **places, size_t *count)
{
    *count = columns_count(writer->host, change->to);
    *places = calloc(*count + 1, sizeof **places);
    int rc = *places ? places_fill(writer->host, change->from, change->to, *places) : SKN_E_NOMEM;
    if (rc == SKN_OK) {
        changes_join(writer, change, *places, *count);
        rc = chain_keep(*places, *count);
    }
    return rc == SKN_OK ? rc : skn_fail(writer->err, rc, NULL, 0, "no memory for columns");
}
