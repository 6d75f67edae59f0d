/*
 * Scratch databases: made, filled, dropped. It knows nothing of what is compared.
 */
#include "work/scratch.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "work/batch.h"

enum { MARK_ROOM = 64 };

/* Tells runs apart, also those of other machines. */
static void mark_make(char mark[MARK_ROOM])
{
    unsigned char number[8];
    char digits[2 * sizeof number + 1];
    randombytes_buf(number, sizeof number);
    sodium_bin2hex(digits, sizeof digits, number, sizeof number);
    snprintf(mark, MARK_ROOM, "skein_scratch_%s", digits);
}

static int leftovers_sweep(struct skn_session *beside, struct skn_error *err)
{
    const struct skn_schema_facet *facet = beside->loaded.driver.schema;
    if (!SKN_HAS(facet, skn_schema_facet, scratch_sweep) || !facet->scratch_sweep)
        return SKN_OK;
    skn_session_call_begin(beside, "scratch_sweep", 0);
    int rc = facet->scratch_sweep(beside->conn, err);
    return skn_session_call_end(beside, rc, err);
}

static int database_open(struct skn_scratch *scratch, struct skn_error *err)
{
    struct skn_session *session = &scratch->session;
    struct skn_session *beside = scratch->beside;
    char mark[MARK_ROOM];
    uint32_t count;
    struct skn_kv *options = skn_session_options(beside->reached, &count);
    mark_make(mark);
    skn_session_call_begin(session, "scratch_open", 0);
    int rc = session->loaded.driver.schema->scratch_open(beside->conn, &session->host, options,
                                                         count, skn_str(mark), &session->conn, err);
    rc = skn_session_call_end(session, rc, err);
    free(options);
    if (rc == SKN_OK && !session->conn)
        rc = skn_error_set(err, SKN_E_DRIVER, "the driver opened nothing and gave no error");
    if (rc != SKN_OK)
        session->conn = NULL;
    return rc;
}

int skn_scratch_open(struct skn_scratch *scratch, struct skn_session *beside, struct skn_error *err)
{
    *scratch = (struct skn_scratch){.beside = beside};
    scratch->session = (struct skn_session){.host = beside->host,
                                            .loaded = beside->loaded,
                                            .page = beside->page,
                                            .short_limit = beside->short_limit};
    scratch->session.host.ctx = &scratch->session;
    scratch->session.fixed = 1;
    int rc = leftovers_sweep(beside, err);
    if (rc == SKN_OK)
        rc = database_open(scratch, err);
    if (rc == SKN_OK)
        rc = skn_session_get_to_know(&scratch->session, err);
    if (rc == SKN_OK)
        return SKN_OK;
    skn_scratch_close(scratch);
    return skn_error_context(err, "scratch database");
}

void skn_scratch_close(struct skn_scratch *scratch)
{
    struct skn_session *session = &scratch->session;
    if (session->conn) {
        session->sheltered = 1;
        skn_session_call_begin(session, "scratch_close", 0);
        session->loaded.driver.schema->scratch_close(session->conn);
        skn_session_call_end(session, SKN_OK, NULL);
    }
    skn_session_flush(session);
    free(session->locked);
    free(session->target);
    json_decref(session->reached);
    skn_buf_finish(&session->out);
    *session = (struct skn_session){0};
}

static int scratch_exec(struct skn_scratch *scratch, struct skn_str sql, struct skn_error *err)
{
    struct skn_step step = {.sql = sql, .op = SKN_STEP_SQL};
    struct skn_events events = {.size = sizeof events};
    return skn_session_exec(&scratch->session, &step, 1, &events, 0, err);
}

int skn_scratch_load(struct skn_scratch *scratch, const struct skn_script *script,
                     struct skn_error *err)
{
    for (size_t i = 0; i < script->count; i++) {
        const struct skn_statement *statement = &script->statements[i];
        int rc = scratch_exec(scratch, statement->text, err);
        if (rc == SKN_OK)
            continue;
        int placed = err->position > 0 && err->position <= statement->text.len;
        err->position = (uint32_t)statement->offset + (placed ? err->position : 1);
        return rc;
    }
    return SKN_OK;
}

/* As a revision with these statements would run. */
static int in_one_transaction(const struct skn_scratch *scratch, const struct skn_schema_plan *plan)
{
    if (!(scratch->session.server.caps & SKN_CAP_DDL_TX))
        return 0;
    return !(skn_schema_plan_flags(plan) & (SKN_SQL_NO_TX | SKN_SQL_COMMIT_AFTER));
}

static int batch_apply(struct skn_scratch *scratch, const struct skn_schema_plan *plan,
                       struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    skn_batch_add(&batch, SKN_STEP_BEGIN, skn_str(""), SKN_ROLE_OWN, 0);
    for (size_t i = 0; i < plan->count; i++)
        skn_batch_add(&batch, SKN_STEP_SQL, skn_str(plan->statements[i].text), SKN_ROLE_OWN, 0);
    skn_batch_add(&batch, SKN_STEP_COMMIT, skn_str(""), SKN_ROLE_OWN, 0);
    int rc = skn_batch_run(&batch, &scratch->session, 0, 0, err);
    int named = rc != SKN_OK && err->step > 0 && err->step <= plan->count;
    if (named)
        skn_error_context(err, "%.300s", plan->statements[err->step - 1].text);
    skn_batch_finish(&batch);
    return rc;
}

int skn_scratch_apply(struct skn_scratch *scratch, const struct skn_schema_plan *plan,
                      struct skn_error *err)
{
    if (plan->count > 0 && in_one_transaction(scratch, plan))
        return batch_apply(scratch, plan, err);
    for (size_t i = 0; i < plan->count; i++) {
        int rc = scratch_exec(scratch, skn_str(plan->statements[i].text), err);
        if (rc == SKN_OK)
            continue;
        err->position = 0;
        return skn_error_context(err, "%.300s", plan->statements[i].text);
    }
    return SKN_OK;
}
