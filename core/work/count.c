/*
 * Counting rows by what the driver says a DROP would take with it. It knows no SQL.
 */
#include "work/count.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "schema/plan.h"

struct count {
    const struct skn_object *object;
    const char *probe;
    int64_t rows; /* -1: not known */
};

struct counts {
    struct skn_schema_plan plan; /* the probes */
    struct count *items;
    size_t count;
    size_t room;
};

static int holds(const struct skn_picture *picture, const struct skn_object *object)
{
    return (picture->kinds[object->kind].flags & SKN_KIND_DATA) != 0;
}

static void probe_add(struct counts *counts, const struct skn_session *session,
                      const struct skn_looking *looking, const struct skn_object *object)
{
    struct skn_change drop = {.size = sizeof drop, .op = SKN_CHANGE_DROP, .from = object};
    struct skn_error ignored = SKN_ERROR_INIT;
    size_t first = counts->plan.count;
    if (skn_schema_plan_write(&counts->plan, &drop, skn_session_facet(session), &looking->options,
                              &ignored) != SKN_OK)
        return;
    while (first < counts->plan.count && !counts->plan.statements[first].probe[0])
        first++;
    if (first == counts->plan.count)
        return;
    counts->items = skn_grow(counts->items, counts->count, &counts->room, sizeof *counts->items);
    counts->items[counts->count++] =
        (struct count){object, counts->plan.statements[first].probe, -1};
}

static int row_take(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct counts *counts = ctx;
    char text[32];
    char *end;
    if (step >= counts->count || count == 0 || !columns[0].ptr || columns[0].len >= sizeof text)
        return 0;
    memcpy(text, columns[0].ptr, columns[0].len);
    text[columns[0].len] = '\0';
    errno = 0;
    long long rows = strtoll(text, &end, 10);
    if (!errno && end != text && !*end && rows >= 0)
        counts->items[step].rows = rows;
    return 0;
}

/* All in one batch. */
static int all_ask(struct counts *counts, struct skn_session *session)
{
    struct skn_step *steps = skn_alloc_array(counts->count, sizeof *steps);
    struct skn_events events = {.size = sizeof events, .ctx = counts, .row = row_take};
    struct skn_error ignored = SKN_ERROR_INIT;
    for (size_t i = 0; i < counts->count; i++)
        steps[i] = (struct skn_step){.sql = skn_str(counts->items[i].probe), .op = SKN_STEP_SQL};
    int rc = skn_session_exec(session, steps, (uint32_t)counts->count, &events, 0, &ignored);
    free(steps);
    return rc;
}

json_t *skn_rows_count(struct skn_session *session, const struct skn_looking *looking,
                       const struct skn_picture *picture)
{
    struct counts counts = {0};
    json_t *found = json_object();
    skn_schema_plan_init(&counts.plan);
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct skn_object *object = &picture->objects[i];
        if (holds(picture, object) && !(object->parent && holds(picture, object->parent)))
            probe_add(&counts, session, looking, object);
    }
    if (counts.count > 0)
        all_ask(&counts, session);
    for (size_t i = 0; i < counts.count; i++) {
        const struct skn_object *object = counts.items[i].object;
        struct skn_buf key = {0};
        skn_buf_addf(&key, "%s %.*s", picture->kinds[object->kind].name, SKN_FMT(object->id));
        if (counts.items[i].rows >= 0)
            json_object_set_new(found, skn_buf_text(&key), json_integer(counts.items[i].rows));
        skn_buf_finish(&key);
    }
    skn_schema_plan_finish(&counts.plan);
    free(counts.items);
    return found;
}

void skn_rows_compare(const json_t *before, const json_t *after, const char *when, int less,
                      json_t *losses)
{
    const char *what;
    json_t *rows;
    json_object_foreach((json_t *)(uintptr_t)before, what, rows)
    {
        json_t *now = json_object_get(after, what);
        json_int_t was = json_integer_value(rows);
        if (!now || json_integer_value(now) == was || (less && json_integer_value(now) > was))
            continue;
        json_array_append_new(losses, json_pack("{s:s, s:s, s:I, s:O}", "what", what, "when", when,
                                                "before", was, "after", now));
    }
}
