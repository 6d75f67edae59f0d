/*
 * One statement sent, its whole answer read: rows, counts, further results of a CALL. It knows
 * nothing of transactions, nor what a statement means.
 */
#include "conn.h"

#include <stdlib.h>

enum { SEND_AT_ONCE = 65536 }; /* what surely fits into the socket's buffers */

struct reader {
    struct skn_conn *conn;
    struct skn_str sql;
    const struct skn_mysql_sink *sink;
    struct skn_mysql_answer *answer;
    struct skn_mysql_wait wait;
};

static int failed(struct reader *reader, struct skn_error *err)
{
    struct skn_conn *conn = reader->conn;
    if (skn_mysql_is_lost(mysql_errno(conn->mysql)))
        conn->broken = 1;
    return skn_mysql_fail(conn->mysql, &conn->settings, reader->sql, err);
}

/* ---- sending ---- */

static int link_check(struct skn_conn *conn, struct skn_error *err)
{
    if (conn->broken)
        return skn_fail(err, SKN_E_CONNECT, "08003", 0, "the connection is closed");
    /* A server that hung up while we were idle has surely not seen the next statement. */
    if (skn_mysql_wait_pending(conn)) {
        conn->broken = 1;
        return skn_fail(err, SKN_E_CONNECT, "08006", 0,
                        "the server closed the connection while it was idle");
    }
    return SKN_OK;
}

static int send_call(MYSQL *mysql, void *arg)
{
    const struct skn_str *sql = arg;
    return mysql_send_query(mysql, sql->ptr, (unsigned long)sql->len);
}

static int statement_send(struct reader *reader, struct skn_error *err)
{
    struct skn_conn *conn = reader->conn;
    int result;
    int rc = SKN_OK;
    if (reader->sql.len > SEND_AT_ONCE)
        rc = skn_mysql_wait_call(conn, &reader->wait, send_call, &reader->sql, &result, err);
    else
        result = send_call(conn->mysql, &reader->sql);
    if (rc == SKN_OK && result != 0) {
        /* Half a statement is none: the server never had it whole. */
        conn->broken = 1;
        return failed(reader, err);
    }
    reader->answer->sent = rc == SKN_OK;
    return rc;
}

/* ---- reading ---- */

static int row_give(struct reader *reader, MYSQL_RES *result, MYSQL_ROW row,
                    struct skn_str *columns, uint32_t count)
{
    const unsigned long *lengths = mysql_fetch_lengths(result);
    for (uint32_t i = 0; i < count; i++)
        columns[i] = skn_str_len(row[i], row[i] ? lengths[i] : 0);
    return reader->sink->row(reader->sink->ctx, columns, count);
}

static int rows_read(struct reader *reader, MYSQL_RES *result, struct skn_str *columns,
                     struct skn_error *err)
{
    struct skn_mysql_answer *answer = reader->answer;
    uint32_t count = mysql_num_fields(result);
    MYSQL_ROW row;
    while ((row = mysql_fetch_row(result)) != NULL) {
        answer->affected++;
        if (reader->sink && !answer->stopped && !reader->wait.why)
            answer->stopped = row_give(reader, result, row, columns, count) != 0;
        int rc = skn_mysql_wait_check(reader->conn, &reader->wait, err);
        if (rc != SKN_OK)
            return rc;
    }
    return mysql_errno(reader->conn->mysql) ? failed(reader, err) : SKN_OK;
}

static int result_read(struct reader *reader, struct skn_error *err)
{
    MYSQL *mysql = reader->conn->mysql;
    if (mysql_field_count(mysql) == 0) {
        reader->answer->affected = (int64_t)mysql_affected_rows(mysql);
        skn_mysql_session_note(reader->conn);
        return SKN_OK;
    }
    reader->answer->affected = 0;
    /* Row by row, for a result may be larger than memory. */
    MYSQL_RES *result = mysql_use_result(mysql);
    if (!result)
        return failed(reader, err);
    struct skn_str *columns = calloc(mysql_num_fields(result), sizeof *columns);
    int rc = columns ? rows_read(reader, result, columns, err)
                     : skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a row");
    if (!columns)
        reader->conn->broken = 1;
    free(columns);
    mysql_free_result(result);
    return rc;
}

static int next_call(MYSQL *mysql, void *arg)
{
    (void)arg;
    return mysql_next_result(mysql);
}

static int results_read(struct reader *reader, struct skn_error *err)
{
    struct skn_conn *conn = reader->conn;
    for (;;) {
        int rc = result_read(reader, err);
        if (rc != SKN_OK || !mysql_more_results(conn->mysql))
            return rc;
        /* The library may hold the next result already, so its socket does not tell. */
        int result;
        rc = skn_mysql_wait_call(conn, &reader->wait, next_call, NULL, &result, err);
        if (rc != SKN_OK)
            return rc;
        if (result > 0)
            return failed(reader, err);
    }
}

static int answer_read(struct reader *reader, struct skn_error *err)
{
    int rc = skn_mysql_wait_readable(reader->conn, &reader->wait, err);
    if (rc != SKN_OK)
        return rc;
    if (mysql_read_query_result(reader->conn->mysql))
        return failed(reader, err);
    return results_read(reader, err);
}

/* What the host's wish for an end has come to. Some queries, SLEEP() among them, end well when they
 * are stopped; what changes something and still ended well has happened. */
