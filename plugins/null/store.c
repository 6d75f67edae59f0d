/*
 * The tables of one database, and their form as text. It knows nothing of SQL.
 */
#include "null.h"

#include <stdlib.h>
#include <string.h>

static const char first_line[] = "skein null database, format 1";

/* ---- cells and rows ---- */

static int cell_copy(struct skn_str from, struct skn_str *to)
{
    *to = skn_str(NULL);
    if (!from.ptr)
        return SKN_OK;
    char *copy = malloc(from.len + 1);
    if (!copy)
        return SKN_E_NOMEM;
    if (from.len)
        memcpy(copy, from.ptr, from.len);
    copy[from.len] = '\0';
    *to = skn_str_len(copy, from.len);
    return SKN_OK;
}

/* Cells are ours although the type that crosses the boundary says const. */
static void cell_free(struct skn_str cell)
{
    free((void *)(uintptr_t)cell.ptr);
}

void skn_null_row_free(struct skn_str *cells, size_t count)
{
    for (size_t i = 0; cells && i < count; i++)
        cell_free(cells[i]);
    free(cells);
}

struct skn_str *skn_null_row_copy(const struct skn_str *cells, size_t count)
{
    struct skn_str *copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (cell_copy(cells[i], &copy[i]) != SKN_OK) {
            skn_null_row_free(copy, i);
            return NULL;
        }
    return copy;
}

int skn_null_row_add(struct skn_null_table *table, const struct skn_str *cells)
{
    if (table->row_count == table->row_room) {
        size_t room = table->row_room ? table->row_room * 2 : 4;
        struct skn_str **grown = realloc(table->rows, room * sizeof(struct skn_str *));
        if (!grown)
            return SKN_E_NOMEM;
        table->rows = grown;
        table->row_room = room;
    }
    table->rows[table->row_count] = skn_null_row_copy(cells, table->column_count);
    if (!table->rows[table->row_count])
        return SKN_E_NOMEM;
    table->row_count++;
    return SKN_OK;
}

void skn_null_row_drop(struct skn_null_table *table, size_t index)
{
    skn_null_row_free(table->rows[index], table->column_count);
    table->row_count--;
    memmove(table->rows + index, table->rows + index + 1,
            (table->row_count - index) * sizeof(struct skn_str *));
}

/* ---- columns ---- */

int skn_null_name_set(char **name, struct skn_str text)
{
    struct skn_str copy;
    if (cell_copy(text, &copy) != SKN_OK)
        return SKN_E_NOMEM;
    free(*name);
    *name = (char *)(uintptr_t)copy.ptr;
    return SKN_OK;
}

size_t skn_null_column_find(const struct skn_null_table *table, struct skn_str name)
{
    size_t i = 0;
    while (i < table->column_count && !skn_str_is(name, table->columns[i].name))
        i++;
    return i;
}

/* Room for one more cell in every row, so that the change itself cannot fail half-way. */
static int rows_widen(struct skn_null_table *table)
{
    for (size_t i = 0; i < table->row_count; i++) {
        size_t size = (table->column_count + 2) * sizeof(struct skn_str);
        struct skn_str *grown = realloc(table->rows[i], size);
        if (!grown)
            return SKN_E_NOMEM;
        table->rows[i] = grown;
        grown[table->column_count] = skn_str(NULL);
    }
    return SKN_OK;
}

int skn_null_column_add(struct skn_null_table *table, struct skn_str name, int key)
{
    struct skn_null_column *grown =
        realloc(table->columns, (table->column_count + 1) * sizeof *grown);
    char *copy = NULL;
    if (!grown)
        return SKN_E_NOMEM;
    table->columns = grown;
    if (rows_widen(table) != SKN_OK || skn_null_name_set(&copy, name) != SKN_OK)
        return SKN_E_NOMEM;
    grown[table->column_count++] = (struct skn_null_column){copy, key};
    return SKN_OK;
}

void skn_null_column_drop(struct skn_null_table *table, size_t index)
{
    size_t behind = table->column_count - index - 1;
    for (size_t i = 0; i < table->row_count; i++) {
        struct skn_str *cells = table->rows[i];
        cell_free(cells[index]);
        memmove(cells + index, cells + index + 1, behind * sizeof *cells);
    }
    free(table->columns[index].name);
    memmove(table->columns + index, table->columns + index + 1, behind * sizeof *table->columns);
    table->column_count--;
}

/* ---- tables ---- */

void skn_null_table_finish(struct skn_null_table *table)
{
    for (size_t i = 0; i < table->row_count; i++)
        skn_null_row_free(table->rows[i], table->column_count);
    for (size_t i = 0; i < table->column_count; i++)
        free(table->columns[i].name);
    free(table->rows);
    free(table->columns);
    free(table->name);
}

