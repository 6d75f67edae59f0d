/*
 * What becomes of transactions when the process dies, is interrupted, loses its link or has a
 * driver that lies: each revision is there once or not at all, and what is said of it is so.
 */
#include "apply_fixture.h"

#include "denial.h"

/* ---- P: this process ends, or is asked to ---- */

static const char *const places[] = {"open",  "describe", "exists",  "lock",   "begin",
                                     "fence", "sql",      "applied", "commit", "committed",
                                     "token", "status",   "quote",   "unlock", "exec"};
enum { PLACES = sizeof places / sizeof places[0] };

static void killed_everywhere(struct world *world)
{
    char knob[32];
    for (size_t i = 0; i < PLACES; i++)
        for (int nth = 1; nth <= 4; nth++) {
            snprintf(knob, sizeof knob, "%s:%d:kill", places[i], nth);
            option_set(world, "crash", knob);
            int status = in_child(world, child_runs);
            assert_true(WIFSIGNALED(status) || status == 0);
            /* N4: what is said to be in the ledger is there. */
            assert_true(world->page->done <= place_of(world));
            next_run_converges(world);
            database_forget(world);
        }
}

static void p1_killed_at_any_call_and_run_again_each_revision_is_there_once(void **state)
{
    struct world *world = *state;
    chain_make(world);
    killed_everywhere(world);
}

static void p1_killed_at_any_call_of_the_one_transaction_all_is_there_or_nothing(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->transaction = "target";
    killed_everywhere(world);
}

static void p1_a_death_behind_a_commit_does_not_hide_that_commit(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "crash", "sql:8:kill");
    assert_true(WIFSIGNALED(in_child(world, child_runs)));
    assert_int_equal(place_of(world), 1);
    assert_int_equal(world->page->done, 1);
}

static void child_interrupted(struct world *world)
{
    signalled_child(world, interrupt);
}

static void child_stopped(struct world *world)
{
    signalled_child(world, ask_to_stop);
}

static void signalled_everywhere(struct world *world, void (*child)(struct world *))
{
    int status = 0;
    for (world->nth = 1; status == 0; world->nth++) {
        status = in_child(world, child);
        assert_true(status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 1));
        next_run_converges(world);
        database_forget(world);
    }
    assert_true(world->nth > 10);
}

static void p4_interrupted_at_any_moment_what_is_said_is_what_is_there(void **state)
{
    struct world *world = *state;
    chain_make(world);
    signalled_everywhere(world, child_interrupted);
}

static void p4_asked_to_stop_at_any_moment_it_stops_behind_a_revision(void **state)
{
    struct world *world = *state;
    chain_make(world);
    signalled_everywhere(world, child_stopped);
}

static void p4_the_one_transaction_is_all_there_or_nothing_when_interrupted(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->transaction = "auto";
    signalled_everywhere(world, child_interrupted);
}

static void d8_r4_a_session_that_is_not_what_it_was_keeps_nothing_of_the_revision(void **state)
{
    static const char *const ways[] = {"revision", "target"};
    struct world *world = *state;
    chain_make(world);
    for (size_t i = 0; i < 2; i++) {
        world->transaction = ways[i];
        option_set(world, "fail", "check:2:usage");
        run_fails(world, 0, SKN_E_USAGE, "check failed");
        database_is_at(world, i == 0 ? 1 : 0);
        knobs_clear(world);
        next_run_converges(world);
        database_forget(world);
    }
}

static void child_stopped_before(struct world *world)
{
    raise(SIGUSR1);
    int rc = run_from(world, 0);
    _exit(rc == SKN_OK && world->apply.stopped && world->apply.next == 0 ? 0 : 99);
}

static void p4_asked_to_stop_before_it_began_nothing_is_done(void **state)
{
    struct world *world = *state;
    static const char *const ways[] = {"revision", "target"};
    chain_make(world);
    for (size_t i = 0; i < 2; i++) {
        world->transaction = ways[i];
        assert_int_equal(in_child(world, child_stopped_before), 0);
        database_is_at(world, 0);
    }
}

static void child_waits_for_the_lock(struct world *world)
{
    world->lock_timeout = 5000;
    option_set(world, "latency", "1");
    at_poll(world, 8, ask_to_stop);
    int rc = run_from(world, 0);
    _exit(rc == SKN_E_CANCELLED ? 0 : 99);
}

static void p4_asked_to_stop_while_it_waits_for_the_lock_it_does_not_wait_on(void **state)
{
    struct world *world = *state;
    chain_make(world);
    int fd = run_lock_hold(world);
    assert_int_equal(in_child(world, child_waits_for_the_lock), 0);
    close(fd);
    database_is_at(world, 0);
}

