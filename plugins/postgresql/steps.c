/*
 * The steps of a batch as messages: what each is to the server, and which may travel together.
 * Knows nothing of answers.
 */
#include <string.h>

#include "pg.h"

#define PREPARED_NAME_MAX 200

/* ---- before anything is sent ---- */

int skn_pg_step_in_tx(const struct skn_step *step, int in_tx)
{
    switch (step->op) {
    case SKN_STEP_BEGIN:
        return 1;
    case SKN_STEP_COMMIT:
    case SKN_STEP_ROLLBACK:
    case SKN_STEP_PREPARE:
        return 0;
    default:
        return in_tx;
    }
}

static int sql_check(const struct skn_step *step, struct skn_error *err)
{
    const char *nul = step->sql.len ? memchr(step->sql.ptr, '\0', step->sql.len) : NULL;
    if (nul) {
        skn_fail(err, SKN_E_SYNTAX, "22021", 0, "the statement holds a NUL byte");
        if (err)
            err->position = (uint32_t)(nul - step->sql.ptr) + 1;
        return SKN_E_SYNTAX;
    }
    if (skn_pg_copies_to_client(step->sql))
        return skn_fail(err, SKN_E_UNSUPPORTED, NULL, 0,
                        "COPY from or to the client cannot be run here; use INSERT, or COPY with a "
                        "file of the server");
    return SKN_OK;
}

static int name_check(const struct skn_step *step, struct skn_error *err)
{
    if (step->sql.len == 0 || step->sql.len >= PREPARED_NAME_MAX ||
        memchr(step->sql.ptr, '\0', step->sql.len))
        return skn_fail(err, SKN_E_USAGE, NULL, 0,
                        "the name of a prepared transaction has 1 to %d bytes, none of them NUL",
                        PREPARED_NAME_MAX - 1);
    return SKN_OK;
}

static int step_state_check(const struct skn_step *step, int in_tx, struct skn_error *err)
{
    switch (step->op) {
    case SKN_STEP_BEGIN:
        return in_tx ? skn_fail(err, SKN_E_USAGE, "25001", 0, "a transaction is open already")
                     : SKN_OK;
    case SKN_STEP_FENCE:
    case SKN_STEP_COMMIT:
    case SKN_STEP_PREPARE:
        return in_tx ? SKN_OK : skn_fail(err, SKN_E_USAGE, "25P01", 0, "no transaction is open");
    case SKN_STEP_COMMIT_PREPARED:
    case SKN_STEP_ROLLBACK_PREPARED:
        return in_tx ? skn_fail(err, SKN_E_USAGE, "25001", 0,
                                "a prepared transaction cannot be ended inside another")
                     : SKN_OK;
    default:
        return SKN_OK;
    }
}

static int step_check(const struct skn_step *step, int in_tx, struct skn_error *err)
{
    int rc = step_state_check(step, in_tx, err);
    if (rc != SKN_OK)
        return rc;
    switch (step->op) {
    case SKN_STEP_SQL:
    case SKN_STEP_FENCE:
    case SKN_STEP_RIGHTS:
        return sql_check(step, err);
    case SKN_STEP_PREPARE:
    case SKN_STEP_COMMIT_PREPARED:
    case SKN_STEP_ROLLBACK_PREPARED:
        return name_check(step, err);
    case SKN_STEP_BEGIN:
    case SKN_STEP_COMMIT:
    case SKN_STEP_ROLLBACK:
    case SKN_STEP_RESET:
    case SKN_STEP_CHECK:
        return SKN_OK;
    default:
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown step %u", (unsigned)step->op);
    }
}

int skn_pg_steps_check(const struct skn_step *steps, uint32_t count, int in_tx,
                       struct skn_error *err)
{
    for (uint32_t i = 0; i < count; i++) {
        int rc = step_check(&steps[i], in_tx, err);
        if (rc != SKN_OK) {
            if (err)
                err->step = i;
            return rc;
        }
        in_tx = skn_pg_step_in_tx(&steps[i], in_tx);
    }
    return SKN_OK;
}

/* After an error the server skips what follows up to the next synchronisation point, so what lies
 * between two of them may be sent blindly: nothing runs behind a failure. A statement outside a
 * transaction must be alone there, or the server would make one transaction of it and its
 * neighbours. */
