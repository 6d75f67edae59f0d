/*
 * The SQLite driver's steps against real files: transactions, locks, statements, errors, sessions,
 * quoting and scanning.
 */
#include "sqlite_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* ---- what arrived ---- */

struct heard {
    char text[512]; /* rows and counts, in order */
    int stop_at_row;
    int stop_at_done;
};

static int hear_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct heard *heard = ctx;
    size_t used = strlen(heard->text);
    uint32_t i;
    used += (size_t)snprintf(heard->text + used, sizeof heard->text - used, "%u:", step);
    for (i = 0; i < count && used < sizeof heard->text; i++)
        used += (size_t)snprintf(heard->text + used, sizeof heard->text - used, "%s%.*s",
                                 i ? "|" : "", columns[i].ptr ? (int)columns[i].len : 4,
                                 columns[i].ptr ? columns[i].ptr : "NULL");
    snprintf(heard->text + used, sizeof heard->text - used, " ");
    return heard->stop_at_row;
}

static int hear_done(void *ctx, uint32_t step, int64_t rows)
{
    struct heard *heard = ctx;
    size_t used = strlen(heard->text);
    snprintf(heard->text + used, sizeof heard->text - used, "%u=%lld ", step, (long long)rows);
    return heard->stop_at_done;
}

static int exec_heard(struct fixture *f, const struct skn_step *steps, uint32_t count,
                      struct heard *heard)
{
    struct skn_events events = {sizeof events, 0, heard, hear_row, hear_done};
    return f->driver->exec(f->conn, steps, count, &events, &f->err);
}

static int sql_heard(struct fixture *f, const char *sql, struct heard *heard)
{
    struct skn_step step = {skn_str(sql), SKN_STEP_SQL, 0};
    memset(heard, 0, sizeof *heard);
    return exec_heard(f, &step, 1, heard);
}

/* ---- the table ---- */

