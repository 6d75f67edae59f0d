/*
 * Looking at a schema: all queries in one round trip, and each row told to the core. What is asked
 * stands in queries.c; this file knows how rows become objects, needs and comments.
 */
#include <stdlib.h>
#include <string.h>

#include "facet.h"

enum { ATTRS_MAX = 40, LOOKS_MAX = 64, BEFORE = 2 };

struct looking {
    const struct skn_schema_options *options;
    const struct skn_sink *sink;
    struct skn_pg_places places;
    const struct skn_pg_look *looks[LOOKS_MAX]; /* those that are asked */
    struct skn_pg_text texts[LOOKS_MAX];
    struct skn_pg_question questions[LOOKS_MAX + BEFORE + 1];
    size_t count;
    struct skn_pg_text id;
    struct skn_pg_text definition;
    uint32_t kind; /* of the row before, which is the likeliest */
    int rc;
};

/* ---- one row ---- */

static struct skn_str field(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return skn_str(NULL);
    return skn_str_len(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

static unsigned long field_oid(const PGresult *result, int row, int column)
{
    return strtoul(PQgetvalue(result, row, column), NULL, 10);
}

static long field_number(const PGresult *result, int row, int column)
{
    return strtol(PQgetvalue(result, row, column), NULL, 10);
}

static uint32_t kind_named(uint32_t likely, const char *name)
{
    if (strcmp(skn_pg_kinds[likely].name, name) == 0)
        return likely;
    for (uint32_t i = 0; i < SKN_PG_KIND_COUNT; i++)
        if (strcmp(skn_pg_kinds[i].name, name) == 0)
            return i;
    return SKN_KIND_NONE;
}

static int is_ignored(const struct skn_schema_options *options, uint32_t kind, struct skn_str name)
{
    if (kind != SKN_PG_KIND_TABLE && kind != SKN_PG_KIND_VIEW && kind != SKN_PG_KIND_MATVIEW &&
        kind != SKN_PG_KIND_SEQUENCE)
        return 0;
    for (uint32_t i = 0; i < options->ignore_count; i++)
        if (options->ignore[i].len == name.len &&
            memcmp(options->ignore[i].ptr, name.ptr, name.len) == 0)
            return 1;
    return 0;
}

static uint32_t attrs_read(const PGresult *result, int row, struct skn_attr *attrs)
{
    uint32_t count = 0;
    int columns = PQnfields(result);
    for (int i = SKN_PG_LOOK_ATTRS; i < columns && count < ATTRS_MAX; i++) {
        const char *key = PQfname(result, i);
        uint32_t attr_class = key[0] == '+'   ? SKN_ATTR_LAYOUT
                              : key[0] == '-' ? SKN_ATTR_INFO
                                              : SKN_ATTR_SEMANTIC;
        if (PQgetisnull(result, row, i))
            continue;
        attrs[count++] = (struct skn_attr){skn_str(key + (attr_class != SKN_ATTR_SEMANTIC)),
                                           field(result, row, i), attr_class, 0};
    }
    return count;
}

/* The id: below a parent its own, a slash, and the name. But an index, and statistics, are known in
 * all their schema. */
static struct skn_str id_make(struct looking *looking, uint32_t kind,
                              const struct skn_pg_place *parent, struct skn_str quoted)
{
    if (!parent || kind == SKN_PG_KIND_INDEX || kind == SKN_PG_KIND_STATISTICS)
        return quoted;
    skn_pg_text_clear(&looking->id);
    skn_pg_text_add_len(&looking->id, parent->id.ptr, parent->id.len);
    skn_pg_text_add(&looking->id, "/");
    skn_pg_text_add_len(&looking->id, quoted.ptr, quoted.len);
    if (looking->id.failed)
        looking->rc = SKN_E_NOMEM;
    return skn_str_len(looking->id.ptr ? looking->id.ptr : "", looking->id.len);
}

static void expression_read(struct looking *looking, struct skn_str *text)
{
    if (!text->ptr || !strstr(text->ptr, "(ARRAY["))
        return;
    skn_pg_text_clear(&looking->definition);
    skn_pg_canonical_add(&looking->definition, text->ptr);
    if (looking->definition.failed)
        looking->rc = SKN_E_NOMEM;
    else
        *text = skn_str_len(looking->definition.ptr, looking->definition.len);
}

/* The place of a column's default is the default's; the column's own is another. */
static void place_keep(struct looking *looking, const PGresult *result, int row,
                       const struct skn_fact *fact)
{
    const struct skn_pg_place place = {
        .class_oid = field_oid(result, row, SKN_PG_LOOK_CLASS),
        .oid = field_oid(result, row, SKN_PG_LOOK_OID),
        .sub = field_number(result, row, SKN_PG_LOOK_SUB),
        .kind = fact->kind,
        .id = fact->id,
    };
    skn_pg_places_add(&looking->places, &place);
}

static void object_read(struct looking *looking, const PGresult *result, int row)
{
    struct skn_attr attrs[ATTRS_MAX];
    const struct skn_pg_place *parent = NULL;
    struct skn_fact fact = {.size = sizeof fact, .parent_kind = SKN_KIND_NONE};
    fact.kind = kind_named(looking->kind, PQgetvalue(result, row, SKN_PG_LOOK_KIND));
    fact.name = field(result, row, SKN_PG_LOOK_NAME);
    if (fact.kind == SKN_KIND_NONE || is_ignored(looking->options, fact.kind, fact.name))
        return;
    looking->kind = fact.kind;
    if (!PQgetisnull(result, row, SKN_PG_LOOK_PARENT_CLASS)) {
        parent =
            skn_pg_places_find(&looking->places, field_oid(result, row, SKN_PG_LOOK_PARENT_CLASS),
                               field_oid(result, row, SKN_PG_LOOK_PARENT_OID),
                               field_number(result, row, SKN_PG_LOOK_PARENT_SUB), 0);
        /* Of an extension, or left out. */
        if (!parent)
            return;
        fact.parent_kind = parent->kind;
        fact.parent_id = parent->id;
    }
    fact.id = id_make(looking, fact.kind, parent, field(result, row, SKN_PG_LOOK_QUOTED));
    fact.slot = field(result, row, SKN_PG_LOOK_SLOT);
    fact.definition = field(result, row, SKN_PG_LOOK_DEFINITION);
    expression_read(looking, &fact.definition);
    fact.attrs = attrs;
    fact.attr_count = attrs_read(result, row, attrs);
    for (uint32_t i = 0; i < fact.attr_count && fact.kind == SKN_PG_KIND_GENERATED; i++)
        if (skn_str_is(attrs[i].key, "generated"))
            expression_read(looking, &attrs[i].value);
    if (looking->rc == SKN_OK)
        looking->rc = looking->sink->object(looking->sink->ctx, &fact);
    if (looking->rc == SKN_OK)
        place_keep(looking, result, row, &fact);
}

static void alias_read(struct looking *looking, const PGresult *result, int row)
{
    const struct skn_pg_place place = {
        .class_oid = field_oid(result, row, 0),
        .oid = field_oid(result, row, 1),
        .sub = field_number(result, row, 2),
        .kind = SKN_KIND_NONE,
        .other_class = field_oid(result, row, 3),
        .other_oid = field_oid(result, row, 4),
        .other_sub = field_number(result, row, 5),
    };
    skn_pg_places_add(&looking->places, &place);
}

static void need_tell(struct looking *looking, const struct skn_pg_place *from,
                      const struct skn_pg_place *to)
{
    if (looking->rc == SKN_OK && from && to && from != to)
        looking->rc =
            looking->sink->need(looking->sink->ctx, from->kind, from->id, to->kind, to->id);
}

static void need_read(struct looking *looking, const PGresult *result, int row)
{
    const struct skn_pg_places *places = &looking->places;
    unsigned long class_oid = field_oid(result, row, 3);
    unsigned long oid = field_oid(result, row, 4);
    long sub = field_number(result, row, 5);
    const struct skn_pg_place *from = skn_pg_places_own(
        places, field_oid(result, row, 0), field_oid(result, row, 1), field_number(result, row, 2));
    const struct skn_pg_place *to = skn_pg_places_find(places, class_oid, oid, sub, 0);
    need_tell(looking, from, to);
    /* The column of a partition is its parent's, but whoever uses it needs the partition as well.
     */
    const struct skn_pg_place *relation =
        sub > 0 && to ? skn_pg_places_find(places, class_oid, oid, 0, 0) : NULL;
    if (relation && relation != to)
        need_tell(looking, from, relation);
}

static void comment_read(struct looking *looking, const PGresult *result, int row)
{
    const struct skn_pg_place *to =
        skn_pg_places_find(&looking->places, field_oid(result, row, 0), field_oid(result, row, 1),
                           field_number(result, row, 2), PQgetisnull(result, row, 3));
    struct skn_str column = field(result, row, 3);
    const struct skn_attr attr = {skn_str("column"), column, SKN_ATTR_LAYOUT, 0};
    struct skn_fact fact = {.size = sizeof fact, .kind = SKN_PG_KIND_COMMENT, .name = skn_str("")};
    if (!to)
        return;
    /* Of a view's column, or a partition's, which are no objects. */
    int within =
        column.ptr && (to->kind == SKN_PG_KIND_VIEW || to->kind == SKN_PG_KIND_MATVIEW ||
                       to->kind == SKN_PG_KIND_TABLE || to->kind == SKN_PG_KIND_FOREIGN_TABLE);
    skn_pg_text_clear(&looking->id);
    skn_pg_text_add(&looking->id, skn_pg_kinds[to->kind].name);
    skn_pg_text_add(&looking->id, " ");
    skn_pg_text_add_len(&looking->id, to->id.ptr, to->id.len);
    if (within) {
        skn_pg_text_add(&looking->id, "/");
        skn_pg_text_add_len(&looking->id, column.ptr, column.len);
    }
    fact.id = skn_str_len(looking->id.ptr, looking->id.len);
    fact.definition = field(result, row, 4);
    fact.parent_kind = to->kind;
    fact.parent_id = to->id;
    fact.attrs = &attr;
    fact.attr_count = within ? 1 : 0;
    looking->rc =
        looking->id.failed ? SKN_E_NOMEM : looking->sink->object(looking->sink->ctx, &fact);
}

static void row_read(void *ctx, size_t index, const PGresult *result, int row)
{
    struct looking *looking = ctx;
    if (looking->rc != SKN_OK || index < BEFORE || index >= BEFORE + looking->count)
        return;
    switch (looking->looks[index - BEFORE]->type) {
    case SKN_PG_LOOK_OBJECT:
        object_read(looking, result, row);
        break;
    case SKN_PG_LOOK_ALIAS:
        alias_read(looking, result, row);
        break;
    case SKN_PG_LOOK_NEED:
        need_read(looking, result, row);
        break;
    case SKN_PG_LOOK_COMMENT:
        comment_read(looking, result, row);
        break;
    default:
        looking->rc = looking->sink->unmodelled(looking->sink->ctx, field(result, row, 0),
                                                field(result, row, 1));
        break;
    }
}

/* ---- asking ---- */

/* What the texts of definitions depend on. In a schema of its own, names in it are told bare, so
 * that what is written fits any schema. */
static void settings_look(struct skn_str schema, struct skn_pg_text *sql)
{
    static const char *const fixed[][2] = {
        {"TimeZone", "UTC"},
        {"DateStyle", "ISO, MDY"},
        {"IntervalStyle", "postgres"},
        {"extra_float_digits", "1"},
        {"quote_all_identifiers", "off"},
        {"jit", "off"},
        {"bytea_output", "hex"},
    };
    struct skn_pg_text path = {0};
    skn_pg_text_add(&path, "pg_catalog");
    if (schema.ptr) {
        skn_pg_text_add(&path, ", ");
        skn_pg_text_add_ident(&path, schema);
    }
    skn_pg_text_add(sql, "SELECT pg_catalog.set_config('search_path', ");
    skn_pg_text_add_literal(sql, skn_str_len(path.ptr ? path.ptr : "", path.len));
    skn_pg_text_add(sql, ", true)");
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        skn_pg_text_add(sql, ", pg_catalog.set_config('");
        skn_pg_text_add(sql, fixed[i][0]);
        skn_pg_text_add(sql, "', '");
        skn_pg_text_add(sql, fixed[i][1]);
        skn_pg_text_add(sql, "', true)");
    }
    if (path.failed)
        sql->failed = 1;
    skn_pg_text_finish(&path);
}

static int questions_build(struct looking *looking, int version, int in_tx,
                           struct skn_pg_text *settings)
{
    struct skn_str schema = looking->options->schema;
    int failed = 0;
    settings_look(schema, settings);
    for (size_t i = 0; i < skn_pg_look_count && looking->count < LOOKS_MAX; i++) {
        const struct skn_pg_look *look = &skn_pg_looks[i];
        if (((look->when & SKN_PG_LOOK_WHOLE) && schema.ptr) ||
            ((look->when & SKN_PG_LOOK_GRANTS) && !(looking->options->flags & SKN_SCHEMA_GRANTS)) ||
            version < look->since || (look->before && version >= look->before))
            continue;
        struct skn_pg_text *text = &looking->texts[looking->count];
        skn_pg_look_build(look, schema, text);
        failed = failed || text->failed;
        looking->questions[BEFORE + looking->count] = (struct skn_pg_question){text->ptr, 0};
        looking->looks[looking->count++] = look;
    }
    looking->questions[0].sql =
        in_tx ? "SAVEPOINT skein_look" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    looking->questions[1].sql = settings->ptr;
    looking->questions[BEFORE + looking->count].sql =
        in_tx ? "ROLLBACK TO SAVEPOINT skein_look" : "ROLLBACK";
    return failed || settings->failed ? SKN_E_NOMEM : SKN_OK;
}

static void no_row_read(void *ctx, size_t index, const PGresult *result, int row)
{
    (void)ctx;
    (void)index;
    (void)result;
    (void)row;
}

/* The functions that tell definitions look at the catalogs of now, the queries at those of then. */
static int look_failed(struct skn_conn *conn, int in_tx, int rc, struct skn_error *err)
{
    const struct skn_pg_question undo = {in_tx ? "ROLLBACK TO SAVEPOINT skein_look" : "ROLLBACK",
                                         0};
    if (conn->pg)
        skn_pg_ask(conn, &undo, 1, NULL, no_row_read, NULL, NULL);
    if (err && strcmp(err->sqlstate, "XX000") == 0 && strstr(err->message, "lookup failed"))
        return skn_fail(err, SKN_E_BUSY, "40001", 0,
                        "the schema was changed while it was looked at; try again");
    return rc;
}

static int look_ask(struct looking *looking, struct skn_conn *conn, int in_tx,
                    struct skn_error *err)
{
    int rc = skn_pg_ask(conn, looking->questions, looking->count + BEFORE + 1, NULL, row_read,
                        looking, err);
    if (rc != SKN_OK)
        return look_failed(conn, in_tx, rc, err);
    if (looking->rc == SKN_E_NOMEM || looking->places.failed)
        return skn_pg_no_memory(err);
    if (looking->rc != SKN_OK)
        return skn_fail(err, looking->rc, NULL, 0, "an object was not taken");
    return SKN_OK;
}

int skn_pg_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                   const struct skn_sink *sink, struct skn_error *err)
{
    if (!conn->pg)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    struct skn_pg_text settings = {0};
    struct looking *looking = calloc(1, sizeof *looking);
    if (!looking)
        return skn_pg_no_memory(err);
    int in_tx = PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
    looking->options = options;
    looking->sink = sink;
    int rc = questions_build(looking, conn->facts.version, in_tx, &settings);
    rc = rc == SKN_OK ? look_ask(looking, conn, in_tx, err) : skn_pg_no_memory(err);
    for (size_t i = 0; i < looking->count; i++)
        skn_pg_text_finish(&looking->texts[i]);
    skn_pg_text_finish(&looking->id);
    skn_pg_text_finish(&looking->definition);
    skn_pg_text_finish(&settings);
    skn_pg_places_finish(&looking->places);
    free(looking);
    return rc;
}
