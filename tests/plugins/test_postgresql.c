/*
 * The PostgreSQL driver, called slot by slot against a real server, through the shared object that
 * skein would load. A small proxy between the two loses what a network can lose.
 */
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

#include "work/scan.h"

/* ---- the host that the driver sees ---- */

struct listener {
    int64_t end;      /* monotonic ms, 0: no limit */
    int polls_left;   /* cancelled() turns true after so many calls; -1: never */
    char lines[8192]; /* what was logged, "level text" */
};

static struct listener listener;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    struct listener *to = ctx;
    size_t len = strlen(to->lines);
    snprintf(to->lines + len, sizeof to->lines - len, "%u %.*s\n", (unsigned)level, SKN_FMT(line));
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
    struct listener *to = ctx;
    if (to->polls_left > 0)
        to->polls_left--;
    return to->polls_left == 0;
}

static int64_t host_time_left(void *ctx)
{
    const struct listener *to = ctx;
    int64_t left = to->end - now_ms();
    if (to->end == 0)
        return -1;
    return left > 0 ? left : 0;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    return skn_scan_next(dialect, text, cursor, err);
}

static const struct skn_host host = {
    .size = sizeof host,
    .abi_minor = SKN_ABI_MINOR,
    .ctx = &listener,
    .log = host_log,
    .alloc = host_alloc,
    .cancelled = host_cancelled,
    .time_left = host_time_left,
    .scan = host_scan,
};

/* ---- the driver and the server ---- */

static const struct skn_driver *driver;
static char database[64];
static const char *server_socket, *server_port, *server_user;
static struct skn_error err;

static const char *skip_reason;