static void the_table_keeps_to_the_contract(void **state)
{
    struct fixture *f = *state;
    const struct skn_driver *d = f->driver;
    assert_int_equal(d->size, sizeof(struct skn_driver));
    assert_string_equal(d->name, "sqlite");
    assert_int_equal(d->option_size, sizeof(struct skn_option));
    assert_string_equal(d->options[0].name, "database");
    assert_int_equal(d->caps, SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT);
    assert_null(d->lock);
    assert_null(d->unlock);
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

/* ---- statements ---- */

static void a_batch_stops_at_its_first_failure_and_names_the_step(void **state)
{
    struct fixture *f = *state;
    struct skn_step steps[] = {{{NULL, 0}, SKN_STEP_BEGIN, 0},
                               {skn_str("CREATE TABLE t (a UNIQUE)"), SKN_STEP_SQL, 0},
                               {skn_str("INSERT INTO t VALUES (1), (2)"), SKN_STEP_SQL, 0},
                               {skn_str("INSERT INTO t VALUES (2)"), SKN_STEP_SQL, 0},
                               {{NULL, 0}, SKN_STEP_COMMIT, 0}};
    struct heard heard = {{0}, 0, 0};
    open_ok(f);
    assert_int_equal(exec_heard(f, steps, 5, &heard), SKN_E_CONSTRAINT);
    assert_int_equal(f->err.step, 3);
    assert_string_equal(heard.text, "0=-1 1=-1 2=2 ");
    assert_true(status_flags(f) & SKN_STATUS_IN_TX);
}

static void a_step_is_one_statement(void **state)
{
    struct fixture *f = *state;
    struct skn_step nul = {skn_str_len("SELECT 1\0; DROP TABLE t", 23), SKN_STEP_SQL, 0};
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_int_equal(run_sql(f, "SELECT 1; DROP TABLE t"), SKN_E_USAGE);
    assert_int_equal(f->err.position, 11);
    assert_int_equal(run_sql(f, "SELECT 1;;"), SKN_E_USAGE);
    assert_int_equal(run_sql(f, ""), SKN_E_USAGE);
    assert_int_equal(run_sql(f, " -- nothing"), SKN_E_USAGE);
    assert_int_equal(f->driver->exec(f->conn, &nul, 1, NULL, &f->err), SKN_E_SYNTAX);
    assert_int_equal(f->err.position, 9);
    sql_ok(f, "/* a */ SELECT 1 ; -- b\n/* c */ ");
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void rows_arrive_as_text(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    open_ok(f);
    assert_int_equal(
        sql_heard(f, "VALUES (1, 2.5, 'x', NULL, '', x'', x'41'), (2, 0, 0, 0, 0, 0, 0)", &heard),
        SKN_OK);
    assert_string_equal(heard.text, "0:1|2.5|x|NULL|||A 0:2|0|0|0|0|0|0 0=-1 ");
}

static int check_nul(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    (void)step;
    *(int *)ctx = count == 1 && columns[0].len == 3 && memcmp(columns[0].ptr, "a\0b", 3) == 0;
    return 0;
}

static void a_nul_byte_in_a_value_arrives(void **state)
{
    struct fixture *f = *state;
    int seen = 0;
    struct skn_events events = {sizeof events, 0, &seen, check_nul, NULL};
    struct skn_step step = {skn_str("SELECT CAST(x'610062' AS TEXT)"), SKN_STEP_SQL, 0};
    open_ok(f);
    assert_int_equal(f->driver->exec(f->conn, &step, 1, &events, &f->err), SKN_OK);
    assert_true(seen);
}

static void affected_rows_are_those_of_the_statement(void **state)
{
    static const struct {
        const char *sql;
        const char *heard;
    } cases[] = {
        {"CREATE TABLE t (a UNIQUE, b)", "0=-1 "},
        {"CREATE TABLE log (a)", "0=-1 "},
        {"CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1), (2); END", "0=-1 "},
        {"INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)", "0=3 "},
        {"SELECT 7", "0:7 0=-1 "},
        {"UPDATE t SET b = 0 WHERE a > 1", "0=2 "},
        {"UPDATE t SET b = 0 WHERE a > 9", "0=0 "},
        {"CREATE INDEX i ON t (b)", "0=-1 "},
        {"/* x */ REPLACE INTO t VALUES (1, 5)", "0=1 "},
        {"WITH x (i) AS (VALUES (1)) DELETE FROM t WHERE a IN x", "0=1 "},
        {"DELETE FROM t RETURNING a", "0:2 0:3 0=2 "},
        {"EXPLAIN QUERY PLAN DELETE FROM t", NULL},
    };
    struct fixture *f = *state;
    struct heard heard;
    size_t i;
    open_ok(f);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sql_heard(f, cases[i].sql, &heard), SKN_OK);
        if (cases[i].heard)
            assert_string_equal(heard.text, cases[i].heard);
        else
            assert_non_null(strstr(heard.text, "0=-1 "));
    }
}

static void errors_have_their_class_and_place(void **state)
{
    static const struct {
        const char *sql;
        int code;
        const char *sqlstate;
        uint32_t position; /* 0: not every version of SQLite says */
    } cases[] = {
        {"SELECT a FROM nowhere", SKN_E_MISSING, "42S02", 0},
        {"SELECT absent FROM t", SKN_E_MISSING, "42S22", 8},
        {"SELECT absent(1)", SKN_E_MISSING, "42883", 8},
        {"DROP INDEX absent", SKN_E_MISSING, "42704", 0},
        {"DROP TABLE absent", SKN_E_MISSING, "42S02", 0},
        {"CREATE TABLE t (a)", SKN_E_EXISTS, "42S01", 14},
        {"CREATE INDEX t ON t (a)", SKN_E_EXISTS, "42S01", 0},
        {"ALTER TABLE t ADD COLUMN a INT", SKN_E_EXISTS, "42S21", 0},
        {"SELEC 1", SKN_E_SYNTAX, "42601", 1},
        {"SELECT 1 FROM t WHERE x ==== 3", SKN_E_SYNTAX, "42601", 27},
        {"SELECT (1", SKN_E_SYNTAX, "42601", 0},
        {"SELECT 'a", SKN_E_SYNTAX, "42601", 8},
        {"INSERT INTO t VALUES (1, 2, 3, 4)", SKN_E_SYNTAX, "42000", 0},
        {"INSERT INTO t (a) VALUES (1)", SKN_E_CONSTRAINT, "23505", 0},
        {"INSERT INTO t (b) VALUES (NULL)", SKN_E_CONSTRAINT, "23502", 0},
        {"INSERT INTO t (c) VALUES (-1)", SKN_E_CONSTRAINT, "23514", 0},
        {"INSERT INTO s VALUES ('x')", SKN_E_CONSTRAINT, NULL, 0},
        {"ALTER TABLE t ADD COLUMN d INT NOT NULL", SKN_E_CONSTRAINT, "23502", 0},
        {"ATTACH ':memory:' AS m", SKN_E_UNSUPPORTED, "0A000", 0},
        {"SELECT load_extension('x')", SKN_E_PERMISSION, "42501", 0},
        {"SELECT abs(-9223372036854775808)", SKN_E_CONSTRAINT, "22003", 0},
        {"ROLLBACK", SKN_E_USAGE, "25P01", 0},
        {"ROLLBACK TO absent", SKN_E_MISSING, "42704", 0},
    };
    struct fixture *f = *state;
    size_t i;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a UNIQUE, b NOT NULL DEFAULT 0, c CHECK (c > 0))");
    sql_ok(f, "CREATE TABLE s (a INT) STRICT");
    sql_ok(f, "INSERT INTO t (a) VALUES (1)");
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = run_sql(f, cases[i].sql);
        if (code != cases[i].code || f->err.code != (uint32_t)code ||
            (cases[i].sqlstate && strcmp(f->err.sqlstate, cases[i].sqlstate) != 0) ||
            (cases[i].position && f->err.position != cases[i].position))
            fail_msg("%s: %d %s at %u: %s", cases[i].sql, code, f->err.sqlstate, f->err.position,
                     f->err.message);
        assert_int_not_equal(f->err.native, 0);
    }
}

