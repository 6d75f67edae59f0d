/*
 * Scratch databases: made beside the target's, like it, and dropped again. Whoever is connected to
 * one owns it: the server drops no database that somebody is in, so that sweeping needs no other
 * sign. Knows nothing of what is done in one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "facet.h"

#define PREFIX "skein_scratch_"
#define OPENING_MAX (SKN_PG_OPTION_COUNT + 1)

enum { MARK_MAX = 36, TRIES = 3, CLOSE_MS = 20000 };

/* ---- making one ---- */

/* The prefix, what mark has beyond it, and a number that nobody else draws. */
static int name_draw(struct skn_str mark, char name[SKN_PG_NAME], struct skn_error *err)
{
    uint32_t number;
    size_t prefix = strlen(PREFIX);
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return skn_fail(err, SKN_E_DRIVER, NULL, 0, "the system gives no random number");
    if (mark.len >= prefix && memcmp(mark.ptr, PREFIX, prefix) == 0)
        mark = skn_str_len(mark.ptr + prefix, mark.len - prefix);
    if (mark.len > MARK_MAX)
        mark.len = MARK_MAX;
    snprintf(name, SKN_PG_NAME, PREFIX "%.*s%s%08x", (int)mark.len, mark.ptr ? mark.ptr : "",
             mark.len ? "_" : "", (unsigned)number);
    return skn_pg_name_check(skn_str(name), err);
}

struct likeness {
    struct skn_pg_text create; /* behind CREATE DATABASE and the name */
    struct skn_pg_text path;
};

static void likeness_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct likeness *likeness = ctx;
    (void)index;
    skn_pg_text_add(&likeness->create, PQgetvalue(result, row, 0));
    skn_pg_text_add(&likeness->path, PQgetvalue(result, row, 1));
}

#define LOCALES                                                                                    \
    "SELECT ' TEMPLATE template0 ENCODING ' || pg_catalog.quote_literal("                          \
    "pg_catalog.pg_encoding_to_char(d.encoding)) || ' LC_COLLATE ' || "                            \
    "pg_catalog.quote_literal(d.datcollate) || ' LC_CTYPE ' || "                                   \
    "pg_catalog.quote_literal(d.datctype)"
#define OF_THIS                                                                                    \
    ", pg_catalog.current_setting('search_path') FROM pg_catalog.pg_database d WHERE d.datname "   \
    "OPERATOR(pg_catalog.=) pg_catalog.current_database()"

static int likeness_ask(struct skn_conn *conn, struct likeness *likeness, struct skn_error *err)
{
    const struct skn_pg_question old = {LOCALES OF_THIS, 0};
    const struct skn_pg_question since_15 = {
        LOCALES " || CASE d.datlocprovider WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE ' || "
                "pg_catalog.quote_literal(d.daticulocale) ELSE '' END" OF_THIS,
        0};
    const struct skn_pg_question since_17 = {
        LOCALES " || CASE d.datlocprovider WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE ' || "
                "pg_catalog.quote_literal(d.datlocale) WHEN 'b' THEN ' LOCALE_PROVIDER builtin "
                "BUILTIN_LOCALE ' || pg_catalog.quote_literal(d.datlocale) ELSE '' END" OF_THIS,
        0};
    int version = conn->facts.version;
    int rc = skn_pg_ask(conn,
                        version >= 170000   ? &since_17
                        : version >= 150000 ? &since_15
                                            : &old,
                        1, NULL, likeness_take, likeness, err);
    if (rc == SKN_OK && (likeness->create.failed || likeness->path.failed))
        return skn_pg_no_memory(err);
    return rc;
}

static void scratch_row(void *ctx, size_t index, const PGresult *result, int row)
{
    (void)ctx;
    (void)index;
    (void)result;
    (void)row;
}

static int text_run(struct skn_conn *conn, const struct skn_pg_text *sql, struct skn_error *err)
{
    const struct skn_pg_question question = {sql->ptr, 0};
    if (sql->failed)
        return skn_pg_no_memory(err);
    return skn_pg_ask(conn, &question, 1, NULL, scratch_row, NULL, err);
}

static int create_failed(const struct skn_conn *conn, int rc, struct skn_error *err)
{
    if (!err || strcmp(err->sqlstate, "42501") != 0)
        return rc;
    return skn_fail(err, SKN_E_PERMISSION, "42501", 0,
                    "role \"%s\" may not create databases on this server, and the desired schema "
                    "has to be loaded into one of its own; let a superuser run ALTER ROLE ... "
                    "CREATEDB, or name a server whose role may, as scratch of the target",
                    conn->facts.user);
}

