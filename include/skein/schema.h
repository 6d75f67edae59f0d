/*
 * skein/schema.h - the optional facet by which a driver takes part in autogenerate, check, diff,
 * dump and test: it looks at a schema, and writes the SQL that turns one into another.
 *
 * HOW IT WORKS
 *   The engine itself is the only one that reads SQL. A desired schema is loaded into a scratch
 *   database, both sides are read back through the same catalogs, and the two pictures are
 *   compared. A picture is made of objects: kind, id, parent, name, the definition text that the
 *   server gives, attributes, and what each object needs. skein never learns what a table is. It
 *   finds the differences, closes over what depends on them, puts the changes in order, and hands
 *   them back one after another to be written as SQL. Down is the same with the sides exchanged.
 *
 * LEVELS
 *   inspect alone serves check, diff and drift. With scratch_open, scratch_close a desired state
 *   can be had; with render, revisions are written. Without classify every change of an object is
 *   a drop and a create, and is refused where the object holds rows.
 *
 * Like everything in skein/driver.h: sizes first, appended to only, UTF-8 with explicit lengths,
 * and nothing changes owner. What a driver reports is copied; what the core hands out is borrowed
 * for the call.
 */
#ifndef SKEIN_SCHEMA_H
#define SKEIN_SCHEMA_H

#include <skein/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------
 * Kinds: a static table of the driver. A kind is named by its place in the table.
 */
enum skn_kind_flag {
    SKN_KIND_DATA = 1,      /* holds rows: never dropped and made again to reach a state */
    SKN_KIND_FOLD_ADD = 2,  /* its creation may be written inside its parent's */
    SKN_KIND_FOLD_DROP = 4, /* dropping its parent drops it */
    SKN_KIND_RENAME = 8,    /* render() writes SKN_CHANGE_RENAME for it */
    SKN_KIND_PART = 16,     /* has no statement of its own: its changes are handed over with those
                               of the nearest ancestor that is no part */
    SKN_KIND_GRANT = 32     /* reported with SKN_SCHEMA_GRANTS only: who may do what. Where the
                               desired schema says nothing of that, it is left alone */
};

/* Frozen. */
struct skn_kind {
    const char *name; /* "table": one word or several, for people and for --rename */
    uint32_t rank;    /* among changes that are free of each other, the lower is written first */
    uint32_t flags;   /* enum skn_kind_flag */
};

#define SKN_KIND_NONE 0xffffffffu

/* ---------------------------------------------------------------------------------------------
 * What a driver reports.
 */
enum skn_attr_class {
    SKN_ATTR_SEMANTIC = 0, /* takes part in comparison */
    SKN_ATTR_LAYOUT = 1,   /* the order of siblings, say: kept for writing, not compared */
    SKN_ATTR_INFO = 2      /* shown, never compared: a version, a counter */
};

/* Frozen. */
struct skn_attr {
    struct skn_str key;
    struct skn_str value;
    uint32_t attr_class; /* enum skn_attr_class */
    uint32_t reserved;   /* 0 */
};

struct skn_fact {
    uint32_t size;
    uint32_t kind;
    struct skn_str id;   /* unique in its kind, the same on both sides: "public.orders/amount" */
    struct skn_str name; /* the bare name, for people and for renames */
    struct skn_str slot; /* the place it takes: of two objects with one slot only one can exist at a
                            time; absent: its kind and id */
    struct skn_str definition; /* the server's own text; absent where the attributes say all */
    struct skn_str parent_id;
    uint32_t parent_kind; /* SKN_KIND_NONE: no parent */
    uint32_t attr_count;
    const struct skn_attr *attrs; /* keys are unique */
};

/* The core's side of inspect(). Each returns SKN_OK, or what inspect() must return at once. */
struct skn_sink {
    uint32_t size;
    uint32_t reserved; /* 0 */
    void *ctx;
    int (*object)(void *ctx, const struct skn_fact *fact);
    /* from cannot exist without to. Both may be reported later; an end that is never reported
     * belongs to the server or to somebody else, and the need is dropped. */
    int (*need)(void *ctx, uint32_t from_kind, struct skn_str from_id, uint32_t to_kind,
                struct skn_str to_id);
    /* Something is there that this driver has no kind for: "operator class", "public.x". */
    int (*unmodelled)(void *ctx, struct skn_str what, struct skn_str name);
};

enum skn_schema_option {
    SKN_SCHEMA_ONLINE = 1, /* write what holds up other sessions the least */
    SKN_SCHEMA_GRANTS = 2  /* owners and grants belong to the picture */
};

/* How to look and to write. */
struct skn_schema_options {
    uint32_t size;
    uint32_t flags;        /* enum skn_schema_option */
    int64_t version;       /* of the server that runs what is written, as in struct skn_server */
    struct skn_str schema; /* look at this one only; absent: all that the connection is about */
    uint32_t ignore_count;
    uint32_t reserved;            /* 0 */
    const struct skn_str *ignore; /* bare names that are left out: skein's own tables */
};

/* ---------------------------------------------------------------------------------------------
 * Changes, as the core hands them back.
 */
struct skn_object; /* the core's; read through struct skn_schema_host */

enum skn_change_op {
    SKN_CHANGE_NONE = 0,
    SKN_CHANGE_ADD = 1,
    SKN_CHANGE_DROP = 2,
    SKN_CHANGE_ALTER = 3,
    SKN_CHANGE_RENAME = 4, /* from the name of one object to that of the other, nothing else */
    SKN_CHANGE_REPLACE = 5 /* of a part: dropped and added in one change of its ancestor */
};

