/*
 * Foreign keys through the SQLite driver: a rebuild keeps its child rows, and no transaction that
 * adds violations is committed.
 */
#include "sqlite_fixture.h"

static const char family[] =
    "CREATE TABLE p (id INTEGER PRIMARY KEY, name);"
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id) ON DELETE CASCADE);"
    "CREATE TABLE lone (a);"
    "INSERT INTO p VALUES (1, 'a'), (2, 'b');"
    "INSERT INTO c VALUES (1, 1), (2, 2)";

/* One child row has no parent from the start. */
static const char broken_family[] =
    "CREATE TABLE p (id INTEGER PRIMARY KEY, name);"
    "CREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p (id));"
    "INSERT INTO p VALUES (1, 'a');"
    "INSERT INTO c VALUES (1, 1), (2, 99)";

static void start(struct fixture *f, const char *schema)
{
    raw(f->path, schema);
    open_ok(f);
}

static int violations(struct fixture *f)
{
    return raw_int(f->path, "SELECT count(*) FROM pragma_foreign_key_check");
}

static void assert_refused(struct fixture *f, int code)
{
    if (code != SKN_E_CONSTRAINT)
        fail_msg("%d: %s", code, f->err.message);
    assert_string_equal(f->err.sqlstate, "23503");
    assert_int_equal(f->err.native, SQLITE_CONSTRAINT_FOREIGNKEY);
}

/* ---- rebuilds ---- */

#define REBUILD_P                                                                                  \
    "CREATE TABLE new_p (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",                             \
        "INSERT INTO new_p SELECT id, name FROM p", "DROP TABLE p",                                \
        "ALTER TABLE new_p RENAME TO p"

static void a_rebuild_keeps_the_child_rows(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_int_equal(REVISE(f, REBUILD_P), SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM c"), 2);
    assert_int_equal(violations(f), 0);
}

static void a_rebuild_keeps_them_whatever_the_revision_sets(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    sql_ok(f, "PRAGMA foreign_keys = ON");
    assert_int_equal(REVISE(f, "PRAGMA foreign_keys = ON", REBUILD_P), SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM c"), 2);
}

static void a_rebuild_that_loses_parents_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_refused(f, REVISE(f, "CREATE TABLE new_p (id INTEGER PRIMARY KEY, name)",
                             "INSERT INTO new_p SELECT id, name FROM p WHERE id < 2",
                             "DROP TABLE p", "ALTER TABLE new_p RENAME TO p"));
    assert_says(f, "row 2 of \"c\" refers to no row of \"p\"");
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM p"), 2);
}

/* ---- violations must not grow ---- */

static void a_rebuild_takes_its_old_orphans_along(void **state)
{
    struct fixture *f = *state;
    start(f, broken_family);
    assert_int_equal(REVISE(f, "CREATE TABLE new_c (id INTEGER PRIMARY KEY, p REFERENCES p (id))",
                            "INSERT INTO new_c SELECT * FROM c", "DROP TABLE c",
                            "ALTER TABLE new_c RENAME TO c"),
                     SKN_OK);
    assert_int_equal(REVISE(f, "ALTER TABLE c RENAME TO old_c",
                            "CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (id))",
                            "INSERT INTO c SELECT * FROM old_c", "DROP TABLE old_c"),
                     SKN_OK);
    assert_refused(f, REVISE(f, "ALTER TABLE c RENAME TO old_c",
                             "CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (id))",
                             "INSERT INTO c SELECT id, p + 50 FROM old_c", "DROP TABLE old_c"));
}

static void a_rebuild_that_redirects_grandchildren_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    raw(f->path, "CREATE TABLE g (c REFERENCES c (id)); INSERT INTO g VALUES (1)");
    assert_refused(f, REVISE(f, "ALTER TABLE c RENAME TO old_c",
                             "CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (id))",
                             "INSERT INTO c SELECT * FROM old_c", "DROP TABLE old_c"));
    assert_says(f, "of \"g\" refers to no row of \"old_c\"");
}