static int database_create(struct skn_conn *conn, const char *name, const struct likeness *likeness,
                           struct skn_error *err)
{
    struct skn_pg_text sql = {0};
    skn_pg_text_add(&sql, "CREATE DATABASE ");
    skn_pg_text_add_ident(&sql, skn_str(name));
    skn_pg_text_add(&sql, likeness->create.ptr ? likeness->create.ptr : "");
    int rc = text_run(conn, &sql, err);
    skn_pg_text_finish(&sql);
    return rc == SKN_OK ? rc : create_failed(conn, rc, err);
}

static void database_drop(struct skn_conn *conn, const char *name)
{
    struct skn_pg_text sql = {0};
    struct skn_error err = {.size = sizeof err};
    struct skn_pg_limit limit = {NULL, skn_pg_now() + CLOSE_MS};
    skn_pg_text_add(&sql, "DROP DATABASE IF EXISTS ");
    skn_pg_text_add_ident(&sql, skn_str(name));
    if (conn->facts.version >= 130000)
        skn_pg_text_add(&sql, " WITH (FORCE)");
    const struct skn_pg_question question = {sql.ptr, 0};
    if (!sql.failed && skn_pg_ask(conn, &question, 1, &limit, scratch_row, NULL, &err) != SKN_OK)
        skn_pg_log(conn, 1, "scratch database %s stays behind until the next run: %s", name,
                   err.message);
    skn_pg_text_finish(&sql);
}

/* ---- going there ---- */

static int is_option(const struct skn_kv *option, enum skn_pg_option which)
{
    return skn_str_is(option->key, skn_pg_options[which].name);
}

/* The target's options with another database; bare: not in the target's schema, which is not there
 * yet. */
static uint32_t options_make(const struct skn_kv *options, uint32_t count, const char *name,
                             const char *path, int bare, struct skn_kv *out)
{
    uint32_t kept = 0;
    int placed = 0;
    for (uint32_t i = 0; i < count && kept < OPENING_MAX - 2; i++) {
        int place =
            is_option(&options[i], SKN_PG_SCHEMA) || is_option(&options[i], SKN_PG_SEARCH_PATH);
        placed = placed || (place && options[i].value.len > 0);
        if (!is_option(&options[i], SKN_PG_DATABASE) && !(bare && place))
            out[kept++] = options[i];
    }
    out[kept++] = (struct skn_kv){skn_str(skn_pg_options[SKN_PG_DATABASE].name), skn_str(name)};
    if (!bare && !placed && path)
        out[kept++] =
            (struct skn_kv){skn_str(skn_pg_options[SKN_PG_SEARCH_PATH].name), skn_str(path)};
    return kept;
}

static int schema_make(const struct skn_host *host, const struct skn_kv *options, uint32_t count,
                       const char *name, struct skn_error *err)
{
    struct skn_kv opening[OPENING_MAX];
    struct skn_conn *conn;
    struct skn_pg_text sql = {0};
    struct skn_str schema =
        skn_option_get(NULL, 0, options, count, skn_pg_options[SKN_PG_SCHEMA].name);
    if (!schema.ptr || schema.len == 0)
        return SKN_OK;
    int rc = skn_pg_open(host, opening, options_make(options, count, name, NULL, 1, opening), &conn,
                         err);
    if (rc != SKN_OK)
        return rc;
    skn_pg_text_add(&sql, "CREATE SCHEMA IF NOT EXISTS ");
    skn_pg_text_add_ident(&sql, schema);
    rc = text_run(conn, &sql, err);
    skn_pg_text_finish(&sql);
    skn_pg_close(conn);
    return rc;
}

static int scratch_enter(struct skn_conn *conn, const struct skn_host *host,
                         const struct skn_kv *options, uint32_t count, const char *name,
                         const char *path, struct skn_conn **scratch, struct skn_error *err)
{
    struct skn_kv opening[OPENING_MAX];
    int rc = schema_make(host, options, count, name, err);
    if (rc == SKN_OK)
        rc = skn_pg_open(host, opening, options_make(options, count, name, path, 0, opening),
                         scratch, err);
    if (rc != SKN_OK)
        return rc;
    (*scratch)->home = strdup(conn->facts.database);
    if ((*scratch)->home)
        return SKN_OK;
    skn_pg_close(*scratch);
    *scratch = NULL;
    return skn_pg_no_memory(err);
}

int skn_pg_scratch_open(struct skn_conn *conn, const struct skn_host *host,
                        const struct skn_kv *options, uint32_t count, struct skn_str mark,
                        struct skn_conn **scratch, struct skn_error *err)
{
    char name[SKN_PG_NAME];
    struct likeness likeness = {{0}, {0}};
    *scratch = NULL;
    if (!conn->pg)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    int rc = likeness_ask(conn, &likeness, err);
    /* Before we are in it, somebody who sweeps may take it for abandoned. */
    for (int i = 0; rc == SKN_OK && !*scratch && i < TRIES; i++) {
        rc = name_draw(mark, name, err);
        if (rc == SKN_OK)
            rc = database_create(conn, name, &likeness, err);
        if (rc != SKN_OK)
            break;
        rc = scratch_enter(conn, host, options, count, name, likeness.path.ptr, scratch, err);
        if (rc != SKN_OK)
            database_drop(conn, name);
        if (rc != SKN_OK && err && strcmp(err->sqlstate, "3D000") == 0 && i + 1 < TRIES)
            rc = SKN_OK;
    }
    skn_pg_text_finish(&likeness.create);
    skn_pg_text_finish(&likeness.path);
    return rc;
}

