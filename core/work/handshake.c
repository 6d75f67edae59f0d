/*
 * A driver's table, checked field by field. It knows nothing of files, and calls nothing.
 */
#include "work/handshake.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "work/refuse.h"

enum {
    TABLE_MAX = 1 << 20,
    OPTIONS_MAX = 256,
    STRIDE_MAX = 4096,
    WORD_MAX = 32,
    NAME_SIZE = 64,
    LINE_SIZE = 512,
    DIALECT_MAX = 1 << 16,
    TYPE_MAX = 256,
    KINDS_MAX = 1024
};

/* What stood in version 1.0, which the sizes of today may not be mistaken for. */
static const size_t table_least = offsetof(struct skn_driver, scan);
static const size_t option_least = offsetof(struct skn_option, flags) + sizeof(uint32_t);
static const size_t dialect_least =
    offsetof(struct skn_dialect, table_options) + sizeof(const char *);
static const size_t facet_least = offsetof(struct skn_schema_facet, scratch_open);

/* ---- sizes ---- */

static int size_refuse(const char *path, const char *what, size_t least, size_t most, size_t found,
                       struct skn_error *err)
{
    return skn_driver_refuse(err, path,
                             "size of the %s: expected %zu to %zu bytes in steps of %zu, found %zu",
                             what, least, most, sizeof(void *), found);
}

static int size_check(const char *path, const char *what, size_t least, size_t most, size_t found,
                      struct skn_error *err)
{
    if (found >= least && found <= most && found % sizeof(void *) == 0)
        return SKN_OK;
    return size_refuse(path, what, least, most, found, err);
}

int skn_handshake_copy(const char *path, const struct skn_driver *table, struct skn_driver *copy,
                       struct skn_error *err)
{
    size_t size = table->size;
    int rc = size_check(path, "driver table", table_least, TABLE_MAX, size, err);
    if (rc != SKN_OK)
        return rc;
    memset(copy, 0, sizeof *copy);
    memcpy(copy, table, size < sizeof *copy ? size : sizeof *copy);

    /* Tables only grow with their minor: anything else is a size or a minor that is not true. */
    if (copy->abi_minor <= SKN_ABI_MINOR && size > sizeof *copy)
        return size_refuse(path, "driver table", table_least, sizeof *copy, size, err);
    if (copy->abi_minor > SKN_ABI_MINOR && size < sizeof *copy)
        return size_refuse(path, "driver table", sizeof *copy, TABLE_MAX, size, err);
    return SKN_OK;
}

/* ---- texts ---- */

static int text_check(const char *path, const char *field, const char *text, size_t most,
                      struct skn_error *err)
{
    if (!text)
        return skn_driver_refuse(err, path, "%s: expected text, found NULL", field);
    size_t len = strnlen(text, most + 1);
    if (len > most)
        return skn_driver_refuse(err, path, "%s: expected at most %zu bytes, found more", field,
                                 most);
    /* Whatever the escaper would change is nothing to show. */
    struct skn_buf escaped = {0};
    int rc = SKN_OK;
    skn_text_escape(&escaped, skn_str_len(text, len), 0);
    if (escaped.len != len)
        rc = skn_driver_refuse(err, path, "%s: expected printable text, found \"%s\"", field,
                               skn_buf_text(&escaped));
    skn_buf_finish(&escaped);
    return rc;
}

static int names_check(const char *word, const char *path, const struct skn_driver *driver,
                       struct skn_error *err)
{
    int rc = text_check(path, "name", driver->name, WORD_MAX, err);
    if (rc != SKN_OK)
        return rc;
    if (strcmp(driver->name, word) != 0)
        return skn_driver_refuse(err, path,
                                 "name: expected \"%s\" as in the file name, found \"%s\"", word,
                                 driver->name);
    rc = text_check(path, "version", driver->version, NAME_SIZE, err);
    return rc == SKN_OK ? text_check(path, "summary", driver->summary, LINE_SIZE, err) : rc;
}

static int dialect_check(const char *path, const struct skn_dialect *dialect, struct skn_error *err)
{
    if (!dialect)
        return skn_driver_refuse(err, path, "dialect: expected one, found NULL");
    int rc = size_check(path, "dialect", dialect_least, DIALECT_MAX, dialect->size, err);
    if (rc != SKN_OK)
        return rc;
    const struct {
        const char *field;
        const char *text;
    } texts[] = {
        {"dialect id_type", dialect->id_type},
        {"dialect text_type", dialect->text_type},
        {"dialect long_type", dialect->long_type},
        {"dialect integer_type", dialect->integer_type},
        {"dialect time_type", dialect->time_type},
        {"dialect table_options", dialect->table_options},
    };
    for (size_t i = 0; rc == SKN_OK && i < sizeof texts / sizeof texts[0]; i++)
        rc = text_check(path, texts[i].field, texts[i].text, TYPE_MAX, err);
    return rc;
}

/* ---- options ---- */

static const struct skn_option *option_at(const struct skn_driver *driver, uint32_t index)
{
    const char *at = (const char *)driver->options + (size_t)index * driver->option_size;
    return (const struct skn_option *)(const void *)at;
}

