/*
 * From two pictures to statements: compare, close, sort, fold, and let the driver write each
 * change.
 */
#include "schema/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "schema/graph.h"

/* That a pair takes part in the statement of a node. */
struct part {
    uint32_t position; /* of the statement */
    uint32_t pair;
    uint32_t type; /* enum skn_node_type */
    int leads;     /* the statement is its own, others are only folded in */
};

struct writer {
    struct skn_schema_plan *plan;
    const struct skn_comparison *comparison;
    const struct skn_graph *graph;
    const struct skn_schema_facet *facet;
    const struct skn_schema_options *options;
    struct skn_schema_host host;
    struct part *parts;
    size_t part_count;
    struct skn_change *changes; /* one a part */
    const struct skn_change **members;
};

/* ---- which pairs each statement is about ---- */

static const struct skn_object *part_object(const struct writer *writer, const struct part *part)
{
    const struct skn_object_pair *pair = &writer->comparison->pairs[part->pair];
    return part->type == SKN_NODE_DROP || !pair->to ? pair->from : pair->to;
}

static void part_add(struct writer *writer, uint32_t pair, uint32_t type)
{
    const struct skn_graph *graph = writer->graph;
    uint32_t node = graph->node_of[pair][type];
    if (node == SKN_NODE_NONE)
        return;
    /* A part that is replaced inside its root's change is one change, not two. */
    int replaced = writer->comparison->pairs[pair].root != pair &&
                   graph->nodes[node].type == SKN_NODE_ALTER && type == SKN_NODE_CREATE &&
                   graph->node_of[pair][SKN_NODE_DROP] == node;
    if (replaced)
        return;
    uint32_t statement = graph->nodes[node].fold;
    writer->parts[writer->part_count++] =
        (struct part){.position = graph->nodes[statement].position,
                      .pair = pair,
                      .type = type,
                      .leads = statement == node && graph->nodes[node].pair == pair};
}

static int part_compare(const void *a, const void *b, void *ctx)
{
    const struct part *one = a;
    const struct part *other = b;
    if (one->position != other->position)
        return one->position < other->position ? -1 : 1;
    if (one->leads != other->leads)
        return one->leads ? -1 : 1;
    const struct skn_object *first = part_object(ctx, one);
    const struct skn_object *second = part_object(ctx, other);
    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    if (first->reported != second->reported)
        return first->reported < second->reported ? -1 : 1;
    return (one->pair > other->pair) - (one->pair < other->pair);
}

static void parts_find(struct writer *writer)
{
    uint32_t count = writer->comparison->count;
    writer->parts = skn_alloc_array((size_t)count * 3, sizeof *writer->parts);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t type = 0; type < 3; type++)
            part_add(writer, i, type);
    qsort_r(writer->parts, writer->part_count, sizeof *writer->parts, part_compare, writer);
}

/* ---- writing ---- */

static const char *sql_text(struct skn_schema_plan *plan, struct skn_str text)
{
    return text.ptr ? skn_arena_strndup(&plan->arena, text.ptr, text.len) : "";
}

static int sql_take(void *ctx, const struct skn_sql *given)
{
    struct skn_schema_plan *plan = ctx;
    struct skn_sql sql = {0};
    memcpy(&sql, given, given->size < sizeof sql ? given->size : sizeof sql);
    if (!sql.text.ptr || memchr(sql.text.ptr, '\0', sql.text.len))
        return SKN_E_DRIVER;
    plan->statements =
        skn_grow(plan->statements, plan->count, &plan->room, sizeof *plan->statements);
    plan->statements[plan->count++] =
        (struct skn_schema_statement){.flags = sql.flags,
                                      .text = sql_text(plan, sql.text),
                                      .note = sql_text(plan, sql.note),
                                      .probe = sql_text(plan, sql.probe)};
    return SKN_OK;
}

static uint32_t part_op(const struct writer *writer, const struct part *part)
{
    const struct skn_object_pair *pair = &writer->comparison->pairs[part->pair];
    if (part->type == SKN_NODE_ALTER)
        return SKN_CHANGE_ALTER;
    uint32_t node = writer->graph->node_of[part->pair][part->type];
    if (writer->graph->nodes[node].type == SKN_NODE_ALTER && pair->op == SKN_CHANGE_REPLACE)
        return SKN_CHANGE_REPLACE;
    return part->type == SKN_NODE_DROP ? SKN_CHANGE_DROP : SKN_CHANGE_ADD;
}

