/*
 * Virtual tables: what their modules can be asked to do. Those of the full-text modules and of
 * rtree give their rows to a new one; of others nothing is known but that they can be made and
 * dropped.
 */
#include <string.h>

#include "schema.h"

enum content {
    CONTENT_OWN,       /* rows can be read back */
    CONTENT_ELSEWHERE, /* an index over the rows of another table */
    CONTENT_NOWHERE,   /* an index over rows that nobody kept */
    CONTENT_UNKNOWN
};

struct virtual_table {
    struct skn_str module;
    int is_text; /* a full-text module */
    enum content content;
    struct skn_str source; /* CONTENT_ELSEWHERE: the other table */
    struct skn_str *columns;
    size_t count;
    size_t room;
};

/* ---- reading what the module is told ---- */

static void option_read(struct virtual_table *table, struct skn_sqlite_pool *pool,
                        const struct skn_sqlite_tokens *tokens, size_t at)
{
    struct skn_str value;
    if (!skn_sqlite_token_is(tokens, at, "content") || at + 2 >= tokens->count)
        return;
    value = skn_sqlite_token_name(pool, &tokens->item[at + 2]);
    table->content = value.len ? CONTENT_ELSEWHERE : CONTENT_NOWHERE;
    table->source = value;
}

static void argument_read(struct virtual_table *table, struct skn_sqlite_pool *pool,
                          const struct skn_sqlite_tokens *tokens, size_t at)
{
    void *grown;
    if (skn_sqlite_token_is(tokens, at, "+")) /* an auxiliary column of rtree */
        at++;
    if (skn_sqlite_token_is(tokens, at + 1, "=")) {
        option_read(table, pool, tokens, at);
        return;
    }
    if (at >= tokens->count || !skn_sqlite_token_names(&tokens->item[at]) ||
        (table->is_text && skn_sqlite_token_is(tokens, at, "tokenize")))
        return;
    grown = skn_sqlite_pool_grow(pool, table->columns, table->count, &table->room,
                                 sizeof *table->columns);
    if (!grown)
        return;
    table->columns = grown;
    table->columns[table->count++] = skn_sqlite_token_name(pool, &tokens->item[at]);
}

static int is_one_of(struct skn_str module, const char *const *words)
{
    for (; *words; words++)
        if (skn_sqlite_same(module, skn_str(*words)))
            return 1;
    return 0;
}

static void virtual_read(struct virtual_table *table, struct skn_sqlite_pool *pool,
                         struct skn_str sql)
{
    static const char *const texts[] = {"fts3", "fts4", "fts5", NULL};
    static const char *const trees[] = {"rtree", "rtree_i32", NULL};
    struct skn_sqlite_tokens tokens;
    size_t at;
    size_t end;
    memset(table, 0, sizeof *table);
    skn_sqlite_tokens_read(pool, sql, &tokens);
    if (tokens.count < 2)
        return;
    table->module = skn_sqlite_token_name(pool, &tokens.item[1]);
    table->is_text = is_one_of(table->module, texts);
    table->content =
        table->is_text || is_one_of(table->module, trees) ? CONTENT_OWN : CONTENT_UNKNOWN;
    end = skn_sqlite_tokens_close(&tokens, 2);
    for (at = 2; table->content != CONTENT_UNKNOWN && at < end; at++) {
        if (skn_sqlite_token_is(&tokens, at, "(") && at > 2)
            at = skn_sqlite_tokens_close(&tokens, at) - 1;
        else if (skn_sqlite_token_is(&tokens, at, "(") || skn_sqlite_token_is(&tokens, at, ","))
            argument_read(table, pool, &tokens, at + 1);
    }
}

static int has_column(const struct virtual_table *table, struct skn_str name)
{
    size_t i;
    for (i = 0; i < table->count; i++)
        if (skn_sqlite_same(table->columns[i], name))
            return 1;
    return 0;
}

/* ---- making ---- */

/* Whether the index can be filled from the table it is over. */
static int can_fill(const struct skn_sqlite_writing *writing, const struct skn_object *object,
                    const struct virtual_table *table)
{
    const struct skn_schema_host *host = writing->host;
    const struct skn_object *source;
    struct skn_sqlite_table read;
    size_t i;
    if (table->content != CONTENT_ELSEWHERE)
        return 0;
    source = host->find(object, SKN_SQLITE_TABLE,
                        skn_sqlite_id(writing->pool, skn_str(NULL), table->source));
    if (!source ||
        !skn_sqlite_table_read(&read, writing->pool, writing->pool, host->attr(source, "sql")))
        return 0;
    for (i = 0; i < table->count; i++)
        if (skn_sqlite_table_column(&read, table->columns[i]) == SKN_SQLITE_NOWHERE)
            return 0;
    return 1;
}

static int creation_of(const struct skn_sqlite_writing *writing, const struct skn_object *object,
                       struct skn_str name, const struct skn_sqlite_text *probe)
{
    struct skn_sqlite_text text = {.pool = writing->pool};
    skn_sqlite_text_adds(&text, "CREATE VIRTUAL TABLE ");
    skn_sqlite_text_name(&text, name);
    skn_sqlite_text_adds(&text, " ");
    skn_sqlite_text_add(&text, writing->host->attr(object, "sql"));
    return skn_sqlite_write(writing, &text, 0, NULL, probe);
}