static void vacuum_works_outside_a_transaction_only(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    sql_ok(f, "VACUUM");
    assert_int_equal(run_sql(f, "ATTACH ':memory:' AS m"), SKN_E_UNSUPPORTED);
    op_ok(f, SKN_STEP_BEGIN);
    assert_int_equal(run_sql(f, "VACUUM"), SKN_E_UNSUPPORTED);
    assert_string_equal(f->err.sqlstate, "25001");
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
static int commit_at_the_limit(struct fixture *f)
{
    struct rlimit limit = {40000, 40000};
    int code;
    signal(SIGXFSZ, SIG_IGN);
    open_ok(f);
    if (setrlimit(RLIMIT_FSIZE, &limit))
        return 99;
    if (run_op(f, SKN_STEP_BEGIN) || run_sql(f, "UPDATE v SET n = 2"))
        return 98;
    code = run_sql(f, "INSERT INTO t VALUES (randomblob(100000))");
    return code ? code : run_op(f, SKN_STEP_COMMIT);
}

static void a_write_that_fails_leaves_the_old_state(void **state)
{
    struct fixture *f = *state;
    int wait_status;
    pid_t child;
    raw(f->path, "CREATE TABLE t (a); CREATE TABLE v (n); INSERT INTO v VALUES (1)");
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int code = commit_at_the_limit(f);
        f->driver->close(f->conn);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), SKN_E_UNCERTAIN);
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
    assert_string_equal(heard.text, "0:3 0=-1 ");
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
    op_ok(f, SKN_STEP_BEGIN);
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

/* ---- names ---- */

static void tables_are_found_by_any_case_and_only_tables(void **state)
{
    struct fixture *f = *state;
    struct skn_str names[64];
    uint64_t found;
    uint32_t i;
    raw(f->path, "CREATE TABLE \"we\"\"ird\" (a); CREATE TABLE Last (a); CREATE VIEW v AS SELECT 1;"
                 " CREATE INDEX i ON last (a)");
    open_ok(f);
    for (i = 0; i < 64; i++)
        names[i] = skn_str("nothing");
    names[0] = skn_str("we\"ird");
    names[1] = skn_str("v");
    names[2] = skn_str("i");
    names[3] = skn_str_len("last\0", 5);
    names[4] = skn_str("");
    names[63] = skn_str("LAST");
    assert_int_equal(f->driver->exists(f->conn, skn_str(""), names, 64, &found, &f->err), SKN_OK);
    assert_true(found == (1 | (uint64_t)1 << 63));
    assert_int_equal(f->driver->exists(f->conn, skn_str("public"), names, 1, &found, &f->err),
                     SKN_E_CONFIG);
}

