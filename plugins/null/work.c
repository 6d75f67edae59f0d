/*
 * Transactions, and the steps of exec(). It knows nothing of how rows are kept.
 */
#include "null.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { TOKENS_KEPT = 64 };

/* ---- transactions ---- */

static int tx_begin(struct skn_conn *conn, struct skn_error *err)
{
    uint64_t number = 0;
    if (conn->in_tx)
        return skn_fail(err, SKN_E_USAGE, "25001", 0, "a transaction is open already");
    int rc = skn_null_state_enter(conn, err);
    if (rc != SKN_OK)
        return rc;
    skn_null_undo_begin(&conn->undo, &conn->store);
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = conn->session + conn->calls[SKN_NULL_CALL_BEGIN];
    snprintf(conn->token, sizeof conn->token, "null-%016llx", (unsigned long long)number);
    conn->in_tx = 1;
    conn->failed_tx = 0;
    return SKN_OK;
}

static void tx_end(struct skn_conn *conn)
{
    skn_null_state_leave(conn);
    skn_null_undo_finish(&conn->undo);
    conn->in_tx = 0;
    conn->failed_tx = 0;
}

/* Back to what the transaction found. Where that cannot be had again, the link is lost too. */
void skn_null_rollback(struct skn_conn *conn)
{
    struct skn_error ignored = {.size = sizeof ignored};
    if (!conn->in_tx)
        return;
    int rc = conn->folder >= 0 ? skn_null_state_load(conn, &ignored)
                               : skn_null_undo_all(&conn->undo, &conn->store);
    tx_end(conn);
    if (rc != SKN_OK)
        conn->down = 1;
}

void skn_null_link_break(struct skn_conn *conn)
{
    struct skn_error ignored = {.size = sizeof ignored};
    skn_null_rollback(conn);
    if (conn->lock_name)
        skn_null_unlock(conn, skn_str(conn->lock_name), &ignored);
    conn->down = 1;
}

static int tx_keep(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_null_lines *tokens = &conn->store.tokens;
    int rc = SKN_OK;
    if (conn->folder >= 0 && skn_null_lines_add(tokens, skn_str(conn->token)) != SKN_OK)
        rc = skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a transaction");
    while (tokens->count > TOKENS_KEPT)
        skn_null_lines_drop_first(tokens);
    if (rc == SKN_OK)
        rc = skn_null_state_save(conn, err);
    if (rc == SKN_OK)
        tx_end(conn);
    else
        skn_null_rollback(conn);
    return rc;
}

static int tx_commit(struct skn_conn *conn, struct skn_error *err)
{
    enum skn_null_fate fate = skn_null_fate(conn, SKN_NULL_CALL_COMMIT);
    if (!conn->in_tx)
        return SKN_OK;
    if (conn->failed_tx) {
        skn_null_rollback(conn);
        return skn_fail(err, SKN_E_DRIVER, "25P02", 0,
                        "a statement of the transaction had failed, and it was rolled back");
    }
    if (conn->config.lies & SKN_NULL_LIE_COMMIT || fate == SKN_NULL_FATE_LOST)
        skn_null_rollback(conn);
    int rc = conn->in_tx ? tx_keep(conn, err) : SKN_OK;
    if (rc != SKN_OK || fate == SKN_NULL_FATE_NONE)
        return rc;
    skn_null_link_break(conn);
    return skn_fail(err, SKN_E_UNCERTAIN, "08007", 0, "the link broke while committing");
}

/* ---- one statement ---- */

static int statement_error(const struct skn_conn *conn, struct skn_str sql, struct skn_error *err)
{
    const char *bad = conn->config.statement_error;
    const char *at = bad ? memmem(sql.ptr, sql.len, bad, strlen(bad)) : NULL;
    if (!at)
        return SKN_OK;
    skn_fail(err, SKN_E_SYNTAX, "42601", 0, "syntax error at or near \"%s\"", bad);
    err->position = (uint32_t)(at - sql.ptr) + 1;
    return SKN_E_SYNTAX;
}

/* What rows do not show is written down, so that doing it twice can be seen. */
static int applied_note(struct skn_conn *conn, const struct skn_null_sql *sql, struct skn_str text,
                        struct skn_error *err)
{
    if (!sql->ddl && sql->kind != SKN_NULL_OPAQUE)
        return SKN_OK;
    if (skn_null_lines_add(&conn->store.applied, text) == SKN_OK)
        return SKN_OK;
    return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the statement");
}

static int reads_only(const struct skn_null_sql *sql)
{
    return sql->kind >= SKN_NULL_SELECT && sql->kind <= SKN_NULL_SETTING;
}

