/*
 * Files that others must not be able to decide about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"

static char folder[] = "/tmp/skein-test-file-XXXXXX";
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
    static const char *const names[] = {"a", "b", "link", "fifo", "new"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlinkat(dir, names[i], 0);
    close(dir);
    return rmdir(folder);
}

static void file_put(const char *name, const char *text, mode_t mode)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int file_get(const char *name, unsigned flags, size_t limit, struct skn_error *err)
{
    struct skn_buf out = {0};
    int rc = skn_file_read(dir, name, name, flags, limit, &out, err);
    skn_buf_finish(&out);
    return rc;
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf out = {0};
    file_put("a", "hello", 0600);
    assert_int_equal(skn_file_read(dir, "a", "a", 0, 5, &out, &err), SKN_OK);
    assert_string_equal(skn_buf_text(&out), "hello");
    skn_buf_finish(&out);
    assert_int_equal(file_get("a", 0, 4, &err), SKN_E_CONFIG);
    assert_string_equal(err.message, "a: is larger than 4 bytes");
}

static void a_missing_file_is_said_to_be_missing(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    assert_int_equal(file_get("none", 0, 10, &err), SKN_E_MISSING);
    assert_string_equal(err.message, "none: no such file");
}

static void a_fifo_does_not_block(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
    assert_int_equal(file_get("fifo", 0, 10, &err), SKN_E_CONFIG);
    assert_string_equal(err.message, "fifo: is not a regular file");
}

static void a_link_is_refused_where_links_are(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    file_put("a", "x", 0600);
    assert_int_equal(symlinkat("a", dir, "link"), 0);
    assert_int_equal(file_get("link", 0, 10, &err), SKN_OK);
    assert_int_equal(file_get("link", SKN_FILE_NO_LINK, 10, &err), SKN_E_CONFIG);
}

static void a_file_that_others_can_change_is_refused(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    file_put("b", "x", 0622);
    assert_int_equal(file_get("b", SKN_FILE_OURS, 10, &err), SKN_E_CONFIG);
    assert_non_null(strstr(err.message, "chmod go-w"));
    file_put("b", "x", 0644);
    assert_int_equal(file_get("b", SKN_FILE_OURS, 10, &err), SKN_OK);
    assert_int_equal(file_get("b", SKN_FILE_PRIVATE, 10, &err), SKN_E_CONFIG);
    assert_non_null(strstr(err.message, "chmod 600"));
}

static void a_new_file_never_replaces_one(void **state)
{
    (void)state;
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_buf out = {0};
    assert_int_equal(skn_file_create(dir, "new", "new", 0600, skn_str("one"), &err), SKN_OK);
    assert_int_equal(skn_file_create(dir, "new", "new", 0600, skn_str("two"), &err), SKN_E_EXISTS);
    assert_int_equal(skn_file_read(dir, "new", "new", SKN_FILE_PRIVATE, 10, &out, &err), SKN_OK);
    assert_string_equal(skn_buf_text(&out), "one");
    skn_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(a_missing_file_is_said_to_be_missing),
        cmocka_unit_test(a_fifo_does_not_block),
        cmocka_unit_test(a_link_is_refused_where_links_are),
        cmocka_unit_test(a_file_that_others_can_change_is_refused),
        cmocka_unit_test(a_new_file_never_replaces_one),
    };
    return cmocka_run_group_tests_name("file", tests, folder_make, folder_remove);
}
