/*
 * The PostgreSQL driver when something breaks, stands still or is in the way: lost links,
 * deadlines, locks, and transactions that outlive their session.
 */
#include <errno.h>

#include "pg_proxy.h"

/* ---- lost links ---- */

static uint32_t settled(struct skn_conn *conn, const char *token)
{
    uint32_t outcome = 99;
    assert_int_equal(driver->settle(conn, skn_str(token), &outcome, &err), SKN_OK);
    return outcome;
}

/* Loses a commit by the proxy; returns the token, and says what came of the row. */
static void lose_commit(enum proxy_mode mode, char token[64], const char *rows)
{
    struct proxy proxy = proxy_start(mode);
    struct options options = options_through(&proxy);
    struct skn_conn *direct = opened_default();
    EXEC_OK(direct, SQL("CREATE TABLE v (a int)"));
    struct skn_conn *conn = opened(&options);
    EXEC_OK(conn, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"));
    assert_int_equal(EXEC(conn, COMMIT, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (2)")),
                     SKN_E_UNCERTAIN);
    assert_int_equal(err.step, 0);
    assert_true(driver->token(conn, token, 64) > 0);
    assert_int_equal(status_flags(conn), 0);
    assert_int_equal(EXEC(conn, ROLLBACK), SKN_E_CONNECT);
    driver->close(conn);
    EXEC_OK(direct, BEGIN, SQL("LOCK TABLE v"), ROLLBACK);
    ASSERT_QUERY(direct, "SELECT count(*) FROM v", rows);
    driver->close(direct);
    proxy_stop(&proxy);
}

static void a_commit_whose_reply_was_lost_is_uncertain_and_settled(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64];
    lose_commit(PROXY_LOSE_REPLY, token, "1");
    struct skn_conn *conn = opened_default();
    assert_int_equal(settled(conn, token), SKN_OUTCOME_COMMITTED);
    driver->close(conn);
}

static void a_commit_that_never_arrived_is_uncertain_and_settled(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64];
    lose_commit(PROXY_LOSE_REQUEST, token, "0");
    struct skn_conn *conn = opened_default();
    assert_int_equal(settled(conn, token), SKN_OUTCOME_ABORTED);
    driver->close(conn);
}

static void a_whole_revision_that_was_lost_has_no_token_of_another(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64] = "";
    struct proxy proxy = proxy_start(PROXY_LOSE_REQUEST);
    struct options options = options_through(&proxy);
    struct skn_conn *conn = opened(&options);
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("v"), ROLLBACK);
    assert_true(driver->token(conn, token, sizeof token) > 0);
    assert_int_equal(EXEC(conn, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"), COMMIT),
                     SKN_E_UNCERTAIN);
    assert_int_equal(driver->token(conn, token, sizeof token), 0);
    driver->close(conn);
    proxy_stop(&proxy);
}

static void a_running_transaction_is_settled_as_running(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64];
    char before[64];
    struct skn_conn *conn = opened_default();
    struct skn_conn *other = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("v"));
    uint32_t len = driver->token(conn, token, sizeof token);
    assert_int_equal(len, strlen(token));
    assert_int_equal(driver->token(conn, before, 2), 0);
    assert_int_equal(settled(other, token), SKN_OUTCOME_RUNNING);
    EXEC_OK(conn, COMMIT);
    assert_int_equal(settled(other, token), SKN_OUTCOME_COMMITTED);
    assert_int_equal(settled(other, "999999999999"), SKN_OUTCOME_UNKNOWN);
    snprintf(before, sizeof before, "%.*s.000000FF", (int)strcspn(token, "."), token);
    assert_int_equal(settled(other, before), SKN_OUTCOME_UNKNOWN);
    uint32_t outcome;
    assert_int_equal(driver->settle(other, skn_str("1'; DROP"), &outcome, &err), SKN_E_USAGE);
    driver->close(conn);
    driver->close(other);
}

static void terminate(struct skn_conn *victim)
{
    char sql[96];
    struct skn_conn *conn = opened_default();
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%ld, 10000)", session_pid(victim));
    ASSERT_QUERY(conn, sql, "t");
    driver->close(conn);
}

static void a_link_that_breaks_inside_a_transaction_is_certain(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"));
    terminate(conn);
    assert_int_equal(EXEC(conn, SQL("SELECT 1"), COMMIT), SKN_E_CONNECT);
    assert_int_equal(err.step, 0);
    assert_string_equal(err.sqlstate, "57P01");
    assert_int_equal(status_flags(conn), 0);
    driver->close(conn);
}