#define NEEDS_SERVER()                                                                             \
    do {                                                                                           \
        if (skip_reason) {                                                                         \
            print_message("skipped: %s\n", skip_reason);                                           \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

struct options {
    struct skn_kv list[24];
    uint32_t count;
};

static void option_set(struct options *options, const char *key, const char *value)
{
    for (uint32_t i = 0; i < options->count; i++)
        if (skn_str_is(options->list[i].key, key)) {
            options->list[i].value = skn_str(value);
            return;
        }
    options->list[options->count++] = (struct skn_kv){skn_str(key), skn_str(value)};
}

static struct options options_default(void)
{
    struct options options = {.count = 0};
    option_set(&options, "host", server_socket);
    option_set(&options, "port", server_port);
    option_set(&options, "user", server_user);
    option_set(&options, "database", database[0] ? database : "postgres");
    return options;
}

static int open_with(const struct options *options, struct skn_conn **conn)
{
    err = (struct skn_error){.size = sizeof err};
    return driver->open(&host, options->list, options->count, conn, &err);
}

static struct skn_conn *opened(const struct options *options)
{
    struct skn_conn *conn = NULL;
    if (open_with(options, &conn) != SKN_OK)
        fail_msg("open: %s", err.message);
    return conn;
}

static struct skn_conn *opened_default(void)
{
    struct options options = options_default();
    return opened(&options);
}

static struct skn_conn *opened_schema(const char *schema)
{
    struct options options = options_default();
    option_set(&options, "schema", schema);
    return opened(&options);
}

/* ---- batches ---- */

struct heard {
    uint32_t done;        /* steps reported */
    int64_t counts[4096]; /* what each affected */
    uint32_t rows;
    char first[256]; /* the first column of the first row */
    uint32_t stop_at_row;
    uint32_t stop_at_done;
};

static struct heard heard;

static int on_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct heard *to = ctx;
    assert_true(count > 0);
    assert_int_equal(step, to->done);
    if (to->rows++ == 0)
        snprintf(to->first, sizeof to->first, "%.*s", SKN_FMT(columns[0]));
    return to->stop_at_row && to->rows >= to->stop_at_row;
}

static int on_done(void *ctx, uint32_t step, int64_t rows)
{
    struct heard *to = ctx;
    assert_int_equal(step, to->done);
    if (step < sizeof to->counts / sizeof to->counts[0])
        to->counts[step] = rows;
    to->done++;
    return to->stop_at_done && to->done >= to->stop_at_done;
}

static const struct skn_events events = {
    .size = sizeof events, .ctx = &heard, .row = on_row, .done = on_done};

static struct skn_step step(uint32_t op, const char *sql)
{
    return (struct skn_step){.sql = skn_str(sql), .op = op};
}

#define SQL(text) step(SKN_STEP_SQL, text)
#define BEGIN step(SKN_STEP_BEGIN, NULL)
#define FENCE(text) step(SKN_STEP_FENCE, text)
#define COMMIT step(SKN_STEP_COMMIT, NULL)
#define ROLLBACK step(SKN_STEP_ROLLBACK, NULL)
#define RESET step(SKN_STEP_RESET, NULL)

static int exec_steps(struct skn_conn *conn, const struct skn_step *steps, uint32_t count)
{
    uint32_t stop_at_row = heard.stop_at_row;
    uint32_t stop_at_done = heard.stop_at_done;
    memset(&heard, 0, sizeof heard);
    heard.stop_at_row = stop_at_row;
    heard.stop_at_done = stop_at_done;
    err = (struct skn_error){.size = sizeof err};
    return driver->exec(conn, steps, count, &events, &err);
}

#define EXEC(conn, ...)                                                                            \
    exec_steps(conn, (const struct skn_step[]){__VA_ARGS__},                                       \
               sizeof((const struct skn_step[]){__VA_ARGS__}) / sizeof(struct skn_step))

#define EXEC_OK(conn, ...)                                                                         \
    do {                                                                                           \
        if (EXEC(conn, __VA_ARGS__) != SKN_OK)                                                     \
            fail_msg("step %u: %s", (unsigned)err.step, err.message);                              \
    } while (0)

/* The first column of the first row. */
static const char *query(struct skn_conn *conn, const char *sql)
{
    EXEC_OK(conn, SQL(sql));
    return heard.first;
}

#define ASSERT_QUERY(conn, sql, expected) assert_string_equal(query(conn, sql), expected)

static uint32_t status_flags(struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(driver->status(conn, &status, &err), SKN_OK);
    return status.flags;
}

static long session_pid(struct skn_conn *conn)
{
    struct skn_status status = {.size = sizeof status};
    assert_int_equal(driver->status(conn, &status, &err), SKN_OK);
    return (long)status.session;
}

static struct skn_server described(struct skn_conn *conn)
{
    struct skn_server server = {.size = sizeof server};
    assert_int_equal(driver->describe(conn, &server, &err), SKN_OK);
    return server;
}

/* ---- the proxy ---- */

enum proxy_mode {
    PROXY_LOSE_REPLY,   /* the server gets the COMMIT, and its answer goes nowhere */
    PROXY_LOSE_REQUEST, /* the COMMIT goes nowhere */
    PROXY_RENUMBER      /* claims another session number, as poolers do */
};

static int proxy_upstream(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%s", server_socket,
             server_port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        _exit(1);
    return fd;
}

static void pass_on(int fd, const char *bytes, size_t len)
{
    if (write(fd, bytes, len) != (ssize_t)len)
        _exit(0);
}

static int holds(const char *bytes, size_t len, const char *word)
{
    return memmem(bytes, len, word, strlen(word) + 1) != NULL;
}

/* BackendKeyData: 'K', length 12, number, secret. */
static void renumber(char *bytes, size_t len)
{
    static const char head[] = {'K', 0, 0, 0, 12};
    char *at = memmem(bytes, len, head, sizeof head);
    if (at && (size_t)(bytes + len - at) >= 13)
        at[8] = (char)(at[8] + 1);
}

static void proxy_serve(int client, enum proxy_mode mode)
{
    static char bytes[65536];
    int server = proxy_upstream();
    for (;;) {
        struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        poll(fds, 2, -1);
        int from_client = fds[0].revents != 0;
        ssize_t len = read(from_client ? client : server, bytes, sizeof bytes);
        if (len <= 0)
            _exit(0);
        int commits = from_client && holds(bytes, (size_t)len, "COMMIT");
        if (commits && mode == PROXY_LOSE_REQUEST)
            _exit(0);
        if (!from_client && mode == PROXY_RENUMBER)
            renumber(bytes, (size_t)len);
        pass_on(from_client ? server : client, bytes, (size_t)len);
        if (commits && mode == PROXY_LOSE_REPLY) {
            if (read(server, bytes, sizeof bytes) <= 0)
                _exit(1);
            _exit(0);
        }
    }
}

struct proxy {
    pid_t pid;
    char port[16];
};

/* Each connection gets a process of its own, so that losing one loses no other. */
static void proxy_accept(int listening, enum proxy_mode mode)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(listening, NULL, NULL);
        if (client >= 0 && fork() == 0)
            proxy_serve(client, mode);
        close(client);
    }
}

static struct proxy proxy_start(enum proxy_mode mode)
{
    struct proxy proxy;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listening, 8), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &len), 0);
    snprintf(proxy.port, sizeof proxy.port, "%u", (unsigned)ntohs(address.sin_port));
    proxy.pid = fork();
    assert_true(proxy.pid >= 0);
    if (proxy.pid == 0)
        proxy_accept(listening, mode);
    close(listening);
    return proxy;
}

static void proxy_stop(const struct proxy *proxy)
{
    kill(proxy->pid, SIGKILL);
    waitpid(proxy->pid, NULL, 0);
}

static struct options options_through(const struct proxy *proxy)
{
    struct options options = options_default();
    option_set(&options, "host", "127.0.0.1");
    option_set(&options, "port", proxy->port);
    option_set(&options, "sslmode", "disable");
    return options;
}

/* ---- fixture ---- */

