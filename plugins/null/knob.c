/*
 * Failing on command: what the fault options do. It knows nothing of what the calls are for.
 *
 * Much here is what a driver must never do; that is what it is for.
 */
#include "null.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLICE_MS = 20, STRANGE_CODE = 4711 };

/* ---- waiting ---- */

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int patience_check(const struct skn_host *host, struct skn_error *err)
{
    if (host->cancelled(host->ctx))
        return skn_fail(err, SKN_E_CANCELLED, "57014", 0, "cancelled while waiting");
    int64_t left = host->time_left(host->ctx);
    if (left != -1 && left <= 0)
        return skn_fail(err, SKN_E_TIMEOUT, NULL, 0, "time ran out while waiting");
    return SKN_OK;
}

static void sleep_ms(int64_t ms)
{
    struct timespec slice = {.tv_nsec = ms * 1000000};
    nanosleep(&slice, NULL);
}

int skn_null_wait(const struct skn_host *host, int64_t ms, struct skn_error *err)
{
    if (ms <= 0)
        return SKN_OK;
    int64_t end = clock_ms() + ms;
    for (;;) {
        int rc = patience_check(host, err);
        int64_t left = end - clock_ms();
        if (rc != SKN_OK || left <= 0)
            return rc;
        sleep_ms(left < SLICE_MS ? left : SLICE_MS);
    }
}

/* ---- the faults ---- */

static int fail(struct skn_conn *conn, const struct skn_null_knob *knob, struct skn_error *err)
{
    if (knob->what == SKN_E_CONNECT || knob->what == SKN_E_UNCERTAIN)
        skn_null_link_break(conn);
    return skn_fail(err, knob->what, knob->what == SKN_E_BUSY ? "55P03" : NULL, 0,
                    "%s failed, as option fail says", skn_null_call_name(knob->call));
}

/* By the signal's own end, whatever the host or a sanitizer does about it. */
static void signal_die(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

static int stack_fill(volatile char *above, long depth)
{
    volatile char room[4096];
    room[0] = above[0];
    room[sizeof room - 1] = (char)depth;
    return depth == LONG_MAX ? 0 : stack_fill(room, depth + 1) + room[0];
}

static int crash(int how)
{
    static const int signals[] = {[SKN_NULL_CRASH_SEGV] = SIGSEGV,
                                  [SKN_NULL_CRASH_ABORT] = SIGABRT,
                                  [SKN_NULL_CRASH_BUS] = SIGBUS,
                                  [SKN_NULL_CRASH_FPE] = SIGFPE,
                                  [SKN_NULL_CRASH_KILL] = SIGKILL};
    volatile char top = 0;
    if (how == SKN_NULL_CRASH_EXIT0)
        exit(0);
    if (how == SKN_NULL_CRASH_EXIT1)
        _exit(1);
    if (how == SKN_NULL_CRASH_OVERFLOW)
        return stack_fill(&top, 0);
    signal_die(signals[how]);
    return SKN_OK;
}

static int hang(const struct skn_host *host, int how, struct skn_error *err)
{
    sigset_t all;
    if (how == SKN_NULL_HANG_POLL)
        return skn_null_wait(host, INT64_MAX / 2, err);
    sigfillset(&all);
    if (how == SKN_NULL_HANG_DEAFTERM)
        sigprocmask(SIG_BLOCK, &all, NULL);
    for (;;)
        pause();
}

/* What no driver may do. */
static void secret_write(const struct skn_conn *conn)
{
    char line[1024];
    if (!conn->config.password)
        return;
    int len = snprintf(line, sizeof line, "the password is %s\n", conn->config.password);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        ssize_t ignored = write(fd, line, strnlen(line, (size_t)len));
        (void)ignored;
    }
}

