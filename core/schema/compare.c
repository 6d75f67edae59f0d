/*
 * Finding what differs. It knows nothing of what follows from a difference.
 */
#include "schema/compare.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

enum { SHOWN_MAX = 200 };

struct comparer {
    struct skn_comparison *comparison;
    const struct skn_schema_facet *facet;
    const struct skn_schema_options *options;
    struct skn_attr_change *changes; /* of the pair in hand */
    size_t count, room;
};

/* ---- pairs ---- */

static int pair_compare(const struct skn_object *from, const struct skn_object *to)
{
    if (!from || !to)
        return from ? -1 : 1;
    if (from->kind != to->kind)
        return from->kind < to->kind ? -1 : 1;
    return skn_str_compare(from->id, to->id);
}

static void pairs_make(struct skn_comparison *comparison)
{
    const struct skn_picture *from = comparison->from;
    const struct skn_picture *to = comparison->to;
    comparison->pairs = skn_arena_alloc_array(&comparison->arena, (size_t)from->count + to->count,
                                              sizeof *comparison->pairs);
    comparison->by_from =
        skn_arena_alloc_array(&comparison->arena, from->count, sizeof *comparison->by_from);
    comparison->by_to =
        skn_arena_alloc_array(&comparison->arena, to->count, sizeof *comparison->by_to);
    for (uint32_t i = 0, k = 0; i < from->count || k < to->count;) {
        const struct skn_object *one = i < from->count ? &from->objects[i] : NULL;
        const struct skn_object *other = k < to->count ? &to->objects[k] : NULL;
        int order = pair_compare(one, other);
        struct skn_object_pair *pair = &comparison->pairs[comparison->count];
        if (order <= 0) {
            pair->from = one;
            comparison->by_from[i++] = comparison->count;
        }
        if (order >= 0) {
            pair->to = other;
            comparison->by_to[k++] = comparison->count;
        }
        comparison->count++;
    }
}

static uint32_t pair_of(const struct skn_comparison *comparison, const struct skn_object *object)
{
    return object->picture == comparison->from ? comparison->by_from[object->index]
                                               : comparison->by_to[object->index];
}

static void roots_find(struct skn_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->count; i++) {
        struct skn_object_pair *pair = &comparison->pairs[i];
        const struct skn_object *at = pair->to ? pair->to : pair->from;
        while (at->parent && comparison->kinds[at->kind].flags & SKN_KIND_PART)
            at = at->parent;
        pair->root = pair_of(comparison, at);
    }
}

/* ---- differences of one pair ---- */

static void change_add(struct comparer *comparer, struct skn_str key, struct skn_str from,
                       struct skn_str to)
{
    comparer->changes =
        skn_grow(comparer->changes, comparer->count, &comparer->room, sizeof *comparer->changes);
    comparer->changes[comparer->count++] = (struct skn_attr_change){key, from, to};
}

static void attrs_compare(struct comparer *comparer, const struct skn_object *from,
                          const struct skn_object *to)
{
    const struct skn_str absent = {0};
    for (uint32_t i = 0, k = 0; i < from->attr_count || k < to->attr_count;) {
        const struct skn_attr *one = i < from->attr_count ? &from->attrs[i] : NULL;
        const struct skn_attr *other = k < to->attr_count ? &to->attrs[k] : NULL;
        int order = !one ? 1 : !other ? -1 : skn_str_compare(one->key, other->key);
        const struct skn_attr *either = order <= 0 ? one : other;
        struct skn_str before = order <= 0 ? one->value : absent;
        struct skn_str after = order >= 0 ? other->value : absent;
        i += order <= 0;
        k += order >= 0;
        if (either->attr_class == SKN_ATTR_SEMANTIC && skn_str_compare(before, after) != 0)
            change_add(comparer, either->key, before, after);
    }
}

static uint32_t change_classify(const struct comparer *comparer, const struct skn_object_pair *pair,
                                struct skn_str key)
{
    if (!SKN_HAS(comparer->facet, skn_schema_facet, classify) || !comparer->facet->classify)
        return SKN_CLASS_REPLACE;
    return comparer->facet->classify(&skn_schema_reading, pair->from, pair->to, key,
                                     comparer->options);
}

/* Leaves the changes that are some, and the strongest answer. */
static uint32_t changes_classify(struct comparer *comparer, struct skn_object_pair *pair)
{
    uint32_t strongest = SKN_CLASS_EQUAL;
    size_t count = 0;
    for (size_t i = 0; i < comparer->count; i++) {
        uint32_t answer = change_classify(comparer, pair, comparer->changes[i].key);
        uint32_t level = answer & ~(uint32_t)(SKN_CLASS_REBUILD | SKN_CLASS_CARRY);
        if (level == SKN_CLASS_EQUAL)
            continue;
        comparer->changes[count++] = comparer->changes[i];
        pair->rebuild = pair->rebuild || answer & SKN_CLASS_REBUILD;
        pair->carries = pair->carries || answer & SKN_CLASS_CARRY;
        strongest = level > strongest ? level : strongest;
    }
    comparer->count = count;
    return strongest;
}

static void changes_keep(struct comparer *comparer, struct skn_object_pair *pair)
{
    struct skn_attr_change *kept =
        skn_arena_alloc_array(&comparer->comparison->arena, comparer->count, sizeof *kept);
    for (size_t i = 0; i < comparer->count; i++)
        kept[i] = comparer->changes[i];
    pair->attrs = kept;
    pair->attr_count = (uint32_t)comparer->count;
}

