/*
 * Reads folders. It knows nothing of what is in the files.
 */
#include "history/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"

enum { FILES_MAX = 1000000 };

static void open_fault(const char *path, const char *history, struct skn_faults *faults)
{
    if (errno == ENOENT)
        skn_fault_add(faults, SKN_E_CONFIG,
                      "Path doesn't exist: %s.  Please use the 'init' command to create a new "
                      "scripts folder, or correct the path of history '%s'.",
                      path, history);
    else
        skn_fault_add(faults, SKN_E_CONFIG, "history '%s': %s: %s", history, path,
                      errno == ENOTDIR ? "is not a folder; correct the history's path"
                                       : strerror(errno));
}

static int folder_trusted(const struct skn_folder *folder, struct skn_faults *faults)
{
    struct stat info;
    if (fstat(folder->fd, &info) != 0) {
        skn_fault_add(faults, SKN_E_CONFIG, "%s: %s", folder->path, strerror(errno));
        return 0;
    }
    if (!skn_stat_open_to_others(&info, geteuid()))
        return 1;
    skn_fault_add(faults, SKN_E_CONFIG,
                  "%s: others can write in this folder (owner %lu, mode %04o), and could put SQL "
                  "there; it must belong to you or to root, run chmod go-w on it",
                  folder->path, (unsigned long)info.st_uid, (unsigned)(info.st_mode & 07777));
    return 0;
}

static int ends_in_sql(const char *name, int (*compare)(const char *, const char *))
{
    size_t len = strlen(name);
    return len > 4 && compare(name + len - 4, ".sql") == 0;
}

/* What shows as something else, or cannot be shown, is no name for a file that people review. */
static int name_plain(const char *name)
{
    struct skn_buf shown = {0};
    size_t ascii = 0;
    while (name[ascii] >= ' ' && name[ascii] <= '~')
        ascii++;
    if (name[ascii] == '\0')
        return 1;
    skn_text_escape(&shown, skn_str(name), 0);
    int plain = strcmp(skn_buf_text(&shown), name) == 0;
    skn_buf_finish(&shown);
    return plain;
}

static const char *type_reason(unsigned char type)
{
    switch (type) {
    case DT_REG:
    case DT_UNKNOWN:
        return NULL;
    case DT_LNK:
        return "is a symbolic link, which is not followed here; put the file itself there";
    case DT_DIR:
        return "is a folder; a revision is a regular file";
    default:
        return "is not a regular file; take it away";
    }
}

static void name_add(struct skn_folder *folder, const struct dirent *entry,
                     struct skn_faults *faults)
{
    const char *name = entry->d_name;
    const char *reason = NULL;
    if (name[0] == '.' || !ends_in_sql(name, strcasecmp))
        return;
    if (!ends_in_sql(name, strcmp))
        reason = "a revision's file name ends in .sql in lower case; rename it";
    else if (!name_plain(name))
        reason = "the file name holds a character that cannot be shown; rename it";
    else
        reason = type_reason(entry->d_type);
    if (reason) {
        skn_fault_add(faults, SKN_E_CONFIG, "%s/%s: %s", folder->path, name, reason);
        return;
    }
    folder->names = skn_grow(folder->names, folder->count, &folder->room, sizeof *folder->names);
    folder->names[folder->count++] = skn_arena_strdup(&folder->arena, name);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_read(struct skn_folder *folder, DIR *dir, struct skn_faults *faults)
{
    const struct dirent *entry;
    errno = 0;
    while (folder->count <= FILES_MAX && (entry = readdir(dir))) {
        name_add(folder, entry, faults);
        errno = 0;
    }
    if (folder->count > FILES_MAX)
        skn_fault_add(faults, SKN_E_CONFIG, "%s: more than %d revision files", folder->path,
                      FILES_MAX);
    if (errno != 0)
        skn_fault_add(faults, SKN_E_CONFIG, "%s: cannot be read: %s", folder->path,
                      strerror(errno));
    if (folder->count > 0)
        qsort(folder->names, folder->count, sizeof *folder->names, by_bytes);
}

void skn_folder_open(struct skn_folder *folder, const char *path, const char *history,
                     struct skn_faults *faults)
{
    *folder = (struct skn_folder){.path = path};
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (folder->fd < 0) {
        open_fault(path, history, faults);
        return;
    }
    if (!folder_trusted(folder, faults))
        return;
    int copy = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        skn_fault_add(faults, SKN_E_CONFIG, "%s: cannot be read: %s", path, strerror(errno));
        if (copy >= 0)
            close(copy);
        return;
    }
    names_read(folder, dir, faults);
    closedir(dir);
}

void skn_folder_finish(struct skn_folder *folder)
{
    free(folder->names);
    skn_arena_finish(&folder->arena);
    if (folder->fd >= 0)
        close(folder->fd);
    *folder = (struct skn_folder){.fd = -1};
}

const char *skn_folder_join(struct skn_arena *arena, const char *folder, const char *name)
{
    size_t len = strlen(folder);
    size_t name_len = strlen(name);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    size_t slash = folder[len - 1] != '/';
    char *path = skn_arena_alloc(arena, len + slash + name_len + 1);
    memcpy(path, folder, len);
    path[len] = '/';
    memcpy(path + len + slash, name, name_len);
    return path;
}
