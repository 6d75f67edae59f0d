/*
 * Whether the rows of a table are ours to change, asked of the catalog, which locks nothing. It
 * knows nothing of whose table it is.
 */
#include "pg.h"

void skn_pg_rights_build(struct skn_str table, struct skn_pg_text *sql)
{
    /* Rights on columns will do, but for DELETE, which has none. */
    static const char *const forms[] = {"any_column", "SELECT", "any_column", "INSERT",
                                        "any_column", "UPDATE", "table",      "DELETE"};
    skn_pg_text_add(sql, "SELECT pg_catalog.concat_ws(', '");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i += 2) {
        skn_pg_text_add(sql, ", CASE WHEN pg_catalog.has_");
        skn_pg_text_add(sql, forms[i]);
        skn_pg_text_add(sql, "_privilege(t.o, '");
        skn_pg_text_add(sql, forms[i + 1]);
        skn_pg_text_add(sql, "') THEN NULL ELSE '");
        skn_pg_text_add(sql, forms[i + 1]);
        skn_pg_text_add(sql, "' END");
    }
    skn_pg_text_add(sql, ") FROM (SELECT pg_catalog.to_regclass(");
    skn_pg_text_add_literal(sql, table);
    skn_pg_text_add(sql, ")::pg_catalog.oid AS o) AS t");
}

int skn_pg_rights_judge(const struct skn_conn *conn, const PGresult *result, int row,
                        struct skn_error *err)
{
    const char *missing = PQgetvalue(result, row, 0);
    if (!missing[0])
        return SKN_OK;
    return skn_fail(err, SKN_E_PERMISSION, "42501", 0, "grant %s to role %.63s", missing,
                    conn->facts.user);
}
