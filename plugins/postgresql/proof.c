/*
 * What became of a statement that no transaction can hold: what it names as the catalogs have it
 * now, and the leftovers of CONCURRENTLY, which are of no use to anyone. Knows nothing of when it
 * is asked.
 */
#include <stdlib.h>
#include <string.h>

#include "pg.h"

/* ---- what the statement names ---- */

enum thing {
    THING_NONE,
    THING_INDEX,   /* name; where it is created: and table */
    THING_UNNAMED, /* an index of table that the server names */
    THING_REBUILT, /* name: an index or a table that is reindexed */
    THING_PARTITION,
    THING_DATABASE,
    THING_TABLESPACE
};

struct named {
    enum thing thing;
    int creates;
    struct skn_str name; /* as written, with its schema */
    struct skn_str table;
};

struct parse {
    struct skn_pg_words words;
    char word[SKN_PG_NAME];
};

static void advance(struct parse *parse)
{
    skn_pg_word_next(&parse->words, parse->word);
}

static int accept(struct parse *parse, const char *word)
{
    if (strcmp(parse->word, word) != 0)
        return 0;
    advance(parse);
    return 1;
}

/* [schema.]name, as written. */
static struct skn_str name_read(struct parse *parse)
{
    const char *start = parse->words.start;
    const char *end = parse->words.at;
    advance(parse);
    while (accept(parse, ".")) {
        end = parse->words.at;
        advance(parse);
    }
    return skn_str_len(start, (size_t)(end - start));
}

static void condition_skip(struct parse *parse)
{
    if (!accept(parse, "IF"))
        return;
    accept(parse, "NOT");
    accept(parse, "EXISTS");
}

static void index_read(struct parse *parse, struct named *named)
{
    if (!accept(parse, "CONCURRENTLY"))
        return;
    condition_skip(parse);
    named->thing = THING_UNNAMED;
    if (!named->creates || strcmp(parse->word, "ON") != 0) {
        named->thing = THING_INDEX;
        named->name = name_read(parse);
    }
    if (accept(parse, "ON")) {
        accept(parse, "ONLY");
        named->table = name_read(parse);
    }
}

static void detach_read(struct parse *parse, struct named *named)
{
    while (parse->word[0] && !accept(parse, "DETACH"))
        advance(parse);
    if (!accept(parse, "PARTITION"))
        return;
    named->name = name_read(parse);
    if (accept(parse, "CONCURRENTLY"))
        named->thing = THING_PARTITION;
}

static void reindex_read(struct parse *parse, struct named *named)
{
    if (accept(parse, "("))
        while (parse->word[0] && !accept(parse, ")"))
            advance(parse);
    if (!accept(parse, "INDEX") && !accept(parse, "TABLE"))
        return;
    accept(parse, "CONCURRENTLY");
    named->thing = THING_REBUILT;
    named->name = name_read(parse);
}

static void other_read(struct parse *parse, struct named *named)
{
    enum thing thing = accept(parse, "DATABASE")     ? THING_DATABASE
                       : accept(parse, "TABLESPACE") ? THING_TABLESPACE
                                                     : THING_NONE;
    if (thing == THING_NONE)
        return;
    condition_skip(parse);
    named->thing = thing;
    named->name = name_read(parse);
}

static void statement_read(struct skn_str sql, struct named *named)
{
    struct parse parse = {.words = {sql.ptr, sql.ptr + sql.len, NULL}};
    *named = (struct named){.thing = THING_NONE};
    advance(&parse);
    if (accept(&parse, "REINDEX")) {
        reindex_read(&parse, named);
        return;
    }
    named->creates = accept(&parse, "CREATE");
    int alters = !named->creates && accept(&parse, "ALTER");
    if (!named->creates && !alters && !accept(&parse, "DROP"))
        return;
    accept(&parse, "UNIQUE");
    if (accept(&parse, "INDEX"))
        index_read(&parse, named);
    else if (alters && accept(&parse, "TABLE"))
        detach_read(&parse, named);
    else
        other_read(&parse, named);
}

