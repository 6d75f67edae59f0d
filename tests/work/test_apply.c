/*
 * Applying in transactions: each revision is in the database once or not at all, sessions are
 * handed on clean, and other runners are let by. Titles name the faults of the catalogue by their
 * ids.
 */
#include "apply_fixture.h"

#include <sqlite3.h>

/* ---- without a fault ---- */

static void a_chain_is_applied_and_each_revision_is_said_once(void **state)
{
    struct world *world = *state;
    chain_make(world);
    run_ok(world, 0);
    database_is_at(world, 3);
    assert_int_equal(event_count(world, "step"), 3);
    assert_int_equal(world->page->done, 3);
    assert_null(world->session.locked);
}

static void a_target_at_base_is_taken_up_in_one_transaction_or_not_at_all(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->transaction = "auto";
    option_set(world, "statement_error", "VALUES (3)");
    run_fails(world, 0, SKN_E_SYNTAX, "VALUES (3)");
    assert_int_equal(world->apply.next, 0);
    assert_int_equal(world->apply.failed_step, 2);
    database_is_at(world, 0);
    option_set(world, "statement_error", NULL);
    run_ok(world, 0);
    database_is_at(world, 3);
    assert_int_equal(event_count(world, "step"), 3);
    assert_int_equal(world->page->done, 3);
}

static void an_error_names_revision_script_and_place(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "statement_error", "VALUES (2)");
    run_fails(world, 0, SKN_E_SYNTAX, "VALUES (2)");
    database_is_at(world, 1);
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(world->apply.failed_step, 1);
    assert_int_equal(world->apply.failed_script, 1);
    const char *text = world->chain[1].up;
    assert_int_equal(world->apply.failed_offset, strstr(text, "VALUES (2)") - text);
    next_run_converges(world);
}

static void a_connection_that_fails_belongs_to_no_revision(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "fail", "open:1:auth");
    run_fails(world, 0, SKN_E_AUTH, "open failed");
    assert_true(world->apply.failed_step >= world->apply.count);
    assert_int_equal(world->apply.failed_script, -1);
}

static void the_first_verify_query_that_finds_a_row_is_named_and_nothing_is_kept(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->chain[1].verify = "SELECT n FROM t1 WHERE n = 9;\nSELECT n FROM t1 WHERE n = 2;\n"
                             "SELECT n FROM t1;";
    run_fails(world, 0, SKN_E_CONSTRAINT, "verify query 2 returned a row");
    database_is_at(world, 1);
    assert_int_equal(world->apply.failed_step, 1);
    assert_int_equal(world->apply.failed_offset,
                     strchr(world->chain[1].verify, '\n') + 1 - world->chain[1].verify);
    world->chain[1].verify = NULL;
    next_run_converges(world);
}

static void a_variable_without_a_value_does_not_undo_the_revision_before(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->chain[1] = (struct revision){
        .id = "r2", .up = "INSERT INTO t1 VALUES (${literal:who});", .variables = 1};
    run_fails(world, 0, SKN_E_CONFIG, "variable \"who\" has no value");
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(world->apply.failed_step, 1);
    lines_are(world, "row\tr1", 1);
    assert_int_equal(event_count(world, "step"), 1);
}

static void a_log_can_be_left_out_and_versions_have_the_table_that_was_named(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->version_table = "odd name";
    run_ok(world, 0);
    assert_non_null(strstr(null_state(world), "table\todd name\n"));
    lines_are(world, "row\tr3", 1);
    assert_int_equal(run_from(world, 3), SKN_OK);
}

/* ---- sessions ---- */

/* A session statement that leaves a trace each time that it is run. */
static void session_trace(struct world *world)
{
    json_array_append_new(world->session_statements,
                          json_string("CREATE TABLE IF NOT EXISTS seen (n INTEGER)"));
    json_array_append_new(world->session_statements, json_string("INSERT INTO seen VALUES (77)"));
}

static void session_statements_are_run_once_for_each_connection(void **state)
{
    struct world *world = *state;
    chain_make(world);
    session_trace(world);
    run_ok(world, 0);
    assert_int_equal(run_from(world, 3), SKN_OK);
    lines_are(world, "row\t77", 1);
    /* A lock that is left over makes the session suspect: it is opened anew. */
    world->session.locked = skn_strdup("left over");
    assert_int_equal(run_from(world, 3), SKN_OK);
    lines_are(world, "row\t77", 2);
}

