/*
 * Writing statements down so that they are read again as they were. It knows nothing of files.
 */
#include "work/compose.h"

#include <string.h>

/* Lines of a text, each behind a mark. Servers end a comment at a carriage return, too, which only
 * a note may hold: what holds one is no statement of a file. */
static void marked_add(struct skn_buf *out, const char *mark, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\r\n");
        skn_buf_addf(out, "%s%.*s\n", mark, (int)len, text);
        text += len + (text[len] != '\0');
    }
}

static int destroys(const struct skn_schema_plan *plan, size_t i)
{
    return i < plan->count && (plan->statements[i].flags & SKN_SQL_DESTROYS_DATA) != 0;
}

/* Once above all statements in a row that destroy data: a table that is made anew takes several. */
static void warning_add(struct skn_buf *out, const struct skn_schema_plan *plan,
                        const struct skn_remark *remarks, size_t i)
{
    const char *rows = NULL;
    if (i > 0 && destroys(plan, i - 1))
        return;
    for (size_t k = i; destroys(plan, k) && !rows; k++)
        rows = remarks ? remarks[k].rows : NULL;
    skn_buf_addf(out, "-- %sdestroys data", remarks && remarks[i].held ? "skein: held-back " : "");
    if (rows)
        skn_buf_addf(out, ", rows now: %s", rows);
    skn_buf_addc(out, '\n');
}

/* Such a comment would take the statement's end with it. */
static int swallows_end(const char *text)
{
    const char *last = strrchr(text, '\n');
    return strstr(last ? last : text, "--") != NULL;
}

static void written_add(struct skn_buf *out, const struct skn_schema_plan *plan,
                        const struct skn_remark *remarks, size_t i)
{
    const struct skn_schema_statement *statement = &plan->statements[i];
    marked_add(out, "-- ", statement->note);
    if (destroys(plan, i))
        warning_add(out, plan, remarks, i);
    if (remarks && remarks[i].held) {
        marked_add(out, "--! ", statement->text);
        if (swallows_end(statement->text))
            skn_buf_adds(out, "--! ;");
        else
            out->text[out->len - 1] = ';';
        skn_buf_adds(out, destroys(plan, i + 1) ? "\n" : "\n\n");
        return;
    }
    skn_buf_adds(out, statement->text);
    skn_buf_adds(out, swallows_end(statement->text) ? "\n;\n\n" : ";\n\n");
}

/* A file has LF line ends, and lines of it that are ours, whatever a name or a text holds. */
static int lines_check(const char *text, struct skn_error *err)
{
    static const char ours[] = "-- skein:";
    const char *line = text;
    if (strchr(text, '\r'))
        return skn_error_set(err, SKN_E_UNSUPPORTED,
                             "no file can hold this statement, for there is a carriage return in "
                             "it; give what it names another name, or run it by hand: %.300s",
                             text);
    while (line && strncmp(line, ours, sizeof ours - 1) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (!line)
        return SKN_OK;
    return skn_error_set(err, SKN_E_UNSUPPORTED,
                         "no file can hold this statement, for a line of it begins with \"%s\", "
                         "as only skein's own do; run it by hand: %.300s",
                         ours, text);
}

/* The statement that the scanner finds next is the one that was written. */
static int statement_read(struct skn_str text, struct skn_session *session, struct skn_scan *cursor,
                          const char *written, struct skn_error *err)
{
    do {
        int rc = skn_session_scan(session, text, cursor, err);
        if (rc != SKN_OK)
            return skn_error_context(err, "what was written cannot be read again");
    } while (cursor->kind == SKN_STATEMENT_IGNORED);
    struct skn_str found =
        skn_str_len(text.ptr + cursor->start, (size_t)(cursor->end - cursor->start));
    size_t len = strlen(written);
    while (len > 0 && (found.len < len) && strchr(" \t\r\n", written[len - 1]))
        len--;
    if (cursor->kind != SKN_STATEMENT_END && found.len == len &&
        memcmp(found.ptr, written, len) == 0)
        return SKN_OK;
    return skn_error_set(err, SKN_E_UNSUPPORTED,
                         "written into a file, this statement is not read again as it is: %.300s",
                         written);
}

/* No comment has let anything out. */
static int nothing_more(struct skn_str text, struct skn_session *session, struct skn_scan *cursor,
                        struct skn_error *err)
{
    do {
        int rc = skn_session_scan(session, text, cursor, err);
        if (rc != SKN_OK)
            return skn_error_context(err, "what was written cannot be read again");
    } while (cursor->kind == SKN_STATEMENT_IGNORED);
    if (cursor->kind == SKN_STATEMENT_END)
        return SKN_OK;
    return skn_error_set(err, SKN_E_UNSUPPORTED,
                         "written into a file, more statements are read than there are");
}

static int all_read(struct skn_str text, struct skn_session *session,
                    const struct skn_schema_plan *plan, const struct skn_remark *remarks,
                    struct skn_error *err)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < plan->count; i++)
        if (!remarks || !remarks[i].held)
            rc = statement_read(text, session, &cursor, plan->statements[i].text, err);
    return rc == SKN_OK ? nothing_more(text, session, &cursor, err) : rc;
}

int skn_compose(struct skn_buf *out, struct skn_session *session,
                const struct skn_schema_plan *plan, const struct skn_remark *remarks,
                struct skn_error *err)
{
    size_t start = out->len;
    for (size_t i = 0; i < plan->count; i++) {
        int rc = lines_check(plan->statements[i].text, err);
        if (rc != SKN_OK)
            return rc;
        written_add(out, plan, remarks, i);
    }
    return all_read(skn_str_len(out->text ? out->text + start : "", out->len - start), session,
                    plan, remarks, err);
}
