/*
 * Where a SQLite database is: paths, links, files that are not there yet, and who may write them.
 */
#include "sqlite_fixture.h"

#include <sys/wait.h>

/* ---- a database that does not exist yet ---- */

static void a_probe_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    struct skn_server server = {.size = sizeof server};
    struct skn_str names[2] = {skn_str("alembic_version"), skn_str("t")};
    uint64_t found = 7;
    open_ok(f);
    assert_int_equal(f->driver->describe(f->conn, &server, &f->err), SKN_OK);
    assert_int_equal(f->driver->exists(f->conn, skn_str(NULL), names, 2, &found, &f->err), SKN_OK);
    assert_int_equal(found, 0);
    sql_ok(f, "SELECT 1");
    assert_int_equal(run_sql(f, "SELECT version_num FROM alembic_version"), SKN_E_MISSING);
    assert_string_equal(f->err.sqlstate, "42S02");
    op_ok(f, SKN_STEP_ROLLBACK);
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(status_flags(f), SKN_STATUS_OPEN);
    f->driver->close(f->conn);
    f->conn = NULL;
    assert_false(is_there(f->path));
}

static void settings_of_the_session_wait_for_the_file(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    sql_ok(f, "PRAGMA case_sensitive_like = ON");
    assert_false(is_there(f->path));
    assert_int_equal(REVISE(f, "CREATE TABLE t (a CHECK (a LIKE 'x'))"), SKN_OK);
    assert_int_equal(run_sql(f, "INSERT INTO t VALUES ('X')"), SKN_E_CONSTRAINT);
    op_ok(f, SKN_STEP_RESET);
    sql_ok(f, "INSERT INTO t VALUES ('X')");
}

static void the_first_transaction_makes_the_file(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    assert_int_equal(REVISE(f, "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)"), SKN_OK);
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM t"), 1);
}

static void the_first_write_outside_a_transaction_makes_the_file(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void a_write_that_cannot_work_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    open_ok(f);
    assert_int_equal(run_sql(f, "INSERT INTO nowhere VALUES (1)"), SKN_E_MISSING);
    assert_int_equal(run_sql(f, "CREATE TABLE ("), SKN_E_SYNTAX);
    assert_false(is_there(f->path));
}

static void a_file_made_by_somebody_else_meanwhile_is_seen(void **state)
{
    struct fixture *f = *state;
    struct skn_str name = skn_str("T");
    uint64_t found;
    open_ok(f);
    raw(f->path, "CREATE TABLE t (a)");
    assert_int_equal(f->driver->exists(f->conn, skn_str("main"), &name, 1, &found, &f->err),
                     SKN_OK);
    assert_int_equal(found, 1);
    sql_ok(f, "SELECT a FROM t");
}

static void without_create_an_absent_file_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_with(f, &f->conn, f->path, "create", "false", NULL), SKN_E_CONNECT);
    assert_null(f->conn);
    assert_says(f, "does not exist");
    assert_false(is_there(f->path));
}

/* ---- what is no database ---- */

static void refused(struct fixture *f, const char *path, const char *words)
{
    assert_int_equal(open_with(f, &f->conn, path, NULL), SKN_E_CONFIG);
    assert_null(f->conn);
    assert_says(f, words);
}

