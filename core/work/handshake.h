/*
 * Whether what a driver says of itself holds together.
 */
#ifndef SKN_WORK_HANDSHAKE_H
#define SKN_WORK_HANDSHAKE_H

#include <skein/schema.h>

#include "base/error.h"

/* Copies the table: what the driver's is too short for stays zero, what ours is too short for is
 * left out. SKN_E_CONFIG when its size cannot be that of a table. path is for messages. */
int skn_handshake_copy(const char *path, const struct skn_driver *table, struct skn_driver *copy,
                       struct skn_error *err);

/* Checks the copy: names, texts, options, dialect, required calls, and that capabilities and calls
 * agree. word: the one in the file's name. */
int skn_handshake_check(const char *word, const char *path, const struct skn_driver *driver,
                        struct skn_error *err);

/* Copies the schema facet of a driver that has one in the same way, and checks it. */
int skn_handshake_facet(const char *path, const struct skn_driver *driver,
                        struct skn_schema_facet *copy, struct skn_error *err);

#endif
