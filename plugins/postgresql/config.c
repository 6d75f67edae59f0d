/*
 * The options of one target: what there is, what is sensible, and which of them one session can
 * serve. Knows neither libpq nor the server.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pg.h"

const struct skn_option skn_pg_options[SKN_PG_OPTION_COUNT] = {
    [SKN_PG_HOST] = {"host", NULL,
                     "host name, address or socket directory; default: libpq's socket directory",
                     SKN_OPT_STRING, 0},
    [SKN_PG_PORT] = {"port", "5432", "port number", SKN_OPT_INT, 0},
    [SKN_PG_USER] = {"user", NULL, "role to connect as; default: the operating system's user",
                     SKN_OPT_STRING, 0},
    [SKN_PG_PASSWORD] = {"password", NULL, "password; default: looked up in passfile",
                         SKN_OPT_STRING, SKN_OPT_SECRET},
    [SKN_PG_DATABASE] = {"database", NULL, "database name", SKN_OPT_STRING, SKN_OPT_REQUIRED},
    [SKN_PG_SCHEMA] = {"schema", NULL,
                       "schema to work in; search_path becomes just this unless it is given",
                       SKN_OPT_STRING, 0},
    [SKN_PG_SEARCH_PATH] = {"search_path", NULL, "search_path of the session, as in SET",
                            SKN_OPT_STRING, 0},
    [SKN_PG_CREATE_SCHEMA] = {"create_schema", "false",
                              "let the first transaction create schema if it does not exist",
                              SKN_OPT_BOOL, 0},
    [SKN_PG_SSLMODE] =
        {"sslmode", NULL,
         "disable, allow, prefer, require, verify-ca or verify-full; default: prefer "
         "on sockets and the loopback, verify-full elsewhere",
         SKN_OPT_STRING, 0},
    [SKN_PG_TLS] =
        {"tls", NULL,
         "verify, require or off, as other drivers call verify-full, require and disable",
         SKN_OPT_STRING, 0},
    [SKN_PG_SSLROOTCERT] = {"sslrootcert", NULL,
                            "file with trusted certificates, or system; default: system from libpq "
                            "16 on, else ~/.postgresql/root.crt",
                            SKN_OPT_PATH, 0},
    [SKN_PG_SSLCERT] = {"sslcert", NULL, "file with the client's certificate", SKN_OPT_PATH, 0},
    [SKN_PG_SSLKEY] = {"sslkey", NULL, "file with the client's private key", SKN_OPT_PATH, 0},
    [SKN_PG_SSLPASSWORD] = {"sslpassword", NULL, "password of sslkey", SKN_OPT_STRING,
                            SKN_OPT_SECRET},
    [SKN_PG_PASSFILE] = {"passfile", NULL,
                         "password file to look in, such as ~/.pgpass written out; default: none",
                         SKN_OPT_PATH, 0},
    [SKN_PG_CONNECT_TIMEOUT] = {"connect_timeout", "10", "seconds to connect within; 0: no limit",
                                SKN_OPT_INT, 0},
    [SKN_PG_STATEMENT_TIMEOUT] = {"statement_timeout", "0",
                                  "milliseconds the server lets a statement run; 0: no limit",
                                  SKN_OPT_INT, 0},
    [SKN_PG_LOCK_TIMEOUT] =
        {"lock_timeout", "2000",
         "milliseconds the server lets a statement wait for a lock; 0: no limit", SKN_OPT_INT, 0},
    [SKN_PG_APPLICATION_NAME] = {"application_name", "skein",
                                 "name shown in pg_stat_activity and to others who wait",
                                 SKN_OPT_STRING, 0},
    [SKN_PG_POOLER] = {"pooler", "none",
                       "none, session or transaction: how a pooler in between lends the server's "
                       "sessions; with transaction, locks and settings last for one transaction",
                       SKN_OPT_STRING, 0},
};

/* 127.0.0.0/8 and ::1 as addresses, and the name that stands for them. */
static int is_local(const char *host)
{
    int dots = 0;
    if (host[0] == '\0' || host[0] == '/' || host[0] == '@' || strcasecmp(host, "localhost") == 0 ||
        strcmp(host, "::1") == 0)
        return 1;
    if (strncmp(host, "127.", 4) != 0 || host[strspn(host, "0123456789.")] != '\0')
        return 0;
    for (; *host; host++)
        dots += *host == '.';
    return dots == 3;
}

static int value_take(struct skn_pg_config *config, size_t i, struct skn_str value,
                      struct skn_error *err)
{
    if (value.len && memchr(value.ptr, '\0', value.len))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s holds a NUL byte",
                        skn_pg_options[i].name);
    config->values[i] = malloc(value.len + 1);
    if (!config->values[i])
        return skn_pg_no_memory(err);
    if (value.len)
        memcpy(config->values[i], value.ptr, value.len);
    config->values[i][value.len] = '\0';
    return SKN_OK;
}

static int number_check(const struct skn_pg_config *config, enum skn_pg_option option, long low,
                        long high, struct skn_error *err)
{
    const char *text = config->values[option];
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < low || value > high)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s must be a number from %ld to %ld",
                        skn_pg_options[option].name, low, high);
    return SKN_OK;
}

/* tls, which says it in the words of all drivers, becomes sslmode. */
static int tls_apply(struct skn_pg_config *config, struct skn_error *err)
{
    static const char *const words[][2] = {
        {"verify", "verify-full"}, {"require", "require"}, {"off", "disable"}};
    const char *tls = config->values[SKN_PG_TLS];
    if (tls[0] == '\0')
        return SKN_OK;
    if (config->values[SKN_PG_SSLMODE][0])
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option tls beside option sslmode: give one");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(tls, words[i][0]) != 0)
            continue;
        free(config->values[SKN_PG_SSLMODE]);
        config->values[SKN_PG_SSLMODE] = strdup(words[i][1]);
        return config->values[SKN_PG_SSLMODE] ? SKN_OK : skn_pg_no_memory(err);
    }
    return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option tls must be verify, require or off");
}

