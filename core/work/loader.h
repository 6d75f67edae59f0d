/*
 * Finds, trusts and loads one driver. Used by worker processes only: loading runs the driver's
 * code.
 */
#ifndef SKN_WORK_LOADER_H
#define SKN_WORK_LOADER_H

#include <skein/schema.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct skn_loaded {
    struct skn_driver driver;      /* our copy; slots that the driver does not have are NULL */
    struct skn_schema_facet facet; /* likewise, where driver.schema is not NULL */
    char *path;                    /* real path; owned */
};

/* The first of the folders (absolute, in order) that holds skein_<word>.so. SKN_E_CONFIG, naming
 * every folder, if none does; the caller adds the driver's name. path is malloc'ed. */
int skn_driver_find(const char *word, const char *const *folders, size_t count, char **path,
                    struct skn_error *err);

/* Checks that only root and we could have put the file there, and that it is an ELF file for this
 * machine whose headers lie inside it, without running any of it. */
int skn_driver_check_file(const char *path, struct skn_error *err);

/* Checks, loads, and checks what the driver says of itself. Never unloads. sha256: what the file
 * must be, in lower-case digits; "": anything. */
int skn_driver_load(const char *word, const char *path, const char *sha256,
                    const struct skn_host *host, struct skn_loaded *loaded, struct skn_error *err);

#endif