static int answer_judge(const struct reader *reader, int rc, struct skn_error *err)
{
    int stopped = rc == SKN_OK ? skn_mysql_effect(reader->sql) == SKN_MYSQL_READS
                               : rc == SKN_E_CANCELLED && !reader->conn->broken;
    if (!reader->wait.why || !stopped)
        return rc;
    return skn_fail(err, reader->wait.why, "57014", rc == SKN_OK ? 0 : 1317,
                    "%s, and the server stopped the statement",
                    reader->wait.why == SKN_E_TIMEOUT ? "the time limit passed" : "interrupted");
}

int skn_mysql_query(struct skn_conn *conn, struct skn_str sql, const struct skn_mysql_sink *sink,
                    struct skn_mysql_answer *answer, struct skn_error *err)
{
    struct reader reader = {.conn = conn, .sql = sql, .sink = sink, .answer = answer};
    *answer = (struct skn_mysql_answer){0};
    int rc = link_check(conn, err);
    if (rc == SKN_OK)
        rc = statement_send(&reader, err);
    if (rc == SKN_OK)
        rc = answer_read(&reader, err);
    return answer_judge(&reader, rc, err);
}

/* ---- many statements in one message ---- */

struct results {
    MYSQL_RES **list;
    size_t count, room;
};

static int results_add(struct results *results, MYSQL_RES *result)
{
    if (results->count == results->room) {
        size_t room = results->room ? results->room * 2 : 64;
        MYSQL_RES **list = realloc(results->list, room * sizeof(MYSQL_RES *));
        if (!list)
            return 0;
        results->list = list;
        results->room = room;
    }
    results->list[results->count++] = result;
    return 1;
}

/* All of them at once: to wait for each by itself costs more than the server needs to make it. */
static int results_call(MYSQL *mysql, void *arg)
{
    int more;
    do {
        MYSQL_RES *result = mysql_store_result(mysql);
        if (!result)
            return 1;
        if (!results_add(arg, result)) {
            mysql_free_result(result);
            return 1;
        }
        more = mysql_next_result(mysql);
    } while (more == 0);
    return more > 0;
}

static void stored_give(struct reader *reader, MYSQL_RES *result)
{
    enum { COLUMNS_MAX = 16 };
    struct skn_str columns[COLUMNS_MAX];
    uint32_t count = mysql_num_fields(result);
    MYSQL_ROW row;
    while (count <= COLUMNS_MAX && !reader->answer->stopped &&
           (row = mysql_fetch_row(result)) != NULL)
        reader->answer->stopped = row_give(reader, result, row, columns, count) != 0;
}

static int stored_read(struct reader *reader, struct results *results, struct skn_error *err)
{
    int result = 0;
    int rc = skn_mysql_wait_readable(reader->conn, &reader->wait, err);
    if (rc != SKN_OK)
        return rc;
    if (mysql_read_query_result(reader->conn->mysql))
        return failed(reader, err);
    rc = skn_mysql_wait_call(reader->conn, &reader->wait, results_call, results, &result, err);
    if (rc != SKN_OK || result == 0)
        return rc;
    rc = mysql_errno(reader->conn->mysql)
             ? failed(reader, err)
             : skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for definitions");
    /* What was not read would be taken for the next answer. */
    reader->conn->broken |= mysql_more_results(reader->conn->mysql);
    return rc;
}

int skn_mysql_query_many(struct skn_conn *conn, struct skn_str sql,
                         const struct skn_mysql_sink *sink, struct skn_error *err)
{
    struct results results = {0};
    struct skn_mysql_answer answer = {0};
    struct reader reader = {.conn = conn, .sql = sql, .sink = sink, .answer = &answer};
    int rc = link_check(conn, err);
    if (rc == SKN_OK)
        rc = statement_send(&reader, err);
    if (rc == SKN_OK)
        rc = stored_read(&reader, &results, err);
    rc = answer_judge(&reader, rc, err);
    for (size_t i = 0; i < results.count; i++) {
        if (rc == SKN_OK)
            stored_give(&reader, results.list[i]);
        mysql_free_result(results.list[i]);
    }
    free(results.list);
    return rc;
}

/* ---- one row ---- */

struct row {
    char (*texts)[SKN_MYSQL_COLUMN];
    uint32_t count;
    int found;
};

static int row_keep(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct row *row = ctx;
    for (uint32_t i = 0; i < row->count && i < count; i++) {
        size_t len = columns[i].len < SKN_MYSQL_COLUMN ? columns[i].len : SKN_MYSQL_COLUMN - 1;
        if (len > 0)
            memcpy(row->texts[i], columns[i].ptr, len);
        row->texts[i][len] = '\0';
    }
    row->found = 1;
    return 1;
}

int skn_mysql_query_row(struct skn_conn *conn, struct skn_str sql, char (*texts)[SKN_MYSQL_COLUMN],
                        uint32_t count, int *found, struct skn_error *err)
{
    struct row row = {texts, count, 0};
    struct skn_mysql_sink sink = {row_keep, &row};
    struct skn_mysql_answer answer;
    for (uint32_t i = 0; i < count; i++)
        texts[i][0] = '\0';
    int rc = skn_mysql_query(conn, sql, &sink, &answer, err);
    *found = row.found;
    return rc;
}

int skn_mysql_text_run(struct skn_conn *conn, struct skn_mysql_text *text, struct skn_error *err)
{
    struct skn_mysql_answer answer;
    int rc = skn_mysql_text_end(text, err);
    if (rc == SKN_OK)
        rc = skn_mysql_query(conn, skn_str_len(text->ptr, text->len), NULL, &answer, err);
    skn_mysql_text_finish(text);
    return rc;
}
