/*
 * The scanner on real files and on noise: what must hold for every text, whatever it says. The
 * files are those of SKEIN_SHARED (by default ../shared beside the sources); without them their
 * tests are skipped.
 */
#include "scan_fixture.h"

#include <glob.h>
#include <stdbool.h>
#include <strings.h>

#if __has_include(<sqlite3.h>)
#include <sqlite3.h>
#define HAVE_SQLITE 1
#endif

/* ---- the files ---- */

enum { FILES_MAX = 4096, PATH_SIZE = 1024, CUTS = 48 };

struct corpus_file {
    char path[PATH_SIZE];
    const struct skn_dialect *dialect;
    char *text;
    size_t len;
};

struct corpus {
    struct corpus_file *files;
    size_t count;
};

static const struct skn_dialect *dialect_named(const char *engine)
{
    if (strncmp(engine, "sqlite", 6) == 0)
        return &sqlite;
    return strncmp(engine, "mysql", 5) == 0 ? &mysql : &postgresql;
}

static void file_read(struct corpus_file *file)
{
    FILE *in = fopen(file->path, "rb");
    long size;

    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    size = ftell(in);
    assert_true(size >= 0);
    rewind(in);
    file->len = (size_t)size;
    file->text = malloc(file->len + 1);
    assert_non_null(file->text);
    assert_int_equal(fread(file->text, 1, file->len, in), file->len);
    fclose(in);
}

static void file_add(struct corpus *corpus, const struct skn_dialect *dialect, const char *folder,
                     const char *name)
{
    struct corpus_file *file = &corpus->files[corpus->count];
    int len = snprintf(file->path, sizeof file->path, "%s/%s", folder, name);

    assert_true(corpus->count < FILES_MAX && len > 0 && (size_t)len < sizeof file->path);
    file->dialect = dialect;
    file_read(file);
    corpus->count++;
}

/* The fourth and the fifth column of a plan are files of its folder; the engine is in its name. */
static void plan_read(struct corpus *corpus, const char *path)
{
    const char *base = strrchr(path, '/');
    char folder[PATH_SIZE];
    char line[4096];
    FILE *in = fopen(path, "r");

    assert_non_null(in);
    snprintf(folder, sizeof folder, "%.*s", (int)(base - path), path);
    while (fgets(line, sizeof line, in)) {
        char *rest = line;
        for (int column = 1; rest && line[0] != '#'; column++) {
            const char *field = strsep(&rest, "\t\n");
            if ((column == 4 || column == 5) && strcmp(field, "-") != 0)
                file_add(corpus, dialect_named(base + strlen("/plan.")), folder, field);
        }
    }
    fclose(in);
}

static void schema_read(struct corpus *corpus, const char *path)
{
    const char *base = strrchr(path, '/');
    const char *engine = base;
    char folder[PATH_SIZE];

    while (engine[-1] != '-')
        engine--;
    snprintf(folder, sizeof folder, "%.*s", (int)(base - path), path);
    file_add(corpus, dialect_named(engine), folder, base + 1);
}

