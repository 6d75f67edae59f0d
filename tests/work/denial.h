/*
 * A driver of which one call fails, the N-th of all, and perhaps a later one: put in the place of a
 * session's own driver, which does all the rest. A lost link stays lost until the next open().
 */
#ifndef SKN_TEST_DENIAL_H
#define SKN_TEST_DENIAL_H

#include <stdio.h>
#include <string.h>

#include "work/inspect.h"

enum denial_way {
    DENIAL_FAILS,       /* SKN_E_DRIVER */
    DENIAL_REFUSES,     /* SKN_E_SYNTAX, as a statement that the server does not take */
    DENIAL_BUSY,        /* somebody is in the way */
    DENIAL_LINK,        /* the link breaks, and nothing was done */
    DENIAL_LINK_BEHIND, /* it breaks when all was done */
    DENIAL_WAYS
};

static struct {
    struct skn_driver real;
    struct skn_schema_facet real_facet;
    struct skn_schema_facet facet;
    enum denial_way way;
    size_t count; /* calls so far */
    size_t at;    /* the one that fails, 0: none */
    size_t again; /* as many calls later another one does, 0: none */
    int denied;
    int lost; /* the link */
    char call[16];
} denial;

/* Whether it is one that fails. */
static inline int denial_due(const char *call)
{
    size_t now = ++denial.count;
    if (denial.at == 0 || (now != denial.at && (!denial.again || now != denial.at + denial.again)))
        return 0;
    snprintf(denial.call, sizeof denial.call, "%s", call);
    denial.denied = 1;
    return 1;
}

static inline int denial_fail(struct skn_error *err, int code)
{
    if (err) {
        err->code = (uint32_t)code;
        snprintf(err->message, sizeof err->message, "%s was denied", denial.call);
    }
    return code;
}

/* Of a call that changes nothing. */
static inline int denial_of(const char *call, const struct skn_conn *conn, struct skn_error *err)
{
    static const int codes[DENIAL_WAYS] = {SKN_E_DRIVER, SKN_E_SYNTAX, SKN_E_BUSY, SKN_E_CONNECT,
                                           SKN_E_CONNECT};
    int links = conn && denial.way >= DENIAL_LINK;
    if (conn && denial.lost)
        return denial_fail(err, SKN_E_CONNECT);
    if (!denial_due(call))
        return SKN_OK;
    denial.lost = links;
    return denial_fail(err, codes[denial.way]);
}

static inline int denial_open(const struct skn_host *host, const struct skn_kv *options,
                              uint32_t count, struct skn_conn **conn, struct skn_error *err)
{
    int rc = denial_of("open", NULL, err);
    *conn = NULL;
    denial.lost = 0;
    return rc == SKN_OK ? denial.real.open(host, options, count, conn, err) : rc;
}

static inline int denial_describe(struct skn_conn *conn, struct skn_server *out,
                                  struct skn_error *err)
{
    int rc = denial_of("describe", conn, err);
    return rc == SKN_OK ? denial.real.describe(conn, out, err) : rc;
}

/* The driver's contract: a link that is lost in a transaction takes it back; else nobody knows. */
static inline int denial_lose(struct skn_conn *conn, struct skn_error *err)
{
    struct skn_status status = {.size = sizeof status};
    struct skn_error ignored = SKN_ERROR_INIT;
    int known = denial.real.status(conn, &status, &ignored) == SKN_OK;
    denial.lost = 1;
    return denial_fail(err, known && (status.flags & SKN_STATUS_IN_TX) ? SKN_E_CONNECT
                                                                       : SKN_E_UNCERTAIN);
}

static inline int denial_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                              const struct skn_events *events, struct skn_error *err)
{
    if (denial.way != DENIAL_LINK && denial.way != DENIAL_LINK_BEHIND) {
        int rc = denial_of("exec", conn, err);
        return rc == SKN_OK ? denial.real.exec(conn, steps, count, events, err) : rc;
    }
    if (denial.lost)
        return denial_fail(err, SKN_E_CONNECT);
    int due = denial_due("exec");
    if (due && denial.way == DENIAL_LINK)
        return denial_lose(conn, err);
    int rc = denial.real.exec(conn, steps, count, events, err);
    return due && rc == SKN_OK ? denial_lose(conn, err) : rc;
}

static inline int denial_status(struct skn_conn *conn, struct skn_status *out,
                                struct skn_error *err)
{
    int rc = denial.real.status(conn, out, err);
    if (denial.lost)
        out->flags &= ~(uint32_t)SKN_STATUS_OPEN;
    return rc;
}

static inline int denial_exists(struct skn_conn *conn, struct skn_str schema,
                                const struct skn_str *names, uint32_t count, uint64_t *found,
                                struct skn_error *err)
{
    int rc = denial_of("exists", conn, err);
    return rc == SKN_OK ? denial.real.exists(conn, schema, names, count, found, err) : rc;
}

static inline int denial_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                               struct skn_error *err)
{
    int rc = denial_of("quote", NULL, err);
    return rc == SKN_OK ? denial.real.quote(kind, text, out, ctx, err) : rc;
}

