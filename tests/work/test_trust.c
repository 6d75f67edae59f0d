/*
 * Which files are trusted: kinds, links, owners and modes, from the root down.
 */
#include "loader_fixture.h"

/* ---- kinds of files ---- */

static void a_sound_driver_is_accepted_by_any_path_to_it(void **state)
{
    struct fixture *fixture = *state;
    check_accepted(fixture, fixture->path);
    assert_int_equal(symlink(fixture->path, in_folder(fixture, "link.so")), 0);
    check_accepted(fixture, in_folder(fixture, "link.so"));
    char roundabout[256];
    snprintf(roundabout, sizeof roundabout, "/proc/self/root%s/..//./%s/skein_null.so",
             fixture->folder, strrchr(fixture->folder, '/'));
    check_accepted(fixture, roundabout);
    const char *named = in_folder(fixture, "line\nbreak \x1b[31m.so");
    file_write(named, fixture->bytes, fixture->size);
    check_accepted(fixture, named);
    assert_int_equal(chmod(named, 0606), 0);
    check_refused(fixture, named, "line\\nbreak \\x1b[31m.so: mode");
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *fifo = in_folder(fixture, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    check_refused(fixture, fifo, "regular file");
    const char *folder = in_folder(fixture, "folder");
    assert_int_equal(mkdir(folder, 0700), 0);
    check_refused(fixture, folder, "regular file");
    check_refused(fixture, "/dev/null", "regular file");
    check_refused(fixture, "/", "regular file");
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", fixture->folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    check_refused(fixture, address.sun_path, "regular file");
    close(fd);
}

static void what_cannot_be_reached_is_refused(void **state)
{
    struct fixture *fixture = *state;
    check_refused(fixture, in_folder(fixture, "absent.so"), "No such file");
    assert_int_equal(symlink("nowhere", in_folder(fixture, "dangling")), 0);
    check_refused(fixture, in_folder(fixture, "dangling"), "No such file");
    assert_int_equal(symlink("loop", in_folder(fixture, "loop")), 0);
    check_refused(fixture, in_folder(fixture, "loop"), "symbolic links");
    check_refused(fixture, "", "No such file");
    char *path = calloc(1, 9000);
    memset(path, 'a', 8999);
    path[0] = '/';
    check_refused(fixture, path, "too long");
    /* A long path loses its beginning, never the reason. */
    assert_true(strlen(fixture->err.message) < 500);
    free(path);
}

static void a_file_that_is_no_driver_is_refused(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture->path, "", 0);
    check_refused(fixture, fixture->path, "found 0 bytes");
    file_write(fixture->path, fixture->bytes, 63);
    check_refused(fixture, fixture->path, "found 63 bytes");
    char text[200];
    memset(text, '#', sizeof text);
    file_write(fixture->path, text, sizeof text);
    check_refused(fixture, fixture->path, "magic");
}

/* ---- owners and modes ---- */

static void a_driver_others_can_write_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const mode_t open_modes[] = {0666, 0664, 0620, 0602, 0777};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        assert_int_equal(chmod(fixture->path, open_modes[i]), 0);
        check_refused(fixture, fixture->path, "run chmod go-w on it");
    }
    static const mode_t closed_modes[] = {0755, 0644, 0555, 0400};
    for (size_t i = 0; i < sizeof closed_modes / sizeof closed_modes[0]; i++) {
        assert_int_equal(chmod(fixture->path, closed_modes[i]), 0);
        check_accepted(fixture, fixture->path);
    }
}

static void a_folder_others_can_write_is_refused_wherever_it_stands(void **state)
{
    struct fixture *fixture = *state;
    char above[128];
    char inside[128];
    snprintf(above, sizeof above, "%s", in_folder(fixture, "above"));
    snprintf(inside, sizeof inside, "%s", in_folder(fixture, "above/inside"));
    assert_int_equal(mkdir(above, 0700), 0);
    assert_int_equal(mkdir(inside, 0700), 0);
    const char *path = in_folder(fixture, "above/inside/skein_null.so");
    file_write(path, fixture->bytes, fixture->size);
    static const struct {
        mode_t above;
        mode_t inside;
        const char *fails; /* the element; NULL: none */
    } cases[] = {
        {0755, 0755, NULL},
        {0777, 0755, "skein_null.so: folder /tmp/"},
        {0777, 0755, "above: mode"},
        {0775, 0755, "above: mode"},
        {0755, 0777, "inside: mode"},
        {0755, 0770, "inside: mode"},
        /* Sticky: nobody can exchange what we own there, but anybody can add a driver. */
        {01777, 0755, NULL},
        {0755, 01777, "inside: mode"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(chmod(above, cases[i].above), 0);
        assert_int_equal(chmod(inside, cases[i].inside), 0);
        if (cases[i].fails)
            check_refused(fixture, path, cases[i].fails);
        else
            check_accepted(fixture, path);
    }
}

static void a_link_does_not_lend_its_folder_s_trust(void **state)
{
    struct fixture *fixture = *state;
    const char *open_folder = in_folder(fixture, "open");
    assert_int_equal(mkdir(open_folder, 0700), 0);
    assert_int_equal(chmod(open_folder, 0777), 0);
    const char *inside = in_folder(fixture, "open/skein_null.so");
    file_write(inside, fixture->bytes, fixture->size);
    assert_int_equal(symlink(inside, in_folder(fixture, "trusted.so")), 0);
    check_refused(fixture, in_folder(fixture, "trusted.so"), "open: mode");
}

static void another_user_s_driver_is_refused(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0) {
        print_message("skipped: giving a file to another user needs root\n");
        skip();
    }
    assert_int_equal(chown(fixture->path, 12345, 0), 0);
    check_refused(fixture, fixture->path, "owner: expected root or user 0, found user 12345");
    assert_int_equal(chown(fixture->path, 0, 12345), 0);
    check_accepted(fixture, fixture->path);
    assert_int_equal(chown(fixture->folder, 12345, 0), 0);
    check_refused(fixture, fixture->path, "found user 12345");
    assert_int_equal(chown(fixture->folder, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_sound_driver_is_accepted_by_any_path_to_it),
        CASE(what_is_no_regular_file_is_refused_without_waiting),
        CASE(what_cannot_be_reached_is_refused),
        CASE(a_file_that_is_no_driver_is_refused),
        CASE(a_driver_others_can_write_is_refused),
        CASE(a_folder_others_can_write_is_refused_wherever_it_stands),
        CASE(a_link_does_not_lend_its_folder_s_trust),
        CASE(another_user_s_driver_is_refused),
    };
    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
