/*
 * The run lock: a session advisory lock that is tried and never waited for, since a waiter in the
 * server and CREATE INDEX CONCURRENTLY in the holder would be a deadlock. Knows nothing of who
 * wants it.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

/* The first 64 bits of a hash that every version of the server computes alike. */
static void add_key(struct skn_conn *conn, struct skn_pg_text *sql, struct skn_str name)
{
    skn_pg_text_add(sql,
                    "pg_catalog.concat('x', pg_catalog.substr(pg_catalog.encode("
                    "pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.format('skein:%L:%L:%L', "
                    "pg_catalog.current_database(), ");
    skn_pg_text_add_literal(sql, skn_str(conn->facts.schema));
    skn_pg_text_add(sql, "::pg_catalog.text, ");
    skn_pg_text_add_literal(sql, name);
    skn_pg_text_add(sql, "::pg_catalog.text), 'UTF8')), 'hex'), 1, 16))"
                         "::pg_catalog.\"bit\"(64)::pg_catalog.int8");
}

struct answer {
    struct skn_conn *conn;
    int taken;
};

static void answer_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct answer *answer = ctx;
    if (index != 0 || PQnfields(result) != 2)
        return;
    answer->taken = strcmp(PQgetvalue(result, row, 0), "t") == 0;
    skn_pg_keep(answer->conn->lock, sizeof answer->conn->lock, result, row, 1);
}

/* SELECT what, key FROM its number k.key. */
static int call(struct skn_conn *conn, const char *what, struct skn_str name,
                const struct skn_pg_limit *limit, int *taken, struct skn_error *err)
{
    struct answer answer = {conn, 0};
    struct skn_pg_text *sql = &conn->scratch;
    skn_pg_text_clear(sql);
    skn_pg_text_add(sql, "SELECT ");
    skn_pg_text_add(sql, what);
    skn_pg_text_add(sql, ", k.key FROM (SELECT ");
    add_key(conn, sql, name);
    skn_pg_text_add(sql, " AS key OFFSET 0) AS k");
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    int rc = skn_pg_ask(conn, &question, 1, limit, answer_take, &answer, err);
    *taken = rc == SKN_OK && answer.taken;
    return rc;
}

/* ---- who holds it ---- */

enum holder_column { HOLDER_PID, HOLDER_NAME, HOLDER_USER, HOLDER_FROM, HOLDER_SINCE, HOLDER_RUNS };

struct holder {
    char text[640];
    size_t len;
};

static void holder_add(struct holder *holder, const char *before, const char *value,
                       const char *after)
{
    if (!value[0] || holder->len >= sizeof holder->text - 1)
        return;
    int n = snprintf(holder->text + holder->len, sizeof holder->text - holder->len, "%s%.200s%s",
                     before, value, after);
    if (n > 0)
        holder->len += (size_t)n;
}

static void holder_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct holder *holder = ctx;
    if (index != 0 || holder->len || PQnfields(result) != HOLDER_RUNS + 1)
        return;
    holder_add(holder, "session ", PQgetvalue(result, row, HOLDER_PID), "");
    holder_add(holder, " (", PQgetvalue(result, row, HOLDER_NAME), ")");
    holder_add(holder, " of role ", PQgetvalue(result, row, HOLDER_USER), "");
    holder_add(holder, " from ", PQgetvalue(result, row, HOLDER_FROM), "");
    holder_add(holder, ", connected since ", PQgetvalue(result, row, HOLDER_SINCE), "");
    holder_add(holder, ", running a statement for ", PQgetvalue(result, row, HOLDER_RUNS), " s");
}

/* What others' sessions keep from us comes as NULL. */
static void add_holder_query(const struct skn_conn *conn, struct skn_pg_text *sql)
{
    skn_pg_text_add(sql,
                    "SELECT l.pid, a.application_name, a.usename, "
                    "COALESCE(pg_catalog.host(a.client_addr), CASE WHEN a.backend_start IS NOT "
                    "NULL THEN 'a local socket' END), pg_catalog.to_char(a.backend_start, "
                    "'YYYY-MM-DD HH24:MI:SS TZ'), CASE WHEN a.state OPERATOR(pg_catalog.=) "
                    "'active' THEN EXTRACT(epoch FROM pg_catalog.clock_timestamp() "
                    "OPERATOR(pg_catalog.-) a.query_start)::pg_catalog.int8 END "
                    "FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON "
                    "a.pid OPERATOR(pg_catalog.=) l.pid, (SELECT '");
    skn_pg_text_add(sql, conn->lock);
    /* The lock's number is kept in two halves. */
    skn_pg_text_add(
        sql, "'::pg_catalog.int8 AS key) k WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND "
             "l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1::pg_catalog.int2 AND "
             "l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM "
             "pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) "
             "pg_catalog.current_database()) AND l.classid::pg_catalog.int8 "
             "OPERATOR(pg_catalog.=) ((k.key OPERATOR(pg_catalog.>>) 32) "
             "OPERATOR(pg_catalog.&) 4294967295) AND l.objid::pg_catalog.int8 "
             "OPERATOR(pg_catalog.=) (k.key OPERATOR(pg_catalog.&) 4294967295)");
}

