/*
 * What the files of the SQLite driver share. Nothing outside this folder sees it.
 */
#ifndef SKEIN_SQLITE_H
#define SKEIN_SQLITE_H

#include <sys/types.h>

#include <sqlite3.h>

#include <skein/driver-util.h>
#include <skein/driver.h>

/* ---- file.c: where the database is, as the file system sees it ---- */

struct skn_sqlite_file {
    char *path; /* as handed to SQLite */
    int memory;
    int present;
    dev_t device; /* of the file, while it is present */
    ino_t inode;
};

int skn_sqlite_file_init(struct skn_sqlite_file *file, const struct skn_host *host,
                         struct skn_str path, struct skn_error *err);
void skn_sqlite_file_finish(struct skn_sqlite_file *file, const struct skn_host *host);

/* Looks again whether the file is there, and refuses what SQLite must not be pointed at. */
int skn_sqlite_file_look(struct skn_sqlite_file *file, struct skn_error *err);

/* The text that is the same for the same database by whatever name; out holds 192 bytes. */
int skn_sqlite_file_identity(const struct skn_sqlite_file *file, uint64_t session, char *out,
                             size_t size, struct skn_error *err);

/* Whether the journal that every write needs can be made beside the database. */
int skn_sqlite_file_folder_writable(const struct skn_sqlite_file *file);

/* ---- effects.c: what the statement just prepared is going to change ---- */

enum skn_sqlite_effect {
    SKN_SQLITE_DDL = 1, /* changes the schema by a statement made for it */
    SKN_SQLITE_CATALOG =
        2, /* writes sqlite_schema, be it itself or on behalf of such a statement */
    SKN_SQLITE_SESSION =
        4,               /* leaves something behind in the session: a pragma, a temporary object */
    SKN_SQLITE_UNDO = 8, /* goes back to a savepoint */
    SKN_SQLITE_NO_MEMORY = 16 /* the list of touches is not complete */
};

enum skn_sqlite_way {
    SKN_SQLITE_INSERTS,
    SKN_SQLITE_UPDATES, /* the column named */
    SKN_SQLITE_DELETES,
    SKN_SQLITE_CREATES,
    SKN_SQLITE_ALTERS,
    SKN_SQLITE_DROPS
};

/* A table of the main schema that the statement, or a trigger it fires, changes. */
struct skn_sqlite_touch {
    char *table;
    char *column; /* NULL unless it is updated; in the memory of table */
    int way;      /* enum skn_sqlite_way */
};

struct skn_sqlite_effects {
    unsigned flags; /* enum skn_sqlite_effect */
    int muted;      /* the driver's own statements leave no trace */
    struct skn_sqlite_touch *touches;
    size_t count;
    size_t room;
};

/* ---- edges.c: which table refers to which ---- */

/* A column of a foreign key. */
struct skn_sqlite_edge {
    char *child; /* the memory of the other three, too */
    char *parent;
    char *from;
    char *to;            /* empty: the primary key of parent */
    uint32_t child_hash; /* without regard to case; most names differ, and this says so at once */
    uint32_t parent_hash;
};

struct skn_sqlite_edges {
    struct skn_sqlite_edge *edge;
    size_t count;
    size_t room;
};

/* ---- foreign.c: foreign keys must not be left worse than they were found ---- */

struct skn_sqlite_watch {
    char *child;
    int64_t
        before; /* violations when this transaction first could have changed them; -1: unknown */
};

struct skn_sqlite_foreign {
    int enabled;     /* the option */
    int active;      /* inside a transaction opened by a BEGIN step */
    int known;       /* edges are those of the schema as this connection sees it */
    int edited;      /* this transaction wrote sqlite_schema by hand */
    int replaces;    /* the schema says REPLACE somewhere, so that an insert may delete rows */
    int64_t version; /* schema_version that edges belong to */
    struct skn_sqlite_edges edges;
    struct skn_sqlite_watch *watches;
    size_t watch_count;
    size_t watch_room;
};

/* ---- sqlite.c, session.c ---- */

struct skn_conn {
    const struct skn_host *host;
    sqlite3 *db; /* NULL only after a reset could not open the file again */
    int standin; /* db is an empty in-memory one: the file does not exist, and only a write makes it
                  */
    int create;
    struct skn_sqlite_file file;
    char synchronous[8];
    char journal_mode[12]; /* empty: as the file has it */
    int journal_mode_set;
    uint64_t session;
    int in_transaction; /* a BEGIN step opened one and no COMMIT or ROLLBACK step has ended it */
    int dirty;          /* a statement left something behind in the session */
    int stopped;        /* why a wait or a statement gave up: SKN_OK, _CANCELLED or _TIMEOUT */
    int64_t wait_until; /* the end of a wait that the host does not limit */
    char **pragmas;     /* run on the stand-in, to be run again on the file */
    size_t pragma_count;
    size_t pragma_room;
    struct skn_sqlite_effects effects;
    struct skn_sqlite_foreign foreign;
    int lock_fd; /* lock() holds it; -1: not */
};

