/*
 * What the tests of the PostgreSQL driver share: the driver as a worker would load it, a host with
 * knobs, and a database of their own on the server that the environment names.
 */
#ifndef SKEIN_TEST_PG_FIXTURE_H
#define SKEIN_TEST_PG_FIXTURE_H

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

#include "work/scan.h"

/* ---- the host that the driver sees ---- */

struct listener {
    int64_t end;      /* monotonic ms, 0: no limit */
    int polls_left;   /* cancelled() turns true after so many calls; -1: never */
    char lines[8192]; /* what was logged, "level text" */
};

static struct listener listener;

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    struct listener *to = ctx;
    size_t len = strlen(to->lines);
    snprintf(to->lines + len, sizeof to->lines - len, "%u %.*s\n", (unsigned)level, SKN_FMT(line));
}

static inline void *host_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

static inline int host_cancelled(void *ctx)
{
    struct listener *to = ctx;
    if (to->polls_left > 0)
        to->polls_left--;
    return to->polls_left == 0;
}

static inline int64_t host_time_left(void *ctx)
{
    const struct listener *to = ctx;
    int64_t left = to->end - now_ms();
    if (to->end == 0)
        return -1;
    return left > 0 ? left : 0;
}

static inline int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                            struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    return skn_scan_next(dialect, text, cursor, err);
}

static const struct skn_host host = {
    .size = sizeof host,
    .abi_minor = SKN_ABI_MINOR,
    .ctx = &listener,
    .log = host_log,
    .alloc = host_alloc,
    .cancelled = host_cancelled,
    .time_left = host_time_left,
    .scan = host_scan,
};

/* ---- the driver and the server ---- */

static const struct skn_driver *driver;
static char database[64];
static const char *server_socket, *server_port, *server_user;
static struct skn_error err;

static const char *skip_reason;

