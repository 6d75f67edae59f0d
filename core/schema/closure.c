/*
 * What follows from a difference: dependents of what goes away or is rebuilt. It knows nothing of
 * order, and nothing of drivers.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "schema/compare.h"

struct wave {
    struct skn_comparison *comparison;
    uint32_t *stack; /* pairs whose dependents are still to be looked at */
    size_t count;
};

static int holds_rows(const struct wave *wave, const struct skn_object *object)
{
    return (wave->comparison->kinds[object->kind].flags & SKN_KIND_DATA) != 0;
}

static void push(struct wave *wave, uint32_t pair)
{
    wave->stack[wave->count++] = pair;
}

/* Does what needs this pair have to be out of the way while it changes? */
static int is_rebuilt(const struct skn_object_pair *pair)
{
    return (pair->op == SKN_CHANGE_ALTER && pair->rebuild) || pair->through;
}

static int needs(const struct skn_object *object, const struct skn_object *needed)
{
    for (uint32_t i = 0; needed && i < object->needs.count; i++)
        if (object->needs.items[i] == needed)
            return 1;
    return 0;
}

static int rows_in_the_way(const struct wave *wave, const struct skn_object_pair *pair,
                           const struct skn_object_pair *needed, struct skn_error *err)
{
    const struct skn_kind *kinds = wave->comparison->kinds;
    return skn_error_set(err, SKN_E_UNSUPPORTED,
                         "%s %.*s would have to be dropped and made again, and %s %.*s, which "
                         "holds rows, needs it; write the revision by hand",
                         kinds[needed->from->kind].name, SKN_FMT(needed->from->id),
                         kinds[pair->from->kind].name, SKN_FMT(pair->from->id));
}

/* Something with rows stays where it is, and hands the wave on. */
static int reach_rows(struct wave *wave, uint32_t index, const struct skn_object_pair *needed,
                      struct skn_error *err)
{
    struct skn_object_pair *pair = &wave->comparison->pairs[index];
    if (is_rebuilt(needed)) {
        if (pair->from->parent == needed->from || pair->through)
            return SKN_OK;
        pair->through = 1;
        push(wave, index);
        return SKN_OK;
    }
    if (needed->op == SKN_CHANGE_REPLACE && pair->to && needs(pair->to, needed->to))
        return rows_in_the_way(wave, pair, needed, err);
    return SKN_OK;
}

static int reach(struct wave *wave, uint32_t index, const struct skn_object_pair *needed,
                 struct skn_error *err)
{
    struct skn_object_pair *pair = &wave->comparison->pairs[index];
    int has_rows = holds_rows(wave, pair->from);
    if (has_rows && (pair->op != SKN_CHANGE_DROP || is_rebuilt(needed)))
        return reach_rows(wave, index, needed, err);
    if (pair->op == SKN_CHANGE_DROP || pair->op == SKN_CHANGE_REPLACE)
        return SKN_OK;
    if (needed->op == SKN_CHANGE_DROP && !needed->through && pair->op == SKN_CHANGE_ALTER)
        return SKN_OK;
    if (needed->op == SKN_CHANGE_ALTER && !is_rebuilt(needed))
        return SKN_OK;
    pair->op = SKN_CHANGE_REPLACE;
    push(wave, index);
    return SKN_OK;
}

static int change_refused(const struct wave *wave, const struct skn_object_pair *pair,
                          struct skn_error *err)
{
    struct skn_buf text = {0};
    skn_pair_describe(wave->comparison, pair, &text);
    int rc = skn_error_set(err, SKN_E_UNSUPPORTED,
                           "%s; this cannot be done without loss, write the revision by hand",
                           skn_buf_text(&text));
    skn_buf_finish(&text);
    return rc;
}

static int wave_start(struct wave *wave, const uint8_t *forced, struct skn_error *err)
{
    for (uint32_t i = 0; i < wave->comparison->count; i++) {
        struct skn_object_pair *pair = &wave->comparison->pairs[i];
        if (pair->refused)
            return change_refused(wave, pair, err);
        if (forced[i])
            pair->op = SKN_CHANGE_REPLACE;
        if (pair->from &&
            (pair->op == SKN_CHANGE_DROP || pair->op == SKN_CHANGE_REPLACE || is_rebuilt(pair)))
            push(wave, i);
    }
    return SKN_OK;
}

int skn_comparison_close(struct skn_comparison *comparison, const uint8_t *forced,
                         struct skn_error *err)
{
    struct wave wave = {.comparison = comparison};
    /* A pair comes once as what it is, and once more when it becomes another. */
    wave.stack = skn_alloc_array((size_t)comparison->count * 3 + 1, sizeof *wave.stack);
    int rc = wave_start(&wave, forced, err);
    while (rc == SKN_OK && wave.count > 0) {
        const struct skn_object_pair *needed = &comparison->pairs[wave.stack[--wave.count]];
        const struct skn_objects *dependents = &needed->from->dependents;
        for (uint32_t i = 0; rc == SKN_OK && i < dependents->count; i++)
            rc = reach(&wave, comparison->by_from[dependents->items[i]->index], needed, err);
    }
    free(wave.stack);
    return rc;
}
