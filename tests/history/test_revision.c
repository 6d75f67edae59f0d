/* core/history/revision.c */
#include "fixture.h"

static const struct skn_revision *load(struct fixture *fixture, const char *sections)
{
    struct skn_buf text = {0};
    skn_buf_addf(&text, "-- Revision ID: a1\n\n%s", sections);
    file_write(fixture, "a.sql", skn_buf_text(&text));
    skn_buf_finish(&text);
    assert_int_equal(fixture_load(fixture), SKN_OK);
    return &fixture->history.revisions[0];
}

static void chosen(const struct skn_revision *revision, enum skn_direction direction,
                   const char *driver, const char *text)
{
    const struct skn_section *section = skn_revision_section(revision, direction, driver);
    if (!text) {
        assert_null(section);
        return;
    }
    assert_non_null(section);
    assert_int_equal(section->text.len, strlen(text));
    assert_memory_equal(section->text.ptr, text, strlen(text));
}

static void the_section_that_names_the_driver_wins(void **state)
{
    const struct skn_revision *revision =
        load(*state, "-- skein: upgrade\nany\n-- skein: upgrade mysql, sqlite\ntwo\n"
                     "-- skein: downgrade postgresql\none\n");
    chosen(revision, SKN_UP, "mysql", "two\n");
    chosen(revision, SKN_UP, "sqlite", "two\n");
    chosen(revision, SKN_UP, "postgresql", "any\n");
    chosen(revision, SKN_UP, "sql", "any\n");
    chosen(revision, SKN_DOWN, "postgresql", "one\n");
    chosen(revision, SKN_DOWN, "mysql", NULL);
    chosen(revision, SKN_VERIFY, "mysql", NULL);
}

static void an_offset_is_a_line_and_a_column_of_the_file(void **state)
{
    uint32_t line;
    uint32_t column;
    const struct skn_revision *revision = load(*state, "-- skein: upgrade\nab\n\xc3\xa9x\n\nend");
    const struct skn_section *section = &revision->sections[0];
    static const struct {
        size_t offset;
        uint32_t line;
        uint32_t column;
    } places[] = {{0, 4, 1}, {1, 4, 2}, {2, 4, 3}, {3, 5, 1},  {5, 5, 2},
                  {6, 5, 3}, {7, 6, 1}, {8, 7, 1}, {11, 7, 4}, {999, 7, 4}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        skn_section_locate(section, places[i].offset, &line, &column);
        assert_int_equal(line, places[i].line);
        assert_int_equal(column, places[i].column);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_section_that_names_the_driver_wins),
        TEST(an_offset_is_a_line_and_a_column_of_the_file),
    };
    return cmocka_run_group_tests_name("history/revision", tests, NULL, NULL);
}