static void a_new_orphan_is_refused_and_named(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO c VALUES (7, 70), (8, 80)");
    assert_refused(f, run_op(f, SKN_STEP_COMMIT));
    assert_says(f, "row 7 of \"c\" refers to no row of \"p\": 2 more");
    assert_true(status_flags(f) & SKN_STATUS_IN_TX);
    sql_ok(f, "DELETE FROM c WHERE id > 6");
    op_ok(f, SKN_STEP_COMMIT);
}

static void whatever_takes_the_parent_away_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    raw(f->path, "CREATE TRIGGER r AFTER INSERT ON lone BEGIN DELETE FROM P WHERE id = new.a; END");
    assert_refused(f, REVISE(f, "DELETE FROM p WHERE id = 1"));
    assert_refused(f, REVISE(f, "UPDATE P SET id = 5 WHERE id = 1"));
    assert_refused(f, REVISE(f, "UPDATE p SET rowid = 5 WHERE id = 1"));
    assert_refused(f, REVISE(f, "REPLACE INTO p SELECT id + 10, name FROM p", "DELETE FROM p"));
    assert_refused(f, REVISE(f, "INSERT INTO lone VALUES (2)"));
    assert_refused(f, REVISE(f, "DROP TABLE p"));
    assert_int_equal(violations(f), 0);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM p"), 2);
}

static void a_key_that_is_declared_over_orphans_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_refused(f, REVISE(f, "INSERT INTO lone VALUES (1)",
                             "ALTER TABLE lone ADD COLUMN p INT DEFAULT 9 REFERENCES p (id)"));
    assert_refused(f, REVISE(f, "ALTER TABLE c ADD COLUMN q INT DEFAULT 9 REFERENCES p (id)"));
    assert_refused(
        f, REVISE(f, "CREATE TABLE d (p INT references p (id))", "INSERT INTO d VALUES (9)"));
    assert_int_equal(REVISE(f, "ALTER TABLE lone ADD COLUMN p INT REFERENCES p (id)",
                            "INSERT INTO lone VALUES (1, 2)"),
                     SKN_OK);
}

static void orphans_are_found_behind_a_new_name(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_refused(f, REVISE(f, "INSERT INTO c VALUES (7, 70)", "ALTER TABLE c RENAME TO d"));
    assert_refused(f, REVISE(f, "ALTER TABLE c RENAME TO d", "INSERT INTO d VALUES (7, 70)"));
    assert_refused(f, REVISE(f, "ALTER TABLE p RENAME TO q", "DELETE FROM q WHERE id = 1"));
    assert_int_equal(REVISE(f, "ALTER TABLE c RENAME TO d", "ALTER TABLE p RENAME TO q"), SKN_OK);
    assert_refused(f, REVISE(f, "DELETE FROM q WHERE id = 1"));
}

static void orphans_are_found_after_going_back_to_a_savepoint(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_refused(f, REVISE(f, "SAVEPOINT s", "DROP TABLE c", "ROLLBACK TO s",
                             "INSERT INTO c VALUES (7, 70)"));
    assert_refused(
        f, REVISE(f, "SAVEPOINT s", "ALTER TABLE c RENAME TO d", "ROLLBACK TO s", "DELETE FROM p"));
    assert_refused(f, REVISE(f, "INSERT INTO c VALUES (7, 70)", "SAVEPOINT s",
                             "ALTER TABLE c RENAME TO d", "ROLLBACK TO s"));
    assert_int_equal(REVISE(f, "SAVEPOINT s", "DELETE FROM p", "ROLLBACK TO s"), SKN_OK);
}

static void orphans_through_an_edited_schema_are_found(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    raw(f->path, "INSERT INTO lone VALUES (99)");
    assert_refused(f, REVISE(f, "PRAGMA writable_schema = ON",
                             "UPDATE sqlite_schema SET sql = 'CREATE TABLE lone (a REFERENCES p)'"
                             " WHERE name = 'lone'",
                             "PRAGMA writable_schema = RESET"));
    raw(f->path, "CREATE TABLE empty (id INTEGER PRIMARY KEY)");
    assert_refused(f, REVISE(f, "PRAGMA writable_schema = ON",
                             "UPDATE sqlite_schema SET sql = replace(sql, 'ES p', 'ES empty')"
                             " WHERE name = 'c'",
                             "PRAGMA writable_schema = RESET"));
}

