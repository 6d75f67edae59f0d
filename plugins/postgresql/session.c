/*
 * The session: its settings, and what it is connected to. Knows nothing of revisions.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

#define OLDEST_VERSION 120000

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
    FACT_USERS,
    FACT_CREATES,
    FACT_USABLE
};

static const char facts_sql[] =
    "SELECT pg_catalog.pg_backend_pid(), pg_catalog.version(), current_user, "
    "pg_catalog.current_database(), (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname "
    "OPERATOR(pg_catalog.=) pg_catalog.current_database()), pg_catalog.current_schema(), "
    "pg_catalog.current_setting('transaction_read_only'), "
    "pg_catalog.current_setting('max_prepared_transactions'), "
    "pg_catalog.timezone('UTC', pg_catalog.pg_postmaster_start_time()), "
    "pg_catalog.current_setting('port'), pg_catalog.concat(session_user, '/', current_user), "
    "pg_catalog.has_schema_privilege(pg_catalog.current_schema(), 'CREATE'), ";

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
    enum skn_pg_schema schema;
};

static void facts_take(struct opening *opening, const PGresult *result, int row)
{
    struct skn_pg_facts *facts = opening->facts;
    facts->pid = (int)strtol(PQgetvalue(result, row, FACT_PID), NULL, 10);
    keep_product(facts, PQgetvalue(result, row, FACT_PRODUCT));
    /* Where the server's system cannot tell of a closed socket, the setting is refused. */
    facts->checks_client =
        facts->version >= 140000 && strstr(PQgetvalue(result, row, FACT_PRODUCT), "linux") != NULL;
    skn_pg_keep(facts->user, sizeof facts->user, result, row, FACT_USER);
    skn_pg_keep(facts->database, sizeof facts->database, result, row, FACT_DATABASE);
    skn_pg_keep(facts->database_id, sizeof facts->database_id, result, row, FACT_DATABASE_ID);
    skn_pg_keep(facts->schema, sizeof facts->schema, result, row, FACT_SCHEMA);
    facts->read_only = strcmp(PQgetvalue(result, row, FACT_READ_ONLY), "on") == 0;
    facts->prepares = strcmp(PQgetvalue(result, row, FACT_PREPARES), "0") != 0;
    skn_pg_keep(facts->started, sizeof facts->started, result, row, FACT_STARTED);
    skn_pg_keep(facts->port, sizeof facts->port, result, row, FACT_PORT);
    skn_pg_keep(facts->users, sizeof facts->users, result, row, FACT_USERS);
    facts->creates = PQgetisnull(result, row, FACT_CREATES) ||
                     strcmp(PQgetvalue(result, row, FACT_CREATES), "t") == 0;
    opening->schema = skn_pg_schema_read(result, row, FACT_USABLE);
}

enum question { ASK_PATH, ASK_SESSION, ASK_FACTS, ASK_SYSTEM, ASK_TIMELINE, ASK_COUNT };

static void opening_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct opening *opening = ctx;
    index += opening->first;
    if (index == ASK_FACTS && PQnfields(result) == FACT_USABLE + 1)
        facts_take(opening, result, row);
    if (index == ASK_SYSTEM)
        skn_pg_keep(opening->facts->system_id, sizeof opening->facts->system_id, result, row, 0);
    if (index == ASK_TIMELINE)
        skn_pg_keep(opening->facts->timeline, sizeof opening->facts->timeline, result, row, 0);
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
    return skn_pg_ask(conn, questions + opening->first, ASK_COUNT - opening->first, NULL,
                      opening_take, opening, err);
}

static void nothing_take(void *ctx, size_t index, const PGresult *result, int row)
{
    (void)ctx;
    (void)index;
    (void)result;
    (void)row;
}

