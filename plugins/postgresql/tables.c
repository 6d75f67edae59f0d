/*
 * Which tables there are. Knows nothing of what is in them.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

static void exists_take(void *ctx, size_t index, const PGresult *result, int row)
{
    uint64_t *found = ctx;
    unsigned long bit = strtoul(PQgetvalue(result, row, 0), NULL, 10);
    if (index == 0 && bit < 64)
        *found |= (uint64_t)1 << bit;
}

/* "(VALUES (0, 'a'::name), (1, 'b'::name)) AS x(i, n)"; a name that nothing can have is left out.
 */
static int add_names(struct skn_pg_text *sql, const struct skn_str *names, uint32_t count)
{
    char number[32];
    int added = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (skn_pg_name_check(names[i], NULL) != SKN_OK)
            continue;
        snprintf(number, sizeof number, "%s(%u, ", added++ ? ", " : "(VALUES ", (unsigned)i);
        skn_pg_text_add(sql, number);
        skn_pg_text_add_literal(sql, names[i]);
        skn_pg_text_add(sql, "::pg_catalog.name)");
    }
    return added;
}

int skn_pg_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                  uint32_t count, uint64_t *found, struct skn_error *err)
{
    struct skn_pg_text *sql = &conn->scratch;
    *found = 0;
    if (count > 64)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "at most 64 names at once, not %u",
                        (unsigned)count);
    if (schema.len ? skn_pg_name_check(schema, NULL) != SKN_OK : conn->schema_missing)
        return SKN_OK;
    skn_pg_text_clear(sql);
    skn_pg_text_add(sql, "SELECT x.i FROM ");
    if (!add_names(sql, names, count))
        return SKN_OK;
    skn_pg_text_add(sql, ") AS x(i, n) JOIN pg_catalog.pg_class c ON c.relname "
                         "OPERATOR(pg_catalog.=) x.n JOIN pg_catalog.pg_namespace s ON s.oid "
                         "OPERATOR(pg_catalog.=) c.relnamespace WHERE c.relkind "
                         "OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog.\"char\"[]) AND "
                         "s.nspname OPERATOR(pg_catalog.=) ");
    if (schema.len) {
        skn_pg_text_add_literal(sql, schema);
        skn_pg_text_add(sql, "::pg_catalog.name");
    } else {
        skn_pg_text_add(sql, "pg_catalog.current_schema()");
    }
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    return skn_pg_ask(conn, &question, 1, NULL, exists_take, found, err);
}
