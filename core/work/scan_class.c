/*
 * What a statement is, told from its words. It errs towards OTHER, of which nothing is assumed.
 */
#include "work/scan_class.h"

enum { WORDS_MAX = 6 };

typedef enum skn_statement_kind refine_fn(struct skn_scan_reader *reader);

/* ---- kinds that more than the first word decides; the reader looks at the second ---- */

static bool at_end(const struct skn_scan_reader *reader)
{
    return reader->token.kind == SKN_SCAN_TOKEN_END;
}

static bool is_change(const struct skn_scan_reader *reader)
{
    static const char *const verbs[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", NULL};

    return skn_scan_reader_is_any(reader, verbs);
}

static size_t depth_after(const struct skn_scan_reader *reader, size_t depth)
{
    if (skn_scan_reader_is_mark(reader, '('))
        return depth + 1;
    return skn_scan_reader_is_mark(reader, ')') && depth ? depth - 1 : depth;
}

/* SELECT ... INTO makes a table, a file or a variable. */
static enum skn_statement_kind select_refine(struct skn_scan_reader *reader)
{
    for (size_t depth = 0; !at_end(reader); skn_scan_reader_next(reader)) {
        depth = depth_after(reader, depth);
        if (depth == 0 && skn_scan_reader_is(reader, "INTO"))
            return SKN_STATEMENT_OTHER;
    }
    return SKN_STATEMENT_QUERY;
}

/* Goes to the verb behind the last common table expression; true if one of these changes rows. */
static bool expressions_skip(struct skn_scan_reader *reader)
{
    bool changes = false;
    bool body = false;
    bool name = true; /* due: no verb, whatever it spells */
    size_t depth = 0;

    skn_scan_reader_take(reader, "RECURSIVE");
    for (; !at_end(reader); skn_scan_reader_next(reader)) {
        bool opens = skn_scan_reader_is_mark(reader, '(');
        bool closes = skn_scan_reader_is_mark(reader, ')');
        bool as = skn_scan_reader_is(reader, "AS") || skn_scan_reader_is(reader, "MATERIALIZED");
        depth = depth_after(reader, depth);
        if (is_change(reader) && body)
            changes = true;
        if (depth == 0 && !name &&
            (is_change(reader) || skn_scan_reader_is(reader, "SELECT") ||
             skn_scan_reader_is(reader, "VALUES") || skn_scan_reader_is(reader, "TABLE")))
            break;
        name = depth == 0 && skn_scan_reader_is_mark(reader, ',');
        body = as || (opens && body) || (closes && depth > 0); /* of a WITH inside one */
    }
    return changes;
}

static enum skn_statement_kind with_refine(struct skn_scan_reader *reader)
{
    if (expressions_skip(reader) || is_change(reader))
        return SKN_STATEMENT_DML;
    return select_refine(reader);
}

/* EXPLAIN ANALYZE runs what it explains. */
static enum skn_statement_kind explain_refine(struct skn_scan_reader *reader)
{
    size_t depth = 0;

    for (; depth > 0 || skn_scan_reader_is_mark(reader, '('); skn_scan_reader_next(reader)) {
        depth = depth_after(reader, depth);
        if (skn_scan_reader_is(reader, "ANALYZE"))
            return SKN_STATEMENT_OTHER;
        if (at_end(reader))
            break;
    }
    return skn_scan_reader_is(reader, "ANALYZE") ? SKN_STATEMENT_OTHER : SKN_STATEMENT_QUERY;
}

static enum skn_statement_kind begin_refine(struct skn_scan_reader *reader)
{
    return skn_scan_reader_is(reader, "NOT") ? SKN_STATEMENT_OTHER : SKN_STATEMENT_BEGIN;
}

static enum skn_statement_kind start_refine(struct skn_scan_reader *reader)
{
    return skn_scan_reader_is(reader, "TRANSACTION") ? SKN_STATEMENT_BEGIN : SKN_STATEMENT_OTHER;
}

static enum skn_statement_kind prepare_refine(struct skn_scan_reader *reader)
{
    return skn_scan_reader_is(reader, "TRANSACTION") ? SKN_STATEMENT_COMMIT : SKN_STATEMENT_OTHER;
}

static enum skn_statement_kind xa_refine(struct skn_scan_reader *reader)
{
    if (skn_scan_reader_is(reader, "START") || skn_scan_reader_is(reader, "BEGIN"))
        return SKN_STATEMENT_BEGIN;
    if (skn_scan_reader_is(reader, "END") || skn_scan_reader_is(reader, "PREPARE") ||
        skn_scan_reader_is(reader, "COMMIT"))
        return SKN_STATEMENT_COMMIT;
    return skn_scan_reader_is(reader, "ROLLBACK") ? SKN_STATEMENT_ROLLBACK : SKN_STATEMENT_OTHER;
}

/* What outlives the session, or ends with the transaction, is no change of the session. */
static enum skn_statement_kind set_refine(struct skn_scan_reader *reader)
{
    static const char *const others[] = {"TRANSACTION", "CONSTRAINTS", "PASSWORD",
                                         "STATEMENT",   "DEFAULT",     NULL};
    static const char *const scopes[] = {"GLOBAL", "PERSIST", "PERSIST_ONLY", NULL};

    if (skn_scan_reader_is_any(reader, others))
        return SKN_STATEMENT_OTHER;
    for (; !at_end(reader); skn_scan_reader_next(reader)) {
        /* Behind "@@" it is a name to the lexer, and the scope all the same. */
        if (reader->token.kind == SKN_SCAN_TOKEN_NAME)
            reader->token.kind = SKN_SCAN_TOKEN_WORD;
        if (skn_scan_reader_is_any(reader, scopes))
            return SKN_STATEMENT_OTHER;
    }
    return SKN_STATEMENT_SESSION;
}

static enum skn_statement_kind reset_refine(struct skn_scan_reader *reader)
{
    static const char *const servers[] = {"MASTER",  "SLAVE",  "REPLICA", "QUERY",
                                          "PERSIST", "BINARY", NULL};

    if (skn_scan_reader_is_any(reader, servers))
        return SKN_STATEMENT_OTHER;
    return SKN_STATEMENT_SESSION;
}

static const struct {
    const char *word;
    enum skn_statement_kind kind;
    refine_fn *refine; /* NULL: the word decides */
} verbs[] = {
    {"CREATE", SKN_STATEMENT_DDL, NULL},
    {"ALTER", SKN_STATEMENT_DDL, NULL},
    {"DROP", SKN_STATEMENT_DDL, NULL},
    {"TRUNCATE", SKN_STATEMENT_DDL, NULL},
    {"RENAME", SKN_STATEMENT_DDL, NULL},
    {"COMMENT", SKN_STATEMENT_DDL, NULL},
    {"GRANT", SKN_STATEMENT_DDL, NULL},
    {"REVOKE", SKN_STATEMENT_DDL, NULL},
    {"INSERT", SKN_STATEMENT_DML, NULL},
    {"UPDATE", SKN_STATEMENT_DML, NULL},
    {"DELETE", SKN_STATEMENT_DML, NULL},
    {"REPLACE", SKN_STATEMENT_DML, NULL},
    {"MERGE", SKN_STATEMENT_DML, NULL},
    {"WITH", SKN_STATEMENT_QUERY, with_refine},
    {"SELECT", SKN_STATEMENT_QUERY, select_refine},
    {"VALUES", SKN_STATEMENT_QUERY, NULL},
    {"TABLE", SKN_STATEMENT_QUERY, NULL},
    {"SHOW", SKN_STATEMENT_QUERY, NULL},
    {"EXPLAIN", SKN_STATEMENT_QUERY, explain_refine},
    {"DESCRIBE", SKN_STATEMENT_QUERY, explain_refine},
    {"DESC", SKN_STATEMENT_QUERY, explain_refine},
    {"SET", SKN_STATEMENT_SESSION, set_refine},
    {"RESET", SKN_STATEMENT_SESSION, reset_refine},
    {"PRAGMA", SKN_STATEMENT_SESSION, NULL},
    {"BEGIN", SKN_STATEMENT_BEGIN, begin_refine},
    {"START", SKN_STATEMENT_BEGIN, start_refine},
    {"COMMIT", SKN_STATEMENT_COMMIT, NULL},
    {"END", SKN_STATEMENT_COMMIT, NULL},
    {"PREPARE", SKN_STATEMENT_COMMIT, prepare_refine},
    {"ROLLBACK", SKN_STATEMENT_ROLLBACK, NULL},
    {"ABORT", SKN_STATEMENT_ROLLBACK, NULL},
    {"XA", SKN_STATEMENT_OTHER, xa_refine},
    {"SAVEPOINT", SKN_STATEMENT_SAVEPOINT, NULL},
    {"RELEASE", SKN_STATEMENT_SAVEPOINT, NULL},
};

static enum skn_statement_kind kind_find(struct skn_scan_reader reader)
{
    while (skn_scan_reader_is_mark(&reader, '('))
        skn_scan_reader_next(&reader);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (skn_scan_reader_take(&reader, verbs[i].word))
            return verbs[i].refine ? verbs[i].refine(&reader) : verbs[i].kind;
    return SKN_STATEMENT_OTHER;
}

/* ---- words and object ---- */

static void words_copy(struct skn_scan_reader reader, struct skn_scan_span name, char *words,
                       size_t size)
{
    size_t used = 0;

    for (int count = 0; count < WORDS_MAX; count++) {
        size_t len = reader.token.end - reader.token.start;
        bool named = name.end && reader.token.start == name.start;
        if (named || reader.token.kind != SKN_SCAN_TOKEN_WORD || used + len + (used > 0) >= size)
            break;
        if (used)
            words[used++] = ' ';
        for (size_t i = reader.token.start; i < reader.token.end; i++) {
            char c = reader.lexer.text[i];
            words[used++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        }
        skn_scan_reader_next(&reader);
    }
    words[used] = '\0';
}

/* An index is part of its table's definition, so the table is what changes, where it is named. */
static struct skn_scan_span table_of_index(const struct skn_scan_lexer *statement,
                                           const struct skn_scan_head *head)
{
    struct skn_scan_reader reader;

    skn_scan_reader_init(&reader, statement, head->after);
    while (!at_end(&reader) && !skn_scan_reader_is_mark(&reader, '(')) {
        if (skn_scan_reader_take(&reader, "ON")) {
            skn_scan_reader_take(&reader, "ONLY");
            return skn_scan_reader_name(&reader);
        }
        skn_scan_reader_next(&reader);
    }
    return head->name;
}

static struct skn_scan_span object_find(const struct skn_scan_lexer *statement,
                                        struct skn_scan_reader reader,
                                        const struct skn_scan_head *head)
{
    const struct skn_scan_span none = {0, 0};
    struct skn_scan_head changed;

    if (head->thing == SKN_SCAN_THING_INDEX && !skn_scan_reader_is(&reader, "ALTER"))
        return table_of_index(statement, head);
    if (!skn_scan_reader_take(&reader, "WITH"))
        return head->name;
    if (expressions_skip(&reader))
        return none;
    skn_scan_head_read(statement, reader.token.start, &changed);
    return changed.name;
}

/* ---- what only a client can run ---- */

static int copy_check(struct skn_scan_reader reader, size_t start, struct skn_error *err)
{
    size_t depth = 0;

    if (!skn_scan_reader_take(&reader, "COPY"))
        return SKN_OK;
    for (; !at_end(&reader); skn_scan_reader_next(&reader)) {
        depth = depth_after(&reader, depth);
        if (depth == 0 && skn_scan_reader_take(&reader, "FROM") &&
            skn_scan_reader_is(&reader, "STDIN"))
            return skn_scan_fail(err, SKN_E_UNSUPPORTED, start,
                                 "COPY ... FROM STDIN takes data that only psql can send; write "
                                 "them as INSERT statements");
    }
    return SKN_OK;
}

static bool token_has(const struct skn_scan_reader *reader, const char *word)
{
    size_t len = strlen(word);

    for (size_t at = reader->token.start; at + len <= reader->token.end; at++) {
        struct skn_scan_token part = {SKN_SCAN_TOKEN_WORD, at, at + len};
        if (skn_scan_token_is(&reader->lexer, &part, word))
            return true;
    }
    return false;
}

/* True if a boolean is written that may be false. */
static bool turns_off(const struct skn_scan_reader *reader)
{
    static const char *const on[] = {"ON", "TRUE", "YES", "DEFAULT", NULL};
    const struct skn_scan_token *token = &reader->token;

    for (size_t i = 0; on[i]; i++)
        if (token_has(reader, on[i]))
            return false;
    return !(token->kind == SKN_SCAN_TOKEN_NUMBER && reader->lexer.text[token->start] == '1');
}

/* True if the statement makes backslashes mean something else, so that strings end elsewhere. */
static bool moves_string_ends(struct skn_scan_reader reader)
{
    uint32_t flags = reader.lexer.flags;

    if (!skn_scan_reader_take(&reader, "SET"))
        return false;
    for (; !at_end(&reader); skn_scan_reader_next(&reader)) {
        if ((flags & SKN_DIALECT_BACKSLASHES) && token_has(&reader, "NO_BACKSLASH_ESCAPES"))
            return true;
        if (!(flags & SKN_DIALECT_E_STRINGS) ||
            !skn_scan_reader_take(&reader, "STANDARD_CONFORMING_STRINGS"))
            continue;
        skn_scan_reader_next(&reader);
        if (turns_off(&reader))
            return true;
    }
    return false;
}

/* Old dumps turn standard_conforming_strings off and then have no use for it: these are fine. */
static int backslashes_check(const struct skn_scan_reader *reader,
                             const struct skn_scan_lexer *lexer, size_t end, struct skn_error *err)
{
    size_t start = reader->token.start;

    if (!moves_string_ends(*reader) || !memchr(lexer->text + end, '\\', lexer->len - end))
        return SKN_OK;
    return skn_scan_fail(err, SKN_E_UNSUPPORTED, start,
                         "this setting changes where the strings behind it end; leave it out, and "
                         "%s",
                         lexer->flags & SKN_DIALECT_E_STRINGS
                             ? "write E'...' where a backslash is to count"
                             : "double the backslashes that are to stay");
}

int skn_scan_class_find(const struct skn_scan_lexer *lexer, const struct skn_scan_head *head,
                        struct skn_scan *found, struct skn_error *err)
{
    struct skn_scan_lexer statement = *lexer;
    struct skn_scan_reader reader;
    struct skn_scan_span object;
    int rc = SKN_OK;

    statement.len = (size_t)found->end;
    skn_scan_reader_init(&reader, &statement, (size_t)found->start);
    if (lexer->flags & SKN_DIALECT_PSQL)
        rc = copy_check(reader, reader.token.start, err);
    if (rc == SKN_OK)
        rc = backslashes_check(&reader, lexer, statement.len, err);
    if (rc != SKN_OK)
        return rc;
    found->kind = kind_find(reader);
    words_copy(reader, head->name, found->words, sizeof found->words);
    object = object_find(&statement, reader, head);
    found->object = object.end ? skn_str_len(lexer->text + object.start, object.end - object.start)
                               : skn_str(NULL);
    return SKN_OK;
}
