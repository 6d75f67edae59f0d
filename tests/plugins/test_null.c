/*
 * The null driver: that it keeps what it is told to keep, and fails as it is told to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

static const struct skn_driver *driver;
static int cancelled;
static int64_t time_left = -1;
static uint32_t scanned;

/* ---- the host ---- */

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    (void)ctx, (void)level, (void)line;
}

static void *host_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

static int host_cancelled(void *ctx)
{
    (void)ctx;
    return cancelled;
}

static int64_t host_time_left(void *ctx)
{
    (void)ctx;
    return time_left;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx, (void)text, (void)err;
    scanned += dialect == driver->dialect;
    cursor->kind = SKN_STATEMENT_END;
    return SKN_OK;
}

static const struct skn_host host = {
    .size = sizeof host,
    .abi_minor = SKN_ABI_MINOR,
    .log = host_log,
    .alloc = host_alloc,
    .cancelled = host_cancelled,
    .time_left = host_time_left,
    .scan = host_scan,
};

static int driver_load(void **state)
{
    (void)state;
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    char path[4096];
    struct skn_error err = {.size = sizeof err};
    skn_entry_fn *entry;
    snprintf(path, sizeof path, "%s/skein_null.so", folder ? folder : ".");
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        print_error("%s\n", dlerror());
    void *symbol = library ? dlsym(library, "skein_driver_1") : NULL;
    if (!symbol)
        return -1;
    memcpy(&entry, &symbol, sizeof symbol);
    driver = entry(&host, &err);
    return driver ? 0 : -1;
}

/* ---- a folder and a connection for each test ---- */

struct fixture {
    char folder[64];
    struct skn_error err;
    char rows[4096]; /* cells with | behind each, rows with ; */
    size_t rows_len;
    int64_t affected;
    uint32_t done;
};

static int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/skein-null-XXXXXX");
    fixture->err.size = sizeof fixture->err;
    cancelled = 0;
    time_left = -1;
    *state = fixture;
    return mkdtemp(fixture->folder) ? 0 : -1;
}

static int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    DIR *folder = opendir(fixture->folder);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

enum { OPTIONS = 12 };

/* pairs: name and value in turn, up to NULL. */
static uint32_t options_list(va_list pairs, struct skn_kv *options)
{
    uint32_t count = 0;
    const char *name;
    while ((name = va_arg(pairs, const char *)) != NULL) {
        assert_true(count < OPTIONS);
        options[count].key = skn_str(name);
        options[count++].value = skn_str(va_arg(pairs, const char *));
    }
    return count;
}

static int open_try(struct fixture *fixture, struct skn_conn **conn, ...)
{
    struct skn_kv options[OPTIONS];
    va_list pairs;
    va_start(pairs, conn);
    uint32_t count = options_list(pairs, options);
    va_end(pairs);
    *conn = NULL;
    int rc = driver->open(&host, options, count, conn, &fixture->err);
    assert_true((rc == SKN_OK) == (*conn != NULL));
    return rc;
}

#define OPEN(fixture, conn, ...)                                                                   \
    assert_int_equal(open_try(fixture, conn, __VA_ARGS__, NULL), SKN_OK)

static int on_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct fixture *fixture = ctx;
    (void)step;
    for (uint32_t i = 0; i < count; i++)
        fixture->rows_len += (size_t)snprintf(
            fixture->rows + fixture->rows_len, sizeof fixture->rows - fixture->rows_len, "%.*s|",
            columns[i].ptr ? (int)columns[i].len : 4, columns[i].ptr ? columns[i].ptr : "NULL");
    fixture->rows_len += (size_t)snprintf(fixture->rows + fixture->rows_len,
                                          sizeof fixture->rows - fixture->rows_len, ";");
    return 0;
}

static int on_done(void *ctx, uint32_t step, int64_t rows)
{
    struct fixture *fixture = ctx;
    (void)step;
    fixture->affected = rows;
    fixture->done++;
    return 0;
}

static int step(struct fixture *fixture, struct skn_conn *conn, uint32_t op, const char *sql)
{
    const struct skn_step one = {.sql = skn_str(sql), .op = op};
    const struct skn_events events = {
        .size = sizeof events, .ctx = fixture, .row = on_row, .done = on_done};
    fixture->rows_len = 0;
    fixture->rows[0] = '\0';
    fixture->affected = -99;
    fixture->done = 0;
    return driver->exec(conn, &one, 1, &events, &fixture->err);
}

static int sql(struct fixture *fixture, struct skn_conn *conn, const char *text)
{
    return step(fixture, conn, SKN_STEP_SQL, text);
}

