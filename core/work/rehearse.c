/*
 * Rehearsing a history. It knows nothing of the live schema: that is not looked at.
 */
#include "work/rehearse.h"

#include "base/wire.h"

struct stage {
    struct skn_rehearsal *rehearsal;
    struct skn_looking looking;
    struct skn_ground ground;
    struct skn_scratch scratch;
    struct skn_picture now; /* after the revisions so far */
    json_t *rows;           /* version rows, likewise */
    size_t at;              /* the revision in hand */
};

static const json_t *revision_at(const struct stage *stage, size_t at)
{
    return json_array_get(skn_json_array(stage->rehearsal->job->request, "revisions"), at);
}

/* ---- one step ---- */

static json_t *fault_make(const char *when, const struct skn_error *err)
{
    json_t *fault = skn_error_encode(err);
    json_object_set_new(fault, "when", json_string(when));
    return fault;
}

/* NULL, or what went wrong. */
static json_t *step_run(struct stage *stage, const json_t *step, const char *when)
{
    struct skn_error err = SKN_ERROR_INIT;
    struct skn_apply apply = {.job = stage->rehearsal->job,
                              .session = &stage->scratch.session,
                              .scripts = stage->rehearsal->scripts,
                              .steps = json_pack("[O]", step),
                              .count = 1,
                              .rows = json_copy(stage->rows),
                              .failed_script = -1};
    json_t *fault = NULL;
    int rc = skn_apply_run(&apply, &err);
    if (rc == SKN_OK && apply.next < 1)
        rc = skn_error_set(&err, SKN_E_DRIVER, "the scratch database has other version rows");
    if (rc != SKN_OK) {
        fault = fault_make(when, &err);
        if (apply.failed_script >= 0) {
            json_object_set_new(fault, "script", json_integer(apply.failed_script));
            json_object_set_new(fault, "offset", json_integer((json_int_t)apply.failed_offset));
        }
    } else {
        json_decref(stage->rows);
        stage->rows = json_incref(apply.rows);
    }
    skn_ledger_finish(&apply.ledger);
    json_decref(apply.rows);
    json_decref((json_t *)(uintptr_t)apply.steps);
    return fault;
}

static json_t *look(struct stage *stage, struct skn_picture *picture, const char *when)
{
    struct skn_error err = SKN_ERROR_INIT;
    int rc = skn_inspect(&stage->scratch.session, &stage->looking, picture, &err);
    return rc == SKN_OK ? NULL : fault_make(when, &err);
}

/* NULL where the schema is as it was; else every difference. */
static json_t *same_as(struct stage *stage, const struct skn_picture *before, const char *when)
{
    struct skn_picture picture;
    struct skn_schema_plan plan = {0};
    json_t *fault = look(stage, &picture, when);
    if (!fault)
        skn_schema_plan_differences(&plan, before, &picture,
                                    skn_session_facet(&stage->scratch.session),
                                    &stage->looking.options);
    if (!fault && plan.difference_count > 0) {
        json_t *texts = json_array();
        for (size_t i = 0; i < plan.difference_count; i++)
            json_array_append_new(texts, json_string(plan.differences[i]));
        fault = json_pack("{s:s, s:o}", "when", when, "differences", texts);
    }
    skn_schema_plan_finish(&plan);
    skn_picture_finish(&picture);
    return fault;
}

/* ---- one revision ---- */

/* There and back, and there again. */
static json_t *undo_try(struct stage *stage, const json_t *revision,
                        const struct skn_picture *before)
{
    json_t *fault = step_run(stage, json_object_get(revision, "down"), "downgrade");
    if (!fault)
        fault = same_as(stage, before, "downgrade");
    if (!fault)
        fault = step_run(stage, json_object_get(revision, "up"), "second upgrade");
    return fault ? fault : same_as(stage, &stage->now, "second upgrade");
}

static void tried_say(const struct stage *stage, json_t *fault)
{
    json_t *event =
        json_pack("{s:s, s:I, s:b}", "event", "tried", "at", (json_int_t)stage->at, "undone",
                  json_object_get(revision_at(stage, stage->at), "down") != NULL);
    if (fault)
        json_object_set_new(event, "fault", fault);
    skn_session_say(stage->rehearsal->session, event, 0);
}

/* After a fault nobody knows what the scratch database holds: a new one gets the upgrades alone. */
static int stage_again(struct stage *stage, struct skn_error *err)
{
    skn_scratch_close(&stage->scratch);
    json_array_clear(stage->rows);
    int rc = skn_scratch_open(&stage->scratch, stage->ground.beside, err);
    for (size_t i = 0; rc == SKN_OK && i <= stage->at; i++) {
        json_t *fault = step_run(stage, json_object_get(revision_at(stage, i), "up"), "upgrade");
        if (fault) {
            skn_error_decode(fault, err);
            rc = (int)err->code;
        }
        json_decref(fault);
    }
    return rc;
}

/* *stop: its upgrade failed, and nothing can stand on it. */
static int revision_try(struct stage *stage, int *stop, struct skn_error *err)
{
    const json_t *revision = revision_at(stage, stage->at);
    struct skn_picture before = stage->now;
    int rc = SKN_OK;
    stage->now = (struct skn_picture){0};
    json_t *fault = step_run(stage, json_object_get(revision, "up"), "upgrade");
    if (!fault)
        fault = look(stage, &stage->now, "upgrade");
    *stop = fault != NULL;
    if (!fault && json_object_get(revision, "down"))
        fault = undo_try(stage, revision, &before);
    int again = fault && !*stop;
    tried_say(stage, fault);
    if (again)
        rc = stage_again(stage, err);
    skn_picture_finish(&before);
    return rc;
}

/* ---- all ---- */

static int stage_open(struct stage *stage, struct skn_error *err)
{
    struct skn_rehearsal *rehearsal = stage->rehearsal;
    int rc = skn_inspect_require(rehearsal->session, 1, err);
    /* The target's own server is left alone where another one is named. */
    if (rc == SKN_OK && !json_object_get(rehearsal->job->request, "scratch"))
        rc = skn_apply_connect(rehearsal->job, rehearsal->session, err);
    if (rc == SKN_OK)
        rc = skn_ground_open(&stage->ground, rehearsal->job, rehearsal->session, err);
    if (rc == SKN_OK)
        rc = skn_scratch_open(&stage->scratch, stage->ground.beside, err);
    if (rc != SKN_OK)
        return rc;
    skn_looking_init(&stage->looking, stage->ground.beside, rehearsal->job->version_table, 0);
    return skn_inspect(&stage->scratch.session, &stage->looking, &stage->now, err);
}

int skn_rehearse_run(struct skn_rehearsal *rehearsal, struct skn_error *err)
{
    struct stage stage = {.rehearsal = rehearsal, .rows = json_array()};
    size_t count = json_array_size(skn_json_array(rehearsal->job->request, "revisions"));
    int stop = 0;
    int rc = stage_open(&stage, err);
    for (; rc == SKN_OK && !stop && stage.at < count && !skn_session_stopping(); stage.at++)
        rc = revision_try(&stage, &stop, err);
    skn_picture_finish(&stage.now);
    if (stage.scratch.beside)
        skn_scratch_close(&stage.scratch);
    skn_ground_close(&stage.ground);
    json_decref(stage.rows);
    return rc;
}
