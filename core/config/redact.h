/*
 * What skn_secret_redact looks for.
 */
#ifndef SKN_CONFIG_REDACT_H
#define SKN_CONFIG_REDACT_H

#include <skein/driver.h>

/* Remembers a secret, and how it looks quoted and encoded. */
void skn_redact_add(struct skn_str secret);

/* Overwrites and forgets all of them. */
void skn_redact_forget(void);

#endif
