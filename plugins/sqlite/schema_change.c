/*
 * What a change of a table asks for: a few ALTER TABLE statements, or the table made anew. Knows
 * nothing of statements' texts.
 */
#include <string.h>

#include "schema.h"

static int text_same(struct skn_str a, struct skn_str b)
{
    return (a.ptr != NULL) == (b.ptr != NULL) && a.len == b.len &&
           (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int column_same(const struct skn_sqlite_column *a, const struct skn_sqlite_column *b)
{
    return text_same(a->type, b->type) && text_same(a->not_null, b->not_null) &&
           text_same(a->fallback, b->fallback) && text_same(a->collation, b->collation) &&
           text_same(a->generated, b->generated);
}

static const struct skn_sqlite_constraint *constraint_find(const struct skn_sqlite_table *table,
                                                           struct skn_str id)
{
    size_t i;
    for (i = 0; i < table->constraint_count; i++)
        if (text_same(table->constraints[i].id, id))
            return &table->constraints[i];
    return NULL;
}

/* Whether the name stands in the tokens from first to end. */
static int tokens_name(const struct skn_sqlite_table *table, size_t first, size_t end,
                       struct skn_str name)
{
    size_t i;
    for (i = first; i < end && i < table->tokens.count; i++)
        if (skn_sqlite_token_names(&table->tokens.item[i]) &&
            skn_sqlite_same(skn_sqlite_token_name(table->pool, &table->tokens.item[i]), name))
            return 1;
    return 0;
}

/* ---- columns ---- */

/* ALTER TABLE ... ADD COLUMN takes it also where there are rows. */
static int column_can_come(const struct skn_sqlite_alteration *alteration, size_t index)
{
    const struct skn_sqlite_table *to = &alteration->to;
    const struct skn_sqlite_column *column = &to->columns[index];
    size_t i;
    if (column->stored || column->varies ||
        (column->not_null.ptr && (!column->fallback.ptr || column->generated.ptr)))
        return 0;
    for (i = 0; i < to->constraint_count; i++)
        if (to->constraints[i].column == (int)index &&
            (to->constraints[i].type <= SKN_SQLITE_UNIQUE ||
             (to->constraints[i].type == SKN_SQLITE_FOREIGN && column->fallback.ptr)))
            return 0;
    /* What speaks of another new column could come before it. */
    for (i = 0; i < to->column_count; i++)
        if (i != index && alteration->was[i] == SKN_SQLITE_NOWHERE &&
            tokens_name(to, column->first + 1, column->end, to->columns[i].name))
            return 0;
    return 1;
}

static int column_can_go(const struct skn_sqlite_alteration *alteration, size_t index)
{
    const struct skn_sqlite_table *from = &alteration->from;
    const struct skn_sqlite_column *column = &from->columns[index];
    size_t i;
    for (i = 0; i < from->constraint_count; i++)
        if (from->constraints[i].column == (int)index &&
            from->constraints[i].type <= SKN_SQLITE_UNIQUE)
            return 0;
    return !tokens_name(from, 0, column->first, column->name) &&
           !tokens_name(from, column->end, from->tokens.count, column->name);
}

static int columns_need_rebuild(const struct skn_sqlite_alteration *alteration, int brittle)
{
    size_t i;
    for (i = 0; i < alteration->to.column_count; i++) {
        int was = alteration->was[i];
        if (was == SKN_SQLITE_NOWHERE
                ? !column_can_come(alteration, i)
                : !column_same(&alteration->from.columns[was], &alteration->to.columns[i]))
            return 1;
    }
    for (i = 0; i < alteration->from.column_count; i++)
        if (!alteration->stays[i] && (brittle || !column_can_go(alteration, i)))
            return 1;
    return 0;
}

/* ---- constraints ---- */

/* A constraint comes with the new column it stands in, and goes with the old one, or not at all. */
static int constraints_need_rebuild(const struct skn_sqlite_alteration *alteration)
{
    const struct skn_sqlite_table *from = &alteration->from;
    const struct skn_sqlite_table *to = &alteration->to;
    size_t i;
    for (i = 0; i < to->constraint_count; i++) {
        const struct skn_sqlite_constraint *one = &to->constraints[i];
        const struct skn_sqlite_constraint *other = constraint_find(from, one->id);
        int comes = one->column >= 0 && alteration->was[one->column] == SKN_SQLITE_NOWHERE;
        if ((other != NULL) == comes || (other && !text_same(other->text, one->text)))
            return 1;
    }
    for (i = 0; i < from->constraint_count; i++) {
        const struct skn_sqlite_constraint *one = &from->constraints[i];
        int goes = one->column >= 0 && !alteration->stays[one->column];
        if ((constraint_find(to, one->id) != NULL) == goes)
            return 1;
    }
    return 0;
}

/* ---- both ---- */

static void columns_match(struct skn_sqlite_alteration *alteration)
{
    size_t i;
    for (i = 0; i < alteration->to.column_count; i++) {
        int was = skn_sqlite_table_column(&alteration->from, alteration->to.columns[i].name);
        alteration->was[i] = was;
        if (was >= 0)
            alteration->stays[was] = 1;
    }
}

int skn_sqlite_alteration_make(struct skn_sqlite_alteration *alteration,
                               const struct skn_schema_host *host, const struct skn_object *from,
                               const struct skn_object *to)
{
    struct skn_sqlite_pool *pool = &alteration->pool;
    int brittle = host->attr(from, "beside brittle").ptr || host->attr(to, "beside brittle").ptr;
    memset(alteration, 0, sizeof *alteration);
    /* Both were read once before they were reported. */
    if (!skn_sqlite_table_read(&alteration->from, pool, pool, host->attr(from, "sql")) ||
        !skn_sqlite_table_read(&alteration->to, pool, pool, host->attr(to, "sql")))
        return SKN_E_NOMEM;
    alteration->was =
        skn_sqlite_pool_alloc(pool, alteration->to.column_count * sizeof *alteration->was);
    alteration->stays =
        skn_sqlite_pool_alloc(pool, alteration->from.column_count * sizeof *alteration->stays);
    if (pool->failed)
        return SKN_E_NOMEM;
    columns_match(alteration);
    alteration->rebuild = alteration->from.without_rowid != alteration->to.without_rowid ||
                          alteration->from.strict != alteration->to.strict ||
                          columns_need_rebuild(alteration, brittle) ||
                          constraints_need_rebuild(alteration);
    return pool->failed ? SKN_E_NOMEM : SKN_OK;
}

void skn_sqlite_alteration_finish(struct skn_sqlite_alteration *alteration)
{
    skn_sqlite_pool_finish(&alteration->pool);
}

/* ---- the facet's questions ---- */

uint32_t skn_sqlite_classify(const struct skn_schema_host *host, const struct skn_object *from,
                             const struct skn_object *to, struct skn_str key,
                             const struct skn_schema_options *options)
{
    (void)to;
    (void)key;
    (void)options;
    switch (host->kind(from)) {
    case SKN_SQLITE_TABLE:
    case SKN_SQLITE_VIRTUAL:
    case SKN_SQLITE_COLUMN:
    case SKN_SQLITE_CONSTRAINT:
        return SKN_CLASS_ALTER;
    default:
        return SKN_CLASS_REPLACE;
    }
}

int skn_sqlite_rebuilds(const struct skn_schema_host *host, const struct skn_object *from,
                        const struct skn_object *to, const struct skn_schema_options *options)
{
    struct skn_sqlite_alteration alteration;
    int rebuild;
    (void)options;
    if (host->kind(from) != SKN_SQLITE_TABLE)
        return 0;
    rebuild =
        skn_sqlite_alteration_make(&alteration, host, from, to) != SKN_OK || alteration.rebuild;
    skn_sqlite_alteration_finish(&alteration);
    return rebuild;
}
