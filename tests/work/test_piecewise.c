/*
 * Applying statement by statement: what was done is counted, what failed is tried again from there,
 * and only a statement whose end nobody saw is in doubt. Titles name the faults of the catalogue.
 */
#include "apply_fixture.h"

#include <sqlite3.h>

#include "denial.h"
#include "work/resolve.h"

enum { STATEMENTS = 7 };

/* Every statement of the first two revisions, and the line that it leaves each time that it is
 * run. Their line ends are there for option statement_error: the ledger, which keeps its message,
 * has them escaped, and is not struck itself. */
static const struct {
    size_t revision;
    const char *line;
} statements[STATEMENTS] = {
    {0, "applied\tCREATE TABLE t1\\n(n INTEGER)"},
    {0, "row\t10"},
    {0, "row\t11"},
    {0, "applied\tCREATE TABLE t2\\n(n INTEGER)"},
    {1, "row\t20"},
    {1, "applied\tCREATE TABLE t3\\n(n INTEGER)"},
    {1, "row\t30"},
};

static const char up_1[] = "CREATE TABLE t1\n(n INTEGER);\nINSERT INTO t1 VALUES (10);\n"
                           "INSERT INTO t1 VALUES\n(11);\nCREATE TABLE t2\n(n INTEGER);";
static const char up_2[] = "INSERT INTO t2 VALUES (20);\nCREATE TABLE t3\n(n INTEGER);\n"
                           "INSERT INTO t3 VALUES (30);";
static const char up_3[] = "CREATE TABLE t4 (n INTEGER);";

static void pieces_make(struct world *world)
{
    world->chain_count = 0;
    chain_add(world, (struct revision){.id = "r1", .up = up_1});
    chain_add(world, (struct revision){.id = "r2", .up = up_2});
    chain_add(world, (struct revision){.id = "r3", .up = up_3});
    option_set(world, "transactional", "false");
}

/* Rows of skein_step. */
static size_t progress_rows(const struct world *world)
{
    const char *at = strstr(null_state(world), "\ntable\tskein_step\n");
    size_t n = 0;
    for (at = at ? strchr(at + 1, '\n') : NULL; at; at = strchr(at + 1, '\n')) {
        if (strncmp(at, "\ntable\t", 7) == 0 || strncmp(at, "\napplied\t", 9) == 0)
            break;
        n += strncmp(at, "\nrow\t", 5) == 0;
    }
    return n;
}

static void nothing_is_there_twice(const struct world *world)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        if (line_count(world, statements[i].line) > 1)
            lines_are(world, statements[i].line, 1);
}

static void all_is_there_once(const struct world *world)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        lines_are(world, statements[i].line, 1);
    lines_are(world, "applied\tCREATE TABLE t4 (n INTEGER)", 1);
    lines_are(world, "row\tr3", 1);
    assert_int_equal(progress_rows(world), 0);
}

/* The fault is gone, and nothing is in doubt: the same command again goes to the end. */
static void next_run_goes_on(struct world *world)
{
    knobs_clear(world);
    nothing_is_there_twice(world);
    if (place_of(world) < 3)
        run_ok(world, place_of(world));
    all_is_there_once(world);
}

static void request_prepare(struct world *world, size_t from)
{
    run_forget(world);
    world->request = request_make(world, from);
    world->err = (struct skn_error)SKN_ERROR_INIT;
    world->apply = (struct skn_apply){.job = &world->job,
                                      .session = &world->session,
                                      .scripts = &world->scripts,
                                      .steps = skn_json_array(world->request, "steps"),
                                      .failed_script = -1};
    world->apply.count = json_array_size(world->apply.steps);
    assert_int_equal(skn_job_read(&world->job, world->request, &world->err), SKN_OK);
}

