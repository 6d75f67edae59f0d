/*
 * What a failure of SQLite means: its class, its SQLSTATE, and what a person can do about it.
 * Knows nothing of steps.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sqlite.h"

struct meaning {
    int code;
    const char *sqlstate;
    const char *hint; /* a second clause for people, or NULL */
};

static int holds(const char *message, const char *part)
{
    return strstr(message, part) != NULL;
}

/* SQLite has one code for all that is wrong with a statement, so its words are all there is. */
static struct meaning of_words(const char *message)
{
    static const struct {
        const char *words;
        struct meaning meaning;
    } map[] = {
        {"no such table", {SKN_E_MISSING, "42S02", NULL}},
        {"no such view", {SKN_E_MISSING, "42S02", NULL}},
        {"no such column", {SKN_E_MISSING, "42S22", NULL}},
        {"no such function", {SKN_E_MISSING, "42883", NULL}},
        {"no such ", {SKN_E_MISSING, "42704", NULL}},
        {"unknown database", {SKN_E_MISSING, "3F000", NULL}},
        {"there is already a", {SKN_E_EXISTS, "42S01", NULL}},
        {"already exists", {SKN_E_EXISTS, "42S01", NULL}},
        {"duplicate column name", {SKN_E_EXISTS, "42S21", NULL}},
        {"too many attached databases",
         {SKN_E_UNSUPPORTED, "0A000", "a revision keeps to one database: use a target for each"}},
        {"from within a transaction", {SKN_E_UNSUPPORTED, "25001", NULL}},
        {"inside a transaction", {SKN_E_UNSUPPORTED, "25001", NULL}},
        {"within a transaction", {SKN_E_USAGE, "25001", NULL}},
        {"no transaction is active", {SKN_E_USAGE, "25P01", NULL}},
        {"not authorized", {SKN_E_PERMISSION, "42501", NULL}},
        {"syntax error", {SKN_E_SYNTAX, "42601", NULL}},
        {"incomplete input", {SKN_E_SYNTAX, "42601", NULL}},
        {"unrecognized token", {SKN_E_SYNTAX, "42601", NULL}},
        {"integer overflow", {SKN_E_CONSTRAINT, "22003", NULL}},
        {"malformed JSON", {SKN_E_CONSTRAINT, "22000", NULL}},
        {"with default value NULL", {SKN_E_CONSTRAINT, "23502", NULL}},
    };
    size_t i;
    for (i = 0; i < sizeof map / sizeof map[0]; i++)
        if (holds(message, map[i].words))
            return map[i].meaning;
    return (struct meaning){SKN_E_SYNTAX, "42000", NULL};
}

static struct meaning of_constraint(int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return (struct meaning){SKN_E_CONSTRAINT, "23505", NULL};
    case SQLITE_CONSTRAINT_NOTNULL:
        return (struct meaning){SKN_E_CONSTRAINT, "23502", NULL};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return (struct meaning){SKN_E_CONSTRAINT, "23503", NULL};
    case SQLITE_CONSTRAINT_CHECK:
        return (struct meaning){SKN_E_CONSTRAINT, "23514", NULL};
    default:
        return (struct meaning){SKN_E_CONSTRAINT, "23000", NULL};
    }
}

static struct meaning of_read_only(int rc)
{
    switch (rc) {
    case SQLITE_READONLY_DBMOVED:
        return (struct meaning){SKN_E_CONNECT, "08006",
                                "the file was moved, replaced or deleted while it was open"};
    case SQLITE_READONLY_DIRECTORY:
        return (struct meaning){SKN_E_PERMISSION, "25006",
                                "its folder must be writable too, for the journal"};
    default:
        return (struct meaning){SKN_E_PERMISSION, "25006", NULL};
    }
}

