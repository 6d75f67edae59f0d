/*
 * Writes a new revision's file. It knows nothing of which parents make sense: a head or not is for
 * the caller to decide.
 */
#include "history/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "history/encoding.h"
#include "history/fault.h"
#include "history/folder.h"
#include "history/header.h"
#include "history/index.h"
#include "history/name.h"
#include "history/parse.h"
#include "history/slug.h"

enum { ID_DIGITS = 12, ILLEGAL_ROOM = 16 };

static const char empty_message[] = "empty message";

/* Those of the characters of symbols that an id holds, as Alembic lists them; "" for none. */
static void illegal_list(const char *id, char *list)
{
    for (const char *c = "+-:@"; *c; c++) {
        if (!strchr(id, *c))
            continue;
        size_t len = strlen(list);
        snprintf(list + len, ILLEGAL_ROOM - len, "%s%c", len ? ", " : "", *c);
    }
}

int skn_revision_id_check(const struct skn_history *history, const char *id, struct skn_error *err)
{
    const char *reason = skn_id_fault(skn_str(id));
    char illegal[ILLEGAL_ROOM] = "";
    illegal_list(id, illegal);
    if (*illegal)
        return skn_error_set(err, SKN_E_USAGE,
                             "Character(s) '%s' not allowed in revision identifier '%s'", illegal,
                             id);
    if (reason)
        return skn_error_set(err, SKN_E_USAGE, "revision id '%s' %s", id, reason);
    struct skn_named taken = skn_index_find(history, id);
    if (taken.name)
        return skn_error_set(err, SKN_E_USAGE,
                             "revision id '%s' is in use already, as the %s '%s' in %s; choose "
                             "another one",
                             id, taken.is_label ? "branch label" : "id", taken.name,
                             history->revisions[taken.revision].path);
    return SKN_OK;
}

static int id_begins_any(const struct skn_history *history, const char *prefix)
{
    for (size_t i = 0; i < history->count; i++)
        if (strncmp(history->revisions[i].id, prefix, strlen(prefix)) == 0)
            return 1;
    return skn_index_find(history, prefix).name != NULL;
}

void skn_revision_id_make(const struct skn_history *history, char id[SKN_REVISION_ID_MAX + 1])
{
    do
        skn_random_hex(id, ID_DIGITS + 1);
    while (id_begins_any(history, id));
}

static int labels_check(const struct skn_history *history, const struct skn_new_revision *request,
                        const char *id, struct skn_error *err)
{
    for (size_t i = 0; i < request->label_count; i++) {
        const char *label = request->labels[i];
        const char *reason = skn_label_fault(skn_str(label));
        if (reason)
            return skn_error_set(err, SKN_E_USAGE, "branch label '%s' %s", label, reason);
        struct skn_named taken = skn_index_find(history, label);
        if (taken.name)
            return skn_error_set(err, SKN_E_USAGE,
                                 "Branch name '%s' in revision %s already used by revision %s",
                                 label, id, history->revisions[taken.revision].id);
        int again = skn_str_same_word(skn_str(label), id);
        for (size_t j = 0; j < i; j++)
            again |= skn_str_same_word(skn_str(label), request->labels[j]);
        if (again)
            return skn_error_set(err, SKN_E_USAGE, "branch label '%s' is given twice", label);
    }
    return SKN_OK;
}

