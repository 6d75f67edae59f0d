/*
 * Running steps: transactions and single statements, their rows and counts. Knows nothing of paths
 * or options.
 */
#include <limits.h>
#include <string.h>

#include "sqlite.h"

struct run {
    struct skn_conn *conn;
    const struct skn_events *events;
    uint32_t step;
    struct skn_error *err;
};

static int fail(struct run *run, int code, const char *sqlstate, const char *message)
{
    return skn_fail(run->err, code, sqlstate, 0, "%s", message);
}

static int fail_rc(struct run *run, int rc)
{
    return skn_sqlite_fail(run->conn, rc, run->err);
}

/* Of a write that failed in the middle of being made durable: its journal may be gone or still
 * there, and with it the transaction. */
static int fail_write(struct run *run, int rc)
{
    int code = fail_rc(run, rc);
    if ((rc & 0xff) != SQLITE_IOERR || code != SKN_E_DRIVER)
        return code;
    if (run->err)
        run->err->code = SKN_E_UNCERTAIN;
    return SKN_E_UNCERTAIN;
}

static int report_done(struct run *run, int64_t rows)
{
    const struct skn_events *events = run->events;
    if (events && events->done && events->done(events->ctx, run->step, rows))
        return fail(run, SKN_E_CANCELLED, NULL, "stopped by the caller");
    return SKN_OK;
}

/* ---- one statement ---- */

static int check_text(struct run *run, struct skn_str sql)
{
    const char *nul;
    if (!sql.ptr || sql.len > INT_MAX)
        return fail(run, SKN_E_USAGE, NULL, "the statement is absent or too long");
    nul = memchr(sql.ptr, 0, sql.len);
    if (!nul)
        return SKN_OK;
    fail(run, SKN_E_SYNTAX, "42601", "the statement holds a NUL byte");
    if (run->err)
        run->err->position = (uint32_t)(nul - sql.ptr) + 1;
    return SKN_E_SYNTAX;
}

static int prepare(struct run *run, struct skn_str sql, sqlite3_stmt **stmt)
{
    const char *tail = NULL;
    struct skn_str rest;
    size_t at;
    int rc;
    *stmt = NULL;
    skn_sqlite_effects_clear(run->conn);
    rc = sqlite3_prepare_v3(run->conn->db, sql.ptr, (int)sql.len, 0, stmt, &tail);
    if (rc != SQLITE_OK)
        return fail_rc(run, rc);
    if (!*stmt)
        return fail(run, SKN_E_USAGE, "03000", "the step holds no statement");
    rest = skn_str_len(tail, sql.len - (size_t)(tail - sql.ptr));
    at = skn_sqlite_skip(rest, 0);
    if (at == rest.len)
        return SKN_OK;
    sqlite3_finalize(*stmt);
    *stmt = NULL;
    fail(run, SKN_E_USAGE, "42601", "the step holds more than one statement");
    if (run->err)
        run->err->position = (uint32_t)(sql.len - rest.len + at) + 1;
    return SKN_E_USAGE;
}

/* The text of a column; a zero-length value must not read as NULL. */
static int column(struct run *run, sqlite3_stmt *stmt, int i, struct skn_str *out)
{
    int type = sqlite3_column_type(stmt, i);
    const void *value;
    *out = skn_str(NULL);
    if (type == SQLITE_NULL)
        return SKN_OK;
    value = type == SQLITE_BLOB ? sqlite3_column_blob(stmt, i) : sqlite3_column_text(stmt, i);
    if (!value && sqlite3_errcode(run->conn->db) == SQLITE_NOMEM)
        return fail(run, SKN_E_NOMEM, NULL, "out of memory");
    *out = value ? skn_str_len(value, (size_t)sqlite3_column_bytes(stmt, i)) : skn_str("");
    return SKN_OK;
}

static int report_row(struct run *run, sqlite3_stmt *stmt, struct skn_str *columns, int count)
{
    int i;
    for (i = 0; i < count; i++) {
        int code = column(run, stmt, i, &columns[i]);
        if (code)
            return code;
    }
    if (run->events->row(run->events->ctx, run->step, columns, (uint32_t)count))
        return fail(run, SKN_E_CANCELLED, NULL, "stopped by the caller");
    return SKN_OK;
}

