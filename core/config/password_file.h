/*
 * A file with one password.
 */
#ifndef SKN_CONFIG_PASSWORD_FILE_H
#define SKN_CONFIG_PASSWORD_FILE_H

#include "base/buf.h"
#include "base/error.h"

enum { SKN_PASSWORD_MAX = 4096 };

/* Appends the password: the file without one newline at its end. Only we may read the file. */
int skn_password_file_read(const char *path, struct skn_buf *out, struct skn_error *err);

/* The same, without keeping it. */
int skn_password_file_check(const char *path, struct skn_error *err);

/* What no password may be: empty, too long, with a NUL byte, not UTF-8. from says what gave it. */
int skn_password_valid(struct skn_str password, const char *from, struct skn_error *err);

/* Its length without one newline at its end. */
size_t skn_password_trim(struct skn_str text);

#endif
