/*
 * The PostgreSQL driver's batches against a real server: what is reported, where it stops, and what
 * never runs.
 */
#include "pg_fixture.h"

/* ---- batches ---- */

static void a_batch_is_reported_step_by_step(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("\"v\""), SQL("INSERT INTO v VALUES (1), (2), (3)"),
            SQL("SELECT a FROM v ORDER BY a DESC"), SQL("UPDATE v SET a = a WHERE a > 1"),
            SQL("CREATE TABLE w (a int)"), COMMIT);
    assert_int_equal(heard.done, 7);
    assert_int_equal(heard.counts[0], -1);
    assert_int_equal(heard.counts[2], 3);
    assert_int_equal(heard.counts[3], 3);
    assert_int_equal(heard.counts[4], 2);
    assert_int_equal(heard.counts[5], -1);
    assert_int_equal(heard.rows, 3);
    assert_string_equal(heard.first, "3");
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void null_is_not_the_empty_text(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    ASSERT_QUERY(conn, "SELECT ''", "");
    assert_false(heard.first_null);
    ASSERT_QUERY(conn, "SELECT NULL", "");
    assert_true(heard.first_null);
    driver->close(conn);
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    const struct skn_step steps[] = {SQL("SELECT generate_series(1, 3)"), SQL("")};
    assert_int_equal(driver->exec(conn, steps, 2, NULL, NULL), SKN_OK);
    const struct skn_step bad = SQL("SELECT nonsense");
    assert_int_equal(driver->exec(conn, &bad, 1, NULL, NULL), SKN_E_MISSING);
    driver->close(conn);
}

static void a_commit_rides_with_the_next_body(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"));
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
    for (int i = 0; i < 3; i++)
        EXEC_OK(conn, COMMIT, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"));
    EXEC_OK(conn, ROLLBACK);
    ASSERT_QUERY(conn, "SELECT count(*) FROM v", "3");
    driver->close(conn);
}

static void an_error_names_its_step_and_byte(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    static const char bad[] = "SELECT '\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x86', nonsense";
    assert_int_equal(
        EXEC(conn, BEGIN, SQL("CREATE TABLE t (a int)"), SQL(bad), SQL("SELECT 1"), COMMIT),
        SKN_E_MISSING);
    assert_int_equal(err.step, 2);
    assert_int_equal(err.position, strstr(bad, "nonsense") - bad + 1);
    assert_string_equal(err.sqlstate, "42703");
    assert_int_equal(heard.done, 2);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX | SKN_STATUS_FAILED_TX);
    assert_int_equal(EXEC(conn, SQL("SELECT 1")), SKN_E_USAGE);
    EXEC_OK(conn, ROLLBACK);
    EXEC_OK(conn, ROLLBACK);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void an_error_at_the_end_of_the_text_has_a_place_too(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    static const char bad[] = "SELECT '\xe2\x82\xac' FROM";
    assert_int_equal(EXEC(conn, SQL(bad)), SKN_E_SYNTAX);
    assert_int_equal(err.position, strlen(bad) + 1);
    driver->close(conn);
}

static void nothing_runs_behind_a_failure(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    assert_int_equal(EXEC(conn, BEGIN, SQL("INSERT INTO v VALUES (1)"), SQL("SELECT 1/0"), COMMIT,
                          BEGIN, SQL("INSERT INTO v VALUES (2)"), COMMIT),
                     SKN_E_CONSTRAINT);
    assert_int_equal(err.step, 2);
    EXEC_OK(conn, ROLLBACK);
    assert_int_equal(EXEC(conn, SQL("INSERT INTO v VALUES (3)"), SQL("SELECT 1/0"),
                          SQL("INSERT INTO v VALUES (4)")),
                     SKN_E_CONSTRAINT);
    ASSERT_QUERY(conn, "SELECT sum(a) FROM v", "3");
    driver->close(conn);
}

static void a_commit_that_fails_is_the_commit_s_error(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE p (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
    assert_int_equal(EXEC(conn, BEGIN, SQL("INSERT INTO p VALUES (1), (1)"), COMMIT, BEGIN,
                          SQL("CREATE TABLE q (a int)"), COMMIT),
                     SKN_E_CONSTRAINT);
    assert_int_equal(err.step, 2);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 'q'", "0");
    driver->close(conn);
}

static void rows_of_an_error_go_to_the_debug_log_only(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE people (email text PRIMARY KEY)"));
    assert_int_equal(
        EXEC(conn, SQL("INSERT INTO people VALUES ('alice@example.com'), ('alice@example.com')")),
        SKN_E_CONSTRAINT);
    assert_null(strstr(err.message, "alice"));
    assert_non_null(strstr(listener.lines, "3 detail: Key (email)=(alice@example.com)"));
    driver->close(conn);
}

static void a_hint_is_a_second_clause(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, SQL("SELECT relnam FROM pg_class")), SKN_E_MISSING);
    assert_non_null(strstr(err.message, "column \"relnam\" does not exist; hint: Perhaps"));
    assert_true(err.message[strlen(err.message) - 1] != '.');
    driver->close(conn);
}

