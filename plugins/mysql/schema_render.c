/*
 * One change as statements: what is no table, and how a statement is put together and handed over.
 */
#include "schema.h"

#include <stdlib.h>

/* ---- putting together ---- */

int skn_mysql_is_mariadb_version(const struct skn_schema_options *options)
{
    return options->version >= 100000;
}

struct skn_str skn_mysql_attr(const struct skn_mysql_writer *writer,
                              const struct skn_object *object, const char *key)
{
    return object ? writer->host->attr(object, key) : skn_str(NULL);
}

void skn_mysql_put(struct skn_mysql_writer *writer, const char *text)
{
    fputs(text, writer->sql.stream);
}

void skn_mysql_put_str(struct skn_mysql_writer *writer, struct skn_str text)
{
    fwrite(text.ptr, 1, text.len, writer->sql.stream);
}

static void quoted_put(void *ctx, struct skn_str text)
{
    fwrite(text.ptr, 1, text.len, ctx);
}

static void quote_put(struct skn_mysql_writer *writer, uint32_t kind, struct skn_str text)
{
    int rc = skn_mysql_quote(kind, text, quoted_put, writer->sql.stream, writer->err);
    if (writer->rc == SKN_OK)
        writer->rc = rc;
}

void skn_mysql_put_name(struct skn_mysql_writer *writer, struct skn_str name)
{
    quote_put(writer, SKN_QUOTE_IDENT, name);
}

void skn_mysql_put_literal(struct skn_mysql_writer *writer, struct skn_str text)
{
    quote_put(writer, SKN_QUOTE_LITERAL, text);
}

int skn_mysql_writer_begin(struct skn_mysql_writer *writer)
{
    int rc = skn_mysql_text_begin(&writer->sql, writer->err);
    if (rc == SKN_OK)
        rc = skn_mysql_text_begin(&writer->probe, writer->err);
    writer->note = NULL;
    writer->flags = SKN_SQL_NO_TX;
    return rc;
}

void skn_mysql_writer_finish(struct skn_mysql_writer *writer)
{
    skn_mysql_text_finish(&writer->sql);
    skn_mysql_text_finish(&writer->probe);
}

static int statement_hand_over(struct skn_mysql_writer *writer)
{
    struct skn_sql sql = {.size = sizeof sql,
                          .flags = writer->flags,
                          .text = skn_str_len(writer->sql.ptr, writer->sql.len),
                          .note = skn_str(writer->note)};
    if (writer->probe.len > 0)
        sql.probe = skn_str_len(writer->probe.ptr, writer->probe.len);
    return writer->host->write(writer->host->ctx, &sql);
}

int skn_mysql_writer_end(struct skn_mysql_writer *writer)
{
    int rc = skn_mysql_text_end(&writer->sql, writer->err);
    int probe = skn_mysql_text_end(&writer->probe, writer->err);
    if (rc == SKN_OK)
        rc = probe != SKN_OK ? probe : writer->rc;
    if (rc == SKN_OK)
        rc = statement_hand_over(writer);
    skn_mysql_writer_finish(writer);
    return rc == SKN_OK ? skn_mysql_writer_begin(writer) : rc;
}

/* ---- sql_mode and time zone of what keeps them ---- */

static void setting_put(struct skn_mysql_writer *writer, const char *name, struct skn_str value,
                        int *count)
{
    if (!value.ptr)
        return;
    skn_mysql_put(writer, (*count)++ ? ", " : "SET STATEMENT ");
    skn_mysql_put(writer, name);
    skn_mysql_put(writer, " = ");
    skn_mysql_put_literal(writer, value);
}

/* MySQL has no SET STATEMENT: there the setting is a statement of its own, and holds until the end
 * of the revision. */
