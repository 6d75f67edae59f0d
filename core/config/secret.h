/*
 * Secrets, fetched only when a target is about to be reached. What was fetched is known to
 * skn_redact.
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

/* Takes what password_env names out of the environment and keeps it, so that neither a child nor
 * /proc shows it. */
void skn_secret_take_env(const struct skn_config *config);

/* Overwrites and forgets them; skn_redact knows none of them any more. */
void skn_secret_forget(void);

#endif