static void change_fill(struct writer *writer, size_t at)
{
    const struct part *part = &writer->parts[at];
    const struct skn_object_pair *pair = &writer->comparison->pairs[part->pair];
    uint32_t op = part_op(writer, part);
    writer->changes[at] =
        (struct skn_change){.size = sizeof *writer->changes,
                            .op = op,
                            .from = op == SKN_CHANGE_ADD ? NULL : pair->from,
                            .to = op == SKN_CHANGE_DROP ? NULL : pair->to,
                            .attrs = pair->attrs,
                            .attr_count = op == SKN_CHANGE_ALTER ? pair->attr_count : 0};
    writer->members[at] = &writer->changes[at];
}

static int not_written(const struct writer *writer, const struct part *part, struct skn_error *err)
{
    const struct skn_object *object = part_object(writer, part);
    return skn_error_set(err, SKN_E_DRIVER, "the driver writes nothing for the change of %s %.*s",
                         writer->comparison->kinds[object->kind].name, SKN_FMT(object->id));
}

static int statement_write(struct writer *writer, size_t first, size_t end, struct skn_error *err)
{
    size_t before = writer->plan->count;
    for (size_t i = first; i < end; i++)
        change_fill(writer, i);
    writer->changes[first].members = writer->members + first + 1;
    writer->changes[first].member_count = (uint32_t)(end - first - 1);
    int rc = writer->facet->render(&writer->host, &writer->changes[first], writer->options, err);
    if (rc != SKN_OK)
        return rc;
    return writer->plan->count > before ? SKN_OK : not_written(writer, &writer->parts[first], err);
}

static int statements_write(struct writer *writer, struct skn_error *err)
{
    int rc = SKN_OK;
    writer->host = skn_schema_reading;
    writer->host.ctx = writer->plan;
    writer->host.write = sql_take;
    writer->changes = skn_alloc_array(writer->part_count, sizeof *writer->changes);
    writer->members = skn_alloc_array(writer->part_count, sizeof *writer->members);
    for (size_t at = 0; rc == SKN_OK && at < writer->part_count;) {
        size_t end = at + 1;
        while (end < writer->part_count &&
               writer->parts[end].position == writer->parts[at].position)
            end++;
        rc = statement_write(writer, at, end, err);
        at = end;
    }
    free(writer->changes);
    free((void *)(uintptr_t)writer->members);
    return rc;
}

/* ---- the plan ---- */

static void differences_keep(struct skn_schema_plan *plan, const struct skn_comparison *comparison)
{
    const char **texts = skn_arena_alloc_array(&plan->arena, comparison->different, sizeof *texts);
    for (uint32_t i = 0; i < comparison->count; i++) {
        const struct skn_object_pair *pair = &comparison->pairs[i];
        struct skn_buf text = {0};
        if (pair->op == SKN_CHANGE_NONE ||
            (pair->op == SKN_CHANGE_ALTER && pair->attr_count == 0)) /* its parts say it */
            continue;
        skn_pair_describe(comparison, pair, &text);
        texts[plan->difference_count++] = skn_arena_strdup(&plan->arena, skn_buf_text(&text));
        skn_buf_finish(&text);
    }
    plan->differences = texts;
}

static int graph_order(struct skn_comparison *comparison, struct skn_graph *graph, int leaves_first,
                       uint32_t *culprit, struct skn_error *err)
{
    skn_graph_init(graph, comparison, leaves_first);
    int rc = skn_graph_sort(graph, culprit, err);
    if (rc != SKN_OK)
        skn_graph_finish(graph);
    return rc;
}

/* Once more after each circle; what was closed before stays so, and one pair more is forced. */
static int graph_make(struct skn_comparison *comparison, struct skn_graph *graph,
                      const uint8_t *forced, uint32_t *culprit, struct skn_error *err)
{
    struct skn_error circle = SKN_ERROR_INIT;
    int rc = skn_comparison_close(comparison, forced, err);
    if (rc != SKN_OK || graph_order(comparison, graph, 1, culprit, &circle) == SKN_OK)
        return rc;
    return graph_order(comparison, graph, 0, culprit, err);
}

