/*
 * Memory that is freed all at once, and texts that grow in it. Knows nothing of SQL but how names
 * are quoted.
 */
#include <stdlib.h>
#include <string.h>

#include "schema.h"

enum { BLOCK_SIZE = 65536, TEXT_SIZE = 32 };

struct skn_sqlite_block {
    struct skn_sqlite_block *next;
    size_t used;
    size_t size;
    max_align_t data[];
};

static struct skn_sqlite_block *block_with(struct skn_sqlite_pool *pool, size_t wanted)
{
    struct skn_sqlite_block *block = pool->block;
    size_t room = wanted > BLOCK_SIZE ? wanted : BLOCK_SIZE;
    if (block && block->size - block->used >= wanted)
        return block;
    block = wanted <= SIZE_MAX / 4 ? malloc(sizeof *block + room) : NULL;
    if (!block) {
        pool->failed = 1;
        return NULL;
    }
    block->size = room;
    block->used = 0;
    block->next = pool->block;
    pool->block = block;
    return block;
}

/* Not zeroed, and not aligned: for texts. */
static char *room_take(struct skn_sqlite_pool *pool, size_t size)
{
    struct skn_sqlite_block *block = block_with(pool, size);
    if (!block)
        return NULL;
    block->used += size;
    return (char *)block->data + block->used - size;
}

/* What was taken last can grow where it is. */
static int room_extend(struct skn_sqlite_pool *pool, const char *end, size_t more)
{
    struct skn_sqlite_block *block = pool->block;
    if (!block || end != (char *)block->data + block->used || block->size - block->used < more)
        return 0;
    block->used += more;
    return 1;
}

static void *aligned_take(struct skn_sqlite_pool *pool, size_t size)
{
    size_t align = sizeof(max_align_t);
    struct skn_sqlite_block *block;
    if (size > SIZE_MAX / 8) {
        pool->failed = 1;
        return NULL;
    }
    block = block_with(pool, size + align);
    if (!block)
        return NULL;
    block->used = (block->used + align - 1) / align * align + size;
    return (char *)block->data + block->used - size;
}

void *skn_sqlite_pool_alloc(struct skn_sqlite_pool *pool, size_t size)
{
    void *start = aligned_take(pool, size);
    return start ? memset(start, 0, size) : NULL;
}

void *skn_sqlite_pool_array(struct skn_sqlite_pool *pool, size_t count, size_t element)
{
    if (count > SIZE_MAX / 8 / element) {
        pool->failed = 1;
        return NULL;
    }
    return aligned_take(pool, count * element);
}

struct skn_str skn_sqlite_pool_keep(struct skn_sqlite_pool *pool, struct skn_str text)
{
    char *copy;
    if (!text.ptr)
        return text;
    copy = room_take(pool, text.len + 1);
    if (!copy)
        return skn_str("");
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return skn_str_len(copy, text.len);
}

void *skn_sqlite_pool_grow(struct skn_sqlite_pool *pool, void *array, size_t count, size_t *room,
                           size_t element)
{
    size_t more = *room ? *room * 2 : 8;
    void *grown;
    if (count < *room)
        return array;
    grown = skn_sqlite_pool_array(pool, more, element);
    if (!grown)
        return NULL;
    if (count > 0)
        memcpy(grown, array, count * element);
    *room = more;
    return grown;
}

void skn_sqlite_pool_reset(struct skn_sqlite_pool *pool)
{
    while (pool->block && pool->block->next) {
        struct skn_sqlite_block *next = pool->block->next;
        free(pool->block);
        pool->block = next;
    }
    if (pool->block)
        pool->block->used = 0;
}

void skn_sqlite_pool_finish(struct skn_sqlite_pool *pool)
{
    while (pool->block) {
        struct skn_sqlite_block *next = pool->block->next;
        free(pool->block);
        pool->block = next;
    }
}

/* ---- texts ---- */

