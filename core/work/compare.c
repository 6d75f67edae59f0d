/*
 * Comparisons over the wire: target, other target, or desired text, on either side. It knows
 * nothing of revisions and files.
 */
#include "work/compare.h"

#include <string.h>

#include "base/wire.h"
#include "schema/rename.h"
#include "work/compose.h"

struct comparing {
    struct skn_compare *compare;
    struct skn_looking looking;
    struct skn_ground ground; /* of scratch databases */
    struct skn_picture live;  /* of the target */
    struct skn_picture to;    /* where it is not the target's */
    struct skn_proposal proposal;
    json_t *renames; /* texts "old:new" */
    unsigned flags;  /* enum skn_propose_flag */
};

static const char *asked(const struct comparing *comparing, const char *key)
{
    return skn_json_text(comparing->compare->job->request, key);
}

static int wanted(const struct comparing *comparing, const char *key)
{
    return json_is_true(json_object_get(comparing->compare->job->request, key));
}

/* ---- looking ---- */

static int modelled(const struct skn_picture *picture, const char *whose, struct skn_error *err)
{
    if (!picture->unmodelled[0])
        return SKN_OK;
    return skn_error_set(err, SKN_E_UNSUPPORTED,
                         "%s holds what the driver cannot describe: %.400s; drop it, or leave "
                         "it to another tool",
                         whose, picture->unmodelled);
}

static int live_look(struct comparing *comparing, struct skn_error *err)
{
    const struct skn_compare *compare = comparing->compare;
    unsigned flags = wanted(comparing, "online") ? SKN_SCHEMA_ONLINE : 0u;
    int rc = skn_apply_connect(compare->job, compare->session, err);
    if (rc == SKN_OK)
        rc = skn_inspect_require(compare->session, 0, err);
    if (rc != SKN_OK)
        return rc;
    skn_looking_init(&comparing->looking, compare->session, compare->job->version_table, flags);
    rc = skn_inspect(compare->session, &comparing->looking, &comparing->live, err);
    return rc == SKN_OK ? modelled(&comparing->live, "the database", err) : rc;
}

/* The last part of a name as it is written, without its quotes. */
static struct skn_str bare_name(struct skn_str name)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.ptr[i - 1] == '.') {
            name = skn_str_len(name.ptr + i, name.len - i);
            break;
        }
    if (name.len >= 2 && strchr("\"`[", name.ptr[0]))
        name = skn_str_len(name.ptr + 1, name.len - 2);
    return name;
}

/* Hints of the schema file, which go before those that were typed. One whose old name is gone, or
 * whose new one is there, has expired. */
static void hints_take(struct comparing *comparing, const struct skn_script *script)
{
    size_t taken = 0;
    for (size_t i = 0; i < script->count; i++) {
        const struct skn_statement *statement = &script->statements[i];
        const struct skn_object *found[2];
        struct skn_error expired = SKN_ERROR_INIT;
        struct skn_buf text = {0};
        if (!statement->renamed.ptr || !statement->object.ptr)
            continue;
        skn_buf_addf(&text, "%.*s", SKN_FMT(statement->renamed));
        size_t split = text.len;
        skn_buf_addf(&text, ":%.*s", SKN_FMT(bare_name(statement->object)));
        text.text[split] = '\0';
        if (skn_rename_find(&comparing->live, &comparing->to, text.text, text.text + split + 1,
                            found, &expired) == SKN_OK) {
            text.text[split] = ':';
            json_array_insert_new(comparing->renames, taken++, json_string(skn_buf_text(&text)));
        }
        skn_buf_finish(&text);
    }
}

static int script_look(struct comparing *comparing, struct skn_error *err)
{
    struct skn_compare *compare = comparing->compare;
    const struct skn_script *script;
    int64_t id = skn_json_number(compare->job->request, "script");
    int rc = skn_inspect_require(compare->session, 1, err);
    if (rc == SKN_OK)
        rc = skn_scripts_get(compare->scripts, id, compare->session, &script, err);
    if (rc == SKN_OK)
        rc = skn_propose_desired(&comparing->to, comparing->ground.beside, &comparing->looking,
                                 script, err);
    if (rc == SKN_OK)
        hints_take(comparing, script);
    if (rc != SKN_OK && err->position > 0) {
        compare->failed_script = id;
        compare->failed_offset = err->position - 1;
    }
    return rc == SKN_OK ? modelled(&comparing->to, "the schema file", err) : rc;
}

