/*
 * Names by hash. It knows nothing of what is a good name.
 */
#include "history/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "history/name.h"

#define uthash_malloc(size) skn_alloc(size)
#include <uthash.h>

struct skn_name {
    const char *folded;
    struct skn_named named;
    UT_hash_handle hh;
};

void skn_index_create(struct skn_history *history)
{
    history->by_name = skn_arena_alloc(&history->arena, sizeof *history->by_name);
}

void skn_index_destroy(struct skn_history_index *index)
{
    if (index)
        HASH_CLEAR(hh, index->names);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void fold(char *out, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = lower(name[i]);
    out[len] = '\0';
}

static struct skn_name *name_find(const struct skn_history *history, const char *folded, size_t len)
{
    struct skn_name *found;
    HASH_FIND(hh, history->by_name->names, folded, len, found);
    return found;
}

struct skn_named skn_index_find(const struct skn_history *history, const char *name)
{
    char folded[SKN_LABEL_MAX + 1];
    size_t len = strlen(name);
    if (!history->by_name || len > SKN_LABEL_MAX)
        return (struct skn_named){0};
    fold(folded, name, len);
    const struct skn_name *found = name_find(history, folded, len);
    return found ? found->named : (struct skn_named){0};
}

struct skn_named skn_index_add(struct skn_history *history, const char *name, uint32_t revision,
                               int is_label)
{
    struct skn_named taken = skn_index_find(history, name);
    if (taken.name)
        return taken;
    size_t len = strlen(name);
    char *folded = skn_arena_strndup(&history->arena, name, len);
    fold(folded, name, len);
    struct skn_name *entry = skn_arena_alloc(&history->arena, sizeof *entry);
    entry->folded = folded;
    entry->named = (struct skn_named){name, revision, is_label};
    HASH_ADD_KEYPTR(hh, history->by_name->names, entry->folded, len, entry);
    return (struct skn_named){0};
}

static const struct skn_revision *exact_find(const struct skn_history *history, const char *name,
                                             int is_label)
{
    struct skn_named found = skn_index_find(history, name);
    if (!found.name || found.is_label != is_label || strcmp(found.name, name) != 0)
        return NULL;
    return &history->revisions[found.revision];
}

const struct skn_revision *skn_history_find(const struct skn_history *history, const char *id)
{
    return exact_find(history, id, 0);
}

const struct skn_revision *skn_history_label(const struct skn_history *history, const char *label)
{
    return exact_find(history, label, 1);
}
