/*
 * What a person typed, to revisions. It knows nothing of the steps that lead there.
 */
#include "history/symbol.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "history/relative.h"

static int row_unknown(const char *row, struct skn_error *err)
{
    struct skn_buf shown = {0};
    skn_text_escape(&shown, skn_str(row), 0);
    skn_error_set(err, SKN_E_CONFIG,
                  "Can't locate revision identified by '%s'; no file has this row of the version "
                  "table: put the file back, or say what is applied: skein stamp --purge REVISION",
                  skn_buf_text(&shown));
    skn_buf_finish(&shown);
    return SKN_E_CONFIG;
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void set_tidy(struct skn_set *set)
{
    size_t kept = 0;
    qsort(set->items, set->count, sizeof *set->items, by_number);
    for (size_t i = 0; i < set->count; i++)
        if (kept == 0 || set->items[i] != set->items[kept - 1])
            set->items[kept++] = set->items[i];
    set->count = kept;
}

int skn_set_from_rows(const struct skn_history *history, const char *const *rows, size_t count,
                      struct skn_set *set, struct skn_error *err)
{
    set->items = skn_alloc_array(count, sizeof *set->items);
    set->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct skn_revision *revision = skn_history_find(history, rows[i]);
        if (!revision) {
            skn_set_finish(set);
            return row_unknown(rows[i], err);
        }
        set->items[set->count++] = revision->index;
    }
    set_tidy(set);
    return SKN_OK;
}

static int absolute_resolve(const struct skn_question *question, struct skn_set *set)
{
    struct skn_str label;
    struct skn_str rest;
    const struct skn_revision *branch = NULL;
    skn_symbol_split(question->symbol, &label, &rest);
    int rc = skn_branch_resolve(question, label, &branch);
    return rc == SKN_OK ? skn_name_resolve_all(question, rest, branch, set) : rc;
}

int skn_symbol_upgrade(const struct skn_history *history, const char *symbol,
                       const struct skn_set *current, struct skn_set *destination,
                       struct skn_error *err)
{
    struct skn_question question = {.history = history, .symbol = symbol, .err = err};
    struct skn_relative relative;
    const struct skn_revision *found = NULL;
    *destination = (struct skn_set){0};
    if (!skn_relative_parse(symbol, &relative))
        return absolute_resolve(&question, destination);
    int rc = skn_relative_upgrade(&question, &relative, current, &found);
    if (rc == SKN_OK)
        skn_set_from_one(found, destination);
    return rc;
}

int skn_symbol_downgrade(const struct skn_history *history, const char *symbol,
                         const struct skn_set *current, struct skn_set *destination,
                         const struct skn_revision **branch, struct skn_error *err)
{
    struct skn_question question = {.history = history, .symbol = symbol, .err = err};
    struct skn_relative relative;
    struct skn_str label;
    struct skn_str rest;
    const struct skn_revision *found = NULL;
    int rc;
    *destination = (struct skn_set){0};
    *branch = NULL;
    if (skn_relative_parse(symbol, &relative)) {
        rc = skn_relative_downgrade(&question, &relative, current, &found, branch);
    } else {
        skn_symbol_split(symbol, &label, &rest);
        rc = skn_branch_resolve(&question, label, branch);
        /* The label says what goes, not where to: that may lie below the branch. */
        if (rc == SKN_OK)
            rc = skn_name_resolve_one(&question, rest, NULL, &found);
    }
    if (rc == SKN_OK)
        skn_set_from_one(found, destination);
    return rc;
}

/* No relative form, but -N where it counts down from the heads. */
static int unmoved_resolve(const struct skn_question *question, int from_heads, struct skn_set *set)
{
    struct skn_relative relative;
    struct skn_str label;
    struct skn_str rest;
    const struct skn_revision *branch = NULL;
    if (!skn_relative_parse(question->symbol, &relative))
        return absolute_resolve(question, set);
    if (from_heads && relative.name.len == 0 && !relative.up && relative.steps > 0)
        return skn_relative_below_heads(question, &relative, set);
    skn_symbol_split(question->symbol, &label, &rest);
    int rc = skn_branch_resolve(question, label, &branch);
    return rc == SKN_OK
               ? skn_name_unknown(question, rest, "relative forms are for upgrade and downgrade")
               : rc;
}

int skn_symbol_resolve(const struct skn_history *history, const char *symbol, struct skn_set *set,
                       struct skn_error *err)
{
    struct skn_question question = {.history = history, .symbol = symbol, .err = err};
    *set = (struct skn_set){0};
    return unmoved_resolve(&question, 1, set);
}

int skn_symbol_place(const struct skn_history *history, const char *symbol, struct skn_set *set,
                     struct skn_error *err)
{
    struct skn_question question = {.history = history, .symbol = symbol, .err = err};
    *set = (struct skn_set){0};
    return unmoved_resolve(&question, 0, set);
}

int skn_symbol_merge(const struct skn_history *history, const char *symbol, struct skn_set *set,
                     struct skn_error *err)
{
    struct skn_question question = {
        .history = history,
        .symbol = symbol,
        .err = err,
        .several = "Multiple heads are present; please specify the head revision on which the new "
                   "revision should be based, or perform a merge."};
    *set = (struct skn_set){0};
    return unmoved_resolve(&question, 1, set);
}

int skn_symbol_stamp(const struct skn_history *history, const char *symbol, struct skn_wish *wish,
                     struct skn_error *err)
{
    struct skn_question question = {
        .history = history,
        .symbol = symbol,
        .err = err,
        .several = "Multiple heads are present; please specify a single target revision"};
    struct skn_str label;
    struct skn_str rest;
    *wish = (struct skn_wish){0};
    skn_symbol_split(symbol, &label, &rest);
    int rc = skn_branch_resolve(&question, label, &wish->branch);
    return rc == SKN_OK ? unmoved_resolve(&question, 0, &wish->revisions) : rc;
}