static int load_driver(void)
{
    char path[4096];
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    if (!folder)
        return 1;
    snprintf(path, sizeof path, "%s/skein_postgresql.so", folder);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return 1;
    skn_entry_fn *entry;
    void *symbol = dlsym(handle, "skein_driver_1");
    memcpy(&entry, &symbol, sizeof entry);
    driver = entry(&host, &err);
    return driver == NULL;
}

static int group_setup(void **state)
{
    (void)state;
    char sql[128];
    listener.polls_left = -1;
    server_socket = getenv("SKEIN_TEST_PG_SOCKET");
    server_port = getenv("SKEIN_TEST_PG_PORT");
    server_user = getenv("SKEIN_TEST_PG_USER");
    if (load_driver() != 0) {
        skip_reason = "SKEIN_DRIVER_DIR holds no skein_postgresql.so that loads";
        return driver || !getenv("SKEIN_DRIVER_DIR") ? 0 : -1;
    }
    if (!server_socket || !server_port || !server_user) {
        skip_reason = "SKEIN_TEST_PG_SOCKET, _PORT and _USER name no server";
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    struct skn_conn *conn = opened_default();
    snprintf(database, sizeof database, "skein_test_pg_%ld", (long)getpid());
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", database);
    EXEC_OK(conn, SQL(sql));
    driver->close(conn);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    char sql[128];
    if (skip_reason || !database[0])
        return 0;
    snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", database);
    database[0] = '\0';
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL(sql));
    driver->close(conn);
    return 0;
}

static int each_setup(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    listener = (struct listener){.polls_left = -1};
    if (skip_reason)
        return 0;
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("DROP SCHEMA public CASCADE"), SQL("CREATE SCHEMA public"), COMMIT);
    driver->close(conn);
    return 0;
}

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
    option_set(&options, "host", "db.invalid");
    option_set(&options, "sslmode", "require");
    assert_int_equal(open_with(&options, &conn), SKN_E_CONNECT);
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
        option_set(&options, fields[i], "S3cr3t%zz@x");
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

/* ---- another schema ---- */

static int retarget(struct skn_conn *conn, const char *key, const char *value)
{
    struct options options = options_default();
    option_set(&options, "schema", "one");
    option_set(&options, key, value);
    err = (struct skn_error){.size = sizeof err};
    return driver->retarget(conn, options.list, options.count, &err);
}

static struct skn_conn *opened_one_of_two(void)
{
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("DROP SCHEMA IF EXISTS one, two CASCADE"));
    EXEC_OK(conn, SQL("CREATE SCHEMA one"), SQL("CREATE SCHEMA two"));
    driver->close(conn);
    return opened_schema("one");
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

/* ---- batches ---- */

static void a_batch_is_reported_step_by_step(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("\"v\""), SQL("INSERT INTO v VALUES (1), (2), (3)"),
            SQL("SELECT a FROM v ORDER BY a DESC"), SQL("UPDATE v SET a = a WHERE a > 1"),
            SQL("CREATE TABLE w (a int)"), COMMIT);
    assert_int_equal(heard.done, 7);
    assert_int_equal(heard.counts[0], -1);
    assert_int_equal(heard.counts[2], 3);
    assert_int_equal(heard.counts[3], 3);
    assert_int_equal(heard.counts[4], 2);
    assert_int_equal(heard.counts[5], -1);
    assert_int_equal(heard.rows, 3);
    assert_string_equal(heard.first, "3");
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void null_is_not_the_empty_text(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    ASSERT_QUERY(conn, "SELECT ''", "");
    assert_int_equal(heard.rows, 1);
    assert_int_equal(driver->exec(conn, (struct skn_step[]){SQL("SELECT NULL")}, 1, NULL, &err),
                     SKN_OK);
    driver->close(conn);
}

static void a_commit_rides_with_the_next_body(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"));
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX);
    for (int i = 0; i < 3; i++)
        EXEC_OK(conn, COMMIT, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"));
    EXEC_OK(conn, ROLLBACK);
    ASSERT_QUERY(conn, "SELECT count(*) FROM v", "3");
    driver->close(conn);
}

static void an_error_names_its_step_and_byte(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    static const char bad[] = "SELECT '\xc3\xa4\xe2\x82\xac\xf0\x9f\xa6\x86', nonsense";
    assert_int_equal(
        EXEC(conn, BEGIN, SQL("CREATE TABLE t (a int)"), SQL(bad), SQL("SELECT 1"), COMMIT),
        SKN_E_MISSING);
    assert_int_equal(err.step, 2);
    assert_int_equal(err.position, strstr(bad, "nonsense") - bad + 1);
    assert_string_equal(err.sqlstate, "42703");
    assert_int_equal(heard.done, 2);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN | SKN_STATUS_IN_TX | SKN_STATUS_FAILED_TX);
    assert_int_equal(EXEC(conn, SQL("SELECT 1")), SKN_E_USAGE);
    EXEC_OK(conn, ROLLBACK);
    EXEC_OK(conn, ROLLBACK);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void an_error_at_the_end_of_the_text_has_a_place_too(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    static const char bad[] = "SELECT '\xe2\x82\xac' FROM";
    assert_int_equal(EXEC(conn, SQL(bad)), SKN_E_SYNTAX);
    assert_int_equal(err.position, strlen(bad) + 1);
    driver->close(conn);
}