/* ---- the catalogs ---- */

static void add_regclass(struct skn_pg_text *sql, struct skn_str name)
{
    skn_pg_text_add(sql, "pg_catalog.to_regclass(");
    skn_pg_text_add_literal(sql, name);
    skn_pg_text_add(sql, ")");
}

/* A name of no schema, as written, as the server keeps it. */
static void add_name(struct skn_pg_text *sql, struct skn_str name)
{
    skn_pg_text_add(sql, "(pg_catalog.parse_ident(");
    skn_pg_text_add_literal(sql, name);
    skn_pg_text_add(sql, "))[1]");
}

/* Which of the indexes i (of class c) is meant: an index is made in the schema of its table. */
static void add_index_match(struct skn_pg_text *sql, const struct named *named)
{
    if (named->thing == THING_UNNAMED) {
        skn_pg_text_add(sql, "i.indrelid OPERATOR(pg_catalog.=) ");
        add_regclass(sql, named->table);
    } else if (named->thing == THING_REBUILT) {
        skn_pg_text_add(sql, "(i.indrelid OPERATOR(pg_catalog.=) ");
        add_regclass(sql, named->name);
        skn_pg_text_add(sql, " OR i.indrelid OPERATOR(pg_catalog.=) (SELECT o.indrelid FROM "
                             "pg_catalog.pg_index o WHERE o.indexrelid OPERATOR(pg_catalog.=) ");
        add_regclass(sql, named->name);
        skn_pg_text_add(sql, "))");
    } else if (named->table.ptr) {
        skn_pg_text_add(sql, "c.relname OPERATOR(pg_catalog.=) ");
        add_name(sql, named->name);
        skn_pg_text_add(sql, "::pg_catalog.name AND c.relnamespace OPERATOR(pg_catalog.=) (SELECT "
                             "t.relnamespace FROM pg_catalog.pg_class t WHERE t.oid "
                             "OPERATOR(pg_catalog.=) ");
        add_regclass(sql, named->table);
        skn_pg_text_add(sql, ")");
    } else {
        skn_pg_text_add(sql, "i.indexrelid OPERATOR(pg_catalog.=) ");
        add_regclass(sql, named->name);
    }
}

static void add_indexes(struct skn_pg_text *sql, const char *columns, const struct named *named)
{
    skn_pg_text_add(sql, "SELECT ");
    skn_pg_text_add(sql, columns);
    skn_pg_text_add(sql, " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid "
                         "OPERATOR(pg_catalog.=) i.indexrelid JOIN pg_catalog.pg_namespace n ON "
                         "n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE ");
    add_index_match(sql, named);
}

static void add_partition(struct skn_conn *conn, struct skn_pg_text *sql, const struct named *named)
{
    skn_pg_text_add(sql, "SELECT h.inhparent::pg_catalog.regclass, ");
    skn_pg_text_add(sql, conn->facts.version >= 140000 ? "h.inhdetachpending" : "false");
    skn_pg_text_add(sql, " FROM pg_catalog.pg_inherits h WHERE h.inhrelid OPERATOR(pg_catalog.=) ");
    add_regclass(sql, named->name);
}

static void add_definition(struct skn_conn *conn, struct skn_pg_text *sql,
                           const struct named *named)
{
    switch (named->thing) {
    case THING_PARTITION:
        add_partition(conn, sql, named);
        break;
    case THING_DATABASE:
        skn_pg_text_add(sql, "SELECT d.oid, d.datdba, d.encoding, d.datcollate, d.datctype, "
                             "d.dattablespace, d.datallowconn, d.datconnlimit, d.datistemplate "
                             "FROM pg_catalog.pg_database d WHERE d.datname "
                             "OPERATOR(pg_catalog.=) ");
        add_name(sql, named->name);
        break;
    case THING_TABLESPACE:
        skn_pg_text_add(sql, "SELECT s.oid, s.spcowner, s.spcoptions FROM "
                             "pg_catalog.pg_tablespace s WHERE s.spcname OPERATOR(pg_catalog.=) ");
        add_name(sql, named->name);
        break;
    default:
        add_indexes(sql,
                    "c.oid, pg_catalog.pg_get_indexdef(i.indexrelid), i.indisvalid, "
                    "i.indisready",
                    named);
        skn_pg_text_add(sql, " ORDER BY c.oid");
    }
}

