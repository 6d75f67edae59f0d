/*
 * The PostgreSQL driver's sessions, called slot by slot against a real server: options, settings,
 * what is reached, schemas, names, texts.
 */
#include "pg_proxy.h"

#include "random_text.h"

/* ---- what the driver says of itself and of the server ---- */

static void the_table_says_what_the_file_name_says(void **state)
{
    (void)state;
    if (!driver)
        skip();
    assert_string_equal(driver->name, "postgresql");
    assert_int_equal(driver->option_size, sizeof(struct skn_option));
    for (uint32_t i = 0; i < driver->option_count; i++)
        assert_non_null(driver->options[i].help);
}

static void the_server_is_described(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    struct skn_server server = described(conn);
    assert_true(strncmp(server.product, "PostgreSQL ", 11) == 0);
    assert_true(server.version >= 120000 && server.version % 100 == 0);
    assert_true(server.caps & SKN_CAP_LOCK);
    assert_true(server.flags & SKN_SERVER_LOCAL);
    assert_false(server.flags & (SKN_SERVER_POOLED | SKN_SERVER_READ_ONLY));
    assert_string_equal(server.user, server_user);
    driver->close(conn);
}

static void one_server_and_database_have_one_identity_by_any_name(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct proxy proxy = proxy_start(PROXY_LOSE_REQUEST);
    struct options options = options_through(&proxy);
    struct skn_conn *direct = opened_default();
    struct skn_conn *other = opened(&options);
    struct skn_server a = described(direct);
    struct skn_server b = described(other);
    assert_string_equal(a.identity, b.identity);
    assert_string_equal(a.server_id, b.server_id);
    driver->close(other);
    EXEC_OK(direct, SQL("CREATE SCHEMA IF NOT EXISTS elsewhere"));
    other = opened_schema("elsewhere");
    b = described(other);
    assert_string_not_equal(a.identity, b.identity);
    assert_string_equal(a.server_id, b.server_id);
    driver->close(other);
    driver->close(direct);
    proxy_stop(&proxy);
}

static void a_pooler_is_seen_and_gets_no_session_locks(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct proxy proxy = proxy_start(PROXY_RENUMBER);
    struct options options = options_through(&proxy);
    struct skn_conn *conn = opened(&options);
    struct skn_server server = described(conn);
    assert_true(server.flags & SKN_SERVER_POOLED);
    assert_false(server.caps & SKN_CAP_LOCK);
    assert_int_equal(driver->lock(conn, skn_str("alembic_version"), &err), SKN_E_UNSUPPORTED);
    driver->close(conn);
    proxy_stop(&proxy);
}

static void a_database_that_was_made_read_only_is_told(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char sql[256];
    struct skn_conn *conn = opened_default();
    snprintf(sql, sizeof sql, "ALTER DATABASE %s SET default_transaction_read_only = on", database);
    EXEC_OK(conn, SQL(sql));
    struct skn_conn *other = opened_default();
    assert_true(described(other).flags & SKN_SERVER_READ_ONLY);
    driver->close(other);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s RESET default_transaction_read_only", database);
    EXEC_OK(conn, SQL(sql));
    driver->close(conn);
}

/* ---- options ---- */

static int open_code(const char *key, const char *value)
{
    struct options options = options_default();
    struct skn_conn *conn = NULL;
    option_set(&options, key, value);
    int rc = open_with(&options, &conn);
    assert_true((rc == SKN_OK) == (conn != NULL));
    driver->close(conn);
    return rc;
}

static void options_that_make_no_sense_are_refused_before_connecting(void **state)
{
    (void)state;
    NEEDS_SERVER();
    assert_int_equal(open_code("port", "0"), SKN_E_CONFIG);
    assert_int_equal(open_code("port", "54x"), SKN_E_CONFIG);
    assert_int_equal(open_code("host", "a,b"), SKN_E_CONFIG);
    assert_int_equal(open_code("sslmode", "sometimes"), SKN_E_CONFIG);
    assert_int_equal(open_code("lock_timeout", "-1"), SKN_E_CONFIG);
    assert_int_equal(open_code("database", ""), SKN_E_CONFIG);
    assert_int_equal(open_code("schema", "a\xff"), SKN_E_CONFIG);
}

