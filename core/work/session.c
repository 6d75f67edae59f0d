/*
 * Driver calls: announced, bounded, and cleaned up after. It knows nothing of ledgers and
 * revisions.
 */
#include "work/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/redact.h"
#include "base/vault.h"
#include "work/scan.h"

enum { FLUSH_MS = 50, ORPHAN_S = 10 };

static volatile sig_atomic_t cancelled;
static volatile sig_atomic_t stopping;
static pid_t planner; /* who started us */

/* Also when the planner has died. Then nobody ends a call that does not come back but we. */
static void cancel_note(int signal_number)
{
    (void)signal_number;
    cancelled = 1;
    if (getppid() != planner)
        alarm(ORPHAN_S);
}

static void stop_note(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

int skn_session_cancelled(void)
{
    return cancelled;
}

int skn_session_stopping(void)
{
    return stopping || cancelled;
}

void skn_session_sleep(int64_t ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    if (!cancelled)
        nanosleep(&wait, NULL);
}

static void host_log(void *ctx, uint32_t level, struct skn_str line)
{
    struct skn_session *session = ctx;
    size_t len = line.len > 4000 ? 4000 : line.len;
    struct skn_buf text = {0};
    skn_buf_add(&text, line.ptr ? line.ptr : "", line.ptr ? len : 0);
    skn_redact(&text);
    skn_session_say(session,
                    json_pack("{s:s, s:I, s:o}", "event", "log", "level", (json_int_t)level, "text",
                              skn_json_string(skn_buf_text(&text), text.len)),
                    0);
    skn_buf_finish(&text);
}

static void *host_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

void skn_session_flush(struct skn_session *session)
{
    size_t sent = 0;
    while (sent < session->out.len) {
        ssize_t n = write(SKN_WIRE_FD, session->out.text + sent, session->out.len - sent);
        if (n < 0 && errno == EINTR)
            continue;
        /* Nobody is left to listen: what is in hand is given up, and nothing is left in doubt. */
        if (n <= 0) {
            cancelled = 1;
            break;
        }
        sent += (size_t)n;
    }
    skn_buf_clear(&session->out);
    session->flushed = skn_clock_ms();
}

/* A driver that asks is alive, however long its server takes; and what was said before the long
 * call shall not wait for its end. */
static void polled_note(struct skn_session *session)
{
    int64_t now = skn_clock_ms();
    if (session->page)
        session->page->polled = now;
    if (session->out.len > 0 && now - session->flushed > FLUSH_MS)
        skn_session_flush(session);
}

static int host_cancelled(void *ctx)
{
    struct skn_session *session = ctx;
    polled_note(session);
    return cancelled && !session->sheltered;
}

static int64_t host_time_left(void *ctx)
{
    struct skn_session *session = ctx;
    polled_note(session);
    if (session->deadline == 0)
        return -1;
    int64_t left = session->deadline - skn_clock_ms();
    return left > 0 ? left : 0;
}

static int host_scan(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                     struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    return skn_scan_next(dialect, text, cursor, err);
}

static void signals_take(void)
{
    struct sigaction action = {.sa_handler = cancel_note};
    planner = getppid();
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = stop_note;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* Kept back since before this program was started, so that none could end it on the way. */
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

void skn_session_init(struct skn_session *session, struct skn_page *page)
{
    *session = (struct skn_session){.page = page, .short_limit = 10000};
    session->host = (struct skn_host){
        .size = sizeof session->host,
        .abi_minor = SKN_ABI_MINOR,
        .ctx = session,
        .log = host_log,
        .alloc = host_alloc,
        .cancelled = host_cancelled,
        .time_left = host_time_left,
        .scan = host_scan,
    };
    signals_take();
}

void skn_session_finish(struct skn_session *session)
{
    skn_session_close(session);
    skn_buf_finish(&session->out);
    free(session->loaded.path);
    skn_redact_forget();
    skn_vault_empty();
}

void skn_session_beside(struct skn_session *session, const struct skn_session *first)
{
    *session = (struct skn_session){.host = first->host,
                                    .loaded = first->loaded,
                                    .page = first->page,
                                    .short_limit = first->short_limit};
    session->host.ctx = session;
}

void skn_session_leave(struct skn_session *session)
{
    session->fixed = 0;
    skn_session_close(session);
    skn_session_flush(session);
    skn_buf_finish(&session->out);
    *session = (struct skn_session){0};
}

void skn_session_say(struct skn_session *session, json_t *event, int at_once)
{
    skn_wire_encode(&session->out, event);
    json_decref(event);
    if (at_once || skn_clock_ms() - session->flushed > FLUSH_MS)
        skn_session_flush(session);
}

void skn_session_say_body(struct skn_session *session, json_t *event, struct skn_str body)
{
    skn_wire_encode_body(&session->out, event, body);
    json_decref(event);
    skn_session_flush(session);
}

/* limit: ms, 0: none. */
void skn_session_call_begin(struct skn_session *session, const char *call, int64_t limit)
{
    session->deadline = limit > 0 ? skn_clock_ms() + limit : 0;
    if (!session->page)
        return;
    polled_note(session);
    strncpy(session->page->call, call, sizeof session->page->call - 1);
    session->page->deadline = session->deadline;
}

/* What comes back from foreign code is made safe to use: code in range, texts ended, no secret in
 * what goes on to be printed and stored. */
int skn_session_call_end(struct skn_session *session, int rc, struct skn_error *err)
{
    session->deadline = 0;
    if (session->page) {
        session->page->call[0] = '\0';
        session->page->deadline = 0;
    }
    if (rc == SKN_OK || !err)
        return rc;
    err->message[sizeof err->message - 1] = '\0';
    err->sqlstate[sizeof err->sqlstate - 1] = '\0';
    if (err->message[0] == '\0')
        memcpy(err->message, "the driver gave no reason", sizeof "the driver gave no reason");
    skn_redact_in_place(err->message, sizeof err->message);
    if (rc < 0 || rc > SKN_E_DRIVER)
        rc = SKN_E_DRIVER;
    err->code = (uint32_t)rc;
    return rc;
}

int skn_session_load(struct skn_session *session, const char *word, const char *const *folders,
                     size_t count, const char *sha256, struct skn_error *err)
{
    char *path = NULL;
    int rc = skn_driver_find(word, folders, count, &path, err);
    if (rc != SKN_OK)
        return rc;
    skn_session_call_begin(session, "entry", session->short_limit);
    rc = skn_driver_load(word, path, sha256, &session->host, &session->loaded, err);
    free(path);
    return skn_session_call_end(session, rc, err);
}

/* ---- connecting ---- */

struct skn_kv *skn_session_options(const json_t *options, uint32_t *count)
{
    struct skn_kv *list = skn_alloc_array(json_object_size(options), sizeof *list);
    const char *key;
    json_t *value;
    uint32_t n = 0;
    json_object_foreach((json_t *)(uintptr_t)options, key, value)
    {
        list[n].key = skn_str(key);
        list[n++].value = skn_str_len(json_string_value(value), json_string_length(value));
    }
    *count = n;
    return list;
}

static const struct skn_option *option_find(const struct skn_driver *driver, const char *name)
{
    for (uint32_t i = 0; i < driver->option_count; i++) {
        const char *at = (const char *)driver->options + (size_t)i * driver->option_size;
        const struct skn_option *option = (const struct skn_option *)(const void *)at;
        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

/* From here on nothing of them is said or stored. */
static void secrets_note(const struct skn_driver *driver, const json_t *options)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)options, key, value)
    {
        const struct skn_option *option = option_find(driver, key);
        if ((option && (option->flags & SKN_OPT_SECRET)) || skn_redact_named(key))
            skn_redact_add(skn_str_len(json_string_value(value), json_string_length(value)));
    }
}

static int given_check(const struct skn_option *option, const char *value, struct skn_error *err)
{
    char *end;
    if (option->type == SKN_OPT_BOOL && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return skn_error_set(err, SKN_E_CONFIG, "option %s must be true or false", option->name);
    errno = 0;
    if (option->type == SKN_OPT_INT && (strtoll(value, &end, 10), errno || *end || end == value))
        return skn_error_set(err, SKN_E_CONFIG, "option %s must be a whole number", option->name);
    return SKN_OK;
}

static int given_options_check(const struct skn_driver *driver, const json_t *options,
                               struct skn_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)options, key, value)
    {
        const struct skn_option *option = option_find(driver, key);
        if (!option)
            return skn_error_set(err, SKN_E_CONFIG,
                                 "driver %s has no option \"%s\"; see skein drivers %s",
                                 driver->name, key, driver->name);
        int rc = given_check(option, json_string_value(value), err);
        if (rc != SKN_OK)
            return rc;
    }
    for (uint32_t i = 0; i < driver->option_count; i++) {
        const char *at = (const char *)driver->options + (size_t)i * driver->option_size;
        const struct skn_option *option = (const struct skn_option *)(const void *)at;
        if ((option->flags & SKN_OPT_REQUIRED) && !json_object_get(options, option->name))
            return skn_error_set(err, SKN_E_CONFIG, "driver %s needs option \"%s\"", driver->name,
                                 option->name);
    }
    return SKN_OK;
}

