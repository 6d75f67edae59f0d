/*
 * Reads headers. It knows nothing of other files: whether a parent exists is not asked here.
 */
#include "history/header.h"

#include <string.h>

#include "history/encoding.h"
#include "history/name.h"

enum { ITEMS_MAX = 4096, LINE_MAX_BYTES = 1 << 18 };

static const char *const key_names[SKN_KEYS] = {
    [SKN_KEY_ID] = "Revision ID",      [SKN_KEY_REVISES] = "Revises",
    [SKN_KEY_CREATED] = "Create Date", [SKN_KEY_LABELS] = "Branch Labels",
    [SKN_KEY_DEPENDS] = "Depends On",  [SKN_KEY_REQUIRES] = "Requires",
    [SKN_KEY_VARIABLES] = "Variables", [SKN_KEY_IRREVERSIBLE] = "Irreversible",
};

#define KEY_LIST                                                                                   \
    "Revision ID, Revises, Create Date, Branch Labels, Depends On, Requires, Variables, "          \
    "Irreversible"

enum stage { IN_MESSAGE, IN_KEYS, BEHIND_KEYS };

struct parser {
    struct skn_reader *reader;
    struct skn_buf *message;
    struct skn_header *header;
    enum stage stage;
    int sql_seen;
    uint32_t key_lines[SKN_KEYS]; /* 0: not there */
    uint32_t first_key_line;
    struct skn_str suspect; /* in the message: a slip of the pen in "Revision ID" */
    uint32_t suspect_line;
    uint32_t suspect_column;
};

/* "Key: value" of a line; key is absent when the line has no such shape. */
static void line_split(struct skn_str line, struct skn_str *key, struct skn_str *value)
{
    const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
    *key = (struct skn_str){0};
    *value = (struct skn_str){0};
    if (!colon)
        return;
    size_t len = (size_t)(colon - line.ptr);
    *key = skn_str_trim(skn_str_len(line.ptr, len));
    *value = skn_str_trim(skn_str_len(colon + 1, line.len - len - 1));
}

static enum skn_key key_find(struct skn_str key)
{
    int at = 0;
    while (at < SKN_KEYS && !(key.ptr && skn_str_same_word(key, key_names[at])))
        at++;
    return (enum skn_key)at;
}

int skn_header_takes(struct skn_str line)
{
    struct skn_str key;
    struct skn_str value;
    line_split(line, &key, &value);
    return key_find(key) < SKN_KEYS || (key.ptr && skn_str_same_word(key, "skein"));
}

typedef const char *item_fault_fn(struct skn_str item);

static size_t items_count(struct skn_str value)
{
    size_t count = value.len > 0;
    for (size_t i = 0; i < value.len; i++)
        count += value.ptr[i] == ',';
    return count;
}

static struct skn_str item_next(struct skn_str *rest)
{
    const char *comma = memchr(rest->ptr, ',', rest->len);
    size_t len = comma ? (size_t)(comma - rest->ptr) : rest->len;
    struct skn_str item = skn_str_trim(skn_str_len(rest->ptr, len));
    rest->ptr += len + (comma != NULL);
    rest->len -= len + (comma != NULL);
    return item;
}

static void items_read(struct parser *parser, const char *what, struct skn_str value,
                       item_fault_fn *item_fault, struct skn_items *items)
{
    struct skn_reader *reader = parser->reader;
    size_t count = items_count(value);
    if (count > ITEMS_MAX) {
        skn_reader_fault(reader, value.ptr, "more than %d names in one line", ITEMS_MAX);
        return;
    }
    const char **texts = skn_arena_alloc_array(reader->arena, count, sizeof *texts);
    uint32_t *columns = skn_arena_alloc_array(reader->arena, count, sizeof *columns);
    const char *here = reader->now.ptr;
    uint32_t column = 1;
    items->line = reader->line;
    for (size_t i = 0; i < count; i++) {
        struct skn_str item = item_next(&value);
        const char *reason = item_fault(item);
        if (reason) {
            skn_reader_fault(reader, item.ptr, "%s '%.*s' %s", what, SKN_SHOWN(item), reason);
            continue;
        }
        column += skn_encoding_columns(here, item.ptr);
        here = item.ptr;
        texts[items->count] = skn_arena_strndup(reader->arena, item.ptr, item.len);
        columns[items->count++] = column;
    }
    items->items = texts;
    items->columns = columns;
}