static void a_link_that_breaks_in_a_commit_or_outside_a_transaction_is_not(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"));
    terminate(conn);
    assert_int_equal(EXEC(conn, COMMIT), SKN_E_UNCERTAIN);
    driver->close(conn);
    conn = opened_default();
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE u (a int)"),
                          SQL("SELECT pg_terminate_backend(pg_backend_pid())")),
                     SKN_E_UNCERTAIN);
    assert_int_equal(err.step, 1);
    driver->close(conn);
}

/* ---- being told to stop ---- */

static void a_deadline_ends_a_statement_and_leaves_the_session(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"));
    listener.end = now_ms() + 150;
    assert_int_equal(EXEC(conn, SQL("SELECT pg_sleep(600)")), SKN_E_TIMEOUT);
    /* The rollback has to go through although time is up. */
    EXEC_OK(conn, ROLLBACK);
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE t (a int)")), SKN_E_TIMEOUT);
    listener.end = 0;
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "0");
    driver->close(conn);
}

static void a_cancel_ends_a_statement_and_leaves_the_session(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    listener.polls_left = 3;
    assert_int_equal(EXEC(conn, BEGIN, SQL("SELECT pg_sleep(600)"), COMMIT), SKN_E_CANCELLED);
    assert_int_equal(err.step, 1);
    assert_string_equal(err.sqlstate, "57014");
    EXEC_OK(conn, ROLLBACK);
    listener.polls_left = -1;
    ASSERT_QUERY(conn, "SELECT 1", "1");
    driver->close(conn);
}

static void a_session_that_moved_on_can_still_be_cancelled(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct options options = options_default();
    option_set(&options, "schema", "two");
    struct skn_conn *conn = opened_one_of_two();
    assert_int_equal(driver->retarget(conn, options.list, options.count, &err), SKN_OK);
    listener.polls_left = 3;
    assert_int_equal(EXEC(conn, SQL("SELECT pg_sleep(600)")), SKN_E_CANCELLED);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void a_lock_is_given_back_after_a_cancel(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_str name = skn_str("alembic_version");
    struct skn_conn *conn = opened_default();
    assert_int_equal(driver->lock(conn, name, &err), SKN_OK);
    listener.polls_left = 0;
    assert_int_equal(EXEC(conn, SQL("SELECT 1")), SKN_E_CANCELLED);
    assert_int_equal(driver->unlock(conn, name, &err), SKN_OK);
    driver->close(conn);
}

/* Stops the server's process behind conn, runs sql with a deadline, and lets it go on. */
static int exec_stopped(struct skn_conn *conn, const struct skn_step *steps, uint32_t count)
{
    pid_t pid = (pid_t)session_pid(conn);
    if (kill(pid, SIGSTOP) != 0) {
        print_message("skipped: may not stop the server's process: %s\n", strerror(errno));
        return -1;
    }
    listener.end = now_ms() + 100;
    int rc = exec_steps(conn, steps, count);
    listener.end = 0;
    kill(pid, SIGCONT);
    return rc;
}

static void a_server_that_stands_still_is_left_at_the_deadline(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, SQL("INSERT INTO v VALUES (1)"));
    int rc = exec_stopped(conn, (struct skn_step[]){SQL("SELECT 1")}, 1);
    driver->close(conn);
    if (rc < 0)
        skip();
    assert_int_equal(rc, SKN_E_TIMEOUT);
    conn = opened_default();
    rc = exec_stopped(conn, (struct skn_step[]){BEGIN, SQL("INSERT INTO v VALUES (1)"), COMMIT}, 3);
    assert_int_equal(rc, SKN_E_UNCERTAIN);
    assert_int_equal(status_flags(conn), 0);
    driver->close(conn);
}

static void time_outs_of_the_server_have_their_class(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct options options = options_default();
    option_set(&options, "statement_timeout", "50");
    option_set(&options, "lock_timeout", "20");
    struct skn_conn *conn = opened(&options);
    struct skn_conn *other = opened_default();
    assert_int_equal(EXEC(conn, SQL("SELECT pg_sleep(600)")), SKN_E_TIMEOUT);
    EXEC_OK(other, SQL("CREATE TABLE t (a int)"));
    EXEC_OK(other, BEGIN, SQL("LOCK TABLE t"));
    assert_int_equal(EXEC(conn, BEGIN, FENCE("t")), SKN_E_BUSY);
    assert_string_equal(err.sqlstate, "55P03");
    assert_int_equal(err.step, 1);
    driver->close(other);
    driver->close(conn);
}

/* ---- locks ---- */