static void refusals_of_the_server_have_their_class(void **state)
{
    (void)state;
    NEEDS_SERVER();
    assert_int_equal(open_code("database", "no such database"), SKN_E_MISSING);
    assert_string_equal(err.sqlstate, "3D000");
    assert_non_null(strstr(err.message, "database \"no such database\" does not exist"));
    assert_null(strstr(err.message, "LOCATION"));
    assert_int_equal(open_code("user", "no such role"), SKN_E_AUTH);
    assert_int_equal(open_code("host", "/nonexistent"), SKN_E_CONNECT);
    assert_int_equal(open_code("schema", "no such schema"), SKN_E_MISSING);
    assert_non_null(strstr(err.message, "create_schema"));
}

static void tls_that_proves_nothing_is_warned_of(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct options options = options_default();
    struct skn_conn *conn = NULL;
    option_set(&options, "host", "192.0.2.1");
    option_set(&options, "sslmode", "require");
    listener.polls_left = 0;
    assert_int_equal(open_with(&options, &conn), SKN_E_CANCELLED);
    assert_non_null(strstr(listener.lines, "1 sslmode=require"));
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *const hostile[][2] = {
    {"PGHOST", "/nonexistent"},
    {"PGHOSTADDR", "192.0.2.1"},
    {"PGPORT", "1"},
    {"PGUSER", "nobody"},
    {"PGDATABASE", "nothing"},
    {"PGPASSWORD", "wrong"},
    {"PGPASSFILE", "/nonexistent"},
    {"PGOPTIONS", "-c search_path=evil -c statement_timeout=1"},
    {"PGSSLMODE", "verify-full"},
    {"PGREQUIRESSL", "1"},
    {"PGREQUIREPEER", "nobody"},
    {"PGSSLCERT", "/nonexistent"},
    {"PGSSLROOTCERT", "/nonexistent"},
    {"PGCLIENTENCODING", "LATIN1"},
    {"PGTARGETSESSIONATTRS", "standby"},
    {"PGAPPNAME", "evil"},
    {"PGGSSENCMODE", "require"},
    {"PGCHANNELBINDING", "require"},
    {"PGCONNECT_TIMEOUT", "nonsense"},
    {"PGSSLMINPROTOCOLVERSION", "nonsense"},
    {"PGSERVICE", "evil"},
};

static void the_environment_has_no_say(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char path[] = "/tmp/skein-test-service-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_file(path, "[evil]\nhostaddr=192.0.2.1\nsslpassword=x\nreplication=true\n"
                     "keepalives_idle=1\noptions=-c search_path=worse\n");
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        setenv(hostile[i][0], hostile[i][1], 1);
    setenv("PGSERVICEFILE", path, 1);
    struct skn_conn *conn = NULL;
    struct options options = options_default();
    int rc = open_with(&options, &conn);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        unsetenv(hostile[i][0]);
    unsetenv("PGSERVICEFILE");
    unlink(path);
    if (rc != SKN_OK)
        fail_msg("%s", err.message);
    ASSERT_QUERY(conn, "SHOW search_path", "\"$user\", public");
    ASSERT_QUERY(conn, "SHOW statement_timeout", "0");
    ASSERT_QUERY(conn, "SHOW application_name", "skein");
    ASSERT_QUERY(conn, "SHOW client_encoding", "UTF8");
    ASSERT_QUERY(conn, "SELECT current_database()", database);
    driver->close(conn);
}

static void what_of_the_environment_cannot_be_ignored_is_refused(void **state)
{
    (void)state;
    NEEDS_SERVER();
    static const char *const names[] = {"PGTZ", "PGDATESTYLE", "PGSERVICE"};
    setenv("PGSERVICEFILE", "/nonexistent", 1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv(names[i], "evil", 1);
        assert_int_equal(open_code("port", server_port), SKN_E_CONFIG);
        assert_non_null(strstr(err.message, names[i]));
        unsetenv(names[i]);
    }
    unsetenv("PGSERVICEFILE");
}

