/*
 * What the verbs about schemas share: selection, probe, comparison.
 */
#ifndef SKN_CMD_LOOK_H
#define SKN_CMD_LOOK_H

#include "cmd/command.h"
#include "run/compare.h"

/* Makes the fleet, reaches it, and asks the question. at_head: every target must stand at its
 * heads, as for Alembic. 0: go on; else the exit status, everything being said. -1: err. The caller
 * finishes the findings in every case. */
int skn_look(struct skn_context *context, struct skn_question *question, int at_head,
             struct skn_findings *findings, struct skn_error *err);

/* A further question to a fleet that was reached and answered one. */
int skn_look_again(struct skn_context *context, struct skn_question *question,
                   struct skn_findings *findings, struct skn_error *err);

/* Prints the differences of one member, a line each. As JSON with ends, NULL or the two texts that
 * say what was compared. */
void skn_look_show(const struct skn_context *context, size_t member,
                   const struct skn_finding *finding, const char *const *ends);

/* The same as text, for one member or several by the name of them all; NULL: without a name. */
void skn_look_list(const char *name, const struct skn_finding *finding);

/* Says on standard error which renames may be meant. */
void skn_look_suggest(struct skn_context *context, const struct skn_finding *finding);

#endif
