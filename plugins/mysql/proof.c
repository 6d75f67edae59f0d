/*
 * What became of a statement: the definitions of what it names, and whether what it changes rolls
 * back. It knows nothing of when it is asked.
 */
#include "named.h"

#include <stdlib.h>

/* ---- definitions ---- */

struct definition {
    skn_text_fn *out;
    void *ctx;
    int table;
};

/* How each kind of thing is asked for, and how the server says that there is none. */
static const struct {
    const char *show;
    uint32_t columns; /* those behind tell of the time and of the client */
    int absent[3];
} questions[] = {
    [SKN_MYSQL_THING_TABLE] = {"TABLE", 2, {1146, 1049, 1051}},
    [SKN_MYSQL_THING_TRIGGER] = {"TRIGGER", 3, {1360, 1049, 0}},
    [SKN_MYSQL_THING_PROCEDURE] = {"PROCEDURE", 3, {1305, 1049, 0}},
    [SKN_MYSQL_THING_FUNCTION] = {"FUNCTION", 3, {1305, 1049, 0}},
    [SKN_MYSQL_THING_PACKAGE] = {"PACKAGE", 3, {1305, 1049, 0}},
    [SKN_MYSQL_THING_PACKAGE_BODY] = {"PACKAGE BODY", 3, {1305, 1049, 0}},
    [SKN_MYSQL_THING_EVENT] = {"EVENT", 4, {1539, 1049, 0}},
    [SKN_MYSQL_THING_DATABASE] = {"DATABASE", 2, {1049, 0, 0}},
};

static void ident_write(FILE *out, const char *name)
{
    fputc('`', out);
    for (; *name; name++) {
        if (*name == '`')
            fputc('`', out);
        fputc(*name, out);
    }
    fputc('`', out);
}

static void question_put(struct skn_mysql_text *text, enum skn_mysql_thing thing,
                         const struct skn_mysql_name *name)
{
    fprintf(text->stream, "SHOW CREATE %s ", questions[thing].show);
    if (name->schema[0]) {
        ident_write(text->stream, name->schema);
        fputc('.', text->stream);
    }
    ident_write(text->stream, name->name);
}

/* The counter stands behind the engine, on the line that ends the columns. */
static struct skn_str counter_skip(struct skn_str text, size_t *from)
{
    static const char ends[] = "\n) ENGINE=";
    static const char counter[] = " AUTO_INCREMENT=";
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    const char *found = NULL;
    while ((at = memmem(at, (size_t)(end - at), ends, sizeof ends - 1)) != NULL)
        found = at++;
    *from = text.len;
    if (!found)
        return skn_str(NULL);
    at = memmem(found, (size_t)(end - found), counter, sizeof counter - 1);
    const char *space =
        memchr(found + sizeof ends - 1, ' ', (size_t)(end - found) - sizeof ends + 1);
    if (!at || at != space)
        return skn_str(NULL);
    const char *rest = at + sizeof counter - 1;
    while (rest < end && *rest >= '0' && *rest <= '9')
        rest++;
    *from = (size_t)(at - text.ptr);
    return skn_str_len(rest, (size_t)(end - rest));
}

static void column_tell(struct definition *definition, struct skn_str column)
{
    size_t len = column.len;
    struct skn_str rest = skn_str(NULL);
    if (definition->table && column.ptr)
        rest = counter_skip(column, &len);
    definition->out(definition->ctx, column.ptr ? skn_str_len(column.ptr, len) : skn_str("?"));
    if (rest.ptr)
        definition->out(definition->ctx, rest);
    definition->out(definition->ctx, skn_str("\n"));
}

struct showing {
    struct definition definition;
    uint32_t columns;
    int hidden; /* the body of a routine, from those who may not see it */
};

static int definition_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct showing *showing = ctx;
    for (uint32_t i = 0; i < count && i < showing->columns; i++) {
        showing->hidden |= columns[i].ptr == NULL;
        column_tell(&showing->definition, columns[i]);
    }
    return 0;
}

static int is_absent(enum skn_mysql_thing thing, int native)
{
    for (size_t i = 0; i < 3; i++)
        if (native != 0 && questions[thing].absent[i] == native)
            return 1;
    return 0;
}

/* *there: whether it is. */
static int definition_ask(struct skn_conn *conn, enum skn_mysql_thing thing,
                          const struct skn_mysql_name *name, skn_text_fn *out, void *ctx,
                          int *there, struct skn_error *err)
{
    struct showing showing = {
        .definition = {.out = out, .ctx = ctx, .table = thing == SKN_MYSQL_THING_TABLE},
        .columns = questions[thing].columns};
    struct skn_mysql_sink sink = {definition_take, &showing};
    struct skn_error why = {.size = sizeof why};
    struct skn_mysql_answer answer;
    struct skn_mysql_text text;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    question_put(&text, thing, name);
    rc = skn_mysql_text_end(&text, &why);
    if (rc == SKN_OK)
        rc = skn_mysql_query(conn, skn_str_len(text.ptr, text.len), &sink, &answer, &why);
    skn_mysql_text_finish(&text);
    *there = rc == SKN_OK;
    if (rc != SKN_OK && !conn->broken && is_absent(thing, why.native)) {
        out(ctx, skn_str("absent\n"));
        return SKN_OK;
    }
    if (rc != SKN_OK)
        return skn_fail(err, rc, why.sqlstate, why.native, "%s", why.message);
    if (showing.hidden)
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "the definition is hidden from us");
    return rc;
}

/* ---- fingerprint ---- */

