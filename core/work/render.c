/*
 * Writing scripts. It knows no SQL of its own: statements are the revisions', the ledger's or the
 * driver's.
 */
#include "work/render.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/wire.h"
#include "work/scan.h"

enum { PIECE = 256 * 1024 };

/* ---- saying ---- */

/* In pieces, so that the planner takes them while the next are written. */
static void text_say(struct skn_render *render, int all)
{
    struct skn_buf *out = &render->out;
    size_t at = 0;
    while (out->len - at >= PIECE || (all && out->len > at)) {
        size_t len = out->len - at < PIECE ? out->len - at : PIECE;
        while (at + len < out->len && ((unsigned char)out->text[at + len] & 0xc0) == 0x80)
            len--;
        skn_session_say_body(render->session, json_pack("{s:s}", "event", "text"),
                             skn_str_len(out->text + at, len));
        at += len;
    }
    if (at > 0)
        skn_buf_drop(out, at);
}

static void paragraph_end(struct skn_render *render)
{
    skn_buf_adds(&render->out, "\n\n");
    text_say(render, 0);
}

/* ---- statements ---- */

/* Whether an end put behind the text would be part of a comment. */
static int ends_in_comment(const struct skn_dialect *dialect, struct skn_str text)
{
    const char *last = memrchr(text.ptr, '\n', text.len);
    struct skn_str line = text;
    if (last)
        line = skn_str_len(last + 1, text.len - (size_t)(last + 1 - text.ptr));
    return memmem(line.ptr, line.len, "--", 2) ||
           ((dialect->flags & SKN_DIALECT_HASH_COMMENTS) && memchr(line.ptr, '#', line.len));
}

/* Whether the client, which knows no bodies, would take a ; within the statement for its end. */
static int client_splits(const struct skn_dialect *dialect, struct skn_str text)
{
    if (!(dialect->flags & SKN_DIALECT_DELIMITER) || !memchr(text.ptr, ';', text.len))
        return 0;
    struct skn_dialect plain = *dialect;
    struct skn_scan cursor = {.size = sizeof cursor};
    struct skn_error ignored = SKN_ERROR_INIT;
    plain.flags &= ~(uint32_t)(SKN_DIALECT_ROUTINE_BODIES | SKN_DIALECT_TRIGGER_BODIES |
                               SKN_DIALECT_ATOMIC_BODIES);
    return skn_scan_next(&plain, text, &cursor, &ignored) != SKN_OK || cursor.end < text.len;
}

static const char *delimiter_choose(struct skn_str text)
{
    static const char *const delimiters[] = {"//", "$$", "||", "@@", "~~~", "!!!!", "^^^^^^^^"};
    size_t last = sizeof delimiters / sizeof delimiters[0] - 1;
    for (size_t i = 0; i < last; i++)
        if (!memmem(text.ptr, text.len, delimiters[i], strlen(delimiters[i])))
            return delimiters[i];
    return delimiters[last];
}

static void statement_write(struct skn_render *render, struct skn_str text)
{
    struct skn_buf *out = &render->out;
    const struct skn_dialect *dialect = render->session->loaded.driver.dialect;
    const char *delimiter = NULL;
    if (client_splits(dialect, text)) {
        delimiter = delimiter_choose(text);
        skn_buf_addf(out, "DELIMITER %s\n", delimiter);
    }
    skn_buf_add(out, text.ptr, text.len);
    if (ends_in_comment(dialect, text))
        skn_buf_addc(out, '\n');
    skn_buf_adds(out, delimiter ? delimiter : ";");
    if (delimiter)
        skn_buf_adds(out, "\nDELIMITER ;");
    paragraph_end(render);
}

static void batch_write(struct skn_render *render, struct skn_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        statement_write(render, batch->steps[i].sql);
    skn_batch_finish(batch);
}

static int part_write(struct skn_render *render, enum skn_script_part part, struct skn_str text,
                      struct skn_error *err)
{
    size_t before = render->out.len;
    int rc =
        skn_session_script(render->session, part, render->job->options, text, &render->out, err);
    if (rc == SKN_OK && render->out.len > before)
        paragraph_end(render);
    return rc;
}

