/*
 * Names to revisions. It knows nothing of relative forms and of databases.
 */
#include "history/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "history/fault.h"
#include "history/index.h"
#include "history/name.h"

enum { PREFIX_LEAST = 4, SHOWN_MAX = 5 };

void skn_symbol_split(const char *symbol, struct skn_str *label, struct skn_str *rest)
{
    const char *at = strchr(symbol, '@');
    *label = at ? skn_str_len(symbol, (size_t)(at - symbol)) : (struct skn_str){0};
    *rest = skn_str(at ? at + 1 : symbol);
}

int skn_name_unknown(const struct skn_question *question, struct skn_str name, const char *reason)
{
    return skn_error_set(question->err, SKN_E_USAGE,
                         "Can't locate revision identified by '%.*s'%s%s", SKN_SHOWN(name),
                         *reason ? "; " : "", reason);
}

static int several_heads(const struct skn_question *question)
{
    if (question->several)
        return skn_error_set(question->err, SKN_E_USAGE, "%s", question->several);
    return skn_error_set(question->err, SKN_E_USAGE,
                         "Multiple head revisions are present for given argument '%s'; please "
                         "specify a specific target revision, '<branchname>@%s' to narrow to a "
                         "specific head, or 'heads' for all heads",
                         question->symbol, question->symbol);
}

uint8_t *skn_lineage_create(const struct skn_history *history, const struct skn_revision *branch)
{
    struct skn_set one;
    skn_set_from_one(branch, &one);
    uint8_t *lineage = skn_marks_create(history, &one);
    uint8_t *above = skn_marks_create(history, &one);
    skn_marks_down(history, lineage, SKN_EDGES_REVISES);
    skn_marks_up(history, above, SKN_EDGES_REVISES);
    for (size_t i = 0; i < history->count; i++)
        lineage[i] = !branch || lineage[i] || above[i];
    free(above);
    skn_set_finish(&one);
    return lineage;
}

static int begins(const char *text, struct skn_str prefix)
{
    return strlen(text) >= PREFIX_LEAST && strncmp(text, prefix.ptr, prefix.len) == 0;
}

/* An id and a label are two names, also of one revision. */
struct candidates {
    const struct skn_revision *revision; /* of the last one */
    size_t count;
    struct skn_buf names;
};

static void candidate_offer(struct candidates *candidates, const struct skn_revision *revision,
                            const char *name, struct skn_str prefix)
{
    if (!begins(name, prefix))
        return;
    candidates->revision = revision;
    if (candidates->count++ < SHOWN_MAX)
        skn_buf_addf(&candidates->names, "%s'%s'", candidates->count > 1 ? ", " : "", name);
}

static void candidates_find(const struct skn_history *history, struct skn_str prefix,
                            const uint8_t *lineage, struct candidates *candidates)
{
    for (size_t i = 0; prefix.len > 0 && i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        if (!lineage[i])
            continue;
        candidate_offer(candidates, revision, revision->id, prefix);
        for (size_t at = 0; at < revision->label_count; at++)
            candidate_offer(candidates, revision, revision->labels[at], prefix);
    }
}

static int ambiguous(const struct skn_question *question, struct skn_str name,
                     struct candidates *candidates)
{
    struct skn_buf reason = {0};
    skn_buf_addf(&reason, "several names begin with it: %s%s", skn_buf_text(&candidates->names),
                 candidates->count > SHOWN_MAX ? ", ..." : "");
    int rc = skn_name_unknown(question, name, skn_buf_text(&reason));
    skn_buf_finish(&reason);
    return rc;
}

static int prefix_resolve(const struct skn_question *question, struct skn_str name,
                          const uint8_t *lineage, const struct skn_revision **found)
{
    struct candidates candidates = {0};
    int rc = SKN_OK;
    candidates_find(question->history, name, lineage, &candidates);
    if (candidates.count == 1)
        *found = candidates.revision;
    else if (candidates.count == 0)
        rc = skn_name_unknown(question, name, "");
    else
        rc = ambiguous(question, name, &candidates);
    skn_buf_finish(&candidates.names);
    return rc;
}

static const struct skn_revision *name_find_exact(const struct skn_history *history,
                                                  struct skn_str name)
{
    char text[SKN_LABEL_MAX + 1];
    if (name.len >= sizeof text)
        return NULL;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    const struct skn_revision *found = skn_history_find(history, text);
    return found ? found : skn_history_label(history, text);
}

static int member_check(const struct skn_question *question, struct skn_str name,
                        const struct skn_revision *branch, const struct skn_revision *found)
{
    char reason[256];
    snprintf(reason, sizeof reason, "revision %s is not on the branch of revision %s", found->id,
             branch->id);
    return skn_name_unknown(question, name, reason);
}

static int name_resolve(const struct skn_question *question, struct skn_str name,
                        const struct skn_revision *branch, const struct skn_revision **found)
{
    int rc = SKN_OK;
    uint8_t *lineage = skn_lineage_create(question->history, branch);
    *found = name_find_exact(question->history, name);
    if (!*found)
        rc = prefix_resolve(question, name, lineage, found);
    else if (!lineage[(*found)->index])
        rc = member_check(question, name, branch, *found);
    free(lineage);
    return rc;
}

/* A word that means no branch is not the beginning of one's name either. */
static int is_symbol_word(struct skn_str text)
{
    return skn_str_is(text, "head") || skn_str_is(text, "heads") || skn_str_is(text, "base");
}

int skn_branch_resolve(const struct skn_question *question, struct skn_str label,
                       const struct skn_revision **branch)
{
    *branch = NULL;
    if (is_symbol_word(label))
        return skn_name_unknown(question, label, "");
    return label.ptr ? name_resolve(question, label, NULL, branch) : SKN_OK;
}

static void heads_find(const struct skn_history *history, const struct skn_revision *branch,
                       int real, struct skn_set *set)
{
    uint8_t *marks = skn_lineage_create(history, branch);
    for (size_t i = 0; i < history->count; i++) {
        const struct skn_revision *revision = &history->revisions[i];
        marks[i] = marks[i] &&
                   (real ? skn_revision_is_real_head(revision) : skn_revision_is_head(revision));
    }
    skn_set_from_marks(history, marks, set);
    free(marks);
}

int skn_name_resolve_all(const struct skn_question *question, struct skn_str name,
                         const struct skn_revision *branch, struct skn_set *set)
{
    const struct skn_revision *found = NULL;
    *set = (struct skn_set){0};
    if (skn_str_is(name, "heads")) {
        heads_find(question->history, branch, branch == NULL, set);
        return SKN_OK;
    }
    int rc = skn_name_resolve_one(question, name, branch, &found);
    if (rc == SKN_OK)
        skn_set_from_one(found, set);
    return rc;
}

int skn_name_resolve_one(const struct skn_question *question, struct skn_str name,
                         const struct skn_revision *branch, const struct skn_revision **found)
{
    struct skn_set heads;
    int all = skn_str_is(name, "heads");
    *found = NULL;
    if (skn_str_is(name, "base"))
        return SKN_OK;
    if (!all && !skn_str_is(name, "head"))
        return name_resolve(question, name, branch, found);

    heads_find(question->history, branch, all && !branch, &heads);
    size_t count = heads.count;
    if (count == 1)
        *found = &question->history->revisions[heads.items[0]];
    skn_set_finish(&heads);
    return count > 1 ? several_heads(question) : SKN_OK;
}
