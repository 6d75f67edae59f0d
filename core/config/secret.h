/*
 * Secrets, fetched only when a target is about to be reached, and kept out of everything that is
 * printed.
 */
#ifndef SKN_CONFIG_SECRET_H
#define SKN_CONFIG_SECRET_H

#include "base/buf.h"
#include "config/config.h"

/* Appends the password of target to out: nothing, and found = 0, if it has none. A command runs
 * without a shell, with a small environment, at most 30 s, and answers with at most 4 KiB; its
 * answer is kept for the next target with the same command. */
int skn_secret_fetch(const struct skn_target *target, struct skn_buf *out, int *found,
                     struct skn_error *err);

/* Every secret fetched so far is replaced by *** in text (raw, percent-encoded, and as SQL or shell
 * quoting writes it). Short ones (under 4 bytes) are only replaced where they stand as a whole
 * word. */
void skn_secret_redact(struct skn_buf *text);

/* Overwrites and forgets them. */
void skn_secret_forget(void);

#endif
