/*
 * Proposals and their proof. It knows nothing of files, and nothing of what a table is.
 */
#include "work/propose.h"

#include "base/buf.h"
#include "work/renames.h"

int skn_propose_all(struct skn_schema_plan *plan, const struct skn_session *session,
                    const struct skn_looking *looking, const struct skn_picture *picture,
                    struct skn_error *err)
{
    const struct skn_schema_facet *facet = skn_session_facet(session);
    struct skn_picture nothing;
    struct skn_sink sink;
    skn_picture_init(&nothing, facet->kinds, facet->kind_count, &sink);
    int rc = skn_picture_link(&nothing, err);
    if (rc == SKN_OK)
        rc = skn_schema_plan_make(plan, &nothing, picture, facet, &looking->options, err);
    else
        *plan = (struct skn_schema_plan){0};
    skn_picture_finish(&nothing);
    return rc;
}

int skn_propose_desired(struct skn_picture *picture, struct skn_session *beside,
                        const struct skn_looking *looking, const struct skn_script *script,
                        struct skn_error *err)
{
    struct skn_scratch scratch;
    *picture = (struct skn_picture){0};
    int rc = skn_scratch_open(&scratch, beside, err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_scratch_load(&scratch, script, err);
    if (rc == SKN_OK)
        rc = skn_inspect(&scratch.session, looking, picture, err);
    skn_scratch_close(&scratch);
    return rc;
}

/* ---- normal forms ---- */

/* What was made is what was asked for, but for the wording of texts that are there on both sides.
 */
static int faithful(const struct skn_session *session, const struct skn_looking *looking,
                    const struct skn_picture *asked, const struct skn_picture *made,
                    struct skn_error *err)
{
    struct skn_comparison comparison;
    struct skn_buf text = {0};
    int rc = SKN_OK;
    skn_comparison_make(&comparison, asked, made, skn_session_facet(session), &looking->options);
    for (uint32_t i = 0; rc == SKN_OK && i < comparison.count; i++) {
        const struct skn_object_pair *pair = &comparison.pairs[i];
        int differs = pair->op != SKN_CHANGE_NONE && (!pair->from || !pair->to);
        for (uint32_t k = 0; k < pair->attr_count; k++)
            differs = differs || !pair->attrs[k].from.ptr || !pair->attrs[k].to.ptr;
        if (!differs)
            continue;
        skn_pair_describe(&comparison, pair, &text);
        rc = skn_error_set(err, SKN_E_UNSUPPORTED, "it comes out different: %.400s",
                           skn_buf_text(&text));
    }
    skn_buf_finish(&text);
    skn_comparison_finish(&comparison);
    return rc;
}

int skn_propose_recreate(struct skn_scratch *scratch, const struct skn_looking *looking,
                         const struct skn_picture *picture, struct skn_picture *normal,
                         struct skn_error *err)
{
    struct skn_schema_plan plan;
    int rc = skn_propose_all(&plan, &scratch->session, looking, picture, err);
    if (rc == SKN_OK)
        rc = skn_scratch_apply(scratch, &plan, err);
    skn_schema_plan_finish(&plan);
    if (rc == SKN_OK)
        rc = skn_inspect(&scratch->session, looking, normal, err);
    if (rc == SKN_OK)
        rc = faithful(&scratch->session, looking, picture, normal, err);
    return rc;
}

static int normal_make(struct skn_session *beside, const struct skn_looking *looking,
                       const struct skn_picture *picture, struct skn_picture *normal,
                       struct skn_error *err)
{
    struct skn_scratch scratch;
    int rc = skn_scratch_open(&scratch, beside, err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_propose_recreate(&scratch, looking, picture, normal, err);
    skn_scratch_close(&scratch);
    return rc;
}

/* ---- the proof ---- */

static int same(const struct skn_session *session, const struct skn_looking *looking,
                const struct skn_picture *seen, const struct skn_picture *wanted,
                struct skn_error *err)
{
    struct skn_schema_plan plan;
    int rc = SKN_OK;
    skn_schema_plan_differences(&plan, seen, wanted, skn_session_facet(session), &looking->options);
    if (plan.difference_count > 0)
        rc = skn_error_set(err, SKN_E_CONSTRAINT, "%.400s%s", plan.differences[0],
                           plan.difference_count > 1 ? ", and more" : "");
    skn_schema_plan_finish(&plan);
    return rc;
}

/* What scratch has become must be what it should be, word for word or in its normal form. */
static int arrived(struct skn_scratch *scratch, const struct skn_looking *looking,
                   const struct skn_picture *wanted, struct skn_error *err)
{
    struct skn_picture seen, normal = {0};
    struct skn_error first = SKN_ERROR_INIT;
    int rc = skn_inspect(&scratch->session, looking, &seen, err);
    if (rc == SKN_OK && same(&scratch->session, looking, &seen, wanted, &first) != SKN_OK) {
        rc = normal_make(scratch->beside, looking, &seen, &normal, err);
        if (rc == SKN_OK)
            rc = same(&scratch->session, looking, &normal, wanted, err);
    }
    skn_picture_finish(&normal);
    skn_picture_finish(&seen);
    return rc;
}

static int way_prove(struct skn_scratch *scratch, const struct skn_looking *looking,
                     const struct skn_schema_plan *plan, const struct skn_picture *wanted,
                     const char *way, struct skn_error *err)
{
    int rc = skn_scratch_apply(scratch, plan, err);
    if (rc != SKN_OK)
        return skn_error_context(err, "the %s does not run", way);
    rc = arrived(scratch, looking, wanted, err);
    return rc == SKN_OK ? rc : skn_error_context(err, "after the %s something differs", way);
}

/* scratch holds what is. */
static void prove(struct skn_proposal *proposal, struct skn_scratch *scratch,
                  const struct skn_looking *looking)
{
    struct skn_error *err = &proposal->unproven;
    int rc = way_prove(scratch, looking, &proposal->up, &proposal->to, "upgrade", err);
    if (rc == SKN_OK)
        way_prove(scratch, looking, &proposal->down, &proposal->from, "downgrade", err);
}

/* ---- the proposal ---- */

/* What still differs once the renames are done; takes the picture in which they are. */
static int rest_append(struct skn_schema_plan *plan, const struct skn_session *session,
                       const struct skn_looking *looking, struct skn_picture *renamed,
                       const struct skn_picture *to, struct skn_error *err)
{
    struct skn_schema_plan rest;
    int rc = skn_schema_plan_make(&rest, renamed, to, skn_session_facet(session), &looking->options,
                                  err);
    if (rc == SKN_OK)
        skn_schema_plan_append(plan, &rest);
    skn_schema_plan_finish(&rest);
    return rc;
}

static int renamed_make(struct skn_proposal *proposal, struct skn_session *session,
                        const struct skn_looking *looking, const json_t *texts,
                        struct skn_error *err)
{
    struct skn_renames renames = {.texts = texts};
    struct skn_picture renamed = {0};
    int rc = skn_renames_there(&renames, session, looking, &proposal->from, &proposal->to,
                               &proposal->up, &renamed, err);
    if (rc == SKN_OK) {
        skn_suggestions_find(&proposal->suggestions, &renamed, &proposal->to);
        rc = rest_append(&proposal->up, session, looking, &renamed, &proposal->to, err);
    }
    skn_picture_finish(&renamed);
    if (rc == SKN_OK)
        rc = skn_renames_back(&renames, session, looking, &proposal->to, &proposal->down, &renamed,
                              err);
    if (rc == SKN_OK)
        rc = rest_append(&proposal->down, session, looking, &renamed, &proposal->from, err);
    skn_picture_finish(&renamed);
    skn_renames_finish(&renames);
    return rc;
}

static int plans_make(struct skn_proposal *proposal, struct skn_session *session,
                      const struct skn_looking *looking, const json_t *renames, unsigned flags,
                      struct skn_error *err)
{
    const struct skn_schema_facet *facet = skn_session_facet(session);
    if (!(flags & SKN_PROPOSE_WRITE)) {
        skn_schema_plan_differences(&proposal->up, &proposal->from, &proposal->to, facet,
                                    &looking->options);
        return SKN_OK;
    }
    if (json_array_size(renames) > 0)
        return renamed_make(proposal, session, looking, renames, err);
    skn_suggestions_find(&proposal->suggestions, &proposal->from, &proposal->to);
    int rc = skn_schema_plan_make(&proposal->up, &proposal->from, &proposal->to, facet,
                                  &looking->options, err);
    if (rc == SKN_OK)
        rc = skn_schema_plan_make(&proposal->down, &proposal->to, &proposal->from, facet,
                                  &looking->options, err);
    return rc;
}

/* Where texts differ at first sight. One scratch database holds what is, and the proof goes on in
 * it. */
static int differing_propose(struct skn_proposal *proposal, struct skn_session *beside,
                             const struct skn_looking *looking, const struct skn_picture *from,
                             const struct skn_picture *to, const json_t *renames, unsigned flags,
                             struct skn_error *err)
{
    struct skn_scratch scratch;
    proposal->normal = 1;
    int rc = normal_make(beside, looking, to, &proposal->to, err);
    if (rc != SKN_OK)
        return skn_error_context(err, "the desired schema cannot be made from its own picture");
    rc = skn_scratch_open(&scratch, beside, err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_propose_recreate(&scratch, looking, from, &proposal->from, err);
    if (rc != SKN_OK)
        skn_error_context(err, "the present schema cannot be made from its own picture");
    if (rc == SKN_OK)
        rc = plans_make(proposal, beside, looking, renames, flags, err);
    if (rc == SKN_OK && (flags & SKN_PROPOSE_PROVE))
        prove(proposal, &scratch, looking);
    skn_scratch_close(&scratch);
    return rc;
}

int skn_propose(struct skn_proposal *proposal, struct skn_session *beside,
                const struct skn_looking *looking, const struct skn_picture *from,
                const struct skn_picture *to, const json_t *renames, unsigned flags,
                struct skn_error *err)
{
    *proposal = (struct skn_proposal){.unproven = SKN_ERROR_INIT};
    struct skn_error cannot = SKN_ERROR_INIT;
    skn_schema_plan_differences(&proposal->up, from, to, skn_session_facet(beside),
                                &looking->options);
    if (proposal->up.difference_count == 0)
        return SKN_OK;
    if (skn_inspect_require(beside, 1, &cannot) != SKN_OK) {
        /* One that can only look has no normal forms; its texts are what they are. */
        if (!(flags & SKN_PROPOSE_WRITE))
            return SKN_OK;
        *err = cannot;
        return (int)err->code;
    }
    skn_schema_plan_finish(&proposal->up);
    return differing_propose(proposal, beside, looking, from, to, renames, flags, err);
}

void skn_proposal_finish(struct skn_proposal *proposal)
{
    skn_schema_plan_finish(&proposal->up);
    skn_schema_plan_finish(&proposal->down);
    skn_suggestions_finish(&proposal->suggestions);
    if (proposal->normal) {
        skn_picture_finish(&proposal->from);
        skn_picture_finish(&proposal->to);
    }
}
