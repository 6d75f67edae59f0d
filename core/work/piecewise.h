/*
 * A revision on its way without a transaction around it: what the files share that apply it so.
 */
#ifndef SKN_WORK_PIECEWISE_H
#define SKN_WORK_PIECEWISE_H

#include "work/apply.h"
#include "work/prefix.h"

struct skn_piecewise {
    struct skn_apply *apply;
    const json_t *step;
    size_t index;                    /* of step */
    const struct skn_script *script; /* NULL: a stamp */
    size_t total;
    size_t done;                 /* statements counted in the ledger */
    char prefix[SKN_SHA256_HEX]; /* over statements 1..done */
    int recorded;                /* our row in skein_step is there */
    const char *owner;           /* the run whose row it is, NULL: ours */
    struct skn_intent intent;    /* what the row announced last */
    size_t announced;            /* the statement that it announces now; 1-based, 0: none */
    size_t loose; /* a statement that changes rows and does not roll back; SIZE_MAX: none */
};

/* ---- work/announce.c: the progress row ---- */

/* What statement i of the revision must be announced with: nothing where a transaction makes that
 * needless, or the session starts anew. */
int skn_piece_announce(struct skn_piecewise *work, size_t i, struct skn_intent *intent,
                       struct skn_error *err);

/* Adds the mark to a batch, or writes it by itself. */
int skn_piece_mark_add(struct skn_piecewise *work, struct skn_batch *batch,
                       const struct skn_intent *intent, const char *error, struct skn_error *err);
int skn_piece_mark(struct skn_piecewise *work, const struct skn_intent *intent, const char *error,
                   struct skn_error *err);

/* Notes how far we came, and that nothing is running; where nothing was done, no trace is left. An
 * interrupt does not keep it from being written, for without it a statement would be in doubt. */
void skn_piece_mark_settle(struct skn_piecewise *work, int rc, const char *error);

/* Extends the prefix over statements from to to - 1. */
void skn_piece_prefix(struct skn_piecewise *work, size_t from, size_t to);

/* Settings of the session that statements before work->done made, made again. */
int skn_piece_replay(struct skn_piecewise *work, struct skn_error *err);

/* Takes up what an earlier run left. */
int skn_piece_resume(struct skn_piecewise *work, struct skn_error *err);

/* Whether the statement rolls back with a transaction that is put around it. */
int skn_piece_rides(const struct skn_piecewise *work, size_t i);

/* An open transaction goes, and nothing else. */
void skn_piece_rollback(struct skn_piecewise *work);

/* ---- work/doubt.c: how a statement ended ---- */

int skn_piece_judge(struct skn_piecewise *work, size_t i, const char *before, int failed,
                    enum skn_verdict *verdict, struct skn_error *err);

/* Fills err: what is in doubt, why, and what to do; SKN_E_UNCERTAIN. */
int skn_piece_doubt(struct skn_piecewise *work, size_t i, const char *why, struct skn_error *err);

/* The same of a statement that just ended with err, which its announcement keeps. */
int skn_piece_unsure(struct skn_piecewise *work, size_t i, struct skn_error *err);

/* Tells people how a statement was found to have ended. */
void skn_piece_say(struct skn_piecewise *work, size_t i, enum skn_verdict verdict,
                   const char *what);

/* Statement i, announced by work->intent, ended with err; or its session was lost with err. SKN_OK:
 * the verdict is sure. Else err says what is in doubt. */
int skn_piece_failed(struct skn_piecewise *work, size_t i, enum skn_verdict *verdict,
                     struct skn_error *err);
int skn_piece_lost(struct skn_piecewise *work, size_t i, enum skn_verdict *verdict,
                   struct skn_error *err);

/* ---- work/finish.c: the closing transaction ---- */

int skn_piece_finish(struct skn_piecewise *work, int64_t began, const char *started,
                     struct skn_error *err);

#endif