/* Looks, then says how it was. */
static int resolve(struct world *world, size_t from, int applied)
{
    char seen[SKN_FINGERPRINT] = "";
    json_t *doubt = NULL;
    request_prepare(world, from);
    int rc = skn_apply_resolve(&world->apply, SKN_RESOLVE_LOOK, "", &doubt, &world->err);
    if (rc == SKN_OK)
        snprintf(seen, sizeof seen, "%s", skn_json_text(doubt, "now"));
    json_decref(doubt);
    if (rc != SKN_OK)
        return rc;
    request_prepare(world, from);
    rc = skn_apply_resolve(&world->apply, applied ? SKN_RESOLVE_APPLIED : SKN_RESOLVE_NOT_APPLIED,
                           seen, &doubt, &world->err);
    json_decref(doubt);
    skn_session_close(&world->session);
    return rc;
}

/* As next_run_goes_on, but a statement outside a transaction may be in doubt. Then a person looks,
 * and says what is so. */
static void next_run_goes_on_or_doubts(struct world *world)
{
    size_t from = place_of(world);
    knobs_clear(world);
    nothing_is_there_twice(world);
    if (from < 3 && run_from(world, from) == SKN_E_UNCERTAIN) {
        size_t number = 0;
        assert_int_equal(sscanf(world->err.message, "statement %zu of", &number), 1);
        assert_non_null(strstr(world->err.message, "in doubt"));
        from = place_of(world);
        const char *line = from == 2   ? "applied\tCREATE TABLE t4 (n INTEGER)"
                           : from == 1 ? statements[3 + number].line
                                       : statements[number - 1].line;
        assert_true(strncmp(line, "applied", 7) == 0);
        assert_int_equal(resolve(world, from, line_count(world, line) > 0), SKN_OK);
    }
    next_run_goes_on(world);
}

/* ---- without a fault, and with faults of its own ---- */

static void a_chain_is_applied_once_and_leaves_no_progress(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    run_ok(world, 0);
    all_is_there_once(world);
    assert_int_equal(event_count(world, "step"), 3);
    assert_int_equal(world->page->done, 3);
}

static void what_fails_is_resumed_at_the_statement_that_failed(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "statement_error", "t3\n(");
    run_fails(world, 0, SKN_E_SYNTAX, "statement 2 of 3, behind 1 that stay applied");
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(world->apply.failed_step, 1);
    assert_int_equal(world->apply.failed_offset, strstr(up_2, "t3\n(") - up_2);
    lines_are(world, "row\t20", 1);
    assert_int_equal(progress_rows(world), 1);
    next_run_goes_on(world);
}

static void a_run_of_rows_is_kept_whole_or_not_at_all(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "statement_error", "\n(11)");
    run_fails(world, 0, SKN_E_SYNTAX, "statement 3 of 4, behind 1 that stay applied");
    lines_are(world, "row\t10", 0);
    next_run_goes_on(world);
}

static void what_is_not_applied_yet_may_be_edited(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    world->chain[0].up = "CREATE TABLE t1\n(n INTEGER);\nINSERT INTO t1 VALUES (10);\nBRO\nKEN;";
    option_set(world, "statement_error", "BRO\nKEN");
    run_fails(world, 0, SKN_E_SYNTAX, "behind 2 that stay applied");
    pieces_make(world);
    next_run_goes_on(world);
}

static void what_is_applied_may_not_be_edited_or_left_out(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "statement_error", "t2\n(");
    run_fails(world, 0, SKN_E_SYNTAX, "behind 3 that stay applied");
    world->chain[0].up = "CREATE TABLE t1\n(n TEXT);\nINSERT INTO t1 VALUES (10);\n"
                         "INSERT INTO t1 VALUES\n(11);\nCREATE TABLE t2\n(n INTEGER);";
    run_fails(world, 0, SKN_E_CONFIG, "says something else there now");
    world->chain[0].up = "CREATE TABLE t1\n(n INTEGER);";
    run_fails(world, 0, SKN_E_CONFIG, "put them back");
    lines_are(world, "row\tr1", 0);
    nothing_is_there_twice(world);
    pieces_make(world);
    next_run_goes_on(world);
}

