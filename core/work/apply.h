/*
 * Applying the steps of one run to one target.
 */
#ifndef SKN_WORK_APPLY_H
#define SKN_WORK_APPLY_H

#include "work/ledger.h"
#include "work/patience.h"
#include "work/proof.h"
#include "work/script.h"

/* One run of one target, as far as it has come. */
struct skn_apply {
    const struct skn_job *job;
    struct skn_session *session;
    struct skn_scripts *scripts;
    struct skn_ledger ledger;
    const json_t *steps; /* of the request */
    size_t count;
    json_t *rows;           /* what the version rows must be before step next; owned */
    size_t next;            /* the first step that is not surely in the ledger */
    size_t failed_step;     /* of an error: the step it belongs to, SIZE_MAX: none */
    int64_t failed_script;  /* of an error in a statement: its script, else -1 */
    uint64_t failed_offset; /* and where in it */
    int moved;              /* the version rows are not what the plan expected */
    int stopped;            /* we were asked to stop behind a revision */
    int denied;             /* the try in hand found another runner, when it began */
    size_t said;            /* the steps that were said to begin */
    size_t announced;       /* 1 + the step whose progress row the step before it wrote, 0: none */
    struct skn_intent announcement; /* what that row announces */
};

/* Takes the lock, looks, and applies. SKN_OK with moved set: nothing was done since other rows were
 * found (ledger.rows has them). */
int skn_apply_run(struct skn_apply *apply, struct skn_error *err);

/* Whether anything may be changed through this session. */
int skn_apply_permit(const struct skn_session *session, struct skn_error *err);

/* Why a revision with transaction=off cannot run where a pooler lends sessions for transactions. */
#define SKN_APPLY_LENT_OFF                                                                         \
    "a revision with transaction=off needs a session of its own, which a pooler does not lend; "   \
    "name the server itself as host"

/* ---- shared by the two ways of applying ---- */

/* Whether what the last try came to is to be tried again, after a while. */
int skn_apply_try_again(struct skn_apply *apply, struct skn_patience *patience, int rc,
                        struct skn_error *err);

/* A step, as the planner sent it. */
const json_t *skn_apply_step(const struct skn_apply *apply, size_t step);

/* Whether its script runs without a transaction around it. */
int skn_apply_script_off(struct skn_apply *apply, size_t step, int *off, struct skn_error *err);

/* A step's script; NULL for a stamp. which: "script" or "verify". */
int skn_apply_script(struct skn_apply *apply, size_t step, const char *which,
                     const struct skn_script **script, struct skn_error *err);

/* Adds statement i of script to batch. */
int skn_apply_add(struct skn_apply *apply, struct skn_batch *batch, const struct skn_script *script,
                  size_t i, enum skn_role role, struct skn_error *err);

/* Adds the verify section's queries. */
int skn_apply_add_verify(struct skn_apply *apply, struct skn_batch *batch, size_t step,
                         struct skn_error *err);

/* Adds the question whether session, transaction and lock are still ours, where the driver knows.
 */
void skn_apply_add_check(const struct skn_apply *apply, struct skn_batch *batch);

/* What a batch that ran must have answered, for step. */
int skn_apply_check(struct skn_apply *apply, const struct skn_batch *batch, size_t step,
                    struct skn_error *err);

/* Notes where in the step's script the batch's failing step stands. */
void skn_apply_locate(struct skn_apply *apply, const struct skn_batch *batch, size_t step,
                      const struct skn_error *err);

/* Notes where statement i of the step's script stands. */
void skn_apply_locate_statement(struct skn_apply *apply, size_t step, size_t i);

/* Notes where the verify query that returned a row stands. */
void skn_apply_note_verify(struct skn_apply *apply, const struct skn_batch *batch, size_t step);

/* Tells the planner that a step begins. */
void skn_apply_say_start(struct skn_apply *apply, size_t step);

/* Opens the session of the job, with its session statements run. */
int skn_apply_connect(const struct skn_job *job, struct skn_session *session,
                      struct skn_error *err);

/* Takes the lock, and reads the ledger under it. */
int skn_apply_hold(struct skn_apply *apply, struct skn_error *err);

/* Adds the session statements of the job. */
void skn_apply_add_session(const struct skn_job *job, struct skn_batch *batch);

/* Puts session settings back after a revision that changed some. */
int skn_apply_reset(const struct skn_job *job, struct skn_session *session, struct skn_error *err);

/* Step apply->next is in the ledger: the tables exist, the rows are what it left. */
void skn_apply_step_settled(struct skn_apply *apply, int64_t ms);

/* The link broke, so that the commit in flight, or a statement outside a transaction, may have been
 * done. */
int skn_apply_lost(int rc);

/* Connects once more to the same database, as the holder of the lock. */
int skn_apply_renew(struct skn_apply *apply, struct skn_error *err);

/* The commit of the transaction with steps apply->next to end - 1 went unanswered: looks what the
 * database says. SKN_OK: it was applied, and is settled; others may have moved the rows since. */
int skn_apply_settle(struct skn_apply *apply, const char *token, size_t end, struct skn_error *err);

/* ---- the ways: each step in a transaction of its own (and off ones piecewise), all in one, one
 * step piecewise ---- */

int skn_apply_each(struct skn_apply *apply, struct skn_error *err);
int skn_apply_all(struct skn_apply *apply, struct skn_error *err);

/* The way without a transaction around each revision: work/piecewise.c. */
int skn_apply_piecewise(struct skn_apply *apply, size_t step, struct skn_error *err);

/* Takes back a progress row of which nothing was done. */
int skn_apply_progress_drop(struct skn_apply *apply, struct skn_error *err);

#endif
