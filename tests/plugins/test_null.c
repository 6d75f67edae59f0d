/*
 * The null driver: that it keeps what it is told to keep, and reads any text.
 */
#include "null_fixture.h"

/* ---- what it keeps ---- */

static void the_table_is_what_the_abi_asks_for(void **state)
{
    (void)state;
    assert_int_equal(driver->size, sizeof *driver);
    assert_int_equal(driver->abi_minor, SKN_ABI_MINOR);
    assert_string_equal(driver->name, "null");
    assert_true(driver->option_size == sizeof(struct skn_option));
    for (uint32_t i = 0; i < driver->option_count; i++) {
        assert_non_null(driver->options[i].name);
        assert_non_null(driver->options[i].help);
    }
}

static void an_older_host_is_refused_with_a_reason(void **state)
{
    struct fixture *fixture = *state;
    struct skn_host small = host;
    char path[4096];
    skn_entry_fn *entry;
    snprintf(path, sizeof path, "%s/skein_null.so", getenv("SKEIN_DRIVER_DIR"));
    void *symbol = dlsym(dlopen(path, RTLD_NOW | RTLD_LOCAL), "skein_driver_1");
    memcpy(&entry, &symbol, sizeof symbol);
    small.size = offsetof(struct skn_host, scan);
    assert_null(entry(&small, &fixture->err));
    assert_true(strlen(fixture->err.message) > 0);
}

static void a_new_database_starts_with_the_rows_it_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a1,b2");
    rows_are(fixture, conn, "SELECT version_num FROM alembic_version", "a1|;b2|;");
    driver->close(conn);
    OPEN(fixture, &conn, "database", "d");
    assert_int_equal(sql(fixture, conn, "SELECT version_num FROM alembic_version"), SKN_E_MISSING);
    assert_string_equal(fixture->err.sqlstate, "42S02");
    driver->close(conn);
}

static void a_change_counts_the_rows_it_touched(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a,b");
    const char *const update = "UPDATE alembic_version SET version_num='c' WHERE version_num='a'";
    sql_ok(fixture, conn, update);
    assert_int_equal(fixture->affected, 1);
    sql_ok(fixture, conn, update);
    assert_int_equal(fixture->affected, 0);
    sql_ok(fixture, conn, "INSERT INTO alembic_version (version_num) VALUES ('d'), ('e')");
    assert_int_equal(fixture->affected, 2);
    sql_ok(fixture, conn, "DELETE FROM alembic_version WHERE version_num <> 'e'");
    assert_int_equal(fixture->affected, 3);
    rows_are(fixture, conn, "SELECT COUNT(*) FROM alembic_version", "1|;");
    driver->close(conn);
}

static void cells_come_back_as_they_were_stored(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    for (int kept = 0; kept < 2; kept++) {
        OPEN(fixture, &conn, "database", "cells", kept ? "state" : "user",
             kept ? fixture->folder : "u");
        sql_ok(fixture, conn, "CREATE TABLE t (a INTEGER, b VARCHAR(9), \"C d\" TEXT)");
        sql_ok(fixture, conn,
               "INSERT INTO t VALUES (-7, '', NULL), (2, 'it''s; \\ -- no', 'l1\nl2\tx')");
        rows_are(fixture, conn, "SELECT \"C d\", b, a FROM t ORDER BY a DESC -- last",
                 "l1\nl2\tx|it's; \\ -- no|2|;NULL||-7|;");
        rows_are(fixture, conn, "SELECT a FROM t WHERE \"C d\" IS NULL AND a < 0 LIMIT 3", "-7|;");
        sql_ok(fixture, conn, "UPDATE t SET a = a + 40, b = NULL WHERE b IS NOT NULL AND a >= 2");
        rows_are(fixture, conn, "SELECT a, b FROM t WHERE a = 42", "42|NULL|;");
        driver->close(conn);
    }
}