#define NEEDS_SERVER()                                                                             \
    do {                                                                                           \
        if (skip_reason) {                                                                         \
            print_message("skipped: %s\n", skip_reason);                                           \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

struct options {
    struct skn_kv list[24];
    uint32_t count;
};

static inline void option_set(struct options *options, const char *key, const char *value)
{
    for (uint32_t i = 0; i < options->count; i++)
        if (skn_str_is(options->list[i].key, key)) {
            options->list[i].value = skn_str(value);
            return;
        }
    options->list[options->count++] = (struct skn_kv){skn_str(key), skn_str(value)};
}

static inline struct options options_default(void)
{
    struct options options = {.count = 0};
    option_set(&options, "host", server_socket);
    option_set(&options, "port", server_port);
    option_set(&options, "user", server_user);
    option_set(&options, "database", database[0] ? database : "postgres");
    return options;
}

static inline int open_with(const struct options *options, struct skn_conn **conn)
{
    err = (struct skn_error){.size = sizeof err};
    return driver->open(&host, options->list, options->count, conn, &err);
}

static inline struct skn_conn *opened(const struct options *options)
{
    struct skn_conn *conn = NULL;
    if (open_with(options, &conn) != SKN_OK)
        fail_msg("open: %s", err.message);
    return conn;
}

static inline struct skn_conn *opened_default(void)
{
    struct options options = options_default();
    return opened(&options);
}

static inline struct skn_conn *opened_schema(const char *schema)
{
    struct options options = options_default();
    option_set(&options, "schema", schema);
    return opened(&options);
}

/* ---- batches ---- */

struct heard {
    uint32_t done;        /* steps reported */
    int64_t counts[4096]; /* what each affected */
    uint32_t rows;
    char first[256]; /* the first column of the first row */
    int first_null;
    uint32_t stop_at_row;
    uint32_t stop_at_done;
};

static struct heard heard;

static inline int on_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct heard *to = ctx;
    assert_true(count > 0);
    assert_int_equal(step, to->done);
    if (to->rows == 0)
        to->first_null = columns[0].ptr == NULL;
    if (to->rows++ == 0)
        snprintf(to->first, sizeof to->first, "%.*s", SKN_FMT(columns[0]));
    return to->stop_at_row && to->rows >= to->stop_at_row;
}

static inline int on_done(void *ctx, uint32_t step, int64_t rows)
{
    struct heard *to = ctx;
    assert_int_equal(step, to->done);
    if (step < sizeof to->counts / sizeof to->counts[0])
        to->counts[step] = rows;
    to->done++;
    return to->stop_at_done && to->done >= to->stop_at_done;
}

static const struct skn_events events = {
    .size = sizeof events, .ctx = &heard, .row = on_row, .done = on_done};

static inline struct skn_step step(uint32_t op, const char *sql)
{
    return (struct skn_step){.sql = skn_str(sql), .op = op};
}

#define SQL(text) step(SKN_STEP_SQL, text)
#define BEGIN step(SKN_STEP_BEGIN, NULL)
#define FENCE(text) step(SKN_STEP_FENCE, text)
#define COMMIT step(SKN_STEP_COMMIT, NULL)
#define ROLLBACK step(SKN_STEP_ROLLBACK, NULL)
#define RESET step(SKN_STEP_RESET, NULL)

static inline int exec_steps(struct skn_conn *conn, const struct skn_step *steps, uint32_t count)
{
    uint32_t stop_at_row = heard.stop_at_row;
    uint32_t stop_at_done = heard.stop_at_done;
    memset(&heard, 0, sizeof heard);
    heard.stop_at_row = stop_at_row;
    heard.stop_at_done = stop_at_done;
    err = (struct skn_error){.size = sizeof err};
    return driver->exec(conn, steps, count, &events, &err);
}

#define EXEC(conn, ...)                                                                            \
    exec_steps(conn, (const struct skn_step[]){__VA_ARGS__},                                       \
               sizeof((const struct skn_step[]){__VA_ARGS__}) / sizeof(struct skn_step))

#define EXEC_OK(conn, ...)                                                                         \
    do {                                                                                           \
        if (EXEC(conn, __VA_ARGS__) != SKN_OK)                                                     \
            fail_msg("step %u: %s", (unsigned)err.step, err.message);                              \
    } while (0)

/* The first column of the first row. */
static inline const char *query(struct skn_conn *conn, const char *sql)
{
    EXEC_OK(conn, SQL(sql));
    return heard.first;
}

#define ASSERT_QUERY(conn, sql, expected) assert_string_equal(query(conn, sql), expected)

static inline uint32_t status_flags(struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(driver->status(conn, &status, &err), SKN_OK);
    return status.flags;
}

static inline long session_pid(struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(driver->status(conn, &status, &err), SKN_OK);
    return (long)status.session;
}

static inline struct skn_server described(struct skn_conn *conn)
{
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(driver->describe(conn, &server, &err), SKN_OK);
    return server;
}

/* ---- fixture ---- */

static inline int load_driver(void)
{
    char path[4096];
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    if (!folder)
        return 1;
    snprintf(path, sizeof path, "%s/skein_postgresql.so", folder);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return 1;
    skn_entry_fn *entry;
    void *symbol = dlsym(handle, "skein_driver_1");
    memcpy(&entry, &symbol, sizeof entry);
    driver = entry(&host, &err);
    return driver == NULL;
}

static inline int group_setup(void **state)
{
    (void)state;
    char sql[128];
    listener.polls_left = -1;
    server_socket = getenv("SKEIN_TEST_PG_SOCKET");
    server_port = getenv("SKEIN_TEST_PG_PORT");
    server_user = getenv("SKEIN_TEST_PG_USER");
    if (load_driver() != 0) {
        skip_reason = "SKEIN_DRIVER_DIR holds no skein_postgresql.so that loads";
        return driver || !getenv("SKEIN_DRIVER_DIR") ? 0 : -1;
    }
    if (!server_socket || !server_port || !server_user) {
        skip_reason = "SKEIN_TEST_PG_SOCKET, _PORT and _USER name no server";
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    struct skn_conn *conn = opened_default();
    snprintf(database, sizeof database, "skein_test_pg_%ld", (long)getpid());
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", database);
    EXEC_OK(conn, SQL(sql));
    driver->close(conn);
    return 0;
}

static inline int group_teardown(void **state)
{
    (void)state;
    char sql[128];
    if (skip_reason || !database[0])
        return 0;
    snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", database);
    database[0] = '\0';
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL(sql));
    driver->close(conn);
    return 0;
}

static inline int each_setup(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    listener = (struct listener){.polls_left = -1};
    if (skip_reason)
        return 0;
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("DROP SCHEMA public CASCADE"), SQL("CREATE SCHEMA public"), COMMIT);
    driver->close(conn);
    return 0;
}

/* Schemas one and two are there, and empty; the session is in one. */
static inline struct skn_conn *opened_one_of_two(void)
{
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("DROP SCHEMA IF EXISTS one, two CASCADE"));
    EXEC_OK(conn, SQL("CREATE SCHEMA one"), SQL("CREATE SCHEMA two"));
    driver->close(conn);
    return opened_schema("one");
}

#define CLAIM(name) cmocka_unit_test_setup(name, each_setup)

#endif
