/*
 * The MySQL driver's session: what is fixed, what RESET takes back, the lock that lives in it, and
 * moving it to another database; and the pure parts, quoting and scanning.
 */
#include "mysql_fixture.h"

#include "random_text.h"

/* ---- what open() fixes ---- */

static void the_session_is_fixed_whatever_the_server_defaults_to(void **state)
{
    struct fixture *f = fixture_of(state);
    sql_ok_on(f, f->watch, "SET GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'");
    int rc = open_with(f, &f->conn, "lock_wait_timeout", "7", NULL);
    sql_ok_on(f, f->watch, "SET GLOBAL sql_mode = DEFAULT");
    assert_int_equal(rc, SKN_OK);
    assert_string_equal(
        rows_of(f, f->conn,
                "SELECT @@sql_mode LIKE '%ANSI%', @@sql_mode LIKE '%BACKSLASH%', "
                "@@sql_mode LIKE '%STRICT_ALL_TABLES%', @@sql_mode LIKE '%PIPES_AS_CONCAT%', "
                "@@autocommit, @@foreign_key_checks, @@unique_checks, @@wait_timeout, "
                "@@lock_wait_timeout, @@innodb_lock_wait_timeout, @@character_set_client, "
                "@@character_set_results, @@character_set_connection"),
        "0|0|1|1|1|1|1|28800|7|7|utf8mb4|utf8mb4|utf8mb4");
    assert_string_equal(rows_of(f, f->conn, "SELECT \"a\\\"b\""), "a\"b");
}

static void text_compares_by_the_databases_collation(void **state)
{
    struct fixture *f = fixture_of(state);
    char sql[128];
    snprintf(sql, sizeof sql, "ALTER DATABASE `%s` COLLATE utf8mb4_unicode_ci", f->database);
    sql_ok_on(f, f->watch, sql);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a VARCHAR(10))");
    sql_ok(f, "INSERT INTO t VALUES ('ł')");
    sql_ok(f, "SET @x = 'ł'");
    assert_string_equal(rows_of(f, f->conn, "SELECT COUNT(*) FROM t WHERE a = @x"), "1");
}

static void a_database_of_another_character_set_loses_no_characters(void **state)
{
    struct fixture *f = fixture_of(state);
    char sql[128];
    snprintf(sql, sizeof sql, "ALTER DATABASE `%s` CHARACTER SET latin1", f->database);
    sql_ok_on(f, f->watch, sql);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a VARCHAR(10) CHARACTER SET utf8mb4)");
    sql_ok(f, "INSERT INTO t VALUES ('żółć')");
    assert_string_equal(rows_of(f, f->conn, "SELECT a FROM t"), "żółć");
}

static void a_statement_timeout_strikes_in_the_server(void **state)
{
    struct fixture *f = fixture_of(state);
    assert_int_equal(open_with(f, &f->conn, "statement_timeout", "1", NULL), SKN_OK);
    assert_int_equal(run_sql(f, "SELECT SLEEP(60) FROM (SELECT 1 UNION SELECT 2) AS t"),
                     SKN_E_TIMEOUT);
    assert_int_equal(flags_of(f, f->conn), SKN_STATUS_OPEN);
}

/* ---- RESET ---- */

static void reset_takes_back_what_was_set(void **state)
{
    struct fixture *f = fixture_of(state);
    const char *question = "SELECT @@sql_mode, @@foreign_key_checks, @@unique_checks, @@time_zone, "
                           "@@character_set_client, @@collation_connection, @@autocommit, "
                           "@@sort_buffer_size, @@group_concat_max_len, @@sql_select_limit, "
                           "@@timestamp < 2000000000 AND @@timestamp > 1600000000";
    char before[1024];
    open_ok(f);
    snprintf(before, sizeof before, "%s", rows_of(f, f->conn, question));
    sql_ok(f, "SET sql_mode = 'ANSI_QUOTES'");
    sql_ok(f, "SET foreign_key_checks = 0, unique_checks = 0, time_zone = '+05:00'");
    sql_ok(f, "/*!40101 SET NAMES latin1 */");
    sql_ok(f, "SET timestamp = 5, insert_id = 77, sql_select_limit = 3");
    sql_ok(f, "SET @@session.sort_buffer_size = 100000");
    sql_ok(f, "CREATE PROCEDURE p() SET group_concat_max_len = 99");
    sql_ok(f, "CALL p()");
    sql_ok(f, "SET autocommit = 0");
    assert_string_not_equal(rows_of(f, f->conn, question), before);
    op_ok(f, SKN_STEP_RESET);
    assert_string_equal(rows_of(f, f->conn, question), before);
}

