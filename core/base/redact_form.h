/*
 * How a secret may be written by whoever quotes or encodes it.
 */
#ifndef SKN_BASE_REDACT_FORM_H
#define SKN_BASE_REDACT_FORM_H

#include "base/buf.h"

/* Calls take with each form of the secret, some of them more than once. The secret is not empty. */
void skn_redact_forms(struct skn_str secret, void (*take)(struct skn_str form));

#endif
