/*
 * Comparing definitions without the names in them. It knows nothing of what a table is.
 */
#include "schema/suggest.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "schema/rename.h"

/* Something that is on one side alone. */
struct candidate {
    const struct skn_object *object;
    int comes;
    char looks[SKN_SHA256_HEX];
};

struct candidates {
    struct candidate *items;
    size_t count;
    size_t room;
};

/* ---- how something looks ---- */

static int in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static int is_word_at(struct skn_str text, size_t at, struct skn_str word)
{
    if (word.len == 0 || word.len > text.len - at || memcmp(text.ptr + at, word.ptr, word.len) != 0)
        return 0;
    int begins = at == 0 || !in_word(text.ptr[at - 1]);
    size_t end = at + word.len;
    return begins && (end == text.len || !in_word(text.ptr[end]));
}

/* The text without the name, its length before it. */
static void nameless_add(struct skn_buf *out, struct skn_str text, struct skn_str name)
{
    struct skn_buf plain = {0};
    for (size_t i = 0; text.ptr && i < text.len;) {
        int named = is_word_at(text, i, name);
        skn_buf_addc(&plain, named ? '\x01' : text.ptr[i]);
        i += named ? name.len : 1;
    }
    skn_buf_addf(out, "%zu:", plain.len);
    skn_buf_add(out, skn_buf_text(&plain), plain.len);
    skn_buf_finish(&plain);
}

static void definition_add(struct skn_buf *out, const struct skn_object *object,
                           struct skn_str name)
{
    skn_buf_addf(out, "%u,", object->kind);
    nameless_add(out, object->definition, name);
    for (uint32_t i = 0; i < object->attr_count; i++) {
        if (object->attrs[i].attr_class != SKN_ATTR_SEMANTIC)
            continue;
        nameless_add(out, object->attrs[i].key, (struct skn_str){0});
        nameless_add(out, object->attrs[i].value, name);
    }
}

static int name_compare(const void *a, const void *b)
{
    const struct skn_object *const *one = a;
    const struct skn_object *const *other = b;
    return skn_str_compare((*one)->name, (*other)->name);
}

static int keeps_rows(const struct skn_object *object)
{
    return (object->picture->kinds[object->kind].flags & SKN_KIND_DATA) != 0;
}

/* What holds its rows, in any order. Names of keys and indexes often follow that of their table. */
static void children_add(struct skn_buf *out, const struct skn_object *object)
{
    const struct skn_object **sorted = skn_alloc_array(object->children.count, sizeof *sorted);
    size_t count = 0;
    for (uint32_t i = 0; i < object->children.count; i++)
        if (keeps_rows(object->children.items[i]))
            sorted[count++] = object->children.items[i];
    qsort(sorted, count, sizeof *sorted, name_compare);
    for (size_t i = 0; i < count; i++) {
        nameless_add(out, sorted[i]->name, (struct skn_str){0});
        definition_add(out, sorted[i], object->name);
    }
    free(sorted);
}

static void look_take(struct candidate *candidate)
{
    const struct skn_object *object = candidate->object;
    struct skn_buf text = {0};
    nameless_add(&text, object->parent ? object->parent->id : (struct skn_str){0},
                 (struct skn_str){0});
    definition_add(&text, object, object->name);
    children_add(&text, object);
    skn_sha256_hex(skn_buf_str(&text), candidate->looks);
    skn_buf_finish(&text);
}

/* ---- pairs ---- */

/* With its parent both are gone, or renamed. */
static int stands_alone(const struct skn_object *object, const struct skn_picture *other)
{
    return (object->picture->kinds[object->kind].flags & SKN_KIND_RENAME) && keeps_rows(object) &&
           !skn_picture_find(other, object->kind, object->id) &&
           (!object->parent || skn_picture_find(other, object->parent->kind, object->parent->id));
}

