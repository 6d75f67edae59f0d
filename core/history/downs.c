/*
 * The links that walks follow down: parents, then the dependencies that no ancestor has already.
 * It knows nothing of names.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "history/graph.h"
#include "history/index.h"

enum { BLOCK = 64 };

struct dropper {
    const struct skn_history *history;
    const uint32_t *order;
    uint32_t *position; /* per revision: in order */
    uint32_t *targets;  /* what somebody depends on, in order */
    uint32_t *numbers;  /* per revision: its place in targets */
    uint32_t count;     /* of targets */
    size_t *starts;     /* per revision: where its dependencies start in dropped */
    uint8_t *dropped;   /* per dependency */
    uint64_t *have;     /* per revision: targets of the current block, its own and inherited */
};

static void dropper_init(struct dropper *dropper, const struct skn_history *history,
                         const uint32_t *order)
{
    size_t edges = 0;
    size_t count = history->count;
    *dropper = (struct dropper){.history = history, .order = order};
    dropper->position = skn_alloc_array(count, sizeof *dropper->position);
    dropper->targets = skn_alloc_array(count, sizeof *dropper->targets);
    dropper->numbers = skn_alloc_array(count, sizeof *dropper->numbers);
    dropper->starts = skn_alloc_array(count, sizeof *dropper->starts);
    dropper->have = skn_alloc_array(count, sizeof *dropper->have);
    for (uint32_t at = 0; at < count; at++) {
        uint32_t index = order[at];
        dropper->position[index] = at;
        dropper->starts[index] = edges;
        edges += history->revisions[index].depends.count;
        if (history->revisions[index].dependants.count == 0)
            continue;
        dropper->numbers[index] = dropper->count;
        dropper->targets[dropper->count++] = index;
    }
    dropper->dropped = skn_alloc(edges);
}

static void dropper_finish(struct dropper *dropper)
{
    free(dropper->position);
    free(dropper->targets);
    free(dropper->numbers);
    free(dropper->starts);
    free(dropper->have);
    free(dropper->dropped);
}

static uint64_t inherited(const struct dropper *dropper, const struct skn_links *parents)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < parents->count; i++)
        bits |= dropper->have[parents->items[i]];
    return bits;
}

/* What an ancestor along Revises depends on already is dropped. */
static void revision_drop(struct dropper *dropper, uint32_t index, uint32_t base)
{
    const struct skn_revision *revision = &dropper->history->revisions[index];
    uint64_t above = inherited(dropper, &revision->parents);
    uint64_t own = 0;
    for (size_t i = 0; i < revision->depends.count; i++) {
        uint32_t number = dropper->numbers[revision->depends.items[i]];
        if (number - base >= BLOCK)
            continue;
        uint64_t bit = UINT64_C(1) << (number - base);
        if (above & bit)
            dropper->dropped[dropper->starts[index] + i] = 1;
        own |= bit;
    }
    dropper->have[index] = above | own;
}

/* Sixty-four targets at a time, over the part of the order that has their dependants. */
static void block_drop(struct dropper *dropper, uint32_t base)
{
    uint32_t first = UINT32_MAX;
    uint32_t last = 0;
    for (uint32_t number = base; number < dropper->count && number - base < BLOCK; number++) {
        const struct skn_links *dependants =
            &dropper->history->revisions[dropper->targets[number]].dependants;
        for (size_t i = 0; i < dependants->count; i++) {
            uint32_t at = dropper->position[dependants->items[i]];
            first = at < first ? at : first;
            last = at > last ? at : last;
        }
    }
    for (uint32_t at = first; at <= last; at++)
        revision_drop(dropper, dropper->order[at], base);
    for (uint32_t at = first; at <= last; at++)
        dropper->have[dropper->order[at]] = 0;
}

static struct skn_links downs_of(struct dropper *dropper, struct skn_history *history,
                                 const struct skn_revision *revision)
{
    const uint8_t *dropped = dropper->dropped + dropper->starts[revision->index];
    size_t count = revision->parents.count;
    if (revision->depends.count == 0)
        return revision->parents;
    uint32_t *items =
        skn_arena_alloc_array(&history->arena, count + revision->depends.count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = revision->parents.items[i];
    for (size_t i = 0; i < revision->depends.count; i++)
        if (!dropped[i])
            items[count++] = revision->depends.items[i];
    return (struct skn_links){items, count};
}

void skn_downs_build(struct skn_history *history, const uint32_t *order)
{
    struct dropper dropper;
    struct skn_links *downs = skn_arena_alloc_array(&history->arena, history->count, sizeof *downs);
    dropper_init(&dropper, history, order);
    for (uint32_t base = 0; base < dropper.count; base += BLOCK)
        block_drop(&dropper, base);
    for (size_t i = 0; i < history->count; i++)
        downs[i] = downs_of(&dropper, history, &history->revisions[i]);
    history->by_name->downs = downs;
    dropper_finish(&dropper);
}
