/*
 * Looking at what is to be compared. It knows nothing of what comes of it.
 */
#include "work/side.h"

#include <string.h>

#include "base/wire.h"
#include "schema/rename.h"

int skn_side_is(const json_t *side, const char *kind)
{
    const char *is = side ? skn_json_text(side, "is") : "target";
    return strcmp(is, kind) == 0;
}

/* ---- reaching ---- */

static int takes_scratch(const json_t *side)
{
    return skn_side_is(side, "script") || skn_side_is(side, "revisions");
}

static int compares(const json_t *from, const json_t *to)
{
    return to && !skn_side_is(from, "nothing");
}

int skn_viewpoint_open(struct skn_viewpoint *view, const json_t *from, const json_t *to,
                       uint32_t flags, struct skn_error *err)
{
    int live = skn_side_is(from, "target") || (to && skn_side_is(to, "target"));
    int elsewhere = json_object_get(view->job->request, "scratch") != NULL;
    int rc =
        skn_inspect_require(view->session, takes_scratch(from) || (to && takes_scratch(to)), err);
    if (rc == SKN_OK && (live || !elsewhere))
        rc = skn_apply_connect(view->job, view->session, err);
    if (rc == SKN_OK && compares(from, to))
        rc = skn_ground_open(&view->ground, view->job, view->session, err);
    if (rc == SKN_OK)
        skn_looking_init(&view->looking, live || !elsewhere ? view->session : view->ground.beside,
                         view->job->version_table, flags);
    return rc;
}

void skn_viewpoint_close(struct skn_viewpoint *view)
{
    skn_ground_close(&view->ground);
}

/* ---- looking ---- */

static int side_script(struct skn_viewpoint *view, const json_t *side,
                       const struct skn_script **script, struct skn_error *err)
{
    return skn_scripts_get(view->scripts, skn_json_number(side, "script"), view->session, script,
                           err);
}

static int script_look(struct skn_viewpoint *view, const json_t *side, struct skn_picture *picture,
                       struct skn_error *err)
{
    const struct skn_script *script;
    int rc = side_script(view, side, &script, err);
    if (rc == SKN_OK)
        rc = skn_propose_desired(picture, view->ground.beside, &view->looking, script, err);
    if (rc != SKN_OK && err->position > 0) {
        view->failed_script = skn_json_number(side, "script");
        view->failed_offset = err->position - 1;
    }
    return rc;
}

static int other_look(struct skn_viewpoint *view, const json_t *side, struct skn_picture *picture,
                      struct skn_error *err)
{
    struct skn_session other;
    struct skn_looking looking; /* its own tables may have other names */
    struct skn_job job;
    skn_session_beside(&other, view->session);
    int rc = skn_job_read(&job, json_object_get(side, "other"), err);
    if (rc == SKN_OK)
        rc = skn_apply_connect(&job, &other, err);
    if (rc == SKN_OK) {
        skn_looking_init(&looking, &other, job.version_table, view->looking.options.flags);
        rc = skn_inspect(&other, &looking, picture, err);
    }
    skn_session_leave(&other);
    skn_job_finish(&job);
    return rc;
}

static int revisions_run(struct skn_viewpoint *view, const json_t *side,
                         struct skn_scratch *scratch, struct skn_error *err)
{
    struct skn_apply apply = {.job = view->job,
                              .session = &scratch->session,
                              .scripts = view->scripts,
                              .steps = skn_json_array(side, "steps"),
                              .rows = json_array(),
                              .failed_script = -1};
    apply.count = json_array_size(apply.steps);
    int rc = skn_apply_run(&apply, err);
    if (rc == SKN_OK && apply.next < apply.count)
        rc = skn_error_set(err, SKN_E_CANCELLED, "interrupted while the revisions were run");
    view->failed_script = apply.failed_script;
    view->failed_offset = apply.failed_offset;
    skn_ledger_finish(&apply.ledger);
    json_decref(apply.rows);
    return rc;
}

static int revisions_look(struct skn_viewpoint *view, const json_t *side,
                          struct skn_picture *picture, struct skn_error *err)
{
    struct skn_scratch scratch;
    int rc = skn_scratch_open(&scratch, view->ground.beside, err);
    if (rc != SKN_OK)
        return rc;
    rc = revisions_run(view, side, &scratch, err);
    if (rc == SKN_OK)
        rc = skn_inspect(&scratch.session, &view->looking, picture, err);
    skn_scratch_close(&scratch);
    return rc;
}

static int modelled(const struct skn_picture *picture, const char *whose, struct skn_error *err)
{
    if (!picture->unmodelled[0])
        return SKN_OK;
    return skn_error_set(err, SKN_E_UNSUPPORTED,
                         "%s holds what the driver cannot describe: %.400s; drop it, or leave "
                         "it to another tool",
                         whose, picture->unmodelled);
}

int skn_side_look(struct skn_viewpoint *view, const json_t *side, struct skn_picture *picture,
                  struct skn_error *err)
{
    *picture = (struct skn_picture){0};
    if (skn_side_is(side, "nothing"))
        return SKN_OK;
    const char *whose = "the database";
    int rc;
    if (skn_side_is(side, "script")) {
        whose = "the schema file";
        rc = script_look(view, side, picture, err);
    } else if (skn_side_is(side, "other")) {
        whose = "the other database";
        rc = other_look(view, side, picture, err);
    } else if (skn_side_is(side, "revisions")) {
        whose = "what the revisions make";
        rc = revisions_look(view, side, picture, err);
    } else {
        rc = skn_inspect(view->session, &view->looking, picture, err);
    }
    return rc == SKN_OK ? modelled(picture, whose, err) : rc;
}

/* ---- hints ---- */

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

/* Goes before those that were typed. One whose old name is gone, or whose new one is there, has
 * expired. */
static void hint_take(const struct skn_statement *statement, const struct skn_picture *from,
                      const struct skn_picture *to, json_t *renames, size_t *taken)
{
    const struct skn_object *found[2];
    struct skn_error expired = SKN_ERROR_INIT;
    struct skn_buf text = {0};
    skn_buf_addf(&text, "%.*s", SKN_FMT(statement->renamed));
    size_t split = text.len;
    skn_buf_addf(&text, ":%.*s", SKN_FMT(bare_name(statement->object)));
    text.text[split] = '\0';
    if (skn_rename_find(from, to, text.text, text.text + split + 1, found, &expired) == SKN_OK) {
        text.text[split] = ':';
        json_array_insert_new(renames, (*taken)++, json_string(skn_buf_text(&text)));
    }
    skn_buf_finish(&text);
}

int skn_side_hints(struct skn_viewpoint *view, const json_t *side, const struct skn_picture *from,
                   const struct skn_picture *to, json_t *renames, struct skn_error *err)
{
    const struct skn_script *script;
    size_t taken = 0;
    if (!skn_side_is(side, "script"))
        return SKN_OK;
    int rc = side_script(view, side, &script, err);
    for (size_t i = 0; rc == SKN_OK && i < script->count; i++)
        if (script->statements[i].renamed.ptr && script->statements[i].object.ptr)
            hint_take(&script->statements[i], from, to, renames, &taken);
    return rc;
}
