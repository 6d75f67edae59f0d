/*
 * Where a database is kept: a file a database in a folder, or nowhere. It knows nothing of SQL.
 *
 * Files appear by rename, so that a process killed at any moment leaves the old one or the new one.
 * They are not synced: what a power cut takes is of no interest here.
 */
#include "null.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 28, WAIT_MS = 2000, POLL_MS = 2, FILE_NAME_ROOM = 176 };

static int file_fail(const struct skn_conn *conn, const char *what, struct skn_error *err)
{
    int code = errno == ENOSPC || errno == EDQUOT ? SKN_E_DRIVER : SKN_E_CONNECT;
    return skn_fail(err, code, NULL, errno, "database %s: %s: %s", conn->config.database, what,
                    strerror(errno));
}

static void file_name(const struct skn_conn *conn, const char *suffix, char out[FILE_NAME_ROOM])
{
    snprintf(out, FILE_NAME_ROOM, "%.100s.%s", conn->config.database, suffix);
}

int skn_null_state_open(struct skn_conn *conn, struct skn_error *err)
{
    if (!conn->config.state)
        return SKN_OK;
    conn->folder = open(conn->config.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (conn->folder >= 0)
        return SKN_OK;
    return skn_fail(err, SKN_E_CONNECT, NULL, errno, "folder %s: %s", conn->config.state,
                    strerror(errno));
}

/* ---- reading ---- */

static int version_rows_add(struct skn_null_table *versions, const char *at)
{
    while (*at) {
        size_t len = strcspn(at, ",");
        struct skn_str row = skn_str_len(at, len);
        if (len > 0 && skn_null_row_add(versions, &row) != SKN_OK)
            return SKN_E_NOMEM;
        at += at[len] == ',' ? len + 1 : len;
    }
    return SKN_OK;
}

/* A database that nobody has written to yet. */
static int store_start(const struct skn_conn *conn, struct skn_null_store *store,
                       struct skn_error *err)
{
    if (!conn->config.at)
        return SKN_OK;
    int rc = skn_null_table_create(store, skn_str("alembic_version"));
    if (rc == SKN_OK)
        rc = skn_null_column_add(&store->tables[0], skn_str("version_num"), 1);
    if (rc == SKN_OK)
        rc = version_rows_add(&store->tables[0], conn->config.at);
    return rc == SKN_OK ? rc : skn_fail(err, rc, NULL, 0, "no memory for the database");
}

static int whole_read(int fd, struct skn_null_text *text)
{
    char chunk[16384];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        skn_null_text_add(text, chunk, (size_t)n);
        errno = ENOMEM;
        if (text->failed || text->len > FILE_MAX)
            return -1;
    }
    return 0;
}

/* *there is 0 when there is no file yet. */
static int file_read(const struct skn_conn *conn, struct skn_null_text *text, int *there,
                     struct skn_error *err)
{
    char name[FILE_NAME_ROOM];
    struct stat info;
    *there = 0;
    if (conn->folder < 0)
        return SKN_OK;
    file_name(conn, "state", name);
    int fd = openat(conn->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? SKN_OK : file_fail(conn, "cannot be opened", err);
    *there = 1;
    int rc = SKN_OK;
    errno = EINVAL;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || whole_read(fd, text) != 0)
        rc = file_fail(conn, "cannot be read", err);
    close(fd);
    return rc;
}

int skn_null_state_load(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_null_store store = {0};
    struct skn_null_text text = {0};
    int there;
    int rc = file_read(conn, &text, &there, err);
    if (rc == SKN_OK)
        rc = there
                 ? skn_null_store_read(&store, skn_str_len(text.ptr ? text.ptr : "", text.len), err)
                 : store_start(conn, &store, err);
    skn_null_text_finish(&text);
    if (rc != SKN_OK) {
        skn_null_store_finish(&store);
        return rc;
    }
    skn_null_store_finish(&conn->store);
    conn->store = store;
    return SKN_OK;
}

/* ---- writing ---- */

