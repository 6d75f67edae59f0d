/*
 * Growing text. It knows nothing of encodings.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void skn_buf_finish(struct skn_buf *buf)
{
    free(buf->text);
    *buf = (struct skn_buf){0};
}

void skn_buf_clear(struct skn_buf *buf)
{
    buf->len = 0;
    if (buf->text)
        buf->text[0] = '\0';
}

static void room_make(struct skn_buf *buf, size_t more)
{
    size_t need;
    if (__builtin_add_overflow(buf->len, more, &need) || __builtin_add_overflow(need, 1, &need))
        skn_alloc_fail();
    if (need <= buf->room)
        return;
    size_t room = buf->room ? buf->room : 64;
    while (room < need && room <= (size_t)-1 / 2)
        room *= 2;
    if (room < need)
        room = need;
    /* Not realloc(): it would leave a copy of what may be a secret in freed memory. */
    char *text = skn_alloc_array(room, 1);
    skn_alloc_pages(text, need);
    if (buf->text) {
        memcpy(text, buf->text, buf->len + 1);
        explicit_bzero(buf->text, buf->room);
        free(buf->text);
    }
    buf->text = text;
    buf->room = room;
}

void skn_buf_add(struct skn_buf *buf, const char *text, size_t len)
{
    room_make(buf, len);
    if (len)
        memcpy(buf->text + buf->len, text, len);
    buf->len += len;
    buf->text[buf->len] = '\0';
}

char *skn_buf_reserve(struct skn_buf *buf, size_t more)
{
    room_make(buf, more);
    buf->text[buf->len] = '\0';
    return buf->text + buf->len;
}

void skn_buf_extend(struct skn_buf *buf, size_t len)
{
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void skn_buf_adds(struct skn_buf *buf, const char *text)
{
    skn_buf_add(buf, text, strlen(text));
}

void skn_buf_addc(struct skn_buf *buf, char c)
{
    skn_buf_add(buf, &c, 1);
}

void skn_buf_addf(struct skn_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return;
    room_make(buf, (size_t)len);
    va_start(args, format);
    vsnprintf(buf->text + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void skn_buf_drop(struct skn_buf *buf, size_t len)
{
    if (len == 0)
        return;
    buf->len -= len;
    memmove(buf->text, buf->text + len, buf->len);
    explicit_bzero(buf->text + buf->len, len);
}

const char *skn_buf_text(const struct skn_buf *buf)
{
    return buf->text ? buf->text : "";
}

struct skn_str skn_buf_str(const struct skn_buf *buf)
{
    return (struct skn_str){skn_buf_text(buf), buf->len};
}

void skn_buf_take(void *ctx, struct skn_str text)
{
    skn_buf_add(ctx, text.ptr, text.len);
}
