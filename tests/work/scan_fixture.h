/*
 * What the tests of the scanner share: the dialects as the drivers have them, and scans written
 * down as text, so that a claim is one line: "[SELECT 1][SELECT 2]", or "[SELECT 1]!syntax@12".
 */
#ifndef SCAN_FIXTURE_H
#define SCAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "work/scan.h"
#include <skein/driver-util.h>

static const struct skn_dialect sqlite = {
    .size = sizeof(struct skn_dialect),
    .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_BRACKETS | SKN_DIALECT_TRIGGER_BODIES,
};

static const struct skn_dialect postgresql = {
    .size = sizeof(struct skn_dialect),
    .flags = SKN_DIALECT_DOLLAR_QUOTES | SKN_DIALECT_E_STRINGS | SKN_DIALECT_NESTED_COMMENTS |
             SKN_DIALECT_ATOMIC_BODIES | SKN_DIALECT_PSQL,
};

static const struct skn_dialect mysql = {
    .size = sizeof(struct skn_dialect),
    .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_BACKSLASHES | SKN_DIALECT_DOUBLE_QUOTED_TEXT |
             SKN_DIALECT_HASH_COMMENTS | SKN_DIALECT_DASH_NEEDS_SPACE |
             SKN_DIALECT_EXECUTABLE_COMMENTS | SKN_DIALECT_DELIMITER | SKN_DIALECT_ROUTINE_BODIES |
             SKN_DIALECT_TRIGGER_BODIES,
};

static const struct skn_dialect *const dialects[] = {&sqlite, &postgresql, &mysql};

struct scanning {
    struct skn_str text;
    struct skn_scan cursor;
    struct skn_error err;
};

static inline void scanning_init(struct scanning *scanning, struct skn_str text, uint32_t options)
{
    memset(scanning, 0, sizeof *scanning);
    scanning->text = text;
    scanning->cursor.size = sizeof scanning->cursor;
    scanning->cursor.options = options;
    scanning->err.size = sizeof scanning->err;
}

static inline int scanning_next(struct scanning *scanning, const struct skn_dialect *dialect)
{
    return skn_scan_next(dialect, scanning->text, &scanning->cursor, &scanning->err);
}

/* Writes a scan down; the caller frees it. */
static inline char *scan_write(const struct skn_dialect *dialect, struct skn_str text,
                               uint32_t options)
{
    struct scanning scanning;
    char *written = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&written, &len);
    int code;

    assert_non_null(out);
    scanning_init(&scanning, text, options);
    while ((code = scanning_next(&scanning, dialect)) == SKN_OK &&
           scanning.cursor.kind != SKN_STATEMENT_END) {
        const struct skn_scan *found = &scanning.cursor;
        fprintf(out, "[%.*s]", (int)(found->end - found->start), text.ptr + found->start);
    }
    if (code != SKN_OK)
        fprintf(out, "!%s@%u",
                code == SKN_E_SYNTAX        ? "syntax"
                : code == SKN_E_UNSUPPORTED ? "unsupported"
                                            : "other",
                scanning.err.position);
    fclose(out);
    return written;
}

struct split {
    const char *text;
    const char *expected; /* NULL: the text itself, whole */
};

/* Cut anywhere, a text is still read to its end and no further: each cut has memory of its own, so
 * that a sanitizer sees a byte read behind it. */
static inline void cuts_scan(const struct skn_dialect *dialect, uint32_t options,
                             struct skn_str text)
{
    for (size_t len = 0; len <= text.len; len++) {
        char *cut = malloc(len + !len);
        assert_non_null(cut);
        memcpy(cut, text.ptr, len);
        free(scan_write(dialect, skn_str_len(cut, len), options));
        free(cut);
    }
}

/* The number of texts that are split otherwise than expected; each is printed. */
static inline int splits_count_wrong(const struct skn_dialect *dialect, uint32_t options,
                                     const struct split *splits, size_t count)
{
    int wrong = 0;

    for (size_t i = 0; i < count; i++) {
        struct skn_str text = skn_str(splits[i].text);
        char *found = scan_write(dialect, text, options);
        char *whole = NULL;
        const char *expected = splits[i].expected;
        if (!expected) {
            whole = malloc(text.len + 3);
            assert_non_null(whole);
            snprintf(whole, text.len + 3, "[%s]", splits[i].text);
            expected = whole;
        }
        if (strcmp(found, expected) != 0) {
            print_error("text     %s\nexpected %s\nfound    %s\n\n", text.ptr, expected, found);
            wrong++;
        }
        free(whole);
        free(found);
        cuts_scan(dialect, options, text);
    }
    return wrong;
}

#define ASSERT_SPLITS(dialect, options, splits)                                                    \
    assert_int_equal(                                                                              \
        splits_count_wrong(dialect, options, splits, sizeof(splits) / sizeof((splits)[0])), 0)

#endif
