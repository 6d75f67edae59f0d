/*
 * Whether the dynamic linker can map a file without dying of it.
 */
#ifndef SKN_WORK_ELF_H
#define SKN_WORK_ELF_H

#include "base/error.h"

/* Checks that fd is a shared object for this machine, whole (no segment lies outside the file: the
 * linker would die of SIGBUS there), and asks neither for an executable stack nor for writable
 * code. Reads headers only; runs nothing. path is for messages. */
int skn_elf_check(int fd, const char *path, struct skn_error *err);

#endif
