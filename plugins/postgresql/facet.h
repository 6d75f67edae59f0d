/*
 * What the files of the schema facet share: the kinds of objects, the map from the catalogs to
 * them, and SQL under construction. Only they include it.
 */
#ifndef SKEIN_PG_FACET_H
#define SKEIN_PG_FACET_H

#include <skein/schema.h>

#include "pg.h"

enum skn_pg_kind {
    SKN_PG_KIND_SCHEMA,
    SKN_PG_KIND_EXTENSION,
    SKN_PG_KIND_COLLATION,
    SKN_PG_KIND_ENUM,
    SKN_PG_KIND_DOMAIN,
    SKN_PG_KIND_DOMAIN_CONSTRAINT,
    SKN_PG_KIND_COMPOSITE,
    SKN_PG_KIND_ATTRIBUTE,
    SKN_PG_KIND_RANGE,
    SKN_PG_KIND_SEQUENCE,
    SKN_PG_KIND_FUNCTION,
    SKN_PG_KIND_PROCEDURE,
    SKN_PG_KIND_AGGREGATE,
    SKN_PG_KIND_TABLE,
    SKN_PG_KIND_COLUMN,
    SKN_PG_KIND_GENERATED,
    SKN_PG_KIND_DEFAULT,
    SKN_PG_KIND_IDENTITY,
    SKN_PG_KIND_CONSTRAINT,
    SKN_PG_KIND_FOREIGN_KEY,
    SKN_PG_KIND_INDEX,
    SKN_PG_KIND_VIEW,
    SKN_PG_KIND_MATVIEW,
    SKN_PG_KIND_TRIGGER,
    SKN_PG_KIND_RULE,
    SKN_PG_KIND_POLICY,
    SKN_PG_KIND_SEQUENCE_OWNER,
    SKN_PG_KIND_REPLICA_IDENTITY,
    SKN_PG_KIND_CLUSTER,
    SKN_PG_KIND_COMMENT,
    SKN_PG_KIND_OPERATOR,
    SKN_PG_KIND_OPERATOR_FAMILY,
    SKN_PG_KIND_OPERATOR_CLASS,
    SKN_PG_KIND_CAST,
    SKN_PG_KIND_CONVERSION,
    SKN_PG_KIND_DICTIONARY,
    SKN_PG_KIND_CONFIGURATION,
    SKN_PG_KIND_MAPPING,
    SKN_PG_KIND_WRAPPER,
    SKN_PG_KIND_SERVER,
    SKN_PG_KIND_USER_MAPPING,
    SKN_PG_KIND_FOREIGN_TABLE,
    SKN_PG_KIND_STATISTICS,
    SKN_PG_KIND_PUBLICATION,
    SKN_PG_KIND_EVENT_TRIGGER,
    SKN_PG_KIND_OVERRIDE,
    SKN_PG_KIND_GRANT,
    SKN_PG_KIND_DEFAULT_PRIVILEGES,
    SKN_PG_KIND_COUNT
};

extern const struct skn_kind skn_pg_kinds[SKN_PG_KIND_COUNT];
extern const struct skn_schema_facet skn_pg_facet;

/* ---- queries.c: what is asked of the catalogs ---- */

/* The columns that every query about objects begins with; behind them come attributes under their
 * names: "+" before it marks layout, "-" what is never compared. */
enum skn_pg_look_column {
    SKN_PG_LOOK_KIND,
    SKN_PG_LOOK_CLASS, /* with oid and sub: where the catalogs have it */
    SKN_PG_LOOK_OID,
    SKN_PG_LOOK_SUB,
    SKN_PG_LOOK_PARENT_CLASS, /* NULL: no parent */
    SKN_PG_LOOK_PARENT_OID,
    SKN_PG_LOOK_PARENT_SUB,
    SKN_PG_LOOK_QUOTED, /* below a parent only the last part */
    SKN_PG_LOOK_NAME,
    SKN_PG_LOOK_SLOT,
    SKN_PG_LOOK_DEFINITION,
    SKN_PG_LOOK_ATTRS
};

enum skn_pg_look_type {
    SKN_PG_LOOK_OBJECT,
    SKN_PG_LOOK_ALIAS,   /* one place in the catalogs stands for another */
    SKN_PG_LOOK_NEED,    /* one place needs another */
    SKN_PG_LOOK_COMMENT, /* a place, its column where it has one, a text */
    SKN_PG_LOOK_FOREIGN  /* what no kind is for: a word and a name */
};

