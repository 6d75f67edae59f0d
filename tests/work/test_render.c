/*
 * Scripts for the engines' own clients: what stands in them, in which order. Nothing is connected
 * to; that the clients take them is seen end to end.
 */
#include "apply_fixture.h"

#include "work/render.h"

struct rendered {
    struct skn_buf text;
    size_t pieces;
    size_t largest;
    struct skn_error err;
    int rc;
};

static void rendered_finish(struct rendered *rendered)
{
    skn_buf_finish(&rendered->text);
}

/* What was said on the wire since `from`. */
static void pieces_read(struct rendered *rendered, off_t from)
{
    struct skn_wire wire = {0};
    char chunk[65536];
    json_t *event;
    ssize_t n;
    for (off_t at = from; (n = pread(SKN_WIRE_FD, chunk, sizeof chunk, at)) > 0; at += n)
        skn_wire_add(&wire, chunk, (size_t)n);
    while (skn_wire_decode(&wire, SKN_WIRE_EVENT_MAX, &event) == 1) {
        const char *text = skn_json_text(event, "body");
        rendered->pieces++;
        if (strlen(text) > rendered->largest)
            rendered->largest = strlen(text);
        skn_buf_adds(&rendered->text, text);
        json_decref(event);
    }
    skn_wire_finish(&wire);
}

static void events_flush(struct world *world)
{
    skn_session_say(&world->session, json_pack("{s:s}", "event", "end"), 1);
}

/* The chain from its first revision on; edit: members that the request gets. */
static struct rendered render(struct world *world, json_t *edit)
{
    struct rendered rendered = {.err = SKN_ERROR_INIT};
    struct skn_job job;
    size_t i;
    json_t *step;
    json_t *request = request_make(world, 0);
    if (edit)
        json_object_update(request, edit);
    json_decref(edit);
    json_array_foreach(json_object_get(request, "steps"), i, step)
        json_object_set_new(step, "log", json_sprintf("upgrade -> %s", world->chain[i].id));
    struct skn_render work = {.job = &job,
                              .session = &world->session,
                              .scripts = &world->scripts,
                              .steps = skn_json_array(request, "steps"),
                              .rows = json_copy(json_object_get(request, "rows"))};
    off_t from = lseek(SKN_WIRE_FD, 0, SEEK_END);
    assert_int_equal(skn_job_read(&job, request, &rendered.err), SKN_OK);
    rendered.rc = skn_render_run(&work, &rendered.err);
    events_flush(world);
    pieces_read(&rendered, from);
    assert_null(world->session.conn);
    skn_render_finish(&work);
    json_decref(work.rows);
    skn_job_finish(&job);
    json_decref(request);
    return rendered;
}

static json_t *without_log(void)
{
    return json_pack("{s:b}", "log", 0);
}

/* The parts stand in the text one behind the other. */
static void has_in_order(const struct rendered *rendered, const char *const *parts)
{
    const char *at = skn_buf_text(&rendered->text);
    for (; *parts; parts++) {
        const char *found = strstr(at, *parts);
        if (!found)
            print_error("\"%s\" is missing in what is left:\n%s\n", *parts, at);
        assert_non_null(found);
        at = found + strlen(*parts);
    }
}

static void a_script_is_one_transaction_with_its_start_checked_first(void **state)
{
    static const char *const parts[] = {".bail on\n",
                                        "foreign_keys = OFF",
                                        "BEGIN IMMEDIATE;",
                                        "CREATE TABLE IF NOT EXISTS alembic_version",
                                        "CREATE TABLE IF NOT EXISTS skein_log",
                                        "SELECT version_num FROM alembic_version",
                                        "\n\n-- Running upgrade -> r1\n\nCREATE TABLE t (n);\n\n",
                                        "WHERE EXISTS (\nSELECT 1 FROM t\n);",
                                        "INSERT INTO alembic_version (version_num) VALUES ('r1');",
                                        "INSERT INTO skein_log",
                                        "-- Running upgrade -> r2\n\nDROP TABLE t;\n\nUPDATE ",
                                        "INSERT INTO skein_log",
                                        "\nCOMMIT;\n\n",
                                        NULL};
    struct world *world = *state;
    world->transaction = "auto";
    chain_add(world, (struct revision){"r1", "CREATE TABLE t (n);", "SELECT 1 FROM t;", 0, 0});
    chain_add(world, (struct revision){"r2", "BEGIN; DROP TABLE t; COMMIT;", NULL, 0, 0});
    struct rendered rendered = render(world, NULL);
    assert_int_equal(rendered.rc, SKN_OK);
    has_in_order(&rendered, parts);
    assert_null(strstr(strstr(skn_buf_text(&rendered.text), "COMMIT;") + 1, "COMMIT;"));
    rendered_finish(&rendered);
}

