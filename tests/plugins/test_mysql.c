/*
 * The MySQL driver where nothing goes wrong that the server does not say: its table, what it
 * reaches, steps and their answers, errors and where they are.
 */
#include "mysql_fixture.h"

static void the_table_says_what_is_true(void **state)
{
    struct fixture *f = fixture_of(state);
    assert_string_equal(f->driver->name, "mysql");
    assert_int_equal(f->driver->caps, SKN_CAP_LOCK | SKN_CAP_RETARGET);
    assert_null(f->driver->token);
    assert_null(f->driver->settle);
    assert_non_null(f->driver->fingerprint);
    for (uint32_t i = 0; i < f->driver->option_count; i++)
        if (strcmp(f->driver->options[i].name, "password") == 0)
            assert_true(f->driver->options[i].flags & SKN_OPT_SECRET);
}

static void an_older_host_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_host old = f->host;
    old.size = offsetof(struct skn_host, scan);
    assert_null(driver_load(&old, &f->err));
    assert_int_equal(f->err.code, SKN_E_USAGE);
}

/* ---- open ---- */

static void refused(struct fixture *f, int code, const char *key, const char *value)
{
    struct skn_conn *conn;
    int rc = open_with(f, &conn, key, value, NULL);
    if (rc != code)
        fail_msg("%s = \"%s\": code %d: %s", key, value, rc, f->err.message);
    assert_null(conn);
}

static void options_that_cannot_be_meant_are_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    char longest[300];
    memset(longest, 'h', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    refused(f, SKN_E_CONFIG, "port", "0");
    refused(f, SKN_E_CONFIG, "port", "65536");
    refused(f, SKN_E_CONFIG, "port", "-1");
    refused(f, SKN_E_CONFIG, "connect_timeout", "0");
    refused(f, SKN_E_CONFIG, "lock_wait_timeout", "soon");
    refused(f, SKN_E_CONFIG, "tls", "maybe");
    refused(f, SKN_E_CONFIG, "user", "");
    refused(f, SKN_E_CONFIG, "database", "");
    refused(f, SKN_E_CONFIG, "socket", "");
    refused(f, SKN_E_CONFIG, "host", longest);
    refused(f, SKN_E_CONFIG, "host", "replication://a");
    refused(f, SKN_E_CONFIG, "host", "one,two");
    refused(f, SKN_E_CONFIG, "host", "/var/run/socket");
}

static void a_missing_user_or_database_is_named(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *conn;
    assert_int_equal(f->driver->open(&f->host, NULL, 0, &conn, &f->err), SKN_E_CONFIG);
    assert_says(f, "user");
}

static void a_database_that_does_not_exist_is_missing(void **state)
{
    struct fixture *f = fixture_of(state);
    refused(f, SKN_E_MISSING, "database", "skein_nowhere");
    assert_int_equal(f->err.native, 1049);
    assert_says(f, "create the database first");
}

static void a_server_that_is_not_there_is_a_connect_error(void **state)
{
    struct fixture *f = fixture_of(state);
    refused(f, SKN_E_CONNECT, "socket", "/nonexistent/socket");
    assert_string_equal(f->err.sqlstate, "08001");
    assert_says(f, "/nonexistent/socket");
}

static void user_make(struct fixture *f, const char *name, const char *password)
{
    char sql[256];
    snprintf(sql, sizeof sql, "CREATE OR REPLACE USER %s@'localhost' IDENTIFIED BY '%s'", name,
             password);
    sql_ok_on(f, f->watch, sql);
    snprintf(sql, sizeof sql, "GRANT ALL ON `%s`.* TO %s@'localhost'", f->database, name);
    sql_ok_on(f, f->watch, sql);
}

static void a_wrong_password_is_an_auth_error_and_stays_secret(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *conn;
    user_make(f, "skein_t_a", "right-S3cr3t");
    int rc = open_with(f, &conn, "user", "skein_t_a", "password", "wrong-S3cr3t", NULL);
    int right = open_with(f, &f->conn, "user", "skein_t_a", "password", "right-S3cr3t", NULL);
    sql_ok_on(f, f->watch, "DROP USER skein_t_a@'localhost'");
    assert_int_equal(rc, SKN_E_AUTH);
    assert_int_equal(right, SKN_OK);
    assert_null(strstr(f->err.message, "S3cr3t"));
    assert_null(strstr(f->knobs.log, "S3cr3t"));
}

