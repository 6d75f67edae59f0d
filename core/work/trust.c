/*
 * Owners and modes from the root down to one file. It knows nothing of what the file holds.
 */
#include "work/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "work/refuse.h"

/* The chain of folders whose last element holds the file, or the file itself. */
enum place { ANCESTOR, FOLDER, ITSELF };

static int owner_check(const char *element, const struct stat *info, struct skn_error *err)
{
    uid_t uid = geteuid();
    if (info->st_uid == 0 || info->st_uid == uid)
        return SKN_OK;
    return skn_driver_refuse(err, element, "owner: expected root or user %lu, found user %lu",
                             (unsigned long)uid, (unsigned long)info->st_uid);
}

static int mode_check(const char *element, const struct stat *info, enum place place,
                      struct skn_error *err)
{
    if (!(info->st_mode & (S_IWGRP | S_IWOTH)))
        return SKN_OK;
    /* In a sticky folder nobody else can rename or remove what we own, but anybody can add. */
    if (place == ANCESTOR && (info->st_mode & S_ISVTX))
        return SKN_OK;
    return skn_driver_refuse(err, element,
                             "mode: expected no write permission for group and others, found %04o; "
                             "%s",
                             (unsigned)(info->st_mode & 07777),
                             info->st_mode & S_ISVTX ? "keep drivers in a folder of their own"
                                                     : "run chmod go-w on it");
}

static int element_check(const char *element, enum place place, struct stat *info,
                         struct skn_error *err)
{
    if (lstat(element, info) != 0)
        return skn_driver_refuse(err, element, "cannot be examined: %s", strerror(errno));
    if (place == ITSELF ? !S_ISREG(info->st_mode) : !S_ISDIR(info->st_mode))
        return skn_driver_refuse(err, element, "type: expected a %s, found something else",
                                 place == ITSELF ? "regular file" : "folder");
    int rc = owner_check(element, info, err);
    return rc == SKN_OK ? mode_check(element, info, place, err) : rc;
}

/* From the root down: once an element is ours, nobody else can exchange what is below it. */
static int chain_check(char *real, struct stat *info, struct skn_error *err)
{
    const char *last = strrchr(real, '/');
    int rc = element_check("/", last == real ? FOLDER : ANCESTOR, info, err);
    for (char *at = real + 1; rc == SKN_OK && (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        rc = element_check(real, at == last ? FOLDER : ANCESTOR, info, err);
        *at = '/';
    }
    return rc == SKN_OK ? element_check(real, ITSELF, info, err) : rc;
}

static int real_path(const char *path, char **real, struct skn_error *err)
{
    *real = realpath(path, NULL);
    if (*real)
        return SKN_OK;
    if (errno == ENOMEM)
        *real = skn_alloc((size_t)-1);
    return skn_driver_refuse(err, path, "path: expected a file that can be reached, found: %s",
                             strerror(errno));
}

static int file_open(const char *real, const struct stat *checked, int *fd, struct skn_error *err)
{
    struct stat info;
    /* O_NONBLOCK, should a FIFO have taken the file's place since. */
    *fd = open(real, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0)
        return skn_driver_refuse(err, real, "cannot be opened: %s", strerror(errno));
    if (fstat(*fd, &info) == 0 && info.st_dev == checked->st_dev && info.st_ino == checked->st_ino)
        return SKN_OK;
    close(*fd);
    *fd = -1;
    return skn_driver_refuse(err, real, "was exchanged while it was being checked");
}

int skn_trust_open(const char *path, char **real, int *fd, struct skn_error *err)
{
    struct stat info;
    *fd = -1;
    int rc = real_path(path, real, err);
    if (rc != SKN_OK)
        return rc;
    rc = chain_check(*real, &info, err);
    if (rc == SKN_OK)
        rc = file_open(*real, &info, fd, err);
    if (rc != SKN_OK) {
        free(*real);
        *real = NULL;
    }
    return rc;
}