int skn_session_has_option(const struct skn_session *session, const char *name)
{
    return option_find(&session->loaded.driver, name) != NULL;
}

void skn_session_close(struct skn_session *session)
{
    if (session->fixed)
        return;
    if (session->conn) {
        skn_session_call_begin(session, "close", session->short_limit);
        session->loaded.driver.close(session->conn);
        skn_session_call_end(session, SKN_OK, NULL);
    }
    session->conn = NULL;
    json_decref(session->reached);
    session->reached = NULL;
    free(session->target);
    session->target = NULL;
    free(session->locked);
    session->locked = NULL;
    session->prepared = 0;
}

static int server_describe(struct skn_session *session, struct skn_error *err)
{
    session->server = (struct skn_server){.size = sizeof session->server};
    skn_session_call_begin(session, "describe", session->short_limit);
    int rc = session->loaded.driver.describe(session->conn, &session->server, err);
    rc = skn_session_call_end(session, rc, err);
    session->server.product[sizeof session->server.product - 1] = '\0';
    session->server.server_id[sizeof session->server.server_id - 1] = '\0';
    session->server.identity[sizeof session->server.identity - 1] = '\0';
    session->server.user[sizeof session->server.user - 1] = '\0';
    session->server.schema[sizeof session->server.schema - 1] = '\0';
    session->server.refusal[sizeof session->server.refusal - 1] = '\0';
    /* A capability that the driver cannot have is not believed of the server either. */
    session->server.caps &= session->loaded.driver.caps;
    /* A driver of 1.0 says it by a flag alone. */
    if (session->loaded.driver.abi_minor < 1 && (session->server.flags & SKN_SERVER_POOLED))
        snprintf(session->server.refusal, sizeof session->server.refusal,
                 "a pooler stands between us and the server, so that locks cannot be trusted; name "
                 "the server itself as host");
    return rc;
}