static void the_ledger_s_statements_are_understood(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "state", fixture->folder);
    sql_ok(fixture, conn,
           "CREATE TABLE IF NOT EXISTS \"alembic_version\" (\n    version_num VARCHAR(32) NOT "
           "NULL, \n    CONSTRAINT \"alembic_version_pkc\" PRIMARY KEY (version_num)\n)");
    sql_ok(fixture, conn,
           "CREATE TABLE IF NOT EXISTS \"skein_step\" (id VARCHAR(32) NOT NULL PRIMARY KEY, done "
           "BIGINT NOT NULL, intent BIGINT, updated TIMESTAMP NOT NULL, last_error TEXT)");
    sql_ok(fixture, conn,
           "INSERT INTO \"skein_step\" (id, done, intent, updated, last_error) "
           "VALUES ('k', 0, NULL, '2026-01-01 00:00:00.000', '')");
    sql_ok(fixture, conn, "UPDATE \"skein_step\" SET done = 3, intent = 4 WHERE id = 'k'");
    assert_int_equal(fixture->affected, 1);
    rows_are(fixture, conn, "SELECT done, intent, last_error FROM \"skein_step\" WHERE id = 'k'",
             "3|4||;");
    assert_int_equal(sql(fixture, conn, "INSERT INTO skein_step (id) VALUES ('k')"),
                     SKN_E_CONSTRAINT);
    sql_ok(fixture, conn, "INSERT INTO \"alembic_version\" (version_num) VALUES ('007')");
    sql_ok(fixture, conn, "INSERT INTO \"alembic_version\" (version_num) VALUES ('7')");
    assert_int_equal(
        sql(fixture, conn, "INSERT INTO \"alembic_version\" (version_num) VALUES ('7')"),
        SKN_E_CONSTRAINT);
    driver->close(conn);
}

static void doing_it_twice_shows(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    char text[4096];
    OPEN(fixture, &conn, "state", fixture->folder, "database", "twice");
    static const struct {
        const char *sql;
        int code;
    } steps[] = {
        {"CREATE TABLE users (id INT DEFAULT 1 PRIMARY KEY, name TEXT CHECK (name <> ','))",
         SKN_E_EXISTS},
        {"ALTER TABLE users ADD COLUMN mail VARCHAR(10) DEFAULT 'a,b', ADD age NUMERIC(3, 1)",
         SKN_E_EXISTS},
        {"ALTER TABLE users RENAME COLUMN mail TO post", SKN_E_MISSING},
        {"ALTER TABLE users DROP COLUMN age", SKN_E_MISSING},
        {"INSERT INTO users VALUES (1, 'n', 'p')", SKN_E_CONSTRAINT},
        {"ALTER TABLE users RENAME TO people", SKN_E_MISSING},
        {"DROP TABLE people", SKN_E_MISSING},
        {"CREATE INDEX i ON people (name)", SKN_OK},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        sql_ok(fixture, conn, steps[i].sql);
        assert_int_equal(sql(fixture, conn, steps[i].sql), steps[i].code);
    }
    driver->close(conn);
    file_text(fixture, "twice.state", text, sizeof text);
    const char *first = strstr(text, "applied\tCREATE INDEX i");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "applied\tCREATE INDEX i"));
}

static void columns_come_and_go_with_their_cells(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "transactional", "false");
    sql_ok(fixture, conn, "CREATE UNLOGGED TABLE t (a INT, b TEXT) WITH (fillfactor = 70)");
    sql_ok(fixture, conn, "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    sql_ok(fixture, conn, "ALTER TABLE IF EXISTS ONLY t ADD c INT, ADD COLUMN IF NOT EXISTS a INT");
    sql_ok(fixture, conn, "UPDATE t SET c = 1, a = a - 3 WHERE b = 'x'");
    sql_ok(fixture, conn, "UPDATE t SET c = 2, a = a - 3 WHERE b = 'y'");
    sql_ok(fixture, conn, "ALTER TABLE t DROP b CASCADE");
    rows_are(fixture, conn, "SELECT * FROM t ORDER BY c DESC, a ASC", "-1|2|;-2|1|;");
    sql_ok(fixture, conn, "UPDATE t SET c = NULL WHERE a = -1");
    rows_are(fixture, conn, "SELECT c FROM t ORDER BY c", "NULL|;1|;");
    sql_ok(fixture, conn, "UPDATE t SET c = c + 1");
    rows_are(fixture, conn, "SELECT c FROM t ORDER BY c", "NULL|;2|;");
    assert_int_equal(sql(fixture, conn, "ALTER TABLE t ADD d INT, ADD a INT"), SKN_E_EXISTS);
    assert_int_equal(sql(fixture, conn, "SELECT d FROM t"), SKN_E_MISSING);
    assert_string_equal(fixture->err.sqlstate, "42S22");
    sql_ok(fixture, conn, "UPDATE t SET c = CURRENT_TIMESTAMP WHERE a = -2");
    rows_are(fixture, conn, "SELECT a FROM t WHERE c > '2026-01-01 00:00:00'", "-2|;");
    driver->close(conn);
}

