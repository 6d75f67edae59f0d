/* core/history/write.c */
#include "base/file.h"
#include "fixture.h"
#include "history/write.h"

#include <fcntl.h>

static int setup(void **state)
{
    fixture_setup(state);
    graph_load(*state, "a1\nb1 < a1 @ shop\n");
    return 0;
}

static struct skn_new_revision request(struct fixture *fixture, const char *id, const char *message)
{
    return (struct skn_new_revision){
        .id = id,
        .message = message,
        .folder = fixture->folder,
        .file_template = "%(rev)s_%(slug)s",
    };
}

static void refuses(struct fixture *fixture, const struct skn_new_revision *request, uint32_t code,
                    const char *start)
{
    struct skn_buf path = {0};
    assert_int_equal(skn_revision_write(&fixture->history, request, &path, &fixture->err), code);
    if (strncmp(fixture->err.message, start, strlen(start)) != 0)
        assert_string_equal(fixture->err.message, start);
    assert_int_equal(path.len, 0);
    skn_buf_finish(&path);
    assert_int_equal(fixture_load(fixture), SKN_OK);
    assert_int_equal(fixture->history.count, 2);
}

static void writes(struct fixture *fixture, const struct skn_new_revision *request,
                   struct skn_buf *text)
{
    struct skn_buf path = {0};
    if (skn_revision_write(&fixture->history, request, &path, &fixture->err) != SKN_OK)
        fail_msg("%s", fixture->err.message);
    skn_buf_clear(text);
    assert_int_equal(skn_file_read(AT_FDCWD, skn_buf_text(&path), "x", SKN_FILE_OURS, 1 << 20, text,
                                   &fixture->err),
                     SKN_OK);
    skn_buf_finish(&path);
    assert_int_equal(fixture_load(fixture), SKN_OK);
}

static void a_new_file_has_the_whole_header_and_both_sections(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    static const char *const parents[] = {"b1", "a1"};
    static const char *const depends[] = {"shop", "a1"};
    static const char *const labels[] = {"left", "right"};
    struct skn_new_revision wanted = request(fixture, "c1", "Add the \"orders\"\n\nand more");
    wanted.parent_ids = parents;
    wanted.parent_count = 2;
    wanted.depends = depends;
    wanted.depend_count = 2;
    wanted.labels = labels;
    wanted.label_count = 2;
    writes(fixture, &wanted, &text);

    const char *date = strstr(skn_buf_text(&text), "-- Create Date: ");
    assert_non_null(date);
    char created[32];
    snprintf(created, sizeof created, "%.26s", date + 16);
    int numbers[7];
    assert_int_equal(sscanf(created, "%4d-%2d-%2d %2d:%2d:%2d.%6d", &numbers[0], &numbers[1],
                            &numbers[2], &numbers[3], &numbers[4], &numbers[5], &numbers[6]),
                     7);
    struct skn_buf expected = {0};
    skn_buf_addf(&expected,
                 "-- Add the \"orders\"\n--\n-- and more\n--\n-- Revision ID: c1\n"
                 "-- Revises: b1, a1\n-- Create Date: %s\n-- Branch Labels: left, right\n"
                 "-- Depends On: shop, a1\n\n-- skein: upgrade\n\n-- skein: downgrade\n\n",
                 created);
    assert_string_equal(skn_buf_text(&text), skn_buf_text(&expected));

    const struct skn_revision *revision = skn_history_find(&fixture->history, "c1");
    assert_non_null(revision);
    assert_string_equal(revision->message, "Add the \"orders\"\n\nand more");
    assert_string_equal(revision->created, created);
    assert_string_equal(strrchr(revision->path, '/'), "/c1_add_the_orders_and_more.sql");
    skn_buf_finish(&expected);
    skn_buf_finish(&text);
}