static void another_target_does_not_inherit_session_statements(void **state)
{
    struct world *world = *state;
    chain_make(world);
    session_trace(world);
    run_ok(world, 0);
    json_array_clear(world->session_statements);
    option_set(world, "database", "other");
    option_set(world, "fail", "reset:1:driver");
    world->target = "other";
    run_fails(world, 0, SKN_E_DRIVER, "reset failed");
    option_set(world, "fail", NULL);
}

static void session_settings_of_a_revision_end_with_it_and_the_targets_come_back(void **state)
{
    struct world *world = *state;
    static const char *const ways[] = {"revision", "target"};
    for (size_t i = 0; i < 2; i++) {
        world->chain_count = 0;
        chain_make(world);
        session_trace(world);
        world->chain[0].up = "SET x = 1;\nCREATE TABLE t1 (n INTEGER);";
        world->chain[2].up = "SET x = 1;\nINSERT INTO t1 VALUES (3);";
        world->transaction = ways[i];
        run_ok(world, 0);
        /* Once for the connection, and behind each of the two. */
        lines_are(world, "row\t77", 3);
        json_array_clear(world->session_statements);
        database_forget(world);
    }
}

/* ---- K: others ---- */

static void k1_rows_that_others_moved_are_told_and_nothing_is_done(void **state)
{
    struct world *world = *state;
    chain_make(world);
    run_ok(world, 0);
    assert_int_equal(run_from(world, 1), SKN_OK);
    assert_true(world->apply.moved);
    assert_int_equal(world->apply.next, 0);
    assert_string_equal(json_string_value(json_array_get(world->apply.ledger.rows, 0)), "r3");
    database_is_at(world, 3);
    assert_null(world->session.locked);
}

static void k1_a_lock_that_is_held_is_waited_for_and_then_named(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->lock_timeout = 20;
    int fd = run_lock_hold(world);
    run_fails(world, 0, SKN_E_BUSY, "another runner is at work");
    assert_true(world->apply.failed_step >= world->apply.count);
    close(fd);
    next_run_converges(world);
}

static void k10_busy_anywhere_in_a_transaction_is_tried_again_as_a_whole(void **state)
{
    static const char *const knobs[] = {"begin:1:busy",  "fence:1:busy", "sql:1:busy",
                                        "sql:3:busy",    "sql:5:busy",   "sql:8:busy",
                                        "sql:9:busy",    "begin:3:busy", "commit:1:busy",
                                        "commit:2:busy", "commit:3:busy"};
    static const char *const ways[] = {"revision", "target"};
    struct world *world = *state;
    chain_make(world);
    for (size_t w = 0; w < 2; w++)
        for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++) {
            world->transaction = ways[w];
            option_set(world, "fail", knobs[i]);
            run_ok(world, 0);
            database_is_at(world, 3);
            assert_int_equal(world->page->done, 3);
            database_forget(world);
        }
}

static void a_commit_that_is_refused_fails_its_own_revision(void **state)
{
    struct world *world = *state;
    chain_make(world);
    for (int nth = 1; nth <= 3; nth++) {
        char knob[40];
        snprintf(knob, sizeof knob, "commit:%d:constraint", nth);
        option_set(world, "fail", knob);
        run_fails(world, 0, SKN_E_CONSTRAINT, "commit");
        assert_int_equal(world->apply.next, nth - 1);
        assert_int_equal(world->apply.failed_step, nth - 1);
        assert_int_equal(world->page->done, nth - 1);
        database_is_at(world, (size_t)nth - 1);
        next_run_converges(world);
        database_forget(world);
    }
}

/* ---- the engine with no session lock ---- */

static sqlite3 *database_open(const struct world *world)
{
    sqlite3 *database = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/it.db", world->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    return database;
}