static void what_was_broken_before_does_not_stand_in_the_way(void **state)
{
    struct fixture *f = *state;
    start(f, broken_family);
    assert_int_equal(REVISE(f, "INSERT INTO c VALUES (3, 1)"), SKN_OK);
    assert_int_equal(REVISE(f, "UPDATE p SET name = 'z'"), SKN_OK);
    assert_int_equal(REVISE(f, REBUILD_P), SKN_OK);
    assert_int_equal(REVISE(f, "CREATE TABLE IF NOT EXISTS c (p REFERENCES p (id))"), SKN_OK);
    assert_int_equal(REVISE(f, "ALTER TABLE c ADD COLUMN q REFERENCES p (id)"), SKN_OK);
    assert_int_equal(REVISE(f, "ALTER TABLE c RENAME TO d", "INSERT INTO d VALUES (9, 1, 1)"),
                     SKN_OK);
    assert_int_equal(REVISE(f, "ALTER TABLE d DROP COLUMN id"), SKN_E_SYNTAX);
    assert_refused(f, REVISE(f, "INSERT INTO d VALUES (4, 98, NULL)"));
    assert_says(f, "1 more");
    assert_int_equal(REVISE(f, "UPDATE d SET p = 1"), SKN_OK);
    assert_int_equal(violations(f), 0);
}

/* Each of these changes a key without a statement that would name it. */
static void hidden_ways_to_break_a_key_are_found(void **state)
{
    struct fixture *f = *state;
    start(f, "CREATE TABLE u (id INTEGER PRIMARY KEY, code UNIQUE, twice AS (code * 2));"
             "CREATE UNIQUE INDEX ut ON u (twice);"
             "CREATE TABLE by_code (code REFERENCES u (code));"
             "CREATE TABLE by_twice (twice REFERENCES u (twice));"
             "CREATE TABLE half (h, t AS (h * 2) REFERENCES u (twice));"
             "CREATE TABLE by_id (id REFERENCES U);"
             "CREATE TABLE quiet (id INTEGER PRIMARY KEY, k UNIQUE ON CONFLICT REPLACE);"
             "CREATE TABLE by_quiet (id REFERENCES quiet);"
             "INSERT INTO u VALUES (1, 10), (2, 20);"
             "INSERT INTO by_code VALUES (10);"
             "INSERT INTO by_quiet SELECT 1 WHERE 0");
    assert_refused(f, REVISE(f, "UPDATE u SET code = 11 WHERE id = 1"));
    raw(f->path, "DELETE FROM by_code; INSERT INTO by_twice VALUES (20)");
    assert_refused(f, REVISE(f, "UPDATE u SET code = 11 WHERE id = 1"));
    raw(f->path, "DELETE FROM by_twice; INSERT INTO half VALUES (10)");
    assert_refused(f, REVISE(f, "UPDATE half SET h = 11"));
    raw(f->path, "DELETE FROM half; INSERT INTO by_id VALUES (1)");
    assert_refused(f, REVISE(f, "UPDATE u SET rowid = 9 WHERE id = 1"));
    assert_refused(f, REVISE(f, "UPDATE u SET id = 9 WHERE id = 1"));
    assert_refused(f, REVISE(f, "INSERT OR REPLACE INTO u (id, code) VALUES (7, 10)"));
    assert_refused(f, REVISE(f, "INSERT INTO u (id, code) VALUES (1, 1)"
                                " ON CONFLICT (id) DO UPDATE SET id = 9"));
    raw(f->path, "INSERT INTO quiet VALUES (1, 'k'); INSERT INTO by_quiet VALUES (1)");
    assert_refused(f, REVISE(f, "INSERT INTO quiet VALUES (2, 'k')"));
}

static void a_replace_in_a_new_trigger_is_found(void **state)
{
    struct fixture *f = *state;
    start(f, "CREATE TABLE p (id INTEGER PRIMARY KEY, k UNIQUE);"
             "CREATE TABLE c (p REFERENCES p (id)); CREATE TABLE lone (a);"
             "INSERT INTO p VALUES (1, 'k'); INSERT INTO c VALUES (1)");
    assert_refused(f, REVISE(f, "UPDATE lone SET a = 1",
                             "CREATE TRIGGER r AFTER INSERT ON lone BEGIN"
                             " INSERT OR REPLACE INTO p VALUES (2, 'k'); END",
                             "INSERT INTO lone VALUES (1)"));
}

