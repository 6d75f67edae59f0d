/*
 * Revisions in Alembic's words. It knows nothing of databases.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/wire.h"
#include "cmd/command.h"

static void text_write(FILE *file, const struct skn_buf *text)
{
    struct skn_buf out = {0};
    skn_text_escape(&out, skn_buf_str(text), 1);
    fwrite(skn_buf_text(&out), 1, out.len, file);
    skn_buf_finish(&out);
}

void skn_print(const struct skn_buf *text)
{
    text_write(stdout, text);
}

void skn_print_error(const struct skn_buf *text)
{
    text_write(stderr, text);
}

void skn_print_for(const char *target, const struct skn_buf *text)
{
    struct skn_buf lines = {0};
    const char *at = skn_buf_text(text);
    while (target && *at) {
        size_t len = strcspn(at, "\n");
        skn_buf_addf(&lines, "%s: %.*s\n", target, (int)len, at);
        at += len + (at[len] != '\0');
    }
    skn_print(target ? &lines : text);
    skn_buf_finish(&lines);
}

json_t *skn_rows_json(const char *rows)
{
    json_t *list = json_array();
    for (const char *at = rows; *at;) {
        const char *end = strchrnul(at, ',');
        json_array_append_new(list, skn_json_string(at, (size_t)(end - at)));
        at = *end ? end + 1 : end;
    }
    return list;
}

static void links_add(struct skn_buf *out, const struct skn_history *history,
                      const struct skn_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        skn_buf_addf(out, "%s%s", i ? ", " : "", history->revisions[links->items[i]].id);
}

static void names_add(struct skn_buf *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(out, "%s%s", i ? ", " : "", names[i]);
}

static void parents_add(struct skn_buf *out, const struct skn_history *history,
                        const struct skn_revision *revision)
{
    if (revision->parents.count == 0)
        skn_buf_adds(out, "<base>");
    links_add(out, history, &revision->parents);
    if (revision->depend_count > 0) {
        skn_buf_adds(out, " (");
        names_add(out, revision->depend_texts, revision->depend_count);
        skn_buf_adds(out, ")");
    }
    skn_buf_adds(out, " -> ");
}

/* The message up to its first empty line, on one line. */
static void doc_add(struct skn_buf *out, const char *message)
{
    const char *end = strstr(message, "\n\n");
    size_t len = end ? (size_t)(end - message) : strlen(message);
    for (size_t i = 0; i < len; i++)
        skn_buf_addc(out, message[i] == '\n' ? ' ' : message[i]);
}

static void line_describe(struct skn_buf *out, const struct skn_view *view,
                          const struct skn_revision *revision, unsigned flags)
{
    const struct skn_branch_labels *labels = &view->branches.of[revision->index];
    if (flags & SKN_DESCRIBE_PARENTS)
        parents_add(out, view->history, revision);
    skn_buf_adds(out, revision->id);
    if ((flags & SKN_DESCRIBE_LABELS) && labels->count > 0) {
        skn_buf_adds(out, " (");
        names_add(out, labels->items, labels->count);
        skn_buf_adds(out, ")");
    }
    if (skn_revision_is_real_head(revision))
        skn_buf_adds(out, " (head)");
    else if (skn_revision_is_head(revision))
        skn_buf_adds(out, " (effective head)");
    if (flags & SKN_DESCRIBE_CURRENT)
        skn_buf_adds(out, " (current)");
    if ((flags & SKN_DESCRIBE_TREE) && revision->children.count > 1)
        skn_buf_adds(out, " (branchpoint)");
    if ((flags & SKN_DESCRIBE_TREE) && revision->parents.count > 1)
        skn_buf_adds(out, " (mergepoint)");
    if (flags & SKN_DESCRIBE_DOC) {
        skn_buf_adds(out, ", ");
        doc_add(out, revision->message);
    }
    skn_buf_addc(out, '\n');
}

static void lines_indent(struct skn_buf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        skn_buf_addf(out, "    %.*s\n", (int)len, text);
        text += len + (text[len] != '\0');
    }
}

