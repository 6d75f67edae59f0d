/*
 * How a driver reads the core's objects.
 */
#include "schema/compare.h"

static uint32_t object_kind(const struct skn_object *object)
{
    return object->kind;
}

static struct skn_str object_id(const struct skn_object *object)
{
    return object->id;
}

static struct skn_str object_name(const struct skn_object *object)
{
    return object->name;
}

static struct skn_str object_definition(const struct skn_object *object)
{
    return object->definition;
}

static struct skn_str object_attr(const struct skn_object *object, const char *key)
{
    return skn_object_attr(object, skn_str(key));
}

static const struct skn_object *object_parent(const struct skn_object *object)
{
    return object->parent;
}

static const struct skn_object *member(const struct skn_objects *list, uint32_t index)
{
    return index < list->count ? list->items[index] : NULL;
}

static const struct skn_object *object_child(const struct skn_object *object, uint32_t index)
{
    return member(&object->children, index);
}

static const struct skn_object *object_needed(const struct skn_object *object, uint32_t index)
{
    return member(&object->needs, index);
}

static const struct skn_object *object_dependent(const struct skn_object *object, uint32_t index)
{
    return member(&object->dependents, index);
}

static const struct skn_object *object_beside(const struct skn_object *object, uint32_t kind,
                                              struct skn_str id)
{
    return skn_picture_find(object->picture, kind, id);
}

const struct skn_schema_host skn_schema_reading = {
    .size = sizeof skn_schema_reading,
    .kind = object_kind,
    .id = object_id,
    .name = object_name,
    .definition = object_definition,
    .attr = object_attr,
    .parent = object_parent,
    .child = object_child,
    .needed = object_needed,
    .dependent = object_dependent,
    .find = object_beside,
};
