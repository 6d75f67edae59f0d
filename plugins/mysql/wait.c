/*
 * The only places where time passes. Each wait looks every 100 ms at least whether the host wants
 * an end; then the server is asked, over a second connection, to stop the statement, and if it does
 * not answer even so, the link is cut. It knows nothing of statements.
 */
#include "conn.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

enum {
    SLICE_MS = 100,
    GRACE_MS = 5000,  /* for the server to roll a stopped statement back */
    KILL_SECONDS = 2, /* for each wait of the connection that asks it to */
    SILENCES = 3      /* times what it may take to connect: then it is asked whether it is there */
};

/* Waits up to ms; nonzero when what is waited for has come. */
typedef int ready_fn(void *ctx, int ms);

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int socket_of(MYSQL *mysql)
{
#ifdef MARIADB_PACKAGE_VERSION
    return mysql_get_socket(mysql);
#else
    return (int)mysql->net.fd;
#endif
}

int skn_mysql_interrupted(const struct skn_host *host, struct skn_error *err)
{
    if (host->cancelled(host->ctx))
        return skn_fail(err, SKN_E_CANCELLED, "57014", 0, "interrupted");
    int64_t left = host->time_left(host->ctx);
    if (left != -1 && left <= 0)
        return skn_fail(err, SKN_E_TIMEOUT, "57014", 0, "the time limit passed");
    return SKN_OK;
}

/* Returns whether the server took the order. */
static int statement_stop(struct skn_conn *conn)
{
    char sql[64];
    int len = snprintf(sql, sizeof sql, "KILL QUERY %lu", mysql_thread_id(conn->mysql));
    MYSQL *other = skn_mysql_dial(&conn->settings, KILL_SECONDS, KILL_SECONDS, NULL);
    if (!other)
        return 0;
    /* Behind a name with several servers, the number may be somebody else's session. */
    int stopped =
        skn_mysql_same_server(conn, other) && mysql_real_query(other, sql, (unsigned long)len) == 0;
    mysql_close(other);
    return stopped;
}

static int give_up(struct skn_conn *conn, const struct skn_mysql_wait *wait, struct skn_error *err)
{
    shutdown(socket_of(conn->mysql), SHUT_RDWR);
    conn->broken = 1;
    return skn_fail(err, wait->why, "57014", 0,
                    "%s, the server did not stop the statement, and the connection was cut",
                    wait->why == SKN_E_TIMEOUT ? "the time limit passed" : "interrupted");
}

int skn_mysql_wait_check(struct skn_conn *conn, struct skn_mysql_wait *wait, struct skn_error *err)
{
    if (wait->why)
        return clock_ms() < wait->until ? SKN_OK : give_up(conn, wait, err);
    wait->why = skn_mysql_interrupted(conn->host, NULL);
    if (wait->why)
        wait->until = clock_ms() + (statement_stop(conn) ? GRACE_MS : 0);
    return SKN_OK;
}

static int slice(const struct skn_conn *conn, const struct skn_mysql_wait *wait)
{
    int64_t left = wait->why ? -1 : conn->host->time_left(conn->host->ctx);
    if (left < 0 || left > SLICE_MS)
        return SLICE_MS;
    return left > 0 ? (int)left : 1;
}

/* A server that was stopped keeps its sockets, and the kernel behind them goes on acknowledging:
 * after some silence the only way to tell it from one that works is to ask for another connection.
 */
static int silence_check(struct skn_conn *conn, struct skn_mysql_wait *wait, struct skn_error *err)
{
    struct skn_error why = {.size = sizeof why};
    unsigned seconds = conn->settings.connect_timeout;
    if (wait->heard == 0)
        wait->heard = clock_ms();
    if (wait->why || clock_ms() - wait->heard < (int64_t)SILENCES * seconds * 1000)
        return SKN_OK;
    MYSQL *other = skn_mysql_dial(&conn->settings, seconds, seconds, &why);
    if (!other && why.code == SKN_E_CONNECT) {
        shutdown(socket_of(conn->mysql), SHUT_RDWR);
        conn->broken = 1;
        return skn_fail(err, SKN_E_CONNECT, "08006", 0,
                        "the server does not answer any more, and the connection was cut");
    }
    if (other)
        mysql_close(other);
    wait->heard = clock_ms();
    return SKN_OK;
}

static int wait_for(struct skn_conn *conn, struct skn_mysql_wait *wait, ready_fn *ready, void *ctx,
                    struct skn_error *err)
{
    while (!ready(ctx, slice(conn, wait))) {
        int rc = skn_mysql_wait_check(conn, wait, err);
        if (rc == SKN_OK)
            rc = silence_check(conn, wait, err);
        if (rc != SKN_OK)
            return rc;
    }
    return SKN_OK;
}

static int readable(void *ctx, int ms)
{
    struct pollfd fd = {.fd = socket_of(ctx), .events = POLLIN};
    return poll(&fd, 1, ms) > 0;
}

int skn_mysql_wait_pending(struct skn_conn *conn)
{
    return readable(conn->mysql, 0);
}

int skn_mysql_wait_readable(struct skn_conn *conn, struct skn_mysql_wait *wait,
                            struct skn_error *err)
{
    return wait_for(conn, wait, readable, conn->mysql, err);
}

/* ---- calls that can only block ---- */

struct beside {
    pthread_t thread;
    MYSQL *mysql;
    skn_mysql_call *call;
    void *arg;
    int result;
};

static void *beside_run(void *ctx)
{
    struct beside *beside = ctx;
    mysql_thread_init();
    beside->result = beside->call(beside->mysql, beside->arg);
    mysql_thread_end();
    return NULL;
}

static int beside_ready(void *ctx, int ms)
{
    struct beside *beside = ctx;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_timedjoin_np(beside->thread, NULL, &until) == 0;
}

/* Signals stay with the host's thread, or it would not wake to look. */
static int beside_start(struct beside *beside)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&beside->thread, NULL, beside_run, beside);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int skn_mysql_wait_call(struct skn_conn *conn, struct skn_mysql_wait *wait, skn_mysql_call *call,
                        void *arg, int *result, struct skn_error *err)
{
    struct beside beside = {.mysql = conn->mysql, .call = call, .arg = arg};
    if (beside_start(&beside) != 0) {
        *result = call(conn->mysql, arg);
        return SKN_OK;
    }
    int rc = wait_for(conn, wait, beside_ready, &beside, err);
    /* The link was cut, so the call comes back at once. */
    if (rc != SKN_OK)
        pthread_join(beside.thread, NULL);
    *result = beside.result;
    return rc;
}
