/*
 * Symbols and walks on graphs that nobody drew, against a planner that knows one thing only: what
 * stands on what, as a table of every pair.
 */
#include "fuzz.h"

#include "history/graph.h"
#include "history/index.h"
#include "history/walk.h"

enum { REVISIONS = 14, SYMBOL_MAX = 40 };

static const char *const ids[REVISIONS] = {"a1", "a12", "a123", "b1",   "b2",  "c0ffee", "c0ff00",
                                           "d1", "d12", "e9",   "f000", "g_1", "h",      "i99"};
static const char *const labels[] = {"shop", "log", "crm.eu"};
enum { LABELS = sizeof labels / sizeof labels[0] };

/* ---- the graph ---- */

struct naive {
    size_t count;
    uint8_t parent[REVISIONS][REVISIONS]; /* [a][b]: a revises b */
    uint8_t below[REVISIONS][REVISIONS];  /* [a][b]: a stands on b, somehow, or is it */
};

struct graph {
    struct skn_history history;
    struct skn_header places[REVISIONS];
    struct skn_faults faults;
    struct naive naive;
};

static void item_add(struct graph *graph, struct skn_items *items, const char *text)
{
    struct skn_arena *arena = &graph->history.arena;
    const char **texts = skn_arena_alloc_array(arena, items->count + 1, sizeof *texts);
    uint32_t *columns = skn_arena_alloc_array(arena, items->count + 1, sizeof *columns);
    for (size_t i = 0; i < items->count; i++)
        texts[i] = items->items[i];
    texts[items->count] = text;
    *items = (struct skn_items){texts, columns, items->count + 1, 1};
}

static void revision_make(struct graph *graph, struct fuzz_input *input, size_t i)
{
    struct naive *naive = &graph->naive;
    uint8_t how = fuzz_byte(input);
    naive->below[i][i] = 1;
    for (size_t n = how % 4; i > 0 && n > 0; n--) {
        size_t to = fuzz_below(input, (uint32_t)i);
        int depends = how & 0x80 && n == 1;
        if (naive->below[i][to] && !depends)
            continue; /* an ancestor of a parent is no parent */
        item_add(graph, depends ? &graph->places[i].depends : &graph->places[i].parents, ids[to]);
        naive->parent[i][to] |= !depends;
        for (size_t k = 0; k < i; k++)
            naive->below[i][k] |= naive->below[to][k];
    }
}

static int graph_make(struct graph *graph, struct fuzz_input *input)
{
    struct skn_history *history = &graph->history;
    *graph = (struct graph){.faults = {.first = {.size = sizeof(struct skn_error)}}};
    graph->naive.count = 1 + fuzz_below(input, REVISIONS);
    history->name = "app";
    skn_index_create(history);
    history->count = graph->naive.count;
    history->revisions =
        skn_arena_alloc_array(&history->arena, history->count, sizeof *history->revisions);
    for (size_t i = 0; i < history->count; i++) {
        history->revisions[i] = (struct skn_revision){
            .id = ids[i], .path = "f.sql", .message = "m", .index = (uint32_t)i, .id_line = 1};
        revision_make(graph, input, i);
    }
    for (size_t i = 0; i < LABELS; i++) {
        size_t on = fuzz_below(input, (uint32_t)history->count * 2);
        if (on >= history->count)
            continue;
        item_add(graph, &graph->places[on].labels, labels[i]);
        history->revisions[on].labels = graph->places[on].labels.items;
        history->revisions[on].label_count = graph->places[on].labels.count;
    }
    skn_graph_build(history, graph->places, 1, &graph->faults);
    return graph->faults.count == 0;
}

/* ---- sets of revisions, a byte each ---- */

struct many {
    uint8_t has[REVISIONS];
};