/* Says to the undo which tables the statement is about to change. */
static int tables_touch(struct skn_conn *conn, const struct skn_null_sql *sql,
                        struct skn_error *err)
{
    int rc = SKN_OK;
    if (!conn->in_tx || conn->folder >= 0 || sql->kind == SKN_NULL_OPAQUE || reads_only(sql))
        return SKN_OK;
    if (sql->kind != SKN_NULL_DROP)
        rc = skn_null_undo_touch(&conn->undo, &conn->store, sql->table,
                                 sql->kind == SKN_NULL_INSERT);
    int renames = sql->kind == SKN_NULL_RENAME;
    size_t names = sql->kind == SKN_NULL_DROP ? sql->name_count : renames ? 1 : 0;
    for (size_t i = 0; rc == SKN_OK && i < names; i++)
        rc = skn_null_undo_touch(&conn->undo, &conn->store, sql->names[i], 0);
    return rc == SKN_OK ? rc : skn_fail(err, rc, NULL, 0, "no memory for a transaction");
}

static int sql_apply(struct skn_conn *conn, const struct skn_null_sql *sql, struct skn_str text,
                     const struct skn_events *events, uint32_t step, int64_t *rows,
                     struct skn_error *err)
{
    int rc = tables_touch(conn, sql, err);
    if (rc == SKN_OK)
        rc = skn_null_sql_run(&conn->store, sql, events, step, rows, err);
    return rc == SKN_OK ? applied_note(conn, sql, text, err) : rc;
}

/* A statement on its own: with a folder, a transaction of one. */
static int sql_alone(struct skn_conn *conn, const struct skn_null_sql *sql, struct skn_str text,
                     const struct skn_events *events, uint32_t step, int64_t *rows,
                     struct skn_error *err)
{
    struct skn_error ignored = {.size = sizeof ignored};
    if (reads_only(sql)) {
        int read = conn->folder >= 0 ? skn_null_state_load(conn, err) : SKN_OK;
        return read == SKN_OK ? skn_null_sql_run(&conn->store, sql, events, step, rows, err) : read;
    }
    int rc = skn_null_state_enter(conn, err);
    if (rc != SKN_OK)
        return rc;
    rc = sql_apply(conn, sql, text, events, step, rows, err);
    if (rc == SKN_OK)
        rc = skn_null_state_save(conn, err);
    if (rc != SKN_OK && conn->folder >= 0 && skn_null_state_load(conn, &ignored) != SKN_OK)
        conn->down = 1;
    skn_null_state_leave(conn);
    return rc;
}

/* The answer to a statement is lost; inside a transaction that is no riddle, for it rolls back. */
static int sql_lose(struct skn_conn *conn, const struct skn_null_sql *sql, struct skn_str text,
                    enum skn_null_fate fate, struct skn_error *err)
{
    int64_t rows;
    int inside = conn->in_tx;
    int rc = SKN_OK;
    if (!inside && fate == SKN_NULL_FATE_APPLIED)
        rc = sql_alone(conn, sql, text, NULL, 0, &rows, err);
    skn_null_link_break(conn);
    if (rc != SKN_OK)
        return rc;
    return skn_fail(err, inside ? SKN_E_CONNECT : SKN_E_UNCERTAIN, inside ? "08006" : "08007", 0,
                    "the link broke while a statement was running");
}

static int sql_in_place(struct skn_conn *conn, const struct skn_null_sql *sql, struct skn_str text,
                        const struct skn_events *events, uint32_t step, int64_t *rows,
                        struct skn_error *err)
{
    int rc = SKN_OK;
    /* Without transactional DDL, a transaction ends before DDL, kept. */
    if (conn->in_tx && sql->ddl && !conn->config.transactional)
        rc = tx_keep(conn, err);
    if (rc != SKN_OK)
        return rc;
    if (!conn->in_tx)
        return sql_alone(conn, sql, text, events, step, rows, err);
    rc = sql_apply(conn, sql, text, events, step, rows, err);
    conn->failed_tx = rc != SKN_OK && conn->config.transactional;
    return rc;
}

static int sql_run(struct skn_conn *conn, const struct skn_null_sql *sql, struct skn_str text,
                   const struct skn_events *events, uint32_t step, int64_t *rows,
                   struct skn_error *err)
{
    *rows = -1;
    if (sql->kind == SKN_NULL_ROLLBACK) {
        skn_null_rollback(conn);
        return SKN_OK;
    }
    if (sql->kind == SKN_NULL_COMMIT)
        return tx_commit(conn, err);
    if (conn->failed_tx)
        return skn_fail(err, SKN_E_DRIVER, "25P02", 0,
                        "a statement of the transaction failed; only a rollback can end it");
    if (sql->kind == SKN_NULL_BEGIN)
        return tx_begin(conn, err);
    if (conn->config.lies & SKN_NULL_LIE_DONE && !reads_only(sql)) {
        *rows = 1;
        return SKN_OK;
    }
    enum skn_null_fate fate = skn_null_fate(conn, SKN_NULL_CALL_SQL);
    if (fate != SKN_NULL_FATE_NONE)
        return sql_lose(conn, sql, text, fate, err);
    return sql_in_place(conn, sql, text, events, step, rows, err);
}

