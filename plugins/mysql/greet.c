/*
 * Connecting with an eye on the server's greeting. MariaDB's library, told to insist on TLS but not
 * to verify the server, logs in before it looks whether TLS was offered. It knows nothing of
 * options.
 */
#include "conn.h"

#ifdef MARIADB_PACKAGE_VERSION

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

enum { GREETING_MAX = 1024, PROTOCOL = 10, LOOK_MS = 10 };

static int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is no greeting is left to the library to tell. */
static int greeting_offers(const unsigned char *text, size_t len)
{
    enum { HEAD = 4, NUMBER = 4, SALT = 8, FILLER = 1 };
    if (text[HEAD] != PROTOCOL)
        return 1;
    const unsigned char *end = memchr(text + HEAD + 1, 0, len - HEAD - 1);
    size_t at = end ? (size_t)(end - text) + 1 + NUMBER + SALT + FILLER : len;
    return at + 2 <= len && ((text[at] | text[at + 1] << 8) & CLIENT_SSL) != 0;
}

/* Looks without taking: whether TLS is offered, or -1 while the greeting is not whole. */
static int greeting_look(int fd)
{
    unsigned char text[GREETING_MAX];
    ssize_t n = recv(fd, text, sizeof text, MSG_PEEK | MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        return 1;
    if (n < 5)
        return -1;
    size_t due = 4 + ((size_t)text[0] | (size_t)text[1] << 8 | (size_t)text[2] << 16);
    if ((size_t)n < due && (size_t)n < sizeof text)
        return -1;
    return greeting_offers(text, (size_t)n);
}

static int is_connected(int fd)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &len) == 0;
}

/* Waits for the greeting; 0 where it offers no TLS. */
static int greeting_await(int fd, int64_t end)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    int offers = -1;
    while (offers < 0 && clock_now() < end)
        if (poll(&in, 1, LOOK_MS) > 0 && (offers = greeting_look(fd)) < 0)
            poll(NULL, 0, LOOK_MS);
    return offers != 0;
}

static int ready_await(int fd, int status, int64_t end)
{
    int64_t left = end - clock_now();
    struct pollfd on = {.fd = fd,
                        .events = (short)((status & MYSQL_WAIT_READ ? POLLIN : 0) |
                                          (status & MYSQL_WAIT_WRITE ? POLLOUT : 0))};
    if (left <= 0 || poll(&on, 1, (int)left) <= 0)
        return MYSQL_WAIT_TIMEOUT;
    return (on.revents & (POLLIN | POLLHUP | POLLERR) ? status & MYSQL_WAIT_READ : 0) |
           (on.revents & (POLLOUT | POLLHUP | POLLERR) ? status & MYSQL_WAIT_WRITE : 0);
}

int skn_mysql_greet(MYSQL *mysql, const struct skn_mysql_settings *settings, unsigned long flags,
                    unsigned seconds, int *plain)
{
    const char *password = settings->texts[SKN_MYSQL_PASSWORD];
    int64_t end = clock_now() + (int64_t)seconds * 1000;
    MYSQL *made = NULL;
    int greeted = 0;
    *plain = 0;
    mysql_options(mysql, MYSQL_OPT_NONBLOCK, NULL);
    int status = mysql_real_connect_start(
        &made, mysql, settings->texts[SKN_MYSQL_HOST], settings->texts[SKN_MYSQL_USER],
        password ? password : "", settings->texts[SKN_MYSQL_DATABASE], settings->port, NULL, flags);
    while (status) {
        int fd = mysql_get_socket(mysql);
        int ready = ready_await(fd, status, end);
        if (!greeted && is_connected(fd)) {
            greeted = 1;
            *plain = !greeting_await(fd, end);
        }
        /* The library comes to its end by itself then, and gives back what it holds. */
        if (*plain || ready == MYSQL_WAIT_TIMEOUT)
            shutdown(fd, SHUT_RDWR);
        status = mysql_real_connect_cont(&made, mysql, ready);
    }
    return made != NULL;
}

#endif