static void statements_that_cannot_be_done_say_why(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    static const struct {
        const char *sql;
        const char *sqlstate;
    } cases[] = {
        {"INSERT INTO alembic_version VALUES (NULL)", "23502"},
        {"INSERT INTO alembic_version VALUES ('b', 'c')", "21S01"},
        {"INSERT INTO alembic_version (nothing) VALUES ('b')", "42S22"},
        {"UPDATE alembic_version SET nothing = 1", "42S22"},
        {"UPDATE alembic_version SET version_num = version_num + 1", "22018"},
        {"DELETE FROM alembic_version WHERE nothing = 1", "42S22"},
        {"SELECT * FROM alembic_version ORDER BY nothing", "42S22"},
        {"CREATE TABLE t (a INT, a INT)", "42S21"},
        {"ALTER TABLE nothing RENAME TO something", "42S02"},
        {"ALTER TABLE alembic_version RENAME TO alembic_version", "42S01"},
        {"ALTER TABLE alembic_version RENAME version_num TO version_num", "42S21"},
        {"BEGIN", "25001"},
    };
    OPEN(fixture, &conn, "at", "a", "transactional", "false");
    sql_ok(fixture, conn, "START TRANSACTION");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(sql(fixture, conn, cases[i].sql) != SKN_OK);
        assert_string_equal(fixture->err.sqlstate, cases[i].sqlstate);
        rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
        if (!(flags(conn) & SKN_STATUS_IN_TX))
            sql_ok(fixture, conn, "BEGIN");
    }
    driver->close(conn);
}

static void a_table_has_a_bounded_number_of_columns(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    char text[4096];
    size_t len = (size_t)snprintf(text, sizeof text, "CREATE TABLE t (c0 INT");
    for (int i = 1; i < 128; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, ", c%d INT", i);
    snprintf(text + len, sizeof text - len, ")");
    OPEN(fixture, &conn, "state", fixture->folder);
    sql_ok(fixture, conn, text);
    assert_int_equal(sql(fixture, conn, "ALTER TABLE t ADD c128 INT"), SKN_E_UNSUPPORTED);
    rows_are(fixture, conn, "SELECT COUNT(*) FROM t", "0|;");
    driver->close(conn);
}

static void what_is_not_understood_whole_is_not_done_by_half(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a");
    static const char *const texts[] = {
        "DELETE FROM alembic_version WHERE version_num IN ('a')",
        "DELETE FROM alembic_version WHERE version_num = 'a' OR 1 = 1",
        "UPDATE alembic_version SET version_num = lower('B')",
        "INSERT INTO alembic_version SELECT 'b'",
        "INSERT INTO alembic_version VALUES ('b') ON CONFLICT DO NOTHING",
        "DELETE FROM alembic_version WHERE version_num = 'a",
        "DROP TABLE alembic_version /* ; */ x",
        "CREATE TABLE c AS SELECT 1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sql_ok(fixture, conn, texts[i]);
        assert_int_equal(fixture->affected, -1);
        rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    }
    driver->close(conn);
}

static void exists_knows_tables_by_schema(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    const struct skn_str names[3] = {skn_str("T"), skn_str("t"), skn_str("alembic_version")};
    uint64_t found = 0;
    OPEN(fixture, &conn, "at", "");
    sql_ok(fixture, conn, "CREATE TABLE T (a INT)");
    sql_ok(fixture, conn, "CREATE TABLE s . \"T\" (a INT)");
    assert_int_equal(driver->exists(conn, skn_str(""), names, 3, &found, &fixture->err), SKN_OK);
    assert_int_equal(found, 2);
    assert_int_equal(driver->exists(conn, skn_str("s"), names, 3, &found, &fixture->err), SKN_OK);
    assert_int_equal(found, 1);
    driver->close(conn);
}

/* ---- transactions ---- */

static void a_rollback_takes_everything_back(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    for (int kept = 0; kept < 2; kept++) {
        OPEN(fixture, &conn, "at", "a", kept ? "state" : "user", kept ? fixture->folder : "u");
        assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
        assert_true(flags(conn) & SKN_STATUS_IN_TX);
        sql_ok(fixture, conn, "CREATE TABLE t (a INT)");
        sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
        assert_int_equal(step(fixture, conn, SKN_STEP_ROLLBACK, NULL), SKN_OK);
        assert_int_equal(flags(conn), SKN_STATUS_OPEN);
        rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
        assert_int_equal(sql(fixture, conn, "SELECT * FROM t"), SKN_E_MISSING);
        assert_int_equal(step(fixture, conn, SKN_STEP_ROLLBACK, NULL), SKN_OK);
        driver->close(conn);
    }
}

