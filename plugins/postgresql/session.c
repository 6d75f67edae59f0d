/*
 * The session: its settings, what it is connected to, and going on with it in another schema. Knows
 * nothing of revisions.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

#define OLDEST_VERSION 120000

/* ---- settings ---- */

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
static int path_build(const struct skn_pg_config *config, struct skn_pg_text *sql)
{
    struct skn_pg_text value = {0};
    skn_pg_text_clear(sql);
    if (path_value(config, &value)) {
        skn_pg_text_add(sql, "SELECT pg_catalog.set_config('search_path', ");
        add_text_literal(sql, value.ptr);
        skn_pg_text_add(sql, ", false)");
    }
    int rc = value.failed || sql->failed ? SKN_E_NOMEM : SKN_OK;
    skn_pg_text_finish(&value);
    return rc;
}

/* Settings that depend on what the server is or has: a commit that is reported must be durable,
 * times must be readable whichever way round days and months are, and an idle session may hold the
 * lock. */
static int session_build(struct skn_conn *conn)
{
    struct skn_pg_text *sql = &conn->session;
    const char *style = PQparameterStatus(conn->pg, "DateStyle");
    skn_pg_text_clear(sql);
    skn_pg_text_add(
        sql, "SELECT CASE WHEN pg_catalog.current_setting('synchronous_commit') = 'off' THEN "
             "pg_catalog.set_config('synchronous_commit', 'on', false) END");
    if (!style || strncmp(style, "ISO", 3) != 0)
        skn_pg_text_add(sql, ", pg_catalog.set_config('DateStyle', 'ISO', false)");
    if (conn->facts.version >= 140000)
        skn_pg_text_add(sql, ", pg_catalog.set_config('idle_session_timeout', '0', false)");
    if (conn->facts.version >= 170000)
        skn_pg_text_add(sql, ", pg_catalog.set_config('transaction_timeout', '0', false)");
    return sql->failed ? SKN_E_NOMEM : SKN_OK;
}

/* NULL where the schema does not exist, else whether we may use it. */
static void add_schema_usable(struct skn_pg_text *sql, const char *schema)
{
    skn_pg_text_add(sql, "(SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') FROM "
                         "pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) ");
    add_text_literal(sql, schema);
    skn_pg_text_add(sql, "::pg_catalog.name)");
}

/* ---- facts ---- */

enum fact {
    FACT_PID,
    FACT_PRODUCT,
    FACT_USER,
    FACT_DATABASE,
    FACT_DATABASE_ID,
    FACT_SCHEMA,
    FACT_READ_ONLY,
    FACT_PREPARES,
    FACT_STARTED,
    FACT_PORT,
    FACT_USABLE
};

static const char facts_sql[] =
    "SELECT pg_catalog.pg_backend_pid(), pg_catalog.version(), current_user, "
    "pg_catalog.current_database(), (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname "
    "OPERATOR(pg_catalog.=) pg_catalog.current_database()), pg_catalog.current_schema(), "
    "pg_catalog.current_setting('transaction_read_only'), "
    "pg_catalog.current_setting('max_prepared_transactions'), "
    "pg_catalog.timezone('UTC', pg_catalog.pg_postmaster_start_time()), "
    "pg_catalog.current_setting('port'), ";

/* A text cut where it does not fit; NULL is "". */
static void keep(char *out, size_t size, const PGresult *result, int row, int column)
{
    const char *text = column < PQnfields(result) ? PQgetvalue(result, row, column) : "";
    int len = snprintf(out, size, "%s", text);
    if (len < 0 || (size_t)len >= size)
        skn_utf8_trim(out, size - 1);
}

static int is_on(const PGresult *result, int row, int column)
{
    const char *text = PQgetvalue(result, row, column);
    return strcmp(text, "on") == 0 || strcmp(text, "t") == 0;
}

