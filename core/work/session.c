/*
 * Driver calls: announced, bounded, and cleaned up after. It knows nothing of ledgers and
 * revisions.
 */
#include "work/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/redact.h"
#include "base/vault.h"
#include "work/interrupt.h"
#include "work/scan.h"

enum { FLUSH_MS = 50 };

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
            skn_interrupt_give_up();
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
    return skn_interrupt_cancelled() && !session->sheltered;
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
    skn_interrupt_take();
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
        skn_interrupt_sleep(wait / 2 + rand() % wait);
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
