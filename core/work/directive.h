/*
 * What an author says of the statement that follows: lines "-- skein: proof SELECT ..." and
 * "-- skein: repeatable"; and what a generated section says that nobody has read yet:
 * "-- skein: held-back", "-- skein: unproven", with which it does not run. In a schema file, whose
 * statements are run in scratch databases only: "-- skein: renamed-from OLD".
 */
#ifndef SKN_WORK_DIRECTIVE_H
#define SKN_WORK_DIRECTIVE_H

#include "work/script.h"

/* Reads the lines of text from byte `from` up to the statement that starts at `start`; proof and
 * repeatable of statement are set. The error's position is 1-based into text. */
int skn_directives_read(struct skn_str text, size_t from, size_t start, struct skn_session *session,
                        struct skn_statement *statement, struct skn_error *err);

/* Refuses one that stands between `from` and `end`, where no statement starts. */
int skn_directives_refuse(struct skn_str text, size_t from, size_t end, const char *why,
                          struct skn_error *err);

#endif
