/*
 * Owners and modes from the root down to one file. It knows nothing of what the file holds.
 */
#include "work/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "work/refuse.h"

enum { ELEMENT_SHOWN = 200 };

/* What is being checked: folders above the one that holds the driver, that one, the driver. */
enum place { ANCESTOR, FOLDER, ITSELF };

struct element {
    const char *driver; /* the whole path */
    const char *path;   /* the driver's, or that of a folder above it */
    enum place place;
    struct stat info;
};

/* "DRIVER: REASON", or "DRIVER: folder PATH: REASON". */
static int element_refuse(const struct element *element, struct skn_error *err, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

static int element_refuse(const struct element *element, struct skn_error *err, const char *format,
                          ...)
{
    char reason[256];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    if (element->place == ITSELF)
        return skn_driver_refuse(err, element->driver, "%s", reason);
    size_t len = strlen(element->path);
    const char *shown = element->path + (len > ELEMENT_SHOWN ? len - ELEMENT_SHOWN : 0);
    return skn_driver_refuse(err, element->driver, "folder %s%s: %s",
                             shown == element->path ? "" : "...", shown, reason);
}

static int owner_check(const struct element *element, struct skn_error *err)
{
    uid_t uid = geteuid();
    if (element->info.st_uid == 0 || element->info.st_uid == uid)
        return SKN_OK;
    return element_refuse(element, err, "owner: expected root or user %lu, found user %lu",
                          (unsigned long)uid, (unsigned long)element->info.st_uid);
}

static int mode_check(const struct element *element, struct skn_error *err)
{
    mode_t mode = element->info.st_mode;
    if (!(mode & (S_IWGRP | S_IWOTH)))
        return SKN_OK;
    /* In a sticky folder nobody else can rename or remove what we own, but anybody can add. */
    if (element->place == ANCESTOR && (mode & S_ISVTX))
        return SKN_OK;
    return element_refuse(
        element, err, "mode: expected no write permission for group and others, found %04o; %s",
        (unsigned)(mode & 07777),
        mode & S_ISVTX ? "keep drivers in a folder of their own" : "run chmod go-w on it");
}

static int element_check(struct element *element, struct skn_error *err)
{
    if (lstat(element->path, &element->info) != 0)
        return element_refuse(element, err, "cannot be examined: %s", strerror(errno));
    mode_t mode = element->info.st_mode;
    if (element->place == ITSELF ? !S_ISREG(mode) : !S_ISDIR(mode))
        return element_refuse(element, err, "type: expected a %s, found something else",
                              element->place == ITSELF ? "regular file" : "folder");
    int rc = owner_check(element, err);
    return rc == SKN_OK ? mode_check(element, err) : rc;
}

/* From the root down: once an element is ours, nobody else can exchange what is below it. */
static int chain_check(const char *real, struct stat *info, struct skn_error *err)
{
    char *path = skn_strdup(real);
    const char *last = strrchr(path, '/');
    struct element element = {.driver = real, .path = "/"};
    element.place = last == path ? FOLDER : ANCESTOR;
    int rc = element_check(&element, err);
    element.path = path;
    for (char *at = path + 1; rc == SKN_OK && (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        element.place = at == last ? FOLDER : ANCESTOR;
        rc = element_check(&element, err);
        *at = '/';
    }
    element.place = ITSELF;
    if (rc == SKN_OK)
        rc = element_check(&element, err);
    *info = element.info;
    free(path);
    return rc;
}

static int real_path(const char *path, char **real, struct skn_error *err)
{
    *real = realpath(path, NULL);
    if (*real)
        return SKN_OK;
    if (errno == ENOMEM)
        skn_alloc_fail();
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
