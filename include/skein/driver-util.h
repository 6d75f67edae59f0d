/*
 * skein/driver-util.h - small static inline helpers for drivers, so that all of them fill errors,
 * read options and class SQLSTATEs alike. It holds no state and is no part of the ABI.
 */
#ifndef SKEIN_DRIVER_UTIL_H
#define SKEIN_DRIVER_UTIL_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <skein/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define SKN_PRINTF(text_at, first_at) __attribute__((format(printf, text_at, first_at)))
#else
#define SKN_PRINTF(text_at, first_at)
#endif

/* The argument pair for "%.*s". */
#define SKN_FMT(s) (int)((s).len > 4096 ? 4096 : (s).len), ((s).ptr ? (s).ptr : "")

/* Text from a NUL-terminated one; NULL stays absent. */
static inline struct skn_str skn_str(const char *text)
{
    struct skn_str s;
    s.ptr = text;
    s.len = text ? strlen(text) : 0;
    return s;
}

static inline struct skn_str skn_str_len(const char *ptr, size_t len)
{
    struct skn_str s;
    s.ptr = ptr;
    s.len = len;
    return s;
}

static inline int skn_str_is(struct skn_str s, const char *text)
{
    size_t len = strlen(text);
    return s.ptr && s.len == len && memcmp(s.ptr, text, len) == 0;
}

/* Cuts a text that snprintf had to cut at the start of its last, perhaps broken, character. */
static inline void skn_utf8_trim(char *text, size_t len)
{
    size_t at = len;
    while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at > 0 && ((unsigned char)text[at - 1] & 0x80))
        at--;
    text[at] = '\0';
}

/* Fills err (NULL is fine) and returns code, so that a caller can write: return skn_fail(...). */
static inline int SKN_PRINTF(5, 0) skn_failv(struct skn_error *err, int code, const char *sqlstate,
                                             int32_t native, const char *format, va_list args)
{
    int n;
    if (!err)
        return code;
    err->code = (uint32_t)code;
    err->native = native;
    err->position = 0;
    err->step = 0;
    err->reserved = 0;
    memset(err->sqlstate, 0, sizeof err->sqlstate);
    if (sqlstate)
        memcpy(err->sqlstate, sqlstate, strlen(sqlstate) < 5 ? strlen(sqlstate) : 5);
    n = vsnprintf(err->message, sizeof err->message, format, args);
    if (n < 0)
        err->message[0] = '\0';
    else if ((size_t)n >= sizeof err->message)
        skn_utf8_trim(err->message, sizeof err->message - 1);
    return code;
}

static inline int SKN_PRINTF(5, 6) skn_fail(struct skn_error *err, int code, const char *sqlstate,
                                            int32_t native, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    skn_failv(err, code, sqlstate, native, format, args);
    va_end(args);
    return code;
}

/* The value of an option, or its fallback from the driver's list, or absent. */
static inline struct skn_str skn_option_get(const struct skn_option *known, uint32_t known_count,
                                            const struct skn_kv *options, uint32_t count,
                                            const char *name)
{
    uint32_t i;
    for (i = 0; i < count; i++)
        if (skn_str_is(options[i].key, name))
            return options[i].value;
    for (i = 0; i < known_count; i++)
        if (strcmp(known[i].name, name) == 0)
            return skn_str(known[i].fallback);
    return skn_str(NULL);
}

/* The class of a SQLSTATE; longer prefixes stand before the class they refine. Drivers look up
 * their own exceptions first. */
static inline int skn_sqlstate_class(const char *sqlstate)
{
    static const struct {
        char prefix[8];
        int code;
    } map[] = {
        {"42501", SKN_E_PERMISSION}, {"42P01", SKN_E_MISSING},  {"42S02", SKN_E_MISSING},
        {"42703", SKN_E_MISSING},    {"42S22", SKN_E_MISSING},  {"42704", SKN_E_MISSING},
        {"42883", SKN_E_MISSING},    {"3D000", SKN_E_MISSING},  {"3F000", SKN_E_MISSING},
        {"42P06", SKN_E_EXISTS},     {"42P07", SKN_E_EXISTS},   {"42S01", SKN_E_EXISTS},
        {"42701", SKN_E_EXISTS},     {"42710", SKN_E_EXISTS},   {"42723", SKN_E_EXISTS},
        {"42P04", SKN_E_EXISTS},     {"42S21", SKN_E_EXISTS},   {"57014", SKN_E_CANCELLED},
        {"55P03", SKN_E_BUSY},       {"55006", SKN_E_BUSY},     {"53300", SKN_E_BUSY},
        {"57P03", SKN_E_CONNECT},    {"57P0", SKN_E_CONNECT},   {"25006", SKN_E_PERMISSION},
        {"08007", SKN_E_UNCERTAIN},  {"08", SKN_E_CONNECT},     {"28", SKN_E_AUTH},
        {"22", SKN_E_CONSTRAINT},    {"23", SKN_E_CONSTRAINT},  {"40003", SKN_E_UNCERTAIN},
        {"40", SKN_E_BUSY},          {"0A", SKN_E_UNSUPPORTED}, {"42", SKN_E_SYNTAX},
    };
    size_t i;
    for (i = 0; sqlstate && i < sizeof map / sizeof map[0]; i++)
        if (strncmp(sqlstate, map[i].prefix, strlen(map[i].prefix)) == 0)
            return map[i].code;
    return SKN_E_DRIVER;
}

#ifdef __cplusplus
}
#endif

#endif