static int same_name(const struct skn_mysql_name *a, const struct skn_mysql_name *b)
{
    return strcasecmp(a->name, b->name) == 0 && strcasecmp(a->schema, b->schema) == 0;
}

static int is_among(const struct skn_mysql_named *named, const struct skn_mysql_name *name,
                    size_t first)
{
    for (size_t i = first; i < named->count; i += 2)
        if (same_name(&named->names[i], name))
            return 1;
    return 0;
}

/* RENAME TABLE a TO x, b TO a, x TO b: where every name is left and taken, what is behind them
 * before and after may look alike. */
static int is_circle(const struct skn_mysql_named *named)
{
    for (size_t i = 0; i < named->count; i++)
        if (named->verb != SKN_MYSQL_RENAME || !is_among(named, &named->names[i], i % 2 ? 0 : 1))
            return 0;
    return named->count > 0;
}

static int unsupported(struct skn_error *err)
{
    return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "no definition shows what the statement does");
}

int skn_mysql_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                          void *ctx, struct skn_error *err)
{
    struct skn_mysql_named *named = malloc(sizeof *named);
    int there;
    int rc = SKN_OK;
    if (!named)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for names");
    skn_mysql_named_read(statement, named);
    if (named->thing == SKN_MYSQL_THING_OPAQUE || is_circle(named))
        rc = unsupported(err);
    if (named->thing == SKN_MYSQL_THING_DATABASE && named->count == 0) {
        snprintf(named->names[0].name, sizeof named->names[0].name, "%.*s",
                 (int)sizeof named->names[0].name - 1, conn->settings.texts[SKN_MYSQL_DATABASE]);
        named->count = 1;
    }
    for (size_t i = 0; rc == SKN_OK && i < named->count; i++)
        rc = definition_ask(conn, named->thing, &named->names[i], out, ctx, &there, err);
    free(named);
    return rc;
}

/* ---- prove ---- */

static void forget(void *ctx, struct skn_str text)
{
    (void)ctx;
    (void)text;
}

/* DROP TABLE a, b drops one after the other, and an error or a crash may stop it in between. */
static int drop_prove(struct skn_conn *conn, const struct skn_mysql_named *named, uint32_t *outcome,
                      struct skn_error *err)
{
    size_t left = 0;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < named->count; i++) {
        int there = 0;
        rc = definition_ask(conn, named->thing, &named->names[i], forget, NULL, &there, err);
        left += there != 0;
    }
    if (rc == SKN_OK && left > 0 && left < named->count)
        *outcome = SKN_OUTCOME_PARTLY;
    return rc;
}

int skn_mysql_prove(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                    struct skn_error *err)
{
    struct skn_mysql_named *named = malloc(sizeof *named);
    int rc = SKN_OK;
    *outcome = SKN_OUTCOME_UNKNOWN;
    if (!named)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for names");
    skn_mysql_named_read(statement, named);
    if (named->verb == SKN_MYSQL_DROP && named->thing != SKN_MYSQL_THING_OPAQUE && named->count > 1)
        rc = drop_prove(conn, named, outcome, err);
    free(named);
    return rc;
}

/* ---- what rolls back ---- */

static int bit_clear(void *ctx, const struct skn_str *columns, uint32_t count)
{
    uint64_t *bits = ctx;
    unsigned index = 0;
    for (size_t i = 0; count > 0 && i < columns[0].len; i++)
        index = index * 10 + (unsigned)(columns[0].ptr[i] - '0');
    if (index < 64)
        *bits &= ~((uint64_t)1 << index);
    return 0;
}

/* One "=" a name, as for exists(). */
static void engine_put(struct skn_mysql_text *text, unsigned index,
                       const struct skn_mysql_name *name, int *asked)
{
    fprintf(text->stream,
            "%sSELECT %u FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND "
            "engine <> 'InnoDB' AND table_schema = ",
            (*asked)++ ? " UNION ALL " : "", index);
    if (name->schema[0])
        skn_mysql_text_literal(text, skn_str(name->schema));
    else
        fputs("DATABASE()", text->stream);
    fputs(" AND table_name = ", text->stream);
    skn_mysql_text_literal(text, skn_str(name->name));
}

static void engines_put(struct skn_mysql_text *text, const struct skn_str *statements,
                        uint32_t count, struct skn_mysql_named *named, uint64_t *bits, int *asked)
{
    for (uint32_t i = 0; i < count && i < 64; i++) {
        if (skn_mysql_effect(statements[i]) != SKN_MYSQL_ROWS)
            continue;
        skn_mysql_tables_read(statements[i], named);
        if (named->thing == SKN_MYSQL_THING_OPAQUE)
            *bits &= ~((uint64_t)1 << i);
        for (size_t k = 0; k < named->count; k++)
            engine_put(text, i, &named->names[k], asked);
    }
}

int skn_mysql_rolls_back(struct skn_conn *conn, const struct skn_str *statements, uint32_t count,
                         uint64_t *bits, struct skn_error *err)
{
    struct skn_mysql_sink sink = {bit_clear, bits};
    struct skn_mysql_named *named = malloc(sizeof *named);
    struct skn_mysql_answer answer;
    struct skn_mysql_text text;
    int asked = 0;
    *bits = UINT64_MAX;
    if (!named)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for names");
    int rc = skn_mysql_text_begin(&text, err);
    if (rc == SKN_OK) {
        engines_put(&text, statements, count, named, bits, &asked);
        rc = skn_mysql_text_end(&text, err);
    }
    if (rc == SKN_OK && asked > 0)
        rc = skn_mysql_query(conn, skn_str_len(text.ptr, text.len), &sink, &answer, err);
    skn_mysql_text_finish(&text);
    free(named);
    return rc;
}
