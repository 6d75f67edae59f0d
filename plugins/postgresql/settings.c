/*
 * What a session is set to, whatever its role, its database or its pooler would have it be. Knows
 * nothing of what is connected how.
 */
#include <string.h>

#include "pg.h"

/* Settings a revision's meaning, or its safety, hangs on. As start-up options they are also what
 * RESET ALL goes back to. */
static const struct {
    const char *name;
    const char *value;
} fixed[] = {
    {"idle_in_transaction_session_timeout", "0"},
    {"client_min_messages", "warning"},
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_deferrable", "off"},
    {"row_security", "on"},
    {"standard_conforming_strings", "on"},
    {"transform_null_equals", "off"},
};

/* Those of them, and of the rest, that a revision may leave behind without a word. */
static const char *const watched[] = {
    "search_path",           "lock_timeout",
    "statement_timeout",     "session_replication_role",
    "row_security",          "standard_conforming_strings",
    "transform_null_equals", "default_transaction_isolation",
    "client_min_messages",   "synchronous_commit",
};

static void startup_add(struct skn_pg_text *text, const char *name, const char *value)
{
    skn_pg_text_add(text, text->len ? " -c " : "-c ");
    skn_pg_text_add(text, name);
    skn_pg_text_add(text, "=");
    skn_pg_text_add_escaped(text, value, " \\");
}

void skn_pg_settings_startup(const struct skn_pg_config *config, struct skn_pg_text *text)
{
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        startup_add(text, fixed[i].name, fixed[i].value);
    startup_add(text, "statement_timeout", config->values[SKN_PG_STATEMENT_TIMEOUT]);
    startup_add(text, "lock_timeout", config->values[SKN_PG_LOCK_TIMEOUT]);
    /* The session may go on to another schema. A RESET hidden in a function must then find no
     * schema at all rather than the one this session came from. */
    if (config->values[SKN_PG_SCHEMA][0] || config->values[SKN_PG_SEARCH_PATH][0])
        startup_add(text, "search_path", "");
}

static void setting_add(struct skn_pg_text *sql, const char *name, const char *value, int local)
{
    skn_pg_text_add(sql, ", pg_catalog.set_config('");
    skn_pg_text_add(sql, name);
    skn_pg_text_add(sql, "', ");
    skn_pg_text_add_literal(sql, skn_str(value));
    skn_pg_text_add(sql, local ? ", true)" : ", false)");
}

/* Only where it is not so already: not every role may set it. */
static void setting_correct(struct skn_pg_text *sql, const char *name, const char *bad,
                            const char *good, int local)
{
    skn_pg_text_add(sql, "CASE WHEN pg_catalog.current_setting('");
    skn_pg_text_add(sql, name);
    skn_pg_text_add(sql, "') OPERATOR(pg_catalog.");
    skn_pg_text_add(sql, bad ? "=) '" : "<>) '");
    skn_pg_text_add(sql, bad ? bad : good);
    skn_pg_text_add(sql, "' THEN pg_catalog.set_config('");
    skn_pg_text_add(sql, name);
    skn_pg_text_add(sql, "', '");
    skn_pg_text_add(sql, good);
    skn_pg_text_add(sql, local ? "', true) END" : "', false) END");
}

/* A commit that is reported must be durable, times must be readable whichever way round days and
 * months are, triggers and foreign keys must work, and an idle session may hold the lock. */
void skn_pg_settings_build(const struct skn_pg_config *config, int version, const char *date_style,
                           struct skn_pg_text *sql)
{
    int local = config->pooler == SKN_PG_POOLER_TRANSACTION;
    skn_pg_text_clear(sql);
    skn_pg_text_add(sql, "SELECT ");
    setting_correct(sql, "synchronous_commit", "off", "on", local);
    skn_pg_text_add(sql, ", ");
    setting_correct(sql, "session_replication_role", NULL, "origin", local);
    if (!date_style || strncmp(date_style, "ISO", 3) != 0)
        setting_add(sql, "DateStyle", "ISO", local);
    if (version >= 140000)
        setting_add(sql, "idle_session_timeout", "0", local);
    if (version >= 170000)
        setting_add(sql, "transaction_timeout", "0", local);
    /* Poolers take no start-up options. */
    for (size_t i = 0; config->pooler && i < sizeof fixed / sizeof fixed[0]; i++)
        setting_add(sql, fixed[i].name, fixed[i].value, local);
    if (!config->pooler)
        return;
    setting_add(sql, "statement_timeout", config->values[SKN_PG_STATEMENT_TIMEOUT], local);
    setting_add(sql, "lock_timeout", config->values[SKN_PG_LOCK_TIMEOUT], local);
}

void skn_pg_settings_watch(struct skn_pg_text *sql)
{
    skn_pg_text_add(sql, "pg_catalog.concat_ws('|'");
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        skn_pg_text_add(sql, ", pg_catalog.current_setting('");
        skn_pg_text_add(sql, watched[i]);
        skn_pg_text_add(sql, "')");
    }
    skn_pg_text_add(sql, ")");
}