struct telling {
    skn_text_fn *out;
    void *ctx;
};

static void definition_take(void *ctx, size_t index, const PGresult *result, int row)
{
    const struct telling *telling = ctx;
    (void)index;
    for (int i = 0; i < PQnfields(result); i++) {
        telling->out(telling->ctx, skn_str(PQgetvalue(result, row, i)));
        telling->out(telling->ctx, skn_str("\n"));
    }
}

int skn_pg_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out, void *ctx,
                       struct skn_error *err)
{
    struct telling telling = {out, ctx};
    struct named named;
    struct skn_pg_text *sql = &conn->scratch;
    statement_read(statement, &named);
    if (named.thing == THING_NONE || named.thing == THING_REBUILT)
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                        "no definition shows what the statement does");
    skn_pg_text_clear(sql);
    add_definition(conn, sql, &named);
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    out(ctx, skn_str("as it is:\n"));
    return skn_pg_ask(conn, &question, 1, NULL, definition_take, &telling, err);
}

/* ---- leftovers ---- */

enum { LEFTOVERS_MAX = 32 };

struct leftovers {
    size_t found;   /* indexes that were meant */
    size_t invalid; /* of which so many cannot be used */
    size_t fresh;   /* and were to take an index's place: _ccnew */
    long builder;   /* the session that is at work on one, 0: none */
    size_t count;
    char names[LEFTOVERS_MAX][4 * SKN_PG_NAME + 8]; /* of those to be dropped, quoted */
};

static void leftover_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct leftovers *leftovers = ctx;
    (void)index;
    leftovers->found++;
    if (strcmp(PQgetvalue(result, row, 1), "t") == 0)
        return;
    leftovers->invalid++;
    leftovers->fresh += strcmp(PQgetvalue(result, row, 2), "t") == 0;
    if (!PQgetisnull(result, row, 3))
        leftovers->builder = strtol(PQgetvalue(result, row, 3), NULL, 10);
    if (leftovers->count < LEFTOVERS_MAX)
        skn_pg_keep(leftovers->names[leftovers->count++], sizeof leftovers->names[0], result, row,
                    0);
}

static int leftovers_find(struct skn_conn *conn, const struct named *named,
                          struct leftovers *leftovers, struct skn_error *err)
{
    struct skn_pg_text *sql = &conn->scratch;
    skn_pg_text_clear(sql);
    add_indexes(sql,
                "pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid, c.relname::text "
                "OPERATOR(pg_catalog.~) '_ccnew[0-9]*$', (SELECT p.pid FROM "
                "pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid "
                "OPERATOR(pg_catalog.=) c.oid LIMIT 1)",
                named);
    if (named->thing == THING_REBUILT)
        skn_pg_text_add(sql, " AND NOT i.indisvalid AND c.relname::text OPERATOR(pg_catalog.~) "
                             "'_cc(new|old)[0-9]*$'");
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    return skn_pg_ask(conn, &question, 1, NULL, leftover_take, leftovers, err);
}

static void no_row(void *ctx, size_t index, const PGresult *result, int row)
{
    (void)ctx, (void)index, (void)result, (void)row;
}

static int proof_run(struct skn_conn *conn, const char *before, const char *name,
                     const char *behind, struct skn_error *err)
{
    struct skn_pg_text *sql = &conn->scratch;
    skn_pg_text_clear(sql);
    skn_pg_text_add(sql, before);
    skn_pg_text_add(sql, name);
    skn_pg_text_add(sql, behind);
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    return skn_pg_ask(conn, &question, 1, NULL, no_row, NULL, err);
}

