/*
 * check: whether databases are as they should be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/alloc.h"
#include "cmd/look.h"
#include "cmd/verbs.h"

enum { NAMES_SHOWN = 3 };

/* Members of a fleet that differ in the same way, which is told once. */
struct group {
    char *key; /* history, driver, schema: what is equal in these has the same differences */
    const struct skn_finding *finding;
    struct skn_buf names;
    size_t count;
    UT_hash_handle hh;
};

static struct group *group_get(struct group **groups, const struct skn_member *member,
                               const struct skn_finding *finding)
{
    struct skn_buf key = {0};
    struct group *group;
    skn_buf_addf(&key, "%s/%s/%s", member->target->history->name, member->target->driver,
                 finding->hash);
    HASH_FIND_STR(*groups, skn_buf_text(&key), group);
    if (!group) {
        group = skn_alloc(sizeof *group);
        *group = (struct group){.key = skn_strdup(skn_buf_text(&key)), .finding = finding};
        HASH_ADD_KEYPTR(hh, *groups, group->key, strlen(group->key), group);
    }
    skn_buf_finish(&key);
    return group;
}

static void group_add(struct group *group, const char *name)
{
    if (group->count < NAMES_SHOWN)
        skn_buf_addf(&group->names, "%s%s", group->count > 0 ? ", " : "", name);
    group->count++;
}

/* Prints them in the order of their first members, and forgets them. */
static void groups_finish(struct group **groups)
{
    struct group *group, *next;
    HASH_ITER(hh, *groups, group, next)
    {
        if (group->count > NAMES_SHOWN)
            skn_buf_addf(&group->names, " and %zu more", group->count - NAMES_SHOWN);
        skn_look_list(skn_buf_text(&group->names), group->finding);
        HASH_DEL(*groups, group);
        skn_buf_finish(&group->names);
        free(group->key);
        free(group);
    }
}

/* As text, and to a person: each difference once, unless there is one target or all is wanted. */
static int grouped(const struct skn_context *context, const struct skn_findings *findings)
{
    return findings->count > 1 && !skn_context_json(context) && !skn_context_verbose(context);
}

static size_t differences_show(const struct skn_context *context,
                               const struct skn_findings *findings)
{
    struct group *groups = NULL;
    size_t different = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const struct skn_member *member = &context->fleet.members[i];
        const struct skn_finding *finding = &findings->items[i];
        different += json_array_size(finding->differences) > 0;
        if (grouped(context, findings))
            group_add(group_get(&groups, member, finding), member->target->name);
        else
            skn_look_show(context, i, finding, NULL);
    }
    groups_finish(&groups);
    return different;
}

static int check_show(const struct skn_context *context, const struct skn_findings *findings)
{
    size_t different = differences_show(context, findings);
    int quiet = skn_context_json(context);
    if (different == 0 && !quiet)
        puts("No new upgrade operations detected.");
    if (different > 0 && findings->count > 1)
        fprintf(stderr, "FAILED: New upgrade operations detected in %zu of %zu targets\n",
                different, findings->count);
    else if (different > 0)
        fprintf(stderr, "FAILED: New upgrade operations detected: %zu\n",
                json_array_size(findings->items[0].differences));
    return different > 0 ? 4 : 0;
}

static int check_run(struct skn_context *context, struct skn_error *err)
{
    struct skn_question question = {.to.kind = SKN_SIDE_DESIRED};
    struct skn_findings findings;
    int status = skn_look(context, &question, 1, &findings, err);
    if (status == 0)
        status = check_show(context, &findings);
    skn_findings_finish(&findings);
    return status;
}

const struct skn_command skn_command_check = {
    .name = "check",
    .args = "",
    .summary = "Check if there are any new operations to generate.",
    .detail = "Compares each selected target with the desired schema that its history names "
              "(schema = { sqlite = \"schema/app.sql\"; }). Exits 4 when they differ, and lists "
              "what: once for all targets that differ alike, with -v for each. The desired schema "
              "is loaded into a scratch database, which is dropped again.",
    .flags = NULL,
    .run = check_run,
};