static void a_base_has_an_empty_revises_line_and_an_empty_message_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    struct skn_new_revision wanted = request(fixture, "c1", NULL);
    writes(fixture, &wanted, &text);
    assert_non_null(strstr(skn_buf_text(&text),
                           "-- empty message\n--\n-- Revision ID: c1\n-- Revises:\n-- Create"));
    assert_null(strstr(skn_buf_text(&text), "Branch Labels"));
    assert_string_equal(strrchr(skn_history_find(&fixture->history, "c1")->path, '/'), "/c1_.sql");
    wanted = request(fixture, "d1", " \n");
    writes(fixture, &wanted, &text);
    assert_non_null(strstr(skn_buf_text(&text), "-- empty message\n--\n"));
    skn_buf_finish(&text);
}

static void an_id_is_made_of_twelve_hex_digits(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf text = {0};
    struct skn_new_revision wanted = request(fixture, NULL, "x");
    writes(fixture, &wanted, &text);
    assert_int_equal(fixture->history.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const char *id = fixture->history.revisions[i].id;
        if (strlen(id) != 2)
            assert_int_equal(strspn(id, "0123456789abcdef"), 12);
    }
    skn_buf_finish(&text);
}

static void a_wrong_or_used_id_is_refused_before_anything_is_written(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *id;
        uint32_t code;
        const char *start;
    } cases[] = {
        {"a-b", SKN_E_USAGE, "Character(s) '-' not allowed in revision identifier 'a-b'"},
        {"a/b", SKN_E_USAGE, "revision id 'a/b' may hold only"},
        {"../x", SKN_E_USAGE, "revision id '../x' may hold only"},
        {"", SKN_E_USAGE, "revision id '' is empty"},
        {"head", SKN_E_USAGE, "revision id 'head' is a word"},
        {"a1", SKN_E_USAGE, "revision id 'a1' is in use already, as the id 'a1' in "},
        {"A1", SKN_E_USAGE, "revision id 'A1' is in use already, as the id 'a1' in "},
        {"shop", SKN_E_USAGE, "revision id 'shop' is in use already, as the branch label 'shop'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_new_revision wanted = request(fixture, cases[i].id, "x");
        refuses(fixture, &wanted, cases[i].code, cases[i].start);
    }
}

static void wrong_labels_and_links_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char *const used[] = {"shop"};
    static const char *const wrong[] = {"a@b"};
    static const char *const twice[] = {"x", "X"};
    static const char *const missing[] = {"nope"};
    static const char *const parent_twice[] = {"a1", "a1"};
    struct skn_new_revision wanted = request(fixture, "c1", "x");
    wanted.labels = used;
    wanted.label_count = 1;
    refuses(fixture, &wanted, SKN_E_USAGE,
            "Branch name 'shop' in revision c1 already used by revision b1");
    wanted.labels = wrong;
    refuses(fixture, &wanted, SKN_E_USAGE, "branch label 'a@b' may hold only");
    wanted.labels = twice;
    wanted.label_count = 2;
    refuses(fixture, &wanted, SKN_E_USAGE, "branch label 'X' is given twice");
    wanted = request(fixture, "c1", "x");
    wanted.parent_ids = missing;
    wanted.parent_count = 1;
    refuses(fixture, &wanted, SKN_E_USAGE, "Can't locate revision identified by 'nope'");
    wanted.parent_ids = used;
    refuses(fixture, &wanted, SKN_E_USAGE, "Can't locate revision identified by 'shop'");
    wanted.parent_ids = parent_twice;
    wanted.parent_count = 2;
    refuses(fixture, &wanted, SKN_E_USAGE, "revision 'a1' is given twice");
    wanted = request(fixture, "c1", "x");
    wanted.depends = missing;
    wanted.depend_count = 1;
    refuses(fixture, &wanted, SKN_E_USAGE, "Can't locate revision identified by 'nope'");
}

