/* core/history/parse.c, with header.c, section.c and reader.c under it */
#include "fixture.h"

#define UPGRADE "\n-- skein: upgrade\n"

static const struct skn_revision *parse(struct fixture *fixture, const char *text)
{
    file_write(fixture, "x.sql", text);
    if (fixture_load(fixture) != SKN_OK)
        fail_msg("%s", fixture->err.message);
    assert_int_equal(fixture->history.count, 1);
    return &fixture->history.revisions[0];
}

/* start: the message's beginning, with the file's name in front. */
static void refuse(struct fixture *fixture, const char *text, const char *start)
{
    file_write(fixture, "x.sql", text);
    assert_int_equal(fixture_load(fixture), SKN_E_SYNTAX);
    if (strncmp(fixture_message(fixture), start, strlen(start)) != 0)
        assert_string_equal(fixture_message(fixture), start);
}

static int section_is(const struct skn_section *section, const char *text)
{
    return section->text.len == strlen(text) &&
           memcmp(section->text.ptr, text, section->text.len) == 0;
}

static void a_whole_file_is_read(void **state)
{
    struct fixture *fixture = *state;
    revision_write(fixture, "a1");
    revision_write(fixture, "a2 @ shop");
    file_write(fixture, "b1.sql",
               "-- create account table\n"
               "-- for the shop: \"accounts\" & \xe2\x80\x9cmore\xe2\x80\x9d\n"
               "--\n"
               "-- second paragraph\n"
               "--\n"
               "-- Revision ID: b1\n"
               "-- Revises: a1, a2\n"
               "-- Create Date: 2026-11-22 11:40:27\n"
               "-- Branch Labels: one, two\n"
               "-- Depends On: shop\n"
               "-- Requires: analytics@4f2a\n"
               "-- Variables: app_role, schema\n"
               "-- Irreversible: the data are gone\n"
               "\n"
               "-- a note\n"
               "\n"
               "-- skein: upgrade\n"
               "CREATE TABLE t (id INT);\n"
               "\n"
               "-- skein: upgrade postgresql, mysql transaction=off\n"
               "SELECT 1;\n"
               "-- skein: downgrade\n"
               "-- skein: verify\n"
               "SELECT 2;");
    assert_int_equal(fixture_load(fixture), SKN_OK);
    const struct skn_revision *revision = skn_history_find(&fixture->history, "b1");
    assert_non_null(revision);
    assert_string_equal(revision->message, "create account table\nfor the shop: \"accounts\" & "
                                           "\xe2\x80\x9cmore\xe2\x80\x9d\n\nsecond paragraph");
    assert_string_equal(revision->created, "2026-11-22 11:40:27");
    assert_string_equal(revision->irreversible, "the data are gone");
    assert_int_equal(revision->id_line, 6);
    assert_int_equal(revision->parent_count, 2);
    assert_string_equal(revision->parent_ids[1], "a2");
    assert_int_equal(revision->depend_count, 1);
    assert_string_equal(revision->depend_texts[0], "shop");
    assert_int_equal(revision->label_count, 2);
    assert_string_equal(revision->labels[1], "two");
    assert_int_equal(revision->variable_count, 2);
    assert_string_equal(revision->variables[0], "app_role");
    assert_int_equal(revision->requires_count, 1);
    assert_string_equal(revision->requires_texts[0], "analytics@4f2a");

    assert_int_equal(revision->section_count, 4);
    const struct skn_section *sections = revision->sections;
    assert_int_equal(sections[0].direction, SKN_UP);
    assert_int_equal(sections[0].driver_count, 0);
    assert_int_equal(sections[0].line, 18);
    assert_true(section_is(&sections[0], "CREATE TABLE t (id INT);\n\n"));
    assert_int_equal(sections[1].driver_count, 2);
    assert_string_equal(sections[1].drivers[1], "mysql");
    assert_true(sections[1].transaction_off);
    assert_true(section_is(&sections[1], "SELECT 1;\n"));
    assert_int_equal(sections[2].direction, SKN_DOWN);
    assert_true(section_is(&sections[2], ""));
    assert_int_equal(sections[3].direction, SKN_VERIFY);
    assert_true(section_is(&sections[3], "SELECT 2;"));
}