/* "PostgreSQL 15.18" of "PostgreSQL 15.18 (Debian ...) on ...". */
static void keep_product(struct skn_pg_facts *facts, const char *version)
{
    size_t len = strcspn(version, " ");
    if (version[len])
        len += 1 + strcspn(version + len + 1, " ,");
    snprintf(facts->product, sizeof facts->product, "%.*s", len < 60 ? (int)len : 60, version);
}

struct opening {
    struct skn_pg_facts *facts;
    size_t first; /* question that was asked */
    enum { USABLE, MISSING, FORBIDDEN } schema;
};

static void facts_take(struct opening *opening, const PGresult *result, int row)
{
    struct skn_pg_facts *facts = opening->facts;
    facts->pid = (int)strtol(PQgetvalue(result, row, FACT_PID), NULL, 10);
    keep_product(facts, PQgetvalue(result, row, FACT_PRODUCT));
    /* Where the server's system cannot tell of a closed socket, the setting is refused. */
    facts->checks_client =
        facts->version >= 140000 && strstr(PQgetvalue(result, row, FACT_PRODUCT), "linux") != NULL;
    keep(facts->user, sizeof facts->user, result, row, FACT_USER);
    keep(facts->database, sizeof facts->database, result, row, FACT_DATABASE);
    keep(facts->database_id, sizeof facts->database_id, result, row, FACT_DATABASE_ID);
    keep(facts->schema, sizeof facts->schema, result, row, FACT_SCHEMA);
    facts->read_only = is_on(result, row, FACT_READ_ONLY);
    facts->prepares = strcmp(PQgetvalue(result, row, FACT_PREPARES), "0") != 0;
    keep(facts->started, sizeof facts->started, result, row, FACT_STARTED);
    keep(facts->port, sizeof facts->port, result, row, FACT_PORT);
    if (PQgetisnull(result, row, FACT_USABLE))
        opening->schema = MISSING;
    else
        opening->schema = is_on(result, row, FACT_USABLE) ? USABLE : FORBIDDEN;
}

enum question { ASK_PATH, ASK_SESSION, ASK_FACTS, ASK_SYSTEM, ASK_TIMELINE, ASK_COUNT };

static void opening_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct opening *opening = ctx;
    index += opening->first;
    if (index == ASK_FACTS && PQnfields(result) == FACT_USABLE + 1)
        facts_take(opening, result, row);
    if (index == ASK_SYSTEM)
        keep(opening->facts->system_id, sizeof opening->facts->system_id, result, row, 0);
    if (index == ASK_TIMELINE)
        keep(opening->facts->timeline, sizeof opening->facts->timeline, result, row, 0);
}

static int schema_fail(const struct skn_conn *conn, int missing, const char *schema,
                       struct skn_error *err)
{
    if (!missing)
        return skn_fail(err, SKN_E_PERMISSION, "42501", 0,
                        "role \"%s\" may not use schema \"%s\"; grant it USAGE", conn->facts.user,
                        schema);
    return skn_fail(err, SKN_E_MISSING, "3F000", 0,
                    "schema \"%s\" does not exist in database \"%s\"; create it, or set "
                    "create_schema to true",
                    schema, conn->facts.database);
}

/* A schema that the first transaction will create is taken for the one CREATE goes to. */
static int schema_settle(struct skn_conn *conn, const struct opening *opening,
                         struct skn_error *err)
{
    const char *schema = conn->config.values[SKN_PG_SCHEMA];
    conn->schema_missing = 0;
    if (!schema[0] || opening->schema == USABLE)
        return SKN_OK;
    if (opening->schema == FORBIDDEN || !skn_pg_config_is_true(&conn->config, SKN_PG_CREATE_SCHEMA))
        return schema_fail(conn, opening->schema == MISSING, schema, err);
    conn->schema_missing = 1;
    snprintf(conn->facts.schema, sizeof conn->facts.schema, "%s", schema);
    return SKN_OK;
}

