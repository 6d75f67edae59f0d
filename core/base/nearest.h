/*
 * "Did you mean": the known word nearest to one that is not known.
 */
#ifndef SKN_BASE_NEAREST_H
#define SKN_BASE_NEAREST_H

#include <stddef.h>

struct skn_nearest {
    const char *word;
    const char *best; /* borrowed from who offered it; NULL while nothing is near */
    size_t distance;
};

void skn_nearest_init(struct skn_nearest *nearest, const char *word);
void skn_nearest_offer(struct skn_nearest *nearest, const char *candidate);

/* "; did you mean "best"?", or "". out holds SKN_HINT_TEXT bytes; returns it. */
enum { SKN_HINT_TEXT = 160 };
const char *skn_nearest_hint(const struct skn_nearest *nearest, char out[SKN_HINT_TEXT]);

#endif
