/*
 * Safe reading and creating of files. It knows nothing of what is in them.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

int skn_stat_open_to_others(const struct stat *info, uid_t uid)
{
    return (info->st_uid != uid && info->st_uid != 0) || (info->st_mode & (S_IWGRP | S_IWOTH));
}

static int open_fail(const char *shown, struct skn_error *err)
{
    if (errno == ENOENT)
        return skn_error_set(err, SKN_E_MISSING, "%s: no such file", shown);
    if (errno == ELOOP)
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s: is a symbolic link, which is not followed here", shown);
    return skn_error_set(err, SKN_E_CONFIG, "%s: cannot be opened: %s", shown, strerror(errno));
}

/* Who we are does not change, and asking is a system call for each file of a history. */
static uid_t own_uid(void)
{
    static uid_t uid;
    static int known;
    if (!known)
        uid = geteuid();
    known = 1;
    return uid;
}

static int stat_check(const struct stat *info, const char *shown, unsigned flags,
                      struct skn_error *err)
{
    uid_t uid = own_uid();
    if (!S_ISREG(info->st_mode))
        return skn_error_set(err, SKN_E_CONFIG, "%s: is not a regular file", shown);
    if ((flags & (SKN_FILE_OURS | SKN_FILE_PRIVATE)) && info->st_uid != uid && info->st_uid != 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s: belongs to user %lu; it must belong to you or to root", shown,
                             (unsigned long)info->st_uid);
    if ((flags & SKN_FILE_PRIVATE) && (info->st_mode & (S_IRWXG | S_IRWXO)))
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s: can be read by others (mode %04o); run chmod 600 on it", shown,
                             (unsigned)(info->st_mode & 07777));
    if ((flags & SKN_FILE_OURS) && skn_stat_open_to_others(info, uid))
        return skn_error_set(err, SKN_E_CONFIG,
                             "%s: can be written by others (mode %04o); run chmod go-w on it",
                             shown, (unsigned)(info->st_mode & 07777));
    return SKN_OK;
}

static int folder_check(const struct stat *info, const char *shown, struct skn_error *err)
{
    uid_t uid = geteuid();
    /* In a sticky folder nobody else can rename or remove what is ours. */
    int sticky = (info->st_mode & S_ISVTX) && (info->st_uid == uid || info->st_uid == 0);
    if (sticky || !skn_stat_open_to_others(info, uid))
        return SKN_OK;
    return skn_error_set(err, SKN_E_CONFIG,
                         "%s: others can write in this folder (owner %lu, mode %04o), and could "
                         "put another file there; it must belong to you or to root, run chmod "
                         "go-w on it",
                         shown, (unsigned long)info->st_uid, (unsigned)(info->st_mode & 07777));
}

int skn_file_folder_check(const char *folder, struct skn_error *err)
{
    struct stat info;
    if (stat(folder, &info) != 0)
        return open_fail(folder, err);
    return folder_check(&info, folder, err);
}