static void nothing_runs_behind_a_failure(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    assert_int_equal(EXEC(conn, BEGIN, SQL("INSERT INTO v VALUES (1)"), SQL("SELECT 1/0"), COMMIT,
                          BEGIN, SQL("INSERT INTO v VALUES (2)"), COMMIT),
                     SKN_E_CONSTRAINT);
    assert_int_equal(err.step, 2);
    EXEC_OK(conn, ROLLBACK);
    assert_int_equal(EXEC(conn, SQL("INSERT INTO v VALUES (3)"), SQL("SELECT 1/0"),
                          SQL("INSERT INTO v VALUES (4)")),
                     SKN_E_CONSTRAINT);
    ASSERT_QUERY(conn, "SELECT sum(a) FROM v", "3");
    driver->close(conn);
}

static void a_commit_that_fails_is_the_commit_s_error(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE p (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
    assert_int_equal(EXEC(conn, BEGIN, SQL("INSERT INTO p VALUES (1), (1)"), COMMIT, BEGIN,
                          SQL("CREATE TABLE q (a int)"), COMMIT),
                     SKN_E_CONSTRAINT);
    assert_int_equal(err.step, 2);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 'q'", "0");
    driver->close(conn);
}

static void rows_of_an_error_go_to_the_debug_log_only(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE people (email text PRIMARY KEY)"));
    assert_int_equal(
        EXEC(conn, SQL("INSERT INTO people VALUES ('alice@example.com'), ('alice@example.com')")),
        SKN_E_CONSTRAINT);
    assert_null(strstr(err.message, "alice"));
    assert_non_null(strstr(listener.lines, "3 detail: Key (email)=(alice@example.com)"));
    driver->close(conn);
}

static void a_hint_is_a_second_clause(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, SQL("SELECT relnam FROM pg_class")), SKN_E_MISSING);
    assert_non_null(strstr(err.message, "column \"relnam\" does not exist; hint: Perhaps"));
    assert_true(err.message[strlen(err.message) - 1] != '.');
    driver->close(conn);
}

static void two_statements_in_one_are_refused_by_the_server(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE a (a int); CREATE TABLE b (a int)")),
                     SKN_E_SYNTAX);
    driver->close(conn);
}

static void a_nul_byte_is_found_before_anything_is_sent(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    const struct skn_step steps[] = {BEGIN,
                                     SQL("CREATE TABLE a (a int)"),
                                     {.sql = skn_str_len("SELECT 1\0, 2", 12), .op = SKN_STEP_SQL}};
    assert_int_equal(exec_steps(conn, steps, 3), SKN_E_SYNTAX);
    assert_int_equal(err.step, 2);
    assert_int_equal(err.position, 9);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void steps_in_the_wrong_state_are_refused(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, COMMIT), SKN_E_USAGE);
    assert_int_equal(EXEC(conn, FENCE("t")), SKN_E_USAGE);
    assert_int_equal(EXEC(conn, BEGIN, SQL("SELECT 1"), BEGIN), SKN_E_USAGE);
    assert_int_equal(err.step, 2);
    assert_int_equal(EXEC(conn, step(99, "")), SKN_E_USAGE);
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    driver->close(conn);
}

static void what_refuses_a_transaction_runs_outside_one(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE t (a int)"), SQL("CREATE INDEX CONCURRENTLY i ON t (a)"),
            SQL("VACUUM t"), BEGIN, SQL("INSERT INTO t VALUES (1)"), COMMIT,
            SQL("REINDEX INDEX CONCURRENTLY i"), SQL("DROP INDEX CONCURRENTLY i"),
            SQL("VACUUM FULL t"));
    assert_int_equal(EXEC(conn, BEGIN, SQL("VACUUM t")), SKN_E_UNSUPPORTED);
    assert_string_equal(err.sqlstate, "25001");
    driver->close(conn);
}

static void copy_with_the_client_is_refused(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE t (a text)"));
    assert_int_equal(EXEC(conn, SQL("COPY t FROM STDIN")), SKN_E_UNSUPPORTED);
    assert_int_equal(EXEC(conn, SQL("COPY (SELECT 'FROM STDIN') TO STDOUT")), SKN_E_UNSUPPORTED);
    EXEC_OK(conn, SQL("COPY (SELECT 'TO STDOUT' AS x) TO '/dev/null'"));
    driver->close(conn);
}

