/*
 * Texts made of what quoting could stumble over, the same in every run.
 */
#ifndef SKN_TEST_RANDOM_TEXT_H
#define SKN_TEST_RANDOM_TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { HOSTILE_TEXTS = 200, HOSTILE_PIECES = 12, HOSTILE_SIZE = 64 };

/* seed: any number for the first. It ends in a letter, for a name may not end in a blank. */
static inline void hostile_text(uint32_t *seed, char out[HOSTILE_SIZE])
{
    static const char *const pieces[] = {
        "'",   "\"",  "`",   "\\", ";", "--", "/*", "*/",       "$$",
        "#",   "\n",  "\r",  "\t", " ", "%",  "E'", "\x01",     "\x1a",
        "''",  "\\'", "\\0", "a",  "Z", "?",  ":a", "\xc3\xa9", "\xf0\x9f\xa6\x86",
        "/*!", "{",   "\x7f"};
    size_t len = 0;
    *seed = *seed * 1664525 + 1013904223;
    for (size_t left = (*seed >> 8) % HOSTILE_PIECES; left > 0; left--) {
        *seed = *seed * 1664525 + 1013904223;
        const char *piece = pieces[(*seed >> 8) % (sizeof pieces / sizeof pieces[0])];
        len += (size_t)snprintf(out + len, HOSTILE_SIZE - len, "%s", piece);
    }
    snprintf(out + len, HOSTILE_SIZE - len, "x");
}

static inline const char *hex_of(const char *text, char out[2 * HOSTILE_SIZE])
{
    out[0] = '\0';
    for (size_t i = 0; text[i]; i++)
        snprintf(out + 2 * i, 3, "%02X", (unsigned char)text[i]);
    return out;
}

#endif
