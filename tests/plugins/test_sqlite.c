/*
 * The SQLite driver's steps against real files: transactions, locks, being stopped, full disks,
 * sessions and memory.
 */
#include "sqlite_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* ---- the table ---- */

static void the_table_keeps_to_the_contract(void **state)
{
    struct fixture *f = *state;
    const struct skn_driver *d = f->driver;
    assert_int_equal(d->size, sizeof(struct skn_driver));
    assert_string_equal(d->name, "sqlite");
    assert_int_equal(d->option_size, sizeof(struct skn_option));
    assert_string_equal(d->options[0].name, "database");
    assert_int_equal(d->caps, SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT | SKN_CAP_LOCK_ASIDE);
    assert_non_null(d->lock);
    assert_non_null(d->unlock);
    assert_null(d->settle);
    assert_null(d->retarget);
    assert_non_null(d->dialect->id_type);
    d->close(NULL);
}

static void a_host_that_is_too_old_is_refused(void **state)
{
    struct fixture *f = *state;
    struct skn_host old = f->host;
    old.size = offsetof(struct skn_host, scan);
    assert_null(driver_load(&old, &f->err));
    assert_int_equal(f->err.code, SKN_E_USAGE);
}

/* ---- transactions ---- */

static void a_commit_keeps_and_a_rollback_drops_schema_and_rows(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
    sql_ok(f, "CREATE TABLE kept (a)");
    op_ok(f, SKN_STEP_FENCE);
    op_ok(f, SKN_STEP_COMMIT);
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "CREATE TABLE dropped (a)");
    sql_ok(f, "INSERT INTO kept VALUES (1)");
    op_ok(f, SKN_STEP_ROLLBACK);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM kept"), 0);
}

static void steps_out_of_order_are_refused(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    assert_int_equal(run_op(f, SKN_STEP_COMMIT), SKN_E_USAGE);
    op_ok(f, SKN_STEP_ROLLBACK);
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(run_op(f, SKN_STEP_BEGIN), SKN_E_USAGE);
    assert_int_equal(run_op(f, SKN_STEP_PREPARE), SKN_E_UNSUPPORTED);
    assert_int_equal(run_op(f, SKN_STEP_COMMIT_PREPARED), SKN_E_UNSUPPORTED);
    assert_int_equal(run_op(f, SKN_STEP_ROLLBACK_PREPARED), SKN_E_UNSUPPORTED);
    assert_int_equal(run_op(f, 99), SKN_E_USAGE);
}

static void close_rolls_back(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "CREATE TABLE t (a)");
    f->driver->close(f->conn);
    f->conn = NULL;
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM sqlite_schema"), 0);
}

static void a_revision_that_ends_its_transaction_is_seen(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "CREATE TABLE t (a)");
    sql_ok(f, "COMMIT");
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN);
    assert_int_equal(run_sql(f, "INSERT INTO t VALUES (1)"), SKN_E_USAGE);
    assert_int_equal(run_op(f, SKN_STEP_COMMIT), SKN_E_USAGE);
    op_ok(f, SKN_STEP_ROLLBACK);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 1);
}

static void a_failure_that_rolls_back_stops_what_follows(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a UNIQUE)");
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(run_sql(f, "INSERT OR ROLLBACK INTO t VALUES (1)"), SKN_E_CONSTRAINT);
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN);
    assert_int_equal(run_sql(f, "INSERT INTO t VALUES (2)"), SKN_E_USAGE);
    assert_int_equal(REVISE(f, "INSERT INTO t VALUES (3)"), SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT sum(a) FROM t"), 3);
}