static void reset_comes_back_from_another_database(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "USE mysql");
    op_ok(f, SKN_STEP_RESET);
    assert_string_equal(rows_of(f, f->conn, "SELECT DATABASE()"), f->database);
}

static void reset_keeps_the_lock(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(f->driver->lock(f->conn, skn_str("v"), &f->err), SKN_OK);
    uint64_t session = session_of(f, f->conn);
    sql_ok(f, "SET foreign_key_checks = 0");
    sql_ok(f, "USE mysql");
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(session_of(f, f->conn), session);
    assert_int_equal(f->driver->unlock(f->conn, skn_str("v"), &f->err), SKN_OK);
}

static unsigned long statements_of(struct fixture *f)
{
    char text[64];
    snprintf(text, sizeof text, "%s",
             rows_of(f, f->conn, "SHOW SESSION STATUS LIKE 'Questions'") + strlen("Questions|"));
    return strtoul(text, NULL, 10);
}

static void reset_costs_nothing_where_nothing_was_set(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a INT)");
    sql_ok(f, "INSERT INTO t VALUES (1)");
    unsigned long before = statements_of(f);
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(statements_of(f), before + 1);
}

static void more_changes_than_reset_can_take_back_are_an_error(void **state)
{
    struct fixture *f = fixture_of(state);
    struct seen names;
    open_ok(f);
    sql_ok(f,
           "SELECT variable_name, variable_value FROM information_schema.session_variables WHERE "
           "variable_name LIKE '%\\_size' OR variable_name LIKE 'optimizer%' OR variable_name "
           "LIKE 'sql\\_%' OR variable_name LIKE 'max\\_%' OR variable_name LIKE 'join%'");
    names = f->seen;
    char *rest = names.rows;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line;) {
        char sql[600];
        char *value = strchr(line, '|');
        *value = '\0';
        snprintf(sql, sizeof sql, "SET SESSION %s = @@%s", line, line);
        run_sql(f, sql);
    }
    assert_int_equal(run_op(f, SKN_STEP_RESET), SKN_E_UNSUPPORTED);
}

/* ---- quoting ---- */

static void quoted_add(void *ctx, struct skn_str text)
{
    char *out = ctx;
    size_t len = strlen(out);
    snprintf(out + len, 512 - len, "%.*s", SKN_FMT(text));
}

static void r9_any_text_comes_back_from_the_server_byte_by_byte(void **state)
{
    struct fixture *f = fixture_of(state);
    char name[512], value[512], sql[2048], text[HOSTILE_SIZE], hex[2 * HOSTILE_SIZE];
    uint32_t seed = 1;
    open_ok(f);
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        hostile_text(&seed, text);
        /* Names hold no character beyond the first plane. */
        for (char *far = text; (far = strstr(far, "\xf0\x9f\xa6\x86"));)
            memcpy(far, "goos", 4);
        name[0] = value[0] = '\0';
        assert_int_equal(
            f->driver->quote(SKN_QUOTE_IDENT, skn_str(text), quoted_add, name, &f->err), SKN_OK);
        assert_int_equal(
            f->driver->quote(SKN_QUOTE_LITERAL, skn_str(text), quoted_add, value, &f->err), SKN_OK);
        snprintf(sql, sizeof sql, "CREATE OR REPLACE TABLE q (%s INTEGER)", name);
        sql_ok(f, sql);
        snprintf(sql, sizeof sql,
                 "SELECT HEX(%s), HEX(CONVERT(column_name USING utf8mb4)) FROM "
                 "information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'q'",
                 value);
        const char *rows = rows_of(f, f->conn, sql);
        hex_of(text, hex);
        assert_memory_equal(rows, hex, strlen(hex));
        assert_string_equal(rows + strlen(hex) + 1, hex);
    }
    sql_ok(f, "DROP TABLE q");
}

