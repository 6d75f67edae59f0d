/*
 * Renames that may be meant: what goes, and comes with the same definition under another name.
 * Nothing follows from one but that it is said.
 */
#ifndef SKN_SCHEMA_SUGGEST_H
#define SKN_SCHEMA_SUGGEST_H

#include "schema/picture.h"

struct skn_suggestion {
    const char *text;   /* for people: "table public.a goes, and public.b comes ..." */
    const char *rename; /* what --rename takes: "a:b" */
};

struct skn_suggestions {
    struct skn_arena arena;
    struct skn_suggestion *items;
    size_t count;
    size_t room;
};

/* Looks for objects that hold rows and can be renamed: one in `from` alone, one in `to` alone, at
 * the same place, and no third that looks like them. Linear but for sorting. The caller finishes
 * the suggestions, which start empty. */
void skn_suggestions_find(struct skn_suggestions *suggestions, const struct skn_picture *from,
                          const struct skn_picture *to);
void skn_suggestions_finish(struct skn_suggestions *suggestions);

#endif
