/*
 * A folder of its own for a test of the config, which is also the current folder while it runs.
 */
#ifndef SKN_TESTS_CONFIG_SCRATCH_H
#define SKN_TESTS_CONFIG_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/error.h"
#include "config/config.h"

static char scratch[64];

static inline int scratch_make(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/skein-test-config-XXXXXX");
    return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static inline int scratch_drop(const char *path, const struct stat *info, int type,
                               struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static inline int scratch_remove(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return -1;
    return nftw(scratch, scratch_drop, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void file_put_bytes(const char *name, const char *bytes, size_t len, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        assert_true(n > 0);
        bytes += n;
        len -= (size_t)n;
    }
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static inline void file_put(const char *name, const char *text, mode_t mode)
{
    file_put_bytes(name, text, strlen(text), mode);
}

/* Loads a config of this text; the caller finishes it. */
static inline int config_put(struct skn_config *config, const char *text, struct skn_error *err)
{
    *err = (struct skn_error)SKN_ERROR_INIT;
    file_put("skein.cfg", text, 0600);
    return skn_config_load(config, "skein.cfg", err);
}

static inline void config_good(struct skn_config *config, const char *text)
{
    struct skn_error err;
    int rc = config_put(config, text, &err);
    if (rc != SKN_OK)
        fail_msg("the config is refused: %s", err.message);
}

/* The config is refused with exactly this. */
static inline void config_bad(const char *text, const char *message)
{
    struct skn_error err;
    struct skn_config config;
    int rc = config_put(&config, text, &err);
    skn_config_finish(&config);
    if (rc == SKN_OK)
        fail_msg("the config is taken: %.200s", text);
    assert_string_equal(err.message, message);
    assert_int_equal(rc, SKN_E_CONFIG);
    assert_int_equal(err.code, SKN_E_CONFIG);
}

static inline const char *pair_get(struct skn_pairs pairs, const char *key)
{
    for (size_t i = 0; i < pairs.count; i++)
        if (strcmp(pairs.items[i].key, key) == 0)
            return pairs.items[i].value;
    return NULL;
}

static inline const struct skn_target *target_get(const struct skn_config *config, const char *name)
{
    for (size_t i = 0; i < config->target_count; i++)
        if (strcmp(config->targets[i].name, name) == 0)
            return &config->targets[i];
    fail_msg("there is no target %s", name);
    return NULL;
}

#endif
