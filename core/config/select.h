/*
 * Selecting targets: names, globs, tags, groups, histories, drivers, and what the databases say.
 */
#ifndef SKN_CONFIG_SELECT_H
#define SKN_CONFIG_SELECT_H

#include "config/config.h"

struct skn_selection; /* parsed selectors */

/* texts: the values of --target, each perhaps several by commas; "-" reads names from standard
 * input. No texts: every target. Every word of `name`, `glob*`, `@tag`, `history:x`, `driver:x`,
 * `group:x`, `fleet:x`, `at:REV`, `behind`, each perhaps with a ! before it. SKN_E_USAGE for one
 * that is malformed, or that needs no database and matches nothing (with the nearest name as a
 * hint). */
int skn_selection_create(const struct skn_config *config, const char *const *texts, size_t count,
                         struct skn_selection **selection, struct skn_error *err);
void skn_selection_destroy(struct skn_selection *selection);

/* What only the databases know. */
struct skn_live {
    void *ctx;
    int (*at)(void *ctx, const struct skn_target *target, const char *revision);
    int (*behind)(void *ctx, const struct skn_target *target);
};

/* 1 selected, 0 not, -1 only the database can tell (live is NULL). */
int skn_selection_has(const struct skn_selection *selection, const struct skn_target *target,
                      const struct skn_live *live);

/* True when it holds a selector that only databases can answer. */
int skn_selection_needs_live(const struct skn_selection *selection);

#endif