/* The server quotes statements in errors, and statements may hold the password. */
static void an_error_that_quotes_the_password_hides_it(void **state)
{
    struct fixture *f = fixture_of(state);
    user_make(f, "skein_t_b", "hidden-S3cr3t");
    int rc = open_with(f, &f->conn, "user", "skein_t_b", "password", "hidden-S3cr3t", NULL);
    sql_ok_on(f, f->watch, "DROP USER skein_t_b@'localhost'");
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(run_sql(f, "ALTER USER x IDENTIFIED BYE 'hidden-S3cr3t'"), SKN_E_SYNTAX);
    assert_null(strstr(f->err.message, "S3cr3t"));
    assert_says(f, "***");
}

/* main() has filled the environment and the home folder with lies. */
static void environment_and_option_files_decide_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    user_make(f, "skein_t_c", "");
    int rc = open_with(f, &f->conn, "user", "skein_t_c", NULL);
    const char *user = rc == SKN_OK ? rows_of(f, f->conn, "SELECT CURRENT_USER()") : "";
    assert_string_equal(user, "skein_t_c@localhost");
    sql_ok_on(f, f->watch, "DROP USER skein_t_c@'localhost'");
}

static void tls_is_asked_of_every_server_that_is_not_local(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *conn;
    if (strcmp(rows_of(f, f->watch, "SELECT @@have_ssl"), "YES") == 0)
        skip();
    /* Not an address of this machine by its text, yet one that reaches it. */
    assert_int_equal(open_with(f, &conn, "host", "127.1", "port", server_port(), NULL),
                     SKN_E_CONNECT);
    assert_int_equal(f->err.native, 2026);
    assert_int_equal(
        open_with(f, &conn, "host", "127.1", "port", server_port(), "tls", "require", NULL),
        SKN_E_CONNECT);
    assert_says(f, "offers no TLS");
    assert_non_null(strstr(f->knobs.log, "1 tls is only required"));
}

static void a_socket_with_tls_is_refused_not_opened_without(void **state)
{
    struct fixture *f = fixture_of(state);
    refused(f, SKN_E_CONFIG, "tls", "verify");
}

static void plaintext_to_another_host_is_warned_of(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *conn;
    open_with(f, &conn, "host", "127.1", "port", "1", "tls", "off", NULL);
    assert_non_null(strstr(f->knobs.log, "1 tls is off"));
    f->knobs.log[0] = '\0';
    open_with(f, &conn, "host", "127.0.0.1", "port", "1", NULL);
    assert_string_equal(f->knobs.log, "");
}

static void the_server_may_not_ask_for_our_files(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a TEXT)");
    assert_int_not_equal(run_sql(f, "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t"), SKN_OK);
    assert_string_equal(rows_of(f, f->conn, "SELECT COUNT(*) FROM t"), "0");
}

/* ---- describe ---- */

static void describe_names_server_database_and_user(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server one = {.size = sizeof one};
    struct skn_server two = {.size = sizeof two};
    open_ok(f);
    assert_int_equal(f->driver->describe(f->conn, &one, &f->err), SKN_OK);
    assert_int_equal(f->driver->describe(f->watch, &two, &f->err), SKN_OK);
    assert_true(strncmp(one.product, "MariaDB ", 8) == 0 || strncmp(one.product, "MySQL ", 6) == 0);
    assert_true(one.version > 50700);
    assert_true(one.flags & SKN_SERVER_LOCAL);
    assert_true(one.flags & SKN_SERVER_SUPERUSER);
    assert_false(one.flags & (SKN_SERVER_READ_ONLY | SKN_SERVER_POOLED));
    assert_int_equal(one.caps, SKN_CAP_LOCK | SKN_CAP_RETARGET);
    assert_true(strlen(one.server_id) > 8);
    assert_string_equal(one.server_id, two.server_id);
    assert_string_not_equal(one.identity, two.identity);
    assert_non_null(strstr(one.identity, f->database));
    assert_non_null(strchr(one.user, '@'));
}