static void a_message_that_a_reader_would_take_for_a_header_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *message;
        const char *start;
    } cases[] = {
        {"x\nRevision ID: a2", "the message's line 'Revision ID: a2' would be read"},
        {"depends on: me", "the message's line 'depends on: me' would be read"},
        {"skein: upgrade", "the message's line 'skein: upgrade' would be read"},
        {" SKEIN : upgrade", "the message's line ' SKEIN : upgrade' would be read"},
        {"a\x1b[2J", "the message holds a control character (\\x1b)"},
        {"a\rb", "the message holds a control character (\\x0d)"},
        {"a\xe2\x80\xae", "the message holds a control character"},
        {"a\xff", "the message is no valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_new_revision wanted = request(fixture, "c1", cases[i].message);
        refuses(fixture, &wanted, SKN_E_USAGE, cases[i].start);
    }
}

static void any_other_message_is_read_back_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    static const char *const messages[] = {
        "it's \"quoted\" $(x) `y` ; DROP TABLE t; -- /* */",
        "../../x",
        "-- skein",
        "Fix: a thing\nNote: another",
        "\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa6",
        "tab\there",
        "%s %n %(rev)s",
    };
    struct skn_buf text = {0};
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        char id[8];
        snprintf(id, sizeof id, "m%zu", i);
        struct skn_new_revision wanted = request(fixture, id, messages[i]);
        writes(fixture, &wanted, &text);
        assert_string_equal(skn_history_find(&fixture->history, id)->message, messages[i]);
    }
    skn_buf_finish(&text);
}

static void a_long_message_is_kept_whole_and_its_slug_is_short(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf message = {0};
    struct skn_buf text = {0};
    for (int i = 0; i < 500; i++)
        skn_buf_adds(&message, "word words ");
    skn_buf_adds(&message, "end");
    struct skn_new_revision wanted = request(fixture, "c1", skn_buf_text(&message));
    writes(fixture, &wanted, &text);
    const struct skn_revision *revision = skn_history_find(&fixture->history, "c1");
    assert_string_equal(revision->message, skn_buf_text(&message));
    assert_true(strlen(strrchr(revision->path, '/')) < 52);
    skn_buf_finish(&message);
    skn_buf_finish(&text);
}

static void nothing_that_is_there_is_written_over(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf path = {0};
    file_write(fixture, "c1_x.sql", "-- Revision ID: z1\n-- skein: upgrade\n");
    struct skn_new_revision wanted = request(fixture, "c1", "x");
    assert_int_equal(skn_revision_write(&fixture->history, &wanted, &path, &fixture->err),
                     SKN_E_EXISTS);
    assert_int_equal(fixture_load(fixture), SKN_OK);
    assert_non_null(skn_history_find(&fixture->history, "z1"));
    assert_null(skn_history_find(&fixture->history, "c1"));
    skn_buf_finish(&path);
}

static void a_folder_that_is_not_there_is_not_made(void **state)
{
    struct fixture *fixture = *state;
    struct skn_buf path = {0};
    struct skn_new_revision wanted = request(fixture, "c1", "x");
    wanted.folder = "/tmp/skein-history-none";
    assert_int_equal(skn_revision_write(&fixture->history, &wanted, &path, &fixture->err),
                     SKN_E_CONFIG);
    assert_string_equal(fixture->err.message,
                        "Path doesn't exist: /tmp/skein-history-none.  Please use the 'init' "
                        "command to create a new scripts folder.");
    skn_buf_finish(&path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_has_the_whole_header_and_both_sections),
        TEST(a_base_has_an_empty_revises_line_and_an_empty_message_says_so),
        TEST(an_id_is_made_of_twelve_hex_digits),
        TEST(a_wrong_or_used_id_is_refused_before_anything_is_written),
        TEST(wrong_labels_and_links_are_refused),
        TEST(a_message_that_a_reader_would_take_for_a_header_is_refused),
        TEST(any_other_message_is_read_back_as_it_was),
        TEST(a_long_message_is_kept_whole_and_its_slug_is_short),
        TEST(nothing_that_is_there_is_written_over),
        TEST(a_folder_that_is_not_there_is_not_made),
    };
    return cmocka_run_group_tests_name("history/write", tests, NULL, NULL);
}