static void a_rollback_takes_back_whatever_was_done_to_a_table(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    static const char *const works[] = {
        "INSERT INTO t VALUES (3, 'z')",
        "INSERT INTO t VALUES (4, NULL)",
        "UPDATE t SET b = 'changed'",
        "ALTER TABLE t ADD c INT",
        "DELETE FROM t WHERE a = 1",
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t RENAME TO u",
        "CREATE TABLE t (other INT)",
        "INSERT INTO t VALUES (9)",
        "CREATE INDEX i ON t (other)",
        "DROP TABLE t, u",
    };
    const size_t count = sizeof works / sizeof works[0];
    for (int kept = 0; kept < 2; kept++) {
        OPEN(fixture, &conn, "at", "a", kept ? "state" : "user", kept ? fixture->folder : "u");
        sql_ok(fixture, conn, "CREATE TABLE t (a INT PRIMARY KEY, b TEXT)");
        sql_ok(fixture, conn, "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
        for (size_t first = 0; first < 3; first++)
            for (size_t last = first; last <= count; last++) {
                assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
                for (size_t i = first; i < last; i++)
                    sql_ok(fixture, conn, works[i]);
                assert_int_equal(step(fixture, conn, SKN_STEP_ROLLBACK, NULL), SKN_OK);
                rows_are(fixture, conn, "SELECT * FROM t ORDER BY a", "1|x|;2|y|;");
                assert_int_equal(sql(fixture, conn, "SELECT * FROM u"), SKN_E_MISSING);
            }
        driver->close(conn);
    }
}

static void a_commit_outlives_the_connection(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    for (int round = 0; round < 2; round++) {
        OPEN(fixture, &conn, "database", "kept", "state", fixture->folder, "at", "a");
        rows_are(fixture, conn, "SELECT * FROM alembic_version", round ? "b|;" : "a|;");
        assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
        sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
        assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_OK);
        assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
        sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'c'");
        driver->close(conn);
    }
}

static void transactions_in_sql_are_transactions(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a");
    sql_ok(fixture, conn, "BEGIN");
    assert_true(flags(conn) & SKN_STATUS_IN_TX);
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    sql_ok(fixture, conn, "ROLLBACK TO SAVEPOINT s");
    sql_ok(fixture, conn, "COMMIT");
    sql_ok(fixture, conn, "BEGIN");
    sql_ok(fixture, conn, "DELETE FROM alembic_version");
    sql_ok(fixture, conn, "ROLLBACK");
    assert_int_equal(flags(conn), SKN_STATUS_OPEN);
    sql_ok(fixture, conn, "SET search_path TO x");
    assert_int_equal(step(fixture, conn, SKN_STEP_RESET, NULL), SKN_OK);
    assert_int_equal(step(fixture, conn, SKN_STEP_FENCE, "\"alembic_version\""), SKN_OK);
    assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_OK);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "b|;");
    rows_are(fixture, conn, "SELECT 'one', 2, -3, NULL, true", "one|2|-3|NULL|true|;");
    driver->close(conn);
}

static void a_commit_that_cannot_be_written_is_rolled_back(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    char path[128];
    OPEN(fixture, &conn, "database", "d", "state", fixture->folder, "at", "a");
    /* A folder where the new file should be made. */
    snprintf(path, sizeof path, "%s/d.new", fixture->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    assert_int_not_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_OK);
    assert_int_equal(flags(conn), SKN_STATUS_OPEN);
    assert_int_not_equal(sql(fixture, conn, "DELETE FROM alembic_version"), SKN_OK);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    assert_int_equal(rmdir(path), 0);
    driver->close(conn);
}

static void old_tokens_are_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    char text[8192];
    OPEN(fixture, &conn, "state", fixture->folder, "database", "d");
    for (int i = 0; i < 70; i++) {
        assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
        assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_OK);
    }
    driver->close(conn);
    file_text(fixture, "d.state", text, sizeof text);
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "token\t")) != NULL; at++)
        count++;
    assert_int_equal(count, 64);
}