struct skn_null_table *skn_null_store_find(const struct skn_null_store *store, struct skn_str name)
{
    for (size_t i = 0; i < store->table_count; i++)
        if (skn_str_is(name, store->tables[i].name))
            return &store->tables[i];
    return NULL;
}

int skn_null_table_create(struct skn_null_store *store, struct skn_str name)
{
    struct skn_null_table *grown = realloc(store->tables, (store->table_count + 1) * sizeof *grown);
    char *copy = NULL;
    if (!grown)
        return SKN_E_NOMEM;
    store->tables = grown;
    if (skn_null_name_set(&copy, name) != SKN_OK)
        return SKN_E_NOMEM;
    grown[store->table_count++] = (struct skn_null_table){.name = copy};
    return SKN_OK;
}

int skn_null_table_copy(struct skn_null_table *copy, const struct skn_null_table *table,
                        size_t row_count)
{
    struct skn_null_table made = {0};
    int rc = skn_null_name_set(&made.name, skn_str(table->name));
    for (size_t i = 0; rc == SKN_OK && i < table->column_count; i++)
        rc = skn_null_column_add(&made, skn_str(table->columns[i].name), table->columns[i].key);
    for (size_t i = 0; rc == SKN_OK && i < row_count; i++)
        rc = skn_null_row_add(&made, table->rows[i]);
    if (rc == SKN_OK)
        *copy = made;
    else
        skn_null_table_finish(&made);
    return rc;
}

void skn_null_table_drop(struct skn_null_store *store, struct skn_null_table *table)
{
    size_t behind = store->table_count - (size_t)(table - store->tables) - 1;
    skn_null_table_finish(table);
    memmove(table, table + 1, behind * sizeof *table);
    store->table_count--;
}

/* ---- lines ---- */

int skn_null_lines_add(struct skn_null_lines *lines, struct skn_str line)
{
    if (lines->count == lines->room) {
        size_t room = lines->room ? lines->room * 2 : 8;
        char **grown = realloc(lines->items, room * sizeof(char *));
        if (!grown)
            return SKN_E_NOMEM;
        lines->items = grown;
        lines->room = room;
    }
    lines->items[lines->count] = NULL;
    if (skn_null_name_set(&lines->items[lines->count], line) != SKN_OK)
        return SKN_E_NOMEM;
    lines->count++;
    return SKN_OK;
}

void skn_null_lines_drop_first(struct skn_null_lines *lines)
{
    free(lines->items[0]);
    lines->count--;
    memmove(lines->items, lines->items + 1, lines->count * sizeof(char *));
}

static void lines_finish(struct skn_null_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i]);
    free(lines->items);
}

void skn_null_store_finish(struct skn_null_store *store)
{
    for (size_t i = 0; i < store->table_count; i++)
        skn_null_table_finish(&store->tables[i]);
    free(store->tables);
    lines_finish(&store->applied);
    lines_finish(&store->tokens);
    *store = (struct skn_null_store){0};
}

/* ---- as text: fields with a tab before each, \N for NULL ---- */

static void field_write(struct skn_null_text *out, struct skn_str field)
{
    skn_null_text_adds(out, "\t");
    if (!field.ptr)
        skn_null_text_adds(out, "\\N");
    for (size_t i = 0; field.ptr && i < field.len; i++) {
        char c = field.ptr[i];
        const char *escaped = c == '\\'   ? "\\\\"
                              : c == '\t' ? "\\t"
                              : c == '\n' ? "\\n"
                              : c == '\r' ? "\\r"
                              : c == '\0' ? "\\0"
                                          : NULL;
        if (escaped)
            skn_null_text_adds(out, escaped);
        else
            skn_null_text_add(out, &c, 1);
    }
}

static void line_write(struct skn_null_text *out, const char *word, struct skn_str field)
{
    skn_null_text_adds(out, word);
    field_write(out, field);
    skn_null_text_adds(out, "\n");
}

static void table_write(const struct skn_null_table *table, struct skn_null_text *out)
{
    line_write(out, "table", skn_str(table->name));
    for (size_t i = 0; i < table->column_count; i++)
        line_write(out, table->columns[i].key ? "key" : "column", skn_str(table->columns[i].name));
    for (size_t i = 0; i < table->row_count; i++) {
        skn_null_text_adds(out, "row");
        for (size_t c = 0; c < table->column_count; c++)
            field_write(out, table->rows[i][c]);
        skn_null_text_adds(out, "\n");
    }
}

