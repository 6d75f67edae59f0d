/*
 * The whole schema in a number of questions that does not grow with it: lists first, then SHOW
 * CREATE for many at a time. It knows nothing of what the answers hold.
 */
#include "schema.h"

#include <stdlib.h>

enum { PACKET_STATEMENTS = 200 };

/* What there is, as the lists say. */
struct relation {
    uint32_t kind; /* enum skn_mysql_kind */
    char *name;
};

struct relations {
    struct skn_mysql_inspection *in;
    struct relation *list;
    size_t count, room;
    struct skn_mysql_text seen; /* the list as text, to tell whether it changed meanwhile */
    int again;                  /* it is looked at for the second time */
};

static int no_room(struct skn_mysql_inspection *in)
{
    return skn_fail(in->err, SKN_E_NOMEM, NULL, 0, "no memory for a schema");
}

/* ---- facts about the database ---- */

static int facts_learn(struct skn_mysql_inspection *in)
{
    char texts[5][SKN_MYSQL_COLUMN];
    int found;
    /* A dump that was loaded sets modes, which are then those of what it made, not the session's.
     */
    int rc = skn_mysql_session_reset(in->conn, in->err);
    if (rc == SKN_OK)
        rc = skn_mysql_query_row(
            in->conn,
            skn_str("SELECT DATABASE(), LEFT(@@sql_mode, 250), SUBSTRING(@@sql_mode, 251, 250), "
                    "@@time_zone, @@sql_quote_show_create"),
            texts, 5, &found, in->err);
    if (rc != SKN_OK)
        return rc;
    memcpy(in->database, texts[0], sizeof in->database);
    memcpy(in->time_zone, texts[3], sizeof in->time_zone);
    snprintf(in->sql_mode, sizeof in->sql_mode, "%s%s", texts[1], texts[2]);
    if (in->options->schema.len > 0 && !skn_str_is(in->options->schema, in->database))
        return skn_fail(in->err, SKN_E_UNSUPPORTED, NULL, 0,
                        "only the database of the connection can be looked at, name that one");
    if (texts[4][0] != '0')
        return SKN_OK;
    struct skn_mysql_answer answer;
    return skn_mysql_query(in->conn, skn_str("SET sql_quote_show_create = 1"), NULL, &answer,
                           in->err);
}

static int charset_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct skn_mysql_inspection *in = ctx;
    if (count == 2)
        fprintf(in->charsets.stream, "%.*s %.*s\n", SKN_FMT(columns[0]), SKN_FMT(columns[1]));
    return 0;
}

static int charsets_learn(struct skn_mysql_inspection *in)
{
    struct skn_mysql_sink sink = {charset_take, in};
    struct skn_mysql_answer answer;
    int rc = skn_mysql_text_begin(&in->charsets, in->err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_mysql_query(in->conn,
                         skn_str("SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME FROM "
                                 "information_schema.CHARACTER_SETS"),
                         &sink, &answer, in->err);
    int ended = skn_mysql_text_end(&in->charsets, in->err);
    return rc == SKN_OK ? ended : rc;
}

/* ---- lists ---- */

static int kind_of(struct skn_str type, uint32_t *kind)
{
    static const struct {
        const char *type;
        uint32_t kind;
    } types[] = {
        {"BASE TABLE", SKN_MYSQL_KIND_TABLE},  {"SYSTEM VERSIONED", SKN_MYSQL_KIND_TABLE},
        {"VIEW", SKN_MYSQL_KIND_VIEW},         {"SEQUENCE", SKN_MYSQL_KIND_SEQUENCE},
        {"FUNCTION", SKN_MYSQL_KIND_FUNCTION}, {"PROCEDURE", SKN_MYSQL_KIND_PROCEDURE},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        *kind = types[i].kind;
        if (skn_str_is(type, types[i].type))
            return 1;
    }
    return 0;
}

static int relation_add(struct relations *relations, uint32_t kind, struct skn_str name)
{
    if (relations->count == relations->room) {
        size_t room = relations->room ? relations->room * 2 : 256;
        struct relation *list = realloc(relations->list, room * sizeof *list);
        if (!list)
            return no_room(relations->in);
        relations->list = list;
        relations->room = room;
    }
    char *copy = strndup(name.ptr, name.len);
    if (!copy)
        return no_room(relations->in);
    relations->list[relations->count++] = (struct relation){kind, copy};
    return SKN_OK;
}

static int is_temporary(struct skn_str type)
{
    return skn_str_is(type, "TEMPORARY") || skn_str_is(type, "LOCAL TEMPORARY") ||
           skn_str_is(type, "TEMPORARY SEQUENCE");
}

static int relation_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct relations *relations = ctx;
    struct skn_mysql_inspection *in = relations->in;
    uint32_t kind;
    if (count < 2 || is_temporary(columns[0]))
        return 0;
    fprintf(relations->seen.stream, "%.*s %.*s\n", SKN_FMT(columns[0]), SKN_FMT(columns[1]));
    int known = kind_of(columns[0], &kind);
    int relation = kind == SKN_MYSQL_KIND_TABLE || kind == SKN_MYSQL_KIND_VIEW ||
                   kind == SKN_MYSQL_KIND_SEQUENCE;
    if (relations->again || (relation && skn_mysql_ignored(in, columns[1])))
        return 0;
    if (known)
        in->rc = relation_add(relations, kind, columns[1]);
    else
        in->rc = in->sink->unmodelled(in->sink->ctx, columns[0], columns[1]);
    return in->rc != SKN_OK;
}