static void the_smallest_file_is_a_base(void **state)
{
    const struct skn_revision *revision = parse(*state, "-- Revision ID: a1\n-- skein: upgrade");
    assert_string_equal(revision->id, "a1");
    assert_string_equal(revision->message, "");
    assert_string_equal(revision->created, "");
    assert_null(revision->irreversible);
    assert_int_equal(revision->parents.count, 0);
    assert_int_equal(revision->section_count, 1);
}

static void keys_are_known_in_any_case_and_blanks_do_not_count(void **state)
{
    const struct skn_revision *revision =
        parse(*state, "--msg\n--revision id:\ta1  \n--   REVISES:\n-- Create date:x" UPGRADE);
    assert_string_equal(revision->id, "a1");
    assert_string_equal(revision->message, "msg");
    assert_string_equal(revision->created, "x");
}

static void a_message_needs_no_empty_line_below_it_and_may_look_like_keys(void **state)
{
    const struct skn_revision *revision =
        parse(*state, "-- Fix: the thing\n-- Note: more\n-- Revision ID: a1\n" UPGRADE);
    assert_string_equal(revision->message, "Fix: the thing\nNote: more");
}

static void the_checksum_is_that_of_the_normalised_text(void **state)
{
    struct fixture *fixture = *state;
    char first[SKN_SHA256_HEX];
    char other[SKN_SHA256_HEX];
    skn_revision_checksum(parse(fixture, "-- m\n-- Revision ID: a1\n" UPGRADE "SELECT 1;\n"),
                          first);
    const struct skn_revision *again =
        parse(fixture, "\xef\xbb\xbf-- m\r\n-- Revision ID: a1\r\n\r\n-- skein: upgrade\r\n"
                       "SELECT 1;\r\n");
    skn_revision_checksum(again, other);
    assert_string_equal(other, first);
    assert_true(section_is(&again->sections[0], "SELECT 1;\n"));
    skn_revision_checksum(parse(fixture, "-- m\n-- Revision ID: a1\n" UPGRADE "SELECT 2;\n"),
                          other);
    assert_string_not_equal(other, first);
}

static void a_file_without_a_header_is_refused(void **state)
{
    refuse(*state, "", "x.sql:1:1: the file is empty; it needs a header");
    refuse(*state, "\xef\xbb\xbf", "x.sql:1:1: the file is empty");
    refuse(*state, "-- only\n-- comments\n", "x.sql:1:1: no revision id; add a line");
    refuse(*state, "\n\n", "x.sql:1:1: no revision id");
    refuse(*state, "-- skein: upgrade\nSELECT 1;\n", "x.sql:1:1: no revision id");
    refuse(*state, "-- m\n--\n-- Revises: a1\n" UPGRADE, "x.sql:3:1: no revision id");
}

static void a_wrong_key_is_refused_with_the_one_that_was_meant(void **state)
{
    refuse(*state, "-- m\n--\n-- Revision ID: a1\n-- Revice: b\n" UPGRADE,
           "x.sql:4:4: header key 'Revice' is not known; did you mean 'Revises'?");
    refuse(*state, "-- Revision ID: a1\n-- Author: me\n" UPGRADE,
           "x.sql:2:4: header key 'Author' is not known; the keys are Revision ID, Revises,");
    refuse(*state, "-- m\n--\n-- Revison ID: a1\n-- Revises:\n" UPGRADE,
           "x.sql:3:4: header key 'Revison ID' is not known; did you mean 'Revision ID'?");
    refuse(*state, "-- Revision ID: a1\n-- Depends on it\n" UPGRADE,
           "x.sql:2:4: no 'Key: value' line");
    refuse(*state, "-- Revision ID: a1\n\n-- Revises: b\n" UPGRADE,
           "x.sql:3:4: 'Revises:' stands below the header");
}