static void id_read(struct parser *parser, struct skn_str value)
{
    const char *reason = skn_id_fault(value);
    parser->header->id_line = parser->reader->line;
    parser->header->id_column = skn_reader_column(parser->reader, value.ptr);
    if (reason)
        skn_reader_fault(parser->reader, value.ptr, "revision id '%.*s' %s", SKN_SHOWN(value),
                         reason);
    else
        parser->header->id = value;
}

static void irreversible_read(struct parser *parser, struct skn_str value)
{
    if (value.len == 0)
        skn_reader_fault(parser->reader, value.ptr,
                         "'Irreversible:' is empty; say why there is no way back");
    else
        parser->header->irreversible =
            skn_arena_strndup(parser->reader->arena, value.ptr, value.len);
}

static void value_read(struct parser *parser, enum skn_key key, struct skn_str value)
{
    struct skn_header *header = parser->header;
    switch (key) {
    case SKN_KEY_ID:
        id_read(parser, value);
        break;
    case SKN_KEY_REVISES:
        items_read(parser, "revision id", value, skn_id_fault, &header->parents);
        break;
    case SKN_KEY_CREATED:
        header->created = skn_arena_strndup(parser->reader->arena, value.ptr, value.len);
        break;
    case SKN_KEY_LABELS:
        items_read(parser, "branch label", value, skn_label_fault, &header->labels);
        break;
    case SKN_KEY_DEPENDS:
        items_read(parser, "revision id or branch label", value, skn_label_fault, &header->depends);
        break;
    case SKN_KEY_REQUIRES:
        items_read(parser, "requirement", value, skn_requirement_fault, &header->requirements);
        break;
    case SKN_KEY_VARIABLES:
        items_read(parser, "variable", value, skn_variable_fault, &header->variables);
        break;
    case SKN_KEY_IRREVERSIBLE:
        irreversible_read(parser, value);
        break;
    case SKN_KEYS:
        break;
    }
}

static void key_read(struct parser *parser, enum skn_key key, struct skn_str value)
{
    struct skn_reader *reader = parser->reader;
    if (parser->key_lines[key]) {
        skn_reader_fault(reader, reader->now.ptr,
                         "'%s:' stands here again; its first line is %u, keep one of them",
                         key_names[key], parser->key_lines[key]);
        return;
    }
    if (!parser->first_key_line)
        parser->first_key_line = reader->line;
    parser->key_lines[key] = reader->line;
    value_read(parser, key, value);
}

static void unknown_key_fault(struct parser *parser, struct skn_str line, struct skn_str key)
{
    struct skn_reader *reader = parser->reader;
    const char *meant = key.ptr ? skn_word_nearest(key, key_names, SKN_KEYS) : NULL;
    if (meant)
        skn_reader_fault(reader, key.ptr, "header key '%.*s' is not known; did you mean '%s'?",
                         SKN_SHOWN(key), meant);
    else if (key.len)
        skn_reader_fault(reader, key.ptr, "header key '%.*s' is not known; the keys are " KEY_LIST,
                         SKN_SHOWN(key));
    else
        skn_reader_fault(reader, line.ptr,
                         "no 'Key: value' line; text stands above the header, and comments "
                         "below the first section");
}

