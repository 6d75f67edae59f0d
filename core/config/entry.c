/*
 * The keys that a target, a fleet and the defaults may have. What depends on more than one of them
 * is decided when the group is settled.
 */
#include "config/load.h"

#include <string.h>

#include "base/redact.h"
#include "base/text.h"
#include "config/keys.h"
#include "base/nearest.h"
#include "config/password_file.h"
#include "config/variables.h"

enum {
    ALL = SKN_ENTRY_DEFAULTS | SKN_ENTRY_TARGET | SKN_ENTRY_FLEET,
    NAMED = SKN_ENTRY_TARGET | SKN_ENTRY_FLEET,
    REACHED = ALL | SKN_ENTRY_SCRATCH,
    CONNECTIONS_MAX = 10000,
    RETRIES_MAX = 1000
};

/* For what is the same for all tenants of a fleet. */
static struct skn_setting_reader reader_of_all(const struct skn_setting_reader *reader)
{
    struct skn_setting_reader plain = *reader;
    plain.in_fleet = 0;
    return plain;
}

static int name_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    struct skn_setting_reader plain = reader_of_all(reader);
    int rc = skn_value_label(&plain, setting, &entry->name, err);
    if (rc == SKN_OK && strcmp(entry->name, "behind") == 0)
        return skn_setting_fail(reader, setting, err,
                                "a target cannot be named \"behind\", which is a selector");
    return rc;
}

static int url_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    if (config_setting_type(setting) != CONFIG_TYPE_STRING)
        return skn_setting_fail(reader, setting, err, "url must be a text in quotes");
    entry->url = setting;
    return SKN_OK;
}

static int driver_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    struct skn_setting_reader plain = reader_of_all(reader);
    int rc = skn_value_text(&plain, setting, &entry->target.driver, NULL, err);
    if (rc == SKN_OK && !skn_word_valid(entry->target.driver))
        return skn_setting_fail(reader, setting, err,
                                "driver must be a word, written [a-z][a-z0-9_]{0,31}");
    return rc;
}

static int history_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    (void)reader;
    (void)err;
    entry->history = setting;
    return SKN_OK;
}

static int group_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                      void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_label(reader, setting, &entry->target.group, err);
}

static int tags_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_labels(reader, setting, &entry->target.tags, err);
}

/* What is a secret by its name stands in a file that nobody else can read, or in the environment.
 */
static int secrets_check(const struct skn_setting_reader *reader, const config_setting_t *group,
                         struct skn_error *err)
{
    int rc = SKN_OK;
    for (int i = 0; rc == SKN_OK && i < config_setting_length(group); i++) {
        const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
        const char *value;
        size_t own = 0;
        if (!skn_redact_named(config_setting_name(member)) ||
            config_setting_type(member) != CONFIG_TYPE_STRING)
            continue;
        rc = skn_value_secret(reader, member, &value, &own, err);
        if (rc == SKN_OK && own > 0)
            rc = skn_setting_private(reader, member, err);
    }
    return rc;
}

static int vars_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                     void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    if (entry->kind == SKN_ENTRY_FLEET && config_setting_is_group(setting)) {
        const config_setting_t *tenant = config_setting_get_member(setting, "tenant");
        if (tenant)
            return skn_setting_fail(reader, tenant, err,
                                    "the variable tenant is set by the fleet itself");
    }
    int rc = skn_value_pairs(reader, setting, 0, &entry->target.vars, err);
    return rc == SKN_OK ? secrets_check(reader, setting, err) : rc;
}

/* Only a password may not be an option: it has settings of its own. */
static int option_check(const struct skn_setting_reader *reader, const config_setting_t *option,
                        struct skn_error *err)
{
    if (strcmp(config_setting_name(option), "password") == 0)
        return skn_setting_fail(reader, option, err,
                                "a password is no option; use password_file, password_command or "
                                "password_env beside options");
    return SKN_OK;
}

static int options_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    int rc = skn_value_pairs(reader, setting, 1, &entry->own_options, err);
    int count = rc == SKN_OK ? config_setting_length(setting) : 0;
    for (int i = 0; i < count && rc == SKN_OK; i++)
        rc = option_check(reader, config_setting_get_elem(setting, (unsigned)i), err);
    return rc == SKN_OK ? secrets_check(reader, setting, err) : rc;
}

static int session_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_texts(reader, setting, &entry->target.session, err);
}

