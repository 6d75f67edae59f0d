/*
 * Random schemas of ten kinds for the planner: pairs of them, as pictures, and an executor that
 * refuses what a strict server would.
 */
#ifndef RANDOM_SCHEMA_H
#define RANDOM_SCHEMA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schema/plan.h"

enum { OBJECTS = 60, NEEDS_MAX = 6 };
enum { TABLE, COLUMN, DEFAULT, TYPE, FUNC, VIEW, CHECK, INDEX, FK, TRIGGER, KINDS };

static const struct skn_kind kinds[KINDS] = {
    {"table", 3, SKN_KIND_DATA},
    {"column", 4, SKN_KIND_DATA | SKN_KIND_FOLD_ADD | SKN_KIND_FOLD_DROP},
    {"default", 5, SKN_KIND_FOLD_ADD | SKN_KIND_FOLD_DROP},
    {"type", 1, 0},
    {"func", 2, 0},
    {"view", 8, 0},
    {"check", 6, SKN_KIND_FOLD_ADD | SKN_KIND_FOLD_DROP},
    {"index", 7, SKN_KIND_FOLD_DROP},
    {"fk", 9, SKN_KIND_FOLD_ADD | SKN_KIND_FOLD_DROP},
    {"trigger", 10, SKN_KIND_FOLD_DROP},
};

struct made {
    int on;
    int kind;
    int version;
    int parent; /* -1: none */
    int need_count;
    int needs[NEEDS_MAX];
    int slot;
};

struct schema {
    struct made o[OBJECTS];
};

static uint64_t seed;
static int kind_of[OBJECTS]; /* fixed over both sides of a pair */

static inline int below(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)((uint32_t)(seed >> 16) % (uint32_t)n);
}

static inline int needs_it(const struct made *object, int other)
{
    for (int i = 0; i < object->need_count; i++)
        if (object->needs[i] == other)
            return 1;
    return object->parent == other;
}

static inline void need_add(struct made *object, int other)
{
    if (other < 0 || object->need_count >= NEEDS_MAX || needs_it(object, other))
        return;
    object->needs[object->need_count++] = other;
}

static inline int pick(const struct schema *schema, int kind, const int *rank, int limit)
{
    int found[OBJECTS], count = 0;
    for (int i = 0; i < OBJECTS; i++)
        if (schema->o[i].on && schema->o[i].kind == kind && rank[i] < limit)
            found[count++] = i;
    return count ? found[below(count)] : -1;
}

/* ---- making ---- */

static inline void kinds_draw(void)
{
    static const int weights[KINDS] = {3, 5, 1, 2, 2, 2, 1, 1, 2, 1};
    for (int i = 0; i < OBJECTS; i++) {
        int drawn = below(20);
        int kind = 0;
        while (drawn >= weights[kind])
            drawn -= weights[kind++];
        kind_of[i] = kind;
    }
}

/* As it was, where all that it needs is still there and directions allow it. */
static inline int copy_made(struct schema *schema, const struct schema *base, int i,
                            const int *rank)
{
    const struct made *was = &base->o[i];
    int calls = was->kind == VIEW || was->kind == FUNC;
    if (was->parent >= 0 && !schema->o[was->parent].on)
        return 0;
    for (int k = 0; k < was->need_count; k++) {
        int other = was->needs[k];
        int called = schema->o[other].kind == VIEW || schema->o[other].kind == FUNC;
        if (!schema->o[other].on || (calls && called && rank[other] >= rank[i]))
            return 0;
    }
    schema->o[i].parent = was->parent;
    schema->o[i].need_count = was->need_count;
    memcpy(schema->o[i].needs, was->needs, sizeof was->needs);
    schema->o[i].slot = was->slot;
    return 1;
}

static inline int parent_kind(int kind)
{
    switch (kind) {
    case COLUMN:
    case CHECK:
    case INDEX:
    case FK:
        return TABLE;
    case DEFAULT:
        return COLUMN;
    case TRIGGER:
        return below(3) ? TABLE : VIEW;
    default:
        return -1;
    }
}