static void without_the_log_it_is_alembics_to_the_letter(void **state)
{
    struct world *world = *state;
    world->transaction = "auto";
    chain_add(world, (struct revision){"r1", "CREATE TABLE t (n)", NULL, 0, 0});
    struct rendered rendered = render(world, without_log());
    assert_string_equal(skn_buf_text(&rendered.text),
                        "CREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL, \n"
                        "    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);\n\n"
                        "-- Running upgrade -> r1\n\nCREATE TABLE t (n);\n\n"
                        "INSERT INTO alembic_version (version_num) VALUES ('r1');\n\n");
    rendered_finish(&rendered);
}

static void a_section_outside_a_transaction_stands_behind_a_commit(void **state)
{
    static const char *const parts[] = {
        "BEGIN IMMEDIATE;", "-- Running upgrade -> r1",    "\nCOMMIT;", "\n\nVACUUM;\n\n",
        "BEGIN IMMEDIATE;", "INSERT INTO alembic_version", "\nCOMMIT;", NULL};
    struct world *world = *state;
    world->transaction = "auto";
    chain_add(world, (struct revision){"r1", "VACUUM;", NULL, 1, 0});
    struct rendered rendered = render(world, NULL);
    has_in_order(&rendered, parts);
    rendered_finish(&rendered);
    rendered = render(world, json_pack("{s:s}", "transaction", "target"));
    assert_int_equal(rendered.rc, SKN_E_CONFIG);
    assert_int_equal(rendered.text.len, 0);
    rendered_finish(&rendered);
}

static void settings_are_put_back_behind_a_revision_that_changed_some(void **state)
{
    static const char *const parts[] = {"PRAGMA recursive_triggers = ON;",
                                        "PRAGMA recursive_triggers = OFF;",
                                        "PRAGMA cache_size = 7;", "-- Running upgrade -> r2", NULL};
    struct world *world = *state;
    json_array_append_new(world->session_statements, json_string("PRAGMA cache_size = 7"));
    chain_add(world, (struct revision){"r1", "PRAGMA recursive_triggers = ON;", NULL, 0, 0});
    chain_add(world, (struct revision){"r2", "CREATE TABLE t (n);", NULL, 0, 0});
    struct rendered rendered = render(world, NULL);
    has_in_order(&rendered, parts);
    rendered_finish(&rendered);
}

static void a_query_that_fits_into_no_other_is_left_to_its_reader(void **state)
{
    static const char *const parts[] = {
        "-- skein: verify; look that this finds no row\nPRAGMA foreign_key_check;", NULL};
    struct world *world = *state;
    chain_add(world, (struct revision){"r1", "", "PRAGMA foreign_key_check;", 0, 0});
    struct rendered rendered = render(world, NULL);
    has_in_order(&rendered, parts);
    rendered_finish(&rendered);
}

static void a_long_script_comes_in_pieces_that_cut_no_character(void **state)
{
    enum { CHARACTERS = 700000 };
    struct world *world = *state;
    struct skn_buf sql = {0};
    skn_buf_adds(&sql, "SELECT '");
    for (int i = 0; i < CHARACTERS; i++)
        skn_buf_adds(&sql, "\xe2\x82\xac");
    skn_buf_adds(&sql, "';");
    chain_add(world, (struct revision){"r1", skn_buf_text(&sql), NULL, 0, 0});
    struct rendered rendered = render(world, NULL);
    assert_int_equal(rendered.rc, SKN_OK);
    assert_true(rendered.pieces > 4);
    assert_true(rendered.largest < SKN_WIRE_EVENT_MAX);
    assert_non_null(strstr(skn_buf_text(&rendered.text), skn_buf_text(&sql)));
    assert_null(strstr(skn_buf_text(&rendered.text), "\xef\xbf\xbd"));
    rendered_finish(&rendered);
    skn_buf_finish(&sql);
}

