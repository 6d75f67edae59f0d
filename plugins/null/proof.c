/*
 * What skein asks to learn how a statement ended, and who is at work. It knows nothing of steps.
 */
#include "null.h"

static void piece(skn_text_fn *out, void *ctx, const char *before, struct skn_str name)
{
    out(ctx, skn_str(before));
    out(ctx, name);
    out(ctx, skn_str("\n"));
}

static void table_tell(const struct skn_null_store *store, struct skn_str name, skn_text_fn *out,
                       void *ctx)
{
    const struct skn_null_table *table = skn_null_store_find(store, name);
    piece(out, ctx, table ? "table " : "absent ", name);
    for (size_t i = 0; table && i < table->column_count; i++)
        piece(out, ctx, "column ", skn_str(table->columns[i].name));
}

static void tables_tell(const struct skn_null_store *store, const struct skn_null_sql *sql,
                        skn_text_fn *out, void *ctx)
{
    size_t names = sql->kind == SKN_NULL_DROP ? sql->name_count : sql->kind == SKN_NULL_RENAME;
    if (sql->kind != SKN_NULL_DROP)
        table_tell(store, sql->table, out, ctx);
    for (size_t i = 0; i < names; i++)
        table_tell(store, sql->names[i], out, ctx);
}

static int has_definition(const struct skn_null_sql *sql)
{
    return sql->kind >= SKN_NULL_CREATE && sql->kind <= SKN_NULL_RENAME_COLUMN;
}

int skn_null_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                         void *ctx, struct skn_error *err)
{
    struct skn_null_sql sql;
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_FINGERPRINT, err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_null_sql_parse(statement, &sql, err);
    if (rc == SKN_OK && !has_definition(&sql))
        rc = skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "no definition shows what this does");
    if (rc == SKN_OK && !conn->in_tx && conn->folder >= 0)
        rc = skn_null_state_load(conn, err);
    if (rc == SKN_OK && conn->garbled)
        out(ctx, skn_str_len("\x1b\xff\n", 4));
    else if (rc == SKN_OK)
        tables_tell(&conn->store, &sql, out, ctx);
    skn_null_sql_finish(&sql);
    return rc;
}

int skn_null_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                    struct skn_error *err)
{
    int rc = skn_null_round_trip(conn, SKN_NULL_CALL_HOLDER, err);
    return rc == SKN_OK ? skn_null_holder_read(conn, name, out, ctx, err) : rc;
}
