/*
 * Names and links of all revisions: who is whose parent, and what is wrong with that. It knows
 * nothing of files beyond the place of a name in one.
 */
#include "history/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "history/index.h"
#include "history/order.h"

enum { NOBODY = UINT32_MAX };

struct builder {
    struct skn_history *history;
    struct skn_header *places;
    struct skn_faults *faults;
    int all_read;
    uint32_t *linked; /* linked[p] == i + 1: revision i has p as a parent or dependency already */
};

static const char *path_of(const struct builder *builder, uint32_t index)
{
    return builder->history->revisions[index].path;
}

static void name_taken(const struct builder *builder, const char *what, const char *name,
                       struct skn_named taken, uint32_t index, uint32_t line, uint32_t column)
{
    const struct skn_revision *other = &builder->history->revisions[taken.revision];
    uint32_t other_line =
        taken.is_label ? builder->places[taken.revision].labels.line : other->id_line;
    builder->places[index].broken = 1;
    skn_fault_at(builder->faults, path_of(builder, index), line, column,
                 "%s '%s' is %s as %s:%u; change one of them", what, name,
                 strcmp(taken.name, name) != 0 ? "but for case the same"
                 : taken.is_label              ? "the same label"
                                               : "the same id",
                 other->path, other_line);
}

static void ids_add(const struct builder *builder)
{
    struct skn_history *history = builder->history;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        if (!*revision->id)
            continue;
        struct skn_named taken = skn_index_add(history, revision->id, i, 0);
        if (taken.name)
            name_taken(builder, "revision id", revision->id, taken, i, revision->id_line,
                       builder->places[i].id_column);
    }
}

static void labels_add(const struct builder *builder)
{
    struct skn_history *history = builder->history;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct skn_items *labels = &builder->places[i].labels;
        for (size_t at = 0; at < labels->count; at++) {
            struct skn_named taken = skn_index_add(history, labels->items[at], i, 1);
            if (taken.name)
                name_taken(builder, "branch label", labels->items[at], taken, i, labels->line,
                           labels->columns[at]);
        }
    }
}

/* A word of Revises (an exact id) or of Depends On (an exact id or label). */
static uint32_t link_find(const struct builder *builder, const char *text, int labels_too)
{
    struct skn_named found = skn_index_find(builder->history, text);
    if (!found.name || strcmp(found.name, text) != 0 || (found.is_label && !labels_too))
        return NOBODY;
    return found.revision;
}

static void link_missing(const struct builder *builder, uint32_t index,
                         const struct skn_items *items, size_t at, int dependency)
{
    const char *text = items->items[at];
    struct skn_named near = skn_index_find(builder->history, text);
    builder->places[index].broken = 1;
    if (!builder->all_read)
        return;
    if (near.name && near.is_label && !dependency)
        skn_fault_at(builder->faults, path_of(builder, index), items->line, items->columns[at],
                     "'%s' is a branch label; Revises takes the revision's id, '%s'", text,
                     builder->history->revisions[near.revision].id);
    else if (near.name)
        skn_fault_at(builder->faults, path_of(builder, index), items->line, items->columns[at],
                     "no file has revision '%s'; did you mean '%s'?", text, near.name);
    else
        skn_fault_at(builder->faults, path_of(builder, index), items->line, items->columns[at],
                     "no file has revision '%s'%s; restore its file or correct this line", text,
                     dependency ? " or that branch label" : "");
}