static void keep_text(void *ctx, struct skn_str text)
{
    snprintf(ctx, 256, "%.*s", (int)text.len, text.ptr);
}

static void hostile_names_and_values_survive_quoting(void **state)
{
    static const char *const texts[] = {
        "a",       "\"",         "'",      "a\"b",   "x'; DROP TABLE t; --",     "[a]", "`",
        "\\",      "a\nb",       "-- x",   "/* x",   "\xc3\xa9\xf0\x9f\xa6\x86", ";",   "$1",
        "\"\"\"'", "sqlite_not", "select", "%s%n%d",
    };
    struct fixture *f = *state;
    struct heard heard;
    char name[256];
    char value[256];
    char sql[1024];
    size_t i;
    open_ok(f);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct skn_str text = skn_str(texts[i]);
        uint64_t found = 0;
        assert_int_equal(f->driver->quote(SKN_QUOTE_IDENT, text, keep_text, name, &f->err), SKN_OK);
        assert_int_equal(f->driver->quote(SKN_QUOTE_LITERAL, text, keep_text, value, &f->err),
                         SKN_OK);
        if (strncmp(texts[i], "sqlite_", 7) != 0) {
            snprintf(sql, sizeof sql, "CREATE TABLE %s (a)", name);
            sql_ok(f, sql);
            assert_int_equal(f->driver->exists(f->conn, skn_str(NULL), &text, 1, &found, &f->err),
                             SKN_OK);
            assert_int_equal(found, 1);
        }
        snprintf(sql, sizeof sql, "SELECT %s", value);
        assert_int_equal(sql_heard(f, sql, &heard), SKN_OK);
        snprintf(sql, sizeof sql, "0:%s 0=-1 ", texts[i]);
        assert_string_equal(heard.text, sql);
    }
}

static void what_cannot_be_quoted_is_refused(void **state)
{
    struct fixture *f = *state;
    char out[256];
    assert_int_equal(
        f->driver->quote(SKN_QUOTE_IDENT, skn_str_len("a\0b", 3), keep_text, out, &f->err),
        SKN_E_USAGE);
    assert_int_equal(
        f->driver->quote(SKN_QUOTE_LITERAL, skn_str_len("a\0b", 3), keep_text, out, &f->err),
        SKN_E_USAGE);
    assert_int_equal(f->driver->quote(SKN_QUOTE_IDENT, skn_str(""), keep_text, out, &f->err),
                     SKN_E_USAGE);
    assert_int_equal(f->driver->quote(7, skn_str("a"), keep_text, out, &f->err), SKN_E_USAGE);
    assert_int_equal(f->driver->quote(SKN_QUOTE_LITERAL, skn_str(""), keep_text, out, &f->err),
                     SKN_OK);
    assert_string_equal(out, "''");
}

/* ---- scanning ---- */

