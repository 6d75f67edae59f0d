/*
 * Validity and escaping of text from outside. It knows nothing of where the text came from.
 */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

size_t skn_utf8_next(const char *start, size_t len, uint32_t *point)
{
    const unsigned char *text = (const unsigned char *)start;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80    ? 1
               : text[0] >= 0xf5 ? 0
               : text[0] >= 0xf0 ? 4
               : text[0] >= 0xe0 ? 3
               : text[0] >= 0xc2 ? 2
                                 : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t value = n == 1 ? text[0] : text[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3fu);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return n;
}

size_t skn_utf8_check(const char *text, size_t len)
{
    size_t at = 0;
    uint32_t point;
    while (at < len) {
        size_t n = skn_utf8_next(text + at, len - at, &point);
        if (n == 0)
            return at;
        at += n;
    }
    return len;
}

/* Characters that show nothing, or move what others show. */
static int point_hidden(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0xad || point == 0x61c ||
           (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

/* Adds what stands from at on and is shown as it is anyway, printable ASCII; how much that was. */
static size_t plain_add(struct skn_buf *out, struct skn_str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] >= ' ' && text.ptr[end] <= '~')
        end++;
    if (end > at)
        skn_buf_add(out, text.ptr + at, end - at);
    return end - at;
}

void skn_text_escape(struct skn_buf *out, struct skn_str text, int keep_lines)
{
    size_t at = 0;
    while ((at += plain_add(out, text, at)) < text.len) {
        const unsigned char *here = (const unsigned char *)text.ptr + at;
        uint32_t point = 0;
        size_t n = skn_utf8_next(text.ptr + at, text.len - at, &point);
        if (n == 0) {
            skn_buf_addf(out, "\\x%02x", here[0]);
            n = 1;
        } else if (keep_lines && (point == '\n' || point == '\t')) {
            skn_buf_addc(out, (char)point);
        } else if (point == '\n') {
            skn_buf_adds(out, "\\n");
        } else if (point_hidden(point)) {
            skn_buf_addf(out, point < 0x100 ? "\\x%02x" : "\\u{%04x}", (unsigned)point);
        } else {
            skn_buf_add(out, text.ptr + at, n);
        }
        at += n;
    }
}

/* What is beyond ASCII stands only in strings there. */
void skn_json_escape(struct skn_buf *out, struct skn_str json)
{
    size_t n;
    for (size_t at = 0; at < json.len; at += n) {
        uint32_t point = 0;
        n = skn_utf8_next(json.ptr + at, json.len - at, &point);
        if (n == 0 || point < 0x7f || !point_hidden(point)) {
            n = n ? n : 1;
            skn_buf_add(out, json.ptr + at, n);
            continue;
        }
        if (point > 0xffff) {
            skn_buf_addf(out, "\\u%04x", 0xd800u + ((unsigned)(point - 0x10000) >> 10));
            point = 0xdc00 + ((point - 0x10000) & 0x3ff);
        }
        skn_buf_addf(out, "\\u%04x", (unsigned)point);
    }
}

int skn_word_valid(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 32 && text[0] >= 'a' && text[0] <= 'z' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}
