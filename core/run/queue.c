/*
 * Waiting items. It knows nothing of processes.
 */
#include "run/queue.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/alloc.h"

struct item;

struct server {
    const char *name;
    uint32_t cap;
    uint32_t active;
    struct item *waiting; /* in order */
    struct lane *lane;
    UT_hash_handle hh;
    struct server *prev, *next; /* in its lane's list, while items wait */
    int listed;
};

/* All servers of one driver that have waiting items. */
struct lane {
    const char *driver;
    struct server *servers;
    struct lane *next;
};

struct item {
    struct server *server;
    struct item *prev, *next;
    int waits;
};

struct skn_queue {
    struct item *items;
    struct server *servers; /* by name */
    struct lane *lanes;
    size_t waiting;
};

static struct lane *lane_get(struct skn_queue *queue, const char *driver)
{
    struct lane *lane;
    LL_FOREACH(queue->lanes, lane)
    {
        if (strcmp(lane->driver, driver) == 0)
            return lane;
    }
    lane = skn_alloc(sizeof *lane);
    lane->driver = driver;
    LL_APPEND(queue->lanes, lane);
    return lane;
}

static struct server *server_get(struct skn_queue *queue, const struct skn_target *target)
{
    struct server *server;
    HASH_FIND_STR(queue->servers, target->server, server);
    if (server)
        return server;
    server = skn_alloc(sizeof *server);
    server->name = target->server;
    server->cap = target->max_per_server ? target->max_per_server : 1;
    server->lane = lane_get(queue, target->driver);
    HASH_ADD_KEYPTR(hh, queue->servers, server->name, strlen(server->name), server);
    return server;
}

static void item_wait(struct skn_queue *queue, struct item *item)
{
    struct server *server = item->server;
    DL_APPEND(server->waiting, item);
    item->waits = 1;
    queue->waiting++;
    if (!server->listed)
        DL_APPEND(server->lane->servers, server);
    server->listed = 1;
}

static uint32_t item_take(struct skn_queue *queue, struct item *item)
{
    struct server *server = item->server;
    DL_DELETE(server->waiting, item);
    item->waits = 0;
    queue->waiting--;
    server->active++;
    if (!server->waiting) {
        DL_DELETE(server->lane->servers, server);
        server->listed = 0;
    }
    return (uint32_t)(item - queue->items);
}

struct skn_queue *skn_queue_create(const struct skn_target *const *items, size_t count)
{
    struct skn_queue *queue = skn_alloc(sizeof *queue);
    queue->items = skn_alloc_array(count, sizeof *queue->items);
    for (size_t i = 0; i < count; i++) {
        queue->items[i].server = server_get(queue, items[i]);
        item_wait(queue, &queue->items[i]);
    }
    return queue;
}

void skn_queue_destroy(struct skn_queue *queue)
{
    if (!queue)
        return;
    struct server *server, *next;
    HASH_ITER(hh, queue->servers, server, next)
    {
        HASH_DEL(queue->servers, server);
        free(server);
    }
    struct lane *lane, *rest;
    LL_FOREACH_SAFE(queue->lanes, lane, rest)
    {
        free(lane);
    }
    free(queue->items);
    free(queue);
}

/* At most as many servers are at their cap as there are workers, so this looks at few. */
static struct server *lane_open(const struct lane *lane)
{
    struct server *server;
    DL_FOREACH(lane->servers, server)
    {
        if (server->active < server->cap)
            return server;
    }
    return NULL;
}

uint32_t skn_queue_take(struct skn_queue *queue, const char *driver, uint32_t last)
{
    struct server *near = last == SKN_NO_ITEM ? NULL : queue->items[last].server;
    if (near && strcmp(near->lane->driver, driver) == 0 && near->active < near->cap) {
        if (queue->items[last].waits)
            return item_take(queue, &queue->items[last]);
        if (near->waiting)
            return item_take(queue, near->waiting);
    }
    struct lane *lane;
    LL_FOREACH(queue->lanes, lane)
    {
        struct server *server = strcmp(lane->driver, driver) == 0 ? lane_open(lane) : NULL;
        if (server)
            return item_take(queue, server->waiting);
    }
    return SKN_NO_ITEM;
}

void skn_queue_return(struct skn_queue *queue, uint32_t item)
{
    queue->items[item].server->active--;
    item_wait(queue, &queue->items[item]);
}

void skn_queue_end(struct skn_queue *queue, uint32_t item)
{
    queue->items[item].server->active--;
}

const char *skn_queue_driver(const struct skn_queue *queue)
{
    struct lane *lane;
    LL_FOREACH(queue->lanes, lane)
    {
        if (lane_open(lane))
            return lane->driver;
    }
    return NULL;
}

size_t skn_queue_waiting(const struct skn_queue *queue)
{
    return queue->waiting;
}