static void a_key_stands_once(void **state)
{
    refuse(*state, "-- Revision ID: a1\n-- Revision ID: a2\n" UPGRADE,
           "x.sql:2:1: 'Revision ID:' stands here again; its first line is 1");
    refuse(*state, "-- Revision ID: a1\n-- Revises:\n-- revises:\n" UPGRADE,
           "x.sql:3:1: 'Revises:' stands here again; its first line is 2");
}

static void wrong_values_are_refused_where_they_stand(void **state)
{
    refuse(*state, "-- Revision ID:\n" UPGRADE, "x.sql:1:16: revision id '' is empty");
    refuse(*state, "-- Revision ID: a-1\n" UPGRADE, "x.sql:1:17: revision id 'a-1' may hold only");
    refuse(*state, "-- Revision ID: head\n" UPGRADE, "x.sql:1:17: revision id 'head' is a word");
    refuse(*state, "-- Revision ID: a1\n-- Revises: b, ,c\n" UPGRADE,
           "x.sql:2:16: revision id '' is empty");
    refuse(*state, "-- Revision ID: a1\n-- Revises: b,\n" UPGRADE,
           "x.sql:2:15: revision id '' is empty");
    refuse(*state, "-- Revision ID: a1\n-- Branch Labels: x, a@b\n" UPGRADE,
           "x.sql:2:22: branch label 'a@b' may hold only");
    refuse(*state, "-- Revision ID: a1\n-- Depends On: ../x\n" UPGRADE,
           "x.sql:2:16: revision id or branch label '../x'");
    refuse(*state, "-- Revision ID: a1\n-- Requires: analytics\n" UPGRADE,
           "x.sql:2:14: requirement 'analytics' is no HISTORY@REVISION");
    refuse(*state, "-- Revision ID: a1\n-- Variables: 1a\n" UPGRADE, "x.sql:2:15: variable '1a'");
    refuse(*state, "-- Revision ID: a1\n-- Irreversible:\n" UPGRADE,
           "x.sql:2:17: 'Irreversible:' is empty");
}

static void columns_count_characters(void **state)
{
    refuse(*state, "-- Revision ID: a1\n-- Branch Labels: \xc3\xa9\xc3\xa9, b@\n" UPGRADE,
           "x.sql:2:19: branch label '\xc3\xa9\xc3\xa9'");
    assert_non_null(strstr(skn_buf_text(&((struct fixture *)*state)->problems), "x.sql:2:23: "));
}

static void a_control_character_in_the_header_is_refused(void **state)
{
    refuse(*state,
           "-- m\xe2\x80\xae"
           "x\n-- Revision ID: a1\n" UPGRADE,
           "x.sql:1:5: a control character in the header (at byte offset 4 of the text)");
    refuse(*state, "-- m\n-- Revision ID: a\x1b[1m1\n" UPGRADE, "x.sql:2:18: a control character");
    parse(*state, "-- Revision ID: a1\n" UPGRADE "SELECT '\xe2\x80\xae\x1b';\n");
}

static void sql_before_the_first_section_is_refused_once(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, "-- Revision ID: a1\n\nSELECT 1;\nSELECT 2;\n" UPGRADE,
           "x.sql:3:1: SQL before the first section; put it below a line '-- skein: upgrade'");
    assert_null(strstr(fixture->err.message, "more fault"));
    refuse(fixture, "-- Revision ID: a1\n/* note */\n" UPGRADE, "x.sql:2:1: SQL before");
    refuse(fixture, "  -- Revision ID: a1\n" UPGRADE, "x.sql:1:1: SQL before");
}

