/*
 * Verdicts over statements: by the author's query, by the definitions, by what the driver knows.
 * The driver here answers what each case says.
 */
#include "apply_fixture.h"

#include "work/proof.h"

enum { COLUMNS = 2 };

/* What the driver answers. */
static struct {
    const char *row[COLUMNS];
    uint32_t columns;
    int rows; /* of the query, all alike */
    int exec; /* what the call comes to */
    const char *definition;
    int fingerprint;
    uint32_t outcome;
    int prove;
} answer;

static int answered(int rc, struct skn_error *err)
{
    return rc == SKN_OK ? rc : skn_error_set(err, rc, "it was not answered");
}

static int exec_answer(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                       const struct skn_events *events, struct skn_error *err)
{
    (void)conn, (void)steps, (void)count;
    struct skn_str row[COLUMNS] = {skn_str(answer.row[0]), skn_str(answer.row[1])};
    for (int i = 0; i < answer.rows; i++)
        events->row(events->ctx, 0, row, answer.columns);
    return answered(answer.exec, err);
}

static int fingerprint_answer(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                              void *ctx, struct skn_error *err)
{
    (void)conn, (void)statement;
    out(ctx, skn_str(answer.definition));
    return answered(answer.fingerprint, err);
}

static int prove_answer(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                        struct skn_error *err)
{
    (void)conn, (void)statement;
    *outcome = answer.outcome;
    return answered(answer.prove, err);
}

static int proof_setup(void **state)
{
    if (null_setup(state) != 0)
        return -1;
    struct world *world = *state;
    struct skn_driver *driver = &world->session.loaded.driver;
    driver->exec = exec_answer;
    driver->fingerprint = fingerprint_answer;
    driver->prove = prove_answer;
    memset(&answer, 0, sizeof answer);
    return skn_session_open(&world->session, "it", world->options, "", &world->err);
}

/* A proof of the one statement of a script. */
static struct skn_proof proof_of(struct world *world, const char *sql, int variables)
{
    const struct skn_script *script;
    struct skn_proof proof;
    json_t *id = script_keep(world, sql, 1, variables);
    run_forget(world);
    world->request = request_make(world, 0);
    assert_int_equal(skn_job_read(&world->job, world->request, &world->err), SKN_OK);
    assert_int_equal(skn_scripts_get(&world->scripts, json_integer_value(id), &world->session,
                                     &script, &world->err),
                     SKN_OK);
    json_decref(id);
    world->rc = skn_proof_init(&proof, &world->job, &world->session, script, 0, &world->err);
    return proof;
}

static const char queried[] = "-- skein: proof SELECT 1\nCREATE TABLE t (n INTEGER);";
static const char plain[] = "CREATE TABLE t (n INTEGER);";
static const char repeatable[] = "-- skein: repeatable\nCREATE TABLE t (n INTEGER);";

static void row_answer(const char *text, uint32_t columns, int rows)
{
    answer.row[0] = text;
    answer.row[1] = "1";
    answer.columns = columns;
    answer.rows = rows;
}

static void the_authors_query_answers_yes_or_no_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        uint32_t columns;
        int rows;
        int applied; /* -1: it is not understood */
    } cases[] = {
        {"1", 1, 1, 1},  {"t", 1, 1, 1},  {"true", 1, 1, 1},  {"TRUE", 1, 1, 1},  {"42", 1, 1, 1},
        {"0", 1, 1, 0},  {"f", 1, 1, 0},  {"false", 1, 1, 0}, {"FALSE", 1, 1, 0}, {"", 1, 1, 0},
        {NULL, 1, 1, 0}, {"1", 1, 0, 0},  {"x", 1, 1, -1},    {"-1", 1, 1, -1},   {"1 ", 1, 1, -1},
        {"1", 2, 1, -1}, {"1", 1, 2, -1}, {"0", 1, 2, -1},    {"1:", 1, 1, -1},   {"1", 0, 1, -1},
    };
    struct world *world = *state;
    struct skn_proof proof = proof_of(world, queried, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum skn_verdict verdict = SKN_VERDICT_DOUBT;
        struct skn_error err = SKN_ERROR_INIT;
        row_answer(cases[i].text, cases[i].columns, cases[i].rows);
        int rc = skn_proof_judge(&proof, "", 0, &verdict, &err);
        assert_int_equal(rc, cases[i].applied < 0 ? SKN_E_CONFIG : SKN_OK);
        if (cases[i].applied < 0)
            assert_non_null(strstr(err.message, "proof of statement 1: it must answer"));
        else
            assert_int_equal(verdict,
                             cases[i].applied ? SKN_VERDICT_APPLIED : SKN_VERDICT_NOT_APPLIED);
    }
    skn_proof_finish(&proof);
}

