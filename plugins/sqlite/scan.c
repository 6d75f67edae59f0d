/*
 * The texts of SQLite's statements: the dialect, and what skein's scanner cannot know of it, that
 * is pragmas, commands of the sqlite3 shell, and ATTACH. Knows no connection.
 */
#include <string.h>
#include <strings.h>

#include "sqlite.h"

const struct skn_dialect skn_sqlite_dialect = {
    .size = sizeof(struct skn_dialect),
    .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_BRACKETS | SKN_DIALECT_TRIGGER_BODIES,
    .id_type = "VARCHAR(32)",
    .text_type = "VARCHAR(1024)",
    .long_type = "TEXT",
    .integer_type = "INTEGER",
    .time_type = "TIMESTAMP",
    .table_options = "",
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t skip_line(struct skn_str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '\n')
        at++;
    return at;
}

static size_t skip_block(struct skn_str text, size_t at)
{
    for (at += 2; at + 1 < text.len; at++)
        if (text.ptr[at] == '*' && text.ptr[at + 1] == '/')
            return at + 2;
    return text.len;
}

static int starts(struct skn_str text, size_t at, const char *two)
{
    return at + 1 < text.len && text.ptr[at] == two[0] && text.ptr[at + 1] == two[1];
}

size_t skn_sqlite_skip(struct skn_str text, size_t at)
{
    while (at < text.len) {
        if (is_space(text.ptr[at]))
            at++;
        else if (starts(text, at, "--"))
            at = skip_line(text, at);
        else if (starts(text, at, "/*"))
            at = skip_block(text, at);
        else
            break;
    }
    return at;
}

/* The bare or quoted word at at, without its quotes; at moves behind it. */
static struct skn_str word_at(struct skn_str text, size_t *at)
{
    size_t start = *at;
    char quote = start < text.len ? text.ptr[start] : '\0';
    char close = quote == '[' ? ']' : quote;
    size_t end = start;
    if (quote == '"' || quote == '\'' || quote == '`' || quote == '[') {
        for (end = ++start; end < text.len && text.ptr[end] != close;)
            end++;
        *at = end < text.len ? end + 1 : end;
    } else {
        while (end < text.len && is_word(text.ptr[end]))
            end++;
        *at = end;
    }
    return skn_str_len(text.ptr + start, end - start);
}

static int word_is(struct skn_str word, const char *name)
{
    return word.len == strlen(name) && strncasecmp(word.ptr, name, word.len) == 0;
}

int skn_sqlite_opens(struct skn_str sql, const char *keyword)
{
    size_t at = skn_sqlite_skip(sql, 0);
    return word_is(word_at(sql, &at), keyword);
}

enum pragma_rule {
    CHANGES_FILE = 1, /* kept in the file, so no RESET undoes it */
    NEEDS_VALUE = 2,  /* without one it only asks */
    NO_TX = 4         /* refused, or without effect, inside a transaction */
};

static const struct {
    const char *name;
    unsigned rules;
} pragmas[] = {
    {"application_id", CHANGES_FILE | NEEDS_VALUE},
    {"auto_vacuum", CHANGES_FILE | NEEDS_VALUE | NO_TX},
    {"encoding", CHANGES_FILE | NEEDS_VALUE},
    {"incremental_vacuum", CHANGES_FILE},
    {"journal_mode", CHANGES_FILE | NEEDS_VALUE | NO_TX},
    {"optimize", CHANGES_FILE},
    {"page_size", CHANGES_FILE | NEEDS_VALUE | NO_TX},
    {"schema_version", CHANGES_FILE | NEEDS_VALUE},
    {"synchronous", NEEDS_VALUE | NO_TX},
    {"temp_store", NEEDS_VALUE | NO_TX},
    {"user_version", CHANGES_FILE | NEEDS_VALUE},
    {"wal_checkpoint", CHANGES_FILE | NO_TX},
};

/* These take an argument and change nothing. */
static const char *const questions[] = {
    "foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo",
    "integrity_check",   "quick_check",      "table_info", "table_list", "table_xinfo",
};

