/*
 * The drivers of a config: which file each must be. It does not look for them.
 */
#include "config/load.h"

#include <string.h>

#include "base/text.h"
#include "config/keys.h"

enum { DIGITS = 64 };

static int pin_name_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                         void *into, struct skn_error *err)
{
    struct skn_pair *pin = into;
    int rc = skn_value_text(reader, setting, &pin->key, NULL, err);
    if (rc == SKN_OK && !skn_word_valid(pin->key))
        return skn_setting_fail(reader, setting, err,
                                "the name of a driver is written [a-z][a-z0-9_]{0,31}");
    return rc;
}

static int sha256_take(const struct skn_setting_reader *reader, const config_setting_t *setting,
                       void *into, struct skn_error *err)
{
    struct skn_pair *pin = into;
    int rc = skn_value_text(reader, setting, &pin->value, NULL, err);
    if (rc == SKN_OK &&
        (strlen(pin->value) != DIGITS || strspn(pin->value, "0123456789abcdef") != DIGITS))
        return skn_setting_fail(reader, setting, err,
                                "sha256 must be 64 digits 0-9 a-f; skein drivers shows them");
    return rc;
}

static const struct skn_key pin_keys[] = {{"name", 1, pin_name_take}, {"sha256", 1, sha256_take}};

static int pin_read(const struct skn_setting_reader *reader, const config_setting_t *group,
                    struct skn_pairs known, struct skn_pair *pin, struct skn_error *err)
{
    *pin = (struct skn_pair){NULL, NULL};
    int rc =
        skn_keys_take(reader, group, pin_keys, sizeof pin_keys / sizeof pin_keys[0], 1, pin, err);
    if (rc != SKN_OK)
        return rc;
    if (!pin->key || !pin->value)
        return skn_setting_fail(reader, group, err, "a driver here has a name and a sha256");
    if (skn_pairs_get(known, pin->key))
        return skn_setting_fail(reader, group, err, "driver \"%s\" is here already", pin->key);
    return SKN_OK;
}

int skn_pins_load(struct skn_loader *loader, const config_setting_t *list, struct skn_error *err)
{
    struct skn_pairs *pins = &loader->config->pins;
    int rc = skn_list_check(&loader->reader, list, "a list of groups ( { ... } )", err);
    if (rc != SKN_OK)
        return rc;
    size_t count = (size_t)config_setting_length(list);
    struct skn_pair *items = skn_arena_alloc_array(loader->reader.arena, count, sizeof *items);
    for (size_t i = 0; i < count && rc == SKN_OK; i++) {
        *pins = (struct skn_pairs){items, i};
        rc = pin_read(&loader->reader, config_setting_get_elem(list, (unsigned)i), *pins, &items[i],
                      err);
    }
    if (rc == SKN_OK)
        *pins = (struct skn_pairs){items, count};
    return rc;
}
