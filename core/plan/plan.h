/*
 * Plans: what takes targets from the version rows they have to where a person wants them. Targets
 * with the same history, rows and wish share one plan. It knows nothing of workers, and opens no
 * connection.
 */
#ifndef SKN_PLAN_PLAN_H
#define SKN_PLAN_PLAN_H

#include "history/walk.h"

enum skn_plan_verb { SKN_PLAN_UPGRADE = 0, SKN_PLAN_DOWNGRADE = 1, SKN_PLAN_STAMP = 2 };

struct skn_plan {
    const struct skn_history *history;
    enum skn_plan_verb verb;
    const char *rows; /* the version rows it starts from: ids, sorted, joined by commas */
    const char *end;  /* and those it ends with */
    struct skn_walk walk;
};

struct skn_planner; /* keeps every plan it made */

struct skn_planner *skn_planner_create(enum skn_plan_verb verb, const char *symbol);

/* A stamp with several symbols; purge: away with what stands in the version table now. */
struct skn_planner *skn_planner_create_stamp(const char *const *symbols, size_t count, int purge);
void skn_planner_destroy(struct skn_planner *planner);

/* The plan for a target of history at rows (joined by commas, sorted). It lives as long as the
 * planner. SKN_E_USAGE, SKN_E_CONFIG: the symbol means nothing here, or the rows are not of this
 * history. */
int skn_planner_get(struct skn_planner *planner, const struct skn_history *history,
                    const char *rows, const struct skn_plan **plan, struct skn_error *err);

/* Version rows, joined by commas, as a set of revisions; the caller finishes it. */
int skn_plan_rows(const struct skn_history *history, const char *rows, struct skn_set *set,
                  struct skn_error *err);
/* The same, but for the rows that no file has. */
void skn_plan_rows_known(const struct skn_history *history, const char *rows, struct skn_set *set);

/* Can a target with this driver run it: every section there, nothing irreversible on the way down.
 */
int skn_plan_check(const struct skn_plan *plan, const char *driver, struct skn_error *err);

/* The section that a step of it runs with this driver, NULL for a stamp. */
const struct skn_section *skn_plan_section(const struct skn_walk_step *step, const char *driver);

#endif