static void savepoints_nest(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    assert_int_equal(REVISE(f, "CREATE TABLE t (a)", "SAVEPOINT s", "INSERT INTO t VALUES (1)",
                            "ROLLBACK TO s", "INSERT INTO t VALUES (2)", "RELEASE s"),
                     SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT sum(a) FROM t"), 2);
}

static void a_killed_writer_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    int wait_status;
    pid_t child;
    raw(f->path, "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000))");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        open_ok(f);
        sql_ok(f, "PRAGMA cache_size = 1"); /* so that the file itself is written early */
        op_ok(f, SKN_STEP_BEGIN);
        sql_ok(f, "UPDATE t SET a = randomblob(200000)");
        sql_ok(f, "CREATE TABLE u AS SELECT a FROM t");
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFSIGNALED(wait_status));
    open_ok(f);
    assert_int_equal(run_sql(f, "SELECT * FROM u"), SKN_E_MISSING);
    assert_int_equal(raw_int(f->path, "SELECT length(a) FROM t"), 100000);
    assert_int_equal(raw_int(f->path, "SELECT a = zeroblob(100000) FROM t"), 1);
}

/* ---- locks ---- */

static void a_second_writer_is_told_busy_in_time(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other;
    raw(f->path, "CREATE TABLE t (a)");
    open_ok(f);
    other = raw_open(f->path);
    raw_run(other, "BEGIN IMMEDIATE");
    f->knobs.time_after = 9;
    assert_int_equal(run_op(f, SKN_STEP_BEGIN), SKN_E_BUSY);
    assert_int_equal(f->knobs.time_after, 0);
    assert_string_equal(f->err.sqlstate, "55P03");
    assert_says(f, "another connection");
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN);
    sqlite3_close(other);
}

static void a_wait_that_is_cancelled_says_so(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other;
    raw(f->path, "CREATE TABLE t (a)");
    open_ok(f);
    other = raw_open(f->path);
    raw_run(other, "BEGIN EXCLUSIVE");
    f->knobs.cancel_after = 4;
    assert_int_equal(run_sql(f, "SELECT * FROM t"), SKN_E_CANCELLED);
    sqlite3_close(other);
}

static void release(void *db)
{
    raw_run(db, "COMMIT");
}

