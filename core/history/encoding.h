/*
 * The bytes of a revision file and the text they stand for.
 */
#ifndef SKN_HISTORY_ENCODING_H
#define SKN_HISTORY_ENCODING_H

#include "history/fault.h"

/* Copies raw into the arena without a BOM and with LF line ends. 0 and a fault when it is no UTF-8,
 * or holds a NUL or a lone carriage return. */
int skn_encoding_normalise(struct skn_arena *arena, const char *path, struct skn_str raw,
                           struct skn_faults *faults, struct skn_str *text);

/* Offset of the first character that may not stand in a header or a message (control characters
 * but the tab, line and paragraph separators, bidirectional controls), or the length. */
size_t skn_encoding_hidden(struct skn_str line);

/* Characters, not bytes, in valid UTF-8. */
uint32_t skn_encoding_columns(const char *from, const char *to);

#endif
