/*
 * The ledger: the SQL that it writes, and what it makes of what it reads.
 */
#include "apply_fixture.h"

#include <sqlite3.h>

struct ledgers {
    struct world *world;
    struct skn_ledger ledger;
    struct skn_batch batch;
    struct skn_error err;
};

/* A connected ledger of the world's database. */
static void ledger_open(struct ledgers *ledgers, struct world *world)
{
    *ledgers = (struct ledgers){.world = world, .err = SKN_ERROR_INIT};
    run_forget(world);
    world->request = request_make(world, 0);
    assert_int_equal(skn_job_read(&world->job, world->request, &ledgers->err), SKN_OK);
    assert_int_equal(skn_apply_connect(&world->job, &world->session, &ledgers->err), SKN_OK);
    assert_int_equal(skn_ledger_init(&ledgers->ledger, &world->job, &world->session, &ledgers->err),
                     SKN_OK);
    skn_batch_init(&ledgers->batch);
}

static void ledger_close(struct ledgers *ledgers)
{
    skn_batch_finish(&ledgers->batch);
    skn_ledger_finish(&ledgers->ledger);
}

static const char *sql_of(const struct ledgers *ledgers, size_t i)
{
    assert_true(i < ledgers->batch.count);
    return ledgers->batch.steps[i].sql.ptr;
}

static void batch_ok(struct ledgers *ledgers)
{
    int rc = skn_batch_run(&ledgers->batch, &ledgers->world->session, 1000, 1000, &ledgers->err);
    if (rc != SKN_OK)
        print_error("%s\n", ledgers->err.message);
    assert_int_equal(rc, SKN_OK);
}

static void the_version_table_is_made_word_for_word_as_alembic_makes_it(void **state)
{
    struct ledgers ledgers;
    ledger_open(&ledgers, *state);
    skn_ledger_add_tables(&ledgers.ledger, &ledgers.batch);
    assert_string_equal(sql_of(&ledgers, 0),
                        "CREATE TABLE IF NOT EXISTS alembic_version (\n\tversion_num VARCHAR(32) "
                        "NOT NULL, \n\tCONSTRAINT alembic_version_pkc PRIMARY KEY "
                        "(version_num)\n)");
    ledger_close(&ledgers);
}

static void a_name_that_could_be_a_keyword_is_quoted_with_its_schema(void **state)
{
    struct world *world = *state;
    struct ledgers ledgers;
    world->version_table = "select \"x\"";
    world->schema = "my.schema";
    ledger_open(&ledgers, world);
    assert_string_equal(ledgers.ledger.versions, "\"my.schema\".\"select \"\"x\"\"\"");
    assert_string_equal(ledgers.ledger.log, "\"my.schema\".skein_log");
    ledger_close(&ledgers);
}

static void a_name_too_long_for_its_constraint_still_gets_a_table(void **state)
{
    struct world *world = *state;
    struct ledgers ledgers;
    static const char name[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"
                               "mnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx";
    world->version_table = name; /* 128 bytes, as long as the null driver takes */
    option_set(world, "fail", "quote:3:usage");
    ledger_open(&ledgers, world);
    skn_ledger_add_tables(&ledgers.ledger, &ledgers.batch);
    assert_non_null(strstr(sql_of(&ledgers, 0), "\n\tPRIMARY KEY (version_num)\n)"));
    batch_ok(&ledgers);
    ledger_close(&ledgers);
}

static void a_name_that_cannot_be_quoted_is_refused(void **state)
{
    struct world *world = *state;
    struct ledgers ledgers;
    ledger_open(&ledgers, world);
    ledger_close(&ledgers);
    world->job.version_table = "";
    assert_int_not_equal(
        skn_ledger_init(&ledgers.ledger, &world->job, &world->session, &ledgers.err), SKN_OK);
    assert_non_null(strstr(ledgers.err.message, "version table: "));
}

static void each_version_table_has_a_progress_row_of_its_own(void **state)
{
    struct world *world = *state;
    struct ledgers one, other;
    ledger_open(&one, world);
    char key[64];
    snprintf(key, sizeof key, "%s", one.ledger.key);
    ledger_close(&one);
    world->version_table = "other_version";
    ledger_open(&other, world);
    assert_string_not_equal(other.ledger.key, key);
    assert_int_equal(strlen(key), 34);
    ledger_close(&other);
}

static void without_tables_there_are_no_rows_and_no_progress(void **state)
{
    struct ledgers ledgers;
    ledger_open(&ledgers, *state);
    assert_int_equal(skn_ledger_read(&ledgers.ledger, &ledgers.err), SKN_OK);
    assert_false(ledgers.ledger.has_versions);
    assert_int_equal(json_array_size(ledgers.ledger.rows), 0);
    assert_false(ledgers.ledger.progress.found);
    ledger_close(&ledgers);
}

static json_t *changes(const char *text)
{
    json_t *list = json_loads(text, 0, NULL);
    assert_non_null(list);
    return json_pack("{s:o, s:s, s:s, s:s}", "changes", list, "revision", "r'1", "kind", "upgrade",
                     "checksum", "c");
}

static void changes_become_statements_that_must_touch_one_row(void **state)
{
    struct ledgers ledgers;
    json_t *step = changes("[[\"insert\", \"\", \"a'b\"], [\"update\", \"a\", \"b\"], "
                           "[\"delete\", \"b\", \"\"]]");
    ledger_open(&ledgers, *state);
    assert_int_equal(skn_ledger_add_changes(&ledgers.ledger, &ledgers.batch, step, &ledgers.err),
                     SKN_OK);
    assert_string_equal(sql_of(&ledgers, 0),
                        "INSERT INTO alembic_version (version_num) VALUES ('a''b')");
    assert_string_equal(sql_of(&ledgers, 1),
                        "UPDATE alembic_version SET version_num = 'b' WHERE version_num = 'a'");
    assert_string_equal(sql_of(&ledgers, 2), "DELETE FROM alembic_version WHERE version_num = 'b'");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ledgers.batch.parts[i].role, SKN_ROLE_CHANGE);
    json_decref(step);
    ledger_close(&ledgers);
}

