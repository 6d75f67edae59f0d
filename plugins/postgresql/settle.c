/*
 * The fate of a commit that was never answered: the transaction's number is known before it is
 * sent, and any later session can ask what became of it.
 */
#include <string.h>

#include "pg.h"

/* "number" or "number.timeline": on a server that was promoted since, the same number may be
 * another transaction. */
void skn_pg_token_take(struct skn_conn *conn, const char *xid)
{
    snprintf(conn->token, sizeof conn->token, conn->facts.timeline[0] ? "%.24s.%s" : "%.24s", xid,
             conn->facts.timeline);
}

uint32_t skn_pg_token(struct skn_conn *conn, char *buffer, uint32_t size)
{
    size_t len = strlen(conn->token);
    if (len >= size)
        return 0;
    memcpy(buffer, conn->token, len + 1);
    return (uint32_t)len;
}

static int token_parse(struct skn_str token, char xid[24], char timeline[12])
{
    static const char digits[] = "0123456789ABCDEF";
    char text[SKN_PG_NAME];
    if (token.len == 0 || token.len >= sizeof text || memchr(token.ptr, '\0', token.len))
        return 0;
    memcpy(text, token.ptr, token.len);
    text[token.len] = '\0';
    size_t number = strspn(text, "0123456789");
    size_t rest = text[number] == '.' ? strspn(text + number + 1, digits) : 0;
    if (number == 0 || number > 20 || rest > 8 || text[number + (rest ? rest + 1 : 0)] != '\0')
        return 0;
    memcpy(xid, text, number);
    xid[number] = '\0';
    memcpy(timeline, text + number + (rest ? 1 : 0), rest);
    timeline[rest] = '\0';
    return 1;
}

static void outcome_take(void *ctx, size_t index, const PGresult *result, int row)
{
    static const struct {
        const char *text;
        uint32_t outcome;
    } outcomes[] = {{"committed", SKN_OUTCOME_COMMITTED},
                    {"aborted", SKN_OUTCOME_ABORTED},
                    {"in progress", SKN_OUTCOME_RUNNING}};
    uint32_t *outcome = ctx;
    for (size_t i = 0; index == 0 && i < sizeof outcomes / sizeof outcomes[0]; i++)
        if (strcmp(PQgetvalue(result, row, 0), outcomes[i].text) == 0)
            *outcome = outcomes[i].outcome;
}

int skn_pg_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                  struct skn_error *err)
{
    char xid[24];
    char timeline[12];
    char sql[96];
    *outcome = SKN_OUTCOME_UNKNOWN;
    if (!token_parse(token, xid, timeline))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "the token is none of this driver's");
    if (conn->facts.timeline[0] && timeline[0] && strcmp(conn->facts.timeline, timeline) != 0)
        return SKN_OK;
    snprintf(sql, sizeof sql,
             conn->facts.version >= 130000 ? "SELECT pg_catalog.pg_xact_status('%s')"
                                           : "SELECT pg_catalog.txid_status('%s')",
             xid);
    /* A number the server has not come to yet is an error: it is another server than it was. */
    const struct skn_pg_question question = {sql, 1};
    return skn_pg_ask(conn, &question, 1, NULL, outcome_take, outcome, err);
}
