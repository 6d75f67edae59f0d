/*
 * The MySQL driver when something gives way: the link breaks, the server stops answering, the host
 * wants an end. Each test acts when the server is seen to be at work, not when time has passed.
 */
#include "mysql_fixture.h"
#include "mysql_proxy.h"

/* ---- acting in the middle of a statement ---- */

enum act { CANCEL, EXPIRE, KILL };

struct trap {
    struct fixture *f;
    const char *at_work; /* LIKE pattern of what the session is to be seen at */
    enum act act;
    uint64_t session;
    int sprung;
};

static int is_at_work(const struct trap *trap)
{
    struct seen kept = trap->f->seen;
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %llu AND info LIKE "
             "'%s' AND command <> 'Sleep'",
             (unsigned long long)trap->session, trap->at_work);
    int found = strcmp(rows_of(trap->f, trap->f->watch, sql), "0") != 0;
    trap->f->seen = kept;
    return found;
}

static void kill_session(struct fixture *f, uint64_t session)
{
    struct seen kept = f->seen;
    char sql[64];
    snprintf(sql, sizeof sql, "KILL CONNECTION %llu", (unsigned long long)session);
    sql_ok_on(f, f->watch, sql);
    f->seen = kept;
}

static void trap_look(void *arg)
{
    struct trap *trap = arg;
    if (trap->sprung || !is_at_work(trap))
        return;
    trap->sprung = 1;
    if (trap->act == KILL)
        kill_session(trap->f, trap->session);
    trap->f->knobs.cancelled = trap->act == CANCEL;
    trap->f->knobs.left = trap->act == EXPIRE ? 0 : -1;
}

static int run_trapped(struct fixture *f, const char *sql, enum act act, const char *at_work)
{
    struct trap trap = {.f = f, .at_work = at_work, .act = act, .session = session_of(f, f->conn)};
    f->knobs.look = trap_look;
    f->knobs.look_arg = &trap;
    int rc = run_sql(f, sql);
    f->knobs.look = NULL;
    f->knobs.cancelled = 0;
    f->knobs.left = -1;
    if (!trap.sprung)
        fail_msg("never seen at work: %s", sql);
    return rc;
}

static void nothing_is_left_running(struct fixture *f)
{
    assert_string_equal(rows_of(f, f->watch,
                                "SELECT COUNT(*) FROM information_schema.processlist WHERE info "
                                "LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()"),
                        "0");
}

/* ---- the host wants an end ---- */

static void a_cancel_stops_the_statement_in_the_server(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(run_trapped(f, "SELECT SLEEP(60)", CANCEL, "SELECT SLEEP%"), SKN_E_CANCELLED);
    nothing_is_left_running(f);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN);
    assert_string_equal(rows_of(f, f->conn, "SELECT 7"), "7");
}

static void a_deadline_stops_the_statement_in_the_server(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(run_trapped(f, "SELECT SLEEP(60)", EXPIRE, "SELECT SLEEP%"), SKN_E_TIMEOUT);
    nothing_is_left_running(f);
    assert_string_equal(rows_of(f, f->conn, "SELECT 7"), "7");
}

static void a_cancelled_change_is_not_made(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(
        run_trapped(f, "INSERT INTO t SELECT SLEEP(60) FROM t", CANCEL, "INSERT%SLEEP%"),
        SKN_E_CANCELLED);
    assert_int_equal(f->err.native, 1317);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
    f->knobs.cancelled = 1;
    op_ok(f, SKN_STEP_ROLLBACK);
    assert_int_equal(run_sql(f, "SELECT 1"), SKN_E_CANCELLED);
    f->knobs.cancelled = 0;
    assert_string_equal(rows_of(f, f->conn, "SELECT COUNT(*) FROM t"), "0");
}

static void a_cancel_reaches_the_later_results_of_a_call(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE PROCEDURE p() BEGIN SELECT 1; DO SLEEP(60); "
              "INSERT INTO nowhere VALUES (1); END");
    assert_int_not_equal(run_trapped(f, "CALL p()", CANCEL, "%SLEEP(60)%"), SKN_OK);
    assert_true(f->seen.count <= 1);
    nothing_is_left_running(f);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN);
    assert_string_equal(rows_of(f, f->conn, "SELECT 7"), "7");
}