static int ordered_write(struct skn_schema_plan *plan, struct skn_comparison *comparison,
                         const struct skn_schema_facet *facet,
                         const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_graph graph;
    uint8_t *forced = skn_alloc(comparison->count);
    uint32_t culprit = 0;
    int rc;
    while ((rc = graph_make(comparison, &graph, forced, &culprit, err)) == SKN_E_BUSY)
        forced[culprit] = 1;
    free(forced);
    if (rc != SKN_OK)
        return rc;
    struct writer writer = {.plan = plan,
                            .comparison = comparison,
                            .graph = &graph,
                            .facet = facet,
                            .options = options};
    skn_graph_fold(&graph);
    parts_find(&writer);
    rc = statements_write(&writer, err);
    free(writer.parts);
    skn_graph_finish(&graph);
    return rc;
}

static int plan_make(struct skn_schema_plan *plan, const struct skn_picture *from,
                     const struct skn_picture *to, const struct skn_schema_facet *facet,
                     const struct skn_schema_options *options, int write, struct skn_error *err)
{
    struct skn_comparison comparison;
    *plan = (struct skn_schema_plan){0};
    skn_arena_init(&plan->arena);
    skn_comparison_make(&comparison, from, to, facet, options);
    differences_keep(plan, &comparison);
    int rc = write && comparison.different > 0
                 ? ordered_write(plan, &comparison, facet, options, err)
                 : SKN_OK;
    skn_comparison_finish(&comparison);
    return rc;
}

int skn_schema_plan_make(struct skn_schema_plan *plan, const struct skn_picture *from,
                         const struct skn_picture *to, const struct skn_schema_facet *facet,
                         const struct skn_schema_options *options, struct skn_error *err)
{
    return plan_make(plan, from, to, facet, options, 1, err);
}

void skn_schema_plan_differences(struct skn_schema_plan *plan, const struct skn_picture *from,
                                 const struct skn_picture *to, const struct skn_schema_facet *facet,
                                 const struct skn_schema_options *options)
{
    struct skn_error none = SKN_ERROR_INIT;
    plan_make(plan, from, to, facet, options, 0, &none);
}

void skn_schema_plan_init(struct skn_schema_plan *plan)
{
    *plan = (struct skn_schema_plan){0};
    skn_arena_init(&plan->arena);
}

int skn_schema_plan_write(struct skn_schema_plan *plan, const struct skn_change *change,
                          const struct skn_schema_facet *facet,
                          const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_schema_host host = skn_schema_reading;
    host.ctx = plan;
    host.write = sql_take;
    return facet->render(&host, change, options, err);
}

static void differences_append(struct skn_schema_plan *plan, const char *const *more, size_t count)
{
    const char **texts =
        skn_arena_alloc_array(&plan->arena, plan->difference_count + count, sizeof *texts);
    for (size_t i = 0; i < plan->difference_count; i++)
        texts[i] = plan->differences[i];
    for (size_t i = 0; i < count; i++)
        texts[plan->difference_count + i] = skn_arena_strdup(&plan->arena, more[i]);
    plan->differences = texts;
    plan->difference_count += count;
}

void skn_schema_plan_difference_add(struct skn_schema_plan *plan, const char *text)
{
    differences_append(plan, &text, 1);
}

void skn_schema_plan_append(struct skn_schema_plan *plan, const struct skn_schema_plan *more)
{
    for (size_t i = 0; i < more->count; i++) {
        const struct skn_schema_statement *statement = &more->statements[i];
        plan->statements =
            skn_grow(plan->statements, plan->count, &plan->room, sizeof *plan->statements);
        plan->statements[plan->count++] = (struct skn_schema_statement){
            .flags = statement->flags,
            .text = skn_arena_strdup(&plan->arena, statement->text),
            .note = skn_arena_strdup(&plan->arena, statement->note),
            .probe = skn_arena_strdup(&plan->arena, statement->probe)};
    }
    differences_append(plan, more->differences, more->difference_count);
}

unsigned skn_schema_plan_flags(const struct skn_schema_plan *plan)
{
    unsigned flags = 0;
    for (size_t i = 0; i < plan->count; i++)
        flags |= plan->statements[i].flags;
    return flags;
}

void skn_schema_plan_finish(struct skn_schema_plan *plan)
{
    free(plan->statements);
    skn_arena_finish(&plan->arena);
    *plan = (struct skn_schema_plan){0};
}
