/*
 * The floor on SQLite. where: the file. Settings are those of every database that is written with
 * care.
 */
#include <stddef.h>

#include <sqlite3.h>

#include "floor.h"

static sqlite3 *db;

void floor_open(const char *where)
{
    if (sqlite3_open(where, &db) != SQLITE_OK)
        floor_fail(where, sqlite3_errmsg(db));
}

void floor_close(void)
{
    sqlite3_close(db);
}

void floor_exec(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        floor_fail(sql, sqlite3_errmsg(db));
}

static int row_count(void *count, int columns, char **values, char **names)
{
    (void)columns;
    (void)values;
    (void)names;
    *(int *)count += 1;
    return 0;
}

int floor_query(const char *sql)
{
    int count = 0;
    if (sqlite3_exec(db, sql, row_count, &count, NULL) != SQLITE_OK)
        floor_fail(sql, sqlite3_errmsg(db));
    return count;
}
