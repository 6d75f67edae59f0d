/*
 * The floor on MariaDB, a round trip a statement. where: SOCKET,USER,DATABASE.
 */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"

static MYSQL *mysql;

void floor_open(const char *where)
{
    char socket[128];
    char user[64];
    char database[128];
    if (sscanf(where, "%127[^,],%63[^,],%127s", socket, user, database) != 3)
        floor_fail(where, "expected SOCKET,USER,DATABASE");
    mysql = mysql_init(NULL);
    if (!mysql_real_connect(mysql, "localhost", user, NULL, database, 0, socket, 0))
        floor_fail(where, mysql_error(mysql));
}

void floor_close(void)
{
    mysql_close(mysql);
}

void floor_exec(const char *sql)
{
    if (mysql_real_query(mysql, sql, (unsigned long)strlen(sql)) != 0)
        floor_fail(sql, mysql_error(mysql));
}

int floor_query(const char *sql)
{
    floor_exec(sql);
    MYSQL_RES *result = mysql_store_result(mysql);
    if (!result)
        floor_fail(sql, mysql_error(mysql));
    int rows = (int)mysql_num_rows(result);
    mysql_free_result(result);
    return rows;
}