static int sslmode_check(struct skn_pg_config *config, struct skn_error *err)
{
    static const char *const modes[] = {"disable", "allow",     "prefer",
                                        "require", "verify-ca", "verify-full"};
    if (config->values[SKN_PG_SSLMODE][0] == '\0') {
        free(config->values[SKN_PG_SSLMODE]);
        config->values[SKN_PG_SSLMODE] = strdup(config->local ? "prefer" : "verify-full");
        return config->values[SKN_PG_SSLMODE] ? SKN_OK : skn_pg_no_memory(err);
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(config->values[SKN_PG_SSLMODE], modes[i]) == 0)
            return SKN_OK;
    return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                    "option sslmode must be disable, allow, prefer, require, verify-ca or "
                    "verify-full");
}

static int pooler_check(struct skn_pg_config *config, struct skn_error *err)
{
    static const char *const words[] = {[SKN_PG_POOLER_NONE] = "none",
                                        [SKN_PG_POOLER_SESSION] = "session",
                                        [SKN_PG_POOLER_TRANSACTION] = "transaction"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(config->values[SKN_PG_POOLER], words[i]) == 0) {
            config->pooler = (enum skn_pg_pooler)i;
            return SKN_OK;
        }
    return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                    "option pooler must be none, session or transaction");
}

static int schema_check(const struct skn_pg_config *config, struct skn_error *err)
{
    const char *schema = config->values[SKN_PG_SCHEMA];
    if (schema[0] == '\0')
        return SKN_OK;
    struct skn_error reason = {.size = sizeof reason};
    if (skn_pg_name_check(skn_str(schema), &reason) != SKN_OK)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option schema: %s", reason.message);
    return SKN_OK;
}

static int config_check(struct skn_pg_config *config, struct skn_error *err)
{
    if (config->values[SKN_PG_DATABASE][0] == '\0')
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option database is missing");
    /* With several hosts, a reconnect could look for a lost commit on another server. */
    if (strchr(config->values[SKN_PG_HOST], ','))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option host must name one host, not a list");
    int rc = number_check(config, SKN_PG_PORT, 1, 65535, err);
    if (rc == SKN_OK)
        rc = number_check(config, SKN_PG_CONNECT_TIMEOUT, 0, INT_MAX / 1000, err);
    if (rc == SKN_OK)
        rc = number_check(config, SKN_PG_STATEMENT_TIMEOUT, 0, INT_MAX, err);
    if (rc == SKN_OK)
        rc = number_check(config, SKN_PG_LOCK_TIMEOUT, 0, INT_MAX, err);
    if (rc == SKN_OK)
        rc = tls_apply(config, err);
    if (rc == SKN_OK)
        rc = sslmode_check(config, err);
    if (rc == SKN_OK)
        rc = pooler_check(config, err);
    return rc == SKN_OK ? schema_check(config, err) : rc;
}

int skn_pg_config_init(struct skn_pg_config *config, const struct skn_kv *options, uint32_t count,
                       struct skn_error *err)
{
    *config = (struct skn_pg_config){0};
    int rc = SKN_OK;
    for (size_t i = 0; i < SKN_PG_OPTION_COUNT && rc == SKN_OK; i++)
        rc = value_take(config, i,
                        skn_option_get(skn_pg_options, SKN_PG_OPTION_COUNT, options, count,
                                       skn_pg_options[i].name),
                        err);
    if (rc == SKN_OK) {
        config->local = is_local(config->values[SKN_PG_HOST]);
        rc = config_check(config, err);
    }
    if (rc != SKN_OK)
        skn_pg_config_finish(config);
    return rc;
}

void skn_pg_config_finish(struct skn_pg_config *config)
{
    for (size_t i = 0; i < SKN_PG_OPTION_COUNT; i++) {
        if (config->values[i] && (skn_pg_options[i].flags & SKN_OPT_SECRET))
            explicit_bzero(config->values[i], strlen(config->values[i]));
        free(config->values[i]);
    }
    *config = (struct skn_pg_config){0};
}

static int is_about_schema(size_t option)
{
    return option == SKN_PG_SCHEMA || option == SKN_PG_SEARCH_PATH ||
           option == SKN_PG_CREATE_SCHEMA;
}

void skn_pg_config_swap_schema(struct skn_pg_config *a, struct skn_pg_config *b)
{
    for (size_t i = 0; i < SKN_PG_OPTION_COUNT; i++)
        if (is_about_schema(i)) {
            char *value = a->values[i];
            a->values[i] = b->values[i];
            b->values[i] = value;
        }
}

int skn_pg_config_is_true(const struct skn_pg_config *config, enum skn_pg_option option)
{
    return strcmp(config->values[option], "true") == 0;
}

static int has_path(const struct skn_pg_config *config)
{
    return config->values[SKN_PG_SCHEMA][0] || config->values[SKN_PG_SEARCH_PATH][0];
}

int skn_pg_config_same_session(const struct skn_pg_config *a, const struct skn_pg_config *b)
{
    for (size_t i = 0; i < SKN_PG_OPTION_COUNT; i++)
        if (!is_about_schema(i) && strcmp(a->values[i], b->values[i]) != 0)
            return 0;
    /* The server's own search_path cannot be had back once the session was started with another. */
    return has_path(a) && has_path(b);
}