static void a_password_is_never_shown(void **state)
{
    (void)state;
    NEEDS_SERVER();
    static const char secret[] = "S3cr3t%zz@x";
    static const char *const fields[] = {"database", "user", "host", "sslrootcert", "search_path"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct options options = options_default();
        struct skn_conn *conn = NULL;
        option_set(&options, "password", secret);
        option_set(&options, fields[i], strcmp(fields[i], "host") == 0 ? "/S3cr3t%zz@x" : secret);
        if (open_with(&options, &conn) == SKN_OK)
            EXEC(conn, SQL("SELECT 'S3cr3t%zz@x'::integer"));
        driver->close(conn);
        assert_null(strstr(err.message, secret));
        assert_null(strstr(listener.lines, secret));
    }
}

static void a_database_name_is_not_a_connection_string(void **state)
{
    (void)state;
    NEEDS_SERVER();
    assert_int_equal(open_code("database", "dbname=postgres user=postgres"), SKN_E_MISSING);
    assert_int_equal(open_code("database", "postgresql://x/y"), SKN_E_MISSING);
}

/* ---- the session ---- */

static void settings_that_change_a_meaning_are_fixed(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char sql[600];
    struct skn_conn *conn = opened_default();
    snprintf(sql, sizeof sql,
             "DO $$ BEGIN EXECUTE 'ALTER DATABASE %s SET standard_conforming_strings = off'; "
             "EXECUTE 'ALTER DATABASE %s SET synchronous_commit = off'; "
             "EXECUTE 'ALTER DATABASE %s SET DateStyle = ''German, DMY'''; "
             "EXECUTE 'ALTER DATABASE %s SET default_transaction_isolation = serializable'; END $$",
             database, database, database, database);
    EXEC_OK(conn, SQL(sql));
    struct skn_conn *other = opened_default();
    for (int i = 0; i < 2; i++) {
        ASSERT_QUERY(other, "SHOW standard_conforming_strings", "on");
        ASSERT_QUERY(other, "SHOW synchronous_commit", "on");
        ASSERT_QUERY(other, "SHOW DateStyle", "ISO, DMY");
        ASSERT_QUERY(other, "SHOW transaction_isolation", "read committed");
        ASSERT_QUERY(other, "SHOW lock_timeout", "2s");
        EXEC_OK(other, SQL("SET standard_conforming_strings = off"), SQL("SET lock_timeout = 1"),
                SQL("SET synchronous_commit = off"), SQL("SET DateStyle = SQL"), RESET);
    }
    driver->close(other);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s RESET ALL", database);
    EXEC_OK(conn, SQL(sql));
    driver->close(conn);
}

static void reset_undoes_a_session_and_keeps_its_lock(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    struct skn_str name = skn_str("alembic_version");
    assert_int_equal(driver->lock(conn, name, &err), SKN_OK);
    EXEC_OK(conn, SQL("SET search_path = pg_catalog"), SQL("CREATE TEMP TABLE left_over (a int)"),
            SQL("PREPARE leftover AS SELECT 1"), SQL("SET ROLE pg_monitor"));
    EXEC_OK(conn, RESET);
    ASSERT_QUERY(conn, "SHOW search_path", "\"$user\", public");
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 'left_over'", "0");
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_prepared_statements", "0");
    ASSERT_QUERY(conn, "SELECT current_user", server_user);
    assert_int_equal(driver->unlock(conn, name, &err), SKN_OK);
    driver->close(conn);
}

static void a_schema_is_all_that_an_unqualified_name_sees(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("DROP SCHEMA IF EXISTS \"Ten ant\" CASCADE"));
    EXEC_OK(conn, SQL("CREATE SCHEMA \"Ten ant\""));
    struct skn_conn *tenant = opened_schema("Ten ant");
    EXEC_OK(tenant, SQL("CREATE TABLE here (a int)"));
    ASSERT_QUERY(tenant, "SELECT current_schemas(false)::text", "{\"Ten ant\"}");
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'Ten ant'", "1");
    driver->close(tenant);
    driver->close(conn);
}