static inline int denial_scan(const struct skn_host *host, struct skn_str text,
                              struct skn_scan *cursor, struct skn_error *err)
{
    int rc = denial_of("scan", NULL, err);
    return rc == SKN_OK ? denial.real.scan(host, text, cursor, err) : rc;
}

static inline int denial_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int rc = denial_of("lock", conn, err);
    return rc == SKN_OK ? denial.real.lock(conn, name, err) : rc;
}

static inline int denial_unlock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    int rc = denial_of("unlock", conn, err);
    return rc == SKN_OK ? denial.real.unlock(conn, name, err) : rc;
}

static inline int denial_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                                struct skn_error *err)
{
    int rc = denial_of("settle", conn, err);
    return rc == SKN_OK ? denial.real.settle(conn, token, outcome, err) : rc;
}

static inline int denial_fingerprint(struct skn_conn *conn, struct skn_str statement,
                                     skn_text_fn *out, void *ctx, struct skn_error *err)
{
    int rc = denial_of("fingerprint", conn, err);
    return rc == SKN_OK ? denial.real.fingerprint(conn, statement, out, ctx, err) : rc;
}

static inline int denial_script(uint32_t part, const struct skn_kv *options, uint32_t count,
                                struct skn_str text, skn_text_fn *out, void *ctx,
                                struct skn_error *err)
{
    int rc = denial_of("script", NULL, err);
    return rc == SKN_OK ? denial.real.script(part, options, count, text, out, ctx, err) : rc;
}

static inline int denial_prove(struct skn_conn *conn, struct skn_str statement, uint32_t *outcome,
                               struct skn_error *err)
{
    int rc = denial_of("prove", conn, err);
    return rc == SKN_OK ? denial.real.prove(conn, statement, outcome, err) : rc;
}

static inline int denial_rolls_back(struct skn_conn *conn, const struct skn_str *statements,
                                    uint32_t count, uint64_t *bits, struct skn_error *err)
{
    int rc = denial_of("rolls_back", conn, err);
    return rc == SKN_OK ? denial.real.rolls_back(conn, statements, count, bits, err) : rc;
}

static inline int denial_holder(struct skn_conn *conn, struct skn_str name, skn_text_fn *out,
                                void *ctx, struct skn_error *err)
{
    int rc = denial_of("holder", conn, err);
    return rc == SKN_OK ? denial.real.holder(conn, name, out, ctx, err) : rc;
}

static inline int denial_inspect(struct skn_conn *conn, const struct skn_schema_options *options,
                                 const struct skn_sink *sink, struct skn_error *err)
{
    int rc = denial_of("inspect", conn, err);
    return rc == SKN_OK ? denial.real_facet.inspect(conn, options, sink, err) : rc;
}

static inline int denial_scratch_open(struct skn_conn *conn, const struct skn_host *host,
                                      const struct skn_kv *options, uint32_t count,
                                      struct skn_str mark, struct skn_conn **scratch,
                                      struct skn_error *err)
{
    int rc = denial_of("scratch_open", conn, err);
    *scratch = NULL;
    return rc == SKN_OK
               ? denial.real_facet.scratch_open(conn, host, options, count, mark, scratch, err)
               : rc;
}

static inline int denial_scratch_sweep(struct skn_conn *conn, struct skn_error *err)
{
    int rc = denial_of("scratch_sweep", conn, err);
    return rc == SKN_OK ? denial.real_facet.scratch_sweep(conn, err) : rc;
}

static inline int denial_render(const struct skn_schema_host *host, const struct skn_change *change,
                                const struct skn_schema_options *options, struct skn_error *err)
{
    int rc = denial_of("render", NULL, err);
    return rc == SKN_OK ? denial.real_facet.render(host, change, options, err) : rc;
}

static inline void denial_facet_put(struct skn_driver *driver)
{
    denial.real_facet = *driver->schema;
    denial.facet = *driver->schema;
    denial.facet.inspect = denial_inspect;
    denial.facet.scratch_open = denial_scratch_open;
    denial.facet.scratch_sweep = denial_scratch_sweep;
    denial.facet.render = denial_render;
    driver->schema = &denial.facet;
}

static inline void denial_put(struct skn_driver *driver)
{
    denial.real = *driver;
    denial.at = 0;
    denial.lost = 0;
    driver->open = denial_open;
    driver->describe = denial_describe;
    driver->exec = denial_exec;
    driver->status = denial_status;
    driver->exists = denial_exists;
    driver->quote = denial_quote;
    driver->scan = driver->scan ? denial_scan : NULL;
    driver->lock = driver->lock ? denial_lock : NULL;
    driver->unlock = driver->unlock ? denial_unlock : NULL;
    driver->settle = driver->settle ? denial_settle : NULL;
    driver->fingerprint = driver->fingerprint ? denial_fingerprint : NULL;
    driver->script = driver->script ? denial_script : NULL;
    driver->prove = driver->prove ? denial_prove : NULL;
    driver->rolls_back = driver->rolls_back ? denial_rolls_back : NULL;
    driver->holder = driver->holder ? denial_holder : NULL;
    if (driver->schema)
        denial_facet_put(driver);
}

static inline void denial_begin(enum denial_way way, size_t at)
{
    denial.way = way;
    denial.at = at;
    denial.count = 0;
    denial.again = 0;
    denial.denied = denial.lost = 0;
}

#endif