static int session_number(struct skn_session *session, struct skn_error *err)
{
    struct skn_status status = {.size = sizeof status};
    skn_session_call_begin(session, "status", session->short_limit);
    int rc = session->loaded.driver.status(session->conn, &status, err);
    session->number = status.session;
    return skn_session_call_end(session, rc, err);
}

static void reached_set(struct skn_session *session, const char *target, const json_t *options)
{
    json_decref(session->reached);
    session->reached = json_copy((json_t *)(uintptr_t)options);
    free(session->target);
    session->target = skn_strdup(target);
}

static int conn_try(struct skn_session *session, const struct skn_kv *list, uint32_t count,
                    struct skn_error *err)
{
    skn_session_call_begin(session, "open", session->short_limit);
    int rc = session->loaded.driver.open(&session->host, list, count, &session->conn, err);
    rc = skn_session_call_end(session, rc, err);
    if (rc == SKN_OK && !session->conn)
        rc = skn_error_set(err, SKN_E_DRIVER, "the driver opened nothing and gave no error");
    if (rc != SKN_OK)
        session->conn = NULL;
    return rc;
}

/* A server that has no room, or is just starting, may let us in soon; nothing was done yet. */
static int opens_later(int rc, const struct skn_error *err)
{
    return rc == SKN_E_BUSY || (rc == SKN_E_CONNECT && strcmp(err->sqlstate, "57P03") == 0);
}

static int conn_open(struct skn_session *session, const json_t *options, struct skn_error *err)
{
    uint32_t count;
    struct skn_kv *list = skn_session_options(options, &count);
    int64_t end = skn_clock_ms() + session->short_limit;
    int64_t wait = 50;
    int rc = conn_try(session, list, count, err);
    while (opens_later(rc, err) && skn_clock_ms() + wait < end && !skn_session_stopping()) {
        skn_session_sleep(wait / 2 + rand() % wait);
        wait = wait < 1000 ? wait * 2 : 1000;
        rc = conn_try(session, list, count, err);
    }
    free(list);
    return rc;
}