static int whole_write(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

static int file_replace(const struct skn_conn *conn, const struct skn_null_text *text,
                        struct skn_error *err)
{
    char fresh[FILE_NAME_ROOM];
    char name[FILE_NAME_ROOM];
    file_name(conn, "new", fresh);
    file_name(conn, "state", name);
    int fd =
        openat(conn->folder, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(conn, "cannot be written", err);
    int failed = whole_write(fd, text->ptr, text->len);
    if (close(fd) != 0 || failed || renameat(conn->folder, fresh, conn->folder, name) != 0) {
        int rc = file_fail(conn, "cannot be written", err);
        unlinkat(conn->folder, fresh, 0);
        return rc;
    }
    return SKN_OK;
}

int skn_null_state_save(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_null_text text = {0};
    if (conn->folder < 0)
        return SKN_OK;
    skn_null_store_write(&conn->store, &text);
    int rc = text.failed ? skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the database")
                         : file_replace(conn, &text, err);
    skn_null_text_finish(&text);
    return rc;
}

/* ---- one writer at a time ---- */

static int lock_file_open(const struct skn_conn *conn, const char *suffix)
{
    char name[FILE_NAME_ROOM];
    file_name(conn, suffix, name);
    return openat(conn->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int lock_wait(struct skn_conn *conn, struct skn_error *err)
{
    for (int waited = 0; flock(conn->tx_fd, LOCK_EX | LOCK_NB) != 0; waited += POLL_MS) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return file_fail(conn, "cannot be locked", err);
        if (waited >= WAIT_MS)
            return skn_fail(err, SKN_E_BUSY, "55P03", 0, "database %s: another session writes",
                            conn->config.database);
        int rc = skn_null_wait(conn->host, POLL_MS, err);
        if (rc != SKN_OK)
            return rc;
    }
    return SKN_OK;
}

int skn_null_state_enter(struct skn_conn *conn, struct skn_error *err)
{
    if (conn->folder < 0)
        return SKN_OK;
    conn->tx_fd = lock_file_open(conn, "tx");
    if (conn->tx_fd < 0)
        return file_fail(conn, "cannot be locked", err);
    int rc = lock_wait(conn, err);
    if (rc == SKN_OK)
        rc = skn_null_state_load(conn, err);
    if (rc != SKN_OK)
        skn_null_state_leave(conn);
    return rc;
}

void skn_null_state_leave(struct skn_conn *conn)
{
    if (conn->tx_fd >= 0)
        close(conn->tx_fd);
    conn->tx_fd = -1;
}

int skn_null_state_busy(struct skn_conn *conn)
{
    int fd = conn->folder < 0 ? -1 : lock_file_open(conn, "tx");
    int busy = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0)
        close(fd);
    return busy;
}

/* ---- the run lock ---- */

static void holder_write(int fd)
{
    char text[80];
    char when[32] = "an unknown time";
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &parts);
    int len = snprintf(text, sizeof text, "process %ld since %s", (long)getpid(), when);
    /* Who holds it is a courtesy; that it is held, the kernel knows. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return;
}

static void holder_text(int fd, char *holder, size_t size)
{
    ssize_t n = pread(fd, holder, size - 1, 0);
    for (ssize_t i = 0; i < n; i++)
        if (holder[i] < ' ' || holder[i] > '~')
            holder[i] = '?';
    snprintf(holder + (n > 0 ? n : 0), size - (size_t)(n > 0 ? n : 0), "%s",
             n > 0 ? "" : "another process");
}

static int lock_busy(int fd, struct skn_error *err)
{
    char holder[80];
    holder_text(fd, holder, sizeof holder);
    return skn_fail(err, SKN_E_BUSY, "55P03", 0, "held by %s", holder);
}

static int run_lock_open(struct skn_conn *conn, struct skn_str name)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, "lock.%016llx",
             (unsigned long long)skn_null_hash(SKN_NULL_HASH, name.ptr, name.len));
    return lock_file_open(conn, suffix);
}

int skn_null_holder_read(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                         struct skn_error *err)
{
    char holder[80];
    if (conn->folder < 0 || conn->lock_name)
        return SKN_OK;
    int fd = run_lock_open(conn, name);
    if (fd < 0)
        return file_fail(conn, "cannot be asked for its lock", err);
    if (flock(fd, LOCK_SH | LOCK_NB) != 0) {
        holder_text(fd, holder, sizeof holder);
        out(ctx, skn_str(holder));
    }
    close(fd);
    return SKN_OK;
}

static int folder_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int fd = run_lock_open(conn, name);
    if (fd < 0)
        return file_fail(conn, "cannot be locked", err);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int rc =
            errno == EWOULDBLOCK ? lock_busy(fd, err) : file_fail(conn, "cannot be locked", err);
        close(fd);
        return rc;
    }
    holder_write(fd);
    conn->lock_fd = fd;
    return SKN_OK;
}

int skn_null_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    if (conn->lock_name)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "this session holds a lock already");
    char *copy = NULL;
    if (skn_null_name_set(&copy, name) != SKN_OK)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for the lock");
    int rc = SKN_OK;
    if (conn->folder >= 0 && !(conn->config.lies & SKN_NULL_LIE_LOCK))
        rc = folder_lock(conn, name, err);
    if (rc == SKN_OK)
        conn->lock_name = copy;
    else
        free(copy);
    return rc;
}

int skn_null_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    if (!conn->lock_name || !skn_str_is(name, conn->lock_name))
        return skn_fail(err, SKN_E_DRIVER, NULL, 0, "the lock is not held");
    if (conn->lock_fd >= 0)
        close(conn->lock_fd);
    conn->lock_fd = -1;
    free(conn->lock_name);
    conn->lock_name = NULL;
    return SKN_OK;
}

int skn_null_state_first(struct skn_conn *conn, const char *name)
{
    char suffix[64];
    char file[FILE_NAME_ROOM];
    snprintf(suffix, sizeof suffix, "once.%.48s", name);
    file_name(conn, suffix, file);
    int fd = openat(conn->folder, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}