static void a_read_only_server_says_so(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    sql_ok_on(f, f->watch, "SET GLOBAL read_only = 1");
    int rc = f->driver->describe(f->watch, &server, &f->err);
    sql_ok_on(f, f->watch, "SET GLOBAL read_only = 0");
    assert_int_equal(rc, SKN_OK);
    assert_true(server.flags & SKN_SERVER_READ_ONLY);
}

static void an_account_without_rights_is_no_superuser(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    user_make(f, "skein_t_d", "");
    int rc = open_with(f, &f->conn, "user", "skein_t_d", NULL);
    if (rc == SKN_OK)
        rc = f->driver->describe(f->conn, &server, &f->err);
    sql_ok_on(f, f->watch, "DROP USER skein_t_d@'localhost'");
    if (rc != SKN_OK)
        fail_msg("%s", f->err.message);
    assert_false(server.flags & SKN_SERVER_SUPERUSER);
}

/* ---- exec ---- */

static void rows_come_as_text_with_their_lengths(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "SELECT 1, NULL, '', 2.50, X'610062', 'żółć'");
    assert_int_equal(f->seen.count, 1);
    assert_memory_equal(f->seen.rows, "1|NULL||2.50|a\0b|żółć\n", 27);
    assert_int_equal(f->seen.done_count, 1);
    assert_int_equal(f->seen.done[0], -1);
}

static void changes_are_counted_as_rows_found(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_step steps[] = {
        {skn_str("CREATE TABLE t (a INT)"), SKN_STEP_SQL, 0},
        {skn_str("INSERT INTO t VALUES (1), (2), (3)"), SKN_STEP_SQL, 0},
        {skn_str("UPDATE t SET a = a"), SKN_STEP_SQL, 0},
        {skn_str("/* off */ -- with\n # it\n DELETE FROM t WHERE a > 1"), SKN_STEP_SQL, 0},
        {skn_str("SET @x = 1"), SKN_STEP_SQL, 0},
        {skn_str("ALTER TABLE t ADD b INT"), SKN_STEP_SQL, 0},
    };
    const int64_t expected[] = {-1, 3, 3, 2, -1, -1};
    open_ok(f);
    assert_int_equal(run_steps(f, f->conn, steps, 6), SKN_OK);
    assert_int_equal(f->seen.done_count, 6);
    assert_memory_equal(f->seen.done, expected, sizeof expected);
}

static void the_first_failure_ends_a_batch_and_is_named(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_step steps[] = {
        {skn_str("CREATE TABLE t (a INT PRIMARY KEY)"), SKN_STEP_SQL, 0},
        {skn_str("INSERT INTO t VALUES (1), (1)"), SKN_STEP_SQL, 0},
        {skn_str("INSERT INTO t VALUES (5)"), SKN_STEP_SQL, 0},
    };
    open_ok(f);
    assert_int_equal(run_steps(f, f->conn, steps, 3), SKN_E_CONSTRAINT);
    assert_int_equal(f->err.step, 1);
    assert_int_equal(f->err.native, 1062);
    assert_int_equal(f->seen.done_count, 1);
    assert_string_equal(rows_of(f, f->conn, "SELECT COUNT(*) FROM t"), "0");
}

static void a_message_holds_one_statement(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(run_sql(f, "CREATE TABLE t (a INT); CREATE TABLE u (a INT)"), SKN_E_SYNTAX);
    assert_string_equal(rows_of(f, f->conn, "SHOW TABLES"), "");
    assert_int_equal(run_sql(f, ""), SKN_E_SYNTAX);
}

static void all_results_of_a_call_are_read(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT REPEAT('x', 3000); DO 0; SELECT 3; "
              "CREATE TABLE made (a INT); END");
    sql_ok(f, "CALL p()");
    assert_int_equal(f->seen.count, 3);
    assert_int_equal(f->seen.done[0], -1);
    assert_string_equal(rows_of(f, f->conn, "SHOW TABLES"), "made");
}

