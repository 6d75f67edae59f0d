/*
 * Allocation that does not fail. It knows nothing of who owns what.
 */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 1 << 16 };

noreturn void skn_alloc_fail(void)
{
    static const char message[] = "skein: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
    (void)ignored;
    _exit(1);
}

static void *or_die(void *memory)
{
    if (!memory)
        skn_alloc_fail();
    return memory;
}

void *skn_alloc(size_t size)
{
    return or_die(calloc(1, size ? size : 1));
}

void *skn_alloc_array(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size ? size : 1));
}

void skn_alloc_pages(void *memory, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + size) / page * page;
    if (size >= LARGE && start < end)
        /* A kernel that does not know it hands them out one by one. */
        (void)madvise((char *)memory + (start - (uintptr_t)memory), end - start,
                      MADV_POPULATE_WRITE);
#else
    (void)memory, (void)size;
#endif
}

void *skn_realloc_array(void *old, size_t count, size_t size)
{
    return or_die(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *skn_strdup(const char *text)
{
    return skn_strndup(text, strlen(text));
}

char *skn_strndup(const char *text, size_t len)
{
    char *copy = or_die(len < SIZE_MAX ? malloc(len + 1) : NULL);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void *skn_grow(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = *room ? *room * 2 : 8;
    return skn_realloc_array(array, *room, size);
}
