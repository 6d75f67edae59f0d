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
    char **symbols; /* several for a stamp only */
    size_t symbol_count;
    int purge;
    struct entry *plans;
};

static struct skn_planner *planner_create(enum skn_plan_verb verb, const char *const *symbols,
                                          size_t count, int purge)
{
    struct skn_planner *planner = skn_alloc(sizeof *planner);
    planner->verb = verb;
    planner->symbols = skn_alloc_array(count, sizeof *planner->symbols);
    planner->symbol_count = count;
    planner->purge = purge;
    for (size_t i = 0; i < count; i++)
        planner->symbols[i] = skn_strdup(symbols[i]);
    return planner;
}

struct skn_planner *skn_planner_create(enum skn_plan_verb verb, const char *symbol)
{
    return planner_create(verb, &symbol, 1, 0);
}

struct skn_planner *skn_planner_create_stamp(const char *const *symbols, size_t count, int purge)
{
    return planner_create(SKN_PLAN_STAMP, symbols, count, purge);
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
    for (size_t i = 0; i < planner->symbol_count; i++)
        free(planner->symbols[i]);
    free(planner->symbols);
    free(planner);
}

/* rows, split at its commas in place. */
static size_t rows_split(char *rows, const char ***ids)
{
    size_t count = 0, room = 0;
    char *rest = rows;
    *ids = NULL;
    while (rest && *rest) {
        char *id = strsep(&rest, ",");
        *ids = skn_grow(*ids, count, &room, sizeof **ids);
        (*ids)[count++] = id;
    }
    return count;
}

int skn_plan_rows(const struct skn_history *history, const char *rows, struct skn_set *set,
                  struct skn_error *err)
{
    char *copy = skn_strdup(rows);
    const char **ids;
    size_t count = rows_split(copy, &ids);
    int rc = skn_set_from_rows(history, ids, count, set, err);
    free(ids);
    free(copy);
    return rc;
}

void skn_plan_rows_known(const struct skn_history *history, const char *rows, struct skn_set *set)
{
    char *copy = skn_strdup(rows);
    const char **ids;
    struct skn_error none = SKN_ERROR_INIT;
    size_t count = rows_split(copy, &ids);
    size_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (skn_history_find(history, ids[i]))
            ids[known++] = ids[i];
    skn_set_from_rows(history, ids, known, set, &none);
    free(ids);
    free(copy);
}

/* The way of an upgrade, or of a downgrade. */
static int way_make(const struct skn_planner *planner, const struct skn_history *history,
                    const struct skn_set *current, struct skn_walk *walk, struct skn_error *err)
{
    const char *symbol = planner->symbols[0];
    struct skn_set destination = {0};
    const struct skn_revision *branch = NULL;
    int rc;
    if (planner->verb == SKN_PLAN_UPGRADE) {
        rc = skn_symbol_upgrade(history, symbol, current, &destination, err);
        if (rc == SKN_OK)
            rc = skn_walk_upgrade(history, current, &destination, walk, err);
    } else {
        rc = skn_symbol_downgrade(history, symbol, current, &destination, &branch, err);
        if (rc == SKN_OK)
            rc = skn_walk_downgrade(history, current, &destination, branch, symbol, walk, err);
    }
    skn_set_finish(&destination);
    return rc;
}

static int stamp_make(const struct skn_planner *planner, const struct skn_history *history,
                      const struct skn_set *current, const char *const *ids, size_t count,
                      struct skn_walk *walk, struct skn_error *err)
{
    struct skn_wish *wishes = skn_alloc_array(planner->symbol_count, sizeof *wishes);
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < planner->symbol_count; i++)
        rc = skn_symbol_stamp(history, planner->symbols[i], &wishes[i], err);
    if (rc == SKN_OK && planner->purge)
        rc = skn_walk_purge(history, ids, count, wishes, planner->symbol_count, walk, err);
    else if (rc == SKN_OK)
        rc = skn_walk_stamp(history, current, wishes, planner->symbol_count, walk, err);
    for (size_t i = 0; i < planner->symbol_count; i++)
        skn_set_finish(&wishes[i].revisions);
    free(wishes);
    return rc;
}

/* Each change of a row must find one; that is seen too late where DDL cannot be rolled back. */
static int rows_differ(const char *const *ids, size_t count, struct skn_error *err)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(ids[i - 1], ids[i]) == 0)
            return skn_error_set(err, SKN_E_CONFIG,
                                 "version row '%s' stands more than once in the version table; "
                                 "delete all but one of these rows",
                                 ids[i]);
    return SKN_OK;
}

static int walk_make(const struct skn_planner *planner, const struct skn_history *history,
                     const char *rows, struct skn_walk *walk, struct skn_error *err)
{
    char *copy = skn_strdup(rows);
    const char **ids;
    struct skn_set current = {0};
    size_t count = rows_split(copy, &ids);
    int rc = rows_differ(ids, count, err);
    if (rc == SKN_OK && !planner->purge)
        rc = skn_set_from_rows(history, ids, count, &current, err);
    if (rc == SKN_OK && planner->verb == SKN_PLAN_STAMP)
        rc = stamp_make(planner, history, &current, ids, count, walk, err);
    else if (rc == SKN_OK)
        rc = way_make(planner, history, &current, walk, err);
    skn_set_finish(&current);
    free(ids);
    free(copy);
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
    int rc = walk_make(planner, history, rows, &entry->plan.walk, err);
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
