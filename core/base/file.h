/*
 * Files, read and written so that nobody else decides what is read or where it is written.
 */
#ifndef SKN_BASE_FILE_H
#define SKN_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>
#include <skein/driver.h>

#include "base/buf.h"

enum skn_file_flag {
    SKN_FILE_PRIVATE = 1, /* refuse it when group or others can read or write it */
    SKN_FILE_OURS = 2,    /* refuse it when another user than us or root owns it or can write it */
    SKN_FILE_NO_LINK = 4  /* refuse it when it is a symbolic link */
};

/* Reads a regular file whole, at most limit bytes, relative to the folder dir_fd (AT_FDCWD: here).
 * shown is the path that messages name. Appends to out. SKN_E_MISSING when it is not there. */
int skn_file_read(int dir_fd, const char *path, const char *shown, unsigned flags, size_t limit,
                  struct skn_buf *out, struct skn_error *err);

/* Walks from folder down path, which is relative, holds no "..", and is shown in messages as shown.
 * Refuses symbolic links, and folders that others can write: a way that nobody else can bend. */
int skn_file_below_check(const char *folder, const char *path, const char *shown,
                         struct skn_error *err);

/* Refuses a folder in which others could put another file in the place of ours. */
int skn_file_folder_check(const char *folder, struct skn_error *err);

/* Writes a new file: a temporary one beside it, synced, then linked into place without replacing
 * anything, then the folder synced. SKN_E_EXISTS when something is there. */
int skn_file_create(int dir_fd, const char *name, const char *shown, mode_t mode,
                    struct skn_str text, struct skn_error *err);

/* The same in the place of what is there. */
int skn_file_replace(int dir_fd, const char *name, const char *shown, mode_t mode,
                     struct skn_str text, struct skn_error *err);

/* True when others than uid and root could change what the file holds. */
struct stat;
int skn_stat_open_to_others(const struct stat *info, uid_t uid);

#endif
