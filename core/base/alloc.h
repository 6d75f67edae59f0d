/*
 * Memory that is always there. Running out ends the process with a message: a worker's death rolls
 * its transaction back and costs one target, the planner's death makes every worker finish and
 * leave.
 */
#ifndef SKN_BASE_ALLOC_H
#define SKN_BASE_ALLOC_H

#include <stddef.h>
#include <stdnoreturn.h>

/* For a size that cannot be: the end, as for a size that cannot be had. */
noreturn void skn_alloc_fail(void);

/* Zeroed; a size of 0 gives a pointer that can be freed. The caller frees with free(). */
void *skn_alloc(size_t size);
void *skn_alloc_array(size_t count, size_t size);

/* For what was just allocated and is going to be full: its pages at once, where they are many. The
 * kernel hands out one by one, as each is touched first, at a multiple of the price. */
void skn_alloc_pages(void *memory, size_t size);

/* Grows or shrinks an array; the new part is not zeroed. */
void *skn_realloc_array(void *old, size_t count, size_t size);

char *skn_strdup(const char *text);
char *skn_strndup(const char *text, size_t len);

/* Makes room for one more element: doubles *room when count has reached it. */
void *skn_grow(void *array, size_t count, size_t *room, size_t size);

#endif