static void sql_ok(struct fixture *fixture, struct skn_conn *conn, const char *text)
{
    int rc = sql(fixture, conn, text);
    if (rc != SKN_OK)
        print_error("%s: %s\n", text, fixture->err.message);
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(fixture->done, 1);
}

static void rows_are(struct fixture *fixture, struct skn_conn *conn, const char *query,
                     const char *expected)
{
    sql_ok(fixture, conn, query);
    assert_string_equal(fixture->rows, expected);
}

static uint32_t flags(struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    struct skn_error err = {.size = sizeof err};
    assert_int_equal(driver->status(conn, &status, &err), SKN_OK);
    return status.flags;
}

static struct skn_server server_of(struct skn_conn *conn)
{
    struct skn_server server = {.size = sizeof server};
    struct skn_error err = {.size = sizeof err};
    assert_int_equal(driver->describe(conn, &server, &err), SKN_OK);
    return server;
}

static void file_text(const struct fixture *fixture, const char *name, char *out, size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, out, size - 1) : 0;
    out[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

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

static void text_take(void *ctx, struct skn_str text)
{
    snprintf(ctx, 256, "%.*s", SKN_FMT(text));
}

static void a_fingerprint_changes_with_its_object_alone(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    char hashes[4][256];
    OPEN(fixture, &conn, "database", "f");
    sql_ok(fixture, conn, "CREATE TABLE users (id INT)");
    sql_ok(fixture, conn, "CREATE TABLE users_old (id INT)");
    const struct skn_str users = skn_str("\"users\"");
    assert_int_equal(driver->fingerprint(conn, users, text_take, hashes[0], &fixture->err), 0);
    sql_ok(fixture, conn, "CREATE INDEX i ON users_old (id)");
    sql_ok(fixture, conn, "INSERT INTO users VALUES (1)");
    assert_int_equal(driver->fingerprint(conn, users, text_take, hashes[1], &fixture->err), 0);
    sql_ok(fixture, conn, "CREATE INDEX j ON USERS (id)");
    assert_int_equal(driver->fingerprint(conn, users, text_take, hashes[2], &fixture->err), 0);
    assert_int_equal(driver->fingerprint(conn, skn_str(NULL), text_take, hashes[3], &fixture->err),
                     0);
    assert_string_equal(hashes[0], hashes[1]);
    assert_string_not_equal(hashes[1], hashes[2]);
    assert_string_not_equal(hashes[2], hashes[3]);
    driver->close(conn);
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

/* ---- failing on command ---- */

static void the_call_that_should_fail_fails_with_its_code(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    assert_int_equal(open_try(fixture, &conn, "fail", "open:1:auth", NULL), SKN_E_AUTH);
    OPEN(fixture, &conn, "fail", " exec:2:busy, status:*, exec:4:connect", "at", "a");
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_OK);
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_BUSY);
    assert_string_equal(fixture->err.sqlstate, "55P03");
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    assert_int_equal(driver->status(conn, &status, &fixture->err), SKN_E_DRIVER);
    assert_int_equal(driver->status(conn, &status, &fixture->err), SKN_E_DRIVER);
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_CONNECT);
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_CONNECT);
    driver->close(conn);
}

static void a_step_that_fails_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    const struct skn_step steps[] = {{.op = SKN_STEP_BEGIN},
                                     {.op = SKN_STEP_SQL, .sql = skn_str("SELECT 1")},
                                     {.op = SKN_STEP_SQL, .sql = skn_str("SELECT bad, 2")},
                                     {.op = SKN_STEP_COMMIT}};
    const struct skn_events events = {
        .size = sizeof events, .ctx = fixture, .row = on_row, .done = on_done};
    OPEN(fixture, &conn, "statement_error", "bad", "at", "a");
    fixture->done = 0;
    assert_int_equal(driver->exec(conn, steps, 4, &events, &fixture->err), SKN_E_SYNTAX);
    assert_int_equal(fixture->err.step, 2);
    assert_int_equal(fixture->err.position, 8);
    assert_int_equal(fixture->done, 2);
    assert_true(flags(conn) & SKN_STATUS_FAILED_TX);
    driver->close(conn);
}

/* The wait status of a child that opens with a knob and then makes the call. */
static int crash_status(struct fixture *fixture, const char *knob, int call)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct skn_conn *conn = NULL;
        int quiet = open("/dev/null", O_WRONLY);
        dup2(quiet, STDERR_FILENO);
        open_try(fixture, &conn, "at", "a", "crash", knob, NULL);
        if (call == 1)
            sql(fixture, conn, "SELECT 1");
        if (call == 2)
            driver->quote(SKN_QUOTE_IDENT, skn_str("a"), text_take, fixture->rows, &fixture->err);
        _exit(42);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

