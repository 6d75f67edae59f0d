/*
 * What statements are: kind, words and object.
 */
#include "scan_fixture.h"

struct claim {
    const struct skn_dialect *dialect; /* NULL: every one */
    const char *text;
    enum skn_statement_kind kind;
    const char *words;
    const char *object; /* NULL: none */
};

static int claim_is_wrong(const struct skn_dialect *dialect, const struct claim *claim)
{
    struct scanning scanning;
    const struct skn_scan *found = &scanning.cursor;
    int code;

    scanning_init(&scanning, skn_str(claim->text), SKN_SCAN_VARIABLES);
    code = scanning_next(&scanning, dialect);
    if (code == SKN_OK && found->kind == claim->kind && strcmp(found->words, claim->words) == 0 &&
        (claim->object ? skn_str_is(found->object, claim->object) : !found->object.ptr))
        return 0;
    print_error("text     %s\nexpected %d [%s] %s\nfound    %u [%s] %.*s (code %d)\n\n",
                claim->text, (int)claim->kind, claim->words, claim->object ? claim->object : "-",
                found->kind, found->words, SKN_FMT(found->object), code);
    return 1;
}

static int claims_count_wrong(const struct claim *claims, size_t count)
{
    int wrong = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t d = 0; d < 3; d++)
            if (!claims[i].dialect || claims[i].dialect == dialects[d])
                wrong += claim_is_wrong(dialects[d], &claims[i]);
    return wrong;
}

#define ASSERT_CLAIMS(claims)                                                                      \
    assert_int_equal(claims_count_wrong(claims, sizeof(claims) / sizeof((claims)[0])), 0)

