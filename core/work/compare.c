/*
 * Comparisons over the wire. It knows nothing of files, and of where what it compares comes from.
 */
#include "work/compare.h"

#include <string.h>

#include "base/wire.h"
#include "work/compose.h"
#include "work/side.h"

struct comparing {
    struct skn_compare *compare;
    struct skn_viewpoint view;
    const json_t *sides[2];
    struct skn_picture from;
    struct skn_picture to;
    struct skn_proposal proposal;
    json_t *renames; /* texts "old:new" */
    unsigned flags;  /* enum skn_propose_flag */
};

static int wanted(const struct comparing *comparing, const char *key)
{
    return json_is_true(json_object_get(comparing->compare->job->request, key));
}

/* ---- saying ---- */

static void differences_say(const struct comparing *comparing)
{
    const struct skn_schema_plan *plan = &comparing->proposal.up;
    for (size_t i = 0; i < plan->difference_count; i++)
        skn_session_say(
            comparing->compare->session,
            json_pack("{s:s, s:o}", "event", "difference", "text",
                      skn_json_string(plan->differences[i], strlen(plan->differences[i]))),
            0);
}

static void suggestions_say(const struct comparing *comparing)
{
    const struct skn_suggestions *suggestions = &comparing->proposal.suggestions;
    for (size_t i = 0; i < suggestions->count; i++) {
        const struct skn_suggestion *one = &suggestions->items[i];
        skn_session_say(comparing->compare->session,
                        json_pack("{s:s, s:o, s:o}", "event", "suggestion", "rename",
                                  skn_json_string(one->rename, strlen(one->rename)), "text",
                                  skn_json_string(one->text, strlen(one->text))),
                        0);
    }
}

static int count_take(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    json_t **rows = ctx;
    (void)step;
    /* It goes into a comment of the file: nothing but a number does. */
    int number = count > 0 && columns[0].ptr && columns[0].len > 0 && columns[0].len < 20;
    for (size_t i = 0; number && i < columns[0].len; i++)
        number = columns[0].ptr[i] >= '0' && columns[0].ptr[i] <= '9';
    if (number && !*rows)
        *rows = skn_json_string(columns[0].ptr, columns[0].len);
    return 0;
}

/* How many rows the target has at risk; NULL where nobody can say. */
static json_t *rows_at_risk(const struct comparing *comparing, const char *probe)
{
    json_t *rows = NULL;
    struct skn_step step = {.sql = skn_str(probe), .op = SKN_STEP_SQL};
    struct skn_events events = {.size = sizeof events, .ctx = &rows, .row = count_take};
    struct skn_error ignored = SKN_ERROR_INIT;
    /* What the way from something else would lose, the target does not hold. */
    if (probe[0] && skn_side_is(comparing->sides[0], "target"))
        skn_session_exec(comparing->compare->session, &step, 1, &events, 0, &ignored);
    return rows;
}

static int is_off(const struct comparing *comparing, const struct skn_schema_plan *plan)
{
    unsigned apart = SKN_SQL_NO_TX | SKN_SQL_COMMIT_AFTER;
    return !(comparing->compare->session->loaded.driver.caps & SKN_CAP_DDL_TX) ||
           (skn_schema_plan_flags(plan) & apart) != 0;
}

static struct skn_remark *remarks_make(const struct comparing *comparing,
                                       const struct skn_schema_plan *plan, struct skn_arena *arena)
{
    struct skn_remark *remarks = skn_arena_alloc_array(arena, plan->count, sizeof *remarks);
    int allowed = wanted(comparing, "allow_drop");
    for (size_t i = 0; i < plan->count; i++) {
        const struct skn_schema_statement *statement = &plan->statements[i];
        json_t *rows = rows_at_risk(comparing, statement->probe);
        remarks[i].rows = rows ? skn_arena_strdup(arena, json_string_value(rows)) : NULL;
        remarks[i].held = (statement->flags & SKN_SQL_DESTROYS_DATA) && !allowed;
        json_decref(rows);
    }
    return remarks;
}

static void statements_say(const struct comparing *comparing, const char *way,
                           const struct skn_schema_plan *plan, const struct skn_remark *remarks)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct skn_schema_statement *statement = &plan->statements[i];
        json_t *event = json_pack("{s:s, s:s, s:I, s:o}", "event", "statement", "way", way, "flags",
                                  (json_int_t)statement->flags, "sql",
                                  skn_json_string(statement->text, strlen(statement->text)));
        if (statement->note[0])
            json_object_set_new(event, "note",
                                skn_json_string(statement->note, strlen(statement->note)));
        if (remarks && remarks[i].rows)
            json_object_set_new(event, "rows",
                                skn_json_string(remarks[i].rows, strlen(remarks[i].rows)));
        skn_session_say(comparing->compare->session, event, 0);
    }
}

/* One way as a section of a revision. What is undone was not there before: only the upgrade holds
 * back. */
static int section_say(const struct comparing *comparing, const char *way,
                       const struct skn_schema_plan *plan, int remarked, struct skn_error *err)
{
    struct skn_session *session = comparing->compare->session;
    struct skn_arena arena = {0};
    struct skn_buf text = {0};
    struct skn_remark *remarks = remarked ? remarks_make(comparing, plan, &arena) : NULL;
    int64_t held = 0;
    for (size_t i = 0; remarks && i < plan->count; i++)
        held += remarks[i].held;
    int rc = skn_compose(&text, session, plan, remarks, err);
    if (rc == SKN_OK) {
        statements_say(comparing, way, plan, remarks);
        skn_session_say_body(session,
                             json_pack("{s:s, s:s, s:b, s:I}", "event", "section", "way", way,
                                       "off", is_off(comparing, plan), "held", (json_int_t)held),
                             skn_buf_str(&text));
    }
    skn_buf_finish(&text);
    skn_arena_finish(&arena);
    return rc;
}