static void a_statement_that_ends_its_own_transaction_is_an_error(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    assert_int_equal(EXEC(conn, BEGIN, SQL("CREATE TABLE t (a int)"), SQL("/* x */ COMMIT"),
                          SQL("CREATE TABLE u (a int)"), COMMIT),
                     SKN_E_USAGE);
    assert_int_equal(err.step, 2);
    assert_int_equal(heard.done, 2);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 'u'", "0");
    assert_int_equal(EXEC(conn, SQL("BEGIN"), SQL("SELECT 1")), SKN_E_USAGE);
    EXEC_OK(conn, ROLLBACK);
    EXEC_OK(conn, BEGIN, SQL("SAVEPOINT s"), SQL("ROLLBACK TO s"), SQL("RELEASE s"), COMMIT);
    driver->close(conn);
}

static void a_batch_larger_than_all_buffers_gets_through(void **state)
{
    (void)state;
    NEEDS_SERVER();
    enum { COUNT = 2500, LEN = 2000 };
    static char sql[LEN + 64];
    static struct skn_step steps[COUNT];
    struct skn_conn *conn = opened_default();
    /* As much comes back as goes out, so both ends would wait for each other. */
    memset(sql, 'x', sizeof sql);
    memcpy(sql, "SELECT '", 8);
    snprintf(sql + 8 + LEN, sizeof sql - 8 - LEN, "' FROM generate_series(1, 2)");
    steps[0] = BEGIN;
    for (int i = 1; i < COUNT - 1; i++)
        steps[i] = SQL(sql);
    steps[COUNT - 1] = COMMIT;
    assert_int_equal(exec_steps(conn, steps, COUNT), SKN_OK);
    assert_int_equal(heard.done, COUNT);
    assert_int_equal(heard.rows, 2 * (COUNT - 2));
    driver->close(conn);
}

static void an_error_early_in_a_large_batch_ends_it(void **state)
{
    (void)state;
    NEEDS_SERVER();
    enum { COUNT = 3000 };
    static char sql[2048];
    static struct skn_step steps[COUNT];
    struct skn_conn *conn = opened_default();
    memset(sql, ' ', sizeof sql - 1);
    memcpy(sql, "SELECT 1", 8);
    steps[0] = BEGIN;
    steps[1] = SQL("SELECT nonsense");
    for (int i = 2; i < COUNT; i++)
        steps[i] = SQL(sql);
    assert_int_equal(exec_steps(conn, steps, COUNT), SKN_E_MISSING);
    assert_int_equal(err.step, 1);
    EXEC_OK(conn, ROLLBACK);
    driver->close(conn);
}

static void a_large_statement_is_one_statement(void **state)
{
    (void)state;
    NEEDS_SERVER();
    enum { LEN = 5 << 20 };
    char *sql = malloc(LEN + 64);
    assert_non_null(sql);
    memset(sql, 'x', LEN + 64);
    memcpy(sql, "SELECT length('", 15);
    snprintf(sql + 15 + LEN, 49, "')");
    struct skn_conn *conn = opened_default();
    ASSERT_QUERY(conn, sql, "5242880");
    driver->close(conn);
    free(sql);
}

static void a_listener_can_stop_a_batch(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    heard.stop_at_row = 3;
    assert_int_equal(
        EXEC(conn, SQL("SELECT generate_series(1, 1000000000)"), SQL("CREATE TABLE t (a int)")),
        SKN_E_CANCELLED);
    assert_int_equal(heard.rows, 3);
    assert_int_equal(heard.done, 0);
    heard.stop_at_row = 0;
    heard.stop_at_done = 1;
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE u (a int)"), SQL("CREATE TABLE t (a int)")),
                     SKN_E_CANCELLED);
    assert_int_equal(heard.done, 1);
    heard.stop_at_done = 0;
    ASSERT_QUERY(conn, "SELECT string_agg(relname, ',') FROM pg_class WHERE relname IN ('t', 'u')",
                 "u");
    driver->close(conn);
}

static void closing_rolls_back_at_once(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    struct skn_conn *other = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE t (a int)"));
    EXEC_OK(conn, BEGIN, SQL("LOCK TABLE t"));
    driver->close(conn);
    EXEC_OK(other, BEGIN, SQL("LOCK TABLE t NOWAIT"), ROLLBACK);
    driver->close(other);
    driver->close(NULL);
}

static void warnings_of_the_server_are_logged(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("DO $$ BEGIN RAISE WARNING E'two\\nlines'; RAISE NOTICE 'quiet'; END $$"));
    assert_non_null(strstr(listener.lines, "1 server: two lines\n"));
    assert_null(strstr(listener.lines, "quiet"));
    driver->close(conn);
}

/* ---- lost links ---- */

static uint32_t settled(struct skn_conn *conn, const char *token)
{
    uint32_t outcome = 99;
    assert_int_equal(driver->settle(conn, skn_str(token), &outcome, &err), SKN_OK);
    return outcome;
}