static void a_cancel_between_two_steps_starts_no_further_one(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_step steps[] = {{skn_str("CREATE TABLE t (a INT)"), SKN_STEP_SQL, 0},
                               {skn_str("CREATE TABLE u (a INT)"), SKN_STEP_SQL, 0}};
    open_ok(f);
    f->knobs.cancelled = 1;
    assert_int_equal(run_steps(f, f->conn, steps, 2), SKN_E_CANCELLED);
    assert_int_equal(f->err.step, 0);
    f->knobs.cancelled = 0;
    f->knobs.left = 0;
    assert_int_equal(run_steps(f, f->conn, steps, 2), SKN_E_TIMEOUT);
    f->knobs.left = -1;
    assert_string_equal(rows_of(f, f->conn, "SHOW TABLES"), "");
}

static void no_time_left_opens_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *conn;
    f->knobs.left = 0;
    assert_int_equal(open_with(f, &conn, NULL), SKN_E_TIMEOUT);
    assert_null(conn);
}

/* ---- the session is killed ---- */

static void dead(struct fixture *f)
{
    assert_int_equal(flags_of(f, f->conn), 0);
    assert_int_equal(run_sql(f, "SELECT 1"), SKN_E_CONNECT);
    assert_int_equal(run_op(f, SKN_STEP_ROLLBACK), SKN_E_CONNECT);
}

static void a_change_outside_a_transaction_is_uncertain_when_the_session_dies(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    assert_int_equal(run_trapped(f, "INSERT INTO t SELECT SLEEP(60)", KILL, "INSERT%"),
                     SKN_E_UNCERTAIN);
    dead(f);
}

static void a_change_inside_a_transaction_is_gone_when_the_session_dies(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(run_trapped(f, "UPDATE t SET a = SLEEP(60)", KILL, "UPDATE%"), SKN_E_CONNECT);
    dead(f);
}

static void ddl_is_uncertain_when_the_session_dies(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(run_trapped(f, "CREATE TABLE t AS SELECT SLEEP(60) AS a", KILL, "CREATE%"),
                     SKN_E_UNCERTAIN);
    dead(f);
}

static void ddl_inside_a_transaction_is_uncertain_too(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(run_trapped(f, "CREATE TABLE t AS SELECT SLEEP(60) AS a", KILL, "CREATE%"),
                     SKN_E_UNCERTAIN);
}

static void a_session_killed_while_idle_is_a_connect_error(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    kill_session(f, session_of(f, f->conn));
    int rc;
    do
        rc = run_sql(f, "SELECT 1");
    while (rc == SKN_OK);
    /* Its end may come while the question is under way; then nobody knows that it was only one. */
    assert_true(rc == SKN_E_CONNECT || rc == SKN_E_UNCERTAIN);
    dead(f);
}

/* ---- the link breaks ---- */

static void open_through(struct fixture *f, const struct proxy *proxy)
{
    if (open_with(f, &f->conn, "host", "127.0.0.1", "port", proxy->port, NULL) != SKN_OK)
        fail_msg("open: %s", f->err.message);
}

static void a_commit_that_was_not_answered_is_uncertain(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    proxy_start(&proxy, "COMMIT");
    open_through(f, &proxy);
    sql_ok(f, "CREATE TABLE t (a INT)");
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    int rc = run_op(f, SKN_STEP_COMMIT);
    proxy_stop(&proxy);
    assert_int_equal(rc, SKN_E_UNCERTAIN);
    dead(f);
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM `%s`.t", f->database);
    assert_string_equal(rows_of(f, f->watch, sql), "1");
}

static void a_rollback_that_was_not_answered_is_a_connect_error(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    proxy_start(&proxy, "ROLLBACK");
    open_through(f, &proxy);
    op_ok(f, SKN_STEP_BEGIN);
    int rc = run_op(f, SKN_STEP_ROLLBACK);
    proxy_stop(&proxy);
    assert_int_equal(rc, SKN_E_CONNECT);
}

