/*
 * The lock that keeps runners apart where no transaction does: a file beside the database that the
 * kernel frees with the process. The database file itself must not be opened a second time, for
 * closing it would drop SQLite's own locks. Knows nothing of who wants it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sqlite.h"

enum { HOLDER_SIZE = 96 };

static int lock_path(const struct skn_conn *conn, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s-skein-lock", conn->file.path);
    return len > 0 && len < PATH_MAX;
}

static int fail_file(const char *path, struct skn_error *err)
{
    return skn_fail(err, SKN_E_CONFIG, NULL, errno, "\"%.300s\" cannot be locked: %s", path,
                    strerror(errno));
}

static void holder_read(int fd, char out[HOLDER_SIZE])
{
    ssize_t n = pread(fd, out, HOLDER_SIZE - 1, 0);
    ssize_t i;
    out[n > 0 ? n : 0] = '\0';
    for (i = 0; i < n; i++)
        if (out[i] < ' ' || out[i] > '~')
            out[i] = '?';
    if (n <= 0)
        snprintf(out, HOLDER_SIZE, "another process");
}

/* Who holds it is a courtesy; that it is held, the kernel knows. */
static void holder_write(int fd)
{
    char text[HOLDER_SIZE];
    char when[32] = "an unknown time";
    time_t now = time(NULL);
    struct tm parts;
    int len;
    if (gmtime_r(&now, &parts))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &parts);
    len = snprintf(text, sizeof text, "process %ld since %s", (long)getpid(), when);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        return;
}

/* The one before us took its file away when it was done, which may be the one that we opened. */
static int is_current(int fd, const char *path)
{
    struct stat ours, there;
    return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

static int lock_try(const char *path, int *fd, struct skn_error *err)
{
    char holder[HOLDER_SIZE];
    int rc;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (*fd < 0)
        return fail_file(path, err);
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return SKN_OK;
    if (errno != EWOULDBLOCK) {
        rc = fail_file(path, err);
    } else {
        holder_read(*fd, holder);
        rc = skn_fail(err, SKN_E_BUSY, "55P03", 0, "the database is locked by %s", holder);
    }
    close(*fd);
    *fd = -1;
    return rc;
}

int skn_sqlite_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    char path[PATH_MAX];
    int code = SKN_OK;
    (void)name;
    if (conn->file.memory || conn->lock_fd >= 0)
        return SKN_OK;
    if (!lock_path(conn, path))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "the path is too long for a lock beside it");
    while (!code && conn->lock_fd < 0) {
        code = lock_try(path, &conn->lock_fd, err);
        if (!code && !is_current(conn->lock_fd, path)) {
            close(conn->lock_fd);
            conn->lock_fd = -1;
        }
    }
    if (!code)
        holder_write(conn->lock_fd);
    return code;
}

void skn_sqlite_lock_drop(struct skn_conn *conn)
{
    char path[PATH_MAX];
    if (conn->lock_fd < 0)
        return;
    if (lock_path(conn, path) && is_current(conn->lock_fd, path))
        unlink(path);
    close(conn->lock_fd);
    conn->lock_fd = -1;
}

int skn_sqlite_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    (void)name;
    (void)err;
    skn_sqlite_lock_drop(conn);
    return SKN_OK;
}

int skn_sqlite_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                      struct skn_error *err)
{
    char path[PATH_MAX];
    char holder[HOLDER_SIZE];
    int fd;
    (void)name;
    (void)err;
    if (conn->file.memory || conn->lock_fd >= 0 || !lock_path(conn, path))
        return SKN_OK;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return SKN_OK;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0) {
        holder_read(fd, holder);
        out(ctx, skn_str(holder));
    }
    close(fd);
    return SKN_OK;
}