/* ---- lock ---- */

static void the_lock_keeps_a_second_session_out_and_names_the_first(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *other;
    char number[32];
    open_ok(f);
    assert_int_equal(open_with(f, &other, NULL), SKN_OK);
    assert_int_equal(f->driver->lock(f->conn, skn_str("alembic_version"), &f->err), SKN_OK);
    assert_int_equal(f->driver->lock(other, skn_str("other_table"), &f->err), SKN_OK);
    assert_int_equal(f->driver->lock(other, skn_str("alembic_version"), &f->err), SKN_E_BUSY);
    snprintf(number, sizeof number, "session %llu of", (unsigned long long)session_of(f, f->conn));
    assert_says(f, number);
    assert_says(f, "localhost");
    assert_int_equal(f->driver->unlock(f->conn, skn_str("alembic_version"), &f->err), SKN_OK);
    assert_int_equal(f->driver->lock(other, skn_str("alembic_version"), &f->err), SKN_OK);
    f->driver->close(other);
}

static void the_same_table_of_another_database_is_another_lock(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(f->driver->lock(f->conn, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->lock(f->watch, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->unlock(f->watch, skn_str("v"), &f->err), SKN_OK);
}

static void the_lock_falls_with_its_session(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_conn *other;
    char sql[64];
    open_ok(f);
    assert_int_equal(open_with(f, &other, NULL), SKN_OK);
    assert_int_equal(f->driver->lock(other, skn_str("v"), &f->err), SKN_OK);
    snprintf(sql, sizeof sql, "KILL %llu", (unsigned long long)session_of(f, other));
    sql_ok_on(f, f->watch, sql);
    /* The killed session ends in its own time. */
    int rc;
    do
        rc = f->driver->lock(f->conn, skn_str("v"), &f->err);
    while (rc == SKN_E_BUSY);
    assert_int_equal(rc, SKN_OK);
    assert_int_equal(f->driver->unlock(other, skn_str("v"), &f->err), SKN_E_CONNECT);
    f->driver->close(other);
}

static void a_lock_that_is_gone_is_told_at_unlock(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(f->driver->unlock(f->conn, skn_str("v"), &f->err), SKN_E_DRIVER);
    assert_int_equal(f->driver->lock(f->conn, skn_str("v"), &f->err), SKN_OK);
    sql_ok(f, "DO RELEASE_ALL_LOCKS()");
    assert_int_equal(f->driver->unlock(f->conn, skn_str("v"), &f->err), SKN_E_DRIVER);
    assert_says(f, "no longer held");
}

static void a_lock_taken_twice_is_given_back_once(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(f->driver->lock(f->conn, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->lock(f->conn, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->unlock(f->conn, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->unlock(f->conn, skn_str("v"), &f->err), SKN_E_DRIVER);
}

/* ---- retarget ---- */

static void retarget_moves_the_session_to_another_database(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_server server = {.size = sizeof server};
    open_ok(f);
    uint64_t session = session_of(f, f->conn);
    sql_ok(f, "SET foreign_key_checks = 0");
    assert_int_equal(retarget_with(f, "database", "mysql", NULL), SKN_OK);
    assert_int_equal(session_of(f, f->conn), session);
    assert_string_equal(rows_of(f, f->conn, "SELECT DATABASE(), @@foreign_key_checks"), "mysql|1");
    sql_ok(f, "USE information_schema");
    op_ok(f, SKN_STEP_RESET);
    assert_string_equal(rows_of(f, f->conn, "SELECT DATABASE()"), "mysql");
    assert_int_equal(f->driver->describe(f->conn, &server, &f->err), SKN_OK);
    assert_non_null(strstr(server.identity, "/mysql"));
}

static void retarget_refuses_another_server_or_account(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(retarget_with(f, "database", "mysql", "user", "x", NULL), SKN_E_UNSUPPORTED);
    assert_int_equal(retarget_with(f, "database", "mysql", "password", "x", NULL),
                     SKN_E_UNSUPPORTED);
    assert_int_equal(retarget_with(f, "database", "mysql", "host", "localhost", NULL),
                     SKN_E_UNSUPPORTED);
    assert_int_equal(retarget_with(f, "database", "mysql", "lock_wait_timeout", "9", NULL),
                     SKN_E_UNSUPPORTED);
    assert_string_equal(rows_of(f, f->conn, "SELECT DATABASE()"), f->database);
}

static void retarget_to_nowhere_changes_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    assert_int_equal(retarget_with(f, "database", "skein_nowhere", NULL), SKN_E_MISSING);
    op_ok(f, SKN_STEP_RESET);
    assert_string_equal(rows_of(f, f->conn, "SELECT DATABASE()"), f->database);
}

/* ---- quote ---- */

struct quoted {
    char text[1024];
    size_t len;
};

static void quoted_take(void *ctx, struct skn_str text)
{
    struct quoted *out = ctx;
    assert_true(out->len + text.len < sizeof out->text);
    memcpy(out->text + out->len, text.ptr, text.len);
    out->len += text.len;
    out->text[out->len] = '\0';
}

static const char *quote(struct fixture *f, uint32_t kind, struct skn_str text, struct quoted *out)
{
    *out = (struct quoted){.len = 0};
    assert_int_equal(f->driver->quote(kind, text, quoted_take, out, &f->err), SKN_OK);
    return out->text;
}

static void literals_come_back_as_they_went(void **state)
{
    static const struct skn_str texts[] = {
        {"", 0},
        {"'", 1},
        {"\\", 1},
        {"\\'", 2},
        {"a\0b", 3},
        {"it''s", 5},
        {"\"`%_\n\r\t", 7},
        {"\\0\\n\\Z\x1a", 7},
        {"żółć 𝄞", 13},
        {"' OR 1=1 -- ", 12},
    };
    struct fixture *f = fixture_of(state);
    struct quoted out;
    char sql[1200];
    open_ok(f);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        snprintf(sql, sizeof sql, "SELECT %s", quote(f, SKN_QUOTE_LITERAL, texts[i], &out));
        sql_ok(f, sql);
        assert_int_equal(f->seen.len, texts[i].len + 1);
        assert_memory_equal(f->seen.rows, texts[i].ptr, texts[i].len);
    }
}

static void names_come_back_as_they_went(void **state)
{
    static const char *const names[] = {"t", "select", "a`b", "``", "a b", "ż.ó'\"\\", " x"};
    struct fixture *f = fixture_of(state);
    struct quoted out;
    char sql[1200];
    open_ok(f);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(sql, sizeof sql, "CREATE TABLE %s (a INT)",
                 quote(f, SKN_QUOTE_IDENT, skn_str(names[i]), &out));
        sql_ok(f, sql);
        snprintf(sql, sizeof sql, "DROP TABLE %s", out.text);
        assert_string_equal(rows_of(f, f->conn, "SHOW TABLES"), names[i]);
        sql_ok(f, sql);
    }
}

static void what_the_server_cannot_name_is_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct quoted out;
    char name[256] = "";
    for (int i = 0; i < 64; i++)
        memcpy(name + 2 * i, "ż", 2);
    const struct skn_str bad[] = {
        {"", 0},         {"a\0b", 3},     {"a ", 2},    {"\xff", 1},
        {"\xed\x9f", 2}, {"\xc0\xaf", 2}, {"a 𝄞 b", 8}, {name, 130},
    };
    memcpy(name + 128, "ż", 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(f->driver->quote(SKN_QUOTE_IDENT, bad[i], quoted_take, &out, &f->err),
                         SKN_E_USAGE);
    quote(f, SKN_QUOTE_IDENT, skn_str_len(name, 128), &out);
    assert_int_equal(out.len, 130);
    assert_int_equal(f->driver->quote(7, skn_str("a"), quoted_take, &out, &f->err), SKN_E_USAGE);
}

/* ---- scan ---- */

static int scan_one(struct fixture *f, const char *text, struct skn_scan *cursor)
{
    *cursor = (struct skn_scan){.size = sizeof *cursor};
    f->err.position = 0;
    return f->driver->scan(&f->host, skn_str(text), cursor, &f->err);
}

static void statements_have_the_kind_that_the_server_makes_of_them(void **state)
{
    static const struct {
        const char *text;
        uint32_t kind;
    } cases[] = {
        {"CREATE TABLE t (a INT)", SKN_STATEMENT_DDL},
        {"DROP TEMPORARY TABLE t", SKN_STATEMENT_DDL},
        {"RENAME TABLE a TO b", SKN_STATEMENT_DDL},
        {"/*!40000 ALTER TABLE t DISABLE KEYS */", SKN_STATEMENT_DDL},
        {"TRUNCATE t", SKN_STATEMENT_DDL},
        {"INSERT INTO t VALUES (1)", SKN_STATEMENT_DML},
        {"REPLACE INTO t VALUES (1)", SKN_STATEMENT_DML},
        {"WITH x AS (SELECT 1) DELETE FROM t", SKN_STATEMENT_DML},
        {"WITH x AS (SELECT 1) SELECT * FROM x", SKN_STATEMENT_QUERY},
        {"SELECT 'a\\'; b'", SKN_STATEMENT_QUERY},
        {"SHOW TABLES", SKN_STATEMENT_QUERY},
        {"SET NAMES utf8mb4", SKN_STATEMENT_SESSION},
        {"/*!40101 SET @old = @@sql_mode */", SKN_STATEMENT_SESSION},
        {"SET GLOBAL read_only = 1", SKN_STATEMENT_OTHER},
        {"SET PASSWORD = 'x'", SKN_STATEMENT_OTHER},
        {"CALL p()", SKN_STATEMENT_OTHER},
        {"DO SLEEP(1)", SKN_STATEMENT_OTHER},
        {"LOAD DATA INFILE 'x' INTO TABLE t", SKN_STATEMENT_OTHER},
        {"LOCK TABLES t WRITE", SKN_STATEMENT_OTHER},
        {"UNLOCK TABLES", SKN_STATEMENT_OTHER},
        {"OPTIMIZE TABLE t", SKN_STATEMENT_OTHER},
        {"ANALYZE TABLE t", SKN_STATEMENT_OTHER},
        {"RESET QUERY CACHE", SKN_STATEMENT_OTHER},
        {"START TRANSACTION", SKN_STATEMENT_BEGIN},
        {"BEGIN WORK", SKN_STATEMENT_BEGIN},
        {"COMMIT AND CHAIN", SKN_STATEMENT_COMMIT},
        {"ROLLBACK TO SAVEPOINT s", SKN_STATEMENT_ROLLBACK},
        {"SAVEPOINT s", SKN_STATEMENT_SAVEPOINT},
        {"CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", SKN_STATEMENT_DDL},
        {"-- nothing\n# at all\n/* here */", SKN_STATEMENT_END},
    };
    struct fixture *f = fixture_of(state);
    struct skn_scan cursor;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc = scan_one(f, cases[i].text, &cursor);
        if (rc != SKN_OK || cursor.kind != cases[i].kind)
            fail_msg("%s: code %d, kind %u", cases[i].text, rc, cursor.kind);
        if (cursor.kind != SKN_STATEMENT_END)
            assert_int_equal(cursor.end, strlen(cases[i].text));
    }
}

static void what_a_revision_must_not_hold_is_refused_where_it_stands(void **state)
{
    static const char *const texts[] = {
        "  USE other",
        "  source more.sql",
        "  \\. more.sql",
        "  LOAD DATA LOCAL INFILE 'x' INTO TABLE t",
        "  LOAD DATA LOW_PRIORITY LOCAL INFILE 'x' INTO TABLE t",
        "  XA START 'x'",
        "  BEGIN NOT ATOMIC SELECT 1; END",
        "  SET ROLE admin",
    };
    struct fixture *f = fixture_of(state);
    struct skn_scan cursor;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int rc = scan_one(f, texts[i], &cursor);
        if (rc != SKN_E_UNSUPPORTED || f->err.position != 3)
            fail_msg("%s: code %d, position %u", texts[i], rc, f->err.position);
        assert_true(strlen(f->err.message) > 10);
    }
}