static int garbage_report(const struct skn_events *events, uint32_t step, int64_t *rows)
{
    static const char bytes[] = "\x1b[31m\xff\xfe\0\n";
    const struct skn_str columns[2] = {{bytes, sizeof bytes - 1}, {NULL, 0}};
    if (events && events->row)
        events->row(events->ctx, step, columns, 2);
    *rows = -7;
    return SKN_OK;
}

static int step_sql(struct skn_conn *conn, struct skn_str text, const struct skn_events *events,
                    uint32_t step, int64_t *rows, struct skn_error *err)
{
    struct skn_null_sql sql;
    int rc = skn_null_strike(conn, SKN_NULL_CALL_SQL, err);
    if (rc == SKN_OK && conn->garbled)
        return garbage_report(events, step, rows);
    if (rc == SKN_OK)
        rc = statement_error(conn, text, err);
    if (rc != SKN_OK) {
        conn->failed_tx = conn->in_tx && conn->config.transactional;
        return rc;
    }
    rc = skn_null_sql_parse(text, &sql, err);
    if (rc == SKN_OK)
        rc = sql_run(conn, &sql, text, events, step, rows, err);
    skn_null_sql_finish(&sql);
    if (rc == SKN_OK && conn->config.lies & SKN_NULL_LIE_ROWS && *rows >= 0)
        ++*rows;
    return rc == SKN_OK ? skn_null_strike(conn, SKN_NULL_CALL_APPLIED, err) : rc;
}

/* ---- steps ---- */

static int step_commit(struct skn_conn *conn, struct skn_error *err)
{
    int rc = skn_null_strike(conn, SKN_NULL_CALL_COMMIT, err);
    if (rc == SKN_OK)
        rc = tx_commit(conn, err);
    return rc == SKN_OK ? skn_null_strike(conn, SKN_NULL_CALL_COMMITTED, err) : rc;
}

static int step_rollback(struct skn_conn *conn, struct skn_error *err)
{
    int rc = skn_null_strike(conn, SKN_NULL_CALL_ROLLBACK, err);
    if (rc == SKN_OK)
        skn_null_rollback(conn);
    return rc;
}

static int step_begin(struct skn_conn *conn, struct skn_error *err)
{
    int rc = skn_null_strike(conn, SKN_NULL_CALL_BEGIN, err);
    return rc == SKN_OK ? tx_begin(conn, err) : rc;
}

static int step_run(struct skn_conn *conn, const struct skn_step *step,
                    const struct skn_events *events, uint32_t index, int64_t *rows,
                    struct skn_error *err)
{
    *rows = -1;
    if (conn->down)
        return skn_fail(err, SKN_E_CONNECT, "08003", 0, "the link is down");
    switch (step->op) {
    case SKN_STEP_SQL:
        return step_sql(conn, step->sql, events, index, rows, err);
    case SKN_STEP_BEGIN:
        return step_begin(conn, err);
    case SKN_STEP_FENCE: /* a transaction keeps every other writer out from its beginning */
        return skn_null_strike(conn, SKN_NULL_CALL_FENCE, err);
    case SKN_STEP_COMMIT:
        return step_commit(conn, err);
    case SKN_STEP_ROLLBACK:
        return step_rollback(conn, err);
    case SKN_STEP_CHECK:
        return skn_null_strike(conn, SKN_NULL_CALL_CHECK, err);
    case SKN_STEP_RIGHTS: /* all are everybody's */
        return SKN_OK;
    case SKN_STEP_RESET: /* settings are taken and mean nothing */
        return skn_null_strike(conn, SKN_NULL_CALL_RESET, err);
    default:
        return skn_fail(err, SKN_E_UNSUPPORTED, "0A000", 0, "step %u is not supported", step->op);
    }
}

static int done_report(const struct skn_events *events, uint32_t step, int64_t rows,
                       struct skn_error *err)
{
    if (!events || !events->done || !events->done(events->ctx, step, rows))
        return SKN_OK;
    return skn_fail(err, SKN_E_CANCELLED, NULL, 0, "stopped by who listened");
}

int skn_null_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                  const struct skn_events *events, struct skn_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        int64_t rows;
        int rc = conn->host->cancelled(conn->host->ctx)
                     ? skn_fail(err, SKN_E_CANCELLED, "57014", 0, "cancelled before a statement")
                     : step_run(conn, &steps[i], events, i, &rows, err);
        if (rc == SKN_OK)
            rc = done_report(events, i, rows, err);
        if (rc != SKN_OK) {
            err->step = i;
            return rc;
        }
    }
    return SKN_OK;
}
