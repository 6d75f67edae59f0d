/*
 * Putting variables into texts. It knows nothing of settings and URLs.
 */
#include "config/variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

enum { VARIABLE_MAX = 128 };

static int name_len(const char *name, size_t *len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    *len = strspn(name, letters);
    return *len > 0 && *len <= VARIABLE_MAX && !(name[0] >= '0' && name[0] <= '9') &&
           name[*len] == '}';
}

static int env_piece(const char **at, struct skn_piece *piece, struct skn_error *err)
{
    char name[VARIABLE_MAX + 1];
    size_t len;
    if (!name_len(*at, &len))
        return skn_error_set(err, SKN_E_CONFIG,
                             "${env: wants the name of a variable and a }; a plain ${ is written "
                             "$${");
    memcpy(name, *at, len);
    name[len] = '\0';
    const char *value = secure_getenv(name);
    if (!value)
        return skn_error_set(err, SKN_E_CONFIG, "the environment variable %s is not set", name);
    *piece = (struct skn_piece){SKN_PIECE_ENV, {value, strlen(value)}};
    *at += len + 1;
    return SKN_OK;
}

static int variable_piece(const char **at, int in_fleet, struct skn_piece *piece,
                          struct skn_error *err)
{
    static const char env[] = "${env:";
    static const char tenant[] = "${tenant}";
    if (strncmp(*at, env, sizeof env - 1) == 0) {
        *at += sizeof env - 1;
        return env_piece(at, piece, err);
    }
    if (strncmp(*at, tenant, sizeof tenant - 1) != 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "an unknown variable; there are ${env:NAME} and, in fleets, "
                             "${tenant}; a plain ${ is written $${");
    if (!in_fleet)
        return skn_error_set(err, SKN_E_CONFIG,
                             "${tenant} has no value here; it is for a fleet's settings "
                             "other than name, driver, history and tenants");
    *piece = (struct skn_piece){SKN_PIECE_TENANT, {"", 0}};
    *at += sizeof tenant - 1;
    return SKN_OK;
}

/* The first "${" or "$${", or the end. */
static const char *variable_find(const char *text)
{
    const char *at = strstr(text, "${");
    if (!at)
        return text + strlen(text);
    return at > text && at[-1] == '$' ? at - 1 : at;
}

int skn_piece_next(const char **at, int in_fleet, struct skn_piece *piece, struct skn_error *err)
{
    *piece = (struct skn_piece){SKN_PIECE_END, {"", 0}};
    if (**at == '\0')
        return SKN_OK;
    const char *variable = variable_find(*at);
    if (variable > *at) {
        *piece = (struct skn_piece){SKN_PIECE_TEXT, {*at, (size_t)(variable - *at)}};
        *at = variable;
        return SKN_OK;
    }
    if ((*at)[1] == '{')
        return variable_piece(at, in_fleet, piece, err);
    *piece = (struct skn_piece){SKN_PIECE_TEXT, {*at + 1, 2}};
    *at += 3;
    return SKN_OK;
}

static int text_check(struct skn_str text, struct skn_error *err)
{
    if (skn_utf8_check(text.ptr, text.len) < text.len)
        return skn_error_set(err, SKN_E_CONFIG, "the text is not valid UTF-8");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return skn_error_set(err, SKN_E_CONFIG, "the text holds a control character (0x%02x)",
                                 c);
    }
    return SKN_OK;
}

int skn_variables_expand(const char *text, int in_fleet, struct skn_buf *out, size_t *own,
                         struct skn_error *err)
{
    struct skn_piece piece;
    *own = 0;
    for (;;) {
        int rc = skn_piece_next(&text, in_fleet, &piece, err);
        if (rc != SKN_OK || piece.kind == SKN_PIECE_END)
            return rc;
        if (piece.kind == SKN_PIECE_TENANT) {
            skn_buf_addc(out, SKN_TENANT_MARK);
            continue;
        }
        if ((rc = text_check(piece.text, err)) != SKN_OK)
            return rc;
        if (piece.kind == SKN_PIECE_TEXT)
            *own += piece.text.len;
        skn_buf_add(out, piece.text.ptr, piece.text.len);
    }
}

