/*
 * history: the revisions of a history or of a range of it, newest first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cmd/verbs.h"
#include "history/marks.h"
#include "history/order.h"
#include "history/range.h"

/* What is listed, and whose version rows are marked. */
struct listing {
    struct skn_context *context;
    const struct skn_range *range;
    int mark_current;
};

/* current: the version rows of the database that was asked; NULL: none was. */
static int listing_print(const struct listing *listing, const struct skn_view *view,
                         const struct skn_set *current, struct skn_error *err)
{
    const struct skn_history *history = view->history;
    uint8_t *wanted = NULL;
    int rc = skn_range_find(history, listing->range, current, &wanted, err);
    uint8_t *is_current = skn_marks_create(history, listing->mark_current ? current : NULL);
    uint32_t *sorted = skn_alloc_array(history->count, sizeof *sorted);
    size_t count = rc == SKN_OK ? skn_order_sort(history, wanted, sorted) : 0;
    for (size_t i = 0; i < count; i++)
        skn_view_show(view, &history->revisions[sorted[i]],
                      SKN_DESCRIBE_PARENTS | SKN_DESCRIBE_LABELS | SKN_DESCRIBE_TREE |
                          SKN_DESCRIBE_DOC | (is_current[sorted[i]] ? SKN_DESCRIBE_CURRENT : 0u));
    free(sorted);
    free(is_current);
    free(wanted);
    return rc;
}

static int files_list(const struct listing *listing, struct skn_error *err)
{
    const struct skn_history *history;
    struct skn_view view;
    int rc = skn_context_files(listing->context, &history, err);
    if (rc != SKN_OK)
        return -1;
    skn_view_init(&view, listing->context, history);
    rc = listing_print(listing, &view, NULL, err);
    skn_view_finish(&view);
    return rc == SKN_OK ? 0 : -1;
}

static int member_list(const struct listing *listing, const struct skn_member *member,
                       struct skn_error *err)
{
    struct skn_context *context = listing->context;
    const struct skn_history *history;
    struct skn_set current = {0};
    struct skn_view view;
    int rc = skn_fleet_history(&context->fleet, member->target->history, &history, err);
    /* A row that no file has marks nothing; only a range may need to know where it is. */
    if (rc == SKN_OK && skn_range_needs_current(listing->range))
        rc = skn_plan_rows(history, member->rows, &current, err);
    else if (rc == SKN_OK)
        skn_plan_rows_known(history, member->rows, &current);
    if (rc != SKN_OK)
        return rc;
    skn_view_init(&view, context, history);
    view.target = skn_context_name(context, member);
    rc = listing_print(listing, &view, &current, err);
    skn_view_finish(&view);
    skn_set_finish(&current);
    return rc;
}

static int databases_list(const struct listing *listing, struct skn_error *err)
{
    struct skn_context *context = listing->context;
    int status =
        skn_context_fleet(context, err) == SKN_OK ? skn_context_probe(context, 0, err) : -1;
    for (size_t i = 0; status == 0 && i < context->fleet.count; i++)
        if (context->fleet.members[i].state == SKN_MEMBER_PROBED &&
            member_list(listing, &context->fleet.members[i], err) != SKN_OK)
            return -1;
    if (status == 0 && context->fleet.failed > 0)
        return skn_report_unasked(&context->report, &context->fleet);
    return status;
}

static int history_run(struct skn_context *context, struct skn_error *err)
{
    const char *text = skn_context_get(context, "rev-range");
    struct skn_range range;
    struct listing listing = {.context = context, .range = &range};
    listing.mark_current = skn_context_get(context, "indicate-current") != NULL;
    int status = -1;
    if (skn_range_parse(&range, text ? text : ":", err) == SKN_OK) {
        int asks = listing.mark_current || skn_range_needs_current(&range);
        status = asks ? databases_list(&listing, err) : files_list(&listing, err);
    }
    skn_range_finish(&range);
    return status;
}

static const struct skn_flag history_flags[] = {
    {"rev-range", 'r', "START:END",
     "only these, both ends included; an end may be current, START may count down from END (-3:), "
     "and END up from START (:+2)"},
    {"indicate-current", 'i', NULL, "ask the databases, and mark where each is"},
    {NULL, 0, NULL, NULL},
};

const struct skn_command skn_command_history = {
    .name = "history",
    .args = "",
    .summary = "List changeset scripts in chronological order.",
    .detail = "Newest first; with -v all there is to know of each. With several histories, "
              "--target history:NAME says which. With -i, or with current in the range, each "
              "selected target is asked; with several, each line starts with the target's name.",
    .flags = history_flags,
    .looks = 1,
    .run = history_run,
};
