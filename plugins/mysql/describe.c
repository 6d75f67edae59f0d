/*
 * Who answers, and what is there: one round trip each. It knows nothing of sessions.
 */
#include "conn.h"

#include <stdlib.h>

/* What one server and no other says. MariaDB leaves out the text of comments from !50700 on, and
 * has nothing there as unique as server_uuid, but its newer versions a server_uid. */
#define SERVER_ID(uid)                                                                             \
    "COALESCE(/*!50700 @@server_uuid, */ CONCAT(LEFT(@@hostname, 80), ':', @@port, '#', "          \
    "LEFT(SHA2("                                                                                   \
    "CONCAT_WS('|', @@hostname, @@port, @@datadir, @@server_id, " uid "), 256), 32)), '')"

static const char *const SERVER_IDS[2] = {SERVER_ID("''"), SERVER_ID("@@server_uid")};

/* The digest keeps a name of 64 wide characters from being cut. */
static const char DATABASE_FACTS[] =
    "IF(LENGTH(d.name) > 90, SHA2(d.name, 256), d.name), @@read_only, "
    "COALESCE(/*!50708 @@super_read_only, */ 0)";

static const char SERVER_FACTS[] =
    "VERSION(), CURRENT_USER(), CONNECTION_ID(), "
    "EXISTS(SELECT 1 FROM information_schema.user_privileges WHERE privilege_type = 'SUPER' AND "
    "REPLACE(grantee, '''', '') = CURRENT_USER())";

enum column {
    DATABASE,
    READ_ONLY,
    SUPER_READ_ONLY,
    SERVER,
    VERSION,
    USER,
    SESSION,
    SUPERUSER,
    GALERA,
    COLUMN_COUNT
};

enum { UNKNOWN_VARIABLE = 1193 };

typedef char column_text[SKN_MYSQL_COLUMN];

static int is_mariadb(MYSQL *mysql)
{
    return strstr(mysql_get_server_info(mysql), "MariaDB") != NULL;
}

/* It came into several series at once. */
static int has_uid(MYSQL *mysql)
{
    unsigned long version = mysql_get_server_version(mysql);
    unsigned long series = version / 100;
    unsigned long patch = version % 100;
    if (!is_mariadb(mysql))
        return 0;
    return (series == 1005 && patch >= 26) || (series == 1006 && patch >= 19) ||
           (series == 1011 && patch >= 9) || version >= 110403;
}

/* ---- is it the same server ---- */

int skn_mysql_same_server(const struct skn_conn *conn, MYSQL *mysql)
{
    char sql[512];
    if (!conn->known.server_id[0])
        return 1;
    int len = snprintf(sql, sizeof sql, "SELECT %s", SERVER_IDS[conn->server_has_uid]);
    if (mysql_real_query(mysql, sql, (unsigned long)len) != 0)
        return 0;
    MYSQL_RES *result = mysql_store_result(mysql);
    MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
    int same = row && row[0] && strcmp(row[0], conn->known.server_id) == 0;
    mysql_free_result(result);
    return same;
}

/* ---- asking ---- */

/* Galera is in most builds of MariaDB, and in that product of Percona's. */
static const char *galera_sql(struct skn_conn *conn, int portable)
{
    if (portable)
        return "0";
    return is_mariadb(conn->mysql) ? "@@wsrep_on" : "@@version_comment LIKE '%XtraDB Cluster%'";
}

static void question_write(struct skn_conn *conn, int portable, struct skn_mysql_text *text)
{
    fprintf(text->stream, "SELECT %s", DATABASE_FACTS);
    if (!conn->known.server_id[0])
        fprintf(text->stream, ", %s, %s, %s", SERVER_IDS[conn->server_has_uid], SERVER_FACTS,
                galera_sql(conn, portable));
    fputs(" FROM (SELECT IF(@@lower_case_table_names = 0, l.name, LOWER(l.name)) AS name "
          "FROM (SELECT ",
          text->stream);
    skn_mysql_text_literal(text, skn_str(conn->settings.texts[SKN_MYSQL_DATABASE]));
    fputs(" AS name) AS l) AS d", text->stream);
}

