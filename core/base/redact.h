/*
 * Keeping secrets out of text that is printed, logged or stored: those that are known, in every
 * form they may have been given on the way, and what looks like one.
 */
#ifndef SKN_BASE_REDACT_H
#define SKN_BASE_REDACT_H

#include <skein/driver.h>

#include "base/buf.h"

/* Remembers a secret, and how it looks quoted and encoded. */
void skn_redact_add(struct skn_str secret);

/* Replaces what is known by ***, and what looks like a password by its place: behind "password="
 * and its like, behind SQL's PASSWORD and IDENTIFIED BY, and in a URL. A known one of less than 4
 * bytes is only replaced where it stands as a whole word. */
void skn_redact(struct skn_buf *text);

/* The same of a C text, in place: cut where it no longer fits into size bytes. */
void skn_redact_in_place(char *text, size_t size);

/* Overwrites and forgets all that were added. */
void skn_redact_forget(void);

/* True for the name of an option or variable that tells of a secret: sslpassword, api_token. */
int skn_redact_named(const char *name);

#endif
