/*
 * Where the next SQL statement of a text ends, and what it is.
 *
 * Pure: it allocates nothing, keeps nothing and knows no server; what it must know of a dialect
 * stands in the driver's table. The meaning of every field is in <skein/driver.h>.
 */
#ifndef SKN_WORK_SCAN_H
#define SKN_WORK_SCAN_H

#include <skein/driver.h>

/* The statement from cursor->next on. SKN_E_SYNTAX: the text is malformed, and err->position is
 * where what was never closed opens. SKN_E_UNSUPPORTED: a command of a client, or its data. */
int skn_scan_next(const struct skn_dialect *dialect, struct skn_str text, struct skn_scan *cursor,
                  struct skn_error *err);

#endif
