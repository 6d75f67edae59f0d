/*
 * Whether the session and the transaction are still what they were: the FENCE notes it, the CHECK
 * compares. Knows nothing of who asks, and when.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

enum column { CHECK_XID, CHECK_STATE, CHECK_PID, CHECK_USER, CHECK_LOCK, CHECK_COLUMNS };

static void add_xid(const struct skn_conn *conn, struct skn_pg_text *sql, const char *assigned)
{
    skn_pg_text_add(sql, conn->facts.version >= 130000 ? "pg_catalog.pg_current_xact_id"
                                                       : "pg_catalog.txid_current");
    skn_pg_text_add(sql, assigned);
}

void skn_pg_check_note_build(const struct skn_conn *conn, struct skn_pg_text *sql)
{
    skn_pg_text_add(sql, "SELECT ");
    add_xid(conn, sql, "()");
    skn_pg_text_add(sql, ", ");
    skn_pg_settings_watch(sql);
}

void skn_pg_check_note(struct skn_conn *conn, const PGresult *result, int row)
{
    skn_pg_token_take(conn, PQgetvalue(result, row, CHECK_XID));
    skn_pg_keep(conn->xid, sizeof conn->xid, result, row, CHECK_XID);
    skn_pg_text_clear(&conn->state);
    skn_pg_text_add(&conn->state, PQgetvalue(result, row, CHECK_STATE));
}

/* It is held twice, so that giving it up once and taking it again lets nobody in between, and costs
 * no more than counting. */
static void add_lock(const struct skn_conn *conn, struct skn_pg_text *sql)
{
    if (!conn->lock[0] || conn->config.pooler == SKN_PG_POOLER_TRANSACTION) {
        skn_pg_text_add(sql, "true");
        return;
    }
    skn_pg_text_add(sql, "CASE WHEN pg_catalog.pg_advisory_unlock(");
    skn_pg_text_add(sql, conn->lock);
    skn_pg_text_add(sql, ") THEN pg_catalog.pg_try_advisory_lock(");
    skn_pg_text_add(sql, conn->lock);
    skn_pg_text_add(sql, ") ELSE false END");
}

void skn_pg_check_build(const struct skn_conn *conn, struct skn_pg_text *sql)
{
    skn_pg_text_add(sql, "SELECT ");
    add_xid(conn, sql, "_if_assigned()");
    skn_pg_text_add(sql, ", ");
    skn_pg_settings_watch(sql);
    skn_pg_text_add(sql, ", pg_catalog.pg_backend_pid(), pg_catalog.concat(session_user, '/', "
                         "current_user), ");
    add_lock(conn, sql);
}

static int is_another_session(const struct skn_conn *conn, const PGresult *result, int row)
{
    return conn->config.pooler != SKN_PG_POOLER_TRANSACTION &&
           strtol(PQgetvalue(result, row, CHECK_PID), NULL, 10) != conn->facts.pid;
}

int skn_pg_check_judge(struct skn_conn *conn, const PGresult *result, int row, int in_tx,
                       struct skn_error *err)
{
    if (PQnfields(result) != CHECK_COLUMNS)
        return skn_fail(err, SKN_E_DRIVER, NULL, 0, "the check was answered by something else");
    if (in_tx && conn->xid[0] && strcmp(PQgetvalue(result, row, CHECK_XID), conn->xid) != 0)
        return skn_fail(err, SKN_E_USAGE, "25P01", 0,
                        "a statement ended the transaction it ran in, and opened another");
    if (is_another_session(conn, result, row))
        return skn_fail(err, SKN_E_USAGE, NULL, 0,
                        "the session is another than it was: a pooler is in between");
    if (strcmp(PQgetvalue(result, row, CHECK_USER), conn->facts.users) != 0)
        return skn_fail(err, SKN_E_USAGE, NULL, 0,
                        "a statement left the session to another role (%.60s, not %.60s)",
                        PQgetvalue(result, row, CHECK_USER), conn->facts.users);
    if (strcmp(PQgetvalue(result, row, CHECK_LOCK), "t") != 0)
        return skn_fail(err, SKN_E_USAGE, NULL, 0,
                        "a statement gave up skein's lock, so that others may have been at work");
    if (in_tx && conn->state.ptr && strcmp(PQgetvalue(result, row, CHECK_STATE), conn->state.ptr))
        conn->changed = 1;
    return SKN_OK;
}
