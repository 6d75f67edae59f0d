/*
 * Taking in what a driver reports. It knows nothing of comparison.
 */
#include "schema/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

enum { OBJECTS_MAX = 10000000 };

struct need {
    uint32_t from_kind;
    uint32_t to_kind;
    struct skn_str from_id;
    struct skn_str to_id;
};

struct parent {
    uint32_t kind;
    struct skn_str id;
};

/* What is kept only until everything is reported. */
struct skn_picture_draft {
    struct skn_object *objects;
    struct parent *parents; /* per reported object */
    size_t count, room, parent_room;
    struct need *needs;
    size_t need_count, need_room;
    struct skn_buf unmodelled;
    struct skn_object **from; /* resolved needs */
    struct skn_object **to;
    size_t link_count;
};

int skn_str_compare(struct skn_str a, struct skn_str b)
{
    if (!a.ptr || !b.ptr)
        return (a.ptr != NULL) - (b.ptr != NULL);
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least ? memcmp(a.ptr, b.ptr, least) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static struct skn_str kept(struct skn_picture *picture, struct skn_str text)
{
    if (!text.ptr)
        return text;
    return (struct skn_str){skn_arena_strndup(&picture->arena, text.ptr, text.len), text.len};
}

/* Texts of several lines have the line ends of files, wherever they were written: no file of ours
 * keeps others, and none of them means anything. */
static struct skn_str kept_lines(struct skn_picture *picture, struct skn_str text)
{
    struct skn_str kept_text = kept(picture, text);
    char *at = (char *)(uintptr_t)kept_text.ptr;
    size_t len = 0;
    if (!at || !memchr(at, '\r', text.len))
        return kept_text;
    for (size_t i = 0; i < text.len; i++)
        if (at[i] != '\r' || i + 1 == text.len || at[i + 1] != '\n')
            at[len++] = at[i];
    at[len] = '\0';
    return (struct skn_str){at, len};
}

static int attr_compare(const void *a, const void *b)
{
    const struct skn_attr *one = a;
    const struct skn_attr *other = b;
    return skn_str_compare(one->key, other->key);
}

static const struct skn_attr *attrs_keep(struct skn_picture *picture, const struct skn_fact *fact)
{
    struct skn_attr *attrs =
        skn_arena_alloc_array(&picture->arena, fact->attr_count, sizeof *attrs);
    for (uint32_t i = 0; i < fact->attr_count; i++)
        attrs[i] = (struct skn_attr){.key = kept(picture, fact->attrs[i].key),
                                     .value = kept_lines(picture, fact->attrs[i].value),
                                     .attr_class = fact->attrs[i].attr_class};
    qsort(attrs, fact->attr_count, sizeof *attrs, attr_compare);
    return attrs;
}

static int object_take(void *ctx, const struct skn_fact *given)
{
    struct skn_picture *picture = ctx;
    struct skn_picture_draft *draft = picture->draft;
    struct skn_fact fact = {.parent_kind = SKN_KIND_NONE};
    memcpy(&fact, given, given->size < sizeof fact ? given->size : sizeof fact);
    if (fact.kind >= picture->kind_count || !fact.id.ptr || draft->count >= OBJECTS_MAX)
        return SKN_E_DRIVER;
    size_t at = draft->count;
    draft->objects = skn_grow(draft->objects, at, &draft->room, sizeof *draft->objects);
    draft->parents = skn_grow(draft->parents, at, &draft->parent_room, sizeof *draft->parents);
    draft->parents[at] = (struct parent){fact.parent_kind, kept(picture, fact.parent_id)};
    draft->objects[at] = (struct skn_object){.picture = picture,
                                             .kind = fact.kind,
                                             .reported = (uint32_t)at,
                                             .id = kept(picture, fact.id),
                                             .name = kept(picture, fact.name),
                                             .slot = kept(picture, fact.slot),
                                             .definition = kept_lines(picture, fact.definition),
                                             .attrs = attrs_keep(picture, &fact),
                                             .attr_count = fact.attr_count};
    draft->count++;
    return SKN_OK;
}

static int need_take(void *ctx, uint32_t from_kind, struct skn_str from_id, uint32_t to_kind,
                     struct skn_str to_id)
{
    struct skn_picture *picture = ctx;
    struct skn_picture_draft *draft = picture->draft;
    draft->needs =
        skn_grow(draft->needs, draft->need_count, &draft->need_room, sizeof *draft->needs);
    draft->needs[draft->need_count++] =
        (struct need){from_kind, to_kind, kept(picture, from_id), kept(picture, to_id)};
    return SKN_OK;
}

static int unmodelled_take(void *ctx, struct skn_str what, struct skn_str name)
{
    struct skn_picture *picture = ctx;
    struct skn_buf *text = &picture->draft->unmodelled;
    skn_buf_adds(text, text->len ? ", " : "");
    skn_buf_add(text, what.ptr, what.len);
    skn_buf_adds(text, " ");
    skn_buf_add(text, name.ptr, name.len);
    return SKN_OK;
}

void skn_picture_init(struct skn_picture *picture, const struct skn_kind *kinds,
                      uint32_t kind_count, struct skn_sink *sink)
{
    *picture = (struct skn_picture){.kinds = kinds, .kind_count = kind_count, .unmodelled = ""};
    skn_arena_init(&picture->arena);
    picture->draft = skn_alloc(sizeof *picture->draft);
    *sink = (struct skn_sink){.size = sizeof *sink,
                              .ctx = picture,
                              .object = object_take,
                              .need = need_take,
                              .unmodelled = unmodelled_take};
}

static void draft_destroy(struct skn_picture *picture)
{
    struct skn_picture_draft *draft = picture->draft;
    if (!draft)
        return;
    skn_buf_finish(&draft->unmodelled);
    free(draft->objects);
    free(draft->parents);
    free(draft->needs);
    free(draft->from);
    free(draft->to);
    free(draft);
    picture->draft = NULL;
}

void skn_picture_finish(struct skn_picture *picture)
{
    draft_destroy(picture);
    skn_arena_finish(&picture->arena);
    *picture = (struct skn_picture){0};
}

void skn_picture_move(struct skn_picture *from, struct skn_picture *to)
{
    *to = *from;
    for (uint32_t i = 0; i < to->count; i++)
        to->objects[i].picture = to;
    *from = (struct skn_picture){0};
}

/* ---- linking ---- */

static int object_compare(const void *a, const void *b)
{
    const struct skn_object *one = a;
    const struct skn_object *other = b;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    return skn_str_compare(one->id, other->id);
}

static struct skn_object *object_find(const struct skn_picture *picture, uint32_t kind,
                                      struct skn_str id)
{
    const struct skn_object key = {.kind = kind, .id = id};
    return bsearch(&key, picture->objects, picture->count, sizeof key, object_compare);
}

const struct skn_object *skn_picture_find(const struct skn_picture *picture, uint32_t kind,
                                          struct skn_str id)
{
    return object_find(picture, kind, id);
}

int skn_picture_has_grants(const struct skn_picture *picture)
{
    for (uint32_t i = 0; i < picture->count; i++)
        if (picture->kinds[picture->objects[i].kind].flags & SKN_KIND_GRANT)
            return 1;
    return 0;
}

static int objects_sort(struct skn_picture *picture, struct skn_error *err)
{
    const struct skn_picture_draft *draft = picture->draft;
    picture->count = (uint32_t)draft->count;
    picture->objects =
        skn_arena_alloc_array(&picture->arena, draft->count, sizeof *picture->objects);
    if (draft->count > 0)
        memcpy(picture->objects, draft->objects, draft->count * sizeof *picture->objects);
    qsort(picture->objects, picture->count, sizeof *picture->objects, object_compare);
    for (uint32_t i = 0; i < picture->count; i++) {
        picture->objects[i].index = i;
        if (i > 0 && object_compare(&picture->objects[i - 1], &picture->objects[i]) == 0)
            return skn_error_set(err, SKN_E_DRIVER, "the driver reported %s %.*s twice",
                                 picture->kinds[picture->objects[i].kind].name,
                                 SKN_FMT(picture->objects[i].id));
    }
    return SKN_OK;
}

static void link_add(struct skn_picture_draft *draft, struct skn_object *from,
                     struct skn_object *to)
{
    if (!from || !to || from == to)
        return;
    draft->from[draft->link_count] = from;
    draft->to[draft->link_count++] = to;
}

static int parents_link(struct skn_picture *picture, struct skn_error *err)
{
    struct skn_picture_draft *draft = picture->draft;
    for (uint32_t i = 0; i < picture->count; i++) {
        struct skn_object *object = &picture->objects[i];
        const struct parent *parent = &draft->parents[object->reported];
        if (parent->kind == SKN_KIND_NONE)
            continue;
        object->parent = object_find(picture, parent->kind, parent->id);
        if (!object->parent)
            return skn_error_set(
                err, SKN_E_DRIVER, "the driver reported %s %.*s, and not its parent %.*s",
                picture->kinds[object->kind].name, SKN_FMT(object->id), SKN_FMT(parent->id));
        link_add(draft, object, object->parent);
    }
    return SKN_OK;
}

/* An object that is its own ancestor would send every walk up in circles. */
static int parents_check(const struct skn_picture *picture, struct skn_error *err)
{
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct skn_object *at = &picture->objects[i];
        for (uint32_t depth = 0; at; at = at->parent)
            if (depth++ > picture->kind_count)
                return skn_error_set(
                    err, SKN_E_DRIVER, "the driver reported %s %.*s too deep below its ancestors",
                    picture->kinds[picture->objects[i].kind].name, SKN_FMT(picture->objects[i].id));
    }
    return SKN_OK;
}

