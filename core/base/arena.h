/*
 * An arena: memory that lives as long as one command's data and is freed at once.
 */
#ifndef SKN_BASE_ARENA_H
#define SKN_BASE_ARENA_H

#include <stddef.h>
#include <skein/driver.h>

struct skn_arena_block;

struct skn_arena {
    struct skn_arena_block *blocks; /* newest first */
    size_t used;                    /* bytes in use of the newest block */
};

/* A zeroed arena is ready; init says so. finish frees everything; a finished arena can be used
 * again. */
void skn_arena_init(struct skn_arena *arena);
void skn_arena_finish(struct skn_arena *arena);

/* Zeroed, aligned for any type; never NULL. */
void *skn_arena_alloc(struct skn_arena *arena, size_t size);
void *skn_arena_alloc_array(struct skn_arena *arena, size_t count, size_t size);

/* NUL-terminated copies. */
char *skn_arena_strdup(struct skn_arena *arena, const char *text);
char *skn_arena_strndup(struct skn_arena *arena, const char *text, size_t len);
char *skn_arena_printf(struct skn_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

#endif