static void two_statements_in_one_are_refused_by_the_server(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE a (a int); CREATE TABLE b (a int)")),
                     SKN_E_SYNTAX);
    driver->close(conn);
}

static void a_nul_byte_is_found_before_anything_is_sent(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    const struct skn_step steps[] = {BEGIN,
                                     SQL("CREATE TABLE a (a int)"),
                                     {.sql = skn_str_len("SELECT 1\0, 2", 12), .op = SKN_STEP_SQL}};
    assert_int_equal(exec_steps(conn, steps, 3), SKN_E_SYNTAX);
    assert_int_equal(err.step, 2);
    assert_int_equal(err.position, 9);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void steps_in_the_wrong_state_are_refused(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, COMMIT), SKN_E_USAGE);
    assert_int_equal(EXEC(conn, FENCE("t")), SKN_E_USAGE);
    assert_int_equal(EXEC(conn, BEGIN, SQL("SELECT 1"), BEGIN), SKN_E_USAGE);
    assert_int_equal(err.step, 2);
    assert_int_equal(EXEC(conn, step(99, "")), SKN_E_USAGE);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void what_refuses_a_transaction_runs_outside_one(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE t (a int)"), SQL("CREATE INDEX CONCURRENTLY i ON t (a)"),
            SQL("VACUUM t"), BEGIN, SQL("INSERT INTO t VALUES (1)"), COMMIT,
            SQL("REINDEX INDEX CONCURRENTLY i"), SQL("DROP INDEX CONCURRENTLY i"),
            SQL("VACUUM FULL t"));
    assert_int_equal(EXEC(conn, BEGIN, SQL("VACUUM t")), SKN_E_UNSUPPORTED);
    assert_string_equal(err.sqlstate, "25001");
    driver->close(conn);
}

static void copy_with_the_client_is_refused(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE t (a text)"));
    assert_int_equal(EXEC(conn, SQL("COPY t FROM STDIN")), SKN_E_UNSUPPORTED);
    assert_int_equal(EXEC(conn, SQL("COPY (SELECT 'FROM STDIN') TO STDOUT")), SKN_E_UNSUPPORTED);
    EXEC_OK(conn, SQL("COPY (SELECT 'TO STDOUT' AS x) TO '/dev/null'"));
    driver->close(conn);
}

static void a_statement_that_ends_its_own_transaction_is_an_error(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, BEGIN, SQL("CREATE TABLE t (a int)"), SQL("/* x */ COMMIT"),
                          SQL("CREATE TABLE u (a int)"), COMMIT),
                     SKN_E_USAGE);
    assert_int_equal(err.step, 2);
    assert_int_equal(heard.done, 2);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 'u'", "0");
    assert_int_equal(EXEC(conn, SQL("BEGIN"), SQL("SELECT 1")), SKN_E_USAGE);
    EXEC_OK(conn, ROLLBACK);
    EXEC_OK(conn, BEGIN, SQL("SAVEPOINT s"), SQL("ROLLBACK TO s"), SQL("RELEASE s"), COMMIT);
    driver->close(conn);
}

static void a_batch_larger_than_all_buffers_gets_through(void **state)
{
    (void)state;
    NEEDS_SERVER();
    enum { COUNT = 2500, LEN = 2000 };
    static char sql[LEN + 64];
    static struct skn_step steps[COUNT];
    struct skn_conn *conn = opened_default();
    /* As much comes back as goes out, so both ends would wait for each other. */
    memset(sql, 'x', sizeof sql);
    memcpy(sql, "SELECT '", 8);
    snprintf(sql + 8 + LEN, sizeof sql - 8 - LEN, "' FROM generate_series(1, 2)");
    steps[0] = BEGIN;
    for (int i = 1; i < COUNT - 1; i++)
        steps[i] = SQL(sql);
    steps[COUNT - 1] = COMMIT;
    assert_int_equal(exec_steps(conn, steps, COUNT), SKN_OK);
    assert_int_equal(heard.done, COUNT);
    assert_int_equal(heard.rows, 2 * (COUNT - 2));
    driver->close(conn);
}

