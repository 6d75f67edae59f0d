/*
 * What the tests of applying share: a database in a folder, a worker's session in this process, and
 * a chain of revisions that a run is made of. What was done is read from the database's own file.
 */
#ifndef SKN_TEST_APPLY_FIXTURE_H
#define SKN_TEST_APPLY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/wire.h"
#include "work/apply.h"

enum { REVISIONS = 8 };

/* A revision of a test: its statements, and how they run. */
struct revision {
    const char *id;
    const char *up;
    const char *verify; /* NULL: none */
    int off;            /* transaction=off */
    int variables;
};

struct world {
    char folder[64];
    struct skn_page *page; /* shared with a child, as with the planner */
    struct skn_session session;
    struct skn_scripts scripts;
    json_t *options;
    json_t *session_statements;
    json_t *vars;
    const char *target;
    const char *transaction;
    const char *version_table;
    const char *schema; /* NULL: none named */
    int64_t lock_timeout;
    int connect_timeout;
    struct revision chain[REVISIONS];
    size_t chain_count;

    json_t *request; /* of the last run */
    struct skn_job job;
    struct skn_apply apply;
    struct skn_error err;
    int rc;
    int nth; /* for a child */
};

/* ---- making and unmaking ---- */

static inline int entry_remove(const char *path, const struct stat *info, int kind,
                               struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

/* The planner's end of the wire is a file here, in which the events can be read again. */
static inline int wire_open(void)
{
    int fd = memfd_create("wire", 0);
    if (fd < 0 || (fd != SKN_WIRE_FD && dup2(fd, SKN_WIRE_FD) < 0))
        return -1;
    if (fd != SKN_WIRE_FD)
        close(fd);
    return 0;
}

static inline int driver_load(struct world *world, const char *driver)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    if (!folder)
        return SKN_E_CONFIG;
    skn_session_init(&world->session, world->page);
    int rc = skn_session_load(&world->session, driver, &folder, 1, "", &world->err);
    if (rc != SKN_OK)
        print_error("%s\n", world->err.message);
    return rc;
}

