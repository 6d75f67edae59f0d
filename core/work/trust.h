/*
 * Whether a file is one that only root and we could have put where it is.
 */
#ifndef SKN_WORK_TRUST_H
#define SKN_WORK_TRUST_H

#include "base/error.h"

/* Opens a regular file for reading and says its real path, malloc'ed. SKN_E_CONFIG when another
 * user owns or can write the file or one of the folders above it, naming that element. Never waits,
 * whatever lies at path. */
int skn_trust_open(const char *path, char **real, int *fd, struct skn_error *err);

#endif
