/*
 * The links that walks follow down: parents, then the dependencies that no ancestor has already.
 * It knows nothing of names.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "history/graph.h"
#include "history/index.h"

enum { NO_NUMBER = UINT32_MAX, BLOCK = 64 };

struct dropper {
    const struct skn_history *history;
    const uint32_t *order;
    uint32_t *numbers; /* per revision: its number among those that somebody depends on */
    uint32_t count;    /* of numbers */
    size_t *starts;    /* per revision: where its dependencies start in dropped */
    uint8_t *dropped;  /* per dependency */
    uint64_t *have;    /* per revision: dependencies of the current block, its own and above */
};

static void numbers_give(struct dropper *dropper)
{
    const struct skn_history *history = dropper->history;
    size_t edges = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct skn_links *depends = &history->revisions[i].depends;
        dropper->starts[i] = edges;
        dropper->numbers[i] = history->revisions[i].dependants.count ? dropper->count++ : NO_NUMBER;
        edges += depends->count;
    }
    dropper->dropped = skn_alloc(edges);
}

static uint64_t inherited(const struct dropper *dropper, const struct skn_links *parents)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < parents->count; i++)
        bits |= dropper->have[parents->items[i]];
    return bits;
}

/* Sixty-four dependencies at a time, parents first: what a parent has or had is dropped. */
static void block_drop(struct dropper *dropper, uint32_t base)
{
    for (size_t at = 0; at < dropper->history->count; at++) {
        uint32_t index = dropper->order[at];
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
    struct dropper dropper = {.history = history, .order = order};
    dropper.numbers = skn_alloc_array(history->count, sizeof *dropper.numbers);
    dropper.starts = skn_alloc_array(history->count, sizeof *dropper.starts);
    dropper.have = skn_alloc_array(history->count, sizeof *dropper.have);
    numbers_give(&dropper);
    for (uint32_t base = 0; base < dropper.count; base += BLOCK)
        block_drop(&dropper, base);

    struct skn_links *downs = skn_arena_alloc_array(&history->arena, history->count, sizeof *downs);
    for (size_t i = 0; i < history->count; i++)
        downs[i] = downs_of(&dropper, history, &history->revisions[i]);
    history->by_name->downs = downs;
    free(dropper.numbers);
    free(dropper.starts);
    free(dropper.have);
    free(dropper.dropped);
}