static inline void columns_need(struct schema *schema, struct made *object)
{
    for (int c = 0; c < OBJECTS; c++)
        if (schema->o[c].on && schema->o[c].kind == COLUMN &&
            schema->o[c].parent == object->parent && below(2))
            need_add(object, c);
}

static inline void needs_draw(struct schema *schema, int i, const int *rank)
{
    enum { ALL = 1 << 30 };
    struct made *object = &schema->o[i];
    int calls = object->kind == VIEW || object->kind == FUNC;
    if (object->kind == CHECK || object->kind == INDEX)
        columns_need(schema, object);
    for (int n = object->kind == VIEW ? 1 + below(3) : 0; n > 0; n--)
        need_add(object, pick(schema, COLUMN, rank, ALL));
    if (object->kind == FK) {
        need_add(object, pick(schema, TABLE, rank, ALL));
        need_add(object, pick(schema, COLUMN, rank, ALL));
    }
    if ((object->kind == COLUMN || object->kind == DEFAULT) && below(3) == 0)
        need_add(object, pick(schema, TYPE, rank, ALL));
    if ((object->kind == DEFAULT && below(2)) || object->kind == TRIGGER ||
        (object->kind == CHECK && below(4) == 0))
        need_add(object, pick(schema, FUNC, rank, ALL));
    if (object->kind == FUNC && below(2))
        need_add(object, pick(schema, TYPE, rank, ALL));
    if (object->kind == FUNC && below(3) == 0)
        need_add(object, pick(schema, COLUMN, rank, ALL));
    if (calls && below(3) == 0)
        need_add(object, pick(schema, FUNC, rank, rank[i]));
    if (calls && below(2))
        need_add(object, pick(schema, VIEW, rank, rank[i]));
}

static inline void object_make(struct schema *schema, const struct schema *base, int i,
                               const int *rank)
{
    struct made *object = &schema->o[i];
    int was_on = base && base->o[i].on;
    if (was_on && base->o[i].version == object->version) {
        if (copy_made(schema, base, i, rank))
            return;
        object->version += 1 + below(3);
    }
    int above = parent_kind(object->kind);
    if (above >= 0) {
        object->parent = was_on ? base->o[i].parent : pick(schema, above, rank, 1 << 30);
        if (object->parent < 0 || !schema->o[object->parent].on) {
            object->on = 0;
            return;
        }
    }
    needs_draw(schema, i, rank);
}

static inline int slot_taken(const struct schema *schema, int slot, int except)
{
    for (int i = 0; i < OBJECTS; i++)
        if (i != except && schema->o[i].on && schema->o[i].slot == slot)
            return 1;
    return 0;
}

static inline int is_relation(int i)
{
    return kind_of[i] == TABLE || kind_of[i] == VIEW || kind_of[i] == INDEX;
}

/* Some new relations take the place of one that goes. */
static inline void slots_give(struct schema *schema, const struct schema *base)
{
    for (int i = 0; i < OBJECTS; i++) {
        struct made *object = &schema->o[i];
        if (base && base->o[i].on)
            object->slot = base->o[i].slot;
        else
            object->slot = (base ? 1000 : 0) + i;
    }
    for (int i = 0; base && i < OBJECTS; i++) {
        int j = below(OBJECTS);
        if (is_relation(i) && is_relation(j) && schema->o[i].on && !base->o[i].on &&
            base->o[j].on && !schema->o[j].on && !slot_taken(schema, base->o[j].slot, i))
            schema->o[i].slot = base->o[j].slot;
    }
}

/* Directions of needs are drawn anew, so that they may turn round between the sides of a pair. */
static inline void schema_make(struct schema *schema, const struct schema *base)
{
    static const int order[KINDS] = {TABLE,   TYPE,  COLUMN, FUNC, VIEW,
                                     DEFAULT, CHECK, INDEX,  FK,   TRIGGER};
    int rank[OBJECTS];
    memset(schema, 0, sizeof *schema);
    for (int i = 0; i < OBJECTS; i++) {
        int was_on = base && base->o[i].on;
        rank[i] = below(1000);
        schema->o[i] = (struct made){.kind = kind_of[i], .parent = -1};
        schema->o[i].on = base ? below(10) < (was_on ? 8 : 3) : below(10) < 6;
        schema->o[i].version = was_on && below(3) ? base->o[i].version : below(6);
    }
    for (int pass = 0; pass < KINDS; pass++)
        for (int i = 0; i < OBJECTS; i++)
            if (schema->o[i].on && schema->o[i].kind == order[pass])
                object_make(schema, base, i, rank);
    slots_give(schema, base);
}

