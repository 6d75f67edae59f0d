/*
 * Schemas of targets, compared: with a desired text, with another target, with nothing. It decides
 * nothing of what is made of the findings.
 */
#ifndef SKN_RUN_COMPARE_H
#define SKN_RUN_COMPARE_H

#include "run/fleet.h"

enum skn_question_flag {
    SKN_QUESTION_WRITE = 1, /* the statements of both ways as well */
    SKN_QUESTION_PROVE = 2,
    SKN_QUESTION_ONLINE = 4,
    SKN_QUESTION_ALLOW_DROP = 16, /* what destroys data is not held back */
    SKN_QUESTION_REVERSE = 32     /* what takes the other side to the target's */
};

enum skn_question_kind {
    SKN_QUESTION_HASH,   /* how the schema is, as one hash */
    SKN_QUESTION_DUMP,   /* all of it as text */
    SKN_QUESTION_SCRIPT, /* what takes it to the desired schema */
    SKN_QUESTION_TARGET  /* what takes it to that of another target */
};

struct skn_question {
    enum skn_question_kind kind;
    unsigned flags;                 /* enum skn_question_flag */
    const struct skn_target *other; /* TARGET */
    const char *schema_file;        /* SCRIPT: instead of what the histories name; may be NULL */
    const char *const *renames;     /* "old:new" */
    size_t rename_count;
};

/* What was found in one target; owned by the findings. */
struct skn_finding {
    const char *path;    /* SCRIPT: of the desired schema, as messages show it */
    char *hash;          /* NULL: it was not found out; the member says why */
    json_t *differences; /* texts */
    json_t *statements;  /* the worker's events */
    char *up;            /* the sections' text; "" where nothing is to be done */
    char *down;
    char *unproven; /* why the proof failed; NULL: it did not */
    int up_off;     /* the section says transaction=off */
    int down_off;
    size_t held; /* statements that are written as comments */
};

struct skn_findings {
    struct skn_finding *items; /* by member */
    size_t count;
    struct skn_desired_store *store;
};

/* Asks every member that was not given up yet; they end done or unreachable, with the reason. The
 * caller finishes the findings, also after an error. SKN_E_CONFIG: a history has no schema file for
 * a driver. */
int skn_fleet_compare(struct skn_fleet *fleet, const struct skn_question *question,
                      struct skn_findings *findings, struct skn_error *err);
void skn_findings_finish(struct skn_findings *findings);

#endif
