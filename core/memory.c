/*
 * Memory for the libraries that are linked in. libconfig uses what malloc() gives without a look,
 * so that the linker sends its calls, and all others of the program, through here (--wrap in
 * meson.build). It knows nothing of who asks.
 */
#include <stdlib.h>

#include "base/alloc.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real___strdup(const char *text); /* what older headers made of strdup() */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap___strdup(const char *text);

/* Nothing may be given for nothing. */
static void *or_die(void *memory, size_t size)
{
    if (!memory && size > 0)
        skn_alloc_fail();
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return or_die(__real_malloc(size), size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return or_die(__real_calloc(count, size), count && size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return or_die(__real_realloc(old, size), size);
}

char *__wrap___strdup(const char *text)
{
    return or_die(__real___strdup(text), 1);
}