static int server_check(const struct skn_conn *conn, struct skn_error *err)
{
    if (strncmp(conn->facts.product, "PostgreSQL ", strlen("PostgreSQL ")) != 0)
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "the server is %s, not PostgreSQL",
                        conn->facts.product);
    return SKN_OK;
}

static int version_check(const struct skn_conn *conn, struct skn_error *err)
{
    if (conn->facts.version >= OLDEST_VERSION)
        return SKN_OK;
    return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                    "the server's version is %d.%d; PostgreSQL 12 is the oldest that works",
                    conn->facts.version / 10000, conn->facts.version % 10000);
}

/* All that open() wants to set and know, in one round trip. Some of it not every server tells. */
static int session_ask(struct skn_conn *conn, const char *facts, struct opening *opening,
                       struct skn_error *err)
{
    const struct skn_pg_question questions[ASK_COUNT] = {
        [ASK_PATH] = {conn->path.ptr, 0},
        [ASK_SESSION] = {conn->session.ptr, 0},
        [ASK_FACTS] = {facts, 0},
        [ASK_SYSTEM] = {"SELECT system_identifier FROM pg_catalog.pg_control_system()", 1},
        [ASK_TIMELINE] = {"SELECT pg_catalog.substr(pg_catalog.pg_walfile_name("
                          "pg_catalog.pg_current_wal_lsn()), 1, 8)",
                          1},
    };
    opening->first = conn->path.len ? ASK_PATH : ASK_SESSION;
    return skn_pg_ask(conn, questions + opening->first, ASK_COUNT - opening->first, opening_take,
                      opening, err);
}

int skn_pg_session_init(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_pg_text facts = {0};
    struct opening opening = {.facts = &conn->facts};
    const char *superuser = PQparameterStatus(conn->pg, "is_superuser");
    conn->facts.version = PQserverVersion(conn->pg);
    conn->facts.superuser = superuser && strcmp(superuser, "on") == 0;
    int rc = version_check(conn, err);
    if (rc != SKN_OK)
        return rc;
    skn_pg_text_add(&facts, facts_sql);
    add_schema_usable(&facts, conn->config.values[SKN_PG_SCHEMA]);
    if (facts.failed || session_build(conn) != SKN_OK ||
        path_build(&conn->config, &conn->path) != SKN_OK)
        rc = skn_pg_no_memory(err);
    else
        rc = session_ask(conn, facts.ptr, &opening, err);
    skn_pg_text_finish(&facts);
    if (rc == SKN_OK)
        rc = server_check(conn, err);
    if (rc == SKN_OK)
        rc = schema_settle(conn, &opening, err);
    conn->facts.pooled = PQbackendPID(conn->pg) != conn->facts.pid;
    return rc;
}

/* ---- describe ---- */

static uint32_t server_flags(const struct skn_conn *conn)
{
    const struct skn_pg_facts *facts = &conn->facts;
    return (facts->read_only ? (uint32_t)SKN_SERVER_READ_ONLY : 0) |
           (facts->pooled ? (uint32_t)SKN_SERVER_POOLED : 0) |
           (facts->superuser ? (uint32_t)SKN_SERVER_SUPERUSER : 0) |
           (conn->config.local ? (uint32_t)SKN_SERVER_LOCAL : 0);
}

static uint64_t server_caps(const struct skn_pg_facts *facts)
{
    uint64_t caps = SKN_CAP_DDL_TX | SKN_CAP_PIPELINE | SKN_CAP_SAVEPOINT | SKN_CAP_SETTLE;
    /* A pooler may hand the next transaction to another session. */
    if (!facts->pooled)
        caps |= SKN_CAP_LOCK | SKN_CAP_RETARGET;
    return facts->prepares ? caps | SKN_CAP_PREPARE : caps;
}

