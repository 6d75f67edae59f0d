/*
 * What the files of the schema facet share: texts, tokens, and a table as its CREATE TABLE says it
 * is. Nothing outside this folder sees it.
 */
#ifndef SKEIN_SQLITE_SCHEMA_H
#define SKEIN_SQLITE_SCHEMA_H

#include <skein/schema.h>

#include "sqlite.h"

/* In the order of the facet's table. */
enum skn_sqlite_kind {
    SKN_SQLITE_TABLE,
    SKN_SQLITE_VIRTUAL,
    SKN_SQLITE_COLUMN,
    SKN_SQLITE_CONSTRAINT,
    SKN_SQLITE_INDEX,
    SKN_SQLITE_VIEW,
    SKN_SQLITE_TRIGGER,
    SKN_SQLITE_KINDS
};

/* ---- schema_text.c: memory that is freed all at once, and texts that grow in it ---- */

/* Out of memory is noted once and asked for at the end; until then everything reads as empty. */
struct skn_sqlite_pool {
    struct skn_sqlite_block *block;
    int failed;
};

void *skn_sqlite_pool_alloc(struct skn_sqlite_pool *pool, size_t size); /* zeroed; NULL: failed */
struct skn_str skn_sqlite_pool_keep(struct skn_sqlite_pool *pool, struct skn_str text);
/* Room for one more element: the array, or a larger copy; NULL: failed. */
void *skn_sqlite_pool_grow(struct skn_sqlite_pool *pool, void *array, size_t count, size_t *room,
                           size_t element);
void *skn_sqlite_pool_array(struct skn_sqlite_pool *pool, size_t count,
                            size_t element);              /* not zeroed */
void skn_sqlite_pool_reset(struct skn_sqlite_pool *pool); /* to be used again */
void skn_sqlite_pool_finish(struct skn_sqlite_pool *pool);

struct skn_sqlite_text {
    struct skn_sqlite_pool *pool;
    char *ptr;
    size_t len;
    size_t room;
};

void skn_sqlite_text_add(struct skn_sqlite_text *text, struct skn_str more);
void skn_sqlite_text_adds(struct skn_sqlite_text *text, const char *more);
void skn_sqlite_text_lower(struct skn_sqlite_text *text, struct skn_str more); /* ASCII alone */
void skn_sqlite_text_upper(struct skn_sqlite_text *text, struct skn_str more);
/* As quote() of the driver writes a name, or a literal. */
void skn_sqlite_text_name(struct skn_sqlite_text *text, struct skn_str name);
void skn_sqlite_text_literal(struct skn_sqlite_text *text, struct skn_str value);
struct skn_str skn_sqlite_text_str(const struct skn_sqlite_text *text);

/* The id of an object: lower case, as SQLite compares names; within, where outer is not absent. */
struct skn_str skn_sqlite_id(struct skn_sqlite_pool *pool, struct skn_str outer,
                             struct skn_str name);
int skn_sqlite_same(struct skn_str a, struct skn_str b); /* without regard to ASCII case */

/* ---- schema_token.c: SQL text as tokens ---- */

enum skn_sqlite_token_type {
    SKN_SQLITE_TOKEN_NONE,
    SKN_SQLITE_TOKEN_WORD,   /* keyword or bare name */
    SKN_SQLITE_TOKEN_NAME,   /* [x], `x` */
    SKN_SQLITE_TOKEN_QUOTED, /* "x": a name, or a text where there is no such name */
    SKN_SQLITE_TOKEN_TEXT,   /* 'x', x'00' */
    SKN_SQLITE_TOKEN_NUMBER,
    SKN_SQLITE_TOKEN_SIGN
};

struct skn_sqlite_token {
    struct skn_str text; /* as written */
    int type;            /* enum skn_sqlite_token_type */
};

struct skn_sqlite_tokens {
    struct skn_sqlite_token *item;
    size_t count;
};

void skn_sqlite_tokens_read(struct skn_sqlite_pool *pool, struct skn_str sql,
                            struct skn_sqlite_tokens *out);
int skn_sqlite_token_is(const struct skn_sqlite_tokens *tokens, size_t at, const char *word);
int skn_sqlite_token_names(const struct skn_sqlite_token *token); /* it may stand for a name */
struct skn_str skn_sqlite_token_name(struct skn_sqlite_pool *pool,
                                     const struct skn_sqlite_token *token); /* without quotes */
