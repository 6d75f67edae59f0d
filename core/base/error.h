/*
 * The one shape of an error: struct skn_error of the driver ABI, used by all of skein. It is set
 * where the fact is known, gains context on its way up, and is printed once at the top.
 */
#ifndef SKN_BASE_ERROR_H
#define SKN_BASE_ERROR_H

#include <skein/driver.h>
#include <skein/driver-util.h>

/* struct skn_error err = SKN_ERROR_INIT; */
#define SKN_ERROR_INIT                                                                             \
    {                                                                                              \
        .size = (uint32_t)sizeof(struct skn_error)                                                 \
    }

/* Fills err and returns code. */
int skn_error_set(struct skn_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the message and returns the code that err holds. */
int skn_error_context(struct skn_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A stable word for a code, for JSON: "busy", "connect", ... */
const char *skn_code_name(uint32_t code);
uint32_t skn_code_by_name(const char *name); /* SKN_E_DRIVER when unknown */

/* The exit status of the table in the manual: 1, 2, 5 or 130. */
int skn_code_exit(uint32_t code);

#endif