static void an_upgrade_section_is_needed_and_a_downgrade_section_is_not(void **state)
{
    refuse(*state, "-- Revision ID: a1\n", "x.sql:1:1: no upgrade section; add a line");
    refuse(*state, "-- Revision ID: a1\n-- skein: downgrade\n", "x.sql:2:1: no upgrade section");
    const struct skn_revision *revision =
        parse(*state, "-- Revision ID: a1\n-- skein: upgrade\n-- skein: downgrade\n");
    assert_non_null(skn_revision_section(revision, SKN_DOWN, "sqlite"));
    revision = parse(*state, "-- Revision ID: a1\n-- skein: upgrade\n");
    assert_null(skn_revision_section(revision, SKN_DOWN, "sqlite"));
}

static void a_wrong_directive_is_refused(void **state)
{
#define HEAD "-- Revision ID: a1\n-- skein: upgrade\n"
    refuse(*state, HEAD "-- skein: reversible\n",
           "x.sql:3:11: 'reversible' is not known; a section is upgrade, downgrade or verify");
    refuse(*state, HEAD "-- skein: verify\n-- skein: proof SELECT 1\n",
           "x.sql:4:1: 'proof' and 'repeatable' stand before a statement of an upgrade or a "
           "downgrade");
    refuse(*state, "-- Revision ID: a1\n\n-- skein: repeatable\n-- skein: upgrade\n",
           "x.sql:3:1: 'proof' and 'repeatable' stand before a statement");
    refuse(*state, HEAD "-- skein: downgarde\n",
           "x.sql:3:11: 'downgarde' is not known; did you mean 'downgrade'?");
    refuse(*state, HEAD "-- skein:\n", "x.sql:3:10: '' is not known");
    refuse(*state, HEAD "-- skein: downgrade transaction=on\n",
           "x.sql:3:21: 'transaction=on' is not known");
    refuse(*state, HEAD "-- skein: verify transaction=off\n", "x.sql:3:18: a verify section runs");
    refuse(*state, HEAD "-- skein: downgrade transaction=off transaction=off\n",
           "x.sql:3:37: transaction=off stands here again");
    refuse(*state, HEAD "-- skein: downgrade PostgreSQL\n",
           "x.sql:3:21: 'PostgreSQL' is no driver");
    refuse(*state, HEAD "-- skein: downgrade ../x\n", "x.sql:3:21: '../x' is no driver");
    refuse(*state, HEAD "-- skein: downgrade mysql sqlite\n",
           "x.sql:3:27: 'sqlite' follows without a comma");
    refuse(*state, HEAD "-- skein: downgrade mysql,\n", "x.sql:3:27: a driver's name is missing");
    refuse(*state, HEAD "-- skein: downgrade ,mysql\n", "x.sql:3:21: a driver's name is missing");
    refuse(*state, HEAD "-- skein: downgrade mysql, transaction=off\n",
           "x.sql:3:28: a driver's name is missing");
    refuse(*state, HEAD "-- skein: downgrade mysql, mysql\n",
           "x.sql:3:28: 'mysql' stands here again");
}

static void a_directive_that_is_badly_spaced_is_not_taken_for_a_comment(void **state)
{
    static const char *const lines[] = {"--skein: downgrade\n",   "  -- skein: downgrade\n",
                                        "-- Skein: downgrade\n",  "-- skein : downgrade\n",
                                        "--  skein: downgrade\n", "\t--\tSKEIN:downgrade\n"};
    char text[128];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        snprintf(text, sizeof text, HEAD "%s", lines[i]);
        refuse(*state, text, "x.sql:3:1: a directive starts its line with '-- skein:'");
    }
    parse(*state, HEAD "-- skein is fun\n--\n-- skeins: three\nSELECT '-- skein: x';\n");
}

static void two_sections_for_one_driver_are_refused(void **state)
{
    refuse(*state, HEAD "-- skein: upgrade\n",
           "x.sql:3:1: a second upgrade section for the same driver; the first is in line 2");
    refuse(*state, HEAD "-- skein: upgrade mysql, sqlite\n-- skein: upgrade sqlite\n",
           "x.sql:4:1: a second upgrade section for the same driver; the first is in line 3");
    const struct skn_revision *revision =
        parse(*state, HEAD "-- skein: upgrade mysql\nx\n-- skein: upgrade sqlite\ny\n");
    assert_int_equal(revision->section_count, 3);
}

