/*
 * Which table refers to which: the foreign keys of the main schema, read as rarely as possible.
 * Knows nothing of transactions.
 */
#include <string.h>

#include "sqlite.h"

uint32_t skn_sqlite_edges_hash(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 16777619u;
    }
    return h;
}

static char *put(char **at, const char *text)
{
    char *start = *at;
    size_t size = strlen(text) + 1;
    memcpy(start, text, size);
    *at += size;
    return start;
}

static int edge_init(struct skn_conn *conn, struct skn_sqlite_edge *edge, const char *const text[4])
{
    size_t size = strlen(text[0]) + strlen(text[1]) + strlen(text[2]) + strlen(text[3]) + 4;
    char *at = skn_sqlite_resize(conn->host, NULL, size);
    if (!at)
        return SKN_E_NOMEM;
    edge->child = put(&at, text[0]);
    edge->parent = put(&at, text[1]);
    edge->from = put(&at, text[2]);
    edge->to = put(&at, text[3]);
    edge->child_hash = skn_sqlite_edges_hash(edge->child);
    edge->parent_hash = skn_sqlite_edges_hash(edge->parent);
    return SKN_OK;
}

/* A row of PRAGMA foreign_key_list: id, seq, table, from, to, and more. */
static int edge_add(struct skn_conn *conn, const char *child, sqlite3_stmt *stmt)
{
    struct skn_sqlite_edges *edges = &conn->foreign.edges;
    const char *to = (const char *)sqlite3_column_text(stmt, 4);
    const char *const text[4] = {child, (const char *)sqlite3_column_text(stmt, 2),
                                 (const char *)sqlite3_column_text(stmt, 3), to ? to : ""};
    void *grown = edges->edge;
    if (!text[0] || !text[1] || !text[2] ||
        skn_sqlite_grow(conn->host, &grown, edges->count, &edges->room, sizeof *edges->edge))
        return SKN_E_NOMEM;
    edges->edge = grown;
    if (edge_init(conn, &edges->edge[edges->count], text))
        return SKN_E_NOMEM;
    edges->count++;
    return SKN_OK;
}

int skn_sqlite_edges_read(struct skn_conn *conn, const char *child, struct skn_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = SKN_OK;
    int rc;
    /* The text of a table with foreign keys says REFERENCES, which is faster to see than to ask. */
    char *sql = child ? sqlite3_mprintf("PRAGMA main.foreign_key_list(%Q)", child)
                      : sqlite3_mprintf("SELECT m.name, 0, f.\"table\", f.\"from\", f.\"to\""
                                        " FROM main.sqlite_schema AS m,"
                                        " pragma_foreign_key_list(m.name, 'main') AS f WHERE"
                                        " m.type = 'table' AND m.sql LIKE '%%references%%'");
    if (!sql)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    conn->effects.muted++;
    rc = sqlite3_prepare_v3(conn->db, sql, -1, 0, &stmt, NULL);
    while (!code && (rc == SQLITE_OK || rc == SQLITE_ROW)) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW &&
            edge_add(conn, child ? child : (const char *)sqlite3_column_text(stmt, 0), stmt))
            code = skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
    }
    if (!code && rc != SQLITE_DONE)
        code = skn_sqlite_fail(conn, rc, err);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    conn->effects.muted--;
    return code;
}

void skn_sqlite_edges_drop(struct skn_conn *conn, const char *child)
{
    struct skn_sqlite_edges *edges = &conn->foreign.edges;
    uint32_t hash = skn_sqlite_edges_hash(child);
    size_t i;
    for (i = edges->count; i > 0; i--) {
        struct skn_sqlite_edge *edge = &edges->edge[i - 1];
        if (edge->child_hash == hash && sqlite3_stricmp(edge->child, child) == 0) {
            skn_sqlite_resize(conn->host, edge->child, 0);
            *edge = edges->edge[--edges->count];
        }
    }
}

void skn_sqlite_edges_finish(struct skn_conn *conn, struct skn_sqlite_edges *edges)
{
    while (edges->count > 0)
        skn_sqlite_resize(conn->host, edges->edge[--edges->count].child, 0);
    skn_sqlite_resize(conn->host, edges->edge, 0);
    memset(edges, 0, sizeof *edges);
}

int skn_sqlite_edges_have_child(const struct skn_sqlite_edges *edges, const char *name)
{
    uint32_t hash = skn_sqlite_edges_hash(name);
    size_t i;
    for (i = 0; i < edges->count; i++)
        if (edges->edge[i].child_hash == hash && sqlite3_stricmp(edges->edge[i].child, name) == 0)
            return 1;
    return 0;
}