static void a_given_search_path_is_taken_as_it_is(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct options options = options_default();
    option_set(&options, "schema", "public");
    option_set(&options, "search_path", "public, pg_catalog");
    struct skn_conn *conn = opened(&options);
    ASSERT_QUERY(conn, "SHOW search_path", "public, pg_catalog");
    EXEC_OK(conn, SQL("RESET search_path"));
    ASSERT_QUERY(conn, "SHOW search_path", "public, pg_catalog");
    driver->close(conn);
}

static void a_missing_schema_is_created_by_the_first_transaction_only(void **state)
{
    (void)state;
    NEEDS_SERVER();
    static const char count[] = "SELECT count(*) FROM pg_namespace WHERE nspname = 'unborn'";
    struct skn_str name = skn_str("t");
    uint64_t found = 1;
    struct options options = options_default();
    option_set(&options, "schema", "unborn");
    option_set(&options, "create_schema", "true");
    struct skn_conn *conn = opened(&options);
    assert_int_equal(driver->exists(conn, skn_str(NULL), &name, 1, &found, &err), SKN_OK);
    assert_int_equal(found, 0);
    ASSERT_QUERY(conn, count, "0");
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"), ROLLBACK);
    ASSERT_QUERY(conn, count, "0");
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"), COMMIT);
    ASSERT_QUERY(conn, "SELECT schemaname FROM pg_tables WHERE tablename = 't'", "unborn");
    assert_int_equal(driver->exists(conn, skn_str(NULL), &name, 1, &found, &err), SKN_OK);
    assert_int_equal(found, 1);
    EXEC_OK(conn, SQL("DROP SCHEMA unborn CASCADE"));
    driver->close(conn);
}

static void a_missing_schema_is_created_with_the_first_table_elsewhere(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct options options = options_default();
    option_set(&options, "schema", "unborn");
    option_set(&options, "create_schema", "true");
    struct skn_conn *conn = opened(&options);
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE t (a nonsense)")), SKN_E_MISSING);
    assert_int_equal(err.position, strlen("CREATE TABLE t (a ") + 1);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_namespace WHERE nspname = 'unborn'", "0");
    EXEC_OK(conn, SQL("CREATE TABLE t (a int)"), SQL("INSERT INTO t VALUES (1), (2)"));
    assert_int_equal(heard.counts[1], 2);
    ASSERT_QUERY(conn, "SELECT count(*) FROM unborn.t", "2");
    EXEC_OK(conn, SQL("DROP SCHEMA unborn CASCADE"));
    driver->close(conn);
}

static void a_server_looks_after_us_inside_transactions_only(void **state)
{
    (void)state;
    NEEDS_SERVER();
    static const char setting[] = "SELECT setting FROM pg_settings WHERE name = "
                                  "'client_connection_check_interval'";
    struct skn_conn *conn = opened_default();
    if (described(conn).version < 140000) {
        print_message("skipped: the server cannot tell of a closed socket\n");
        driver->close(conn);
        skip();
    }
    ASSERT_QUERY(conn, setting, "0");
    EXEC_OK(conn, BEGIN);
    ASSERT_QUERY(conn, setting, "1000");
    EXEC_OK(conn, COMMIT);
    ASSERT_QUERY(conn, setting, "0");
    driver->close(conn);
}

static void a_reset_inside_a_transaction_is_part_of_it(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_schema("public");
    EXEC_OK(conn, BEGIN, SQL("SET search_path = pg_catalog"), RESET, SQL("CREATE TABLE t (a int)"),
            COMMIT);
    ASSERT_QUERY(conn, "SELECT schemaname FROM pg_tables WHERE tablename = 't'", "public");
    driver->close(conn);
}

/* ---- another schema ---- */

static int retarget(struct skn_conn *conn, const char *key, const char *value)
{
    struct options options = options_default();
    option_set(&options, "schema", "one");
    option_set(&options, key, value);
    err = (struct skn_error){.size = sizeof err};
    return driver->retarget(conn, options.list, options.count, &err);
}

