/*
 * Scripts and what of them may run. It knows nothing of revisions and of what is applied where.
 */
#include "work/script.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "work/directive.h"
#include "work/guard.h"

enum { SCRIPTS_MAX = 4000000 };

void skn_scripts_finish(struct skn_scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++)
        free(scripts->items[i].statements);
    free(scripts->items);
    skn_arena_finish(&scripts->arena);
    *scripts = (struct skn_scripts){0};
}

static int script_store(struct skn_scripts *scripts, int64_t id, const struct skn_script *said)
{
    if (id < 0 || id >= SCRIPTS_MAX)
        return 0;
    while (scripts->count <= (size_t)id) {
        scripts->items =
            skn_grow(scripts->items, scripts->count, &scripts->room, sizeof *scripts->items);
        scripts->items[scripts->count++] = (struct skn_script){0};
    }
    struct skn_script *script = &scripts->items[id];
    if (script->known)
        return 1;
    *script = *said;
    script->text = skn_arena_strndup(&scripts->arena, said->text, said->len);
    script->known = 1;
    return 1;
}

/* The script whose numbers begin at numbers[i], of which *rest begins with the text. */
static int script_take(struct skn_scripts *scripts, const json_t *numbers, size_t i,
                       const char *version_table, struct skn_str *rest)
{
    int64_t said[SKN_WIRE_SCRIPT];
    for (size_t k = 0; k < SKN_WIRE_SCRIPT; k++)
        said[k] = json_integer_value(json_array_get(numbers, i + k));
    if (said[1] < 0 || (uint64_t)said[1] > rest->len)
        return 0;
    struct skn_script script = {.text = (char *)(uintptr_t)rest->ptr,
                                .len = (size_t)said[1],
                                .version_table = version_table,
                                .off = said[2] != 0,
                                .variables = said[3] != 0};
    *rest = skn_str_len(rest->ptr + script.len, rest->len - script.len);
    return script_store(scripts, said[0], &script);
}

int skn_scripts_add(struct skn_scripts *scripts, const json_t *request, struct skn_error *err)
{
    const json_t *numbers = skn_json_array(request, "list");
    const json_t *body = json_object_get(request, "body");
    size_t count = json_array_size(numbers);
    struct skn_str rest = {json_string_value(body), json_string_length(body)};
    const char *version_table =
        skn_arena_strdup(&scripts->arena, skn_json_text(request, "version_table"));
    int good = rest.ptr && count > 0 && count % SKN_WIRE_SCRIPT == 0;
    for (size_t i = 0; good && i < count; i += SKN_WIRE_SCRIPT)
        good = script_take(scripts, numbers, i, version_table, &rest);
    if (!good || rest.len > 0)
        return skn_error_set(err, SKN_E_DRIVER, "malformed scripts request");
    return SKN_OK;
}

static int is_control(uint32_t kind)
{
    return kind >= SKN_STATEMENT_BEGIN && kind <= SKN_STATEMENT_SAVEPOINT;
}

/* The words of a pair that means just "one transaction"; XA COMMIT, PREPARE TRANSACTION do not. */
static int is_plain(const char *words)
{
    static const char *const plain[] = {"BEGIN",
                                        "BEGIN TRANSACTION",
                                        "BEGIN WORK",
                                        "BEGIN IMMEDIATE",
                                        "BEGIN IMMEDIATE TRANSACTION",
                                        "BEGIN EXCLUSIVE",
                                        "BEGIN EXCLUSIVE TRANSACTION",
                                        "BEGIN DEFERRED",
                                        "BEGIN DEFERRED TRANSACTION",
                                        "START TRANSACTION",
                                        "COMMIT",
                                        "COMMIT TRANSACTION",
                                        "COMMIT WORK",
                                        "END",
                                        "END TRANSACTION",
                                        "END WORK"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(words, plain[i]) == 0)
            return 1;
    return 0;
}

static int statement_add(struct skn_script *script, size_t *room, const struct skn_scan *found)
{
    script->statements =
        skn_grow(script->statements, script->count, room, sizeof *script->statements);
    script->statements[script->count++] = (struct skn_statement){
        .text = {script->text + found->start, (size_t)(found->end - found->start)},
        .offset = found->start,
        .kind = found->kind,
        .flags = found->flags,
        .object = found->object,
        .repeatable = (found->flags & SKN_STATEMENT_REPEATABLE) != 0,
        .plain = is_plain(found->words),
    };
    return SKN_OK;
}