static void a_crash_is_a_real_one(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *knob;
        int call;
        int signal;
    } signals[] = {
        {"open:1:segv", 0, SIGSEGV}, {"exec:1:abort", 1, SIGABRT}, {"sql:1:bus", 1, SIGBUS},
        {"quote:1:fpe", 2, SIGFPE},  {"exec:*:kill", 1, SIGKILL},
    };
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        int status = crash_status(fixture, signals[i].knob, signals[i].call);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i].signal);
    }
    int status = crash_status(fixture, "open:1:exit0", 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = crash_status(fixture, "open:1:exit1", 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    /* A sanitizer turns the fault into an exit of its own. */
    status = crash_status(fixture, "open:1:overflow", 0);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void a_process_killed_around_a_commit_leaves_the_old_or_the_new(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {{"commit:1:kill", "a|;"}, {"committed:1:kill", "b|;"}};
    for (size_t i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct skn_conn *conn = NULL;
            open_try(fixture, &conn, "state", fixture->folder, "at", "a", "crash", cases[i][0],
                     NULL);
            step(fixture, conn, SKN_STEP_BEGIN, NULL);
            sql(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
            step(fixture, conn, SKN_STEP_COMMIT, NULL);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        struct skn_conn *conn;
        OPEN(fixture, &conn, "state", fixture->folder, "at", "a");
        rows_are(fixture, conn, "SELECT * FROM alembic_version", cases[i][1]);
        driver->close(conn);
    }
}

static void a_polling_hang_minds_cancelling_and_time(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "hang", "describe:*", "latency", "86400000");
    struct skn_server server = {.size = sizeof server};
    cancelled = 1;
    assert_int_equal(driver->describe(conn, &server, &fixture->err), SKN_E_CANCELLED);
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_CANCELLED);
    cancelled = 0;
    time_left = 0;
    assert_int_equal(driver->describe(conn, &server, &fixture->err), SKN_E_TIMEOUT);
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_E_TIMEOUT);
    driver->close(conn);
}

static int term_fd;

static void term_note(int number)
{
    (void)number;
    ssize_t ignored = write(term_fd, "T", 1);
    (void)ignored;
}

/* A child that hangs in describe(), having printed; *out is its output. */
static pid_t child_hanging(struct fixture *fixture, const char *knob, int *out)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct skn_conn *conn = NULL;
        struct skn_server server = {.size = sizeof server};
        struct sigaction action = {.sa_handler = term_note};
        term_fd = ends[1];
        sigaction(SIGTERM, &action, NULL);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        open_try(fixture, &conn, "print", "describe", "hang", knob, NULL);
        driver->describe(conn, &server, &fixture->err);
        _exit(42);
    }
    close(ends[1]);
    *out = ends[0];
    return child;
}

static int term_blocked(pid_t child)
{
    char path[64];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)child);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *mask = strstr(text, "SigBlk:");
    return mask && (strtoull(mask + 7, NULL, 16) & (UINT64_C(1) << (SIGTERM - 1)));
}

static void a_deaf_hang_survives_sigterm(void **state)
{
    struct fixture *fixture = *state;
    int out;
    int status;
    char byte = 0;
    pid_t child = child_hanging(fixture, "describe:1:deaf", &out);
    assert_int_equal(read(out, &byte, 1), 1);
    kill(child, SIGTERM);
    while (byte != 'T')
        assert_int_equal(read(out, &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(out);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    child = child_hanging(fixture, "describe:1:deafterm", &out);
    while (!term_blocked(child))
        assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    kill(child, SIGTERM);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(out);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void printing_goes_to_both_outputs(void **state)
{
    struct fixture *fixture = *state;
    int ends[2];
    char text[4096];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct skn_conn *conn = NULL;
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        open_try(fixture, &conn, "print", "open", NULL);
        _exit(0);
    }
    close(ends[1]);
    waitpid(child, NULL, 0);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(n > 0);
    text[n] = '\0';
    const char *first = strstr(text, "{\"event\":\"applied\"");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "{\"event\":\"applied\""));
}

static void lies_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a", "lie", "rows,tx,caps", "transactional", "false");
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    assert_int_equal(fixture->affected, 2);
    assert_true(flags(conn) & SKN_STATUS_IN_TX);
    assert_true(server_of(conn).caps & SKN_CAP_DDL_TX);
    driver->close(conn);

    OPEN(fixture, &conn, "at", "a", "lie", "commit");
    assert_int_equal(step(fixture, conn, SKN_STEP_BEGIN, NULL), SKN_OK);
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    assert_int_equal(step(fixture, conn, SKN_STEP_COMMIT, NULL), SKN_OK);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    driver->close(conn);

    OPEN(fixture, &conn, "at", "a", "lie", "done");
    sql_ok(fixture, conn, "UPDATE alembic_version SET version_num = 'b'");
    assert_int_equal(fixture->affected, 1);
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    driver->close(conn);
}

