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
    struct skn_page page;
    struct skn_session session;
    struct skn_scripts scripts;
    json_t *options;
    json_t *session_statements;
    json_t *vars;
    const char *transaction;
    const char *version_table;
    int64_t lock_timeout;
    struct revision chain[REVISIONS];
    size_t chain_count;

    json_t *request; /* of the last run */
    struct skn_job job;
    struct skn_apply apply;
    struct skn_error err;
    int rc;
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
    skn_session_init(&world->session, &world->page);
    int rc = skn_session_load(&world->session, driver, &folder, 1, &world->err);
    if (rc != SKN_OK)
        print_error("%s\n", world->err.message);
    return rc;
}

static inline int world_make(void **state, const char *driver)
{
    struct world *world = calloc(1, sizeof *world);
    *world = (struct world){.err = SKN_ERROR_INIT,
                            .transaction = "revision",
                            .version_table = "alembic_version",
                            .lock_timeout = 200};
    snprintf(world->folder, sizeof world->folder, "/tmp/skein-apply-XXXXXX");
    *state = world;
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
    json_t *request =
        json_pack("{s:I, s:s, s:i, s:i}", "id", id, "sql", sql, "off", off, "variables", variables);
    struct skn_error err = SKN_ERROR_INIT;
    assert_int_equal(skn_scripts_add(&world->scripts, request, &err), SKN_OK);
    json_decref(request);
    return json_integer(id);
}

static inline json_t *step_make(struct world *world, size_t i)
{
    const struct revision *revision = &world->chain[i];
    json_t *step = json_pack(
        "{s:s, s:s, s:s, s:[[s, s, s]], s:o}", "kind", "upgrade", "revision", revision->id,
        "checksum", "c", "changes", i ? "update" : "insert", i ? world->chain[i - 1].id : "",
        revision->id, "script",
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
                     "target", "it", "run_id", run_id, "who", "test@here", "version_table",
                     world->version_table, "schema", "", "folder", world->folder, "options",
                     world->options, "vars", world->vars, "session", world->session_statements,
                     "connect_timeout", 5000, "lock_timeout", (json_int_t)world->lock_timeout,
                     "statement_timeout", 0, "log", 1, "transaction", world->transaction, "steps",
                     steps, "rows", rows);
}

/* Runs the chain from revision `from` on, as a worker does when the planner says so. */
static inline int run_from(struct world *world, size_t from)
{
    run_forget(world);
    world->request = request_make(world, from);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    world->page.done = 0;
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
    freopen("/dev/null", "w", stderr);
    _exit(run_from(world, 0) == SKN_OK ? 0 : 99);
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
        print_error("\"%s\" is there %zu times, not %zu:\n%s\n", line, found, n,
                    null_state(world));
    assert_int_equal(found, n);
}

/* The events said so far: how many of this name. */
static inline size_t event_count(const char *name)
{
    char text[1 << 16];
    char whole[64];
    size_t n = 0;
    ssize_t len = pread(SKN_WIRE_FD, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    snprintf(whole, sizeof whole, "\"event\":\"%s\"", name);
    for (const char *at = text; (at = strstr(at, whole)) != NULL; at++)
        n++;
    return n;
}

#define NULL_CASE(name) cmocka_unit_test_setup_teardown(name, null_setup, world_teardown)
#define SQLITE_CASE(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, world_teardown)

#endif