/* Loses a commit by the proxy; returns the token, and says what came of the row. */
static void lose_commit(enum proxy_mode mode, char token[64], const char *rows)
{
    struct proxy proxy = proxy_start(mode);
    struct options options = options_through(&proxy);
    struct skn_conn *direct = opened_default();
    EXEC_OK(direct, SQL("CREATE TABLE v (a int)"));
    struct skn_conn *conn = opened(&options);
    EXEC_OK(conn, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"));
    assert_int_equal(EXEC(conn, COMMIT, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (2)")),
                     SKN_E_UNCERTAIN);
    assert_int_equal(err.step, 0);
    assert_true(driver->token(conn, token, 64) > 0);
    assert_int_equal(status_flags(conn), 0);
    assert_int_equal(EXEC(conn, ROLLBACK), SKN_E_CONNECT);
    driver->close(conn);
    EXEC_OK(direct, BEGIN, SQL("LOCK TABLE v"), ROLLBACK);
    ASSERT_QUERY(direct, "SELECT count(*) FROM v", rows);
    driver->close(direct);
    proxy_stop(&proxy);
}

static void a_commit_whose_reply_was_lost_is_uncertain_and_settled(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64];
    lose_commit(PROXY_LOSE_REPLY, token, "1");
    struct skn_conn *conn = opened_default();
    assert_int_equal(settled(conn, token), SKN_OUTCOME_COMMITTED);
    driver->close(conn);
}

static void a_commit_that_never_arrived_is_uncertain_and_settled(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64];
    lose_commit(PROXY_LOSE_REQUEST, token, "0");
    struct skn_conn *conn = opened_default();
    assert_int_equal(settled(conn, token), SKN_OUTCOME_ABORTED);
    driver->close(conn);
}

static void a_whole_revision_that_was_lost_has_no_token_of_another(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64] = "";
    struct proxy proxy = proxy_start(PROXY_LOSE_REQUEST);
    struct options options = options_through(&proxy);
    struct skn_conn *conn = opened(&options);
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("v"), ROLLBACK);
    assert_true(driver->token(conn, token, sizeof token) > 0);
    assert_int_equal(EXEC(conn, BEGIN, FENCE("v"), SQL("INSERT INTO v VALUES (1)"), COMMIT),
                     SKN_E_UNCERTAIN);
    assert_int_equal(driver->token(conn, token, sizeof token), 0);
    driver->close(conn);
    proxy_stop(&proxy);
}

static void a_running_transaction_is_settled_as_running(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char token[64];
    char before[64];
    struct skn_conn *conn = opened_default();
    struct skn_conn *other = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, FENCE("v"));
    uint32_t len = driver->token(conn, token, sizeof token);
    assert_int_equal(len, strlen(token));
    assert_int_equal(driver->token(conn, before, 2), 0);
    assert_int_equal(settled(other, token), SKN_OUTCOME_RUNNING);
    EXEC_OK(conn, COMMIT);
    assert_int_equal(settled(other, token), SKN_OUTCOME_COMMITTED);
    assert_int_equal(settled(other, "999999999999"), SKN_OUTCOME_UNKNOWN);
    snprintf(before, sizeof before, "%.*s.000000FF", (int)strcspn(token, "."), token);
    assert_int_equal(settled(other, before), SKN_OUTCOME_UNKNOWN);
    uint32_t outcome;
    assert_int_equal(driver->settle(other, skn_str("1'; DROP"), &outcome, &err), SKN_E_USAGE);
    driver->close(conn);
    driver->close(other);
}

static void terminate(struct skn_conn *victim)
{
    char sql[96];
    struct skn_conn *conn = opened_default();
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%ld, 10000)", session_pid(victim));
    ASSERT_QUERY(conn, sql, "t");
    driver->close(conn);
}

static void a_link_that_breaks_inside_a_transaction_is_certain(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"));
    terminate(conn);
    assert_int_equal(EXEC(conn, SQL("SELECT 1"), COMMIT), SKN_E_CONNECT);
    assert_int_equal(err.step, 0);
    assert_string_equal(err.sqlstate, "57P01");
    assert_int_equal(status_flags(conn), 0);
    driver->close(conn);
}

static void a_link_that_breaks_in_a_commit_or_outside_a_transaction_is_not(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"));
    terminate(conn);
    assert_int_equal(EXEC(conn, COMMIT), SKN_E_UNCERTAIN);
    driver->close(conn);
    conn = opened_default();
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE u (a int)"),
                          SQL("SELECT pg_terminate_backend(pg_backend_pid())")),
                     SKN_E_UNCERTAIN);
    assert_int_equal(err.step, 1);
    driver->close(conn);
}

/* ---- being told to stop ---- */

static void a_deadline_ends_a_statement_and_leaves_the_session(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"));
    listener.end = now_ms() + 150;
    assert_int_equal(EXEC(conn, SQL("SELECT pg_sleep(600)")), SKN_E_TIMEOUT);
    /* The rollback has to go through although time is up. */
    EXEC_OK(conn, ROLLBACK);
    assert_int_equal(EXEC(conn, SQL("CREATE TABLE t (a int)")), SKN_E_TIMEOUT);
    listener.end = 0;
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "0");
    driver->close(conn);
}