static void a_failed_statement_fails_its_transaction(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a");
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    assert_int_equal(sql(fixture, conn, "DELETE FROM nothing"), SKN_E_MISSING);
    assert_true(flags(conn) & SKN_STATUS_FAILED_TX);
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_DRIVER);
    assert_string_equal(fixture->err.sqlstate, "25P02");
    assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_E_DRIVER);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    driver->close(conn);
}

static void a_statement_changes_all_or_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a,b,c", "transactional", "false");
    assert_int_equal(sql(fixture, conn, "INSERT INTO alembic_version VALUES ('x'), ('b')"),
                     SKN_E_CONSTRAINT);
    assert_int_equal(sql(fixture, conn, "UPDATE alembic_version SET version_num = 'z'"),
                     SKN_E_CONSTRAINT);
    assert_int_equal(sql(fixture, conn, "DROP TABLE alembic_version, nothing"), SKN_E_MISSING);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;b|;c|;");
    driver->close(conn);
}

static void ddl_commits_where_it_is_not_transactional(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a", "transactional", "false", "state", fixture->folder);
    assert_false(server_of(conn).caps & SKN_CAP_DDL_TX);
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    sql_ok(fixture, conn, "CREATE TABLE t (a INT)");
    assert_int_equal(flags(conn), SKN_STATUS_OPEN);
    assert_int_equal(step(fixture, conn, SKN_STEP_ROLLBACK, NULL), SKN_OK);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "b|;");
    driver->close(conn);
}

static void one_session_writes_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    struct skn_conn *other;
    OPEN(fixture, &conn, "at", "a", "state", fixture->folder);
    OPEN(fixture, &other, "at", "a", "state", fixture->folder);
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    rows_are(fixture, other, "SELECT * FROM alembic_version", "a|;");
    time_left = 0;
    assert_int_equal(sql(fixture, other, "DELETE FROM alembic_version"), SKN_E_TIMEOUT);
    time_left = -1;
    assert_int_equal(sql(fixture, other, "DELETE FROM alembic_version"), SKN_E_BUSY);
    assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_OK);
    sql_ok(fixture, other, "DELETE FROM alembic_version WHERE version_num = 'b'");
    assert_int_equal(fixture->affected, 1);
    driver->close(other);
    driver->close(conn);
}

static void a_malformed_database_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    static const char *const texts[] = {
        "",
        "other\n",
        "skein null database, format 1\nrow\ta\n",
        "skein null database, format 1\ntable\tt\ncolumn\ta\nrow\ta\tb\n",
        "skein null database, format 1\ntable\n",
        "skein null database, format 1\nsomething\telse\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/bad.state", fixture->folder);
        FILE *file = fopen(path, "w");
        fputs(texts[i], file);
        fclose(file);
        assert_int_equal(
            open_try(fixture, &conn, "database", "bad", "state", fixture->folder, NULL),
            SKN_E_DRIVER);
    }
}

/* ---- locks, tokens, other targets ---- */

static pid_t child_holding(struct fixture *fixture, const char *name, int *ready)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct skn_conn *conn = NULL;
        if (open_try(fixture, &conn, "state", fixture->folder, NULL) != SKN_OK ||
            driver->lock(conn, skn_str(name), &fixture->err) != SKN_OK ||
            write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    *ready = ends[0];
    return child;
}

static void a_lock_excludes_others_and_dies_with_its_process(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    int ready;
    char byte;
    pid_t child = child_holding(fixture, "alembic_version", &ready);
    assert_int_equal(read(ready, &byte, 1), 1);
    OPEN(fixture, &conn, "state", fixture->folder);
    assert_int_equal(driver->lock(conn, skn_str("alembic_version"), &fixture->err), SKN_E_BUSY);
    char holder[32];
    snprintf(holder, sizeof holder, "process %ld since", (long)child);
    assert_non_null(strstr(fixture->err.message, holder));
    assert_int_equal(driver->lock(conn, skn_str("other"), &fixture->err), SKN_OK);
    assert_int_equal(driver->unlock(conn, skn_str("other"), &fixture->err), SKN_OK);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(driver->lock(conn, skn_str("alembic_version"), &fixture->err), SKN_OK);
    assert_int_equal(driver->unlock(conn, skn_str("other"), &fixture->err), SKN_E_DRIVER);
    driver->close(conn);
    close(ready);
}