static void a_call_that_fails_behind_a_result_fails(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE PROCEDURE p() BEGIN SELECT 1; DROP TABLE nowhere; SELECT 2; END");
    assert_int_equal(run_sql(f, "CALL p()"), SKN_E_MISSING);
    assert_int_equal(f->seen.done_count, 0);
    assert_string_equal(rows_of(f, f->conn, "SELECT 7"), "7");
}

static void a_listener_that_has_enough_ends_the_batch(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_step steps[] = {{skn_str("SELECT 1 UNION SELECT 2 UNION SELECT 3"), SKN_STEP_SQL, 0},
                               {skn_str("CREATE TABLE t (a INT)"), SKN_STEP_SQL, 0}};
    open_ok(f);
    f->seen.stop_after = 2;
    assert_int_equal(run_steps(f, f->conn, steps, 2), SKN_E_CANCELLED);
    assert_int_equal(f->seen.count, 2);
    assert_int_equal(f->err.step, 1);
    f->seen.stop_after = 0;
    assert_string_equal(rows_of(f, f->conn, "SHOW TABLES"), "");
}

static void a_statement_of_megabytes_arrives_whole(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t len = 6000000;
    char *sql = malloc(len + 64);
    assert_non_null(sql);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a LONGTEXT)");
    int used = snprintf(sql, 64, "INSERT INTO t VALUES ('");
    memset(sql + used, 'x', len);
    snprintf(sql + (size_t)used + len, 8, "')");
    int rc = run_sql(f, sql);
    free(sql);
    assert_int_equal(rc, SKN_OK);
    assert_string_equal(rows_of(f, f->conn, "SELECT LENGTH(a) FROM t"), "6000000");
}

static void a_statement_beyond_the_servers_limit_says_why(void **state)
{
    struct fixture *f = fixture_of(state);
    size_t len = 20000000;
    char *sql = malloc(len + 64);
    assert_non_null(sql);
    open_ok(f);
    int used = snprintf(sql, 64, "SELECT '");
    memset(sql + used, 'x', len);
    snprintf(sql + (size_t)used + len, 8, "'");
    int rc = run_sql(f, sql);
    free(sql);
    if (rc == SKN_OK)
        skip();
    assert_says(f, "max_allowed_packet");
}

/* ---- transactions ---- */

static void a_rollback_undoes_rows_and_a_commit_keeps_them(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    op_ok(f, SKN_STEP_ROLLBACK);
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    op_ok(f, SKN_STEP_ROLLBACK);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (2)");
    op_ok(f, SKN_STEP_COMMIT);
    assert_string_equal(rows_of(f, f->conn, "SELECT a FROM t"), "2");
}

static void ddl_ends_the_transaction_and_status_says_so(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "CREATE TABLE t (a INT)");
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(run_sql(f, "ALTER TABLE t DROP COLUMN nowhere"), SKN_E_MISSING);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN);
    assert_string_equal(rows_of(f, f->watch, "SELECT 0"), "0");
    op_ok(f, SKN_STEP_ROLLBACK);
    assert_string_equal(rows_of(f, f->conn, "SELECT a FROM t"), "1");
}

static void an_error_inside_a_transaction_leaves_it_open(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT PRIMARY KEY)");
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(run_sql(f, "INSERT INTO t VALUES (1)"), SKN_E_CONSTRAINT);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
    op_ok(f, SKN_STEP_COMMIT);
}

static void a_second_begin_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(run_op(f, SKN_STEP_BEGIN), SKN_E_USAGE);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
}