static void what_is_no_database_is_refused_and_named(void **state)
{
    struct fixture *f = *state;
    char path[256];
    FILE *file;
    refused(f, "", "empty");
    refused(f, f->dir, "is a folder");
    snprintf(path, sizeof path, "%s/nowhere/app.db", f->dir);
    refused(f, path, "create the folder");
    snprintf(path, sizeof path, "%s/fifo", f->dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused(f, path, "is a FIFO");
    snprintf(path, sizeof path, "%s/loop", f->dir);
    assert_int_equal(symlink(path, path), 0);
    refused(f, path, "loop of symbolic links");
    snprintf(path, sizeof path, "%s/text", f->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%0600d", 0);
    fclose(file);
    refused(f, path, "not a SQLite database");
    snprintf(path, sizeof path, "%s/x/", f->dir);
    refused(f, path, "");
}

static void a_file_with_two_names_is_refused(void **state)
{
    struct fixture *f = *state;
    char other[256];
    raw(f->path, "CREATE TABLE t (a)");
    snprintf(other, sizeof other, "%s/other.db", f->dir);
    assert_int_equal(link(f->path, other), 0);
    refused(f, f->path, "hard links");
    assert_int_equal(unlink(other), 0);
    open_ok(f);
}

static void a_name_that_looks_like_a_uri_is_a_name(void **state)
{
    struct fixture *f = *state;
    char cwd[PATH_MAX];
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(chdir(f->dir), 0);
    assert_int_equal(open_with(f, &f->conn, "file:x.db?mode=memory", NULL), SKN_OK);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_true(is_there("file:x.db?mode=memory"));
    assert_int_equal(chdir(cwd), 0);
}

static void wrong_options_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(open_with(f, &f->conn, f->path, "create", "yes", NULL), SKN_E_CONFIG);
    assert_int_equal(open_with(f, &f->conn, f->path, "synchronous", "1; DROP", NULL), SKN_E_CONFIG);
    assert_int_equal(open_with(f, &f->conn, f->path, "journal_mode", "off", NULL), SKN_E_CONFIG);
    assert_false(is_there(f->path));
}

/* ---- identity ---- */

static void identity_of(struct fixture *f, const char *path, char out[256])
{
    struct skn_server server = {.size = sizeof server};
    struct skn_conn *conn;
    if (open_with(f, &conn, path, NULL))
        fail_msg("open %s: %s", path, f->err.message);
    assert_int_equal(f->driver->describe(conn, &server, &f->err), SKN_OK);
    assert_string_equal(server.identity, server.server_id);
    memcpy(out, server.identity, 256);
    f->driver->close(conn);
}

static void same(struct fixture *f, const char *a, const char *b, int expected)
{
    char one[256];
    char two[256];
    identity_of(f, a, one);
    identity_of(f, b, two);
    assert_int_equal(strcmp(one, two) == 0, expected);
}

static void one_database_has_one_identity_by_any_name(void **state)
{
    struct fixture *f = *state;
    char link[256];
    char folder[256];
    char in_folder[512];
    char other[256];
    snprintf(link, sizeof link, "%s/link.db", f->dir);
    snprintf(folder, sizeof folder, "%s/folder", f->dir);
    snprintf(in_folder, sizeof in_folder, "%s/app.db", folder);
    snprintf(other, sizeof other, "%s/other.db", f->dir);
    assert_int_equal(symlink("app.db", link), 0);
    assert_int_equal(symlink(".", folder), 0);
    same(f, f->path, link, 1); /* the file is not there yet */
    same(f, f->path, in_folder, 1);
    same(f, f->path, other, 0);
    raw(f->path, "CREATE TABLE t (a)");
    raw(other, "CREATE TABLE t (a)");
    same(f, f->path, link, 1);
    same(f, f->path, in_folder, 1);
    same(f, f->path, other, 0);
}

static void long_names_that_end_differently_are_told_apart(void **state)
{
    struct fixture *f = *state;
    char a[512];
    char b[512];
    snprintf(a, sizeof a, "%s/%0200d1", f->dir, 0);
    snprintf(b, sizeof b, "%s/%0200d2", f->dir, 0);
    same(f, a, b, 0);
    same(f, a, a, 1);
}

static void a_linked_database_keeps_its_journal_beside_the_file(void **state)
{
    struct fixture *f = *state;
    char folder[256];
    char link[512];
    char journal[512];
    snprintf(folder, sizeof folder, "%s/far", f->dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(link, sizeof link, "%s/link.db", folder);
    snprintf(journal, sizeof journal, "%s-journal", f->path);
    assert_int_equal(symlink("../app.db", link), 0);
    assert_int_equal(open_with(f, &f->conn, link, NULL), SKN_OK);
    op_ok(f, SKN_STEP_BEGIN);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_true(is_there(journal));
    op_ok(f, SKN_STEP_COMMIT);
    assert_false(is_there(journal));
    assert_int_equal(raw_int(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void each_memory_database_is_its_own(void **state)
{
    struct fixture *f = *state;
    same(f, ":memory:", ":memory:", 0);
    assert_int_equal(open_with(f, &f->conn, ":memory:", NULL), SKN_OK);
    assert_int_equal(REVISE(f, "CREATE TABLE t (a)"), SKN_OK);
    sql_ok(f, "PRAGMA case_sensitive_like = ON");
    op_ok(f, SKN_STEP_RESET);
    assert_int_equal(run_sql(f, "CREATE TABLE t (a)"), SKN_E_EXISTS);
}

static void the_version_is_that_of_the_library(void **state)
{
    struct fixture *f = *state;
    struct skn_server server = {.size = sizeof server};
    char product[64];
    open_ok(f);
    assert_int_equal(f->driver->describe(f->conn, &server, &f->err), SKN_OK);
    snprintf(product, sizeof product, "SQLite %s", sqlite3_libversion());
    assert_string_equal(server.product, product);
    assert_int_equal(server.version / 10000, 3);
    assert_int_equal(server.version % 10000 / 100, sqlite3_libversion_number() / 1000 % 1000);
    assert_true(server.flags & SKN_SERVER_LOCAL);
    assert_int_equal(server.caps, SKN_CAP_DDL_TX | SKN_CAP_SAVEPOINT | SKN_CAP_LOCK_ASIDE);
}

static void a_caller_with_a_smaller_struct_gets_what_it_has_room_for(void **state)
{
    struct fixture *f = *state;
    struct skn_server server;
    memset(&server, 'x', sizeof server);
    server.size = offsetof(struct skn_server, product);
    open_ok(f);
    assert_int_equal(f->driver->describe(f->conn, &server, &f->err), SKN_OK);
    assert_int_equal(server.size, offsetof(struct skn_server, product));
    assert_true(server.flags & SKN_SERVER_LOCAL);
    assert_int_equal(server.product[0], 'x');
}

/* ---- rights ---- */

/* Runs check as a user without rights of root; its return is the exit code. */
static int as_nobody(struct fixture *f, int (*check)(struct fixture *f))
{
    int wait_status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int code = 99;
        if (geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0))
            code = check(f);
        f->driver->close(f->conn);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    return WEXITSTATUS(wait_status);
}

static int write_is_refused(struct fixture *f)
{
    struct skn_server server = {.size = sizeof server};
    if (open_with(f, &f->conn, f->path, NULL))
        return 1;
    if (f->driver->describe(f->conn, &server, &f->err) || !(server.flags & SKN_SERVER_READ_ONLY))
        return 2;
    if (run_op(f, SKN_STEP_BEGIN) == SKN_OK && run_sql(f, "CREATE TABLE u (a)") == SKN_OK)
        return 3;
    return f->err.code == SKN_E_PERMISSION ? 0 : 4;
}

static void a_file_we_may_not_write_is_read_only(void **state)
{
    struct fixture *f = *state;
    raw(f->path, "CREATE TABLE t (a)");
    assert_int_equal(chmod(f->path, 0444), 0);
    assert_int_equal(chmod(f->dir, 0777), 0);
    assert_int_equal(as_nobody(f, write_is_refused), 0);
}

static void a_folder_we_may_not_write_is_read_only(void **state)
{
    struct fixture *f = *state;
    raw(f->path, "CREATE TABLE t (a)");
    assert_int_equal(chmod(f->path, 0666), 0);
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(as_nobody(f, write_is_refused), 0);
    assert_int_equal(chmod(f->dir, 0700), 0);
}

static void an_absent_file_in_a_folder_we_may_not_write_is_read_only(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(as_nobody(f, write_is_refused), 0);
    assert_int_equal(chmod(f->dir, 0700), 0);
}

static int open_is_not_permitted(struct fixture *f)
{
    return open_with(f, &f->conn, f->path, NULL) == SKN_E_PERMISSION ? 0 : 1;
}

static void a_file_we_may_not_read_is_a_matter_of_permission(void **state)
{
    struct fixture *f = *state;
    raw(f->path, "CREATE TABLE t (a)");
    assert_int_equal(chmod(f->path, 0), 0);
    assert_int_equal(chmod(f->dir, 0755), 0);
    assert_int_equal(as_nobody(f, open_is_not_permitted), 0);
    assert_int_equal(chmod(f->dir, 0700), 0);
    if (geteuid() == 0)
        assert_int_equal(as_nobody(f, open_is_not_permitted), 0);
}

/* ---- a file that changes under an open connection ---- */

static void a_replaced_file_is_not_written(void **state)
{
    struct fixture *f = *state;
    char away[256];
    raw(f->path, "CREATE TABLE t (a)");
    open_ok(f);
    sql_ok(f, "SELECT * FROM t");
    snprintf(away, sizeof away, "%s/away.db", f->dir);
    assert_int_equal(rename(f->path, away), 0);
    raw(f->path, "CREATE TABLE other (a)");
    assert_int_equal(run_op(f, SKN_STEP_BEGIN), SKN_E_CONNECT);
    assert_says(f, "replaced");
    sql_ok(f, "PRAGMA case_sensitive_like = ON");
    assert_int_equal(run_op(f, SKN_STEP_RESET), SKN_E_CONNECT);
    assert_int_equal(status_flags(f), 0);
    assert_int_equal(run_sql(f, "SELECT 1"), SKN_E_CONNECT);
}

/* ---- the lock where there is no transaction ---- */

static void text_join(void *ctx, struct skn_str text)
{
    size_t len = strlen(ctx);
    snprintf((char *)ctx + len, 1024 - len, "%.*s", SKN_FMT(text));
}

static void k11_a_second_runner_is_kept_out_and_told_of_the_first(void **state)
{
    struct fixture *f = *state;
    struct skn_conn *other = NULL;
    char text[1024] = "";
    char lock[160];
    snprintf(lock, sizeof lock, "%s-skein-lock", f->path);
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_int_equal(open_with(f, &other, f->path, NULL), SKN_OK);
    assert_int_equal(f->driver->holder(other, skn_str("v"), text_join, text, &f->err), SKN_OK);
    assert_string_equal(text, "");
    assert_int_equal(f->driver->lock(f->conn, skn_str("v"), &f->err), SKN_OK);
    assert_int_equal(f->driver->lock(other, skn_str("v"), &f->err), SKN_E_BUSY);
    assert_non_null(strstr(f->err.message, "process "));
    assert_int_equal(f->driver->holder(other, skn_str("v"), text_join, text, &f->err), SKN_OK);
    assert_non_null(strstr(text, "process "));
    assert_true(is_there(lock));
    assert_int_equal(f->driver->unlock(f->conn, skn_str("v"), &f->err), SKN_OK);
    assert_false(is_there(lock));
    assert_int_equal(f->driver->lock(other, skn_str("v"), &f->err), SKN_OK);
    f->driver->close(other);
    assert_false(is_there(lock));
}

static void a_fingerprint_is_of_what_stands_in_the_statement(void **state)
{
    static const char statement[] = "ALTER TABLE t ADD COLUMN b";
    struct fixture *f = *state;
    char before[1024] = "", same[1024] = "", after[1024] = "";
    open_ok(f);
    sql_ok(f, "CREATE TABLE t (a)");
    assert_int_equal(
        f->driver->fingerprint(f->conn, skn_str(statement), text_join, before, &f->err), SKN_OK);
    sql_ok(f, "CREATE TABLE t2 (a)");
    sql_ok(f, "INSERT INTO t VALUES (1)");
    assert_int_equal(f->driver->fingerprint(f->conn, skn_str(statement), text_join, same, &f->err),
                     SKN_OK);
    assert_string_equal(before, same);
    sql_ok(f, statement);
    assert_int_equal(f->driver->fingerprint(f->conn, skn_str(statement), text_join, after, &f->err),
                     SKN_OK);
    assert_string_not_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_probe_leaves_no_file),
        TEST(settings_of_the_session_wait_for_the_file),
        TEST(the_first_transaction_makes_the_file),
        TEST(the_first_write_outside_a_transaction_makes_the_file),
        TEST(a_write_that_cannot_work_leaves_no_file),
        TEST(a_file_made_by_somebody_else_meanwhile_is_seen),
        TEST(without_create_an_absent_file_is_refused),
        TEST(what_is_no_database_is_refused_and_named),
        TEST(a_file_with_two_names_is_refused),
        TEST(a_name_that_looks_like_a_uri_is_a_name),
        TEST(wrong_options_are_refused),
        TEST(one_database_has_one_identity_by_any_name),
        TEST(long_names_that_end_differently_are_told_apart),
        TEST(a_linked_database_keeps_its_journal_beside_the_file),
        TEST(each_memory_database_is_its_own),
        TEST(the_version_is_that_of_the_library),
        TEST(a_caller_with_a_smaller_struct_gets_what_it_has_room_for),
        TEST(a_file_we_may_not_write_is_read_only),
        TEST(a_folder_we_may_not_write_is_read_only),
        TEST(an_absent_file_in_a_folder_we_may_not_write_is_read_only),
        TEST(a_file_we_may_not_read_is_a_matter_of_permission),
        TEST(a_replaced_file_is_not_written),
        TEST(k11_a_second_runner_is_kept_out_and_told_of_the_first),
        TEST(a_fingerprint_is_of_what_stands_in_the_statement),
    };
    return cmocka_run_group_tests_name("sqlite file", tests, NULL, NULL);
}