/* ---- as a picture ---- */

static inline struct skn_str id_text(int i)
{
    static char texts[OBJECTS][16];
    snprintf(texts[i], sizeof texts[i], "o%02d", i);
    return skn_str(texts[i]);
}

static inline void picture_make(const struct schema *schema, struct skn_picture *picture)
{
    struct skn_sink sink;
    struct skn_error err = SKN_ERROR_INIT;
    skn_picture_init(picture, kinds, KINDS, &sink);
    for (int i = 0; i < OBJECTS; i++) {
        const struct made *object = &schema->o[i];
        char version[16], slot[16];
        if (!object->on)
            continue;
        snprintf(version, sizeof version, "%d", object->version);
        snprintf(slot, sizeof slot, "%d", object->slot);
        struct skn_fact fact = {.size = sizeof fact,
                                .kind = (uint32_t)object->kind,
                                .id = id_text(i),
                                .name = id_text(i),
                                .slot = skn_str(slot),
                                .definition = skn_str(version),
                                .parent_kind = SKN_KIND_NONE};
        if (object->parent >= 0) {
            fact.parent_kind = (uint32_t)schema->o[object->parent].kind;
            fact.parent_id = id_text(object->parent);
        }
        assert_int_equal(sink.object(sink.ctx, &fact), SKN_OK);
        for (int k = 0; k < object->need_count; k++)
            sink.need(sink.ctx, fact.kind, fact.id, (uint32_t)schema->o[object->needs[k]].kind,
                      id_text(object->needs[k]));
    }
    assert_int_equal(skn_picture_link(picture, &err), SKN_OK);
}

/* ---- a strict server ---- */

static const char *why;

static inline int refuse(const char *reason)
{
    why = reason;
    return 0;
}

static inline int same(const struct made *a, const struct made *b)
{
    return a->version == b->version && a->parent == b->parent;
}

static inline int changed(const struct schema *from, const struct schema *to, int i)
{
    return !from->o[i].on || !to->o[i].on || !same(&from->o[i], &to->o[i]);
}

static inline int has_rows(int i)
{
    return kind_of[i] == TABLE || kind_of[i] == COLUMN;
}

static inline int drop_run(struct schema *now, int i, const uint8_t *together)
{
    if (!now->o[i].on)
        return refuse("drop of what is not there");
    for (int d = 0; d < OBJECTS; d++)
        if (d != i && now->o[d].on && !together[d] && needs_it(&now->o[d], i))
            return refuse("drop under a dependent");
    return 1;
}

static inline int needs_there(const struct schema *now, const struct schema *from,
                              const struct schema *to, int i, const uint8_t *together)
{
    for (int d = 0; d < OBJECTS; d++) {
        if (d == i || together[d] || !needs_it(&to->o[i], d))
            continue;
        if (!now->o[d].on)
            return refuse("a need is not there");
        if (changed(from, to, d) && !same(&now->o[d], &to->o[d]))
            return refuse("a need is still as it was");
    }
    return 1;
}

static inline int place_free(const struct schema *now, const struct schema *to, int i)
{
    if (now->o[i].on)
        return refuse("creation of what is there");
    return slot_taken(now, to->o[i].slot, i) ? refuse("the place is taken") : 1;
}

static inline int nothing_on(const struct schema *now, int i)
{
    for (int d = 0; d < OBJECTS; d++) {
        if (!now->o[d].on || !needs_it(&now->o[d], i))
            continue;
        if (!has_rows(d))
            return refuse("rebuilt under a dependent");
        for (int e = 0; kind_of[i] != TABLE && e < OBJECTS; e++)
            if (now->o[e].on && !has_rows(e) && needs_it(&now->o[e], d))
                return refuse("rebuilt under an indirect dependent");
    }
    return 1;
}

