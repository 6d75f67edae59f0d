/*
 * Options: checked, copied, and decided upon (is the server local, how is the link secured). What
 * is not given is never asked of the environment or of an option file. It knows nothing of the
 * client library.
 */
#include "settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

const struct skn_option skn_mysql_options[SKN_MYSQL_OPTION_COUNT] = {
    [SKN_MYSQL_HOST] = {"host", "localhost", "name or address, always reached by TCP",
                        SKN_OPT_STRING, 0},
    [SKN_MYSQL_PORT] = {"port", "3306", "TCP port", SKN_OPT_INT, 0},
    [SKN_MYSQL_SOCKET] = {"socket", NULL,
                          "path of the server's unix socket, instead of host and port",
                          SKN_OPT_PATH, 0},
    [SKN_MYSQL_USER] = {"user", NULL, "account to log in as", SKN_OPT_STRING, SKN_OPT_REQUIRED},
    [SKN_MYSQL_PASSWORD] = {"password", NULL, "its password", SKN_OPT_STRING, SKN_OPT_SECRET},
    [SKN_MYSQL_DATABASE] = {"database", NULL, "database to migrate", SKN_OPT_STRING,
                            SKN_OPT_REQUIRED},
    [SKN_MYSQL_TLS] =
        {"tls", NULL,
         "verify (certificate and host name; the default unless the server is local), "
         "require (encrypted, unverified) or off",
         SKN_OPT_STRING, 0},
    [SKN_MYSQL_SSL_CA] = {"ssl_ca", NULL, "file of the authorities to trust; default: the system's",
                          SKN_OPT_PATH, 0},
    [SKN_MYSQL_SSL_CERT] = {"ssl_cert", NULL, "file of the client's certificate", SKN_OPT_PATH, 0},
    [SKN_MYSQL_SSL_KEY] = {"ssl_key", NULL, "file of the client's key", SKN_OPT_PATH, 0},
    [SKN_MYSQL_CONNECT_TIMEOUT] = {"connect_timeout", "10", "seconds to reach the server",
                                   SKN_OPT_INT, 0},
    [SKN_MYSQL_LOCK_WAIT_TIMEOUT] = {"lock_wait_timeout", "5",
                                     "seconds a statement waits for table and row locks",
                                     SKN_OPT_INT, 0},
    [SKN_MYSQL_STATEMENT_TIMEOUT] = {"statement_timeout", "0",
                                     "seconds a statement may run, 0 for no limit; MySQL itself "
                                     "holds only SELECT to it, MariaDB all",
                                     SKN_OPT_INT, 0},
    [SKN_MYSQL_SINGLE_WRITER] = {"single_writer", "false",
                                 "of a Galera cluster: nobody else upgrades this target meanwhile",
                                 SKN_OPT_BOOL, 0},
};

enum { SECONDS_MAX = 31536000 };

/* The client libraries copy some of these into buffers of their own, and one goes by their word for
 * the size of it. */
static const struct {
    enum skn_mysql_option option;
    size_t max;
} lengths[] = {
    {SKN_MYSQL_HOST, 255},      {SKN_MYSQL_SOCKET, 107},      {SKN_MYSQL_USER, 80 * 4},
    {SKN_MYSQL_PASSWORD, 512},  {SKN_MYSQL_DATABASE, 64 * 4}, {SKN_MYSQL_SSL_CA, 4096},
    {SKN_MYSQL_SSL_CERT, 4096}, {SKN_MYSQL_SSL_KEY, 4096},
};

static const char *name_of(enum skn_mysql_option option)
{
    return skn_mysql_options[option].name;
}

static int lengths_check(const struct skn_mysql_settings *settings, struct skn_error *err)
{
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const char *text = settings->texts[lengths[i].option];
        if (text && strlen(text) > lengths[i].max)
            return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s is longer than %zu bytes",
                            name_of(lengths[i].option), lengths[i].max);
    }
    return SKN_OK;
}

static int text_take(struct skn_mysql_settings *settings, enum skn_mysql_option option,
                     struct skn_str value, struct skn_error *err)
{
    if (!value.ptr)
        return SKN_OK;
    /* Empty, most of these would make the library ask the environment instead. */
    if (value.len == 0 && option != SKN_MYSQL_PASSWORD)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s is empty", name_of(option));
    if (memchr(value.ptr, '\0', value.len))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s holds a NUL", name_of(option));
    settings->texts[option] = strndup(value.ptr, value.len);
    if (!settings->texts[option])
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for option %s", name_of(option));
    return SKN_OK;
}

static int texts_take(struct skn_mysql_settings *settings, const struct skn_kv *options,
                      uint32_t count, struct skn_error *err)
{
    for (int i = 0; i < SKN_MYSQL_OPTION_COUNT; i++) {
        struct skn_str value = skn_option_get(skn_mysql_options, SKN_MYSQL_OPTION_COUNT, options,
                                              count, skn_mysql_options[i].name);
        int rc = text_take(settings, (enum skn_mysql_option)i, value, err);
        if (rc != SKN_OK)
            return rc;
    }
    return lengths_check(settings, err);
}