static int option_name_valid(const char *name)
{
    return name[0] >= 'a' && name[0] <= 'z' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static int option_check(const char *path, const struct skn_driver *driver, uint32_t index,
                        struct skn_error *err)
{
    const struct skn_option *option = option_at(driver, index);
    int rc = text_check(path, "option name", option->name, NAME_SIZE, err);
    if (rc == SKN_OK && !option_name_valid(option->name))
        rc = skn_driver_refuse(err, path, "option name: expected [a-z][a-z0-9_]*, found \"%s\"",
                               option->name);
    if (rc == SKN_OK && option->fallback)
        rc = text_check(path, "option fallback", option->fallback, LINE_SIZE, err);
    if (rc == SKN_OK)
        rc = text_check(path, "option help", option->help, LINE_SIZE, err);
    for (uint32_t i = 0; rc == SKN_OK && i < index; i++)
        if (strcmp(option_at(driver, i)->name, option->name) == 0)
            rc = skn_driver_refuse(err, path, "option name: expected each once, found \"%s\" twice",
                                   option->name);
    return rc;
}

static int options_check(const char *path, const struct skn_driver *driver, struct skn_error *err)
{
    if (driver->option_count == 0)
        return SKN_OK;
    if (driver->option_count > OPTIONS_MAX)
        return skn_driver_refuse(err, path, "number of options: expected at most %d, found %u",
                                 OPTIONS_MAX, driver->option_count);
    if (!driver->options)
        return skn_driver_refuse(err, path, "options: expected %u of them, found NULL",
                                 driver->option_count);
    int rc = size_check(path, "options", option_least, STRIDE_MAX, driver->option_size, err);
    for (uint32_t i = 0; rc == SKN_OK && i < driver->option_count; i++)
        rc = option_check(path, driver, i, err);
    return rc;
}

/* ---- calls ---- */

static int required_check(const char *path, const struct skn_driver *driver, struct skn_error *err)
{
    const struct {
        const char *call;
        int there;
    } calls[] = {
        {"open", driver->open != NULL},         {"close", driver->close != NULL},
        {"describe", driver->describe != NULL}, {"exec", driver->exec != NULL},
        {"status", driver->status != NULL},     {"exists", driver->exists != NULL},
        {"quote", driver->quote != NULL},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (!calls[i].there)
            return skn_driver_refuse(err, path, "%s: expected a function, found NULL",
                                     calls[i].call);
    return SKN_OK;
}

static int caps_check(const char *path, const struct skn_driver *driver, struct skn_error *err)
{
    const struct {
        uint64_t cap;
        const char *name;
        const char *call;
        int there;
    } pairs[] = {
        {SKN_CAP_LOCK | SKN_CAP_LOCK_ASIDE, "LOCK", "lock", driver->lock != NULL},
        {SKN_CAP_LOCK | SKN_CAP_LOCK_ASIDE, "LOCK", "unlock", driver->unlock != NULL},
        {SKN_CAP_RETARGET, "RETARGET", "retarget", driver->retarget != NULL},
        {SKN_CAP_SETTLE, "SETTLE", "token", driver->token != NULL},
        {SKN_CAP_SETTLE, "SETTLE", "settle", driver->settle != NULL},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        int claimed = (driver->caps & pairs[i].cap) != 0;
        if (claimed != pairs[i].there)
            return skn_driver_refuse(err, path, "%s: expected %s with capability %s %s, found %s",
                                     pairs[i].call, claimed ? "a function" : "NULL", pairs[i].name,
                                     claimed ? "claimed" : "not claimed",
                                     claimed ? "NULL" : "a function");
    }
    return SKN_OK;
}

int skn_handshake_check(const char *word, const char *path, const struct skn_driver *driver,
                        struct skn_error *err)
{
    int rc = names_check(word, path, driver, err);
    if (rc == SKN_OK)
        rc = required_check(path, driver, err);
    if (rc == SKN_OK)
        rc = caps_check(path, driver, err);
    if (rc == SKN_OK)
        rc = options_check(path, driver, err);
    return rc == SKN_OK ? dialect_check(path, driver->dialect, err) : rc;
}

/* ---- the schema facet ---- */

static int kinds_check(const char *path, const struct skn_schema_facet *facet,
                       struct skn_error *err)
{
    int rc = SKN_OK;
    if (facet->kind_count == 0 || facet->kind_count > KINDS_MAX)
        return skn_driver_refuse(err, path, "number of schema kinds: expected 1 to %d, found %u",
                                 KINDS_MAX, facet->kind_count);
    if (!facet->kinds)
        return skn_driver_refuse(err, path, "schema kinds: expected %u of them, found NULL",
                                 facet->kind_count);
    for (uint32_t i = 0; rc == SKN_OK && i < facet->kind_count; i++) {
        rc = text_check(path, "schema kind", facet->kinds[i].name, NAME_SIZE, err);
        if (rc == SKN_OK && facet->kinds[i].name[0] == '\0')
            rc = skn_driver_refuse(err, path, "schema kind: expected a name, found none");
    }
    return rc;
}

static int facet_calls_check(const char *path, const struct skn_schema_facet *facet,
                             struct skn_error *err)
{
    if (!facet->inspect)
        return skn_driver_refuse(err, path, "inspect: expected a function, found NULL");
    if (!facet->scratch_open != !facet->scratch_close)
        return skn_driver_refuse(err, path,
                                 "scratch_open and scratch_close: expected both or none, found %s",
                                 facet->scratch_open ? "scratch_open" : "scratch_close");
    return SKN_OK;
}

int skn_handshake_facet(const char *path, const struct skn_driver *driver,
                        struct skn_schema_facet *copy, struct skn_error *err)
{
    const struct skn_schema_facet *facet = driver->schema;
    *copy = (struct skn_schema_facet){0};
    if (!facet)
        return SKN_OK;
    size_t most = driver->abi_minor > SKN_ABI_MINOR ? TABLE_MAX : sizeof *copy;
    size_t size = facet->size;
    int rc = size_check(path, "schema facet", facet_least, most, size, err);
    if (rc != SKN_OK)
        return rc;
    memcpy(copy, facet, size < sizeof *copy ? size : sizeof *copy);
    rc = kinds_check(path, copy, err);
    return rc == SKN_OK ? facet_calls_check(path, copy, err) : rc;
}