/* Types and names alone, so that no table has to be opened for them. */
static int relations_list(struct relations *relations)
{
    struct skn_mysql_inspection *in = relations->in;
    struct skn_mysql_sink sink = {relation_take, relations};
    struct skn_mysql_answer answer;
    int rc = skn_mysql_text_begin(&relations->seen, in->err);
    if (rc != SKN_OK)
        return rc;
    rc = skn_mysql_query(in->conn,
                         skn_str("SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES "
                                 "WHERE TABLE_SCHEMA = DATABASE() UNION ALL "
                                 "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM "
                                 "information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() "
                                 "ORDER BY 1, 2"),
                         &sink, &answer, in->err);
    int ended = skn_mysql_text_end(&relations->seen, in->err);
    if (rc == SKN_OK)
        rc = ended;
    return in->rc != SKN_OK ? in->rc : rc;
}

/* DDL knows no snapshots: what came or went while we looked shows in the list. */
static int relations_check(struct relations *relations)
{
    struct relations again = {.in = relations->in, .again = 1};
    int rc = relations_list(&again);
    if (rc == SKN_OK && (again.seen.len != relations->seen.len ||
                         memcmp(again.seen.ptr, relations->seen.ptr, again.seen.len) != 0))
        rc = skn_fail(relations->in->err, SKN_E_BUSY, NULL, 0,
                      "the schema changed while it was read; try again");
    skn_mysql_text_finish(&again.seen);
    return rc;
}

static void relations_finish(struct relations *relations)
{
    for (size_t i = 0; i < relations->count; i++)
        free(relations->list[i].name);
    free(relations->list);
    skn_mysql_text_finish(&relations->seen);
}

/* ---- SHOW CREATE, many at a time ---- */

struct packet {
    struct skn_mysql_inspection *in;
    uint32_t kind;
};

static int shown_report(const struct packet *packet, const struct skn_str *columns, uint32_t count)
{
    switch (packet->kind) {
    case SKN_MYSQL_KIND_TABLE:
        return skn_mysql_table_report(packet->in, columns[0], columns[1]);
    case SKN_MYSQL_KIND_VIEW:
        return skn_mysql_view_report(packet->in, columns[0], columns[1]);
    case SKN_MYSQL_KIND_SEQUENCE:
        return skn_mysql_sequence_report(packet->in, columns[0], columns[1]);
    default:
        return skn_mysql_routine_report(packet->in, packet->kind, columns[0], columns[1],
                                        count > 2 ? columns[2] : skn_str(NULL));
    }
}

static int shown_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct packet *packet = ctx;
    if (count >= 2)
        packet->in->rc = shown_report(packet, columns, count);
    return packet->in->rc != SKN_OK;
}