static void sql(const struct world *world, const char *text)
{
    sqlite3 *database = database_open(world);
    assert_int_equal(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static int number(const struct world *world, const char *query)
{
    sqlite3 *database = database_open(world);
    sqlite3_stmt *statement = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return value;
}

static void sqlite_applies_a_chain_once(void **state)
{
    struct world *world = *state;
    chain_make(world);
    run_ok(world, 0);
    assert_int_equal(number(world, "SELECT count(*) FROM t1"), 2);
    assert_int_equal(number(world, "SELECT count(*) FROM alembic_version WHERE version_num='r3'"),
                     1);
    assert_int_equal(number(world, "SELECT count(*) FROM skein_log"), 3);
}

static void others_were_first(struct world *world)
{
    sql(world, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"
               "INSERT INTO alembic_version VALUES ('r1'); CREATE TABLE t1 (n INTEGER)");
}

static void k1_a_body_that_fails_because_others_were_first_is_moved_not_failed(void **state)
{
    struct world *world = *state;
    static const char *const ways[] = {"revision", "target"};
    for (size_t i = 0; i < 2; i++) {
        world->chain_count = 0;
        chain_make(world);
        world->transaction = ways[i];
        at_exec(world, others_were_first);
        assert_int_equal(run_from(world, 0), SKN_OK);
        assert_true(world->apply.moved);
        assert_int_equal(world->apply.next, 0);
        run_ok(world, 1);
        assert_int_equal(number(world, "SELECT count(*) FROM t1"), 2);
        sql(world, "DROP TABLE t1; DROP TABLE t2; DROP TABLE alembic_version; DROP TABLE "
                   "skein_log");
    }
}

static void k11_a_writer_in_the_way_is_busy_in_the_end_and_nothing_is_done(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->lock_timeout = 30;
    sql(world, "CREATE TABLE other (n)");
    sqlite3 *database = database_open(world);
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    run_from(world, 0);
    assert_int_equal(world->rc, SKN_E_BUSY);
    sqlite3_close(database);
    assert_int_equal(number(world, "SELECT count(*) FROM sqlite_schema"), 1);
    run_ok(world, 0);
}

static void r4_a_revision_that_fails_in_sqlite_leaves_the_file_as_it_was(void **state)
{
    struct world *world = *state;
    chain_make(world);
    run_ok(world, 0);
    chain_add(world,
              (struct revision){.id = "r4",
                                .up = "CREATE TABLE t4 (n);\nINSERT INTO nowhere VALUES (1);"});
    run_fails(world, 3, SKN_E_MISSING, "nowhere");
    assert_int_equal(number(world, "SELECT count(*) FROM sqlite_schema WHERE name = 't4'"), 0);
    assert_int_equal(number(world, "SELECT count(*) FROM alembic_version WHERE version_num = 'r3'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NULL_CASE(a_chain_is_applied_and_each_revision_is_said_once),
        NULL_CASE(a_target_at_base_is_taken_up_in_one_transaction_or_not_at_all),
        NULL_CASE(an_error_names_revision_script_and_place),
        NULL_CASE(a_connection_that_fails_belongs_to_no_revision),
        NULL_CASE(the_first_verify_query_that_finds_a_row_is_named_and_nothing_is_kept),
        NULL_CASE(a_variable_without_a_value_does_not_undo_the_revision_before),
        NULL_CASE(a_log_can_be_left_out_and_versions_have_the_table_that_was_named),
        NULL_CASE(session_statements_are_run_once_for_each_connection),
        NULL_CASE(another_target_does_not_inherit_session_statements),
        NULL_CASE(session_settings_of_a_revision_end_with_it_and_the_targets_come_back),
        NULL_CASE(k1_rows_that_others_moved_are_told_and_nothing_is_done),
        NULL_CASE(k1_a_lock_that_is_held_is_waited_for_and_then_named),
        NULL_CASE(k10_busy_anywhere_in_a_transaction_is_tried_again_as_a_whole),
        NULL_CASE(a_commit_that_is_refused_fails_its_own_revision),
        SQLITE_CASE(sqlite_applies_a_chain_once),
        SQLITE_CASE(k1_a_body_that_fails_because_others_were_first_is_moved_not_failed),
        SQLITE_CASE(k11_a_writer_in_the_way_is_busy_in_the_end_and_nothing_is_done),
        SQLITE_CASE(r4_a_revision_that_fails_in_sqlite_leaves_the_file_as_it_was),
    };
    return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