static void an_error_early_in_a_large_batch_ends_it(void **state)
{
    (void)state;
    NEEDS_SERVER();
    enum { COUNT = 3000 };
    static char sql[2048];
    static struct skn_step steps[COUNT];
    struct skn_conn *conn = opened_default();
    memset(sql, ' ', sizeof sql - 1);
    memcpy(sql, "SELECT 1", 8);
    steps[0] = BEGIN;
    steps[1] = SQL("SELECT nonsense");
    for (int i = 2; i < COUNT; i++)
        steps[i] = SQL(sql);
    assert_int_equal(exec_steps(conn, steps, COUNT), SKN_E_MISSING);
    assert_int_equal(err.step, 1);
    EXEC_OK(conn, ROLLBACK);
    driver->close(conn);
}

static void a_large_statement_is_one_statement(void **state)
{
    (void)state;
    NEEDS_SERVER();
    enum { LEN = 5 << 20 };
    char *sql = malloc(LEN + 64);
    assert_non_null(sql);
    memset(sql, 'x', LEN + 64);
    memcpy(sql, "SELECT length('", 15);
    snprintf(sql + 15 + LEN, 49, "')");
    struct skn_conn *conn = opened_default();
    ASSERT_QUERY(conn, sql, "5242880");
    driver->close(conn);
    free(sql);
}

static void a_listener_can_stop_a_batch(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    heard.stop_at_row = 3;
    assert_int_equal(
        EXEC(conn, SQL("SELECT generate_series(1, 1000000000)"), SQL("CREATE TABLE t (a int)")),
        SKN_E_CANCELLED);
    assert_int_equal(heard.rows, 3);
    assert_int_equal(heard.done, 0);
    heard.stop_at_row = 0;
    heard.stop_at_done = 1;
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE u (a int)"), SQL("CREATE TABLE t (a int)")),
                     SKN_E_CANCELLED);
    assert_int_equal(heard.done, 1);
    heard.stop_at_done = 0;
    ASSERT_QUERY(conn, "SELECT string_agg(relname, ',') FROM pg_class WHERE relname IN ('t', 'u')",
                 "u");
    driver->close(conn);
}

static void closing_rolls_back_at_once(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    struct skn_conn *other = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE t (a int)"));
    EXEC_OK(conn, BEGIN, SQL("LOCK TABLE t"));
    driver->close(conn);
    EXEC_OK(other, BEGIN, SQL("LOCK TABLE t NOWAIT"), ROLLBACK);
    driver->close(other);
    driver->close(NULL);
}

static void warnings_of_the_server_are_logged(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("DO $$ BEGIN RAISE WARNING E'two\\nlines'; RAISE NOTICE 'quiet'; END $$"));
    assert_non_null(strstr(listener.lines, "1 server: two lines\n"));
    assert_null(strstr(listener.lines, "quiet"));
    driver->close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_batch_is_reported_step_by_step),
        CLAIM(null_is_not_the_empty_text),
        CLAIM(nobody_has_to_listen),
        CLAIM(a_commit_rides_with_the_next_body),
        CLAIM(an_error_names_its_step_and_byte),
        CLAIM(an_error_at_the_end_of_the_text_has_a_place_too),
        CLAIM(nothing_runs_behind_a_failure),
        CLAIM(a_commit_that_fails_is_the_commit_s_error),
        CLAIM(rows_of_an_error_go_to_the_debug_log_only),
        CLAIM(a_hint_is_a_second_clause),
        CLAIM(two_statements_in_one_are_refused_by_the_server),
        CLAIM(a_nul_byte_is_found_before_anything_is_sent),
        CLAIM(steps_in_the_wrong_state_are_refused),
        CLAIM(what_refuses_a_transaction_runs_outside_one),
        CLAIM(copy_with_the_client_is_refused),
        CLAIM(a_statement_that_ends_its_own_transaction_is_an_error),
        CLAIM(a_batch_larger_than_all_buffers_gets_through),
        CLAIM(an_error_early_in_a_large_batch_ends_it),
        CLAIM(a_large_statement_is_one_statement),
        CLAIM(a_listener_can_stop_a_batch),
        CLAIM(closing_rolls_back_at_once),
        CLAIM(warnings_of_the_server_are_logged),
    };
    return cmocka_run_group_tests_name("postgresql_exec", tests, group_setup, group_teardown);
}
