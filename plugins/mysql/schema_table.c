/*
 * What SHOW CREATE TABLE says, taken apart into a table, its columns, indexes, checks, periods and
 * foreign keys. What it does not understand it reports as such. It knows nothing of columns' types.
 */
#include "schema.h"

#include <stdlib.h>

struct items {
    struct skn_str *list;
    size_t count, room;
};

struct table_reader {
    struct skn_mysql_inspection *in;
    struct skn_str name;
    struct items items;
    struct skn_str charset;
    struct skn_str collation;
    struct skn_mysql_text options; /* as they are written, without the counter */
    struct skn_mysql_draft draft;
};

/* ---- the list between the outer parentheses ---- */

static int item_add(struct table_reader *reader, struct skn_str item)
{
    struct items *items = &reader->items;
    if (items->count == items->room) {
        size_t room = items->room ? items->room * 2 : 32;
        struct skn_str *list = realloc(items->list, room * sizeof *list);
        if (!list)
            return skn_fail(reader->in->err, SKN_E_NOMEM, NULL, 0, "no memory for a table");
        items->list = list;
        items->room = room;
    }
    items->list[items->count++] = skn_mysql_trim(item);
    return SKN_OK;
}

/* Leaves rest behind the ")" that ends the list. */
static int items_split(struct table_reader *reader, struct skn_str *rest)
{
    struct skn_mysql_token token;
    int rc = SKN_OK;
    do
        skn_mysql_token_next(rest, &token);
    while (token.kind && token.kind != '(');
    struct skn_str item = *rest;
    while (rc == SKN_OK && token.kind && token.kind != ')') {
        skn_mysql_token_next(rest, &token);
        if (token.kind == '(') {
            skn_mysql_group_skip(rest);
        } else if (token.kind == ',' || token.kind == ')') {
            rc = item_add(reader, skn_mysql_span(item, token.raw.ptr));
            item = *rest;
        }
    }
    return rc;
}

/* ---- what stands behind it ---- */

/* The collation that goes without saying. */
static struct skn_str default_collation(const struct skn_mysql_inspection *in,
                                        struct skn_str charset)
{
    const char *end = in->charsets.ptr + in->charsets.len;
    for (const char *at = in->charsets.ptr; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        if ((size_t)(blank - at) == charset.len && memcmp(at, charset.ptr, charset.len) == 0)
            return skn_str_len(blank + 1, (size_t)(line_end - blank) - 1);
        at = line_end + 1;
    }
    return skn_str(NULL);
}

static struct skn_str value_read(struct skn_str *rest)
{
    struct skn_mysql_token token;
    skn_mysql_token_next(rest, &token);
    struct skn_str value = token.raw;
    if (token.kind == '(') {
        skn_mysql_group_skip(rest);
        value = skn_mysql_span(value, rest->ptr);
    }
    return value;
}