static void a_fence_keeps_other_writers_out(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_step fence = {skn_str("`v`"), SKN_STEP_FENCE, 0};
    struct skn_conn *other;
    open_ok(f);
    sql_ok(f, "CREATE TABLE v (id VARCHAR(32) PRIMARY KEY)");
    assert_int_equal(run_steps(f, f->conn, &fence, 1), SKN_OK);
    sql_ok(f, "INSERT INTO v VALUES ('a')");
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(run_steps(f, f->conn, &fence, 1), SKN_OK);
    assert_int_equal(f->seen.count, 0);
    assert_int_equal(open_with(f, &other, "lock_wait_timeout", "1", NULL), SKN_OK);
    int rc = run_on(f, other, "UPDATE v SET id = 'b'");
    f->driver->close(other);
    assert_int_equal(rc, SKN_E_BUSY);
    assert_int_equal(f->err.native, 1205);
}

static void two_phase_steps_are_unsupported(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(run_op(f, SKN_STEP_PREPARE), SKN_E_UNSUPPORTED);
    assert_int_equal(run_op(f, SKN_STEP_COMMIT_PREPARED), SKN_E_UNSUPPORTED);
    assert_int_equal(run_op(f, SKN_STEP_ROLLBACK_PREPARED), SKN_E_UNSUPPORTED);
}

/* ---- errors ---- */

static void errors_are_classed_by_what_to_do_next(void **state)
{
    static const struct {
        const char *sql;
        int code;
        const char *sqlstate;
    } cases[] = {
        {"SELEC 1", SKN_E_SYNTAX, "42000"},
        {"SELECT * FROM nowhere", SKN_E_MISSING, "42S02"},
        {"SELECT nothing FROM t", SKN_E_MISSING, "42S22"},
        {"DROP TABLE nowhere", SKN_E_MISSING, "42S02"},
        {"ALTER TABLE t DROP INDEX nowhere", SKN_E_MISSING, "42000"},
        {"CALL nowhere()", SKN_E_MISSING, "42000"},
        {"DROP TRIGGER nowhere", SKN_E_MISSING, "HY000"},
        {"CREATE TABLE t (a INT)", SKN_E_EXISTS, "42S01"},
        {"ALTER TABLE t ADD a INT", SKN_E_EXISTS, "42S21"},
        {"CREATE INDEX i ON t (b)", SKN_E_EXISTS, "42000"},
        {"INSERT INTO t VALUES (1, 1, 'x')", SKN_E_CONSTRAINT, "23000"},
        {"INSERT INTO t VALUES (2, NULL, 'x')", SKN_E_CONSTRAINT, "23000"},
        {"INSERT INTO t VALUES (2, 2, 'too long')", SKN_E_CONSTRAINT, "22001"},
        {"INSERT INTO t VALUES (2, 2, -1, 4)", SKN_E_SYNTAX, "21S01"},
        {"INSERT INTO t (a) VALUES (9)", SKN_E_CONSTRAINT, "HY000"},
        {"INSERT INTO c VALUES (5)", SKN_E_CONSTRAINT, "23000"},
        {"DROP TABLE t", SKN_E_CONSTRAINT, "23000"},
        {"SET nowhere = 1", SKN_E_MISSING, "HY000"},
        {"CREATE TABLE x (a INT) ENGINE = nowhere", SKN_E_UNSUPPORTED, "42000"},
    };
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL, c VARCHAR(3), KEY i (b))");
    sql_ok(f, "CREATE TABLE c (a INT, FOREIGN KEY (a) REFERENCES t (a))");
    sql_ok(f, "INSERT INTO t VALUES (1, 1, 'one')");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc = run_sql(f, cases[i].sql);
        if (rc != cases[i].code || strcmp(f->err.sqlstate, cases[i].sqlstate) != 0)
            fail_msg("%s: %d %s %s", cases[i].sql, rc, f->err.sqlstate, f->err.message);
        assert_true(f->err.native > 0);
    }
}

static void what_an_account_may_not_do_is_a_permission_error(void **state)
{
    struct fixture *f = fixture_of(state);
    user_make(f, "skein_t_e", "");
    int rc = open_with(f, &f->conn, "user", "skein_t_e", NULL);
    int table = run_sql(f, "SELECT * FROM mysql.proc");
    int create = run_sql(f, "CREATE TABLE mysql.skein (a INT)");
    int global = run_sql(f, "SET GLOBAL read_only = 1");
    int database = run_sql(f, "CREATE DATABASE skein_never");
    int file = run_sql(f, "SELECT 1 INTO OUTFILE '/tmp/skein-never'");
    sql_ok_on(f, f->watch, "DROP USER skein_t_e@'localhost'");
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(table, SKN_E_PERMISSION);
    assert_int_equal(create, SKN_E_PERMISSION);
    assert_int_equal(global, SKN_E_PERMISSION);
    assert_int_equal(database, SKN_E_PERMISSION);
    assert_int_equal(file, SKN_E_PERMISSION);
}

