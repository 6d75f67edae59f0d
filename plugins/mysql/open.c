/*
 * Reaching a server, by what the options say and by nothing else: no option file, no environment,
 * no plaintext where TLS was asked for. It knows nothing of SQL.
 */
#include "conn.h"

#include <stdbool.h>
#include <stdlib.h>

/* A pause in the middle of an answer longer than this is a dead server. Waiting for an answer to
 * begin has no such limit: that is the host's to say. */
enum { QUIET_SECONDS = 3600 };

static int option_set(MYSQL *mysql, enum mysql_option option, const void *value)
{
    return value && mysql_options(mysql, option, value) != 0;
}

#ifdef MARIADB_PACKAGE_VERSION

/* Those that never show the password to the server; not mysql_clear_password, dialog, and the like.
 */
static const char AUTH_PLUGINS[] = "mysql_native_password,caching_sha2_password,sha256_password,"
                                   "client_ed25519,parsec,auth_gssapi_client";

static int tls_set(MYSQL *mysql, enum skn_mysql_tls tls)
{
    bool on = tls != SKN_MYSQL_TLS_OFF;
    bool verify = tls == SKN_MYSQL_TLS_VERIFY;
    return option_set(mysql, MYSQL_OPT_SSL_ENFORCE, &on) |
           option_set(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify) |
           (on && option_set(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3"));
}

static int library_guard(MYSQL *mysql)
{
    bool off = false;
    bool on = true;
    return option_set(mysql, MYSQL_OPT_RECONNECT, &off) |
           option_set(mysql, MYSQL_SECURE_AUTH, &on) |
           option_set(mysql, MARIADB_OPT_RESTRICTED_AUTH, AUTH_PLUGINS) |
           /* Else the environment could name another folder of plugins. */
           option_set(mysql, MYSQL_PLUGIN_DIR, MARIADB_PLUGINDIR);
}

#else

static int tls_set(MYSQL *mysql, enum skn_mysql_tls tls)
{
    static const unsigned modes[] = {[SKN_MYSQL_TLS_OFF] = SSL_MODE_DISABLED,
                                     [SKN_MYSQL_TLS_REQUIRE] = SSL_MODE_REQUIRED,
                                     [SKN_MYSQL_TLS_VERIFY] = SSL_MODE_VERIFY_IDENTITY};
    return option_set(mysql, MYSQL_OPT_SSL_MODE, &modes[tls]) |
           option_set(mysql, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
}

/* Reconnecting is off, and setting it is deprecated. */
static int library_guard(MYSQL *mysql)
{
    bool off = false;
    return option_set(mysql, MYSQL_ENABLE_CLEARTEXT_PLUGIN, &off);
}

#endif

static int options_set(MYSQL *mysql, const struct skn_mysql_settings *settings, unsigned seconds,
                       unsigned quiet)
{
    unsigned off = 0;
    unsigned protocol =
        settings->texts[SKN_MYSQL_SOCKET] ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    return option_set(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds) |
           option_set(mysql, MYSQL_OPT_READ_TIMEOUT, &quiet) |
           option_set(mysql, MYSQL_OPT_WRITE_TIMEOUT, &quiet) |
           option_set(mysql, MYSQL_OPT_LOCAL_INFILE, &off) |
           option_set(mysql, MYSQL_OPT_PROTOCOL, &protocol) |
           option_set(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") |
           option_set(mysql, MYSQL_OPT_SSL_CA, settings->texts[SKN_MYSQL_SSL_CA]) |
           option_set(mysql, MYSQL_OPT_SSL_CERT, settings->texts[SKN_MYSQL_SSL_CERT]) |
           option_set(mysql, MYSQL_OPT_SSL_KEY, settings->texts[SKN_MYSQL_SSL_KEY]) |
           tls_set(mysql, settings->tls) | library_guard(mysql) |
           mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "skein");
}

/* A full text with the place in front, for the library's own is often only a number. */
static int connect_failed(MYSQL *mysql, const struct skn_mysql_settings *settings,
                          struct skn_error *err)
{
    struct skn_error why = {.size = sizeof why};
    int code = skn_mysql_fail(mysql, settings, skn_str(NULL), &why);
    const char *socket = settings->texts[SKN_MYSQL_SOCKET];
    if (socket)
        return skn_fail(err, code, why.sqlstate, why.native, "%s: %s", socket, why.message);
    return skn_fail(err, code, why.sqlstate, why.native, "%s port %u: %s",
                    settings->texts[SKN_MYSQL_HOST], settings->port, why.message);
}

/* Affected rows are those that were found, as in other databases, not only those that came out
 * different. */
static const unsigned long CLIENT_FLAGS = CLIENT_MULTI_RESULTS | CLIENT_FOUND_ROWS;

/* Every value is given, an empty one too, so that the library has nothing to look up. */
static int server_reach(MYSQL *mysql, const struct skn_mysql_settings *settings, unsigned seconds,
                        int *plain)
{
    const char *socket = settings->texts[SKN_MYSQL_SOCKET];
    const char *password = settings->texts[SKN_MYSQL_PASSWORD];
    *plain = 0;
#ifdef MARIADB_PACKAGE_VERSION
    if (settings->tls == SKN_MYSQL_TLS_REQUIRE && !socket)
        return skn_mysql_greet(mysql, settings, CLIENT_FLAGS, seconds, plain);
#endif
    (void)seconds;
    return mysql_real_connect(mysql, socket ? "localhost" : settings->texts[SKN_MYSQL_HOST],
                              settings->texts[SKN_MYSQL_USER], password ? password : "",
                              settings->texts[SKN_MYSQL_DATABASE], settings->port, socket,
                              CLIENT_FLAGS) != NULL;
}

static int connect_try(MYSQL *mysql, const struct skn_mysql_settings *settings, unsigned seconds,
                       struct skn_error *err)
{
    int plain;
    int reached = server_reach(mysql, settings, seconds, &plain);
    if (plain)
        return skn_fail(err, SKN_E_CONNECT, "08001", 0,
                        "%s port %u: the server offers no TLS, and tls asks for it; nothing was "
                        "told it",
                        settings->texts[SKN_MYSQL_HOST], settings->port);
    if (!reached)
        return connect_failed(mysql, settings, err);
    if (settings->tls != SKN_MYSQL_TLS_OFF && !mysql_get_ssl_cipher(mysql))
        return skn_fail(err, SKN_E_CONNECT, "08001", 0,
                        "the client library made a connection without TLS");
    return SKN_OK;
}

MYSQL *skn_mysql_dial(const struct skn_mysql_settings *settings, unsigned seconds, unsigned quiet,
                      struct skn_error *err)
{
    /* Nothing happens the second time. */
    MYSQL *mysql = mysql_library_init(0, NULL, NULL) == 0 ? mysql_init(NULL) : NULL;
    if (!mysql) {
        skn_fail(err, SKN_E_NOMEM, NULL, 0, "the client library could not be set up");
        return NULL;
    }
    int rc = options_set(mysql, settings, seconds, quiet) == 0
                 ? connect_try(mysql, settings, seconds, err)
                 : skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                            "the client library refuses an option that skein relies on; is it the "
                            "one skein was built with");
    if (rc == SKN_OK)
        return mysql;
    mysql_close(mysql);
    return NULL;
}

/* ---- slots ---- */

static void weakness_warn(const struct skn_host *host, const struct skn_mysql_settings *settings)
{
    char line[512];
    if (settings->local || settings->tls == SKN_MYSQL_TLS_VERIFY)
        return;
    int len = snprintf(line, sizeof line,
                       settings->tls == SKN_MYSQL_TLS_OFF
                           ? "tls is off: what is sent to %s, and what it answers, can be read and "
                             "changed on the way"
                           : "tls is only required: nobody verifies that %s is who answers",
                       settings->texts[SKN_MYSQL_HOST]);
    host->log(host->ctx, 1, skn_str_len(line, (size_t)len));
}

static unsigned seconds_left(const struct skn_host *host, unsigned wanted)
{
    int64_t left = host->time_left(host->ctx);
    if (left < 0 || left / 1000 >= wanted)
        return wanted;
    return (unsigned)((left + 999) / 1000) + (left == 0);
}

static int conn_open(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                     struct skn_error *err)
{
    int rc = skn_mysql_settings_init(&conn->settings, options, count, err);
    if (rc == SKN_OK)
        rc = skn_mysql_interrupted(conn->host, err);
    if (rc != SKN_OK)
        return rc;
    weakness_warn(conn->host, &conn->settings);
    struct skn_error why = {.size = sizeof why};
    conn->mysql =
        skn_mysql_dial(&conn->settings, seconds_left(conn->host, conn->settings.connect_timeout),
                       QUIET_SECONDS, &why);
    if (conn->mysql)
        return skn_mysql_session_fix(conn, err);
    if (why.code == SKN_E_CONNECT && skn_mysql_interrupted(conn->host, NULL) != SKN_OK)
        why.code = (uint32_t)skn_mysql_interrupted(conn->host, NULL);
    return skn_fail(err, (int)why.code, why.sqlstate, why.native, "%s", why.message);
}

int skn_mysql_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                   struct skn_conn **conn, struct skn_error *err)
{
    *conn = NULL;
    struct skn_conn *made = calloc(1, sizeof *made);
    if (!made)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a connection");
    made->host = host;
    int rc = conn_open(made, options, count, err);
    if (rc == SKN_OK)
        *conn = made;
    else
        skn_mysql_close(made);
    return rc;
}

void skn_mysql_close(struct skn_conn *conn)
{
    if (!conn)
        return;
    if (conn->mysql)
        mysql_close(conn->mysql);
    skn_mysql_settings_finish(&conn->settings);
    free(conn);
}

static void database_adopt(struct skn_conn *conn, struct skn_mysql_settings *wanted)
{
    char *old = conn->settings.texts[SKN_MYSQL_DATABASE];
    conn->settings.texts[SKN_MYSQL_DATABASE] = wanted->texts[SKN_MYSQL_DATABASE];
    wanted->texts[SKN_MYSQL_DATABASE] = old;
    conn->moved = 0;
}

static int database_switch(struct skn_conn *conn, struct skn_mysql_settings *wanted,
                           struct skn_error *err)
{
    if (!skn_mysql_settings_same_server(&conn->settings, wanted))
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                        "only the database may be another in a session that is open");
    int rc = skn_mysql_session_use(conn, wanted->texts[SKN_MYSQL_DATABASE], err);
    if (rc != SKN_OK)
        return rc;
    database_adopt(conn, wanted);
    /* Its collation may be another, and so may be what the last target's revisions left behind. */
    return skn_mysql_session_fix(conn, err);
}

int skn_mysql_retarget(struct skn_conn *conn, const struct skn_kv *options, uint32_t count,
                       struct skn_error *err)
{
    struct skn_mysql_settings wanted;
    int rc = skn_mysql_settings_init(&wanted, options, count, err);
    if (rc == SKN_OK)
        rc = database_switch(conn, &wanted, err);
    skn_mysql_settings_finish(&wanted);
    return rc;
}