static int links_check(const struct skn_history *history, const char *const *names, size_t count,
                       int labels_too, struct skn_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct skn_revision *found = skn_history_find(history, names[i]);
        if (!found && labels_too)
            found = skn_history_label(history, names[i]);
        if (!found)
            return skn_error_set(err, SKN_E_USAGE, "Can't locate revision identified by '%s'",
                                 names[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
                return skn_error_set(err, SKN_E_USAGE, "revision '%s' is given twice", names[i]);
    }
    return SKN_OK;
}

static int line_check(struct skn_str line, struct skn_error *err)
{
    size_t valid = skn_utf8_check(line.ptr, line.len);
    if (valid < line.len)
        return skn_error_set(err, SKN_E_USAGE, "the message is no valid UTF-8 at byte %zu", valid);
    size_t hidden = skn_encoding_hidden(line);
    if (hidden < line.len)
        return skn_error_set(err, SKN_E_USAGE,
                             "the message holds a control character (\\x%02x); leave it out",
                             (unsigned char)line.ptr[hidden]);
    if (skn_header_takes(line))
        return skn_error_set(err, SKN_E_USAGE,
                             "the message's line '%.*s' would be read as a part of the header; "
                             "put it differently",
                             SKN_SHOWN(line));
    return SKN_OK;
}

static struct skn_str line_next(struct skn_str *text)
{
    const char *newline = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
    size_t len = newline ? (size_t)(newline - text->ptr) : text->len;
    struct skn_str line = {text->ptr, len};
    text->ptr += len + (newline != NULL);
    text->len -= len + (newline != NULL);
    return line;
}

/* The message as comment lines. */
static int message_write(struct skn_buf *out, const char *message, struct skn_error *err)
{
    struct skn_str rest = skn_str(message);
    while (rest.len > 0) {
        struct skn_str line = line_next(&rest);
        int rc = line_check(line, err);
        if (rc != SKN_OK)
            return rc;
        skn_buf_adds(out, line.len ? "-- " : "--");
        skn_buf_add(out, line.ptr, line.len);
        skn_buf_addc(out, '\n');
    }
    return SKN_OK;
}

static void names_add(struct skn_buf *out, const char *key, const char *const *names, size_t count)
{
    skn_buf_adds(out, key);
    for (size_t i = 0; i < count; i++)
        skn_buf_addf(out, "%s%s", i ? ", " : " ", names[i]);
    skn_buf_addc(out, '\n');
}

static void section_write(struct skn_buf *out, const struct skn_new_section *section)
{
    static const char *const ways[] = {"upgrade", "downgrade", "verify"};
    skn_buf_addf(out, "-- skein: %s%s%s%s\n\n", ways[section->direction],
                 section->driver ? " " : "", section->driver ? section->driver : "",
                 section->transaction_off ? " transaction=off" : "");
    skn_buf_adds(out, section->text);
}

static void sections_add(struct skn_buf *out, const struct skn_new_revision *request)
{
    static const struct skn_new_section empty[] = {{SKN_UP, NULL, "", 0}, {SKN_DOWN, NULL, "", 0}};
    const struct skn_new_section *sections = request->section_count ? request->sections : empty;
    size_t count = request->section_count ? request->section_count : 2;
    skn_buf_addc(out, '\n');
    for (size_t i = 0; i < count; i++)
        section_write(out, &sections[i]);
}

static int text_build(const struct skn_new_revision *request, const char *id,
                      const struct timespec *now, const struct tm *time, struct skn_buf *out,
                      struct skn_error *err)
{
    const char *message = request->message ? request->message : empty_message;
    int blank = message[strspn(message, " \t\n")] == '\0';
    int rc = message_write(out, blank ? empty_message : message, err);
    if (rc != SKN_OK)
        return rc;
    skn_buf_addf(out, "--\n-- Revision ID: %s\n", id);
    names_add(out, "-- Revises:", request->parent_ids, request->parent_count);
    skn_buf_addf(out, "-- Create Date: %04d-%02d-%02d %02d:%02d:%02d.%06ld\n", time->tm_year + 1900,
                 time->tm_mon + 1, time->tm_mday, time->tm_hour, time->tm_min, time->tm_sec,
                 now->tv_nsec / 1000);
    if (request->label_count > 0)
        names_add(out, "-- Branch Labels:", request->labels, request->label_count);
    if (request->depend_count > 0)
        names_add(out, "-- Depends On:", request->depends, request->depend_count);
    sections_add(out, request);
    return SKN_OK;
}

/* What stands in a section is a section's text again. */
static int sections_same(const struct skn_new_revision *request,
                         const struct skn_revision *revision)
{
    if (revision->section_count != request->section_count)
        return 0;
    for (size_t i = 0; i < request->section_count; i++) {
        struct skn_str found = revision->sections[i].text;
        const char *text = request->sections[i].text;
        /* Behind the directive is an empty line. */
        if (found.len != strlen(text) + 1 || memcmp(found.ptr + 1, text, found.len - 1) != 0)
            return 0;
    }
    return 1;
}

/* Generated text may hold names and literals of anybody. */
static int text_read_again(const struct skn_new_revision *request, const char *path,
                           const struct skn_buf *text, struct skn_error *err)
{
    struct skn_arena arena = {0};
    struct skn_faults faults = {.first = SKN_ERROR_INIT};
    struct skn_parse_room room = {0};
    struct skn_revision revision;
    struct skn_header places;
    struct skn_str normal;
    int rc = SKN_OK;
    if (request->section_count == 0)
        return SKN_OK;
    skn_arena_init(&arena);
    if (skn_encoding_normalise(&arena, path, skn_buf_str(text), &faults, &normal))
        skn_revision_parse(&arena, path, normal, &faults, &room, &revision, &places);
    if (faults.count > 0)
        rc = skn_faults_result(&faults, err);
    else if (!sections_same(request, &revision))
        rc = skn_error_set(err, SKN_E_UNSUPPORTED,
                           "a line of a name or a text reads as one of skein's own");
    skn_parse_room_finish(&room);
    skn_arena_finish(&arena);
    return rc == SKN_OK ? rc
                        : skn_error_context(err, "no file is written, for it would not be read "
                                                 "again as it was written");
}

static int name_build(const struct skn_new_revision *request, const char *id,
                      const struct timespec *now, const struct tm *time, struct skn_buf *out,
                      struct skn_error *err)
{
    struct skn_buf slug = {0};
    skn_slug_add(&slug, request->message ? request->message : "");
    struct skn_file_tokens tokens = {id, skn_buf_text(&slug), now->tv_sec, *time};
    int rc = skn_file_name_add(out, request->file_template, &tokens, err);
    skn_buf_adds(out, ".sql");
    skn_buf_finish(&slug);
    return rc;
}

static int folder_write(const char *folder, const char *name, const char *shown,
                        const struct skn_buf *text, struct skn_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return skn_error_set(err, SKN_E_CONFIG,
                             "Path doesn't exist: %s.  Please use the 'init' command to create a "
                             "new scripts folder.",
                             folder);
    if (fd < 0)
        return skn_error_set(err, SKN_E_CONFIG, "%s: %s", folder, strerror(errno));
    int rc = skn_file_create(fd, name, shown, 0644, skn_buf_str(text), err);
    close(fd);
    return rc;
}

static int request_check(const struct skn_history *history, const struct skn_new_revision *request,
                         const char *id, struct skn_error *err)
{
    int rc = skn_revision_id_check(history, id, err);
    if (rc == SKN_OK)
        rc = labels_check(history, request, id, err);
    if (rc == SKN_OK)
        rc = links_check(history, request->parent_ids, request->parent_count, 0, err);
    if (rc == SKN_OK)
        rc = links_check(history, request->depends, request->depend_count, 1, err);
    return rc;
}

int skn_revision_write(const struct skn_history *history, const struct skn_new_revision *request,
                       struct skn_buf *path, struct skn_error *err)
{
    struct skn_buf text = {0};
    struct skn_buf name = {0};
    struct skn_arena arena = {0};
    struct timespec now;
    struct tm time;
    char made[SKN_REVISION_ID_MAX + 1];
    const char *id = request->id;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &time);
    if (!id) {
        skn_revision_id_make(history, made);
        id = made;
    }
    int rc = request_check(history, request, id, err);
    if (rc == SKN_OK)
        rc = text_build(request, id, &now, &time, &text, err);
    if (rc == SKN_OK)
        rc = name_build(request, id, &now, &time, &name, err);
    if (rc == SKN_OK) {
        const char *shown = skn_folder_join(&arena, request->folder, skn_buf_text(&name));
        rc = text_read_again(request, shown, &text, err);
        if (rc == SKN_OK)
            rc = folder_write(request->folder, skn_buf_text(&name), shown, &text, err);
        if (rc == SKN_OK)
            skn_buf_adds(path, shown);
    }
    skn_arena_finish(&arena);
    skn_buf_finish(&text);
    skn_buf_finish(&name);
    return rc;
}
