/*
 * Spreads branch labels over the graph. It knows nothing of symbols: LABEL@ there means a whole
 * line of descent.
 */
#include "history/branch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "history/marks.h"

static void branch_labels_add(struct skn_branch_labels *to, const struct skn_revision *from)
{
    for (size_t i = 0; i < from->label_count; i++) {
        to->items = skn_grow(to->items, to->count, &to->room, sizeof *to->items);
        to->items[to->count++] = from->labels[i];
    }
}

static int branches_or_merges(const struct skn_revision *revision)
{
    return revision->parents.count > 1 || revision->children.count + revision->dependants.count > 1;
}

/* Alembic carries a label down from the last descendant it meets, so that it reaches the ancestors
 * only along a line that does not branch. */
static int line_is_plain(const struct skn_history *history, const struct skn_revision *revision)
{
    while (!branches_or_merges(revision)) {
        if (revision->children.count == 0)
            return 1;
        revision = &history->revisions[revision->children.items[0]];
    }
    return 0;
}

static void below_mark(const struct skn_history *history, const struct skn_revision *revision,
                       uint8_t *marks)
{
    while (!branches_or_merges(revision)) {
        marks[revision->index] = 1;
        if (revision->parents.count == 0)
            return;
        revision = &history->revisions[revision->parents.items[0]];
    }
}

static void labels_spread(struct skn_branches *branches, const struct skn_history *history,
                          const struct skn_revision *from)
{
    struct skn_set one;
    skn_set_from_one(from, &one);
    uint8_t *marks = skn_marks_create(history, &one);
    skn_marks_up(history, marks, SKN_EDGES_REVISES);
    if (line_is_plain(history, from))
        below_mark(history, from, marks);
    for (size_t i = 0; i < history->count; i++)
        if (marks[i])
            branch_labels_add(&branches->of[i], from);
    free(marks);
    skn_set_finish(&one);
}

void skn_branches_init(struct skn_branches *branches, const struct skn_history *history)
{
    branches->of = skn_alloc_array(history->count, sizeof *branches->of);
    branches->count = history->count;
    for (size_t i = 0; i < history->count; i++)
        if (history->revisions[i].label_count > 0)
            labels_spread(branches, history, &history->revisions[i]);
}

void skn_branches_finish(struct skn_branches *branches)
{
    for (size_t i = 0; i < branches->count; i++)
        free(branches->of[i].items);
    free(branches->of);
    *branches = (struct skn_branches){0};
}
