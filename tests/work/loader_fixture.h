/*
 * What the tests of the loader share: a folder for each test with a copy of the null driver in it,
 * and what must be refused or accepted.
 */
#ifndef SKN_TEST_LOADER_FIXTURE_H
#define SKN_TEST_LOADER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "work/loader.h"

extern char **environ;

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
    return 0;
}

static inline int64_t host_time_left(void *ctx)
{
    (void)ctx;
    return -1;
}

static inline int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                            struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx, (void)dialect, (void)text, (void)cursor, (void)err;
    return SKN_E_UNSUPPORTED;
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

struct fixture {
    char folder[64];
    char path[128]; /* of a copy of the null driver in it */
    char *bytes;    /* of the null driver */
    size_t size;
    struct skn_error err;
};

static inline void file_write(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        print_error("%s: %s\n", path, strerror(errno));
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(close(fd), 0);
}

static inline int bytes_read(struct fixture *fixture)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    char path[4096];
    struct stat info;
    snprintf(path, sizeof path, "%s/skein_null.so", folder ? folder : ".");
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0)
        return -1;
    fixture->size = (size_t)info.st_size;
    fixture->bytes = malloc(fixture->size);
    ssize_t n = read(fd, fixture->bytes, fixture->size);
    close(fd);
    return n == info.st_size ? 0 : -1;
}

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    fixture->err.size = sizeof fixture->err;
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/skein-loader-XXXXXX");
    if (!mkdtemp(fixture->folder) || bytes_read(fixture) != 0)
        return -1;
    snprintf(fixture->path, sizeof fixture->path, "%s/skein_null.so", fixture->folder);
    file_write(fixture->path, fixture->bytes, fixture->size);
    return 0;
}

static inline int entry_remove(const char *path, const struct stat *info, int kind,
                               struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    nftw(fixture->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture->bytes);
    free(fixture);
    return 0;
}

static inline const char *in_folder(const struct fixture *fixture, const char *name)
{
    static char paths[4][256];
    static size_t turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", fixture->folder, name);
    return path;
}

static inline void refused_with(struct fixture *fixture, int rc, const char *part)
{
    if (rc != SKN_E_CONFIG || !strstr(fixture->err.message, part))
        print_error("expected \"%s\", got %d: %s\n", part, rc, fixture->err.message);
    assert_int_equal(rc, SKN_E_CONFIG);
    assert_non_null(strstr(fixture->err.message, part));
}

static inline void check_refused(struct fixture *fixture, const char *path, const char *part)
{
    fixture->err.message[0] = '\0';
    refused_with(fixture, skn_driver_check_file(path, &fixture->err), part);
}

static inline void check_accepted(struct fixture *fixture, const char *path)
{
    int rc = skn_driver_check_file(path, &fixture->err);
    if (rc != SKN_OK)
        print_error("%s\n", fixture->err.message);
    assert_int_equal(rc, SKN_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
