/*
 * A program that prints a password.
 */
#ifndef SKN_CONFIG_PASSWORD_COMMAND_H
#define SKN_CONFIG_PASSWORD_COMMAND_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

enum { SKN_PASSWORD_COMMAND_LIMIT = 30 * 1000 }; /* ms */

/* Runs argv without a shell, with PATH, HOME, LANG and USER only, and appends what it prints,
 * without one newline at its end. What it prints is a secret from then on, also when it fails. It
 * and its children are killed after limit ms. */
int skn_password_command_run(struct skn_names argv, int64_t limit, struct skn_buf *out,
                             struct skn_error *err);

#endif