static void a_deadlock_is_busy_and_ends_the_transaction(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_status status = {.size = sizeof status};
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(run_sql(f, "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213"), SKN_E_BUSY);
    assert_int_equal(f->driver->status(f->conn, &status, &f->err), SKN_OK);
}

static void messages_are_in_skeins_words(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(run_sql(f, "SELECT * FROM nowhere"), SKN_E_MISSING);
    assert_int_equal(strncmp(f->err.message, "table '", 7), 0);
    assert_true(f->err.message[strlen(f->err.message) - 1] != '.');
    run_sql(f, "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'FK is broken.'");
    assert_string_equal(f->err.message, "FK is broken");
}

static void position_is(struct fixture *f, const char *sql, uint32_t position)
{
    if (run_sql(f, sql) != SKN_E_SYNTAX || f->err.position != position)
        fail_msg("position %u in \"%s\": %s", f->err.position, sql, f->err.message);
}

static void a_syntax_error_has_a_position(void **state)
{
    struct fixture *f = fixture_of(state);
    char many[600];
    open_ok(f);
    position_is(f, "SELEC 1", 1);
    position_is(f, "SELECT 1 FRM t", 14);
    position_is(f, "CREATE TABLE t (\n  a INT,\n  b INT NUL\n)", 39);
    position_is(f, "CREATE TABLE t (a INT", 21);
    position_is(f, "SELECT 'żółć' FRM t", 23);
    size_t used = (size_t)snprintf(many, sizeof many, "SELECT 1,\n");
    for (int i = 0; i < 5; i++)
        used += (size_t)snprintf(many + used, sizeof many - used, "  1 +\n");
    used += (size_t)snprintf(many + used, sizeof many - used, ") ");
    while (used < 400)
        used += (size_t)snprintf(many + used, sizeof many - used, "some more words to be cut, ");
    position_is(f, many, 41);
    assert_int_equal(run_sql(f, "SELECT * FROM nowhere"), SKN_E_MISSING);
    assert_int_equal(f->err.position, 0);
}

/* ---- exists ---- */

static void exists_knows_tables_and_views_by_their_very_name(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_str names[5] = {skn_str("t"), skn_str("nowhere"), skn_str("v"), skn_str("T"),
                               skn_str("a'b\\c`d")};
    uint64_t found = ~(uint64_t)0;
    open_ok(f);
    int folds = strcmp(rows_of(f, f->conn, "SELECT @@lower_case_table_names"), "0") != 0;
    sql_ok(f, "CREATE TABLE t (a INT)");
    sql_ok(f, "CREATE VIEW v AS SELECT 1 AS a");
    sql_ok(f, "CREATE TABLE `a'b\\c``d` (a INT)");
    assert_int_equal(f->driver->exists(f->conn, skn_str(NULL), names, 5, &found, &f->err), SKN_OK);
    assert_int_equal(found, folds ? 0x1d : 0x15);
    assert_int_equal(f->driver->exists(f->watch, skn_str(f->database), names, 3, &found, &f->err),
                     SKN_OK);
    assert_int_equal(found, 0x5);
    assert_int_equal(f->driver->exists(f->watch, skn_str(NULL), names, 3, &found, &f->err), SKN_OK);
    assert_int_equal(found, 0);
}