static void a_statement_never_sent_is_a_connect_error(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    proxy_start(&proxy, NULL);
    open_through(f, &proxy);
    proxy_stop(&proxy);
    assert_int_equal(run_sql(f, "CREATE TABLE t (a INT)"), SKN_E_CONNECT);
    dead(f);
}

/* ---- the server stops answering ---- */

struct freezer {
    struct fixture *f;
    struct proxy *proxy;
    int looks;
};

static void freeze_look(void *arg)
{
    struct freezer *freezer = arg;
    if (freezer->looks++ == 1)
        freezer->f->knobs.left = 0;
}

/* The deadline passes while nothing comes back, not even to the second connection. */
static int run_frozen(struct fixture *f, struct proxy *proxy, const char *sql)
{
    struct freezer freezer = {f, proxy, 0};
    proxy_freeze(proxy);
    f->knobs.look = freeze_look;
    f->knobs.look_arg = &freezer;
    int rc = run_sql(f, sql);
    f->knobs.look = NULL;
    f->knobs.left = -1;
    return rc;
}

static void a_server_that_stops_answering_ends_at_the_deadline(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    proxy_start(&proxy, NULL);
    open_through(f, &proxy);
    int rc = run_frozen(f, &proxy, "CREATE TABLE t (a INT)");
    proxy_stop(&proxy);
    assert_int_equal(rc, SKN_E_UNCERTAIN);
    assert_says(f, "time limit");
    dead(f);
}

static void in_a_transaction_a_server_that_stops_answering_is_a_time_out(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    proxy_start(&proxy, NULL);
    open_through(f, &proxy);
    sql_ok(f, "CREATE TABLE t (a INT)");
    op_ok(f, SKN_STEP_BEGIN);
    int rc = run_frozen(f, &proxy, "INSERT INTO t VALUES (1)");
    proxy_stop(&proxy);
    assert_int_equal(rc, SKN_E_TIMEOUT);
    dead(f);
}

static void a_large_statement_to_a_frozen_server_ends_too(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    size_t len = 12000000;
    char *sql = malloc(len + 64);
    assert_non_null(sql);
    proxy_start(&proxy, NULL);
    open_through(f, &proxy);
    int used = snprintf(sql, 64, "SELECT '");
    memset(sql + used, 'x', len);
    snprintf(sql + (size_t)used + len, 8, "'");
    int rc = run_frozen(f, &proxy, sql);
    proxy_stop(&proxy);
    free(sql);
    assert_int_equal(rc, SKN_E_TIMEOUT);
    dead(f);
}

static void a_server_that_never_greets_ends_at_the_connect_timeout(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *conn;
    struct proxy proxy;
    proxy_start(&proxy, NULL);
    proxy_freeze(&proxy);
    int rc =
        open_with(f, &conn, "host", "127.0.0.1", "port", proxy.port, "connect_timeout", "1", NULL);
    proxy_stop(&proxy);
    assert_int_equal(rc, SKN_E_CONNECT);
    assert_null(conn);
    assert_says(f, proxy.port);
}

/* ---- servers that this one is not ---- */

static int describe_swapped(struct fixture *f, const char *from, const char *to,
                            struct skn_server *server)
{
    struct proxy proxy;
    proxy_start_swapping(&proxy, from, to);
    open_through(f, &proxy);
    int rc = f->driver->describe(f->conn, server, &f->err);
    proxy_stop(&proxy);
    return rc;
}

static void a_build_without_galera_is_asked_again(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(describe_swapped(f, "@@wsrep_on", "@@nowhere_", &server), SKN_OK);
    assert_int_equal(server.caps, SKN_CAP_LOCK | SKN_CAP_RETARGET);
    assert_true(server.version > 0);
}

static void s9_a_galera_node_has_no_lock_and_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(describe_swapped(f, "@@wsrep_on", "'ON'      ", &server), SKN_OK);
    assert_int_equal(server.caps, SKN_CAP_RETARGET);
    assert_non_null(strstr(server.refusal, "single_writer = true"));
}

