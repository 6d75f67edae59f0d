/*
 * Connecting: the target's options as libpq's keywords, with whatever the environment would add
 * taken out. Knows nothing of what the connection is for.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pg.h"

/* How long a cancel may take in all. */
#define CANCEL_MS 1000

static const struct {
    const char *keyword;
    const char *value;
} fixed_keywords[] = {
    {"client_encoding", "UTF8"},
    {"gssencmode", "disable"}, /* its handshake blocks inside the Kerberos library */
    {"channel_binding", "prefer"},
    {"target_session_attrs", "any"},
    {"ssl_min_protocol_version", "TLSv1.2"},
    {"sslcertmode", "allow"},
    {"keepalives", "1"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "30000"},
};

static const struct {
    const char *keyword;
    enum skn_pg_option option;
} option_keywords[] = {
    {"dbname", SKN_PG_DATABASE},
    {"host", SKN_PG_HOST},
    {"port", SKN_PG_PORT},
    {"user", SKN_PG_USER},
    {"password", SKN_PG_PASSWORD},
    {"passfile", SKN_PG_PASSFILE},
    {"application_name", SKN_PG_APPLICATION_NAME},
    {"sslmode", SKN_PG_SSLMODE},
    {"sslrootcert", SKN_PG_SSLROOTCERT},
    {"sslcert", SKN_PG_SSLCERT},
    {"sslkey", SKN_PG_SSLKEY},
    {"sslpassword", SKN_PG_SSLPASSWORD},
};

/* ---- parameters ---- */

/* An empty value in libpq's arrays means "ask the environment". Only in a connection string is it a
 * value, so what the environment sets is blanked by one, in the place where libpq takes one: as the
 * first dbname. It holds libpq's own words alone; the real dbname comes later and is not expanded.
 */
static void blanks_build(struct skn_conn *conn)
{
    int service = getenv("PGSERVICE") != NULL;
    skn_pg_text_add(&conn->blanks, "fallback_application_name=''");
    for (const PQconninfoOption *o = conn->known; o->keyword; o++) {
        int set = service || (o->envvar && getenv(o->envvar));
        if (!set || strcmp(o->keyword, "service") == 0 || strcmp(o->keyword, "servicefile") == 0)
            continue;
        skn_pg_text_add(&conn->blanks, " ");
        skn_pg_text_add(&conn->blanks, o->keyword);
        skn_pg_text_add(&conn->blanks, "='");
        skn_pg_text_add_escaped(&conn->blanks, o->compiled ? o->compiled : "", "'\\");
        skn_pg_text_add(&conn->blanks, "'");
    }
}

static void param_add(struct skn_conn *conn, size_t *count, const char *keyword, const char *value)
{
    for (const PQconninfoOption *o = conn->known; o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0 && value[0]) {
            conn->keywords[*count] = o->keyword;
            conn->values[(*count)++] = value;
        }
}

/* The operating system's certificates, where libpq knows how to ask for them. */
static const char *sslrootcert(const struct skn_conn *conn)
{
    const char *given = conn->config.values[SKN_PG_SSLROOTCERT];
    int verifies = strcmp(conn->config.values[SKN_PG_SSLMODE], "verify-full") == 0;
    return given[0] || !verifies || PQlibVersion() < 160000 ? given : "system";
}

/* Only a password file that was asked for: what is in the home of whoever runs skein is no part of
 * the config. libpq passes in silence over one that cannot be there. */
static const char *passfile(const struct skn_conn *conn)
{
    const char *given = conn->config.values[SKN_PG_PASSFILE];
    return given[0] ? given : "/dev/null/none";
}