static void block_head(struct skn_buf *out, const struct skn_revision *revision, unsigned flags)
{
    skn_buf_addf(out, "Rev: %s", revision->id);
    if (skn_revision_is_head(revision))
        skn_buf_adds(out, " (head)");
    if (revision->children.count > 1)
        skn_buf_adds(out, " (branchpoint)");
    if (revision->parents.count > 1)
        skn_buf_adds(out, " (mergepoint)");
    if (flags & SKN_DESCRIBE_CURRENT)
        skn_buf_adds(out, " (current)");
}

static void block_links(struct skn_buf *out, const struct skn_view *view,
                        const struct skn_revision *revision)
{
    const struct skn_branch_labels *labels = &view->branches.of[revision->index];
    skn_buf_adds(out, revision->parents.count > 1 ? "\nMerges: " : "\nParent: ");
    if (revision->parents.count == 0)
        skn_buf_adds(out, "<base>");
    links_add(out, view->history, &revision->parents);
    if (revision->depend_count > 0) {
        skn_buf_adds(out, "\nAlso depends on: ");
        names_add(out, revision->depend_texts, revision->depend_count);
    }
    if (revision->children.count > 1) {
        skn_buf_adds(out, "\nBranches into: ");
        links_add(out, view->history, &revision->children);
    }
    if (labels->count > 0) {
        skn_buf_adds(out, "\nBranch names: ");
        names_add(out, labels->items, labels->count);
    }
}

static void block_describe(struct skn_buf *out, const struct skn_view *view,
                           const struct skn_revision *revision, unsigned flags)
{
    block_head(out, revision, flags);
    block_links(out, view, revision);
    skn_buf_addf(out, "\nPath: %s\n\n", revision->path);
    lines_indent(out, revision->message);
    skn_buf_addf(out, "    \n    Revision ID: %s\n    Revises: ", revision->id);
    links_add(out, view->history, &revision->parents);
    if (revision->created[0])
        skn_buf_addf(out, "\n    Create Date: %s", revision->created);
    skn_buf_adds(out, "\n\n");
}

static json_t *links_json(const struct skn_history *history, const struct skn_links *links)
{
    json_t *list = json_array();
    for (size_t i = 0; i < links->count; i++)
        json_array_append_new(list, json_string(history->revisions[links->items[i]].id));
    return list;
}

static json_t *revision_json(const struct skn_view *view, const struct skn_revision *revision,
                             unsigned flags)
{
    char checksum[SKN_SHA256_HEX];
    const struct skn_history *history = view->history;
    json_t *labels = json_array();
    skn_revision_checksum(revision, checksum);
    for (size_t i = 0; i < revision->label_count; i++)
        json_array_append_new(labels, json_string(revision->labels[i]));
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:s}", "event",
                  "revision", "history", history->name, "revision", revision->id, "parents",
                  links_json(history, &revision->parents), "depends_on",
                  links_json(history, &revision->depends), "children",
                  links_json(history, &revision->children), "labels", labels, "head",
                  skn_revision_is_head(revision), "real_head", skn_revision_is_real_head(revision),
                  "message", skn_json_string(revision->message, strlen(revision->message)), "path",
                  skn_json_string(revision->path, strlen(revision->path)), "checksum", checksum);
    if (view->target)
        json_object_set_new(object, "target", json_string(view->target));
    if (flags & SKN_DESCRIBE_CURRENT)
        json_object_set_new(object, "current", json_true());
    return object;
}

void skn_view_init(struct skn_view *view, const struct skn_context *context,
                   const struct skn_history *history)
{
    *view = (struct skn_view){
        .context = context, .history = history, .blocks = skn_context_verbose(context)};
    skn_branches_init(&view->branches, history);
}

void skn_view_finish(struct skn_view *view)
{
    if (view->history)
        skn_branches_finish(&view->branches);
    *view = (struct skn_view){0};
}

void skn_view_show(const struct skn_view *view, const struct skn_revision *revision, unsigned flags)
{
    struct skn_buf text = {0};
    if (skn_context_json(view->context)) {
        skn_report_json(revision_json(view, revision, flags));
        return;
    }
    if (view->blocks)
        block_describe(&text, view, revision, flags);
    else
        line_describe(&text, view, revision, flags);
    skn_print_for(view->target, &text);
    skn_buf_finish(&text);
}