static int is_question(struct skn_str name)
{
    size_t i;
    for (i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (word_is(name, questions[i]))
            return 1;
    return 0;
}

static unsigned rules_of(struct skn_str name)
{
    size_t i;
    for (i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++)
        if (word_is(name, pragmas[i].name))
            return pragmas[i].rules;
    return NEEDS_VALUE;
}

static void refine_pragma(struct skn_str sql, struct skn_scan *cursor)
{
    size_t at = skn_sqlite_skip(sql, 0);
    struct skn_str name;
    unsigned rules;
    int value;
    (void)word_at(sql, &at);
    at = skn_sqlite_skip(sql, at);
    name = word_at(sql, &at);
    at = skn_sqlite_skip(sql, at);
    if (at < sql.len && sql.ptr[at] == '.') {
        at = skn_sqlite_skip(sql, at + 1);
        name = word_at(sql, &at);
        at = skn_sqlite_skip(sql, at);
    }
    value = at < sql.len && (sql.ptr[at] == '=' || sql.ptr[at] == '(');
    rules = rules_of(name);
    cursor->flags &= ~(uint32_t)SKN_STATEMENT_NO_TX;
    if (is_question(name) || (!value && (rules & NEEDS_VALUE))) {
        cursor->kind = SKN_STATEMENT_QUERY;
        return;
    }
    if (word_is(name, "foreign_keys"))
        cursor->kind = SKN_STATEMENT_IGNORED;
    else
        cursor->kind = rules & CHANGES_FILE ? SKN_STATEMENT_OTHER : SKN_STATEMENT_SESSION;
    if (rules & NO_TX)
        cursor->flags |= SKN_STATEMENT_NO_TX;
    cursor->flags |= SKN_STATEMENT_REPEATABLE;
}

static int statement_refuse(struct skn_error *err, size_t at, const char *what)
{
    int code = skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "%s", what);
    if (err)
        err->position = at < UINT32_MAX ? (uint32_t)at + 1 : 0;
    return code;
}

/* A line such as ".read x.sql" has no end that a scanner of SQL would see, so it is found first. */
static int refuse_shell_command(struct skn_str text, size_t at, struct skn_error *err)
{
    for (;;) {
        at = skn_sqlite_skip(text, at);
        if (at >= text.len || text.ptr[at] != ';')
            break;
        at++;
    }
    if (at < text.len && text.ptr[at] == '.')
        return statement_refuse(
            err, at,
            "this is a command of the sqlite3 shell, not SQL: write what it does as "
            "statements, or leave it out");
    return SKN_OK;
}

static int refine(struct skn_str text, struct skn_scan *cursor, struct skn_error *err)
{
    struct skn_str sql =
        skn_str_len(text.ptr + cursor->start, (size_t)(cursor->end - cursor->start));
    if (skn_sqlite_opens(sql, "ATTACH") || skn_sqlite_opens(sql, "DETACH"))
        return statement_refuse(
            err, (size_t)cursor->start,
            "a transaction over attached files is not atomic, so a revision keeps to one "
            "database: give the other file a target of its own");
    if (skn_sqlite_opens(sql, "PRAGMA"))
        refine_pragma(sql, cursor);
    else if (skn_sqlite_opens(sql, "VACUUM"))
        cursor->flags |= SKN_STATEMENT_NO_TX | SKN_STATEMENT_REPEATABLE;
    else if (skn_sqlite_opens(sql, "END"))
        cursor->kind = SKN_STATEMENT_COMMIT;
    else if (skn_sqlite_opens(sql, "REPLACE"))
        cursor->kind = SKN_STATEMENT_DML;
    return SKN_OK;
}

int skn_sqlite_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                    struct skn_error *err)
{
    int code;
    if (cursor->next > text.len)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "the cursor is behind the end of the text");
    code = refuse_shell_command(text, (size_t)cursor->next, err);
    if (!code)
        code = host->scan(host->ctx, &skn_sqlite_dialect, text, cursor, err);
    if (!code && cursor->kind != SKN_STATEMENT_END)
        code = refine(text, cursor, err);
    return code;
}