static void names_that_look_like_refused_words_are_fine(void **state)
{
    struct fixture *f = fixture_of(state);
    struct skn_scan cursor;
    assert_int_equal(scan_one(f, "SELECT 1 AS `use`", &cursor), SKN_OK);
    assert_int_equal(scan_one(f, "LOAD DATA INFILE 'LOCAL' INTO TABLE t", &cursor), SKN_OK);
    assert_int_equal(scan_one(f, "SET role_name = 1", &cursor), SKN_OK);
}

static void a_delimiter_carries_over_statements(void **state)
{
    struct fixture *f = fixture_of(state);
    const char *text = "DELIMITER $$\nCREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET "
                       "NEW.a = 1; END$$\nDELIMITER ;\nSELECT 1;";
    struct skn_scan cursor;
    assert_int_equal(scan_one(f, text, &cursor), SKN_OK);
    assert_int_equal(cursor.kind, SKN_STATEMENT_DDL);
    assert_int_equal(f->driver->scan(&f->host, skn_str(text), &cursor, &f->err), SKN_OK);
    assert_int_equal(cursor.kind, SKN_STATEMENT_QUERY);
    assert_int_equal(f->driver->scan(&f->host, skn_str(text), &cursor, &f->err), SKN_OK);
    assert_int_equal(cursor.kind, SKN_STATEMENT_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_session_is_fixed_whatever_the_server_defaults_to),
        TEST(text_compares_by_the_databases_collation),
        TEST(a_database_of_another_character_set_loses_no_characters),
        TEST(a_statement_timeout_strikes_in_the_server),
        TEST(reset_takes_back_what_was_set),
        TEST(reset_comes_back_from_another_database),
        TEST(reset_keeps_the_lock),
        TEST(reset_costs_nothing_where_nothing_was_set),
        TEST(more_changes_than_reset_can_take_back_are_an_error),
        TEST(the_lock_keeps_a_second_session_out_and_names_the_first),
        TEST(r9_any_text_comes_back_from_the_server_byte_by_byte),
        TEST(the_same_table_of_another_database_is_another_lock),
        TEST(the_lock_falls_with_its_session),
        TEST(a_lock_that_is_gone_is_told_at_unlock),
        TEST(a_lock_taken_twice_is_given_back_once),
        TEST(retarget_moves_the_session_to_another_database),
        TEST(retarget_refuses_another_server_or_account),
        TEST(retarget_to_nowhere_changes_nothing),
        TEST(literals_come_back_as_they_went),
        TEST(names_come_back_as_they_went),
        TEST(what_the_server_cannot_name_is_refused),
        TEST(statements_have_the_kind_that_the_server_makes_of_them),
        TEST(what_a_revision_must_not_hold_is_refused_where_it_stands),
        TEST(names_that_look_like_refused_words_are_fine),
        TEST(a_delimiter_carries_over_statements),
    };
    return cmocka_run_group_tests_name("mysql_session", tests, NULL, NULL);
}