static uint32_t settled(struct fixture *fixture, const char *token)
{
    struct skn_conn *conn;
    uint32_t outcome = 99;
    OPEN(fixture, &conn, "state", fixture->folder, "at", "a");
    assert_int_equal(driver->settle(conn, skn_str(token), &outcome, &fixture->err), SKN_OK);
    driver->close(conn);
    return outcome;
}

static void a_lost_commit_is_settled_by_its_token(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    char token[64];
    static const struct {
        const char *knob;
        uint32_t outcome;
    } cases[] = {{"commit:applied", SKN_OUTCOME_COMMITTED}, {"commit:lost", SKN_OUTCOME_ABORTED}};
    for (size_t i = 0; i < 2; i++) {
        OPEN(fixture, &conn, "state", fixture->folder, "at", "a", "uncertain", cases[i].knob);
        assert_int_equal(driver->token(conn, token, sizeof token), 0);
        assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
        uint32_t len = driver->token(conn, token, sizeof token);
        assert_int_equal(len, strlen(token));
        assert_int_equal(driver->token(conn, token, len), 0);
        assert_int_equal(settled(fixture, token), SKN_OUTCOME_RUNNING);
        sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = version_num");
        assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_E_UNCERTAIN);
        assert_int_equal(flags(conn), 0);
        assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_CONNECT);
        driver->close(conn);
        assert_int_equal(settled(fixture, token), cases[i].outcome);
    }
}

static void a_lost_statement_is_uncertain_only_outside_a_transaction(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "state", fixture->folder, "at", "a", "uncertain", "sql:1:applied");
    assert_int_equal(sql(fixture, conn, "UPDATE alembic_version SET version_num = 'b'"),
                     SKN_E_UNCERTAIN);
    driver->close(conn);
    OPEN(fixture, &conn, "state", fixture->folder, "uncertain", "sql:1:applied");
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    assert_int_equal(sql(fixture, conn, "UPDATE alembic_version SET version_num = 'c'"),
                     SKN_E_CONNECT);
    driver->close(conn);
    OPEN(fixture, &conn, "state", fixture->folder);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "b|;");
    driver->close(conn);
}

static int retarget_try(struct fixture *fixture, struct skn_conn *conn, ...)
{
    struct skn_kv options[OPTIONS];
    va_list pairs;
    va_start(pairs, conn);
    uint32_t count = options_list(pairs, options);
    va_end(pairs);
    return driver->retarget(conn, options, count, &fixture->err);
}

static void a_session_goes_on_in_another_database_of_its_server(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    struct skn_status before = {.size = sizeof before};
    struct skn_status after = {.size = sizeof after};
    OPEN(fixture, &conn, "host", "h", "port", "5", "database", "one", "at", "a");
    driver->status(conn, &before, &fixture->err);
    char identity[256];
    struct skn_server one = server_of(conn);
    assert_string_equal(one.server_id, "h:5");
    memcpy(identity, one.identity, sizeof identity);
    assert_int_equal(retarget_try(fixture, conn, "host", "other", "database", "two", NULL),
                     SKN_E_UNSUPPORTED);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    assert_int_equal(retarget_try(fixture, conn, "server", "h:5", "database", "two", "at", "b",
                                  "fail", "retarget:1:busy", NULL),
                     SKN_E_BUSY);
    assert_int_equal(
        retarget_try(fixture, conn, "server", "h:5", "database", "two", "at", "b", NULL), SKN_OK);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "b|;");
    assert_string_not_equal(server_of(conn).identity, identity);
    driver->status(conn, &after, &fixture->err);
    assert_true(before.session == after.session);
    driver->close(conn);
}

static void a_session_that_holds_something_stays_where_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "identity", "the one");
    assert_string_equal(server_of(conn).identity, "the one");
    assert_int_equal(driver->lock(conn, skn_str("l"), &fixture->err), SKN_OK);
    assert_int_equal(driver->lock(conn, skn_str("l"), &fixture->err), SKN_E_USAGE);
    assert_int_equal(retarget_try(fixture, conn, "database", "two", NULL), SKN_E_USAGE);
    assert_int_equal(driver->unlock(conn, skn_str("l"), &fixture->err), SKN_OK);
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    assert_int_equal(retarget_try(fixture, conn, "database", "two", NULL), SKN_E_USAGE);
    driver->close(conn);
}