static void print(const struct skn_conn *conn)
{
    static const char noise[] =
        "{\"event\":\"applied\",\"revision\":\"head\",\"outcome\":\"done\"}\n"
        "noise \x1b[31mred\x1b[0m \xff\xfe {\"event\":";
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        ssize_t ignored = write(fd, noise, sizeof noise - 1);
        (void)ignored;
    }
    secret_write(conn);
}

static int secret_tell(const struct skn_conn *conn, struct skn_error *err)
{
    const char *password = conn->config.password ? conn->config.password : "none";
    char line[1024];
    snprintf(line, sizeof line, "logging in with password %s", password);
    conn->host->log(conn->host->ctx, 1, skn_str(line));
    return skn_fail(err, SKN_E_AUTH, "28P01", 0, "no login for %s with %s", conn->config.user,
                    password);
}

static int garbage(struct skn_conn *conn, int what, struct skn_error *err)
{
    if (what == SKN_NULL_GARBAGE_VALUE) {
        conn->garbled = 1;
        return SKN_OK;
    }
    if (what == SKN_NULL_GARBAGE_SECRET)
        return secret_tell(conn, err);
    err->code = STRANGE_CODE;
    err->native = INT32_MIN;
    err->position = UINT32_MAX;
    err->step = UINT32_MAX;
    memset(err->sqlstate, '\x1b', sizeof err->sqlstate);
    memset(err->message, '\xff', sizeof err->message);
    memcpy(err->message, "\x1b[2Jgarbage\n", 12);
    return STRANGE_CODE;
}

static void leak(int64_t bytes)
{
    /* Kept nowhere, which is the point; volatile, so that no compiler thinks better of it. */
    char *volatile lost = bytes > 0 ? malloc((size_t)bytes) : NULL;
    if (lost)
        memset(lost, 'x', (size_t)bytes);
}

static int act(struct skn_conn *conn, const struct skn_null_knob *knob, struct skn_error *err)
{
    switch (knob->fault) {
    case SKN_NULL_FAULT_FAIL:
        return fail(conn, knob, err);
    case SKN_NULL_FAULT_CRASH:
        return crash(knob->what);
    case SKN_NULL_FAULT_HANG:
        return hang(conn->host, knob->what, err);
    case SKN_NULL_FAULT_PRINT:
        print(conn);
        return SKN_OK;
    case SKN_NULL_FAULT_GARBAGE:
        return garbage(conn, knob->what, err);
    default:
        return SKN_OK;
    }
}

/* ---- when ---- */

static int due(struct skn_conn *conn, const struct skn_null_knob *knob, enum skn_null_call call)
{
    if (knob->call != call || (knob->nth != 0 && knob->nth != conn->calls[call]))
        return 0;
    if (!conn->config.once)
        return 1;
    char name[48];
    snprintf(name, sizeof name, "%s.%s.%u.%d", skn_null_fault_name(knob->fault),
             skn_null_call_name(knob->call), knob->nth, knob->what);
    return skn_null_state_first(conn, name);
}

int skn_null_strike(struct skn_conn *conn, enum skn_null_call call, struct skn_error *err)
{
    int rc = SKN_OK;
    conn->garbled = 0;
    conn->calls[call]++;
    leak(conn->config.leak);
    for (size_t i = 0; rc == SKN_OK && i < conn->config.knob_count; i++) {
        const struct skn_null_knob *knob = &conn->config.knobs[i];
        if (knob->fault != SKN_NULL_FAULT_UNCERTAIN && due(conn, knob, call))
            rc = act(conn, knob, err);
    }
    return rc;
}

enum skn_null_fate skn_null_fate(struct skn_conn *conn, enum skn_null_call call)
{
    for (size_t i = 0; i < conn->config.knob_count; i++) {
        const struct skn_null_knob *knob = &conn->config.knobs[i];
        if (knob->fault == SKN_NULL_FAULT_UNCERTAIN && due(conn, knob, call))
            return (enum skn_null_fate)knob->what;
    }
    return SKN_NULL_FATE_NONE;
}
