/*
 * A picture: what a driver reported of one schema, as objects with definitions, attributes and
 * needs. It knows nothing of what a table is, and of any other picture.
 */
#ifndef SKN_SCHEMA_PICTURE_H
#define SKN_SCHEMA_PICTURE_H

#include <skein/schema.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"

struct skn_objects {
    struct skn_object **items;
    uint32_t count;
};

struct skn_object {
    const struct skn_picture *picture;
    uint32_t index; /* in picture->objects: ordered by kind, then by id */
    uint32_t kind;
    uint32_t reported; /* its place among all that were reported */
    uint32_t attr_count;
    struct skn_str id;
    struct skn_str name;
    struct skn_str slot;
    struct skn_str definition;
    struct skn_object *parent;    /* NULL: none */
    const struct skn_attr *attrs; /* sorted by key */
    struct skn_objects children;  /* as reported */
    struct skn_objects needs;     /* its parent is one of them */
    struct skn_objects dependents;
};

struct skn_picture {
    struct skn_arena arena;
    const struct skn_kind *kinds;
    uint32_t kind_count;
    uint32_t count;
    struct skn_object *objects;
    const char *unmodelled; /* what the driver has no kind for, comma-joined; "" if nothing */
    struct skn_picture_draft *draft;
};

/* Starts a picture: sink takes what inspect() reports. The caller finishes it. */
void skn_picture_init(struct skn_picture *picture, const struct skn_kind *kinds,
                      uint32_t kind_count, struct skn_sink *sink);
void skn_picture_finish(struct skn_picture *picture);

/* from is empty then. A linked picture only. */
void skn_picture_move(struct skn_picture *from, struct skn_picture *to);

/* All is reported: sorts and links. SKN_E_DRIVER: an id twice, or a parent that is not there. */
int skn_picture_link(struct skn_picture *picture, struct skn_error *err);

/* By kind and id; NULL if there is none. O(log n). */
const struct skn_object *skn_picture_find(const struct skn_picture *picture, uint32_t kind,
                                          struct skn_str id);

/* The value of an attribute; absent where there is none. */
struct skn_str skn_object_attr(const struct skn_object *object, struct skn_str key);

/* Whether it says who may do what: holds an object of a kind for that. */
int skn_picture_has_grants(const struct skn_picture *picture);

/* Equal exactly when all that is compared is equal. */
void skn_picture_hash(const struct skn_picture *picture, char out[SKN_SHA256_HEX]);

int skn_str_compare(struct skn_str a, struct skn_str b); /* by bytes; absent comes first */

#endif
