/*
 * Finding and writing renames. It never guesses one.
 */
#include "schema/rename.h"

#include <string.h>

static int is_called(const struct skn_object *object, const char *text)
{
    size_t len = strlen(text);
    if (skn_str_compare(object->id, skn_str(text)) == 0 ||
        skn_str_compare(object->name, skn_str(text)) == 0)
        return 1;
    /* "table.column", whatever the driver makes ids of */
    if (!object->parent || len != object->parent->name.len + 1 + object->name.len)
        return 0;
    size_t dot = object->parent->name.len;
    return text[dot] == '.' && memcmp(text, object->parent->name.ptr, dot) == 0 &&
           memcmp(text + dot + 1, object->name.ptr, object->name.len) == 0;
}

/* The only one called so that `other` does not have; kind SKN_KIND_NONE: of any that can be
 * renamed. NULL: none, or several. */
static const struct skn_object *only_in(const struct skn_picture *picture,
                                        const struct skn_picture *other, uint32_t kind,
                                        const char *text)
{
    const struct skn_object *found = NULL;
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct skn_object *object = &picture->objects[i];
        if ((kind != SKN_KIND_NONE && object->kind != kind) ||
            !(picture->kinds[object->kind].flags & SKN_KIND_RENAME) || !is_called(object, text) ||
            skn_picture_find(other, object->kind, object->id))
            continue;
        if (found)
            return NULL;
        found = object;
    }
    return found;
}

int skn_rename_find(const struct skn_picture *from, const struct skn_picture *to, const char *old,
                    const char *new, const struct skn_object *found[2], struct skn_error *err)
{
    found[0] = only_in(from, to, SKN_KIND_NONE, old);
    if (!found[0])
        return skn_error_set(
            err, SKN_E_USAGE,
            "nothing that can be renamed, or more than one thing, is called %.100s "
            "and goes; a column is written table.column",
            old);
    found[1] = only_in(to, from, found[0]->kind, new);
    if (!found[1])
        return skn_error_set(err, SKN_E_USAGE,
                             "no %s, or more than one, is called %.100s and comes, so that %.100s "
                             "cannot become it",
                             from->kinds[found[0]->kind].name, new, old);
    return SKN_OK;
}

int skn_rename_plan(struct skn_schema_plan *plan, const struct skn_object *from,
                    const struct skn_object *to, const struct skn_schema_facet *facet,
                    const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_change change = {
        .size = sizeof change, .op = SKN_CHANGE_RENAME, .from = from, .to = to};
    struct skn_buf text = {0};
    skn_schema_plan_init(plan);
    int rc = skn_schema_plan_write(plan, &change, facet, options, err);
    skn_buf_addf(&text, "%s %.*s: renamed to %.*s", facet->kinds[from->kind].name,
                 SKN_FMT(from->id), SKN_FMT(to->id));
    skn_schema_plan_difference_add(plan, skn_buf_text(&text));
    skn_buf_finish(&text);
    return rc;
}