/* A changed attribute; the definition has the empty key. An absent value is an attribute that one
 * side does not have. Frozen. */
struct skn_attr_change {
    struct skn_str key;
    struct skn_str from;
    struct skn_str to;
};

struct skn_change {
    uint32_t size;
    uint32_t op;                   /* enum skn_change_op */
    const struct skn_object *from; /* NULL: ADD */
    const struct skn_object *to;   /* NULL: DROP */
    const struct skn_attr_change *attrs;
    uint32_t attr_count;
    uint32_t member_count;
    /* ADD and DROP: what is folded in, parents first. ALTER: the changes of parts. */
    const struct skn_change *const *members;
};

/* What classify() says of one changed attribute. */
enum skn_class {
    SKN_CLASS_EQUAL = 0, /* other text, same meaning */
    SKN_CLASS_ALTER = 1,
    SKN_CLASS_REPLACE = 2, /* drop and create; refused where the kind holds rows */
    SKN_CLASS_REFUSE = 3,
    SKN_CLASS_REBUILD =
        256,              /* or-ed to ALTER: what needs the object must go before, and come back */
    SKN_CLASS_CARRY = 512 /* or-ed to ALTER: what hangs on it on one side only comes, or goes, with
                             this change; its render() writes that */
};

/* ---------------------------------------------------------------------------------------------
 * What a driver writes.
 */
enum skn_sql_flag {
    SKN_SQL_NO_TX = 1,          /* outside a transaction */
    SKN_SQL_COMMIT_AFTER = 2,   /* what follows needs it committed */
    SKN_SQL_DESTROYS_DATA = 4,  /* rows, or values of rows, are gone */
    SKN_SQL_LOSSY = 8,          /* values may be narrowed */
    SKN_SQL_MAY_FAIL = 16,      /* rows may forbid it */
    SKN_SQL_REWRITES = 32,      /* the table is written anew */
    SKN_SQL_BLOCKS_WRITES = 64, /* for longer than a moment */
    SKN_SQL_BLOCKS_READS = 128,
    SKN_SQL_MANUAL = 256 /* a person must finish it */
};

/* One statement, without its delimiter. */
struct skn_sql {
    uint32_t size;
    uint32_t flags; /* enum skn_sql_flag */
    struct skn_str text;
    struct skn_str note;  /* one line for people, why it is so; may be absent */
    struct skn_str probe; /* a SELECT that counts the rows at risk; may be absent */
};

/* Reading the core's objects. Everything is borrowed for the call. */
struct skn_schema_host {
    uint32_t size;
    uint32_t reserved; /* 0 */
    void *ctx;
    uint32_t (*kind)(const struct skn_object *object);
    struct skn_str (*id)(const struct skn_object *object);
    struct skn_str (*name)(const struct skn_object *object);
    struct skn_str (*definition)(const struct skn_object *object);
    struct skn_str (*attr)(const struct skn_object *object, const char *key); /* absent: none */
    const struct skn_object *(*parent)(const struct skn_object *object);      /* NULL: none */
    /* Children in the order they were reported, what it needs, what needs it: the object at index,
     * NULL behind the last. */
    const struct skn_object *(*child)(const struct skn_object *object, uint32_t index);
    const struct skn_object *(*needed)(const struct skn_object *object, uint32_t index);
    const struct skn_object *(*dependent)(const struct skn_object *object, uint32_t index);
    /* In the picture that object belongs to; NULL if it is not there. */
    const struct skn_object *(*find)(const struct skn_object *object, uint32_t kind,
                                     struct skn_str id);
    int (*write)(void *ctx, const struct skn_sql *sql);
};

struct skn_schema_facet {
    uint32_t size;
    uint32_t kind_count;
    const struct skn_kind *kinds;

    /* Report everything, in a number of queries that does not grow with the schema. */
    int (*inspect)(struct skn_conn *conn, const struct skn_schema_options *options,
                   const struct skn_sink *sink, struct skn_error *err);

    /* An empty database like the one conn is in, for as long as the connection it gives is open; it
     * carries mark in its name, so that what a killed run left can be told. options, host: as in
     * open(). scratch_close drops it, NULL is fine. scratch_sweep drops what is left of runs that
     * are gone. */
    int (*scratch_open)(struct skn_conn *conn, const struct skn_host *host,
                        const struct skn_kv *options, uint32_t count, struct skn_str mark,
                        struct skn_conn **scratch, struct skn_error *err);
    void (*scratch_close)(struct skn_conn *scratch);
    int (*scratch_sweep)(struct skn_conn *conn, struct skn_error *err);

    /* Pure. */
    uint32_t (*classify)(const struct skn_schema_host *host, const struct skn_object *from,
                         const struct skn_object *to, struct skn_str key,
                         const struct skn_schema_options *options);

    /* Pure: hand the statements of one change to host->write(), in order. */
    int (*render)(const struct skn_schema_host *host, const struct skn_change *change,
                  const struct skn_schema_options *options, struct skn_error *err);

    /* Pure, and may be absent: whether the changes of parts that an object has on its way from one
     * side to the other rebuild it as a whole, so that what needs it must go before, and come back,
     * as with SKN_CLASS_REBUILD of a change of its own. */
    int (*rebuilds)(const struct skn_schema_host *host, const struct skn_object *from,
                    const struct skn_object *to, const struct skn_schema_options *options);
};

#ifdef __cplusplus
}
#endif

#endif
