/*
 * The dialect, and what of its statements a revision must not hold. Where a statement ends is found
 * by skein's scanner. Knows no connection.
 */
#include "named.h"

const struct skn_dialect skn_mysql_dialect = {
    .size = sizeof(struct skn_dialect),
    .flags = SKN_DIALECT_BACKTICKS | SKN_DIALECT_BACKSLASHES | SKN_DIALECT_DOUBLE_QUOTED_TEXT |
             SKN_DIALECT_HASH_COMMENTS | SKN_DIALECT_DASH_NEEDS_SPACE |
             SKN_DIALECT_EXECUTABLE_COMMENTS | SKN_DIALECT_DELIMITER | SKN_DIALECT_ROUTINE_BODIES |
             SKN_DIALECT_TRIGGER_BODIES,
    .id_type = "VARCHAR(32)",
    .text_type = "VARCHAR(1024)",
    .long_type = "TEXT",
    .integer_type = "BIGINT",
    .time_type = "DATETIME(3)",
    /* The server's or the database's default would decide how revision ids compare. */
    .table_options = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
};

struct refusal {
    const char *words;
    const char *reason;
};

static const struct refusal refusals[] = {
    {"USE", "USE leaves the target's database; name the other one before the table, or give it a "
            "target of its own"},
    {"SOURCE", "SOURCE is a command of the mysql client, not SQL; put the file's statements here"},
    {"XA", "XA transactions take no DDL, and outlive the run"},
    {"BEGIN NOT ATOMIC",
     "a compound statement cannot be told from BEGIN of a transaction; put it into a procedure"},
    {"SET ROLE", "a role would stay on for the revisions behind; grant the target's user what it "
                 "needs"},
};

static int begins_with(const char *words, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(words, prefix, len) == 0 && (words[len] == '\0' || words[len] == ' ');
}

static const char *reason_find(struct skn_str text, const struct skn_scan *found)
{
    if (text.ptr[found->start] == '\\')
        return "this is a command of the mysql client, not SQL; leave it out";
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (begins_with(found->words, refusals[i].words))
            return refusals[i].reason;
    if (begins_with(found->words, "LOAD") && strstr(found->words, " LOCAL"))
        return "LOAD DATA LOCAL lets the server read this machine's files; write INSERT statements";
    return NULL;
}

static int begins_with_any(const char *words, const char *const *prefixes)
{
    for (size_t i = 0; prefixes[i]; i++)
        if (begins_with(words, prefixes[i]))
            return 1;
    return 0;
}

/* Run twice it has done what once does. */
static int is_repeatable(struct skn_str sql, const char *words)
{
    static const char *const kinds[] = {"ANALYZE", "OPTIMIZE", "CHECK",    "CHECKSUM",
                                        "REPAIR",  "FLUSH",    "TRUNCATE", NULL};
    struct skn_mysql_named named;
    if (begins_with_any(words, kinds))
        return 1;
    if (!begins_with(words, "CREATE") && !begins_with(words, "DROP"))
        return 0;
    skn_mysql_named_read(sql, &named);
    return named.thing != SKN_MYSQL_THING_OPAQUE && (named.guarded || named.replaces);
}

static void flags_set(struct skn_str text, struct skn_scan *cursor)
{
    static const char *const calls[] = {"CALL", "EXECUTE", NULL};
    struct skn_str sql =
        skn_str_len(text.ptr + cursor->start, (size_t)(cursor->end - cursor->start));
    if (is_repeatable(sql, cursor->words))
        cursor->flags |= SKN_STATEMENT_REPEATABLE;
    if (begins_with_any(cursor->words, calls))
        cursor->flags |= SKN_STATEMENT_ALONE;
}

static int refused_check(struct skn_str text, const struct skn_scan *found, struct skn_error *err)
{
    const char *reason = reason_find(text, found);
    if (!reason)
        return SKN_OK;
    int rc = skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0, "%s", reason);
    if (err)
        err->position = found->start < UINT32_MAX ? (uint32_t)found->start + 1 : 0;
    return rc;
}

/* SET STATEMENT ... FOR CREATE PROCEDURE ... BEGIN ... END goes as far as what stands behind FOR.
 */
static int setting_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                        struct skn_error *err)
{
    struct skn_str sql =
        skn_str_len(text.ptr + cursor->start, (size_t)(cursor->end - cursor->start));
    struct skn_str behind = skn_mysql_settings_skip(sql);
    if (behind.ptr == sql.ptr)
        return SKN_OK;
    struct skn_scan inner = *cursor;
    inner.next = (uint64_t)(behind.ptr - text.ptr);
    int rc = host->scan(host->ctx, &skn_mysql_dialect, text, &inner, err);
    if (rc == SKN_OK)
        rc = refused_check(text, &inner, err);
    if (rc != SKN_OK || inner.kind == SKN_STATEMENT_END)
        return rc;
    cursor->next = inner.next;
    cursor->end = inner.end;
    if (inner.kind == SKN_STATEMENT_DDL) {
        cursor->kind = inner.kind;
        cursor->object = inner.object;
    }
    return SKN_OK;
}

int skn_mysql_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                   struct skn_error *err)
{
    int rc = host->scan(host->ctx, &skn_mysql_dialect, text, cursor, err);
    if (rc != SKN_OK || cursor->kind == SKN_STATEMENT_END)
        return rc;
    rc = refused_check(text, cursor, err);
    if (rc == SKN_OK)
        rc = setting_scan(host, text, cursor, err);
    if (rc != SKN_OK)
        return rc;
    flags_set(text, cursor);
    /* Here it is about the server's logs and caches only. */
    if (begins_with(cursor->words, "RESET"))
        cursor->kind = SKN_STATEMENT_OTHER;
    return SKN_OK;
}