int skn_sqlite_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                    struct skn_conn **out, struct skn_error *err);
void skn_sqlite_close(struct skn_conn *conn);
int skn_sqlite_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                     struct skn_error *err);

void *skn_sqlite_resize(const struct skn_host *host, void *old, size_t size);
char *skn_sqlite_copy(const struct skn_host *host, const char *text, size_t len);
/* Room for one more element; SKN_E_NOMEM leaves the array as it was. */
int skn_sqlite_grow(const struct skn_host *host, void **array, size_t count, size_t *room,
                    size_t element);

int skn_sqlite_session_open(struct skn_conn *conn, struct skn_error *err);
void skn_sqlite_session_close(struct skn_conn *conn);
/* Sees that the connection is usable, and that it is the file if somebody else has made it. */
int skn_sqlite_session_follow(struct skn_conn *conn, struct skn_error *err);
/* Leaves the stand-in for the real file, making it. */
int skn_sqlite_session_create(struct skn_conn *conn, struct skn_error *err);
int skn_sqlite_session_remember(struct skn_conn *conn, struct skn_str pragma,
                                struct skn_error *err);
int skn_sqlite_session_reset(struct skn_conn *conn, struct skn_error *err);
int skn_sqlite_session_journal(struct skn_conn *conn, struct skn_error *err);

/* ---- wait.c: waiting for locks, and being told to stop ---- */

/* At the start of each call and step. */
void skn_sqlite_wait_install(struct skn_conn *conn);
/* SKN_OK, or why nothing further should be started. */
int skn_sqlite_wait_check(struct skn_conn *conn, struct skn_error *err);
/* Sleeps a little and returns 1, or 0 if it is time to give up. attempt counts from 0. */
int skn_sqlite_wait_more(void *conn, int attempt);
/* The process that keeps us out of the database, or 0 if the system does not tell. */
long skn_sqlite_wait_holder(const struct skn_sqlite_file *file);

/* ---- error.c ---- */

/* Fills err from the failure rc of the connection's last call. */
int skn_sqlite_fail(struct skn_conn *conn, int rc, struct skn_error *err);

/* ---- effects.c, edges.c, foreign.c, exec.c ---- */

void skn_sqlite_effects_install(struct skn_conn *conn);
void skn_sqlite_effects_clear(struct skn_conn *conn);
void skn_sqlite_effects_finish(struct skn_conn *conn);

/* Adds those of one table, or of all where child is NULL, to what is there. */
int skn_sqlite_edges_read(struct skn_conn *conn, const char *child, struct skn_error *err);
void skn_sqlite_edges_drop(struct skn_conn *conn, const char *child);
void skn_sqlite_edges_finish(struct skn_conn *conn, struct skn_sqlite_edges *edges);
int skn_sqlite_edges_have_child(const struct skn_sqlite_edges *edges, const char *name);
uint32_t skn_sqlite_edges_hash(const char *name);

int skn_sqlite_foreign_begin(struct skn_conn *conn, struct skn_error *err);
int skn_sqlite_foreign_before(struct skn_conn *conn, struct skn_str sql, struct skn_error *err);
int skn_sqlite_foreign_after(struct skn_conn *conn, struct skn_str sql, struct skn_error *err);
int skn_sqlite_foreign_check(struct skn_conn *conn, struct skn_error *err);
void skn_sqlite_foreign_end(struct skn_conn *conn, int committed);
void skn_sqlite_foreign_finish(struct skn_conn *conn);

/* One of the driver's own statements: its effects are not recorded; out, where size is not 0, gets
 * the first column of the first row. run returns SQLite's code, ask one of ours. */
int skn_sqlite_run(struct skn_conn *conn, const char *sql, char *out, size_t size);
int skn_sqlite_ask(struct skn_conn *conn, const char *sql, char *out, size_t size,
                   struct skn_error *err);

int skn_sqlite_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                    const struct skn_events *events, struct skn_error *err);

/* ---- schema_scratch.c: how the driver takes part in autogenerate ---- */

extern const struct skn_schema_facet skn_sqlite_schema;

/* ---- lock.c, proof.c: the slots of these names ---- */

int skn_sqlite_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
int skn_sqlite_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err);
void skn_sqlite_lock_drop(struct skn_conn *conn);
int skn_sqlite_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out, void *ctx,
                      struct skn_error *err);
int skn_sqlite_fingerprint(struct skn_conn *conn, struct skn_str statement, skn_text_fn *out,
                           void *ctx, struct skn_error *err);

/* ---- scan.c: texts of statements ---- */

extern const struct skn_dialect skn_sqlite_dialect;

int skn_sqlite_script(uint32_t part, const struct skn_kv *options, uint32_t count,
                      struct skn_str text, skn_text_fn *out, void *ctx, struct skn_error *err);
int skn_sqlite_scan(const struct skn_host *host, struct skn_str text, struct skn_scan *cursor,
                    struct skn_error *err);
/* The first byte from at on that is neither space nor comment. */
size_t skn_sqlite_skip(struct skn_str text, size_t at);
/* Whether the statement opens with this keyword (upper case). */
int skn_sqlite_opens(struct skn_str sql, const char *keyword);

#endif
