/*
 * From a driver's word to its table. It knows nothing of connections; the checks of the file and of
 * the table stand in trust.c, elf.c and handshake.c.
 */
#include "work/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/text.h"
#include "work/elf.h"
#include "work/handshake.h"
#include "work/refuse.h"
#include "work/trust.h"

enum { LATER_MAJORS = 9 };

/* ---- finding ---- */

static int word_check(const char *word, struct skn_error *err)
{
    if (skn_word_valid(word))
        return SKN_OK;
    return skn_error_set(err, SKN_E_CONFIG,
                         "a driver's name is [a-z][a-z0-9_]*, at most 32 characters");
}

static int folder_check(const char *folder, struct skn_error *err)
{
    if (folder[0] == '\0')
        return skn_error_set(err, SKN_E_CONFIG,
                             "a driver folder is empty; name it or leave it out");
    if (folder[0] != '/')
        return skn_driver_refuse(err, folder, "a driver folder must be an absolute path");
    return SKN_OK;
}

static int missing_refuse(const char *word, const char *const *folders, size_t count,
                          struct skn_error *err)
{
    struct skn_buf list = {0};
    for (size_t i = 0; i < count; i++) {
        skn_buf_adds(&list, i ? ", " : "");
        skn_text_escape(&list, skn_str(folders[i]), 0);
    }
    skn_error_set(err, SKN_E_CONFIG, "no skein_%s.so in %s; see skein drivers", word,
                  count ? skn_buf_text(&list) : "any folder, for none is configured");
    skn_buf_finish(&list);
    return SKN_E_CONFIG;
}

/* A dangling link counts: what a folder holds under the name is the answer, not what follows. */
static int folder_look(const char *folder, const char *word, char **path, struct skn_error *err)
{
    struct stat info;
    struct skn_buf name = {0};
    skn_buf_addf(&name, "%s/skein_%s.so", folder, word);
    int failed = lstat(skn_buf_text(&name), &info);
    int reason = errno;
    int rc = SKN_OK;
    if (!failed)
        *path = skn_strdup(skn_buf_text(&name));
    else if (reason != ENOENT && reason != ENOTDIR)
        rc =
            skn_driver_refuse(err, skn_buf_text(&name), "cannot be examined: %s", strerror(reason));
    skn_buf_finish(&name);
    return rc;
}

int skn_driver_find(const char *word, const char *const *folders, size_t count, char **path,
                    struct skn_error *err)
{
    *path = NULL;
    int rc = word_check(word, err);
    for (size_t i = 0; rc == SKN_OK && i < count; i++)
        rc = folder_check(folders[i], err);
    for (size_t i = 0; rc == SKN_OK && !*path && i < count; i++)
        rc = folder_look(folders[i], word, path, err);
    if (rc == SKN_OK && !*path)
        rc = missing_refuse(word, folders, count, err);
    return rc;
}

/* ---- checking ---- */

static int pin_check(int fd, const char *real, const char *sha256, struct skn_error *err)
{
    char found[SKN_SHA256_HEX];
    if (!sha256[0])
        return SKN_OK;
    if (skn_sha256_fd(fd, found) != 0)
        return skn_driver_refuse(err, real, "cannot be read: %s", strerror(errno));
    if (strcmp(found, sha256) == 0)
        return SKN_OK;
    return skn_driver_refuse(err, real, "sha256: expected %s, as the config says, found %s", sha256,
                             found);
}

static int file_check(const char *path, const char *sha256, char **real, struct skn_error *err)
{
    int fd;
    int rc = skn_trust_open(path, real, &fd, err);
    if (rc != SKN_OK)
        return rc;
    rc = pin_check(fd, *real, sha256, err);
    if (rc == SKN_OK)
        rc = skn_elf_check(fd, *real, err);
    close(fd);
    if (rc != SKN_OK) {
        free(*real);
        *real = NULL;
    }
    return rc;
}

int skn_driver_check_file(const char *path, struct skn_error *err)
{
    char *real = NULL;
    int rc = file_check(path, "", &real, err);
    free(real);
    return rc;
}

/* ---- loading ---- */

static int library_open(const char *real, void **library, struct skn_error *err)
{
    /* NOW: a missing symbol is an error here, not the end of the process later. LOCAL: a driver's
     * symbols are nobody else's. */
    *library = dlopen(real, RTLD_NOW | RTLD_LOCAL);
    if (*library)
        return SKN_OK;
    const char *reason = dlerror();
    size_t len = strlen(real);
    if (!reason)
        reason = "the dynamic linker gives no reason";
    else if (strncmp(reason, real, len) == 0 && strncmp(reason + len, ": ", 2) == 0)
        reason += len + 2;
    return skn_driver_refuse(err, real, "cannot be loaded: %s", reason);
}

static int entry_missing(const char *real, void *library, struct skn_error *err)
{
    for (int major = SKN_ABI_MAJOR + 1; major <= LATER_MAJORS; major++) {
        char symbol[32];
        snprintf(symbol, sizeof symbol, "skein_driver_%d", major);
        if (dlsym(library, symbol))
            return skn_driver_refuse(err, real, "built for driver ABI %d, this skein speaks %d",
                                     major, SKN_ABI_MAJOR);
    }
    return skn_driver_refuse(err, real,
                             "symbol: expected skein_driver_%d, found none: not a skein driver",
                             SKN_ABI_MAJOR);
}

static int entry_find(const char *real, void *library, skn_entry_fn **entry, struct skn_error *err)
{
    void *symbol = dlsym(library, "skein_driver_1");
    if (!symbol)
        return entry_missing(real, library, err);
    /* POSIX promises this conversion, which C leaves open. */
    memcpy(entry, &symbol, sizeof symbol);
    return SKN_OK;
}

static int entry_call(const char *real, skn_entry_fn *entry, const struct skn_host *host,
                      const struct skn_driver **table, struct skn_error *err)
{
    struct skn_error said = SKN_ERROR_INIT;
    *table = entry(host, &said);
    if (*table)
        return SKN_OK;
    said.message[sizeof said.message - 1] = '\0';
    return skn_driver_refuse(err, real, "the driver refuses this skein: %s",
                             said.message[0] ? said.message : "it gives no reason");
}

static int library_load(const char *word, const char *real, const struct skn_host *host,
                        struct skn_loaded *loaded, struct skn_error *err)
{
    struct skn_driver *driver = &loaded->driver;
    void *library;
    skn_entry_fn *entry = NULL;
    const struct skn_driver *table = NULL;
    int rc = library_open(real, &library, err);
    if (rc == SKN_OK)
        rc = entry_find(real, library, &entry, err);
    if (rc == SKN_OK)
        rc = entry_call(real, entry, host, &table, err);
    if (rc == SKN_OK)
        rc = skn_handshake_copy(real, table, driver, err);
    if (rc == SKN_OK)
        rc = skn_handshake_check(word, real, driver, err);
    return rc == SKN_OK ? skn_handshake_facet(real, driver, &loaded->facet, err) : rc;
}

int skn_driver_load(const char *word, const char *path, const char *sha256,
                    const struct skn_host *host, struct skn_loaded *loaded, struct skn_error *err)
{
    *loaded = (struct skn_loaded){0};
    int rc = word_check(word, err);
    if (rc == SKN_OK)
        rc = file_check(path, sha256, &loaded->path, err);
    if (rc == SKN_OK)
        rc = library_load(word, loaded->path, host, loaded, err);
    if (rc != SKN_OK) {
        free(loaded->path);
        *loaded = (struct skn_loaded){0};
    }
    return rc;
}