static void a_wait_ends_when_the_lock_is_free(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other;
    raw(f->path, "CREATE TABLE t (a)");
    open_ok(f);
    other = raw_open(f->path);
    raw_run(other, "BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
    f->knobs.act = release;
    f->knobs.act_arg = other;
    f->knobs.act_after = 5;
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(f->knobs.act_after, -1);
    sql_ok(f, "INSERT INTO t SELECT count(*) FROM t");
    op_ok(f, SKN_STEP_COMMIT);
    assert_int_equal(raw_int(f->path, "SELECT sum(a) FROM t"), 2);
    sqlite3_close(other);
}

static void a_commit_kept_out_by_a_reader_can_be_tried_again(void **state)
{
    struct fixture *f = *state;
    sqlite3 *reader;
    raw(f->path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    open_ok(f);
    reader = raw_open(f->path);
    raw_run(reader, "BEGIN; SELECT * FROM t");
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO t VALUES (2)");
    f->knobs.time_after = 5;
    assert_int_equal(run_op(f, SKN_STEP_COMMIT), SKN_E_BUSY);
    assert_true(status_flags(f) & SKN_STATUS_IN_TX);
    f->knobs.time_after = -1;
    raw_run(reader, "COMMIT");
    op_ok(f, SKN_STEP_COMMIT);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 2);
    sqlite3_close(reader);
}

/* The child holds the write lock until its pipe is closed. */
static pid_t hold(const char *path, int *hand)
{
    int up[2];
    int down[2];
    char byte = 0;
    pid_t child;
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sqlite3 *db = raw_open(path);
        close(down[1]);
        raw_run(db, "BEGIN IMMEDIATE");
        if (write(up[1], "x", 1) != 1 || read(down[0], &byte, 1) != 0)
            _exit(1);
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    assert_int_equal(read(up[0], &byte, 1), 1);
    close(up[0]);
    *hand = down[1];
    return child;
}

static void holder_is_named(struct fixture *f)
{
    char words[32];
    int hand;
    pid_t child = hold(f->path, &hand);
    open_ok(f);
    f->knobs.time_after = 5;
    assert_int_equal(run_op(f, SKN_STEP_BEGIN), SKN_E_BUSY);
    snprintf(words, sizeof words, "process %ld", (long)child);
    if (access("/proc/locks", R_OK) == 0)
        assert_says(f, words);
    close(hand);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void the_process_that_holds_the_lock_is_named(void **state)
{
    struct fixture *f = *state;
    raw(f->path, "CREATE TABLE t (a)");
    holder_is_named(f);
}

static void the_process_that_holds_the_lock_of_a_wal_is_named(void **state)
{
    struct fixture *f = *state;
    sqlite3 *keep;
    raw(f->path, "PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
    holder_is_named(f);
    f->knobs.time_after = -1;
    keep = raw_open(f->path);
    assert_int_equal(REVISE(f, "INSERT INTO t VALUES (1)"), SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 1);
    sqlite3_close(keep);
}

/* ---- being stopped ---- */

static const char endless[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

static void a_long_statement_is_cancelled(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    f->knobs.cancel_after = 5;
    assert_int_equal(run_sql(f, endless), SKN_E_CANCELLED);
    assert_int_equal(run_sql(f, "SELECT 1"), SKN_E_CANCELLED);
    op_ok(f, SKN_STEP_ROLLBACK); /* cleaning up is not cancelled */
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN);
}

static void a_long_statement_runs_out_of_time(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    f->knobs.time_after = 5;
    assert_int_equal(run_sql(f, endless), SKN_E_TIMEOUT);
    assert_int_equal(run_sql(f, "SELECT 1"), SKN_E_TIMEOUT);
    f->knobs.time_after = -1;
    sql_ok(f, "SELECT 1");
}

static void a_listener_can_stop_the_batch(void **state)
{
    struct fixture *f = *state;
    struct skn_step steps[] = {{skn_str("CREATE TABLE t (a)"), SKN_STEP_SQL, 0},
                               {skn_str("INSERT INTO t VALUES (1)"), SKN_STEP_SQL, 0}};
    struct heard heard = {.stop_at_done = 1};
    open_ok(f);
    assert_int_equal(exec_heard(f, steps, 2, &heard), SKN_E_CANCELLED);
    assert_string_equal(heard.text, "0=-1 ");
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 0);
    memset(&heard, 0, sizeof heard);
    heard.stop_at_row = 1;
    steps[0].sql = skn_str("VALUES (1), (2)");
    assert_int_equal(exec_heard(f, steps, 2, &heard), SKN_E_CANCELLED);
    assert_string_equal(heard.text, "0:1 ");
}

/* ---- the disk is full ---- */

static void a_full_database_is_rolled_back(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    sql_ok(f, "PRAGMA max_page_count = 10");
    assert_int_equal(
        REVISE(f, "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (randomblob(100000))"),
        SKN_E_DRIVER);
    assert_string_equal(f->err.sqlstate, "53100");
    assert_says(f, "no space");
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 0);
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(REVISE(f, "INSERT INTO t VALUES (randomblob(100000))"), SKN_OK);
}

/* In a process of its own, for a limit of file size cannot be taken back by everyone. */
static int write_at_the_limit(struct fixture *f, int transaction)
{
    struct rlimit limit = {40000, 40000};
    int code;
    signal(SIGXFSZ, SIG_IGN);
    open_ok(f);
    if (setrlimit(RLIMIT_FSIZE, &limit))
        return 99;
    if (transaction && (run_op(f, SKN_STEP_BEGIN) || run_sql(f, "UPDATE v SET n = 2")))
        return 98;
    code = run_sql(f, "INSERT INTO t VALUES (randomblob(100000))");
    return code || !transaction ? code : run_op(f, SKN_STEP_COMMIT);
}

static void fail_at_the_limit(struct fixture *f, int transaction)
{
    int wait_status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int code = write_at_the_limit(f, transaction);
        f->driver->close(f->conn);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), SKN_E_UNCERTAIN);
}