static void a_malformed_change_is_refused(void **state)
{
    static const char *const bad[] = {"[[\"insert\"]]", "[[1, 2, 3]]", "[\"insert\"]"};
    struct ledgers ledgers;
    ledger_open(&ledgers, *state);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *step = changes(bad[i]);
        assert_int_equal(
            skn_ledger_add_changes(&ledgers.ledger, &ledgers.batch, step, &ledgers.err),
            SKN_E_DRIVER);
        json_decref(step);
    }
    ledger_close(&ledgers);
}

static void rows_change_in_memory_as_they_do_in_the_table(void **state)
{
    json_t *rows = json_pack("[s, s]", "x", "a");
    json_t *step = changes("[[\"insert\", \"\", \"n\"], [\"update\", \"a\", \"b\"], "
                           "[\"delete\", \"x\", \"\"], [\"delete\", \"gone\", \"\"]]");
    json_t *expected = json_pack("[s, s]", "n", "b");
    (void)state;
    skn_rows_change(rows, step);
    assert_true(skn_rows_equal(rows, expected));
    json_array_append_new(rows, json_string("b"));
    assert_false(skn_rows_equal(rows, expected));
    json_decref(rows);
    json_decref(step);
    json_decref(expected);
}

static void rows_are_equal_as_sets_whatever_their_order(void **state)
{
    json_t *a = json_pack("[s, s, s]", "1", "2", "3");
    json_t *b = json_pack("[s, s, s]", "3", "1", "2");
    json_t *none = json_array();
    (void)state;
    assert_true(skn_rows_equal(a, b));
    assert_false(skn_rows_equal(a, none));
    assert_true(skn_rows_equal(none, NULL));
    json_decref(a);
    json_decref(b);
    json_decref(none);
}

static void progress_comes_back_as_it_was_written(void **state)
{
    struct ledgers ledgers;
    json_t *step = changes("[]");
    struct skn_mark mark = {.done = 2,
                            .total = 5,
                            .intent = 3,
                            .prefix = "it's no hash",
                            .error = "it's \"broken\"",
                            .owner = "me"};
    ledger_open(&ledgers, *state);
    skn_ledger_add_step_table(&ledgers.ledger, &ledgers.batch);
    assert_int_equal(
        skn_ledger_add_progress(&ledgers.ledger, &ledgers.batch, step, &mark, 1, &ledgers.err),
        SKN_OK);
    batch_ok(&ledgers);
    assert_int_equal(skn_ledger_read(&ledgers.ledger, &ledgers.err), SKN_OK);
    const struct skn_progress *progress = &ledgers.ledger.progress;
    assert_true(progress->found);
    assert_string_equal(progress->revision, "r'1");
    assert_string_equal(progress->direction, "upgrade");
    assert_int_equal(progress->done, 2);
    assert_int_equal(progress->total, 5);
    assert_int_equal(progress->intent, 3);
    assert_string_equal(progress->prefix, mark.prefix);
    assert_string_equal(progress->error, mark.error);
    assert_string_equal(progress->who, "test@here");
    assert_string_equal(progress->run_id, ledgers.world->job.run_id);
    json_decref(step);
    ledger_close(&ledgers);
}

static void a_progress_row_of_another_run_is_not_touched(void **state)
{
    struct ledgers ledgers;
    json_t *step = changes("[]");
    struct skn_mark mark = {.total = 1, .prefix = "", .error = "", .owner = "another run"};
    ledger_open(&ledgers, *state);
    skn_ledger_add_step_table(&ledgers.ledger, &ledgers.batch);
    skn_ledger_add_progress(&ledgers.ledger, &ledgers.batch, step, &mark, 1, &ledgers.err);
    skn_ledger_add_progress(&ledgers.ledger, &ledgers.batch, step, &mark, 0, &ledgers.err);
    batch_ok(&ledgers);
    assert_int_equal(ledgers.batch.changes_failed, 1);
    json_decref(step);
    ledger_close(&ledgers);
}

