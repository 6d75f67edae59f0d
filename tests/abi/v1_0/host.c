/*
 * A host as it was at version 1.0: loads drivers of today and looks at what it knows of them. Like
 * the header beside it, it never changes. Usage: host DRIVER.so ...
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <skein/driver.h>

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    (void)ctx;
    (void)level;
    (void)line;
}

static void *host_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

static int host_cancelled(void *ctx)
{
    (void)ctx;
    return 0;
}

static int64_t host_time_left(void *ctx)
{
    (void)ctx;
    return -1;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    (void)dialect;
    (void)text;
    (void)err;
    cursor->kind = SKN_STATEMENT_END;
    return SKN_OK;
}

static void text_note(void *ctx, struct skn_str text)
{
    *(size_t *)ctx += text.len;
}

static int row_note(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    *(uint32_t *)ctx += step == 1 && count == 1 && columns[0].len > 0;
    return 0;
}

static int done_note(void *ctx, uint32_t step, int64_t rows)
{
    (void)step;
    *(uint32_t *)ctx += rows >= -1 ? 10 : 1000;
    return 0;
}

static int refuse(const char *path, const char *reason)
{
    fprintf(stderr, "%s: %s\n", path, reason);
    return 1;
}

/* A transaction with a query in it, by a driver that needs no server. */
static int work_check(const char *path, const struct skn_driver *driver,
                      const struct skn_host *host)
{
    struct skn_step steps[3];
    struct skn_events events;
    struct skn_error err;
    struct skn_conn *conn = NULL;
    uint32_t noted = 0;
    int rc;
    memset(&err, 0, sizeof err);
    err.size = sizeof err;
    memset(steps, 0, sizeof steps);
    steps[0].op = SKN_STEP_BEGIN;
    steps[1].op = SKN_STEP_SQL;
    steps[1].sql.ptr = "SELECT 1";
    steps[1].sql.len = 8;
    steps[2].op = SKN_STEP_ROLLBACK;
    memset(&events, 0, sizeof events);
    events.size = sizeof events;
    events.ctx = &noted;
    events.row = row_note;
    events.done = done_note;
    rc = driver->open(host, NULL, 0, &conn, &err);
    if (rc == SKN_OK)
        rc = driver->exec(conn, steps, 3, &events, &err);
    driver->close(conn);
    if (rc != SKN_OK)
        return refuse(path, err.message);
    return noted == 31 ? 0 : refuse(path, "reported other rows and steps than it was given");
}

static int driver_check(const char *path, const struct skn_host *host)
{
    struct skn_error err;
    struct skn_driver copy;
    skn_entry_fn *entry;
    size_t quoted = 0;
    struct skn_str name = {"name", 4};
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "skein_driver_1") : NULL;
    const struct skn_driver *table;
    if (!symbol)
        return refuse(path, dlerror());
    memcpy(&entry, &symbol, sizeof symbol);
    memset(&err, 0, sizeof err);
    err.size = sizeof err;
    table = entry(host, &err);
    if (!table)
        return refuse(path, err.message);
    memset(&copy, 0, sizeof copy);
    memcpy(&copy, table, table->size < sizeof copy ? table->size : sizeof copy);
    if (copy.option_size < sizeof(struct skn_option) || copy.dialect->size < sizeof *copy.dialect)
        return refuse(path, "a struct became smaller than it was in 1.0");
    if (!copy.open || !copy.close || !copy.describe || !copy.exec || !copy.status || !copy.exists ||
        !copy.quote)
        return refuse(path, "a call that 1.0 requires is not there");
    if (copy.quote(SKN_QUOTE_IDENT, name, text_note, &quoted, &err) != SKN_OK || quoted != 6)
        return refuse(path, "does not quote a name");
    copy.close(NULL);
    if (strcmp(copy.name, "sample") != 0 && strcmp(copy.name, "null") != 0)
        return 0;
    return work_check(path, &copy, host);
}

int main(int argc, char **argv)
{
    struct skn_host host;
    int failed = argc < 2;
    int i;
    memset(&host, 0, sizeof host);
    host.size = sizeof host;
    host.abi_minor = SKN_ABI_MINOR;
    host.log = host_log;
    host.alloc = host_alloc;
    host.cancelled = host_cancelled;
    host.time_left = host_time_left;
    host.scan = host_scan;
    for (i = 1; i < argc; i++)
        failed |= driver_check(argv[i], &host);
    return failed;
}