static void definitions_name_their_object(void **state)
{
    static const struct claim claims[] = {
        {NULL, "CREATE TABLE t (a INT)", SKN_STATEMENT_DDL, "CREATE TABLE", "t"},
        {NULL, "create temporary table if not exists s.t (a)", SKN_STATEMENT_DDL,
         "CREATE TEMPORARY TABLE IF NOT EXISTS", "s.t"},
        {NULL, "ALTER TABLE s . t ADD COLUMN a INT", SKN_STATEMENT_DDL, "ALTER TABLE", "s . t"},
        {NULL, "DROP TABLE IF EXISTS t CASCADE", SKN_STATEMENT_DDL, "DROP TABLE IF EXISTS", "t"},
        {NULL, "DROP TABLE a, b", SKN_STATEMENT_DDL, "DROP TABLE A", NULL},
        {NULL, "CREATE UNIQUE INDEX i ON t (a)", SKN_STATEMENT_DDL, "CREATE UNIQUE INDEX", "t"},
        {NULL, "DROP INDEX i", SKN_STATEMENT_DDL, "DROP INDEX", "i"},
        {NULL, "DROP INDEX i \n ; ON t", SKN_STATEMENT_DDL, "DROP INDEX", "i"},
        {NULL, "CREATE OR REPLACE VIEW v AS SELECT 1", SKN_STATEMENT_DDL, "CREATE OR REPLACE VIEW",
         "v"},
        {NULL, "CREATE", SKN_STATEMENT_DDL, "CREATE", NULL},
        {NULL, "CREATE DEFINER; PROCEDURE p", SKN_STATEMENT_DDL, "CREATE DEFINER", NULL},
        {NULL, "ALTER TABLE ${ident:t} ADD a INT", SKN_STATEMENT_DDL, "ALTER TABLE", "${ident:t}"},
        {NULL, "TRUNCATE TABLE t", SKN_STATEMENT_DDL, "TRUNCATE TABLE", "t"},
        {NULL, "GRANT SELECT ON t TO u", SKN_STATEMENT_DDL, "GRANT SELECT ON T TO U", NULL},
        {NULL, "REVOKE ALL ON t FROM u", SKN_STATEMENT_DDL, "REVOKE ALL ON T FROM U", NULL},
        {&sqlite, "CREATE TABLE [a b].\"c\" (d)", SKN_STATEMENT_DDL, "CREATE TABLE", "[a b].\"c\""},
        {&sqlite, "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END", SKN_STATEMENT_DDL,
         "CREATE TEMP TRIGGER", "t"},
        {&sqlite, "CREATE VIRTUAL TABLE f USING fts5(a)", SKN_STATEMENT_DDL, "CREATE VIRTUAL TABLE",
         "f"},
        {&postgresql, "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t (a)",
         SKN_STATEMENT_DDL, "CREATE UNIQUE INDEX CONCURRENTLY IF NOT", "s.t"},
        {&postgresql, "CREATE INDEX CONCURRENTLY ON t (a)", SKN_STATEMENT_DDL,
         "CREATE INDEX CONCURRENTLY ON T", "t"},
        {&postgresql, "DROP INDEX CONCURRENTLY IF EXISTS s.i", SKN_STATEMENT_DDL,
         "DROP INDEX CONCURRENTLY IF EXISTS", "s.i"},
        {&postgresql, "ALTER INDEX i DEPENDS ON EXTENSION e", SKN_STATEMENT_DDL, "ALTER INDEX",
         "i"},
        {&postgresql, "ALTER TABLE IF EXISTS ONLY t ADD a int", SKN_STATEMENT_DDL,
         "ALTER TABLE IF EXISTS ONLY", "t"},
        {&postgresql, "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", SKN_STATEMENT_DDL,
         "ALTER TABLE ALL IN TABLESPACE A", NULL},
        {&postgresql, "CREATE MATERIALIZED VIEW U&\"v\" AS SELECT 1", SKN_STATEMENT_DDL,
         "CREATE MATERIALIZED VIEW", "U&\"v\""},
        {&postgresql, "ALTER TYPE mood ADD VALUE 'x'", SKN_STATEMENT_DDL, "ALTER TYPE", "mood"},
        {&postgresql, "CREATE SCHEMA AUTHORIZATION joe", SKN_STATEMENT_DDL,
         "CREATE SCHEMA AUTHORIZATION JOE", NULL},
        {&postgresql, "CREATE FOREIGN TABLE t (a int) SERVER s", SKN_STATEMENT_DDL,
         "CREATE FOREIGN TABLE", "t"},
        {&postgresql, "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
         SKN_STATEMENT_DDL, "CREATE EVENT TRIGGER", "e"},
        {&postgresql, "COMMENT ON TABLE t IS 'x'", SKN_STATEMENT_DDL, "COMMENT ON TABLE T IS",
         NULL},
        {&postgresql, "CREATE FUNCTION s.f(a int) RETURNS int AS 'x'", SKN_STATEMENT_DDL,
         "CREATE FUNCTION", "s.f"},
        {&mysql, "CREATE INDEX i USING BTREE ON `d`.`t` (a)", SKN_STATEMENT_DDL, "CREATE INDEX",
         "`d`.`t`"},
        {&mysql, "CREATE FULLTEXT INDEX i ON t (a)", SKN_STATEMENT_DDL, "CREATE FULLTEXT INDEX",
         "t"},
        {&mysql, "DROP INDEX `i` ON t", SKN_STATEMENT_DDL, "DROP INDEX", "t"},
        {&mysql, "RENAME TABLE a TO b", SKN_STATEMENT_DDL, "RENAME TABLE", "a"},
        {&mysql, "RENAME TABLE a TO b, c TO d", SKN_STATEMENT_DDL, "RENAME TABLE A TO B", NULL},
        {&mysql, "CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT 1",
         SKN_STATEMENT_DDL, "CREATE ALGORITHM", "v"},
        {&mysql, "CREATE TABLE /*!32312 IF NOT EXISTS*/ `t` (a INT)", SKN_STATEMENT_DDL,
         "CREATE TABLE IF NOT EXISTS", "`t`"},
        {&mysql,
         "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER `t` BEFORE INSERT "
         "ON c FOR EACH ROW SET NEW.a = 1 */",
         SKN_STATEMENT_DDL, "CREATE DEFINER", "`t`"},
        {&mysql, "ALTER DATABASE CHARACTER SET utf8mb4", SKN_STATEMENT_DDL,
         "ALTER DATABASE CHARACTER SET UTF8MB4", NULL},
        {&mysql, "CREATE TABLE \"t\" (a INT)", SKN_STATEMENT_DDL, "CREATE TABLE", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

static void changes_of_rows_name_their_table(void **state)
{
    static const struct claim claims[] = {
        {NULL, "INSERT INTO s.t (a) VALUES (1)", SKN_STATEMENT_DML, "INSERT INTO", "s.t"},
        {NULL, "UPDATE t SET a = 1", SKN_STATEMENT_DML, "UPDATE", "t"},
        {NULL, "DELETE FROM t WHERE a", SKN_STATEMENT_DML, "DELETE FROM", "t"},
        {NULL, "MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE", SKN_STATEMENT_DML,
         "MERGE INTO", "t"},
        {NULL, "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", SKN_STATEMENT_DML, "WITH A AS",
         "t"},
        {NULL, "WITH a AS (SELECT 1), b (c) AS (SELECT 2) UPDATE t SET a = 1", SKN_STATEMENT_DML,
         "WITH A AS", "t"},
        {&sqlite, "REPLACE INTO t VALUES (1)", SKN_STATEMENT_DML, "REPLACE INTO", "t"},
        {&sqlite, "INSERT OR IGNORE INTO t VALUES (1)", SKN_STATEMENT_DML, "INSERT OR IGNORE INTO",
         "t"},
        {&sqlite, "UPDATE OR ROLLBACK t SET a = 1", SKN_STATEMENT_DML, "UPDATE OR ROLLBACK", "t"},
        {&postgresql, "UPDATE ONLY t SET a = 1", SKN_STATEMENT_DML, "UPDATE ONLY", "t"},
        {&postgresql, "WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d", SKN_STATEMENT_DML,
         "WITH D AS", NULL},
        {&postgresql, "WITH d AS MATERIALIZED (INSERT INTO a SELECT 1 RETURNING *) SELECT 1",
         SKN_STATEMENT_DML, "WITH D AS MATERIALIZED", NULL},
        {&postgresql, "WITH d AS (DELETE FROM a RETURNING *) INSERT INTO t SELECT * FROM d",
         SKN_STATEMENT_DML, "WITH D AS", NULL},
        {&postgresql, "WITH a AS (WITH b AS (SELECT 1) DELETE FROM t RETURNING *) SELECT 1",
         SKN_STATEMENT_DML, "WITH A AS", NULL},
        {&postgresql, "WITH a AS (SELECT * FROM (SELECT 1) b FOR UPDATE) SELECT 1",
         SKN_STATEMENT_QUERY, "WITH A AS", NULL},
        {&mysql, "INSERT IGNORE t VALUES (1)", SKN_STATEMENT_DML, "INSERT IGNORE", "t"},
        {&mysql, "REPLACE DELAYED INTO `t` VALUES (1)", SKN_STATEMENT_DML, "REPLACE DELAYED INTO",
         "`t`"},
        {&mysql, "DELETE LOW_PRIORITY FROM t", SKN_STATEMENT_DML, "DELETE LOW_PRIORITY FROM", "t"},
        {&mysql, "DELETE a FROM a JOIN b", SKN_STATEMENT_DML, "DELETE A FROM A JOIN B", NULL},
        {&mysql, "UPDATE a, b SET a.c = b.c", SKN_STATEMENT_DML, "UPDATE A", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

static void queries_change_nothing_that_the_text_tells(void **state)
{
    static const struct claim claims[] = {
        {NULL, "SELECT 1", SKN_STATEMENT_QUERY, "SELECT", NULL},
        {NULL, "(SELECT 1) UNION (SELECT 2)", SKN_STATEMENT_QUERY, "", NULL},
        {NULL, "VALUES (1)", SKN_STATEMENT_QUERY, "VALUES", NULL},
        {NULL, "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a FOR UPDATE", SKN_STATEMENT_QUERY,
         "WITH RECURSIVE A AS", NULL},
        {NULL, "WITH delete AS (SELECT 1), update (a) AS (SELECT 2) SELECT 1", SKN_STATEMENT_QUERY,
         "WITH DELETE AS", NULL},
        {NULL, "EXPLAIN SELECT 1", SKN_STATEMENT_QUERY, "EXPLAIN SELECT", NULL},
        {NULL, "SELECT a.into FROM (SELECT 1 INTO x) a", SKN_STATEMENT_QUERY, "SELECT A", NULL},
        {&postgresql, "TABLE t", SKN_STATEMENT_QUERY, "TABLE T", NULL},
        {&postgresql, "SHOW ALL", SKN_STATEMENT_QUERY, "SHOW ALL", NULL},
        {&postgresql, "SELECT * INTO t FROM s", SKN_STATEMENT_OTHER, "SELECT", NULL},
        {&postgresql, "WITH a AS (SELECT 1) SELECT * INTO t FROM a", SKN_STATEMENT_OTHER,
         "WITH A AS", NULL},
        {&postgresql, "EXPLAIN ANALYZE DELETE FROM t", SKN_STATEMENT_OTHER,
         "EXPLAIN ANALYZE DELETE FROM T", NULL},
        {&postgresql, "EXPLAIN (BUFFERS, ANALYZE) DELETE FROM t", SKN_STATEMENT_OTHER, "EXPLAIN",
         NULL},
        {&postgresql, "EXPLAIN (COSTS off) SELECT 1", SKN_STATEMENT_QUERY, "EXPLAIN", NULL},
        {&mysql, "DESC t", SKN_STATEMENT_QUERY, "DESC T", NULL},
        {&mysql, "SELECT 1 INTO OUTFILE '/tmp/x'", SKN_STATEMENT_OTHER, "SELECT", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

static void transactions_are_seen_in_every_spelling(void **state)
{
    static const struct claim claims[] = {
        {NULL, "BEGIN", SKN_STATEMENT_BEGIN, "BEGIN", NULL},
        {NULL, "begin work", SKN_STATEMENT_BEGIN, "BEGIN WORK", NULL},
        {NULL, "BEGIN IMMEDIATE TRANSACTION", SKN_STATEMENT_BEGIN, "BEGIN IMMEDIATE TRANSACTION",
         NULL},
        {NULL, "START TRANSACTION READ WRITE", SKN_STATEMENT_BEGIN, "START TRANSACTION READ WRITE",
         NULL},
        {NULL, "COMMIT AND CHAIN", SKN_STATEMENT_COMMIT, "COMMIT AND CHAIN", NULL},
        {NULL, "END", SKN_STATEMENT_COMMIT, "END", NULL},
        {NULL, "ROLLBACK", SKN_STATEMENT_ROLLBACK, "ROLLBACK", NULL},
        {NULL, "ROLLBACK TO SAVEPOINT a", SKN_STATEMENT_ROLLBACK, "ROLLBACK TO SAVEPOINT A", NULL},
        {NULL, "SAVEPOINT a", SKN_STATEMENT_SAVEPOINT, "SAVEPOINT A", NULL},
        {NULL, "RELEASE SAVEPOINT a", SKN_STATEMENT_SAVEPOINT, "RELEASE SAVEPOINT A", NULL},
        {&postgresql, "ABORT", SKN_STATEMENT_ROLLBACK, "ABORT", NULL},
        {&postgresql, "PREPARE TRANSACTION 'a'", SKN_STATEMENT_COMMIT, "PREPARE TRANSACTION", NULL},
        {&postgresql, "COMMIT PREPARED 'a'", SKN_STATEMENT_COMMIT, "COMMIT PREPARED", NULL},
        {&postgresql, "ROLLBACK PREPARED 'a'", SKN_STATEMENT_ROLLBACK, "ROLLBACK PREPARED", NULL},
        {&postgresql, "PREPARE a AS SELECT 1", SKN_STATEMENT_OTHER, "PREPARE A AS SELECT", NULL},
        {&mysql, "START SLAVE", SKN_STATEMENT_OTHER, "START SLAVE", NULL},
        {&mysql, "BEGIN NOT ATOMIC SELECT 1; END", SKN_STATEMENT_OTHER, "BEGIN NOT ATOMIC SELECT",
         NULL},
        {&mysql, "/*!40000 COMMIT */", SKN_STATEMENT_COMMIT, "COMMIT", NULL},
        {&mysql, "XA START 'a'", SKN_STATEMENT_BEGIN, "XA START", NULL},
        {&mysql, "XA END 'a'", SKN_STATEMENT_COMMIT, "XA END", NULL},
        {&mysql, "XA ROLLBACK 'a'", SKN_STATEMENT_ROLLBACK, "XA ROLLBACK", NULL},
        {&mysql, "XA RECOVER", SKN_STATEMENT_OTHER, "XA RECOVER", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

static void what_is_undone_by_a_reset_is_of_the_session(void **state)
{
    static const struct claim claims[] = {
        {NULL, "SET a = 1", SKN_STATEMENT_SESSION, "SET A", NULL},
        {NULL, "PRAGMA foreign_keys = OFF", SKN_STATEMENT_SESSION, "PRAGMA FOREIGN_KEYS", NULL},
        {NULL, "SET TRANSACTION READ ONLY", SKN_STATEMENT_OTHER, "SET TRANSACTION READ ONLY", NULL},
        {&postgresql, "SET CONSTRAINTS ALL DEFERRED", SKN_STATEMENT_OTHER,
         "SET CONSTRAINTS ALL DEFERRED", NULL},
        {&postgresql, "SET LOCAL lock_timeout = '1s'", SKN_STATEMENT_SESSION,
         "SET LOCAL LOCK_TIMEOUT", NULL},
        {&postgresql, "RESET ALL", SKN_STATEMENT_SESSION, "RESET ALL", NULL},
        {&mysql, "SET @a = 1, @@b = 2", SKN_STATEMENT_SESSION, "SET", NULL},
        {&mysql, "SET GLOBAL a = 1", SKN_STATEMENT_OTHER, "SET GLOBAL A", NULL},
        {&mysql, "SET b = 1, @@global.a = 1", SKN_STATEMENT_OTHER, "SET B", NULL},
        {&mysql, "RESET MASTER", SKN_STATEMENT_OTHER, "RESET MASTER", NULL},
        {&mysql, "/*!40101 SET NAMES utf8 */", SKN_STATEMENT_SESSION, "SET NAMES UTF8", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

static void of_the_rest_nothing_is_assumed(void **state)
{
    static const struct claim claims[] = {
        {NULL, "VACUUM", SKN_STATEMENT_OTHER, "VACUUM", NULL},
        {NULL, "ANALYZE t", SKN_STATEMENT_OTHER, "ANALYZE T", NULL},
        {NULL, "REINDEX t", SKN_STATEMENT_OTHER, "REINDEX T", NULL},
        {NULL, "CALL p(1)", SKN_STATEMENT_OTHER, "CALL P", NULL},
        {NULL, "CREATED", SKN_STATEMENT_OTHER, "CREATED", NULL},
        {NULL, "1", SKN_STATEMENT_OTHER, "", NULL},
        {NULL, ")", SKN_STATEMENT_OTHER, "", NULL},
        {&postgresql, "DO $$ begin end $$", SKN_STATEMENT_OTHER, "DO", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

static void words_are_cut_whole(void **state)
{
    static const struct claim claims[] = {
        {NULL, "a b c d e f g", SKN_STATEMENT_OTHER, "A B C D E F", NULL},
        {NULL, "x aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c",
         SKN_STATEMENT_OTHER, "X AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
         NULL},
        {NULL, "xy aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c",
         SKN_STATEMENT_OTHER, "XY AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL},
        {NULL, "a /* b */ é -- c\n 'd'", SKN_STATEMENT_OTHER, "A é", NULL},
        {NULL, "a.b c", SKN_STATEMENT_OTHER, "A", NULL},
    };

    (void)state;
    ASSERT_CLAIMS(claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_name_their_object),
        cmocka_unit_test(changes_of_rows_name_their_table),
        cmocka_unit_test(queries_change_nothing_that_the_text_tells),
        cmocka_unit_test(transactions_are_seen_in_every_spelling),
        cmocka_unit_test(what_is_undone_by_a_reset_is_of_the_session),
        cmocka_unit_test(of_the_rest_nothing_is_assumed),
        cmocka_unit_test(words_are_cut_whole),
    };
    return cmocka_run_group_tests_name("scan_class", tests, NULL, NULL);
}