static void a_revision_of_which_nothing_was_done_binds_nobody(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "statement_error", "t1\n(");
    run_fails(world, 0, SKN_E_SYNTAX, "statement 1 of 4");
    assert_int_equal(progress_rows(world), 0);
    knobs_clear(world);
    world->chain[0] = (struct revision){.id = "other", .up = "CREATE TABLE o (n INTEGER);"};
    world->chain_count = 1;
    assert_int_equal(run_from(world, 0), SKN_OK);
    lines_are(world, "row\tother", 1);
}

static void another_revision_waits_until_the_half_applied_one_is_finished(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "statement_error", "t2\n(");
    run_fails(world, 0, SKN_E_SYNTAX, "behind 3");
    knobs_clear(world);
    world->chain[0] = (struct revision){.id = "other", .up = "CREATE TABLE o (n INTEGER);"};
    run_fails(world, 0, SKN_E_CONFIG, "the upgrade of revision r1 is half applied (3 of 4");
    assert_null(strstr(null_state(world), "table\to\n"));
}

static void what_was_begun_piece_by_piece_is_never_begun_again_in_a_transaction(void **state)
{
    static const char *const ways[] = {"revision", "auto"};
    struct world *world = *state;
    for (size_t i = 0; i < 2; i++) {
        pieces_make(world);
        option_set(world, "transactional", "true");
        world->transaction = ways[i];
        world->chain[0].off = 1;
        option_set(world, "statement_error", "t2\n(");
        run_fails(world, 0, SKN_E_SYNTAX, "behind 3 that stay applied");
        /* It no longer says transaction=off. */
        world->chain[0].off = 0;
        next_run_goes_on(world);
        database_forget(world);
    }
}

static void one_transaction_for_all_cannot_hold_what_runs_outside_of_one(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "transactional", "true");
    world->transaction = "target";
    world->chain[1].off = 1;
    run_fails(world, 0, SKN_E_CONFIG, "cannot hold a revision with transaction=off");
    assert_int_equal(world->apply.failed_step, 1);
    lines_are(world, "row\tr1", 0);
}

static void transactions_and_pieces_follow_each_other(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "transactional", "true");
    world->chain[1].off = 1;
    run_ok(world, 0);
    all_is_there_once(world);
}

static void a_verify_query_that_finds_a_row_is_asked_again_and_nothing_is_repeated(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    world->chain[1].verify = "SELECT n FROM t3 WHERE n = 30;";
    run_fails(world, 0, SKN_E_CONSTRAINT, "all 3 statements of this revision are applied");
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(world->apply.failed_script, 2);
    run_fails(world, 1, SKN_E_CONSTRAINT, "verify query 1 returned a row");
    world->chain[1].verify = NULL;
    next_run_goes_on(world);
}

static void a_variable_without_a_value_leaves_no_doubt(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    world->chain[1] = (struct revision){
        .id = "r2", .up = "CREATE TABLE ${ident:name} (n INTEGER);", .variables = 1};
    run_fails(world, 0, SKN_E_CONFIG, "variable \"name\" has no value");
    assert_int_equal(world->apply.next, 1);
    assert_int_equal(progress_rows(world), 0);
    pieces_make(world);
    next_run_goes_on(world);
}

static void the_ledger_takes_whatever_a_server_says(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "garbage", "sql:11:error");
    assert_int_equal(run_from(world, 0), SKN_E_DRIVER);
    if (progress_rows(world))
        assert_null(strstr(null_state(world), "\xff"));
    next_run_goes_on(world);
}

/* ---- P: this process ends, or is asked to ---- */