static int question_ask(struct skn_conn *conn, int portable, column_text *texts,
                        struct skn_error *err)
{
    struct skn_mysql_text text;
    int found = 0;
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    question_write(conn, portable, &text);
    rc = skn_mysql_text_end(&text, err);
    if (rc == SKN_OK)
        rc = skn_mysql_query_row(conn, skn_str_len(text.ptr, text.len), texts, COLUMN_COUNT, &found,
                                 err);
    skn_mysql_text_finish(&text);
    if (rc == SKN_OK && !found)
        return skn_fail(err, SKN_E_DRIVER, NULL, 0, "the server does not say who it is");
    return rc;
}

/* A build without Galera does not know its variable, and is asked again. */
static int facts_ask(struct skn_conn *conn, column_text *texts, struct skn_error *err)
{
    struct skn_error why = {.size = sizeof why};
    if (!conn->known.server_id[0])
        conn->server_has_uid = has_uid(conn->mysql);
    int rc = question_ask(conn, 0, texts, &why);
    if (rc != SKN_OK && why.native == UNKNOWN_VARIABLE) {
        conn->server_has_uid = 0;
        rc = question_ask(conn, 1, texts, &why);
    }
    return rc == SKN_OK ? rc : skn_fail(err, rc, why.sqlstate, why.native, "%s", why.message);
}

/* ---- understanding ---- */

static int64_t version_number(const char *text)
{
    int64_t parts[3] = {0};
    char *at = NULL;
    for (int i = 0; i < 3; i++) {
        parts[i] = strtol(text, &at, 10);
        if (parts[i] < 0 || parts[i] > 9999 || *at != '.')
            break;
        text = at + 1;
    }
    return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

static void product_write(const char *version, struct skn_server *out)
{
    const char *name = strstr(version, "MariaDB") ? "MariaDB" : "MySQL";
    int digits = (int)strspn(version, "0123456789.");
    snprintf(out->product, sizeof out->product, "%s %.*s", name, digits < 32 ? digits : 32,
             version);
    out->version = version_number(version);
}

static int is_on(const char *value)
{
    return value[0] && strcmp(value, "0") != 0 && strcmp(value, "OFF") != 0;
}

/* A session behind a proxy is not the one that the proxy has numbered. */
static int is_pooled(const struct skn_conn *conn, const char *number)
{
    return (uint32_t)strtoull(number, NULL, 10) != (uint32_t)mysql_thread_id(conn->mysql);
}

static void log_warning(const struct skn_conn *conn, const char *line)
{
    conn->host->log(conn->host->ctx, 1, skn_str(line));
}

static void refuse(struct skn_server *known, const char *why)
{
    snprintf(known->refusal, sizeof known->refusal, "%s", why);
}

static void galera_judge(struct skn_conn *conn)
{
    if (conn->settings.single_writer)
        log_warning(conn, "a Galera cluster has no lock that holds on all its nodes; "
                          "single_writer says that nobody else upgrades this target now");
    else
        refuse(&conn->known, "a Galera cluster has no lock that holds on all its nodes, so that "
                             "two runners could be at work at once: see to it that there is one, "
                             "and say so: option single_writer = true");
}

static void caps_decide(struct skn_conn *conn, column_text *texts)
{
    struct skn_server *known = &conn->known;
    known->caps = SKN_CAP_LOCK | SKN_CAP_RETARGET;
    known->flags = conn->settings.local ? SKN_SERVER_LOCAL : 0;
    if (is_on(texts[SUPERUSER]))
        known->flags |= SKN_SERVER_SUPERUSER;
    if (is_pooled(conn, texts[SESSION])) {
        known->flags |= SKN_SERVER_POOLED;
        known->caps = 0;
        refuse(known, "a proxy stands between us and the server, and may give each statement to "
                      "another session: name the server itself as host");
    }
    if (is_on(texts[GALERA])) {
        known->caps &= ~(uint64_t)SKN_CAP_LOCK;
        galera_judge(conn);
    }
}

/* What stays the same as long as the connection does. */
static void server_learn(struct skn_conn *conn, column_text *texts)
{
    struct skn_server *known = &conn->known;
    snprintf(known->server_id, sizeof known->server_id, "%.191s", texts[SERVER]);
    snprintf(known->user, sizeof known->user, "%.127s", texts[USER]);
    product_write(texts[VERSION], known);
    caps_decide(conn, texts);
}

/* A name cut short would be another's. */
static void schema_write(const struct skn_conn *conn, struct skn_server *out)
{
    const char *database = conn->settings.texts[SKN_MYSQL_DATABASE];
    if (strlen(database) < sizeof out->schema)
        snprintf(out->schema, sizeof out->schema, "%s", database);
}

int skn_mysql_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    column_text texts[COLUMN_COUNT];
    uint32_t size = out->size;
    int rc = facts_ask(conn, texts, err);
    if (rc != SKN_OK)
        return rc;
    if (!conn->known.server_id[0])
        server_learn(conn, texts);
    struct skn_server server = conn->known;
    server.size = size;
    snprintf(server.identity, sizeof server.identity, "%.150s/%.100s", conn->known.server_id,
             texts[DATABASE]);
    schema_write(conn, &server);
    if (is_on(texts[READ_ONLY]) || is_on(texts[SUPER_READ_ONLY]))
        server.flags |= SKN_SERVER_READ_ONLY;
    memcpy(out, &server, size < sizeof server ? size : sizeof server);
    return SKN_OK;
}

