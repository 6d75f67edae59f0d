/*
 * What counts: identities of columns and sequences, as SQL. Knows columns only by name.
 */
#include <stdlib.h>

#include "facet.h"

static void counter_write(struct skn_pg_writing *writing, const struct skn_object *object)
{
    skn_pg_writef(writing, "START WITH %S INCREMENT BY %S MINVALUE %S MAXVALUE %S CACHE %S%s",
                  skn_pg_attr(writing, object, "start"), skn_pg_attr(writing, object, "increment"),
                  skn_pg_attr(writing, object, "min"), skn_pg_attr(writing, object, "max"),
                  skn_pg_attr(writing, object, "cache"),
                  skn_pg_attr_is_set(writing, object, "cycle") ? " CYCLE" : "");
}

void skn_pg_write_identity(struct skn_pg_writing *writing, const struct skn_object *identity)
{
    skn_pg_writef(writing, "GENERATED %S AS IDENTITY (",
                  skn_pg_attr(writing, identity, "generated"));
    counter_write(writing, identity);
    skn_pg_write(writing, ")");
}

static long long number_of(const struct skn_pg_writing *writing, const struct skn_object *object,
                           const char *key)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%.*s", SKN_FMT(skn_pg_attr(writing, object, key)));
    return strtoll(digits, NULL, 10);
}

/* ---- into another range ---- */

static int leaves_range(const struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    long long start = number_of(writing, change->from, "start");
    return start < number_of(writing, change->to, "min") ||
           start > number_of(writing, change->to, "max");
}

/* The wider of both ranges, which the counter is in wherever it stands; with set before each word.
 */
static void range_widen(struct skn_pg_writing *writing, const char *set)
{
    const struct skn_change *change = writing->change;
    int lower = number_of(writing, change->to, "min") < number_of(writing, change->from, "min");
    int higher = number_of(writing, change->to, "max") > number_of(writing, change->from, "max");
    skn_pg_writef(writing, "%sMINVALUE %S %sMAXVALUE %S", set,
                  skn_pg_attr(writing, lower ? change->to : change->from, "min"), set,
                  skn_pg_attr(writing, higher ? change->to : change->from, "max"));
    skn_pg_write_end(writing, 0);
}

/* The server refuses a range that the counter is out of, so that it goes to the nearest end; the
 * sequence's number follows. */
static void counter_move(struct skn_pg_writing *writing)
{
    const struct skn_object *to = writing->change->to;
    skn_pg_writef(writing,
                  "SELECT pg_catalog.setval(l.s, CASE WHEN l.n IS NULL THEN %S ELSE "
                  "GREATEST(LEAST(l.n, %S), %S) END, l.n IS NOT NULL) FROM (SELECT c.s, "
                  "pg_catalog.pg_sequence_last_value(c.s) AS n FROM (SELECT ",
                  skn_pg_attr(writing, to, "start"), skn_pg_attr(writing, to, "max"),
                  skn_pg_attr(writing, to, "min"));
}

static void counter_moved(struct skn_pg_writing *writing)
{
    skn_pg_write(writing, "::pg_catalog.regclass AS s) c OFFSET 0) l");
    skn_pg_text_add(&writing->note, "the counter goes to the nearest number of the new range");
    skn_pg_write_end(writing, SKN_SQL_LOSSY);
}

/* ---- identities ---- */

static void identity_head(struct skn_pg_writing *writing)
{
    const struct skn_object *column = writing->host->parent(writing->object);
    skn_pg_writef(writing, "ALTER TABLE %R ALTER COLUMN %O ", column, column);
}