/* Only when the whole database is looked at, or when grants are wanted. */
enum { SKN_PG_LOOK_WHOLE = 1, SKN_PG_LOOK_GRANTS = 2 };

struct skn_pg_look {
    uint32_t type; /* enum skn_pg_look_type */
    int when;      /* SKN_PG_LOOK_WHOLE, SKN_PG_LOOK_GRANTS; 0: always */
    int since;     /* the first version of the server that has it; 0: all */
    int before;    /* the first that has not; 0: none */
    const char *sql;
};

extern const struct skn_pg_look skn_pg_looks[];
extern const size_t skn_pg_look_count;

/* The query as it is sent: its marks, which queries.h tells, replaced. */
void skn_pg_look_build(const struct skn_pg_look *look, struct skn_str schema,
                       struct skn_pg_text *sql);

/* ---- places.c: from the catalogs' numbers to objects ---- */

struct skn_pg_place {
    unsigned long class_oid;
    unsigned long oid;
    long sub;
    uint32_t kind; /* SKN_KIND_NONE: stands for another place */
    struct skn_str id;
    unsigned long other_class;
    unsigned long other_oid;
    long other_sub;
};

struct skn_pg_places {
    struct skn_pg_place *items;
    size_t count, room;
    uint32_t *slots; /* 1 + index into items, 0 free */
    size_t slot_room;
    int failed; /* out of memory; sticky */
};

void skn_pg_places_finish(struct skn_pg_places *places);
/* The id is copied. The first of two of one place stays. */
void skn_pg_places_add(struct skn_pg_places *places, const struct skn_pg_place *place);
/* What is at a place, or at the one that stands for it; of a column that is nothing by itself, its
 * relation, unless exactly. NULL: nothing. */
const struct skn_pg_place *skn_pg_places_find(const struct skn_pg_places *places,
                                              unsigned long class_oid, unsigned long oid, long sub,
                                              int exactly);

/* The same of what has needs: a column that is a partition's parent's is no object of its own, and
 * what it needs, the partition does. */
const struct skn_pg_place *skn_pg_places_own(const struct skn_pg_places *places,
                                             unsigned long class_oid, unsigned long oid, long sub);

/* ---- canonical.c ---- */

/* The form in which the server tells an expression once it has read its own text; in place of the
 * one in which it tells it first. */
void skn_pg_canonical_add(struct skn_pg_text *out, const char *expression);

/* ---- inspect.c, classify.c, render.c, scratch.c: the facet ---- */

int skn_pg_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                   const struct skn_sink *sink, struct skn_error *err);
uint32_t skn_pg_classify(const struct skn_schema_host *host, const struct skn_object *from,
                         const struct skn_object *to, struct skn_str key,
                         const struct skn_schema_options *options);
/* Whether the labels of an enum are those of another and more between them. */
int skn_pg_labels_grow(struct skn_str from, struct skn_str to);
/* The label at text, which is moved behind it; absent at the end. */
struct skn_str skn_pg_label_next(struct skn_str *text);
int skn_pg_render(const struct skn_schema_host *host, const struct skn_change *change,
                  const struct skn_schema_options *options, struct skn_error *err);
int skn_pg_scratch_open(struct skn_conn *conn, const struct skn_host *host,
                        const struct skn_kv *options, uint32_t count, struct skn_str mark,
                        struct skn_conn **scratch, struct skn_error *err);
void skn_pg_scratch_close(struct skn_conn *scratch);
int skn_pg_scratch_sweep(struct skn_conn *conn, struct skn_error *err);

/* ---- writing.c: one statement under construction ---- */

struct skn_pg_writing {
    const struct skn_schema_host *host;
    const struct skn_change *change;
    const struct skn_schema_options *options;
    const struct skn_object *object; /* to, or from where there is none */
    struct skn_pg_text sql;
    struct skn_pg_text probe;
    struct skn_pg_text note;
    int rc;
};

void skn_pg_write(struct skn_pg_writing *writing, const char *piece);
void skn_pg_write_str(struct skn_pg_writing *writing, struct skn_str piece);
/* %s is a text of ours, %S a struct skn_str, %O an object's name in a statement, %R the relation it
 * is in, %I a name yet to be quoted, %L a literal: the last four as pointers. */