static int required_check(const struct skn_mysql_settings *settings, struct skn_error *err)
{
    for (int i = 0; i < SKN_MYSQL_OPTION_COUNT; i++) {
        if ((skn_mysql_options[i].flags & SKN_OPT_REQUIRED) && !settings->texts[i])
            return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s is missing",
                            skn_mysql_options[i].name);
    }
    return SKN_OK;
}

static int number_take(const struct skn_mysql_settings *settings, enum skn_mysql_option option,
                       unsigned low, unsigned high, unsigned *out, struct skn_error *err)
{
    const char *text = settings->texts[option];
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || text[0] < '0' || text[0] > '9' || value < low ||
        value > high)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option %s must be a number from %u to %u",
                        name_of(option), low, high);
    *out = (unsigned)value;
    return SKN_OK;
}

static int numbers_take(struct skn_mysql_settings *settings, struct skn_error *err)
{
    const struct {
        enum skn_mysql_option option;
        unsigned low;
        unsigned high;
        unsigned *out;
    } numbers[] = {
        {SKN_MYSQL_PORT, 1, 65535, &settings->port},
        {SKN_MYSQL_CONNECT_TIMEOUT, 1, 3600, &settings->connect_timeout},
        {SKN_MYSQL_LOCK_WAIT_TIMEOUT, 1, SECONDS_MAX, &settings->lock_wait_timeout},
        {SKN_MYSQL_STATEMENT_TIMEOUT, 0, 4000000, &settings->statement_timeout},
    };
    int rc = SKN_OK;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && rc == SKN_OK; i++)
        rc = number_take(settings, numbers[i].option, numbers[i].low, numbers[i].high,
                         numbers[i].out, err);
    return rc;
}

/* A comma would be a list of servers to choose from, "://" the name of a plugin to load. */
static int host_check(const char *host, struct skn_error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._:%-";
    if (host[0] && host[strspn(host, allowed)] == '\0')
        return SKN_OK;
    return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                    "option host must be one host name or address; a path goes into option socket");
}

/* By the text alone: what a name resolves to is the answer of a network. */
static int host_is_local(const char *host)
{
    struct in_addr v4;
    if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
        return 1;
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static int tls_decide(struct skn_mysql_settings *settings, struct skn_error *err)
{
    const char *wanted = settings->texts[SKN_MYSQL_TLS];
    if (!wanted)
        settings->tls = settings->local ? SKN_MYSQL_TLS_OFF : SKN_MYSQL_TLS_VERIFY;
    else if (strcmp(wanted, "verify") == 0)
        settings->tls = SKN_MYSQL_TLS_VERIFY;
    else if (strcmp(wanted, "require") == 0)
        settings->tls = SKN_MYSQL_TLS_REQUIRE;
    else if (strcmp(wanted, "off") == 0)
        settings->tls = SKN_MYSQL_TLS_OFF;
    else
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "option tls must be verify, require or off");
    return SKN_OK;
}

int skn_mysql_settings_init(struct skn_mysql_settings *settings, const struct skn_kv *options,
                            uint32_t count, struct skn_error *err)
{
    *settings = (struct skn_mysql_settings){0};
    int rc = texts_take(settings, options, count, err);
    if (rc == SKN_OK)
        rc = required_check(settings, err);
    if (rc == SKN_OK)
        rc = numbers_take(settings, err);
    if (rc == SKN_OK)
        rc = host_check(settings->texts[SKN_MYSQL_HOST], err);
    if (rc != SKN_OK)
        return rc;
    settings->local =
        settings->texts[SKN_MYSQL_SOCKET] || host_is_local(settings->texts[SKN_MYSQL_HOST]);
    settings->single_writer = strcmp(settings->texts[SKN_MYSQL_SINGLE_WRITER], "true") == 0;
    rc = tls_decide(settings, err);
    if (rc == SKN_OK && settings->texts[SKN_MYSQL_SOCKET] && settings->tls != SKN_MYSQL_TLS_OFF)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                        "a unix socket has no TLS; leave option tls out, or say off");
    return rc;
}

void skn_mysql_settings_finish(struct skn_mysql_settings *settings)
{
    for (int i = 0; i < SKN_MYSQL_OPTION_COUNT; i++) {
        char *text = settings->texts[i];
        if (text && (skn_mysql_options[i].flags & SKN_OPT_SECRET))
            explicit_bzero(text, strlen(text));
        free(text);
        settings->texts[i] = NULL;
    }
}

int skn_mysql_settings_same_server(const struct skn_mysql_settings *a,
                                   const struct skn_mysql_settings *b)
{
    for (int i = 0; i < SKN_MYSQL_OPTION_COUNT; i++) {
        const char *x = a->texts[i];
        const char *y = b->texts[i];
        if (i != SKN_MYSQL_DATABASE && (!x != !y || (x && strcmp(x, y) != 0)))
            return 0;
    }
    return 1;
}
