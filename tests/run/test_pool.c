/*
 * The pool with real workers and the null driver: each item ends once, whatever its driver does.
 */
#include "worker_fixture.h"

#include <fcntl.h>
#include <sys/file.h>

#include "run/pool.h"
#include "run/queue.h"

enum { ITEMS = 12 };

struct world {
    char folder[64];
    const char *folders[1];
    struct skn_pool *pool;
    struct skn_target targets[ITEMS];
    const struct skn_target *items[ITEMS];
    size_t count;
    const char *crash[ITEMS]; /* knobs of each item's target */
    const char *hang[ITEMS];
    const char *print[ITEMS];
    int piecewise; /* DDL does not roll back */
    const char *verb;
    int connect_timeout;

    uint32_t asked[ITEMS];
    uint32_t ended[ITEMS];
    struct skn_result result[ITEMS]; /* without the event */
    char word[ITEMS][16];            /* the event that ended it */
    uint32_t starts;
    uint32_t again; /* items that finish() wants once more */
    int more;
    size_t lines[2];
    char text[512]; /* the last line */
    struct skn_error err;
};

static json_t *on_request(void *ctx, uint32_t item)
{
    struct world *world = ctx;
    json_t *options =
        json_pack("{s:s, s:s}", "database", world->targets[item].name, "state", world->folder);
    world->asked[item]++;
    if (world->crash[item])
        json_object_set_new(options, "crash", json_string(world->crash[item]));
    if (world->hang[item])
        json_object_set_new(options, "hang", json_string(world->hang[item]));
    if (world->print[item])
        json_object_set_new(options, "print", json_string(world->print[item]));
    if (world->piecewise)
        json_object_set_new(options, "transactional", json_string("false"));
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:s, s:s, s:[], s:[{s:s, s:s, s:s, s:[[s, s, s]], "
        "s:i}, {s:s, s:s, s:s, s:[[s, s, s]], s:i}]}",
        "do", world->verb, "target", world->targets[item].name, "version_table", "alembic_version",
        "schema", "", "options", options, "connect_timeout", world->connect_timeout, "lock_timeout",
        100, "transaction", "revision", "run_id", "x", "rows", "steps", "kind", "upgrade",
        "revision", "r1", "checksum", "", "changes", "insert", "", "r1", "script", 0, "kind",
        "upgrade", "revision", "r2", "checksum", "", "changes", "update", "r1", "r2", "script", 1);
}

static void on_event(void *ctx, uint32_t item, const json_t *event)
{
    struct world *world = ctx;
    (void)item;
    world->starts += strcmp(skn_json_text(event, "event"), "start") == 0;
}

static int on_finish(void *ctx, uint32_t item, const struct skn_result *result)
{
    struct world *world = ctx;
    world->ended[item]++;
    world->result[item] = *result;
    world->result[item].event = NULL;
    snprintf(world->word[item], sizeof world->word[item], "%s",
             result->event ? skn_json_text(result->event, "event") : "died");
    return world->again > 0 ? (int)world->again-- : 0;
}

static int on_more(void *ctx)
{
    const struct world *world = ctx;
    return world->more;
}

static void on_line(void *ctx, uint32_t item, int level, const char *text)
{
    struct world *world = ctx;
    (void)item;
    if (level < 0)
        world->lines[-1 - level]++;
    snprintf(world->text, sizeof world->text, "%s", text);
}

static void pool_make(struct world *world, uint32_t jobs)
{
    world->folders[0] = driver_folder();
    world->pool = skn_pool_create(jobs, world->folders, 1);
    assert_int_equal(
        skn_pool_script_add(world->pool, skn_str("CREATE TABLE t (n INTEGER);"), "", 0, 0), 0);
    assert_int_equal(
        skn_pool_script_add(world->pool, skn_str("INSERT INTO t VALUES (2);"), "", 0, 0), 1);
}

static int setup(void **state)
{
    static const char *const names[ITEMS] = {"a", "b", "c", "d", "e", "f",
                                             "g", "h", "i", "j", "k", "l"};
    struct world *world = calloc(1, sizeof *world);
    *state = world;
    snprintf(world->folder, sizeof world->folder, "/tmp/skein-pool-XXXXXX");
    world->count = ITEMS;
    world->verb = "run";
    world->more = 1;
    world->connect_timeout = 5000;
    world->err = (struct skn_error)SKN_ERROR_INIT;
    for (size_t i = 0; i < ITEMS; i++) {
        world->targets[i] = (struct skn_target){
            .name = names[i], .driver = "null", .server = "s", .max_per_server = 4};
        world->items[i] = &world->targets[i];
    }
    return mkdtemp(world->folder) ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *world = *state;
    skn_pool_destroy(world->pool);
    nftw(world->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

static int pool_run(struct world *world)
{
    const struct skn_pool_hooks hooks = {.ctx = world,
                                         .request = on_request,
                                         .event = on_event,
                                         .finish = on_finish,
                                         .more = on_more,
                                         .line = on_line};
    return skn_pool_run(world->pool, world->items, world->count, &hooks, &world->err);
}

static void pool_run_ok(struct world *world)
{
    assert_int_equal(pool_run(world), SKN_OK);
}

static void ended_so(const struct world *world, size_t item, const char *word)
{
    assert_int_equal(world->ended[item], 1);
    if (strcmp(world->word[item], word) != 0)
        print_error("%s: %s\n", world->word[item], world->result[item].err.message);
    assert_string_equal(world->word[item], word);
}

/* ---- without a fault ---- */

static void every_item_ends_once_with_few_workers(void **state)
{
    struct world *world = *state;
    pid_t pids[ITEMS];
    pool_make(world, 3);
    pool_run_ok(world);
    for (size_t i = 0; i < ITEMS; i++) {
        assert_int_equal(world->asked[i], 1);
        ended_so(world, i, "ran");
        assert_int_equal(world->result[i].done, 2);
    }
    assert_int_equal(world->starts, 2 * ITEMS);
    assert_int_equal(children_list(pids, ITEMS), 3);
}

static void workers_stay_for_the_next_run(void **state)
{
    struct world *world = *state;
    pid_t before[ITEMS], after[ITEMS];
    pool_make(world, 1);
    world->verb = "probe";
    world->count = 2;
    pool_run_ok(world);
    assert_int_equal(children_list(before, ITEMS), 1);
    pool_run_ok(world);
    assert_int_equal(children_list(after, ITEMS), 1);
    assert_int_equal(before[0], after[0]);
    assert_int_equal(world->asked[1], 2);
}

static void no_more_workers_than_a_server_bears(void **state)
{
    struct world *world = *state;
    pid_t pids[ITEMS];
    for (size_t i = 0; i < ITEMS; i++)
        world->targets[i].max_per_server = 2;
    pool_make(world, 6);
    pool_run_ok(world);
    assert_int_equal(children_list(pids, ITEMS), 2);
}

static void an_item_that_comes_back_is_run_again(void **state)
{
    struct world *world = *state;
    pool_make(world, 1);
    world->verb = "probe";
    world->count = 2;
    world->again = 1;
    pool_run_ok(world);
    assert_int_equal(world->ended[0], 2);
    assert_int_equal(world->ended[1], 1);
}

static void nothing_new_is_started_when_nothing_more_is_wanted(void **state)
{
    struct world *world = *state;
    pool_make(world, 2);
    world->more = 0;
    pool_run_ok(world);
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(world->asked[i] + world->ended[i], 0);
}

static void two_drivers_are_served_by_one_worker_after_the_other(void **state)
{
    struct world *world = *state;
    pool_make(world, 1);
    world->count = 3;
    world->targets[1].driver = "nosuch";
    world->targets[1].server = "t";
    pool_run_ok(world);
    ended_so(world, 0, "ran");
    ended_so(world, 2, "ran");
    ended_so(world, 1, "error");
    assert_int_equal(world->result[1].err.code, SKN_E_CONFIG);
    assert_non_null(strstr(world->result[1].err.message, "nosuch"));
}

static void an_error_belongs_to_a_revision_only_when_one_was_in_hand(void **state)
{
    struct world *world = *state;
    pool_make(world, 1);
    world->count = 1;
    world->targets[0].name = "../escape";
    pool_run_ok(world);
    ended_so(world, 0, "error");
    assert_int_equal(world->result[0].step, SKN_NO_STEP);
}

/* ---- D: drivers ---- */

static void d1_a_crash_costs_its_own_item(void **state)
{
    static const char *const crashes[] = {"sql:1:segv",     "sql:1:abort", "sql:1:bus",
                                          "sql:1:fpe",      "sql:1:exit0", "sql:1:exit1",
                                          "sql:1:overflow", "sql:1:kill"};
    struct world *world = *state;
    pool_make(world, 2);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        world->crash[i] = crashes[i];
    pool_run_ok(world);
    for (size_t i = 0; i < ITEMS; i++) {
        ended_so(world, i, world->crash[i] ? "died" : "ran");
        if (world->crash[i])
            assert_non_null(strstr(world->result[i].err.message, " in exec() ("));
    }
}

static void d1_a_death_names_the_revision_and_statement_in_hand_and_what_is_done(void **state)
{
    struct world *world = *state;
    pool_make(world, 1);
    world->count = 3;
    world->crash[0] = "open:1:kill";
    world->crash[1] = "applied:7:kill"; /* behind the only statement of the second */
    world->crash[2] = "unlock:1:kill";
    pool_run_ok(world);
    assert_int_equal(world->result[0].step, SKN_NO_STEP);
    assert_int_equal(world->result[0].done, 0);
    assert_int_equal(world->result[1].step, 1);
    assert_int_equal(world->result[1].statement, 1);
    assert_int_equal(world->result[1].done, 1);
    assert_int_equal(world->result[2].step, SKN_NO_STEP);
    assert_int_equal(world->result[2].done, 2);
}

/* Kills the worker, which has done its first item and waits for the next. */
static json_t *request_of_a_dead(void *ctx, uint32_t item)
{
    pid_t pids[ITEMS];
    if (item == 1 && children_list(pids, ITEMS) == 1)
        kill(pids[0], SIGKILL);
    return on_request(ctx, item);
}

static void d1_what_a_worker_did_before_is_not_the_next_items(void **state)
{
    struct world *world = *state;
    const struct skn_pool_hooks hooks = {.ctx = world,
                                         .request = request_of_a_dead,
                                         .event = on_event,
                                         .finish = on_finish,
                                         .more = on_more,
                                         .line = on_line};
    pool_make(world, 1);
    assert_int_equal(skn_pool_run(world->pool, world->items, 3, &hooks, &world->err), SKN_OK);
    ended_so(world, 0, "ran");
    ended_so(world, 1, "died");
    ended_so(world, 2, "ran");
    assert_int_equal(world->result[1].done, 0);
    assert_int_equal(world->result[1].step, SKN_NO_STEP);
}

static void d2_a_deaf_driver_is_ended_and_the_others_go_on(void **state)
{
    struct world *world = *state;
    pool_make(world, 2);
    world->verb = "probe";
    world->count = 4;
    world->connect_timeout = 100;
    world->hang[1] = "open:1:deaf";
    world->hang[2] = "open:1:poll";
    pool_run_ok(world);
    ended_so(world, 0, "probed");
    ended_so(world, 1, "died");
    ended_so(world, 2, "error");
    ended_so(world, 3, "probed");
    assert_int_equal(world->result[1].err.code, SKN_E_TIMEOUT);
    assert_non_null(strstr(world->result[1].err.message, "did not come back in open()"));
    assert_int_equal(world->result[2].err.code, SKN_E_TIMEOUT);
}

static void d3_what_a_driver_prints_is_caught_and_no_event(void **state)
{
    struct world *world = *state;
    pool_make(world, 1);
    world->count = 2;
    world->print[0] = "sql:1";
    pool_run_ok(world);
    ended_so(world, 0, "ran");
    ended_so(world, 1, "ran");
    /* Its second line has no end before the worker's. */
    assert_true(world->lines[0] >= 1 && world->lines[1] >= 1);
}

/* ---- asking ---- */

static void a_driver_is_asked_what_it_is_and_what_it_makes_of_scripts(void **state)
{
    struct world *world = *state;
    json_t *answer = NULL;
    pool_make(world, 1);
    uint32_t bad = skn_pool_script_add(world->pool, skn_str("SELECT 'open"), "", 0, 0);
    assert_int_equal(skn_pool_ask(world->pool, "null", NULL, &answer, &world->err), SKN_OK);
    assert_string_equal(skn_json_text(answer, "driver"), "null");
    json_decref(answer);
    json_t *request = json_pack("{s:s, s:[i, i]}", "do", "check", "scripts", 0, (int)bad);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(skn_pool_ask(world->pool, "null", request, &answer, &world->err), SKN_OK);
        const json_t *faults = skn_json_array(answer, "faults");
        assert_int_equal(json_array_size(faults), 1);
        assert_int_equal(skn_json_number(json_array_get(faults, 0), "script"), bad);
        json_decref(answer);
    }
    json_decref(request);
}

static void asking_a_driver_that_is_not_there_is_an_error(void **state)
{
    struct world *world = *state;
    json_t *answer = NULL;
    pool_make(world, 1);
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(skn_pool_ask(world->pool, "nosuch", NULL, &answer, &world->err),
                         SKN_E_CONFIG);
        assert_null(answer);
    }
    assert_int_equal(skn_pool_ask(world->pool, "null", NULL, &answer, &world->err), SKN_OK);
    json_decref(answer);
}

static json_t *kill_first(void)
{
    pid_t pids[ITEMS];
    for (size_t i = children_list(pids, ITEMS); i > 0; i--)
        kill(pids[i - 1], SIGKILL);
    return json_pack("{s:s, s:[i]}", "do", "check", "scripts", 0);
}

static void asking_a_worker_that_died_is_an_error_and_the_next_one_answers(void **state)
{
    struct world *world = *state;
    json_t *answer = NULL;
    pool_make(world, 1);
    assert_int_equal(skn_pool_ask(world->pool, "null", NULL, &answer, &world->err), SKN_OK);
    json_decref(answer);
    json_t *request = kill_first();
    assert_int_equal(skn_pool_ask(world->pool, "null", request, &answer, &world->err),
                     SKN_E_DRIVER);
    assert_non_null(strstr(world->err.message, "crashed between calls (signal 9"));
    assert_int_equal(skn_pool_ask(world->pool, "null", request, &answer, &world->err), SKN_OK);
    json_decref(answer);
    json_decref(request);
}

/* ---- P: signals, which stay noted, and so come to a process of their own ---- */

static void event_interrupts(void *ctx, uint32_t item, const json_t *event)
{
    struct world *world = ctx;
    on_event(ctx, item, event);
    if (world->starts == 1 && skn_pool_interrupts() == 0)
        raise(SIGINT);
}

static int more_until_interrupted(void *ctx)
{
    (void)ctx;
    return skn_pool_interrupts() == 0;
}

static void interrupted_child(struct world *world)
{
    const struct skn_pool_hooks hooks = {.ctx = world,
                                         .request = on_request,
                                         .event = event_interrupts,
                                         .finish = on_finish,
                                         .more = more_until_interrupted,
                                         .line = on_line};
    pool_make(world, 1);
    skn_pool_signals_take();
    int rc = skn_pool_run(world->pool, world->items, ITEMS, &hooks, &world->err);
    int stopped = world->ended[0] == 1 && strcmp(world->word[0], "ran") == 0;
    int others = 0;
    for (size_t i = 1; i < ITEMS; i++)
        others += (int)world->asked[i];
    skn_pool_destroy(world->pool);
    _exit(rc == SKN_OK && stopped && others == 0 && skn_pool_interrupts() == 1 ? 0 : 99);
}

static void p4_interrupted_once_what_is_in_flight_ends_and_nothing_new_begins(void **state)
{
    struct world *world = *state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        interrupted_child(world);
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void event_interrupts_twice(void *ctx, uint32_t item, const json_t *event)
{
    on_event(ctx, item, event);
    raise(SIGINT);
    raise(SIGTERM);
}

static void interrupted_twice_child(struct world *world)
{
    const struct skn_pool_hooks hooks = {.ctx = world,
                                         .request = on_request,
                                         .event = event_interrupts_twice,
                                         .finish = on_finish,
                                         .more = on_more,
                                         .line = on_line};
    pool_make(world, 1);
    skn_pool_signals_take();
    world->hang[0] = "sql:3:poll"; /* the body of the first revision, which has no limit */
    int rc = skn_pool_run(world->pool, world->items, 1, &hooks, &world->err);
    int said = world->result[0].err.code == SKN_E_CANCELLED;
    skn_pool_destroy(world->pool);
    _exit(rc == SKN_OK && said && world->ended[0] == 1 ? 0 : 99);
}

static void p4_interrupted_twice_the_call_in_hand_is_given_up(void **state)
{
    struct world *world = *state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        interrupted_twice_child(world);
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int started; /* the planner's end of a pipe */

static void event_tells(void *ctx, uint32_t item, const json_t *event)
{
    on_event(ctx, item, event);
    assert_int_equal(write(started, "x", 1), 1);
}

static void planner_child(struct world *world)
{
    const struct skn_pool_hooks hooks = {.ctx = world,
                                         .request = on_request,
                                         .event = event_tells,
                                         .finish = on_finish,
                                         .more = on_more,
                                         .line = on_line};
    pool_make(world, 1);
    world->hang[0] = "sql:4:poll"; /* the first statement, announced and running */
    skn_pool_run(world->pool, world->items, 1, &hooks, &world->err);
    _exit(99);
}

/* Waits until nobody holds the first target's lock, as its worker does to its end. */
static void lock_await(const struct world *world)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, as the null driver names the file */
    char path[128];
    for (const char *at = "alembic_version"; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    snprintf(path, sizeof path, "%s/a.lock.%016llx", world->folder, (unsigned long long)hash);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    close(fd);
}

static void p3_a_worker_whose_planner_is_killed_leaves_nothing_in_doubt(void **state)
{
    struct world *world = *state;
    char byte;
    int ends[2];
    world->piecewise = 1;
    assert_int_equal(pipe(ends), 0);
    started = ends[1];
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        planner_child(world);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(ends[0]);
    close(ends[1]);
    lock_await(world);
    pool_make(world, 1);
    world->count = 1;
    pool_run_ok(world);
    ended_so(world, 0, "ran");
    assert_int_equal(world->result[0].done, 2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_item_ends_once_with_few_workers, setup, teardown),
        cmocka_unit_test_setup_teardown(workers_stay_for_the_next_run, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_workers_than_a_server_bears, setup, teardown),
        cmocka_unit_test_setup_teardown(an_item_that_comes_back_is_run_again, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_new_is_started_when_nothing_more_is_wanted, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(two_drivers_are_served_by_one_worker_after_the_other, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_error_belongs_to_a_revision_only_when_one_was_in_hand,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(d1_a_crash_costs_its_own_item, setup, teardown),
        cmocka_unit_test_setup_teardown(
            d1_a_death_names_the_revision_and_statement_in_hand_and_what_is_done, setup, teardown),
        cmocka_unit_test_setup_teardown(d1_what_a_worker_did_before_is_not_the_next_items, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(d2_a_deaf_driver_is_ended_and_the_others_go_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(d3_what_a_driver_prints_is_caught_and_no_event, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_driver_is_asked_what_it_is_and_what_it_makes_of_scripts,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(asking_a_driver_that_is_not_there_is_an_error, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            asking_a_worker_that_died_is_an_error_and_the_next_one_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(
            p4_interrupted_once_what_is_in_flight_ends_and_nothing_new_begins, setup, teardown),
        cmocka_unit_test_setup_teardown(p3_a_worker_whose_planner_is_killed_leaves_nothing_in_doubt,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(p4_interrupted_twice_the_call_in_hand_is_given_up, setup,
                                        teardown),
    };
    if (is_worker(argc, argv))
        return skn_worker_main();
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
