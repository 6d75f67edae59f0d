/*
 * A coordinated command over the selected targets: probe all, plan, check, run. Any failure before
 * the run changes nothing anywhere. It knows nothing of how its events are shown.
 */
#ifndef SKN_RUN_FLEET_H
#define SKN_RUN_FLEET_H

#include <jansson.h>

#include "config/select.h"
#include "history/history.h"
#include "plan/plan.h"
#include "run/pool.h"

enum skn_member_state {
    SKN_MEMBER_NEW = 0,
    SKN_MEMBER_PROBED,      /* rows and the rest are known */
    SKN_MEMBER_UNREACHABLE, /* the probe failed */
    SKN_MEMBER_DONE,
    SKN_MEMBER_FAILED,
    SKN_MEMBER_NOT_REACHED /* the run stopped before it */
};

/* A selected target on its way through the command. */
struct skn_member {
    const struct skn_target *target;
    const char *rows;     /* version rows as last seen: sorted, joined by commas; shared text */
    const char *from;     /* as the probe found them */
    const char *product;  /* "PostgreSQL 15.18"; shared text */
    const char *identity; /* of the database; owned */
    const char *user;     /* shared text */
    const char *schema;   /* where unqualified names go, "" if nowhere; shared text */
    const char *denial;   /* why the ledger is not ours to write, "" if it is; shared text */
    const char *refusal;  /* why nothing must be changed there, "" if nothing is; shared text */
    json_t *progress;     /* of a half applied revision; NULL mostly; owned */
    json_t *doubt;        /* its statement in doubt, once asked for; owned */
    char *holder;         /* who is at work on it, once asked for; NULL: nobody; owned */
    const struct skn_plan *plan;
    char *error;   /* why it failed, with place; owned */
    uint32_t code; /* enum skn_code of it */
    uint32_t done; /* revisions applied by this command */
    uint32_t tries;
    uint32_t flags; /* enum skn_server_flag */
    int64_t ms;     /* its run took */
    int64_t began;
    uint64_t caps;
    enum skn_member_state state;
    int stamped; /* the version table is there */
};

/* Who wants to hear of it. All required. */
struct skn_fleet_events {
    void *ctx;
    void (*probed)(void *ctx, const struct skn_member *member);
    /* Steps that begin: one, or all of a script. */
    void (*start)(void *ctx, const struct skn_member *member, const struct skn_walk_step *steps,
                  size_t count);
    void (*step)(void *ctx, const struct skn_member *member, const struct skn_walk_step *step,
                 int64_t ms);
    void (*finished)(void *ctx, const struct skn_member *member);
    void (*line)(void *ctx, const struct skn_member *member, int level, const char *text);
};

struct skn_fleet {
    const struct skn_config *config;
    const struct skn_fleet_events *events;
    struct skn_pool *pool;
    struct skn_member *members;
    size_t count;
    struct skn_fleet_store *store; /* histories, shared texts, scripts */
    const char *run_id;
    char who[256];           /* user@host; found out when first needed */
    int go_on;               /* on_failure = continue */
    int assumed;             /* nobody was probed: only the statements of plans are checked */
    int failed;              /* members that failed in the phase in hand */
    int asks_holder;         /* the probe asks who is at work */
    int asks_rights;         /* the probe asks whether the ledger is ours to write */
    int looks;               /* nothing is changed: the whole part of a damaged history will do */
    struct skn_error damage; /* of a history that was taken so */
};

/* The members are the targets that selection has, without asking databases. */
int skn_fleet_init(struct skn_fleet *fleet, const struct skn_config *config,
                   const struct skn_selection *selection, struct skn_pool *pool,
                   const struct skn_fleet_events *events, struct skn_error *err);
void skn_fleet_finish(struct skn_fleet *fleet);

/* The history of a target, loaded at first use. problem: as in skn_history_load. */
int skn_fleet_history(struct skn_fleet *fleet, const struct skn_history_config *wanted,
                      const struct skn_history **history, struct skn_error *err);

/* Reaches every member and reads its ledger. Members that cannot be reached are marked; so are
 * those that are another name for the same database and version table. SKN_OK also then: look at
 * failed. */
int skn_fleet_probe(struct skn_fleet *fleet, struct skn_error *err);

/* Takes away the members that selection, now that the databases have answered, does not have. */
int skn_fleet_filter(struct skn_fleet *fleet, const struct skn_selection *selection,
                     struct skn_error *err);

/* Gives every member its plan, and checks it: symbols, sections, statements of the whole history.
 * The first fault is the error. */
int skn_fleet_plan(struct skn_fleet *fleet, struct skn_planner *planner, struct skn_error *err);

/* Runs the plans. Members end done, failed or not reached. */
int skn_fleet_run(struct skn_fleet *fleet, struct skn_planner *planner, struct skn_error *err);

/* Instead of a probe: every member is taken to be at what start names in its history ("base": at
 * nothing). */
int skn_fleet_assume(struct skn_fleet *fleet, const char *start, struct skn_error *err);

/* The plan of each member as a script for its engine's own client; of one that has none, the making
 * of its version table. Nothing is reached. take gets them in the order of the members, once all
 * are there. */
typedef void skn_script_fn(void *ctx, const struct skn_member *member, struct skn_str script);
int skn_fleet_render(struct skn_fleet *fleet, skn_script_fn *take, void *ctx,
                     struct skn_error *err);

/* Looks at the statement in doubt of every member that has one (member->doubt). Members that cannot
 * be asked end failed. SKN_E_USAGE where there is none. */
int skn_fleet_doubts(struct skn_fleet *fleet, struct skn_error *err);

/* Settles those that were looked at, as applied or not, if what was seen is still so. Members end
 * done or failed; those without doubt stay as they are. */
int skn_fleet_resolve(struct skn_fleet *fleet, int applied, struct skn_error *err);

/* Where the statement in doubt stands: "path:line:column". */
void skn_fleet_doubt_place(struct skn_fleet *fleet, const struct skn_member *member,
                           struct skn_error *place);

/* Makes the version table of every member that has none. Members end done, failed or not reached.
 */
int skn_fleet_ensure(struct skn_fleet *fleet, struct skn_error *err);

/* Members in a state. */
size_t skn_fleet_tally(const struct skn_fleet *fleet, enum skn_member_state state);

/* ---- inside run/ ---- */

/* The part of a request that says how to reach a target. */
json_t *skn_fleet_request(struct skn_fleet *fleet, const struct skn_target *target,
                          const char *verb, struct skn_error *err);
json_t *skn_fleet_refusal(const struct skn_error *err); /* in its place */
/* The same for the server that a target's scratch databases are made on, where it is another one;
 * put into the request. */
int skn_fleet_request_scratch(struct skn_fleet *fleet, const struct skn_target *target,
                              json_t *request, struct skn_error *err);
const char *skn_fleet_text(struct skn_fleet *fleet, const char *text); /* shared */
void skn_member_fail(struct skn_member *member, enum skn_member_state state,
                     const struct skn_error *err);
const char *skn_rows_join(struct skn_fleet *fleet, const json_t *rows);

/* The version rows that an answer tells, joined; SKN_E_DRIVER when it is no such answer. */
int skn_rows_read(struct skn_fleet *fleet, const json_t *answer, const char **rows,
                  struct skn_error *err);

/* The script of a section, and back. */
uint32_t skn_fleet_script(struct skn_fleet *fleet, const struct skn_revision *revision,
                          const struct skn_section *section);
int skn_fleet_script_locate(const struct skn_fleet *fleet, int64_t script, size_t offset,
                            struct skn_error *err); /* adds path:line:column to err */

#endif