static void compared_say(const struct comparing *comparing)
{
    char hash[SKN_SHA256_HEX];
    const struct skn_proposal *proposal = &comparing->proposal;
    const struct skn_picture *picture =
        skn_side_is(comparing->sides[0], "nothing") ? &comparing->to : &comparing->from;
    skn_picture_hash(picture, hash);
    json_t *event = json_pack("{s:s, s:s, s:I, s:I}", "event", "compared", "hash", hash, "objects",
                              (json_int_t)picture->count, "differences",
                              (json_int_t)proposal->up.difference_count);
    if (comparing->view.looking.options.flags & SKN_SCHEMA_GRANTS)
        json_object_set_new(event, "grants", json_true());
    if (proposal->unproven.code != SKN_OK)
        json_object_set_new(
            event, "unproven",
            skn_json_string(proposal->unproven.message, strlen(proposal->unproven.message)));
    skn_session_say(comparing->compare->session, event, 1);
}

/* ---- all ---- */

static int propose(struct comparing *comparing, struct skn_error *err)
{
    struct skn_viewpoint *view = &comparing->view;
    int rc = skn_side_hints(view, comparing->sides[1], &comparing->from, &comparing->to,
                            comparing->renames, err);
    if (rc == SKN_OK)
        rc =
            skn_propose(&comparing->proposal, view->ground.beside, &view->looking, &comparing->from,
                        &comparing->to, comparing->renames, comparing->flags, err);
    if (rc != SKN_OK)
        return rc;
    differences_say(comparing);
    suggestions_say(comparing);
    if (!(comparing->flags & SKN_PROPOSE_WRITE) || comparing->proposal.up.count == 0)
        return SKN_OK;
    rc = section_say(comparing, "upgrade", &comparing->proposal.up, 1, err);
    return rc == SKN_OK ? section_say(comparing, "downgrade", &comparing->proposal.down, 0, err)
                        : rc;
}

static int dump(struct comparing *comparing, struct skn_error *err)
{
    struct skn_session *session = comparing->compare->session;
    int rc = skn_inspect_require(session, 1, err);
    if (rc == SKN_OK)
        rc = skn_propose_all(&comparing->proposal.up, session, &comparing->view.looking,
                             &comparing->to, err);
    return rc == SKN_OK ? section_say(comparing, "upgrade", &comparing->proposal.up, 0, err) : rc;
}

/* What is wanted comes first: grants count where a schema file has some, and only there. */
static int wanted_look(struct comparing *comparing, struct skn_error *err)
{
    struct skn_schema_options *options = &comparing->view.looking.options;
    if (!comparing->sides[1])
        return SKN_OK;
    if (skn_side_is(comparing->sides[1], "script"))
        options->flags |= SKN_SCHEMA_GRANTS;
    int rc = skn_side_look(&comparing->view, comparing->sides[1], &comparing->to, err);
    if (rc == SKN_OK && !skn_picture_has_grants(&comparing->to))
        options->flags &= ~(uint32_t)SKN_SCHEMA_GRANTS;
    return rc;
}

static int sides_look(struct comparing *comparing, struct skn_error *err)
{
    struct skn_viewpoint *view = &comparing->view;
    unsigned flags = (wanted(comparing, "online") ? SKN_SCHEMA_ONLINE : 0u) |
                     (wanted(comparing, "grants") ? SKN_SCHEMA_GRANTS : 0u);
    int rc = skn_viewpoint_open(view, comparing->sides[0], comparing->sides[1], flags, err);
    if (rc == SKN_OK)
        rc = wanted_look(comparing, err);
    if (rc == SKN_OK)
        rc = skn_side_look(view, comparing->sides[0], &comparing->from, err);
    return rc;
}

static int all_compare(struct comparing *comparing, struct skn_error *err)
{
    int rc = sides_look(comparing, err);
    if (rc == SKN_OK && skn_side_is(comparing->sides[0], "nothing"))
        rc = dump(comparing, err);
    else if (rc == SKN_OK && comparing->sides[1])
        rc = propose(comparing, err);
    if (rc == SKN_OK)
        compared_say(comparing);
    return rc;
}

int skn_compare_run(struct skn_compare *compared, struct skn_error *err)
{
    const json_t *request = compared->job->request;
    struct comparing comparing = {
        .compare = compared,
        .view = {.job = compared->job,
                 .session = compared->session,
                 .scripts = compared->scripts,
                 .failed_script = -1},
        .sides = {json_object_get(request, "from"), json_object_get(request, "to")},
        .proposal.unproven = SKN_ERROR_INIT};
    comparing.flags = (wanted(&comparing, "write") ? SKN_PROPOSE_WRITE : 0u) |
                      (wanted(&comparing, "prove") ? SKN_PROPOSE_PROVE : 0u);
    comparing.renames = json_array();
    json_array_extend(comparing.renames, json_object_get(request, "renames"));
    int rc = all_compare(&comparing, err);
    compared->failed_script = comparing.view.failed_script;
    compared->failed_offset = comparing.view.failed_offset;
    json_decref(comparing.renames);
    skn_proposal_finish(&comparing.proposal);
    skn_picture_finish(&comparing.to);
    skn_picture_finish(&comparing.from);
    skn_viewpoint_close(&comparing.view);
    return rc;
}