static int settings_put(struct skn_mysql_writer *writer, const struct skn_object *object)
{
    int count = 0;
    struct skn_str sql_mode = skn_mysql_attr(writer, object, "sql_mode");
    struct skn_str time_zone = skn_mysql_attr(writer, object, "time_zone");
    if (!sql_mode.ptr && !time_zone.ptr)
        return SKN_OK;
    if (skn_mysql_is_mariadb_version(writer->options)) {
        setting_put(writer, "sql_mode", sql_mode, &count);
        setting_put(writer, "time_zone", time_zone, &count);
        skn_mysql_put(writer, " FOR ");
        return SKN_OK;
    }
    skn_mysql_put(writer, "SET sql_mode = ");
    skn_mysql_put(writer, sql_mode.ptr ? "" : "@@sql_mode");
    if (sql_mode.ptr)
        skn_mysql_put_literal(writer, sql_mode);
    skn_mysql_put(writer, ", time_zone = ");
    skn_mysql_put(writer, time_zone.ptr ? "" : "@@time_zone");
    if (time_zone.ptr)
        skn_mysql_put_literal(writer, time_zone);
    return skn_mysql_writer_end(writer);
}

/* ---- what has a definition ---- */

static const char *word_of(uint32_t kind)
{
    static const char *const words[SKN_MYSQL_KIND_COUNT] = {
        [SKN_MYSQL_KIND_SEQUENCE] = "SEQUENCE",   [SKN_MYSQL_KIND_TABLE] = "TABLE",
        [SKN_MYSQL_KIND_FUNCTION] = "FUNCTION",   [SKN_MYSQL_KIND_VIEW] = "VIEW",
        [SKN_MYSQL_KIND_PROCEDURE] = "PROCEDURE", [SKN_MYSQL_KIND_TRIGGER] = "TRIGGER",
        [SKN_MYSQL_KIND_EVENT] = "EVENT"};
    return words[kind];
}

static int object_drop(struct skn_mysql_writer *writer, const struct skn_object *object)
{
    uint32_t kind = writer->host->kind(object);
    skn_mysql_put(writer, "DROP ");
    skn_mysql_put(writer, word_of(kind));
    skn_mysql_put(writer, " ");
    skn_mysql_put_name(writer, writer->host->name(object));
    if (kind == SKN_MYSQL_KIND_SEQUENCE) {
        writer->flags |= SKN_SQL_DESTROYS_DATA;
        writer->note = "how far it has counted is lost";
    }
    return skn_mysql_writer_end(writer);
}

static int table_drop(struct skn_mysql_writer *writer, const struct skn_object *table)
{
    struct skn_mysql_text sql = writer->sql;
    writer->flags |= SKN_SQL_DESTROYS_DATA;
    writer->sql = writer->probe;
    skn_mysql_put(writer, "SELECT COUNT(*) FROM ");
    skn_mysql_put_name(writer, writer->host->name(table));
    writer->probe = writer->sql;
    writer->sql = sql;
    return object_drop(writer, table);
}

static int definition_write(struct skn_mysql_writer *writer, const struct skn_object *object,
                            int replaces)
{
    int rc = settings_put(writer, object);
    if (rc != SKN_OK)
        return rc;
    skn_mysql_put(writer, replaces ? "CREATE OR REPLACE " : "CREATE ");
    skn_mysql_put_str(writer, writer->host->definition(object));
    return skn_mysql_writer_end(writer);
}

static int defined_render(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    int is_view = writer->host->kind(change->to ? change->to : change->from) == SKN_MYSQL_KIND_VIEW;
    int replaces = change->op == SKN_CHANGE_ALTER &&
                   (is_view || skn_mysql_is_mariadb_version(writer->options));
    int rc = SKN_OK;
    if (change->op == SKN_CHANGE_DROP || (change->op == SKN_CHANGE_ALTER && !replaces))
        rc = object_drop(writer, change->from);
    if (rc == SKN_OK && change->op != SKN_CHANGE_DROP)
        rc = definition_write(writer, change->to, replaces);
    return rc;
}

/* What stands behind a word of a sequence's definition: a number. */
static long long sequence_number(const struct skn_mysql_writer *writer,
                                 const struct skn_object *sequence, const char *word)
{
    struct skn_str rest = writer->host->definition(sequence);
    struct skn_mysql_token token;
    char digits[24];
    do
        skn_mysql_token_next(&rest, &token);
    while (token.kind && !skn_mysql_token_is(&token, word));
    snprintf(digits, sizeof digits, "%.*s", (int)(rest.len < 23 ? rest.len : 23), rest.ptr);
    return strtoll(digits + strspn(digits, " with"), NULL, 10);
}

