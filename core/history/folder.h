/*
 * The folders of a history and the names of the revision files in them.
 */
#ifndef SKN_HISTORY_FOLDER_H
#define SKN_HISTORY_FOLDER_H

#include "history/fault.h"

struct skn_folder {
    const char *path;
    int fd;                 /* -1: it could not be opened */
    struct skn_arena arena; /* of the names */
    char **names;           /* of *.sql, by bytes */
    size_t count;
    size_t room;
};

/* Opens a folder and reads its names once. What cannot be a revision file but is named like one
 * becomes a fault. The caller finishes the folder in any case. */
void skn_folder_open(struct skn_folder *folder, const char *path, const char *history,
                     struct skn_faults *faults);
void skn_folder_finish(struct skn_folder *folder);

/* The folder's path and a name in it; owned by the arena. */
const char *skn_folder_join(struct skn_arena *arena, const char *folder, const char *name);

#endif