static void identity_alter(struct skn_pg_writing *writing)
{
    const struct skn_object *to = writing->change->to;
    const struct skn_object *column = writing->host->parent(to);
    if (leaves_range(writing)) {
        identity_head(writing);
        range_widen(writing, "SET ");
        counter_move(writing);
        skn_pg_writef(writing, "pg_catalog.pg_get_serial_sequence(%L, %L)",
                      skn_pg_sql_name(writing, skn_pg_relation_of(writing, column)),
                      writing->host->name(column));
        counter_moved(writing);
    }
    identity_head(writing);
    skn_pg_writef(writing,
                  "SET GENERATED %S SET START WITH %S SET INCREMENT BY %S SET MINVALUE %S SET "
                  "MAXVALUE %S SET CACHE %S SET %s",
                  skn_pg_attr(writing, to, "generated"), skn_pg_attr(writing, to, "start"),
                  skn_pg_attr(writing, to, "increment"), skn_pg_attr(writing, to, "min"),
                  skn_pg_attr(writing, to, "max"), skn_pg_attr(writing, to, "cache"),
                  skn_pg_attr_is_set(writing, to, "cycle") ? "CYCLE" : "NO CYCLE");
    skn_pg_write_end(writing, 0);
}

void skn_pg_render_identity(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_ALTER) {
        identity_alter(writing);
        return;
    }
    identity_head(writing);
    if (writing->change->op == SKN_CHANGE_DROP) {
        skn_pg_write(writing, "DROP IDENTITY");
        skn_pg_text_add(&writing->note, "how far it has counted is lost");
    } else {
        skn_pg_write(writing, "ADD ");
        skn_pg_write_identity(writing, writing->object);
        skn_pg_text_add(&writing->note, "it counts from its start, whatever the rows hold");
    }
    skn_pg_write_end(writing, 0);
}

/* ---- sequences ---- */

static void sequence_drop(struct skn_pg_writing *writing)
{
    skn_pg_writef(writing, "DROP SEQUENCE %O", writing->object);
    skn_pg_text_add(&writing->note, "how far it has counted is lost");
    skn_pg_write_end(writing, SKN_SQL_DESTROYS_DATA);
}

static void sequence_create(struct skn_pg_writing *writing)
{
    const struct skn_object *sequence = writing->object;
    skn_pg_writef(writing, "CREATE %sSEQUENCE %O AS %S ",
                  skn_pg_attr_is_set(writing, sequence, "unlogged") ? "UNLOGGED " : "", sequence,
                  skn_pg_attr(writing, sequence, "type"));
    counter_write(writing, sequence);
    skn_pg_write_end(writing, 0);
}

static void sequence_alter(struct skn_pg_writing *writing)
{
    const struct skn_change *change = writing->change;
    const struct skn_object *sequence = change->to;
    if (skn_pg_attr_change(change, "unlogged")) {
        skn_pg_writef(writing, "ALTER SEQUENCE %O SET %s", sequence,
                      skn_pg_attr_is_set(writing, sequence, "unlogged") ? "UNLOGGED" : "LOGGED");
        skn_pg_write_end(writing, 0);
        if (change->attr_count == 1)
            return;
    }
    if (leaves_range(writing)) {
        skn_pg_writef(writing, "ALTER SEQUENCE %O AS bigint ", sequence);
        range_widen(writing, "");
        counter_move(writing);
        skn_pg_writef(writing, "%L", skn_pg_sql_name(writing, sequence));
        counter_moved(writing);
    }
    skn_pg_writef(writing, "ALTER SEQUENCE %O AS %S ", sequence,
                  skn_pg_attr(writing, sequence, "type"));
    counter_write(writing, sequence);
    if (!skn_pg_attr_is_set(writing, sequence, "cycle"))
        skn_pg_write(writing, " NO CYCLE");
    skn_pg_write_end(writing, SKN_SQL_MAY_FAIL);
}

void skn_pg_render_sequence(struct skn_pg_writing *writing)
{
    if (writing->change->op == SKN_CHANGE_DROP)
        sequence_drop(writing);
    else if (writing->change->op == SKN_CHANGE_ADD)
        sequence_create(writing);
    else
        sequence_alter(writing);
}