static int step_rows(struct run *run, sqlite3_stmt *stmt)
{
    int count = sqlite3_column_count(stmt);
    int wanted = run->events && run->events->row && count > 0;
    int commits = sqlite3_get_autocommit(run->conn->db) && !sqlite3_stmt_readonly(stmt);
    struct skn_str *columns = NULL;
    int code = SKN_OK;
    int rc = SQLITE_ROW;
    if (wanted) {
        columns = skn_sqlite_resize(run->conn->host, NULL, (size_t)count * sizeof *columns);
        if (!columns)
            return fail(run, SKN_E_NOMEM, NULL, "out of memory");
    }
    while (!code && rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && wanted)
            code = report_row(run, stmt, columns, count);
    }
    if (!code && rc != SQLITE_DONE)
        code = commits ? fail_write(run, rc) : fail_rc(run, rc);
    skn_sqlite_resize(run->conn->host, columns, 0);
    return code;
}

static int64_t rows_affected(struct run *run, struct skn_str sql, sqlite3_stmt *stmt)
{
    if (sqlite3_stmt_readonly(stmt))
        return -1;
    if (skn_sqlite_opens(sql, "INSERT") || skn_sqlite_opens(sql, "UPDATE") ||
        skn_sqlite_opens(sql, "DELETE") || skn_sqlite_opens(sql, "REPLACE") ||
        skn_sqlite_opens(sql, "WITH"))
        return sqlite3_changes64(run->conn->db);
    return -1;
}

static int run_prepared(struct run *run, struct skn_str sql, sqlite3_stmt *stmt, int64_t *rows)
{
    struct skn_conn *conn = run->conn;
    int vacuum = skn_sqlite_opens(sql, "VACUUM");
    int code = skn_sqlite_foreign_before(conn, sql, run->err);
    if (code)
        return code;
    if (conn->effects.flags & SKN_SQLITE_SESSION)
        conn->dirty = 1;
    if (vacuum) /* it attaches the copy that it makes */
        sqlite3_limit(conn->db, SQLITE_LIMIT_ATTACHED, 1);
    code = step_rows(run, stmt);
    if (vacuum)
        sqlite3_limit(conn->db, SQLITE_LIMIT_ATTACHED, 0);
    *rows = rows_affected(run, sql, stmt);
    return code;
}

/* A question can be put to the stand-in. So can a pragma, as long as it is for the session. */
static int needs_file(struct run *run, sqlite3_stmt *stmt)
{
    int session = (run->conn->effects.flags & SKN_SQLITE_SESSION) != 0;
    return run->conn->standin &&
           (!sqlite3_stmt_readonly(stmt) || (sqlite3_column_count(stmt) == 0 && !session));
}

static int run_sql(struct run *run, struct skn_str sql)
{
    struct skn_conn *conn = run->conn;
    sqlite3_stmt *stmt = NULL;
    int64_t rows = -1;
    int code;
    if (conn->in_transaction && sqlite3_get_autocommit(conn->db))
        return fail(run, SKN_E_USAGE, "25P01",
                    "the transaction has ended by an earlier statement or its failure: nothing "
                    "further is run before a rollback");
    code = check_text(run, sql);
    if (!code)
        code = prepare(run, sql, &stmt);
    if (!code && needs_file(run, stmt)) {
        sqlite3_finalize(stmt);
        stmt = NULL;
        code = skn_sqlite_session_create(conn, run->err);
        if (!code)
            code = prepare(run, sql, &stmt);
    }
    if (!code)
        code = run_prepared(run, sql, stmt, &rows);
    sqlite3_finalize(stmt);
    if (!code && conn->standin && skn_sqlite_opens(sql, "PRAGMA"))
        code = skn_sqlite_session_remember(conn, sql, run->err);
    if (!code)
        code = skn_sqlite_foreign_after(conn, sql, run->err);
    return code ? code : report_done(run, rows);
}

/* ---- transactions ---- */