/* Only a pooler that lends for less than a transaction objects to one. */
static int pooler_probe(struct skn_conn *conn, struct skn_error *err)
{
    const struct skn_pg_question begin = {"BEGIN", 0};
    const struct skn_pg_question rollback = {"ROLLBACK", 0};
    struct skn_error reason = {.size = sizeof reason};
    if (conn->config.pooler != SKN_PG_POOLER_TRANSACTION)
        return SKN_OK;
    int rc = skn_pg_ask(conn, &begin, 1, NULL, nothing_take, NULL, &reason);
    if (rc == SKN_OK)
        return skn_pg_ask(conn, &rollback, 1, NULL, nothing_take, NULL, err);
    return skn_fail(err, SKN_E_UNSUPPORTED, reason.sqlstate, 0,
                    "a transaction does not get through (%.300s); a pooler that lends sessions for "
                    "single statements cannot be used: name the server itself as host",
                    reason.message);
}

int skn_pg_session_init(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_pg_text facts = {0};
    struct opening opening = {.facts = &conn->facts};
    const char *superuser = PQparameterStatus(conn->pg, "is_superuser");
    conn->facts.version = PQserverVersion(conn->pg);
    conn->facts.superuser = superuser && strcmp(superuser, "on") == 0;
    int rc = version_check(conn, err);
    if (rc == SKN_OK)
        rc = pooler_probe(conn, err);
    if (rc != SKN_OK)
        return rc;
    skn_pg_settings_build(&conn->config, conn->facts.version,
                          PQparameterStatus(conn->pg, "DateStyle"), &conn->session);
    skn_pg_text_add(&facts, facts_sql);
    skn_pg_schema_ask(&facts, conn->config.values[SKN_PG_SCHEMA]);
    if (facts.failed || conn->session.failed ||
        skn_pg_path_build(&conn->config, &conn->path) != SKN_OK)
        rc = skn_pg_no_memory(err);
    else
        rc = session_ask(conn, facts.ptr, &opening, err);
    skn_pg_text_finish(&facts);
    if (rc == SKN_OK)
        rc = server_check(conn, err);
    if (rc == SKN_OK)
        rc = skn_pg_schema_settle(conn, opening.schema, err);
    conn->facts.pooled = PQbackendPID(conn->pg) != conn->facts.pid;
    return rc;
}

/* ---- describe ---- */

static int is_pooled(const struct skn_conn *conn)
{
    return conn->facts.pooled || conn->config.pooler == SKN_PG_POOLER_TRANSACTION;
}

/* Whether nobody else has the server's session before ours ends. */
static int is_ours(const struct skn_conn *conn)
{
    return conn->config.pooler == SKN_PG_POOLER_SESSION || !is_pooled(conn);
}

static uint32_t server_flags(const struct skn_conn *conn)
{
    const struct skn_pg_facts *facts = &conn->facts;
    return (facts->read_only ? (uint32_t)SKN_SERVER_READ_ONLY : 0) |
           (is_pooled(conn) ? (uint32_t)SKN_SERVER_POOLED : 0) |
           (facts->creates ? 0 : (uint32_t)SKN_SERVER_NO_CREATE) |
           (facts->superuser ? (uint32_t)SKN_SERVER_SUPERUSER : 0) |
           (conn->config.local ? (uint32_t)SKN_SERVER_LOCAL : 0);
}

static uint64_t server_caps(const struct skn_conn *conn)
{
    uint64_t caps = SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT | SKN_CAP_SETTLE;
    if (is_ours(conn))
        caps |= SKN_CAP_LOCK | SKN_CAP_PIPELINE;
    if (!is_pooled(conn))
        caps |= SKN_CAP_RETARGET;
    return conn->facts.prepares ? caps | SKN_CAP_PREPARE : caps;
}

int skn_pg_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    const struct skn_pg_facts *facts = &conn->facts;
    struct skn_server server = {.size = out->size};
    if (!conn->pg)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    server.flags = server_flags(conn);
    server.caps = server_caps(conn);
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
    snprintf(server.schema, sizeof server.schema, "%s", facts->schema);
    if (facts->pooled && !conn->config.pooler)
        snprintf(server.refusal, sizeof server.refusal, "%s", SKN_PG_POOLER_HINT);
    memcpy(out, &server, out->size < sizeof server ? out->size : sizeof server);
    return SKN_OK;
}