/* ---- exists ---- */

static int index_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    uint64_t *found = ctx;
    unsigned index = 0;
    for (size_t i = 0; count > 0 && i < columns[0].len; i++)
        index = index * 10 + (unsigned)(columns[0].ptr[i] - '0');
    if (index < 64)
        *found |= (uint64_t)1 << index;
    return 0;
}

/* One "=" a name: MariaDB then looks for that file alone instead of reading the whole folder. The
 * columns compare without case, names on most servers do not. */
static void lookup_write(struct skn_mysql_text *text, struct skn_str schema, struct skn_str name,
                         uint32_t index)
{
    fprintf(text->stream, "%sSELECT %u FROM information_schema.tables WHERE table_schema = ",
            index ? " UNION ALL " : "", index);
    if (schema.len > 0)
        skn_mysql_text_literal(text, schema);
    else
        fputs("DATABASE()", text->stream);
    fputs(" AND table_name = ", text->stream);
    skn_mysql_text_literal(text, name);
    fputs(" AND (@@lower_case_table_names > 0 OR HEX(CONVERT(table_name USING utf8mb4)) = HEX(",
          text->stream);
    skn_mysql_text_literal(text, name);
    fputs("))", text->stream);
}

int skn_mysql_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                     uint32_t count, uint64_t *found, struct skn_error *err)
{
    struct skn_mysql_sink sink = {index_take, found};
    struct skn_mysql_answer answer;
    struct skn_mysql_text text;
    *found = 0;
    if (count == 0)
        return SKN_OK;
    if (count > 64)
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "more than 64 tables asked for at once");
    int rc = skn_mysql_text_begin(&text, err);
    if (rc != SKN_OK)
        return rc;
    for (uint32_t i = 0; i < count; i++)
        lookup_write(&text, schema, names[i], i);
    rc = skn_mysql_text_end(&text, err);
    if (rc == SKN_OK)
        rc = skn_mysql_query(conn, skn_str_len(text.ptr, text.len), &sink, &answer, err);
    skn_mysql_text_finish(&text);
    return rc;
}
