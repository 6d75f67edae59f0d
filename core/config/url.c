/*
 * Taking database URLs apart. uriparser says where the parts are and that their grammar is right;
 * what they mean to a driver is decided here.
 */
#include "config/url.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uriparser/Uri.h>

#include "base/redact.h"
#include "base/alloc.h"
#include "base/text.h"
#include "config/uri_text.h"
#include "config/value.h"
#include "config/variables.h"

/* What reading one URL needs. */
struct url_reader {
    const struct skn_url_rules *rules;
    struct skn_uri_text uri;
    const struct scheme *scheme; /* NULL: one that is known only to its driver */
    const char *rest;            /* of uri.text: behind the scheme's colon */
    UriUriA parts;               /* ranges of uri.text */
    struct skn_pair *options;
    size_t option_count;
    size_t option_room;
};

/* Schemes that people type from habit, and what is particular about them. */
struct scheme {
    const char *name;
    const char *driver;
    const char *path_host; /* the option that takes a host which is a path, if it is not "host" */
    int is_file;
};

static const struct scheme schemes[] = {
    {"postgresql", "postgresql", NULL, 0}, {"postgres", "postgresql", NULL, 0},
    {"mysql", "mysql", "socket", 0},       {"mariadb", "mysql", "socket", 0},
    {"sqlite", "sqlite", NULL, 1},         {"sqlite3", "sqlite", NULL, 1},
};

static struct skn_pairs options_so_far(const struct url_reader *reader)
{
    return (struct skn_pairs){reader->options, reader->option_count};
}

/* Percent-decoded, in the arena. */
static int part_decode(const struct url_reader *reader, const char *name, const char *first,
                       const char *last, const char **out, struct skn_error *err)
{
    char *text = skn_arena_strndup(reader->rules->arena, first, (size_t)(last - first));
    uriUnescapeInPlaceExA(text, URI_FALSE, URI_BR_DONT_TOUCH);
    size_t len = strlen(text);
    if (skn_utf8_check(text, len) < len)
        return skn_error_set(err, SKN_E_CONFIG, "the %s is not valid UTF-8 when decoded", name);
    *out = text;
    return SKN_OK;
}

static void option_add(struct url_reader *reader, const char *key, const char *value)
{
    reader->options = skn_grow(reader->options, reader->option_count, &reader->option_room,
                               sizeof *reader->options);
    reader->options[reader->option_count++] = (struct skn_pair){key, value};
}

/* Adds a part under its name, unless it is empty. */
static int part_add(struct url_reader *reader, const char *key, const char *first, const char *last,
                    struct skn_error *err)
{
    const char *value = "";
    if (!first || first == last)
        return SKN_OK;
    int rc = part_decode(reader, key, first, last, &value, err);
    if (rc == SKN_OK)
        option_add(reader, key, value);
    return rc;
}

static int user_take(struct url_reader *reader, struct skn_url *url, struct skn_error *err)
{
    const char *first = reader->parts.userInfo.first;
    const char *last = reader->parts.userInfo.afterLast;
    if (!first)
        return SKN_OK;
    const char *colon = memchr(first, ':', (size_t)(last - first));
    int rc = part_add(reader, "user", first, colon ? colon : last, err);
    if (rc != SKN_OK || !colon || colon + 1 == last)
        return rc;
    url->secret_written |= !skn_uri_text_from_env(&reader->uri, colon + 1, last);
    return part_decode(reader, "password", colon + 1, last, &url->password, err);
}