static void p1_killed_at_any_call_nothing_is_ever_repeated(void **state)
{
    static const char *const places[] = {"open",    "exists", "begin",     "fence",  "sql",
                                         "applied", "commit", "committed", "unlock", "exec"};
    struct world *world = *state;
    char knob[32];
    pieces_make(world);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (int nth = 1; nth <= 16; nth++) {
            snprintf(knob, sizeof knob, "%s:%d:kill", places[i], nth);
            option_set(world, "crash", knob);
            int status = in_child(world, child_runs);
            assert_true(world->page->done <= place_of(world));
            next_run_goes_on_or_doubts(world);
            database_forget(world);
            if (!WIFSIGNALED(status))
                break;
        }
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
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        next_run_goes_on(world);
        database_forget(world);
    }
    assert_true(world->nth > 20);
}

static void p4_interrupted_at_any_moment_nothing_is_in_doubt(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    signalled_everywhere(world, child_interrupted);
}

static void p4_asked_to_stop_at_any_moment_nothing_is_in_doubt(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    signalled_everywhere(world, child_stopped);
}

/* ---- any call fails ---- */

static void any_failure_of_any_call_leaves_no_doubt(void **state)
{
    static const char *const places[] = {"open", "describe", "exists", "lock",  "begin",  "fence",
                                         "sql",  "commit",   "status", "quote", "unlock", "exec"};
    static const char *const codes[] = {"permission", "busy", "connect"};
    struct world *world = *state;
    char knob[40];
    pieces_make(world);
    world->lock_timeout = 30;
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            for (int nth = 1; nth <= 20; nth++) {
                snprintf(knob, sizeof knob, "%s:%d:%s", places[i], nth, codes[c]);
                option_set(world, "fail", knob);
                run_from(world, 0);
                assert_int_equal(world->apply.next, place_of(world));
                assert_true(world->rc != SKN_E_UNCERTAIN);
                int struck = world->rc != SKN_OK;
                next_run_goes_on(world);
                database_forget(world);
                if (!struck)
                    break;
            }
}

/* One call fails, and one that asks what became of it. */
static int denied_run(struct world *world, enum denial_way way, size_t at, size_t again)
{
    denial_begin(way, at);
    denial.again = again;
    run_from(world, 0);
    int denied = denial.denied;
    if (world->rc == SKN_OK)
        all_is_there_once(world);
    denial_begin(way, 0);
    next_run_goes_on_or_doubts(world);
    database_forget(world);
    return denied;
}

static void w1_two_calls_fail_and_no_statement_happens_twice(void **state)
{
    struct world *world = *state;
    size_t step = getenv("SKEIN_TEST_PAIRS") ? 31 : 5; /* every fifth call in each way */
    pieces_make(world);
    denial_put(&world->session.loaded.driver);
    for (enum denial_way way = DENIAL_FAILS; way < DENIAL_WAYS; way++)
        for (size_t again = 0; again <= (way >= DENIAL_LINK ? 3 : 0); again++) {
            size_t at = 1 + (way + again) % 5;
            while (denied_run(world, way, at, again))
                at += step;
            assert_true(at > 10);
        }
}

/* A statement of which nobody can tell what became of it, applied. */
static void doubt_make(struct world *world)
{
    option_set(world, "uncertain", "sql:5:applied");
    option_set(world, "fail", "fingerprint:*:unsupported");
    denial_begin(DENIAL_FAILS, 0);
    assert_int_equal(run_from(world, 0), SKN_E_UNCERTAIN);
    knobs_clear(world);
}

/* What was said of a doubt counts once it is written down, and only then. */
static int resolve_denied(struct world *world, enum denial_way way, size_t at, int applied)
{
    doubt_make(world);
    denial_begin(way, at);
    int rc = resolve(world, 0, applied);
    skn_session_close(&world->session);
    int denied = denial.denied;
    denial_begin(way, 0);
    int again = resolve(world, 0, applied);
    assert_true(again == SKN_OK || again == SKN_E_USAGE);
    /* Nothing is in doubt any more: it was written, whether that was heard or not. */
    assert_true(again == SKN_OK || rc == SKN_OK || way == DENIAL_LINK_BEHIND ||
                strcmp(denial.call, "unlock") == 0);
    if (applied)
        next_run_goes_on(world);
    database_forget(world);
    return denied;
}

