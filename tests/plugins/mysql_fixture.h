/*
 * What the tests of the MySQL driver share: a database of their own, a host with knobs, the driver
 * loaded as a worker would load it, and a second session that looks on.
 */
#ifndef SKEIN_TEST_MYSQL_FIXTURE_H
#define SKEIN_TEST_MYSQL_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <skein/driver-util.h>

#include "work/scan.h"

enum { OPTIONS_MAX = 24 };

/* How the host behaves, and what it saw. */
struct knobs {
    int64_t left;
    int cancelled;
    void (*look)(void *arg); /* called whenever the driver asks */
    void *look_arg;
    char log[1024]; /* all lines */
};

/* What events brought. */
struct seen {
    char rows[8192]; /* a|b\n */
    size_t len;
    unsigned count;
    int64_t done[64];
    unsigned done_count;
    unsigned stop_after; /* rows until row() says stop; 0: never */
};

struct fixture {
    char database[64];
    struct knobs knobs;
    struct skn_host host;
    const struct skn_driver *driver;
    struct skn_conn *conn;
    struct knobs watch_knobs;
    struct skn_host watch_host;
    struct skn_conn *watch; /* looks on */
    struct seen seen;
    struct skn_error err;
};

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    struct knobs *knobs = ctx;
    size_t used = strlen(knobs->log);
    snprintf(knobs->log + used, sizeof knobs->log - used, "%u %.*s\n", (unsigned)level,
             (int)line.len, line.ptr);
}

static void *host_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size > 0)
        return realloc(old, size);
    free(old);
    return NULL;
}

static int host_cancelled(void *ctx)
{
    struct knobs *knobs = ctx;
    if (knobs->look)
        knobs->look(knobs->look_arg);
    return knobs->cancelled;
}

static int64_t host_time_left(void *ctx)
{
    const struct knobs *knobs = ctx;
    return knobs->left;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    return skn_scan_next(dialect, text, cursor, err);
}

static void host_set(struct skn_host *host, struct knobs *knobs)
{
    knobs->left = -1;
    *host = (struct skn_host){.size = sizeof *host,
                              .ctx = knobs,
                              .log = host_log,
                              .alloc = host_alloc,
                              .cancelled = host_cancelled,
                              .time_left = host_time_left,
                              .scan = host_scan};
}

static const struct skn_driver *driver_load(const struct skn_host *host, struct skn_error *err)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    char path[PATH_MAX];
    skn_entry_fn *entry;
    snprintf(path, sizeof path, "%s/skein_mysql.so", folder ? folder : ".");
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        fail_msg("%s", dlerror());
    void *symbol = dlsym(handle, "skein_driver_1");
    assert_non_null(symbol);
    memcpy(&entry, &symbol, sizeof entry);
    return entry(host, err);
}

/* ---- opening ---- */

static const char *server_socket(void)
{
    return getenv("SKEIN_TEST_MYSQL_SOCKET");
}

static inline const char *server_port(void)
{
    return getenv("SKEIN_TEST_MYSQL_PORT");
}

struct option_list {
    struct skn_kv kv[OPTIONS_MAX];
    uint32_t count;
};

static inline int option_given(const struct option_list *list, const char *key)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (skn_str_is(list->kv[i].key, key))
            return 1;
    return 0;
}

static inline void option_add(struct option_list *list, const char *key, const char *value)
{
    if (list->count < OPTIONS_MAX && value && !option_given(list, key))
        list->kv[list->count++] = (struct skn_kv){skn_str(key), skn_str(value)};
}

/* key, value, ..., NULL; what is not given is as the server of the tests needs it. */
static inline void options_fill(const struct fixture *f, struct option_list *list, va_list args)
{
    const char *key;
    list->count = 0;
    while ((key = va_arg(args, const char *)) != NULL)
        option_add(list, key, va_arg(args, const char *));
    if (!option_given(list, "host"))
        option_add(list, "socket", server_socket());
    option_add(list, "user", getenv("SKEIN_TEST_MYSQL_USER"));
    option_add(list, "database", f->database);
}

static inline int open_with(struct fixture *f, struct skn_conn **conn, ...)
{
    struct option_list list;
    va_list args;
    va_start(args, conn);
    options_fill(f, &list, args);
    va_end(args);
    *conn = (struct skn_conn *)1;
    return f->driver->open(&f->host, list.kv, list.count, conn, &f->err);
}

static inline int retarget_with(struct fixture *f, ...)
{
    struct option_list list;
    va_list args;
    va_start(args, f);
    options_fill(f, &list, args);
    va_end(args);
    return f->driver->retarget(f->conn, list.kv, list.count, &f->err);
}

static inline void open_ok(struct fixture *f)
{
    if (open_with(f, &f->conn, NULL) != SKN_OK)
        fail_msg("open: %s", f->err.message);
}

/* ---- running ---- */

