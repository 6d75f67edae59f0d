/*
 * Tables of keys. It knows nothing of what the keys mean.
 */
#include "config/keys.h"

#include <string.h>

#include "base/nearest.h"

static const struct skn_key *key_find(const struct skn_key *keys, size_t count, unsigned kind,
                                      const char *name)
{
    for (size_t i = 0; i < count; i++)
        if ((keys[i].where & kind) && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static int key_unknown(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       const struct skn_key *keys, size_t count, unsigned kind,
                       struct skn_error *err)
{
    char hint[SKN_HINT_TEXT];
    struct skn_nearest nearest;
    const char *name = config_setting_name(setting);
    skn_nearest_init(&nearest, name);
    for (size_t i = 0; i < count; i++)
        if (keys[i].where & kind)
            skn_nearest_offer(&nearest, keys[i].name);
    return skn_setting_fail(reader, setting, err, "unknown key \"%.100s\"%s", name,
                            skn_nearest_hint(&nearest, hint));
}

int skn_keys_take(const struct skn_setting_reader *reader, const config_setting_t *group,
                  const struct skn_key *keys, size_t count, unsigned kind, void *into,
                  struct skn_error *err)
{
    int rc = skn_group_check(reader, group, err);
    int length = rc == SKN_OK ? config_setting_length(group) : 0;
    for (int i = 0; i < length && rc == SKN_OK; i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const struct skn_key *key = key_find(keys, count, kind, config_setting_name(setting));
        if (!key)
            rc = key_unknown(reader, setting, keys, count, kind, err);
        else if (key->take)
            rc = key->take(reader, setting, into, err);
    }
    return rc;
}
