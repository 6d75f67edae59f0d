/*
 * The ledger's SQL. It knows nothing of graphs, and nothing of when a transaction begins or ends.
 */
#include "work/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"

/* Names that cannot be keywords stand bare, as Alembic writes them: SQLite keeps the text. */
static int stands_bare(const char *name)
{
    return (strncmp(name, "alembic_", 8) == 0 || strncmp(name, "skein_", 6) == 0) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static int table_quote(const struct skn_ledger *ledger, const char *name, struct skn_buf *out,
                       struct skn_error *err)
{
    if (!stands_bare(name))
        return skn_session_quote(ledger->session, SKN_QUOTE_IDENT, skn_str(name), out, err);
    skn_buf_adds(out, name);
    return SKN_OK;
}

/* Where the tables are also when a statement has turned unqualified names elsewhere. */
static const char *schema_of(const struct skn_ledger *ledger)
{
    return ledger->job->schema[0] ? ledger->job->schema : ledger->session->server.schema;
}

static const char *name_quote(struct skn_ledger *ledger, const char *table, struct skn_error *err)
{
    struct skn_arena *arena = (struct skn_arena *)(uintptr_t)&ledger->job->arena;
    struct skn_buf out = {0};
    int rc = SKN_OK;
    const char *schema = schema_of(ledger);
    if (schema[0]) {
        rc = skn_session_quote(ledger->session, SKN_QUOTE_IDENT, skn_str(schema), &out, err);
        skn_buf_addc(&out, '.');
    }
    if (rc == SKN_OK)
        rc = table_quote(ledger, table, &out, err);
    const char *quoted = rc == SKN_OK ? skn_arena_strdup(arena, skn_buf_text(&out)) : NULL;
    skn_buf_finish(&out);
    return quoted;
}

static const char *literal(const struct skn_ledger *ledger, struct skn_arena *arena,
                           const char *text, struct skn_error *err)
{
    struct skn_buf out = {0};
    int rc = skn_session_quote(ledger->session, SKN_QUOTE_LITERAL, skn_str(text), &out, err);
    const char *quoted = rc == SKN_OK ? skn_arena_strdup(arena, skn_buf_text(&out)) : NULL;
    skn_buf_finish(&out);
    return quoted;
}

int skn_ledger_init(struct skn_ledger *ledger, const struct skn_job *job,
                    struct skn_session *session, struct skn_error *err)
{
    *ledger = (struct skn_ledger){.job = job, .session = session};
    ledger->versions = name_quote(ledger, job->version_table, err);
    ledger->log = ledger->versions ? name_quote(ledger, "skein_log", err) : NULL;
    ledger->step = ledger->log ? name_quote(ledger, "skein_step", err) : NULL;
    if (!ledger->step)
        return skn_error_context(err, "version table");

    /* One row for each version table in this schema, by a key that always fits. */
    char key[SKN_SHA256_HEX];
    skn_sha256_hex(skn_str(job->version_table), key);
    key[32] = '\0';
    struct skn_arena *arena = (struct skn_arena *)(uintptr_t)&job->arena;
    ledger->key = literal(ledger, arena, key, err);
    return ledger->key ? SKN_OK : (int)err->code;
}

void skn_ledger_finish(struct skn_ledger *ledger)
{
    json_decref(ledger->rows);
    ledger->rows = NULL;
}

/* ---- reading ---- */

static int text_compare(const void *a, const void *b)
{
    return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

static json_t *rows_sort(const json_t *rows)
{
    size_t n = json_array_size(rows);
    json_t **items = skn_alloc_array(n, sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = json_array_get(rows, i);
    qsort(items, n, sizeof *items, text_compare);
    json_t *sorted = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append(sorted, items[i]);
    free(items);
    return sorted;
}

static int rows_read(struct skn_ledger *ledger, struct skn_error *err)
{
    struct skn_batch batch;
    skn_batch_init(&batch);
    skn_ledger_add_query(ledger, &batch);
    int64_t limit = ledger->session->short_limit;
    int rc = skn_batch_run(&batch, ledger->session, limit, limit, err);
    if (rc == SKN_OK && batch.rows_bad)
        rc = skn_error_set(err, SKN_E_CONFIG, "table %s holds something that is no revision id",
                           ledger->versions);
    if (rc == SKN_OK)
        ledger->rows = rows_sort(batch.rows);
    else
        skn_error_context(err, "version table");
    skn_batch_finish(&batch);
    return rc;
}

static const char *column_text(struct skn_ledger *ledger, struct skn_str column)
{
    struct skn_arena *arena = (struct skn_arena *)(uintptr_t)&ledger->job->arena;
    size_t len = column.len > 4096 ? 4096 : column.len;
    return column.ptr ? skn_arena_strndup(arena, column.ptr, len) : "";
}

static int progress_take(void *ctx, uint32_t step, const struct skn_str *columns, uint32_t count)
{
    struct skn_ledger *ledger = ctx;
    (void)step;
    if (count < 12)
        return 1;
    ledger->progress = (struct skn_progress){
        .found = 1,
        .revision = column_text(ledger, columns[0]),
        .direction = column_text(ledger, columns[1]),
        .done = strtoll(column_text(ledger, columns[2]), NULL, 10),
        .total = strtoll(column_text(ledger, columns[3]), NULL, 10),
        .intent = strtoll(column_text(ledger, columns[4]), NULL, 10),
        .prefix = column_text(ledger, columns[5]),
        .error = column_text(ledger, columns[6]),
        .who = column_text(ledger, columns[7]),
        .run_id = column_text(ledger, columns[8]),
        .updated = column_text(ledger, columns[9]),
        .text = column_text(ledger, columns[10]),
        .before = column_text(ledger, columns[11]),
    };
    return 0;
}

static int progress_read(struct skn_ledger *ledger, struct skn_error *err)
{
    struct skn_arena arena = {0};
    const char *sql = skn_arena_printf(&arena,
                                       "SELECT revision, direction, done, total, intent, "
                                       "prefix_sha256, last_error, who, run_id, updated, "
                                       "intent_sha256, fingerprint FROM %s WHERE id = %s",
                                       ledger->step, ledger->key);
    struct skn_step step = {.sql = skn_str(sql), .op = SKN_STEP_SQL};
    struct skn_events events = {.size = sizeof events, .ctx = ledger, .row = progress_take};
    int rc =
        skn_session_exec(ledger->session, &step, 1, &events, ledger->session->short_limit, err);
    skn_arena_finish(&arena);
    return rc == SKN_OK ? rc : skn_error_context(err, "skein_step");
}

int skn_ledger_read(struct skn_ledger *ledger, struct skn_error *err)
{
    struct skn_str names[3] = {skn_str(ledger->job->version_table), skn_str("skein_log"),
                               skn_str("skein_step")};
    uint64_t found = 0;
    int rc = skn_session_exists(ledger->session, skn_str(schema_of(ledger)), names, 3, &found, err);
    if (rc != SKN_OK)
        return rc;
    ledger->has_versions = (found & 1) != 0;
    ledger->has_log = (found & 2) != 0;
    ledger->has_step = (found & 4) != 0;
    ledger->progress = (struct skn_progress){0};
    json_decref(ledger->rows);
    ledger->rows = NULL;
    if (ledger->has_versions)
        rc = rows_read(ledger, err);
    else
        ledger->rows = json_array();
    if (rc == SKN_OK && ledger->has_step)
        rc = progress_read(ledger, err);
    return rc;
}

int skn_ledger_rights(const struct skn_ledger *ledger, struct skn_error *err)
{
    const char *const tables[] = {ledger->has_versions ? ledger->versions : NULL,
                                  ledger->has_step ? ledger->step : NULL};
    int64_t limit = ledger->session->short_limit;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < sizeof tables / sizeof tables[0]; i++) {
        struct skn_step step = {.op = SKN_STEP_RIGHTS, .sql = skn_str(tables[i])};
        struct skn_events events = {.size = sizeof events};
        if (tables[i] && skn_session_checks(ledger->session))
            rc = skn_session_exec(ledger->session, &step, 1, &events, limit, err);
        if (rc == SKN_E_PERMISSION)
            skn_error_context(err, "the rows of %.200s are not ours to change", tables[i]);
    }
    return rc;
}

/* ---- writing ---- */

void skn_ledger_add_query(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    skn_batch_addf(batch, SKN_ROLE_ROWS, "SELECT version_num FROM %s", ledger->versions);
}

void skn_ledger_add_after(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    skn_batch_addf(batch, SKN_ROLE_AFTER, "SELECT version_num FROM %s", ledger->versions);
}

/* As Alembic makes it, but for a name too long for the constraint's, which the engine then
 * chooses. */
void skn_ledger_add_versions(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    struct skn_buf constraint = {0};
    struct skn_error ignored = SKN_ERROR_INIT;
    char name[160];
    skn_buf_adds(&constraint, "CONSTRAINT ");
    snprintf(name, sizeof name, "%.120s_pkc", ledger->job->version_table);
    if (table_quote(ledger, name, &constraint, &ignored) == SKN_OK)
        skn_buf_addc(&constraint, ' ');
    else
        skn_buf_clear(&constraint);
    int alembic = ledger->style == SKN_LEDGER_ALEMBIC;
    const char *tab = alembic ? "    " : "\t";
    skn_batch_addf(batch, SKN_ROLE_OWN,
                   "CREATE TABLE %s%s (\n%sversion_num VARCHAR(32) NOT NULL, "
                   "\n%s%sPRIMARY KEY (version_num)\n)",
                   alembic ? "" : "IF NOT EXISTS ", ledger->versions, tab, tab,
                   skn_buf_text(&constraint));
    skn_buf_finish(&constraint);
}

void skn_ledger_add_tables(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    const struct skn_dialect *dialect = ledger->session->loaded.driver.dialect;
    if (!ledger->has_versions)
        skn_ledger_add_versions(ledger, batch);
    if (!ledger->has_log && ledger->job->log)
        skn_batch_addf(batch, SKN_ROLE_OWN,
                       "CREATE TABLE IF NOT EXISTS %s (id %s NOT NULL PRIMARY KEY, run_id %s NOT "
                       "NULL, target %s, version_table %s, revision %s, direction %s NOT NULL, who "
                       "%s, skein %s, started %s NOT NULL, finished %s NOT NULL, ms %s NOT NULL, "
                       "checksum %s, outcome %s NOT NULL)%s",
                       ledger->log, dialect->integer_type, dialect->id_type, dialect->text_type,
                       dialect->text_type, dialect->text_type, dialect->id_type, dialect->text_type,
                       dialect->id_type, dialect->time_type, dialect->time_type,
                       dialect->integer_type, dialect->text_type, dialect->id_type,
                       dialect->table_options);
}

void skn_ledger_add_step_table(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    const struct skn_dialect *dialect = ledger->session->loaded.driver.dialect;
    if (!ledger->has_step)
        skn_batch_addf(
            batch, SKN_ROLE_OWN,
            "CREATE TABLE IF NOT EXISTS %s (id %s NOT NULL PRIMARY KEY, run_id %s NOT "
            "NULL, revision %s NOT NULL, direction %s NOT NULL, done %s NOT NULL, total "
            "%s NOT NULL, intent %s, intent_sha256 %s, fingerprint %s, prefix_sha256 %s, "
            "who %s, updated %s NOT NULL, last_error %s)%s",
            ledger->step, dialect->id_type, dialect->id_type, dialect->text_type, dialect->id_type,
            dialect->integer_type, dialect->integer_type, dialect->integer_type, dialect->text_type,
            dialect->text_type, dialect->text_type, dialect->text_type, dialect->time_type,
            dialect->long_type, dialect->table_options);
}

const char *skn_ledger_expect(const struct skn_ledger *ledger, struct skn_arena *arena,
                              const json_t *rows, struct skn_error *err)
{
    size_t n = json_array_size(rows);
    if (n == 0)
        return skn_arena_printf(arena, "SELECT version_num FROM %s", ledger->versions);
    struct skn_buf list = {0};
    const char *query = NULL;
    int rc = SKN_OK;
    for (size_t i = 0; rc == SKN_OK && i < n; i++) {
        skn_buf_adds(&list, i ? ", " : "");
        rc = skn_session_quote(ledger->session, SKN_QUOTE_LITERAL,
                               skn_str(json_string_value(json_array_get(rows, i))), &list, err);
    }
    if (rc == SKN_OK)
        query = skn_arena_printf(arena,
                                 "SELECT found FROM (SELECT count(*) AS found, sum(CASE WHEN "
                                 "version_num IN (%s) THEN 1 ELSE 0 END) AS expected FROM %s) AS "
                                 "version_rows WHERE found <> %zu OR expected <> %zu",
                                 skn_buf_text(&list), ledger->versions, n, n);
    skn_buf_finish(&list);
    return query;
}

void skn_ledger_add_drop(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    skn_batch_addf(batch, SKN_ROLE_OWN, "DROP TABLE %s", ledger->versions);
}

/* In a script the row changes are Alembic's to the letter. */
static void change_write(const struct skn_ledger *ledger, struct skn_batch *batch, const char *op,
                         const char *old, const char *new)
{
    const char *versions = ledger->versions;
    int online = ledger->style == SKN_LEDGER_ONLINE;
    const char *column =
        online ? "version_num" : skn_arena_printf(&batch->arena, "%s.version_num", versions);
    const char *sets = online ? " = " : "=";
    int returns = ledger->style == SKN_LEDGER_ALEMBIC &&
                  (ledger->session->loaded.driver.dialect->flags & SKN_DIALECT_ALEMBIC_TX);
    if (strcmp(op, "insert") == 0)
        skn_batch_addf(batch, SKN_ROLE_CHANGE, "INSERT INTO %s (version_num) VALUES (%s)%s%s",
                       versions, new, returns ? " RETURNING " : "", returns ? column : "");
    else if (strcmp(op, "delete") == 0)
        skn_batch_addf(batch, SKN_ROLE_CHANGE, "DELETE FROM %s WHERE %s = %s", versions, column,
                       old);
    else
        skn_batch_addf(batch, SKN_ROLE_CHANGE, "UPDATE %s SET version_num%s%s WHERE %s = %s",
                       versions, sets, new, column, old);
}

static int change_add(const struct skn_ledger *ledger, struct skn_batch *batch, const char *op,
                      const char *from, const char *to, struct skn_error *err)
{
    const char *old = literal(ledger, &batch->arena, from, err);
    const char *new = old ? literal(ledger, &batch->arena, to, err) : NULL;
    if (!new)
        return (int)err->code;
    change_write(ledger, batch, op, old, new);
    return SKN_OK;
}

int skn_ledger_add_changes(const struct skn_ledger *ledger, struct skn_batch *batch,
                           const json_t *step, struct skn_error *err)
{
    size_t i;
    json_t *change;
    int rc = SKN_OK;
    json_array_foreach(json_object_get(step, "changes"), i, change)
    {
        const char *op = json_string_value(json_array_get(change, 0));
        const char *from = json_string_value(json_array_get(change, 1));
        const char *to = json_string_value(json_array_get(change, 2));
        if (!op || !from || !to)
            return skn_error_set(err, SKN_E_DRIVER, "malformed change of version rows");
        rc = change_add(ledger, batch, op, from, to, err);
        if (rc != SKN_OK)
            break;
    }
    return rc;
}

int skn_ledger_add_log(const struct skn_ledger *ledger, struct skn_batch *batch, const json_t *step,
                       const char *outcome, const char *started, int64_t ms, struct skn_error *err)
{
    if (!ledger->job->log)
        return SKN_OK;
    char finished[SKN_TIME_TEXT];
    skn_time_utc(finished);
    int script = ledger->style == SKN_LEDGER_SCRIPT;
    const char *mark = script ? "" : "'";
    const char *const values[] = {
        ledger->job->run_id,
        ledger->job->target,
        ledger->job->version_table,
        skn_json_text(step, "revision"),
        skn_json_text(step, "kind"),
        ledger->job->who,
        skn_json_text(step, "checksum"),
        outcome,
    };
    const char *quoted[8];
    for (size_t i = 0; i < 8; i++) {
        quoted[i] = literal(ledger, &batch->arena, values[i], err);
        if (!quoted[i])
            return (int)err->code;
    }
    skn_batch_addf(batch, SKN_ROLE_OWN,
                   "INSERT INTO %s (id, run_id, target, version_table, revision, direction, who, "
                   "skein, started, finished, ms, checksum, outcome) VALUES (%lld, %s, %s, %s, %s, "
                   "%s, %s, '%s', %s%s%s, %s%s%s, %lld, %s, %s)",
                   ledger->log, (long long)skn_time_number(), quoted[0], quoted[1], quoted[2],
                   quoted[3], quoted[4], quoted[5], SKEIN_VERSION, mark,
                   script ? ledger->now : started, mark, mark, script ? ledger->now : finished,
                   mark, (long long)ms, quoted[6], quoted[7]);
    return SKN_OK;
}

int skn_ledger_add_progress(const struct skn_ledger *ledger, struct skn_batch *batch,
                            const json_t *step, const struct skn_mark *mark, int first,
                            struct skn_error *err)
{
    char now[SKN_TIME_TEXT];
    skn_time_utc(now);
    const char *const values[] = {ledger->job->run_id,
                                  skn_json_text(step, "revision"),
                                  skn_json_text(step, "kind"),
                                  ledger->job->who,
                                  mark->error,
                                  mark->owner,
                                  mark->prefix,
                                  mark->intent > 0 ? mark->text : "",
                                  mark->intent > 0 ? mark->before : ""};
    const char *quoted[9];
    for (size_t i = 0; i < 9; i++) {
        quoted[i] = literal(ledger, &batch->arena, values[i], err);
        if (!quoted[i])
            return (int)err->code;
    }
    const char *intent = mark->intent > 0
                             ? skn_arena_printf(&batch->arena, "%lld", (long long)mark->intent)
                             : "NULL";
    if (first)
        skn_batch_addf(batch, SKN_ROLE_OWN,
                       "INSERT INTO %s (id, run_id, revision, direction, done, total, intent, "
                       "intent_sha256, fingerprint, prefix_sha256, who, updated, last_error) "
                       "VALUES (%s, %s, %s, %s, %lld, %lld, %s, %s, %s, %s, %s, '%s', %s)",
                       ledger->step, ledger->key, quoted[0], quoted[1], quoted[2],
                       (long long)mark->done, (long long)mark->total, intent, quoted[7], quoted[8],
                       quoted[6], quoted[3], now, quoted[4]);
    else
        skn_batch_addf(batch, SKN_ROLE_CHANGE,
                       "UPDATE %s SET run_id = %s, revision = %s, direction = %s, done = %lld, "
                       "total = %lld, intent = %s, intent_sha256 = %s, fingerprint = %s, "
                       "prefix_sha256 = %s, who = %s, updated = '%s', last_error = %s "
                       "WHERE id = %s AND run_id = %s",
                       ledger->step, quoted[0], quoted[1], quoted[2], (long long)mark->done,
                       (long long)mark->total, intent, quoted[7], quoted[8], quoted[6], quoted[3],
                       now, quoted[4], ledger->key, quoted[5]);
    return SKN_OK;
}

void skn_ledger_add_progress_end(const struct skn_ledger *ledger, struct skn_batch *batch)
{
    skn_batch_addf(batch, SKN_ROLE_CHANGE, "DELETE FROM %s WHERE id = %s", ledger->step,
                   ledger->key);
}

/* ---- rows in memory ---- */

static size_t row_find(const json_t *rows, const char *id)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(json_string_value(json_array_get(rows, i)), id) == 0)
            return i;
    return json_array_size(rows);
}

void skn_rows_change(json_t *rows, const json_t *step)
{
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(step, "changes"), i, change)
    {
        const char *op = json_string_value(json_array_get(change, 0));
        if (op && strcmp(op, "insert") != 0)
            json_array_remove(rows, row_find(rows, json_string_value(json_array_get(change, 1))));
        if (op && strcmp(op, "delete") != 0)
            json_array_append(rows, json_array_get(change, 2));
    }
}

int skn_rows_equal(const json_t *a, const json_t *b)
{
    json_t *left = rows_sort(a);
    json_t *right = rows_sort(b);
    int equal = json_equal(left, right);
    json_decref(left);
    json_decref(right);
    return equal;
}