uint32_t skn_pg_steps_segment(const struct skn_conn *conn, const struct skn_step *steps,
                              uint32_t count, uint32_t first, int in_tx)
{
    uint32_t i = first;
    do {
        const struct skn_step *step = &steps[i];
        int alone = !in_tx && step->op != SKN_STEP_BEGIN;
        if (alone)
            return i == first ? i + 1 : i;
        in_tx = skn_pg_step_in_tx(step, in_tx);
        i++;
        /* Behind these, what they have come to has to be looked at. */
        if (step->op == SKN_STEP_CHECK ||
            (step->op == SKN_STEP_BEGIN && conn->config.pooler == SKN_PG_POOLER_TRANSACTION) ||
            (step->op == SKN_STEP_SQL && skn_pg_controls_transaction(step->sql)))
            return i;
    } while (i < count);
    return i;
}

/* ---- messages ---- */

struct sending {
    struct skn_conn *conn;
    struct skn_pg_sent *sent;
    int rc;
};

static void message(struct sending *sending, const char *sql)
{
    if (sending->rc != SKN_OK)
        return;
    sending->rc = skn_pg_pipe_send(sending->conn, sql);
    sending->sent->messages++;
}

/* What was put together in the scratch text. */
static void message_built(struct sending *sending)
{
    if (sending->conn->scratch.failed)
        sending->rc = SKN_E_NOMEM;
    message(sending, sending->conn->scratch.ptr);
}

/* prefix, then what the step says, then suffix, as one statement. */
static void send_words(struct sending *sending, const char *prefix, struct skn_str middle,
                       const char *suffix)
{
    struct skn_pg_text *text = &sending->conn->scratch;
    skn_pg_text_clear(text);
    skn_pg_text_add(text, prefix);
    if (middle.len)
        skn_pg_text_add_len(text, middle.ptr, middle.len);
    skn_pg_text_add(text, suffix);
    message_built(sending);
}

static void send_named(struct sending *sending, const char *prefix, struct skn_str name)
{
    struct skn_pg_text *text = &sending->conn->scratch;
    skn_pg_text_clear(text);
    skn_pg_text_add(text, prefix);
    skn_pg_text_add_literal(text, name);
    message_built(sending);
}

static void send_schema(struct sending *sending)
{
    struct skn_pg_text *text = &sending->conn->scratch;
    skn_pg_text_clear(text);
    skn_pg_text_add(text, "CREATE SCHEMA IF NOT EXISTS ");
    skn_pg_text_add_ident(text, skn_str(sending->conn->config.values[SKN_PG_SCHEMA]));
    message_built(sending);
}

/* The session may be another each time, so all that holds, holds for this transaction. The lock
 * comes first, as far as it can: nothing may be read before it. */
static void send_begin_lent(struct sending *sending)
{
    const struct skn_conn *conn = sending->conn;
    message(sending, "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE");
    if (conn->lock[0]) {
        struct skn_pg_text *text = &sending->conn->scratch;
        skn_pg_text_clear(text);
        skn_pg_lock_add_try(conn, text);
        message_built(sending);
    }
    message(sending, conn->session.ptr);
    if (conn->path.len)
        message(sending, conn->path.ptr);
}

static void send_begin(struct sending *sending)
{
    const struct skn_conn *conn = sending->conn;
    if (conn->config.pooler == SKN_PG_POOLER_TRANSACTION)
        send_begin_lent(sending);
    else
        message(sending, "BEGIN");
    /* When we are gone, the server notices and rolls back soon. Outside a transaction it had better
     * finish: a broken CREATE INDEX CONCURRENTLY leaves an invalid index. */
    if (conn->facts.checks_client)
        message(sending, "SET LOCAL client_connection_check_interval = 1000");
    if (conn->schema_missing)
        send_schema(sending);
}

