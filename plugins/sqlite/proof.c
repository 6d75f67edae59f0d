/*
 * What a statement may change: the objects whose names stand in it, and what the file says of
 * itself. SQLite undoes whatever does not finish, so this is asked of very few statements.
 */
#include <stdio.h>
#include <string.h>

#include "sqlite.h"

struct telling {
    skn_text_fn *out;
    void *ctx;
};

static void tell(const struct telling *telling, struct skn_str text)
{
    telling->out(telling->ctx, text);
    telling->out(telling->ctx, skn_str("\n"));
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

/* Whether the name stands in the text, as a word of its own. */
static int speaks_of(struct skn_str text, const char *name, size_t len)
{
    size_t i;
    for (i = 0; len > 0 && i + len <= text.len; i++)
        if (sqlite3_strnicmp(text.ptr + i, name, (int)len) == 0 &&
            (i == 0 || !is_letter(text.ptr[i - 1])) &&
            (i + len == text.len || !is_letter(text.ptr[i + len])))
            return 1;
    return 0;
}

static int objects_tell(struct skn_conn *conn, struct skn_str statement,
                        const struct telling *telling, struct skn_error *err)
{
    static const char sql[] = "SELECT name, tbl_name, type || ' ' || coalesce(sql, '') FROM "
                              "main.sqlite_schema WHERE tbl_name NOT LIKE 'skein\\_%' ESCAPE '\\' "
                              "ORDER BY type, name";
    sqlite3_stmt *stmt = NULL;
    int code = SKN_OK;
    int column;
    int rc = sqlite3_prepare_v3(conn->db, sql, -1, 0, &stmt, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        for (column = 0; rc == SQLITE_ROW && column < 2; column++) {
            const char *name = (const char *)sqlite3_column_text(stmt, column);
            if (!name || !speaks_of(statement, name, strlen(name)))
                continue;
            tell(telling, skn_str((const char *)sqlite3_column_text(stmt, 0)));
            tell(telling, skn_str((const char *)sqlite3_column_text(stmt, 2)));
            break;
        }
    }
    if (rc != SQLITE_DONE)
        code = skn_sqlite_fail(conn, rc, err);
    sqlite3_finalize(stmt);
    return code;
}

int skn_sqlite_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                           void *ctx, struct skn_error *err)
{
    static const char *const facts[] = {"journal_mode", "auto_vacuum",  "page_size",
                                        "encoding",     "user_version", "application_id"};
    struct telling telling = {out, ctx};
    char sql[64];
    char value[64];
    size_t i;
    int code = skn_sqlite_session_follow(conn, err);
    if (code)
        return code;
    skn_sqlite_wait_install(conn);
    for (i = 0; !code && i < sizeof facts / sizeof facts[0]; i++) {
        snprintf(sql, sizeof sql, "PRAGMA main.%s", facts[i]);
        code = skn_sqlite_ask(conn, sql, value, sizeof value, err);
        tell(&telling, skn_str(value));
    }
    return code ? code : objects_tell(conn, statement, &telling, err);
}
