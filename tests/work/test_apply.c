/*
 * Applying in transactions: each revision is in the database once or not at all, and what is said
 * of it is so. Faults are the null driver's; fault ids are those of the catalogue.
 */
#include "apply_fixture.h"

/* Three revisions that cannot be applied twice without a trace. */
static void chain_make(struct world *world)
{
    chain_add(world, (struct revision){.id = "r1", .up = "CREATE TABLE t1 (n INTEGER);"});
    chain_add(world, (struct revision){
                         .id = "r2",
                         .up = "CREATE TABLE t2 (n INTEGER);\nINSERT INTO t1 VALUES (2);"});
    chain_add(world, (struct revision){.id = "r3", .up = "INSERT INTO t1 VALUES (3);"});
}

static void database_is_at(const struct world *world, size_t n)
{
    static const char *const rows[] = {"row\tr1", "row\tr2", "row\tr3"};
    for (size_t i = 0; i < 3; i++)
        lines_are(world, rows[i], i + 1 == n);
    lines_are(world, "applied\tCREATE TABLE t1 (n INTEGER)", n >= 1);
    lines_are(world, "applied\tCREATE TABLE t2 (n INTEGER)", n >= 2);
    lines_are(world, "row\t2", n >= 2);
    lines_are(world, "row\t3", n >= 3);
}

static size_t place_of(const struct world *world)
{
    if (line_count(world, "row\tr3"))
        return 3;
    if (line_count(world, "row\tr2"))
        return 2;
    return line_count(world, "row\tr1") ? 1 : 0;
}

/* The fault is gone: the same command again ends where it should have ended at once. */
static void next_run_converges(struct world *world)
{
    static const char *const knobs[] = {"fail", "crash", "uncertain", "lie", "garbage"};
    for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++)
        option_set(world, knobs[i], NULL);
    database_is_at(world, place_of(world));
    if (place_of(world) < 3)
        run_ok(world, place_of(world));
    database_is_at(world, 3);
}

/* ---- without a fault ---- */

static void a_chain_is_applied_and_each_revision_is_said_once(void **state)
{
    struct world *world = *state;
    chain_make(world);
    run_ok(world, 0);
    database_is_at(world, 3);
    assert_int_equal(event_count("step"), 3);
    assert_int_equal(world->page.done, 3);
    assert_null(world->session.locked);
}

static void a_target_at_base_is_taken_up_in_one_transaction_or_not_at_all(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->transaction = "auto";
    option_set(world, "statement_error", "VALUES (3)");
    run_fails(world, 0, SKN_E_SYNTAX, "VALUES (3)");
    assert_int_equal(world->apply.next, 0);
    assert_int_equal(world->apply.failed_step, 2);
    database_is_at(world, 0);
    option_set(world, "statement_error", NULL);
    run_ok(world, 0);
    database_is_at(world, 3);
    assert_int_equal(event_count("step"), 3);
    assert_int_equal(world->page.done, 3);
}

static void an_error_names_revision_script_and_place(void **state)
{
    struct world *world = *state;
    chain_make(world);
    option_set(world, "statement_error", "VALUES (2)");
    run_fails(world, 0, SKN_E_SYNTAX, "VALUES (2)");
    database_is_at(world, 1);
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(world->apply.failed_step, 1);
    assert_int_equal(world->apply.failed_script, 1);
    const char *text = world->chain[1].up;
    assert_int_equal(world->apply.failed_offset, strstr(text, "VALUES (2)") - text);
    next_run_converges(world);
}

static void a_verify_query_that_finds_a_row_keeps_nothing_of_the_revision(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->chain[1].verify = "SELECT n FROM t1 WHERE n = 9;\nSELECT n FROM t1 WHERE n = 2;\n"
                             "SELECT n FROM t1;";
    run_fails(world, 0, SKN_E_CONSTRAINT, "verify query 2 returned a row");
    database_is_at(world, 1);
    assert_int_equal(world->apply.failed_step, 1);
    world->chain[1].verify = NULL;
    next_run_converges(world);
}

static void a_variable_without_a_value_does_not_undo_the_revision_before(void **state)
{
    struct world *world = *state;
    chain_make(world);
    world->chain[1] = (struct revision){
        .id = "r2", .up = "INSERT INTO t1 VALUES (${literal:who});", .variables = 1};
    run_fails(world, 0, SKN_E_CONFIG, "variable \"who\" has no value");
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(world->apply.failed_step, 1);
    lines_are(world, "row\tr1", 1);
    assert_int_equal(event_count("step"), 1);
}

/* ---- P: this process ends ---- */

static void p1_killed_at_any_call_and_run_again_applies_each_revision_once(void **state)
{
    static const char *const places[] = {"open",  "describe", "exists", "lock",   "begin",  "sql",
                                         "fence", "applied",  "commit", "committed", "token",
                                         "status", "unlock"};
    struct world *world = *state;
    char knob[32], database[16], dead[64];
    chain_make(world);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (int nth = 1; nth <= 4; nth++) {
            snprintf(knob, sizeof knob, "%s:%d:kill", places[i], nth);
            option_set(world, "crash", knob);
            int status = in_child(world, child_runs);
            assert_true(WIFSIGNALED(status) || status == 0);
            assert_true(world->page.done <= place_of(world));
            next_run_converges(world);
            snprintf(database, sizeof database, "%s/db.state", world->folder);
            snprintf(dead, sizeof dead, "%s/db.state", world->folder);
            unlink(dead);
            skn_session_close(&world->session);
        }
}