int skn_pg_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    const struct skn_pg_facts *facts = &conn->facts;
    struct skn_server server = {.size = out->size};
    if (!conn->pg)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    server.flags = server_flags(conn);
    server.caps = server_caps(facts);
    server.version = facts->version / 10000 * 10000 + facts->version % 10000 * 100;
    snprintf(server.product, sizeof server.product, "%s", facts->product);
    snprintf(server.user, sizeof server.user, "%s", facts->user);
    /* Copies of one data directory share the system identifier, but were not started at once. */
    snprintf(server.server_id, sizeof server.server_id, "postgresql:%s:%s:%s", facts->system_id,
             facts->port, facts->started);
    /* Where the identifier is kept from us, the start of the server is as good for one run. */
    snprintf(server.identity, sizeof server.identity, "postgresql:%s:%s:%s",
             facts->system_id[0] ? facts->system_id : facts->started, facts->database_id,
             facts->schema);
    memcpy(out, &server, out->size < sizeof server ? out->size : sizeof server);
    return SKN_OK;
}

/* ---- tables ---- */

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
                         "OPERATOR(pg_catalog.=) c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', "
                         "'m', 'f') AND s.nspname OPERATOR(pg_catalog.=) ");
    if (schema.len) {
        skn_pg_text_add_literal(sql, schema);
        skn_pg_text_add(sql, "::pg_catalog.name");
    } else {
        skn_pg_text_add(sql, "pg_catalog.current_schema()");
    }
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    return skn_pg_ask(conn, &question, 1, exists_take, found, err);
}

/* ---- another schema ---- */

struct moving {
    struct opening opening;
    char schema[SKN_PG_NAME];
};

static void moving_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct moving *moving = ctx;
    if (index == 1) {
        keep(moving->schema, sizeof moving->schema, result, row, 0);
        return;
    }
    if (PQgetisnull(result, row, 0))
        moving->opening.schema = MISSING;
    else
        moving->opening.schema = is_on(result, row, 0) ? USABLE : FORBIDDEN;
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
        add_schema_usable(sql, schema);
    else
        skn_pg_text_add(sql, "true");
    skn_pg_text_add(sql, " AS usable) AS x");
    int rc = value.failed || sql->failed ? SKN_E_NOMEM : SKN_OK;
    skn_pg_text_finish(&value);
    return rc;
}

static int move(struct skn_conn *conn, struct skn_pg_config *config, struct skn_error *err)
{
    struct skn_pg_text sql = {0};
    struct skn_pg_text path = {0};
    struct moving moving = {.opening = {.facts = &conn->facts}};
    int rc = moving_build(config, &sql) == SKN_OK && path_build(config, &path) == SKN_OK
                 ? SKN_OK
                 : skn_pg_no_memory(err);
    if (rc == SKN_OK) {
        const struct skn_pg_question questions[] = {{sql.ptr, 0},
                                                    {"SELECT pg_catalog.current_schema()", 0}};
        rc = skn_pg_ask(conn, questions, 2, moving_take, &moving, err);
    }
    const char *schema = config->values[SKN_PG_SCHEMA];
    int creates = skn_pg_config_is_true(config, SKN_PG_CREATE_SCHEMA);
    if (rc == SKN_OK &&
        (moving.opening.schema == FORBIDDEN || (moving.opening.schema == MISSING && !creates)))
        rc = schema_fail(conn, moving.opening.schema == MISSING, schema, err);
    if (rc == SKN_OK) {
        struct skn_pg_config old = conn->config;
        struct skn_pg_text old_path = conn->path;
        conn->config = *config;
        conn->path = path;
        *config = old;
        path = old_path;
        memcpy(conn->facts.schema, moving.schema, sizeof conn->facts.schema);
        conn->token[0] = '\0';
        rc = schema_settle(conn, &moving.opening, err);
    }
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
    else if (conn->facts.pooled || !skn_pg_config_same_session(&conn->config, &config))
        rc = skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                      "this target needs a session of its own: it differs in more than the schema");
    else
        rc = move(conn, &config, err);
    skn_pg_config_finish(&config);
    return rc;
}
