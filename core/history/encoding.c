/*
 * UTF-8, byte order marks, line ends. It knows nothing of headers and sections.
 */
#include "history/encoding.h"

#include <string.h>

#include "base/text.h"

uint32_t skn_encoding_columns(const char *from, const char *to)
{
    uint32_t columns = 0;
    for (; from < to; from++)
        columns += ((unsigned char)*from & 0xc0) != 0x80;
    return columns;
}

static int starts_with(struct skn_str text, const char *mark, size_t len)
{
    return text.len >= len && memcmp(text.ptr, mark, len) == 0;
}

static size_t mark_length(struct skn_str raw)
{
    return starts_with(raw, "\xef\xbb\xbf", 3) ? 3 : 0;
}

static void offset_fault(struct skn_faults *faults, const char *path, struct skn_str raw,
                         size_t offset, const char *reason)
{
    const char *line_start = raw.ptr + mark_length(raw);
    const char *here = raw.ptr + offset;
    const char *newline;
    uint32_t line = 1;
    while (line_start < here && (newline = memchr(line_start, '\n', (size_t)(here - line_start)))) {
        line++;
        line_start = newline + 1;
    }
    skn_fault_at(faults, path, line, skn_encoding_columns(line_start, here) + 1,
                 "%s (at byte offset %zu)", reason, offset);
}

/* Most files are ASCII, and eight bytes at a time are soon looked through. */
static size_t ascii_length(struct skn_str text)
{
    size_t at = 0;
    uint64_t word;
    for (; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.ptr + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < text.len && !((unsigned char)text.ptr[at] & 0x80))
        at++;
    return at;
}

static size_t lone_return_find(struct skn_str text)
{
    const char *end = text.ptr + text.len;
    const char *at = text.ptr;
    while (at < end && (at = memchr(at, '\r', (size_t)(end - at)))) {
        if (at + 1 == end || at[1] != '\n')
            return (size_t)(at - text.ptr);
        at += 2;
    }
    return text.len;
}

/* What makes raw no text that skein reads; NULL and the offset otherwise unset. */
static const char *raw_fault(struct skn_str raw, size_t *offset)
{
    *offset = 0;
    if (starts_with(raw, "\xff\xfe", 2) || starts_with(raw, "\xfe\xff", 2))
        return "the file is UTF-16; save it as UTF-8";
    const char *nul = memchr(raw.ptr, '\0', raw.len);
    if (nul) {
        *offset = (size_t)(nul - raw.ptr);
        return "a NUL byte; save the file as UTF-8 text";
    }
    size_t ascii = ascii_length(raw);
    *offset = ascii + skn_utf8_check(raw.ptr + ascii, raw.len - ascii);
    if (*offset < raw.len)
        return "a byte that is no valid UTF-8; save the file as UTF-8";
    *offset = lone_return_find(raw);
    if (*offset < raw.len)
        return "a carriage return without a line feed; save the file with LF line ends";
    return NULL;
}

static struct skn_str returns_drop(struct skn_arena *arena, struct skn_str raw)
{
    char *copy = skn_arena_alloc(arena, raw.len + 1);
    const char *end = raw.ptr + raw.len;
    size_t len = 0;
    for (const char *at = raw.ptr; at < end;) {
        const char *stop = memchr(at, '\r', (size_t)(end - at));
        size_t part = (size_t)((stop ? stop : end) - at);
        memcpy(copy + len, at, part);
        len += part;
        at += part + (stop != NULL);
    }
    return (struct skn_str){copy, len};
}

int skn_encoding_normalise(struct skn_arena *arena, const char *path, struct skn_str raw,
                           struct skn_faults *faults, struct skn_str *text)
{
    size_t offset;
    const char *reason = raw_fault(raw, &offset);
    if (reason) {
        offset_fault(faults, path, raw, offset, reason);
        return 0;
    }
    size_t mark = mark_length(raw);
    raw.ptr += mark;
    raw.len -= mark;
    *text = returns_drop(arena, raw);
    return 1;
}

static int point_refused(unsigned char a, unsigned char b, unsigned char c)
{
    if (a < 0x20)
        return a != '\t';
    if (a == 0x7f || (a == 0xc2 && b >= 0x80 && b <= 0x9f))
        return 1;
    if (a == 0xd8 && b == 0x9c) /* U+061C */
        return 1;
    if (a == 0xe2 && b == 0x80) /* U+200E, U+200F, U+2028 to U+202E */
        return c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae);
    return a == 0xe2 && b == 0x81 && c >= 0xa6 && c <= 0xa9; /* U+2066 to U+2069 */
}

size_t skn_encoding_hidden(struct skn_str line)
{
    const unsigned char *text = (const unsigned char *)line.ptr;
    for (size_t i = 0; i < line.len; i++)
        if ((text[i] < 0x20 || text[i] > 0x7e) &&
            point_refused(text[i], i + 1 < line.len ? text[i + 1] : 0,
                          i + 2 < line.len ? text[i + 2] : 0))
            return i;
    return line.len;
}
