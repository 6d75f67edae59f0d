/*
 * Errors and notices: from libpq's results and connections to skein's classes, without secrets.
 * Knows no statement.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

int skn_pg_no_memory(struct skn_error *err)
{
    return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
}

/* ---- what may be shown ---- */

static void blot(char *text, const char *secret)
{
    static const char blot[] = "***";
    size_t len = strlen(secret);
    /* A shorter one is no secret, and would blacken half of every message. */
    if (len < sizeof blot - 1)
        return;
    for (char *at = strstr(text, secret); at; at = strstr(at, secret)) {
        memcpy(at, blot, sizeof blot - 1);
        at += sizeof blot - 1;
        memmove(at, at + len - (sizeof blot - 1), strlen(at + len - (sizeof blot - 1)) + 1);
    }
}

void skn_pg_text_redact(const struct skn_conn *conn, char *text)
{
    for (size_t i = 0; i < SKN_PG_OPTION_COUNT; i++)
        if ((skn_pg_options[i].flags & SKN_OPT_SECRET) && conn->config.values[i])
            blot(text, conn->config.values[i]);
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
}

void skn_pg_log(const struct skn_conn *conn, uint32_t level, const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (len < 0)
        return;
    if ((size_t)len >= sizeof line)
        skn_utf8_trim(line, sizeof line - 1);
    skn_pg_text_redact(conn, line);
    conn->host->log(conn->host->ctx, level, skn_str(line));
}

void skn_pg_notice(void *conn, const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    uint32_t level = 2;
    if (severity && strcmp(severity, "WARNING") == 0)
        level = 1;
    else if (severity && strncmp(severity, "DEBUG", 5) == 0)
        level = 4;
    skn_pg_log(conn, level, "server: %s", primary ? primary : PQresultErrorMessage(result));
}

/* ---- failed statements ---- */

/* What skn_sqlstate_class() says too little of, for PostgreSQL; longer prefixes first. */
static int sqlstate_class(const char *sqlstate)
{
    static const struct {
        char prefix[6];
        int code;
    } map[] = {
        {"25001", SKN_E_UNSUPPORTED}, /* cannot run inside a transaction block */
        {"25P02", SKN_E_USAGE},       /* a failed transaction gets more than a rollback */
        {"26", SKN_E_MISSING},        /* prepared statement */
        {"2BP01", SKN_E_CONSTRAINT},  /* other objects depend on it */
        {"34", SKN_E_MISSING},        /* cursor */
        {"3B001", SKN_E_MISSING},     /* savepoint */
        {"54", SKN_E_UNSUPPORTED},    /* beyond a limit of the program */
        {"55P04", SKN_E_UNSUPPORTED}, /* a new enum value used where it was made */
        {"P0", SKN_E_CONSTRAINT},     /* the statement's own code raised it */
    };
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (strncmp(sqlstate, map[i].prefix, strlen(map[i].prefix)) == 0)
            return map[i].code;
    return skn_sqlstate_class(sqlstate);
}

/* One code stands for a time-out of the server's and for somebody's cancel. Where the server speaks
 * another language, the time-out is taken for the reason if there is one. */
static int cancel_class(const struct skn_conn *conn, const char *primary)
{
    if (strstr(primary, "user request"))
        return SKN_E_CANCELLED;
    if (strstr(primary, "timeout"))
        return SKN_E_TIMEOUT;
    return strcmp(conn->config.values[SKN_PG_STATEMENT_TIMEOUT], "0") == 0 ? SKN_E_CANCELLED
                                                                           : SKN_E_TIMEOUT;
}

/* The server counts characters, skein bytes. */
static uint32_t byte_position(struct skn_str sql, const char *position)
{
    long left = position ? strtol(position, NULL, 10) : 0;
    size_t at = 0;
    if (left < 1 || !sql.ptr)
        return 0;
    for (left--; left > 0 && at < sql.len; left--)
        for (at++; at < sql.len && ((unsigned char)sql.ptr[at] & 0xc0) == 0x80;)
            at++;
    return at < UINT32_MAX ? (uint32_t)at + 1 : 0;
}