int skn_port_valid(const char *text)
{
    size_t len = strlen(text);
    if (strchr(text, SKN_TENANT_MARK))
        return 1;
    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return 0;
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

static int host_take(struct url_reader *reader, struct skn_error *err)
{
    const char *host = "";
    const UriTextRangeA *text = &reader->parts.hostText;
    if (!text->first || text->first == text->afterLast)
        return SKN_OK;
    int rc = part_decode(reader, "host", text->first, text->afterLast, &host, err);
    if (rc != SKN_OK)
        return rc;
    if (strchr(host, ' ') || (host[0] != '/' && strchr(host, '/')))
        return skn_error_set(err, SKN_E_CONFIG, "the host holds a blank or a /");
    int is_path = host[0] == '/' && reader->scheme && reader->scheme->path_host;
    option_add(reader, is_path ? reader->scheme->path_host : "host", host);
    return SKN_OK;
}

/* A URI's path may start with an empty part, which uriparser keeps elsewhere; so it is found in the
 * text. */
static const char *path_find(const struct url_reader *reader, size_t *len)
{
    const char *path = reader->rest;
    if (path[0] == '/' && path[1] == '/')
        path += 2 + strcspn(path + 2, "/?#");
    *len = strcspn(path, "?#");
    return path;
}

static int database_take(struct url_reader *reader, struct skn_error *err)
{
    size_t len;
    const char *path = path_find(reader, &len);
    if (reader->parts.hostText.first && len > 0) {
        path++;
        len--;
        /* A password with a plain / or ? must not be sent as the name of a database. */
        if (memchr(path, '@', len))
            return skn_error_set(err, SKN_E_CONFIG,
                                 "an @ behind the first /; in a password / is written %%2F, and @ "
                                 "in a name %%40");
        if (memchr(path, '/', len))
            return skn_error_set(err, SKN_E_CONFIG,
                                 "a second / in the path; a / in a name is written %%2F");
    }
    return part_add(reader, "database", path, path + len, err);
}

static int folder_exists(struct skn_arena *arena, const char *path)
{
    struct stat info;
    size_t known = strcspn(path, "\x01"); /* the tenant mark: what follows differs by tenant */
    char *folder = skn_arena_strndup(arena, path, known);
    char *slash = strrchr(folder, '/');
    if (slash == folder)
        slash++;
    *slash = '\0';
    return stat(folder, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Three slashes: SQLAlchemy means a relative path by them, others an absolute one. */
static const char *three_slashes_read(const struct url_reader *reader, const char *path)
{
    struct skn_arena *arena = reader->rules->arena;
    const char *relative = skn_path_join(arena, reader->rules->folder, path);
    const char *absolute = skn_path_join(arena, "/", path);
    return !folder_exists(arena, relative) && folder_exists(arena, absolute) ? absolute : relative;
}

static int file_take(struct url_reader *reader, struct skn_error *err)
{
    size_t len;
    const char *text = path_find(reader, &len);
    const char *path = "";
    int slashes = reader->parts.hostText.first != NULL;
    if (reader->option_count > 0 || reader->parts.userInfo.first)
        return skn_error_set(err, SKN_E_CONFIG,
                             "a file has no user and no host; it is written sqlite:PATH");
    int rc = part_decode(reader, "path", text + (slashes && len > 0), text + len, &path, err);
    if (rc != SKN_OK)
        return rc;
    size_t path_len = strlen(path);
    if (path_len == 0 || strcmp(path, ":memory:") == 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "a database in memory would be gone with its connection; name a file");
    if (path[path_len - 1] == '/')
        return skn_error_set(err, SKN_E_CONFIG, "the path ends with a /, so it names no file");
    if (path[0] != '/')
        path = slashes ? three_slashes_read(reader, path)
                       : skn_path_join(reader->rules->arena, reader->rules->folder, path);
    option_add(reader, "database", path);
    return SKN_OK;
}

static int parameter_take(struct url_reader *reader, struct skn_url *url, const UriQueryListA *item,
                          size_t number, struct skn_error *err)
{
    struct skn_arena *arena = reader->rules->arena;
    size_t len = strlen(item->key);
    size_t value_len = item->value ? strlen(item->value) : 0;
    if (len == 0 || len > 64 || !(item->key[0] >= 'a' && item->key[0] <= 'z') ||
        strspn(item->key, "abcdefghijklmnopqrstuvwxyz_0123456789") != len)
        return skn_error_set(err, SKN_E_CONFIG,
                             "the name of query parameter %zu is not written [a-z][a-z0-9_]*",
                             number);
    if (value_len == 0)
        return skn_error_set(err, SKN_E_CONFIG, "query parameter %zu has no value", number);
    if (strcmp(item->key, "password") == 0)
        return skn_error_set(err, SKN_E_CONFIG,
                             "a password is no query parameter; use password_file, "
                             "password_command or password_env");
    if (skn_utf8_check(item->value, value_len) < value_len)
        return skn_error_set(err, SKN_E_CONFIG,
                             "query parameter %zu is not valid UTF-8 when decoded", number);
    if (skn_pairs_get(options_so_far(reader), item->key))
        return skn_error_set(err, SKN_E_CONFIG,
                             "query parameter %zu gives what the url already says", number);
    option_add(reader, skn_arena_strdup(arena, item->key), skn_arena_strdup(arena, item->value));
    url->secret_written |= skn_redact_named(item->key);
    return SKN_OK;
}

static int query_take(struct url_reader *reader, struct skn_url *url, struct skn_error *err)
{
    UriQueryListA *list = NULL;
    int count = 0;
    const UriTextRangeA *query = &reader->parts.query;
    if (!query->first || query->first == query->afterLast)
        return SKN_OK;
    if (!reader->parts.userInfo.first && reader->parts.hostText.first &&
        memchr(query->first, '@', (size_t)(query->afterLast - query->first)))
        return skn_error_set(err, SKN_E_CONFIG,
                             "an @ behind the first ?; in a password ? is written %%3F, and @ in a "
                             "value %%40");
    if (uriDissectQueryMallocExA(&list, &count, query->first, query->afterLast, URI_FALSE,
                                 URI_BR_DONT_TOUCH) != URI_SUCCESS)
        return skn_error_set(err, SKN_E_CONFIG, "the query is malformed");
    int rc = SKN_OK;
    size_t number = 0;
    for (const UriQueryListA *item = list; item && rc == SKN_OK; item = item->next)
        rc = parameter_take(reader, url, item, ++number, err);
    uriFreeQueryListA(list);
    return rc;
}

static const struct scheme *scheme_find(const char *name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strcmp(name, schemes[i].name) == 0)
            return &schemes[i];
    return NULL;
}

static int scheme_take(struct url_reader *reader, struct skn_url *url, struct skn_error *err)
{
    char *word = reader->uri.text.text;
    char *colon = word ? strchr(word, ':') : NULL;
    if (!colon)
        return skn_error_set(err, SKN_E_CONFIG,
                             "it has no scheme; it is written sqlite:PATH or "
                             "postgresql://user@host/name");
    *colon = '\0';
    for (char *c = word; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    if (strchr(word, '+'))
        return skn_error_set(err, SKN_E_CONFIG, "the scheme has a +; write what stands before it");
    if (!skn_word_valid(word))
        return skn_error_set(err, SKN_E_CONFIG,
                             "the scheme, which names the driver, is not written "
                             "[a-z][a-z0-9_]{0,31}");
    reader->scheme = scheme_find(word);
    url->driver =
        reader->scheme ? reader->scheme->driver : skn_arena_strdup(reader->rules->arena, word);
    /* The word of a driver may hold a _, which no scheme of a URI does. */
    memset(word, 'x', (size_t)(colon - word));
    *colon = ':';
    reader->rest = colon + 1;
    return SKN_OK;
}

static int syntax_fail(const struct url_reader *reader, const char *position, struct skn_error *err)
{
    const char *authority = reader->rest + 2;
    size_t len = strncmp(reader->rest, "//", 2) == 0 ? strcspn(authority, "/?#") : 0;
    if (len > 0 && position && position <= authority + len)
        return skn_error_set(err, SKN_E_CONFIG,
                             "the part between // and the next / is malformed; a user name or "
                             "password writes @ as %%40, / as %%2F, : as %%3A, [ as %%5B, # as "
                             "%%23; a port is a number");
    return skn_error_set(err, SKN_E_CONFIG,
                         "the path or the query is malformed; [ is written %%5B, ] %%5D");
}

static int port_check(const struct url_reader *reader, struct skn_error *err)
{
    const char *port = skn_pairs_get(options_so_far(reader), "port");
    if (port && !skn_port_valid(port))
        return skn_error_set(err, SKN_E_CONFIG, "the port is not a number from 1 to 65535");
    return SKN_OK;
}

static int parts_take(struct url_reader *reader, struct skn_url *url, struct skn_error *err)
{
    const UriUriA *parts = &reader->parts;
    if (parts->fragment.first)
        return skn_error_set(err, SKN_E_CONFIG,
                             "it has a #; in a name or password # is written %%23");
    url->is_file = reader->scheme && reader->scheme->is_file;
    url->placeless = !parts->hostText.first;
    int rc = host_take(reader, err);
    if (rc == SKN_OK)
        rc = part_add(reader, "port", parts->portText.first, parts->portText.afterLast, err);
    if (rc == SKN_OK)
        rc = user_take(reader, url, err);
    if (rc == SKN_OK)
        rc = url->is_file ? file_take(reader, err) : database_take(reader, err);
    if (rc == SKN_OK)
        rc = query_take(reader, url, err);
    return rc == SKN_OK ? port_check(reader, err) : rc;
}

static int uri_take(struct url_reader *reader, struct skn_url *url, struct skn_error *err)
{
    const char *position = NULL;
    int rc = scheme_take(reader, url, err);
    if (rc != SKN_OK)
        return rc;
    if (uriParseSingleUriA(&reader->parts, reader->uri.text.text, &position) != URI_SUCCESS)
        return syntax_fail(reader, position, err);
    rc = parts_take(reader, url, err);
    uriFreeUriMembersA(&reader->parts);
    return rc;
}

int skn_url_read(const struct skn_url_rules *rules, const char *text, struct skn_url *url,
                 struct skn_error *err)
{
    struct url_reader reader = {.rules = rules};
    *url = (struct skn_url){.driver = NULL};
    int rc = skn_uri_text_make(&reader.uri, rules, text, err);
    if (rc == SKN_OK)
        rc = uri_take(&reader, url, err);
    if (rc == SKN_OK) {
        struct skn_pair *items =
            skn_arena_alloc_array(rules->arena, reader.option_count, sizeof *items);
        if (reader.option_count > 0)
            memcpy(items, reader.options, reader.option_count * sizeof *items);
        url->options = (struct skn_pairs){items, reader.option_count};
    } else {
        skn_error_context(err, "the url");
    }
    free(reader.options);
    skn_uri_text_finish(&reader.uri);
    return rc;
}
