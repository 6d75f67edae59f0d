/*
 * Whether the rows of a table are ours to change: EXPLAIN takes the rights of what it explains, and
 * neither runs it nor waits for anybody's rows. It knows nothing of whose table it is.
 */
#include "conn.h"

/* UPDATE has to name a column, and any will do. */
static int column_find(struct skn_conn *conn, struct skn_str table, char name[SKN_MYSQL_COLUMN],
                       struct skn_error *err)
{
    char texts[1][SKN_MYSQL_COLUMN];
    struct skn_mysql_text text;
    int found = 0;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fprintf(text.stream, "SHOW COLUMNS FROM %.*s", SKN_FMT(table));
    rc = skn_mysql_text_end(&text, err);
    if (rc == SKN_OK)
        rc = skn_mysql_query_row(conn, skn_str_len(text.ptr, text.len), texts, 1, &found, err);
    skn_mysql_text_finish(&text);
    memcpy(name, texts[0], sizeof texts[0]);
    return rc;
}

static int update_check(struct skn_conn *conn, struct skn_str table, struct skn_error *err)
{
    char name[SKN_MYSQL_COLUMN] = "";
    struct skn_mysql_text text;
    int rc = column_find(conn, table, name, err);
    if (rc == SKN_OK)
        rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fprintf(text.stream, "EXPLAIN UPDATE %.*s SET ", SKN_FMT(table));
    for (int times = 0; times < 2; times++) {
        fputs(times ? " = `" : "`", text.stream);
        for (const char *at = name; *at; at++)
            fprintf(text.stream, *at == '`' ? "``" : "%c", *at);
        fputc('`', text.stream);
    }
    return skn_mysql_text_run(conn, &text, err);
}

int skn_mysql_rights_check(struct skn_conn *conn, struct skn_str table, struct skn_error *err)
{
    struct skn_mysql_text text;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fprintf(text.stream, "EXPLAIN INSERT INTO %.*s SELECT * FROM %.*s", SKN_FMT(table),
            SKN_FMT(table));
    rc = skn_mysql_text_run(conn, &text, err);
    if (rc == SKN_OK)
        rc = update_check(conn, table, err);
    if (rc == SKN_OK)
        rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    fprintf(text.stream, "EXPLAIN DELETE FROM %.*s", SKN_FMT(table));
    return skn_mysql_text_run(conn, &text, err);
}