/* ---- W: the link breaks ---- */

static void w1_the_link_breaks_at_any_statement_and_the_next_run_goes_on(void **state)
{
    struct world *world = *state;
    char knob[32];
    chain_make(world);
    for (int nth = 1; nth <= 24; nth++) {
        snprintf(knob, sizeof knob, "sql:%d:lost", nth);
        option_set(world, "uncertain", knob);
        run_from(world, 0);
        assert_int_equal(world->apply.next, place_of(world));
        assert_int_equal(world->rc == SKN_OK, place_of(world) == 3);
        next_run_converges(world);
        database_forget(world);
    }
}

static void w2_a_lost_commit_reply_is_settled_as_applied(void **state)
{
    static const char *const knobs[] = {"commit:1:applied", "commit:2:applied", "commit:3:applied"};
    struct world *world = *state;
    chain_make(world);
    option_set(world, "once", "true");
    for (size_t i = 0; i < 3; i++) {
        option_set(world, "uncertain", knobs[i]);
        run_ok(world, 0);
        database_is_at(world, 3);
        assert_int_equal(world->page->done, 3);
        database_forget(world);
    }
    assert_int_equal(event_count(world, "step"), 9);
}

static void w2_a_lost_reply_to_the_one_commit_is_settled_for_every_revision(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->transaction = "target";
    option_set(world, "once", "true");
    option_set(world, "uncertain", "commit:1:applied");
    run_ok(world, 0);
    database_is_at(world, 3);
    assert_int_equal(event_count(world, "step"), 3);
    assert_int_equal(world->page->done, 3);
}

static int held;

static void lock_release(struct world *world)
{
    (void)world;
    close(held);
}

/* The server has not noticed yet that the old session is gone. */
static void lock_linger(struct world *world)
{
    held = run_lock_hold(world);
    at_poll(world, 12, lock_release);
}

static void w4_the_old_session_is_waited_for_however_short_others_are(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->lock_timeout = 0;
    option_set(world, "latency", "1");
    option_set(world, "uncertain", "commit:1:applied");
    option_set(world, "once", "true");
    at_reconnect(world, lock_linger);
    run_ok(world, 0);
    database_is_at(world, 3);
}

static void w2_without_settle_the_version_rows_decide(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "settle", "false");
    option_set(world, "once", "true");
    option_set(world, "uncertain", "commit:2:applied");
    run_ok(world, 0);
    database_is_at(world, 3);
}

static void w3_a_commit_that_never_arrived_is_settled_as_not_applied(void **state)
{
    static const char *const ways[] = {"revision", "target"};
    struct world *world = *state;
    chain_make(world);
    for (size_t i = 0; i < 2; i++) {
        world->transaction = ways[i];
        option_set(world, "once", "true");
        option_set(world, "uncertain", i == 0 ? "commit:2:lost" : "commit:1:lost");
        run_fails(world, 0, SKN_E_CONNECT, "not applied");
        assert_int_equal(world->apply.next, i == 0 ? 1 : 0);
        assert_int_equal(world->apply.failed_step, i == 0 ? 1 : 2);
        assert_int_equal(world->page->done, i == 0 ? 1 : 0);
        next_run_converges(world);
        database_forget(world);
    }
}

static void w3_what_cannot_be_looked_at_again_stays_uncertain(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "uncertain", "commit:1:applied");
    option_set(world, "fail", "settle:1:timeout");
    run_fails(world, 0, SKN_E_UNCERTAIN, "unknown");
    assert_int_equal(world->apply.next, 0);
    next_run_converges(world);
}

static int tx_fd = -1;

/* As long as somebody holds the writer's lock, the transaction asked about may still be open. */
static void writer_hold(struct world *world)
{
    char path[128];
    snprintf(path, sizeof path, "%s/db.tx", world->folder);
    tx_fd = open(path, O_RDWR);
    assert_int_equal(flock(tx_fd, LOCK_EX | LOCK_NB), 0);
}

static void w4_a_transaction_that_is_still_running_is_not_called_not_applied(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "uncertain", "commit:1:lost");
    world->connect_timeout = 300;
    at_reconnect(world, writer_hold);
    run_fails(world, 0, SKN_E_UNCERTAIN, "running");
    close(tx_fd);
    next_run_converges(world);
}

/* Another runner, in a process of its own that waits for its turn. */
static pid_t others_pid;
static int others_turn; /* it comes when this is closed */