/* One part of the way: *fd becomes that of the folder below. */
static int folder_enter(int *fd, const char *name, const char *shown, struct skn_error *err)
{
    struct stat info;
    int below = openat(*fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0) {
        /* With O_DIRECTORY a link is but something else than a folder. */
        int link = fstatat(*fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
        errno = link ? ELOOP : errno;
        return open_fail(shown, err);
    }
    close(*fd);
    *fd = below;
    return fstat(below, &info) == 0 ? folder_check(&info, shown, err) : open_fail(shown, err);
}

int skn_file_below_check(const char *folder, const char *path, const char *shown,
                         struct skn_error *err)
{
    struct stat info;
    char *copy = skn_strdup(path);
    char *rest = copy;
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? open_fail(shown, err) : SKN_OK;
    for (char *slash; rc == SKN_OK && (slash = strchr(rest, '/')) != NULL; rest = slash + 1) {
        *slash = '\0';
        if (slash > rest)
            rc = folder_enter(&fd, rest, shown, err);
    }
    if (rc == SKN_OK && fstatat(fd, rest, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(info.st_mode)) {
        errno = ELOOP;
        rc = open_fail(shown, err);
    }
    if (fd >= 0)
        close(fd);
    free(copy);
    return rc;
}

enum { CHUNK = 65536 };

/* size: what the file system says, 0 where it does not know; reading stops there, which saves
 * asking for an end that is known. */
static int fd_read(int fd, const char *shown, size_t size, size_t limit, struct skn_buf *out,
                   struct skn_error *err)
{
    size_t total = 0;
    for (;;) {
        size_t more = total < size ? size - total : CHUNK;
        ssize_t n = read(fd, skn_buf_reserve(out, more), more);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return skn_error_set(err, SKN_E_CONFIG, "%s: cannot be read: %s", shown,
                                 strerror(errno));
        if (n == 0)
            return SKN_OK;
        total += (size_t)n;
        if (total > limit)
            return skn_error_set(err, SKN_E_CONFIG, "%s: is larger than %zu bytes", shown, limit);
        skn_buf_extend(out, (size_t)n);
        if (total == size)
            return SKN_OK;
    }
}

int skn_file_read(int dir_fd, const char *path, const char *shown, unsigned flags, size_t limit,
                  struct skn_buf *out, struct skn_error *err)
{
    /* O_NONBLOCK, because opening a FIFO would wait for a writer. */
    int open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    if (flags & SKN_FILE_NO_LINK)
        open_flags |= O_NOFOLLOW;
    int fd = openat(dir_fd, path, open_flags);
    if (fd < 0)
        return open_fail(shown, err);
    struct stat info;
    int rc = fstat(fd, &info) == 0 ? stat_check(&info, shown, flags, err) : open_fail(shown, err);
    if (rc == SKN_OK && info.st_size > 0 && (size_t)info.st_size > limit)
        rc = skn_error_set(err, SKN_E_CONFIG, "%s: is larger than %zu bytes", shown, limit);
    if (rc == SKN_OK)
        rc = fd_read(fd, shown, (size_t)info.st_size, limit, out, err);
    close(fd);
    return rc;
}

static int fd_write(int fd, struct skn_str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        text.ptr += n;
        text.len -= (size_t)n;
    }
    return fsync(fd);
}

/* link() refuses to replace what is there, rename() does not. */
static int put_in_place(int dir_fd, const char *temporary, const char *name, int replace)
{
    return replace ? renameat(dir_fd, temporary, dir_fd, name)
                   : linkat(dir_fd, temporary, dir_fd, name, 0);
}

static int folder_sync(int dir_fd)
{
    int folder = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = folder < 0 || fsync(folder) != 0 ? -1 : 0;
    int reason = errno;
    if (folder >= 0)
        close(folder);
    errno = reason;
    return failed;
}

static int file_make(int dir_fd, const char *name, const char *shown, mode_t mode,
                     struct skn_str text, int replace, struct skn_error *err)
{
    char random[13];
    char temporary[32];
    skn_random_hex(random, sizeof random);
    snprintf(temporary, sizeof temporary, ".skein-%s", random);

    int fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return skn_error_set(err, SKN_E_CONFIG, "%s: cannot be written: %s", shown,
                             strerror(errno));
    int failed = fd_write(fd, text);
    if (close(fd) != 0)
        failed = -1;
    if (!failed)
        failed = put_in_place(dir_fd, temporary, name, replace);
    int reason = errno;
    unlinkat(dir_fd, temporary, 0);
    if (failed)
        return skn_error_set(err, reason == EEXIST ? SKN_E_EXISTS : SKN_E_CONFIG,
                             "%s: cannot be written: %s", shown, strerror(reason));
    if (folder_sync(dir_fd) != 0)
        return skn_error_set(err, SKN_E_CONFIG, "%s: the folder cannot be synced: %s", shown,
                             strerror(errno));
    return SKN_OK;
}

int skn_file_create(int dir_fd, const char *name, const char *shown, mode_t mode,
                    struct skn_str text, struct skn_error *err)
{
    return file_make(dir_fd, name, shown, mode, text, 0, err);
}

int skn_file_replace(int dir_fd, const char *name, const char *shown, mode_t mode,
                     struct skn_str text, struct skn_error *err)
{
    return file_make(dir_fd, name, shown, mode, text, 1, err);
}
