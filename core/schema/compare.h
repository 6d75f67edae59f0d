/*
 * Two pictures side by side: what has to happen to each object on the way from one to the other. It
 * knows nothing of order.
 */
#ifndef SKN_SCHEMA_COMPARE_H
#define SKN_SCHEMA_COMPARE_H

#include "base/buf.h"
#include "schema/picture.h"

enum { SKN_PAIR_NONE = UINT32_MAX };

/* One object on both sides, or on one. */
struct skn_object_pair {
    const struct skn_object *from; /* NULL: it is new */
    const struct skn_object *to;   /* NULL: it goes */
    const struct skn_attr_change *attrs;
    uint32_t attr_count;
    uint32_t op;   /* enum skn_change_op, never RENAME */
    int refused;   /* the driver cannot make this change without loss */
    int rebuild;   /* ALTER: what needs it must go before */
    int carries;   /* ALTER: what hangs on it on one side only comes and goes with it */
    int through;   /* holds rows, and what it needs is rebuilt: the wave goes on */
    uint32_t root; /* the pair whose change carries this one: itself unless a part */
};

struct skn_comparison {
    struct skn_arena arena;
    const struct skn_picture *from;
    const struct skn_picture *to;
    const struct skn_kind *kinds;
    struct skn_object_pair *pairs; /* ordered by kind, then by id */
    uint32_t count;
    uint32_t different; /* pairs with an op of their own, before anything follows from it */
    uint32_t *by_from;  /* pair of from->objects[i] */
    uint32_t *by_to;
};

/* Both pictures are of the facet's kinds, and outlive the comparison. The caller finishes it.
 * Linear. */
void skn_comparison_make(struct skn_comparison *comparison, const struct skn_picture *from,
                         const struct skn_picture *to, const struct skn_schema_facet *facet,
                         const struct skn_schema_options *options);
void skn_comparison_finish(struct skn_comparison *comparison);

/* What needs an object that goes, or is rebuilt, goes with it and comes back. Pairs in forced
 * (indexed by pair) are replaced, whatever was thought of them. SKN_E_UNSUPPORTED: a change that
 * the driver refuses, or that rows stand in the way of. */
int skn_comparison_close(struct skn_comparison *comparison, const uint8_t *forced,
                         struct skn_error *err);

/* One difference for people: "column public.t/a: type: integer -> text". */
void skn_pair_describe(const struct skn_comparison *comparison, const struct skn_object_pair *pair,
                       struct skn_buf *out);

/* By which a driver reads objects; write() and ctx are left to who renders. */
extern const struct skn_schema_host skn_schema_reading;

#endif