static void others_start(struct world *world)
{
    int turn[2];
    char nothing;
    assert_int_equal(pipe(turn), 0);
    fflush(NULL);
    others_pid = fork();
    if (others_pid == 0) {
        close(turn[1]);
        if (read(turn[0], &nothing, 1) != 0)
            _exit(98);
        option_set(world, "uncertain", NULL);
        _exit(run_from(world, place_of(world)) == SKN_OK ? 0 : 97);
    }
    close(turn[0]);
    others_turn = turn[1];
}

static void others_go_on(struct world *world)
{
    int status;
    (void)world;
    close(others_turn);
    assert_int_equal(waitpid(others_pid, &status, 0), others_pid);
    assert_int_equal(status, 0);
}

static void w2_applied_also_when_others_went_on_before_we_could_look(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "uncertain", "commit:1:applied");
    others_start(world);
    at_reconnect(world, others_go_on);
    assert_int_equal(run_from(world, 0), SKN_OK);
    assert_true(world->apply.moved);
    assert_int_equal(world->apply.next, 1);
    assert_string_equal(json_string_value(json_array_get(world->apply.ledger.rows, 0)), "r3");
    database_is_at(world, 3);
}

static void w3_rows_that_are_neither_of_both_are_uncertain_where_nothing_else_can_tell(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "settle", "false");
    option_set(world, "uncertain", "commit:1:applied");
    others_start(world);
    at_reconnect(world, others_go_on);
    run_fails(world, 0, SKN_E_UNCERTAIN, "neither");
    database_is_at(world, 3);
}

static void identity_change(struct world *world)
{
    option_set(world, "identity", "elsewhere");
}

static void w7_another_database_behind_the_same_name_settles_nothing(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "uncertain", "commit:1:applied");
    at_exec(world, identity_change);
    run_fails(world, 0, SKN_E_UNCERTAIN, "another database");
}

/* ---- D: drivers that lie ---- */

static void d8_a_driver_that_keeps_no_commit_is_found_out(void **state)
{
    static const char *const ways[] = {"revision", "target"};
    struct world *world = *state;
    chain_make(world);
    for (size_t i = 0; i < 2; i++) {
        world->transaction = ways[i];
        option_set(world, "lie", "commit");
        run_fails(world, 0, SKN_E_DRIVER, "version rows say otherwise");
        assert_int_equal(world->apply.next, 0);
        next_run_converges(world);
        database_forget(world);
    }
}

static void d4_a_row_count_that_is_not_one_keeps_nothing(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "lie", "rows");
    run_fails(world, 0, SKN_E_DRIVER, "exactly one row");
    next_run_converges(world);
}

static void d8_a_transaction_that_never_ends_is_found_out(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "lie", "tx");
    run_fails(world, 0, SKN_E_DRIVER, "that the transaction is open");
}

static void d4_success_without_doing_it_is_found_out(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "lie", "done");
    assert_int_equal(run_from(world, 0), SKN_E_MISSING);
    assert_int_equal(world->apply.next, 0);
    next_run_converges(world);
}

static void d4_garbage_at_any_call_never_leaves_a_revision_half_there(void **state)
{
    static const char *const kinds[] = {"error", "value"};
    struct world *world = *state;
    char knob[40];
    chain_make(world);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < PLACES; i++)
            for (int nth = 1; nth <= 3; nth++) {
                /* A statement that is not run and answers is past all proof. */
                if (k == 1 && strcmp(places[i], "sql") == 0)
                    continue;
                snprintf(knob, sizeof knob, "%s:%d:%s", places[i], nth, kinds[k]);
                option_set(world, "garbage", knob);
                run_from(world, 0);
                assert_true(world->apply.next <= place_of(world));
                assert_true(world->rc <= SKN_E_DRIVER);
                next_run_converges(world);
                database_forget(world);
            }
}

