/*
 * Histories made in memory, for graphs too large or too many to write as files.
 */
#ifndef SKN_TESTS_HISTORY_MADE_H
#define SKN_TESTS_HISTORY_MADE_H

#include "fixture.h"
#include "history/graph.h"
#include "history/index.h"

struct made {
    struct skn_history history;
    struct skn_header *places;
    size_t room;
    struct skn_faults faults;
};

static inline void made_init(struct made *made, size_t count)
{
    *made = (struct made){.faults = {.first = SKN_ERROR_INIT}};
    skn_arena_init(&made->history.arena);
    skn_index_create(&made->history);
    made->places = calloc(count ? count : 1, sizeof *made->places);
    assert_non_null(made->places);
    made->room = count;
    made->history.revisions =
        skn_arena_alloc_array(&made->history.arena, count, sizeof *made->history.revisions);
}

static inline void made_finish(struct made *made)
{
    skn_history_finish(&made->history);
    free(made->places);
}

/* Appends a name to a list that has room for it. */
static inline void made_link(struct made *made, struct skn_items *items, size_t to)
{
    const char **texts =
        skn_arena_alloc_array(&made->history.arena, items->count + 1, sizeof *texts);
    uint32_t *columns =
        skn_arena_alloc_array(&made->history.arena, items->count + 1, sizeof *columns);
    for (size_t i = 0; i < items->count; i++)
        texts[i] = items->items[i];
    texts[items->count] = skn_arena_printf(&made->history.arena, "r%06zu", to);
    *items = (struct skn_items){texts, columns, items->count + 1, 2};
}

static inline size_t made_add(struct made *made)
{
    size_t index = made->history.count++;
    assert_true(index < made->room);
    made->history.revisions[index] = (struct skn_revision){
        .id = skn_arena_printf(&made->history.arena, "r%06zu", index),
        .path = "made",
        .message = "made",
        .index = (uint32_t)index,
        .id_line = 1,
    };
    return index;
}

static inline int made_build(struct made *made)
{
    skn_graph_build(&made->history, made->places, 1, &made->faults);
    return made->faults.count == 0;
}

/* A small generator, the same on every machine. */
static inline uint32_t made_random(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*seed >> 8) * below >> 24);
}

/* Parents and dependencies among the revisions before; per_mille: how often. */
static inline void made_fill(struct made *made, size_t count, uint32_t *seed, uint32_t bases,
                             uint32_t merges, uint32_t depends)
{
    for (size_t i = 0; i < count; i++) {
        made_add(made);
        if (i == 0)
            continue;
        uint32_t reach = (uint32_t)(i < 8 ? i : 8);
        if (made_random(seed, 1000) >= bases)
            made_link(made, &made->places[i].parents, i - 1 - made_random(seed, reach));
        if (made->places[i].parents.count && made_random(seed, 1000) < merges) {
            size_t other = made_random(seed, (uint32_t)i);
            char name[16];
            snprintf(name, sizeof name, "r%06zu", other);
            if (strcmp(name, made->places[i].parents.items[0]) != 0)
                made_link(made, &made->places[i].parents, other);
        }
        if (made_random(seed, 1000) < depends)
            made_link(made, &made->places[i].depends, made_random(seed, (uint32_t)i));
    }
}

#endif