/* A hint as a second clause, which ends in no full stop. */
static int hint_len(const char *hint)
{
    size_t len = hint ? strlen(hint) : 0;
    if (len && hint[len - 1] == '.')
        len--;
    return len > 500 ? 500 : (int)len;
}

int skn_pg_fail_result(struct skn_conn *conn, const PGresult *result, struct skn_str sql,
                       struct skn_error *err)
{
    struct skn_error unheard = {.size = sizeof unheard};
    if (!err)
        err = &unheard;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    if (!sqlstate || !primary) /* libpq itself says that the link is broken */
        return skn_pg_fail_connect(conn, conn->pg, err);

    int code =
        strcmp(sqlstate, "57014") == 0 ? cancel_class(conn, primary) : sqlstate_class(sqlstate);
    skn_fail(err, code, sqlstate, 0, hint ? "%s; hint: %.*s" : "%s", primary, hint_len(hint), hint);
    err->position = byte_position(sql, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    skn_pg_text_redact(conn, err->message);
    /* It shows rows, which is more than everybody who reads messages may see. */
    if (detail)
        skn_pg_log(conn, 3, "detail: %s", detail);
    return code;
}

int skn_pg_fail_wait(int code, const char *sqlstate, const char *what, struct skn_error *err)
{
    if (code == SKN_E_TIMEOUT)
        return skn_fail(err, code, sqlstate, 0, "%s did not end in time", what);
    return skn_fail(err, code, sqlstate, 0, "%s was interrupted", what);
}

/* ---- failed connections ---- */

/* "SEVERITY:  28P01: text", which libpq writes when told to be verbose: the place of the severity,
 * and of the text in *rest. NULL if there is none. */
static char *find_sqlstate(char *text, char **rest)
{
    for (char *at = strstr(text, ":  "); at; at = strstr(at + 1, ":  ")) {
        char *state = at + 3;
        if (strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 || state[5] != ':' ||
            state[6] != ' ')
            continue;
        *rest = state + 7;
        while (at > text && at[-1] != ' ' && at[-1] != '\n')
            at--;
        return at;
    }
    return NULL;
}

/* Where in the server's source it happened helps nobody here. */
static void drop_location(char *text)
{
    char *at;
    while ((at = strstr(text, "\nLOCATION:  "))) {
        char *end = strchr(at + 1, '\n');
        memmove(at, end ? end : at + strlen(at), strlen(end ? end : at + strlen(at)) + 1);
    }
}

/* Lines to clauses. */
static void add_clauses(struct skn_pg_text *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (out->len && len)
            skn_pg_text_add(out, "; ");
        skn_pg_text_add_len(out, text, len);
        text += len;
        text += strspn(text, "\n\t ");
    }
    if (out->len && out->ptr[out->len - 1] == '.')
        out->ptr[--out->len] = '\0';
}

int skn_pg_fail_connect(struct skn_conn *conn, PGconn *pg, struct skn_error *err)
{
    char sqlstate[6] = "";
    char *text = strdup(pg ? PQerrorMessage(pg) : "the connection is closed");
    char *rest;
    if (!text)
        return skn_pg_no_memory(err);
    int code = pg && PQconnectionNeedsPassword(pg) ? SKN_E_AUTH : SKN_E_CONNECT;
    drop_location(text);
    for (char *at; (at = find_sqlstate(text, &rest));) {
        if (!sqlstate[0])
            memcpy(sqlstate, rest - 7, 5);
        memmove(at, rest, strlen(rest) + 1);
    }
    if (sqlstate[0])
        code = sqlstate_class(sqlstate);
    struct skn_pg_text clauses = {0};
    add_clauses(&clauses, text);
    free(text);
    if (clauses.failed) {
        skn_pg_text_finish(&clauses);
        return skn_pg_no_memory(err);
    }
    if (clauses.ptr)
        skn_pg_text_redact(conn, clauses.ptr);
    skn_fail(err, code, sqlstate, 0, "%s", clauses.ptr ? clauses.ptr : "the connection broke");
    skn_pg_text_finish(&clauses);
    return code;
}