static void a_cancel_ends_a_statement_and_leaves_the_session(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    listener.polls_left = 3;
    assert_int_equal(EXEC(conn, BEGIN, SQL("SELECT pg_sleep(600)"), COMMIT), SKN_E_CANCELLED);
    assert_int_equal(err.step, 1);
    assert_string_equal(err.sqlstate, "57014");
    EXEC_OK(conn, ROLLBACK);
    listener.polls_left = -1;
    ASSERT_QUERY(conn, "SELECT 1", "1");
    driver->close(conn);
}

/* Stops the server's process behind conn, runs sql with a deadline, and lets it go on. */
static int exec_stopped(struct skn_conn *conn, const struct skn_step *steps, uint32_t count)
{
    pid_t pid = (pid_t)session_pid(conn);
    if (kill(pid, SIGSTOP) != 0) {
        print_message("skipped: may not stop the server's process: %s\n", strerror(errno));
        return -1;
    }
    listener.end = now_ms() + 100;
    int rc = exec_steps(conn, steps, count);
    listener.end = 0;
    kill(pid, SIGCONT);
    return rc;
}

static void a_server_that_stands_still_is_left_at_the_deadline(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_conn *conn = opened_default();
    EXEC_OK(conn, SQL("CREATE TABLE v (a int)"));
    EXEC_OK(conn, BEGIN, SQL("INSERT INTO v VALUES (1)"));
    int rc = exec_stopped(conn, (struct skn_step[]){SQL("SELECT 1")}, 1);
    driver->close(conn);
    if (rc < 0)
        skip();
    assert_int_equal(rc, SKN_E_TIMEOUT);
    conn = opened_default();
    rc = exec_stopped(conn, (struct skn_step[]){BEGIN, SQL("INSERT INTO v VALUES (1)"), COMMIT}, 3);
    assert_int_equal(rc, SKN_E_UNCERTAIN);
    assert_int_equal(status_flags(conn), 0);
    driver->close(conn);
}

static void time_outs_of_the_server_have_their_class(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct options options = options_default();
    option_set(&options, "statement_timeout", "50");
    option_set(&options, "lock_timeout", "20");
    struct skn_conn *conn = opened(&options);
    struct skn_conn *other = opened_default();
    assert_int_equal(EXEC(conn, SQL("SELECT pg_sleep(600)")), SKN_E_TIMEOUT);
    EXEC_OK(other, SQL("CREATE TABLE t (a int)"));
    EXEC_OK(other, BEGIN, SQL("LOCK TABLE t"));
    assert_int_equal(EXEC(conn, BEGIN, FENCE("t")), SKN_E_BUSY);
    assert_string_equal(err.sqlstate, "55P03");
    assert_int_equal(err.step, 1);
    driver->close(other);
    driver->close(conn);
}

/* ---- locks ---- */

static void a_lock_names_its_holder(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char pid[32];
    struct skn_str name = skn_str("alembic_version");
    struct options options = options_default();
    option_set(&options, "application_name", "skein/run-17");
    struct skn_conn *holder = opened(&options);
    struct skn_conn *conn = opened_default();
    assert_int_equal(driver->lock(holder, name, &err), SKN_OK);
    assert_int_equal(driver->lock(conn, name, &err), SKN_E_BUSY);
    snprintf(pid, sizeof pid, "session %ld ", session_pid(holder));
    assert_non_null(strstr(err.message, pid));
    assert_non_null(strstr(err.message, "(skein/run-17) of role "));
    assert_non_null(strstr(err.message, "a local socket, connected since 20"));
    assert_int_equal(driver->lock(conn, skn_str("another_table"), &err), SKN_OK);
    assert_int_equal(driver->unlock(holder, name, &err), SKN_OK);
    assert_int_equal(driver->lock(conn, name, &err), SKN_OK);
    assert_int_equal(driver->unlock(holder, name, &err), SKN_E_DRIVER);
    driver->close(holder);
    driver->close(conn);
}

static void locks_of_two_schemas_are_two(void **state)
{
    (void)state;
    NEEDS_SERVER();
    struct skn_str name = skn_str("alembic_version");
    struct skn_conn *one = opened_one_of_two();
    struct skn_conn *two = opened_schema("two");
    struct skn_conn *also_two = opened_schema("two");
    assert_int_equal(driver->lock(one, name, &err), SKN_OK);
    assert_int_equal(driver->lock(two, name, &err), SKN_OK);
    /* Not what a revision makes of the session, but what was opened, is what is locked. */
    EXEC_OK(two, SQL("SET search_path = one"));
    assert_int_equal(driver->lock(also_two, name, &err), SKN_E_BUSY);
    assert_int_equal(driver->unlock(two, name, &err), SKN_OK);
    driver->close(one);
    driver->close(two);
    driver->close(also_two);
}