static int check_write(struct skn_render *render, const char *why, struct skn_str query,
                       struct skn_error *err)
{
    skn_buf_addf(&render->out, "-- skein: %s\n", why);
    return part_write(render, SKN_SCRIPT_CHECK, query, err);
}

/* ---- transactions ---- */

static int begin_write(struct skn_render *render, struct skn_error *err)
{
    int rc = SKN_OK;
    if (!render->transactional || render->open)
        return SKN_OK;
    render->open = 1;
    if (!render->alembic)
        return part_write(render, SKN_SCRIPT_BEGIN, skn_str(""), err);
    skn_buf_adds(&render->out, "BEGIN;");
    paragraph_end(render);
    return rc;
}

static int commit_write(struct skn_render *render, struct skn_error *err)
{
    if (!render->open)
        return SKN_OK;
    render->open = 0;
    if (!render->alembic)
        return part_write(render, SKN_SCRIPT_COMMIT, skn_str(""), err);
    skn_buf_adds(&render->out, "COMMIT;");
    paragraph_end(render);
    return SKN_OK;
}

/* ---- what stands before the first step ---- */

static void rows_name(const json_t *rows, struct skn_buf *out)
{
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
        skn_buf_addf(out, "%s%s", i ? ", " : "", json_string_value(row));
    if (json_array_size(rows) == 0)
        skn_buf_adds(out, "base");
}

static void title_write(struct skn_render *render)
{
    struct skn_buf title = {0};
    skn_buf_addf(&title, "skein %s: target %s, driver %s, from ", SKEIN_VERSION,
                 render->job->target, render->session->loaded.driver.name);
    rows_name(render->rows, &title);
    skn_buf_adds(&render->out, "-- ");
    skn_text_escape(&render->out, skn_buf_str(&title), 0);
    skn_buf_finish(&title);
    paragraph_end(render);
}

static void session_write(struct skn_render *render)
{
    size_t i;
    json_t *text;
    json_array_foreach((json_t *)(uintptr_t)render->job->session, i, text)
        statement_write(render, skn_str_len(json_string_value(text), json_string_length(text)));
}

static int opening_write(struct skn_render *render, struct skn_error *err)
{
    int rc = SKN_OK;
    if (!render->alembic) {
        title_write(render);
        rc = part_write(render, SKN_SCRIPT_OPEN, skn_str(""), err);
    }
    if (rc == SKN_OK)
        rc = part_write(render, SKN_SCRIPT_PLACE, skn_str(""), err);
    session_write(render);
    return rc;
}

/* The script was made for these rows, and must not run where there are others. */
static int rows_check(struct skn_render *render, struct skn_error *err)
{
    struct skn_arena arena = {0};
    int rc = part_write(render, SKN_SCRIPT_FENCE, skn_str(render->ledger.versions), err);
    const char *query =
        rc == SKN_OK ? skn_ledger_expect(&render->ledger, &arena, render->rows, err) : NULL;
    if (rc == SKN_OK)
        rc = query ? check_write(render, "fails unless the database is where this script starts",
                                 skn_str(query), err)
                   : (int)err->code;
    skn_arena_finish(&arena);
    return rc;
}

static int tables_write(struct skn_render *render, struct skn_error *err)
{
    struct skn_batch batch;
    render->ledger.has_versions = json_array_size(render->rows) > 0;
    skn_batch_init(&batch);
    skn_ledger_add_tables(&render->ledger, &batch);
    batch_write(render, &batch);
    return render->alembic ? SKN_OK : rows_check(render, err);
}

/* ---- a step ---- */

static int script_get(struct skn_render *render, const char *which,
                      const struct skn_script **script, struct skn_error *err)
{
    const json_t *id = json_object_get(json_array_get(render->steps, render->step), which);
    *script = NULL;
    if (!json_is_integer(id))
        return SKN_OK;
    return skn_scripts_get(render->scripts, json_integer_value(id), render->session, script, err);
}