static void a_replace_that_stood_in_the_schema_before_any_key_is_known(void **state)
{
    struct fixture *f = *state;
    start(f, "CREATE TABLE p (id INTEGER PRIMARY KEY, k UNIQUE ON CONFLICT REPLACE);"
             "INSERT INTO p VALUES (1, 'k')");
    assert_refused(f, REVISE(f, "CREATE TABLE c (p REFERENCES p (id))", "INSERT INTO c VALUES (1)",
                             "INSERT INTO p VALUES (2, 'k')"));
    assert_int_equal(REVISE(f, "CREATE TABLE c (p REFERENCES p (id))", "INSERT INTO c VALUES (1)"),
                     SKN_OK);
    assert_refused(f, REVISE(f, "INSERT INTO p VALUES (2, 'k')"));
}

static void a_legacy_rename_leaves_children_behind_and_is_refused(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_refused(f, REVISE(f, "PRAGMA legacy_alter_table = ON", "ALTER TABLE p RENAME TO q"));
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(REVISE(f, "ALTER TABLE p RENAME TO q"), SKN_OK);
}

/* Looks of SQLite at the host grow with the work, so a scan of the child table would be seen. */
static void what_cannot_break_a_key_reads_no_other_table(void **state)
{
    static const char *const harmless[] = {
        "ALTER TABLE c ADD COLUMN note",
        "INSERT INTO p (name) VALUES ('x')",
        "UPDATE p SET name = 'y'",
        "UPDATE c SET note = 'z' WHERE id = 1",
        "ALTER TABLE c RENAME COLUMN note TO remark",
        "ALTER TABLE c RENAME TO d",
        "DELETE FROM d WHERE id = 1",
        "CREATE TABLE e (a)",
    };
    struct fixture *f = *state;
    size_t i;
    start(f, family);
    raw(f->path, "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
                 " INSERT INTO c SELECT i, 1 FROM n");
    for (i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        f->knobs.cancel_after = 5; /* a look for each of BEGIN, the statement and COMMIT */
        if (REVISE(f, harmless[i]))
            fail_msg("%s: %s", harmless[i], f->err.message);
        f->knobs.cancel_after = -1;
    }
}

static void a_table_that_another_connection_made_is_checked(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    assert_int_equal(REVISE(f, "INSERT INTO c VALUES (3, 1)"), SKN_OK);
    raw(f->path, "CREATE TABLE late (p INT REFERENCES p (id)); INSERT INTO late VALUES (2);"
                 " DELETE FROM c");
    assert_refused(f, REVISE(f, "DELETE FROM p WHERE id = 2"));
    assert_says(f, "\"late\"");
}

static void a_key_made_in_a_dropped_transaction_is_forgotten(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "ALTER TABLE lone ADD COLUMN p REFERENCES p (id)");
    op_ok(f, SKN_STEP_ROLLBACK);
    assert_int_equal(REVISE(f, "ALTER TABLE lone ADD COLUMN p", "INSERT INTO lone VALUES (1, 99)"),
                     SKN_OK);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "DROP TABLE c");
    op_ok(f, SKN_STEP_ROLLBACK);
    assert_refused(f, REVISE(f, "INSERT INTO c VALUES (7, 70)"));
}

/* A fleet's databases differ: in some a parent may lack its unique key. */
static void a_key_that_cannot_be_checked_is_a_warning(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    assert_int_equal(REVISE(f, "CREATE TABLE p (a)", "CREATE TABLE c (a REFERENCES p (a))",
                            "INSERT INTO c VALUES (1)"),
                     SKN_OK);
    assert_non_null(strstr(f->knobs.log, "foreign key mismatch"));
    assert_int_equal(REVISE(f, "INSERT INTO c VALUES (2)", "CREATE UNIQUE INDEX u ON p (a)"),
                     SKN_OK);
    assert_refused(f, REVISE(f, "INSERT INTO c VALUES (3)"));
}