static inline int is_rebuilding(int kind, int from_version, int to_version)
{
    return kind == COLUMN || (kind == TYPE && ((from_version + to_version) & 1));
}

/* One statement: "D12 D13" or "A12" or "C1 C2". */
static inline int statement_run(struct schema *now, const struct schema *from,
                                const struct schema *to, const char *text)
{
    uint8_t together[OBJECTS] = {0};
    int list[OBJECTS], count = 0;
    for (const char *at = text; *at; at += 4) {
        list[count] = (int)strtol(at + 1, NULL, 10);
        together[list[count++]] = 1;
    }
    for (int k = 0; k < count; k++) {
        int i = list[k];
        int good =
            text[0] == 'D' ? drop_run(now, i, together) : needs_there(now, from, to, i, together);
        if (good && text[0] == 'C')
            good = place_free(now, to, i);
        if (good && text[0] == 'A' &&
            is_rebuilding(kind_of[i], from->o[i].version, to->o[i].version))
            good = nothing_on(now, i);
        if (!good)
            return 0;
    }
    for (int k = 0; k < count; k++) {
        now->o[list[k]] = to->o[list[k]];
        if (text[0] == 'D')
            now->o[list[k]].on = 0;
    }
    return 1;
}

static inline int plan_run(const struct schema *from, const struct schema *to,
                           const struct skn_schema_plan *plan)
{
    struct schema now = *from;
    for (size_t i = 0; i < plan->count; i++)
        if (!statement_run(&now, from, to, plan->statements[i].text))
            return 0;
    for (int i = 0; i < OBJECTS; i++)
        if (now.o[i].on != to->o[i].on || (now.o[i].on && !same(&now.o[i], &to->o[i])))
            return refuse("the end is not what was wanted");
    return 1;
}

/* ---- a driver of these kinds ---- */

static inline uint32_t made_classify(const struct skn_schema_host *host,
                                     const struct skn_object *from, const struct skn_object *to,
                                     struct skn_str key, const struct skn_schema_options *options)
{
    int kind = (int)host->kind(from);
    int before = (int)strtol(host->definition(from).ptr, NULL, 10);
    int after = (int)strtol(host->definition(to).ptr, NULL, 10);
    (void)key, (void)options;
    if (is_rebuilding(kind, before, after))
        return SKN_CLASS_ALTER | SKN_CLASS_REBUILD;
    if (kind == TABLE || kind == TYPE)
        return SKN_CLASS_ALTER;
    return (kind == FUNC || kind == VIEW) && (before + after) % 3 == 0 ? SKN_CLASS_ALTER
                                                                       : SKN_CLASS_REPLACE;
}

static inline void change_write(struct skn_buf *out, const struct skn_schema_host *host,
                                const struct skn_change *change)
{
    const struct skn_object *object = change->to ? change->to : change->from;
    char letter = change->op == SKN_CHANGE_ADD ? 'C' : change->op == SKN_CHANGE_DROP ? 'D' : 'A';
    skn_buf_addf(out, "%s%c%s", out->len ? " " : "", letter, host->id(object).ptr + 1);
}

static inline int made_render(const struct skn_schema_host *host, const struct skn_change *change,
                              const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_buf text = {0};
    (void)options, (void)err;
    change_write(&text, host, change);
    for (uint32_t i = 0; i < change->member_count; i++)
        change_write(&text, host, change->members[i]);
    skn_buf_addc(&text, ' ');
    struct skn_sql sql = {.size = sizeof sql, .text = skn_buf_str(&text)};
    int rc = host->write(host->ctx, &sql);
    skn_buf_finish(&text);
    return rc;
}

static const struct skn_schema_facet made_facet = {.size = sizeof made_facet,
                                                   .kind_count = KINDS,
                                                   .kinds = kinds,
                                                   .classify = made_classify,
                                                   .render = made_render};

#endif