static inline int world_make(void **state, const char *driver)
{
    struct world *world = calloc(1, sizeof *world);
    *world = (struct world){.err = SKN_ERROR_INIT,
                            .target = "it",
                            .transaction = "revision",
                            .version_table = "alembic_version",
                            .lock_timeout = 200,
                            .connect_timeout = 5000};
    snprintf(world->folder, sizeof world->folder, "/tmp/skein-apply-XXXXXX");
    *state = world;
    world->page =
        mmap(NULL, sizeof *world->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (world->page == MAP_FAILED)
        return -1;
    world->options = json_object();
    world->vars = json_object();
    world->session_statements = json_array();
    if (!mkdtemp(world->folder) || wire_open() != 0 || driver_load(world, driver) != SKN_OK)
        return -1;
    return 0;
}

static inline void option_set(struct world *world, const char *name, const char *value)
{
    if (value)
        json_object_set_new(world->options, name, json_string(value));
    else
        json_object_del(world->options, name);
}

static inline int null_setup(void **state)
{
    if (world_make(state, "null") != 0)
        return -1;
    struct world *world = *state;
    option_set(world, "database", "db");
    option_set(world, "state", world->folder);
    return 0;
}

static inline int sqlite_setup(void **state)
{
    if (world_make(state, "sqlite") != 0)
        return -1;
    struct world *world = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/it.db", world->folder);
    option_set(world, "database", path);
    return 0;
}

static inline void run_forget(struct world *world)
{
    skn_ledger_finish(&world->apply.ledger);
    json_decref(world->apply.rows);
    skn_job_finish(&world->job);
    json_decref(world->request);
    world->request = NULL;
    world->apply = (struct skn_apply){0};
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;
    run_forget(world);
    skn_session_finish(&world->session);
    skn_scripts_finish(&world->scripts);
    json_decref(world->options);
    json_decref(world->vars);
    json_decref(world->session_statements);
    nftw(world->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    munmap(world->page, sizeof *world->page);
    free(world);
    return 0;
}

/* ---- a run ---- */

static inline void chain_add(struct world *world, struct revision revision)
{
    assert_true(world->chain_count < REVISIONS);
    world->chain[world->chain_count++] = revision;
}

static inline json_t *script_keep(struct world *world, const char *sql, int off, int variables)
{
    json_int_t id = (json_int_t)world->scripts.count;
    json_t *request = json_pack("{s:[I, I, i, i], s:s, s:s}", "list", id, (json_int_t)strlen(sql),
                                off, variables, "body", sql, "version_table", world->version_table);
    struct skn_error err = SKN_ERROR_INIT;
    assert_int_equal(skn_scripts_add(&world->scripts, request, &err), SKN_OK);
    json_decref(request);
    return json_integer(id);
}

static inline json_t *step_make(struct world *world, size_t i)
{
    const struct revision *revision = &world->chain[i];
    json_t *step = json_pack("{s:s, s:s, s:s, s:[[s, s, s]], s:o}", "kind", "upgrade", "revision",
                             revision->id, "checksum", "c", "changes", i ? "update" : "insert",
                             i ? world->chain[i - 1].id : "", revision->id, "script",
                             script_keep(world, revision->up, revision->off, revision->variables));
    if (revision->verify)
        json_object_set_new(step, "verify",
                            script_keep(world, revision->verify, 0, revision->variables));
    return step;
}

static inline json_t *request_make(struct world *world, size_t from)
{
    char run_id[17];
    skn_random_hex(run_id, sizeof run_id);
    json_t *steps = json_array();
    for (size_t i = from; i < world->chain_count; i++)
        json_array_append_new(steps, step_make(world, i));
    json_t *rows = json_array();
    if (from > 0)
        json_array_append_new(rows, json_string(world->chain[from - 1].id));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:O, s:i, s:I, s:i, s:b, s:s, s:o, "
                     "s:o}",
                     "target", world->target, "run_id", run_id, "who", "test@here", "version_table",
                     world->version_table, "schema", world->schema ? world->schema : "", "folder",
                     world->folder, "options", world->options, "vars", world->vars, "session",
                     world->session_statements, "connect_timeout", world->connect_timeout,
                     "lock_timeout", (json_int_t)world->lock_timeout, "statement_timeout", 0, "log",
                     1, "transaction", world->transaction, "steps", steps, "rows", rows);
}

/* Runs the chain from revision `from` on, as a worker does when the planner says so. */
static inline int run_from(struct world *world, size_t from)
{
    run_forget(world);
    world->request = request_make(world, from);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    *world->page = (struct skn_page){0};
    world->apply = (struct skn_apply){
        .job = &world->job,
        .session = &world->session,
        .scripts = &world->scripts,
        .steps = skn_json_array(world->request, "steps"),
        .rows = json_copy(json_object_get(world->request, "rows")),
        .failed_script = -1,
    };
    world->apply.count = json_array_size(world->apply.steps);
    world->rc = skn_job_read(&world->job, world->request, &world->err);
    if (world->rc == SKN_OK)
        world->rc = skn_apply_run(&world->apply, &world->err);
    if (world->rc != SKN_OK)
        skn_session_close(&world->session);
    return world->rc;
}

static inline void run_ok(struct world *world, size_t from)
{
    if (run_from(world, from) != SKN_OK)
        print_error("%s\n", world->err.message);
    assert_int_equal(world->rc, SKN_OK);
    assert_false(world->apply.moved);
    assert_int_equal(world->apply.next, world->chain_count - from);
}

static inline void run_fails(struct world *world, size_t from, int code, const char *part)
{
    run_from(world, from);
    if (world->rc != code || !strstr(world->err.message, part))
        print_error("expected %d \"%s\", got %d: %s\n", code, part, world->rc, world->err.message);
    assert_int_equal(world->rc, code);
    assert_int_equal(world->err.code, code);
    assert_non_null(strstr(world->err.message, part));
}

/* Runs f in a process of its own, which may die; its wait status. */
static inline int in_child(struct world *world, void (*f)(struct world *))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        f(world);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static inline void child_runs(struct world *world)
{
    _exit(run_from(world, 0) == SKN_OK ? 0 : 99);
}

/* ---- something happens at a moment when the driver asks whether to go on ---- */

static struct world *poll_world;
static int polls;
static int poll_wanted; /* 0: the moment is a call */
static const char *poll_call;
static void (*poll_hook)(struct world *world);
static int (*poll_really)(void *ctx);

static inline int poll_counted(void *ctx)
{
    const struct skn_session *session = ctx;
    int now = ++polls == poll_wanted;
    if (poll_call && strcmp(session->page->call, poll_call) == 0 &&
        (strcmp(poll_call, "open") != 0 || poll_world->apply.ledger.versions)) {
        poll_call = NULL;
        now = 1;
    }
    if (now)
        poll_hook(poll_world);
    return poll_really(ctx);
}

static inline void hook_set(struct world *world, void (*hook)(struct world *world))
{
    polls = poll_wanted = 0;
    poll_call = NULL;
    poll_world = world;
    poll_hook = hook;
    if (world->session.host.cancelled != poll_counted)
        poll_really = world->session.host.cancelled;
    world->session.host.cancelled = poll_counted;
}

static inline void at_poll(struct world *world, int nth, void (*hook)(struct world *world))
{
    hook_set(world, hook);
    poll_wanted = nth;
}

static inline void at_exec(struct world *world, void (*hook)(struct world *world))
{
    hook_set(world, hook);
    poll_call = "exec";
}

/* While it connects once more. */
static inline void at_reconnect(struct world *world, void (*hook)(struct world *world))
{
    option_set(world, "latency_connect", "1");
    hook_set(world, hook);
    poll_call = "open";
}

static inline void interrupt(struct world *world)
{
    (void)world;
    raise(SIGINT);
}

static inline void ask_to_stop(struct world *world)
{
    (void)world;
    raise(SIGUSR1);
}

/* ---- looking ---- */

static inline char *null_state(const struct world *world)
{
    static char text[1 << 16];
    char path[128];
    snprintf(path, sizeof path, "%s/db.state", world->folder);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

/* How often a line of the null driver's file is there. */
static inline size_t line_count(const struct world *world, const char *line)
{
    char whole[256];
    size_t n = 0;
    snprintf(whole, sizeof whole, "\n%s\n", line);
    for (const char *at = null_state(world); (at = strstr(at, whole)) != NULL; at++)
        n++;
    return n;
}

static inline void lines_are(const struct world *world, const char *line, size_t n)
{
    size_t found = line_count(world, line);
    if (found != n)
        print_error("\"%s\" is there %zu times, not %zu:\n%s\n", line, found, n, null_state(world));
    assert_int_equal(found, n);
}

static inline size_t text_count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        n++;
    return n;
}

/* The events said so far, also those that wait to be sent: how many of this name. */
static inline size_t event_count(const struct world *world, const char *name)
{
    char text[1 << 16];
    char part[64];
    ssize_t len = pread(SKN_WIRE_FD, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    snprintf(part, sizeof part, "\"event\":\"%s\"", name);
    return text_count(text, part) + text_count(skn_buf_text(&world->session.out), part);
}

static inline void knobs_clear(struct world *world)
{
    static const char *const knobs[] = {
        "fail",    "crash",           "uncertain",       "lie",     "garbage", "once", "settle",
        "latency", "latency_connect", "statement_error", "identity"};
    for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++)
        option_set(world, knobs[i], NULL);
}

/* An empty folder again. */
static inline void database_forget(struct world *world)
{
    skn_session_close(&world->session);
    nftw(world->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    assert_int_equal(mkdir(world->folder, 0700), 0);
}

/* Holds the lock that a runner would, until it is closed. */
static inline int run_lock_hold(const struct world *world)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, as the null driver names the file */
    char path[160];
    for (const char *at = world->version_table; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    snprintf(path, sizeof path, "%s/db.lock.%016llx", world->folder, (unsigned long long)hash);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    return fd;
}

/* ---- a chain ---- */

/* Three revisions that cannot be applied twice without a trace. */
static inline void chain_make(struct world *world)
{
    chain_add(world, (struct revision){.id = "r1", .up = "CREATE TABLE t1 (n INTEGER);"});
    chain_add(world,
              (struct revision){.id = "r2",
                                .up = "CREATE TABLE t2 (n INTEGER);\nINSERT INTO t1 VALUES (2);"});
    chain_add(world, (struct revision){.id = "r3", .up = "INSERT INTO t1 VALUES (3);"});
}

static inline void database_is_at(const struct world *world, size_t n)
{
    static const char *const rows[] = {"row\tr1", "row\tr2", "row\tr3"};
    for (size_t i = 0; i < 3; i++)
        lines_are(world, rows[i], i + 1 == n);
    lines_are(world, "applied\tCREATE TABLE t1 (n INTEGER)", n >= 1);
    lines_are(world, "applied\tCREATE TABLE t2 (n INTEGER)", n >= 2);
    lines_are(world, "row\t2", n >= 2);
    lines_are(world, "row\t3", n >= 3);
}

static inline size_t place_of(const struct world *world)
{
    if (line_count(world, "row\tr3"))
        return 3;
    if (line_count(world, "row\tr2"))
        return 2;
    return line_count(world, "row\tr1") ? 1 : 0;
}

/* N9: the fault is gone, and the same command again ends where it should have ended at once. */
static inline void next_run_converges(struct world *world)
{
    knobs_clear(world);
    database_is_at(world, place_of(world));
    if (place_of(world) < 3)
        run_ok(world, place_of(world));
    database_is_at(world, 3);
}

/* In a child, because a signal once noted stays. */
static inline void signalled_child(struct world *world, void (*hook)(struct world *))
{
    at_poll(world, world->nth, hook);
    int rc = run_from(world, 0);
    int said =
        rc == SKN_E_CANCELLED || (rc == SKN_OK && (world->apply.stopped || world->apply.next == 3));
    _exit(!said                                  ? 99
          : place_of(world) != world->apply.next ? 98
          : polls < poll_wanted                  ? 1 /* it was over before */
                                                 : 0);
}

#define NULL_CASE(name) cmocka_unit_test_setup_teardown(name, null_setup, world_teardown)
#define SQLITE_CASE(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, world_teardown)

#endif