static void fingerprint_is(struct fixture *fixture, struct skn_conn *conn, const char *statement,
                           const char *expected)
{
    char text[256] = "";
    assert_int_equal(driver->fingerprint(conn, skn_str(statement), text_join, text, &fixture->err),
                     SKN_OK);
    assert_string_equal(text, expected);
}

static void a_fingerprint_is_that_of_what_the_statement_names(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "database", "f");
    fingerprint_is(fixture, conn, "CREATE TABLE users (id INT)", "absent users\n");
    sql_ok(fixture, conn, "CREATE TABLE users (id INT)");
    sql_ok(fixture, conn, "INSERT INTO users VALUES (1)");
    fingerprint_is(fixture, conn, "ALTER TABLE users ADD COLUMN n INT", "table users\ncolumn id\n");
    fingerprint_is(fixture, conn, "ALTER TABLE users RENAME TO people",
                   "table users\ncolumn id\nabsent people\n");
    fingerprint_is(fixture, conn, "DROP TABLE nothing, users",
                   "absent nothing\ntable users\ncolumn id\n");
    assert_int_equal(driver->fingerprint(conn, skn_str("GRANT ALL ON users TO me"), text_join, NULL,
                                         &fixture->err),
                     SKN_E_UNSUPPORTED);
    driver->close(conn);
}

static void who_holds_the_lock_is_told_without_taking_it(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *one, *two;
    char text[256] = "";
    OPEN(fixture, &one, "state", fixture->folder);
    OPEN(fixture, &two, "state", fixture->folder);
    assert_int_equal(driver->holder(two, skn_str("l"), text_join, text, &fixture->err), SKN_OK);
    assert_string_equal(text, "");
    assert_int_equal(driver->lock(one, skn_str("l"), &fixture->err), SKN_OK);
    assert_int_equal(driver->holder(two, skn_str("l"), text_join, text, &fixture->err), SKN_OK);
    assert_non_null(strstr(text, "process"));
    driver->close(one);
    assert_int_equal(driver->lock(two, skn_str("l"), &fixture->err), SKN_OK);
    driver->close(two);
}

static void quotes_are_doubled_and_what_cannot_be_quoted_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char out[256];
    char longer[200];
    memset(longer, 'a', sizeof longer);
    assert_int_equal(driver->quote(SKN_QUOTE_IDENT, skn_str("a\"b"), text_take, out, &fixture->err),
                     SKN_OK);
    assert_string_equal(out, "\"a\"\"b\"");
    assert_int_equal(
        driver->quote(SKN_QUOTE_LITERAL, skn_str("a'b"), text_take, out, &fixture->err), SKN_OK);
    assert_string_equal(out, "'a''b'");
    assert_int_equal(driver->quote(SKN_QUOTE_LITERAL, skn_str(""), text_take, out, &fixture->err),
                     SKN_OK);
    assert_string_equal(out, "''");
    static const struct skn_str bad[] = {{"", 0}, {"a\0b", 3}};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(driver->quote(SKN_QUOTE_IDENT, bad[i], text_take, out, &fixture->err),
                         SKN_E_USAGE);
    assert_int_equal(driver->quote(SKN_QUOTE_IDENT, skn_str_len(longer, sizeof longer), text_take,
                                   out, &fixture->err),
                     SKN_E_USAGE);
}

static void scanning_is_left_to_the_host(void **state)
{
    struct fixture *fixture = *state;
    struct skn_scan cursor = {.size = sizeof cursor};
    scanned = 0;
    assert_int_equal(driver->scan(&host, skn_str("a"), &cursor, &fixture->err), SKN_OK);
    assert_int_equal(scanned, 1);
}

