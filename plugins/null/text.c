/*
 * Growing text and a hash. It knows nothing of what they are for.
 */
#include "null.h"

#include <stdlib.h>
#include <string.h>

void skn_null_text_add(struct skn_null_text *text, const char *ptr, size_t len)
{
    if (text->failed)
        return;
    if (len >= text->room - text->len) {
        size_t room = (text->len + len) * 2 + 64;
        char *grown = len < SIZE_MAX / 4 ? realloc(text->ptr, room) : NULL;
        if (!grown) {
            text->failed = 1;
            return;
        }
        text->ptr = grown;
        text->room = room;
    }
    if (len)
        memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
    text->ptr[text->len] = '\0';
}

void skn_null_text_adds(struct skn_null_text *text, const char *more)
{
    skn_null_text_add(text, more, strlen(more));
}

void skn_null_text_finish(struct skn_null_text *text)
{
    free(text->ptr);
    *text = (struct skn_null_text){0};
}

uint64_t skn_null_hash(uint64_t hash, const char *ptr, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)ptr[i]) * UINT64_C(0x100000001b3);
    return hash;
}