static int conn_retarget(struct skn_session *session, const json_t *options, struct skn_error *err)
{
    if (!session->loaded.driver.retarget || !(session->server.caps & SKN_CAP_RETARGET))
        return SKN_E_UNSUPPORTED;
    uint32_t count;
    struct skn_kv *list = skn_session_options(options, &count);
    skn_session_call_begin(session, "retarget", session->short_limit);
    int rc = session->loaded.driver.retarget(session->conn, list, count, err);
    rc = skn_session_call_end(session, rc, err);
    free(list);
    return rc;
}

static int link_is_up(struct skn_session *session)
{
    struct skn_error ignored = SKN_ERROR_INIT;
    uint32_t flags = 0;
    return skn_session_status(session, &flags, &ignored) == SKN_OK && (flags & SKN_STATUS_OPEN) &&
           !(flags & SKN_STATUS_IN_TX);
}

/* Only the driver's table says which options are paths. */
static json_t *paths_resolve(const struct skn_driver *driver, const json_t *options,
                             const char *folder)
{
    json_t *resolved = json_copy((json_t *)(uintptr_t)options);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)options, key, value)
    {
        const struct skn_option *option = option_find(driver, key);
        const char *text = json_string_value(value);
        if (!option || option->type != SKN_OPT_PATH || !text || !folder[0] || !text[0] ||
            text[0] == '/' || text[0] == ':')
            continue;
        struct skn_buf path = {0};
        skn_buf_addf(&path, "%s/%s", folder, text);
        json_object_set_new(resolved, key, json_string(skn_buf_text(&path)));
        skn_buf_finish(&path);
    }
    return resolved;
}

int skn_session_get_to_know(struct skn_session *session, struct skn_error *err)
{
    int rc = server_describe(session, err);
    return rc == SKN_OK ? session_number(session, err) : rc;
}

/* The connection that is there, if it can serve these options; else a new one. */
static int conn_reach(struct skn_session *session, const json_t *options, struct skn_error *err)
{
    if (session->fixed)
        return link_is_up(session)
                   ? SKN_OK
                   : skn_error_set(err, SKN_E_CONNECT, "the scratch database is gone");
    if (session->conn && (session->locked || !link_is_up(session)))
        skn_session_close(session);
    if (session->conn && json_equal(session->reached, options))
        return SKN_OK;
    if (session->conn && conn_retarget(session, options, err) != SKN_OK)
        skn_session_close(session);
    int rc = session->conn ? SKN_OK : conn_open(session, options, err);
    return rc == SKN_OK ? skn_session_get_to_know(session, err) : rc;
}

int skn_session_open(struct skn_session *session, const char *target, const json_t *options,
                     const char *folder, struct skn_error *err)
{
    secrets_note(&session->loaded.driver, options);
    int rc = given_options_check(&session->loaded.driver, options, err);
    if (rc != SKN_OK)
        return rc;
    json_t *resolved = paths_resolve(&session->loaded.driver, options, folder);
    rc = conn_reach(session, resolved, err);
    if (rc == SKN_OK)
        reached_set(session, target, resolved);
    else
        skn_session_close(session);
    json_decref(resolved);
    return rc;
}

/* ---- calls on the connection ---- */

int skn_session_exec(struct skn_session *session, const struct skn_step *steps, uint32_t count,
                     const struct skn_events *events, int64_t limit, struct skn_error *err)
{
    if (!session->conn)
        return skn_error_set(err, SKN_E_CONNECT, "the connection is closed");
    skn_session_call_begin(session, "exec", limit);
    int rc = session->loaded.driver.exec(session->conn, steps, count, events, err);
    return skn_session_call_end(session, rc, err);
}

int skn_session_status(struct skn_session *session, uint32_t *flags, struct skn_error *err)
{
    struct skn_status status = {.size = sizeof status};
    skn_session_call_begin(session, "status", session->short_limit);
    int rc = session->loaded.driver.status(session->conn, &status, err);
    rc = skn_session_call_end(session, rc, err);
    *flags = status.flags;
    if (rc == SKN_OK && status.session != session->number)
        return skn_error_set(err, SKN_E_DRIVER,
                             "the session changed behind our back (was %llu, is %llu); "
                             "a pooler or a reconnect is in the way",
                             (unsigned long long)session->number,
                             (unsigned long long)status.session);
    return rc;
}

