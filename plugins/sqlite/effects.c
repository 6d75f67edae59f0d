/*
 * What a statement is going to change, as SQLite's compiler tells the authorizer: the tables it
 * touches, triggers included, and whether it leaves something behind in the session. It never
 * forbids anything, and runs nothing.
 */
#include <string.h>

#include "sqlite.h"

static int is_same(const struct skn_sqlite_touch *touch, const char *table, const char *column,
                   int way)
{
    return touch->way == way && sqlite3_stricmp(touch->table, table) == 0 &&
           (!column || sqlite3_stricmp(touch->column, column) == 0);
}

static int touch_init(struct skn_conn *conn, struct skn_sqlite_touch *touch, const char *table,
                      const char *column, int way)
{
    size_t table_size = strlen(table) + 1;
    size_t column_size = column ? strlen(column) + 1 : 0;
    touch->table = skn_sqlite_resize(conn->host, NULL, table_size + column_size);
    if (!touch->table)
        return SKN_E_NOMEM;
    memcpy(touch->table, table, table_size);
    touch->column = column ? touch->table + table_size : NULL;
    if (column)
        memcpy(touch->column, column, column_size);
    touch->way = way;
    return SKN_OK;
}

static void add_touch(struct skn_conn *conn, const char *table, const char *column, int way)
{
    struct skn_sqlite_effects *effects = &conn->effects;
    void *touches = effects->touches;
    size_t i;
    /* SQLite's own tables take part in no foreign key. */
    if (!table || sqlite3_strnicmp(table, "sqlite_", 7) == 0)
        return;
    for (i = effects->count; i > 0; i--)
        if (is_same(&effects->touches[i - 1], table, column, way))
            return;
    if (skn_sqlite_grow(conn->host, &touches, effects->count, &effects->room,
                        sizeof *effects->touches)) {
        effects->flags |= SKN_SQLITE_NO_MEMORY;
        return;
    }
    effects->touches = touches;
    if (touch_init(conn, &effects->touches[effects->count], table, column, way))
        effects->flags |= SKN_SQLITE_NO_MEMORY;
    else
        effects->count++;
}

static int is_main(const char *schema)
{
    return schema && sqlite3_stricmp(schema, "main") == 0;
}

static int is_catalog(const char *table)
{
    return table && (sqlite3_stricmp(table, "sqlite_master") == 0 ||
                     sqlite3_stricmp(table, "sqlite_schema") == 0);
}

static void record_rows(struct skn_conn *conn, const char *table, const char *column, int way)
{
    if (is_catalog(table))
        conn->effects.flags |= SKN_SQLITE_CATALOG;
    add_touch(conn, table, column, way);
}

static void record_table(struct skn_conn *conn, const char *table, int way)
{
    conn->effects.flags |= SKN_SQLITE_DDL;
    add_touch(conn, table, NULL, way);
}

/* What a and b are depends on the action; the manual of sqlite3_set_authorizer has the list. */
static int record(void *arg, int action, const char *a, const char *b, const char *schema,
                  const char *trigger)
{
    struct skn_conn *conn = arg;
    (void)trigger;
    if (conn->effects.muted)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_INSERT:
        if (is_main(schema))
            record_rows(conn, a, NULL, SKN_SQLITE_INSERTS);
        break;
    case SQLITE_UPDATE:
        if (is_main(schema))
            record_rows(conn, a, b ? b : "", SKN_SQLITE_UPDATES);
        break;
    case SQLITE_DELETE:
        if (is_main(schema))
            record_rows(conn, a, NULL, SKN_SQLITE_DELETES);
        break;
    case SQLITE_CREATE_TABLE:
        record_table(conn, a, SKN_SQLITE_CREATES);
        break;
    case SQLITE_ALTER_TABLE:
        if (is_main(a))
            record_table(conn, b, SKN_SQLITE_ALTERS);
        break;
    case SQLITE_DROP_TABLE:
        record_table(conn, a, SKN_SQLITE_DROPS);
        break;
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_DROP_VIEW:
    case SQLITE_DROP_VTABLE:
    case SQLITE_ANALYZE:
        conn->effects.flags |= SKN_SQLITE_DDL;
        break;
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_PRAGMA:
        conn->effects.flags |= SKN_SQLITE_SESSION;
        break;
    case SQLITE_SAVEPOINT:
        if (a && strcmp(a, "ROLLBACK") == 0)
            conn->effects.flags |= SKN_SQLITE_UNDO;
        break;
    default:
        break;
    }
    return SQLITE_OK;
}

void skn_sqlite_effects_install(struct skn_conn *conn)
{
    sqlite3_set_authorizer(conn->db, record, conn);
}

void skn_sqlite_effects_clear(struct skn_conn *conn)
{
    struct skn_sqlite_effects *effects = &conn->effects;
    while (effects->count > 0)
        skn_sqlite_resize(conn->host, effects->touches[--effects->count].table, 0);
    effects->flags = 0;
}

void skn_sqlite_effects_finish(struct skn_conn *conn)
{
    skn_sqlite_effects_clear(conn);
    skn_sqlite_resize(conn->host, conn->effects.touches, 0);
    memset(&conn->effects, 0, sizeof conn->effects);
}
