/*
 * A target's URL as people may see it. It knows nothing of how a URL is read.
 */
#include <string.h>

#include "base/buf.h"
#include "base/redact.h"
#include "config/config.h"

static const char *option_get(const struct skn_target *target, const char *key)
{
    for (size_t i = 0; i < target->options.count; i++)
        if (strcmp(target->options.items[i].key, key) == 0)
            return target->options.items[i].value;
    return "";
}

/* A file in the current folder or below is shown as seen from there. */
static const char *path_shorten(const char *path, const char *here)
{
    size_t len = strlen(here);
    int below = len > 1 && strncmp(path, here, len) == 0 && path[len] == '/';
    return below ? path + len + 1 : path;
}

static void parameter_add(struct skn_buf *out, int *count, const char *key, const char *value)
{
    if (*value)
        skn_buf_addf(out, "%c%s=%s", (*count)++ ? '&' : '?', key, value);
}

static void authority_add(const struct skn_target *target, const char *host, const char *port,
                          struct skn_buf *out)
{
    const char *user = option_get(target, "user");
    skn_buf_adds(out, user);
    if (target->secret.kind != SKN_SECRET_NONE)
        skn_buf_adds(out, ":***");
    if (*user || target->secret.kind != SKN_SECRET_NONE)
        skn_buf_addc(out, '@');
    skn_buf_adds(out, host);
    if (*port)
        skn_buf_addf(out, ":%s", port);
}

void skn_target_show_url(const struct skn_target *target, const char *here, struct skn_buf *out)
{
    const char *host = option_get(target, "host");
    const char *port = option_get(target, "port");
    const char *database = option_get(target, "database");
    int in_folder = *host == '/'; /* a socket, which has no place before the database */
    int count = 0;
    skn_buf_addf(out, "%s://", target->driver);
    authority_add(target, in_folder ? "" : host, in_folder ? "" : port, out);
    skn_buf_addf(out, "/%s", *database == '/' ? path_shorten(database, here) : database);
    parameter_add(out, &count, "host", in_folder ? host : "");
    parameter_add(out, &count, "port", in_folder ? port : "");
    parameter_add(out, &count, "socket", option_get(target, "socket"));
    skn_redact(out);
}
