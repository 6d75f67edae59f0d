/*
 * What may be the name of a revision, a branch, a variable, and which known word a wrong one was
 * meant to be.
 */
#ifndef SKN_HISTORY_NAME_H
#define SKN_HISTORY_NAME_H

#include <stddef.h>
#include <skein/driver.h>

enum { SKN_LABEL_MAX = 64 };

/* NULL, or what is wrong with it: "is longer than 32 characters". */
const char *skn_id_fault(struct skn_str id);
const char *skn_label_fault(struct skn_str label);
const char *skn_variable_fault(struct skn_str name);
const char *skn_requirement_fault(struct skn_str text); /* HISTORY@SYMBOL */

struct skn_str skn_str_trim(struct skn_str text);             /* blanks and tabs at both ends */
int skn_str_same_word(struct skn_str text, const char *word); /* but for case */

/* The known word that text is a slip of the pen away from; NULL if there is none. */
const char *skn_word_nearest(struct skn_str text, const char *const *known, size_t count);

#endif
