/*
 * A script: one section of a revision, as sent by the planner, cut into statements by the driver's
 * scanner. It knows nothing of revisions and of what is applied where.
 */
#ifndef SKN_WORK_SCRIPT_H
#define SKN_WORK_SCRIPT_H

#include <jansson.h>

#include "base/arena.h"
#include "work/session.h"

struct skn_statement {
    struct skn_str text;    /* borrowed from the script */
    uint64_t offset;        /* of text in the script */
    uint32_t kind;          /* enum skn_statement_kind */
    uint32_t flags;         /* enum skn_statement_flag */
    int plain;              /* BEGIN or COMMIT and nothing more */
    int repeatable;         /* said so before it, or of a kind that is */
    struct skn_str object;  /* what it names, borrowed from the script; may be absent */
    struct skn_str renamed; /* in a schema file: what it was called before; absent */
    struct skn_str proof;   /* the query said before it that tells whether it took effect; absent */
};

struct skn_script {
    char *text;
    size_t len;
    const char *version_table; /* of its history */
    struct skn_statement *statements;
    size_t count;
    int known;               /* sent by the planner */
    int scanned;             /* statements are valid, or fault is */
    int off;                 /* runs without a transaction around it */
    int variables;           /* ${...} is in use */
    int touches_session;     /* a statement changes session settings */
    struct skn_error *fault; /* NULL: none; position is 1-based into text */
};

struct skn_scripts {
    struct skn_arena arena; /* texts and faults */
    struct skn_script *items;
    size_t count;
    size_t room;
};

void skn_scripts_finish(struct skn_scripts *scripts);

/* Stores what a "scripts" request says. */
int skn_scripts_add(struct skn_scripts *scripts, const json_t *request, struct skn_error *err);

/* The script with this id, scanned; its fault as error, with the position in the script. */
int skn_scripts_get(struct skn_scripts *scripts, int64_t id, struct skn_session *session,
                    const struct skn_script **script, struct skn_error *err);

/* The SQL of a script for one target: its variables replaced, quoted by the driver. Lives in
 * arena. */
int skn_statement_expand(struct skn_str sql, struct skn_session *session, const json_t *vars,
                         struct skn_arena *arena, struct skn_str *out, struct skn_error *err);

#endif
