/*
 * Fleets: one group, many targets. A tenant's name is put into parts that are already taken apart,
 * so it can end none of them.
 */
#include "config/load.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "config/password_file.h"
#include "config/variables.h"

enum {
    TENANTS_MAX = 1000000,
    TENANTS_FILE_MAX = 128 << 20,
    TENANT_MAX = 63,
    TARGET_NAME_MAX = 128
};

/* A fleet whose targets are being made. */
struct fleet {
    struct skn_loader *loader;
    const struct skn_entry *entry;
    size_t tenants;
};

/* One of its tenants. */
struct tenant {
    const char *text;  /* as it was given */
    const char *label; /* as names, groups and tags write it */
    struct skn_place place;
};

static const char plain_chars[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

static int tenant_plain(const char *tenant)
{
    size_t len = strlen(tenant);
    return len <= TENANT_MAX && strspn(tenant, plain_chars) == len;
}

/* Nothing that a terminal hides, and no /. */
static int tenant_printable(const char *tenant)
{
    struct skn_buf shown = {0};
    skn_text_escape(&shown, (struct skn_str){tenant, strlen(tenant)}, 0);
    int same = strcmp(skn_buf_text(&shown), tenant) == 0;
    skn_buf_finish(&shown);
    return same && !strchr(tenant, '/') && strlen(tenant) <= TARGET_NAME_MAX;
}

static int tenant_check(const struct fleet *fleet, const struct tenant *tenant,
                        struct skn_error *err)
{
    if (strcmp(tenant->text, ".") == 0 || strcmp(tenant->text, "..") == 0)
        return skn_place_fail(tenant->place, err, "a tenant cannot be named \"%s\"", tenant->text);
    if (fleet->entry->any_tenant && !tenant_printable(tenant->text))
        return skn_place_fail(tenant->place, err,
                              "tenant \"%.100s\" holds a / or a character that does not show, or "
                              "is longer than 128 bytes",
                              tenant->text);
    if (!fleet->entry->any_tenant && !tenant_plain(tenant->text))
        return skn_place_fail(tenant->place, err,
                              "tenant \"%.100s\" is not written with 1 to 63 letters, digits and "
                              "_ . -; tenant_chars = \"any\" allows more",
                              tenant->text);
    return SKN_OK;
}

/* What selectors or terminals would take otherwise is percent-encoded, which keeps different
 * tenants different. */
static const char *label_make(struct skn_arena *arena, const char *tenant)
{
    struct skn_buf label = {0};
    for (const char *c = tenant; *c; c++) {
        if (strchr(plain_chars, *c) || (unsigned char)*c >= 0x80)
            skn_buf_addc(&label, *c);
        else
            skn_buf_addf(&label, "%%%02X", (unsigned)(unsigned char)*c);
    }
    const char *text = skn_arena_strndup(arena, skn_buf_text(&label), label.len);
    skn_buf_finish(&label);
    return text;
}

/* The target's name, with the tenant's texts moved to where they stay. */
static const char *name_make(const struct fleet *fleet, struct tenant *tenant)
{
    struct skn_arena *arena = fleet->loader->reader.arena;
    int plain = strspn(tenant->text, plain_chars) == strlen(tenant->text);
    const char *label = plain ? tenant->text : label_make(arena, tenant->text);
    const char *name = skn_arena_printf(arena, "%s/%s", fleet->entry->name, label);
    tenant->label = name + strlen(fleet->entry->name) + 1;
    tenant->text = plain ? tenant->label : skn_arena_strdup(arena, tenant->text);
    return name;
}

/* The fleet's variables and the tenant itself. */
static struct skn_pairs vars_make(struct skn_arena *arena, struct skn_pairs vars,
                                  const char *tenant)
{
    struct skn_pair *own = skn_arena_alloc(arena, sizeof *own);
    *own = (struct skn_pair){"tenant", tenant};
    return skn_pairs_merge(arena, skn_tenant_pairs(arena, vars, tenant),
                           (struct skn_pairs){own, 1});
}

static const char *server_make(struct skn_arena *arena, const struct skn_target *shape,
                               struct skn_pairs options, const char *tenant)
{
    /* A file is its own server: the same text, kept once. */
    if (shape->server == skn_pairs_get(shape->options, "database"))
        return skn_pairs_get(options, "database");
    return skn_tenant_text(arena, shape->server, tenant);
}

static int secret_make(struct skn_arena *arena, const struct tenant *tenant,
                       struct skn_secret *secret, struct skn_error *err)
{
    const char *shared = secret->text;
    if (shared)
        secret->text = skn_tenant_text(arena, shared, tenant->text);
    secret->argv = skn_tenant_names(arena, secret->argv, tenant->text);
    if (secret->kind == SKN_SECRET_FILE && secret->text != shared &&
        skn_password_file_check(secret->text, err) != SKN_OK)
        return skn_place_context(tenant->place, err);
    return SKN_OK;
}

static int tenant_add(struct fleet *fleet, struct tenant *tenant, struct skn_error *err)
{
    const struct skn_target *shape = &fleet->entry->target;
    struct skn_arena *arena = fleet->loader->reader.arena;
    struct skn_target target = *shape;
    int rc = tenant_check(fleet, tenant, err);
    if (rc != SKN_OK)
        return rc;
    if (++fleet->tenants > TENANTS_MAX)
        return skn_place_fail(tenant->place, err, "more than 1000000 tenants");
    target.name = name_make(fleet, tenant);
    if (strlen(target.name) > TARGET_NAME_MAX)
        return skn_place_fail(tenant->place, err, "the name \"%.100s...\" is longer than 128 bytes",
                              target.name);
    target.fleet = fleet->entry->name;
    target.group = skn_tenant_text(arena, shape->group, tenant->label);
    target.tags = skn_tenant_names(arena, shape->tags, tenant->label);
    target.vars = vars_make(arena, shape->vars, tenant->text);
    target.session = skn_tenant_names(arena, shape->session, tenant->text);
    target.options = skn_tenant_pairs(arena, shape->options, tenant->text);
    target.server = server_make(arena, shape, target.options, tenant->text);
    rc = secret_make(arena, tenant, &target.secret, err);
    return rc == SKN_OK ? skn_target_add(fleet->loader, &target, tenant->place, err) : rc;
}

static int tenants_from_list(struct fleet *fleet, struct skn_error *err)
{
    const struct skn_setting_reader *reader = &fleet->loader->reader;
    int count = config_setting_length(fleet->entry->tenants);
    int rc = SKN_OK;
    for (int i = 0; i < count && rc == SKN_OK; i++) {
        const config_setting_t *setting =
            config_setting_get_elem(fleet->entry->tenants, (unsigned)i);
        struct tenant tenant = {.place = skn_setting_place(reader, setting)};
        rc = skn_value_text(reader, setting, &tenant.text, NULL, err);
        if (rc == SKN_OK)
            rc = tenant_add(fleet, &tenant, err);
    }
    return rc;
}

/* A line of a tenants file, without the blanks around it. */
static char *line_trim(char *line, char *end)
{
    while (*line == ' ' || *line == '\t')
        line++;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    return line;
}

static int tenants_from_text(struct fleet *fleet, struct skn_buf *text, const char *shown,
                             struct skn_error *err)
{
    struct tenant tenant = {.place = {shown, 0}};
    char *line = text->text;
    char *end = line + text->len;
    int rc = SKN_OK;
    while (rc == SKN_OK && line < end) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        char *stop = newline ? newline : end;
        tenant.place.line++;
        if (memchr(line, '\0', (size_t)(stop - line)))
            return skn_place_fail(tenant.place, err, "a control character (0x00)");
        tenant.text = line_trim(line, stop);
        line = stop + 1;
        if (tenant.text[0] != '\0' && tenant.text[0] != '#')
            rc = tenant_add(fleet, &tenant, err);
    }
    return rc;
}

