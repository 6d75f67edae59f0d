/*
 * What the MySQL driver says of statements: the definitions of what they name, whether what they
 * change rolls back, and what became of them.
 */
#include "mysql_fixture.h"

static void text_join(void *ctx, struct skn_str text)
{
    size_t len = strlen(ctx);
    snprintf((char *)ctx + len, 4096 - len, "%.*s", SKN_FMT(text));
}

static const char *fingerprint(struct fixture *f, const char *statement)
{
    static char texts[2][4096];
    static int turn;
    char *text = texts[turn = !turn];
    text[0] = '\0';
    if (f->driver->fingerprint(f->conn, skn_str(statement), text_join, text, &f->err) != SKN_OK)
        fail_msg("%s: %s", statement, f->err.message);
    return text;
}

static void what_is_not_there_has_a_text_too(void **state)
{
    static const char *const statements[] = {
        "CREATE TABLE t (n INT)",
        "create /* x */ view `t` AS SELECT 1",
        "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1",
        "CREATE DEFINER=CURRENT_USER() PROCEDURE p() SELECT 1",
        "CREATE FUNCTION p() RETURNS INT RETURN 1",
        "DROP EVENT e",
        "CREATE INDEX i ON t (n)",
        "CREATE DATABASE skein_nowhere",
        "ALTER TABLE skein_nowhere.t ADD COLUMN n INT"};
    struct fixture *f = fixture_of(state);
    open_ok(f);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        assert_string_equal(fingerprint(f, statements[i]), "absent\n");
    assert_string_equal(fingerprint(f, "RENAME TABLE t TO u, v TO w"),
                        "absent\nabsent\nabsent\nabsent\n");
}

static void rows_and_counters_are_no_part_of_a_definition(void **state)
{
    static const char statement[] = "ALTER TABLE t ADD COLUMN m INT";
    struct fixture *f = fixture_of(state);
    char before[4096];
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, n INT COMMENT "
              "'\n) ENGINE=x AUTO_INCREMENT=5 y')");
    snprintf(before, sizeof before, "%s", fingerprint(f, statement));
    assert_non_null(strstr(before, "AUTO_INCREMENT=5 y"));
    sql_ok(f, "INSERT INTO t (n) VALUES (1), (2)");
    assert_string_equal(rows_of(f, f->conn,
                                "SELECT auto_increment FROM information_schema.tables "
                                "WHERE table_schema = DATABASE() AND table_name = 't'"),
                        "3");
    assert_string_equal(fingerprint(f, statement), before);
    sql_ok(f, statement);
    assert_string_not_equal(fingerprint(f, statement), before);
}

static void each_change_of_a_definition_shows(void **state)
{
    static const char *const changes[] = {
        "CREATE INDEX i ON t (n)",
        "ALTER TABLE t MODIFY n BIGINT",
        "ALTER TABLE t ADD CHECK (n > 0)",
        "ALTER TABLE t COMMENT = 'x'",
        "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES u (n)",
        "ALTER TABLE t RENAME TO t2",
        "RENAME TABLE t2 TO t",
        "DROP TABLE t",
        "CREATE OR REPLACE VIEW v AS SELECT 1 AS a",
        "ALTER VIEW v AS SELECT 2 AS a",
        "CREATE SEQUENCE s",
        "DROP SEQUENCE s",
        "CREATE TRIGGER r BEFORE INSERT ON u FOR EACH ROW SET NEW.n = 1",
        "DROP TRIGGER r",
        "CREATE PROCEDURE p() SELECT 1",
        "ALTER PROCEDURE p COMMENT 'x'",
        "DROP PROCEDURE p",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        "ALTER EVENT e DISABLE",
        "ALTER DATABASE CHARACTER SET latin1",
        "ALTER TABLE w DROP PARTITION p1",
    };
    struct fixture *f = fixture_of(state);
    char before[4096];
    open_ok(f);
    sql_ok(f, "CREATE TABLE u (n BIGINT PRIMARY KEY)");
    sql_ok(f, "CREATE TABLE t (n INT)");
    sql_ok(f, "CREATE TABLE w (n INT) PARTITION BY RANGE (n) (PARTITION p0 VALUES LESS THAN (5), "
              "PARTITION p1 VALUES LESS THAN (9))");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        snprintf(before, sizeof before, "%s", fingerprint(f, changes[i]));
        sql_ok(f, changes[i]);
        if (strcmp(fingerprint(f, changes[i]), before) == 0)
            fail_msg("%s does not show", changes[i]);
    }
}

static void what_no_definition_shows_is_unsupported(void **state)
{
    static const char *const statements[] = {
        "GRANT SELECT ON t TO u",
        "CREATE USER u",
        "CALL p()",
        "LOAD DATA INFILE 'x' INTO TABLE t",
        "CREATE TABLE u SELECT * FROM t",
        "CREATE TABLE u AS (SELECT 1)",
        "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u",
        "ALTER TABLE t IMPORT TABLESPACE",
        "CREATE EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP DO SELECT 1",
        "RENAME TABLE a TO x, b TO a, x TO b",
        "DO SLEEP(1)",
    };
    struct fixture *f = fixture_of(state);
    open_ok(f);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        char text[4096] = "";
        if (f->driver->fingerprint(f->conn, skn_str(statements[i]), text_join, text, &f->err) !=
            SKN_E_UNSUPPORTED)
            fail_msg("%s: %s", statements[i], text);
    }
}

