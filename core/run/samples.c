/*
 * Folders of samples, REVISION.sql for each revision that has one. It knows nothing of SQL.
 */
#include "run/samples.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char ending[] = ".sql";

const char *skn_sample_path(struct skn_arena *arena, const char *folder,
                            const struct skn_revision *revision)
{
    if (!folder)
        return NULL;
    const char *path = skn_arena_printf(arena, "%s/%s%s", folder, revision->id, ending);
    return access(path, F_OK) == 0 ? path : NULL;
}

static int name_check(const char *folder, const char *name, const struct skn_history *history,
                      struct skn_error *err)
{
    char id[SKN_REVISION_ID_MAX + 1];
    size_t len = strlen(name);
    size_t behind = sizeof ending - 1;
    if (name[0] == '.')
        return SKN_OK;
    if (len > behind && len - behind < sizeof id && strcmp(name + len - behind, ending) == 0) {
        memcpy(id, name, len - behind);
        id[len - behind] = '\0';
        if (skn_history_find(history, id))
            return SKN_OK;
    }
    return skn_error_set(
        err, SKN_E_CONFIG,
        "%s/%.200s: a sample is named after the revision behind which its rows are "
        "put in, REVISION.sql, and history \"%s\" has none of that name",
        folder, name, history->name);
}

int skn_samples_check(const char *folder, const struct skn_history *history, struct skn_error *err)
{
    struct dirent *entry;
    int rc = SKN_OK;
    DIR *dir = folder ? opendir(folder) : NULL;
    if (folder && !dir)
        return skn_error_set(err, SKN_E_CONFIG, "%s: %s", folder, strerror(errno));
    while (rc == SKN_OK && dir && (entry = readdir(dir)))
        rc = name_check(folder, entry->d_name, history, err);
    if (dir)
        closedir(dir);
    return rc;
}
