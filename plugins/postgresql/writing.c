/*
 * One statement under construction: pieces, names as statements know them, and what a change says
 * of attributes. Knows no kind's statements.
 */
#include <stdarg.h>
#include <string.h>

#include "facet.h"

void skn_pg_write(struct skn_pg_writing *writing, const char *piece)
{
    skn_pg_text_add(&writing->sql, piece);
}

void skn_pg_write_str(struct skn_pg_writing *writing, struct skn_str piece)
{
    skn_pg_text_add_len(&writing->sql, piece.ptr ? piece.ptr : "", piece.len);
}

static void directive_write(struct skn_pg_writing *writing, char directive, va_list *args)
{
    const struct skn_object *object;
    switch (directive) {
    case 's':
        skn_pg_write(writing, va_arg(*args, const char *));
        break;
    case 'S':
        skn_pg_write_str(writing, va_arg(*args, struct skn_str));
        break;
    case 'I':
        skn_pg_text_add_ident(&writing->sql, va_arg(*args, struct skn_str));
        break;
    case 'L':
        skn_pg_text_add_literal(&writing->sql, va_arg(*args, struct skn_str));
        break;
    default:
        object = va_arg(*args, const struct skn_object *);
        if (directive == 'R')
            object = skn_pg_relation_of(writing, object);
        skn_pg_write_str(writing, skn_pg_sql_name(writing, object));
        break;
    }
}

void skn_pg_writef(struct skn_pg_writing *writing, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *mark; (mark = strchr(format, '%')) != NULL; format = mark + 2) {
        skn_pg_text_add_len(&writing->sql, format, (size_t)(mark - format));
        directive_write(writing, mark[1], &args);
    }
    skn_pg_write(writing, format);
    va_end(args);
}

void skn_pg_write_end(struct skn_pg_writing *writing, uint32_t flags)
{
    struct skn_sql sql = {.size = sizeof sql, .flags = flags};
    if (writing->sql.failed || writing->probe.failed || writing->note.failed)
        writing->rc = SKN_E_NOMEM;
    sql.text = skn_str_len(writing->sql.ptr ? writing->sql.ptr : "", writing->sql.len);
    if (writing->probe.len)
        sql.probe = skn_str_len(writing->probe.ptr, writing->probe.len);
    if (writing->note.len)
        sql.note = skn_str_len(writing->note.ptr, writing->note.len);
    if (writing->rc == SKN_OK)
        writing->rc = writing->host->write(writing->host->ctx, &sql);
    skn_pg_text_clear(&writing->sql);
    skn_pg_text_clear(&writing->probe);
    skn_pg_text_clear(&writing->note);
}

/* ---- objects and changes ---- */

struct skn_str skn_pg_attr(const struct skn_pg_writing *writing, const struct skn_object *object,
                           const char *key)
{
    return writing->host->attr(object, key);
}

int skn_pg_attr_is_set(const struct skn_pg_writing *writing, const struct skn_object *object,
                       const char *key)
{
    return writing->host->attr(object, key).ptr != NULL;
}

const struct skn_attr_change *skn_pg_attr_change(const struct skn_change *change, const char *key)
{
    for (uint32_t i = 0; i < change->attr_count; i++)
        if (change->attrs[i].key.len == strlen(key) &&
            memcmp(change->attrs[i].key.ptr, key, strlen(key)) == 0)
            return &change->attrs[i];
    return NULL;
}

int skn_pg_is_online(const struct skn_pg_writing *writing)
{
    return (writing->options->flags & SKN_SCHEMA_ONLINE) != 0;
}

struct skn_str skn_pg_sql_name(const struct skn_pg_writing *writing,
                               const struct skn_object *object)
{
    const struct skn_schema_host *host = writing->host;
    struct skn_str id = host->id(object);
    const struct skn_object *parent = host->parent(object);
    struct skn_str above = parent ? host->id(parent) : skn_str(NULL);
    if (parent && id.len > above.len + 1 && memcmp(id.ptr, above.ptr, above.len) == 0 &&
        id.ptr[above.len] == '/')
        return skn_str_len(id.ptr + above.len + 1, id.len - above.len - 1);
    return id;
}

const struct skn_object *skn_pg_relation_of(const struct skn_pg_writing *writing,
                                            const struct skn_object *object)
{
    const struct skn_object *above;
    while ((above = writing->host->parent(object)) != NULL)
        object = above;
    return object;
}

/* ---- lists of options ---- */

/* The next "key=value" of a list with one a line; 0 at the end. */
static int option_next(struct skn_str *list, struct skn_str *key, struct skn_str *value)
{
    if (!list->ptr || list->len == 0)
        return 0;
    const char *end = memchr(list->ptr, '\n', list->len);
    size_t len = end ? (size_t)(end - list->ptr) : list->len;
    const char *equals = memchr(list->ptr, '=', len);
    size_t key_len = equals ? (size_t)(equals - list->ptr) : len;
    *key = skn_str_len(list->ptr, key_len);
    *value = equals ? skn_str_len(equals + 1, len - key_len - 1) : skn_str_len(list->ptr + len, 0);
    list->ptr += len + (end != NULL);
    list->len -= len + (end != NULL);
    return 1;
}

static int option_find(struct skn_str list, struct skn_str wanted, struct skn_str *value)
{
    struct skn_str key;
    while (option_next(&list, &key, value))
        if (key.len == wanted.len && memcmp(key.ptr, wanted.ptr, key.len) == 0)
            return 1;
    return 0;
}

void skn_pg_write_with(struct skn_pg_writing *writing, struct skn_str list, const char *opening)
{
    struct skn_str key, value;
    const char *before = opening;
    if (!list.ptr || list.len == 0)
        return;
    while (option_next(&list, &key, &value)) {
        skn_pg_writef(writing, "%s%S = %L", before, key, value);
        before = ", ";
    }
    skn_pg_write(writing, ")");
}

/* Those of list that other has not, or has otherwise. */
static void options_write(struct skn_pg_writing *writing, const char *head, const char *prefix,
                          struct skn_str list, struct skn_str other, int resets)
{
    struct skn_str key, value, theirs;
    int count = 0;
    while (option_next(&list, &key, &value)) {
        int found = option_find(other, key, &theirs);
        if (found &&
            (resets || (theirs.len == value.len && memcmp(theirs.ptr, value.ptr, value.len) == 0)))
            continue;
        skn_pg_writef(writing, "%s%s%s%S", count ? "" : head,
                      count    ? ", "
                      : resets ? " RESET ("
                               : " SET (",
                      prefix, key);
        if (!resets)
            skn_pg_writef(writing, " = %L", value);
        count++;
    }
    if (count == 0)
        return;
    skn_pg_write(writing, ")");
    skn_pg_write_end(writing, 0);
}

void skn_pg_write_options(struct skn_pg_writing *writing, const char *head, const char *prefix,
                          const struct skn_attr_change *change)
{
    if (!change)
        return;
    options_write(writing, head, prefix, change->from, change->to, 1);
    options_write(writing, head, prefix, change->to, change->from, 0);
}
