/*
 * What the tests of the SQLite driver share: a folder of their own, a host with knobs, and the
 * driver loaded from SKEIN_DRIVER_DIR as a worker would load it.
 */
#ifndef SKEIN_TEST_SQLITE_FIXTURE_H
#define SKEIN_TEST_SQLITE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include <skein/driver-util.h>

#include "work/scan.h"

/* How the host behaves, and what it saw. */
struct knobs {
    int cancel_after;     /* looks until cancelled() says so; -1: never */
    int time_after;       /* looks until no time is left; -1: never */
    int fail_alloc_after; /* allocations until one fails; -1: never */
    int live;             /* allocations not yet freed */
    int act_after;        /* looks until act() is called; -1: never */
    void (*act)(void *arg);
    void *act_arg;
    char log[1024]; /* the last line */
};

struct fixture {
    char dir[64];
    char path[128];
    struct knobs knobs;
    struct skn_host host;
    const struct skn_driver *driver;
    struct skn_conn *conn;
    struct skn_error err;
};

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    struct knobs *knobs = ctx;
    (void)level;
    snprintf(knobs->log, sizeof knobs->log, "%.*s", (int)line.len, line.ptr);
}

static void *host_alloc(void *ctx, void *old, size_t size)
{
    struct knobs *knobs = ctx;
    void *grown;
    if (size == 0) {
        knobs->live--;
        free(old);
        return NULL;
    }
    if (knobs->fail_alloc_after == 0)
        return NULL;
    if (knobs->fail_alloc_after > 0)
        knobs->fail_alloc_after--;
    grown = realloc(old, size);
    if (grown && !old)
        knobs->live++;
    return grown;
}

static int host_cancelled(void *ctx)
{
    struct knobs *knobs = ctx;
    if (knobs->act_after == 0)
        knobs->act(knobs->act_arg);
    if (knobs->act_after >= 0)
        knobs->act_after--;
    if (knobs->cancel_after > 0)
        knobs->cancel_after--;
    return knobs->cancel_after == 0;
}

static int64_t host_time_left(void *ctx)
{
    struct knobs *knobs = ctx;
    if (knobs->time_after < 0)
        return -1;
    if (knobs->time_after > 0)
        knobs->time_after--;
    return knobs->time_after == 0 ? 0 : 60000;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    return skn_scan_next(dialect, text, cursor, err);
}

static const struct skn_driver *driver_load(const struct skn_host *host, struct skn_error *err)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    char path[PATH_MAX];
    skn_entry_fn *entry;
    void *handle;
    void *symbol;
    snprintf(path, sizeof path, "%s/skein_sqlite.so", folder ? folder : ".");
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        fail_msg("%s", dlerror());
    symbol = dlsym(handle, "skein_driver_1");
    assert_non_null(symbol);
    memcpy(&entry, &symbol, sizeof entry);
    return entry(host, err);
}

static void knobs_clear(struct fixture *f)
{
    f->knobs.cancel_after = f->knobs.time_after = f->knobs.fail_alloc_after = -1;
    f->knobs.act_after = -1;
    f->knobs.log[0] = '\0';
}

static int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->dir, sizeof f->dir, "/tmp/skein-sqlite-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/app.db", f->dir);
    knobs_clear(f);
    f->host.size = sizeof f->host;
    f->host.ctx = &f->knobs;
    f->host.log = host_log;
    f->host.alloc = host_alloc;
    f->host.cancelled = host_cancelled;
    f->host.time_left = host_time_left;
    f->host.scan = host_scan;
    f->err.size = sizeof f->err;
    f->driver = driver_load(&f->host, &f->err);
    assert_non_null(f->driver);
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    f->driver->close(f->conn);
    assert_int_equal(f->knobs.live, 0);
    nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* options: key, value, key, value, NULL. */
static inline int open_with(struct fixture *f, struct skn_conn **conn, const char *path, ...)
{
    struct skn_kv options[8];
    uint32_t count = 0;
    const char *key;
    va_list args;
    options[count].key = skn_str("database");
    options[count++].value = skn_str(path);
    va_start(args, path);
    while ((key = va_arg(args, const char *)) != NULL && count < 8) {
        options[count].key = skn_str(key);
        options[count++].value = skn_str(va_arg(args, const char *));
    }
    va_end(args);
    return f->driver->open(&f->host, options, count, conn, &f->err);
}