static int refuse_moved(struct run *run)
{
    int moved = 0;
    if (sqlite3_file_control(run->conn->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
        moved)
        return fail(run, SKN_E_CONNECT, "08006",
                    "the database file was moved, replaced or deleted while it was open");
    return SKN_OK;
}

/* SQLite does not ask its busy handler where it fears a deadlock, so we go on asking here. */
static int run_patiently(struct skn_conn *conn, const char *sql)
{
    int attempt;
    int rc;
    for (attempt = 0;; attempt++) {
        rc = skn_sqlite_run(conn, sql, NULL, 0);
        if ((rc & 0xff) != SQLITE_BUSY || conn->stopped || !skn_sqlite_wait_more(conn, attempt))
            return rc;
    }
}

static void end(struct skn_conn *conn, int committed)
{
    conn->in_transaction = 0;
    skn_sqlite_foreign_end(conn, committed);
}

static int run_begin(struct run *run)
{
    struct skn_conn *conn = run->conn;
    int code;
    int rc;
    if (!sqlite3_get_autocommit(conn->db))
        return fail(run, SKN_E_USAGE, "25001", "a transaction is open already");
    if (conn->in_transaction) /* it ended without a step of ours */
        end(conn, 0);
    code = skn_sqlite_session_create(conn, run->err);
    if (!code)
        code = refuse_moved(run);
    if (!code)
        code = skn_sqlite_session_journal(conn, run->err);
    if (code)
        return code;
    /* A statement outside a transaction may have turned them on; inside one it could not. */
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    /* A deferred transaction that reads first could not wait for its write lock any more. */
    rc = run_patiently(conn, "BEGIN IMMEDIATE");
    if (rc != SQLITE_OK)
        return fail_rc(run, rc);
    conn->in_transaction = 1;
    return skn_sqlite_foreign_begin(conn, run->err);
}

static int run_commit(struct run *run)
{
    struct skn_conn *conn = run->conn;
    int code;
    int rc;
    if (sqlite3_get_autocommit(conn->db))
        return fail(run, SKN_E_USAGE, "25P01",
                    "no transaction is open: a statement has ended it, or its failure");
    code = skn_sqlite_foreign_check(conn, run->err);
    if (code)
        return code;
    rc = run_patiently(conn, "COMMIT");
    if (rc != SQLITE_OK)
        return fail_write(run, rc);
    end(conn, 1);
    return SKN_OK;
}

static int run_rollback(struct run *run)
{
    struct skn_conn *conn = run->conn;
    int rc = SQLITE_OK;
    if (!sqlite3_get_autocommit(conn->db))
        rc = skn_sqlite_run(conn, "ROLLBACK", NULL, 0);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(conn->db))
        return fail_rc(run, rc);
    end(conn, 0);
    return SKN_OK;
}

/* Where an error ended the transaction, nothing else would notice. */
static int run_check(struct run *run)
{
    const struct skn_conn *conn = run->conn;
    if (conn->in_transaction && sqlite3_get_autocommit(conn->db))
        return fail(run, SKN_E_USAGE, "25P01", "a statement ended the transaction it ran in");
    return SKN_OK;
}

static int run_step(struct run *run, const struct skn_step *step)
{
    int code;
    switch (step->op) {
    case SKN_STEP_SQL:
        return run_sql(run, step->sql); /* and has reported itself */
    case SKN_STEP_BEGIN:
        code = run_begin(run);
        break;
    case SKN_STEP_FENCE:  /* BEGIN IMMEDIATE keeps every other writer out */
    case SKN_STEP_RIGHTS: /* are the file's, which describe() tells */
        code = SKN_OK;
        break;
    case SKN_STEP_COMMIT:
        code = run_commit(run);
        break;
    case SKN_STEP_ROLLBACK:
        code = run_rollback(run);
        break;
    case SKN_STEP_CHECK:
        code = run_check(run);
        break;
    case SKN_STEP_RESET:
        code = skn_sqlite_session_reset(run->conn, run->err);
        break;
    case SKN_STEP_PREPARE:
    case SKN_STEP_COMMIT_PREPARED:
    case SKN_STEP_ROLLBACK_PREPARED:
        code = fail(run, SKN_E_UNSUPPORTED, "0A000", "SQLite has no two-phase commit");
        break;
    default:
        code = skn_fail(run->err, SKN_E_USAGE, NULL, 0, "unknown step %u", (unsigned)step->op);
    }
    return code ? code : report_done(run, -1);
}

/* What cleans up must run when time is up, too. */
static int is_cleanup(const struct skn_step *step)
{
    return step->op == SKN_STEP_ROLLBACK || step->op == SKN_STEP_RESET;
}

int skn_sqlite_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                    const struct skn_events *events, struct skn_error *err)
{
    struct run run = {conn, events, 0, err};
    int code = skn_sqlite_session_follow(conn, err);
    for (run.step = 0; !code && run.step < count; run.step++) {
        /* A pragma of a revision may have put its own time-out in place. */
        skn_sqlite_wait_install(conn);
        if (!is_cleanup(&steps[run.step]))
            code = skn_sqlite_wait_check(conn, err);
        if (!code)
            code = run_step(&run, &steps[run.step]);
        if (code && err)
            err->step = run.step;
    }
    return code;
}
