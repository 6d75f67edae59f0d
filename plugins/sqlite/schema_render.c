/*
 * One change as statements. Knows nothing of how a table is made anew.
 */
#include <string.h>

#include "schema.h"

int skn_sqlite_write(const struct skn_sqlite_writing *writing, const struct skn_sqlite_text *text,
                     uint32_t flags, const char *note, const struct skn_sqlite_text *probe)
{
    struct skn_sql sql = {.size = sizeof sql,
                          .flags = flags | writing->flags,
                          .text = skn_sqlite_text_str(text),
                          .note = skn_str(note)};
    if (probe)
        sql.probe = skn_sqlite_text_str(probe);
    if (writing->pool->failed)
        return SKN_E_NOMEM;
    return writing->host->write(writing->host->ctx, &sql);
}

/* ---- coming and going ---- */

static const char *word_of(uint32_t kind)
{
    static const char *const words[SKN_SQLITE_KINDS] = {"TABLE ", "VIRTUAL TABLE ", "",        "",
                                                        "INDEX ", "VIEW ",          "TRIGGER "};
    return words[kind];
}

static int creation_write(const struct skn_sqlite_writing *writing, const struct skn_object *object)
{
    const struct skn_schema_host *host = writing->host;
    struct skn_sqlite_text text = {.pool = writing->pool};
    int unique = host->attr(object, "unique").ptr != NULL;
    skn_sqlite_text_adds(&text, unique ? "CREATE UNIQUE " : "CREATE ");
    skn_sqlite_text_adds(&text, word_of(host->kind(object)));
    skn_sqlite_text_name(&text, host->name(object));
    skn_sqlite_text_adds(&text, " ");
    skn_sqlite_text_add(&text, host->attr(object, "sql"));
    return skn_sqlite_write(writing, &text, unique ? SKN_SQL_MAY_FAIL : 0, NULL, NULL);
}

static int drop_write(const struct skn_sqlite_writing *writing, const struct skn_object *object)
{
    const struct skn_schema_host *host = writing->host;
    struct skn_sqlite_text text = {.pool = writing->pool};
    struct skn_sqlite_text probe = {.pool = writing->pool};
    uint32_t kind = host->kind(object);
    int destroys = kind == SKN_SQLITE_TABLE || kind == SKN_SQLITE_VIRTUAL;
    skn_sqlite_text_adds(&text, "DROP ");
    skn_sqlite_text_adds(&text, destroys ? "TABLE " : word_of(kind));
    skn_sqlite_text_name(&text, host->name(object));
    skn_sqlite_text_adds(&probe, "SELECT count(*) FROM ");
    skn_sqlite_text_name(&probe, host->name(object));
    return skn_sqlite_write(writing, &text, destroys ? SKN_SQL_DESTROYS_DATA : 0, NULL,
                            destroys ? &probe : NULL);
}

static int rename_write(const struct skn_sqlite_writing *writing, const struct skn_object *from,
                        const struct skn_object *to)
{
    const struct skn_schema_host *host = writing->host;
    struct skn_sqlite_text text = {.pool = writing->pool};
    int is_column = host->kind(from) == SKN_SQLITE_COLUMN;
    skn_sqlite_text_adds(&text, "ALTER TABLE ");
    skn_sqlite_text_name(&text, host->name(is_column ? host->parent(from) : from));
    skn_sqlite_text_adds(&text, " RENAME ");
    if (is_column) {
        skn_sqlite_text_adds(&text, "COLUMN ");
        skn_sqlite_text_name(&text, host->name(from));
        skn_sqlite_text_adds(&text, " ");
    }
    skn_sqlite_text_adds(&text, "TO ");
    skn_sqlite_text_name(&text, host->name(to));
    return skn_sqlite_write(writing, &text, 0, NULL, NULL);
}

/* ---- tables ---- */

static void item_add(struct skn_sqlite_text *text, const struct skn_sqlite_table *table,
                     const struct skn_sqlite_column *column)
{
    struct skn_sqlite_tokens item = table->tokens;
    item.count = column->end;
    skn_sqlite_text_add(text,
                        skn_sqlite_tokens_write(text->pool, &item, column->first, skn_str(NULL)));
}