static int params_build(struct skn_conn *conn, struct skn_error *err)
{
    size_t fixed = sizeof fixed_keywords / sizeof fixed_keywords[0];
    size_t optional = sizeof option_keywords / sizeof option_keywords[0];
    size_t count = 0;
    conn->known = PQconninfoParse("", NULL);
    conn->keywords = calloc(fixed + optional + 3, sizeof *conn->keywords);
    conn->values = calloc(fixed + optional + 3, sizeof *conn->values);
    if (!conn->known || !conn->keywords || !conn->values)
        return skn_pg_no_memory(err);
    blanks_build(conn);
    /* Poolers refuse them, or hand them to nobody. */
    if (!conn->config.pooler)
        skn_pg_settings_startup(&conn->config, &conn->startup);
    if (conn->blanks.failed || conn->startup.failed)
        return skn_pg_no_memory(err);

    param_add(conn, &count, "dbname", conn->blanks.ptr);
    if (conn->startup.ptr)
        param_add(conn, &count, "options", conn->startup.ptr);
    for (size_t i = 0; i < fixed; i++)
        param_add(conn, &count, fixed_keywords[i].keyword, fixed_keywords[i].value);
    for (size_t i = 0; i < optional; i++) {
        const char *value = conn->config.values[option_keywords[i].option];
        if (option_keywords[i].option == SKN_PG_SSLROOTCERT)
            value = sslrootcert(conn);
        else if (option_keywords[i].option == SKN_PG_PASSFILE)
            value = passfile(conn);
        param_add(conn, &count, option_keywords[i].keyword, value);
    }
    return SKN_OK;
}

void skn_pg_params_finish(struct skn_conn *conn)
{
    PQconninfoFree(conn->known);
    free(conn->keywords);
    free(conn->values);
    skn_pg_text_finish(&conn->blanks);
    skn_pg_text_finish(&conn->startup);
    conn->known = NULL;
    conn->keywords = NULL;
    conn->values = NULL;
}

/* libpq sends these to the server on its own, past everything that could be said against it. */
static int environment_check(struct skn_error *err)
{
    static const char *const sent[] = {"PGTZ", "PGDATESTYLE"};
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
        if (getenv(sent[i]))
            return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                            "%s is set in the environment, and libpq would let it change what "
                            "revisions mean; unset it",
                            sent[i]);
    return SKN_OK;
}

static void sslmode_warn(const struct skn_conn *conn)
{
    static const char *const plain[] = {"disable", "allow", "prefer"};
    const char *mode = conn->config.values[SKN_PG_SSLMODE];
    const char *host = conn->config.values[SKN_PG_HOST];
    if (conn->config.local || strcmp(mode, "verify-full") == 0)
        return;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(mode, plain[i]) == 0) {
            skn_pg_log(conn, 1,
                       "sslmode=%s: what is sent to %s, and what it answers, may be read and "
                       "changed on the way",
                       mode, host);
            return;
        }
    skn_pg_log(conn, 1, "sslmode=%s does not prove that %s is the server meant; verify-full does",
               mode, host);
}

/* ---- the handshake ---- */

static PGconn *start(struct skn_conn *conn)
{
    PGconn *pg = PQconnectStartParams(conn->keywords, conn->values, 1);
    if (!pg)
        return NULL;
    /* Only so does libpq tell the SQLSTATE of a connection that was refused. */
    PQsetErrorVerbosity(pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(pg, skn_pg_notice, conn);
    return pg;
}

/* Of a connection that was refused. Only a pooler knows so little of start-up options. */
static int refused(struct skn_conn *conn, struct skn_error *err)
{
    int code = skn_pg_fail_connect(conn, conn->pg, err);
    if (!err || !strstr(err->message, "unsupported startup parameter"))
        return code;
    struct skn_error reason = *err;
    return skn_fail(err, SKN_E_CONFIG, reason.sqlstate, 0, "%.300s; %s", reason.message,
                    SKN_PG_POOLER_HINT);
}

/* SKN_OK also when the connection failed: its status tells. */
static int handshake(PGconn *pg, const struct skn_pg_limit *limit)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (PQstatus(pg) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
           state != PGRES_POLLING_FAILED) {
        int rc =
            skn_pg_wait(PQsocket(pg), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, limit);
        if (rc != SKN_OK)
            return rc;
        state = PQconnectPoll(pg);
    }
    return SKN_OK;
}

