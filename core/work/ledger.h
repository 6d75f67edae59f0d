/*
 * The ledger: what skein records in each target. alembic_version as Alembic makes it, skein_log for
 * the curious, skein_step while a revision is under way without a transaction. It writes portable
 * SQL by the driver's types and quoting, and knows nothing of graphs.
 */
#ifndef SKN_WORK_LEDGER_H
#define SKN_WORK_LEDGER_H

#include "work/batch.h"
#include "work/job.h"
#include "work/session.h"

enum { SKN_ROWS_MAX = 10000 };

/* The row of skein_step. */
struct skn_progress {
    int found;
    const char *revision;
    const char *direction; /* "upgrade" or "downgrade" */
    int64_t done;          /* statements 1..done are applied */
    int64_t total;
    int64_t intent;     /* the statement that may be running, 0: none */
    const char *prefix; /* hash over statements 1..done */
    const char *error;  /* of the statement that failed last, "" if none */
    const char *who;
    const char *run_id; /* whose row it is */
    const char *updated;
    const char *text;   /* hash of the statement that may be running */
    const char *before; /* fingerprint of what it may change, "" if none */
};

/* How its statements are written: to be run here, for a script, or for a script that is Alembic's
 * to the letter. */
enum skn_ledger_style { SKN_LEDGER_ONLINE = 0, SKN_LEDGER_SCRIPT, SKN_LEDGER_ALEMBIC };

struct skn_ledger {
    const struct skn_job *job;
    struct skn_session *session;
    enum skn_ledger_style style;
    const char *now;      /* SCRIPT: the expression for the time */
    const char *versions; /* quoted, with the schema if one is named */
    const char *log;
    const char *step;
    const char *key; /* of our row in skein_step, quoted */
    int has_versions;
    int has_log;
    int has_step;
    json_t *rows; /* version rows, sorted; owned */
    struct skn_progress progress;
};

/* Quotes the names. job and session are borrowed, and outlive it. */
int skn_ledger_init(struct skn_ledger *ledger, const struct skn_job *job,
                    struct skn_session *session, struct skn_error *err);
void skn_ledger_finish(struct skn_ledger *ledger);

/* Reads rows and progress as they are now. */
int skn_ledger_read(struct skn_ledger *ledger, struct skn_error *err);

/* SKN_E_PERMISSION: what is there of its tables is not ours to change. */
int skn_ledger_rights(const struct skn_ledger *ledger, struct skn_error *err);

/* Appends the steps that make what is missing of the tables a transaction needs. */
void skn_ledger_add_versions(const struct skn_ledger *ledger, struct skn_batch *batch);
void skn_ledger_add_tables(const struct skn_ledger *ledger, struct skn_batch *batch);
void skn_ledger_add_step_table(const struct skn_ledger *ledger, struct skn_batch *batch);

/* A query that returns a row unless the version rows are just these; lives in arena. NULL: err. */
const char *skn_ledger_expect(const struct skn_ledger *ledger, struct skn_arena *arena,
                              const json_t *rows, struct skn_error *err);

/* Appends what Alembic's script ends with when no version row is left. */
void skn_ledger_add_drop(const struct skn_ledger *ledger, struct skn_batch *batch);

/* Appends the query of the version rows. */
void skn_ledger_add_query(const struct skn_ledger *ledger, struct skn_batch *batch);

/* The same once more, behind the changes: what hidden statements did to them shows. */
void skn_ledger_add_after(const struct skn_ledger *ledger, struct skn_batch *batch);

/* Appends the changes of rows that a step of a run says, each of which must touch one row. */
int skn_ledger_add_changes(const struct skn_ledger *ledger, struct skn_batch *batch,
                           const json_t *step, struct skn_error *err);

/* Appends a row of skein_log, where it is kept. outcome: "applied". started: as text; not looked at
 * for a script. */
int skn_ledger_add_log(const struct skn_ledger *ledger, struct skn_batch *batch, const json_t *step,
                       const char *outcome, const char *started, int64_t ms, struct skn_error *err);

/* Progress without a transaction. */
struct skn_mark {
    int64_t done;
    int64_t total;
    int64_t intent; /* 0: none */
    const char *prefix;
    const char *error; /* "" : none */
    const char *owner; /* the run whose row it must still be */
    const char *text;  /* of the intent: as in skn_progress */
    const char *before;
};

int skn_ledger_add_progress(const struct skn_ledger *ledger, struct skn_batch *batch,
                            const json_t *step, const struct skn_mark *mark, int first,
                            struct skn_error *err);
void skn_ledger_add_progress_end(const struct skn_ledger *ledger, struct skn_batch *batch);

/* Applies a step's changes to rows in memory. */
void skn_rows_change(json_t *rows, const json_t *step);
int skn_rows_equal(const json_t *a, const json_t *b); /* as sets */

#endif
