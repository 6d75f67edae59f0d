/*
 * Batches: building, running, and collecting the answers. It knows nothing of why a step is there
 * beyond its role.
 */
#include "work/batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "work/ledger.h"

void skn_batch_init(struct skn_batch *batch)
{
    *batch = (struct skn_batch){0};
}

void skn_batch_finish(struct skn_batch *batch)
{
    json_decref(batch->rows);
    json_decref(batch->after);
    skn_arena_finish(&batch->arena);
    free(batch->steps);
    free(batch->parts);
    skn_batch_init(batch);
}

void skn_batch_add(struct skn_batch *batch, enum skn_step_op op, struct skn_str sql,
                   enum skn_role role, uint32_t statement)
{
    batch->steps = skn_grow(batch->steps, batch->count, &batch->room, sizeof *batch->steps);
    batch->parts = skn_grow(batch->parts, batch->count, &batch->parts_room, sizeof *batch->parts);
    batch->steps[batch->count] = (struct skn_step){.sql = sql, .op = (uint32_t)op};
    batch->parts[batch->count] = (struct skn_batch_part){role, statement};
    batch->count++;
}

void skn_batch_addf(struct skn_batch *batch, enum skn_role role, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        skn_alloc_fail();
    const char *kept = skn_arena_strndup(&batch->arena, text, (size_t)len);
    free(text);
    skn_batch_add(batch, SKN_STEP_SQL, skn_str_len(kept, (size_t)len), role, 0);
}

/* Rows are passed on joined by commas, and printed. */
static int is_plain_step(struct skn_str id)
{
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] <= ' ' || id.ptr[i] == ',' || id.ptr[i] == '\x7f')
            return 0;
    return skn_utf8_check(id.ptr, id.len) == id.len;
}

static void version_row_take(struct skn_batch *batch, json_t *rows, struct skn_str id)
{
    if (!id.ptr || id.len == 0 || id.len > 255 || json_array_size(rows) >= SKN_ROWS_MAX ||
        !is_plain_step(id)) {
        batch->rows_bad = 1;
        return;
    }
    json_array_append_new(rows, json_stringn(id.ptr, id.len));
}

/* Tells who may have to explain our death which statement is in hand. */
static void hand_note(const struct skn_batch *batch, uint32_t step)
{
    struct skn_page *page = batch->session->page;
    if (!page)
        return;
    int body = step < batch->count && batch->parts[step].role == SKN_ROLE_BODY;
    page->statement = body ? batch->parts[step].statement + 1 : 0;
    page->deadline = batch->session->deadline;
    page->polled = skn_clock_ms();
}

static int on_row(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct skn_batch *batch = ctx;
    if (step >= batch->count || count == 0)
        return 0;
    const struct skn_batch_part *part = &batch->parts[step];
    if (part->role == SKN_ROLE_VERIFY && !batch->verify_failed)
        batch->verify_failed = part->statement + 1;
    if (part->role == SKN_ROLE_ROWS)
        version_row_take(batch, batch->rows, columns[0]);
    if (part->role == SKN_ROLE_AFTER)
        version_row_take(batch, batch->after, columns[0]);
    return 0;
}

static int on_done(void *ctx, uint32_t step, int64_t rows)
{
    struct skn_batch *batch = ctx;
    if (step != batch->done || step >= batch->count)
        return 1;
    batch->done++;
    if (batch->parts[step].role == SKN_ROLE_CHANGE && rows != 1)
        batch->changes_failed++;
    /* At once, for the driver may die before it returns. */
    if (batch->parts[step].role == SKN_ROLE_COMMIT && batch->session->page)
        batch->session->page->done++;
    batch->session->deadline = batch->limit > 0 ? skn_clock_ms() + batch->limit : 0;
    hand_note(batch, step + 1);
    return 0;
}

int skn_batch_run(struct skn_batch *batch, struct skn_session *session, int64_t first,
                  int64_t limit, struct skn_error *err)
{
    struct skn_events events = {
        .size = sizeof events, .ctx = batch, .row = on_row, .done = on_done};
    batch->session = session;
    batch->limit = limit;
    batch->rows = json_array();
    batch->after = json_array();
    err->step = 0;
    hand_note(batch, 0);
    int rc = skn_session_exec(session, batch->steps, (uint32_t)batch->count, &events, first, err);
    if (rc == SKN_OK && batch->done != batch->count)
        return skn_error_set(err, SKN_E_DRIVER, "the driver reported %u of %zu steps and no error",
                             batch->done, batch->count);
    if (rc != SKN_OK && err->step != batch->done)
        err->step = batch->done;
    return rc;
}