static int seen_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct seen *seen = ctx;
    (void)step;
    for (uint32_t i = 0; i < count; i++) {
        struct skn_str text = columns[i].ptr ? columns[i] : skn_str("NULL");
        size_t room = sizeof seen->rows - 2 - seen->len;
        size_t len = text.len < room ? text.len : room;
        if (len > 0)
            memcpy(seen->rows + seen->len, text.ptr, len);
        seen->len += len;
        seen->rows[seen->len] = i + 1 < count ? '|' : '\n';
        seen->len += seen->len < sizeof seen->rows - 2;
    }
    seen->count++;
    return seen->stop_after && seen->count >= seen->stop_after;
}

static int seen_done(void *ctx, uint32_t step, int64_t rows)
{
    struct seen *seen = ctx;
    assert_int_equal(step, seen->done_count);
    if (seen->done_count < 64)
        seen->done[seen->done_count++] = rows;
    return 0;
}

static inline int run_steps(struct fixture *f, struct skn_conn *conn, const struct skn_step *steps,
                            uint32_t count)
{
    struct skn_events events = {
        .size = sizeof events, .ctx = &f->seen, .row = seen_row, .done = seen_done};
    unsigned stop_after = f->seen.stop_after;
    f->seen = (struct seen){.stop_after = stop_after};
    return f->driver->exec(conn, steps, count, &events, &f->err);
}

static inline int run_on(struct fixture *f, struct skn_conn *conn, const char *sql)
{
    struct skn_step step = {skn_str(sql), SKN_STEP_SQL, 0};
    return run_steps(f, conn, &step, 1);
}

static inline int run_sql(struct fixture *f, const char *sql)
{
    return run_on(f, f->conn, sql);
}

static inline int run_op(struct fixture *f, uint32_t op)
{
    struct skn_step step = {{NULL, 0}, op, 0};
    return run_steps(f, f->conn, &step, 1);
}

static inline void sql_ok_on(struct fixture *f, struct skn_conn *conn, const char *sql)
{
    if (run_on(f, conn, sql) != SKN_OK)
        fail_msg("%s: %s", sql, f->err.message);
}

static inline void sql_ok(struct fixture *f, const char *sql)
{
    sql_ok_on(f, f->conn, sql);
}

static inline void op_ok(struct fixture *f, uint32_t op)
{
    if (run_op(f, op) != SKN_OK)
        fail_msg("step %u: %s", (unsigned)op, f->err.message);
}

/* The rows that sql gives, without the last newline. */
static inline const char *rows_of(struct fixture *f, struct skn_conn *conn, const char *sql)
{
    sql_ok_on(f, conn, sql);
    if (f->seen.len > 0)
        f->seen.rows[f->seen.len - 1] = '\0';
    return f->seen.rows;
}

static inline uint32_t flags_of(struct fixture *f, struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(f->driver->status(conn, &status, &f->err), SKN_OK);
    return status.flags;
}

static inline uint64_t session_of(struct fixture *f, struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(f->driver->status(conn, &status, &f->err), SKN_OK);
    return status.session;
}

#define assert_says(f, words)                                                                      \
    do {                                                                                           \
        if (!strstr((f)->err.message, words))                                                      \
            fail_msg("\"%s\" does not say \"%s\"", (f)->err.message, words);                       \
    } while (0)

/* ---- set-up ---- */

static int fixture_setup(void **state)
{
    static unsigned number;
    char sql[128];
    if (!server_socket()) {
        print_message("no server: SKEIN_TEST_MYSQL_SOCKET is not set\n");
        *state = NULL;
        return 0;
    }
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->err.size = sizeof f->err;
    host_set(&f->host, &f->knobs);
    host_set(&f->watch_host, &f->watch_knobs);
    f->driver = driver_load(&f->host, &f->err);
    assert_non_null(f->driver);
    struct skn_kv options[] = {{skn_str("socket"), skn_str(server_socket())},
                               {skn_str("user"), skn_str(getenv("SKEIN_TEST_MYSQL_USER"))},
                               {skn_str("database"), skn_str("mysql")}};
    if (f->driver->open(&f->watch_host, options, 3, &f->watch, &f->err) != SKN_OK)
        fail_msg("open: %s", f->err.message);
    snprintf(f->database, sizeof f->database, "skein_t_%ld_%u", (long)getpid(), ++number);
    snprintf(sql, sizeof sql, "CREATE DATABASE `%s` CHARACTER SET utf8mb4", f->database);
    sql_ok_on(f, f->watch, sql);
    *state = f;
    return 0;
}

static int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    char sql[128];
    if (!f)
        return 0;
    f->driver->close(f->conn);
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS `%s`", f->database);
    sql_ok_on(f, f->watch, sql);
    f->driver->close(f->watch);
    free(f);
    return 0;
}

/* The fixture, or the end of the test where there is no server. */
static inline struct fixture *fixture_of(void **state)
{
    if (!*state)
        skip();
    return *state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
