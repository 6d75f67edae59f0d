/*
 * Judging a statement. It knows nothing of ledgers; what the verdict leads to is others' business.
 */
#include "work/proof.h"

#include <string.h>

#include "base/hash.h"

int skn_proof_init(struct skn_proof *proof, const struct skn_job *job, struct skn_session *session,
                   const struct skn_script *script, size_t index, struct skn_error *err)
{
    const struct skn_statement *statement = &script->statements[index];
    *proof = (struct skn_proof){.job = job,
                                .session = session,
                                .script = script,
                                .index = index,
                                .sql = statement->text,
                                .query = statement->proof,
                                .repeatable = statement->repeatable};
    if (!script->variables)
        return SKN_OK;
    int rc =
        skn_statement_expand(statement->text, session, job->vars, &proof->arena, &proof->sql, err);
    if (rc == SKN_OK && statement->proof.ptr)
        rc = skn_statement_expand(statement->proof, session, job->vars, &proof->arena,
                                  &proof->query, err);
    return rc;
}

void skn_proof_finish(struct skn_proof *proof)
{
    skn_arena_finish(&proof->arena);
}

int skn_proof_look(struct skn_proof *proof, char now[SKN_FINGERPRINT], struct skn_buf *text,
                   struct skn_error *err)
{
    struct skn_buf own = {0};
    struct skn_buf *definitions = text ? text : &own;
    char hash[SKN_SHA256_HEX];
    now[0] = '\0';
    int rc = skn_session_fingerprint(proof->session, proof->sql, definitions, err);
    if (rc == SKN_OK) {
        /* Another version of the server may tell the same definition in other words. */
        skn_sha256_hex(skn_buf_str(definitions), hash);
        snprintf(now, SKN_FINGERPRINT, "%lld:%s", (long long)proof->session->server.version, hash);
    }
    skn_buf_finish(&own);
    return rc == SKN_E_UNSUPPORTED ? SKN_OK : rc;
}

/* ---- the author's query ---- */

struct answer {
    int rows;
    int said; /* 1 applied, 0 not, -1 neither can be read in it */
};

static int answer_read(struct skn_str text)
{
    static const char *const no[] = {"", "0", "f", "false", "FALSE"};
    static const char *const yes[] = {"t", "true", "TRUE"};
    if (!text.ptr)
        return 0;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (skn_str_is(text, no[i]))
            return 0;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (skn_str_is(text, yes[i]))
            return 1;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
    return 1;
}

static int answer_take(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct answer *answer = ctx;
    (void)step;
    answer->rows++;
    answer->said = answer->rows == 1 && count == 1 ? answer_read(columns[0]) : -1;
    return 0;
}

static int query_ask(struct skn_proof *proof, enum skn_verdict *verdict, struct skn_error *err)
{
    struct answer answer = {0};
    struct skn_step step = {.sql = proof->query, .op = SKN_STEP_SQL};
    struct skn_events events = {.size = sizeof events, .ctx = &answer, .row = answer_take};
    int rc =
        skn_session_exec(proof->session, &step, 1, &events, proof->job->statement_timeout, err);
    if (rc == SKN_OK && answer.said < 0)
        rc = skn_error_set(err, SKN_E_CONFIG,
                           "it must answer one row of one column, 1 (applied) or 0 (not)");
    if (rc != SKN_OK)
        return skn_error_context(err, "proof of statement %zu", proof->index + 1);
    *verdict = answer.said ? SKN_VERDICT_APPLIED : SKN_VERDICT_NOT_APPLIED;
    return SKN_OK;
}

/* ---- judging ---- */

int skn_proof_before(struct skn_proof *proof, char before[SKN_FINGERPRINT], struct skn_error *err)
{
    enum skn_verdict verdict = SKN_VERDICT_NOT_APPLIED;
    before[0] = '\0';
    if (proof->query.ptr) {
        int rc = query_ask(proof, &verdict, err);
        if (rc == SKN_OK && verdict == SKN_VERDICT_APPLIED)
            rc = skn_error_set(err, SKN_E_CONFIG,
                               "the proof of statement %zu says that it took effect, before it was "
                               "run; mend the query, or the database",
                               proof->index + 1);
        return rc;
    }
    return proof->repeatable ? SKN_OK : skn_proof_look(proof, before, NULL, err);
}

static int versions_differ(const char *before, const char *now)
{
    size_t len = strcspn(before, ":");
    return len != strcspn(now, ":") || memcmp(before, now, len) != 0;
}

/* By the definitions alone: DOUBT where they say nothing. */
static int definitions_compare(struct skn_proof *proof, const char *before,
                               enum skn_verdict *verdict, struct skn_error *err)
{
    char now[SKN_FINGERPRINT];
    *verdict = SKN_VERDICT_DOUBT;
    if (!before[0])
        return SKN_OK;
    int rc = skn_proof_look(proof, now, NULL, err);
    if (rc == SKN_OK && now[0] && !versions_differ(before, now))
        *verdict = strcmp(before, now) == 0 ? SKN_VERDICT_NOT_APPLIED : SKN_VERDICT_APPLIED;
    return rc;
}

int skn_proof_judge(struct skn_proof *proof, const char *before, int failed,
                    enum skn_verdict *verdict, struct skn_error *err)
{
    uint32_t outcome = SKN_OUTCOME_UNKNOWN;
    *verdict = SKN_VERDICT_DOUBT;
    if (proof->query.ptr)
        return query_ask(proof, verdict, err);
    int rc = definitions_compare(proof, before, verdict, err);
    if (rc != SKN_OK || *verdict == SKN_VERDICT_NOT_APPLIED)
        return rc;
    rc =
        skn_session_prove(proof->session, proof->sql, proof->job->statement_timeout, &outcome, err);
    if (rc != SKN_OK)
        return rc;
    if (outcome == SKN_OUTCOME_COMMITTED)
        *verdict = SKN_VERDICT_APPLIED;
    else if (outcome == SKN_OUTCOME_ABORTED || proof->repeatable)
        *verdict = SKN_VERDICT_NOT_APPLIED;
    else if (outcome == SKN_OUTCOME_PARTLY || failed)
        *verdict = SKN_VERDICT_DOUBT;
    return SKN_OK;
}

int skn_proof_confirm(struct skn_proof *proof, enum skn_verdict *verdict, struct skn_error *err)
{
    uint32_t outcome = SKN_OUTCOME_UNKNOWN;
    int rc = SKN_OK;
    *verdict = SKN_VERDICT_APPLIED;
    if (proof->query.ptr) {
        rc = query_ask(proof, verdict, err);
        if (rc == SKN_OK && *verdict != SKN_VERDICT_APPLIED)
            rc =
                skn_error_set(err, SKN_E_CONFIG,
                              "the proof of statement %zu says that it did not take effect, and it "
                              "did; mend the query",
                              proof->index + 1);
        return rc;
    }
    rc =
        skn_session_prove(proof->session, proof->sql, proof->job->statement_timeout, &outcome, err);
    if (rc == SKN_OK && outcome == SKN_OUTCOME_ABORTED)
        *verdict = SKN_VERDICT_NOT_APPLIED;
    return rc;
}
