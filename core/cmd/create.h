/*
 * What revision and merge share: the parents, the checks, the file.
 */
#ifndef SKN_CMD_CREATE_H
#define SKN_CMD_CREATE_H

#include "cmd/command.h"

/* Options of both. */
#define SKN_CREATE_FLAGS                                                                           \
    {"message", 'm', "TEXT", "what the revision does"},                                            \
        {"rev-id", 0, "ID", "its id; default: 12 random hex digits"},                              \
        {"branch-label", 0, "LABEL", "a label for the branch; repeatable"},                        \
    {                                                                                              \
        "splice", 0, NULL, "allow a parent that is no head, which starts a branch there"           \
    }

/* Writes the file of a new revision on the parents that the symbols name; with none, on the only
 * head. Everything is checked before anything is written. Returns the exit status, or -1 with err.
 */
int skn_create_run(struct skn_context *context, const char *const *symbols, size_t count,
                   struct skn_error *err);

#endif
