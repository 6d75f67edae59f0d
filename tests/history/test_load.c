/* core/history/load.c and folder.c */
#include "fixture.h"

#define GOOD(id) "-- m\n-- Revision ID: " id "\n\n-- skein: upgrade\n"

static void refuses(struct fixture *fixture, uint32_t code, const char *start)
{
    assert_int_equal(fixture_load(fixture), code);
    if (strncmp(fixture_message(fixture), start, strlen(start)) != 0)
        assert_string_equal(fixture_message(fixture), start);
}

static const char *in_folder(struct fixture *fixture, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    return path;
}

static void an_empty_folder_is_an_empty_history(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_load(fixture), SKN_OK);
    assert_int_equal(fixture->history.count, 0);
    assert_string_equal(fixture->history.name, "app");
    assert_null(skn_history_find(&fixture->history, "a1"));
}

static void files_are_in_the_order_of_their_bytes(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "b.sql", GOOD("r1"));
    file_write(fixture, "B.sql", GOOD("r2"));
    file_write(fixture, "10.sql", GOOD("r3"));
    file_write(fixture, "9.sql", GOOD("r4"));
    file_write(fixture, "\xc3\xa9.sql", GOOD("r5"));
    assert_int_equal(fixture_load(fixture), SKN_OK);
    static const char *const ids[] = {"r3", "r4", "r2", "r1", "r5"};
    assert_int_equal(fixture->history.count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_string_equal(fixture->history.revisions[i].id, ids[i]);
        assert_int_equal(fixture->history.revisions[i].index, i);
    }
    assert_string_equal(fixture->history.revisions[0].path, in_folder(fixture, "10.sql"));
}

static void folders_come_one_after_the_other(void **state)
{
    struct fixture *fixture = *state;
    struct fixture *other;
    fixture_setup((void **)&other);
    file_write(fixture, "b.sql", GOOD("b1"));
    file_write(other, "a.sql", "-- Revision ID: a1\n-- Revises: b1\n-- skein: upgrade\n");
    const char *folders[] = {fixture->folder, other->folder};
    assert_int_equal(
        skn_history_load(&fixture->history, "app", folders, 2, NULL, NULL, &fixture->err), SKN_OK);
    assert_string_equal(fixture->history.revisions[0].id, "b1");
    assert_string_equal(fixture->history.revisions[1].id, "a1");
    assert_int_equal(fixture->history.revisions[1].parents.items[0], 0);
    fixture_teardown((void **)&other);
}

static void what_is_no_sql_file_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"README",    ".gitkeep", ".hidden.sql", "a.sql~",
                                        "a.sql.bak", "#a.sql#",  "a.sql.swp",   ".sql",
                                        "sql",       "a.py"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        file_write(fixture, names[i], "no revision\n");
    assert_int_equal(symlink("nowhere", in_folder(fixture, ".#a.sql")), 0);
    assert_int_equal(mkdir(in_folder(fixture, "old"), 0755), 0);
    assert_int_equal(fixture_load(fixture), SKN_OK);
    assert_int_equal(fixture->history.count, 0);
}

static void a_missing_folder_says_what_to_do(void **state)
{
    struct fixture *fixture = *state;
    const char *folders[] = {"/tmp/skein-history-none"};
    assert_int_equal(
        skn_history_load(&fixture->history, "app", folders, 1, NULL, NULL, &fixture->err),
        SKN_E_CONFIG);
    assert_string_equal(fixture->err.message,
                        "Path doesn't exist: /tmp/skein-history-none.  Please use the 'init' "
                        "command to create a new scripts folder, or correct the path of history "
                        "'app'.");
    folders[0] = "/etc/passwd";
    skn_history_finish(&fixture->history);
    assert_int_equal(
        skn_history_load(&fixture->history, "app", folders, 1, NULL, NULL, &fixture->err),
        SKN_E_CONFIG);
    assert_non_null(strstr(fixture->err.message, "is not a folder"));
}

static void a_folder_that_others_write_is_refused(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql", GOOD("a1"));
    assert_int_equal(chmod(fixture->folder, 0777), 0);
    assert_int_equal(fixture_load(fixture), SKN_E_CONFIG);
    assert_non_null(strstr(fixture->err.message, "others can write in this folder"));
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    assert_int_equal(fixture_load(fixture), SKN_OK);
}

static void a_file_that_others_write_is_refused(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql", GOOD("a1"));
    assert_int_equal(chmod(in_folder(fixture, "a.sql"), 0664), 0);
    refuses(fixture, SKN_E_CONFIG, "a.sql: can be written by others");
}

