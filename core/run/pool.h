/*
 * A pool of workers: hands items (one target each) to worker processes, at most so many at once and
 * so many per server, and passes on what they say. It knows nothing of probes, plans and reports.
 */
#ifndef SKN_RUN_POOL_H
#define SKN_RUN_POOL_H

#include <jansson.h>

#include "base/error.h"
#include "config/config.h"

struct skn_pool;

enum { SKN_NO_STEP = 0xffffffff };

/* How an item ended. */
struct skn_result {
    const json_t *event;  /* the worker's last word on it, NULL if the worker died */
    struct skn_error err; /* code SKN_OK unless event is an error, or the worker died */
    uint32_t done;        /* revisions surely in the ledger */
    uint32_t step;        /* index of the revision in hand, or SKN_NO_STEP */
    uint32_t statement;   /* of a worker that died: 1-based statement in hand, 0: none */
};

struct skn_pool_hooks {
    void *ctx;
    /* The request for item i: a new reference. */
    json_t *(*request)(void *ctx, uint32_t item);
    /* An event that does not end it. */
    void (*event)(void *ctx, uint32_t item, const json_t *event);
    /* It ended. Return nonzero to have it run again, behind the others. */
    int (*finish)(void *ctx, uint32_t item, const struct skn_result *result);
    /* Zero: start nothing new. */
    int (*more)(void *ctx);
    /* A line from a driver: logged (level 0 to 4), or caught from its stdout (-1) or stderr (-2).
     */
    void (*line)(void *ctx, uint32_t item, int level, const char *text);
};

/* folders: where drivers are looked for; borrowed. */
struct skn_pool *skn_pool_create(uint32_t jobs, const char *const *folders, size_t folder_count);
/* What the files of drivers must be, by driver; borrowed. Before any of them is started. */
void skn_pool_pin(struct skn_pool *pool, struct skn_pairs pins);
void skn_pool_destroy(struct skn_pool *pool);

/* Starts a worker with this driver already, while the caller still reads its files; what fails now
 * fails again, and is said, when the worker is needed. */
void skn_pool_warm(struct skn_pool *pool, const char *driver);

/* Keeps a script for every worker; a request that names its number gets it sent before. Its texts
 * are borrowed as long as its number is used. */
uint32_t skn_pool_script_add(struct skn_pool *pool, struct skn_str sql, const char *version_table,
                             int variables, int off);

/* Runs the items to their end. Workers, and their connections, stay for the next call. Only what
 * keeps the whole from working is an error. */
int skn_pool_run(struct skn_pool *pool, const struct skn_target *const *items, size_t count,
                 const struct skn_pool_hooks *hooks, struct skn_error *err);

/* Asks one worker with this driver and waits for its answer (a new reference). request may be NULL:
 * the answer is what "loaded" said. */
int skn_pool_ask(struct skn_pool *pool, const char *driver, const json_t *request, json_t **answer,
                 struct skn_error *err);

/* SIGINT, SIGTERM and SIGHUP so far: once = finish what is in flight, twice = cancel it. */
void skn_pool_signals_take(void);
int skn_pool_interrupts(void);

#endif
