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
    SKN_QUESTION_GRANTS = 64,     /* with NONE: who may do what belongs to it */
    SKN_QUESTION_FIRST = 32       /* of the first member of each driver alone */
};

enum skn_side_kind {
    SKN_SIDE_MEMBER,   /* the target that is asked */
    SKN_SIDE_NOTHING,  /* an empty schema */
    SKN_SIDE_DESIRED,  /* the desired schema of its history, or of a file */
    SKN_SIDE_TARGET,   /* another target */
    SKN_SIDE_REVISION, /* what its history makes of nothing, up to a revision */
    SKN_SIDE_NONE      /* there is no such side */
};

struct skn_side {
    enum skn_side_kind kind;
    const struct skn_target *target; /* TARGET */
    const char *file;                /* DESIRED: instead of what the histories name; may be NULL */
    const char *revision;            /* REVISION: a symbol, as for upgrade */
};

/* What takes from to to. With to NONE how from is, as one hash; from NOTHING: all of to as text. */
struct skn_question {
    struct skn_side from;
    struct skn_side to;
    unsigned flags;             /* enum skn_question_flag */
    const char *const *renames; /* "old:new" */
    size_t rename_count;
};

/* What was found in one target; owned by the findings. */
struct skn_finding {
    char *hash;          /* NULL: it was not found out, the member says why; or not asked */
    json_t *differences; /* texts */
    json_t *statements;  /* the worker's events */
    json_t *renames;     /* that may be meant: objects with "rename", as typed, and "text" */
    char *up;            /* the sections' text; "" where nothing is to be done */
    char *down;
    char *unproven; /* why the proof failed; NULL: it did not */
    int grants;     /* the hash is also of who may do what */
    int up_off;     /* the section says transaction=off */
    int down_off;
    size_t held; /* statements that are written as comments */
};

struct skn_findings {
    struct skn_finding *items; /* by member */
    size_t count;
    struct skn_desired_store *store;
};

/* No member before it has the same driver. */
int skn_member_speaks(const struct skn_fleet *fleet, size_t at);

/* Asks every member that was not given up yet; they end done or unreachable, with the reason. The
 * caller finishes the findings, also after an error. SKN_E_CONFIG: a history has no schema file for
 * a driver. SKN_E_USAGE: it has no such revision. */
int skn_fleet_compare(struct skn_fleet *fleet, const struct skn_question *question,
                      struct skn_findings *findings, struct skn_error *err);
void skn_findings_finish(struct skn_findings *findings);

#endif