/* Makes room for more bytes behind what is there. */
static int text_reserve(struct skn_sqlite_text *text, size_t more)
{
    size_t wanted = text->len + more;
    size_t room = wanted > TEXT_SIZE ? wanted : TEXT_SIZE;
    char *grown;
    if (wanted <= text->room)
        return 1;
    if (text->ptr && room_extend(text->pool, text->ptr + text->room, room - text->room)) {
        text->room = room;
        return 1;
    }
    room = text->ptr ? room * 2 : room;
    grown = room_take(text->pool, room);
    if (!grown)
        return 0;
    if (text->len > 0)
        memcpy(grown, text->ptr, text->len);
    text->ptr = grown;
    text->room = room;
    return 1;
}

void skn_sqlite_text_add(struct skn_sqlite_text *text, struct skn_str more)
{
    if (more.len == 0 || !more.ptr || !text_reserve(text, more.len))
        return;
    memcpy(text->ptr + text->len, more.ptr, more.len);
    text->len += more.len;
}

void skn_sqlite_text_adds(struct skn_sqlite_text *text, const char *more)
{
    skn_sqlite_text_add(text, skn_str(more));
}

void skn_sqlite_text_lower(struct skn_sqlite_text *text, struct skn_str more)
{
    size_t at = text->len;
    skn_sqlite_text_add(text, more);
    for (; at < text->len; at++)
        if (text->ptr[at] >= 'A' && text->ptr[at] <= 'Z')
            text->ptr[at] = (char)(text->ptr[at] + ('a' - 'A'));
}

void skn_sqlite_text_upper(struct skn_sqlite_text *text, struct skn_str more)
{
    size_t at = text->len;
    skn_sqlite_text_add(text, more);
    for (; at < text->len; at++)
        if (text->ptr[at] >= 'a' && text->ptr[at] <= 'z')
            text->ptr[at] = (char)(text->ptr[at] - ('a' - 'A'));
}

static void quoted_add(void *ctx, struct skn_str text)
{
    skn_sqlite_text_add(ctx, text);
}

static void quoted(struct skn_sqlite_text *text, uint32_t kind, struct skn_str value)
{
    /* What comes from the catalog can be quoted; the empty name, which it may hold, is "". */
    if (kind == SKN_QUOTE_IDENT && value.len == 0)
        skn_sqlite_text_adds(text, "\"\"");
    else if (skn_sqlite_quote(kind, value, quoted_add, text, NULL))
        text->pool->failed = 1;
}

void skn_sqlite_text_name(struct skn_sqlite_text *text, struct skn_str name)
{
    quoted(text, SKN_QUOTE_IDENT, name);
}

void skn_sqlite_text_literal(struct skn_sqlite_text *text, struct skn_str value)
{
    quoted(text, SKN_QUOTE_LITERAL, value);
}

struct skn_str skn_sqlite_text_str(const struct skn_sqlite_text *text)
{
    return text->ptr ? skn_str_len(text->ptr, text->len) : skn_str("");
}

/* ---- ids ---- */

static void escaped_add(struct skn_sqlite_text *text, struct skn_str name)
{
    size_t start = 0;
    size_t i;
    for (i = 0; i < name.len; i++) {
        if (name.ptr[i] != '/' && name.ptr[i] != '\\')
            continue;
        skn_sqlite_text_lower(text, skn_str_len(name.ptr + start, i - start));
        skn_sqlite_text_adds(text, "\\");
        start = i;
    }
    skn_sqlite_text_lower(text, skn_str_len(name.ptr + start, name.len - start));
}

struct skn_str skn_sqlite_id(struct skn_sqlite_pool *pool, struct skn_str outer,
                             struct skn_str name)
{
    struct skn_sqlite_text text = {.pool = pool};
    if (!outer.ptr) {
        skn_sqlite_text_lower(&text, name);
        return skn_sqlite_text_str(&text);
    }
    escaped_add(&text, outer);
    skn_sqlite_text_adds(&text, "/");
    escaped_add(&text, name);
    return skn_sqlite_text_str(&text);
}

int skn_sqlite_same(struct skn_str a, struct skn_str b)
{
    return a.len == b.len && a.len <= INT32_MAX &&
           (a.len == 0 || ((a.ptr[0] ^ b.ptr[0]) & ~0x20) == 0) &&
           (a.len == 0 || sqlite3_strnicmp(a.ptr, b.ptr, (int)a.len) == 0);
}