static void link_add(const struct builder *builder, uint32_t index, const struct skn_items *items,
                     size_t at, int dependency, uint32_t *out, size_t *count)
{
    const char *id = builder->history->revisions[index].id;
    uint32_t found = link_find(builder, items->items[at], dependency);
    if (found == NOBODY) {
        link_missing(builder, index, items, at, dependency);
    } else if (found == index) {
        builder->places[index].broken = 1;
        skn_fault_at(builder->faults, path_of(builder, index), items->line, items->columns[at],
                     "%s is detected in revisions (%s); a revision cannot come before itself",
                     dependency ? "Dependency self-loop" : "Self-loop", id);
    } else if (builder->linked[found] != index + 1) {
        builder->linked[found] = index + 1;
        out[(*count)++] = found;
    } else if (!dependency) {
        builder->places[index].broken = 1;
        skn_fault_at(builder->faults, path_of(builder, index), items->line, items->columns[at],
                     "'%s' is named twice as a parent; once is enough", items->items[at]);
    }
}

/* A dependency that is a parent too, or named by id and by label, is one link. */
static struct skn_links links_resolve(const struct builder *builder, uint32_t index,
                                      const struct skn_items *items, int dependency)
{
    uint32_t *out = skn_arena_alloc_array(&builder->history->arena, items->count, sizeof *out);
    size_t count = 0;
    for (size_t at = 0; at < items->count; at++)
        link_add(builder, index, items, at, dependency, out, &count);
    return (struct skn_links){out, count};
}

static void links_build(struct builder *builder)
{
    struct skn_history *history = builder->history;
    builder->linked = skn_alloc_array(history->count, sizeof *builder->linked);
    for (uint32_t i = 0; i < history->count; i++) {
        struct skn_revision *revision = &history->revisions[i];
        revision->parents = links_resolve(builder, i, &builder->places[i].parents, 0);
        revision->depends = links_resolve(builder, i, &builder->places[i].depends, 1);
    }
    free(builder->linked);
}

static struct skn_links *links_of(struct skn_revision *revision, int dependency, int reverse)
{
    if (reverse)
        return dependency ? &revision->dependants : &revision->children;
    return dependency ? &revision->depends : &revision->parents;
}

/* Children from parents, or dependants from dependencies: counted first, then laid out in file
 * order. */
static void links_reverse(struct skn_history *history, int dependency)
{
    uint32_t **fill = skn_alloc_array(history->count, sizeof *fill);
    for (size_t i = 0; i < history->count; i++) {
        const struct skn_links *links = links_of(&history->revisions[i], dependency, 0);
        for (size_t at = 0; at < links->count; at++)
            links_of(&history->revisions[links->items[at]], dependency, 1)->count++;
    }
    for (size_t i = 0; i < history->count; i++) {
        struct skn_links *back = links_of(&history->revisions[i], dependency, 1);
        fill[i] = skn_arena_alloc_array(&history->arena, back->count, sizeof **fill);
        back->items = fill[i];
    }
    for (uint32_t i = 0; i < history->count; i++) {
        const struct skn_links *links = links_of(&history->revisions[i], dependency, 0);
        for (size_t at = 0; at < links->count; at++)
            *fill[links->items[at]]++ = i;
    }
    free(fill);
}

static void order_build(struct skn_history *history)
{
    uint8_t *all = skn_alloc(history->count);
    uint32_t *newest_first = skn_alloc_array(history->count, sizeof *newest_first);
    memset(all, 1, history->count);
    skn_order_sort(history, all, newest_first);
    for (uint32_t i = 0; i < history->count; i++) {
        history->order[i] = newest_first[history->count - 1 - i];
        history->rank[history->order[i]] = i;
    }
    free(newest_first);
    free(all);
}

void skn_graph_build(struct skn_history *history, struct skn_header *places, int all_read,
                     struct skn_faults *faults)
{
    struct builder builder = {history, places, faults, all_read, NULL};
    ids_add(&builder);
    labels_add(&builder);
    links_build(&builder);
    links_reverse(history, 0);
    links_reverse(history, 1);
    history->order = skn_arena_alloc_array(&history->arena, history->count, sizeof(uint32_t));
    history->rank = skn_arena_alloc_array(&history->arena, history->count, sizeof(uint32_t));
    if (!skn_cycles_check(history, places, history->order, faults))
        return;
    skn_downs_build(history, history->order);
    order_build(history);
}
