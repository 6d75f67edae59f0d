/*
 * A driver whose server is the input: what it finds, counts and fails with is what nobody chose. It
 * keeps to the ABI as far as a C compiler holds a driver to it.
 */
#ifndef SKN_TESTS_FUZZ_SERVER_H
#define SKN_TESTS_FUZZ_SERVER_H

#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "work/session.h"

enum { SERVER_COLUMNS = 10, SERVER_ROWS = 4 };

static struct fuzz_input *server_input;
static struct skn_conn *const server_conn = (struct skn_conn *)(void *)&server_input;

/* Most calls succeed, or little would ever be reached. */
static int server_fails(struct skn_error *err)
{
    uint8_t how = fuzz_byte(server_input);
    if (how < 0xf0)
        return SKN_OK;
    struct skn_str text = fuzz_take(server_input, fuzz_byte(server_input));
    if (how & 1)
        skn_fail(err, SKN_E_DRIVER, "42P01", 7, "%.*s", SKN_FMT(text));
    return (int)fuzz_byte(server_input) - 2;
}

static int server_open(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                       struct skn_conn **conn, struct skn_error *err)
{
    (void)host, (void)options, (void)count;
    int rc = server_fails(err);
    *conn = rc == SKN_OK ? server_conn : NULL;
    return rc;
}

static void server_close(struct skn_conn *conn)
{
    (void)conn;
}

static int server_describe(struct skn_conn *conn, struct skn_server *out, struct skn_error *err)
{
    (void)conn;
    uint8_t how = fuzz_byte(server_input);
    out->caps = how & 1 ? 0 : SKN_CAP_DDL_TX;
    out->caps |= how & 2 ? 0 : SKN_CAP_LOCK;
    out->caps |= how & 4 ? SKN_CAP_PIPELINE | SKN_CAP_SETTLE : 0;
    out->flags = how >> 4;
    struct skn_str text = fuzz_take(server_input, how & 8 ? sizeof out->product : 0);
    if (text.len)
        memcpy(out->product, text.ptr, text.len);
    return server_fails(err);
}

static int server_row(const struct skn_events *events, uint32_t step)
{
    struct skn_str columns[SERVER_COLUMNS];
    uint32_t count = fuzz_below(server_input, SERVER_COLUMNS + 1);
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = fuzz_take_to(server_input, '\n');
        if (columns[i].len == 1 && columns[i].ptr[0] == '\0')
            columns[i].ptr = NULL, columns[i].len = 0;
    }
    return events->row ? events->row(events->ctx, step, columns, count) : 0;
}

static int server_exec(struct skn_conn *conn, const struct skn_step *steps, uint32_t count,
                       const struct skn_events *events, struct skn_error *err)
{
    (void)conn;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t how = fuzz_byte(server_input);
        int query = steps[i].sql.len > 6 && memcmp(steps[i].sql.ptr, "SELECT", 6) == 0;
        for (unsigned rows = query ? how % SERVER_ROWS : 0; rows > 0; rows--)
            if (server_row(events, i))
                return SKN_E_CANCELLED;
        err->step = how == 0xfe ? UINT32_MAX : i;
        int rc = how > 0xe0 ? server_fails(err) : SKN_OK;
        if (rc != SKN_OK)
            return rc;
        if (events->done && how != 0xe0)
            events->done(events->ctx, how == 0xdf ? i + 1 : i, how == 0xde ? -1 : 1);
    }
    return SKN_OK;
}

static int server_status(struct skn_conn *conn, struct skn_status *out, struct skn_error *err)
{
    (void)conn, (void)err;
    uint8_t how = fuzz_byte(server_input);
    out->flags = how < 0xe0 ? SKN_STATUS_OPEN | SKN_STATUS_IN_TX : how & 7u;
    out->session = how == 0xdf;
    return SKN_OK;
}

static int server_exists(struct skn_conn *conn, struct skn_str schema, const struct skn_str *names,
                         uint32_t count, uint64_t *found, struct skn_error *err)
{
    (void)conn, (void)schema, (void)names, (void)count;
    *found = fuzz_byte(server_input);
    return server_fails(err);
}

static int server_quote(uint32_t kind, struct skn_str text, skn_text_fn *out, void *ctx,
                        struct skn_error *err)
{
    (void)kind;
    if (text.len > 0 && memchr(text.ptr, '\'', text.len))
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "a quote");
    out(ctx, skn_str("'"));
    out(ctx, text);
    out(ctx, skn_str("'"));
    return SKN_OK;
}

static int server_lock(struct skn_conn *conn, struct skn_str name, struct skn_error *err)
{
    (void)conn, (void)name;
    return server_fails(err);
}

static uint32_t server_token(struct skn_conn *conn, char *buffer, uint32_t size)
{
    (void)conn;
    uint8_t how = fuzz_byte(server_input);
    memset(buffer, 'x', size);
    return how > 0xf0 ? UINT32_MAX : how % size;
}

static int server_settle(struct skn_conn *conn, struct skn_str token, uint32_t *outcome,
                         struct skn_error *err)
{
    (void)conn, (void)token;
    *outcome = fuzz_byte(server_input) % 5;
    return server_fails(err);
}

static const struct skn_dialect server_dialect = {.size = sizeof(struct skn_dialect),
                                                  .id_type = "TEXT",
                                                  .text_type = "TEXT",
                                                  .long_type = "TEXT",
                                                  .integer_type = "INTEGER",
                                                  .time_type = "TEXT",
                                                  .table_options = ""};

static const struct skn_driver server_driver = {
    .size = sizeof(struct skn_driver),
    .abi_minor = SKN_ABI_MINOR,
    .name = "server",
    .version = "1",
    .summary = "what nobody chose",
    .dialect = &server_dialect,
    .caps = SKN_CAP_DDL_TX | SKN_CAP_LOCK | SKN_CAP_PIPELINE | SKN_CAP_SETTLE,
    .open = server_open,
    .close = server_close,
    .describe = server_describe,
    .exec = server_exec,
    .status = server_status,
    .exists = server_exists,
    .quote = server_quote,
    .lock = server_lock,
    .unlock = server_lock,
    .token = server_token,
    .settle = server_settle,
};

/* A session with that driver, whose events go nowhere. */
static inline void server_session_init(struct skn_session *session, struct skn_page *page,
                                       struct fuzz_input *input)
{
    static int silent;
    if (!silent) {
        int null = open("/dev/null", O_WRONLY);
        FUZZ_CLAIM(null >= 0 && dup2(null, SKN_WIRE_FD) == SKN_WIRE_FD);
        if (null != SKN_WIRE_FD)
            close(null);
        silent = 1;
    }
    server_input = input;
    skn_session_init(session, page);
    session->loaded.driver = server_driver;
    session->short_limit = 1;
}

#endif