int skn_session_exists(struct skn_session *session, struct skn_str schema,
                       const struct skn_str *names, uint32_t count, uint64_t *found,
                       struct skn_error *err)
{
    skn_session_call_begin(session, "exists", session->short_limit);
    int rc = session->loaded.driver.exists(session->conn, schema, names, count, found, err);
    return skn_session_call_end(session, rc, err);
}

int skn_session_quote(struct skn_session *session, enum skn_quote_kind kind, struct skn_str text,
                      struct skn_buf *out, struct skn_error *err)
{
    skn_session_call_begin(session, "quote", session->short_limit);
    int rc = session->loaded.driver.quote(kind, text, skn_buf_take, out, err);
    return skn_session_call_end(session, rc, err);
}

int skn_session_scan(struct skn_session *session, struct skn_str text, struct skn_scan *cursor,
                     struct skn_error *err)
{
    if (!session->loaded.driver.scan)
        return skn_scan_next(session->loaded.driver.dialect, text, cursor, err);
    uint64_t from = cursor->next;
    skn_session_call_begin(session, "scan", session->short_limit);
    int rc = session->loaded.driver.scan(&session->host, text, cursor, err);
    rc = skn_session_call_end(session, rc, err);
    if (rc != SKN_OK || cursor->kind == SKN_STATEMENT_END)
        return rc;
    if (cursor->start < from || cursor->end < cursor->start || cursor->next < cursor->end ||
        cursor->next <= from || cursor->next > text.len)
        return skn_error_set(err, SKN_E_DRIVER, "the driver's scanner left the text");
    return SKN_OK;
}

/* What any engine understands. A check is left to whoever reads the query's rows. */
static void standard_script(const struct skn_session *session, enum skn_script_part part,
                            struct skn_str text, struct skn_buf *out)
{
    int transactional = (session->loaded.driver.caps & SKN_CAP_DDL_TX) != 0;
    if (part == SKN_SCRIPT_NOW)
        skn_buf_adds(out, "CURRENT_TIMESTAMP");
    else if (part == SKN_SCRIPT_BEGIN && transactional)
        skn_buf_adds(out, "BEGIN;");
    else if (part == SKN_SCRIPT_COMMIT && transactional)
        skn_buf_adds(out, "COMMIT;");
    else if (part == SKN_SCRIPT_CHECK)
        skn_buf_addf(out, "-- This must find no row.\n%.*s;", SKN_FMT(text));
}

int skn_session_script(struct skn_session *session, enum skn_script_part part,
                       const json_t *options, struct skn_str text, struct skn_buf *out,
                       struct skn_error *err)
{
    if (!session->loaded.driver.script) {
        standard_script(session, part, text, out);
        return SKN_OK;
    }
    uint32_t count;
    struct skn_kv *list = skn_session_options(options, &count);
    skn_session_call_begin(session, "script", session->short_limit);
    int rc = session->loaded.driver.script(part, list, count, text, skn_buf_take, out, err);
    free(list);
    return skn_session_call_end(session, rc, err);
}

int skn_session_lent(const struct skn_session *session)
{
    return (session->server.flags & SKN_SERVER_POOLED) && !session->server.refusal[0] &&
           !(session->server.caps & SKN_CAP_LOCK);
}

int skn_session_checks(const struct skn_session *session)
{
    return session->loaded.driver.abi_minor >= 1;
}

int skn_session_fingerprint(struct skn_session *session, struct skn_str statement,
                            struct skn_buf *out, struct skn_error *err)
{
    if (!session->conn)
        return skn_error_set(err, SKN_E_CONNECT, "the connection is closed");
    if (!skn_session_checks(session) || !session->loaded.driver.fingerprint)
        return skn_error_set(err, SKN_E_UNSUPPORTED,
                             "the driver cannot tell what a statement does");
    skn_session_call_begin(session, "fingerprint", session->short_limit);
    int rc = session->loaded.driver.fingerprint(session->conn, statement, skn_buf_take, out, err);
    rc = skn_session_call_end(session, rc, err);
    return rc == SKN_OK ? rc : skn_error_context(err, "looking at what the statement names");
}

int skn_session_prove(struct skn_session *session, struct skn_str statement, int64_t limit,
                      uint32_t *outcome, struct skn_error *err)
{
    *outcome = SKN_OUTCOME_UNKNOWN;
    if (!session->conn || !session->loaded.driver.prove)
        return SKN_OK;
    skn_session_call_begin(session, "prove", limit);
    int rc = session->loaded.driver.prove(session->conn, statement, outcome, err);
    rc = skn_session_call_end(session, rc, err);
    return rc == SKN_OK ? rc : skn_error_context(err, "looking what became of the statement");
}