void skn_pg_writef(struct skn_pg_writing *writing, const char *format, ...);
/* The statement is complete. */
void skn_pg_write_end(struct skn_pg_writing *writing, uint32_t flags);

struct skn_str skn_pg_attr(const struct skn_pg_writing *writing, const struct skn_object *object,
                           const char *key);
int skn_pg_attr_is_set(const struct skn_pg_writing *writing, const struct skn_object *object,
                       const char *key);
/* The change of an attribute, of the definition where key is ""; NULL: it stays. */
const struct skn_attr_change *skn_pg_attr_change(const struct skn_change *change, const char *key);
int skn_pg_is_online(const struct skn_pg_writing *writing);
/* The name by which statements know it; below a parent only the last part. */
struct skn_str skn_pg_sql_name(const struct skn_pg_writing *writing,
                               const struct skn_object *object);
const struct skn_object *skn_pg_relation_of(const struct skn_pg_writing *writing,
                                            const struct skn_object *object);
/* " WITH (...)" of an attribute that lists options, one a line. */
void skn_pg_write_with(struct skn_pg_writing *writing, struct skn_str list, const char *opening);
/* What SET and RESET make of one such list the other; head is the statement before them. */
void skn_pg_write_options(struct skn_pg_writing *writing, const char *head, const char *prefix,
                          const struct skn_attr_change *change);

/* ---- render_*.c: by family; each writes the whole change of writing->change ---- */

void skn_pg_render_table(struct skn_pg_writing *writing);
void skn_pg_render_column(struct skn_pg_writing *writing);
void skn_pg_render_default(struct skn_pg_writing *writing);
void skn_pg_write_default(struct skn_pg_writing *writing, const struct skn_object *value);
void skn_pg_render_identity(struct skn_pg_writing *writing);
/* GENERATED ... AS IDENTITY and its counter. */
void skn_pg_write_identity(struct skn_pg_writing *writing, const struct skn_object *identity);
/* A column as CREATE TABLE and ADD COLUMN have it, with those members that belong to it. */
void skn_pg_write_column(struct skn_pg_writing *writing, const struct skn_object *column);
/* What of it neither of them can say. */
void skn_pg_write_column_rest(struct skn_pg_writing *writing, const struct skn_object *column);
void skn_pg_render_constraint(struct skn_pg_writing *writing);
void skn_pg_write_constraint_add(struct skn_pg_writing *writing,
                                 const struct skn_object *constraint, int online);
void skn_pg_render_index(struct skn_pg_writing *writing);
void skn_pg_render_sequence(struct skn_pg_writing *writing);
void skn_pg_render_view(struct skn_pg_writing *writing);
void skn_pg_render_matview(struct skn_pg_writing *writing);
void skn_pg_render_routine(struct skn_pg_writing *writing);
void skn_pg_render_enum(struct skn_pg_writing *writing);
void skn_pg_render_domain(struct skn_pg_writing *writing);
void skn_pg_render_domain_constraint(struct skn_pg_writing *writing);
void skn_pg_render_type(struct skn_pg_writing *writing);
void skn_pg_render_attribute(struct skn_pg_writing *writing);
/* The type is made anew under its name: create writes it, and its columns go over to it. */
void skn_pg_write_swap(struct skn_pg_writing *writing, const char *what,
                       void (*create)(struct skn_pg_writing *writing));
void skn_pg_render_schema(struct skn_pg_writing *writing);
void skn_pg_render_extension(struct skn_pg_writing *writing);
void skn_pg_render_comment(struct skn_pg_writing *writing);
void skn_pg_render_on_relation(struct skn_pg_writing *writing);
void skn_pg_render_satellite(struct skn_pg_writing *writing);
void skn_pg_render_rename(struct skn_pg_writing *writing);
void skn_pg_render_grant(struct skn_pg_writing *writing);
void skn_pg_render_override(struct skn_pg_writing *writing);
/* A table's way from its parents to others, with what that makes its own, or no more. */
void skn_pg_write_family(struct skn_pg_writing *writing);
/* Whatever change->to, or from, is. */
void skn_pg_render_change(struct skn_pg_writing *writing);
/* What is nothing but its definition and the words by which it is known. */
void skn_pg_render_stated(struct skn_pg_writing *writing);

#endif
