/*
 * A session: one driver and its one connection, with every call announced on the shared page and
 * held to a deadline. It knows nothing of ledgers and revisions.
 */
#ifndef SKN_WORK_SESSION_H
#define SKN_WORK_SESSION_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/wire.h"
#include "work/loader.h"

struct skn_session {
    struct skn_host host;
    struct skn_loaded loaded;
    struct skn_conn *conn;    /* NULL: not connected */
    struct skn_server server; /* of conn */
    uint64_t number; /* the server's number of the session, to see that it stays the same */
    json_t *reached; /* the options that conn was opened or retargeted with */
    char *target;    /* whose options these are */
    char *locked;    /* the name that lock() took, NULL: none */
    int prepared;    /* session statements of the target were run on conn */
    int sheltered;   /* cleaning up: an interrupt does not reach the driver */
    int fixed;       /* conn is a scratch database: nothing else is ever opened in its place */
    const json_t *likeness; /* options of a target that scratch databases beside this are like;
                               NULL: of its own */
    struct skn_page *page;
    int64_t deadline;    /* of the call in hand, 0: none */
    int64_t short_limit; /* ms for a call that only looks */
    struct skn_buf out;  /* events not yet sent */
    int64_t flushed;     /* when out was last sent */
};

void skn_session_init(struct skn_session *session, struct skn_page *page);
void skn_session_finish(struct skn_session *session);

/* A second session of the same driver, not connected yet, and its end. first outlives it. */
void skn_session_beside(struct skn_session *session, const struct skn_session *first);
void skn_session_leave(struct skn_session *session);

/* sha256: what the driver's file must be; "": anything. */
int skn_session_load(struct skn_session *session, const char *word, const char *const *folders,
                     size_t count, const char *sha256, struct skn_error *err);

/* Connects to target with options (paths in them are relative to folder), or goes on with the
 * connection that is there when it reaches the same place or can be retargeted. Describes the
 * server. */
int skn_session_open(struct skn_session *session, const char *target, const json_t *options,
                     const char *folder, struct skn_error *err);
void skn_session_close(struct skn_session *session);
int skn_session_has_option(const struct skn_session *session, const char *name);

/* Runs a batch; limit: ms for the first step, or 0. A done() of events may set session->deadline
 * anew. */
int skn_session_exec(struct skn_session *session, const struct skn_step *steps, uint32_t count,
                     const struct skn_events *events, int64_t limit, struct skn_error *err);

/* SKN_E_DRIVER when the session is not the one that open() reached. flags: enum skn_status_flag. */
int skn_session_status(struct skn_session *session, uint32_t *flags, struct skn_error *err);

int skn_session_exists(struct skn_session *session, struct skn_str schema,
                       const struct skn_str *names, uint32_t count, uint64_t *found,
                       struct skn_error *err);
int skn_session_quote(struct skn_session *session, enum skn_quote_kind kind, struct skn_str text,
                      struct skn_buf *out, struct skn_error *err);
int skn_session_scan(struct skn_session *session, struct skn_str text, struct skn_scan *cursor,
                     struct skn_error *err);

/* A part of a script (enum skn_script_part) for a target with these options, which need not be
 * connected to. A driver without the call gets standard SQL. */
int skn_session_script(struct skn_session *session, enum skn_script_part part,
                       const json_t *options, struct skn_str text, struct skn_buf *out,
                       struct skn_error *err);

/* Whether a pooler lends us the server's session for one transaction at a time: each of them then
 * takes the lock, and nothing else may hold beyond it. */
int skn_session_lent(const struct skn_session *session);

/* Whether the driver knows SKN_STEP_CHECK. */
int skn_session_checks(const struct skn_session *session);

/* As the slots of the driver; where it has none: SKN_E_UNSUPPORTED, SKN_OUTCOME_UNKNOWN, all bits
 * set, and no text. */
int skn_session_fingerprint(struct skn_session *session, struct skn_str statement,
                            struct skn_buf *out, struct skn_error *err);
int skn_session_prove(struct skn_session *session, struct skn_str statement, int64_t limit,
                      uint32_t *outcome, struct skn_error *err);
int skn_session_rolls_back(struct skn_session *session, const struct skn_str *statements,
                           uint32_t count, uint64_t *bits, struct skn_error *err);
int skn_session_holder(struct skn_session *session, const char *name, struct skn_buf *out,
                       struct skn_error *err);

/* Polls the driver's lock until it is taken, limit ms have passed (SKN_E_BUSY, naming the holder)
 * or give_up() says so. Nothing to do where the server has no locks. */
int skn_session_lock(struct skn_session *session, const char *name, int64_t limit,
                     int (*give_up)(void), struct skn_error *err);
int skn_session_unlock(struct skn_session *session, struct skn_error *err);

/* The same where transactions do without a lock, and a revision does without transactions. */
int skn_session_lock_aside(struct skn_session *session, const char *name, int64_t limit,
                           int (*give_up)(void), struct skn_error *err);

/* The fate of a lost commit by the driver's token, SKN_OUTCOME_UNKNOWN where it cannot tell. */
size_t skn_session_token(struct skn_session *session, char *buffer, size_t size);
int skn_session_settle(struct skn_session *session, const char *token, uint32_t *outcome,
                       struct skn_error *err);

/* Events go out at once, or when 50 ms have passed since the last ones did. */
void skn_session_say(struct skn_session *session, json_t *event, int at_once);

/* What was said goes out now. */
void skn_session_flush(struct skn_session *session);

/* The same for an event with a body, which goes out at once. */
void skn_session_say_body(struct skn_session *session, json_t *event, struct skn_str body);

/* ---- inside work/: around a call of the driver that has no function above ---- */

/* Announces a call and sets its deadline, limit ms from now (0: none); and what comes back from it,
 * made safe to use. */
void skn_session_call_begin(struct skn_session *session, const char *call, int64_t limit);
int skn_session_call_end(struct skn_session *session, int rc, struct skn_error *err);

/* Options as a driver takes them; the caller frees the list, which borrows from them. */
struct skn_kv *skn_session_options(const json_t *options, uint32_t *count);

/* Of a connection that was just made: what the server is, and which of its sessions this is. */
int skn_session_get_to_know(struct skn_session *session, struct skn_error *err);

#endif