static void n3_a_doubt_is_settled_once_whichever_call_of_it_fails(void **state)
{
    struct world *world = *state;
    size_t step = getenv("SKEIN_TEST_PAIRS") ? 11 : 3;
    pieces_make(world);
    denial_put(&world->session.loaded.driver);
    for (int applied = 0; applied < 2; applied++)
        for (enum denial_way way = DENIAL_FAILS; way < DENIAL_WAYS; way++) {
            size_t at = 1 + way % 3;
            while (resolve_denied(world, way, at, applied))
                at += step;
            assert_true(at > 10);
        }
}

/* ---- W: the link breaks ---- */

static void w2_a_lost_commit_reply_is_settled_as_applied(void **state)
{
    struct world *world = *state;
    char knob[32];
    pieces_make(world);
    for (int nth = 1; nth <= 6; nth++) {
        snprintf(knob, sizeof knob, "commit:%d:applied", nth);
        option_set(world, "uncertain", knob);
        option_set(world, "once", "true");
        run_ok(world, 0);
        all_is_there_once(world);
        assert_int_equal(world->page->done, 3);
        database_forget(world);
    }
}

static void w3_a_commit_that_never_arrived_leaves_no_doubt(void **state)
{
    struct world *world = *state;
    char knob[32];
    pieces_make(world);
    for (int nth = 1; nth <= 6; nth++) {
        snprintf(knob, sizeof knob, "commit:%d:lost", nth);
        option_set(world, "uncertain", knob);
        option_set(world, "once", "true");
        run_fails(world, 0, SKN_E_CONNECT, "not applied");
        assert_int_equal(world->apply.next, place_of(world));
        next_run_goes_on(world);
        database_forget(world);
    }
}

static void s2_a_statement_whose_answer_is_lost_is_in_doubt_and_never_guessed(void **state)
{
    static const char *const fates[] = {"lost", "applied"};
    struct world *world = *state;
    char knob[32];
    size_t doubts = 0;
    pieces_make(world);
    for (size_t f = 0; f < 2; f++)
        for (int nth = 1; nth <= 30; nth++) {
            snprintf(knob, sizeof knob, "sql:%d:%s", nth, fates[f]);
            option_set(world, "uncertain", knob);
            run_from(world, 0);
            assert_int_equal(world->apply.next, place_of(world));
            doubts += world->rc == SKN_E_UNCERTAIN;
            next_run_goes_on_or_doubts(world);
            database_forget(world);
        }
    assert_true(doubts >= 8);
}

static void what_is_in_doubt_is_settled_only_when_a_person_says_how(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    option_set(world, "uncertain", "sql:5:applied");
    option_set(world, "fail", "fingerprint:*:unsupported");
    run_from(world, 0);
    assert_int_equal(world->rc, SKN_E_UNCERTAIN);
    option_set(world, "uncertain", NULL);
    for (int again = 0; again < 2; again++)
        run_fails(world, 0, SKN_E_UNCERTAIN, "in doubt");
    next_run_goes_on_or_doubts(world);
    assert_int_equal(resolve(world, 0, 1), SKN_E_USAGE);
}

static void s2_a_statement_whose_answer_is_lost_is_judged_at_once(void **state)
{
    static const char *const fates[] = {"applied", "lost"};
    struct world *world = *state;
    for (size_t i = 0; i < 2; i++) {
        char knob[32];
        pieces_make(world);
        snprintf(knob, sizeof knob, "sql:5:%s", fates[i]);
        option_set(world, "uncertain", knob);
        option_set(world, "once", "true");
        if (i == 0)
            run_ok(world, 0);
        else
            run_fails(world, 0, SKN_E_CONNECT, "not applied");
        next_run_goes_on(world);
        database_forget(world);
    }
}

/* ---- the link breaks behind a success, while we look at what it made ---- */