static void needs_resolve(struct skn_picture *picture)
{
    struct skn_picture_draft *draft = picture->draft;
    for (size_t i = 0; i < draft->need_count; i++) {
        const struct need *need = &draft->needs[i];
        link_add(draft, object_find(picture, need->from_kind, need->from_id),
                 object_find(picture, need->to_kind, need->to_id));
    }
}

static struct skn_objects *list_of(struct skn_object *object, int dependents)
{
    return dependents ? &object->dependents : &object->needs;
}

static int pointer_compare(const void *a, const void *b)
{
    const struct skn_object *one = *(struct skn_object *const *)a;
    const struct skn_object *other = *(struct skn_object *const *)b;
    return (one->index > other->index) - (one->index < other->index);
}

static void list_sort(struct skn_objects *list)
{
    uint32_t kept_count = 0;
    qsort(list->items, list->count, sizeof(struct skn_object *), pointer_compare);
    for (uint32_t i = 0; i < list->count; i++)
        if (i == 0 || list->items[i] != list->items[i - 1])
            list->items[kept_count++] = list->items[i];
    list->count = kept_count;
}

/* One direction of the links: counted, laid out, filled, each once and in order. */
static void lists_build(struct skn_picture *picture, struct skn_object **from,
                        struct skn_object **to, int dependents)
{
    size_t links = picture->draft->link_count;
    struct skn_object **room =
        skn_arena_alloc_array(&picture->arena, links, sizeof(struct skn_object *));
    for (size_t i = 0; i < links; i++)
        list_of(from[i], dependents)->count++;
    for (uint32_t i = 0; i < picture->count; i++) {
        struct skn_objects *list = list_of(&picture->objects[i], dependents);
        list->items = room;
        room += list->count;
        list->count = 0;
    }
    for (size_t i = 0; i < links; i++) {
        struct skn_objects *list = list_of(from[i], dependents);
        list->items[list->count++] = to[i];
    }
    for (uint32_t i = 0; i < picture->count; i++)
        list_sort(list_of(&picture->objects[i], dependents));
}

