/*
 * What the parts of loading a config share. Nothing outside this folder sees it.
 */
#ifndef SKN_CONFIG_LOAD_H
#define SKN_CONFIG_LOAD_H

#include "config/config.h"
#include "config/nameset.h"
#include "config/value.h"

/* The kinds of group that share the keys of a target. */
enum skn_entry_kind {
    SKN_ENTRY_DEFAULTS = 1,
    SKN_ENTRY_TARGET = 2,
    SKN_ENTRY_FLEET = 4,
    SKN_ENTRY_SCRATCH = 8
};

/* A group as it was read: what its targets have in common. In a fleet every text may hold tenant
 * marks. */
struct skn_entry {
    enum skn_entry_kind kind;
    const config_setting_t *group;
    struct skn_target target;     /* all but the name; also the defaults, where not overridden */
    struct skn_pairs own_options; /* of its options group, which wins over the url */
    const char *name;             /* of the target or fleet */
    const config_setting_t *url;  /* the settings with what cannot be decided key by key */
    const config_setting_t *history;
    const config_setting_t *secret;
    const config_setting_t *scratch;
    const config_setting_t *tenants;
    const config_setting_t *tenants_file;
    int any_tenant; /* tenant_chars = "any" */
};

struct skn_loader {
    struct skn_setting_reader reader;
    struct skn_config *config;
    struct skn_entry defaults;
    size_t target_room;
    struct skn_nameset *target_names;
    struct skn_nameset *fleet_names;
};

/* histories.c: those of the histories group, or the one that is there without it. */
int skn_histories_load(struct skn_loader *loader, const config_setting_t *group,
                       struct skn_error *err);
void skn_history_make_default(struct skn_config *config, const char *path, const char *place);

/* entry.c: begins with what the defaults say, then takes a group's keys. */
void skn_entry_begin(const struct skn_loader *loader, struct skn_entry *entry);
int skn_entry_read(const struct skn_loader *loader, const config_setting_t *group,
                   enum skn_entry_kind kind, struct skn_entry *entry, struct skn_error *err);
void skn_entry_defaults(struct skn_entry *entry); /* what holds where the config says nothing */

/* target.c: decides driver, options, secret, history and server of a whole entry. */
int skn_entry_settle(struct skn_loader *loader, struct skn_entry *entry, struct skn_error *err);

/* target.c: the server that an entry names for scratch databases. */
int skn_scratch_settle(struct skn_loader *loader, struct skn_entry *entry, struct skn_error *err);

/* target.c: what a url says, laid over target's options. Texts may hold tenant marks. */
struct skn_url;
void skn_target_apply_url(struct skn_arena *arena, struct skn_target *target,
                          const struct skn_url *url);

/* target.c: sets server from driver and options. */
void skn_target_set_server(struct skn_arena *arena, struct skn_target *target,
                           const struct skn_url *url);

/* target.c: adds a target that is complete but for its index; its name, which stands at place, must
 * be new. */
int skn_target_add(struct skn_loader *loader, const struct skn_target *target,
                   struct skn_place place, struct skn_error *err);

/* pins.c */
int skn_pins_load(struct skn_loader *loader, const config_setting_t *list, struct skn_error *err);

int skn_targets_load(struct skn_loader *loader, const config_setting_t *list,
                     struct skn_error *err);

/* fleet.c */
int skn_fleets_load(struct skn_loader *loader, const config_setting_t *list, struct skn_error *err);

#endif
