/*
 * Grouping targets by what their schemas are. It knows nothing of how one was found out.
 */
#include "cmd/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "cmd/look.h"

enum { NAMED = 5, HASH_SHOWN = 12 };

/* A target whose schema is known. */
struct seen {
    const struct skn_member *member;
    const char *hash;
    size_t alike; /* how many of its family have that hash */
};

/* Those that should be equal: one history, one driver, the same version rows. */
static int family_compare(const struct seen *a, const struct seen *b)
{
    const struct skn_target *one = a->member->target;
    const struct skn_target *other = b->member->target;
    int order = strcmp(one->history->name, other->history->name);
    order = order ? order : strcmp(one->driver, other->driver);
    return order ? order : strcmp(a->member->rows, b->member->rows);
}

static int by_hash(const void *a, const void *b)
{
    const struct seen *one = a;
    const struct seen *other = b;
    int order = family_compare(one, other);
    order = order ? order : strcmp(one->hash, other->hash);
    return order ? order : strcmp(one->member->target->name, other->member->target->name);
}

static int by_size(const void *a, const void *b)
{
    const struct seen *one = a;
    const struct seen *other = b;
    int order = family_compare(one, other);
    if (order == 0 && one->alike != other->alike)
        return one->alike > other->alike ? -1 : 1;
    return order ? order : by_hash(a, b);
}

static size_t group_size(const struct seen *seen, size_t at, size_t count)
{
    size_t n = 1;
    while (at + n < count && family_compare(&seen[at], &seen[at + n]) == 0 &&
           strcmp(seen[at].hash, seen[at + n].hash) == 0)
        n++;
    return n;
}

static void group_json(const struct seen *first, size_t count)
{
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, json_string(first[i].member->target->name));
    skn_report_json(json_pack(
        "{s:s, s:s, s:s, s:o, s:s, s:o}", "event", "schema_group", "history",
        first->member->target->history->name, "driver", first->member->target->driver, "revisions",
        skn_rows_json(first->member->rows), "schema", first->hash, "targets", names));
}

static void group_print(const struct seen *first, size_t count)
{
    struct skn_buf line = {0};
    skn_buf_addf(&line, "%8zu  %s, %s at %s: schema %.*s: ", count,
                 first->member->target->history->name, first->member->target->driver,
                 first->member->rows[0] ? first->member->rows : "base", HASH_SHOWN, first->hash);
    for (size_t i = 0; i < count && i < NAMED; i++)
        skn_buf_addf(&line, "%s%s", i ? ", " : "", first[i].member->target->name);
    skn_buf_adds(&line, count > NAMED ? ", ...\n" : "\n");
    skn_print(&line);
    skn_buf_finish(&line);
}

/* How many families have drifted apart. */
static size_t groups_show(const struct skn_context *context, struct seen *seen, size_t count)
{
    size_t drifted = 0;
    for (size_t at = 0; at < count;) {
        size_t n = group_size(seen, at, count);
        if (at > 0 && family_compare(&seen[at - 1], &seen[at]) == 0)
            drifted++;
        if (skn_context_json(context))
            group_json(&seen[at], n);
        else
            group_print(&seen[at], n);
        at += n;
    }
    return drifted;
}

static int drift_show(const struct skn_context *context, const struct skn_findings *findings)
{
    struct seen *seen = skn_alloc_array(findings->count, sizeof *seen);
    for (size_t i = 0; i < findings->count; i++)
        seen[i] = (struct seen){&context->fleet.members[i], findings->items[i].hash, 0};
    qsort(seen, findings->count, sizeof *seen, by_hash);
    for (size_t at = 0; at < findings->count;) {
        size_t n = group_size(seen, at, findings->count);
        for (size_t i = at; i < at + n; i++)
            seen[i].alike = n;
        at += n;
    }
    qsort(seen, findings->count, sizeof *seen, by_size);
    size_t drifted = groups_show(context, seen, findings->count);
    free(seen);
    return drifted > 0 ? 4 : 0;
}

int skn_drift_run(struct skn_context *context, struct skn_error *err)
{
    struct skn_question question = {.to.kind = SKN_SIDE_NONE};
    struct skn_findings findings;
    int status = skn_look(context, &question, 0, &findings, err);
    if (status == 0)
        status = drift_show(context, &findings);
    skn_findings_finish(&findings);
    return status;
}