static void a_session_goes_on_in_another_schema(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_one_of_two();
    long pid = session_pid(conn);
    struct skn_server before = described(conn);
    assert_int_equal(retarget(conn, "schema", "two"), SKN_OK);
    struct skn_server after = described(conn);
    assert_int_equal(session_pid(conn), pid);
    assert_string_not_equal(before.identity, after.identity);
    EXEC_OK(conn, SQL("CREATE TABLE t (a int)"));
    ASSERT_QUERY(conn, "SELECT schemaname FROM pg_tables WHERE tablename = 't'", "two");
    EXEC_OK(conn, SQL("SET search_path = one"), RESET);
    ASSERT_QUERY(conn, "SELECT current_schema()", "two");
    assert_int_equal(retarget(conn, "schema", "one"), SKN_OK);
    ASSERT_QUERY(conn, "SELECT current_schema()", "one");
    assert_string_equal(described(conn).identity, before.identity);
    driver->close(conn);
}

static void a_reset_in_a_revision_never_leads_to_the_schema_before(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_one_of_two();
    assert_int_equal(retarget(conn, "schema", "two"), SKN_OK);
    EXEC_OK(conn, SQL("RESET ALL"));
    ASSERT_QUERY(conn, "SELECT current_schema()", "two");
    EXEC_OK(conn, BEGIN, SQL("SET search_path TO one"), SQL("SET search_path TO DEFAULT"),
            SQL("CREATE TABLE t (a int)"), COMMIT);
    ASSERT_QUERY(conn, "SELECT schemaname FROM pg_tables WHERE tablename = 't'", "two");
    /* One that nobody can see finds no schema rather than the wrong one. */
    EXEC_OK(conn, SQL("DO $$ BEGIN EXECUTE 'RESET search_path'; END $$"));
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE u (a int)")), SKN_E_MISSING);
    driver->close(conn);
}

static void a_target_that_differs_in_more_needs_a_session_of_its_own(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_one_of_two();
    assert_int_equal(retarget(conn, "database", "postgres"), SKN_E_UNSUPPORTED);
    assert_int_equal(retarget(conn, "user", "other"), SKN_E_UNSUPPORTED);
    assert_int_equal(retarget(conn, "schema", ""), SKN_E_UNSUPPORTED);
    assert_int_equal(retarget(conn, "schema", "three"), SKN_E_MISSING);
    ASSERT_QUERY(conn, "SELECT current_schema()", "one");
    driver->close(conn);
}

/* ---- tables and names ---- */

static void only_tables_of_the_current_schema_exist(void **state)
{
    (void)state;
    NEEDS_SERVER();
    const struct skn_str names[] = {skn_str("here"), skn_str("there"), skn_str("nowhere"),
                                    skn_str("He\"re'\\"), skn_str_len("a\0b", 3)};
    uint64_t found = 0;
    struct skn_conn *conn = opened_one_of_two();
    EXEC_OK(conn, SQL("CREATE TABLE here (a int)"), SQL("CREATE TABLE two.there (a int)"),
            SQL("CREATE TABLE \"He\"\"re'\\\" (a int)"));
    assert_int_equal(driver->exists(conn, skn_str(NULL), names, 5, &found, &err), SKN_OK);
    assert_int_equal(found, 1 | 8);
    assert_int_equal(driver->exists(conn, skn_str("two"), names, 5, &found, &err), SKN_OK);
    assert_int_equal(found, 2);
    assert_int_equal(driver->exists(conn, skn_str("three"), names, 5, &found, &err), SKN_OK);
    assert_int_equal(found, 0);
    driver->close(conn);
}

struct quoted {
    char text[512];
};

static void quoted_take(void *ctx, struct skn_str text)
{
    struct quoted *to = ctx;
    snprintf(to->text, sizeof to->text, "%.*s", SKN_FMT(text));
}

static int quote(uint32_t kind, struct skn_str text, struct quoted *out)
{
    return driver->quote(kind, text, quoted_take, out, &err);
}