static void every_fault_of_a_file_is_told(void **state)
{
    struct fixture *fixture = *state;
    refuse(fixture, "-- Revision ID: a-1\n-- Author: x\n\n-- skein: upgrade\n-- skein: verifi\n",
           "x.sql:1:17: ");
    assert_non_null(strstr(fixture->err.message, "; and 2 more faults"));
    assert_non_null(strstr(skn_buf_text(&fixture->problems), "x.sql:2:4: "));
    assert_non_null(strstr(skn_buf_text(&fixture->problems), "x.sql:5:11: "));
}

static void a_file_may_have_very_many_names_or_sections_but_not_any_number(void **state)
{
    struct skn_buf text = {0};
    skn_buf_adds(&text, "-- Revision ID: a1\n-- Variables: x");
    for (int i = 0; i < 5000; i++)
        skn_buf_addf(&text, ", v%d", i);
    skn_buf_adds(&text, "\n-- skein: upgrade\n");
    refuse(*state, skn_buf_text(&text), "x.sql:2:15: more than 4096 names in one line");
    skn_buf_clear(&text);
    skn_buf_adds(&text, "-- Revision ID: a1\n");
    for (int i = 0; i < 300; i++)
        skn_buf_addf(&text, "-- skein: upgrade d%d\n", i);
    refuse(*state, skn_buf_text(&text), "x.sql:258:1: more than 256 sections");
    skn_buf_finish(&text);
}

static void a_header_line_has_a_limit(void **state)
{
    struct skn_buf text = {0};
    skn_buf_adds(&text, "-- ");
    for (int i = 0; i < 300000; i++)
        skn_buf_addc(&text, 'x');
    skn_buf_adds(&text, "\n-- Revision ID: a1\n-- skein: upgrade\n");
    refuse(*state, skn_buf_text(&text),
           "x.sql:1:4: a line of 300000 bytes; a header line has at most 262144");
    skn_buf_finish(&text);
}

static void a_long_line_and_many_lines_are_read(void **state)
{
    struct skn_buf text = {0};
    skn_buf_adds(&text, "-- Revision ID: a1\n-- skein: upgrade\n");
    for (int i = 0; i < 100000; i++)
        skn_buf_adds(&text, "SELECT 1;\n");
    skn_buf_adds(&text, "SELECT '");
    for (int i = 0; i < 1000000; i++)
        skn_buf_addc(&text, 'x');
    skn_buf_adds(&text, "';");
    const struct skn_revision *revision = parse(*state, skn_buf_text(&text));
    assert_int_equal(revision->sections[0].text.len, 1000000 + 1000000 + 10);
    skn_buf_finish(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_file_is_read),
        TEST(the_smallest_file_is_a_base),
        TEST(keys_are_known_in_any_case_and_blanks_do_not_count),
        TEST(a_message_needs_no_empty_line_below_it_and_may_look_like_keys),
        TEST(the_checksum_is_that_of_the_normalised_text),
        TEST(a_file_without_a_header_is_refused),
        TEST(a_wrong_key_is_refused_with_the_one_that_was_meant),
        TEST(a_key_stands_once),
        TEST(wrong_values_are_refused_where_they_stand),
        TEST(columns_count_characters),
        TEST(a_control_character_in_the_header_is_refused),
        TEST(sql_before_the_first_section_is_refused_once),
        TEST(an_upgrade_section_is_needed_and_a_downgrade_section_is_not),
        TEST(a_wrong_directive_is_refused),
        TEST(a_directive_that_is_badly_spaced_is_not_taken_for_a_comment),
        TEST(two_sections_for_one_driver_are_refused),
        TEST(every_fault_of_a_file_is_told),
        TEST(a_file_may_have_very_many_names_or_sections_but_not_any_number),
        TEST(a_header_line_has_a_limit),
        TEST(a_long_line_and_many_lines_are_read),
    };
    return cmocka_run_group_tests_name("history/parse", tests, NULL, NULL);
}
