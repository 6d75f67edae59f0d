/*
 * Single statements through the SQLite driver: what they report, how they fail, how names are
 * quoted and texts are scanned.
 */
#include "sqlite_fixture.h"

#include "random_text.h"

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

static void r9_any_text_comes_back_byte_by_byte(void **state)
{
    struct fixture *f = *state;
    struct heard heard;
    char name[512], value[512], sql[2048], text[HOSTILE_SIZE], hex[2 * HOSTILE_SIZE];
    uint32_t seed = 1;
    open_ok(f);
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        hostile_text(&seed, text);
        name[0] = value[0] = '\0';
        assert_int_equal(f->driver->quote(SKN_QUOTE_IDENT, skn_str(text), keep_text, name, &f->err),
                         SKN_OK);
        assert_int_equal(
            f->driver->quote(SKN_QUOTE_LITERAL, skn_str(text), keep_text, value, &f->err), SKN_OK);
        snprintf(sql, sizeof sql, "CREATE TABLE q%d (%s)", i, name);
        sql_ok(f, sql);
        snprintf(sql, sizeof sql, "SELECT hex(%s), hex(name) FROM pragma_table_info('q%d')", value,
                 i);
        assert_int_equal(sql_heard(f, sql, &heard), SKN_OK);
        hex_of(text, hex);
        snprintf(sql, sizeof sql, "0:%s|%s 0=-1 ", hex, hex);
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
        {"VACUUM", SKN_STATEMENT_OTHER, SKN_STATEMENT_NO_TX | SKN_STATEMENT_REPEATABLE},
        {"PRAGMA foreign_keys=off", SKN_STATEMENT_IGNORED, SKN_STATEMENT_REPEATABLE},
        {"pragma /* x */ main . \"Foreign_Keys\" (1)", SKN_STATEMENT_IGNORED,
         SKN_STATEMENT_REPEATABLE},
        {"PRAGMA foreign_keys", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA defer_foreign_keys = ON", SKN_STATEMENT_SESSION, SKN_STATEMENT_REPEATABLE},
        {"PRAGMA legacy_alter_table=ON", SKN_STATEMENT_SESSION, SKN_STATEMENT_REPEATABLE},
        {"PRAGMA writable_schema=ON", SKN_STATEMENT_SESSION, SKN_STATEMENT_REPEATABLE},
        {"PRAGMA synchronous=OFF", SKN_STATEMENT_SESSION,
         SKN_STATEMENT_NO_TX | SKN_STATEMENT_REPEATABLE},
        {"PRAGMA journal_mode=WAL", SKN_STATEMENT_OTHER,
         SKN_STATEMENT_NO_TX | SKN_STATEMENT_REPEATABLE},
        {"PRAGMA journal_mode", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA page_size = 8192", SKN_STATEMENT_OTHER,
         SKN_STATEMENT_NO_TX | SKN_STATEMENT_REPEATABLE},
        {"PRAGMA auto_vacuum = 1", SKN_STATEMENT_OTHER,
         SKN_STATEMENT_NO_TX | SKN_STATEMENT_REPEATABLE},
        {"PRAGMA user_version = 3", SKN_STATEMENT_OTHER, SKN_STATEMENT_REPEATABLE},
        {"PRAGMA foreign_key_check(t)", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA foreign_key_list('t')", SKN_STATEMENT_QUERY, 0},
        {"PRAGMA optimize", SKN_STATEMENT_OTHER, SKN_STATEMENT_REPEATABLE},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_stops_at_its_first_failure_and_names_the_step),
        TEST(a_step_is_one_statement),
        TEST(rows_arrive_as_text),
        TEST(a_nul_byte_in_a_value_arrives),
        TEST(affected_rows_are_those_of_the_statement),
        TEST(errors_have_their_class_and_place),
        TEST(vacuum_works_outside_a_transaction_only),
        TEST(tables_are_found_by_any_case_and_only_tables),
        TEST(hostile_names_and_values_survive_quoting),
        TEST(r9_any_text_comes_back_byte_by_byte),
        TEST(what_cannot_be_quoted_is_refused),
        TEST(statements_are_classed),
        TEST(what_a_revision_cannot_do_is_refused_where_it_stands),
        TEST(a_cursor_behind_the_text_is_refused),
    };
    return cmocka_run_group_tests_name("sqlite statement", tests, NULL, NULL);
}
