/*
 * Triggers and events, each from its list in information_schema, which says all. It knows nothing
 * of what they are for.
 */
#include "schema.h"

#include <stdlib.h>

/* ---- triggers ---- */

struct triggers {
    struct skn_mysql_inspection *in;
    char place[SKN_MYSQL_BARE + 64]; /* table, time and event of the one before */
    char before[SKN_MYSQL_BARE];     /* and its name */
};

static int trigger_report(struct triggers *triggers, const struct skn_str *columns,
                          const char *follows)
{
    static const char *const keys[] = {"table", "time", "event", "body"};
    struct skn_mysql_draft draft;
    char id[SKN_MYSQL_ID];
    struct skn_mysql_inspection *in = triggers->in;
    skn_mysql_draft_init(&draft, in, SKN_MYSQL_KIND_TRIGGER, columns[0]);
    skn_mysql_id_write(draft.parent, skn_str(NULL), columns[1], 0);
    draft.fact.parent_kind = SKN_MYSQL_KIND_TABLE;
    draft.fact.parent_id = skn_str(draft.parent);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        skn_mysql_draft_add(&draft, skn_str(keys[i]), columns[i + 1], SKN_ATTR_SEMANTIC);
    if (!skn_str_is(columns[5], in->sql_mode))
        skn_mysql_draft_add(&draft, skn_str("sql_mode"), columns[5], SKN_ATTR_SEMANTIC);
    if (follows)
        skn_mysql_draft_add(&draft, skn_str("follows"), skn_str(follows), SKN_ATTR_SEMANTIC);
    int rc = skn_mysql_draft_report(&draft);
    if (rc != SKN_OK || !follows)
        return rc;
    skn_mysql_id_write(id, skn_str(NULL), skn_str(follows), 0);
    return skn_mysql_draft_need(&draft, SKN_MYSQL_KIND_TRIGGER, id);
}

static int trigger_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct triggers *triggers = ctx;
    char place[sizeof triggers->place];
    if (count < 6 || skn_mysql_ignored(triggers->in, columns[1]))
        return 0;
    snprintf(place, sizeof place, "%.*s\n%.*s\n%.*s", SKN_FMT(columns[1]), SKN_FMT(columns[2]),
             SKN_FMT(columns[3]));
    int follows = strcmp(place, triggers->place) == 0;
    triggers->in->rc = trigger_report(triggers, columns, follows ? triggers->before : NULL);
    memcpy(triggers->place, place, sizeof place);
    snprintf(triggers->before, sizeof triggers->before, "%.*s", SKN_FMT(columns[0]));
    return triggers->in->rc != SKN_OK;
}

static int list_ask(struct skn_mysql_inspection *in, const char *sql,
                    const struct skn_mysql_sink *sink)
{
    struct skn_mysql_answer answer;
    int rc = skn_mysql_query(in->conn, skn_str(sql), sink, &answer, in->err);
    return in->rc != SKN_OK ? in->rc : rc;
}

int skn_mysql_triggers_report(struct skn_mysql_inspection *in)
{
    struct triggers triggers = {.in = in};
    struct skn_mysql_sink sink = {trigger_take, &triggers};
    return list_ask(in,
                    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, "
                    "ACTION_STATEMENT, SQL_MODE FROM information_schema.TRIGGERS "
                    "WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY EVENT_OBJECT_TABLE, ACTION_TIMING, "
                    "EVENT_MANIPULATION, ACTION_ORDER",
                    &sink);
}

/* ---- events ---- */

static int event_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    static const char *const keys[] = {"body",    "at",       "every",      "unit",
                                       "starts",  "ends",     "completion", "status",
                                       "comment", "sql_mode", "time_zone"};
    struct skn_mysql_inspection *in = ctx;
    struct skn_mysql_draft draft;
    if (count <= sizeof keys / sizeof keys[0])
        return 0;
    skn_mysql_draft_init(&draft, in, SKN_MYSQL_KIND_EVENT, columns[0]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct skn_str value = columns[i + 1];
        if ((strcmp(keys[i], "sql_mode") == 0 && skn_str_is(value, in->sql_mode)) ||
            (strcmp(keys[i], "time_zone") == 0 && skn_str_is(value, in->time_zone)) ||
            (strcmp(keys[i], "comment") == 0 && value.len == 0))
            continue;
        skn_mysql_draft_add(&draft, skn_str(keys[i]), value, SKN_ATTR_SEMANTIC);
    }
    in->rc = skn_mysql_draft_report(&draft);
    return in->rc != SKN_OK;
}

/* An event that was not told when to start starts when it is made, which is nobody's definition. */
int skn_mysql_events_report(struct skn_mysql_inspection *in)
{
    struct skn_mysql_sink sink = {event_take, in};
    return list_ask(in,
                    "SELECT EVENT_NAME, EVENT_DEFINITION, EXECUTE_AT, INTERVAL_VALUE, "
                    "INTERVAL_FIELD, IF(ABS(TIMESTAMPDIFF(SECOND, STARTS, CREATED)) <= 1, NULL, "
                    "STARTS), ENDS, ON_COMPLETION, STATUS, EVENT_COMMENT, SQL_MODE, TIME_ZONE "
                    "FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1",
                    &sink);
}
