/*
 * Making plans, each only once. It knows nothing of workers.
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/alloc.h"
#include "base/buf.h"

struct entry {
    char *key; /* history, rows */
    struct skn_plan plan;
    UT_hash_handle hh;
};

struct skn_planner {
    enum skn_plan_verb verb;
    char *symbol;
    struct entry *plans;
};

struct skn_planner *skn_planner_create(enum skn_plan_verb verb, const char *symbol)
{
    struct skn_planner *planner = skn_alloc(sizeof *planner);
    planner->verb = verb;
    planner->symbol = skn_strdup(symbol);
    return planner;
}

static void entry_destroy(struct entry *entry)
{
    skn_walk_finish(&entry->plan.walk);
    free(entry->key);
    free(entry);
}

void skn_planner_destroy(struct skn_planner *planner)
{
    if (!planner)
        return;
    struct entry *entry, *next;
    HASH_ITER(hh, planner->plans, entry, next)
    {
        HASH_DEL(planner->plans, entry);
        entry_destroy(entry);
    }
    free(planner->symbol);
    free(planner);
}

int skn_plan_rows(const struct skn_history *history, const char *rows, struct skn_set *set,
                  struct skn_error *err)
{
    char *copy = skn_strdup(rows);
    const char **ids = NULL;
    size_t count = 0, room = 0;
    char *rest = copy;
    while (rest && *rest) {
        char *id = strsep(&rest, ",");
        ids = skn_grow(ids, count, &room, sizeof *ids);
        ids[count++] = id;
    }
    int rc = skn_set_from_rows(history, ids, count, set, err);
    free(ids);
    free(copy);
    return rc;
}

static int walk_make(const struct skn_planner *planner, const struct skn_history *history,
                     const struct skn_set *current, struct skn_walk *walk, struct skn_error *err)
{
    struct skn_set destination = {0};
    const struct skn_revision *branch = NULL;
    int rc;
    switch (planner->verb) {
    case SKN_PLAN_UPGRADE:
        rc = skn_symbol_upgrade(history, planner->symbol, current, &destination, err);
        if (rc == SKN_OK)
            rc = skn_walk_upgrade(history, current, &destination, walk, err);
        break;
    case SKN_PLAN_DOWNGRADE:
        rc = skn_symbol_downgrade(history, planner->symbol, current, &destination, &branch, err);
        if (rc == SKN_OK)
            rc = skn_walk_downgrade(history, current, &destination, branch, walk, err);
        break;
    default:
        rc = skn_symbol_resolve(history, planner->symbol, &destination, err);
        if (rc == SKN_OK)
            rc = skn_walk_stamp(history, current, &destination, walk, err);
        break;
    }
    skn_set_finish(&destination);
    return rc;
}

static int id_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *end_describe(struct skn_plan *plan)
{
    const struct skn_set *end = &plan->walk.end;
    const char **ids = skn_alloc_array(end->count, sizeof *ids);
    for (size_t i = 0; i < end->count; i++)
        ids[i] = plan->history->revisions[end->items[i]].id;
    qsort(ids, end->count, sizeof *ids, id_compare);
    struct skn_buf text = {0};
    for (size_t i = 0; i < end->count; i++)
        skn_buf_addf(&text, "%s%s", i ? "," : "", ids[i]);
    const char *kept = skn_arena_strdup(&plan->walk.arena, skn_buf_text(&text));
    skn_buf_finish(&text);
    free(ids);
    return kept;
}

int skn_planner_get(struct skn_planner *planner, const struct skn_history *history,
                    const char *rows, const struct skn_plan **plan, struct skn_error *err)
{
    struct skn_buf key = {0};
    struct entry *entry;
    skn_buf_addf(&key, "%s %s", history->name, rows);
    HASH_FIND_STR(planner->plans, skn_buf_text(&key), entry);
    if (entry) {
        skn_buf_finish(&key);
        *plan = &entry->plan;
        return SKN_OK;
    }
    entry = skn_alloc(sizeof *entry);
    entry->key = key.text;
    entry->plan.history = history;
    entry->plan.verb = planner->verb;
    struct skn_set current = {0};
    int rc = skn_plan_rows(history, rows, &current, err);
    if (rc == SKN_OK)
        rc = walk_make(planner, history, &current, &entry->plan.walk, err);
    skn_set_finish(&current);
    if (rc != SKN_OK) {
        entry_destroy(entry);
        return rc;
    }
    entry->plan.rows = skn_arena_strdup(&entry->plan.walk.arena, rows);
    entry->plan.end = end_describe(&entry->plan);
    HASH_ADD_KEYPTR(hh, planner->plans, entry->key, strlen(entry->key), entry);
    *plan = &entry->plan;
    return SKN_OK;
}

const struct skn_section *skn_plan_section(const struct skn_walk_step *step, const char *driver)
{
    if (!step->revision || step->kind == SKN_STEP_STAMP)
        return NULL;
    return skn_revision_section(step->revision, step->kind == SKN_STEP_UPGRADE ? SKN_UP : SKN_DOWN,
                                driver);
}

static int step_check(const struct skn_walk_step *step, const char *driver, struct skn_error *err)
{
    const struct skn_revision *revision = step->revision;
    if (!revision || step->kind == SKN_STEP_STAMP)
        return SKN_OK;
    if (step->kind == SKN_STEP_DOWNGRADE && revision->irreversible)
        return skn_error_set(err, SKN_E_CONFIG, "%s: revision %s is irreversible: %s",
                             revision->path, revision->id, revision->irreversible);
    if (revision->requires_count > 0)
        return skn_error_set(err, SKN_E_UNSUPPORTED,
                             "%s: revision %s requires %s, and this skein does not yet order "
                             "revisions across histories; apply that first, and take the line out",
                             revision->path, revision->id, revision->requires_texts[0]);
    if (skn_plan_section(step, driver))
        return SKN_OK;
    const char *word = step->kind == SKN_STEP_UPGRADE ? "upgrade" : "downgrade";
    return skn_error_set(err, SKN_E_CONFIG,
                         "%s: revision %s has no %s section for driver %s; add a line \"-- skein: "
                         "%s\" (an empty section is fine, and says that nothing is to be done)",
                         revision->path, revision->id, word, driver, word);
}

int skn_plan_check(const struct skn_plan *plan, const char *driver, struct skn_error *err)
{
    for (size_t i = 0; i < plan->walk.count; i++) {
        int rc = step_check(&plan->walk.steps[i], driver, err);
        if (rc != SKN_OK)
            return rc;
    }
    return SKN_OK;
}