static int transaction_take(const struct skn_setting_reader *reader,
                            const config_setting_t *setting, void *into, struct skn_error *err)
{
    static const char *const words[] = {
        [SKN_TRANSACTION_AUTO] = "auto",
        [SKN_TRANSACTION_REVISION] = "revision",
        [SKN_TRANSACTION_TARGET] = "target",
    };
    struct skn_entry *entry = into;
    size_t index = 0;
    int rc = skn_value_choice(reader, setting, words, sizeof words / sizeof words[0], &index, err);
    entry->target.transaction = (enum skn_transaction_mode)index;
    return rc;
}

static int log_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                    void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_bool(reader, setting, &entry->target.log, err);
}

static int connect_timeout_take(const struct skn_setting_reader *reader,
                                const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_duration(reader, setting, 1, &entry->target.connect_timeout, err);
}

static int lock_timeout_take(const struct skn_setting_reader *reader,
                             const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_duration(reader, setting, 0, &entry->target.lock_timeout, err);
}

static int statement_timeout_take(const struct skn_setting_reader *reader,
                                  const config_setting_t *setting, void *into,
                                  struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_duration(reader, setting, 0, &entry->target.statement_timeout, err);
}

static int max_per_server_take(const struct skn_setting_reader *reader,
                               const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_count(reader, setting, 1, CONNECTIONS_MAX, &entry->target.max_per_server, err);
}

static int retries_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    return skn_value_count(reader, setting, 0, RETRIES_MAX, &entry->target.retries, err);
}

static int pooler_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       void *into, struct skn_error *err)
{
    static const char *const words[] = {"none", "session", "transaction"};
    struct skn_entry *entry = into;
    size_t index = 0;
    int rc = skn_value_choice(reader, setting, words, sizeof words / sizeof words[0], &index, err);
    entry->target.pooler = index > 0 ? words[index] : NULL;
    return rc;
}

static int scratch_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    (void)reader;
    (void)err;
    entry->scratch = setting;
    return SKN_OK;
}

/* The group's own password replaces that of the defaults; two of its own are one too many. */
static int secret_begin(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        enum skn_secret_kind kind, struct skn_entry *entry, struct skn_error *err)
{
    if (entry->secret)
        return skn_setting_fail(reader, setting, err, "%s beside %s; there is one password",
                                config_setting_name(setting), config_setting_name(entry->secret));
    entry->secret = setting;
    entry->target.secret = (struct skn_secret){.kind = kind};
    return SKN_OK;
}

static int password_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                         void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    size_t own = 0;
    int rc = secret_begin(reader, setting, SKN_SECRET_INLINE, entry, err);
    if (rc == SKN_OK)
        rc = skn_value_secret(reader, setting, &entry->target.secret.text, &own, err);
    if (rc == SKN_OK && entry->target.secret.text[0] == '\0')
        rc = skn_setting_fail(reader, setting, err, "password is empty");
    if (rc == SKN_OK && own > 0)
        rc = skn_setting_private(reader, setting, err);
    return rc;
}

static int password_file_take(const struct skn_setting_reader *reader,
                              const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    const char **path = &entry->target.secret.text;
    int rc = secret_begin(reader, setting, SKN_SECRET_FILE, entry, err);
    if (rc == SKN_OK)
        rc = skn_value_path(reader, setting, path, err);
    if (rc == SKN_OK && !strchr(*path, SKN_TENANT_MARK) &&
        skn_password_file_check(*path, err) != SKN_OK)
        return skn_setting_context(reader, setting, err);
    return rc;
}

static int password_command_take(const struct skn_setting_reader *reader,
                                 const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    struct skn_names *argv = &entry->target.secret.argv;
    int rc = secret_begin(reader, setting, SKN_SECRET_COMMAND, entry, err);
    if (rc == SKN_OK)
        rc = skn_value_texts(reader, setting, argv, err);
    if (rc != SKN_OK)
        return rc;
    if (argv->count == 0)
        return skn_setting_fail(reader, setting, err, "password_command names no program");
    if (argv->items[0][0] != '/' && strchr(argv->items[0], '/'))
        return skn_setting_fail(reader, setting, err,
                                "password_command: the program must be an absolute path, or a "
                                "name that is found in PATH");
    return SKN_OK;
}

static int password_env_take(const struct skn_setting_reader *reader,
                             const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    const char **name = &entry->target.secret.text;
    int rc = secret_begin(reader, setting, SKN_SECRET_ENV, entry, err);
    if (rc == SKN_OK)
        rc = skn_value_text(reader, setting, name, NULL, err);
    if (rc == SKN_OK && strchr(*name, '='))
        return skn_setting_fail(reader, setting, err,
                                "password_env must be the name of a variable, not its value");
    return rc;
}

static int tenants_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                        void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    entry->tenants = setting;
    return skn_list_check(reader, setting, "a list of texts [ \"...\" ]", err);
}