static const char *const names_to_quote[] = {
    "plain",
    "UPPER",
    "a\"b",
    "a;drop",
    "a--",
    "x'y",
    "\\",
    "\xf0\x9f\xa6\x86 goose",
    "new\nline",
    "select",
    "a\\'b",
    "$$",
    "E'x'",
    "/* */",
    "123456789012345678901234567890123456789012345678901234567890123"};

static void hostile_names_come_back_as_they_went_in(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct quoted ident, literal;
    char sql[1600];
    struct skn_conn *conn = opened_default();
    for (size_t i = 0; i < sizeof names_to_quote / sizeof names_to_quote[0]; i++) {
        struct skn_str name = skn_str(names_to_quote[i]);
        assert_int_equal(quote(SKN_QUOTE_IDENT, name, &ident), SKN_OK);
        assert_int_equal(quote(SKN_QUOTE_LITERAL, name, &literal), SKN_OK);
        ASSERT_QUERY(conn, (snprintf(sql, sizeof sql, "SELECT %s", literal.text), sql), name.ptr);
        snprintf(sql, sizeof sql, "CREATE TABLE %s (a int)", ident.text);
        EXEC_OK(conn, SQL(sql));
        snprintf(sql, sizeof sql, "SELECT relname FROM pg_class WHERE relname = %s", literal.text);
        ASSERT_QUERY(conn, sql, name.ptr);
    }
    EXEC_OK(conn, SQL("SET standard_conforming_strings = off"));
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str("a\\'; DROP"), &literal), SKN_OK);
    ASSERT_QUERY(conn, (snprintf(sql, sizeof sql, "SELECT %s", literal.text), sql), "a\\'; DROP");
    driver->close(conn);
}

static void r9_any_text_comes_back_from_the_server_byte_by_byte(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct quoted ident, literal;
    char sql[1600], text[HOSTILE_SIZE], hex[2 * HOSTILE_SIZE];
    uint32_t seed = 1;
    struct skn_conn *conn = opened_default();
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        hostile_text(&seed, text);
        assert_int_equal(quote(SKN_QUOTE_IDENT, skn_str(text), &ident), SKN_OK);
        assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str(text), &literal), SKN_OK);
        snprintf(sql, sizeof sql,
                 "SELECT upper(encode(convert_to(%s, 'UTF8'), 'hex') || ' ' || "
                 "encode(convert_to(key, 'UTF8'), 'hex')) FROM (SELECT 1 AS %s) r, "
                 "json_each_text(row_to_json(r))",
                 literal.text, ident.text);
        char both[4 * HOSTILE_SIZE];
        hex_of(text, hex);
        snprintf(both, sizeof both, "%s %s", hex, hex);
        ASSERT_QUERY(conn, sql, both);
    }
    driver->close(conn);
}

static void what_cannot_be_said_is_not_quoted(void **state)
{
    (void)state;
    if (!driver)
        skip();
    struct quoted out;
    char long_name[65];
    memset(long_name, 'x', sizeof long_name);
    assert_int_equal(quote(SKN_QUOTE_IDENT, skn_str_len(long_name, 64), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_IDENT, skn_str(""), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_IDENT, skn_str_len("a\0b", 3), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str_len("a\0b", 3), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str("\xc0\xaf"), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str("\xed\xa0\x80"), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str("\xf5\x80\x80\x80"), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str("cut \xe2\x82"), &out), SKN_E_USAGE);
    assert_int_equal(quote(SKN_QUOTE_LITERAL, skn_str(""), &out), SKN_OK);
    assert_string_equal(out.text, "''");
    assert_int_equal(quote(7, skn_str("x"), &out), SKN_E_USAGE);
}

/* ---- texts ---- */

