/*
 * The items that wait, by driver and server, so that the next one for a worker is found at once and
 * no server gets more than its share. It knows nothing of processes.
 */
#ifndef SKN_RUN_QUEUE_H
#define SKN_RUN_QUEUE_H

#include "base/arena.h"
#include "config/config.h"

enum { SKN_NO_ITEM = 0xffffffff };

struct skn_queue;

struct skn_queue *skn_queue_create(const struct skn_target *const *items, size_t count);
void skn_queue_destroy(struct skn_queue *queue);

/* The next item a worker with this driver can take, SKN_NO_ITEM if none: `last` if it waits (its
 * connection is there), else one of the server that `last` is on, else any below its server's cap.
 */
uint32_t skn_queue_take(struct skn_queue *queue, const char *driver, uint32_t last);

/* Puts an item that was taken behind the others, or ends it. */
void skn_queue_return(struct skn_queue *queue, uint32_t item);
void skn_queue_end(struct skn_queue *queue, uint32_t item);

/* A driver with an item that could be taken now; NULL if none. */
const char *skn_queue_driver(const struct skn_queue *queue);

size_t skn_queue_waiting(const struct skn_queue *queue);

#endif
