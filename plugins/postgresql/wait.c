/*
 * Waiting for a socket without ever sleeping past what the host allows. Knows nothing of
 * PostgreSQL.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "pg.h"

/* How long a wish of the host may go unseen. */
#define SLICE_MS 100
/* What leaving things in order may take once the host has given up. */
#define TIDY_MS 1000

int64_t skn_pg_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Milliseconds left, -1: no end in sight. */
static int64_t time_left(const struct skn_pg_limit *limit)
{
    int64_t left = limit->host ? limit->host->time_left(limit->host->ctx) : -1;
    if (left != -1 && left < 0)
        left = 0;
    if (limit->until < 0)
        return left;
    int64_t own = limit->until - skn_pg_now();
    if (own < 0)
        own = 0;
    return left < 0 || own < left ? own : left;
}

int skn_pg_limit_check(const struct skn_pg_limit *limit)
{
    if (limit->host && limit->host->cancelled(limit->host->ctx))
        return SKN_E_CANCELLED;
    return time_left(limit) == 0 ? SKN_E_TIMEOUT : SKN_OK;
}

struct skn_pg_limit skn_pg_limit_tidy(const struct skn_host *host)
{
    struct skn_pg_limit limit = {host, -1};
    if (skn_pg_limit_check(&limit) != SKN_OK)
        limit = (struct skn_pg_limit){NULL, skn_pg_now() + TIDY_MS};
    return limit;
}

int skn_pg_wait(int fd, short events, const struct skn_pg_limit *limit)
{
    for (;;) {
        int rc = skn_pg_limit_check(limit);
        if (rc != SKN_OK)
            return rc;
        int64_t left = time_left(limit);
        struct pollfd entry = {.fd = fd, .events = events};
        int ready = poll(&entry, 1, left < 0 || left > SLICE_MS ? SLICE_MS : (int)left);
        /* What is wrong with the descriptor libpq will find out, and say better. */
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return SKN_OK;
    }
}

int skn_pg_wait_slice(int fd, short events, const struct skn_pg_limit *limit, int64_t slice,
                      int *ready)
{
    int64_t end = skn_pg_now() + slice;
    struct skn_pg_limit part = *limit;
    if (part.until < 0 || end < part.until)
        part.until = end;
    int rc = skn_pg_wait(fd, events, &part);
    *ready = rc == SKN_OK;
    /* The slice is over, and perhaps not the limit. */
    return rc == SKN_E_TIMEOUT ? skn_pg_limit_check(limit) : rc;
}
