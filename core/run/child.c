/*
 * Worker processes: starting, talking, ending. It knows nothing of what is asked of them.
 */
#include "run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vault.h"

enum { PATIENCE_MS = 2000, OUTPUT_LINE_MAX = 8192 };

/* What a worker may see of the environment: nothing that steers the loader or a client library, no
 * secret that the config names. */
static char *const *environment_build(char *list[], size_t room)
{
    static const char *const kept[] = {
        "HOME",   "PATH",          "LANG",         "LC_ALL",       "LC_CTYPE",      "TZ",
        "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0] && n + 1 < room; i++) {
        const char *value = getenv(kept[i]);
        if (value && asprintf(&list[n], "%s=%s", kept[i], value) >= 0)
            n++;
    }
    list[n] = NULL;
    return list;
}

struct wiring {
    int socket[2];
    int out[2];
    int err[2];
    int page;
};

static void pair_close(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

static void wiring_close(struct wiring *wiring)
{
    pair_close(wiring->socket);
    pair_close(wiring->out);
    pair_close(wiring->err);
    if (wiring->page >= 0)
        close(wiring->page);
}

static int wiring_open(struct wiring *wiring)
{
    *wiring = (struct wiring){{-1, -1}, {-1, -1}, {-1, -1}, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wiring->socket) != 0 ||
        pipe2(wiring->out, O_CLOEXEC) != 0 || pipe2(wiring->err, O_CLOEXEC) != 0)
        return -1;
    wiring->page = memfd_create("skein-page", MFD_CLOEXEC);
    return wiring->page >= 0 ? ftruncate(wiring->page, sizeof(struct skn_page)) : -1;
}

/* No source of a copy stands where an earlier copy goes: numbers are given out from the lowest up,
 * and the page was opened last. */
static int actions_add(posix_spawn_file_actions_t *actions, const struct wiring *wiring)
{
    int rc = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, wiring->out[1], 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, wiring->err[1], 2);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, wiring->socket[1], SKN_WIRE_FD);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, wiring->page, SKN_PAGE_FD);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(actions, SKN_PAGE_FD + 1);
    /* No library shall find anything by a relative name. */
    return rc == 0 ? posix_spawn_file_actions_addchdir_np(actions, "/") : rc;
}

/* A process group of its own. What asks a worker to stop must not end it before it can listen: it
 * is born with these kept back, and takes them itself. */
static int attributes_set(posix_spawnattr_t *attributes)
{
    sigset_t later;
    sigprocmask(SIG_BLOCK, NULL, &later);
    sigaddset(&later, SIGINT);
    sigaddset(&later, SIGUSR1);
    int rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    return rc == 0 ? posix_spawnattr_setsigmask(attributes, &later) : rc;
}

