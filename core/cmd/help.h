/*
 * Printing help.
 */
#ifndef SKN_CMD_HELP_H
#define SKN_CMD_HELP_H

#include "cmd/command.h"

/* What an exit status says; the list ends with no meaning. */
struct skn_exit_text {
    int status;
    const char *meaning;
};

extern const char *const skn_help_summary;
extern const struct skn_exit_text skn_exit_texts[];

void skn_help_all(void);
void skn_help_command(const struct skn_command *command);

/* The same as man pages: cmd/man.c. */
void skn_man_all(void);
void skn_man_command(const struct skn_command *command);

#endif
