/*
 * What the files of the schema facet share: kinds of objects, the server's texts cut into tokens,
 * facts on their way to the core, statements on theirs. Nothing outside this folder sees it.
 */
#ifndef SKEIN_MYSQL_SCHEMA_H
#define SKEIN_MYSQL_SCHEMA_H

#include <skein/schema.h>

#include "conn.h"

/* The order of skn_mysql_kinds. */
enum skn_mysql_kind {
    SKN_MYSQL_KIND_SEQUENCE,
    SKN_MYSQL_KIND_TABLE,
    SKN_MYSQL_KIND_COLUMN,
    SKN_MYSQL_KIND_PERIOD,
    SKN_MYSQL_KIND_INDEX,
    SKN_MYSQL_KIND_CHECK,
    SKN_MYSQL_KIND_FOREIGN_KEY,
    SKN_MYSQL_KIND_FUNCTION,
    SKN_MYSQL_KIND_PROCEDURE,
    SKN_MYSQL_KIND_VIEW,
    SKN_MYSQL_KIND_TRIGGER,
    SKN_MYSQL_KIND_EVENT,
    SKN_MYSQL_KIND_COUNT
};

extern const struct skn_kind skn_mysql_kinds[SKN_MYSQL_KIND_COUNT];
extern const struct skn_schema_facet skn_mysql_schema;

/* ---- schema_token.c: texts that the server has written ---- */

enum {
    SKN_MYSQL_BARE = SKN_MYSQL_NAME_MAX * 4 + 1, /* a name without quotes, and a NUL */
    SKN_MYSQL_ID = SKN_MYSQL_BARE * 4
};

struct skn_mysql_token {
    char kind; /* 'w' word, 'n' quoted name, 's' string, 'c' comment, 0 end, else the mark itself */
    struct skn_str raw;
};

/* The next token of rest, which is left behind it. */
void skn_mysql_token_next(struct skn_str *rest, struct skn_mysql_token *token);
int skn_mysql_token_is(const struct skn_mysql_token *token, const char *word);
/* Leaves rest behind the ")" that closes a "(" just read. */
void skn_mysql_group_skip(struct skn_str *rest);
/* The name inside the quotes. */
void skn_mysql_bare_read(struct skn_str raw, char out[SKN_MYSQL_BARE]);
/* All from the start of one text to the start of another that stands in it. */
struct skn_str skn_mysql_span(struct skn_str from, const char *to);
/* text without blanks at its ends. */
struct skn_str skn_mysql_trim(struct skn_str text);

/* ---- schema_fact.c: what is reported ---- */

struct skn_mysql_inspection {
    struct skn_conn *conn;
    const struct skn_schema_options *options;
    const struct skn_sink *sink;
    struct skn_error *err;
    char database[SKN_MYSQL_COLUMN];
    char sql_mode[1024];
    char time_zone[SKN_MYSQL_COLUMN];
    struct skn_mysql_text charsets; /* lines: name, its default collation */
    int rc;                         /* the first failure inside a row */
};

enum { SKN_MYSQL_ATTRS = 64 };

struct skn_mysql_draft {
    struct skn_mysql_inspection *in;
    struct skn_fact fact;
    struct skn_attr attrs[SKN_MYSQL_ATTRS];
    int overflow;
    char id[SKN_MYSQL_ID];
    char parent[SKN_MYSQL_ID];
};

/* Ids: a name for what lives in the database, table and name for what lives in a table. What the
 * server names without regard to case is folded. */
void skn_mysql_id_write(char out[SKN_MYSQL_ID], struct skn_str table, struct skn_str name,
                        int fold);

void skn_mysql_draft_init(struct skn_mysql_draft *draft, struct skn_mysql_inspection *in,
                          uint32_t kind, struct skn_str name);
/* It is part of this table. */
void skn_mysql_draft_place(struct skn_mysql_draft *draft, struct skn_str table, int fold);
/* Nothing where value is absent. */
void skn_mysql_draft_add(struct skn_mysql_draft *draft, struct skn_str key, struct skn_str value,
                         uint32_t attr_class);
int skn_mysql_draft_report(struct skn_mysql_draft *draft);
/* draft's object needs that. */
int skn_mysql_draft_need(const struct skn_mysql_draft *draft, uint32_t kind, const char *id);

int skn_mysql_ignored(const struct skn_mysql_inspection *in, struct skn_str name);

/* ---- schema_inspect.c and those it hands rows to ---- */

int skn_mysql_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                      const struct skn_sink *sink, struct skn_error *err);
int skn_mysql_table_report(struct skn_mysql_inspection *in, struct skn_str name,
                           struct skn_str text);
/* text: of the column, without its name. */
int skn_mysql_column_report(struct skn_mysql_inspection *in, struct skn_str table,
                            struct skn_str raw_name, struct skn_str text, struct skn_str charset,
                            struct skn_str collation);
