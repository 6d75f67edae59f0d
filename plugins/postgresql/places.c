/*
 * From the catalogs' numbers to the objects that were reported for them. Knows no catalog.
 */
#include <stdlib.h>
#include <string.h>

#include "facet.h"

/* So many places may stand for each other before it is taken for a circle. */
#define CHAIN_MAX 64

void skn_pg_places_finish(struct skn_pg_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free((void *)(uintptr_t)places->items[i].id.ptr);
    free(places->items);
    free(places->slots);
    *places = (struct skn_pg_places){0};
}

static size_t place_hash(unsigned long class_oid, unsigned long oid, long sub)
{
    uint64_t mixed = (uint64_t)oid * UINT64_C(0x9E3779B97F4A7C15);
    mixed ^= ((uint64_t)class_oid << 17 | (uint64_t)(sub & 0xffff)) * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (size_t)(mixed >> 20);
}

static uint32_t *slot_of(const struct skn_pg_places *places, unsigned long class_oid,
                         unsigned long oid, long sub)
{
    size_t mask = places->slot_room - 1;
    for (size_t at = place_hash(class_oid, oid, sub) & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &places->slots[at];
        const struct skn_pg_place *place = &places->items[*slot ? *slot - 1 : 0];
        if (*slot == 0 || (place->oid == oid && place->sub == sub && place->class_oid == class_oid))
            return slot;
    }
}

/* Twice the room, and everything in its new slot. */
static int places_grow(struct skn_pg_places *places)
{
    size_t room = places->room ? places->room * 2 : 1024;
    struct skn_pg_place *items = realloc(places->items, room * sizeof *items);
    uint32_t *slots = calloc(room * 2, sizeof *slots);
    if (items)
        places->items = items;
    if (!items || !slots) {
        free(slots);
        return 0;
    }
    free(places->slots);
    places->slots = slots;
    places->room = room;
    places->slot_room = room * 2;
    for (size_t i = 0; i < places->count; i++)
        *slot_of(places, items[i].class_oid, items[i].oid, items[i].sub) = (uint32_t)i + 1;
    return 1;
}

void skn_pg_places_add(struct skn_pg_places *places, const struct skn_pg_place *place)
{
    if (places->failed || (places->count == places->room && !places_grow(places))) {
        places->failed = 1;
        return;
    }
    uint32_t *slot = slot_of(places, place->class_oid, place->oid, place->sub);
    char *id = NULL;
    if (*slot)
        return;
    if (place->id.ptr && !(id = strndup(place->id.ptr, place->id.len))) {
        places->failed = 1;
        return;
    }
    places->items[places->count] = *place;
    places->items[places->count].id.ptr = id;
    *slot = (uint32_t)++places->count;
}

const struct skn_pg_place *skn_pg_places_find(const struct skn_pg_places *places,
                                              unsigned long class_oid, unsigned long oid, long sub,
                                              int exactly)
{
    for (int depth = 0; places->count > 0 && depth < CHAIN_MAX; depth++) {
        uint32_t slot = *slot_of(places, class_oid, oid, sub);
        if (!slot && (exactly || sub == 0))
            return NULL;
        if (!slot) {
            sub = 0;
            continue;
        }
        const struct skn_pg_place *place = &places->items[slot - 1];
        if (place->kind != SKN_KIND_NONE)
            return place;
        class_oid = place->other_class;
        oid = place->other_oid;
        sub = place->other_sub;
    }
    return NULL;
}

const struct skn_pg_place *skn_pg_places_own(const struct skn_pg_places *places,
                                             unsigned long class_oid, unsigned long oid, long sub)
{
    uint32_t slot = places->count > 0 && sub > 0 ? *slot_of(places, class_oid, oid, sub) : 0;
    if (slot && places->items[slot - 1].kind == SKN_KIND_NONE &&
        places->items[slot - 1].other_class == class_oid)
        sub = 0;
    return skn_pg_places_find(places, class_oid, oid, sub, 0);
}