static int column_add(const struct skn_sqlite_writing *writing, const struct skn_object *table,
                      const struct skn_sqlite_alteration *alteration, size_t index)
{
    const struct skn_sqlite_table *to = &alteration->to;
    struct skn_sqlite_text text = {.pool = writing->pool};
    uint32_t flags = 0;
    size_t i;
    for (i = 0; i < to->constraint_count; i++)
        if (to->constraints[i].column == (int)index && to->constraints[i].type == SKN_SQLITE_CHECK)
            flags = SKN_SQL_MAY_FAIL;
    skn_sqlite_text_adds(&text, "ALTER TABLE ");
    skn_sqlite_text_name(&text, writing->host->name(table));
    skn_sqlite_text_adds(&text, " ADD COLUMN ");
    item_add(&text, to, &to->columns[index]);
    return skn_sqlite_write(writing, &text, flags, NULL, NULL);
}

static int column_drop(const struct skn_sqlite_writing *writing, const struct skn_object *table,
                       const struct skn_sqlite_column *column)
{
    struct skn_sqlite_text text = {.pool = writing->pool};
    struct skn_sqlite_text probe = {.pool = writing->pool};
    int holds = !column->generated.ptr;
    skn_sqlite_text_adds(&text, "ALTER TABLE ");
    skn_sqlite_text_name(&text, writing->host->name(table));
    skn_sqlite_text_adds(&text, " DROP COLUMN ");
    skn_sqlite_text_name(&text, column->name);
    skn_sqlite_text_adds(&probe, "SELECT count(");
    skn_sqlite_text_name(&probe, column->name);
    skn_sqlite_text_adds(&probe, ") FROM ");
    skn_sqlite_text_name(&probe, writing->host->name(table));
    return skn_sqlite_write(writing, &text, SKN_SQL_REWRITES | (holds ? SKN_SQL_DESTROYS_DATA : 0),
                            NULL, holds ? &probe : NULL);
}

/* New columns first: one must be left at any time. */
static int columns_write(const struct skn_sqlite_writing *writing, const struct skn_object *from,
                         const struct skn_sqlite_alteration *alteration)
{
    size_t i;
    int code = SKN_OK;
    for (i = 0; !code && i < alteration->to.column_count; i++)
        if (alteration->was[i] == SKN_SQLITE_NOWHERE)
            code = column_add(writing, from, alteration, i);
    for (i = 0; !code && i < alteration->from.column_count; i++)
        if (!alteration->stays[i])
            code = column_drop(writing, from, &alteration->from.columns[i]);
    return code;
}

static int table_write(struct skn_sqlite_writing *writing, const struct skn_object *from,
                       const struct skn_object *to)
{
    struct skn_sqlite_alteration alteration;
    int code = skn_sqlite_alteration_make(&alteration, writing->host, from, to);
    if (!code)
        code = alteration.rebuild ? skn_sqlite_rebuild(writing, from, to, &alteration)
                                  : columns_write(writing, from, &alteration);
    skn_sqlite_alteration_finish(&alteration);
    return code;
}

int skn_sqlite_render(const struct skn_schema_host *host, const struct skn_change *change,
                      const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_sqlite_pool pool = {0};
    struct skn_sqlite_writing writing = {.host = host, .pool = &pool};
    int code;
    (void)options;
    switch (change->op) {
    case SKN_CHANGE_ADD:
        code = host->kind(change->to) == SKN_SQLITE_VIRTUAL
                   ? skn_sqlite_virtual_create(&writing, change->to)
                   : creation_write(&writing, change->to);
        break;
    case SKN_CHANGE_DROP:
        code = drop_write(&writing, change->from);
        break;
    case SKN_CHANGE_RENAME:
        code = rename_write(&writing, change->from, change->to);
        break;
    default:
        code = host->kind(change->to) == SKN_SQLITE_VIRTUAL
                   ? skn_sqlite_virtual_alter(&writing, change->from, change->to)
                   : table_write(&writing, change->from, change->to);
    }
    skn_sqlite_pool_finish(&pool);
    if (code == SKN_E_NOMEM)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    return code;
}
