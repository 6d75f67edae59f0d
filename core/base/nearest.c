/*
 * Edit distance for hints. It knows nothing of what the words are.
 */
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 128 };

void skn_nearest_init(struct skn_nearest *nearest, const char *word)
{
    *nearest = (struct skn_nearest){.word = word, .distance = (strlen(word) + 2) / 3 + 1};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int same_letter(char a, char b)
{
    return lower(a) == lower(b);
}

/* Insertions, deletions and changes from a to b, both at most WORD_MAX bytes, case left aside. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = diagonal + !same_letter(a[i - 1], b[j - 1]);
            diagonal = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}

void skn_nearest_offer(struct skn_nearest *nearest, const char *candidate)
{
    size_t word_len = strlen(nearest->word);
    size_t len = strlen(candidate);
    size_t gap = word_len < len ? len - word_len : word_len - len;
    if (word_len > WORD_MAX || len > WORD_MAX || gap >= nearest->distance)
        return;
    size_t found = distance(nearest->word, word_len, candidate, len);
    /* A word that shares no letter is no hint. */
    if (found < nearest->distance && found < len) {
        nearest->distance = found;
        nearest->best = candidate;
    }
}

const char *skn_nearest_hint(const struct skn_nearest *nearest, char out[SKN_HINT_TEXT])
{
    out[0] = '\0';
    if (nearest->best)
        snprintf(out, SKN_HINT_TEXT, "; did you mean \"%s\"?", nearest->best);
    return out;
}