/* ---- leaving ---- */

static int never_cancelled(void *ctx)
{
    (void)ctx;
    return 0;
}

static int64_t no_limit(void *ctx)
{
    (void)ctx;
    return -1;
}

static uint32_t options_of(const struct skn_conn *conn, struct skn_kv *out)
{
    uint32_t count = 0;
    for (size_t i = 0; i < SKN_PG_OPTION_COUNT; i++) {
        const char *value = conn->config.values[i];
        int place = i == SKN_PG_SCHEMA || i == SKN_PG_SEARCH_PATH || i == SKN_PG_DATABASE;
        /* What tls says sslmode has taken over. */
        if (!place && i != SKN_PG_TLS && value[0])
            out[count++] = (struct skn_kv){skn_str(skn_pg_options[i].name), skn_str(value)};
    }
    out[count++] =
        (struct skn_kv){skn_str(skn_pg_options[SKN_PG_DATABASE].name), skn_str(conn->home)};
    return count;
}

/* Also when the run is to stop: what is to be left in order is not left at once. */
void skn_pg_scratch_close(struct skn_conn *scratch)
{
    struct skn_kv options[OPENING_MAX];
    struct skn_conn *home = NULL;
    struct skn_error err = {.size = sizeof err};
    if (!scratch)
        return;
    struct skn_host host = *scratch->host;
    host.cancelled = never_cancelled;
    host.time_left = no_limit;
    if (scratch->home &&
        skn_pg_open(&host, options, options_of(scratch, options), &home, &err) != SKN_OK)
        skn_pg_log(scratch, 1, "scratch database %s stays behind until the next run: %s",
                   scratch->facts.database, err.message);
    if (home) {
        skn_pg_disconnect(scratch);
        database_drop(home, scratch->facts.database);
    }
    skn_pg_close(home);
    skn_pg_close(scratch);
}

/* ---- what was left behind ---- */

struct abandoned_ones {
    struct skn_pg_text *drops;
    size_t count;
    size_t room;
    int failed;
};

static void abandoned_take(void *ctx, size_t index, const PGresult *result, int row)
{
    struct abandoned_ones *left = ctx;
    (void)index;
    if (left->count == left->room) {
        size_t room = left->room ? left->room * 2 : 8;
        struct skn_pg_text *drops = realloc(left->drops, room * sizeof *drops);
        left->failed = left->failed || !drops;
        if (!drops)
            return;
        left->drops = drops;
        left->room = room;
    }
    struct skn_pg_text *drop = &left->drops[left->count++];
    *drop = (struct skn_pg_text){0};
    skn_pg_text_add(drop, "DROP DATABASE IF EXISTS ");
    skn_pg_text_add_ident(drop, skn_str(PQgetvalue(result, row, 0)));
    left->failed = left->failed || drop->failed;
}

/* Without FORCE: who has come in meanwhile keeps it. */
int skn_pg_scratch_sweep(struct skn_conn *conn, struct skn_error *err)
{
    static const struct skn_pg_question abandoned = {
        "SELECT d.datname FROM pg_catalog.pg_database d WHERE pg_catalog.starts_with("
        "d.datname::pg_catalog.text, '" PREFIX "') AND pg_catalog.pg_has_role(d.datdba, 'USAGE') "
        "AND d.datname OPERATOR(pg_catalog.<>) pg_catalog.current_database() AND NOT EXISTS "
        "(SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid OPERATOR(pg_catalog.=) d.oid)",
        0};
    struct abandoned_ones left = {0};
    if (!conn->pg)
        return skn_fail(err, SKN_E_CONNECT, NULL, 0, "the connection is closed");
    int rc = skn_pg_ask(conn, &abandoned, 1, NULL, abandoned_take, &left, err);
    if (rc == SKN_OK && left.failed)
        rc = skn_pg_no_memory(err);
    for (size_t i = 0; i < left.count; i++) {
        const struct skn_pg_question question = {left.drops[i].ptr, 1};
        if (rc == SKN_OK)
            rc = skn_pg_ask(conn, &question, 1, NULL, scratch_row, NULL, err);
        skn_pg_text_finish(&left.drops[i]);
    }
    free(left.drops);
    return rc;
}
