/*
 * Routes: the steps of a plan for one driver, as a worker gets them, each encoded once. It knows
 * nothing of what a worker does with them.
 */
#ifndef SKN_RUN_ROUTE_H
#define SKN_RUN_ROUTE_H

#include "run/fleet.h"

struct skn_route;

struct skn_routes {
    struct skn_fleet *fleet;
    struct skn_route *known;
    int logged; /* each step says how a log names it */
};

/* Adds the numbers of the scripts that steps take. */
void skn_route_scripts(const json_t *steps, json_t *scripts);

/* The steps stay the routes'. */
json_t *skn_route_steps(struct skn_routes *routes, const struct skn_plan *plan, const char *driver);
void skn_routes_finish(struct skn_routes *routes);

/* A step of a plan and its undoing, as a worker gets them: {"up": ..., "down": ...}; without "down"
 * where the revision cannot be undone. The caller's reference. */
json_t *skn_route_pair(const struct skn_routes *routes, const struct skn_walk_step *step,
                       const char *driver);

/* Rows that are joined by commas, as a list. */
json_t *skn_rows_split(const char *rows);

#endif