int skn_session_rolls_back(struct skn_session *session, const struct skn_str *statements,
                           uint32_t count, uint64_t *bits, struct skn_error *err)
{
    *bits = UINT64_MAX;
    if (!session->conn || !session->loaded.driver.rolls_back)
        return SKN_OK;
    skn_session_call_begin(session, "rolls_back", session->short_limit);
    int rc = session->loaded.driver.rolls_back(session->conn, statements, count, bits, err);
    return skn_session_call_end(session, rc, err);
}

int skn_session_holder(struct skn_session *session, const char *name, struct skn_buf *out,
                       struct skn_error *err)
{
    if (!session->conn || !session->loaded.driver.holder ||
        !(session->server.caps & (SKN_CAP_LOCK | SKN_CAP_LOCK_ASIDE)))
        return SKN_OK;
    skn_session_call_begin(session, "holder", session->short_limit);
    int rc = session->loaded.driver.holder(session->conn, skn_str(name), skn_buf_take, out, err);
    return skn_session_call_end(session, rc, err);
}

static int lock_poll(struct skn_session *session, const char *name, int64_t limit,
                     int (*give_up)(void), struct skn_error *err)
{
    int lent = skn_session_lent(session);
    int64_t end = skn_clock_ms() + limit;
    int64_t wait = 10;
    for (;;) {
        skn_session_call_begin(session, "lock", session->short_limit);
        int rc = session->loaded.driver.lock(session->conn, skn_str(name), err);
        rc = skn_session_call_end(session, rc, err);
        if (rc == SKN_OK && !lent)
            session->locked = skn_strdup(name);
        if (rc != SKN_E_BUSY)
            return rc;
        if (give_up())
            return skn_error_set(err, SKN_E_CANCELLED, "interrupted while waiting for the lock");
        if (skn_clock_ms() >= end)
            return skn_error_context(err, "another runner is at work (waited %lld s)",
                                     (long long)(limit / 1000));
        /* Jitter, so that many waiters do not knock at once. */
        skn_session_sleep(wait / 2 + rand() % wait);
        wait = wait < 200 ? wait * 2 : 200;
    }
}

int skn_session_lock(struct skn_session *session, const char *name, int64_t limit,
                     int (*give_up)(void), struct skn_error *err)
{
    if ((!(session->server.caps & SKN_CAP_LOCK) && !skn_session_lent(session)) || session->locked)
        return SKN_OK;
    return lock_poll(session, name, limit, give_up, err);
}

int skn_session_lock_aside(struct skn_session *session, const char *name, int64_t limit,
                           int (*give_up)(void), struct skn_error *err)
{
    if (!(session->server.caps & SKN_CAP_LOCK_ASIDE) || session->locked)
        return SKN_OK;
    return lock_poll(session, name, limit, give_up, err);
}

int skn_session_unlock(struct skn_session *session, struct skn_error *err)
{
    if (!session->locked || !session->conn)
        return SKN_OK;
    skn_session_call_begin(session, "unlock", session->short_limit);
    int rc = session->loaded.driver.unlock(session->conn, skn_str(session->locked), err);
    rc = skn_session_call_end(session, rc, err);
    free(session->locked);
    session->locked = NULL;
    return rc;
}

size_t skn_session_token(struct skn_session *session, char *buffer, size_t size)
{
    buffer[0] = '\0';
    if (!session->conn || !(session->server.caps & SKN_CAP_SETTLE))
        return 0;
    skn_session_call_begin(session, "token", session->short_limit);
    uint32_t len = session->loaded.driver.token(session->conn, buffer, (uint32_t)size);
    skn_session_call_end(session, SKN_OK, NULL);
    buffer[len < size ? len : size - 1] = '\0';
    return strlen(buffer);
}

int skn_session_settle(struct skn_session *session, const char *token, uint32_t *outcome,
                       struct skn_error *err)
{
    *outcome = SKN_OUTCOME_UNKNOWN;
    if (!token[0] || !(session->server.caps & SKN_CAP_SETTLE))
        return SKN_OK;
    skn_session_call_begin(session, "settle", session->short_limit);
    int rc = session->loaded.driver.settle(session->conn, skn_str(token), outcome, err);
    return skn_session_call_end(session, rc, err);
}