static void a_transaction_that_ended_by_itself_leaves_nothing_to_check(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "INSERT INTO c VALUES (7, 70)");
    sql_ok(f, "COMMIT");
    assert_int_equal(REVISE(f, "INSERT INTO lone VALUES (1)"), SKN_OK);
}

static void the_check_can_be_switched_off(void **state)
{
    struct fixture *f = *state;
    raw(f->path, family);
    assert_int_equal(open_with(f, &f->conn, f->path, "foreign_key_check", "false", NULL), SKN_OK);
    assert_int_equal(REVISE(f, "INSERT INTO c VALUES (7, 70)"), SKN_OK);
    assert_int_equal(violations(f), 1);
}

static void a_long_check_can_be_cancelled(void **state)
{
    struct fixture *f = *state;
    start(f, family);
    raw(f->path, "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
                 " INSERT INTO c SELECT i, 1 FROM n");
    op_ok(f, SKN_STEP_BEGIN);
    f->knobs.cancel_after = 3;
    assert_int_equal(run_sql(f, "DELETE FROM p WHERE id = 77"), SKN_E_CANCELLED);
    assert_true(status_flags(f) & SKN_STATUS_IN_TX);
}

static void hostile_names_are_checked_too(void **state)
{
    struct fixture *f = *state;
    start(f, "CREATE TABLE \"p'\"\"%s\" (id INTEGER PRIMARY KEY);"
             "CREATE TABLE \"c'\"\"%n\" (p INT REFERENCES \"p'\"\"%s\" (id))");
    assert_int_equal(
        REVISE(f, "INSERT INTO \"p'\"\"%s\" VALUES (1)", "INSERT INTO \"c'\"\"%n\" VALUES (1)"),
        SKN_OK);
    assert_refused(f, REVISE(f, "DELETE FROM \"p'\"\"%s\""));
    assert_says(f, "\"c'\"%n\" refers to no row of \"p'\"%s\"");
}

static void rows_without_a_rowid_are_counted(void **state)
{
    struct fixture *f = *state;
    start(f, "CREATE TABLE p (id INTEGER PRIMARY KEY);"
             "CREATE TABLE c (p INT PRIMARY KEY REFERENCES p (id)) WITHOUT ROWID");
    assert_refused(f, REVISE(f, "INSERT INTO c VALUES (1)"));
    assert_says(f, "row ? of \"c\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rebuild_keeps_the_child_rows),
        TEST(a_rebuild_keeps_them_whatever_the_revision_sets),
        TEST(a_rebuild_that_loses_parents_is_refused),
        TEST(a_rebuild_takes_its_old_orphans_along),
        TEST(a_rebuild_that_redirects_grandchildren_is_refused),
        TEST(a_new_orphan_is_refused_and_named),
        TEST(whatever_takes_the_parent_away_is_refused),
        TEST(a_key_that_is_declared_over_orphans_is_refused),
        TEST(orphans_are_found_behind_a_new_name),
        TEST(orphans_are_found_after_going_back_to_a_savepoint),
        TEST(orphans_through_an_edited_schema_are_found),
        TEST(what_was_broken_before_does_not_stand_in_the_way),
        TEST(hidden_ways_to_break_a_key_are_found),
        TEST(a_replace_in_a_new_trigger_is_found),
        TEST(a_replace_that_stood_in_the_schema_before_any_key_is_known),
        TEST(a_legacy_rename_leaves_children_behind_and_is_refused),
        TEST(what_cannot_break_a_key_reads_no_other_table),
        TEST(a_table_that_another_connection_made_is_checked),
        TEST(a_key_made_in_a_dropped_transaction_is_forgotten),
        TEST(a_key_that_cannot_be_checked_is_a_warning),
        TEST(a_transaction_that_ended_by_itself_leaves_nothing_to_check),
        TEST(the_check_can_be_switched_off),
        TEST(a_long_check_can_be_cancelled),
        TEST(hostile_names_are_checked_too),
        TEST(rows_without_a_rowid_are_counted),
    };
    return cmocka_run_group_tests_name("sqlite foreign", tests, NULL, NULL);
}
