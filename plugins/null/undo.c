/*
 * What takes a transaction back in memory: of each table that it touched, the rows that were there.
 * It knows nothing of files, whose databases are simply read again.
 */
#include "null.h"

#include <stdlib.h>
#include <string.h>

void skn_null_undo_begin(struct skn_null_undo *undo, const struct skn_null_store *store)
{
    *undo = (struct skn_null_undo){.applied_count = store->applied.count};
}

static struct skn_null_before *before_find(const struct skn_null_undo *undo, struct skn_str name)
{
    for (size_t i = 0; i < undo->count; i++)
        if (skn_str_is(name, undo->items[i].name))
            return &undo->items[i];
    return NULL;
}

static struct skn_null_before *before_add(struct skn_null_undo *undo, struct skn_str name)
{
    struct skn_null_before *grown = realloc(undo->items, (undo->count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    undo->items = grown;
    grown[undo->count] = (struct skn_null_before){0};
    if (skn_null_name_set(&grown[undo->count].name, name) != SKN_OK)
        return NULL;
    return &grown[undo->count++];
}

int skn_null_undo_touch(struct skn_null_undo *undo, const struct skn_null_store *store,
                        struct skn_str name, int append_only)
{
    const struct skn_null_table *table = skn_null_store_find(store, name);
    struct skn_null_before *before = before_find(undo, name);
    if (!before) {
        before = before_add(undo, name);
        if (!before)
            return SKN_E_NOMEM;
        before->there = table != NULL;
        before->row_count = table ? table->row_count : 0;
    }
    if (append_only || !before->there || before->whole)
        return SKN_OK;
    /* Until now rows were only appended, so that the first ones are as they were. */
    if (skn_null_table_copy(&before->table, table, before->row_count) != SKN_OK)
        return SKN_E_NOMEM;
    before->whole = 1;
    return SKN_OK;
}

static int before_restore(struct skn_null_before *before, struct skn_null_store *store)
{
    struct skn_null_table *table = skn_null_store_find(store, skn_str(before->name));
    if (before->there && !before->whole) {
        while (table->row_count > before->row_count)
            skn_null_row_drop(table, table->row_count - 1);
        return SKN_OK;
    }
    if (table)
        skn_null_table_drop(store, table);
    if (!before->there)
        return SKN_OK;
    if (skn_null_table_create(store, skn_str(before->name)) != SKN_OK)
        return SKN_E_NOMEM;
    table = &store->tables[store->table_count - 1];
    free(table->name);
    *table = before->table;
    before->table = (struct skn_null_table){0};
    return SKN_OK;
}

int skn_null_undo_all(struct skn_null_undo *undo, struct skn_null_store *store)
{
    int rc = SKN_OK;
    for (size_t i = 0; i < undo->count; i++)
        if (before_restore(&undo->items[i], store) != SKN_OK)
            rc = SKN_E_NOMEM;
    while (store->applied.count > undo->applied_count)
        free(store->applied.items[--store->applied.count]);
    return rc;
}

void skn_null_undo_finish(struct skn_null_undo *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        skn_null_table_finish(&undo->items[i].table);
        free(undo->items[i].name);
    }
    free(undo->items);
    *undo = (struct skn_null_undo){0};
}