/* The server refuses a range that a counter is below of; this takes it there, and no further than
 * where it is already. */
static int sequence_lift(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    long long least = sequence_number(writer, change->to, "minvalue");
    char value[48];
    if (sequence_number(writer, change->from, "start") >= least)
        return SKN_OK;
    snprintf(value, sizeof value, ", %lld, 0)", least);
    skn_mysql_put(writer, "SELECT SETVAL(");
    skn_mysql_put_name(writer, writer->host->name(change->to));
    skn_mysql_put(writer, value);
    return skn_mysql_writer_end(writer);
}

static int sequence_render(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    int rc = SKN_OK;
    if (change->op == SKN_CHANGE_DROP)
        return object_drop(writer, change->from);
    if (change->op == SKN_CHANGE_ALTER)
        rc = sequence_lift(writer, change);
    if (rc != SKN_OK)
        return rc;
    skn_mysql_put(writer, change->op == SKN_CHANGE_ADD ? "CREATE SEQUENCE " : "ALTER SEQUENCE ");
    skn_mysql_put_name(writer, writer->host->name(change->to));
    skn_mysql_put(writer, " ");
    skn_mysql_put_str(writer, writer->host->definition(change->to));
    return skn_mysql_writer_end(writer);
}

/* ---- triggers and events ---- */

static int trigger_create(struct skn_mysql_writer *writer, const struct skn_object *trigger)
{
    struct skn_str follows = skn_mysql_attr(writer, trigger, "follows");
    int rc = settings_put(writer, trigger);
    if (rc != SKN_OK)
        return rc;
    skn_mysql_put(writer, "CREATE TRIGGER ");
    skn_mysql_put_name(writer, writer->host->name(trigger));
    skn_mysql_put(writer, " ");
    skn_mysql_put_str(writer, skn_mysql_attr(writer, trigger, "time"));
    skn_mysql_put(writer, " ");
    skn_mysql_put_str(writer, skn_mysql_attr(writer, trigger, "event"));
    skn_mysql_put(writer, " ON ");
    skn_mysql_put_name(writer, skn_mysql_attr(writer, trigger, "table"));
    skn_mysql_put(writer, " FOR EACH ROW ");
    if (follows.ptr) {
        skn_mysql_put(writer, "FOLLOWS ");
        skn_mysql_put_name(writer, follows);
        skn_mysql_put(writer, " ");
    }
    skn_mysql_put_str(writer, skn_mysql_attr(writer, trigger, "body"));
    return skn_mysql_writer_end(writer);
}

static void moment_put(struct skn_mysql_writer *writer, const char *word, struct skn_str value)
{
    if (!value.ptr)
        return;
    skn_mysql_put(writer, word);
    skn_mysql_put_literal(writer, value);
}

/* A number, or what the server has put into quotes already. */
static void interval_put(struct skn_mysql_writer *writer, struct skn_str value)
{
    int is_number = value.len > 0;
    for (size_t i = 0; i < value.len; i++)
        is_number = is_number && value.ptr[i] >= '0' && value.ptr[i] <= '9';
    if (is_number || (value.len > 0 && value.ptr[0] == '\''))
        skn_mysql_put_str(writer, value);
    else
        skn_mysql_put_literal(writer, value);
}

static void schedule_put(struct skn_mysql_writer *writer, const struct skn_object *event)
{
    struct skn_str every = skn_mysql_attr(writer, event, "every");
    skn_mysql_put(writer, " ON SCHEDULE");
    moment_put(writer, " AT ", skn_mysql_attr(writer, event, "at"));
    if (every.ptr) {
        skn_mysql_put(writer, " EVERY ");
        interval_put(writer, every);
        skn_mysql_put(writer, " ");
        skn_mysql_put_str(writer, skn_mysql_attr(writer, event, "unit"));
    }
    moment_put(writer, " STARTS ", skn_mysql_attr(writer, event, "starts"));
    moment_put(writer, " ENDS ", skn_mysql_attr(writer, event, "ends"));
}

