/*
 * The null driver: that it fails as it is told to fail.
 */
#include "null_fixture.h"

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
         "exec:1, exec:2:value, describe:*:value, sql:*:value, exists:*:value, settle:*:value, "
         "token:*:value, "
         "fingerprint:*:value, status:*:value",
         "at", "a", "state", fixture->folder);
    assert_true(sql(fixture, conn, "SELECT 1") > SKN_E_DRIVER);
    assert_int_equal(sql(fixture, conn, "DELETE FROM alembic_version"), SKN_OK);
    assert_int_equal(fixture->affected, -7);
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

static int stop_row(void *ctx, uint32_t index, const struct skn_str *columns, uint32_t count)
{
    (void)ctx, (void)index, (void)columns, (void)count;
    return 1;
}

static int stop_done(void *ctx, uint32_t index, int64_t rows)
{
    (void)ctx, (void)index, (void)rows;
    return 1;
}

static void a_listener_s_answer_stops_the_steps(void **state)
{
    struct fixture *fixture = *state;
    struct skn_conn *conn;
    const struct skn_step steps[] = {
        {.sql = skn_str("SELECT * FROM alembic_version")},
        {.sql = skn_str("DELETE FROM alembic_version")},
    };
    const struct skn_events rows = {.size = sizeof rows, .row = stop_row};
    const struct skn_events dones = {.size = sizeof dones, .done = stop_done};
    OPEN(fixture, &conn, "at", "a,b");
    assert_int_equal(driver->exec(conn, steps, 2, &rows, &fixture->err), SKN_E_CANCELLED);
    assert_int_equal(driver->exec(conn, steps, 2, &dones, &fixture->err), SKN_E_CANCELLED);
    assert_int_equal(fixture->err.step, 0);
    rows_are(fixture, conn, "SELECT COUNT(*) FROM alembic_version", "2|;");
    driver->close(conn);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        CASE(a_listener_s_answer_stops_the_steps),
        CASE(a_listener_can_stop_the_work),
    };
    return cmocka_run_group_tests_name("null driver, faults", tests, driver_load, NULL);
}
