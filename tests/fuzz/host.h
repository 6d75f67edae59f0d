/*
 * A host for drivers that are called in this process, and the drivers of this build.
 */
#ifndef SKN_TESTS_FUZZ_HOST_H
#define SKN_TESTS_FUZZ_HOST_H

#include "fuzz.h"

#include "work/loader.h"
#include "work/scan.h"

static inline void fuzz_log(void *ctx, uint32_t level, struct skn_str line)
{
    (void)ctx, (void)level, (void)line;
}

static inline void *fuzz_alloc(void *ctx, void *old, size_t size)
{
    (void)ctx;
    if (size)
        return realloc(old, size);
    free(old);
    return NULL;
}

static inline int fuzz_cancelled(void *ctx)
{
    (void)ctx;
    return 0;
}

static inline int64_t fuzz_time_left(void *ctx)
{
    (void)ctx;
    return -1;
}

static inline int fuzz_scan_next(void *ctx, const struct skn_dialect *dialect, struct skn_str text,
                                 struct skn_scan *cursor, struct skn_error *err)
{
    (void)ctx;
    return skn_scan_next(dialect, text, cursor, err);
}

static const struct skn_host fuzz_host = {
    .size = sizeof fuzz_host,
    .abi_minor = SKN_ABI_MINOR,
    .log = fuzz_log,
    .alloc = fuzz_alloc,
    .cancelled = fuzz_cancelled,
    .time_left = fuzz_time_left,
    .scan = fuzz_scan_next,
};

/* NULL where this build has no such driver. */
static inline const struct skn_driver *fuzz_driver_load(const char *word)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    struct skn_loaded *loaded = malloc(sizeof *loaded);
    struct skn_error err = {.size = sizeof err};
    char *path = NULL;
    FUZZ_CLAIM(folder && loaded);
    if (skn_driver_find(word, &folder, 1, &path, &err) != SKN_OK ||
        skn_driver_load(word, path, "", &fuzz_host, loaded, &err) != SKN_OK) {
        fprintf(stderr, "%s\n", err.message);
        free(loaded);
        loaded = NULL;
    }
    free(path);
    return loaded ? &loaded->driver : NULL;
}

#endif
