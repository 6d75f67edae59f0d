/*
 * Histories for tests: folders of revision files, written whole or from one line a revision.
 */
#ifndef SKN_TESTS_HISTORY_FIXTURE_H
#define SKN_TESTS_HISTORY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "history/history.h"
#include "history/symbol.h"

struct fixture {
    char folder[64];
    struct skn_history history;
    struct skn_error err;
    struct skn_buf problems; /* a line each */
};

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/skein-history-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->err = (struct skn_error)SKN_ERROR_INIT;
    *state = fixture;
    return 0;
}

static inline void folder_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[512];
    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0)
            rmdir(path);
    }
    if (dir)
        closedir(dir);
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    skn_history_finish(&fixture->history);
    skn_buf_finish(&fixture->problems);
    folder_empty(fixture->folder);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static inline void file_write_bytes(struct fixture *fixture, const char *name, const char *text,
                                    size_t len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0644), 0);
}

static inline void file_write(struct fixture *fixture, const char *name, const char *text)
{
    file_write_bytes(fixture, name, text, strlen(text));
}

static inline void problem_keep(void *ctx, const char *text)
{
    skn_buf_adds(ctx, text);
    skn_buf_addc(ctx, '\n');
}

/* Loads what is in the folder; the fixture's history before is finished. */
static inline int fixture_load(struct fixture *fixture)
{
    const char *folders[] = {fixture->folder};
    skn_history_finish(&fixture->history);
    skn_buf_clear(&fixture->problems);
    return skn_history_load(&fixture->history, "app", folders, 1, problem_keep, &fixture->problems,
                            &fixture->err);
}

/* The message without the folder, so that it starts with the file's name. */
static inline const char *fixture_message(const struct fixture *fixture)
{
    size_t len = strlen(fixture->folder);
    const char *message = fixture->err.message;
    return strncmp(message, fixture->folder, len) == 0 ? message + len + 1 : message;
}

/* The words behind each sign of a line, up to its message. */
static inline void words_add(struct skn_buf *text, const char *line, char sign)
{
    const char *end = line + strcspn(line, "#");
    int count = 0;
    for (const char *at = strchr(line, sign); at && at < end; at = strchr(at + 1, sign))
        skn_buf_addf(text, "%s%.*s", count++ ? ", " : "", (int)strcspn(at + 2, " "), at + 2);
}

/* "id < parent < parent ^ dependency @ label # message" becomes the file ID.sql. */
static inline void revision_write(struct fixture *fixture, const char *line)
{
    struct skn_buf text = {0};
    char name[80];
    size_t id = strcspn(line, " ");
    const char *message = strchr(line, '#');
    skn_buf_addf(&text, "-- %s\n--\n-- Revision ID: %.*s\n-- Revises: ",
                 message ? message + 2 : "a message", (int)id, line);
    words_add(&text, line, '<');
    skn_buf_adds(&text, "\n-- Depends On: ");
    words_add(&text, line, '^');
    skn_buf_adds(&text, "\n-- Branch Labels: ");
    words_add(&text, line, '@');
    skn_buf_adds(&text, "\n\n-- skein: upgrade\n\n-- skein: downgrade\n");
    snprintf(name, sizeof name, "%.*s.sql", (int)id, line);
    file_write(fixture, name, skn_buf_text(&text));
    skn_buf_finish(&text);
}

/* A line a revision. */
static inline void graph_write(struct fixture *fixture, const char *lines)
{
    char line[512];
    while (*lines) {
        size_t len = strcspn(lines, "\n");
        assert_true(len < sizeof line);
        memcpy(line, lines, len);
        line[len] = '\0';
        revision_write(fixture, line);
        lines += len + (lines[len] != '\0');
    }
}

static inline void graph_load(struct fixture *fixture, const char *lines)
{
    graph_write(fixture, lines);
    if (fixture_load(fixture) != SKN_OK)
        fail_msg("%s", fixture->err.message);
}

/* "a b" to version rows. */
static inline struct skn_set rows_set(struct fixture *fixture, const char *rows)
{
    char text[1024];
    const char *ids[64];
    size_t count = 0;
    struct skn_set set;
    char *rest = NULL;
    snprintf(text, sizeof text, "%s", rows);
    for (char *id = strtok_r(text, " ", &rest); id; id = strtok_r(NULL, " ", &rest))
        ids[count++] = id;
    assert_int_equal(skn_set_from_rows(&fixture->history, ids, count, &set, &fixture->err), SKN_OK);
    return set;
}

/* A set as its ids in file order. */
static inline void set_text(const struct fixture *fixture, const struct skn_set *set,
                            struct skn_buf *text)
{
    skn_buf_clear(text);
    for (size_t i = 0; i < set->count; i++)
        skn_buf_addf(text, "%s%s", i ? " " : "", fixture->history.revisions[set->items[i]].id);
}

#endif
