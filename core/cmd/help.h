/*
 * Printing help.
 */
#ifndef SKN_CMD_HELP_H
#define SKN_CMD_HELP_H

#include "cmd/command.h"

void skn_help_all(void);
void skn_help_command(const struct skn_command *command);

#endif