/* Not fork(), which copies what the new program throws away at once. 0, or a number of errno. */
static int worker_spawn(const struct wiring *wiring, const char *program, char *const *environment,
                        pid_t *pid)
{
    static char name[] = "skein";
    static char verb[] = "--worker";
    char *const arguments[] = {name, verb, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int rc = actions_add(&actions, wiring);
    if (rc == 0)
        rc = attributes_set(&attributes);
    if (rc == 0)
        rc = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static int nonblocking(int fd)
{
    return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void child_adopt(struct skn_child *child, struct wiring *wiring, pid_t pid)
{
    child->pid = pid;
    child->socket = wiring->socket[0];
    child->outputs[0] = wiring->out[0];
    child->outputs[1] = wiring->err[0];
    child->page_fd = wiring->page;
    nonblocking(child->socket);
    nonblocking(child->outputs[0]);
    nonblocking(child->outputs[1]);
    wiring->socket[0] = wiring->out[0] = wiring->err[0] = wiring->page = -1;
}

int skn_child_start(struct skn_child *child, struct skn_error *err)
{
    *child = (struct skn_child){.socket = -1, .outputs = {-1, -1}, .page_fd = -1};
    char program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    struct wiring wiring;
    if (len <= 0 || wiring_open(&wiring) != 0) {
        int reason = errno;
        if (len > 0)
            wiring_close(&wiring);
        return skn_error_set(err, SKN_E_DRIVER, "cannot start a worker: %s", strerror(reason));
    }
    program[len] = '\0';
    void *page =
        mmap(NULL, sizeof(struct skn_page), PROT_READ | PROT_WRITE, MAP_SHARED, wiring.page, 0);
    char *list[32];
    char *const *environment = environment_build(list, sizeof list / sizeof list[0]);
    pid_t pid = 0;
    int reason = page == MAP_FAILED ? errno : worker_spawn(&wiring, program, environment, &pid);
    for (size_t i = 0; list[i]; i++)
        free(list[i]);
    if (reason == 0) {
        child_adopt(child, &wiring, pid);
        child->page = page;
    } else if (page != MAP_FAILED) {
        munmap(page, sizeof(struct skn_page));
    }
    wiring_close(&wiring);
    if (reason != 0)
        return skn_error_set(err, SKN_E_DRIVER, "cannot start a worker: %s", strerror(reason));
    return SKN_OK;
}

void skn_child_flush(struct skn_child *child)
{
    while (child->socket >= 0 && child->sent < child->out.len) {
        ssize_t n = send(child->socket, child->out.text + child->sent, child->out.len - child->sent,
                         MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        /* A dead worker is noticed when its end of the socket is read. */
        if (n <= 0)
            break;
        child->sent += (size_t)n;
    }
    /* Only where it is the larger part: every byte moves a bounded number of times. */
    if (child->sent > child->out.len / 2) {
        skn_buf_drop(&child->out, child->sent);
        child->sent = 0;
    }
}

void skn_child_send(struct skn_child *child, const json_t *message)
{
    skn_wire_encode(&child->out, message);
}

void skn_child_send_body(struct skn_child *child, json_t *message, struct skn_str body)
{
    skn_wire_encode_body(&child->out, message, body);
}

static int fd_read(int fd, struct skn_buf *to, struct skn_wire *wire)
{
    static char chunk[65536]; /* on the stack it would be cleared each time, all of it */
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            return -1;
        if (wire)
            skn_wire_add(wire, chunk, (size_t)n);
        else
            skn_buf_add(to, chunk, (size_t)n);
        if (n < (ssize_t)sizeof chunk)
            return 0;
    }
}

int skn_child_read(struct skn_child *child, int which)
{
    if (which == 0)
        return fd_read(child->socket, NULL, &child->in);
    int *fd = &child->outputs[which - 1];
    if (*fd < 0)
        return -1;
    int rc = fd_read(*fd, &child->lines[which - 1], NULL);
    if (rc < 0) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

/* Bytes of the first line, without its end; *whole: the end is there. */
static size_t line_len(const struct skn_buf *lines, int *whole)
{
    const char *end = lines->len ? memchr(lines->text, '\n', lines->len) : NULL;
    *whole = end != NULL;
    return end ? (size_t)(end - lines->text) : lines->len;
}

int skn_child_line(struct skn_child *child, int which, int rest, struct skn_buf *line)
{
    struct skn_buf *lines = &child->lines[which];
    int whole;
    size_t len = line_len(lines, &whole);
    if (child->cut[which]) {
        skn_buf_drop(lines, len + (size_t)whole);
        child->cut[which] = !whole;
        if (!whole)
            return 0;
        len = line_len(lines, &whole);
    }
    if (!whole && len < OUTPUT_LINE_MAX && !(rest && len > 0))
        return 0;
    skn_buf_clear(line);
    skn_buf_add(line, lines->text, len > OUTPUT_LINE_MAX ? OUTPUT_LINE_MAX : len);
    child->cut[which] = !whole && len >= OUTPUT_LINE_MAX;
    skn_buf_drop(lines, len + (size_t)whole);
    return 1;
}

void skn_child_signal(struct skn_child *child, int signal_number)
{
    if (child->pid > 0)
        kill(child->pid, signal_number);
}

void skn_child_press(struct skn_child *child)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
    int64_t now = skn_clock_ms();
    if (child->stage >= 3 || now < child->patience)
        return;
    skn_child_signal(child, signals[child->stage]);
    child->stage++;
    child->patience = now + PATIENCE_MS;
}

/* Waits for the end, at most limit ms. True when it came. */
static int child_reap(struct skn_child *child, int64_t limit)
{
    int64_t end = skn_clock_ms() + limit;
    int fd = pidfd_open(child->pid, 0);
    for (;;) {
        pid_t got = waitpid(child->pid, &child->status, WNOHANG);
        int64_t left = end - skn_clock_ms();
        if (got != 0 || left <= 0) {
            if (fd >= 0)
                close(fd);
            return got != 0;
        }
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        poll(&wait, 1, fd >= 0 ? (int)left : 1);
    }
}

static void child_close(struct skn_child *child)
{
    if (child->socket >= 0)
        close(child->socket);
    for (int i = 0; i < 2; i++)
        if (child->outputs[i] >= 0)
            close(child->outputs[i]);
    if (child->page)
        munmap(child->page, sizeof *child->page);
    if (child->page_fd >= 0)
        close(child->page_fd);
    skn_wire_finish(&child->in);
    skn_buf_wipe(&child->out);
    skn_buf_finish(&child->lines[0]);
    skn_buf_finish(&child->lines[1]);
    *child = (struct skn_child){.socket = -1, .outputs = {-1, -1}, .page_fd = -1};
}

void skn_child_stop(struct skn_child *child)
{
    if (child->pid > 0) {
        if (child->socket >= 0)
            close(child->socket);
        child->socket = -1;
        if (!child_reap(child, PATIENCE_MS)) {
            kill(child->pid, SIGKILL);
            while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
                continue;
        }
    }
    child_close(child);
}

void skn_child_epitaph(struct skn_child *child, const char *driver, struct skn_error *err)
{
    char call[64] = "between calls";
    if (child->page && child->page->call[0])
        snprintf(call, sizeof call, "in %.31s()", child->page->call);
    if (!child_reap(child, PATIENCE_MS)) {
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
            continue;
    }
    int stage = child->stage;
    child->pid = 0;
    if (stage > 0)
        skn_error_set(err, SKN_E_TIMEOUT,
                      "driver %s did not come back %s within its time, and was ended", driver,
                      call);
    else if (WIFSIGNALED(child->status))
        skn_error_set(err, SKN_E_DRIVER, "driver %s crashed %s (signal %d, %s)", driver, call,
                      WTERMSIG(child->status), strsignal(WTERMSIG(child->status)));
    else
        skn_error_set(err, SKN_E_DRIVER, "driver %s ended its process %s (exit status %d)", driver,
                      call, WEXITSTATUS(child->status));
}