static int other_look(struct comparing *comparing, struct skn_error *err)
{
    struct skn_session other;
    struct skn_job job;
    skn_session_beside(&other, comparing->compare->session);
    int rc = skn_job_read(&job, json_object_get(comparing->compare->job->request, "other"), err);
    if (rc == SKN_OK)
        rc = skn_apply_connect(&job, &other, err);
    if (rc == SKN_OK)
        rc = skn_inspect(&other, &comparing->looking, &comparing->to, err);
    skn_session_leave(&other);
    skn_job_finish(&job);
    return rc == SKN_OK ? modelled(&comparing->to, "the other database", err) : rc;
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
    /* What a reverse way would lose, the target does not hold. */
    if (probe[0] && !wanted(comparing, "reverse"))
        skn_session_exec(comparing->compare->session, &step, 1, &events, 0, &ignored);
    return rows;
}

static int is_off(const struct comparing *comparing, const struct skn_schema_plan *plan)
{
    unsigned apart = SKN_SQL_NO_TX | SKN_SQL_COMMIT_AFTER;
    return !(comparing->compare->session->server.caps & SKN_CAP_DDL_TX) ||
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
    skn_picture_hash(&comparing->live, hash);
    json_t *event = json_pack("{s:s, s:s, s:I, s:I}", "event", "compared", "hash", hash, "objects",
                              (json_int_t)comparing->live.count, "differences",
                              (json_int_t)proposal->up.difference_count);
    if (proposal->unproven.code != SKN_OK)
        json_object_set_new(
            event, "unproven",
            skn_json_string(proposal->unproven.message, strlen(proposal->unproven.message)));
    skn_session_say(comparing->compare->session, event, 1);
}

/* ---- all ---- */

static int propose(struct comparing *comparing, struct skn_error *err)
{
    const struct skn_compare *compare = comparing->compare;
    const struct skn_looking *looking = &comparing->looking;
    int rc = skn_ground_open(&comparing->ground, compare->job, compare->session, err);
    if (rc == SKN_OK)
        rc = strcmp(asked(comparing, "to"), "script") == 0 ? script_look(comparing, err)
                                                           : other_look(comparing, err);
    int reverse = wanted(comparing, "reverse");
    const struct skn_picture *from = reverse ? &comparing->to : &comparing->live;
    const struct skn_picture *to = reverse ? &comparing->live : &comparing->to;
    if (rc == SKN_OK)
        rc = skn_propose(&comparing->proposal, comparing->ground.beside, looking, from, to,
                         comparing->renames, comparing->flags, err);
    if (rc != SKN_OK)
        return rc;
    differences_say(comparing);
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
        rc = skn_propose_all(&comparing->proposal.up, session, &comparing->looking,
                             &comparing->live, err);
    return rc == SKN_OK ? section_say(comparing, "upgrade", &comparing->proposal.up, 0, err) : rc;
}

int skn_compare_run(struct skn_compare *compare, struct skn_error *err)
{
    struct comparing comparing = {.compare = compare, .proposal.unproven = SKN_ERROR_INIT};
    compare->failed_script = -1;
    comparing.flags = (wanted(&comparing, "write") ? SKN_PROPOSE_WRITE : 0u) |
                      (wanted(&comparing, "prove") ? SKN_PROPOSE_PROVE : 0u);
    comparing.renames = json_array();
    json_array_extend(comparing.renames, json_object_get(compare->job->request, "renames"));
    int rc = live_look(&comparing, err);
    if (rc == SKN_OK && strcmp(asked(&comparing, "from"), "nothing") == 0)
        rc = dump(&comparing, err);
    else if (rc == SKN_OK && asked(&comparing, "to")[0])
        rc = propose(&comparing, err);
    if (rc == SKN_OK)
        compared_say(&comparing);
    json_decref(comparing.renames);
    skn_proposal_finish(&comparing.proposal);
    skn_ground_close(&comparing.ground);
    skn_picture_finish(&comparing.to);
    skn_picture_finish(&comparing.live);
    return rc;
}
