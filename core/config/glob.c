/*
 * Matching without recursion: only the last * is ever gone back to, which is enough, as an earlier
 * one can do nothing that the last one could not.
 */
#include "config/glob.h"

#include <stddef.h>
#include <string.h>

int skn_glob_is(const char *text)
{
    return strpbrk(text, "*?[") != NULL;
}

/* Behind the class that starts at pattern, NULL if it is never closed. A ] that is first in it is
 * one of its characters. */
static const char *class_end(const char *pattern)
{
    const char *at = pattern + 1;
    if (*at == '!' || *at == '^')
        at++;
    if (*at == ']')
        at++;
    at = strchr(at, ']');
    return at ? at + 1 : NULL;
}

int skn_glob_valid(const char *pattern)
{
    while ((pattern = strchr(pattern, '[')) != NULL) {
        pattern = class_end(pattern);
        if (!pattern)
            return 0;
    }
    return 1;
}

static int class_match(const char *pattern, const char *end, unsigned char c)
{
    const char *at = pattern + 1;
    int negated = *at == '!' || *at == '^';
    int found = 0;
    at += negated;
    for (end--; at < end; at++) {
        unsigned char low = (unsigned char)*at;
        unsigned char high = low;
        if (at + 2 < end && at[1] == '-') {
            high = (unsigned char)at[2];
            at += 2;
        }
        if (c >= low && c <= high)
            found = 1;
    }
    return found != negated;
}

/* Bytes of the character at text: a ? stands for all of them. */
static size_t char_len(const char *text)
{
    size_t len = 1;
    while (((unsigned char)text[len] & 0xc0) == 0x80)
        len++;
    return len;
}

/* One element of the pattern, which is no *, against the start of text: bytes it takes, 0: none. */
static size_t element_match(const char **pattern, const char *text)
{
    const char *at = *pattern;
    if (*at == '[') {
        const char *end = class_end(at);
        *pattern = end;
        return class_match(at, end, (unsigned char)*text) ? 1 : 0;
    }
    *pattern = at + 1;
    if (*at == '?')
        return char_len(text);
    return *at == *text ? 1 : 0;
}

int skn_glob_match(const char *pattern, const char *text)
{
    const char *star = NULL;   /* behind the last * met */
    const char *resume = NULL; /* where in text it may go on to stand for one more byte */
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
            continue;
        }
        const char *next = pattern;
        size_t taken = *pattern ? element_match(&next, text) : 0;
        if (taken > 0) {
            pattern = next;
            text += taken;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return 0;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}