void skn_null_store_write(const struct skn_null_store *store, struct skn_null_text *out)
{
    skn_null_text_adds(out, first_line);
    skn_null_text_adds(out, "\n");
    for (size_t i = 0; i < store->table_count; i++)
        table_write(&store->tables[i], out);
    for (size_t i = 0; i < store->applied.count; i++)
        line_write(out, "applied", skn_str(store->applied.items[i]));
    for (size_t i = 0; i < store->tokens.count; i++)
        line_write(out, "token", skn_str(store->tokens.items[i]));
}

/* ---- and back ---- */

struct reader {
    struct skn_str rest; /* of the text */
    struct skn_str word;
    struct skn_str fields[SKN_NULL_NAMES]; /* decoded, in scratch */
    size_t field_count;
    char *scratch;
    size_t used;
};

static char decoded(char c)
{
    return c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
}

static struct skn_str field_read(struct reader *reader, struct skn_str raw)
{
    char *start = reader->scratch + reader->used;
    size_t len = 0;
    if (raw.len == 2 && memcmp(raw.ptr, "\\N", 2) == 0)
        return skn_str(NULL);
    for (size_t i = 0; i < raw.len; i++) {
        int escape = raw.ptr[i] == '\\' && i + 1 < raw.len;
        start[len++] = escape ? decoded(raw.ptr[++i]) : raw.ptr[i];
    }
    reader->used += len;
    return skn_str_len(start, len);
}

/* Cuts text at the first c; text becomes what is behind it. */
static struct skn_str cut(struct skn_str *text, char c)
{
    const char *at = text->len ? memchr(text->ptr, c, text->len) : NULL;
    size_t len = at ? (size_t)(at - text->ptr) : text->len;
    struct skn_str head = skn_str_len(text->ptr, len);
    size_t skip = at ? len + 1 : len;
    *text = skn_str_len(text->ptr + skip, text->len - skip);
    return head;
}

static int line_read(struct reader *reader)
{
    struct skn_str line = cut(&reader->rest, '\n');
    int more = memchr(line.ptr, '\t', line.len) != NULL;
    reader->used = 0;
    reader->field_count = 0;
    reader->word = cut(&line, '\t');
    while (more) {
        if (reader->field_count == SKN_NULL_NAMES)
            return 0;
        more = memchr(line.ptr, '\t', line.len) != NULL;
        reader->fields[reader->field_count++] = field_read(reader, cut(&line, '\t'));
    }
    return 1;
}

static int line_apply(struct skn_null_store *store, const struct reader *reader)
{
    struct skn_null_table *last =
        store->table_count ? &store->tables[store->table_count - 1] : NULL;
    struct skn_str field = reader->field_count ? reader->fields[0] : skn_str(NULL);
    if (last && skn_str_is(reader->word, "row") && reader->field_count == last->column_count)
        return skn_null_row_add(last, reader->fields);
    if (reader->field_count != 1 || !field.ptr)
        return SKN_E_SYNTAX;
    if (skn_str_is(reader->word, "table"))
        return skn_null_table_create(store, field);
    if (last && (skn_str_is(reader->word, "column") || skn_str_is(reader->word, "key")))
        return last->row_count == 0 && last->column_count < SKN_NULL_NAMES
                   ? skn_null_column_add(last, field, skn_str_is(reader->word, "key"))
                   : SKN_E_SYNTAX;
    if (skn_str_is(reader->word, "applied"))
        return skn_null_lines_add(&store->applied, field);
    if (skn_str_is(reader->word, "token"))
        return skn_null_lines_add(&store->tokens, field);
    return SKN_E_SYNTAX;
}

int skn_null_store_read(struct skn_null_store *store, struct skn_str text, struct skn_error *err)
{
    struct reader reader = {.rest = text, .scratch = malloc(text.len + 1)};
    size_t number = 1;
    int rc = reader.scratch ? SKN_OK : SKN_E_NOMEM;
    if (rc == SKN_OK && !skn_str_is(cut(&reader.rest, '\n'), first_line))
        rc = SKN_E_SYNTAX;
    while (rc == SKN_OK && reader.rest.len) {
        number++;
        rc = line_read(&reader) ? line_apply(store, &reader) : SKN_E_SYNTAX;
    }
    free(reader.scratch);
    if (rc == SKN_E_NOMEM)
        return skn_fail(err, rc, NULL, 0, "no memory for the database");
    if (rc != SKN_OK)
        return skn_fail(err, SKN_E_DRIVER, NULL, 0, "line %zu of the database is malformed",
                        number);
    return SKN_OK;
}