static int tenants_from_file(struct fleet *fleet, struct skn_error *err)
{
    const struct skn_setting_reader *reader = &fleet->loader->reader;
    const config_setting_t *setting = fleet->entry->tenants_file;
    struct skn_buf text = {0};
    const char *given;
    const char *path;
    int rc = skn_value_text(reader, setting, &given, NULL, err);
    if (rc != SKN_OK)
        return rc;
    path = skn_path_join(reader->arena, reader->folder, given);
    if (given[0] != '/')
        given = skn_arena_printf(reader->arena, "%s%s", reader->source->shown, given);
    if (skn_lines_read(path, given, SKN_FILE_OURS, TENANTS_FILE_MAX, &text, err) != SKN_OK)
        rc = skn_setting_context(reader, setting, err);
    else if (text.len > 0)
        rc = tenants_from_text(fleet, &text, given, err);
    skn_buf_finish(&text);
    return rc;
}

static int has_mark(struct skn_pairs options)
{
    for (size_t i = 0; i < options.count; i++)
        if (strchr(options.items[i].value, SKN_TENANT_MARK))
            return 1;
    return 0;
}

static int fleet_expand(struct skn_loader *loader, const struct skn_entry *entry,
                        struct skn_error *err)
{
    struct fleet fleet = {.loader = loader, .entry = entry};
    if (!entry->tenants == !entry->tenants_file)
        return skn_setting_fail(&loader->reader, entry->group, err,
                                "fleet \"%s\" needs tenants or tenants_file, one of them",
                                entry->name);
    if (!has_mark(entry->target.options))
        return skn_setting_fail(&loader->reader, entry->url, err,
                                "fleet \"%s\" has no ${tenant} in its url or options, so that all "
                                "tenants would be one database",
                                entry->name);
    int rc = entry->tenants ? tenants_from_list(&fleet, err) : tenants_from_file(&fleet, err);
    if (rc == SKN_OK && fleet.tenants == 0)
        return skn_setting_fail(&loader->reader,
                                entry->tenants ? entry->tenants : entry->tenants_file, err,
                                "fleet \"%s\" has no tenant", entry->name);
    return rc;
}

static int fleet_load(struct skn_loader *loader, const config_setting_t *group,
                      struct skn_error *err)
{
    struct skn_entry entry;
    skn_entry_begin(loader, &entry);
    int rc = skn_entry_read(loader, group, SKN_ENTRY_FLEET, &entry, err);
    if (rc == SKN_OK && !skn_nameset_add(loader->fleet_names, entry.name, 0, NULL))
        return skn_setting_fail(&loader->reader, group, err, "there is a fleet \"%s\" already",
                                entry.name);
    if (rc == SKN_OK)
        rc = skn_entry_settle(loader, &entry, err);
    return rc == SKN_OK ? fleet_expand(loader, &entry, err) : rc;
}

int skn_fleets_load(struct skn_loader *loader, const config_setting_t *list, struct skn_error *err)
{
    int rc = skn_list_check(&loader->reader, list, "a list of groups ( { ... } )", err);
    int count = rc == SKN_OK ? config_setting_length(list) : 0;
    for (int i = 0; i < count && rc == SKN_OK; i++)
        rc = fleet_load(loader, config_setting_get_elem(list, (unsigned)i), err);
    return rc;
}