static int busy(struct skn_conn *conn, struct skn_error *err)
{
    struct holder holder = {.len = 0};
    struct skn_pg_text *sql = &conn->scratch;
    skn_pg_text_clear(sql);
    add_holder_query(conn, sql);
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    int rc = skn_pg_ask(conn, &question, 1, NULL, holder_take, &holder, err);
    if (rc != SKN_OK)
        return rc;
    skn_fail(err, SKN_E_BUSY, "55P03", 0, "the lock is held by %s",
             holder.len ? holder.text : "a session that has just ended");
    if (err)
        skn_pg_text_redact(conn, err->message);
    return SKN_E_BUSY;
}

/* ---- the lock of one transaction ---- */

void skn_pg_lock_add_try(const struct skn_conn *conn, struct skn_pg_text *sql)
{
    skn_pg_text_add(sql, "SELECT pg_catalog.pg_try_advisory_xact_lock(");
    skn_pg_text_add(sql, conn->lock);
    skn_pg_text_add(sql, ")");
}

static void nobody_take(void *ctx, size_t index, const PGresult *result, int row)
{
    (void)ctx;
    (void)index;
    (void)result;
    (void)row;
}

int skn_pg_lock_denied(struct skn_conn *conn, struct skn_error *err)
{
    const struct skn_pg_question rollback = {"ROLLBACK", 0};
    int rc = skn_pg_ask(conn, &rollback, 1, NULL, nobody_take, NULL, err);
    return rc == SKN_OK ? busy(conn, err) : rc;
}

/* ---- the slots ---- */

/* Its number is what the lock is known by. */
static int holder_ask(struct skn_conn *conn, struct holder *holder, struct skn_error *err)
{
    struct skn_pg_text *sql = &conn->scratch;
    skn_pg_text_clear(sql);
    add_holder_query(conn, sql);
    skn_pg_text_add(sql, " AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()");
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    return skn_pg_ask(conn, &question, 1, NULL, holder_take, holder, err);
}

int skn_pg_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                  struct skn_error *err)
{
    struct holder holder = {.len = 0};
    int ours = conn->lock[0] != '\0';
    int ignored;
    int rc = ours ? SKN_OK : call(conn, "true", name, NULL, &ignored, err);
    if (rc == SKN_OK)
        rc = holder_ask(conn, &holder, err);
    if (!ours)
        conn->lock[0] = '\0';
    if (rc == SKN_OK && holder.len) {
        skn_pg_text_redact(conn, holder.text);
        out(ctx, skn_str(holder.text));
    }
    return rc;
}

static int lock_check(const struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    if (name.len && memchr(name.ptr, '\0', name.len))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "the name of a lock holds a NUL byte");
    if (conn->facts.pooled && !conn->config.pooler)
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "%s", SKN_PG_POOLER_HINT);
    return SKN_OK;
}

int skn_pg_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int lent = conn->config.pooler == SKN_PG_POOLER_TRANSACTION;
    int taken;
    int rc = lock_check(conn, name, err);
    /* Twice: see the check. */
    if (rc == SKN_OK)
        rc = call(conn,
                  lent ? "true"
                       : "CASE WHEN pg_catalog.pg_try_advisory_lock(k.key) THEN "
                         "pg_catalog.pg_try_advisory_lock(k.key) ELSE false END",
                  name, NULL, &taken, err);
    if (rc != SKN_OK || taken)
        return rc;
    rc = busy(conn, err);
    conn->lock[0] = '\0';
    return rc;
}

int skn_pg_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int held;
    struct skn_pg_limit limit = skn_pg_limit_tidy(conn->host);
    int rc = lock_check(conn, name, err);
    if (rc == SKN_OK && conn->config.pooler == SKN_PG_POOLER_TRANSACTION) {
        conn->lock[0] = '\0';
        return SKN_OK;
    }
    if (rc == SKN_OK)
        rc = call(conn,
                  "CASE WHEN pg_catalog.pg_advisory_unlock(k.key) THEN "
                  "pg_catalog.pg_advisory_unlock(k.key) ELSE false END",
                  name, &limit, &held, err);
    conn->lock[0] = '\0';
    if (rc != SKN_OK || held)
        return rc;
    return skn_fail(err, SKN_E_DRIVER, NULL, 0,
                    "the lock on \"%.*s\" was no longer held; somebody else may have been at work",
                    SKN_FMT(name));
}
