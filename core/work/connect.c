/*
 * Reaching a database: options as the driver takes them, a connection that serves them, and what is
 * known of the server behind it. It knows nothing of what is done there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/redact.h"
#include "work/interrupt.h"
#include "work/session.h"

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
    while (opens_later(rc, err) && skn_clock_ms() + wait < end && !skn_interrupt_stopping()) {
        skn_interrupt_sleep(wait / 2 + rand() % wait);
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
