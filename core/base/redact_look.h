/*
 * What looks like a password by what stands before it.
 */
#ifndef SKN_BASE_REDACT_LOOK_H
#define SKN_BASE_REDACT_LOOK_H

#include <skein/driver.h>

/* The first such stretch at or behind at: 1 with its ends, 0 if there is none. */
int skn_redact_look(struct skn_str text, size_t at, size_t *start, size_t *end);

#endif
