/*
 * A verb, as data: help, man pages and completions are made from this table, and the parser reads
 * it.
 */
#ifndef SKN_CMD_COMMAND_H
#define SKN_CMD_COMMAND_H

#include <limits.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/select.h"
#include "history/branch.h"
#include "run/fleet.h"
#include "run/report.h"

struct skn_context;

enum { SKN_ARGS_ANY = INT_MAX }; /* for args_max */

/* An option, of a verb or of all. */
struct skn_flag {
    const char *name;  /* "target": --target */
    char letter;       /* 't': -t; 0: none */
    const char *value; /* what its value is called, NULL: it takes none */
    const char *help;
};

struct skn_command {
    const char *name;
    const char *args;             /* "REVISION", "[NAME]", "" */
    const char *summary;          /* one line */
    const char *detail;           /* a paragraph, or NULL */
    const struct skn_flag *flags; /* ends with an empty name */
    int args_min;
    int args_max;
    int looks; /* shows what is whole of a history with faults, and fails behind it */
    /* Returns the exit status, or fills err and returns -1. */
    int (*run)(struct skn_context *context, struct skn_error *err);
};

/* One given option. */
struct skn_given {
    const struct skn_flag *flag;
    const char *value;
};

/* All that a verb works with. */
struct skn_context {
    const struct skn_command *command;
    struct skn_given *given;
    size_t given_count;
    const char **args;
    size_t arg_count;

    struct skn_report report;
    struct skn_config config; /* after skn_context_config */
    struct skn_selection *selection;
    struct skn_pool *pool; /* after skn_context_fleet */
    struct skn_fleet fleet;
    const char **driver_folders; /* absolute */
    size_t driver_folder_count;
    char **owned; /* texts to be freed at the end */
    size_t owned_count;
    size_t owned_room;
};

extern const struct skn_flag skn_global_flags[];
extern const struct skn_command *const skn_commands[]; /* ends with NULL */

const struct skn_command *skn_command_find(const char *name);

/* Reads the arguments; options stand before or after the verb, and -1 is an argument. */
int skn_context_parse(struct skn_context *context, int argc, char **argv, struct skn_error *err);
void skn_context_finish(struct skn_context *context);

/* The last value of an option; NULL if it was not given. A flag without a value gives "". */
const char *skn_context_get(const struct skn_context *context, const char *name);
/* Every value of an option; the caller frees the list. */
const char **skn_context_all(const struct skn_context *context, const char *name, size_t *count);

/* Loads the config that the options name, and parses the selection. */
int skn_context_config(struct skn_context *context, struct skn_error *err);
/* The same, then makes the fleet of the selected targets; histories are read and checked. */
int skn_context_fleet(struct skn_context *context, struct skn_error *err);
/* The same for just this target, whatever is selected; after skn_context_config. */
int skn_context_fleet_of(struct skn_context *context, const struct skn_target *target,
                         struct skn_error *err);
/* Probes it. 0: go on; else the exit status, everything being said. -1: err. */
int skn_context_probe(struct skn_context *context, int needs_all, struct skn_error *err);
/* The pool alone, for verbs about drivers. */
int skn_context_pool(struct skn_context *context, struct skn_error *err);

/* The history that a verb about files means: of the one selected target's, or the only one. */
int skn_context_history(struct skn_context *context, const struct skn_history_config **config,
                        const struct skn_history **history, struct skn_error *err);

int skn_context_json(const struct skn_context *context);
int skn_context_verbose(const struct skn_context *context);

/* The name that lines about a member start with; NULL where only one is selected. */
const char *skn_context_name(const struct skn_context *context, const struct skn_member *member);

/* The config, then that history: what verbs start from that only read files. */
int skn_context_files(struct skn_context *context, const struct skn_history **history,
                      struct skn_error *err);

/* ---- revisions as Alembic prints them (cmd/describe.c) ---- */

enum skn_describe_flag {
    SKN_DESCRIBE_TREE = 1, /* (branchpoint) (mergepoint) */
    SKN_DESCRIBE_PARENTS = 2,
    SKN_DESCRIBE_DOC = 4,
    SKN_DESCRIBE_CURRENT = 8, /* the revision is one of the version rows */
    SKN_DESCRIBE_LABELS = 16
};

/* Prints escaped text with its line ends; the second with "target: " before each line, unless
 * target is NULL. */
void skn_print(const struct skn_buf *text);
void skn_print_for(const char *target, const struct skn_buf *text);
void skn_print_error(const struct skn_buf *text); /* to standard error */

/* Revisions of one history on their way to the screen, in the form that the options ask for. */
struct skn_view {
    const struct skn_context *context;
    const struct skn_history *history;
    struct skn_branches branches;
    const char *target; /* whose answer it is, where there are several; else NULL */
    int blocks;         /* whole blocks, as with -v */
};

void skn_view_init(struct skn_view *view, const struct skn_context *context,
                   const struct skn_history *history);
void skn_view_finish(struct skn_view *view);

/* One revision; flags, enum skn_describe_flag, are for a line. */
void skn_view_show(const struct skn_view *view, const struct skn_revision *revision,
                   unsigned flags);

/* Rows as a list of texts for JSON. */
json_t *skn_rows_json(const char *rows);

#endif
