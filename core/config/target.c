/*
 * From what a group says to a target: what its keys mean together. It does not expand fleets.
 */
#include "config/load.h"

#include <string.h>

#include "base/alloc.h"
#include "config/url.h"
#include "config/variables.h"

/* The word that messages use. */
static const char *entry_noun(const struct skn_entry *entry)
{
    if (entry->kind == SKN_ENTRY_SCRATCH)
        return "server";
    return entry->kind == SKN_ENTRY_FLEET ? "fleet" : "target";
}

void skn_target_set_server(struct skn_arena *arena, struct skn_target *target,
                           const struct skn_url *url)
{
    static const char *const parts[] = {"host", "port", "socket", "user"};
    const char *database = skn_pairs_get(target->options, "database");
    if (url->is_file) {
        target->server = database;
        return;
    }
    if (url->placeless) {
        target->server = skn_arena_printf(arena, "%s|%s", target->driver, database ? database : "");
        return;
    }
    struct skn_buf server = {0};
    skn_buf_adds(&server, target->driver);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *value = skn_pairs_get(target->options, parts[i]);
        skn_buf_addc(&server, '|');
        skn_buf_adds(&server, value ? value : "");
    }
    target->server = skn_arena_strndup(arena, skn_buf_text(&server), server.len);
    skn_buf_finish(&server);
}

void skn_target_apply_url(struct skn_arena *arena, struct skn_target *target,
                          const struct skn_url *url)
{
    if (!target->driver)
        target->driver = url->driver;
    target->options = skn_pairs_merge(arena, target->options, url->options);
    if (url->password)
        target->secret = (struct skn_secret){.kind = SKN_SECRET_INLINE, .text = url->password};
}

static int url_password_check(const struct skn_loader *loader, const struct skn_entry *entry,
                              const struct skn_url *url, struct skn_error *err)
{
    if (url->password && entry->secret)
        return skn_setting_fail(&loader->reader, entry->secret, err,
                                "%s beside a password in the url; there is one password",
                                config_setting_name(entry->secret));
    if (url->password || url->secret_written)
        skn_variables_note(config_setting_get_string(entry->url));
    return url->secret_written ? skn_setting_private(&loader->reader, entry->url, err) : SKN_OK;
}

/* A tenant's name may be anything with tenant_chars = "any", so it must not choose the server. */
static int tenant_place_check(const struct skn_loader *loader, const struct skn_entry *entry,
                              struct skn_error *err)
{
    static const char *const parts[] = {"host", "hostaddr", "port", "socket", "user"};
    for (size_t i = 0; entry->any_tenant && i < sizeof parts / sizeof parts[0]; i++) {
        const char *value = skn_pairs_get(entry->target.options, parts[i]);
        if (value && strchr(value, SKN_TENANT_MARK))
            return skn_setting_fail(&loader->reader, entry->url, err,
                                    "${tenant} in the %s, which tenant_chars = \"any\" forbids",
                                    parts[i]);
    }
    return SKN_OK;
}

static int options_check(const struct skn_loader *loader, const struct skn_entry *entry,
                         struct skn_error *err)
{
    const char *port = skn_pairs_get(entry->target.options, "port");
    if (port && !skn_port_valid(port))
        return skn_setting_fail(&loader->reader, entry->group, err,
                                "the port of %s \"%s\" is not a number from 1 to 65535",
                                entry_noun(entry), entry->name);
    return tenant_place_check(loader, entry, err);
}

static int url_settle(struct skn_loader *loader, struct skn_entry *entry, struct skn_error *err)
{
    struct skn_url url;
    struct skn_url_rules rules = {.arena = loader->reader.arena,
                                  .folder = loader->reader.folder,
                                  .variables = 1,
                                  .in_fleet = entry->kind == SKN_ENTRY_FLEET};
    if (skn_url_read(&rules, config_setting_get_string(entry->url), &url, err) != SKN_OK)
        return skn_setting_context(&loader->reader, entry->url, err);
    int rc = url_password_check(loader, entry, &url, err);
    if (rc != SKN_OK)
        return rc;
    if (url.is_file && skn_pairs_get(entry->own_options, "database"))
        return skn_setting_fail(&loader->reader, entry->group, err,
                                "the database of %s \"%s\" is the file that its url names, and no "
                                "option",
                                entry_noun(entry), entry->name);
    skn_target_apply_url(rules.arena, &entry->target, &url);
    entry->target.options = skn_pairs_merge(rules.arena, entry->target.options, entry->own_options);
    skn_target_set_server(rules.arena, &entry->target, &url);
    return options_check(loader, entry, err);
}