static int proofs;       /* asked for so far */
static int proof_broken; /* the one that breaks the link */

static int prove_breaks(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                        struct skn_error *err)
{
    (void)conn, (void)statement;
    *outcome = SKN_OUTCOME_UNKNOWN;
    if (++proofs != proof_broken)
        return SKN_OK;
    err->code = SKN_E_CONNECT;
    snprintf(err->message, sizeof err->message, "the link broke");
    return SKN_E_CONNECT;
}

static void s1_a_link_that_breaks_behind_a_success_makes_no_statement_happen_twice(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    world->session.loaded.driver.prove = prove_breaks;
    for (proof_broken = 1; proof_broken <= 4; proof_broken++) {
        proofs = 0;
        run_ok(world, 0);
        assert_true(proofs > proof_broken); /* asked once more, on a new session */
        all_is_there_once(world);
        database_forget(world);
    }
}

static void what_was_seen_must_still_be_so_when_it_is_settled(void **state)
{
    struct world *world = *state;
    json_t *doubt = NULL;
    pieces_make(world);
    option_set(world, "uncertain", "sql:5:applied");
    option_set(world, "fail", "fingerprint:*:unsupported");
    assert_int_equal(run_from(world, 0), SKN_E_UNCERTAIN);
    knobs_clear(world);
    request_prepare(world, 0);
    assert_int_equal(skn_apply_resolve(&world->apply, SKN_RESOLVE_NOT_APPLIED, "10000:other",
                                       &doubt, &world->err),
                     SKN_E_BUSY);
    assert_non_null(strstr(world->err.message, "changed since it was shown"));
    json_decref(doubt);
    skn_session_close(&world->session);
    run_fails(world, 0, SKN_E_UNCERTAIN, "skein resolve --target it --applied");
}

static void what_runs_twice_as_once_is_run_again(void **state)
{
    struct world *world = *state;
    chain_add(world, (struct revision){.id = "r1",
                                       .up = "CREATE TABLE t (n INTEGER);\n"
                                             "-- skein: repeatable\nGRANT ALL ON t TO me;"});
    option_set(world, "transactional", "false");
    for (int nth = 1; nth <= 12 && line_count(world, "applied\tGRANT ALL ON t TO me") == 0; nth++) {
        char knob[32];
        snprintf(knob, sizeof knob, "sql:%d:applied", nth);
        option_set(world, "uncertain", knob);
        database_forget(world);
        run_from(world, 0);
    }
    knobs_clear(world);
    if (place_of(world) == 0)
        run_ok(world, 0);
    lines_are(world, "applied\tCREATE TABLE t (n INTEGER)", 1);
    assert_true(line_count(world, "applied\tGRANT ALL ON t TO me") <= 2);
    lines_are(world, "row\tr1", 1);
}

/* ---- K: others ---- */

static void progress_take_away(struct world *world)
{
    char copy[1 << 16];
    char path[128];
    snprintf(copy, sizeof copy, "%s", null_state(world));
    char *at = strstr(copy, "\ntable\tskein_step\n");
    assert_non_null(at);
    at = strstr(at, "\nrow\t");
    assert_non_null(at);
    char *end = strchr(at + 1, '\n');
    memmove(at, end, strlen(end) + 1);
    snprintf(path, sizeof path, "%s/db.state", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(copy, file);
    fclose(file);
}

/* The poll before the statement that follows the announcement. */
static void take_away_when_announced(struct world *world)
{
    if (progress_rows(world) == 1 && line_count(world, statements[0].line) == 0)
        progress_take_away(world);
    else
        poll_wanted++;
}

static void k1_whose_progress_row_was_taken_stops(void **state)
{
    struct world *world = *state;
    pieces_make(world);
    at_poll(world, 1, take_away_when_announced);
    run_fails(world, 0, SKN_E_BUSY, "another runner took this revision over");
    lines_are(world, "row\t10", 0);
    lines_are(world, "row\tr1", 0);
}

/* ---- settings of the session ---- */

static int number(const struct world *world, const char *query)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    char path[128];
    int value = -1;
    snprintf(path, sizeof path, "%s/it.db", world->folder);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return value;
}