static int start_fail(struct skn_conn *conn, PGconn *pg, struct skn_error *err)
{
    int code = skn_pg_fail_connect(conn, pg, err);
    /* Only a service that was not found keeps libpq from so much as noting the database. */
    if (!getenv("PGSERVICE") || PQdb(pg) || !err)
        return code;
    struct skn_error reason = *err;
    return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                    "%s; libpq cannot be told to ignore PGSERVICE in the environment: unset it",
                    reason.message);
}

int skn_pg_connect(struct skn_conn *conn, struct skn_error *err)
{
    long seconds = strtol(conn->config.values[SKN_PG_CONNECT_TIMEOUT], NULL, 10);
    struct skn_pg_limit limit = {conn->host, seconds ? skn_pg_now() + seconds * 1000 : -1};
    int rc = environment_check(err);
    if (rc == SKN_OK)
        rc = params_build(conn, err);
    if (rc != SKN_OK)
        return rc;
    sslmode_warn(conn);
    conn->pg = start(conn);
    if (!conn->pg)
        return skn_pg_no_memory(err);
    if (PQstatus(conn->pg) == CONNECTION_BAD)
        return start_fail(conn, conn->pg, err);
    rc = handshake(conn->pg, &limit);
    if (rc != SKN_OK)
        return skn_pg_fail_wait(rc, NULL, "connecting", err);
    if (PQstatus(conn->pg) != CONNECTION_OK)
        return refused(conn, err);
    PQsetErrorVerbosity(conn->pg, PQERRORS_DEFAULT);
    if (PQsetnonblocking(conn->pg, 1) != 0 || !PQenterPipelineMode(conn->pg))
        return skn_fail(err, SKN_E_DRIVER, NULL, 0, "libpq did not enter pipeline mode");
    conn->fresh = 1;
    return SKN_OK;
}

void skn_pg_disconnect(struct skn_conn *conn)
{
    PQfinish(conn->pg);
    conn->pg = NULL;
    conn->outstanding = 0;
    conn->unflushed = 0;
}

/* ---- is it there ---- */

int skn_pg_is_alive(struct skn_conn *conn)
{
    long seconds = strtol(conn->config.values[SKN_PG_CONNECT_TIMEOUT], NULL, 10);
    struct skn_pg_limit limit = {conn->host, skn_pg_now() + (seconds ? seconds : 10) * 1000};
    PGconn *pg = start(conn);
    int rc = pg ? handshake(pg, &limit) : SKN_OK;
    PQfinish(pg);
    return rc != SKN_E_TIMEOUT;
}

/* ---- stopping what the server does ---- */

/* Waits until the query that was sent is answered; what the answer is matters to nobody. */
static void await_answer(PGconn *pg, const struct skn_pg_limit *limit)
{
    for (;;) {
        int unsent = PQflush(pg);
        if (unsent < 0 || (!unsent && !PQisBusy(pg)))
            return;
        if (skn_pg_wait(PQsocket(pg), unsent ? POLLIN | POLLOUT : POLLIN, limit) != SKN_OK ||
            !PQconsumeInput(pg))
            return;
    }
}

void skn_pg_cancel(struct skn_conn *conn)
{
    struct skn_pg_limit limit = {NULL, skn_pg_now() + CANCEL_MS};
    char sql[64];
    /* Behind a pooler the number is not that of a server process of ours. PQcancel() is of no use:
     * it waits without a limit, and sends its key in clear. */
    if (!conn->pg || conn->facts.pooled || conn->facts.pid == 0)
        return;
    PGconn *pg = start(conn);
    if (!pg)
        return;
    snprintf(sql, sizeof sql, "SELECT pg_catalog.pg_cancel_backend(%d)", conn->facts.pid);
    if (handshake(pg, &limit) == SKN_OK && PQstatus(pg) == CONNECTION_OK &&
        PQsetnonblocking(pg, 1) == 0 && PQsendQuery(pg, sql))
        await_answer(pg, &limit);
    PQfinish(pg);
}
