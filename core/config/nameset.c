/*
 * Names by hash. It knows nothing of what they name.
 */
#include "config/nameset.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <uthash.h>

#include "base/alloc.h"

#undef uthash_malloc
#define uthash_malloc(size) skn_alloc(size)

/* Names may come from anybody: with a key that nobody knows they cannot be made to collide. */
#undef HASH_FUNCTION
#define HASH_FUNCTION(name, len, out)                                                              \
    do {                                                                                           \
        (out) = keyed_hash((name), (len));                                                         \
    } while (0)

struct entry {
    const char *name;
    uint32_t number;
    UT_hash_handle hh;
};

enum { BLOCK = 1024 };

/* Entries in blocks: one allocation for many, and none ever moves. */
struct block {
    struct block *next;
    size_t used;
    struct entry entries[BLOCK];
};

struct skn_nameset {
    struct entry *head;
    struct block *blocks;
};

static unsigned keyed_hash(const void *name, size_t len)
{
    static unsigned char key[crypto_shorthash_KEYBYTES];
    static int made;
    unsigned char hash[crypto_shorthash_BYTES];
    unsigned out;
    if (!made) {
        randombytes_buf(key, sizeof key);
        made = 1;
    }
    crypto_shorthash(hash, name, len, key);
    memcpy(&out, hash, sizeof out);
    return out;
}

struct skn_nameset *skn_nameset_create(void)
{
    return skn_alloc(sizeof(struct skn_nameset));
}

void skn_nameset_destroy(struct skn_nameset *set)
{
    if (!set)
        return;
    HASH_CLEAR(hh, set->head);
    struct block *block = set->blocks;
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(set);
}

static struct entry *entry_new(struct skn_nameset *set)
{
    if (!set->blocks || set->blocks->used == BLOCK) {
        struct block *block = skn_alloc(sizeof *block);
        block->next = set->blocks;
        set->blocks = block;
    }
    return &set->blocks->entries[set->blocks->used++];
}

int skn_nameset_find(const struct skn_nameset *set, const char *name, uint32_t *number)
{
    struct entry *entry;
    HASH_FIND_STR(set->head, name, entry);
    if (entry && number)
        *number = entry->number;
    return entry != NULL;
}

int skn_nameset_add(struct skn_nameset *set, const char *name, uint32_t number, uint32_t *known)
{
    if (skn_nameset_find(set, name, known))
        return 0;
    struct entry *entry = entry_new(set);
    entry->name = name;
    entry->number = number;
    HASH_ADD_KEYPTR(hh, set->head, name, (unsigned)strlen(name), entry);
    return 1;
}