static void a_query_that_contradicts_what_is_known_is_refused(void **state)
{
    struct world *world = *state;
    char before[SKN_FINGERPRINT];
    enum skn_verdict verdict;
    struct skn_proof proof = proof_of(world, queried, 0);
    row_answer("1", 1, 1);
    assert_int_equal(skn_proof_before(&proof, before, &world->err), SKN_E_CONFIG);
    assert_non_null(strstr(world->err.message, "before it was run"));
    assert_int_equal(skn_proof_confirm(&proof, &verdict, &world->err), SKN_OK);
    assert_int_equal(verdict, SKN_VERDICT_APPLIED);
    row_answer("0", 1, 1);
    assert_int_equal(skn_proof_before(&proof, before, &world->err), SKN_OK);
    assert_string_equal(before, "");
    assert_int_equal(skn_proof_confirm(&proof, &verdict, &world->err), SKN_E_CONFIG);
    assert_non_null(strstr(world->err.message, "did not take effect, and it did"));
    answer.exec = SKN_E_CONNECT;
    assert_int_equal(skn_proof_before(&proof, before, &world->err), SKN_E_CONNECT);
    assert_int_equal(skn_proof_confirm(&proof, &verdict, &world->err), SKN_E_CONNECT);
    assert_int_equal(skn_proof_judge(&proof, "", 0, &verdict, &world->err), SKN_E_CONNECT);
    skn_proof_finish(&proof);
}

/* What a fingerprint was before, and is now, and what the driver says besides. */
static void definitions_and_the_driver_decide_where_nobody_wrote_a_query(void **state)
{
    enum { SAME, OTHER, NONE, FOREIGN };
    static const struct {
        const char *sql;
        int before;
        uint32_t outcome;
        int failed;
        enum skn_verdict verdict;
    } cases[] = {
        {plain, SAME, SKN_OUTCOME_COMMITTED, 0, SKN_VERDICT_NOT_APPLIED},
        {plain, OTHER, SKN_OUTCOME_UNKNOWN, 0, SKN_VERDICT_APPLIED},
        {plain, OTHER, SKN_OUTCOME_UNKNOWN, 1, SKN_VERDICT_DOUBT},
        {plain, OTHER, SKN_OUTCOME_PARTLY, 0, SKN_VERDICT_DOUBT},
        {plain, OTHER, SKN_OUTCOME_ABORTED, 0, SKN_VERDICT_NOT_APPLIED},
        {plain, OTHER, SKN_OUTCOME_COMMITTED, 1, SKN_VERDICT_APPLIED},
        {plain, NONE, SKN_OUTCOME_UNKNOWN, 0, SKN_VERDICT_DOUBT},
        {plain, NONE, SKN_OUTCOME_COMMITTED, 0, SKN_VERDICT_APPLIED},
        {plain, FOREIGN, SKN_OUTCOME_UNKNOWN, 0, SKN_VERDICT_DOUBT},
        {repeatable, NONE, SKN_OUTCOME_UNKNOWN, 0, SKN_VERDICT_NOT_APPLIED},
        {repeatable, NONE, SKN_OUTCOME_PARTLY, 1, SKN_VERDICT_NOT_APPLIED},
    };
    struct world *world = *state;
    char same[SKN_FINGERPRINT], other[SKN_FINGERPRINT];
    struct skn_proof proof = proof_of(world, plain, 0);
    answer.definition = "as it was";
    assert_int_equal(skn_proof_look(&proof, same, NULL, &world->err), SKN_OK);
    answer.definition = "as it is";
    assert_int_equal(skn_proof_look(&proof, other, NULL, &world->err), SKN_OK);
    skn_proof_finish(&proof);
    assert_string_not_equal(same, other);
    const char *const before[] = {[SAME] = other, [OTHER] = same, [NONE] = "", [FOREIGN] = "9:x"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum skn_verdict verdict;
        proof = proof_of(world, cases[i].sql, 0);
        answer.outcome = cases[i].outcome;
        assert_int_equal(skn_proof_judge(&proof, before[cases[i].before], cases[i].failed, &verdict,
                                         &world->err),
                         SKN_OK);
        assert_int_equal(verdict, cases[i].verdict);
        skn_proof_finish(&proof);
    }
}