static void message_line(struct parser *parser, struct skn_str line, struct skn_str key)
{
    const char *meant = key.ptr ? skn_word_nearest(key, key_names, 1) : NULL;
    if (meant && !parser->suspect_line) {
        parser->suspect = key;
        parser->suspect_line = parser->reader->line;
        parser->suspect_column = skn_reader_column(parser->reader, key.ptr);
    }
    skn_buf_add(parser->message, line.ptr, line.len);
    skn_buf_addc(parser->message, '\n');
}

static void comment_read(struct parser *parser)
{
    struct skn_reader *reader = parser->reader;
    struct skn_str line = skn_reader_comment(reader);
    struct skn_str key;
    struct skn_str value;
    if (line.len > LINE_MAX_BYTES) {
        skn_reader_fault(reader, line.ptr, "a line of %zu bytes; a header line has at most %d",
                         line.len, LINE_MAX_BYTES);
        return;
    }
    size_t hidden = skn_encoding_hidden(line);
    if (hidden < line.len) {
        skn_reader_fault(reader, line.ptr + hidden,
                         "a control character in the header (at byte offset %zu of the text); "
                         "remove it",
                         (size_t)(line.ptr - reader->text.ptr) + hidden);
        return;
    }
    line_split(line, &key, &value);
    enum skn_key found = key_find(key);
    if (found < SKN_KEYS && parser->stage == BEHIND_KEYS) {
        skn_reader_fault(reader, line.ptr,
                         "'%s:' stands below the header; move it up to the other keys",
                         key_names[found]);
    } else if (found < SKN_KEYS) {
        parser->stage = IN_KEYS;
        key_read(parser, found, value);
    } else if (parser->stage == IN_MESSAGE) {
        message_line(parser, line, key);
    } else if (parser->stage == IN_KEYS && skn_str_trim(line).len > 0) {
        unknown_key_fault(parser, line, key);
    }
}

static void blank_read(struct parser *parser)
{
    if (parser->stage == IN_MESSAGE)
        skn_buf_addc(parser->message, '\n');
    else
        parser->stage = BEHIND_KEYS;
}

static void sql_fault(struct parser *parser)
{
    if (parser->sql_seen++ == 0)
        skn_reader_fault(parser->reader, parser->reader->now.ptr,
                         "SQL before the first section; put it below a line '-- skein: upgrade'");
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static struct skn_str message_trim(const struct skn_buf *message)
{
    struct skn_str text = skn_buf_str(message);
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    return text;
}

static void id_missing(struct parser *parser)
{
    struct skn_reader *reader = parser->reader;
    if (parser->suspect_line)
        skn_fault_at(reader->faults, reader->path, parser->suspect_line, parser->suspect_column,
                     "header key '%.*s' is not known; did you mean 'Revision ID'?",
                     SKN_SHOWN(parser->suspect));
    else if (reader->text.len == 0)
        skn_fault_at(reader->faults, reader->path, 1, 1,
                     "the file is empty; it needs a header with '-- Revision ID: ...' and a "
                     "line '-- skein: upgrade'");
    else
        skn_fault_at(reader->faults, reader->path,
                     parser->first_key_line ? parser->first_key_line : 1, 1,
                     "no revision id; add a line '-- Revision ID: ...' to the header");
}

int skn_header_read(struct skn_reader *reader, struct skn_buf *message, struct skn_header *header)
{
    struct parser parser = {.reader = reader, .message = message, .header = header};
    enum skn_line_kind kind = SKN_LINE_BLANK;
    skn_buf_clear(message);
    *header = (struct skn_header){.created = ""};
    while (kind != SKN_LINE_DIRECTIVE && skn_reader_next(reader)) {
        kind = skn_reader_kind(reader);
        if (kind == SKN_LINE_COMMENT)
            comment_read(&parser);
        else if (kind == SKN_LINE_BLANK)
            blank_read(&parser);
        else if (kind == SKN_LINE_OTHER)
            sql_fault(&parser);
    }
    header->message = message_trim(message);
    if (!parser.key_lines[SKN_KEY_ID])
        id_missing(&parser);
    return kind == SKN_LINE_DIRECTIVE;
}
