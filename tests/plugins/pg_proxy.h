/*
 * A proxy in front of the test server that loses what a network can lose, or claims another session
 * number as poolers do. It knows of the protocol what it must find in it.
 */
#ifndef SKEIN_TEST_PG_PROXY_H
#define SKEIN_TEST_PG_PROXY_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "pg_fixture.h"

enum proxy_mode {
    PROXY_LOSE_REPLY,   /* the server gets the COMMIT, and its answer goes nowhere */
    PROXY_LOSE_REQUEST, /* the COMMIT goes nowhere */
    PROXY_RENUMBER      /* claims another session number, as poolers do */
};

static inline int proxy_upstream(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%s", server_socket,
             server_port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        _exit(1);
    return fd;
}

static inline void pass_on(int fd, const char *bytes, size_t len)
{
    if (write(fd, bytes, len) != (ssize_t)len)
        _exit(0);
}

static inline int holds(const char *bytes, size_t len, const char *word)
{
    return memmem(bytes, len, word, strlen(word) + 1) != NULL;
}

/* BackendKeyData: 'K', length 12, number, secret. */
static inline void renumber(char *bytes, size_t len)
{
    static const char head[] = {'K', 0, 0, 0, 12};
    char *at = memmem(bytes, len, head, sizeof head);
    if (at && (size_t)(bytes + len - at) >= 13)
        at[8] = (char)(at[8] + 1);
}

static inline void proxy_serve(int client, enum proxy_mode mode)
{
    static char bytes[65536];
    int server = proxy_upstream();
    for (;;) {
        struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        poll(fds, 2, -1);
        int from_client = fds[0].revents != 0;
        ssize_t len = read(from_client ? client : server, bytes, sizeof bytes);
        if (len <= 0)
            _exit(0);
        int commits = from_client && holds(bytes, (size_t)len, "COMMIT");
        if (commits && mode == PROXY_LOSE_REQUEST)
            _exit(0);
        if (!from_client && mode == PROXY_RENUMBER)
            renumber(bytes, (size_t)len);
        pass_on(from_client ? server : client, bytes, (size_t)len);
        if (commits && mode == PROXY_LOSE_REPLY) {
            if (read(server, bytes, sizeof bytes) <= 0)
                _exit(1);
            _exit(0);
        }
    }
}

struct proxy {
    pid_t pid;
    char port[16];
};

/* Each connection gets a process of its own, so that losing one loses no other. */
static inline void proxy_accept(int listening, enum proxy_mode mode)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(listening, NULL, NULL);
        if (client >= 0 && fork() == 0)
            proxy_serve(client, mode);
        close(client);
    }
}

static inline struct proxy proxy_start(enum proxy_mode mode)
{
    struct proxy proxy;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listening, 8), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &len), 0);
    snprintf(proxy.port, sizeof proxy.port, "%u", (unsigned)ntohs(address.sin_port));
    proxy.pid = fork();
    assert_true(proxy.pid >= 0);
    if (proxy.pid == 0)
        proxy_accept(listening, mode);
    close(listening);
    return proxy;
}

static inline void proxy_stop(const struct proxy *proxy)
{
    kill(proxy->pid, SIGKILL);
    waitpid(proxy->pid, NULL, 0);
}

static inline struct options options_through(const struct proxy *proxy)
{
    struct options options = options_default();
    option_set(&options, "host", "127.0.0.1");
    option_set(&options, "port", proxy->port);
    option_set(&options, "sslmode", "disable");
    return options;
}

#endif
