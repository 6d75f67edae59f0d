/*
 * Renames that somebody asked for: which objects are meant, and what is written for them.
 */
#ifndef SKN_SCHEMA_RENAME_H
#define SKN_SCHEMA_RENAME_H

#include "schema/plan.h"

/* What is only in `from` and called old there, and what is only in `to`, called new and of the same
 * kind. A name is an object's id, its bare name, or "parent.name". SKN_E_USAGE: there are not
 * exactly such two, or the driver does not rename their kind. */
int skn_rename_find(const struct skn_picture *from, const struct skn_picture *to, const char *old,
                    const char *new, const struct skn_object *found[2], struct skn_error *err);

/* A plan of this one rename, its difference included. The caller finishes it, also after an error.
 */
int skn_rename_plan(struct skn_schema_plan *plan, const struct skn_object *from,
                    const struct skn_object *to, const struct skn_schema_facet *facet,
                    const struct skn_schema_options *options, struct skn_error *err);

#endif
