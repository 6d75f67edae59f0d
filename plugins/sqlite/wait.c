/*
 * Waiting for SQLite's locks, stopping what runs too long, and finding out who is in the way. All
 * waits are short naps with a look at the host between them.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "sqlite.h"

enum {
    OPERATIONS_BETWEEN_LOOKS = 20000, /* of SQLite's virtual machine: a few milliseconds */
    LONGEST_NAP_MS = 40,
    UNLIMITED_WAIT_MS = 60000 /* when the host sets no limit */
};

/* Where SQLite's file format puts its locks. */
enum { PENDING_BYTE = 0x40000000, SHARED_LAST = PENDING_BYTE + 2 + 509, WAL_WRITE_BYTE = 120 };

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int must_stop(struct skn_conn *conn)
{
    int64_t left;
    if (conn->host->cancelled(conn->host->ctx))
        return conn->stopped = SKN_E_CANCELLED;
    left = conn->host->time_left(conn->host->ctx);
    if (left <= 0 && left != -1)
        return conn->stopped = SKN_E_TIMEOUT;
    return SKN_OK;
}

int skn_sqlite_wait_check(struct skn_conn *conn, struct skn_error *err)
{
    switch (must_stop(conn)) {
    case SKN_OK:
        return SKN_OK;
    case SKN_E_CANCELLED:
        return skn_fail(err, SKN_E_CANCELLED, NULL, 0, "cancelled before it was started");
    default:
        return skn_fail(err, SKN_E_TIMEOUT, NULL, 0, "out of time before it was started");
    }
}

/* Waiters that woke in step would stay in step, so each nap is of another length. */
static int64_t nap_length(int attempt)
{
    struct timespec now;
    int64_t most = attempt < LONGEST_NAP_MS ? attempt + 1 : LONGEST_NAP_MS;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1 + (now.tv_nsec / 1000 + getpid()) % most;
}

int skn_sqlite_wait_more(void *arg, int attempt)
{
    struct skn_conn *conn = arg;
    struct timespec nap;
    int64_t ms;
    int64_t left;
    if (must_stop(conn))
        return 0;
    left = conn->host->time_left(conn->host->ctx);
    if (left == -1)
        left = conn->wait_until - clock_ms();
    if (left <= 0) {
        conn->stopped = SKN_E_TIMEOUT;
        return 0;
    }
    ms = nap_length(attempt);
    if (ms > left)
        ms = left;
    nap.tv_sec = 0;
    nap.tv_nsec = (long)ms * 1000000;
    nanosleep(&nap, NULL);
    return 1;
}

static int interrupt_if_stopped(void *conn)
{
    return must_stop(conn) != SKN_OK;
}

void skn_sqlite_wait_install(struct skn_conn *conn)
{
    conn->stopped = SKN_OK;
    conn->wait_until = clock_ms() + UNLIMITED_WAIT_MS;
    sqlite3_busy_handler(conn->db, skn_sqlite_wait_more, conn);
    sqlite3_progress_handler(conn->db, OPERATIONS_BETWEEN_LOOKS, interrupt_if_stopped, conn);
}

struct lock {
    long process;
    unsigned major;
    unsigned minor;
    uintmax_t inode;
    uintmax_t first;
};

/* A line of /proc/locks: "1: POSIX  ADVISORY  WRITE 3434 fd:00:2531452 1073741826 1073742335". */
static int read_lock(const char *line, struct lock *lock)
{
    return sscanf(line, "%*u: POSIX ADVISORY %*7s %ld %x:%x:%ju %ju", &lock->process, &lock->major,
                  &lock->minor, &lock->inode, &lock->first) == 5;
}

static int is_on(const struct lock *lock, dev_t device, ino_t inode)
{
    return lock->major == major(device) && lock->minor == minor(device) && lock->inode == inode;
}

long skn_sqlite_wait_holder(const struct skn_sqlite_file *file)
{
    char path[PATH_MAX];
    char line[256];
    struct stat shm;
    struct lock lock;
    long holder = 0;
    int wal;
    FILE *locks = file->present ? fopen("/proc/locks", "re") : NULL;
    if (!locks)
        return 0;
    snprintf(path, sizeof path, "%s-shm", file->path);
    wal = stat(path, &shm) == 0;
    while (!holder && fgets(line, sizeof line, locks)) {
        if (!read_lock(line, &lock) || lock.process <= 0 || lock.process == getpid())
            continue;
        if (is_on(&lock, file->device, file->inode) && lock.first >= PENDING_BYTE &&
            lock.first <= SHARED_LAST && !wal)
            holder = lock.process;
        if (wal && is_on(&lock, shm.st_dev, shm.st_ino) && lock.first == WAL_WRITE_BYTE)
            holder = lock.process;
    }
    fclose(locks);
    return holder;
}