/* ---- two phases ---- */

static void a_transaction_is_committed_in_two_phases(void **state)
{
    (void)state;
    NEEDS_SERVER();
    char id[64];
    struct skn_conn *conn = opened_default();
    if (!(described(conn).caps & SKN_CAP_PREPARE)) {
        print_message("skipped: max_prepared_transactions is 0\n");
        assert_int_equal(EXEC(conn, BEGIN, step(SKN_STEP_PREPARE, "x")), SKN_E_UNSUPPORTED);
        driver->close(conn);
        skip();
    }
    snprintf(id, sizeof id, "skein'\\:%ld:1/1", (long)getpid());
    EXEC_OK(conn, BEGIN, SQL("CREATE TABLE t (a int)"), step(SKN_STEP_PREPARE, id));
    assert_int_equal(status_flags(conn), SKN_STATUS_OPEN);
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "0");
    assert_int_equal(EXEC(conn, BEGIN, step(SKN_STEP_COMMIT_PREPARED, id)), SKN_E_USAGE);
    EXEC_OK(conn, step(SKN_STEP_COMMIT_PREPARED, id));
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
    EXEC_OK(conn, BEGIN, SQL("DROP TABLE t"), step(SKN_STEP_PREPARE, id),
            step(SKN_STEP_ROLLBACK_PREPARED, id));
    ASSERT_QUERY(conn, "SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
    assert_int_equal(EXEC(conn, step(SKN_STEP_COMMIT_PREPARED, id)), SKN_E_MISSING);
    assert_int_equal(
        EXEC(conn, BEGIN, SQL("CREATE TEMP TABLE x (a int)"), step(SKN_STEP_PREPARE, id)),
        SKN_E_UNSUPPORTED);
    driver->close(conn);
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

#define CLAIM(name) cmocka_unit_test_setup(name, each_setup)

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
        CLAIM(a_session_goes_on_in_another_schema),
        CLAIM(a_reset_in_a_revision_never_leads_to_the_schema_before),
        CLAIM(a_target_that_differs_in_more_needs_a_session_of_its_own),
        CLAIM(only_tables_of_the_current_schema_exist),
        CLAIM(hostile_names_come_back_as_they_went_in),
        CLAIM(what_cannot_be_said_is_not_quoted),
        CLAIM(a_batch_is_reported_step_by_step),
        CLAIM(null_is_not_the_empty_text),
        CLAIM(a_commit_rides_with_the_next_body),
        CLAIM(an_error_names_its_step_and_byte),
        CLAIM(an_error_at_the_end_of_the_text_has_a_place_too),
        CLAIM(nothing_runs_behind_a_failure),
        CLAIM(a_commit_that_fails_is_the_commit_s_error),
        CLAIM(rows_of_an_error_go_to_the_debug_log_only),
        CLAIM(a_hint_is_a_second_clause),
        CLAIM(two_statements_in_one_are_refused_by_the_server),
        CLAIM(a_nul_byte_is_found_before_anything_is_sent),
        CLAIM(steps_in_the_wrong_state_are_refused),
        CLAIM(what_refuses_a_transaction_runs_outside_one),
        CLAIM(copy_with_the_client_is_refused),
        CLAIM(a_statement_that_ends_its_own_transaction_is_an_error),
        CLAIM(a_batch_larger_than_all_buffers_gets_through),
        CLAIM(an_error_early_in_a_large_batch_ends_it),
        CLAIM(a_large_statement_is_one_statement),
        CLAIM(a_listener_can_stop_a_batch),
        CLAIM(closing_rolls_back_at_once),
        CLAIM(warnings_of_the_server_are_logged),
        CLAIM(a_commit_whose_reply_was_lost_is_uncertain_and_settled),
        CLAIM(a_commit_that_never_arrived_is_uncertain_and_settled),
        CLAIM(a_whole_revision_that_was_lost_has_no_token_of_another),
        CLAIM(a_running_transaction_is_settled_as_running),
        CLAIM(a_link_that_breaks_inside_a_transaction_is_certain),
        CLAIM(a_link_that_breaks_in_a_commit_or_outside_a_transaction_is_not),
        CLAIM(a_deadline_ends_a_statement_and_leaves_the_session),
        CLAIM(a_cancel_ends_a_statement_and_leaves_the_session),
        CLAIM(a_server_that_stands_still_is_left_at_the_deadline),
        CLAIM(time_outs_of_the_server_have_their_class),
        CLAIM(a_lock_names_its_holder),
        CLAIM(locks_of_two_schemas_are_two),
        CLAIM(a_transaction_is_committed_in_two_phases),
        CLAIM(statements_that_refuse_a_transaction_are_told),
        CLAIM(a_text_with_data_for_copy_is_refused_where_it_stands),
    };
    return cmocka_run_group_tests_name("postgresql", tests, group_setup, group_teardown);
}
