/*
 * Errors. It knows nothing of where they are printed.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [SKN_OK] = "ok",
    [SKN_E_USAGE] = "usage",
    [SKN_E_CONFIG] = "config",
    [SKN_E_CONNECT] = "connect",
    [SKN_E_AUTH] = "auth",
    [SKN_E_PERMISSION] = "permission",
    [SKN_E_SYNTAX] = "syntax",
    [SKN_E_MISSING] = "missing",
    [SKN_E_EXISTS] = "exists",
    [SKN_E_CONSTRAINT] = "constraint",
    [SKN_E_BUSY] = "busy",
    [SKN_E_TIMEOUT] = "timeout",
    [SKN_E_CANCELLED] = "cancelled",
    [SKN_E_UNSUPPORTED] = "unsupported",
    [SKN_E_UNCERTAIN] = "uncertain",
    [SKN_E_NOMEM] = "nomem",
    [SKN_E_DRIVER] = "driver",
};

enum { NAMES = sizeof names / sizeof names[0] };

int skn_error_set(struct skn_error *err, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    skn_failv(err, code, NULL, 0, format, args);
    va_end(args);
    return code;
}

int skn_error_context(struct skn_error *err, const char *format, ...)
{
    char message[sizeof err->message];
    memcpy(message, err->message, sizeof message);
    message[sizeof message - 1] = '\0';

    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len < sizeof err->message) {
        size_t room = sizeof err->message - len;
        n = snprintf(err->message + len, room, ": %s", message);
        len += n < 0 ? 0 : (size_t)n;
    }
    if (len >= sizeof err->message)
        skn_utf8_trim(err->message, sizeof err->message - 1);
    return (int)err->code;
}

const char *skn_code_name(uint32_t code)
{
    return code < NAMES ? names[code] : "driver";
}

uint32_t skn_code_by_name(const char *name)
{
    for (uint32_t code = 0; name && code < NAMES; code++)
        if (strcmp(names[code], name) == 0)
            return code;
    return SKN_E_DRIVER;
}

int skn_code_exit(uint32_t code)
{
    switch (code) {
    case SKN_OK:
        return 0;
    case SKN_E_USAGE:
    case SKN_E_CONFIG:
        return 2;
    case SKN_E_BUSY:
        return 5;
    case SKN_E_CANCELLED:
        return 130;
    default:
        return 1;
    }
}