static inline void open_ok(struct fixture *f)
{
    if (open_with(f, &f->conn, f->path, NULL))
        fail_msg("open: %s", f->err.message);
}

static inline int run_op(struct fixture *f, uint32_t op)
{
    struct skn_step step = {{NULL, 0}, op, 0};
    return f->driver->exec(f->conn, &step, 1, NULL, &f->err);
}

static inline int run_sql(struct fixture *f, const char *sql)
{
    struct skn_step step = {skn_str(sql), SKN_STEP_SQL, 0};
    return f->driver->exec(f->conn, &step, 1, NULL, &f->err);
}

static inline void sql_ok(struct fixture *f, const char *sql)
{
    if (run_sql(f, sql))
        fail_msg("%s: %s", sql, f->err.message);
}

static inline void op_ok(struct fixture *f, uint32_t op)
{
    if (run_op(f, op))
        fail_msg("step %u: %s", (unsigned)op, f->err.message);
}

/* BEGIN, each statement, COMMIT; on failure ROLLBACK, and the code of what failed. */
static inline int revise(struct fixture *f, const char *const *statements)
{
    int code = run_op(f, SKN_STEP_BEGIN);
    struct skn_error err;
    for (; !code && *statements; statements++)
        code = run_sql(f, *statements);
    if (!code)
        code = run_op(f, SKN_STEP_COMMIT);
    if (!code)
        return SKN_OK;
    err = f->err;
    op_ok(f, SKN_STEP_ROLLBACK);
    f->err = err;
    return code;
}

#define REVISE(f, ...) revise(f, (const char *const[]){__VA_ARGS__, NULL})

static inline uint32_t status_flags(struct fixture *f)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(f->driver->status(f->conn, &status, &f->err), SKN_OK);
    return status.flags;
}

/* ---- what exec reports ---- */

struct heard {
    char text[512]; /* rows and counts, in order */
    int stop_at_row;
    int stop_at_done;
};

static inline int hear_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct heard *heard = ctx;
    size_t used = strlen(heard->text);
    uint32_t i;
    used += (size_t)snprintf(heard->text + used, sizeof heard->text - used, "%u:", step);
    for (i = 0; i < count && used < sizeof heard->text; i++)
        used += (size_t)snprintf(heard->text + used, sizeof heard->text - used, "%s%.*s",
                                 i ? "|" : "", columns[i].ptr ? (int)columns[i].len : 4,
                                 columns[i].ptr ? columns[i].ptr : "NULL");
    snprintf(heard->text + used, sizeof heard->text - used, " ");
    return heard->stop_at_row;
}

static inline int hear_done(void *ctx, uint32_t step, int64_t rows)
{
    struct heard *heard = ctx;
    size_t used = strlen(heard->text);
    snprintf(heard->text + used, sizeof heard->text - used, "%u=%lld ", step, (long long)rows);
    return heard->stop_at_done;
}

static inline int exec_heard(struct fixture *f, const struct skn_step *steps, uint32_t count,
                             struct heard *heard)
{
    struct skn_events events = {sizeof events, 0, heard, hear_row, hear_done};
    return f->driver->exec(f->conn, steps, count, &events, &f->err);
}

static inline int sql_heard(struct fixture *f, const char *sql, struct heard *heard)
{
    struct skn_step step = {skn_str(sql), SKN_STEP_SQL, 0};
    memset(heard, 0, sizeof *heard);
    return exec_heard(f, &step, 1, heard);
}

/* ---- the same file, seen without the driver ---- */

static inline sqlite3 *raw_open(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static inline void raw_run(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message))
        fail_msg("%s: %s", sql, message);
}

static inline void raw(const char *path, const char *sql)
{
    sqlite3 *db = raw_open(path);
    raw_run(db, sql);
    sqlite3_close(db);
}

static inline int raw_int(const char *path, const char *sql)
{
    sqlite3 *db = raw_open(path);
    sqlite3_stmt *stmt = NULL;
    int value;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    value = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

static inline int is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

#define assert_says(f, words)                                                                      \
    do {                                                                                           \
        if (!strstr((f)->err.message, words))                                                      \
            fail_msg("\"%s\" does not say \"%s\"", (f)->err.message, words);                       \
    } while (0)

#endif
