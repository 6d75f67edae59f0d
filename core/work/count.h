/*
 * How many rows there are of everything that holds rows.
 */
#ifndef SKN_WORK_COUNT_H
#define SKN_WORK_COUNT_H

#include "work/inspect.h"

/* What picture shows, counted in the session that it was looked at in: {"table public.a": 3, ...},
 * without what cannot be counted; The caller frees it. */
json_t *skn_rows_count(struct skn_session *session, const struct skn_looking *looking,
                       const struct skn_picture *picture);

/* Appends to losses {"what", "when", "before", "after"} for each that is in both and differs; only
 * those of which there are less if less is set. */
void skn_rows_compare(const json_t *before, const json_t *after, const char *when, int less,
                      json_t *losses);

#endif
