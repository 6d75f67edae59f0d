/*
 * Parts of a script for the mariadb and mysql clients: the session as open() makes it, the
 * transactions of the ledger, checks. It knows no connection.
 */
#include "conn.h"

#include <stdlib.h>

static void settings_write(const struct skn_mysql_settings *settings, FILE *out)
{
    fputs("SET ", out);
    skn_mysql_session_write(settings, out);
    fputc(';', out);
}

/* A subquery of two rows is no value: the one error that every server makes of a query's row. */
static void check_write(struct skn_str query, FILE *out)
{
    fputs("SET @this_check_found_a_row = (SELECT 1 UNION ALL SELECT 2 FROM DUAL WHERE EXISTS (\n",
          out);
    fwrite(query.ptr, 1, query.len, out);
    fputs("\n));", out);
}

static int part_write(uint32_t part, const struct skn_mysql_settings *settings, struct skn_str text,
                      FILE *out, struct skn_error *err)
{
    switch (part) {
    case SKN_SCRIPT_OPEN:
        fputs("-- For: mariadb --comments DATABASE; else the client cuts comments out of bodies.\n",
              out);
        settings_write(settings, out);
        return SKN_OK;
    case SKN_SCRIPT_RESET:
        settings_write(settings, out);
        return SKN_OK;
    case SKN_SCRIPT_BEGIN:
        fputs("START TRANSACTION;", out);
        return SKN_OK;
    case SKN_SCRIPT_COMMIT:
        fputs("COMMIT;", out);
        return SKN_OK;
    case SKN_SCRIPT_CHECK:
        check_write(text, out);
        return SKN_OK;
    case SKN_SCRIPT_NOW:
        fputs("UTC_TIMESTAMP(3)", out);
        return SKN_OK;
    case SKN_SCRIPT_PLACE: /* the client is told its database */
    case SKN_SCRIPT_FENCE: /* a lock would not outlive the first CREATE */
        return SKN_OK;
    default:
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown part %u of a script", (unsigned)part);
    }
}

int skn_mysql_script(uint32_t part, const struct skn_kv *options, uint32_t count,
                     struct skn_str text, skn_text_fn *out, void *ctx, struct skn_error *err)
{
    struct skn_mysql_settings settings;
    struct skn_mysql_text sql = {0};
    int rc = skn_mysql_settings_init(&settings, options, count, err);
    if (rc == SKN_OK)
        rc = skn_mysql_text_begin(&sql, err);
    if (rc == SKN_OK)
        rc = part_write(part, &settings, text, sql.stream, err);
    if (rc == SKN_OK)
        rc = skn_mysql_text_end(&sql, err);
    if (rc == SKN_OK && sql.len > 0)
        out(ctx, skn_str_len(sql.ptr, sql.len));
    skn_mysql_text_finish(&sql);
    skn_mysql_settings_finish(&settings);
    return rc;
}