static void pair_judge(struct comparer *comparer, struct skn_object_pair *pair)
{
    if (!pair->from || !pair->to) {
        pair->op = pair->to ? SKN_CHANGE_ADD : SKN_CHANGE_DROP;
        return;
    }
    comparer->count = 0;
    if (skn_str_compare(pair->from->definition, pair->to->definition) != 0)
        change_add(comparer, skn_str(""), pair->from->definition, pair->to->definition);
    attrs_compare(comparer, pair->from, pair->to);
    uint32_t answer = comparer->count ? changes_classify(comparer, pair) : SKN_CLASS_EQUAL;
    int holds_rows = (comparer->comparison->kinds[pair->to->kind].flags & SKN_KIND_DATA) != 0;
    changes_keep(comparer, pair);
    pair->refused = answer >= SKN_CLASS_REFUSE || (answer == SKN_CLASS_REPLACE && holds_rows);
    if (answer == SKN_CLASS_REPLACE && !pair->refused)
        pair->op = SKN_CHANGE_REPLACE;
    else if (answer != SKN_CLASS_EQUAL)
        pair->op = SKN_CHANGE_ALTER;
}

/* What hangs on an object that carries is no change of its own where only one side has it. */
static void carried_leave(struct skn_comparison *comparison)
{
    for (uint32_t i = 0; i < comparison->count; i++) {
        struct skn_object_pair *pair = &comparison->pairs[i];
        const struct skn_object *at = pair->from && pair->to ? NULL
                                      : pair->to             ? pair->to->parent
                                                             : pair->from->parent;
        for (; at && pair->op != SKN_CHANGE_NONE; at = at->parent)
            if (comparison->pairs[pair_of(comparison, at)].carries)
                pair->op = SKN_CHANGE_NONE;
    }
}

/* Parts that come, go or change may rebuild the whole; that is no difference of its own. */
static void wholes_judge(const struct comparer *comparer)
{
    const struct skn_comparison *comparison = comparer->comparison;
    const struct skn_schema_facet *facet = comparer->facet;
    if (!SKN_HAS(facet, skn_schema_facet, rebuilds) || !facet->rebuilds)
        return;
    uint8_t *part_changes = skn_alloc(comparison->count);
    for (uint32_t i = 0; i < comparison->count; i++)
        part_changes[comparison->pairs[i].root] |= comparison->pairs[i].op != SKN_CHANGE_NONE;
    for (uint32_t i = 0; i < comparison->count; i++) {
        struct skn_object_pair *pair = &comparison->pairs[i];
        if (!part_changes[i] || !pair->from || !pair->to || pair->op == SKN_CHANGE_REPLACE ||
            !facet->rebuilds(&skn_schema_reading, pair->from, pair->to, comparer->options))
            continue;
        pair->op = SKN_CHANGE_ALTER;
        pair->rebuild = 1;
    }
    free(part_changes);
}

void skn_comparison_make(struct skn_comparison *comparison, const struct skn_picture *from,
                         const struct skn_picture *to, const struct skn_schema_facet *facet,
                         const struct skn_schema_options *options)
{
    struct comparer comparer = {.comparison = comparison, .facet = facet, .options = options};
    *comparison = (struct skn_comparison){.from = from, .to = to, .kinds = facet->kinds};
    skn_arena_init(&comparison->arena);
    pairs_make(comparison);
    roots_find(comparison);
    for (uint32_t i = 0; i < comparison->count; i++)
        pair_judge(&comparer, &comparison->pairs[i]);
    carried_leave(comparison);
    for (uint32_t i = 0; i < comparison->count; i++)
        comparison->different += comparison->pairs[i].op != SKN_CHANGE_NONE;
    wholes_judge(&comparer);
    free(comparer.changes);
}

void skn_comparison_finish(struct skn_comparison *comparison)
{
    skn_arena_finish(&comparison->arena);
    *comparison = (struct skn_comparison){0};
}

/* ---- for people ---- */

static void shown_add(struct skn_buf *out, struct skn_str text)
{
    if (!text.ptr) {
        skn_buf_adds(out, "nothing");
        return;
    }
    size_t len = text.len < SHOWN_MAX ? text.len : SHOWN_MAX;
    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    skn_text_escape(out, skn_str_len(text.ptr, len), 0);
    skn_buf_adds(out, len < text.len ? "..." : "");
}

void skn_pair_describe(const struct skn_comparison *comparison, const struct skn_object_pair *pair,
                       struct skn_buf *out)
{
    const struct skn_object *object = pair->to ? pair->to : pair->from;
    skn_buf_addf(out, "%s ", comparison->kinds[object->kind].name);
    skn_text_escape(out, object->id, 0);
    if (!pair->from || !pair->to)
        skn_buf_adds(out, pair->to ? ": added" : ": dropped");
    for (uint32_t i = 0; pair->from && pair->to && i < pair->attr_count; i++) {
        const struct skn_attr_change *change = &pair->attrs[i];
        skn_buf_adds(out, i ? "; " : ": ");
        shown_add(out, change->key.len ? change->key : skn_str("definition"));
        skn_buf_adds(out, ": ");
        shown_add(out, change->from);
        skn_buf_adds(out, " -> ");
        shown_add(out, change->to);
    }
}