int skn_sqlite_virtual_create(const struct skn_sqlite_writing *writing,
                              const struct skn_object *object)
{
    struct skn_str name = writing->host->name(object);
    struct skn_sqlite_text fill = {.pool = writing->pool};
    struct virtual_table table;
    int code = creation_of(writing, object, name, NULL);
    virtual_read(&table, writing->pool, writing->host->attr(object, "sql"));
    if (code || !can_fill(writing, object, &table))
        return code;
    skn_sqlite_text_adds(&fill, "INSERT INTO ");
    skn_sqlite_text_name(&fill, name);
    skn_sqlite_text_adds(&fill, " (");
    skn_sqlite_text_name(&fill, name);
    skn_sqlite_text_adds(&fill, ") VALUES ('rebuild')");
    return skn_sqlite_write(writing, &fill, SKN_SQL_BLOCKS_WRITES,
                            "the index is filled from the rows that are there", NULL);
}

/* ---- changing ---- */

/* The rows that are there, where any of what they hold goes. */
static struct skn_sqlite_text rows_probe(const struct skn_sqlite_writing *writing,
                                         const struct skn_object *from)
{
    struct skn_sqlite_text probe = {.pool = writing->pool};
    skn_sqlite_text_adds(&probe, "SELECT count(*) FROM ");
    skn_sqlite_text_name(&probe, writing->host->name(from));
    return probe;
}

static int virtual_drop(const struct skn_sqlite_writing *writing, const struct skn_object *from,
                        const struct skn_sqlite_text *probe)
{
    struct skn_sqlite_text text = {.pool = writing->pool};
    skn_sqlite_text_adds(&text, "DROP TABLE ");
    skn_sqlite_text_name(&text, writing->host->name(from));
    return skn_sqlite_write(writing, &text, 0, NULL, probe);
}

static int rows_copy(const struct skn_sqlite_writing *writing, const struct skn_object *from,
                     const struct virtual_table *old, const struct virtual_table *new,
                     struct skn_str temporary)
{
    struct skn_sqlite_text columns = {.pool = writing->pool};
    struct skn_sqlite_text text = {.pool = writing->pool};
    const char *joint = "";
    size_t i;
    if (new->is_text) { /* of rtree, the first column is the rowid */
        skn_sqlite_text_adds(&columns, "rowid");
        joint = ", ";
    }
    for (i = 0; i < new->count; i++) {
        if (!has_column(old, new->columns[i]))
            continue;
        skn_sqlite_text_adds(&columns, joint);
        skn_sqlite_text_name(&columns, new->columns[i]);
        joint = ", ";
    }
    if (columns.len == 0)
        return SKN_OK;
    skn_sqlite_text_adds(&text, "INSERT INTO ");
    skn_sqlite_text_name(&text, temporary);
    skn_sqlite_text_adds(&text, " (");
    skn_sqlite_text_add(&text, skn_sqlite_text_str(&columns));
    skn_sqlite_text_adds(&text, ")\nSELECT ");
    skn_sqlite_text_add(&text, skn_sqlite_text_str(&columns));
    skn_sqlite_text_adds(&text, "\nFROM ");
    skn_sqlite_text_name(&text, writing->host->name(from));
    return skn_sqlite_write(writing, &text, SKN_SQL_REWRITES | SKN_SQL_BLOCKS_WRITES, NULL, NULL);
}

static int with_rows(struct skn_sqlite_writing *writing, const struct skn_object *from,
                     const struct skn_object *to, const struct virtual_table *old,
                     const struct virtual_table *new)
{
    struct skn_str temporary = skn_sqlite_temporary_name(writing, from, to);
    struct skn_sqlite_text probe = rows_probe(writing, from);
    size_t i;
    int code;
    for (i = 0; i < old->count; i++)
        if (!has_column(new, old->columns[i]))
            writing->flags |= SKN_SQL_DESTROYS_DATA;
    code =
        creation_of(writing, to, temporary, writing->flags & SKN_SQL_DESTROYS_DATA ? &probe : NULL);
    if (!code)
        code = rows_copy(writing, from, old, new, temporary);
    if (!code)
        code = virtual_drop(writing, from, NULL);
    return code ? code : skn_sqlite_place_take(writing, temporary, writing->host->name(to));
}

int skn_sqlite_virtual_alter(struct skn_sqlite_writing *writing, const struct skn_object *from,
                             const struct skn_object *to)
{
    struct virtual_table old;
    struct virtual_table new;
    struct skn_sqlite_text probe = rows_probe(writing, from);
    int code;
    virtual_read(&old, writing->pool, writing->host->attr(from, "sql"));
    virtual_read(&new, writing->pool, writing->host->attr(to, "sql"));
    if (old.content == CONTENT_OWN && new.content == CONTENT_OWN && old.is_text == new.is_text)
        return with_rows(writing, from, to, &old, &new);
    if (old.content != CONTENT_ELSEWHERE)
        writing->flags |= SKN_SQL_DESTROYS_DATA;
    code = virtual_drop(writing, from, writing->flags & SKN_SQL_DESTROYS_DATA ? &probe : NULL);
    return code ? code : skn_sqlite_virtual_create(writing, to);
}
