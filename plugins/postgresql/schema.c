/*
 * Which schema: search_path, whether the schema can be worked in, and going on with the session in
 * another one. Knows nothing of what is in it.
 */
#include <string.h>

#include "pg.h"

static void add_text_literal(struct skn_pg_text *text, const char *value)
{
    skn_pg_text_add_literal(text, skn_str(value));
}

/* What search_path becomes: the option's text, or just the schema. */
static int path_value(const struct skn_pg_config *config, struct skn_pg_text *value)
{
    const char *path = config->values[SKN_PG_SEARCH_PATH];
    const char *schema = config->values[SKN_PG_SCHEMA];
    if (path[0])
        skn_pg_text_add(value, path);
    else if (schema[0])
        skn_pg_text_add_ident(value, skn_str(schema));
    return value->len > 0;
}

/* SELECT set_config('search_path', ...), or nothing where the server's own stays. */
int skn_pg_path_build(const struct skn_pg_config *config, struct skn_pg_text *sql)
{
    struct skn_pg_text value = {0};
    skn_pg_text_clear(sql);
    if (path_value(config, &value)) {
        skn_pg_text_add(sql, "SELECT pg_catalog.set_config('search_path', ");
        add_text_literal(sql, value.ptr);
        skn_pg_text_add(sql, config->pooler == SKN_PG_POOLER_TRANSACTION ? ", true)" : ", false)");
    }
    int rc = value.failed || sql->failed ? SKN_E_NOMEM : SKN_OK;
    skn_pg_text_finish(&value);
    return rc;
}

/* ---- whether it is there ---- */

/* NULL where the schema does not exist, else whether we may use it. */
void skn_pg_schema_ask(struct skn_pg_text *sql, const char *schema)
{
    skn_pg_text_add(sql, "(SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') FROM "
                         "pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) ");
    add_text_literal(sql, schema);
    skn_pg_text_add(sql, "::pg_catalog.name)");
}

enum skn_pg_schema skn_pg_schema_read(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return SKN_PG_MISSING;
    return strcmp(PQgetvalue(result, row, column), "t") == 0 ? SKN_PG_USABLE : SKN_PG_FORBIDDEN;
}

static int schema_fail(const struct skn_conn *conn, enum skn_pg_schema state, const char *schema,
                       struct skn_error *err)
{
    if (state == SKN_PG_FORBIDDEN)
        return skn_fail(err, SKN_E_PERMISSION, "42501", 0,
                        "role \"%s\" may not use schema \"%s\"; grant it USAGE", conn->facts.user,
                        schema);
    return skn_fail(err, SKN_E_MISSING, "3F000", 0,
                    "schema \"%s\" does not exist in database \"%s\"; create it, or set "
                    "create_schema to true",
                    schema, conn->facts.database);
}

/* Whether it can be worked in, or will be once the first transaction has made it. */
static int schema_will_do(const struct skn_pg_config *config, enum skn_pg_schema state)
{
    return state == SKN_PG_USABLE ||
           (state == SKN_PG_MISSING && skn_pg_config_is_true(config, SKN_PG_CREATE_SCHEMA));
}

/* A schema that is yet to be made is taken for the one that an unqualified CREATE goes to. */
int skn_pg_schema_settle(struct skn_conn *conn, enum skn_pg_schema state, struct skn_error *err)
{
    const char *schema = conn->config.values[SKN_PG_SCHEMA];
    conn->schema_missing = 0;
    if (!schema[0] || state == SKN_PG_USABLE)
        return SKN_OK;
    if (!schema_will_do(&conn->config, state))
        return schema_fail(conn, state, schema, err);
    conn->schema_missing = 1;
    snprintf(conn->facts.schema, sizeof conn->facts.schema, "%s", schema);
    return SKN_OK;
}

/* ---- going on in another one ---- */

struct moving {
    enum skn_pg_schema state;
    char schema[SKN_PG_NAME];
};

static void moving_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct moving *moving = ctx;
    if (index == 0)
        moving->state = skn_pg_schema_read(result, row, 0);
    else
        skn_pg_keep(moving->schema, sizeof moving->schema, result, row, 0);
}

/* Sets the path if the schema can be used, or may be missing; says in the first column which it is.
 */
static int moving_build(const struct skn_pg_config *config, struct skn_pg_text *sql)
{
    struct skn_pg_text value = {0};
    const char *schema = config->values[SKN_PG_SCHEMA];
    path_value(config, &value);
    skn_pg_text_add(sql, "SELECT x.usable, CASE WHEN ");
    skn_pg_text_add(sql, skn_pg_config_is_true(config, SKN_PG_CREATE_SCHEMA)
                             ? "x.usable IS NOT FALSE"
                             : "x.usable");
    skn_pg_text_add(sql, " THEN pg_catalog.set_config('search_path', ");
    add_text_literal(sql, value.failed ? "" : value.ptr);
    skn_pg_text_add(sql, ", false) END FROM (SELECT ");
    if (schema[0])
        skn_pg_schema_ask(sql, schema);
    else
        skn_pg_text_add(sql, "true");
    skn_pg_text_add(sql, " AS usable) AS x");
    int rc = value.failed || sql->failed ? SKN_E_NOMEM : SKN_OK;
    skn_pg_text_finish(&value);
    return rc;
}

/* From here on the session is the new target's. */
static int arrive(struct skn_conn *conn, struct skn_pg_config *config, struct skn_pg_text *path,
                  const struct moving *moving, struct skn_error *err)
{
    struct skn_pg_text old = conn->path;
    conn->path = *path;
    *path = old;
    skn_pg_config_swap_schema(&conn->config, config);
    memcpy(conn->facts.schema, moving->schema, sizeof conn->facts.schema);
    conn->token[0] = '\0';
    return skn_pg_schema_settle(conn, moving->state, err);
}

static int move(struct skn_conn *conn, struct skn_pg_config *config, struct skn_error *err)
{
    struct skn_pg_text sql = {0};
    struct skn_pg_text path = {0};
    struct moving moving = {SKN_PG_USABLE, ""};
    int rc = moving_build(config, &sql);
    if (rc == SKN_OK)
        rc = skn_pg_path_build(config, &path);
    if (rc == SKN_OK) {
        const struct skn_pg_question questions[] = {{sql.ptr, 0},
                                                    {"SELECT pg_catalog.current_schema()", 0}};
        rc = skn_pg_ask(conn, questions, 2, NULL, moving_take, &moving, err);
    } else {
        skn_pg_no_memory(err);
    }
    if (rc == SKN_OK && !schema_will_do(config, moving.state))
        rc = schema_fail(conn, moving.state, config->values[SKN_PG_SCHEMA], err);
    if (rc == SKN_OK)
        rc = arrive(conn, config, &path, &moving, err);
    skn_pg_text_finish(&sql);
    skn_pg_text_finish(&path);
    return rc;
}

int skn_pg_retarget(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                    struct skn_error *err)
{
    struct skn_pg_config config;
    int rc = skn_pg_config_init(&config, options, count, err);
    if (rc != SKN_OK)
        return rc;
    if (!conn->pg)
        rc = skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    else if (conn->facts.pooled || conn->config.pooler == SKN_PG_POOLER_TRANSACTION ||
             !skn_pg_config_same_session(&conn->config, &config))
        rc = skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                      "this target needs a session of its own: it differs in more than the schema");
    else
        rc = move(conn, &config, err);
    skn_pg_config_finish(&config);
    return rc;
}