static void only_regular_files_are_opened(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(mkdir(in_folder(fixture, "x.sql"), 0755), 0);
    refuses(fixture, SKN_E_CONFIG, "x.sql: is a folder");
    assert_int_equal(rmdir(in_folder(fixture, "x.sql")), 0);

    assert_int_equal(mkfifo(in_folder(fixture, "x.sql"), 0644), 0);
    refuses(fixture, SKN_E_CONFIG, "x.sql: is not a regular file");
    assert_int_equal(unlink(in_folder(fixture, "x.sql")), 0);

    file_write(fixture, "target", GOOD("a1"));
    assert_int_equal(symlink("target", in_folder(fixture, "x.sql")), 0);
    refuses(fixture, SKN_E_CONFIG, "x.sql: is a symbolic link, which is not followed here");
    assert_int_equal(unlink(in_folder(fixture, "x.sql")), 0);

    assert_int_equal(symlink("x.sql", in_folder(fixture, "x.sql")), 0);
    refuses(fixture, SKN_E_CONFIG, "x.sql: is a symbolic link");
}

static void a_name_that_cannot_be_shown_is_refused_and_shown_escaped(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a\x1b[2J\nb.sql", GOOD("a1"));
    refuses(fixture, SKN_E_CONFIG, "a\\x1b[2J\\nb.sql: the file name holds a character");
    assert_int_equal(unlink(in_folder(fixture, "a\x1b[2J\nb.sql")), 0);
    file_write(fixture, "a\xff.sql", GOOD("a1"));
    refuses(fixture, SKN_E_CONFIG, "a\\xff.sql: the file name holds a character");
}

static void a_name_in_upper_case_is_not_passed_over(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "A.SQL", GOOD("a1"));
    refuses(fixture, SKN_E_CONFIG, "A.SQL: a revision's file name ends in .sql in lower case");
}

static void odd_names_that_can_be_shown_are_fine(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "-rf.sql", GOOD("a1"));
    file_write(fixture, "...sql", GOOD("a2"));
    file_write(fixture, "a b'\"$(x).sql", GOOD("a3"));
    file_write(fixture, "%s%n.sql", GOOD("a4"));
    assert_int_equal(fixture_load(fixture), SKN_OK);
    assert_int_equal(fixture->history.count, 3);
    file_write(fixture, "%s%n.sql", "x");
    refuses(fixture, SKN_E_SYNTAX, "%s%n.sql:1:1: ");
}

static void a_file_beyond_the_limit_is_refused_unread(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql", GOOD("a1"));
    assert_int_equal(truncate(in_folder(fixture, "a.sql"), 1L << 30), 0);
    refuses(fixture, SKN_E_CONFIG, "a.sql: is larger than 67108864 bytes");
}

static void all_files_are_checked_and_each_fault_is_told(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql", "-- Revision ID: a1\n");
    file_write(fixture, "b.sql", GOOD("b1"));
    file_write(fixture, "c.sql", "");
    file_write(fixture, "d.sql", GOOD("b1"));
    refuses(fixture, SKN_E_SYNTAX, "a.sql:1:1: no upgrade section");
    assert_non_null(strstr(fixture->err.message, "; and 2 more faults"));
    const char *problems = skn_buf_text(&fixture->problems);
    assert_non_null(strstr(problems, "c.sql:1:1: the file is empty"));
    assert_non_null(strstr(problems, "d.sql:2:17: revision id 'b1' is the same id as "));
}

static void a_parent_in_a_file_that_cannot_be_read_is_no_second_fault(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql", "-- Revision ID: a1\xff\n");
    file_write(fixture, "b.sql", "-- Revision ID: b1\n-- Revises: a1\n-- skein: upgrade\n");
    refuses(fixture, SKN_E_SYNTAX, "a.sql:1:19: a byte that is no valid UTF-8");
    assert_null(strstr(fixture->err.message, "more fault"));
}

static void a_history_may_be_finished_twice(void **state)
{
    struct fixture *fixture = *state;
    file_write(fixture, "a.sql", GOOD("a1"));
    assert_int_equal(fixture_load(fixture), SKN_OK);
    skn_history_finish(&fixture->history);
    skn_history_finish(&fixture->history);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_folder_is_an_empty_history),
        TEST(files_are_in_the_order_of_their_bytes),
        TEST(folders_come_one_after_the_other),
        TEST(what_is_no_sql_file_is_left_alone),
        TEST(a_missing_folder_says_what_to_do),
        TEST(a_folder_that_others_write_is_refused),
        TEST(a_file_that_others_write_is_refused),
        TEST(only_regular_files_are_opened),
        TEST(a_name_that_cannot_be_shown_is_refused_and_shown_escaped),
        TEST(a_name_in_upper_case_is_not_passed_over),
        TEST(odd_names_that_can_be_shown_are_fine),
        TEST(a_file_beyond_the_limit_is_refused_unread),
        TEST(all_files_are_checked_and_each_fault_is_told),
        TEST(a_parent_in_a_file_that_cannot_be_read_is_no_second_fault),
        TEST(a_history_may_be_finished_twice),
    };
    return cmocka_run_group_tests_name("history/load", tests, NULL, NULL);
}
