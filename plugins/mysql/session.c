/*
 * What of a session could change the meaning of a revision: fixed after connecting, watched while
 * statements run, taken back by RESET without losing locks. It knows nothing of revisions.
 */
#include "conn.h"

#include <stdlib.h>

/* The owner of the server chose its sql_mode, and histories were written for it, so it stays, but
 * for what would move the end of a string, of a name or of a statement: skein's scanner and quoting
 * know one way only. The names of whole products go too, for each brings ANSI_QUOTES back. */
static const char *const REFUSED_MODES[] = {
    "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI", "ORACLE", "MSSQL", "DB2", "MAXDB", "POSTGRESQL",
};

static void sql_mode_write(FILE *out)
{
    size_t count = sizeof REFUSED_MODES / sizeof REFUSED_MODES[0];
    for (size_t i = 0; i < count; i++)
        fputs("REPLACE(", out);
    fputs("CONCAT(',', @@GLOBAL.sql_mode, ',')", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, ", ',%s,', ',')", REFUSED_MODES[i]);
}

void skn_mysql_session_write(const struct skn_mysql_settings *settings, FILE *out)
{
    fputs("sql_mode = ", out);
    sql_mode_write(out);
    fprintf(out,
            ", autocommit = 1, foreign_key_checks = 1, unique_checks = 1"
            ", character_set_client = utf8mb4, character_set_results = utf8mb4"
            /* Text in a statement meets columns of the database's collation; where that is another
             * character set, converting to it could lose characters. */
            ", collation_connection = IF(@@character_set_database = 'utf8mb4', "
            "@@collation_database, 'utf8mb4_general_ci')"
            ", wait_timeout = 28800, net_read_timeout = 600, net_write_timeout = 600"
            ", lock_wait_timeout = %u, innodb_lock_wait_timeout = %u",
            settings->lock_wait_timeout, settings->lock_wait_timeout);
    /* Time-outs that the server's owner set for everybody would end a long ALTER, and the session
     * that holds the lock. */
    fprintf(out,
            " /*M!100101 , max_statement_time = %u */ /*!80000 , max_execution_time = %u000 */"
            " /*M!100300 , idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0"
            ", idle_write_transaction_timeout = 0 */",
            settings->statement_timeout, settings->statement_timeout);
}

int skn_mysql_session_fix(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_mysql_text text;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    /* First, so that it tells of those behind. */
    fputs("SET session_track_system_variables = '*', session_track_schema = 1, ", text.stream);
    for (unsigned i = 0; i < conn->changed_count; i++)
        fprintf(text.stream, "`%s` = DEFAULT, ", conn->changed[i]);
    skn_mysql_session_write(&conn->settings, text.stream);
    conn->tracked = 0;
    rc = skn_mysql_text_run(conn, &text, err);
    if (rc == SKN_OK)
        conn->changed_count = 0;
    return rc;
}

int skn_mysql_session_use(struct skn_conn *conn, const char *database, struct skn_error *err)
{
    struct skn_mysql_text text;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fputs("USE `", text.stream);
    for (const char *at = database; *at; at++) {
        if (*at == '`')
            fputc('`', text.stream);
        fputc(*at, text.stream);
    }
    fputc('`', text.stream);
    rc = skn_mysql_text_run(conn, &text, err);
    if (rc == SKN_OK)
        conn->moved = strcmp(database, conn->settings.texts[SKN_MYSQL_DATABASE]) != 0;
    return rc;
}

int skn_mysql_session_reset(struct skn_conn *conn, struct skn_error *err)
{
    if (conn->changed_count > SKN_MYSQL_CHANGED_MAX)
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                        "more than %d settings of the session were changed", SKN_MYSQL_CHANGED_MAX);
    int rc = SKN_OK;
    if (conn->moved || !conn->tracked)
        rc = skn_mysql_session_use(conn, conn->settings.texts[SKN_MYSQL_DATABASE], err);
    if (rc == SKN_OK && (conn->changed_count > 0 || !conn->tracked))
        rc = skn_mysql_session_fix(conn, err);
    return rc;
}

/* ---- watching ---- */

static int name_is_plain(const char *name, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    for (size_t i = 0; i < len; i++)
        if (name[i] == '\0' || !strchr(allowed, name[i]))
            return 0;
    return len > 0 && len <= SKN_MYSQL_NAME_MAX;
}

/* What holds for one statement, or has no default to go back to. */
static int is_passing(const char *name, size_t len)
{
    static const char *const passing[] = {"insert_id", "last_insert_id", "identity", "rand_seed1",
                                          "rand_seed2"};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (strlen(passing[i]) == len && memcmp(passing[i], name, len) == 0)
            return 1;
    return 0;
}

static void change_add(struct skn_conn *conn, const char *name, size_t len)
{
    if (!name_is_plain(name, len) || is_passing(name, len))
        return;
    for (unsigned i = 0; i < conn->changed_count && i < SKN_MYSQL_CHANGED_MAX; i++)
        if (strlen(conn->changed[i]) == len && memcmp(conn->changed[i], name, len) == 0)
            return;
    if (conn->changed_count < SKN_MYSQL_CHANGED_MAX) {
        memcpy(conn->changed[conn->changed_count], name, len);
        conn->changed[conn->changed_count][len] = '\0';
    }
    if (conn->changed_count <= SKN_MYSQL_CHANGED_MAX)
        conn->changed_count++;
}

/* By default a server tells of few settings; that it tells of this one, which is set again and
 * again, shows that it tells of all. */
static int is_witness(const char *name, size_t len)
{
    static const char witness[] = "foreign_key_checks";
    return len == sizeof witness - 1 && memcmp(name, witness, len) == 0;
}

static void name_note(struct skn_conn *conn, const char *name, size_t len)
{
    if (is_witness(name, len))
        conn->tracked = 1;
    change_add(conn, name, len);
}

static void database_note(struct skn_conn *conn, const char *name, size_t len)
{
    const char *ours = conn->settings.texts[SKN_MYSQL_DATABASE];
    conn->moved = strlen(ours) != len || memcmp(ours, name, len) != 0;
}

void skn_mysql_session_note(struct skn_conn *conn)
{
    const char *text;
    size_t len;
    if (!(conn->mysql->server_status & SERVER_SESSION_STATE_CHANGED))
        return;
    /* Names and values come by turns. */
    int rc =
        mysql_session_track_get_first(conn->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &len);
    for (int is_name = 1; rc == 0; is_name = !is_name) {
        if (is_name)
            name_note(conn, text, len);
        rc = mysql_session_track_get_next(conn->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &len);
    }
    if (mysql_session_track_get_first(conn->mysql, SESSION_TRACK_SCHEMA, &text, &len) == 0)
        database_note(conn, text, len);
}