static void show_put(struct skn_mysql_text *text, const struct relation *relation)
{
    static const char *const words[] = {[SKN_MYSQL_KIND_SEQUENCE] = "SEQUENCE",
                                        [SKN_MYSQL_KIND_TABLE] = "TABLE",
                                        [SKN_MYSQL_KIND_VIEW] = "VIEW",
                                        [SKN_MYSQL_KIND_FUNCTION] = "FUNCTION",
                                        [SKN_MYSQL_KIND_PROCEDURE] = "PROCEDURE"};
    fprintf(text->stream, "%sSHOW CREATE %s `", ftell(text->stream) > 0 ? "; " : "",
            words[relation->kind]);
    for (const char *at = relation->name; *at; at++) {
        if (*at == '`')
            fputc('`', text->stream);
        fputc(*at, text->stream);
    }
    fputc('`', text->stream);
}

static int packet_run(struct skn_mysql_inspection *in, const struct relation *list, size_t count)
{
    struct packet packet = {in, list[0].kind};
    struct skn_mysql_sink sink = {shown_take, &packet};
    struct skn_mysql_text text;
    int rc = skn_mysql_text_begin(&text, in->err);
    if (rc != SKN_OK)
        return rc;
    for (size_t i = 0; i < count; i++)
        show_put(&text, &list[i]);
    rc = skn_mysql_text_end(&text, in->err);
    if (rc == SKN_OK)
        rc = skn_mysql_query_many(in->conn, skn_str_len(text.ptr, text.len), &sink, in->err);
    skn_mysql_text_finish(&text);
    return in->rc != SKN_OK ? in->rc : rc;
}

/* Neighbours of one kind travel together. */
static int packets_run(const struct relations *relations)
{
    int rc = SKN_OK;
    for (size_t at = 0; rc == SKN_OK && at < relations->count;) {
        size_t end = at + 1;
        while (end < relations->count && end - at < PACKET_STATEMENTS &&
               relations->list[end].kind == relations->list[at].kind)
            end++;
        rc = packet_run(relations->in, &relations->list[at], end - at);
        at = end;
    }
    return rc;
}

static int many_call(MYSQL *mysql, void *arg)
{
    const enum enum_mysql_set_option *option = arg;
    return mysql_set_server_option(mysql, *option);
}

/* Several statements in one message are allowed for this long, and never else. */
static int many_allow(struct skn_mysql_inspection *in, int on)
{
    enum enum_mysql_set_option option =
        on ? MYSQL_OPTION_MULTI_STATEMENTS_ON : MYSQL_OPTION_MULTI_STATEMENTS_OFF;
    struct skn_mysql_wait wait = {0};
    struct skn_error *err = on || in->rc == SKN_OK ? in->err : NULL;
    int result;
    int rc = skn_mysql_wait_call(in->conn, &wait, many_call, &option, &result, err);
    if (rc == SKN_OK && result != 0)
        rc = skn_mysql_fail(in->conn->mysql, &in->conn->settings, skn_str(NULL), err);
    return rc;
}

static int definitions_report(const struct relations *relations)
{
    int rc = many_allow(relations->in, 1);
    if (rc != SKN_OK)
        return rc;
    rc = packets_run(relations);
    relations->in->rc = rc;
    if (relations->in->conn->broken)
        return rc;
    int off = many_allow(relations->in, 0);
    return rc == SKN_OK ? off : rc;
}

/* ---- all of it ---- */

static int schema_read(struct relations *relations)
{
    struct skn_mysql_inspection *in = relations->in;
    int rc = facts_learn(in);
    if (rc == SKN_OK)
        rc = charsets_learn(in);
    if (rc == SKN_OK)
        rc = relations_list(relations);
    if (rc == SKN_OK)
        rc = definitions_report(relations);
    if (rc == SKN_OK)
        rc = skn_mysql_triggers_report(in);
    if (rc == SKN_OK)
        rc = skn_mysql_events_report(in);
    return rc == SKN_OK ? relations_check(relations) : rc;
}

int skn_mysql_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                      const struct skn_sink *sink, struct skn_error *err)
{
    struct skn_mysql_inspection *in = calloc(1, sizeof *in);
    struct relations relations = {.in = in};
    if (!in)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a schema");
    in->conn = conn;
    in->options = options;
    in->sink = sink;
    in->err = err;
    int rc = schema_read(&relations);
    relations_finish(&relations);
    skn_mysql_text_finish(&in->charsets);
    free(in);
    return rc;
}