static int leftovers_drop(struct skn_conn *conn, const struct leftovers *leftovers,
                          struct skn_error *err)
{
    int rc = SKN_OK;
    if (leftovers->builder)
        return skn_fail(err, SKN_E_BUSY, "55P03", 0, "session %ld is building the index",
                        leftovers->builder);
    for (size_t i = 0; rc == SKN_OK && i < leftovers->count; i++) {
        skn_pg_log(conn, 1, "dropping the invalid index %s", leftovers->names[i]);
        rc = proof_run(conn, "DROP INDEX CONCURRENTLY IF EXISTS ", leftovers->names[i], "", err);
    }
    return rc;
}

static int index_prove(struct skn_conn *conn, const struct named *named, uint32_t *outcome,
                       struct skn_error *err)
{
    struct leftovers leftovers = {.found = 0};
    int rc = leftovers_find(conn, named, &leftovers, err);
    if (rc != SKN_OK)
        return rc;
    if (named->thing == THING_UNNAMED) {
        /* Which of them is ours the name would tell. */
        *outcome = leftovers.invalid ? SKN_OUTCOME_PARTLY : SKN_OUTCOME_UNKNOWN;
        return SKN_OK;
    }
    if (!named->creates && named->thing == THING_INDEX) {
        *outcome = !leftovers.found    ? SKN_OUTCOME_COMMITTED
                   : leftovers.invalid ? SKN_OUTCOME_ABORTED
                                       : SKN_OUTCOME_UNKNOWN;
        return SKN_OK;
    }
    if (leftovers.invalid) {
        /* _ccold is what was replaced. */
        *outcome = named->thing == THING_REBUILT && !leftovers.fresh ? SKN_OUTCOME_COMMITTED
                                                                     : SKN_OUTCOME_ABORTED;
        return leftovers_drop(conn, &leftovers, err);
    }
    if (named->thing == THING_INDEX && leftovers.found)
        *outcome = SKN_OUTCOME_COMMITTED;
    return SKN_OK;
}

/* ---- partitions ---- */

struct partition {
    char parent[4 * SKN_PG_NAME + 8]; /* quoted where it must be */
    int pending;
};

static void partition_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct partition *partition = ctx;
    (void)index;
    skn_pg_keep(partition->parent, sizeof partition->parent, result, row, 0);
    partition->pending = strcmp(PQgetvalue(result, row, 1), "t") == 0;
}

/* A detachment that was begun is finished. */
static int partition_prove(struct skn_conn *conn, const struct named *named, uint32_t *outcome,
                           struct skn_error *err)
{
    struct partition partition = {.pending = 0};
    struct skn_pg_text *sql = &conn->scratch;
    struct skn_pg_text finish = {0};
    skn_pg_text_clear(sql);
    add_partition(conn, sql, named);
    if (sql->failed)
        return skn_pg_no_memory(err);
    const struct skn_pg_question question = {sql->ptr, 0};
    int rc = skn_pg_ask(conn, &question, 1, NULL, partition_take, &partition, err);
    if (rc != SKN_OK || !partition.pending)
        return rc;
    *outcome = SKN_OUTCOME_COMMITTED;
    skn_pg_text_add(&finish, " DETACH PARTITION ");
    skn_pg_text_add_len(&finish, named->name.ptr, named->name.len);
    skn_pg_text_add(&finish, " FINALIZE");
    rc = finish.failed ? skn_pg_no_memory(err)
                       : proof_run(conn, "ALTER TABLE ", partition.parent, finish.ptr, err);
    skn_pg_text_finish(&finish);
    return rc;
}

int skn_pg_prove(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                 struct skn_error *err)
{
    struct named named;
    *outcome = SKN_OUTCOME_UNKNOWN;
    statement_read(statement, &named);
    switch (named.thing) {
    case THING_INDEX:
    case THING_UNNAMED:
    case THING_REBUILT:
        return index_prove(conn, &named, outcome, err);
    case THING_PARTITION:
        return partition_prove(conn, &named, outcome, err);
    default:
        return SKN_OK;
    }
}