static void a_lock_names_its_holder(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char pid[32];
    struct skn_str name = skn_str("alembic_version");
    struct options options = options_default();
    option_set(&options, "application_name", "skein/run-17");
    struct skn_conn *holder = opened(&options);
    struct skn_conn *conn = opened_default();
    assert_int_equal(driver->lock(holder, name, &err), SKN_OK);
    assert_int_equal(driver->lock(conn, name, &err), SKN_E_BUSY);
    snprintf(pid, sizeof pid, "session %ld ", session_pid(holder));
    assert_non_null(strstr(err.message, pid));
    assert_non_null(strstr(err.message, "(skein/run-17) of role "));
    assert_non_null(strstr(err.message, "a local socket, connected since 20"));
    assert_int_equal(driver->lock(conn, skn_str("another_table"), &err), SKN_OK);
    assert_int_equal(driver->unlock(holder, name, &err), SKN_OK);
    assert_int_equal(driver->lock(conn, name, &err), SKN_OK);
    assert_int_equal(driver->unlock(holder, name, &err), SKN_E_DRIVER);
    driver->close(holder);
    driver->close(conn);
}

static void locks_of_two_schemas_are_two(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_str name = skn_str("alembic_version");
    struct skn_conn *one = opened_one_of_two();
    struct skn_conn *two = opened_schema("two");
    struct skn_conn *also_two = opened_schema("two");
    assert_int_equal(driver->lock(one, name, &err), SKN_OK);
    assert_int_equal(driver->lock(two, name, &err), SKN_OK);
    /* Not what a revision makes of the session, but what was opened, is what is locked. */
    EXEC_OK(two, SQL("SET search_path = one"));
    assert_int_equal(driver->lock(also_two, name, &err), SKN_E_BUSY);
    assert_int_equal(driver->unlock(two, name, &err), SKN_OK);
    driver->close(one);
    driver->close(two);
    driver->close(also_two);
}

/* ---- two phases ---- */

static void a_transaction_is_committed_in_two_phases(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char id[64];
    struct skn_conn *conn = opened_default();
    if (!(described(conn).caps & SKN_CAP_PREPARE)) {
        print_message("skipped: max_prepared_transactions is 0\n");
        assert_int_equal(EXEC(conn, BEGIN, step(SKN_STEP_PREPARE, "x")), SKN_E_UNSUPPORTED);
        driver->close(conn);
        skip();
    }
    snprintf(id, sizeof id, "skein'\\:%ld:1/1", (long)getpid());
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"), step(SKN_STEP_PREPARE, id));
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "0");
    assert_int_equal(EXEC(conn, BEGIN, step(SKN_STEP_COMMIT_PREPARED, id)), SKN_E_USAGE);
    EXEC_OK(conn, step(SKN_STEP_COMMIT_PREPARED, id));
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
    EXEC_OK(conn, BEGIN, SQL("DROP TABLE t"), step(SKN_STEP_PREPARE, id),
            step(SKN_STEP_ROLLBACK_PREPARED, id));
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
    assert_int_equal(EXEC(conn, step(SKN_STEP_COMMIT_PREPARED, id)), SKN_E_MISSING);
    assert_int_equal(
        EXEC(conn, BEGIN, SQL("CREATE TEMP TABLE x (a int)"), step(SKN_STEP_PREPARE, id)),
        SKN_E_UNSUPPORTED);
    driver->close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(a_commit_whose_reply_was_lost_is_uncertain_and_settled),
        CLAIM(a_commit_that_never_arrived_is_uncertain_and_settled),
        CLAIM(a_whole_revision_that_was_lost_has_no_token_of_another),
        CLAIM(a_running_transaction_is_settled_as_running),
        CLAIM(a_link_that_breaks_inside_a_transaction_is_certain),
        CLAIM(a_link_that_breaks_in_a_commit_or_outside_a_transaction_is_not),
        CLAIM(a_deadline_ends_a_statement_and_leaves_the_session),
        CLAIM(a_cancel_ends_a_statement_and_leaves_the_session),
        CLAIM(a_session_that_moved_on_can_still_be_cancelled),
        CLAIM(a_lock_is_given_back_after_a_cancel),
        CLAIM(a_server_that_stands_still_is_left_at_the_deadline),
        CLAIM(time_outs_of_the_server_have_their_class),
        CLAIM(a_lock_names_its_holder),
        CLAIM(locks_of_two_schemas_are_two),
        CLAIM(a_transaction_is_committed_in_two_phases),
    };
    return cmocka_run_group_tests_name("postgresql_fault", tests, group_setup, group_teardown);
}