static void who_cannot_be_asked_gives_no_verdict(void **state)
{
    struct world *world = *state;
    char before[SKN_FINGERPRINT];
    enum skn_verdict verdict;
    struct skn_proof proof = proof_of(world, plain, 0);
    answer.fingerprint = SKN_E_UNSUPPORTED;
    assert_int_equal(skn_proof_before(&proof, before, &world->err), SKN_OK);
    assert_string_equal(before, "");
    /* It could be told before, and cannot now. */
    assert_int_equal(skn_proof_judge(&proof, "0:x", 0, &verdict, &world->err), SKN_OK);
    assert_int_equal(verdict, SKN_VERDICT_DOUBT);
    answer.fingerprint = SKN_E_CONNECT;
    assert_int_equal(skn_proof_before(&proof, before, &world->err), SKN_E_CONNECT);
    assert_int_equal(skn_proof_judge(&proof, "0:x", 0, &verdict, &world->err), SKN_E_CONNECT);
    answer.fingerprint = SKN_OK;
    answer.prove = SKN_E_CONNECT;
    assert_int_equal(skn_proof_judge(&proof, "", 0, &verdict, &world->err), SKN_E_CONNECT);
    assert_int_equal(skn_proof_confirm(&proof, &verdict, &world->err), SKN_E_CONNECT);
    answer.prove = SKN_OK;
    answer.outcome = SKN_OUTCOME_ABORTED;
    assert_int_equal(skn_proof_confirm(&proof, &verdict, &world->err), SKN_OK);
    assert_int_equal(verdict, SKN_VERDICT_NOT_APPLIED);
    skn_proof_finish(&proof);
}

static void variables_are_put_into_a_proof_as_into_its_statement(void **state)
{
    static const char sql[] = "-- skein: proof SELECT ${literal:n}\nINSERT INTO t VALUES (1);";
    struct world *world = *state;
    struct skn_proof proof = proof_of(world, sql, 1);
    assert_int_equal(world->rc, SKN_E_CONFIG);
    skn_proof_finish(&proof);
    json_object_set_new(world->vars, "n", json_string("it"));
    proof = proof_of(world, sql, 1);
    assert_int_equal(world->rc, SKN_OK);
    assert_true(skn_str_is(proof.query, "SELECT 'it'"));
    skn_proof_finish(&proof);
    proof = proof_of(world, "INSERT INTO t VALUES (${literal:n});", 1);
    assert_true(skn_str_is(proof.sql, "INSERT INTO t VALUES ('it')"));
    assert_null(proof.query.ptr);
    skn_proof_finish(&proof);
}

#define PROOF_CASE(name) cmocka_unit_test_setup_teardown(name, proof_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROOF_CASE(the_authors_query_answers_yes_or_no_and_nothing_else),
        PROOF_CASE(a_query_that_contradicts_what_is_known_is_refused),
        PROOF_CASE(definitions_and_the_driver_decide_where_nobody_wrote_a_query),
        PROOF_CASE(who_cannot_be_asked_gives_no_verdict),
        PROOF_CASE(variables_are_put_into_a_proof_as_into_its_statement),
    };
    return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
