/*
 * System calls under files fail, each in turn: what was there stays, what is new is whole or not
 * there, nothing is left, and it is said why. The calls are this program's own, which the linker
 * takes before the C library's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

/* ---- the calls ---- */

static struct {
    int counting;
    size_t count;
    size_t at; /* the one that fails, 0: none */
    int reason;
    int little;      /* read and write do one byte at a time */
    int interrupted; /* the next of them is */
} calls;

#ifndef SKEIN_SANITIZED /* a sanitizer has these calls itself, and sees no fault */

static int fails(void)
{
    if (!calls.counting || ++calls.count != calls.at)
        return 0;
    errno = calls.reason;
    return 1;
}

static int fails_or_is_interrupted(void)
{
    if (!calls.counting || !calls.interrupted)
        return fails();
    calls.interrupted = 0;
    errno = EINTR;
    return 1;
}

static size_t most(size_t size)
{
    return calls.counting && calls.little && size > 1 ? 1 : size;
}

ssize_t read(int fd, void *to, size_t size)
{
    return fails_or_is_interrupted() ? -1 : (ssize_t)syscall(SYS_read, fd, to, most(size));
}

ssize_t pread(int fd, void *to, size_t size, off_t at)
{
    return fails_or_is_interrupted() ? -1 : (ssize_t)syscall(SYS_pread64, fd, to, most(size), at);
}

ssize_t write(int fd, const void *from, size_t size)
{
    return fails_or_is_interrupted() ? -1 : (ssize_t)syscall(SYS_write, fd, from, most(size));
}

