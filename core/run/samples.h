/*
 * Samples of a history: rows that are put in behind a revision, to see whether those that follow
 * keep them.
 */
#ifndef SKN_RUN_SAMPLES_H
#define SKN_RUN_SAMPLES_H

#include "config/config.h"
#include "history/history.h"
#include "run/texts.h"

/* The file for a revision, NULL where there is none. folder: that of the history for a driver, NULL
 * for none. The path stays in arena. */
const char *skn_sample_path(struct skn_arena *arena, const char *folder,
                            const struct skn_revision *revision);

/* SKN_E_CONFIG: the folder cannot be read, or holds a file that is named after no revision. */
int skn_samples_check(const char *folder, const struct skn_history *history, struct skn_error *err);

#endif