/* A statement with its variables in place; lives in arena, or in the script. */
static int statement_expand(struct skn_render *render, const char *which,
                            const struct skn_script *script, size_t i, struct skn_arena *arena,
                            struct skn_str *text, struct skn_error *err)
{
    *text = script->statements[i].text;
    if (!script->variables)
        return SKN_OK;
    int rc = skn_statement_expand(script->statements[i].text, render->session, render->job->vars,
                                  arena, text, err);
    if (rc == SKN_OK)
        return rc;
    render->failed_script = skn_json_number(json_array_get(render->steps, render->step), which);
    render->failed_offset = script->statements[i].offset;
    return rc;
}

static int body_write(struct skn_render *render, const struct skn_script *script,
                      struct skn_error *err)
{
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && script && i < script->count; i++) {
        struct skn_arena arena = {0};
        struct skn_str text;
        rc = statement_expand(render, "script", script, i, &arena, &text, err);
        if (rc == SKN_OK)
            statement_write(render, text);
        skn_arena_finish(&arena);
    }
    return rc;
}

/* Other queries, such as SHOW, have no place inside another. */
static int can_be_checked(struct skn_str query)
{
    static const char *const openers[] = {"SELECT", "WITH", "VALUES", "TABLE"};
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++)
        if (query.len > strlen(openers[i]) &&
            strncasecmp(query.ptr, openers[i], strlen(openers[i])) == 0)
            return 1;
    return 0;
}

static int verify_write(struct skn_render *render, struct skn_error *err)
{
    const struct skn_script *script;
    int rc = script_get(render, "verify", &script, err);
    for (size_t i = 0; rc == SKN_OK && script && i < script->count; i++) {
        struct skn_arena arena = {0};
        struct skn_str text;
        rc = statement_expand(render, "verify", script, i, &arena, &text, err);
        if (rc == SKN_OK && can_be_checked(text)) {
            rc = check_write(render, "verify, which must find no row", text, err);
        } else if (rc == SKN_OK) {
            skn_buf_adds(&render->out, "-- skein: verify; look that this finds no row\n");
            statement_write(render, text);
        }
        skn_arena_finish(&arena);
    }
    return rc;
}

/* Version rows and log; they belong together also where the body stands in no transaction. */
static int ledger_write(struct skn_render *render, struct skn_error *err)
{
    struct skn_batch batch;
    const json_t *step = json_array_get(render->steps, render->step);
    int own = !render->open && !render->alembic;
    int rc = own ? part_write(render, SKN_SCRIPT_BEGIN, skn_str(""), err) : SKN_OK;
    skn_batch_init(&batch);
    if (rc == SKN_OK)
        rc = skn_ledger_add_changes(&render->ledger, &batch, step, err);
    if (rc == SKN_OK)
        rc = skn_ledger_add_log(&render->ledger, &batch, step, "applied", "", 0, err);
    if (rc == SKN_OK)
        batch_write(render, &batch);
    else
        skn_batch_finish(&batch);
    if (rc == SKN_OK && own)
        rc = part_write(render, SKN_SCRIPT_COMMIT, skn_str(""), err);
    skn_rows_change(render->rows, step);
    return rc;
}

static int settings_restore(struct skn_render *render, const struct skn_script *script,
                            struct skn_error *err)
{
    if (render->alembic || !script || !script->touches_session)
        return SKN_OK;
    int rc = part_write(render, SKN_SCRIPT_RESET, skn_str(""), err);
    if (rc == SKN_OK)
        rc = part_write(render, SKN_SCRIPT_PLACE, skn_str(""), err);
    session_write(render);
    return rc;
}

static int step_write(struct skn_render *render, struct skn_error *err)
{
    const struct skn_script *script;
    const json_t *step = json_array_get(render->steps, render->step);
    int rc = script_get(render, "script", &script, err);
    int off = script && script->off;
    if (rc == SKN_OK && (!off || render->step == 0))
        rc = begin_write(render, err);
    if (rc == SKN_OK && render->step == 0)
        rc = tables_write(render, err);
    if (rc != SKN_OK)
        return rc;
    skn_buf_addf(&render->out, "-- Running %s", skn_json_text(step, "log"));
    paragraph_end(render);
    if (off)
        rc = commit_write(render, err);
    if (rc == SKN_OK)
        rc = body_write(render, script, err);
    if (rc == SKN_OK && off)
        rc = begin_write(render, err);
    if (rc == SKN_OK)
        rc = verify_write(render, err);
    if (rc == SKN_OK)
        rc = ledger_write(render, err);
    return rc == SKN_OK ? settings_restore(render, script, err) : rc;
}

