/*
 * What the tests of the null driver share: a host, a folder for each test, and short forms of the
 * calls.
 */
#ifndef SKN_TEST_NULL_FIXTURE_H
#define SKN_TEST_NULL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

static const struct skn_driver *driver;
static int cancelled;
static int64_t time_left = -1;
static uint32_t scanned;

/* ---- the host ---- */

static inline void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    (void)ctx, (void)level, (void)line;
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
    (void)ctx;
    return cancelled;
}

static inline int64_t host_time_left(void *ctx)
{
    (void)ctx;
    return time_left;
}

static inline int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                            struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx, (void)text, (void)err;
    scanned += dialect == driver->dialect;
    cursor->kind = SKN_STATEMENT_END;
    return SKN_OK;
}

static const struct skn_host host = {
    .size = sizeof host,
    .abi_minor = SKN_ABI_MINOR,
    .log = host_log,
    .alloc = host_alloc,
    .cancelled = host_cancelled,
    .time_left = host_time_left,
    .scan = host_scan,
};

static inline int driver_load(void **state)
{
    (void)state;
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    char path[4096];
    struct skn_error err = {.size = sizeof err};
    skn_entry_fn *entry;
    snprintf(path, sizeof path, "%s/skein_null.so", folder ? folder : ".");
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        print_error("%s\n", dlerror());
    void *symbol = library ? dlsym(library, "skein_driver_1") : NULL;
    if (!symbol)
        return -1;
    memcpy(&entry, &symbol, sizeof symbol);
    driver = entry(&host, &err);
    return driver ? 0 : -1;
}

/* ---- a folder and a connection for each test ---- */

struct fixture {
    char folder[64];
    struct skn_error err;
    char rows[4096]; /* cells with | behind each, rows with ; */
    size_t rows_len;
    int64_t affected;
    uint32_t done;
};

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/skein-null-XXXXXX");
    fixture->err.size = sizeof fixture->err;
    cancelled = 0;
    time_left = -1;
    *state = fixture;
    return mkdtemp(fixture->folder) ? 0 : -1;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    DIR *folder = opendir(fixture->folder);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

enum { OPTIONS = 12 };

/* pairs: name and value in turn, up to NULL. */
static inline uint32_t options_list(va_list pairs, struct skn_kv *options)
{
    uint32_t count = 0;
    const char *name;
    while ((name = va_arg(pairs, const char *)) != NULL) {
        assert_true(count < OPTIONS);
        options[count].key = skn_str(name);
        options[count++].value = skn_str(va_arg(pairs, const char *));
    }
    return count;
}

static inline int open_try(struct fixture *fixture, struct skn_conn **conn, ...)
{
    struct skn_kv options[OPTIONS];
    va_list pairs;
    va_start(pairs, conn);
    uint32_t count = options_list(pairs, options);
    va_end(pairs);
    *conn = NULL;
    int rc = driver->open(&host, options, count, conn, &fixture->err);
    assert_true((rc == SKN_OK) == (*conn != NULL));
    return rc;
}

#define OPEN(fixture, conn, ...)                                                                   \
    assert_int_equal(open_try(fixture, conn, __VA_ARGS__, NULL), SKN_OK)

static inline int on_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct fixture *fixture = ctx;
    (void)step;
    for (uint32_t i = 0; i < count; i++)
        fixture->rows_len += (size_t)snprintf(
            fixture->rows + fixture->rows_len, sizeof fixture->rows - fixture->rows_len, "%.*s|",
            columns[i].ptr ? (int)columns[i].len : 4, columns[i].ptr ? columns[i].ptr : "NULL");
    fixture->rows_len += (size_t)snprintf(fixture->rows + fixture->rows_len,
                                          sizeof fixture->rows - fixture->rows_len, ";");
    return 0;
}

static inline int on_done(void *ctx, uint32_t step, int64_t rows)
{
    struct fixture *fixture = ctx;
    (void)step;
    fixture->affected = rows;
    fixture->done++;
    return 0;
}

static inline int step(struct fixture *fixture, struct skn_conn *conn, uint32_t op, const char *sql)
{
    const struct skn_step one = {.sql = skn_str(sql), .op = op};
    const struct skn_events events = {
        .size = sizeof events, .ctx = fixture, .row = on_row, .done = on_done};
    fixture->rows_len = 0;
    fixture->rows[0] = '\0';
    fixture->affected = -99;
    fixture->done = 0;
    return driver->exec(conn, &one, 1, &events, &fixture->err);
}

static inline int sql(struct fixture *fixture, struct skn_conn *conn, const char *text)
{
    return step(fixture, conn, SKN_STEP_SQL, text);
}

static inline void sql_ok(struct fixture *fixture, struct skn_conn *conn, const char *text)
{
    int rc = sql(fixture, conn, text);
    if (rc != SKN_OK)
        print_error("%s: %s\n", text, fixture->err.message);
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(fixture->done, 1);
}

static inline void rows_are(struct fixture *fixture, struct skn_conn *conn, const char *query,
                            const char *expected)
{
    sql_ok(fixture, conn, query);
    assert_string_equal(fixture->rows, expected);
}

static inline uint32_t flags(struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    struct skn_error err = {.size = sizeof err};
    assert_int_equal(driver->status(conn, &status, &err), SKN_OK);
    return status.flags;
}

static inline struct skn_server server_of(struct skn_conn *conn)
{
    struct skn_server server = {.size = sizeof server};
    struct skn_error err = {.size = sizeof err};
    assert_int_equal(driver->describe(conn, &server, &err), SKN_OK);
    return server;
}

static inline void file_text(const struct fixture *fixture, const char *name, char *out,
                             size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, out, size - 1) : 0;
    out[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* ctx: 256 bytes. */
static inline void text_take(void *ctx, struct skn_str text)
{
    snprintf(ctx, 256, "%.*s", SKN_FMT(text));
}

static inline void text_join(void *ctx, struct skn_str text)
{
    size_t len = strlen(ctx);
    snprintf((char *)ctx + len, 256 - len, "%.*s", SKN_FMT(text));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