static void a_write_that_fails_leaves_the_old_state(void **state)
{
    struct fixture *f = *state;
    raw(f->path, "CREATE TABLE t (a); CREATE TABLE v (n); INSERT INTO v VALUES (1)");
    fail_at_the_limit(f, 1);
    fail_at_the_limit(f, 0);
    open_ok(f);
    sql_ok(f, "SELECT * FROM t");
    assert_int_equal(raw_int(f->path, "SELECT n FROM v"), 1);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 0);
    assert_int_equal(raw_int(f->path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
                     1);
}

/* ---- the session ---- */

static void a_reset_undoes_what_a_revision_set(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    sql_ok(f, "PRAGMA synchronous = OFF");
    sql_ok(f, "PRAGMA foreign_keys = ON");
    sql_ok(f, "PRAGMA locking_mode = EXCLUSIVE");
    sql_ok(f, "CREATE TEMP TABLE mine (a)");
    sql_ok(f, "INSERT INTO t VALUES (1)");
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(sql_heard(f, "PRAGMA synchronous", &heard), SKN_OK);
    assert_string_equal(heard.text, "0:2 0=-1 ");
    assert_int_equal(sql_heard(f, "PRAGMA foreign_keys", &heard), SKN_OK);
    assert_string_equal(heard.text, "0:0 0=-1 ");
    assert_int_equal(run_sql(f, "SELECT * FROM mine"), SKN_E_MISSING);
    raw(f->path, "INSERT INTO t VALUES (2)");
}

static void a_reset_inside_a_transaction_keeps_it(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    open_ok(f);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "CREATE TABLE t (a CHECK (a > 0))");
    sql_ok(f, "PRAGMA ignore_check_constraints = ON");
    sql_ok(f, "INSERT INTO t VALUES (-1)");
    op_ok(f, SKN_STEP_RESET);
    assert_true(status_flags(f) & SKN_STATUS_IN_TX);
    assert_int_equal(run_sql(f, "INSERT INTO t VALUES (-2)"), SKN_E_CONSTRAINT);
    op_ok(f, SKN_STEP_COMMIT);
    sql_ok(f, "PRAGMA cache_size = 77");
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(sql_heard(f, "PRAGMA cache_size", &heard), SKN_OK);
    assert_null(strstr(heard.text, "77"));
}

static void a_busy_timeout_of_a_revision_does_not_outlast_its_statement(void **state)
{
    struct fixture *f = *state;
    sqlite3 *other;
    raw(f->path, "CREATE TABLE t (a)");
    open_ok(f);
    sql_ok(f, "PRAGMA busy_timeout = 0");
    other = raw_open(f->path);
    raw_run(other, "BEGIN IMMEDIATE");
    f->knobs.act = release;
    f->knobs.act_arg = other;
    f->knobs.act_after = 5;
    sql_ok(f, "INSERT INTO t VALUES (1)");
    sqlite3_close(other);
}

static void the_session_stays_the_same_over_a_reset(void **state)
{
    struct fixture *f = *state;
    struct skn_status before = {.size = sizeof before};
    struct skn_status after = {.size = sizeof after};
    open_ok(f);
    f->driver->status(f->conn, &before, &f->err);
    sql_ok(f, "CREATE TABLE t (a)");
    sql_ok(f, "PRAGMA cache_size = 77");
    op_ok(f, SKN_STEP_RESET);
    f->driver->status(f->conn, &after, &f->err);
    assert_true(before.session == after.session);
}

static void the_journal_mode_is_set_before_the_first_transaction(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    raw(f->path, "CREATE TABLE t (a)");
    assert_int_equal(open_with(f, &f->conn, f->path, "journal_mode", "wal", NULL), SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"),
                     1);
    assert_int_equal(REVISE(f, "INSERT INTO t VALUES (1)"), SKN_OK);
    assert_int_equal(sql_heard(f, "PRAGMA journal_mode", &heard), SKN_OK);
    assert_string_equal(heard.text, "0:wal 0=-1 ");
    sql_ok(f, "PRAGMA journal_mode = DELETE");
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(REVISE(f, "INSERT INTO t VALUES (1)"), SKN_OK);
    assert_int_equal(sql_heard(f, "PRAGMA journal_mode", &heard), SKN_OK);
    assert_string_equal(heard.text, "0:wal 0=-1 ");
}