static void statements_are_classed(void **state)
{
    static const struct {
        const char *sql;
        uint32_t kind;
        uint32_t flags;
    } cases[] = {
        {"CREATE TABLE t (a)", SKN_STATEMENT_DDL, 0},
        {"INSERT INTO t VALUES (1)", SKN_STATEMENT_DML, 0},
        {"REPLACE INTO t VALUES (1)", SKN_STATEMENT_DML, 0},
        {"SELECT 1", SKN_STATEMENT_QUERY, 0},
        {"BEGIN IMMEDIATE", SKN_STATEMENT_BEGIN, 0},
        {"END TRANSACTION", SKN_STATEMENT_COMMIT, 0},
        {"ROLLBACK TO a", SKN_STATEMENT_ROLLBACK, 0},
        {"RELEASE a", SKN_STATEMENT_SAVEPOINT, 0},
        {"VACUUM", SKN_STATEMENT_OTHER, SKN_STATEMENT_NO_TX},
        {"PRAGMA foreign_keys=off", SKN_STATEMENT_IGNORED, 0},
        {"pragma /* x */ main . \"Foreign_Keys\" (1)", SKN_STATEMENT_IGNORED, 0},
        {"PRAGMA foreign_keys", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA defer_foreign_keys = ON", SKN_STATEMENT_SESSION, 0},
        {"PRAGMA legacy_alter_table=ON", SKN_STATEMENT_SESSION, 0},
        {"PRAGMA writable_schema=ON", SKN_STATEMENT_SESSION, 0},
        {"PRAGMA synchronous=OFF", SKN_STATEMENT_SESSION, SKN_STATEMENT_NO_TX},
        {"PRAGMA journal_mode=WAL", SKN_STATEMENT_OTHER, SKN_STATEMENT_NO_TX},
        {"PRAGMA journal_mode", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA page_size = 8192", SKN_STATEMENT_OTHER, SKN_STATEMENT_NO_TX},
        {"PRAGMA auto_vacuum = 1", SKN_STATEMENT_OTHER, SKN_STATEMENT_NO_TX},
        {"PRAGMA user_version = 3", SKN_STATEMENT_OTHER, 0},
        {"PRAGMA foreign_key_check(t)", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA foreign_key_list('t')", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA optimize", SKN_STATEMENT_OTHER, 0},
        {"CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END", SKN_STATEMENT_DDL, 0},
    };
    struct fixture *f = *state;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_scan cursor = {.size = sizeof cursor};
        struct skn_str text = skn_str(cases[i].sql);
        if (f->driver->scan(&f->host, text, &cursor, &f->err))
            fail_msg("%s: %s", cases[i].sql, f->err.message);
        if (cursor.kind != cases[i].kind || cursor.flags != cases[i].flags)
            fail_msg("%s: kind %u, flags %u", cases[i].sql, cursor.kind, cursor.flags);
        assert_int_equal(cursor.end, text.len);
        assert_int_equal(f->driver->scan(&f->host, text, &cursor, &f->err), SKN_OK);
        assert_int_equal(cursor.kind, SKN_STATEMENT_END);
    }
}

static void what_a_revision_cannot_do_is_refused_where_it_stands(void **state)
{
    static const struct {
        const char *text;
        uint32_t position;
        const char *words;
    } cases[] = {
        {"ATTACH 'x' AS y", 1, "target of its own"},
        {"SELECT 1;\n-- why\n detach y;", 19, "target of its own"},
        {".read other.sql\nSELECT 1;", 1, "sqlite3 shell"},
        {"SELECT 1;\n/* a */ ; .mode csv\n", 21, "sqlite3 shell"},
    };
    struct fixture *f = *state;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_scan cursor = {.size = sizeof cursor};
        int code = SKN_OK;
        do {
            code = f->driver->scan(&f->host, skn_str(cases[i].text), &cursor, &f->err);
        } while (!code && cursor.kind != SKN_STATEMENT_END);
        assert_int_equal(code, SKN_E_UNSUPPORTED);
        assert_int_equal(f->err.position, cases[i].position);
        assert_says(f, cases[i].words);
    }
}

static void a_cursor_behind_the_text_is_refused(void **state)
{
    struct fixture *f = *state;
    struct skn_scan cursor = {.size = sizeof cursor, .next = 9};
    assert_int_equal(f->driver->scan(&f->host, skn_str("SELECT 1"), &cursor, &f->err), SKN_E_USAGE);
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
        TEST(a_batch_stops_at_its_first_failure_and_names_the_step),
        TEST(a_step_is_one_statement),
        TEST(rows_arrive_as_text),
        TEST(a_nul_byte_in_a_value_arrives),
        TEST(affected_rows_are_those_of_the_statement),
        TEST(errors_have_their_class_and_place),
        TEST(vacuum_works_outside_a_transaction_only),
        TEST(a_full_database_is_rolled_back),
        TEST(a_write_that_fails_leaves_the_old_state),
        TEST(a_reset_undoes_what_a_revision_set),
        TEST(a_reset_inside_a_transaction_keeps_it),
        TEST(a_busy_timeout_of_a_revision_does_not_outlast_its_statement),
        TEST(the_session_stays_the_same_over_a_reset),
        TEST(the_journal_mode_is_set_before_the_first_transaction),
        TEST(durability_is_what_the_option_says),
        TEST(tables_are_found_by_any_case_and_only_tables),
        TEST(hostile_names_and_values_survive_quoting),
        TEST(what_cannot_be_quoted_is_refused),
        TEST(statements_are_classed),
        TEST(what_a_revision_cannot_do_is_refused_where_it_stands),
        TEST(a_cursor_behind_the_text_is_refused),
        TEST(every_failed_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