/* ---- those that made a secret ---- */

static char **noted;
static size_t noted_count;
static size_t noted_room;

/* What commands and libraries need, whatever a password is made of. */
static int is_common(const char *name)
{
    static const char *const names[] = {"PATH",    "HOME", "LANG",  "USER",
                                        "LOGNAME", "PWD",  "SHELL", "TMPDIR"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return 0;
}

static void name_note(const char *name, size_t len)
{
    for (size_t i = 0; i < noted_count; i++)
        if (strlen(noted[i]) == len && memcmp(noted[i], name, len) == 0)
            return;
    noted = skn_grow(noted, noted_count, &noted_room, sizeof *noted);
    noted[noted_count++] = skn_strndup(name, len);
}

void skn_variables_note(const char *text)
{
    static const char env[] = "${env:";
    struct skn_piece piece;
    struct skn_error ignored = SKN_ERROR_INIT;
    for (const char *at = text;;) {
        const char *from = at;
        if (skn_piece_next(&at, 1, &piece, &ignored) != SKN_OK || piece.kind == SKN_PIECE_END)
            return;
        if (piece.kind == SKN_PIECE_ENV)
            name_note(from + sizeof env - 1, (size_t)(at - from) - sizeof env);
    }
}

void skn_variables_take(void)
{
    for (size_t i = 0; i < noted_count; i++) {
        char *value = is_common(noted[i]) ? NULL : secure_getenv(noted[i]);
        if (value) {
            explicit_bzero(value, strlen(value));
            unsetenv(noted[i]);
        }
        free(noted[i]);
    }
    free(noted);
    noted = NULL;
    noted_count = noted_room = 0;
}

/* ---- tenants ---- */

const char *skn_tenant_text(struct skn_arena *arena, const char *text, const char *tenant)
{
    struct skn_buf out = {0};
    const char *mark = strchr(text, SKN_TENANT_MARK);
    if (!mark)
        return text;
    for (; mark; mark = strchr(text, SKN_TENANT_MARK)) {
        skn_buf_add(&out, text, (size_t)(mark - text));
        skn_buf_adds(&out, tenant);
        text = mark + 1;
    }
    skn_buf_adds(&out, text);
    const char *done = skn_arena_strndup(arena, skn_buf_text(&out), out.len);
    skn_buf_finish(&out);
    return done;
}

struct skn_names skn_tenant_names(struct skn_arena *arena, struct skn_names names,
                                  const char *tenant)
{
    int marked = 0;
    for (size_t i = 0; i < names.count && !marked; i++)
        marked = strchr(names.items[i], SKN_TENANT_MARK) != NULL;
    if (!marked)
        return names;
    const char **items = skn_arena_alloc_array(arena, names.count, sizeof *items);
    for (size_t i = 0; i < names.count; i++)
        items[i] = skn_tenant_text(arena, names.items[i], tenant);
    return (struct skn_names){items, names.count};
}

struct skn_pairs skn_tenant_pairs(struct skn_arena *arena, struct skn_pairs pairs,
                                  const char *tenant)
{
    int marked = 0;
    for (size_t i = 0; i < pairs.count && !marked; i++)
        marked = strchr(pairs.items[i].value, SKN_TENANT_MARK) != NULL;
    if (!marked)
        return pairs;
    struct skn_pair *items = skn_arena_alloc_array(arena, pairs.count, sizeof *items);
    for (size_t i = 0; i < pairs.count; i++)
        items[i] = (struct skn_pair){pairs.items[i].key,
                                     skn_tenant_text(arena, pairs.items[i].value, tenant)};
    return (struct skn_pairs){items, pairs.count};
}