static void wrong_options_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    static const char *const wrong[][2] = {
        {"fail", "nowhere"},
        {"fail", "exec:1:odd"},
        {"fail", "exec:x"},
        {"crash", "exec:1:segv:2"},
        {"hang", "open:1:busy"},
        {"uncertain", "open"},
        {"lie", "often"},
        {"latency", "-1"},
        {"latency", "99999999999999999"},
        {"leak", "much"},
        {"server_flags", "fast"},
        {"database", ""},
        {"fail", "exec:99999999:x"},
        {"print", "exec:1:anything"},
        {"once", "true"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(open_try(fixture, &conn, wrong[i][0], wrong[i][1], NULL), SKN_E_CONFIG);
    assert_int_equal(open_try(fixture, &conn, "state", fixture->folder, "database", "../x", NULL),
                     SKN_E_CONFIG);
    assert_int_equal(open_try(fixture, &conn, "state", "/nowhere/at/all", NULL), SKN_E_CONNECT);
    driver->close(NULL);
}

static const char *const pieces[] = {
    "SELECT ",
    "INSERT INTO ",
    "t ",
    "(a, ",
    "b)",
    "VALUES ",
    "('x', ",
    "-1)",
    "''",
    "\"q\"\"",
    "'",
    "--",
    "\n",
    "/*",
    "*/",
    "UPDATE ",
    "SET ",
    "a = ",
    "a + 1",
    "WHERE ",
    "AND ",
    "IS ",
    "NOT ",
    "NULL ",
    "CREATE ",
    "TABLE ",
    "IF EXISTS ",
    "PRIMARY KEY",
    "(",
    ")",
    ",",
    "*",
    ".",
    "\x80",
    "ORDER BY ",
    "LIMIT 1",
    "ALTER ",
    "ADD ",
    "DROP ",
    "RENAME ",
    "TO ",
    "CONSTRAINT ",
    "CURRENT_TIMESTAMP",
    "COUNT(*) ",
    "FROM ",
};

/* Pieces of SQL in any order, cut anywhere: nothing may be read or written outside. */
static void no_text_breaks_the_parser(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    unsigned seed = (unsigned)getpid();
    print_message("seed %u\n", seed);
    srandom(seed);
    OPEN(fixture, &conn, "at", "a", "transactional", "false");
    for (int round = 0; round < 20000; round++) {
        char text[256] = "";
        size_t len = 0;
        for (long n = random() % 12; n >= 0; n--) {
            const char *piece = pieces[(size_t)random() % (sizeof pieces / sizeof pieces[0])];
            size_t size = strlen(piece);
            if (len + size < sizeof text) {
                memcpy(text + len, piece, size);
                len += size;
            }
        }
        /* A copy of exactly that size, so that a sanitizer sees the byte behind it. */
        size_t used = len ? (size_t)random() % len + 1 : 0;
        char *exact = malloc(used + 1);
        memcpy(exact, text, used);
        const struct skn_step one = {.sql = skn_str_len(exact, used)};
        driver->exec(conn, &one, 1, NULL, &fixture->err);
        free(exact);
    }
    driver->close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_table_is_what_the_abi_asks_for),
        CASE(an_older_host_is_refused_with_a_reason),
        CASE(a_new_database_starts_with_the_rows_it_is_told),
        CASE(a_change_counts_the_rows_it_touched),
        CASE(cells_come_back_as_they_were_stored),
        CASE(the_ledger_s_statements_are_understood),
        CASE(doing_it_twice_shows),
        CASE(columns_come_and_go_with_their_cells),
        CASE(statements_that_cannot_be_done_say_why),
        CASE(a_table_has_a_bounded_number_of_columns),
        CASE(what_is_not_understood_whole_is_not_done_by_half),
        CASE(exists_knows_tables_by_schema),
        CASE(a_rollback_takes_everything_back),
        CASE(a_rollback_takes_back_whatever_was_done_to_a_table),
        CASE(a_commit_outlives_the_connection),
        CASE(transactions_in_sql_are_transactions),
        CASE(a_commit_that_cannot_be_written_is_rolled_back),
        CASE(old_tokens_are_forgotten),
        CASE(a_failed_statement_fails_its_transaction),
        CASE(a_statement_changes_all_or_nothing),
        CASE(ddl_commits_where_it_is_not_transactional),
        CASE(one_session_writes_at_a_time),
        CASE(a_malformed_database_is_refused),
        CASE(a_lock_excludes_others_and_dies_with_its_process),
        CASE(a_lost_commit_is_settled_by_its_token),
        CASE(a_lost_statement_is_uncertain_only_outside_a_transaction),
        CASE(a_session_goes_on_in_another_database_of_its_server),
        CASE(a_session_that_holds_something_stays_where_it_is),
        CASE(a_fingerprint_is_that_of_what_the_statement_names),
        CASE(who_holds_the_lock_is_told_without_taking_it),
        CASE(quotes_are_doubled_and_what_cannot_be_quoted_is_refused),
        CASE(scanning_is_left_to_the_host),
        CASE(wrong_options_are_refused),
        CASE(no_text_breaks_the_parser),
    };
    return cmocka_run_group_tests_name("null driver", tests, driver_load, NULL);
}