int skn_sqlite_tokens_quote(const struct skn_sqlite_tokens *tokens); /* one is in double quotes */
/* Behind what closes the parenthesis at at, or the end. */
size_t skn_sqlite_tokens_close(const struct skn_sqlite_tokens *tokens, size_t at);

/* The text from first on without comments; its lines stay. A name before a full stop that is
 * qualifier is left out with it, unless that is absent. */
struct skn_str skn_sqlite_tokens_write(struct skn_sqlite_pool *pool,
                                       const struct skn_sqlite_tokens *tokens, size_t first,
                                       struct skn_str qualifier);

/* Whether what stands in double quotes is a name: it then reads as if it were bare, and else as a
 * text. */
typedef int skn_sqlite_is_name(const void *ctx, struct skn_str name);

/* The tokens in the one form that is compared: spaces as they must be, no case but in texts. */
void skn_sqlite_tokens_canon(struct skn_sqlite_text *out, const struct skn_sqlite_tokens *tokens,
                             size_t first, size_t end, skn_sqlite_is_name *is_name,
                             const void *ctx);
void skn_sqlite_name_canon(struct skn_sqlite_text *out, struct skn_str name);

/* ---- schema_table.c: what CREATE TABLE says ---- */

struct skn_sqlite_column {
    size_t first; /* its tokens */
    size_t end;
    struct skn_str name;
    struct skn_str type;     /* the texts are in the form that is compared; absent: not there */
    struct skn_str not_null; /* "yes", or with what is done on conflict */
    struct skn_str fallback; /* DEFAULT */
    struct skn_str collation;
    struct skn_str generated; /* the expression, and how it is kept */
    int stored;
    int varies; /* the default is no constant, as ALTER TABLE has it */
};

enum skn_sqlite_constraint_type {
    SKN_SQLITE_PRIMARY,
    SKN_SQLITE_UNIQUE,
    SKN_SQLITE_CHECK,
    SKN_SQLITE_FOREIGN
};

enum { SKN_SQLITE_NOWHERE = -1 };

struct skn_sqlite_constraint {
    int type;            /* enum skn_sqlite_constraint_type */
    int column;          /* it stands in the definition of this one; NOWHERE: behind the columns */
    struct skn_str name; /* absent: none */
    struct skn_str text; /* in the form that is compared */
    struct skn_str id;   /* within the table: its name, or else its text */
};

struct skn_sqlite_table {
    struct skn_sqlite_pool *pool;
    struct skn_sqlite_tokens tokens;
    struct skn_sqlite_column *columns;
    size_t column_count;
    size_t column_room;
    struct skn_sqlite_constraint *constraints;
    size_t constraint_count;
    size_t constraint_room;
    int without_rowid;
    int strict;
    int counts;                            /* AUTOINCREMENT */
    int rowid_key;                         /* the column that is the rowid; NOWHERE: none */
    const struct skn_sqlite_column *known; /* the columns, while the rest is read */
    size_t known_count;
};

/* body: from the opening parenthesis on. Its tokens come from a pool of their own. 0: this is no
 * CREATE TABLE that we can read. */
int skn_sqlite_table_read(struct skn_sqlite_table *table, struct skn_sqlite_pool *pool,
                          struct skn_sqlite_pool *token_pool, struct skn_str body);
/* NOWHERE if there is none. */
int skn_sqlite_table_column(const struct skn_sqlite_table *table, struct skn_str name);

/* ---- schema_constraint.c: what stands behind a column's type, and behind the columns ---- */

struct skn_sqlite_parser {
    struct skn_sqlite_table *table;
    size_t at;
    int failed;
};

void skn_sqlite_column_constraints_read(struct skn_sqlite_parser *parser, int column);
void skn_sqlite_table_constraints_read(struct skn_sqlite_parser *parser);
int skn_sqlite_column_ends(const struct skn_sqlite_tokens *tokens, size_t at); /* a type, here */

/* ---- schema_catalog.c: the schema as it is stored ---- */

