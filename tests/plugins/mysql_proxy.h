/*
 * A proxy in front of the test server that can stop moving, cut the link behind a statement that
 * the server has run and not yet answered, or put other words into a statement. It knows nothing of
 * the protocol but the text in it.
 */
#ifndef SKEIN_TEST_MYSQL_PROXY_H
#define SKEIN_TEST_MYSQL_PROXY_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PAIRS_MAX = 8 };

struct pair {
    int client; /* -1: free */
    int server;
    int cut; /* when the server answers */
};

struct proxy {
    int listener;
    int wake[2];
    char port[8];
    pthread_t thread;
    atomic_int frozen;     /* nothing moves, nobody is let in */
    const char *cut_after; /* a text in a statement, or NULL */
    const char *swap_from; /* a text in a statement, or NULL, and one as long to put there */
    const char *swap_to;
    struct pair pairs[PAIRS_MAX];
};

static int proxy_dial(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(to.sun_path, sizeof to.sun_path, "%s", server_socket());
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static void pair_close(struct pair *pair)
{
    close(pair->client);
    close(pair->server);
    *pair = (struct pair){.client = -1, .server = -1};
}

static void pair_open(struct proxy *proxy)
{
    int client = accept(proxy->listener, NULL, NULL);
    for (int i = 0; i < PAIRS_MAX && client >= 0; i++) {
        if (proxy->pairs[i].client >= 0)
            continue;
        proxy->pairs[i] = (struct pair){.client = client, .server = proxy_dial()};
        return;
    }
    close(client);
}

static void swap(const struct proxy *proxy, char *data, size_t len)
{
    if (!proxy->swap_from)
        return;
    assert_int_equal(strlen(proxy->swap_from), strlen(proxy->swap_to));
    char *at = memmem(data, len, proxy->swap_from, strlen(proxy->swap_from));
    if (at)
        memcpy(at, proxy->swap_to, strlen(proxy->swap_to));
}

/* Returns 0 when the pair is over. */
static int pump(struct proxy *proxy, struct pair *pair, int from_client)
{
    char data[65536];
    int from = from_client ? pair->client : pair->server;
    int to = from_client ? pair->server : pair->client;
    ssize_t n = recv(from, data, sizeof data, 0);
    if (n <= 0 || (!from_client && pair->cut))
        return 0;
    if (from_client)
        swap(proxy, data, (size_t)n);
    if (from_client && proxy->cut_after &&
        memmem(data, (size_t)n, proxy->cut_after, strlen(proxy->cut_after)))
        pair->cut = 1;
    return send(to, data, (size_t)n, MSG_NOSIGNAL) == n;
}

static void pairs_serve(struct proxy *proxy, const struct pollfd *fds)
{
    for (int i = 0; i < PAIRS_MAX; i++) {
        struct pair *pair = &proxy->pairs[i];
        int over = 0;
        if (pair->client >= 0 && fds[2 * i].revents)
            over = !pump(proxy, pair, 1);
        if (pair->client >= 0 && !over && fds[2 * i + 1].revents)
            over = !pump(proxy, pair, 0);
        if (over)
            pair_close(pair);
    }
}

static void *proxy_run(void *arg)
{
    struct proxy *proxy = arg;
    struct pollfd fds[2 * PAIRS_MAX + 2];
    for (;;) {
        int frozen = atomic_load(&proxy->frozen);
        for (int i = 0; i < PAIRS_MAX; i++) {
            fds[2 * i] = (struct pollfd){frozen ? -1 : proxy->pairs[i].client, POLLIN, 0};
            fds[2 * i + 1] = (struct pollfd){frozen ? -1 : proxy->pairs[i].server, POLLIN, 0};
        }
        fds[2 * PAIRS_MAX] = (struct pollfd){frozen ? -1 : proxy->listener, POLLIN, 0};
        fds[2 * PAIRS_MAX + 1] = (struct pollfd){proxy->wake[0], POLLIN, 0};
        poll(fds, 2 * PAIRS_MAX + 2, -1);
        char order = 0;
        if (fds[2 * PAIRS_MAX + 1].revents && read(proxy->wake[0], &order, 1) == 1 && order == 'q')
            return NULL;
        if (atomic_load(&proxy->frozen))
            continue;
        pairs_serve(proxy, fds);
        if (fds[2 * PAIRS_MAX].revents)
            pair_open(proxy);
    }
}

static void proxy_order(struct proxy *proxy, char order)
{
    assert_int_equal(write(proxy->wake[1], &order, 1), 1);
}

static inline void proxy_freeze(struct proxy *proxy)
{
    atomic_store(&proxy->frozen, 1);
    proxy_order(proxy, 'f');
}

static inline void proxy_start(struct proxy *proxy, const char *cut_after)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *proxy = (struct proxy){.cut_after = cut_after};
    for (int i = 0; i < PAIRS_MAX; i++)
        proxy->pairs[i] = (struct pair){.client = -1, .server = -1};
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(proxy->listener, 16), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&at, &len), 0);
    snprintf(proxy->port, sizeof proxy->port, "%u", (unsigned)ntohs(at.sin_port));
    assert_int_equal(pipe(proxy->wake), 0);
    assert_int_equal(pthread_create(&proxy->thread, NULL, proxy_run, proxy), 0);
}

static inline void proxy_start_swapping(struct proxy *proxy, const char *from, const char *to)
{
    proxy_start(proxy, NULL);
    proxy->swap_to = to;
    proxy->swap_from = from;
}

static inline void proxy_stop(struct proxy *proxy)
{
    proxy_order(proxy, 'q');
    pthread_join(proxy->thread, NULL);
    for (int i = 0; i < PAIRS_MAX; i++)
        if (proxy->pairs[i].client >= 0)
            pair_close(&proxy->pairs[i]);
    close(proxy->listener);
    close(proxy->wake[0]);
    close(proxy->wake[1]);
}

#endif
