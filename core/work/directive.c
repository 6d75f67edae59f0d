/*
 * Reading directives. It knows nothing of what is done with what they say.
 */
#include "work/directive.h"

#include <string.h>

static const char start_of_line[] = "-- skein:";

static struct skn_str blanks_trim(struct skn_str text)
{
    static const char blanks[] = " \t\r";
    while (text.len > 0 && memchr(blanks, text.ptr[0], 3))
        text = skn_str_len(text.ptr + 1, text.len - 1);
    while (text.len > 0 && memchr(blanks, text.ptr[text.len - 1], 3))
        text.len--;
    return text;
}

/* The next line from *at on, before end, that is a directive: what it says; absent: none. */
static struct skn_str directive_next(struct skn_str text, size_t *at, size_t end)
{
    size_t len = sizeof start_of_line - 1;
    while (*at < end) {
        const char *line = text.ptr + *at;
        const char *newline = memchr(line, '\n', end - *at);
        size_t size = newline ? (size_t)(newline - line) : end - *at;
        int first = *at == 0 || line[-1] == '\n';
        *at += size + (newline ? 1 : 0);
        if (first && size >= len && memcmp(line, start_of_line, len) == 0)
            return blanks_trim(skn_str_len(line + len, size - len));
    }
    return skn_str(NULL);
}

static int fail_at(struct skn_str text, const char *at, struct skn_error *err, const char *why)
{
    skn_error_set(err, SKN_E_SYNTAX, "%s", why);
    err->position = (uint32_t)(at - text.ptr) + 1;
    return SKN_E_SYNTAX;
}

static int begins_with(struct skn_str said, const char *word)
{
    size_t len = strlen(word);
    return said.len >= len && memcmp(said.ptr, word, len) == 0 &&
           (said.len == len || said.ptr[len] == ' ');
}

/* What a generated section says of itself until a person has read it; NULL: something else. */
static const char *waits_for_a_person(struct skn_str said)
{
    if (begins_with(said, "held-back"))
        return "this destroys data, and is held back: read it, then take this line and the \"--!\" "
               "below it away, or all of it";
    if (begins_with(said, "unproven"))
        return "what was generated here was not proven: read it, then take this line away";
    return NULL;
}

int skn_directives_refuse(struct skn_str text, size_t from, size_t end, const char *why,
                          struct skn_error *err)
{
    struct skn_str said = directive_next(text, &from, end);
    if (!said.ptr)
        return SKN_OK;
    const char *better = waits_for_a_person(said);
    return fail_at(text, said.ptr, err, better ? better : why);
}

/* Exactly one query, of one line. */
static int query_check(struct skn_str text, struct skn_str query, struct skn_session *session,
                       struct skn_error *err)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    struct skn_scan behind;
    int rc = skn_session_scan(session, query, &cursor, err);
    if (rc == SKN_OK && cursor.kind != SKN_STATEMENT_QUERY)
        return fail_at(text, query.ptr, err, "a proof is one SELECT, on the same line");
    behind = cursor;
    if (rc == SKN_OK)
        rc = skn_session_scan(session, query, &behind, err);
    if (rc == SKN_OK && behind.kind != SKN_STATEMENT_END)
        return fail_at(text, query.ptr, err, "a proof is one SELECT, and here are more statements");
    if (rc != SKN_OK)
        err->position += (uint32_t)(query.ptr - text.ptr);
    return rc;
}

static struct skn_str query_trim(struct skn_str query)
{
    while (query.len > 0 && query.ptr[query.len - 1] == ';')
        query = blanks_trim(skn_str_len(query.ptr, query.len - 1));
    return query;
}

static int directive_take(struct skn_str text, struct skn_str said, struct skn_session *session,
                          struct skn_statement *statement, struct skn_error *err)
{
    static const char proof[] = "proof ", renamed[] = "renamed-from";
    size_t len = sizeof proof - 1;
    const char *waits = waits_for_a_person(said);
    if (waits)
        return fail_at(text, said.ptr, err, waits);
    if (begins_with(said, renamed)) {
        statement->renamed =
            blanks_trim(skn_str_len(said.ptr + strlen(renamed), said.len - strlen(renamed)));
        return SKN_OK;
    }
    if (skn_str_is(said, "repeatable")) {
        statement->repeatable = 1;
        return SKN_OK;
    }
    if (said.len <= len || memcmp(said.ptr, proof, len) != 0)
        return fail_at(text, said.ptr, err,
                       "before a statement stands 'proof SELECT ...' or 'repeatable'");
    if (statement->proof.ptr)
        return fail_at(text, said.ptr, err, "a second proof of one statement");
    statement->proof = query_trim(blanks_trim(skn_str_len(said.ptr + len, said.len - len)));
    return query_check(text, statement->proof, session, err);
}

int skn_directives_read(struct skn_str text, size_t from, size_t start, struct skn_session *session,
                        struct skn_statement *statement, struct skn_error *err)
{
    struct skn_str said;
    int rc = SKN_OK;
    const char *last = NULL;
    while (rc == SKN_OK && (said = directive_next(text, &from, start)).ptr) {
        last = said.ptr;
        rc = directive_take(text, said, session, statement, err);
    }
    if (rc == SKN_OK && last && statement->proof.ptr && statement->repeatable)
        return fail_at(text, last, err, "a statement that is repeatable needs no proof");
    return rc;
}