static int reported_compare(const void *a, const void *b)
{
    const struct skn_object *one = *(struct skn_object *const *)a;
    const struct skn_object *other = *(struct skn_object *const *)b;
    return (one->reported > other->reported) - (one->reported < other->reported);
}

static void children_build(struct skn_picture *picture)
{
    struct skn_object **room =
        skn_arena_alloc_array(&picture->arena, picture->count, sizeof(struct skn_object *));
    for (uint32_t i = 0; i < picture->count; i++)
        if (picture->objects[i].parent)
            picture->objects[i].parent->children.count++;
    for (uint32_t i = 0; i < picture->count; i++) {
        picture->objects[i].children.items = room;
        room += picture->objects[i].children.count;
        picture->objects[i].children.count = 0;
    }
    for (uint32_t i = 0; i < picture->count; i++) {
        struct skn_object *parent = picture->objects[i].parent;
        if (parent)
            parent->children.items[parent->children.count++] = &picture->objects[i];
    }
    for (uint32_t i = 0; i < picture->count; i++)
        qsort(picture->objects[i].children.items, picture->objects[i].children.count,
              sizeof(struct skn_object *), reported_compare);
}

int skn_picture_link(struct skn_picture *picture, struct skn_error *err)
{
    struct skn_picture_draft *draft = picture->draft;
    draft->from = skn_alloc_array(draft->count + draft->need_count, sizeof *draft->from);
    draft->to = skn_alloc_array(draft->count + draft->need_count, sizeof *draft->to);
    int rc = objects_sort(picture, err);
    if (rc == SKN_OK)
        rc = parents_link(picture, err);
    if (rc == SKN_OK)
        rc = parents_check(picture, err);
    if (rc == SKN_OK) {
        needs_resolve(picture);
        lists_build(picture, draft->from, draft->to, 0);
        lists_build(picture, draft->to, draft->from, 1);
        children_build(picture);
        picture->unmodelled = skn_arena_strdup(&picture->arena, skn_buf_text(&draft->unmodelled));
    }
    draft_destroy(picture);
    return rc;
}