static void corpus_glob(struct corpus *corpus, const char *pattern,
                        void (*read)(struct corpus *, const char *))
{
    const char *shared = getenv("SKEIN_SHARED");
    const char *source = getenv("SKEIN_SOURCE_ROOT");
    char path[PATH_SIZE];
    glob_t found;

    if (shared)
        snprintf(path, sizeof path, "%s/corpora/%s", shared, pattern);
    else
        snprintf(path, sizeof path, "%s/../shared/corpora/%s", source ? source : ".", pattern);
    if (glob(path, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        read(corpus, found.gl_pathv[i]);
    globfree(&found);
}

static int corpus_setup(void **state)
{
    struct corpus *corpus = calloc(1, sizeof *corpus);

    assert_non_null(corpus);
    corpus->files = calloc(FILES_MAX, sizeof *corpus->files);
    assert_non_null(corpus->files);
    corpus_glob(corpus, "histories/*/plan.*.tsv", plan_read);
    corpus_glob(corpus, "schemas/*/*.sql", schema_read);
    *state = corpus;
    return 0;
}

static int corpus_teardown(void **state)
{
    struct corpus *corpus = *state;

    for (size_t i = 0; i < corpus->count; i++)
        free(corpus->files[i].text);
    free(corpus->files);
    free(corpus);
    return 0;
}

static struct corpus *corpus_or_skip(void **state)
{
    struct corpus *corpus = *state;

    if (!corpus->count) {
        print_message("no corpora: SKEIN_SHARED does not lead to them\n");
        skip();
    }
    return corpus;
}

/* ---- what must hold for every text ---- */

static bool starts(struct skn_str text, size_t at, const char *with)
{
    return text.len - at >= strlen(with) && memcmp(text.ptr + at, with, strlen(with)) == 0;
}

static size_t line_skip(struct skn_str text, size_t at, bool at_cr)
{
    while (at < text.len && text.ptr[at] != '\n' && !(at_cr && text.ptr[at] == '\r'))
        at++;
    return at;
}

static size_t comment_skip(struct skn_str text, size_t at, bool nested)
{
    size_t depth = 0;

    do {
        if (starts(text, at, "/*") && (nested || depth == 0)) {
            depth++;
            at += 2;
        } else if (starts(text, at, "*/")) {
            depth--;
            at += 2;
        } else {
            at++;
        }
    } while (depth && at < text.len);
    return at;
}

/* Written apart from the scanner, and slowly: nothing but what may stand between statements. */
static bool holds_no_statement(const struct skn_dialect *dialect, struct skn_str text, size_t at,
                               size_t end)
{
    bool mysqlish = dialect == &mysql;

    while (at < end) {
        bool dashes = starts(text, at, "--");
        bool line =
            (mysqlish && text.ptr[at] == '#') || dashes ||
            (mysqlish && text.len - at > 9 && strncasecmp(text.ptr + at, "delimiter", 9) == 0);
        if (strchr(" \t\n\v\f\r;", text.ptr[at]) || starts(text, at, "\xef\xbb\xbf"))
            at += text.ptr[at] == '\xef' ? 3 : 1;
        else if (line)
            at = line_skip(text, at, dialect == &postgresql);
        else if (starts(text, at, "/*"))
            at = comment_skip(text, at,
                              dialect == &postgresql || starts(text, at, "/*!99999") ||
                                  starts(text, at, "/*M!99999"));
        else
            return false;
    }
    return at == end;
}

/* A statement by itself is one statement, and the same. */
static void rescan_check(const struct skn_dialect *dialect, struct skn_str text,
                         const struct skn_scan *found)
{
    size_t len = (size_t)(found->end - found->start);
    struct scanning again;

    scanning_init(&again, skn_str_len(text.ptr + found->start, len), 0);
    memcpy(again.cursor.delimiter, found->delimiter, sizeof found->delimiter);
    assert_int_equal(scanning_next(&again, dialect), SKN_OK);
    assert_int_equal(again.cursor.start, 0);
    assert_int_equal(again.cursor.end, len);
    assert_int_equal(again.cursor.kind, found->kind);
    assert_string_equal(again.cursor.words, found->words);
    assert_int_equal(again.cursor.object.len, found->object.len);
    assert_int_equal(scanning_next(&again, dialect), SKN_OK);
    assert_int_equal(again.cursor.kind, SKN_STATEMENT_END);
}

static void order_check(struct skn_str text, uint64_t from, const struct skn_scan *found)
{
    assert_true(from <= found->start && found->start <= found->end && found->end <= found->next);
    assert_true(found->next <= text.len);
    if (found->kind != SKN_STATEMENT_END)
        assert_true(found->start < found->end && found->next > from);
    if (found->object.ptr)
        assert_true(found->object.ptr >= text.ptr + found->start &&
                    found->object.ptr + found->object.len <= text.ptr + found->end);
    assert_non_null(memchr(found->words, '\0', sizeof found->words));
}

/* Scans a text to its end, or to where it is malformed; returns the code. */
static int text_check(const struct skn_dialect *dialect, struct skn_str text, bool gaps)
{
    struct scanning scanning;
    const struct skn_scan *found = &scanning.cursor;
    uint64_t from = 0;
    int code;

    scanning_init(&scanning, text, 0);
    do {
        code = scanning_next(&scanning, dialect);
        if (code != SKN_OK) {
            assert_true(code == SKN_E_SYNTAX || code == SKN_E_UNSUPPORTED);
            assert_true(scanning.err.position >= 1 && scanning.err.position <= text.len);
            return code;
        }
        order_check(text, from, found);
        if (gaps)
            assert_true(holds_no_statement(dialect, text, (size_t)from, (size_t)found->start));
        if (found->kind != SKN_STATEMENT_END)
            rescan_check(dialect, text, found);
        from = found->next;
    } while (found->kind != SKN_STATEMENT_END);
    return SKN_OK;
}

/* In memory of its own, so that a sanitizer sees a byte read behind it. */
static void cut_check(const struct skn_dialect *dialect, struct skn_str text, size_t len)
{
    char *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text.ptr, len);
    text_check(dialect, skn_str_len(copy, len), false);
    free(copy);
}

static void r3_real_files_are_cut_without_a_fault(void **state)
{
    struct corpus *corpus = corpus_or_skip(state);
    size_t unsupported = 0;

    for (size_t i = 0; i < corpus->count; i++) {
        const struct corpus_file *file = &corpus->files[i];
        int code = text_check(file->dialect, skn_str_len(file->text, file->len), true);
        if (code == SKN_E_SYNTAX)
            fail_msg("%s is malformed to the scanner", file->path);
        unsupported += code == SKN_E_UNSUPPORTED;
    }
    /* chinook, which begins with \c. */
    assert_int_equal(unsupported, 1);
    assert_true(corpus->count > 900);
}

static void r3_a_file_cut_anywhere_is_read_to_its_end_and_no_further(void **state)
{
    struct corpus *corpus = corpus_or_skip(state);

    for (size_t i = 0; i < corpus->count; i++) {
        const struct corpus_file *file = &corpus->files[i];
        size_t whole = file->len < 8192 ? file->len : 8192;
        size_t step = whole / CUTS + 1;
        for (size_t len = i % step; len <= whole; len += step)
            cut_check(file->dialect, skn_str_len(file->text, file->len), len);
    }
}

#ifdef HAVE_SQLITE
/* Where SQLite's own shell would end the statement that starts at from, or the end. */
static size_t complete_find(const char *text, size_t len, size_t from)
{
    char *copy = malloc(len - from + 1);
    size_t end = len;

    assert_non_null(copy);
    for (size_t at = from; at < len && end == len; at++) {
        if (text[at] != ';')
            continue;
        memcpy(copy, text + from, at + 1 - from);
        copy[at + 1 - from] = '\0';
        if (sqlite3_complete(copy))
            end = at + 1;
    }
    free(copy);
    return end;
}

static void r3_sqlite_itself_finds_the_same_ends(void **state)
{
    struct corpus *corpus = corpus_or_skip(state);
    size_t statements = 0;

    for (size_t i = 0; i < corpus->count; i++) {
        const struct corpus_file *file = &corpus->files[i];
        struct scanning scanning;
        if (file->dialect != &sqlite || file->len > 65536)
            continue;
        scanning_init(&scanning, skn_str_len(file->text, file->len), 0);
        while (scanning_next(&scanning, &sqlite) == SKN_OK &&
               scanning.cursor.kind != SKN_STATEMENT_END) {
            size_t start = (size_t)scanning.cursor.start;
            assert_int_equal(complete_find(file->text, file->len, start), scanning.cursor.next);
            statements++;
        }
    }
    assert_true(statements > 400);
}
#endif

/* ---- noise ---- */

/* What matters to some dialect, strung together at random, meets every pair of states. */
static const char *const shards[] = {
    "'",
    "\"",
    "`",
    "[",
    "]",
    "$",
    "$$",
    "$a$",
    "$1",
    "\\",
    ";",
    ";;",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!",
    "/*!50003 ",
    "/*M!",
    "/*!99999",
    "\n",
    "\r",
    " ",
    "\t",
    "(",
    ")",
    ",",
    ".",
    "@",
    ":",
    "=",
    "${ident:x}",
    "${literal:",
    "$${",
    "}",
    "E'",
    "U&'",
    "U&\"",
    "N'",
    "x",
    "1",
    "1.5",
    "\xc3\xa9",
    "\xff",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "OR ",
    "REPLACE ",
    "DEFINER ",
    "TABLE ",
    "INDEX ",
    "ON ",
    "PROCEDURE ",
    "FUNCTION ",
    "TRIGGER ",
    "EVENT ",
    "PACKAGE ",
    "BODY ",
    "RULE ",
    "RETURNS ",
    "RETURN ",
    "AS ",
    "IS ",
    "DO ",
    "FOR ",
    "EACH ",
    "ROW ",
    "FOLLOWS ",
    "BEGIN ",
    "NOT ",
    "ATOMIC ",
    "END ",
    "END",
    "IF ",
    "EXISTS ",
    "CASE ",
    "WHEN ",
    "THEN ",
    "ELSE ",
    "LOOP ",
    "WHILE ",
    "REPEAT ",
    "UNTIL ",
    "DECLARE ",
    "CONTINUE ",
    "HANDLER ",
    "SQLSTATE ",
    "SELECT ",
    "INTO ",
    "WITH ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "FROM ",
    "COPY ",
    "STDIN ",
    "SET ",
    "GLOBAL ",
    "EXPLAIN ",
    "ANALYZE ",
    "PREPARE ",
    "TRANSACTION ",
    "XA ",
    "DELIMITER ",
    "delimiter //\n",
    "DELIMITER ;\n",
    "//",
    "standard_conforming_strings ",
    "off ",
};

static size_t noise_write(char *text, size_t size, uint64_t *seed)
{
    size_t len = 0;

    for (;;) {
        const char *shard;
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        shard = shards[(*seed >> 33) % (sizeof shards / sizeof shards[0])];
        if (len + strlen(shard) > size || (*seed >> 58) == 0)
            return len;
        memcpy(text + len, shard, strlen(shard));
        len += strlen(shard);
    }
}

static void r3_noise_is_read_to_its_end_and_no_further(void **state)
{
    char text[400];
    uint64_t seed = 20260101;

    (void)state;
    for (int i = 0; i < 60000; i++) {
        size_t len = noise_write(text, sizeof text, &seed);
        char *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        memcpy(copy, text, len);
        for (size_t d = 0; d < 3; d++) {
            struct scanning scanning;
            scanning_init(&scanning, skn_str_len(copy, len), SKN_SCAN_VARIABLES);
            text_check(dialects[d], scanning.text, false);
            while (scanning_next(&scanning, dialects[d]) == SKN_OK &&
                   scanning.cursor.kind != SKN_STATEMENT_END)
                continue;
        }
        free(copy);
    }
}

static void every_byte_alone_is_read(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char *copy = malloc(1);
        assert_non_null(copy);
        *copy = (char)c;
        for (size_t d = 0; d < 3; d++)
            text_check(dialects[d], skn_str_len(copy, 1), false);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r3_real_files_are_cut_without_a_fault),
        cmocka_unit_test(r3_a_file_cut_anywhere_is_read_to_its_end_and_no_further),
#ifdef HAVE_SQLITE
        cmocka_unit_test(r3_sqlite_itself_finds_the_same_ends),
#endif
        cmocka_unit_test(r3_noise_is_read_to_its_end_and_no_further),
        cmocka_unit_test(every_byte_alone_is_read),
    };
    return cmocka_run_group_tests_name("scan_corpus", tests, corpus_setup, corpus_teardown);
}
