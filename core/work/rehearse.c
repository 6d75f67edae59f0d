/*
 * Rehearsing a history. It knows nothing of the live schema: that is not looked at.
 */
#include "work/rehearse.h"

#include "base/wire.h"
#include "work/count.h"
#include "work/interrupt.h"

struct stage {
    struct skn_rehearsal *rehearsal;
    struct skn_looking looking;
    struct skn_ground ground;
    struct skn_scratch scratch;
    struct skn_picture now; /* after the revisions so far */
    json_t *counts;         /* its rows */
    json_t *losses;         /* what the revision in hand does to them */
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

/* ---- rows ---- */

/* picture: what is there now. */
static void rows_compare(struct stage *stage, const struct skn_picture *picture,
                         const json_t *before, const char *when, int less)
{
    json_t *now = skn_rows_count(&stage->scratch.session, &stage->looking, picture);
    skn_rows_compare(before, now, when, less, stage->losses);
    json_decref(now);
}

static json_t *sample_load(struct stage *stage, const json_t *revision)
{
    struct skn_rehearsal *rehearsal = stage->rehearsal;
    const struct skn_script *script;
    struct skn_error err = SKN_ERROR_INIT;
    if (!json_object_get(revision, "sample"))
        return NULL;
    int64_t id = skn_json_number(revision, "sample");
    int rc = skn_scripts_get(rehearsal->scripts, id, rehearsal->session, &script, &err);
    if (rc == SKN_OK)
        rc = skn_scratch_load(&stage->scratch, script, &err);
    if (rc == SKN_OK)
        return NULL;
    json_t *fault = fault_make("sample", &err);
    if (err.position > 0) {
        json_object_set_new(fault, "script", json_integer(id));
        json_object_set_new(fault, "offset", json_integer((json_int_t)err.position - 1));
    }
    return fault;
}

/* ---- one revision ---- */

/* There and back, and there again. */
static json_t *undo_try(struct stage *stage, const json_t *revision,
                        const struct skn_picture *before, const json_t *rows_before)
{
    json_t *fault = step_run(stage, json_object_get(revision, "down"), "downgrade");
    if (!fault)
        fault = same_as(stage, before, "downgrade");
    if (!fault)
        rows_compare(stage, before, rows_before, "downgrade", 0);
    if (!fault)
        fault = step_run(stage, json_object_get(revision, "up"), "second upgrade");
    if (!fault)
        fault = same_as(stage, &stage->now, "second upgrade");
    if (!fault)
        rows_compare(stage, &stage->now, stage->counts, "second upgrade", 0);
    return fault;
}

static void tried_say(const struct stage *stage, json_t *fault)
{
    json_t *event =
        json_pack("{s:s, s:I, s:b}", "event", "tried", "at", (json_int_t)stage->at, "undone",
                  json_object_get(revision_at(stage, stage->at), "down") != NULL);
    if (fault)
        json_object_set_new(event, "fault", fault);
    if (json_array_size(stage->losses) > 0)
        json_object_set(event, "rows", stage->losses);
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
        if (!fault && i < stage->at)
            fault = sample_load(stage, revision_at(stage, i));
        if (fault) {
            skn_error_decode(fault, err);
            rc = (int)err->code;
        }
        json_decref(fault);
    }
    return rc;
}

/* Its upgrade, its way back, and its way there again. *stop: the upgrade failed. */
static json_t *ways_try(struct stage *stage, const json_t *revision,
                        const struct skn_picture *before, const json_t *rows_before, int *stop)
{
    json_t *fault = step_run(stage, json_object_get(revision, "up"), "upgrade");
    if (!fault)
        fault = look(stage, &stage->now, "upgrade");
    *stop = fault != NULL;
    if (fault)
        return fault;
    stage->counts = skn_rows_count(&stage->scratch.session, &stage->looking, &stage->now);
    skn_rows_compare(rows_before, stage->counts, "upgrade", 1, stage->losses);
    return json_object_get(revision, "down") ? undo_try(stage, revision, before, rows_before)
                                             : NULL;
}

/* What follows is tried with the rows of the sample, and with as many as there are then. */
static json_t *sample_put(struct stage *stage, const json_t *revision)
{
    json_t *fault = sample_load(stage, revision);
    json_decref(stage->counts);
    stage->counts = fault ? json_object()
                          : skn_rows_count(&stage->scratch.session, &stage->looking, &stage->now);
    return fault;
}

/* *stop: its upgrade or its sample failed, and nothing can stand on it. */
static int revision_try(struct stage *stage, int *stop, struct skn_error *err)
{
    const json_t *revision = revision_at(stage, stage->at);
    struct skn_picture before = stage->now;
    json_t *rows_before = stage->counts;
    int rc = SKN_OK;
    stage->now = (struct skn_picture){0};
    stage->counts = NULL;
    stage->losses = json_array();
    json_t *fault = ways_try(stage, revision, &before, rows_before, stop);
    if (fault && !*stop)
        rc = stage_again(stage, err);
    if (rc == SKN_OK && !*stop) {
        json_t *bad = sample_put(stage, revision);
        *stop = bad != NULL;
        if (fault)
            json_decref(bad);
        else
            fault = bad;
    }
    tried_say(stage, fault);
    json_decref(stage->losses);
    json_decref(rows_before);
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
    struct stage stage = {.rehearsal = rehearsal, .rows = json_array(), .counts = json_object()};
    size_t count = json_array_size(skn_json_array(rehearsal->job->request, "revisions"));
    int stop = 0;
    int rc = stage_open(&stage, err);
    for (; rc == SKN_OK && !stop && stage.at < count && !skn_interrupt_stopping(); stage.at++)
        rc = revision_try(&stage, &stop, err);
    skn_picture_finish(&stage.now);
    if (stage.scratch.beside)
        skn_scratch_close(&stage.scratch);
    skn_ground_close(&stage.ground);
    json_decref(stage.rows);
    json_decref(stage.counts);
    return rc;
}