int fsync(int fd)
{
    return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    return fails() ? -1 : (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return fails() ? -1 : (int)syscall(SYS_renameat, from_fd, from, to_fd, to);
}

int fstat(int fd, struct stat *info)
{
    return fails() ? -1 : fstatat(fd, "", info, AT_EMPTY_PATH);
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    unsigned mode = (flags & O_CREAT) ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return fails() ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* Closes it also where it says that it failed, as the system does. */
int close(int fd)
{
    int failed = fails();
    int reason = errno;
    int rc = (int)syscall(SYS_close, fd);
    errno = failed ? reason : errno;
    return failed ? -1 : rc;
}

#endif

/* ---- what they are done to ---- */

static char folder[] = "/tmp/skein-test-file-fault-XXXXXX";
static int dir = -1;

static int folder_make(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    dir = open(folder, O_RDONLY | O_DIRECTORY);
    return dir < 0;
}

static int folder_remove(void **state)
{
    (void)state;
    unlinkat(dir, "a", 0);
    unlinkat(dir, "b", 0);
    close(dir);
    return rmdir(folder);
}

/* A file's text, "" where there is none; its own way, past the calls above. */
static const char *text_of(const char *name)
{
    static char text[64];
    calls.counting = 0;
    int fd = openat(dir, name, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

static void begin(size_t at, int reason)
{
    calls.count = 0;
    calls.at = at;
    calls.reason = reason;
    calls.little = calls.interrupted = 0;
    calls.counting = 1;
}

static int file_read(struct skn_error *err)
{
    struct skn_buf out = {0};
    int rc = skn_file_read(dir, "a", "a", SKN_FILE_OURS, 100, &out, err);
    calls.counting = 0;
    if (rc == SKN_OK)
        assert_string_equal(skn_buf_text(&out), "what was there");
    skn_buf_finish(&out);
    return rc;
}

static int file_replace(struct skn_error *err)
{
    int rc = skn_file_replace(dir, "a", "a", 0600, skn_str("new text"), err);
    calls.counting = 0;
    return rc;
}

static void a_made(void)
{
    struct skn_error err = SKN_ERROR_INIT;
    calls.counting = 0;
    unlinkat(dir, "b", 0);
    assert_int_equal(skn_file_replace(dir, "a", "a", 0600, skn_str("what was there"), &err),
                     SKN_OK);
}

static void p9_what_is_read_and_written_byte_by_byte_is_whole(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    a_made();
    begin(0, 0);
    calls.little = 1;
    assert_int_equal(file_read(&err), SKN_OK);
    begin(0, 0);
    calls.little = 1;
    assert_int_equal(file_replace(&err), SKN_OK);
    assert_string_equal(text_of("a"), "new text");
}

#ifndef SKEIN_SANITIZED

/* Entries of a folder besides "a" and "b". */
static size_t entries(const char *path)
{
    size_t n = 0;
    struct dirent *entry;
    DIR *list = opendir(path);
    assert_non_null(list);
    while ((entry = readdir(list)))
        n += strcmp(entry->d_name, "a") != 0 && strcmp(entry->d_name, "b") != 0;
    closedir(list);
    return n;
}

static int file_create(struct skn_error *err)
{
    int rc = skn_file_create(dir, "b", "b", 0600, skn_str("new text"), err);
    calls.counting = 0;
    return rc;
}

/* Each call of it fails once. Returns how many there were. */
static size_t each_fails(int (*act)(struct skn_error *err), const char *name, const char *before)
{
    size_t here = entries(folder);
    size_t descriptors = entries("/proc/self/fd");
    for (size_t at = 1;; at++) {
        struct skn_error err = SKN_ERROR_INIT;
        a_made();
        begin(at, EIO);
        int rc = act(&err);
        if (calls.count < at) {
            assert_int_equal(rc, SKN_OK);
            return at - 1;
        }
        const char *text = text_of(name);
        assert_true(strcmp(text, before) == 0 || strcmp(text, "new text") == 0);
        /* What is closed without having been written may go wrong unseen. */
        if (rc == SKN_OK) {
            assert_true(act == file_read || strcmp(text, before) != 0);
        } else {
            assert_int_equal(rc, SKN_E_CONFIG);
            assert_non_null(strstr(err.message, "Input/output error"));
            assert_true(strcmp(text, before) == 0 || strstr(err.message, "cannot be synced"));
        }
        assert_int_equal(entries(folder), here);
        assert_int_equal(entries("/proc/self/fd"), descriptors);
    }
}

static void p9_a_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    assert_true(each_fails(file_read, "a", "what was there") >= 3);
}

static void p9_a_file_is_replaced_whole_or_stays(void **state)
{
    (void)state;
    assert_true(each_fails(file_replace, "a", "what was there") >= 6);
}

static void p9_a_new_file_is_whole_or_not_there(void **state)
{
    (void)state;
    assert_true(each_fails(file_create, "b", "") >= 6);
}

static void p9_a_call_that_was_interrupted_is_made_again(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    a_made();
    begin(0, 0);
    calls.interrupted = 1;
    assert_int_equal(file_read(&err), SKN_OK);
    assert_false(calls.interrupted);
    begin(0, 0);
    calls.interrupted = 1;
    assert_int_equal(file_replace(&err), SKN_OK);
    assert_false(calls.interrupted);
    assert_string_equal(text_of("a"), "new text");
}

static void p9_a_hash_of_what_cannot_be_read_is_none(void **state)
{
    char hash[SKN_SHA256_HEX], whole[SKN_SHA256_HEX];
    (void)state;
    a_made();
    skn_sha256_hex(skn_str("what was there"), whole);
    int fd = openat(dir, "a", O_RDONLY);
    begin(1, EIO);
    assert_int_equal(skn_sha256_fd(fd, hash), -1);
    assert_int_equal(errno, EIO);
    begin(0, 0);
    calls.little = calls.interrupted = 1;
    assert_int_equal(skn_sha256_fd(fd, hash), 0);
    assert_string_equal(hash, whole);
    calls.counting = 0;
    close(fd);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p9_what_is_read_and_written_byte_by_byte_is_whole),
#ifndef SKEIN_SANITIZED
        cmocka_unit_test(p9_a_file_that_cannot_be_read_is_told),
        cmocka_unit_test(p9_a_file_is_replaced_whole_or_stays),
        cmocka_unit_test(p9_a_new_file_is_whole_or_not_there),
        cmocka_unit_test(p9_a_call_that_was_interrupted_is_made_again),
        cmocka_unit_test(p9_a_hash_of_what_cannot_be_read_is_none),
#endif
    };
    return cmocka_run_group_tests_name("file faults", tests, folder_make, folder_remove);
}
