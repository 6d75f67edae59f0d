/*
 * What a statement is: its kind, its first words, the object it names, and whether it can be run by
 * a library at all. It is handed a whole statement and knows nothing of its neighbours.
 */
#ifndef SKN_WORK_SCAN_CLASS_H
#define SKN_WORK_SCAN_CLASS_H

#include "work/scan_head.h"

/* Fills kind, words and object of found, whose start and end are set; lexer is one over the text.
 * SKN_E_UNSUPPORTED: only a client could run it, or what follows could no longer be read. */
int skn_scan_class_find(const struct skn_scan_lexer *lexer, const struct skn_scan_head *head,
                        struct skn_scan *found, struct skn_error *err);

#endif