/* ---- reading ---- */

struct skn_str skn_object_attr(const struct skn_object *object, struct skn_str key)
{
    const struct skn_attr wanted = {.key = key};
    const struct skn_attr *found =
        bsearch(&wanted, object->attrs, object->attr_count, sizeof wanted, attr_compare);
    return found ? found->value : (struct skn_str){0};
}

/* A text with its length before it, so that no two lists of texts look alike. */
static void text_add(struct skn_buf *out, struct skn_str text)
{
    skn_buf_addf(out, "%lld:", text.ptr ? (long long)text.len : -1LL);
    skn_buf_add(out, text.ptr, text.ptr ? text.len : 0);
}

static void object_add(struct skn_buf *out, const struct skn_picture *picture,
                       const struct skn_object *object)
{
    text_add(out, skn_str(picture->kinds[object->kind].name));
    text_add(out, object->id);
    text_add(out, object->parent ? object->parent->id : (struct skn_str){0});
    text_add(out, object->definition);
    for (uint32_t i = 0; i < object->attr_count; i++) {
        if (object->attrs[i].attr_class != SKN_ATTR_SEMANTIC)
            continue;
        text_add(out, object->attrs[i].key);
        text_add(out, object->attrs[i].value);
    }
    skn_buf_addc(out, '\n');
}

void skn_picture_hash(const struct skn_picture *picture, char out[SKN_SHA256_HEX])
{
    struct skn_buf text = {0};
    for (uint32_t i = 0; i < picture->count; i++)
        object_add(&text, picture, &picture->objects[i]);
    skn_sha256_hex(skn_buf_str(&text), out);
    skn_buf_finish(&text);
}
