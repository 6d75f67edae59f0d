/*
 * The options of a target as the MySQL driver understands them. It knows nothing of the client
 * library.
 */
#ifndef SKEIN_MYSQL_SETTINGS_H
#define SKEIN_MYSQL_SETTINGS_H

#include <skein/driver-util.h>
#include <skein/driver.h>

/* The order of skn_mysql_options. */
enum skn_mysql_option {
    SKN_MYSQL_HOST,
    SKN_MYSQL_PORT,
    SKN_MYSQL_SOCKET,
    SKN_MYSQL_USER,
    SKN_MYSQL_PASSWORD,
    SKN_MYSQL_DATABASE,
    SKN_MYSQL_TLS,
    SKN_MYSQL_SSL_CA,
    SKN_MYSQL_SSL_CERT,
    SKN_MYSQL_SSL_KEY,
    SKN_MYSQL_CONNECT_TIMEOUT,
    SKN_MYSQL_LOCK_WAIT_TIMEOUT,
    SKN_MYSQL_STATEMENT_TIMEOUT,
    SKN_MYSQL_SINGLE_WRITER,
    SKN_MYSQL_OPTION_COUNT
};

enum skn_mysql_tls { SKN_MYSQL_TLS_OFF, SKN_MYSQL_TLS_REQUIRE, SKN_MYSQL_TLS_VERIFY };

extern const struct skn_option skn_mysql_options[SKN_MYSQL_OPTION_COUNT];

struct skn_mysql_settings {
    char *texts[SKN_MYSQL_OPTION_COUNT]; /* owned; NULL: neither given nor with a fallback */
    enum skn_mysql_tls tls;
    int local;         /* no network between us */
    int single_writer; /* nobody else upgrades the target, says who knows */
    unsigned port;
    unsigned connect_timeout;   /* seconds */
    unsigned lock_wait_timeout; /* seconds */
    unsigned statement_timeout; /* seconds, 0: none */
};

/* finish() is due whatever it returns. */
int skn_mysql_settings_init(struct skn_mysql_settings *settings, const struct skn_kv *options,
                            uint32_t count, struct skn_error *err);
void skn_mysql_settings_finish(struct skn_mysql_settings *settings);

/* Whether nothing but the database is different. */
int skn_mysql_settings_same_server(const struct skn_mysql_settings *a,
                                   const struct skn_mysql_settings *b);

#endif