static int same(const struct many *a, const struct many *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static struct many many_of(const struct skn_set *set)
{
    struct many many = {{0}};
    for (size_t i = 0; i < set->count; i++) {
        FUZZ_CLAIM(set->items[i] < REVISIONS && !many.has[set->items[i]]);
        many.has[set->items[i]] = 1;
    }
    return many;
}

static struct many all_below(const struct naive *naive, const struct many *from)
{
    struct many out = {{0}};
    for (size_t a = 0; a < naive->count; a++)
        for (size_t b = 0; from->has[a] && b < naive->count; b++)
            out.has[b] |= naive->below[a][b];
    return out;
}

/* The version rows of a database where these are applied: what none of the others stands on. */
static struct many rows_of(const struct naive *naive, const struct many *applied)
{
    struct many rows = *applied;
    for (size_t a = 0; a < naive->count; a++)
        for (size_t b = 0; applied->has[a] && b < naive->count; b++)
            if (a != b && naive->below[a][b])
                rows.has[b] = 0;
    return rows;
}

static struct skn_set set_of(const struct many *many)
{
    struct skn_set set = {.items = malloc(REVISIONS * sizeof(uint32_t))};
    FUZZ_CLAIM(set.items);
    for (uint32_t i = 0; i < REVISIONS; i++)
        if (many->has[i])
            set.items[set.count++] = i;
    return set;
}

/* ---- walks ---- */

static size_t index_of(const struct graph *graph, const char *id)
{
    const struct skn_revision *revision = skn_history_find(&graph->history, id);
    FUZZ_CLAIM(revision);
    return revision->index;
}

static void change_make(const struct graph *graph, const struct skn_row_change *change,
                        struct many *rows)
{
    if (change->op != SKN_ROW_INSERT) {
        size_t from = index_of(graph, change->from);
        FUZZ_CLAIM(rows->has[from]);
        rows->has[from] = 0;
    }
    if (change->op != SKN_ROW_DELETE) {
        size_t to = index_of(graph, change->to);
        FUZZ_CLAIM(!rows->has[to]);
        rows->has[to] = 1;
    }
}

/* Follows a walk step by step. What is applied must stand on what is applied at all times, and the
 * rows be those of what is. */
static void walk_follow(const struct graph *graph, const struct skn_walk *walk,
                        struct many *applied)
{
    const struct naive *naive = &graph->naive;
    struct many rows = rows_of(naive, applied);
    for (size_t i = 0; i < walk->count; i++) {
        const struct skn_walk_step *step = &walk->steps[i];
        size_t at = step->revision->index;
        int up = step->kind == SKN_STEP_UPGRADE;
        FUZZ_CLAIM(applied->has[at] == !up);
        applied->has[at] = (uint8_t)up;
        for (size_t k = 0; k < naive->count; k++)
            if (k != at) {
                FUZZ_CLAIM(!up || !naive->below[at][k] || applied->has[k]);
                FUZZ_CLAIM(up || !naive->below[k][at] || !applied->has[k]);
            }
        for (size_t k = 0; k < step->change_count; k++)
            change_make(graph, &step->changes[k], &rows);
        struct many expected = rows_of(naive, applied);
        FUZZ_CLAIM(same(&rows, &expected));
    }
    struct many end = many_of(&walk->end);
    FUZZ_CLAIM(same(&end, &rows));
}

/* From applied to all that the destination stands on; what was there already stays. */
static void upgrade_check(const struct graph *graph, const struct skn_set *destination,
                          struct many *applied)
{
    struct many wanted = many_of(destination);
    struct many rows = rows_of(&graph->naive, applied);
    struct skn_set current = set_of(&rows);
    struct skn_error err = {.size = sizeof err};
    struct skn_walk walk;
    wanted = all_below(&graph->naive, &wanted);
    int rc = skn_walk_upgrade(&graph->history, &current, destination, &walk, &err);
    if (rc == SKN_OK) {
        for (size_t i = 0; i < REVISIONS; i++)
            wanted.has[i] |= applied->has[i];
        walk_follow(graph, &walk, applied);
        FUZZ_CLAIM(same(applied, &wanted));
    } else {
        fuzz_claim_error(&err, rc);
    }
    skn_walk_finish(&walk);
    skn_set_finish(&current);
}

/* All that is applied and stands on a child of the destination, or all for base. */
static struct many dropped_of(const struct graph *graph, const struct skn_set *destination,
                              const struct many *applied)
{
    const struct naive *naive = &graph->naive;
    struct many dropped = {{0}};
    for (size_t child = 0; child < naive->count; child++) {
        int root = destination->count == 0 || naive->parent[child][destination->items[0]];
        for (size_t a = 0; root && a < naive->count; a++)
            dropped.has[a] |= naive->below[a][child] && applied->has[a];
    }
    return dropped;
}

/* What came down goes up again, and then it is as it was. */
static void back_check(const struct graph *graph, const struct many *before, struct many applied)
{
    struct many rows = rows_of(&graph->naive, before);
    struct skn_set destination = set_of(&rows);
    upgrade_check(graph, &destination, &applied);
    FUZZ_CLAIM(same(&applied, before));
    skn_set_finish(&destination);
}

static void downgrade_check(const struct graph *graph, const char *symbol,
                            const struct skn_set *destination, const struct skn_revision *branch,
                            const struct many *before)
{
    struct many applied = *before;
    struct many rows = rows_of(&graph->naive, before);
    struct skn_set current = set_of(&rows);
    struct skn_error err = {.size = sizeof err};
    struct skn_walk walk;
    FUZZ_CLAIM(destination->count <= 1);
    int rc =
        skn_walk_downgrade(&graph->history, &current, destination, branch, symbol, &walk, &err);
    if (rc == SKN_OK) {
        struct many dropped = dropped_of(graph, destination, before);
        walk_follow(graph, &walk, &applied);
        for (size_t i = 0; i < REVISIONS; i++) {
            int gone = before->has[i] && !applied.has[i];
            FUZZ_CLAIM(branch ? gone <= dropped.has[i] : gone == dropped.has[i]);
        }
        back_check(graph, before, applied);
    } else {
        fuzz_claim_error(&err, rc);
    }
    skn_walk_finish(&walk);
    skn_set_finish(&current);
}

/* Rows change only as the changes say, and to what the walk promises. */
static void stamp_check(const struct graph *graph, const char *symbol, const struct many *applied)
{
    struct many rows = rows_of(&graph->naive, applied);
    struct skn_set current = set_of(&rows);
    struct skn_wish wish;
    struct skn_walk walk = {0};
    struct skn_error err = {.size = sizeof err};
    int rc = skn_symbol_stamp(&graph->history, symbol, &wish, &err);
    if (rc == SKN_OK)
        rc = skn_walk_stamp(&graph->history, &current, &wish, 1, &walk, &err);
    if (rc == SKN_OK) {
        for (size_t i = 0; i < walk.count; i++)
            for (size_t k = 0; k < walk.steps[i].change_count; k++)
                change_make(graph, &walk.steps[i].changes[k], &rows);
        struct many end = many_of(&walk.end);
        FUZZ_CLAIM(same(&end, &rows));
    } else {
        fuzz_claim_error(&err, rc);
    }
    skn_set_finish(&wish.revisions);
    skn_walk_finish(&walk);
    skn_set_finish(&current);
}

/* ---- symbols ---- */

static void word_add(char *out, size_t size, struct fuzz_input *input)
{
    static const char *const words[] = {"head", "heads", "base", "current", "a", "c0f", ""};
    size_t which = fuzz_below(input, REVISIONS + LABELS + 7);
    const char *word = which < REVISIONS            ? ids[which]
                       : which < REVISIONS + LABELS ? labels[which - REVISIONS]
                                                    : words[which - REVISIONS - LABELS];
    size_t len = strlen(out);
    snprintf(out + len, size - len, "%s", word);
}

static void symbol_make(char out[SYMBOL_MAX], struct fuzz_input *input)
{
    uint8_t how = fuzz_byte(input);
    out[0] = '\0';
    if (how == 0xff) {
        struct skn_str text = fuzz_take(input, SYMBOL_MAX - 1);
        snprintf(out, SYMBOL_MAX, "%.*s", SKN_FMT(text));
        return;
    }
    word_add(out, SYMBOL_MAX, input);
    if (how & 1) {
        strncat(out, "@", SYMBOL_MAX - strlen(out) - 1);
        word_add(out, SYMBOL_MAX, input);
    }
    size_t len = strlen(out);
    if (how & 2)
        snprintf(out + len, SYMBOL_MAX - len, "%c%u", how & 4 ? '+' : '-', (unsigned)how >> 4);
}

static void symbol_check(const struct graph *graph, const char *symbol, struct many *applied)
{
    struct many rows = rows_of(&graph->naive, applied);
    struct skn_set current = set_of(&rows);
    struct skn_set destination;
    const struct skn_revision *branch = NULL;
    struct skn_error err = {.size = sizeof err};
    int rc = skn_symbol_downgrade(&graph->history, symbol, &current, &destination, &branch, &err);
    if (rc == SKN_OK)
        downgrade_check(graph, symbol, &destination, branch, applied);
    else
        fuzz_claim_error(&err, rc);
    skn_set_finish(&destination);
    rc = skn_symbol_upgrade(&graph->history, symbol, &current, &destination, &err);
    if (rc == SKN_OK)
        upgrade_check(graph, &destination, applied);
    else
        fuzz_claim_error(&err, rc);
    skn_set_finish(&destination);
    rc = skn_symbol_resolve(&graph->history, symbol, &destination, &err);
    if (rc == SKN_OK)
        many_of(&destination);
    skn_set_finish(&destination);
    skn_set_finish(&current);
    stamp_check(graph, symbol, applied);
}

void fuzz_walk(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct graph graph;
    if (graph_make(&graph, &input)) {
        struct many seeds = {{0}};
        char symbol[SYMBOL_MAX];
        for (size_t i = 0; i < graph.naive.count; i++)
            seeds.has[i] = fuzz_byte(&input) & 1;
        struct many applied = all_below(&graph.naive, &seeds);
        for (int tries = 0; tries < 4 && input.left > 0; tries++) {
            symbol_make(symbol, &input);
            symbol_check(&graph, symbol, &applied);
        }
    }
    skn_history_finish(&graph.history);
}
