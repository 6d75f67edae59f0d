/*
 * The texts of PostgreSQL's statements: the dialect, and what skein's scanner cannot know of it,
 * that is what the server refuses inside a transaction, and what needs a client that is not there.
 */
#include <string.h>

#include "pg.h"

const struct skn_dialect skn_pg_dialect = {
    .size = sizeof(struct skn_dialect),
    .flags = SKN_DIALECT_DOLLAR_QUOTES | SKN_DIALECT_E_STRINGS | SKN_DIALECT_NESTED_COMMENTS |
             SKN_DIALECT_ATOMIC_BODIES | SKN_DIALECT_PSQL | SKN_DIALECT_ALEMBIC_TX,
    .id_type = "VARCHAR(32)",
    .text_type = "VARCHAR(1024)",
    .long_type = "TEXT",
    .integer_type = "BIGINT",
    .time_type = "TIMESTAMP",
    .table_options = "",
};

/* A statement by the words it opens with, and by one that must stand somewhere behind them, or must
 * not: "" any. "*" stands for any number of words. */
static const struct {
    const char *words[3];
    const char *later;
    int absent; /* later must not be there; "" then means: nothing may follow */
} outside[] = {
    {{"VACUUM"}, "", 0},
    {{"CREATE", "INDEX"}, "CONCURRENTLY", 0},
    {{"CREATE", "UNIQUE", "INDEX"}, "CONCURRENTLY", 0},
    {{"DROP", "INDEX"}, "CONCURRENTLY", 0},
    {{"REINDEX"}, "CONCURRENTLY", 0},
    {{"REINDEX"}, "DATABASE", 0},
    {{"REINDEX"}, "SYSTEM", 0},
    {{"REINDEX"}, "SCHEMA", 0},
    {{"ALTER", "TABLE"}, "CONCURRENTLY", 0},
    {{"CREATE", "DATABASE"}, "", 0},
    {{"DROP", "DATABASE"}, "", 0},
    {{"ALTER", "DATABASE"}, "TABLESPACE", 0},
    {{"CREATE", "TABLESPACE"}, "", 0},
    {{"DROP", "TABLESPACE"}, "", 0},
    {{"ALTER", "SYSTEM"}, "", 0},
    {{"CREATE", "SUBSCRIPTION"}, "", 0},
    {{"DROP", "SUBSCRIPTION"}, "", 0},
    {{"ALTER", "SUBSCRIPTION"}, "REFRESH", 0},
    {{"ALTER", "SUBSCRIPTION"}, "PUBLICATION", 0},
    {{"DISCARD", "ALL"}, "", 0},
    {{"CLUSTER"}, "", 1},
};

/* Whether the rest of the statement has this bare word. */
static int has_later(struct skn_pg_words words, const char *later)
{
    char word[SKN_PG_NAME];
    while (skn_pg_word_next(&words, word))
        if (strcmp(word, later) == 0)
            return 1;
    return 0;
}

static int rule_matches(size_t rule, struct skn_str sql)
{
    struct skn_pg_words words = {sql.ptr, sql.ptr + sql.len, NULL};
    char word[SKN_PG_NAME];
    for (size_t i = 0; i < 3 && outside[rule].words[i]; i++)
        if (!skn_pg_word_next(&words, word) || strcmp(word, outside[rule].words[i]) != 0)
            return 0;
    if (outside[rule].absent)
        return !skn_pg_word_next(&words, word);
    return !outside[rule].later[0] || has_later(words, outside[rule].later);
}

static int needs_no_tx(struct skn_str sql)
{
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        if (rule_matches(i, sql))
            return 1;
    return 0;
}

/* PREPARE TRANSACTION ends a transaction, PREPARE alone does not. */
static int prepares_transaction(struct skn_str sql)
{
    static const char *const words[3] = {"PREPARE", "TRANSACTION", NULL};
    return skn_pg_opens_with(sql, words);
}

/* What names an index that is built, dropped or checked by name is told by prove(). */
static int is_repeatable(struct skn_str sql)
{
    static const char *const kinds[][3] = {{"VACUUM"},  {"ANALYZE"},    {"REINDEX"},
                                           {"CLUSTER"}, {"CHECKPOINT"}, {"ALTER", "SYSTEM"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (skn_pg_opens_with(sql, kinds[i]))
            return 1;
    return 0;
}

/* A procedure may commit. */
static int is_alone(struct skn_str sql)
{
    static const char *const kinds[][3] = {{"CALL"}, {"DO"}};
    return skn_pg_opens_with(sql, kinds[0]) || skn_pg_opens_with(sql, kinds[1]);
}

int skn_pg_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                struct skn_error *err)
{
    int rc = host->scan(host->ctx, &skn_pg_dialect, text, cursor, err);
    if (rc != SKN_OK || cursor->kind == SKN_STATEMENT_END || cursor->end > text.len ||
        cursor->start > cursor->end)
        return rc;
    struct skn_str sql = {text.ptr + cursor->start, (size_t)(cursor->end - cursor->start)};
    if (skn_pg_copies_to_client(sql)) {
        skn_fail(
            err, SKN_E_UNSUPPORTED, NULL, 0,
            "COPY from or to the client cannot be run here; use INSERT, or COPY with a file of "
            "the server");
        if (err)
            err->position = (uint32_t)cursor->start + 1;
        return SKN_E_UNSUPPORTED;
    }
    if (needs_no_tx(sql))
        cursor->flags |= SKN_STATEMENT_NO_TX;
    if (is_repeatable(sql))
        cursor->flags |= SKN_STATEMENT_REPEATABLE;
    if (is_alone(sql))
        cursor->flags |= SKN_STATEMENT_ALONE;
    if (prepares_transaction(sql))
        cursor->kind = SKN_STATEMENT_COMMIT;
    return SKN_OK;
}
