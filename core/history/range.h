/*
 * Ranges of a history: START:END, both included, as history -r takes them.
 */
#ifndef SKN_HISTORY_RANGE_H
#define SKN_HISTORY_RANGE_H

#include "history/symbol.h"

/* Its ends as they were typed; "" where nothing was. */
struct skn_range {
    char *start;
    char *end;
};

/* SKN_E_USAGE unless there is exactly one colon. The caller finishes the range, also then. */
int skn_range_parse(struct skn_range *range, const char *text, struct skn_error *err);
void skn_range_finish(struct skn_range *range);

/* Whether an end is "current", so that a database has to be asked. */
int skn_range_needs_current(const struct skn_range *range);

/* The revisions of the range, a byte each in marks, which the caller frees. current: the version
 * rows; may be NULL when the range does not need them. The start may be relative to the end (-3:),
 * and the end to the start (:+2). */
int skn_range_find(const struct skn_history *history, const struct skn_range *range,
                   const struct skn_set *current, uint8_t **marks, struct skn_error *err);

#endif
