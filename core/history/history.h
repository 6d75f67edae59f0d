/*
 * A history: revision files read into a directed acyclic graph. It knows nothing of targets, and
 * never looks into the SQL of a section.
 */
#ifndef SKN_HISTORY_HISTORY_H
#define SKN_HISTORY_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"

enum { SKN_REVISION_ID_MAX = 32 };

enum skn_direction { SKN_UP = 0, SKN_DOWN = 1, SKN_VERIFY = 2 };

/* One section of a file. */
struct skn_section {
    enum skn_direction direction;
    int transaction_off;        /* the section says transaction=off */
    const char *const *drivers; /* words; none: any driver */
    size_t driver_count;
    struct skn_str text; /* normalised (no BOM, LF line ends); lives as long as the history */
    uint32_t line;       /* of the text's first line in the file, 1-based */
};

/* Indices into skn_history.revisions. */
struct skn_links {
    const uint32_t *items;
    size_t count;
};

struct skn_revision {
    const char *id;
    const char *path;         /* as messages show it */
    const char *message;      /* the text above the header; its lines without the "-- " */
    const char *created;      /* as written; "" if absent */
    const char *irreversible; /* the reason, or NULL */
    uint32_t index;
    uint32_t id_line;              /* where "Revision ID:" stands */
    const char *const *parent_ids; /* as written in Revises: */
    size_t parent_count;
    const char *const *depend_texts; /* as written in Depends On: ids or labels */
    size_t depend_count;
    const char *const *labels;
    size_t label_count;
    const char *const *variables; /* names that its SQL may use */
    size_t variable_count;
    const char *const *requires_texts; /* "analytics@4f2a" */
    size_t requires_count;
    const struct skn_section *sections;
    size_t section_count;
    struct skn_str text; /* the whole file, normalised; lives as long as the history */

    /* The graph, all in file order; set once everything is read. */
    struct skn_links parents;    /* Revises */
    struct skn_links depends;    /* Depends On, resolved */
    struct skn_links children;   /* who revises this */
    struct skn_links dependants; /* who depends on this */
};

struct skn_history_index; /* ids and labels by hash */

struct skn_history {
    struct skn_arena arena;
    const char *name;
    struct skn_revision
        *revisions; /* in file order: folder by folder, file names sorted by bytes */
    size_t count;
    uint32_t *order; /* topological: parents and dependencies first; deterministic */
    uint32_t *rank;  /* rank[index]: its place in order */
    struct skn_history_index *by_name;
};

/* Reads every *.sql file of the folders and checks all of them. The first fault is the error, as
 * file:line:column: reason; when there are more, its message says how many, and each is passed to
 * problem (may be NULL). history is initialised here; the caller finishes it, also after an error:
 * it then holds the revisions that are whole and stand on nothing at fault. Linear in files and
 * bytes, no recursion. */
typedef void skn_problem_fn(void *ctx, const char *text);
int skn_history_load(struct skn_history *history, const char *name, const char *const *folders,
                     size_t folder_count, skn_problem_fn *problem, void *ctx,
                     struct skn_error *err);
void skn_history_finish(struct skn_history *history);

/* By exact id; NULL if there is none. */
const struct skn_revision *skn_history_find(const struct skn_history *history, const char *id);

/* By label; NULL if there is none. */
const struct skn_revision *skn_history_label(const struct skn_history *history, const char *label);

/* A head has no child (Revises); it is a real head when nobody depends on it either. */
int skn_revision_is_head(const struct skn_revision *revision);
int skn_revision_is_real_head(const struct skn_revision *revision);

/* The section that a driver's target runs: the one that names the driver, else the one that names
 * none; NULL if there is neither. */
const struct skn_section *skn_revision_section(const struct skn_revision *revision,
                                               enum skn_direction direction, const char *driver);

/* SHA-256 of the normalised file. Made when it is asked for: of the files that are read only those
 * that run need one. */
void skn_revision_checksum(const struct skn_revision *revision, char out[SKN_SHA256_HEX]);

/* Line and column (1-based, columns in characters) of a byte offset in a section's text. */
void skn_section_locate(const struct skn_section *section, size_t offset, uint32_t *line,
                        uint32_t *column);

#endif
