/*
 * Arena of growing blocks. It knows nothing of what it holds.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct skn_arena_block {
    struct skn_arena_block *next;
    size_t size;
    max_align_t data[];
};

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

void skn_arena_init(struct skn_arena *arena)
{
    *arena = (struct skn_arena){0};
}

void skn_arena_finish(struct skn_arena *arena)
{
    struct skn_arena_block *block = arena->blocks;
    while (block) {
        struct skn_arena_block *next = block->next;
        free(block);
        block = next;
    }
    skn_arena_init(arena);
}

static void block_add(struct skn_arena *arena, size_t size)
{
    size_t room = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (room > LARGEST_BLOCK)
        room = LARGEST_BLOCK;
    if (room < size)
        room = size;
    struct skn_arena_block *block = skn_alloc(sizeof *block + room);
    skn_alloc_pages(block, sizeof *block + room);
    block->next = arena->blocks;
    block->size = room;
    arena->blocks = block;
    arena->used = 0;
}

static void *room_take(struct skn_arena *arena, size_t size, size_t align)
{
    size_t used = (arena->used + align - 1) / align * align;
    if (size > SIZE_MAX / 2)
        skn_alloc_fail();
    if (!arena->blocks || used > arena->blocks->size || arena->blocks->size - used < size) {
        block_add(arena, size);
        used = 0;
    }
    arena->used = used + size;
    return (char *)arena->blocks->data + used;
}

void *skn_arena_alloc(struct skn_arena *arena, size_t size)
{
    return room_take(arena, size, alignof(max_align_t));
}

void *skn_arena_alloc_array(struct skn_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX;
    return skn_arena_alloc(arena, bytes);
}

char *skn_arena_strndup(struct skn_arena *arena, const char *text, size_t len)
{
    char *copy = room_take(arena, len < SIZE_MAX ? len + 1 : len, 1);
    if (len)
        memcpy(copy, text, len);
    return copy;
}

char *skn_arena_strdup(struct skn_arena *arena, const char *text)
{
    return skn_arena_strndup(arena, text, strlen(text));
}

char *skn_arena_printf(struct skn_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        len = 0;
    char *text = room_take(arena, (size_t)len + 1, 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