struct skn_sqlite_entry {
    size_t index; /* in the catalog */
    int kind;     /* enum skn_sqlite_kind */
    int hidden;   /* not ours to report: skein's own, shadows of virtual tables */
    int unread;   /* its text cannot be read, or does not agree with the engine */
    int unique;   /* an index */
    struct skn_str name;
    struct skn_str id;
    struct skn_str of;               /* the table or view it belongs to */
    struct skn_str sql;              /* as stored */
    struct skn_str rest;             /* behind the name, without comments */
    struct skn_sqlite_tokens tokens; /* of rest */
    struct skn_sqlite_table table;
    size_t seen; /* columns that the engine has named */
};

struct skn_sqlite_catalog {
    struct skn_sqlite_pool *pool;
    struct skn_sqlite_pool tokens;     /* those of tables, one after another */
    struct skn_sqlite_entry **entries; /* as they were made */
    size_t count;
    size_t room;
    struct skn_sqlite_entry **relations; /* tables and views by id */
    size_t relation_count;
    int brittle; /* a view or trigger is, so that DROP COLUMN is better left alone */
};

int skn_sqlite_catalog_read(struct skn_conn *conn, struct skn_sqlite_catalog *catalog,
                            const struct skn_schema_options *options, struct skn_error *err);
/* A table or view; NULL if there is none. */
const struct skn_sqlite_entry *skn_sqlite_catalog_find(const struct skn_sqlite_catalog *catalog,
                                                       struct skn_str id);

/* ---- schema_inspect.c, schema_needs.c ---- */

int skn_sqlite_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                       const struct skn_sink *sink, struct skn_error *err);
int skn_sqlite_needs_report(const struct skn_sqlite_catalog *catalog,
                            const struct skn_sqlite_entry *entry, const struct skn_sink *sink);
/* Whether the text speaks of a table that is not there, or may hold a text in double quotes, which
 * DROP COLUMN would write anew. */
int skn_sqlite_entry_brittle(const struct skn_sqlite_catalog *catalog,
                             const struct skn_sqlite_entry *entry);

/* ---- schema_change.c: a table on both sides ---- */

struct skn_sqlite_alteration {
    struct skn_sqlite_pool pool;
    struct skn_sqlite_table from;
    struct skn_sqlite_table to;
    int *was;    /* per column of to: which of from it was; NOWHERE: new */
    int *stays;  /* per column of from: whether it does */
    int rebuild; /* ALTER TABLE cannot do it */
};

/* The caller finishes it, also after an error. */
int skn_sqlite_alteration_make(struct skn_sqlite_alteration *alteration,
                               const struct skn_schema_host *host, const struct skn_object *from,
                               const struct skn_object *to);
void skn_sqlite_alteration_finish(struct skn_sqlite_alteration *alteration);

uint32_t skn_sqlite_classify(const struct skn_schema_host *host, const struct skn_object *from,
                             const struct skn_object *to, struct skn_str key,
                             const struct skn_schema_options *options);
int skn_sqlite_rebuilds(const struct skn_schema_host *host, const struct skn_object *from,
                        const struct skn_object *to, const struct skn_schema_options *options);

/* ---- schema_render.c, schema_rebuild.c ---- */

struct skn_sqlite_writing {
    const struct skn_schema_host *host;
    struct skn_sqlite_pool *pool;
    uint32_t flags; /* of every statement */
};

/* Hands text over as one statement. */
int skn_sqlite_write(const struct skn_sqlite_writing *writing, const struct skn_sqlite_text *text,
                     uint32_t flags, const char *note, const struct skn_sqlite_text *probe);
int skn_sqlite_render(const struct skn_schema_host *host, const struct skn_change *change,
                      const struct skn_schema_options *options, struct skn_error *err);
int skn_sqlite_rebuild(struct skn_sqlite_writing *writing, const struct skn_object *from,
                       const struct skn_object *to, const struct skn_sqlite_alteration *alteration);
/* A name that neither side uses, for what is to take the place of an object. */
struct skn_str skn_sqlite_temporary_name(const struct skn_sqlite_writing *writing,
                                         const struct skn_object *from,
                                         const struct skn_object *to);
int skn_sqlite_place_take(const struct skn_sqlite_writing *writing, struct skn_str temporary,
                          struct skn_str name);

/* ---- schema_virtual.c ---- */

int skn_sqlite_virtual_create(const struct skn_sqlite_writing *writing,
                              const struct skn_object *object);
int skn_sqlite_virtual_alter(struct skn_sqlite_writing *writing, const struct skn_object *from,
                             const struct skn_object *to);

#endif