static void the_end_of_a_statement_is_no_part_of_its_comment(void **state)
{
    static const char *const parts[] = {"SELECT 1 -- one\n;\n\n", "SELECT 2;\n\n", NULL};
    struct world *world = *state;
    chain_add(world, (struct revision){"r1", "SELECT 1 -- one\n; SELECT 2 ; -- two\n", NULL, 0, 0});
    struct rendered rendered = render(world, NULL);
    has_in_order(&rendered, parts);
    rendered_finish(&rendered);
}

static void a_variable_without_a_value_is_an_error_with_its_place(void **state)
{
    struct world *world = *state;
    chain_add(world, (struct revision){"r1", "SELECT ${literal:x};", NULL, 0, 1});
    struct rendered rendered = render(world, NULL);
    assert_int_equal(rendered.rc, SKN_E_CONFIG);
    assert_non_null(strstr(rendered.err.message, "variable \"x\" has no value"));
    rendered_finish(&rendered);
    json_object_set_new(world->vars, "x", json_string("it's"));
    rendered = render(world, NULL);
    assert_non_null(strstr(skn_buf_text(&rendered.text), "SELECT 'it''s';"));
    rendered_finish(&rendered);
}

static void a_driver_that_knows_no_scripts_gets_standard_sql(void **state)
{
    static const char *const parts[] = {"BEGIN;\n\n", "-- This must find no row.\nSELECT 1;",
                                        "CURRENT_TIMESTAMP, CURRENT_TIMESTAMP", "COMMIT;\n\n",
                                        NULL};
    struct world *world = *state;
    assert_null(world->session.loaded.driver.script);
    chain_add(world, (struct revision){"r1", "CREATE TABLE t (n INTEGER);", "SELECT 1;", 0, 0});
    struct rendered rendered = render(world, NULL);
    assert_int_equal(rendered.rc, SKN_OK);
    has_in_order(&rendered, parts);
    rendered_finish(&rendered);
}

static void a_body_is_kept_whole_by_a_delimiter_that_it_does_not_hold(void **state)
{
    static const char *const parts[] = {
        "DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT '//'; END$$\nDELIMITER ;\n\n",
        "SELECT 'a;b';\n\n",
        "START TRANSACTION;",
        "INSERT INTO alembic_version",
        "COMMIT;",
        NULL};
    struct world *world = *state;
    chain_add(world, (struct revision){"r1",
                                       "CREATE PROCEDURE p() BEGIN SELECT '//'; END;\n"
                                       "SELECT 'a;b';",
                                       NULL, 0, 0});
    struct rendered rendered = render(world, NULL);
    assert_int_equal(rendered.rc, SKN_OK);
    has_in_order(&rendered, parts);
    rendered_finish(&rendered);
}

static int mysql_setup(void **state)
{
    if (world_make(state, "mysql") != 0)
        return -1;
    option_set(*state, "database", "it");
    option_set(*state, "user", "nobody");
    return 0;
}

int main(void)
{
#define SQLITE(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        SQLITE(a_script_is_one_transaction_with_its_start_checked_first),
        SQLITE(without_the_log_it_is_alembics_to_the_letter),
        SQLITE(a_section_outside_a_transaction_stands_behind_a_commit),
        SQLITE(settings_are_put_back_behind_a_revision_that_changed_some),
        SQLITE(a_query_that_fits_into_no_other_is_left_to_its_reader),
        SQLITE(a_long_script_comes_in_pieces_that_cut_no_character),
        SQLITE(the_end_of_a_statement_is_no_part_of_its_comment),
        SQLITE(a_variable_without_a_value_is_an_error_with_its_place),
        cmocka_unit_test_setup_teardown(a_driver_that_knows_no_scripts_gets_standard_sql,
                                        null_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_body_is_kept_whole_by_a_delimiter_that_it_does_not_hold,
                                        mysql_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