static void garbage_stays_inside_what_it_was_given(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "garbage",
         "exec:1, describe:*:value, sql:*:value, exists:*:value, settle:*:value, token:*:value, "
         "fingerprint:*:value, status:*:value",
         "at", "a", "state", fixture->folder);
    assert_true(sql(fixture, conn, "SELECT 1") > SKN_E_DRIVER);
    assert_null(memchr(fixture->err.message, '\0', sizeof fixture->err.message));
    struct skn_server server = server_of(conn);
    assert_int_equal(server.size, sizeof server);
    assert_null(memchr(server.product, '\0', sizeof server.product));
    assert_int_equal(sql(fixture, conn, "SELECT 1"), SKN_OK);
    assert_int_equal(fixture->affected, -7);
    uint64_t found = 0;
    const struct skn_str name = skn_str("t");
    assert_int_equal(driver->exists(conn, skn_str(""), &name, 1, &found, &fixture->err), SKN_OK);
    assert_true(found == UINT64_MAX);
    uint32_t outcome = 0;
    assert_int_equal(driver->settle(conn, skn_str("x"), &outcome, &fixture->err), SKN_OK);
    assert_true(outcome == UINT32_MAX);
    assert_true(flags(conn) == UINT32_MAX);
    driver->close(conn);
}

static void a_knob_may_strike_once_for_a_database(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    assert_int_equal(open_try(fixture, &conn, "fail", "open:1:connect", "once", "true", "state",
                              fixture->folder, NULL),
                     SKN_E_CONNECT);
    OPEN(fixture, &conn, "fail", "open:1:connect", "once", "true", "state", fixture->folder);
    driver->close(conn);
    assert_int_equal(open_try(fixture, &conn, "fail", "open:1:connect", "once", "true", "state",
                              fixture->folder, "database", "other", NULL),
                     SKN_E_CONNECT);
}

static void a_listener_can_stop_the_work(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    OPEN(fixture, &conn, "at", "a");
    cancelled = 1;
    assert_int_equal(sql(fixture, conn, "DELETE FROM alembic_version"), SKN_E_CANCELLED);
    cancelled = 0;
    rows_are(fixture, conn, "SELECT * FROM alembic_version", "a|;");
    assert_int_equal(step(fixture, conn, SKN_STEP_PREPARE, "x"), SKN_E_UNSUPPORTED);
    driver->close(conn);
}

/* Pieces of SQL in any order, cut anywhere: nothing may be read or written outside. */
static void no_text_breaks_the_parser(void **state)
{
    struct fixture *fixture = *state;
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

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
        CASE(what_is_not_understood_whole_is_not_done_by_half),
        CASE(exists_knows_tables_by_schema),
        CASE(a_rollback_takes_everything_back),
        CASE(a_commit_outlives_the_connection),
        CASE(a_failed_statement_fails_its_transaction),
        CASE(a_statement_changes_all_or_nothing),
        CASE(ddl_commits_where_it_is_not_transactional),
        CASE(one_session_writes_at_a_time),
        CASE(a_malformed_database_is_refused),
        CASE(a_lock_excludes_others_and_dies_with_its_process),
        CASE(a_lost_commit_is_settled_by_its_token),
        CASE(a_lost_statement_is_uncertain_only_outside_a_transaction),
        CASE(a_session_goes_on_in_another_database_of_its_server),
        CASE(a_fingerprint_changes_with_its_object_alone),
        CASE(quotes_are_doubled_and_what_cannot_be_quoted_is_refused),
        CASE(scanning_is_left_to_the_host),
        CASE(wrong_options_are_refused),
        CASE(the_call_that_should_fail_fails_with_its_code),
        CASE(a_step_that_fails_is_named),
        CASE(a_crash_is_a_real_one),
        CASE(a_process_killed_around_a_commit_leaves_the_old_or_the_new),
        CASE(a_polling_hang_minds_cancelling_and_time),
        CASE(a_deaf_hang_survives_sigterm),
        CASE(printing_goes_to_both_outputs),
        CASE(lies_are_told),
        CASE(garbage_stays_inside_what_it_was_given),
        CASE(a_knob_may_strike_once_for_a_database),
        CASE(a_listener_can_stop_the_work),
        CASE(no_text_breaks_the_parser),
    };
    return cmocka_run_group_tests_name("null driver", tests, driver_load, NULL);
}
