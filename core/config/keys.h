/*
 * The keys that a group may have, as a table; everything else in it is an error.
 */
#ifndef SKN_CONFIG_KEYS_H
#define SKN_CONFIG_KEYS_H

#include "config/value.h"

struct skn_key {
    const char *name;
    unsigned where; /* bits: the kinds of group that have it */
    int (*take)(const struct skn_setting_reader *reader, const config_setting_t *setting,
                void *into, struct skn_error *err); /* NULL: only known here, taken elsewhere */
};

/* Takes each setting of group by its key, in the order of the file. kind is one bit of where. */
int skn_keys_take(const struct skn_setting_reader *reader, const config_setting_t *group,
                  const struct skn_key *keys, size_t count, unsigned kind, void *into,
                  struct skn_error *err);

#endif