static void candidates_add(struct candidates *candidates, const struct skn_picture *picture,
                           const struct skn_picture *other, int comes)
{
    for (uint32_t i = 0; i < picture->count; i++) {
        if (!stands_alone(&picture->objects[i], other))
            continue;
        candidates->items = skn_grow(candidates->items, candidates->count, &candidates->room,
                                     sizeof *candidates->items);
        struct candidate *added = &candidates->items[candidates->count++];
        *added = (struct candidate){.object = &picture->objects[i], .comes = comes};
        look_take(added);
    }
}

static int look_compare(const void *a, const void *b)
{
    const struct candidate *one = a;
    const struct candidate *other = b;
    int order = strcmp(one->looks, other->looks);
    return order ? order : one->comes - other->comes;
}

/* ---- saying ---- */

static char *called(struct skn_arena *arena, const struct skn_object *object, int whole)
{
    if (whole)
        return skn_arena_strndup(arena, object->id.ptr, object->id.len);
    if (!object->parent || !keeps_rows(object->parent))
        return skn_arena_strndup(arena, object->name.ptr, object->name.len);
    return skn_arena_printf(arena, "%.*s.%.*s", SKN_FMT(object->parent->name),
                            SKN_FMT(object->name));
}

/* What means just these two; NULL: nothing that can be typed does. */
static const char *rename_text(struct skn_arena *arena, const struct skn_object *from,
                               const struct skn_object *to)
{
    for (int whole = 0; whole < 2; whole++) {
        const struct skn_object *found[2];
        struct skn_error ignored = SKN_ERROR_INIT;
        const char *old = called(arena, from, whole);
        const char *new = called(arena, to, whole);
        if (!strchr(old, ':') &&
            skn_rename_find(from->picture, to->picture, old, new, found, &ignored) == SKN_OK &&
            found[0] == from && found[1] == to)
            return skn_arena_printf(arena, "%s:%s", old, new);
    }
    return NULL;
}

/* As a shell takes it for one word, for it is there to be typed, and names come from outside. */
static void word_add(struct skn_buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:";
    if (!text[strspn(text, plain)]) {
        skn_buf_adds(out, text);
        return;
    }
    skn_buf_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            skn_buf_adds(out, "'\\'");
        skn_buf_addc(out, *text);
    }
    skn_buf_addc(out, '\'');
}

static void suggestion_add(struct skn_suggestions *suggestions, const struct skn_object *from,
                           const struct skn_object *to)
{
    struct skn_arena *arena = &suggestions->arena;
    const char *rename = rename_text(arena, from, to);
    if (!rename)
        return;
    struct skn_buf word = {0};
    word_add(&word, rename);
    suggestions->items = skn_grow(suggestions->items, suggestions->count, &suggestions->room,
                                  sizeof *suggestions->items);
    suggestions->items[suggestions->count++] = (struct skn_suggestion){
        .rename = rename,
        .text = skn_arena_printf(arena,
                                 "%s %.*s goes, and %.*s comes with the same definition; if it is "
                                 "the same one, --rename %s keeps what it holds",
                                 from->picture->kinds[from->kind].name, SKN_FMT(from->id),
                                 SKN_FMT(to->id), skn_buf_text(&word))};
    skn_buf_finish(&word);
}

void skn_suggestions_find(struct skn_suggestions *suggestions, const struct skn_picture *from,
                          const struct skn_picture *to)
{
    struct candidates found = {0};
    candidates_add(&found, from, to, 0);
    candidates_add(&found, to, from, 1);
    if (found.count > 0)
        qsort(found.items, found.count, sizeof *found.items, look_compare);
    for (size_t at = 0; at < found.count;) {
        size_t n = 1;
        while (at + n < found.count &&
               strcmp(found.items[at].looks, found.items[at + n].looks) == 0)
            n++;
        if (n == 2 && !found.items[at].comes && found.items[at + 1].comes)
            suggestion_add(suggestions, found.items[at].object, found.items[at + 1].object);
        at += n;
    }
    free(found.items);
}

void skn_suggestions_finish(struct skn_suggestions *suggestions)
{
    free(suggestions->items);
    skn_arena_finish(&suggestions->arena);
    *suggestions = (struct skn_suggestions){0};
}
