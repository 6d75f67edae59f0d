/*
 * Parts of a script for psql: the session as open() makes it, transactions, checks. It knows no
 * connection.
 */
#include <string.h>

#include "pg.h"

/* A backslash in a string, and what a statement may wait for, are as the driver's sessions have
 * them. Without the first line psql would go on behind an error, and call it success. */
static const char script_opening[] = "\\set ON_ERROR_STOP on\n";

static const char settings[] = "SET client_encoding = 'UTF8';\n"
                               "SET client_min_messages = warning;\n"
                               "SET standard_conforming_strings = on;\n"
                               "SET default_transaction_isolation = 'read committed';\n"
                               "SET default_transaction_deferrable = off;\n"
                               "SET row_security = on;\n"
                               "SET DateStyle = 'ISO';\n";

static const char reset[] = "CLOSE ALL;\nRESET SESSION AUTHORIZATION;\nRESET ALL;\n";

static void settings_add(const struct skn_pg_config *config, struct skn_pg_text *sql)
{
    skn_pg_text_add(sql, settings);
    skn_pg_text_add(sql, "SET statement_timeout = ");
    skn_pg_text_add(sql, config->values[SKN_PG_STATEMENT_TIMEOUT]);
    skn_pg_text_add(sql, ";\nSET lock_timeout = ");
    skn_pg_text_add(sql, config->values[SKN_PG_LOCK_TIMEOUT]);
    skn_pg_text_add(sql, ";");
}

static int place_add(const struct skn_pg_config *config, struct skn_pg_text *sql)
{
    int rc = skn_pg_path_build(config, sql);
    if (rc == SKN_OK && sql->len > 0)
        skn_pg_text_add(sql, ";");
    return rc;
}

/* A tag that the query does not hold, made longer until it does not. */
static void check_add(struct skn_str query, struct skn_pg_text *sql)
{
    char tag[64] = "$check$";
    for (size_t len = strlen(tag);
         len + 1 < sizeof tag && memmem(query.ptr, query.len, tag, strlen(tag)); len++)
        memcpy(tag + len - 1, "_$", 3);
    skn_pg_text_add(sql, "DO ");
    skn_pg_text_add(sql, tag);
    /* Else a column with the name of a variable, such as FOUND, would be neither. */
    skn_pg_text_add(sql, "\n#variable_conflict use_column\nBEGIN\n  IF EXISTS (\n");
    skn_pg_text_add_len(sql, query.ptr, query.len);
    skn_pg_text_add(sql, "\n  ) THEN\n    RAISE EXCEPTION 'this check found a row, and must find "
                         "none';\n  END IF;\nEND\n");
    skn_pg_text_add(sql, tag);
    skn_pg_text_add(sql, ";");
}

static void fence_add(struct skn_str table, struct skn_pg_text *sql)
{
    skn_pg_text_add(sql, "LOCK TABLE ");
    skn_pg_text_add_len(sql, table.ptr, table.len);
    skn_pg_text_add(sql, " IN SHARE ROW EXCLUSIVE MODE;");
}

static int part_add(uint32_t part, const struct skn_pg_config *config, struct skn_str text,
                    struct skn_pg_text *sql, struct skn_error *err)
{
    switch (part) {
    case SKN_SCRIPT_OPEN:
        skn_pg_text_add(sql, script_opening);
        settings_add(config, sql);
        return SKN_OK;
    case SKN_SCRIPT_PLACE:
        return place_add(config, sql);
    case SKN_SCRIPT_RESET:
        skn_pg_text_add(sql, reset);
        settings_add(config, sql);
        return SKN_OK;
    case SKN_SCRIPT_BEGIN:
        skn_pg_text_add(sql, "BEGIN;");
        return SKN_OK;
    case SKN_SCRIPT_FENCE:
        fence_add(text, sql);
        return SKN_OK;
    case SKN_SCRIPT_COMMIT:
        skn_pg_text_add(sql, "COMMIT;");
        return SKN_OK;
    case SKN_SCRIPT_CHECK:
        check_add(text, sql);
        return SKN_OK;
    case SKN_SCRIPT_NOW:
        skn_pg_text_add(sql, "pg_catalog.timezone('UTC', pg_catalog.clock_timestamp())");
        return SKN_OK;
    default:
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown part %u of a script", (unsigned)part);
    }
}

int skn_pg_script(uint32_t part, const struct skn_kv *options, uint32_t count, struct skn_str text,
                  skn_text_fn *out, void *ctx, struct skn_error *err)
{
    struct skn_pg_config config;
    struct skn_pg_text sql = {0};
    int rc = skn_pg_config_init(&config, options, count, err);
    if (rc != SKN_OK)
        return rc;
    rc = part_add(part, &config, text, &sql, err);
    if (rc == SKN_OK && sql.failed)
        rc = skn_pg_no_memory(err);
    if (rc == SKN_OK && sql.len > 0)
        out(ctx, skn_str_len(sql.ptr, sql.len));
    skn_pg_text_finish(&sql);
    skn_pg_config_finish(&config);
    return rc;
}