static void settings_before_the_statement_that_failed_hold_behind_it(void **state)
{
    struct world *world = *state;
    chain_add(world, (struct revision){.id = "r1",
                                       .up = "PRAGMA case_sensitive_like = ON;\n"
                                             "CREATE TABLE t (n INTEGER);\nBRO\nKEN;",
                                       .off = 1});
    run_fails(world, 0, SKN_E_SYNTAX, "statement 3 of 3, behind 2");
    skn_session_close(&world->session);
    world->chain[0].up = "PRAGMA case_sensitive_like = ON;\nCREATE TABLE t (n INTEGER);\n"
                         "INSERT INTO t SELECT 'a' LIKE 'A';";
    run_ok(world, 0);
    assert_int_equal(number(world, "SELECT n FROM t"), 0);
    /* And no longer than the revision. */
    chain_add(world, (struct revision){.id = "r2", .up = "INSERT INTO t SELECT 'a' LIKE 'A';"});
    run_ok(world, 1);
    assert_int_equal(number(world, "SELECT sum(n) FROM t"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NULL_CASE(a_chain_is_applied_once_and_leaves_no_progress),
        NULL_CASE(what_fails_is_resumed_at_the_statement_that_failed),
        NULL_CASE(a_run_of_rows_is_kept_whole_or_not_at_all),
        NULL_CASE(what_is_not_applied_yet_may_be_edited),
        NULL_CASE(what_is_applied_may_not_be_edited_or_left_out),
        NULL_CASE(a_revision_of_which_nothing_was_done_binds_nobody),
        NULL_CASE(another_revision_waits_until_the_half_applied_one_is_finished),
        NULL_CASE(what_was_begun_piece_by_piece_is_never_begun_again_in_a_transaction),
        NULL_CASE(one_transaction_for_all_cannot_hold_what_runs_outside_of_one),
        NULL_CASE(transactions_and_pieces_follow_each_other),
        NULL_CASE(a_verify_query_that_finds_a_row_is_asked_again_and_nothing_is_repeated),
        NULL_CASE(a_variable_without_a_value_leaves_no_doubt),
        NULL_CASE(the_ledger_takes_whatever_a_server_says),
        NULL_CASE(p1_killed_at_any_call_nothing_is_ever_repeated),
        NULL_CASE(p4_interrupted_at_any_moment_nothing_is_in_doubt),
        NULL_CASE(p4_asked_to_stop_at_any_moment_nothing_is_in_doubt),
        NULL_CASE(any_failure_of_any_call_leaves_no_doubt),
        NULL_CASE(w1_two_calls_fail_and_no_statement_happens_twice),
        NULL_CASE(n3_a_doubt_is_settled_once_whichever_call_of_it_fails),
        NULL_CASE(w2_a_lost_commit_reply_is_settled_as_applied),
        NULL_CASE(w3_a_commit_that_never_arrived_leaves_no_doubt),
        NULL_CASE(s2_a_statement_whose_answer_is_lost_is_in_doubt_and_never_guessed),
        NULL_CASE(what_is_in_doubt_is_settled_only_when_a_person_says_how),
        NULL_CASE(s2_a_statement_whose_answer_is_lost_is_judged_at_once),
        NULL_CASE(s1_a_link_that_breaks_behind_a_success_makes_no_statement_happen_twice),
        NULL_CASE(what_was_seen_must_still_be_so_when_it_is_settled),
        NULL_CASE(what_runs_twice_as_once_is_run_again),
        NULL_CASE(k1_whose_progress_row_was_taken_stops),
        SQLITE_CASE(settings_before_the_statement_that_failed_hold_behind_it),
    };
    return cmocka_run_group_tests_name("piecewise", tests, NULL, NULL);
}
