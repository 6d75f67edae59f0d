/*
 * What the PostgreSQL driver says of statements that no transaction holds, and what it does about
 * indexes that CONCURRENTLY left invalid.
 */
#include "pg_fixture.h"

static void text_join(void *ctx, struct skn_str text)
{
    size_t len = strlen(ctx);
    snprintf((char *)ctx + len, 2048 - len, "%.*s", SKN_FMT(text));
}

static int fingerprint(struct skn_conn *conn, const char *statement, char out[2048])
{
    out[0] = '\0';
    return driver->fingerprint(conn, skn_str(statement), text_join, out, &err);
}

static uint32_t outcome_of(struct skn_conn *conn, const char *statement)
{
    uint32_t outcome = 99;
    if (driver->prove(conn, skn_str(statement), &outcome, &err) != SKN_OK)
        fail_msg("%s: %s", statement, err.message);
    return outcome;
}

static struct skn_conn *table_made(void)
{
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("DROP TABLE IF EXISTS \"T\""));
    EXEC_OK(conn, SQL("CREATE TABLE \"T\" (n INTEGER)"));
    EXEC_OK(conn, SQL("INSERT INTO \"T\" VALUES (1), (1)"));
    return conn;
}

static void invalid_make(struct skn_conn *conn, const char *sql)
{
    assert_int_equal(EXEC(conn, SQL(sql)), SKN_E_CONSTRAINT);
}

static const char leftovers[] = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";

static void k9_an_invalid_index_is_taken_away_and_was_not_made(void **state)
{
    static const char statement[] = "CREATE UNIQUE INDEX CONCURRENTLY \"I\" ON \"T\" (n)";
    struct skn_conn *conn = table_made();
    char before[2048], after[2048];
    (void)state;
    assert_int_equal(fingerprint(conn, statement, before), SKN_OK);
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_UNKNOWN);
    invalid_make(conn, statement);
    ASSERT_QUERY(conn, leftovers, "1");
    assert_int_equal(outcome_of(conn, "create unique index concurrently if not exists \"I\" on "
                                      "only public . \"T\" (n)"),
                     SKN_OUTCOME_ABORTED);
    ASSERT_QUERY(conn, leftovers, "0");
    assert_int_equal(fingerprint(conn, statement, after), SKN_OK);
    assert_string_equal(before, after);
    EXEC_OK(conn, SQL("DELETE FROM \"T\""));
    EXEC_OK(conn, SQL(statement));
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_COMMITTED);
    assert_int_equal(fingerprint(conn, statement, after), SKN_OK);
    assert_string_not_equal(before, after);
    driver->close(conn);
}

static void k9_an_index_that_has_no_name_yet_is_left_to_people(void **state)
{
    static const char statement[] = "CREATE UNIQUE INDEX CONCURRENTLY ON \"T\" (n)";
    struct skn_conn *conn = table_made();
    (void)state;
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_UNKNOWN);
    invalid_make(conn, statement);
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_PARTLY);
    ASSERT_QUERY(conn, leftovers, "1");
    driver->close(conn);
}

static void k9_a_drop_is_over_when_the_index_is_gone(void **state)
{
    struct skn_conn *conn = table_made();
    (void)state;
    invalid_make(conn, "CREATE UNIQUE INDEX CONCURRENTLY \"I\" ON \"T\" (n)");
    assert_int_equal(outcome_of(conn, "DROP INDEX CONCURRENTLY \"I\""), SKN_OUTCOME_ABORTED);
    ASSERT_QUERY(conn, leftovers, "1");
    EXEC_OK(conn, SQL("DROP INDEX CONCURRENTLY \"I\""));
    assert_int_equal(outcome_of(conn, "DROP INDEX CONCURRENTLY IF EXISTS \"I\""),
                     SKN_OUTCOME_COMMITTED);
    driver->close(conn);
}

static void k9_what_reindex_left_is_taken_away(void **state)
{
    static const char statement[] = "REINDEX (VERBOSE) TABLE CONCURRENTLY \"T\"";
    struct skn_conn *conn = table_made();
    (void)state;
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_UNKNOWN);
    invalid_make(conn, "CREATE UNIQUE INDEX CONCURRENTLY i_ccold ON \"T\" (n)");
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_COMMITTED);
    invalid_make(conn, "CREATE UNIQUE INDEX CONCURRENTLY i_ccnew ON \"T\" (n)");
    invalid_make(conn, "CREATE UNIQUE INDEX CONCURRENTLY other ON \"T\" (n)");
    assert_int_equal(outcome_of(conn, statement), SKN_OUTCOME_ABORTED);
    ASSERT_QUERY(conn, leftovers, "1");
    driver->close(conn);
}

static void what_no_definition_shows_is_unsupported(void **state)
{
    static const char *const statements[] = {"VACUUM", "CALL p()", "DO $$ BEGIN END $$",
                                             "ALTER SYSTEM SET work_mem = '4MB'",
                                             "CREATE TABLE t (n INTEGER)"};
    struct skn_conn *conn = opened_default();
    char text[2048];
    (void)state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
        assert_int_equal(fingerprint(conn, statements[i], text), SKN_E_UNSUPPORTED);
    assert_int_equal(fingerprint(conn, "DROP DATABASE IF EXISTS nowhere", text), SKN_OK);
    assert_int_equal(fingerprint(conn, "ALTER TABLE t DETACH PARTITION p CONCURRENTLY", text),
                     SKN_OK);
    driver->close(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(k9_an_invalid_index_is_taken_away_and_was_not_made),
        CLAIM(k9_an_index_that_has_no_name_yet_is_left_to_people),
        CLAIM(k9_a_drop_is_over_when_the_index_is_gone),
        CLAIM(k9_what_reindex_left_is_taken_away),
        CLAIM(what_no_definition_shows_is_unsupported),
    };
    return cmocka_run_group_tests_name("postgresql_proof", tests, group_setup, group_teardown);
}