static int history_settle(const struct skn_loader *loader, struct skn_entry *entry,
                          struct skn_error *err)
{
    const struct skn_config *config = loader->config;
    if (!entry->target.history && config->history_count == 1)
        entry->target.history = &config->histories[0];
    if (!entry->target.history)
        return skn_setting_fail(&loader->reader, entry->group, err,
                                "%s \"%s\" has no history, and there are %zu; add history = "
                                "\"%s\", or another of them",
                                entry_noun(entry), entry->name, config->history_count,
                                config->histories[0].name);
    return SKN_OK;
}

int skn_scratch_settle(struct skn_loader *loader, struct skn_entry *entry, struct skn_error *err)
{
    struct skn_entry server;
    if (!entry->scratch)
        return SKN_OK;
    skn_entry_defaults(&server);
    int rc = skn_entry_read(loader, entry->scratch, SKN_ENTRY_SCRATCH, &server, err);
    server.name = "scratch";
    if (rc == SKN_OK && !server.url)
        rc = skn_setting_fail(&loader->reader, entry->scratch, err, "scratch has no url");
    if (rc == SKN_OK)
        rc = url_settle(loader, &server, err);
    if (rc != SKN_OK)
        return rc;
    struct skn_target *settled = skn_arena_alloc(loader->reader.arena, sizeof *settled);
    *settled = server.target;
    settled->name = server.name;
    entry->target.scratch = settled;
    return SKN_OK;
}

/* That of the defaults is for targets of its driver. */
static int scratch_fit(const struct skn_loader *loader, struct skn_entry *entry,
                       struct skn_error *err)
{
    struct skn_target *target = &entry->target;
    if (!target->scratch || strcmp(target->scratch->driver, target->driver) == 0)
        return SKN_OK;
    if (entry->scratch)
        return skn_setting_fail(
            &loader->reader, entry->scratch, err,
            "scratch is of driver %s and the %s of driver %s; a schema can only "
            "be tried on an engine of its own",
            target->scratch->driver, entry_noun(entry), target->driver);
    target->scratch = NULL;
    return SKN_OK;
}

int skn_entry_settle(struct skn_loader *loader, struct skn_entry *entry, struct skn_error *err)
{
    int rc = history_settle(loader, entry, err);
    if (rc == SKN_OK)
        rc = url_settle(loader, entry, err);
    if (rc == SKN_OK)
        rc = skn_scratch_settle(loader, entry, err);
    return rc == SKN_OK ? scratch_fit(loader, entry, err) : rc;
}

int skn_target_add(struct skn_loader *loader, const struct skn_target *target,
                   struct skn_place place, struct skn_error *err)
{
    struct skn_config *config = loader->config;
    uint32_t index = (uint32_t)config->target_count;
    uint32_t known = 0;
    if (index == UINT32_MAX)
        return skn_place_fail(place, err, "too many targets");
    if (!skn_nameset_add(loader->target_names, target->name, index, &known))
        return skn_place_fail(place, err, "there is a target \"%s\" already, from %s", target->name,
                              config->targets[known].place);
    config->targets = skn_grow(config->targets, config->target_count, &loader->target_room,
                               sizeof *config->targets);
    config->targets[index] = *target;
    config->targets[index].index = index;
    config->target_count++;
    return SKN_OK;
}

static int target_load(struct skn_loader *loader, const config_setting_t *group,
                       struct skn_error *err)
{
    struct skn_entry entry;
    skn_entry_begin(loader, &entry);
    int rc = skn_entry_read(loader, group, SKN_ENTRY_TARGET, &entry, err);
    if (rc == SKN_OK)
        rc = skn_entry_settle(loader, &entry, err);
    if (rc != SKN_OK)
        return rc;
    entry.target.name = entry.name;
    return skn_target_add(loader, &entry.target, skn_setting_place(&loader->reader, group), err);
}

int skn_targets_load(struct skn_loader *loader, const config_setting_t *list, struct skn_error *err)
{
    int rc = skn_list_check(&loader->reader, list, "a list of groups ( { ... } )", err);
    int count = rc == SKN_OK ? config_setting_length(list) : 0;
    for (int i = 0; i < count && rc == SKN_OK; i++)
        rc = target_load(loader, config_setting_get_elem(list, (unsigned)i), err);
    return rc;
}
