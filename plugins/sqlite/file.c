/*
 * Where a SQLite database is, as the file system sees it: looked at with stat() only, for closing
 * any descriptor of the file would drop the locks this process holds on it. Knows no SQL.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite.h"

enum { MAX_LINKS = 40, SHOWN = 300 };

static int refuse(struct skn_error *err, int code, const char *path, const char *what)
{
    return skn_fail(err, code, NULL, 0, "\"%.*s\" %s", SHOWN, path, what);
}

int skn_sqlite_file_init(struct skn_sqlite_file *file, const struct skn_host *host,
                         struct skn_str path, struct skn_error *err)
{
    memset(file, 0, sizeof *file);
    if (!path.ptr || path.len == 0)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "database is empty: name the file");
    if (memchr(path.ptr, 0, path.len))
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "database holds a NUL byte");
    if (path.len > PATH_MAX - sizeof "./-journal")
        return skn_fail(err, SKN_E_CONFIG, NULL, 0, "database is too long for a path");
    file->memory = skn_str_is(path, ":memory:");
    if (file->memory || path.ptr[0] == '/') {
        file->path = skn_sqlite_copy(host, path.ptr, path.len);
    } else {
        /* SQLite would take "file:x" for a URI and other names that begin with a colon for its own.
         */
        file->path = skn_sqlite_resize(host, NULL, path.len + 3);
        if (file->path)
            snprintf(file->path, path.len + 3, "./%.*s", (int)path.len, path.ptr);
    }
    return file->path ? SKN_OK : skn_fail(err, SKN_E_NOMEM, NULL, 0, "out of memory");
}

void skn_sqlite_file_finish(struct skn_sqlite_file *file, const struct skn_host *host)
{
    skn_sqlite_resize(host, file->path, 0);
    file->path = NULL;
}

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "is a folder, not a database file";
    if (S_ISFIFO(mode))
        return "is a FIFO, not a database file";
    if (S_ISSOCK(mode))
        return "is a socket, not a database file";
    return "is a device, not a database file";
}

/* The folder part of path and the name behind it. */
static const char *split(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (!slash)
        snprintf(folder, PATH_MAX, ".");
    else
        snprintf(folder, PATH_MAX, "%.*s", (int)(len ? len : 1), path);
    return slash ? slash + 1 : path;
}

/* Where creating path would make the file: behind the symbolic links that its last part may be. */
static int follow(const char *path, char out[PATH_MAX], struct skn_error *err)
{
    char link[PATH_MAX];
    char folder[PATH_MAX];
    int hops;
    snprintf(out, PATH_MAX, "%s", path);
    for (hops = 0; hops < MAX_LINKS; hops++) {
        ssize_t n = readlink(out, link, sizeof link - 1);
        int m;
        if (n < 0)
            return SKN_OK;
        link[n] = '\0';
        split(out, folder);
        m = link[0] == '/' ? snprintf(out, PATH_MAX, "%s", link)
                           : snprintf(out, PATH_MAX, "%.*s/%s", PATH_MAX - 1, folder, link);
        if (m < 0 || m >= PATH_MAX)
            return refuse(err, SKN_E_CONFIG, path, "is a link to too long a path");
    }
    return refuse(err, SKN_E_CONFIG, path, "is a loop of symbolic links");
}

static int stat_failure(const char *path, int number, struct skn_error *err)
{
    char why[256];
    if (number == ELOOP)
        return refuse(err, SKN_E_CONFIG, path, "is a loop of symbolic links");
    snprintf(why, sizeof why, "cannot be looked at: %s", strerror(number));
    return refuse(err, number == EACCES ? SKN_E_PERMISSION : SKN_E_CONNECT, path, why);
}

static int look_at_folder(const struct skn_sqlite_file *file, struct stat *st,
                          char name[NAME_MAX + 1], struct skn_error *err)
{
    char path[PATH_MAX];
    char folder[PATH_MAX];
    const char *base;
    int code = follow(file->path, path, err);
    if (code)
        return code;
    base = split(path, folder);
    if (!base[0] || strlen(base) > NAME_MAX - strlen("-journal"))
        return refuse(err, SKN_E_CONFIG, file->path, "does not end in the name of a file");
    snprintf(name, NAME_MAX + 1, "%s", base);
    if (stat(folder, st) == 0)
        return S_ISDIR(st->st_mode)
                   ? SKN_OK
                   : refuse(err, SKN_E_CONFIG, file->path, "is not below a folder");
    if (errno == ENOENT || errno == ENOTDIR)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                        "\"%.*s\" does not exist, nor does its folder \"%.*s\": create the folder",
                        SHOWN, file->path, SHOWN, folder);
    return stat_failure(folder, errno, err);
}

int skn_sqlite_file_look(struct skn_sqlite_file *file, struct skn_error *err)
{
    struct stat st;
    char name[NAME_MAX + 1];
    file->present = 0;
    if (file->memory)
        return SKN_OK;
    if (stat(file->path, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return stat_failure(file->path, errno, err);
        return look_at_folder(file, &st, name, err);
    }
    if (!S_ISREG(st.st_mode))
        return refuse(err, SKN_E_CONFIG, file->path, kind_of(st.st_mode));
    if (st.st_nlink > 1)
        return skn_fail(err, SKN_E_CONFIG, NULL, 0,
                        "\"%.*s\" has %ju hard links: a journal is named after one of them, and a "
                        "crash could not be recovered under another; keep one link",
                        SHOWN, file->path, (uintmax_t)st.st_nlink);
    file->present = 1;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return SKN_OK;
}

/* FNV-1a: tells long names apart that the text has no room for. */
static uint64_t hash(const char *text)
{
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

int skn_sqlite_file_identity(const struct skn_sqlite_file *file, uint64_t session, char *out,
                             size_t size, struct skn_error *err)
{
    struct stat st;
    char name[NAME_MAX + 1];
    int code;
    if (file->memory) {
        snprintf(out, size, "memory %016" PRIx64, session);
        return SKN_OK;
    }
    if (file->present) {
        snprintf(out, size, "file %jx:%jx", (uintmax_t)file->device, (uintmax_t)file->inode);
        return SKN_OK;
    }
    code = look_at_folder(file, &st, name, err);
    if (code)
        return code;
    if (strlen(name) <= 120)
        snprintf(out, size, "new file %jx:%jx/%s", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
                 name);
    else
        snprintf(out, size, "new file %jx:%jx/#%016" PRIx64, (uintmax_t)st.st_dev,
                 (uintmax_t)st.st_ino, hash(name));
    return SKN_OK;
}

int skn_sqlite_file_folder_writable(const struct skn_sqlite_file *file)
{
    char path[PATH_MAX];
    char folder[PATH_MAX];
    if (file->memory)
        return 1;
    /* What cannot be told from here is left to the first write. */
    if (follow(file->path, path, NULL))
        return 1;
    split(path, folder);
    return faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == 0;
}
