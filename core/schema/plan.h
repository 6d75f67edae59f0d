/*
 * The statements that turn one picture into another, in order. It knows nothing of files and of
 * databases.
 */
#ifndef SKN_SCHEMA_PLAN_H
#define SKN_SCHEMA_PLAN_H

#include "schema/compare.h"

struct skn_schema_statement {
    uint32_t flags; /* enum skn_sql_flag */
    const char *text;
    const char *note;  /* "" if none */
    const char *probe; /* "" if none */
};

struct skn_schema_plan {
    struct skn_arena arena;
    struct skn_schema_statement *statements;
    size_t count;
    size_t room;
    const char *const *differences; /* for people, in the order of kind and id */
    size_t difference_count;
};

/* Down is the same call with the pictures exchanged. The facet needs render() only where something
 * differs. The caller finishes the plan, also after an error. SKN_E_UNSUPPORTED: what differs
 * cannot be written, the message says why. SKN_E_DRIVER: the driver did not write a change. Linear
 * in objects and needs but for sorting. */
int skn_schema_plan_make(struct skn_schema_plan *plan, const struct skn_picture *from,
                         const struct skn_picture *to, const struct skn_schema_facet *facet,
                         const struct skn_schema_options *options, struct skn_error *err);
void skn_schema_plan_finish(struct skn_schema_plan *plan);

/* A plan that is put together from others. */
void skn_schema_plan_init(struct skn_schema_plan *plan);
/* Appends what the driver writes of one change that stands alone. */
int skn_schema_plan_write(struct skn_schema_plan *plan, const struct skn_change *change,
                          const struct skn_schema_facet *facet,
                          const struct skn_schema_options *options, struct skn_error *err);
void skn_schema_plan_difference_add(struct skn_schema_plan *plan, const char *text);
/* Appends a copy of the statements and differences of more. */
void skn_schema_plan_append(struct skn_schema_plan *plan, const struct skn_schema_plan *more);

/* enum skn_sql_flag of all its statements. */
unsigned skn_schema_plan_flags(const struct skn_schema_plan *plan);

/* The differences alone: what check and diff show. */
void skn_schema_plan_differences(struct skn_schema_plan *plan, const struct skn_picture *from,
                                 const struct skn_picture *to, const struct skn_schema_facet *facet,
                                 const struct skn_schema_options *options);

#endif