/* What was said before the statement, and must not be said within it. */
static int statement_directives(struct skn_script *script, size_t from, size_t start, size_t end,
                                struct skn_session *session, struct skn_error *err)
{
    struct skn_str text = {script->text, script->len};
    int rc = skn_directives_read(text, from, start, session, &script->statements[script->count - 1],
                                 err);
    return rc == SKN_OK
               ? skn_directives_refuse(text, start, end,
                                       "this stands inside a statement; put it before", err)
               : rc;
}

static int refuse(const struct skn_script *script, size_t start, size_t end, size_t at,
                  struct skn_error *err, const char *why)
{
    int shown = end - start > 40 ? 40 : (int)(end - start);
    skn_error_set(err, SKN_E_UNSUPPORTED, "\"%.*s\" %s", shown, script->text + start, why);
    err->position = (uint32_t)at + 1;
    return SKN_E_UNSUPPORTED;
}

static int statement_guard(const struct skn_script *script, const struct skn_scan *found,
                           const struct skn_session *session, struct skn_error *err)
{
    size_t at;
    struct skn_str text = {script->text, script->len};
    const char *why =
        skn_guard_find(session->loaded.driver.dialect, text, found, script->version_table, &at);
    return why ? refuse(script, (size_t)found->start, (size_t)found->end, at, err, why) : SKN_OK;
}

/* refused: the first statement that must not run; what is malformed further on comes first. */
static int statements_scan(struct skn_script *script, struct skn_session *session,
                           struct skn_error *refused, struct skn_error *err)
{
    struct skn_scan cursor = {.size = sizeof cursor};
    cursor.options = script->variables ? SKN_SCAN_VARIABLES : 0;
    struct skn_str text = {script->text, script->len};
    size_t room = 0;
    for (;;) {
        size_t from = (size_t)cursor.next;
        int rc = skn_session_scan(session, text, &cursor, err);
        if (rc == SKN_OK && cursor.kind == SKN_STATEMENT_END)
            return skn_directives_refuse(text, from, text.len,
                                         "no statement follows that this could be said of", err);
        if (rc != SKN_OK)
            return rc;
        if (cursor.kind == SKN_STATEMENT_IGNORED)
            continue;
        if (refused->code == SKN_OK)
            statement_guard(script, &cursor, session, refused);
        statement_add(script, &room, &cursor);
        rc = statement_directives(script, from, (size_t)cursor.start, (size_t)cursor.end, session,
                                  err);
        if (rc != SKN_OK)
            return rc;
    }
}

/* BEGIN ... COMMIT around the whole file is the transaction that skein opens anyway. */
static void wrapping_drop(struct skn_script *script)
{
    size_t n = script->count;
    if (n < 2 || !script->statements[0].plain || !script->statements[n - 1].plain ||
        script->statements[0].kind != SKN_STATEMENT_BEGIN ||
        script->statements[n - 1].kind != SKN_STATEMENT_COMMIT)
        return;
    memmove(script->statements, script->statements + 1, (n - 2) * sizeof *script->statements);
    script->count = n - 2;
}

static int statement_refuse(const struct skn_script *script, const struct skn_statement *statement,
                            struct skn_error *err, const char *why)
{
    size_t start = (size_t)statement->offset;
    return refuse(script, start, start + statement->text.len, start, err, why);
}

static int statements_judge(struct skn_script *script, const struct skn_session *session,
                            struct skn_error *err)
{
    int transactional = (session->loaded.driver.caps & SKN_CAP_DDL_TX) && !script->off;
    for (size_t i = 0; i < script->count; i++) {
        const struct skn_statement *statement = &script->statements[i];
        if (is_control(statement->kind))
            return statement_refuse(
                script, statement, err,
                "controls the transaction, which is skein's to do; only one BEGIN ... "
                "COMMIT around the whole section is taken");
        if (transactional && (statement->flags & SKN_STATEMENT_NO_TX))
            return statement_refuse(
                script, statement, err,
                "cannot run inside a transaction; write transaction=off on the section's "
                "line");
        if (statement->kind == SKN_STATEMENT_SESSION)
            script->touches_session = 1;
    }
    return SKN_OK;
}