static int event_create(struct skn_mysql_writer *writer, const struct skn_object *event)
{
    struct skn_str status = skn_mysql_attr(writer, event, "status");
    int rc = settings_put(writer, event);
    if (rc != SKN_OK)
        return rc;
    skn_mysql_put(writer, "CREATE EVENT ");
    skn_mysql_put_name(writer, writer->host->name(event));
    schedule_put(writer, event);
    skn_mysql_put(writer, " ON COMPLETION ");
    skn_mysql_put_str(writer, skn_mysql_attr(writer, event, "completion"));
    if (!skn_str_is(status, "ENABLED"))
        skn_mysql_put(writer, skn_str_is(status, "DISABLED") ? " DISABLE" : " DISABLE ON SLAVE");
    moment_put(writer, " COMMENT ", skn_mysql_attr(writer, event, "comment"));
    skn_mysql_put(writer, " DO ");
    skn_mysql_put_str(writer, skn_mysql_attr(writer, event, "body"));
    return skn_mysql_writer_end(writer);
}

/* ---- names ---- */

static int rename_write(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    const struct skn_schema_host *host = writer->host;
    uint32_t kind = host->kind(change->from);
    int is_part = kind == SKN_MYSQL_KIND_COLUMN || kind == SKN_MYSQL_KIND_INDEX;
    skn_mysql_put(writer, is_part ? "ALTER TABLE " : "RENAME TABLE ");
    if (is_part) {
        skn_mysql_put_name(writer, host->name(host->parent(change->from)));
        skn_mysql_put(writer, kind == SKN_MYSQL_KIND_COLUMN ? " RENAME COLUMN " : " RENAME INDEX ");
    }
    skn_mysql_put_name(writer, host->name(change->from));
    skn_mysql_put(writer, " TO ");
    skn_mysql_put_name(writer, host->name(change->to));
    return skn_mysql_writer_end(writer);
}

/* ---- the change ---- */

static int table_render(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    if (change->op == SKN_CHANGE_ADD)
        return skn_mysql_table_create(writer, change);
    if (change->op == SKN_CHANGE_DROP)
        return table_drop(writer, change->from);
    return skn_mysql_table_alter(writer, change);
}

static int change_render(struct skn_mysql_writer *writer, const struct skn_change *change)
{
    const struct skn_object *object = change->to ? change->to : change->from;
    int drops = change->op == SKN_CHANGE_DROP;
    if (change->op == SKN_CHANGE_RENAME)
        return rename_write(writer, change);
    switch (writer->host->kind(object)) {
    case SKN_MYSQL_KIND_TABLE:
        return table_render(writer, change);
    case SKN_MYSQL_KIND_FOREIGN_KEY:
        return skn_mysql_foreign_key_render(writer, change);
    case SKN_MYSQL_KIND_SEQUENCE:
        return sequence_render(writer, change);
    case SKN_MYSQL_KIND_TRIGGER:
        return drops ? object_drop(writer, object) : trigger_create(writer, object);
    case SKN_MYSQL_KIND_EVENT:
        return drops ? object_drop(writer, object) : event_create(writer, object);
    case SKN_MYSQL_KIND_VIEW:
    case SKN_MYSQL_KIND_FUNCTION:
    case SKN_MYSQL_KIND_PROCEDURE:
        return defined_render(writer, change);
    default:
        return skn_fail(writer->err, SKN_E_USAGE, NULL, 0, "a part has no statement of its own");
    }
}

int skn_mysql_render(const struct skn_schema_host *host, const struct skn_change *change,
                     const struct skn_schema_options *options, struct skn_error *err)
{
    struct skn_mysql_writer writer = {.host = host, .options = options, .err = err};
    int rc = skn_mysql_writer_begin(&writer);
    if (rc == SKN_OK)
        rc = change_render(&writer, change);
    skn_mysql_writer_finish(&writer);
    return rc;
}
