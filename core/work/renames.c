/*
 * Running renames in a scratch database. It knows nothing of what follows from them.
 */
#include "work/renames.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "schema/rename.h"
#include "work/propose.h"

struct renaming {
    struct skn_scratch scratch;
    const struct skn_looking *looking;
    struct skn_schema_plan *plan;
    struct skn_picture *now;
};

/* keep: where the picture from before goes; NULL: nowhere. */
static int one_run(struct renaming *renaming, const struct skn_picture *to, const char *old,
                   const char *new, struct skn_picture *keep, struct skn_error *err)
{
    struct skn_session *session = &renaming->scratch.session;
    const struct skn_object *found[2];
    struct skn_schema_plan one = {0};
    int rc = skn_rename_find(renaming->now, to, old, new, found, err);
    if (rc == SKN_OK)
        rc = skn_rename_plan(&one, found[0], found[1], skn_session_facet(session),
                             &renaming->looking->options, err);
    if (rc == SKN_OK)
        rc = skn_scratch_apply(&renaming->scratch, &one, err);
    if (rc == SKN_OK) {
        struct skn_picture after = {0};
        skn_schema_plan_append(renaming->plan, &one);
        rc = skn_inspect(session, renaming->looking, &after, err);
        if (!keep)
            skn_picture_finish(renaming->now);
        else
            skn_picture_move(renaming->now, keep);
        skn_picture_move(&after, renaming->now);
    }
    skn_schema_plan_finish(&one);
    return rc == SKN_OK ? rc : skn_error_context(err, "--rename %.80s:%.80s", old, new);
}

/* Splits "old:new"; *old is to be freed. */
static int text_split(const char *text, char **old, char **new, struct skn_error *err)
{
    *old = skn_strdup(text);
    *new = strchr(*old, ':');
    if (!*new || *new == *old || (*new)[1] == '\0')
        return skn_error_set(err, SKN_E_USAGE, "--rename is written old:new, and not %.100s", text);
    *(*new)++ = '\0';
    return SKN_OK;
}

static int begin(struct renaming *renaming, struct skn_session *beside,
                 const struct skn_picture *from, struct skn_error *err)
{
    *renaming->now = (struct skn_picture){0};
    skn_schema_plan_init(renaming->plan);
    int rc = skn_scratch_open(&renaming->scratch, beside, err);
    if (rc == SKN_OK)
        rc = skn_propose_recreate(&renaming->scratch, renaming->looking, from, renaming->now, err);
    return rc;
}

static void end(struct renaming *renaming)
{
    if (renaming->scratch.beside)
        skn_scratch_close(&renaming->scratch);
}

int skn_renames_there(struct skn_renames *renames, struct skn_session *beside,
                      const struct skn_looking *looking, const struct skn_picture *from,
                      const struct skn_picture *to, struct skn_schema_plan *plan,
                      struct skn_picture *after, struct skn_error *err)
{
    struct renaming renaming = {.looking = looking, .plan = plan, .now = after};
    size_t count = json_array_size(renames->texts);
    renames->before = skn_alloc_array(count, sizeof *renames->before);
    int rc = begin(&renaming, beside, from, err);
    for (size_t i = 0; rc == SKN_OK && i < count; i++) {
        char *old, *new;
        rc = text_split(json_string_value(json_array_get(renames->texts, i)), &old, &new, err);
        if (rc == SKN_OK)
            rc = one_run(&renaming, to, old, new, &renames->before[i], err);
        free(old);
    }
    end(&renaming);
    return rc;
}

int skn_renames_back(struct skn_renames *renames, struct skn_session *beside,
                     const struct skn_looking *looking, const struct skn_picture *from,
                     struct skn_schema_plan *plan, struct skn_picture *after, struct skn_error *err)
{
    struct renaming renaming = {.looking = looking, .plan = plan, .now = after};
    int rc = begin(&renaming, beside, from, err);
    for (size_t i = json_array_size(renames->texts); rc == SKN_OK && i > 0; i--) {
        char *old, *new;
        rc = text_split(json_string_value(json_array_get(renames->texts, i - 1)), &old, &new, err);
        if (rc == SKN_OK)
            rc = one_run(&renaming, &renames->before[i - 1], new, old, NULL, err);
        free(old);
    }
    end(&renaming);
    return rc;
}

void skn_renames_finish(struct skn_renames *renames)
{
    for (size_t i = 0; renames->before && i < json_array_size(renames->texts); i++)
        skn_picture_finish(&renames->before[i]);
    free(renames->before);
    *renames = (struct skn_renames){0};
}