static struct meaning of_cannot_open(const struct skn_conn *conn)
{
    int number = sqlite3_system_errno(conn->db);
    /* Of a file that it could not make, SQLite keeps the error of trying to read it. */
    if (number == EACCES || number == EPERM || number == EROFS ||
        !skn_sqlite_file_folder_writable(&conn->file))
        return (struct meaning){SKN_E_PERMISSION, "42501",
                                "the file and its folder must be readable and writable"};
    return (struct meaning){SKN_E_CONNECT, "08001", NULL};
}

static struct meaning of_lock(const struct skn_conn *conn)
{
    if (conn->stopped == SKN_E_CANCELLED)
        return (struct meaning){SKN_E_CANCELLED, "57014", "cancelled while it waited"};
    return (struct meaning){SKN_E_BUSY, "55P03", NULL};
}

static struct meaning of_interrupt(const struct skn_conn *conn)
{
    if (conn->stopped == SKN_E_TIMEOUT)
        return (struct meaning){SKN_E_TIMEOUT, "57014", "it ran out of time"};
    return (struct meaning){SKN_E_CANCELLED, "57014", "it was cancelled"};
}

static struct meaning meaning_of(struct skn_conn *conn, int rc, const char *message)
{
    switch (rc & 0xff) {
    case SQLITE_ERROR:
        return of_words(message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
        return of_lock(conn);
    case SQLITE_INTERRUPT:
        return of_interrupt(conn);
    case SQLITE_CONSTRAINT:
        return of_constraint(rc);
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return (struct meaning){SKN_E_CONSTRAINT, "22000", NULL};
    case SQLITE_READONLY:
        return of_read_only(rc);
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return (struct meaning){SKN_E_PERMISSION, "42501", NULL};
    case SQLITE_CANTOPEN:
        return of_cannot_open(conn);
    case SQLITE_NOTADB:
        return (struct meaning){SKN_E_CONFIG, NULL, "not a SQLite database, or an encrypted one"};
    case SQLITE_CORRUPT:
        return (struct meaning){SKN_E_DRIVER, "XX001",
                                "run \"pragma integrity_check\", and restore a backup"};
    case SQLITE_FULL:
        return (struct meaning){SKN_E_DRIVER, "53100",
                                "no space left on the disk, or max_page_count is reached"};
    case SQLITE_NOMEM:
        return (struct meaning){SKN_E_NOMEM, "53200", NULL};
    case SQLITE_IOERR:
        if (rc == SQLITE_IOERR_NOMEM)
            return (struct meaning){SKN_E_NOMEM, "53200", NULL};
        return (struct meaning){SKN_E_DRIVER, "58030", NULL};
    default:
        return (struct meaning){SKN_E_DRIVER, NULL, NULL};
    }
}

static int fail_busy(struct skn_conn *conn, int rc, struct skn_error *err)
{
    long holder = skn_sqlite_wait_holder(&conn->file);
    if (holder > 0)
        return skn_fail(err, SKN_E_BUSY, "55P03", rc, "%s: process %ld holds it",
                        sqlite3_errmsg(conn->db), holder);
    return skn_fail(err, SKN_E_BUSY, "55P03", rc, "%s: another connection holds it",
                    sqlite3_errmsg(conn->db));
}

int skn_sqlite_fail(struct skn_conn *conn, int rc, struct skn_error *err)
{
    const char *message = sqlite3_errmsg(conn->db);
    int offset = sqlite3_error_offset(conn->db);
    int number = sqlite3_system_errno(conn->db);
    struct meaning what = meaning_of(conn, rc, message);
    if (what.code == SKN_E_BUSY)
        return fail_busy(conn, rc, err);
    if ((rc & 0xff) == SQLITE_IOERR && number)
        skn_fail(err, what.code, what.sqlstate, rc, "%s: %s", message, strerror(number));
    else if (what.hint)
        skn_fail(err, what.code, what.sqlstate, rc, "%s: %s", message, what.hint);
    else
        skn_fail(err, what.code, what.sqlstate, rc, "%s", message);
    if (err && offset >= 0)
        err->position = (uint32_t)offset + 1;
    return what.code;
}