static void durability_is_what_the_option_says(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    assert_int_equal(open_with(f, &f->conn, f->path, "synchronous", "normal", NULL), SKN_OK);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_int_equal(sql_heard(f, "PRAGMA synchronous", &heard), SKN_OK);
    assert_string_equal(heard.text, "0:1 0=-1 ");
}

/* ---- memory ---- */

static int all_of_it(struct fixture *f)
{
    static const char *const setup[] = {"CREATE TABLE p (id INTEGER PRIMARY KEY)",
                                        "CREATE TABLE c (p REFERENCES p (id))",
                                        "INSERT INTO p VALUES (1)",
                                        "INSERT INTO c VALUES (1)",
                                        "ALTER TABLE c RENAME TO d",
                                        "SELECT * FROM d",
                                        "DROP TABLE d",
                                        NULL};
    struct heard heard = {{0}, 0, 0};
    struct skn_step query = {skn_str("SELECT * FROM p"), SKN_STEP_SQL, 0};
    int code = open_with(f, &f->conn, f->path, NULL);
    if (!code)
        code = run_sql(f, "PRAGMA cache_size = 50");
    if (!code) {
        int i;
        code = run_op(f, SKN_STEP_BEGIN);
        for (i = 0; !code && setup[i]; i++)
            code = run_sql(f, setup[i]);
        if (!code)
            code = run_op(f, SKN_STEP_COMMIT);
    }
    if (!code)
        code = exec_heard(f, &query, 1, &heard);
    if (!code)
        code = run_op(f, SKN_STEP_RESET);
    f->driver->close(f->conn);
    f->conn = NULL;
    return code;
}

static void every_failed_allocation_is_reported_and_leaks_nothing(void **state)
{
    struct fixture *f = *state;
    int n;
    int code = SKN_E_NOMEM;
    for (n = 0; code == SKN_E_NOMEM && n < 1000; n++) {
        unlink(f->path);
        f->knobs.fail_alloc_after = n;
        code = all_of_it(f);
        f->knobs.fail_alloc_after = -1;
        assert_int_equal(f->knobs.live, 0);
    }
    assert_int_equal(code, SKN_OK);
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_table_keeps_to_the_contract),
        TEST(a_host_that_is_too_old_is_refused),
        TEST(a_commit_keeps_and_a_rollback_drops_schema_and_rows),
        TEST(steps_out_of_order_are_refused),
        TEST(close_rolls_back),
        TEST(a_revision_that_ends_its_transaction_is_seen),
        TEST(a_failure_that_rolls_back_stops_what_follows),
        TEST(savepoints_nest),
        TEST(a_killed_writer_leaves_nothing),
        TEST(a_second_writer_is_told_busy_in_time),
        TEST(a_wait_that_is_cancelled_says_so),
        TEST(a_wait_ends_when_the_lock_is_free),
        TEST(a_commit_kept_out_by_a_reader_can_be_tried_again),
        TEST(the_process_that_holds_the_lock_is_named),
        TEST(the_process_that_holds_the_lock_of_a_wal_is_named),
        TEST(a_long_statement_is_cancelled),
        TEST(a_long_statement_runs_out_of_time),
        TEST(a_listener_can_stop_the_batch),
        TEST(a_full_database_is_rolled_back),
        TEST(a_write_that_fails_leaves_the_old_state),
        TEST(a_reset_undoes_what_a_revision_set),
        TEST(a_reset_inside_a_transaction_keeps_it),
        TEST(a_busy_timeout_of_a_revision_does_not_outlast_its_statement),
        TEST(the_session_stays_the_same_over_a_reset),
        TEST(the_journal_mode_is_set_before_the_first_transaction),
        TEST(durability_is_what_the_option_says),
        TEST(every_failed_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