static void s9_a_galera_node_with_one_writer_is_taken_and_warned_of(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    struct proxy proxy;
    proxy_start_swapping(&proxy, "@@wsrep_on", "'ON'      ");
    if (open_with(f, &f->conn, "host", "127.0.0.1", "port", proxy.port, "single_writer", "true",
                  NULL) != SKN_OK)
        fail_msg("open: %s", f->err.message);
    assert_int_equal(f->driver->describe(f->conn, &server, &f->err), SKN_OK);
    proxy_stop(&proxy);
    assert_string_equal(server.refusal, "");
    assert_int_equal(server.caps, SKN_CAP_RETARGET);
    assert_non_null(strstr(f->knobs.log, "1 a Galera cluster"));
}

static void a_session_that_is_not_the_servers_is_pooled(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(describe_swapped(f, "CONNECTION_ID()", "1111111111+2222", &server), SKN_OK);
    assert_true(server.flags & SKN_SERVER_POOLED);
    assert_int_equal(server.caps, 0);
}

static void another_server_behind_the_name_is_not_told_to_kill(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    struct proxy proxy;
    proxy_start(&proxy, NULL);
    open_through(f, &proxy);
    assert_int_equal(f->driver->describe(f->conn, &server, &f->err), SKN_OK);
    proxy.swap_to = "'another'";
    proxy.swap_from = "@@datadir";
    int rc = run_trapped(f, "SELECT SLEEP(60)", CANCEL, "SELECT SLEEP%");
    assert_string_equal(rows_of(f, f->watch,
                                "SELECT COUNT(*) FROM information_schema.processlist WHERE info "
                                "LIKE 'SELECT SLEEP(60)%'"),
                        "1");
    kill_session(f, session_of(f, f->conn));
    proxy_stop(&proxy);
    assert_int_equal(rc, SKN_E_UNCERTAIN);
}

static void a_server_that_tells_no_changes_is_reset_each_time(void **state)
{
    struct fixture *f = fixture_of(state);
    struct proxy proxy;
    proxy_start_swapping(&proxy, "session_track_system_variables = '*'",
                         "session_track_system_variables = '' ");
    open_through(f, &proxy);
    sql_ok(f, "SET foreign_key_checks = 0");
    op_ok(f, SKN_STEP_RESET);
    assert_string_equal(rows_of(f, f->conn, "SELECT @@foreign_key_checks"), "1");
    proxy_stop(&proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cancel_stops_the_statement_in_the_server),
        TEST(a_deadline_stops_the_statement_in_the_server),
        TEST(a_cancelled_change_is_not_made),
        TEST(a_cancel_reaches_the_later_results_of_a_call),
        TEST(a_cancel_between_two_steps_starts_no_further_one),
        TEST(no_time_left_opens_nothing),
        TEST(a_change_outside_a_transaction_is_uncertain_when_the_session_dies),
        TEST(a_change_inside_a_transaction_is_gone_when_the_session_dies),
        TEST(ddl_is_uncertain_when_the_session_dies),
        TEST(ddl_inside_a_transaction_is_uncertain_too),
        TEST(a_session_killed_while_idle_is_a_connect_error),
        TEST(a_commit_that_was_not_answered_is_uncertain),
        TEST(a_rollback_that_was_not_answered_is_a_connect_error),
        TEST(a_statement_never_sent_is_a_connect_error),
        TEST(a_server_that_stops_answering_ends_at_the_deadline),
        TEST(in_a_transaction_a_server_that_stops_answering_is_a_time_out),
        TEST(a_large_statement_to_a_frozen_server_ends_too),
        TEST(a_build_without_galera_is_asked_again),
        TEST(s9_a_galera_node_has_no_lock_and_is_refused),
        TEST(s9_a_galera_node_with_one_writer_is_taken_and_warned_of),
        TEST(a_session_that_is_not_the_servers_is_pooled),
        TEST(another_server_behind_the_name_is_not_told_to_kill),
        TEST(a_server_that_tells_no_changes_is_reset_each_time),
        TEST(a_server_that_never_greets_ends_at_the_connect_timeout),
    };
    return cmocka_run_group_tests_name("mysql_fault", tests, NULL, NULL);
}