/* DISCARD ALL would be shorter, and give up the lock. */
static void send_reset(struct sending *sending)
{
    static const char *const parts[] = {
        "CLOSE ALL",    "RESET ROLE",       "RESET SESSION AUTHORIZATION",
        "RESET ALL",    "UNLISTEN *",       "DEALLOCATE ALL",
        "DISCARD TEMP", "DISCARD SEQUENCES"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        message(sending, parts[i]);
    message(sending, sending->conn->session.ptr);
    if (sending->conn->path.len)
        message(sending, sending->conn->path.ptr);
}

/* Outside a transaction there is nothing: what was lent was put back at its end. */
static void send_reset_lent(struct sending *sending, int in_tx)
{
    if (!in_tx)
        return;
    message(sending, "RESET ALL");
    message(sending, sending->conn->session.ptr);
    if (sending->conn->path.len)
        message(sending, sending->conn->path.ptr);
}

static void send_sql(struct sending *sending, struct skn_str sql, int in_tx)
{
    static const char *const create_table[3] = {"CREATE", "TABLE", NULL};
    static const char *const set[3] = {"SET", NULL, NULL};
    /* Where no transaction comes first, a table does. Both are one transaction then. */
    if (!in_tx && sending->conn->schema_missing && skn_pg_opens_with(sql, create_table)) {
        send_schema(sending);
        sending->sent->own = sending->sent->messages;
    }
    send_words(sending, "", sql, "");
    if (skn_pg_opens_with(sql, set))
        sending->conn->changed = 1;
    if (sending->conn->path.len && skn_pg_resets_path(sql))
        message(sending, sending->conn->path.ptr);
}

static void send_fence(struct sending *sending, struct skn_str table)
{
    send_words(sending, "LOCK TABLE ", table, " IN SHARE ROW EXCLUSIVE MODE");
    skn_pg_text_clear(&sending->conn->scratch);
    skn_pg_check_note_build(sending->conn, &sending->conn->scratch);
    message_built(sending);
}

static void send_check(struct sending *sending)
{
    skn_pg_text_clear(&sending->conn->scratch);
    skn_pg_check_build(sending->conn, &sending->conn->scratch);
    message_built(sending);
}

static void send_rights(struct sending *sending, struct skn_str table)
{
    skn_pg_text_clear(&sending->conn->scratch);
    skn_pg_rights_build(table, &sending->conn->scratch);
    message_built(sending);
}

/* Others will have this session next, and must not find it changed. */
static void send_commit(struct sending *sending)
{
    if (sending->conn->config.pooler == SKN_PG_POOLER_TRANSACTION && sending->conn->changed) {
        message(sending, "RESET ALL");
        sending->sent->own = sending->sent->messages;
    }
    message(sending, "COMMIT");
}

/* A step that the server carries out for good the moment it reads it. */
static int is_lasting(const struct skn_step *step, int in_tx)
{
    switch (step->op) {
    case SKN_STEP_COMMIT:
    case SKN_STEP_PREPARE:
    case SKN_STEP_COMMIT_PREPARED:
    case SKN_STEP_ROLLBACK_PREPARED:
        return 1;
    case SKN_STEP_SQL:
        return !in_tx || skn_pg_controls_transaction(step->sql);
    default:
        return 0;
    }
}

int skn_pg_step_send(struct skn_conn *conn, const struct skn_step *step, int in_tx,
                     struct skn_pg_sent *sent)
{
    struct sending sending = {conn, sent, SKN_OK};
    *sent = (struct skn_pg_sent){.lasting = is_lasting(step, in_tx)};
    switch (step->op) {
    case SKN_STEP_SQL:
        send_sql(&sending, step->sql, in_tx);
        break;
    case SKN_STEP_BEGIN:
        send_begin(&sending);
        break;
    case SKN_STEP_FENCE:
        send_fence(&sending, step->sql);
        break;
    case SKN_STEP_COMMIT:
        send_commit(&sending);
        break;
    case SKN_STEP_CHECK:
        send_check(&sending);
        break;
    case SKN_STEP_RIGHTS:
        send_rights(&sending, step->sql);
        break;
    case SKN_STEP_ROLLBACK:
        if (in_tx)
            message(&sending, "ROLLBACK");
        break;
    case SKN_STEP_RESET:
        if (conn->config.pooler == SKN_PG_POOLER_TRANSACTION)
            send_reset_lent(&sending, in_tx);
        else
            send_reset(&sending);
        break;
    case SKN_STEP_PREPARE:
        send_named(&sending, "PREPARE TRANSACTION ", step->sql);
        break;
    case SKN_STEP_COMMIT_PREPARED:
        send_named(&sending, "COMMIT PREPARED ", step->sql);
        break;
    case SKN_STEP_ROLLBACK_PREPARED:
        send_named(&sending, "ROLLBACK PREPARED ", step->sql);
        break;
    default:
        break;
    }
    return sending.rc;
}
