/*
 * Databases that live as long as the connection to them. Their owner holds a lock of the server's
 * by their name from before they are made, so that only what nobody owns any more can be swept.
 */
#include "schema.h"

#include <stdlib.h>
#include <time.h>

static const char PREFIX[] = "skein_scratch_";

typedef char scratch_text[SKN_MYSQL_COLUMN];

/* ---- names ---- */

static int is_plain_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The mark, and what tells this database from others of the same run. */
static void scratch_name_make(const struct skn_conn *conn, struct skn_str mark, char *out,
                              size_t size)
{
    struct timespec now;
    char plain[25];
    size_t len = 0;
    size_t skip = mark.len >= sizeof PREFIX - 1 && memcmp(mark.ptr, PREFIX, sizeof PREFIX - 1) == 0
                      ? sizeof PREFIX - 1
                      : 0;
    for (size_t i = skip; i < mark.len && len + 1 < sizeof plain; i++)
        if (is_plain_char(mark.ptr[i]))
            plain[len++] = mark.ptr[i];
    plain[len] = '\0';
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(out, size, "%s%s_%lx_%llx", PREFIX, plain, mysql_thread_id(conn->mysql),
             (unsigned long long)now.tv_sec * 1000000000ULL + (unsigned long long)now.tv_nsec);
}

/* Such a name needs no quoting, and what looks otherwise is not ours. */
static int is_scratch_name(const char *name)
{
    size_t len = strlen(name);
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0 || len > SKN_MYSQL_NAME_MAX)
        return 0;
    for (size_t i = 0; i < len; i++)
        if (!is_plain_char(name[i]))
            return 0;
    return 1;
}

/* ---- one statement about one database ---- */

static int scratch_run(struct skn_conn *conn, const char *before, const char *name,
                       const char *behind, struct skn_error *err)
{
    struct skn_mysql_answer answer;
    char sql[512];
    int len = snprintf(sql, sizeof sql, "%s%s%s", before, name, behind);
    return skn_mysql_query(conn, skn_str_len(sql, (size_t)len), NULL, &answer, err);
}

/* *got: whether the lock is ours. */
static int scratch_lock(struct skn_conn *conn, const char *name, int *got, struct skn_error *err)
{
    scratch_text texts[1];
    char sql[512];
    int found;
    int len = snprintf(sql, sizeof sql, "SELECT GET_LOCK('%s', 0)", name);
    int rc = skn_mysql_query_row(conn, skn_str_len(sql, (size_t)len), texts, 1, &found, err);
    *got = rc == SKN_OK && found && strcmp(texts[0], "1") == 0;
    return rc;
}

/* ---- opening ---- */

static int settings_like(struct skn_conn *conn, scratch_text *texts, struct skn_error *err)
{
    int found;
    return skn_mysql_query_row(conn,
                               skn_str("SELECT @@character_set_database, @@collation_database"),
                               texts, 2, &found, err);
}

static int create_failed(const char *name, const struct skn_error *why, struct skn_error *err)
{
    return skn_fail(err, (int)why->code, why->sqlstate, why->native,
                    "no scratch database can be made: %s; let us, by: GRANT ALL ON "
                    "`skein\\_scratch\\_%%`.* TO the user of this target, or name another server "
                    "as scratch of the target (it would have been %s)",
                    why->message, name);
}

static int scratch_make(struct skn_conn *conn, struct skn_conn *scratch, const char *name,
                        struct skn_error *err)
{
    struct skn_error why = {.size = sizeof why};
    scratch_text like[2];
    char behind[SKN_MYSQL_COLUMN * 2 + 32];
    int got;
    int rc = settings_like(conn, like, err);
    if (rc == SKN_OK)
        rc = scratch_lock(scratch, name, &got, err);
    if (rc != SKN_OK)
        return rc;
    if (!got)
        return skn_fail(err, SKN_E_BUSY, NULL, 0, "the name %s is taken; try again", name);
    snprintf(behind, sizeof behind, " CHARACTER SET %.64s COLLATE %.64s", like[0], like[1]);
    if (scratch_run(scratch, "CREATE DATABASE ", name, behind, &why) != SKN_OK)
        return create_failed(name, &why, err);
    return SKN_OK;
}