static uint32_t outcome_of(struct fixture *f, const char *statement)
{
    uint32_t outcome = 99;
    assert_int_equal(f->driver->prove(f->conn, skn_str(statement), &outcome, &f->err), SKN_OK);
    return outcome;
}

static void l9_half_of_a_drop_is_told_from_all_and_nothing(void **state)
{
    struct fixture *f = fixture_of(state);
    open_ok(f);
    sql_ok(f, "CREATE TABLE a (n INT)");
    sql_ok(f, "CREATE TABLE b (n INT)");
    assert_int_equal(outcome_of(f, "DROP TABLE a, b"), SKN_OUTCOME_UNKNOWN);
    assert_int_equal(run_sql(f, "DROP TABLE a, nosuch"), SKN_E_MISSING);
    assert_int_equal(outcome_of(f, "DROP TABLE a, b"), SKN_OUTCOME_PARTLY);
    sql_ok(f, "DROP TABLE b");
    assert_int_equal(outcome_of(f, "DROP TABLE a, b"), SKN_OUTCOME_UNKNOWN);
}

static void rows_roll_back_but_for_those_of_other_engines(void **state)
{
    static const struct {
        const char *sql;
        int rolls_back;
    } cases[] = {
        {"INSERT INTO i VALUES (1)", 1},
        {"INSERT INTO m VALUES (1)", 0},
        {"INSERT IGNORE m (n) SELECT n FROM i", 0},
        {"UPDATE i, m SET i.n = 2, m.n = 2", 0},
        {"UPDATE i SET n = (SELECT max(n) FROM m)", 1},
        {"DELETE i, m FROM i JOIN m ON i.n = m.n", 0},
        {"DELETE FROM `i` WHERE n = 1", 1},
        {"REPLACE INTO m VALUES (2)", 0},
        {"SELECT * FROM m", 1},
    };
    enum { COUNT = sizeof cases / sizeof cases[0] };
    struct fixture *f = fixture_of(state);
    struct skn_str texts[COUNT];
    uint64_t bits = 0;
    open_ok(f);
    sql_ok(f, "CREATE TABLE i (n INT) ENGINE=InnoDB");
    sql_ok(f, "CREATE TABLE m (n INT) ENGINE=MyISAM");
    for (size_t i = 0; i < COUNT; i++)
        texts[i] = skn_str(cases[i].sql);
    assert_int_equal(f->driver->rolls_back(f->conn, texts, COUNT, &bits, &f->err), SKN_OK);
    for (size_t i = 0; i < COUNT; i++)
        if ((int)(bits >> i & 1) != cases[i].rolls_back)
            fail_msg("%s", cases[i].sql);
}

static void what_is_done_by_running_it_twice_says_so(void **state)
{
    static const struct {
        const char *sql;
        uint32_t flags;
    } cases[] = {
        {"CREATE TABLE IF NOT EXISTS t (n INT)", SKN_STATEMENT_REPEATABLE},
        {"CREATE OR REPLACE VIEW v AS SELECT 1", SKN_STATEMENT_REPEATABLE},
        {"DROP TABLE IF EXISTS a, b", SKN_STATEMENT_REPEATABLE},
        {"TRUNCATE t", SKN_STATEMENT_REPEATABLE},
        {"OPTIMIZE TABLE t", SKN_STATEMENT_REPEATABLE},
        {"CREATE TABLE IF NOT EXISTS t SELECT 1", 0},
        {"CREATE TABLE t (n INT)", 0},
        {"DROP TABLE t", 0},
        {"CALL p()", SKN_STATEMENT_ALONE},
    };
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct skn_scan cursor = {.size = sizeof cursor};
        assert_int_equal(f->driver->scan(&f->host, skn_str(cases[i].sql), &cursor, &f->err),
                         SKN_OK);
        if (cursor.flags != cases[i].flags)
            fail_msg("%s: flags %u", cases[i].sql, cursor.flags);
    }
}

static void who_holds_the_lock_is_told_without_taking_it(void **state)
{
    struct fixture *f = fixture_of(state);
    char text[4096] = "";
    open_ok(f);
    struct skn_conn *other = NULL;
    assert_int_equal(open_with(f, &other, NULL), SKN_OK);
    assert_int_equal(f->driver->holder(f->conn, skn_str("v"), text_join, text, &f->err), SKN_OK);
    assert_string_equal(text, "");
    assert_int_equal(f->driver->lock(other, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->holder(other, skn_str("v"), text_join, text, &f->err), SKN_OK);
    assert_string_equal(text, "");
    assert_int_equal(f->driver->holder(f->conn, skn_str("v"), text_join, text, &f->err), SKN_OK);
    assert_non_null(strstr(text, "session "));
    f->driver->close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_there_has_a_text_too),
        TEST(rows_and_counters_are_no_part_of_a_definition),
        TEST(each_change_of_a_definition_shows),
        TEST(what_no_definition_shows_is_unsupported),
        TEST(l9_half_of_a_drop_is_told_from_all_and_nothing),
        TEST(rows_roll_back_but_for_those_of_other_engines),
        TEST(what_is_done_by_running_it_twice_says_so),
        TEST(who_holds_the_lock_is_told_without_taking_it),
    };
    return cmocka_run_group_tests_name("mysql_proof", tests, NULL, NULL);
}