static void sixty_four_names_are_one_question(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_str names[65];
    uint64_t found;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    for (int i = 0; i < 65; i++)
        names[i] = skn_str(i == 63 ? "t" : "u");
    assert_int_equal(f->driver->exists(f->conn, skn_str(NULL), names, 64, &found, &f->err), SKN_OK);
    assert_true(found == (uint64_t)1 << 63);
    assert_int_equal(f->driver->exists(f->conn, skn_str(NULL), names, 65, &found, &f->err),
                     SKN_E_USAGE);
    assert_int_equal(f->driver->exists(f->conn, skn_str(NULL), names, 0, &found, &f->err), SKN_OK);
    assert_int_equal(found, 0);
}

int main(void)
{
    /* Lies, which no driver may believe; set before the client library first looks. */
    char home[] = "/tmp/skein-mysql-home-XXXXXX";
    char path[64];
    if (!mkdtemp(home))
        return 1;
    snprintf(path, sizeof path, "%s/.my.cnf", home);
    FILE *file = fopen(path, "w");
    if (!file)
        return 1;
    fputs("[client]\nuser=nobody\npassword=wrong\nsocket=/nonexistent\nhost=192.0.2.1\n"
          "[mysql]\nuser=nobody\n[libmysqlclient]\nuser=nobody\n",
          file);
    fclose(file);
    setenv("HOME", home, 1);
    setenv("MYSQL_HOME", home, 1);
    setenv("MARIADB_HOME", home, 1);
    setenv("MYSQL_HOST", "192.0.2.1", 1);
    setenv("MYSQL_PWD", "wrong", 1);
    setenv("MYSQL_TCP_PORT", "1", 1);
    setenv("MYSQL_UNIX_PORT", "/nonexistent", 1);
    setenv("MARIADB_UNIX_PORT", "/nonexistent", 1);
    setenv("MARIADB_PLUGIN_DIR", "/nonexistent", 1);
    setenv("USER", "nobody", 1);

    const struct CMUnitTest tests[] = {
        TEST(the_table_says_what_is_true),
        TEST(an_older_host_is_refused),
        TEST(options_that_cannot_be_meant_are_refused),
        TEST(a_missing_user_or_database_is_named),
        TEST(a_database_that_does_not_exist_is_missing),
        TEST(a_server_that_is_not_there_is_a_connect_error),
        TEST(a_wrong_password_is_an_auth_error_and_stays_secret),
        TEST(an_error_that_quotes_the_password_hides_it),
        TEST(environment_and_option_files_decide_nothing),
        TEST(tls_is_asked_of_every_server_that_is_not_local),
        TEST(a_socket_with_tls_is_refused_not_opened_without),
        TEST(plaintext_to_another_host_is_warned_of),
        TEST(the_server_may_not_ask_for_our_files),
        TEST(describe_names_server_database_and_user),
        TEST(a_read_only_server_says_so),
        TEST(an_account_without_rights_is_no_superuser),
        TEST(rows_come_as_text_with_their_lengths),
        TEST(changes_are_counted_as_rows_found),
        TEST(the_first_failure_ends_a_batch_and_is_named),
        TEST(a_message_holds_one_statement),
        TEST(all_results_of_a_call_are_read),
        TEST(a_call_that_fails_behind_a_result_fails),
        TEST(a_listener_that_has_enough_ends_the_batch),
        TEST(a_statement_of_megabytes_arrives_whole),
        TEST(a_statement_beyond_the_servers_limit_says_why),
        TEST(a_rollback_undoes_rows_and_a_commit_keeps_them),
        TEST(ddl_ends_the_transaction_and_status_says_so),
        TEST(an_error_inside_a_transaction_leaves_it_open),
        TEST(a_second_begin_is_refused),
        TEST(a_fence_keeps_other_writers_out),
        TEST(two_phase_steps_are_unsupported),
        TEST(errors_are_classed_by_what_to_do_next),
        TEST(what_an_account_may_not_do_is_a_permission_error),
        TEST(a_deadlock_is_busy_and_ends_the_transaction),
        TEST(messages_are_in_skeins_words),
        TEST(a_syntax_error_has_a_position),
        TEST(exists_knows_tables_and_views_by_their_very_name),
        TEST(sixty_four_names_are_one_question),
    };
    int failed = cmocka_run_group_tests_name("mysql", tests, NULL, NULL);
    unlink(path);
    rmdir(home);
    return failed;
}
