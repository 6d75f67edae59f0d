/*
 * What is left of a history whose files are at fault. It knows nothing of what the faults are.
 */
#include "history/graph.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/index.h"

struct healer {
    const struct skn_history *history;
    uint32_t *waiting; /* links down that are not known to be whole */
    uint32_t *whole;   /* the revisions that are, in the order in which they were found */
    size_t count;
};

static void release(struct healer *healer, const struct skn_links *ups,
                    const struct skn_header *places)
{
    for (size_t i = 0; i < ups->count; i++)
        if (--healer->waiting[ups->items[i]] == 0 && !places[ups->items[i]].broken)
            healer->whole[healer->count++] = ups->items[i];
}

/* What is not at fault and stands on nothing that is. What is in a loop is never reached. */
static void whole_find(struct healer *healer, const struct skn_header *places)
{
    const struct skn_history *history = healer->history;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        healer->waiting[i] = (uint32_t)(revision->parents.count + revision->depends.count);
        if (healer->waiting[i] == 0 && !places[i].broken)
            healer->whole[healer->count++] = i;
    }
    for (size_t at = 0; at < healer->count; at++) {
        const struct skn_revision *revision = &history->revisions[healer->whole[at]];
        release(healer, &revision->children, places);
        release(healer, &revision->dependants, places);
    }
}

static void part_keep(struct skn_history *history, struct skn_header *places, const uint8_t *kept)
{
    uint32_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (!kept[i])
            continue;
        struct skn_revision *revision = &history->revisions[count];
        *revision = history->revisions[i];
        places[count] = places[i];
        revision->index = count++;
        revision->children = (struct skn_links){0};
        revision->dependants = (struct skn_links){0};
    }
    history->count = count;
}

void skn_graph_heal(struct skn_history *history, struct skn_header *places)
{
    struct skn_faults none = {.first = SKN_ERROR_INIT};
    struct healer healer = {.history = history};
    uint8_t *kept = skn_alloc(history->count);
    healer.waiting = skn_alloc_array(history->count, sizeof *healer.waiting);
    healer.whole = skn_alloc_array(history->count, sizeof *healer.whole);
    whole_find(&healer, places);
    for (size_t i = 0; i < healer.count; i++)
        kept[healer.whole[i]] = 1;
    part_keep(history, places, kept);
    skn_index_destroy(history->by_name);
    skn_index_create(history);
    skn_graph_build(history, places, 1, &none);
    free(healer.waiting);
    free(healer.whole);
    free(kept);
}
