/*
 * Parts of a script for sqlite3, the shell: the session as open() makes it, transactions, checks.
 * It knows no connection.
 */
#include "sqlite.h"

/* Without the first line the shell would go on behind an error, and commit the rest. */
static const char opening[] = ".bail on\n"
                              "PRAGMA foreign_keys = OFF;";

/* Outside a trigger only a constraint can fail because of a query, so a table that takes no row is
 * what checks are made of. */
static const char check_table[] =
    "CREATE TEMP TABLE IF NOT EXISTS skein_check (found, CONSTRAINT \"this check found a row, and "
    "must find none\" CHECK (0));\n";

static const char reset[] = "PRAGMA case_sensitive_like = OFF;\n"
                            "PRAGMA defer_foreign_keys = OFF;\n"
                            "PRAGMA ignore_check_constraints = OFF;\n"
                            "PRAGMA legacy_alter_table = OFF;\n"
                            "PRAGMA query_only = OFF;\n"
                            "PRAGMA recursive_triggers = OFF;\n"
                            "PRAGMA reverse_unordered_selects = OFF;\n"
                            "PRAGMA writable_schema = OFF;";

/* Foreign keys must not be left worse than they were found. */
static const char violations_before[] =
    "\nCREATE TEMP TABLE skein_foreign_keys AS SELECT count(*) AS violations FROM "
    "pragma_foreign_key_check;";
static const char violations_behind[] =
    "INSERT INTO temp.skein_check SELECT 1 FROM temp.skein_foreign_keys WHERE violations < "
    "(SELECT count(*) FROM pragma_foreign_key_check);\n"
    "DROP TABLE temp.skein_foreign_keys;\n";

static int checks_keys(const struct skn_kv *options, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (skn_str_is(options[i].key, "foreign_key_check"))
            return skn_str_is(options[i].value, "true");
    return 1;
}

static void say(skn_text_fn *out, void *ctx, const char *text)
{
    out(ctx, skn_str(text));
}

static int opening_say(const struct skn_kv *options, uint32_t count, skn_text_fn *out, void *ctx,
                       struct skn_error *err)
{
    static const char *const modes[] = {"delete", "truncate", "persist", "wal"};
    say(out, ctx, opening);
    for (uint32_t i = 0; i < count; i++) {
        size_t mode = 0;
        if (!skn_str_is(options[i].key, "journal_mode"))
            continue;
        while (mode < 4 && !skn_str_is(options[i].value, modes[mode]))
            mode++;
        if (mode == 4)
            return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                            "journal_mode is \"%.*s\", which is none of its words",
                            SKN_FMT(options[i].value));
        say(out, ctx, "\nPRAGMA journal_mode = ");
        say(out, ctx, modes[mode]);
        say(out, ctx, ";");
    }
    return SKN_OK;
}

static void check_say(struct skn_str query, skn_text_fn *out, void *ctx)
{
    say(out, ctx, check_table);
    say(out, ctx, "INSERT INTO temp.skein_check SELECT 1 WHERE EXISTS (\n");
    out(ctx, query);
    say(out, ctx, "\n);");
}

int skn_sqlite_script(uint32_t part, const struct skn_kv *options, uint32_t count,
                      struct skn_str text, skn_text_fn *out, void *ctx, struct skn_error *err)
{
    switch (part) {
    case SKN_SCRIPT_OPEN:
        return opening_say(options, count, out, ctx, err);
    case SKN_SCRIPT_RESET:
        say(out, ctx, reset);
        return SKN_OK;
    case SKN_SCRIPT_BEGIN:
        say(out, ctx, "BEGIN IMMEDIATE;");
        if (checks_keys(options, count))
            say(out, ctx, violations_before);
        return SKN_OK;
    case SKN_SCRIPT_COMMIT:
        if (checks_keys(options, count)) {
            say(out, ctx, check_table);
            say(out, ctx, violations_behind);
        }
        say(out, ctx, "COMMIT;");
        return SKN_OK;
    case SKN_SCRIPT_CHECK:
        check_say(text, out, ctx);
        return SKN_OK;
    case SKN_SCRIPT_NOW:
        say(out, ctx, "strftime('%Y-%m-%d %H:%M:%f', 'now')");
        return SKN_OK;
    case SKN_SCRIPT_PLACE: /* SQLite has no schemas */
    case SKN_SCRIPT_FENCE: /* BEGIN IMMEDIATE keeps every other writer out */
        return SKN_OK;
    default:
        return skn_fail(err, SKN_E_USAGE, NULL, 0, "unknown part %u of a script", (unsigned)part);
    }
}