/* ---- all ---- */

static int off_check(struct skn_render *render, struct skn_error *err)
{
    const struct skn_script *script;
    int rc = SKN_OK;
    if (!render->transactional ||
        strcmp(skn_json_text(render->job->request, "transaction"), "target") != 0)
        return SKN_OK;
    for (render->step = 0; rc == SKN_OK && render->step < json_array_size(render->steps);
         render->step++) {
        rc = script_get(render, "script", &script, err);
        if (rc == SKN_OK && script && script->off)
            return skn_error_set(err, SKN_E_CONFIG,
                                 "transaction = \"target\" cannot hold a revision with "
                                 "transaction=off; stop before it, or use \"revision\"");
    }
    return rc;
}

static int prepare(struct skn_render *render, struct skn_error *err)
{
    const struct skn_driver *driver = &render->session->loaded.driver;
    struct skn_buf now = {0};
    render->alembic = !render->job->log;
    render->transactional = (driver->caps & SKN_CAP_DDL_TX) &&
                            (!render->alembic || (driver->dialect->flags & SKN_DIALECT_ALEMBIC_TX));
    int rc = skn_ledger_init(&render->ledger, render->job, render->session, err);
    if (rc == SKN_OK)
        rc = skn_session_script(render->session, SKN_SCRIPT_NOW, render->job->options, skn_str(""),
                                &now, err);
    render->ledger.style = render->alembic ? SKN_LEDGER_ALEMBIC : SKN_LEDGER_SCRIPT;
    render->ledger.now =
        skn_arena_strdup((struct skn_arena *)(uintptr_t)&render->job->arena, skn_buf_text(&now));
    skn_buf_finish(&now);
    return rc == SKN_OK ? off_check(render, err) : rc;
}

/* As Alembic before 1.19; a script with the log leaves what a run would. */
static void drop_write(struct skn_render *render)
{
    struct skn_batch batch;
    if (!render->alembic || json_array_size(render->rows) > 0 ||
        json_array_size(render->steps) == 0)
        return;
    skn_batch_init(&batch);
    skn_ledger_add_drop(&render->ledger, &batch);
    batch_write(render, &batch);
}

/* Alembic before 1.19 drops it in the same script; that is no version table ensured. */
static int table_write(struct skn_render *render, struct skn_error *err)
{
    struct skn_batch batch;
    int rc = begin_write(render, err);
    if (rc != SKN_OK)
        return rc;
    skn_batch_init(&batch);
    skn_ledger_add_versions(&render->ledger, &batch);
    batch_write(render, &batch);
    return commit_write(render, err);
}

static int steps_write(struct skn_render *render, struct skn_error *err)
{
    int each = strcmp(skn_json_text(render->job->request, "transaction"), "revision") == 0;
    int rc = render->alembic && !each ? begin_write(render, err) : SKN_OK;
    for (render->step = 0; rc == SKN_OK && render->step < json_array_size(render->steps);
         render->step++) {
        rc = step_write(render, err);
        if (rc == SKN_OK && each)
            rc = commit_write(render, err);
        if (rc != SKN_OK)
            return rc;
    }
    drop_write(render);
    return rc == SKN_OK ? commit_write(render, err) : rc;
}

int skn_render_run(struct skn_render *render, struct skn_error *err)
{
    render->failed_script = -1;
    int rc = prepare(render, err);
    if (rc == SKN_OK)
        rc = opening_write(render, err);
    if (rc == SKN_OK)
        rc = render->table_only ? table_write(render, err) : steps_write(render, err);
    if (rc == SKN_OK)
        text_say(render, 1);
    return rc;
}

void skn_render_finish(struct skn_render *render)
{
    skn_ledger_finish(&render->ledger);
    skn_buf_finish(&render->out);
}
