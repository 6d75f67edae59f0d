/*
 * Foreign keys must not be left worse than they were found. The driver keeps enforcement off, so
 * before a statement first does what could break the foreign keys of a table, the violations there
 * are counted, and at COMMIT there may not be more. No other table is read, and none at all where
 * the schema has no foreign key. Knows nothing of steps.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqlite.h"

static int no_memory(struct skn_error *err)
{
    return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
}

/* Whether the text holds the word (lower case), perhaps as part of another: it errs towards yes. */
static int says(struct skn_str sql, const char *word)
{
    size_t len = strlen(word);
    size_t i;
    for (i = 0; i + len <= sql.len; i++)
        if ((sql.ptr[i] | 0x20) == word[0] && strncasecmp(sql.ptr + i, word, len) == 0)
            return 1;
    return 0;
}

static int table_exists(struct skn_conn *conn, const char *name)
{
    return sqlite3_table_column_metadata(conn->db, "main", name, NULL, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

static int learn_edges(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    char found[8] = "";
    int code;
    if (f->known)
        return SKN_OK;
    skn_sqlite_edges_finish(conn, &f->edges);
    code = skn_sqlite_edges_read(conn, NULL, err);
    if (!code && f->edges.count > 0)
        code = skn_sqlite_ask(conn,
                              "SELECT 1 FROM main.sqlite_schema WHERE sql LIKE '%replace%' LIMIT 1",
                              found, sizeof found, err);
    f->replaces = found[0] != '\0';
    f->known = code == SKN_OK;
    return code;
}

/* ---- counting ---- */

static void warn_unchecked(struct skn_conn *conn, const char *child)
{
    char line[512];
    snprintf(line, sizeof line, "foreign keys of \"%.100s\" cannot be checked: %.300s", child,
             sqlite3_errmsg(conn->db));
    conn->host->log(conn->host->ctx, 1, skn_str(line));
}

/* A row of PRAGMA foreign_key_check: table, rowid, parent, and more. */
static void describe_violation(sqlite3_stmt *stmt, const char *child, char *out, size_t size)
{
    const char *row = (const char *)sqlite3_column_text(stmt, 1);
    const char *parent = (const char *)sqlite3_column_text(stmt, 2);
    snprintf(out, size, "row %.20s of \"%.200s\" refers to no row of \"%.200s\"", row ? row : "?",
             child, parent ? parent : "?");
}

/* *count is -1 where SQLite cannot tell; first, where not NULL, gets the words for one violation.
 */
static int count_violations(struct skn_conn *conn, const char *child, int64_t *count, char *first,
                            size_t size, struct skn_error *err)
{
    sqlite3_stmt *stmt = NULL;
    char *sql;
    int rc;
    *count = 0;
    if (!table_exists(conn, child))
        return SKN_OK;
    sql = sqlite3_mprintf("PRAGMA main.foreign_key_check(%Q)", child);
    if (!sql)
        return no_memory(err);
    conn->effects.muted++;
    rc = sqlite3_prepare_v3(conn->db, sql, -1, 0, &stmt, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && (*count)++ == 0 && first)
            describe_violation(stmt, child, first, size);
    }
    sqlite3_free(sql);
    /* A parent without the unique key that the child names is a defect, but not one of the data,
     * and SQLite lets it be declared: a later revision may add the key. */
    if (rc == SQLITE_ERROR) {
        warn_unchecked(conn, child);
        *count = -1;
    } else if (rc != SQLITE_DONE)
        rc = skn_sqlite_fail(conn, rc, err);
    sqlite3_finalize(stmt);
    conn->effects.muted--;
    return rc == SQLITE_ERROR || rc == SQLITE_DONE ? SKN_OK : rc;
}

/* ---- the tables that this transaction may have broken ---- */

static struct skn_sqlite_watch *watch_find(const struct skn_sqlite_foreign *f, const char *child)
{
    size_t i;
    for (i = 0; i < f->watch_count; i++)
        if (sqlite3_stricmp(f->watches[i].child, child) == 0)
            return &f->watches[i];
    return NULL;
}

static int watch_add(struct skn_conn *conn, const char *child, int64_t before,
                     struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    void *watches = f->watches;
    struct skn_sqlite_watch entry;
    if (skn_sqlite_grow(conn->host, &watches, f->watch_count, &f->watch_room, sizeof entry))
        return no_memory(err);
    f->watches = watches;
    entry.before = before;
    entry.child = skn_sqlite_copy(conn->host, child, strlen(child));
    if (!entry.child)
        return no_memory(err);
    f->watches[f->watch_count++] = entry;
    return SKN_OK;
}

static int watch(struct skn_conn *conn, const char *child, struct skn_error *err)
{
    int64_t before;
    int code;
    if (watch_find(&conn->foreign, child))
        return SKN_OK;
    code = count_violations(conn, child, &before, NULL, 0, err);
    return code ? code : watch_add(conn, child, before, err);
}

static int watch_all(struct skn_conn *conn, struct skn_error *err)
{
    const struct skn_sqlite_edges *edges = &conn->foreign.edges;
    size_t i;
    int code = SKN_OK;
    for (i = 0; !code && i < edges->count; i++)
        code = watch(conn, edges->edge[i].child, err);
    return code;
}

/* ---- what a statement can break ---- */

/* A generated column changes with others, which alone are named in what is touched. */
static int has_generated_columns(struct skn_conn *conn, const char *table)
{
    char found[8] = "1";
    char *sql = sqlite3_mprintf("SELECT 1 FROM pragma_table_xinfo(%Q, 'main')"
                                " WHERE hidden IN (2, 3) LIMIT 1",
                                table);
    if (sql)
        skn_sqlite_run(conn, sql, found, sizeof found);
    sqlite3_free(sql);
    return found[0] != '\0';
}

static int is_key_column(struct skn_conn *conn, const char *table, const char *key,
                         const char *column)
{
    int primary = 1;
    if (key[0] && sqlite3_stricmp(key, column) == 0)
        return 1;
    if (!column[0] || sqlite3_stricmp(column, "ROWID") == 0)
        return 1;
    if (!key[0])
        sqlite3_table_column_metadata(conn->db, "main", table, column, NULL, NULL, NULL, &primary,
                                      NULL);
    return (!key[0] && primary) || has_generated_columns(conn, table);
}

static int can_break(struct skn_conn *conn, const struct skn_sqlite_touch *touch,
                     const struct skn_sqlite_edge *edge, int child, int parent, struct skn_str sql)
{
    int legacy = 0;
    int replaces = conn->foreign.replaces || says(sql, "replace");
    switch (touch->way) {
    case SKN_SQLITE_INSERTS:
        return child || (parent && replaces);
    case SKN_SQLITE_UPDATES:
        return (parent && replaces) ||
               (child && is_key_column(conn, edge->child, edge->from, touch->column)) ||
               (parent && is_key_column(conn, edge->parent, edge->to, touch->column));
    case SKN_SQLITE_DELETES:
        return parent;
    case SKN_SQLITE_DROPS: /* of a child, to know what a rebuilt one had */
        return child || parent;
    case SKN_SQLITE_ALTERS:
        /* A legacy rename leaves the children of the old name behind. */
        sqlite3_db_config(conn->db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, -1, &legacy);
        return (parent && legacy) || (child && says(sql, "references"));
    default:
        return 0;
    }
}

static int watch_touched(struct skn_conn *conn, const struct skn_sqlite_touch *touch,
                         struct skn_str sql, struct skn_error *err)
{
    const struct skn_sqlite_edges *edges = &conn->foreign.edges;
    uint32_t hash = edges->count > 0 ? skn_sqlite_edges_hash(touch->table) : 0;
    size_t i;
    for (i = 0; i < edges->count; i++) {
        const struct skn_sqlite_edge *edge = &edges->edge[i];
        int child = edge->child_hash == hash && sqlite3_stricmp(edge->child, touch->table) == 0;
        int parent = edge->parent_hash == hash && sqlite3_stricmp(edge->parent, touch->table) == 0;
        int code = SKN_OK;
        if ((child || parent) && !watch_find(&conn->foreign, edge->child) &&
            can_break(conn, touch, edge, child, parent, sql))
            code = watch(conn, edge->child, err);
        if (code)
            return code;
    }
    return SKN_OK;
}

static int is_edited_by_hand(const struct skn_sqlite_effects *effects)
{
    return (effects->flags & (SKN_SQLITE_CATALOG | SKN_SQLITE_DDL)) == SKN_SQLITE_CATALOG;
}

int skn_sqlite_foreign_before(struct skn_conn *conn, struct skn_str sql, struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    const struct skn_sqlite_effects *effects = &conn->effects;
    size_t i;
    int code;
    if (!f->active)
        return SKN_OK;
    if (effects->flags & SKN_SQLITE_NO_MEMORY)
        return no_memory(err);
    if (effects->count == 0 && !is_edited_by_hand(effects))
        return SKN_OK;
    code = learn_edges(conn, err);
    if (!code && is_edited_by_hand(effects)) {
        f->edited = 1;
        code = watch_all(conn, err);
    }
    for (i = 0; !code && i < effects->count; i++)
        code = watch_touched(conn, &effects->touches[i], sql, err);
    return code;
}

/* ---- keeping the edges up to date ---- */

/* Reads the edges anew. A child that is new among them is the renamed table, to be watched if it
 * was under its old name, or else a table that had no foreign key. What a renamed table had before
 * stays with its old name, to which a savepoint may take it back; only the sum counts. */
static int relearn_edges(struct skn_conn *conn, const char *renamed, struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    struct skn_sqlite_edges old = f->edges;
    size_t i;
    int code;
    memset(&f->edges, 0, sizeof f->edges);
    f->known = 0;
    code = learn_edges(conn, err);
    for (i = 0; !code && i < f->edges.count; i++) {
        const char *child = f->edges.edge[i].child;
        if (skn_sqlite_edges_have_child(&old, child) || watch_find(f, child))
            continue;
        if (!renamed || watch_find(f, renamed))
            code = watch_add(conn, child, 0, err);
    }
    skn_sqlite_edges_finish(conn, &old);
    return code;
}

static int follow_definition(struct skn_conn *conn, const char *table, struct skn_str sql,
                             struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    int first = f->edges.count == 0;
    int had = skn_sqlite_edges_have_child(&f->edges, table); /* IF NOT EXISTS, and it did */
    int code;
    if (!says(sql, "references"))
        return SKN_OK;
    skn_sqlite_edges_drop(conn, table);
    code = skn_sqlite_edges_read(conn, table, err);
    if (!code && !had && skn_sqlite_edges_have_child(&f->edges, table) && !watch_find(f, table))
        code = watch_add(conn, table, 0, err);
    if (first) /* without foreign keys nobody asked what else the schema says */
        f->known = 0;
    return code;
}

static int follow_touch(struct skn_conn *conn, const struct skn_sqlite_touch *touch,
                        struct skn_str sql, struct skn_error *err)
{
    switch (touch->way) {
    case SKN_SQLITE_DROPS:
        skn_sqlite_edges_drop(conn, touch->table);
        return SKN_OK;
    case SKN_SQLITE_ALTERS:
        if (conn->foreign.edges.count > 0 && says(sql, "rename"))
            return relearn_edges(conn, touch->table, err);
        return follow_definition(conn, touch->table, sql, err);
    case SKN_SQLITE_CREATES:
        return follow_definition(conn, touch->table, sql, err);
    default:
        return SKN_OK;
    }
}

int skn_sqlite_foreign_after(struct skn_conn *conn, struct skn_str sql, struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    const struct skn_sqlite_effects *effects = &conn->effects;
    size_t i;
    int code = SKN_OK;
    if (!f->active)
        return SKN_OK;
    if (effects->flags & SKN_SQLITE_UNDO)
        f->known = 0;
    if (!(effects->flags & SKN_SQLITE_DDL))
        return SKN_OK;
    f->replaces = f->replaces || says(sql, "replace");
    for (i = 0; !code && i < effects->count; i++)
        code = follow_touch(conn, &effects->touches[i], sql, err);
    return code;
}

/* ---- the life of a transaction ---- */

static int read_version(struct skn_conn *conn, int64_t *version, struct skn_error *err)
{
    char text[24];
    int code = skn_sqlite_ask(conn, "PRAGMA main.schema_version", text, sizeof text, err);
    if (!code)
        *version = strtoll(text, NULL, 10);
    return code;
}

int skn_sqlite_foreign_begin(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    int64_t version = 0;
    int code;
    if (!f->enabled)
        return SKN_OK;
    code = read_version(conn, &version, err);
    if (code)
        return code;
    if (version != f->version)
        f->known = 0;
    f->active = 1;
    return SKN_OK;
}

int skn_sqlite_foreign_check(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    char words[512] = "";
    int64_t before = 0;
    int64_t after = 0;
    size_t i;
    int code = SKN_OK;
    if (!f->active)
        return SKN_OK;
    if (f->edited)
        code = relearn_edges(conn, NULL, err);
    for (i = 0; !code && i < f->watch_count; i++) {
        char first[512] = "";
        int64_t now = 0;
        code = count_violations(conn, f->watches[i].child, &now, first, sizeof first, err);
        if (f->watches[i].before < 0 || now < 0)
            continue;
        before += f->watches[i].before;
        after += now;
        if (now > f->watches[i].before && !words[0])
            memcpy(words, first, sizeof words);
    }
    if (!code && after > before)
        return skn_fail(err, SKN_E_CONSTRAINT, "23503", SQLITE_CONSTRAINT_FOREIGNKEY,
                        "%s: %" PRId64 " more violations of foreign keys than before the "
                        "transaction, which was not committed",
                        words, after - before);
    return code ? code : read_version(conn, &f->version, err);
}

void skn_sqlite_foreign_end(struct skn_conn *conn, int committed)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    while (f->watch_count > 0)
        skn_sqlite_resize(conn->host, f->watches[--f->watch_count].child, 0);
    if (!committed && f->active)
        f->known = 0;
    f->active = f->edited = 0;
}

void skn_sqlite_foreign_finish(struct skn_conn *conn)
{
    struct skn_sqlite_foreign *f = &conn->foreign;
    skn_sqlite_foreign_end(conn, 0);
    skn_sqlite_edges_finish(conn, &f->edges);
    skn_sqlite_resize(conn->host, f->watches, 0);
}