static int tells_nothing(struct skn_str key)
{
    static const char *const keys[] = {"AUTO_INCREMENT", "DATA DIRECTORY", "INDEX DIRECTORY"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (skn_str_is(key, keys[i]))
            return 1;
    return 0;
}

static void option_read(struct table_reader *reader, struct skn_str *rest,
                        struct skn_mysql_token token)
{
    struct skn_str key = token.raw;
    while (token.kind && token.kind != '=') {
        key = skn_mysql_span(key, token.raw.ptr + token.raw.len);
        skn_mysql_token_next(rest, &token);
    }
    struct skn_str value = value_read(rest);
    if (!skn_str_is(key, "AUTO_INCREMENT")) {
        fprintf(reader->options.stream, " %.*s=", SKN_FMT(key));
        fwrite(value.ptr, 1, value.len, reader->options.stream);
    }
    if (skn_str_is(key, "DEFAULT CHARSET"))
        reader->charset = value;
    else if (skn_str_is(key, "COLLATE"))
        reader->collation = value;
    else
        skn_mysql_draft_add(&reader->draft, key, value,
                            tells_nothing(key) ? SKN_ATTR_INFO : SKN_ATTR_SEMANTIC);
}

/* The day on which the first interval starts is the day of its creation, unless somebody said so:
 * it is written, and not compared. */
static void partitions_read(struct table_reader *reader, struct skn_str text)
{
    static const char starts[] = " STARTS TIMESTAMP'";
    const char *at = memmem(text.ptr, text.len, starts, sizeof starts - 1);
    struct skn_str shown = text;
    if (at && memmem(text.ptr, (size_t)(at - text.ptr), "SYSTEM_TIME", 11))
        shown = skn_mysql_span(text, at);
    skn_mysql_draft_add(&reader->draft, skn_str("partitions"), shown, SKN_ATTR_SEMANTIC);
    if (shown.len < text.len) {
        const char *end = memchr(at + sizeof starts - 1, '\'',
                                 (size_t)(text.ptr + text.len - at) - sizeof starts + 1);
        struct skn_str behind = skn_str_len(end, (size_t)(text.ptr + text.len - end));
        skn_mysql_draft_add(&reader->draft, skn_str("partition list"), behind, SKN_ATTR_SEMANTIC);
    }
    skn_mysql_draft_add(&reader->draft, skn_str("partition text"), text, SKN_ATTR_LAYOUT);
}

static int is_partition_start(const struct skn_mysql_token *token)
{
    return skn_mysql_token_is(token, "PARTITION") ||
           (token->kind == 'c' && memmem(token->raw.ptr, token->raw.len, " PARTITION BY ", 14));
}

static void tail_read(struct table_reader *reader, struct skn_str rest)
{
    struct skn_mysql_token token;
    for (skn_mysql_token_next(&rest, &token); token.kind; skn_mysql_token_next(&rest, &token)) {
        if (is_partition_start(&token)) {
            partitions_read(reader, skn_str_len(token.raw.ptr, token.raw.len + rest.len));
            break;
        }
        if (skn_mysql_token_is(&token, "WITH")) {
            skn_mysql_token_next(&rest, &token);
            skn_mysql_token_next(&rest, &token);
            fputs(" WITH SYSTEM VERSIONING", reader->options.stream);
            skn_mysql_draft_add(&reader->draft, skn_str("system versioning"), skn_str("yes"),
                                SKN_ATTR_SEMANTIC);
        } else if (token.kind == 'w' || token.kind == 'n') {
            option_read(reader, &rest, token);
        } else {
            skn_mysql_draft_add(&reader->draft, skn_str("clause"), token.raw, SKN_ATTR_SEMANTIC);
        }
    }
    if (!reader->collation.ptr)
        reader->collation = default_collation(reader->in, reader->charset);
    skn_mysql_draft_add(&reader->draft, skn_str("DEFAULT CHARSET"), reader->charset,
                        SKN_ATTR_SEMANTIC);
    skn_mysql_draft_add(&reader->draft, skn_str("COLLATE"), reader->collation, SKN_ATTR_SEMANTIC);
}

/* ---- items ---- */

static int part_report(struct table_reader *reader, uint32_t kind, struct skn_str raw_name,
                       struct skn_str item)
{
    char name[SKN_MYSQL_BARE];
    skn_mysql_bare_read(raw_name, name);
    skn_mysql_draft_init(&reader->draft, reader->in, kind, skn_str(name));
    skn_mysql_draft_place(&reader->draft, reader->name, 1);
    reader->draft.fact.definition = item;
    return skn_mysql_draft_report(&reader->draft);
}

static struct skn_str last_token(struct skn_str text)
{
    struct skn_mysql_token token, last = {0};
    for (skn_mysql_token_next(&text, &token); token.kind; skn_mysql_token_next(&text, &token))
        last = token;
    return last.raw;
}

/* Whether the optimizer may use it can be changed without building it anew. */
static int index_report(struct table_reader *reader, struct skn_str item)
{
    struct skn_str rest = item;
    struct skn_mysql_token token;
    char name[SKN_MYSQL_BARE];
    do
        skn_mysql_token_next(&rest, &token);
    while (token.kind == 'w' && !skn_mysql_token_is(&token, "PRIMARY"));
    skn_mysql_bare_read(token.raw, name);
    skn_mysql_draft_init(&reader->draft, reader->in, SKN_MYSQL_KIND_INDEX, skn_str(name));
    skn_mysql_draft_place(&reader->draft, reader->name, 1);
    struct skn_str last = last_token(item);
    if (skn_str_is(last, "IGNORED") || skn_str_is(last, "/*!80000 INVISIBLE */")) {
        skn_mysql_draft_add(&reader->draft, skn_str("ignored"), skn_str("yes"), SKN_ATTR_SEMANTIC);
        item = skn_mysql_trim(skn_mysql_span(item, last.ptr));
    }
    reader->draft.fact.definition = item;
    return skn_mysql_draft_report(&reader->draft);
}

static int columns_need(struct table_reader *reader, struct skn_str table, struct skn_str *rest)
{
    struct skn_mysql_token token;
    char name[SKN_MYSQL_BARE];
    char id[SKN_MYSQL_ID];
    int rc = SKN_OK;
    do {
        skn_mysql_token_next(rest, &token);
        if (token.kind != 'n')
            continue;
        skn_mysql_bare_read(token.raw, name);
        skn_mysql_id_write(id, table, skn_str(name), 1);
        rc = skn_mysql_draft_need(&reader->draft, SKN_MYSQL_KIND_COLUMN, id);
    } while (rc == SKN_OK && token.kind && token.kind != ')');
    return rc;
}

/* CONSTRAINT `name` FOREIGN KEY (`a`) REFERENCES `t` (`b`) ... */
static int foreign_key_report(struct table_reader *reader, struct skn_str raw_name,
                              struct skn_str item, struct skn_str rest)
{
    struct skn_mysql_token token;
    char name[SKN_MYSQL_BARE];
    char slot[SKN_MYSQL_ID + 16];
    char id[SKN_MYSQL_ID];
    skn_mysql_bare_read(raw_name, name);
    skn_mysql_draft_init(&reader->draft, reader->in, SKN_MYSQL_KIND_FOREIGN_KEY, skn_str(name));
    skn_mysql_id_write(id, skn_str(NULL), skn_str(name), 1);
    snprintf(slot, sizeof slot, "constraint:%s", id);
    skn_mysql_draft_place(&reader->draft, reader->name, 1);
    reader->draft.fact.slot = skn_str(slot);
    reader->draft.fact.definition = item;
    int rc = skn_mysql_draft_report(&reader->draft);
    if (rc == SKN_OK)
        rc = columns_need(reader, reader->name, &rest);
    do
        skn_mysql_token_next(&rest, &token);
    while (token.kind == 'w');
    skn_mysql_bare_read(token.raw, name);
    if (rc != SKN_OK || (rest.len > 0 && rest.ptr[0] == '.'))
        return rc; /* or a table of another database */
    skn_mysql_id_write(id, skn_str(NULL), skn_str(name), 0);
    rc = skn_mysql_draft_need(&reader->draft, SKN_MYSQL_KIND_TABLE, id);
    return rc == SKN_OK ? columns_need(reader, skn_str(name), &rest) : rc;
}

static int constraint_report(struct table_reader *reader, struct skn_str item, struct skn_str rest)
{
    struct skn_mysql_token name, token;
    skn_mysql_token_next(&rest, &name);
    skn_mysql_token_next(&rest, &token);
    if (skn_mysql_token_is(&token, "FOREIGN"))
        return foreign_key_report(reader, name.raw, item, rest);
    if (skn_mysql_token_is(&token, "CHECK"))
        return part_report(reader, SKN_MYSQL_KIND_CHECK, name.raw, item);
    return reader->in->sink->unmodelled(reader->in->sink->ctx, skn_str("constraint of table"),
                                        reader->name);
}

static int is_index(const struct skn_mysql_token *token)
{
    static const char *const words[] = {"PRIMARY",  "UNIQUE",  "KEY",   "INDEX",
                                        "FULLTEXT", "SPATIAL", "VECTOR"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (skn_mysql_token_is(token, words[i]))
            return 1;
    return 0;
}

static int item_report(struct table_reader *reader, struct skn_str item)
{
    struct skn_str rest = item;
    struct skn_mysql_token token;
    skn_mysql_token_next(&rest, &token);
    if (token.kind == 'n')
        return skn_mysql_column_report(reader->in, reader->name, token.raw, rest, reader->charset,
                                       reader->collation);
    if (is_index(&token))
        return index_report(reader, item);
    if (skn_mysql_token_is(&token, "CONSTRAINT"))
        return constraint_report(reader, item, rest);
    if (skn_mysql_token_is(&token, "PERIOD")) {
        skn_mysql_token_next(&rest, &token);
        skn_mysql_token_next(&rest, &token);
        return part_report(reader, SKN_MYSQL_KIND_PERIOD, token.raw, item);
    }
    return reader->in->sink->unmodelled(reader->in->sink->ctx, skn_str("clause of table"),
                                        reader->name);
}

/* ---- the table ---- */

static void order_write(const struct items *items, FILE *out)
{
    int count = 0;
    for (size_t i = 0; i < items->count; i++) {
        struct skn_str rest = items->list[i];
        struct skn_mysql_token token;
        skn_mysql_token_next(&rest, &token);
        if (token.kind == 'n')
            fprintf(out, "%s%.*s", count++ ? ", " : "", (int)token.raw.len, token.raw.ptr);
    }
}

static int table_put_together(struct table_reader *reader, struct skn_str tail, FILE *order)
{
    order_write(&reader->items, order);
    tail_read(reader, tail);
    return ferror(order) ? SKN_E_NOMEM : SKN_OK;
}

static int table_itself_report(struct table_reader *reader, struct skn_str tail)
{
    struct skn_mysql_draft *draft = &reader->draft;
    struct skn_mysql_text order = {0};
    char slot[SKN_MYSQL_BARE + 16];
    skn_mysql_draft_init(draft, reader->in, SKN_MYSQL_KIND_TABLE, reader->name);
    snprintf(slot, sizeof slot, "relation:%.*s", SKN_FMT(reader->name));
    draft->fact.slot = skn_str(slot);
    int rc = skn_mysql_text_begin(&order, reader->in->err);
    if (rc == SKN_OK)
        rc = skn_mysql_text_begin(&reader->options, reader->in->err);
    if (rc == SKN_OK) {
        rc = table_put_together(reader, tail, order.stream);
        int order_rc = skn_mysql_text_end(&order, reader->in->err);
        int options_rc = skn_mysql_text_end(&reader->options, reader->in->err);
        rc = rc != SKN_OK ? rc : order_rc != SKN_OK ? order_rc : options_rc;
    }
    skn_mysql_draft_add(draft, skn_str("order"), skn_str_len(order.ptr, order.len),
                        SKN_ATTR_SEMANTIC);
    skn_mysql_draft_add(draft, skn_str("options"),
                        skn_str_len(reader->options.ptr, reader->options.len), SKN_ATTR_LAYOUT);
    if (rc == SKN_OK)
        rc = skn_mysql_draft_report(draft);
    skn_mysql_text_finish(&order);
    skn_mysql_text_finish(&reader->options);
    return rc;
}

int skn_mysql_table_report(struct skn_mysql_inspection *in, struct skn_str name,
                           struct skn_str text)
{
    struct table_reader reader = {.in = in, .name = name};
    struct skn_str rest = text;
    int rc = items_split(&reader, &rest);
    if (rc == SKN_OK)
        rc = table_itself_report(&reader, rest);
    for (size_t i = 0; rc == SKN_OK && i < reader.items.count; i++)
        rc = item_report(&reader, reader.items.list[i]);
    free(reader.items.list);
    return rc;
}
