/*
 * The floor on PostgreSQL, a round trip a statement. where: a connection string of libpq.
 */
#include <libpq-fe.h>

#include "floor.h"

static PGconn *conn;

static void ignore(void *ctx, const char *message)
{
    (void)ctx;
    (void)message;
}

void floor_open(const char *where)
{
    conn = PQconnectdb(where);
    if (PQstatus(conn) != CONNECTION_OK)
        floor_fail(where, PQerrorMessage(conn));
    PQsetNoticeProcessor(conn, ignore, NULL);
}

void floor_close(void)
{
    PQfinish(conn);
}

static int result_rows(const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        floor_fail(sql, PQerrorMessage(conn));
    int rows = PQntuples(result);
    PQclear(result);
    return rows;
}

void floor_exec(const char *sql)
{
    result_rows(sql);
}

int floor_query(const char *sql)
{
    return result_rows(sql);
}
