/*
 * The floor that skein is measured against: the least a program in C can do to bring databases
 * through the same SQL in the same transactions. It plans nothing, checks nothing, and knows no
 * revision; the engine is linked in as floor_<engine>.c.
 *
 *   floor check WHERE...            connect and read the version rows
 *   floor revision FILE WHERE...    a transaction around each block of FILE
 *   floor whole FILE WHERE...       one transaction around all of FILE
 *   floor plain FILE WHERE...       no transaction
 *   floor read FOLDER WHERE...      check, once every file of FOLDER is read
 *   floor ask FILE WHERE...         each line of FILE as a query, whose rows nobody looks at
 *
 * FILE holds a statement a line and an empty line behind each block; a database is done before the
 * next one is begun.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"

struct script {
    char **lines;
    size_t count;
};

void floor_fail(const char *what, const char *why)
{
    fprintf(stderr, "floor: %s: %s\n", what, why);
    exit(1);
}

static struct script script_read(const char *path)
{
    struct script script = {NULL, 0};
    FILE *file = fopen(path, "r");
    if (!file)
        floor_fail(path, "cannot be read");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, file)) > 0) {
        line[len - 1] = '\0';
        char **lines = realloc(script.lines, (script.count + 1) * sizeof *lines);
        if (!lines)
            floor_fail(path, "no memory");
        script.lines = lines;
        script.lines[script.count++] = line;
        line = NULL;
        room = 0;
    }
    free(line);
    fclose(file);
    return script;
}

/* Opens, reads and closes; the bytes are not looked at. */
static void folder_read(const char *path)
{
    static char bytes[1 << 20];
    DIR *folder = opendir(path);
    const struct dirent *entry;
    if (!folder)
        floor_fail(path, "cannot be read");
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY);
        if (fd < 0 || read(fd, bytes, sizeof bytes) < 0)
            floor_fail(entry->d_name, "cannot be read");
        close(fd);
    }
    closedir(folder);
}

static void script_ask(const struct script *script)
{
    int rows = 0;
    for (size_t i = 0; i < script->count; i++)
        rows += floor_query(script->lines[i]);
    printf("%d\n", rows);
}

static void script_run(const struct script *script, int each)
{
    int open = 0;
    for (size_t i = 0; i < script->count; i++) {
        if (script->lines[i][0] != '\0') {
            if (each && !open)
                floor_exec("BEGIN");
            open = 1;
            floor_exec(script->lines[i]);
        } else if (each && open) {
            floor_exec("COMMIT");
            open = 0;
        }
    }
}

static void database_run(const char *mode, const struct script *script)
{
    int whole = strcmp(mode, "whole") == 0;
    if (whole)
        floor_exec("BEGIN");
    script_run(script, strcmp(mode, "revision") == 0);
    if (whole)
        floor_exec("COMMIT");
}

int main(int argc, char **argv)
{
    if (argc < 3)
        floor_fail("usage",
                   "floor check WHERE... | floor revision|whole|plain|read|ask FILE WHERE...");
    int reads = strcmp(argv[1], "read") == 0;
    int check = reads || strcmp(argv[1], "check") == 0;
    struct script script = {NULL, 0};
    if (reads)
        folder_read(argv[2]);
    else if (!check)
        script = script_read(argv[2]);
    for (int i = check && !reads ? 2 : 3; i < argc; i++) {
        floor_open(argv[i]);
        if (check)
            printf("%d\n", floor_query("SELECT version_num FROM alembic_version"));
        else if (strcmp(argv[1], "ask") == 0)
            script_ask(&script);
        else
            database_run(argv[1], &script);
        floor_close();
    }
    for (size_t i = 0; i < script.count; i++)
        free(script.lines[i]);
    free(script.lines);
    return 0;
}
