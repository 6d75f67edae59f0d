/*
 * Scratch databases: made, filled, dropped. It knows nothing of what is compared.
 */
#include "work/scratch.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wire.h"
#include "work/batch.h"

enum { MARK_ROOM = 64 };

/* ---- the ground ---- */

/* What one server words in its way, another may word in its own. */
static void version_note(const struct skn_session *ground, struct skn_session *target)
{
    struct skn_buf text = {0};
    if (!target->conn || strcmp(ground->server.product, target->server.product) == 0)
        return;
    skn_buf_addf(&text,
                 "scratch databases are made on %s, and the target is %s; what they tell in other "
                 "words may show as a difference",
                 ground->server.product, target->server.product);
    skn_session_say(target,
                    json_pack("{s:s, s:i, s:o}", "event", "log", "level", 1, "text",
                              skn_json_string(skn_buf_text(&text), text.len)),
                    0);
    skn_buf_finish(&text);
}

static int own_connect(struct skn_ground *ground, const json_t *request, struct skn_error *err)
{
    struct skn_job job;
    int rc = skn_job_read(&job, request, err);
    if (rc == SKN_OK)
        rc = skn_apply_connect(&job, &ground->own, err);
    skn_job_finish(&job);
    return rc == SKN_OK ? rc : skn_error_context(err, "the server for scratch databases");
}

int skn_ground_open(struct skn_ground *ground, const struct skn_job *job,
                    struct skn_session *target, struct skn_error *err)
{
    const json_t *request = json_object_get(job->request, "scratch");
    *ground = (struct skn_ground){.beside = target};
    if (!request)
        return SKN_OK;
    skn_session_beside(&ground->own, target);
    ground->beside = &ground->own;
    int rc = own_connect(ground, request, err);
    ground->own.likeness = job->options;
    if (rc == SKN_OK)
        version_note(&ground->own, target);
    return rc;
}

void skn_ground_close(struct skn_ground *ground)
{
    if (ground->beside == &ground->own)
        skn_session_leave(&ground->own);
    ground->beside = NULL;
}

/* ---- a database ---- */

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
    const struct skn_schema_facet *facet = skn_session_facet(beside);
    if (!SKN_HAS(facet, skn_schema_facet, scratch_sweep) || !facet->scratch_sweep)
        return SKN_OK;
    skn_session_call_begin(beside, "scratch_sweep", 0);
    int rc = facet->scratch_sweep(beside->conn, err);
    return skn_session_call_end(beside, rc, err);
}

/* Those that open it; of a target elsewhere also where in it unqualified names go. */
static json_t *options_make(const struct skn_session *beside)
{
    static const char *const places[] = {"schema", "search_path"};
    json_t *options = json_copy(beside->reached);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        json_t *place = json_object_get(beside->likeness, places[i]);
        if (place && !json_object_get(options, places[i]))
            json_object_set(options, places[i], place);
    }
    return options;
}

static int database_open(struct skn_scratch *scratch, struct skn_error *err)
{
    struct skn_session *session = &scratch->session;
    struct skn_session *beside = scratch->beside;
    char mark[MARK_ROOM];
    uint32_t count;
    json_t *options = options_make(beside);
    struct skn_kv *list = skn_session_options(options, &count);
    mark_make(mark);
    skn_session_call_begin(session, "scratch_open", 0);
    int rc = skn_session_facet(session)->scratch_open(beside->conn, &session->host, list, count,
                                                      skn_str(mark), &session->conn, err);
    rc = skn_session_call_end(session, rc, err);
    free(list);
    json_decref(options);
    if (rc == SKN_OK && !session->conn)
        rc = skn_error_set(err, SKN_E_DRIVER, "the driver opened nothing and gave no error");
    if (rc != SKN_OK)
        session->conn = NULL;
    return rc;
}

int skn_scratch_open(struct skn_scratch *scratch, struct skn_session *beside, struct skn_error *err)
{
    *scratch = (struct skn_scratch){.beside = beside};
    skn_session_beside(&scratch->session, beside);
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
        skn_session_facet(session)->scratch_close(session->conn);
        skn_session_call_end(session, SKN_OK, NULL);
        session->conn = NULL;
    }
    skn_session_leave(session);
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
