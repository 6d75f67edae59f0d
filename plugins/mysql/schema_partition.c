/*
 * Partitions that come, go or are cut in another way while the rest stays: only what changes is
 * touched, and no row is dropped. It knows nothing of tables.
 */
#include "schema.h"

#include <stdlib.h>

/* PARTITION BY RANGE (...) (PARTITION p ..., PARTITION q ...) taken apart. */
struct division {
    struct skn_str head; /* up to the list */
    struct skn_str tail; /* behind it */
    struct skn_str *list;
    size_t count;
};

static int same_text_as(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The list is the first parenthesis behind which a PARTITION is named. */
static int list_seek(struct skn_str *rest)
{
    struct skn_mysql_token token, first;
    for (skn_mysql_token_next(rest, &token); token.kind; skn_mysql_token_next(rest, &token)) {
        struct skn_str behind = *rest;
        if (token.kind != '(')
            continue;
        skn_mysql_token_next(&behind, &first);
        if (skn_mysql_token_is(&first, "PARTITION"))
            return 1;
        skn_mysql_group_skip(rest);
    }
    return 0;
}

static int division_add(struct division *division, struct skn_str item)
{
    struct skn_str *list = realloc(division->list, (division->count + 1) * sizeof *list);
    if (!list)
        return 0;
    division->list = list;
    division->list[division->count++] = skn_mysql_trim(item);
    return 1;
}

/* False: there is no list, or no memory for it, and the table is divided as a whole. */
static int division_read(struct skn_str text, struct division *division)
{
    struct skn_mysql_token token;
    struct skn_str rest = text;
    *division = (struct division){0};
    if (!text.ptr || !list_seek(&rest))
        return 0;
    division->head = skn_mysql_span(text, rest.ptr);
    struct skn_str item = rest;
    do {
        skn_mysql_token_next(&rest, &token);
        if (token.kind == '(') {
            skn_mysql_group_skip(&rest);
        } else if (token.kind == ',' || token.kind == ')') {
            if (!division_add(division, skn_mysql_span(item, token.raw.ptr)))
                return 0;
            item = rest;
        }
    } while (token.kind && token.kind != ')');
    division->tail = rest;
    return 1;
}

/* ---- which of them differ ---- */

struct cut {
    size_t first;    /* those before are the same on both sides */
    size_t from_end; /* one behind the last that is touched */
    size_t to_end;
};

/* What is cut anew must cover what it covered, so the first of those that are the same behind it is
 * cut with it. */
static struct cut cut_between(const struct division *from, const struct division *to)
{
    struct cut cut = {0, from->count, to->count};
    while (cut.first < from->count && cut.first < to->count &&
           same_text_as(from->list[cut.first], to->list[cut.first]))
        cut.first++;
    while (cut.from_end > cut.first && cut.to_end > cut.first &&
           same_text_as(from->list[cut.from_end - 1], to->list[cut.to_end - 1])) {
        cut.from_end--;
        cut.to_end--;
    }
    if (cut.from_end < from->count) {
        cut.from_end++;
        cut.to_end++;
    }
    return cut;
}

static int has_word(struct skn_str text, const char *word)
{
    struct skn_mysql_token token;
    for (skn_mysql_token_next(&text, &token); token.kind; skn_mysql_token_next(&text, &token))
        if (skn_mysql_token_is(&token, word))
            return 1;
    return 0;
}

/* Whether ADD PARTITION, or REORGANIZE PARTITION of ranges that end where they did, will do. */
static int is_partial(const struct division *from, const struct division *to, const struct cut *cut)
{
    if (!same_text_as(from->head, to->head) || !same_text_as(from->tail, to->tail) ||
        has_word(from->head, "SYSTEM_TIME"))
        return 0;
    if (cut->first == from->count)
        return has_word(from->head, "RANGE") || has_word(from->head, "LIST");
    return has_word(from->head, "RANGE") && cut->to_end > cut->first &&
           same_text_as(from->list[cut->from_end - 1], to->list[cut->to_end - 1]);
}

/* ---- writing ---- */

static void list_put(struct skn_mysql_writer *writer, const struct division *division, size_t from,
                     size_t end)
{
    for (size_t i = from; i < end; i++) {
        skn_mysql_put(writer, i > from ? ",\n    " : "(\n    ");
        skn_mysql_put_str(writer, division->list[i]);
    }
    skn_mysql_put(writer, "\n)");
}

static void names_put(struct skn_mysql_writer *writer, const struct division *division, size_t from,
                      size_t end)
{
    for (size_t i = from; i < end; i++) {
        struct skn_str rest = division->list[i];
        struct skn_mysql_token token;
        skn_mysql_token_next(&rest, &token);
        skn_mysql_token_next(&rest, &token);
        skn_mysql_put(writer, i > from ? ", " : "");
        skn_mysql_put_str(writer, token.raw);
    }
}

static int cut_write(struct skn_mysql_writer *writer, const struct skn_object *table,
                     const struct division *from, const struct division *to, const struct cut *cut)
{
    skn_mysql_put(writer, "ALTER TABLE ");
    skn_mysql_put_name(writer, writer->host->name(table));
    if (cut->first == from->count) {
        skn_mysql_put(writer, " ADD PARTITION ");
    } else {
        skn_mysql_put(writer, " REORGANIZE PARTITION ");
        names_put(writer, from, cut->first, cut->from_end);
        skn_mysql_put(writer, " INTO ");
        writer->flags |= SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES;
        writer->note = "the rows of these partitions are moved, none is dropped";
    }
    list_put(writer, to, cut->first, cut->to_end);
    return skn_mysql_writer_end(writer);
}

static int division_change(struct skn_mysql_writer *writer, const struct skn_change *change,
                           int write, int *rc)
{
    struct division from, to;
    int partial = 0;
    if (division_read(skn_mysql_attr(writer, change->from, "partition text"), &from) &
        division_read(skn_mysql_attr(writer, change->to, "partition text"), &to)) {
        struct cut cut = cut_between(&from, &to);
        partial = is_partial(&from, &to, &cut);
        if (partial && write)
            *rc = cut_write(writer, change->to, &from, &to, &cut);
    }
    free(from.list);
    free(to.list);
    return partial;
}

int skn_mysql_partitions_are_partial(struct skn_mysql_writer *writer,
                                     const struct skn_change *change)
{
    int rc;
    return division_change(writer, change, 0, &rc);
}

int skn_mysql_partitions_alter(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    int rc = SKN_OK;
    division_change(writer, change, 1, &rc);
    return rc;
}