static void d4_version_rows_that_are_no_ids_are_refused(void **state)
{
    static const char *const rows[] = {"a,b", "a\\0b", "", "a\\nb"};
    struct world *world = *state;
    chain_make(world);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[200];
        char path[128];
        snprintf(path, sizeof path, "%s/db.state", world->folder);
        snprintf(text, sizeof text,
                 "skein null database, format 1\ntable\talembic_version\nkey\tversion_num\n"
                 "row\t%s\n",
                 rows[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        run_fails(world, 0, SKN_E_CONFIG, "no revision id");
    }
}

static void any_failure_of_any_call_is_reported_as_it_is(void **state)
{
    struct world *world = *state;
    char knob[40];
    chain_make(world);
    for (size_t i = 0; i < PLACES; i++)
        for (int nth = 1; nth <= 4; nth++) {
            snprintf(knob, sizeof knob, "%s:%d:permission", places[i], nth);
            option_set(world, "fail", knob);
            run_from(world, 0);
            assert_true(world->rc == SKN_OK || world->rc == SKN_E_PERMISSION);
            /* A failure that is said behind a commit that was kept is a lie. */
            if (strcmp(places[i], "committed") != 0) {
                assert_int_equal(world->apply.next, place_of(world));
                assert_int_equal(world->page->done, place_of(world));
            }
            next_run_converges(world);
            database_forget(world);
        }
}

static int denied_run(struct world *world, enum denial_way way, size_t at, size_t again)
{
    denial_begin(way, at);
    denial.again = again;
    run_from(world, 0);
    int denied = denial.denied;
    denial_begin(way, 0);
    if (world->rc == SKN_OK)
        database_is_at(world, 3);
    else if (world->rc != SKN_E_UNCERTAIN)
        assert_int_equal(world->apply.next, place_of(world));
    next_run_converges(world);
    database_forget(world);
    return denied;
}

static void w1_two_calls_fail_and_each_revision_is_there_once(void **state)
{
    static const char *const ways[] = {"revision", "target"};
    struct world *world = *state;
    size_t step = getenv("SKEIN_TEST_PAIRS") ? 11 : 2; /* every second call in each way */
    chain_make(world);
    world->chain[1].verify = "SELECT n FROM t1 WHERE n = 77;";
    denial_put(&world->session.loaded.driver);
    for (size_t i = 0; i < 2; i++)
        for (enum denial_way way = DENIAL_FAILS; way < DENIAL_WAYS; way++)
            for (size_t again = 0; again <= (way >= DENIAL_LINK ? 4 : 0); again++) {
                size_t at = 1 + (way + again) % 2;
                world->transaction = ways[i];
                while (denied_run(world, way, at, again))
                    at += step;
                assert_true(at > 5);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NULL_CASE(p1_killed_at_any_call_and_run_again_each_revision_is_there_once),
        NULL_CASE(p1_killed_at_any_call_of_the_one_transaction_all_is_there_or_nothing),
        NULL_CASE(p1_a_death_behind_a_commit_does_not_hide_that_commit),
        NULL_CASE(p4_interrupted_at_any_moment_what_is_said_is_what_is_there),
        NULL_CASE(p4_asked_to_stop_at_any_moment_it_stops_behind_a_revision),
        NULL_CASE(p4_the_one_transaction_is_all_there_or_nothing_when_interrupted),
        NULL_CASE(p4_asked_to_stop_before_it_began_nothing_is_done),
        NULL_CASE(d8_r4_a_session_that_is_not_what_it_was_keeps_nothing_of_the_revision),
        NULL_CASE(p4_asked_to_stop_while_it_waits_for_the_lock_it_does_not_wait_on),
        NULL_CASE(w1_the_link_breaks_at_any_statement_and_the_next_run_goes_on),
        NULL_CASE(w2_a_lost_commit_reply_is_settled_as_applied),
        NULL_CASE(w2_a_lost_reply_to_the_one_commit_is_settled_for_every_revision),
        NULL_CASE(w4_the_old_session_is_waited_for_however_short_others_are),
        NULL_CASE(w2_without_settle_the_version_rows_decide),
        NULL_CASE(w2_applied_also_when_others_went_on_before_we_could_look),
        NULL_CASE(w3_a_commit_that_never_arrived_is_settled_as_not_applied),
        NULL_CASE(w3_what_cannot_be_looked_at_again_stays_uncertain),
        NULL_CASE(w3_rows_that_are_neither_of_both_are_uncertain_where_nothing_else_can_tell),
        NULL_CASE(w4_a_transaction_that_is_still_running_is_not_called_not_applied),
        NULL_CASE(w7_another_database_behind_the_same_name_settles_nothing),
        NULL_CASE(any_failure_of_any_call_is_reported_as_it_is),
        NULL_CASE(w1_two_calls_fail_and_each_revision_is_there_once),
        NULL_CASE(d8_a_driver_that_keeps_no_commit_is_found_out),
        NULL_CASE(d4_a_row_count_that_is_not_one_keeps_nothing),
        NULL_CASE(d8_a_transaction_that_never_ends_is_found_out),
        NULL_CASE(d4_success_without_doing_it_is_found_out),
        NULL_CASE(d4_garbage_at_any_call_never_leaves_a_revision_half_there),
        NULL_CASE(d4_version_rows_that_are_no_ids_are_refused),
    };
    return cmocka_run_group_tests_name("apply faults", tests, NULL, NULL);
}
