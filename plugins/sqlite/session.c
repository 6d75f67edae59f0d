/*
 * The connection to SQLite: opening it without leaving a file behind, fixing what could change the
 * meaning of a revision, and putting that back. Knows nothing of steps.
 */
#include <stdio.h>
#include <string.h>

#include "sqlite.h"

int skn_sqlite_run(struct skn_conn *conn, const char *sql, char *out, size_t size)
{
    sqlite3_stmt *stmt = NULL;
    int rc;
    int rows = 0;
    if (size > 0)
        out[0] = '\0';
    conn->effects.muted++;
    rc = sqlite3_prepare_v3(conn->db, sql, -1, 0, &stmt, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && rows++ == 0 && size > 0 && sqlite3_column_text(stmt, 0))
            snprintf(out, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    conn->effects.muted--;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int skn_sqlite_ask(struct skn_conn *conn, const char *sql, char *out, size_t size,
                   struct skn_error *err)
{
    int rc = skn_sqlite_run(conn, sql, out, size);
    if (rc == SQLITE_OK)
        return SKN_OK;
    rc = skn_sqlite_fail(conn, rc, err);
    if (err)
        err->position = 0; /* it would point into a text that the caller never saw */
    return rc;
}

static void put_path_first(const struct skn_conn *conn, struct skn_error *err)
{
    char message[sizeof err->message];
    if (!err)
        return;
    memcpy(message, err->message, sizeof message);
    if (snprintf(err->message, sizeof err->message, "cannot open \"%.300s\": %s", conn->file.path,
                 message) >= (int)sizeof err->message)
        skn_utf8_trim(err->message, sizeof err->message - 1);
}

static int set_up(struct skn_conn *conn, struct skn_error *err)
{
    char sql[64];
    int code;
    skn_sqlite_effects_install(conn);
    skn_sqlite_wait_install(conn);
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    /* With foreign keys on, the DROP of a table rebuild would delete or refuse its child rows. */
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
    /* An attached file would not take part in the transaction of a revision. */
    sqlite3_limit(conn->db, SQLITE_LIMIT_ATTACHED, 0);
    /* SQLite looks at the file only when it must; what is no database shall be known now. */
    code = skn_sqlite_ask(conn, "PRAGMA main.schema_version", NULL, 0, err);
    if (code)
        return code;
    snprintf(sql, sizeof sql, "PRAGMA main.synchronous = %s", conn->synchronous);
    return skn_sqlite_ask(conn, sql, NULL, 0, err);
}

/* On failure the connection is what it was. */
static int connect_to(struct skn_conn *conn, const char *path, int flags, struct skn_error *err)
{
    sqlite3 *old = conn->db;
    int code = SKN_OK;
    int moved = 0;
    int rc;
    conn->db = NULL;
    rc = sqlite3_open_v2(path, &conn->db,
                         flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE |
                             SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                         NULL);
    if (!conn->db)
        code = skn_fail(err, SKN_E_NOMEM, NULL, rc, "out of memory");
    else if (rc != SQLITE_OK)
        code = skn_sqlite_fail(conn, rc, err);
    else
        code = set_up(conn, err);
    if (!code && sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == 0 &&
        moved)
        code = skn_fail(err, SKN_E_CONNECT, NULL, 0, "the file was replaced meanwhile");
    if (code) {
        put_path_first(conn, err);
        sqlite3_close_v2(conn->db);
        conn->db = old;
        return code;
    }
    sqlite3_close_v2(old);
    conn->foreign.known = 0;
    conn->journal_mode_set = 0;
    conn->dirty = 0;
    return SKN_OK;
}

int skn_sqlite_session_remember(struct skn_conn *conn, struct skn_str pragma, struct skn_error *err)
{
    void *list = conn->pragmas;
    char *copy;
    if (skn_sqlite_grow(conn->host, &list, conn->pragma_count, &conn->pragma_room,
                        sizeof *conn->pragmas))
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    conn->pragmas = list;
    copy = skn_sqlite_copy(conn->host, pragma.ptr, pragma.len);
    if (!copy)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    conn->pragmas[conn->pragma_count++] = copy;
    return SKN_OK;
}

static void forget_pragmas(struct skn_conn *conn)
{
    while (conn->pragma_count > 0)
        skn_sqlite_resize(conn->host, conn->pragmas[--conn->pragma_count], 0);
    skn_sqlite_resize(conn->host, conn->pragmas, 0);
    conn->pragmas = NULL;
    conn->pragma_room = 0;
}

static int connect_to_file(struct skn_conn *conn, int flags, struct skn_error *err)
{
    size_t i;
    int code = connect_to(conn, conn->file.path, flags, err);
    if (code)
        return code;
    conn->standin = 0;
    conn->dirty = conn->pragma_count > 0;
    for (i = 0; !code && i < conn->pragma_count; i++)
        code = skn_sqlite_ask(conn, conn->pragmas[i], NULL, 0, err);
    forget_pragmas(conn);
    return code;
}

int skn_sqlite_session_open(struct skn_conn *conn, struct skn_error *err)
{
    int code = skn_sqlite_file_look(&conn->file, err);
    if (code)
        return code;
    if (conn->file.memory)
        return connect_to(conn, ":memory:", SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE, err);
    if (conn->file.present)
        return connect_to_file(conn, 0, err);
    if (!conn->create)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0,
                        "\"%.300s\" does not exist, and create is false", conn->file.path);
    conn->standin = 1;
    return connect_to(conn, ":memory:", SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE, err);
}

void skn_sqlite_session_close(struct skn_conn *conn)
{
    sqlite3_close_v2(conn->db);
    conn->db = NULL;
    forget_pragmas(conn);
}

int skn_sqlite_session_follow(struct skn_conn *conn, struct skn_error *err)
{
    int code;
    if (!conn->db)
        return skn_fail(err, SKN_E_CONNECT, "08003", 0,
                        "the connection is closed: a reset could not open the file again");
    if (!conn->standin)
        return SKN_OK;
    code = skn_sqlite_file_look(&conn->file, err);
    if (!code && conn->file.present)
        code = connect_to_file(conn, 0, err);
    return code;
}

int skn_sqlite_session_create(struct skn_conn *conn, struct skn_error *err)
{
    int code;
    if (!conn->standin)
        return SKN_OK;
    code = connect_to_file(conn, SQLITE_OPEN_CREATE, err);
    if (!code)
        code = skn_sqlite_file_look(&conn->file, err);
    return code;
}

int skn_sqlite_session_journal(struct skn_conn *conn, struct skn_error *err)
{
    char sql[64];
    char now[16];
    int code;
    if (!conn->journal_mode[0] || conn->journal_mode_set || conn->file.memory)
        return SKN_OK;
    snprintf(sql, sizeof sql, "PRAGMA main.journal_mode = %s", conn->journal_mode);
    code = skn_sqlite_ask(conn, sql, now, sizeof now, err);
    if (code)
        return code;
    if (strcmp(now, conn->journal_mode) != 0)
        return skn_fail(err, SKN_E_BUSY, NULL, 0,
                        "journal_mode stays \"%s\" and could not become \"%s\": another connection "
                        "may be open",
                        now, conn->journal_mode);
    conn->journal_mode_set = 1;
    return SKN_OK;
}

/* What could still change the meaning of the next revision where the file cannot be opened anew:
 * inside a transaction, or in memory. All of these are off in SQLite as it comes. */
static int put_back(struct skn_conn *conn, struct skn_error *err)
{
    static const char *const settings[] = {
        "PRAGMA case_sensitive_like = OFF",
        "PRAGMA defer_foreign_keys = OFF",
        "PRAGMA ignore_check_constraints = OFF",
        "PRAGMA legacy_alter_table = OFF",
        "PRAGMA query_only = OFF",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA reverse_unordered_selects = OFF",
        "PRAGMA writable_schema = OFF",
    };
    size_t i;
    for (i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        int code = skn_sqlite_ask(conn, settings[i], NULL, 0, err);
        if (code)
            return code;
    }
    return SKN_OK;
}

static int reopen(struct skn_conn *conn, struct skn_error *err)
{
    dev_t device = conn->file.device;
    ino_t inode = conn->file.inode;
    int code;
    /* With PRAGMA locking_mode = EXCLUSIVE the old connection would keep the new one out. */
    skn_sqlite_session_close(conn);
    code = skn_sqlite_file_look(&conn->file, err);
    if (code)
        return code;
    if (!conn->file.present || conn->file.device != device || conn->file.inode != inode)
        return skn_fail(err, SKN_E_CONNECT, "08006", 0,
                        "\"%.300s\" was moved, replaced or deleted while it was open",
                        conn->file.path);
    return connect_to_file(conn, 0, err);
}

int skn_sqlite_session_reset(struct skn_conn *conn, struct skn_error *err)
{
    if (conn->standin)
        forget_pragmas(conn);
    if (!conn->dirty || conn->standin)
        return SKN_OK;
    if (sqlite3_get_autocommit(conn->db) && conn->file.present)
        return reopen(conn, err);
    return put_back(conn, err);
}
