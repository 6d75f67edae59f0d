/*
 * What a set of revisions stands on, and whether the set makes sense: one of its revisions cannot
 * stand on another.
 */
#include "history/closure.h"

#include <stdlib.h>

#include "base/buf.h"

static void others_name(const struct skn_history *history, const struct skn_set *set,
                        const uint8_t *below, struct skn_buf *names)
{
    for (size_t i = 0; i < set->count; i++)
        if (below[set->items[i]])
            skn_buf_addf(names, "%s%s", names->len ? ", " : "",
                         history->revisions[set->items[i]].id);
}

static int overlap_fail(const struct skn_history *history, const struct skn_set *set,
                        struct skn_error *err)
{
    struct skn_buf names = {0};
    size_t at = 0;
    for (; names.len == 0 && at < set->count; at++) {
        struct skn_set one = {&set->items[at], 1};
        uint8_t *below = skn_marks_create_below(history, &one);
        others_name(history, set, below, &names);
        free(below);
    }
    skn_error_set(err, SKN_E_USAGE,
                  "Requested revision %s overlaps with other requested revisions %s",
                  history->revisions[set->items[at - 1]].id, skn_buf_text(&names));
    skn_buf_finish(&names);
    return SKN_E_USAGE;
}

int skn_closure_create(const struct skn_history *history, const struct skn_set *set,
                       uint8_t **closure, struct skn_error *err)
{
    *closure = skn_marks_create_below(history, set);
    for (size_t i = 0; i < set->count; i++)
        if ((*closure)[set->items[i]])
            return overlap_fail(history, set, err);
    for (size_t i = 0; i < set->count; i++)
        (*closure)[set->items[i]] = 1;
    return SKN_OK;
}