static void script_scan(struct skn_scripts *scripts, struct skn_script *script,
                        struct skn_session *session)
{
    struct skn_error refused = SKN_ERROR_INIT;
    struct skn_error fault = SKN_ERROR_INIT;
    if (statements_scan(script, session, &refused, &fault) == SKN_OK) {
        wrapping_drop(script);
        statements_judge(script, session, &fault);
        if (fault.code == SKN_OK)
            fault = refused;
    }
    if (fault.code != SKN_OK) {
        script->fault = skn_arena_alloc(&scripts->arena, sizeof fault);
        *script->fault = fault;
    }
    script->statements =
        skn_realloc_array(script->statements, script->count, sizeof *script->statements);
    script->scanned = 1;
}

int skn_scripts_get(struct skn_scripts *scripts, int64_t id, struct skn_session *session,
                    const struct skn_script **found, struct skn_error *err)
{
    if (id < 0 || (size_t)id >= scripts->count || !scripts->items[id].known)
        return skn_error_set(err, SKN_E_DRIVER, "script %lld was never sent", (long long)id);
    struct skn_script *script = &scripts->items[id];
    if (!script->scanned)
        script_scan(scripts, script, session);
    *found = script;
    if (!script->fault)
        return SKN_OK;
    *err = *script->fault;
    return (int)err->code;
}

/* ---- variables ---- */

/* Where the reference that starts at text ends, and what it says; 0 if there is none here. */
static size_t reference_parse(struct skn_str text, enum skn_quote_kind *kind, struct skn_str *name)
{
    static const struct {
        const char *opening;
        enum skn_quote_kind kind;
    } forms[] = {{"${ident:", SKN_QUOTE_IDENT}, {"${literal:", SKN_QUOTE_LITERAL}};

    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(forms[i].opening);
        if (text.len <= len || memcmp(text.ptr, forms[i].opening, len) != 0)
            continue;
        const char *close = memchr(text.ptr + len, '}', text.len - len);
        if (!close)
            return 0;
        *kind = forms[i].kind;
        *name = skn_str_len(text.ptr + len, (size_t)(close - text.ptr) - len);
        return (size_t)(close - text.ptr) + 1;
    }
    return 0;
}

static int reference_add(struct skn_session *session, const json_t *vars, enum skn_quote_kind kind,
                         struct skn_str name, struct skn_buf *out, struct skn_error *err)
{
    char key[128];
    snprintf(key, sizeof key, "%.*s", SKN_FMT(name));
    const json_t *value = json_object_get(vars, key);
    if (!json_is_string(value))
        return skn_error_set(err, SKN_E_CONFIG,
                             "variable \"%s\" has no value; set it in vars of the target", key);
    struct skn_str text = {json_string_value(value), json_string_length(value)};
    int rc = skn_session_quote(session, kind, text, out, err);
    return rc == SKN_OK ? rc : skn_error_context(err, "variable \"%s\"", key);
}

int skn_statement_expand(struct skn_str sql, struct skn_session *session, const json_t *vars,
                         struct skn_arena *arena, struct skn_str *out, struct skn_error *err)
{
    struct skn_buf text = {0};
    struct skn_str rest = sql;
    int rc = SKN_OK;
    while (rest.len > 0 && rc == SKN_OK) {
        enum skn_quote_kind kind;
        struct skn_str name;
        size_t len = 0;
        if (rest.len > 2 && memcmp(rest.ptr, "$${", 3) == 0) {
            skn_buf_adds(&text, "${");
            len = 3;
        } else if (rest.ptr[0] == '$' && (len = reference_parse(rest, &kind, &name)) > 0) {
            rc = reference_add(session, vars, kind, name, &text, err);
        } else {
            skn_buf_addc(&text, rest.ptr[0]);
            len = 1;
        }
        rest = skn_str_len(rest.ptr + len, rest.len - len);
    }
    out->ptr = skn_arena_strndup(arena, skn_buf_text(&text), text.len);
    out->len = text.len;
    skn_buf_finish(&text);
    return rc;
}