static void the_log_says_who_did_what_and_can_be_left_out(void **state)
{
    struct ledgers ledgers;
    json_t *step = changes("[]");
    ledger_open(&ledgers, *state);
    assert_int_equal(skn_ledger_add_log(&ledgers.ledger, &ledgers.batch, step, "applied",
                                        "2026-01-02 03:04:05.678", 12, &ledgers.err),
                     SKN_OK);
    assert_non_null(strstr(sql_of(&ledgers, 0),
                           "'it', 'alembic_version', 'r''1', 'upgrade', "
                           "'test@here', '" SKEIN_VERSION "', '2026-01-02 03:04:05.678', "));
    ledgers.world->job.log = 0;
    assert_int_equal(
        skn_ledger_add_log(&ledgers.ledger, &ledgers.batch, step, "applied", "", 0, &ledgers.err),
        SKN_OK);
    assert_int_equal(ledgers.batch.count, 1);
    ledgers.ledger.has_versions = 1;
    skn_ledger_add_tables(&ledgers.ledger, &ledgers.batch);
    assert_int_equal(ledgers.batch.count, 1);
    json_decref(step);
    ledger_close(&ledgers);
}

/* ---- what a database may hold ---- */

static void sql(const struct world *world, const char *text)
{
    sqlite3 *database = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/it.db", world->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void r6_version_rows_that_are_no_ids_are_refused_and_not_shown(void **state)
{
    static const char *const bad[] = {"NULL",
                                      "''",
                                      "x'ff'",
                                      "char(27) || '[31m'",
                                      "'a,b'",
                                      "'a' || char(0) || 'b'",
                                      "hex(zeroblob(200))"};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ledgers ledgers;
        char text[200];
        snprintf(text, sizeof text,
                 "DROP TABLE IF EXISTS alembic_version; CREATE TABLE alembic_version "
                 "(version_num); INSERT INTO alembic_version VALUES (%s)",
                 bad[i]);
        sql(world, text);
        ledger_open(&ledgers, world);
        assert_int_equal(skn_ledger_read(&ledgers.ledger, &ledgers.err), SKN_E_CONFIG);
        assert_non_null(strstr(ledgers.err.message, "something that is no revision id"));
        ledger_close(&ledgers);
    }
}

static void r6_more_rows_than_any_history_has_heads_are_refused(void **state)
{
    struct world *world = *state;
    struct ledgers ledgers;
    sql(world, "CREATE TABLE alembic_version (version_num); WITH RECURSIVE n(i) AS (SELECT 1 UNION "
               "ALL SELECT i + 1 FROM n WHERE i < 10001) INSERT INTO alembic_version SELECT 'r' || "
               "i FROM n");
    ledger_open(&ledgers, world);
    assert_int_equal(skn_ledger_read(&ledgers.ledger, &ledgers.err), SKN_E_CONFIG);
    ledger_close(&ledgers);
}

static void r6_a_version_table_of_another_shape_is_an_error_that_names_it(void **state)
{
    struct world *world = *state;
    struct ledgers ledgers;
    sql(world, "CREATE TABLE alembic_version (other)");
    ledger_open(&ledgers, world);
    assert_int_not_equal(skn_ledger_read(&ledgers.ledger, &ledgers.err), SKN_OK);
    assert_non_null(strstr(ledgers.err.message, "version table: "));
    ledger_close(&ledgers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NULL_CASE(the_version_table_is_made_word_for_word_as_alembic_makes_it),
        NULL_CASE(a_name_that_could_be_a_keyword_is_quoted_with_its_schema),
        NULL_CASE(a_name_too_long_for_its_constraint_still_gets_a_table),
        NULL_CASE(a_name_that_cannot_be_quoted_is_refused),
        NULL_CASE(each_version_table_has_a_progress_row_of_its_own),
        NULL_CASE(without_tables_there_are_no_rows_and_no_progress),
        NULL_CASE(changes_become_statements_that_must_touch_one_row),
        NULL_CASE(a_malformed_change_is_refused),
        NULL_CASE(rows_change_in_memory_as_they_do_in_the_table),
        NULL_CASE(rows_are_equal_as_sets_whatever_their_order),
        NULL_CASE(progress_comes_back_as_it_was_written),
        NULL_CASE(a_progress_row_of_another_run_is_not_touched),
        NULL_CASE(the_log_says_who_did_what_and_can_be_left_out),
        SQLITE_CASE(r6_version_rows_that_are_no_ids_are_refused_and_not_shown),
        SQLITE_CASE(r6_more_rows_than_any_history_has_heads_are_refused),
        SQLITE_CASE(r6_a_version_table_of_another_shape_is_an_error_that_names_it),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
