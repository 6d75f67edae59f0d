/*
 * What the tests of worker processes share. A worker is the program that started it, so that each
 * of these test programs is one, when it is asked to.
 */
#ifndef SKN_TEST_WORKER_FIXTURE_H
#define SKN_TEST_WORKER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/wire.h"
#include "work/worker.h"

static inline int is_worker(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--worker") == 0;
}

static inline const char *driver_folder(void)
{
    const char *folder = getenv("SKEIN_DRIVER_DIR");
    return folder ? folder : "/";
}

static inline int entry_remove(const char *path, const struct stat *info, int kind,
                               struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

/* Process numbers of this process's children. */
static inline size_t children_list(pid_t *list, size_t room)
{
    char path[64];
    size_t n = 0;
    int pid;
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "r");
    while (file && n < room && fscanf(file, "%d", &pid) == 1)
        list[n++] = pid;
    if (file)
        fclose(file);
    return n;
}

#endif
