/*
 * The lock that lives and dies with the session: GET_LOCK, never waited for in the server. It knows
 * nothing of what it protects.
 */
#include "conn.h"

#include <stdlib.h>

typedef char column_text[SKN_MYSQL_COLUMN];

/* The namespace is the whole server's, MySQL takes 64 bytes, and MariaDB tells case apart: so a
 * digest of database and name. The database is the target's, for a revision may have moved the
 * session. */
static void key_write(const struct skn_conn *conn, struct skn_str name, struct skn_mysql_text *text)
{
    struct skn_str database = skn_str(conn->settings.texts[SKN_MYSQL_DATABASE]);
    fputs("CONCAT('skein:', LEFT(SHA2(CONCAT(IF(@@lower_case_table_names = 0, ", text->stream);
    skn_mysql_text_literal(text, database);
    fputs(", LOWER(", text->stream);
    skn_mysql_text_literal(text, database);
    fputs(")), X'00', ", text->stream);
    skn_mysql_text_literal(text, name);
    fputs("), 256), 40))", text->stream);
}

/* Runs "SELECT columns FROM (SELECT key AS k) AS l". */
static int key_query(struct skn_conn *conn, struct skn_str name, const char *columns,
                     column_text *texts, uint32_t count, struct skn_error *err)
{
    struct skn_mysql_text text;
    int found = 0;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fprintf(text.stream, "SELECT %s FROM (SELECT ", columns);
    key_write(conn, name, &text);
    fputs(" AS k) AS l", text.stream);
    rc = skn_mysql_text_end(&text, err);
    if (rc == SKN_OK)
        rc = skn_mysql_query_row(conn, skn_str_len(text.ptr, text.len), texts, count, &found, err);
    skn_mysql_text_finish(&text);
    return rc;
}

/* Since when it is held the server does not know; how long its holder has been at what it does, it
 * does. Without the PROCESS privilege only one's own sessions are shown. */
static int holder_describe(struct skn_conn *conn, const char *session, char *out, size_t size,
                           struct skn_error *err)
{
    column_text texts[5];
    char sql[256];
    int found = 0;
    int len = snprintf(sql, sizeof sql,
                       "SELECT user, host, command, time, COALESCE(state, '') FROM "
                       "information_schema.processlist WHERE id = %llu",
                       strtoull(session, NULL, 10));
    int rc = skn_mysql_query_row(conn, skn_str_len(sql, (size_t)len), texts, 5, &found, err);
    if (rc == SKN_OK && !found)
        snprintf(out, size, "session %.20s, which we may not see (privilege PROCESS)", session);
    else if (rc == SKN_OK)
        snprintf(out, size, "session %.20s of %.128s from %.128s (%.32s for %.20s s%s%.200s)",
                 session, texts[0], texts[1], texts[2], texts[3], texts[4][0] ? ", " : "",
                 texts[4]);
    return rc;
}

static int held_by(struct skn_conn *conn, const char *session, struct skn_error *err)
{
    char holder[800];
    if (!session[0])
        return skn_fail(err, SKN_E_BUSY, NULL, 0, "the lock was held a moment ago");
    int rc = holder_describe(conn, session, holder, sizeof holder, err);
    return rc == SKN_OK ? skn_fail(err, SKN_E_BUSY, NULL, 0, "the lock is held by %s", holder) : rc;
}

int skn_mysql_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                     struct skn_error *err)
{
    column_text texts[1];
    char holder[800];
    int rc = key_query(conn, name, "NULLIF(IS_USED_LOCK(l.k), CONNECTION_ID())", texts, 1, err);
    if (rc != SKN_OK || !texts[0][0])
        return rc;
    rc = holder_describe(conn, texts[0], holder, sizeof holder, err);
    if (rc == SKN_OK)
        out(ctx, skn_str(holder));
    return rc;
}

int skn_mysql_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    column_text texts[3];
    /* Taken twice it would have to be given back twice. */
    int rc = key_query(conn, name,
                       "IF(IS_USED_LOCK(l.k) = CONNECTION_ID(), 1, GET_LOCK(l.k, 0)), "
                       "IS_USED_LOCK(l.k), l.k",
                       texts, 3, err);
    if (rc != SKN_OK)
        return rc;
    if (strcmp(texts[0], "1") == 0) {
        snprintf(conn->lock, sizeof conn->lock, "%.*s", SKN_MYSQL_NAME_MAX, texts[2]);
        return SKN_OK;
    }
    if (strcmp(texts[0], "0") == 0)
        return held_by(conn, texts[1], err);
    return skn_fail(err, SKN_E_DRIVER, NULL, 0, "GET_LOCK gave no answer");
}

/* The key is made of letters, digits and a colon. */
int skn_mysql_lock_check(struct skn_conn *conn, struct skn_error *err)
{
    column_text texts[1];
    char sql[160];
    int found;
    if (!conn->lock[0])
        return SKN_OK;
    int len = snprintf(sql, sizeof sql, "SELECT IS_USED_LOCK('%s') = CONNECTION_ID()", conn->lock);
    int rc = skn_mysql_query_row(conn, skn_str_len(sql, (size_t)len), texts, 1, &found, err);
    if (rc != SKN_OK || strcmp(texts[0], "1") == 0)
        return rc;
    return skn_fail(err, SKN_E_USAGE, NULL, 0,
                    "a statement gave up skein's lock, so that others may have been at work");
}

int skn_mysql_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    column_text texts[1];
    int rc = key_query(conn, name, "RELEASE_LOCK(l.k)", texts, 1, err);
    conn->lock[0] = '\0';
    if (rc != SKN_OK || strcmp(texts[0], "1") == 0)
        return rc;
    return skn_fail(err, SKN_E_DRIVER, NULL, 0,
                    "the lock was no longer held: somebody else may have been at work");
}