/* From here on the scratch database is the one that the session belongs to. */
static int scratch_enter(struct skn_conn *scratch, const char *name, struct skn_error *err)
{
    char *copy = strdup(name);
    if (!copy)
        return skn_fail(err, SKN_E_NOMEM, NULL, 0, "no memory for a name");
    free(scratch->settings.texts[SKN_MYSQL_DATABASE]);
    scratch->settings.texts[SKN_MYSQL_DATABASE] = copy;
    int rc = skn_mysql_session_use(scratch, name, err);
    return rc == SKN_OK ? skn_mysql_session_fix(scratch, err) : rc;
}

int skn_mysql_scratch_open(struct skn_conn *conn, const struct skn_host *host,
                           const struct skn_kv *options, uint32_t count, struct skn_str mark,
                           struct skn_conn **scratch, struct skn_error *err)
{
    char name[SKN_MYSQL_NAME_MAX + 1];
    *scratch = NULL;
    int rc = skn_mysql_open(host, options, count, scratch, err);
    if (rc != SKN_OK)
        return rc;
    scratch_name_make(*scratch, mark, name, sizeof name);
    rc = scratch_make(conn, *scratch, name, err);
    if (rc != SKN_OK) {
        skn_mysql_close(*scratch);
        *scratch = NULL;
        return rc;
    }
    rc = scratch_enter(*scratch, name, err);
    if (rc != SKN_OK) {
        scratch_run(*scratch, "DROP DATABASE ", name, "", NULL);
        skn_mysql_close(*scratch);
        *scratch = NULL;
    }
    return rc;
}

/* ---- closing ---- */

void skn_mysql_scratch_close(struct skn_conn *scratch)
{
    if (!scratch)
        return;
    const char *name = scratch->settings.texts[SKN_MYSQL_DATABASE];
    if (is_scratch_name(name) && !scratch->broken)
        scratch_run(scratch, "DROP DATABASE IF EXISTS ", name, "", NULL);
    skn_mysql_close(scratch);
}

/* ---- sweeping ---- */

struct leftovers {
    scratch_text *names;
    size_t count, room;
};

static int leftover_take(void *ctx, const struct skn_str *columns, uint32_t count)
{
    struct leftovers *leftovers = ctx;
    if (count < 1 || columns[0].len >= SKN_MYSQL_COLUMN)
        return 0;
    if (leftovers->count == leftovers->room) {
        size_t room = leftovers->room ? leftovers->room * 2 : 16;
        scratch_text *names = realloc(leftovers->names, room * sizeof *names);
        if (!names)
            return 1; /* the next sweep takes the rest */
        leftovers->names = names;
        leftovers->room = room;
    }
    snprintf(leftovers->names[leftovers->count], SKN_MYSQL_COLUMN, "%.*s", SKN_FMT(columns[0]));
    leftovers->count += is_scratch_name(leftovers->names[leftovers->count]) != 0;
    return 0;
}

static int leftover_drop(struct skn_conn *conn, const char *name, struct skn_error *err)
{
    int got;
    int rc = scratch_lock(conn, name, &got, err);
    if (rc != SKN_OK || !got)
        return rc; /* its owner lives */
    rc = scratch_run(conn, "DROP DATABASE IF EXISTS ", name, "", err);
    int released = scratch_run(conn, "DO RELEASE_LOCK('", name, "')", rc == SKN_OK ? err : NULL);
    return rc == SKN_OK ? released : rc;
}

int skn_mysql_scratch_sweep(struct skn_conn *conn, struct skn_error *err)
{
    struct leftovers leftovers = {0};
    struct skn_mysql_sink sink = {leftover_take, &leftovers};
    struct skn_mysql_answer answer;
    int rc = skn_mysql_query(conn,
                             skn_str("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE "
                                     "SCHEMA_NAME LIKE 'skein\\_scratch\\_%'"),
                             &sink, &answer, err);
    for (size_t i = 0; rc == SKN_OK && i < leftovers.count; i++)
        rc = leftover_drop(conn, leftovers.names[i], err);
    free(leftovers.names);
    return rc;
}