int skn_mysql_view_report(struct skn_mysql_inspection *in, struct skn_str name,
                          struct skn_str text);
int skn_mysql_sequence_report(struct skn_mysql_inspection *in, struct skn_str name,
                              struct skn_str text);
int skn_mysql_routine_report(struct skn_mysql_inspection *in, uint32_t kind, struct skn_str name,
                             struct skn_str sql_mode, struct skn_str text);
int skn_mysql_triggers_report(struct skn_mysql_inspection *in);
int skn_mysql_events_report(struct skn_mysql_inspection *in);

/* ---- schema_classify.c ---- */

uint32_t skn_mysql_classify(const struct skn_schema_host *host, const struct skn_object *from,
                            const struct skn_object *to, struct skn_str key,
                            const struct skn_schema_options *options);
/* Whether every value of a column of one type fits into another. */
int skn_mysql_type_widens(struct skn_str from, struct skn_str to);

/* ---- schema_render.c: a change to statements ---- */

struct skn_mysql_writer {
    const struct skn_schema_host *host;
    const struct skn_schema_options *options;
    struct skn_error *err;
    struct skn_mysql_text sql;
    struct skn_mysql_text probe; /* a SELECT, or nothing */
    const char *note;            /* NULL: none */
    uint32_t flags;
    int rc; /* the first failure while writing */
};

int skn_mysql_render(const struct skn_schema_host *host, const struct skn_change *change,
                     const struct skn_schema_options *options, struct skn_error *err);
int skn_mysql_is_mariadb_version(const struct skn_schema_options *options);

int skn_mysql_writer_begin(struct skn_mysql_writer *writer);
/* Hands the statement over and is ready for the next. */
int skn_mysql_writer_end(struct skn_mysql_writer *writer);
void skn_mysql_writer_finish(struct skn_mysql_writer *writer);
void skn_mysql_put(struct skn_mysql_writer *writer, const char *text);
void skn_mysql_put_str(struct skn_mysql_writer *writer, struct skn_str text);
void skn_mysql_put_name(struct skn_mysql_writer *writer, struct skn_str name);
void skn_mysql_put_literal(struct skn_mysql_writer *writer, struct skn_str text);
/* The attribute, absent or not. */
struct skn_str skn_mysql_attr(const struct skn_mysql_writer *writer,
                              const struct skn_object *object, const char *key);

/* ---- schema_create.c, schema_alter.c: tables ---- */

int skn_mysql_table_create(struct skn_mysql_writer *writer, const struct skn_change *change);
int skn_mysql_table_alter(struct skn_mysql_writer *writer, const struct skn_change *change);
/* type, character set, and the rest of it. plain: the table's character set goes without saying. */
void skn_mysql_column_put(struct skn_mysql_writer *writer, const struct skn_object *column,
                          int plain);
int skn_mysql_foreign_key_render(struct skn_mysql_writer *writer, const struct skn_change *change);

/* ---- schema_index.c ---- */

/* Writes anew, behind separator, every index beside added (an index, or a foreign key) that the
 * server may take away when added comes; only such as from has, too, where it is given. How many.
 */
unsigned skn_mysql_indexes_claim(struct skn_mysql_writer *writer, const struct skn_object *added,
                                 const struct skn_object *from, const char *separator);

/* ---- schema_partition.c ---- */

/* Whether the partitions of a table change in a statement of their own, which that writes. */
int skn_mysql_partitions_are_partial(struct skn_mysql_writer *writer,
                                     const struct skn_change *change);
int skn_mysql_partitions_alter(struct skn_mysql_writer *writer, const struct skn_change *change);

/* ---- schema_columns.c: where columns stand ---- */

struct skn_mysql_place {
    const struct skn_object *column; /* as it becomes */
    const struct skn_change *change; /* NULL: nothing but its place */
    int old;                         /* its place before, among those that stay; -1: new */
    int moves;
};

/* The columns of to in order, each with what happens to it. *places is the caller's to free. */
int skn_mysql_places_find(struct skn_mysql_writer *writer, const struct skn_change *change,
                          struct skn_mysql_place **places, size_t *count);
/* Whether columns that both sides have stand in another order. */
int skn_mysql_order_differs(const struct skn_schema_host *host, const struct skn_object *from,
                            const struct skn_object *to);

/* ---- schema_scratch.c ---- */

int skn_mysql_scratch_open(struct skn_conn *conn, const struct skn_host *host,
                           const struct skn_kv *options, uint32_t count, struct skn_str mark,
                           struct skn_conn **scratch, struct skn_error *err);
void skn_mysql_scratch_close(struct skn_conn *scratch);
int skn_mysql_scratch_sweep(struct skn_conn *conn, struct skn_error *err);

#endif
