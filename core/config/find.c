/*
 * Finding the config, as git finds its repository. What was found is not read here.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

static const char config_name[] = "skein.cfg";

/* How many folders are above the current one; 0 also when that cannot be told. */
static size_t folders_above(void)
{
    size_t count = 0;
    char *folder = getcwd(NULL, 0);
    for (const char *c = folder; c && *c; c++)
        if (*c == '/' && c[1] != '\0')
            count++;
    free(folder);
    return count;
}

static int search(char **path, struct skn_error *err)
{
    struct stat info;
    struct skn_buf here = {0};
    size_t above = folders_above();
    for (size_t up = 0; up <= above; up++) {
        skn_buf_clear(&here);
        for (size_t i = 0; i < up; i++)
            skn_buf_adds(&here, "../");
        skn_buf_adds(&here, config_name);
        if (lstat(here.text, &info) == 0) {
            *path = here.text;
            return SKN_OK;
        }
    }
    skn_buf_finish(&here);
    return skn_error_set(err, SKN_E_CONFIG,
                         "there is no %s here or in a folder above; skein init makes one, --config "
                         "or SKEIN_CONFIG names another",
                         config_name);
}

int skn_config_find(const char *given, char **path, struct skn_error *err)
{
    const char *named = given ? given : secure_getenv("SKEIN_CONFIG");
    *path = NULL;
    if (!named || (!given && named[0] == '\0'))
        return search(path, err);
    *path = skn_strdup(named);
    return SKN_OK;
}