static const struct {
    const char *sql;
    uint32_t no_tx;
} outside[] = {
    {"CREATE INDEX CONCURRENTLY i ON t (a)", 1},
    {"create unique /* now */ index concurrently i on t (a)", 1},
    {"CREATE INDEX \"CONCURRENTLY\" ON t (a)", 0},
    {"CREATE INDEX i ON t (a) WHERE b = 'CONCURRENTLY'", 0},
    {"DROP INDEX CONCURRENTLY IF EXISTS i", 1},
    {"REINDEX (VERBOSE) TABLE CONCURRENTLY t", 1},
    {"REINDEX TABLE t", 0},
    {"REINDEX DATABASE d", 1},
    {"ALTER TABLE p DETACH PARTITION q CONCURRENTLY", 1},
    {"ALTER TABLE p DETACH PARTITION q", 0},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY v", 0},
    {"VACUUM ANALYZE t", 1},
    {"CREATE DATABASE d", 1},
    {"CREATE TABLE database (a int)", 0},
    {"ALTER DATABASE d SET TABLESPACE x", 1},
    {"ALTER DATABASE d SET work_mem = '1MB'", 0},
    {"ALTER SYSTEM SET work_mem = '1MB'", 1},
    {"ALTER TYPE e ADD VALUE 'x'", 0},
    {"CLUSTER", 1},
    {"CLUSTER t USING i", 0},
    {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", 1},
};

static void statements_that_refuse_a_transaction_are_told(void **state)
{
    (void)state;
    if (!driver)
        skip();
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        struct skn_scan cursor = {.size = sizeof cursor};
        assert_int_equal(driver->scan(&host, skn_str(outside[i].sql), &cursor, &err), SKN_OK);
        if ((cursor.flags & SKN_STATEMENT_NO_TX) != outside[i].no_tx)
            fail_msg("%s: %u", outside[i].sql, (unsigned)cursor.flags);
    }
}

static void a_text_with_data_for_copy_is_refused_where_it_stands(void **state)
{
    (void)state;
    if (!driver)
        skip();
    static const char text[] = "SELECT 1;\nCOPY t (a) TO STDOUT;";
    struct skn_scan cursor = {.size = sizeof cursor};
    assert_int_equal(driver->scan(&host, skn_str(text), &cursor, &err), SKN_OK);
    assert_int_equal(driver->scan(&host, skn_str(text), &cursor, &err), SKN_E_UNSUPPORTED);
    assert_int_equal(err.position, strstr(text, "COPY") - text + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(the_table_says_what_the_file_name_says),
        CLAIM(the_server_is_described),
        CLAIM(one_server_and_database_have_one_identity_by_any_name),
        CLAIM(a_pooler_is_seen_and_gets_no_session_locks),
        CLAIM(a_database_that_was_made_read_only_is_told),
        CLAIM(options_that_make_no_sense_are_refused_before_connecting),
        CLAIM(refusals_of_the_server_have_their_class),
        CLAIM(tls_that_proves_nothing_is_warned_of),
        CLAIM(the_environment_has_no_say),
        CLAIM(what_of_the_environment_cannot_be_ignored_is_refused),
        CLAIM(a_password_is_never_shown),
        CLAIM(a_database_name_is_not_a_connection_string),
        CLAIM(settings_that_change_a_meaning_are_fixed),
        CLAIM(reset_undoes_a_session_and_keeps_its_lock),
        CLAIM(a_schema_is_all_that_an_unqualified_name_sees),
        CLAIM(a_given_search_path_is_taken_as_it_is),
        CLAIM(a_missing_schema_is_created_by_the_first_transaction_only),
        CLAIM(a_missing_schema_is_created_with_the_first_table_elsewhere),
        CLAIM(a_server_looks_after_us_inside_transactions_only),
        CLAIM(a_reset_inside_a_transaction_is_part_of_it),
        CLAIM(a_session_goes_on_in_another_schema),
        CLAIM(a_reset_in_a_revision_never_leads_to_the_schema_before),
        CLAIM(a_target_that_differs_in_more_needs_a_session_of_its_own),
        CLAIM(only_tables_of_the_current_schema_exist),
        CLAIM(hostile_names_come_back_as_they_went_in),
        CLAIM(r9_any_text_comes_back_from_the_server_byte_by_byte),
        CLAIM(what_cannot_be_said_is_not_quoted),
        CLAIM(statements_that_refuse_a_transaction_are_told),
        CLAIM(a_text_with_data_for_copy_is_refused_where_it_stands),
    };
    return cmocka_run_group_tests_name("postgresql", tests, group_setup, group_teardown);
}