static int tenants_file_take(const struct skn_setting_reader *reader,
                             const config_setting_t *setting, void *into, struct skn_error *err)
{
    struct skn_entry *entry = into;
    (void)reader;
    (void)err;
    entry->tenants_file = setting;
    return SKN_OK;
}

static int tenant_chars_take(const struct skn_setting_reader *reader,
                             const config_setting_t *setting, void *into, struct skn_error *err)
{
    static const char *const words[] = {"default", "any"};
    struct skn_entry *entry = into;
    size_t index = 0;
    int rc = skn_value_choice(reader, setting, words, 2, &index, err);
    entry->any_tenant = index == 1;
    return rc;
}

static const struct skn_key entry_keys[] = {
    {"name", NAMED, name_take},
    {"url", NAMED | SKN_ENTRY_SCRATCH, url_take},
    {"driver", REACHED, driver_take},
    {"options", REACHED, options_take},
    {"history", ALL, history_take},
    {"group", ALL, group_take},
    {"tags", ALL, tags_take},
    {"vars", ALL, vars_take},
    {"session", REACHED, session_take},
    {"transaction", ALL, transaction_take},
    {"log", ALL, log_take},
    {"connect_timeout", REACHED, connect_timeout_take},
    {"lock_timeout", ALL, lock_timeout_take},
    {"statement_timeout", ALL, statement_timeout_take},
    {"max_per_server", ALL, max_per_server_take},
    {"retries", ALL, retries_take},
    {"pooler", ALL, pooler_take},
    {"scratch", ALL, scratch_take},
    {"password", REACHED, password_take},
    {"password_file", REACHED, password_file_take},
    {"password_command", REACHED, password_command_take},
    {"password_env", REACHED, password_env_take},
    {"tenants", SKN_ENTRY_FLEET, tenants_take},
    {"tenants_file", SKN_ENTRY_FLEET, tenants_file_take},
    {"tenant_chars", SKN_ENTRY_FLEET, tenant_chars_take},
};

void skn_entry_defaults(struct skn_entry *entry)
{
    *entry = (struct skn_entry){
        .kind = SKN_ENTRY_DEFAULTS,
        .target = {.group = "",
                   .fleet = "",
                   .max_per_server = 4,
                   .connect_timeout = 10 * 1000,
                   .lock_timeout = 60 * 1000,
                   .retries = 30,
                   .transaction = SKN_TRANSACTION_AUTO,
                   .log = 1},
    };
}

static int history_find(const struct skn_setting_reader *reader, const struct skn_config *config,
                        struct skn_entry *entry, struct skn_error *err)
{
    char hint[SKN_HINT_TEXT];
    struct skn_nearest nearest;
    const char *name;
    struct skn_setting_reader plain = reader_of_all(reader);
    int rc = skn_value_text(&plain, entry->history, &name, NULL, err);
    if (rc != SKN_OK)
        return rc;
    entry->target.history = skn_config_history(config, name);
    if (entry->target.history)
        return SKN_OK;
    skn_nearest_init(&nearest, name);
    for (size_t i = 0; i < config->history_count; i++)
        skn_nearest_offer(&nearest, config->histories[i].name);
    return skn_setting_fail(reader, entry->history, err, "there is no history \"%.100s\"%s", name,
                            skn_nearest_hint(&nearest, hint));
}

void skn_entry_begin(const struct skn_loader *loader, struct skn_entry *entry)
{
    *entry = (struct skn_entry){.target = loader->defaults.target};
    entry->target.options = loader->defaults.own_options;
}

int skn_entry_read(const struct skn_loader *loader, const config_setting_t *group,
                   enum skn_entry_kind kind, struct skn_entry *entry, struct skn_error *err)
{
    struct skn_setting_reader reader = loader->reader;
    reader.in_fleet = kind == SKN_ENTRY_FLEET;
    entry->kind = kind;
    entry->group = group;
    entry->target.place = skn_place_text(reader.arena, skn_setting_place(&reader, group));
    int rc = skn_keys_take(&reader, group, entry_keys, sizeof entry_keys / sizeof entry_keys[0],
                           kind, entry, err);
    if (rc == SKN_OK && entry->history)
        rc = history_find(&reader, loader->config, entry, err);
    if (rc != SKN_OK)
        return rc;
    if ((kind & NAMED) && !entry->name)
        return skn_setting_fail(&reader, group, err, "this %s has no name",
                                kind == SKN_ENTRY_FLEET ? "fleet" : "target");
    if ((kind & NAMED) && !entry->url)
        return skn_setting_fail(&reader, group, err, "%s \"%s\" has no url",
                                kind == SKN_ENTRY_FLEET ? "fleet" : "target", entry->name);
    return SKN_OK;
}
