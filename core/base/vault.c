/*
 * Memory for secrets. It does not know what they are.
 */
#include "base/vault.h"

#include <stdalign.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

enum { PIECE = 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

static struct chunk *chunks;

static struct chunk *chunk_create(size_t size)
{
    size_t bytes = sizeof(struct chunk) + size;
    struct chunk *chunk =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        skn_alloc_fail();
    /* Both are best effort: without them a secret is where the rest of our memory is. */
    (void)mlock(chunk, bytes);
    (void)madvise(chunk, bytes, MADV_DONTDUMP);
    chunk->size = size;
    return chunk;
}

void *skn_vault_alloc(size_t size)
{
    size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        skn_alloc_fail();
    size = (size + align - 1) / align * align;
    if (!chunks || chunks->size - chunks->used < size) {
        size_t room = PIECE - sizeof(struct chunk);
        struct chunk *chunk = chunk_create(size > room ? size : room);
        chunk->next = chunks;
        chunks = chunk;
    }
    void *memory = (char *)chunks->data + chunks->used;
    chunks->used += size;
    return memory;
}

void skn_vault_empty(void)
{
    while (chunks) {
        struct chunk *chunk = chunks;
        size_t bytes = sizeof *chunk + chunk->size;
        chunks = chunk->next;
        explicit_bzero(chunk, bytes);
        munmap(chunk, bytes);
    }
}

void skn_buf_wipe(struct skn_buf *buf)
{
    if (buf->room > 0)
        explicit_bzero(buf->text, buf->room);
    skn_buf_finish(buf);
}

void skn_free_wiped(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

void skn_text_wipe(const char *text)
{
    /* Everybody else only reads it; its memory is an arena's, which may be written. */
    if (text)
        explicit_bzero((void *)(uintptr_t)text, strlen(text));
}
